"""Every page of the admin on the demo data: what it may carry, what it refuses; documents, territoires."""
# ruff: noqa: F811 - fixtures are imported by their name

import pytest
from django.contrib import admin
from django.urls import reverse
from zeal import zeal_ignore

from dpid.admin_base import LectureSeule
from dpid.models import Agent, Document, Territoire
from tests.dpid.pages_admin import MODELES, RESERVES, admin_client, adresse, formulaire, saine  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.neutre, pytest.mark.usefixtures("demo_adoptee", "db")
]  # fmt: skip


def test_toutes_les_pages_repondent_et_sont_propres(admin_client):
    """List, search, add, change, delete, history, export, import: 200, no inline style or script, one title."""
    compte = Agent.objects.get(pk=admin_client.session["_auth_user_id"])
    for modele in MODELES:
        if modele in RESERVES:
            continue
        page = admin.site._registry[modele]
        assert saine(admin_client.get(adresse(modele, "changelist"))), modele
        assert admin_client.get(adresse(modele, "changelist"), {"q": "é'\"%<b>"}).status_code == 200, modele
        ajout = admin_client.get(adresse(modele, "add"))
        request = ajout.wsgi_request
        request.user = compte
        assert ajout.status_code == (200 if page.has_add_permission(request) else 403), modele
        assert ajout.status_code == 403 or saine(ajout), modele
        objet = page.get_queryset(request).first()
        if objet is None:
            continue
        for nom in ("change", "history"):
            assert saine(admin_client.get(adresse(modele, nom, objet.pk))), (modele, nom)
        with zeal_ignore():  # the stock confirmation prints everything that hangs on the object, one by one
            reponse = admin_client.get(adresse(modele, "delete", objet.pk))
        assert reponse.status_code in (302, 403) or saine(reponse), modele
        if hasattr(modele, "history"):
            passe = modele.history.filter(**{modele._meta.pk.attname: objet.pk}).first()
            if passe:
                assert saine(admin_client.get(adresse(modele, "simple_history", objet.pk, passe.pk))), modele
        for nom in ("export", "import"):
            if hasattr(page, f"{nom}_action"):
                reponse = admin_client.get(adresse(modele, nom))
                assert reponse.status_code == 403 or saine(reponse), (modele, nom)


def test_tables_en_ajout_seul_ne_s_ecrivent_pas(admin_client):
    for modele in MODELES:
        page = admin.site._registry[modele]
        if not isinstance(page, LectureSeule):
            continue
        objet = modele._base_manager.first()
        assert admin_client.post(adresse(modele, "add"), {}).status_code == 403, modele
        if objet is not None:
            assert admin_client.post(adresse(modele, "change", objet.pk), {}).status_code == 403, modele
            assert admin_client.post(adresse(modele, "delete", objet.pk), {"post": "yes"}).status_code == 403, modele


def test_document_fige_se_telecharge(admin_client):
    document = Document.objects.first()
    reponse = admin_client.get(reverse("admin:dpid_document_telecharger", args=[document.pk]))
    assert reponse.status_code == 200 and reponse.content == bytes(document.pdf)
    assert reponse["Content-Disposition"] == f'attachment; filename="{document.nom_fichier}"'
    assert admin_client.get(reverse("admin:dpid_document_telecharger", args=[999999])).status_code == 404


def test_regroupement_en_cases(admin_client):
    regroupement = Territoire.objects.filter(inclus__isnull=False).first()
    champs = formulaire(admin_client.get(adresse(Territoire, "change", regroupement.pk)))
    assert sorted(map(int, champs["inclus"])) == sorted(regroupement.inclus.values_list("pk", flat=True))
