"""Dossiers and structures: who sees what, what a page costs, what an act does."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from dpid.models import Journal
from programmes.models import Dossier, Structure
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    ServiceFactory,
    StructureFactory,
    TerritoireFactory,
    presenter,
)
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Dossier.Etat


@pytest.fixture
def admin():
    return AgentFactory(administration=True)


# --- Who sees what


ADRESSES = {
    "dossiers": "dossiers", "appels": "appels", "structures": "structures", "dossier": "dossier",
    "structure": "structure",
}  # fmt: skip
ROLES = ("instruction", "budget", "direction", "assemblees", "conventions", "consultation", "administration")


@pytest.fixture
def monde(admin):
    service = ServiceFactory()
    ligne = LigneFactory(dossier__dispositif__service=service, finance=AutorisationFactory(), quantite="3.5")
    return {"service": service, "ligne": ligne, "dossier": ligne.dossier, "structure": ligne.dossier.structure}


def adresse(nom, monde):
    objet = monde.get(nom)
    return reverse(nom, args=[objet.pk] if objet else [])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("nom", ADRESSES)
def test_pages_de_lecture(nom, role, monde, connecter):
    agent = AgentFactory(**{role: True}, services=[monde["service"]])
    reponse = connecter(agent).get(adresse(nom, monde))
    assert reponse.status_code == 200
    assert len(re.findall(r"<h1[ >]", html(reponse))) == 1
    assert "unsafe" not in reponse["Content-Security-Policy"]
    assert not re.search(r'\sstyle="|\son\w+="', html(reponse))


@pytest.mark.parametrize("nom", ["dossiers", "appels", "structures", "dossier", "structure"])
def test_sans_role_tout_est_refuse(nom, monde, connecter):
    assert connecter(AgentFactory()).get(adresse(nom, monde)).status_code == 403


ECRITURES = [
    ("dossier_nouveau", 0), ("structure_nouvelle", 0), ("dossier_modifier", 1), ("ligne_nouvelle", 1),
    ("ligne_modifier", 2), ("ligne_supprimer", 2),
]  # fmt: skip


@pytest.mark.parametrize(("nom", "combien"), ECRITURES)
@pytest.mark.parametrize("role", [*ROLES, "territoire"])
def test_pages_d_ecriture(nom, combien, role, monde, connecter):
    territoire = monde["ligne"].territoires.get()
    agent = AgentFactory(**{role: True}, services=[monde["service"]], territoires=[territoire])
    url = reverse(nom, args=[monde["dossier"].pk, monde["ligne"].pk][:combien])
    permis = role in ("instruction", "administration") or (nom, role) == ("structure_nouvelle", "conventions")
    reponse = connecter(agent).get(url)
    assert reponse.status_code == (200 if permis else 403)
    if permis:
        assert len(re.findall(r"<h1[ >]", html(reponse))) == 1


def test_un_dossier_d_ailleurs_n_existe_pas(monde, connecter):
    ligne, dossier = monde["ligne"], monde["dossier"]
    client = connecter(AgentFactory(territoire=True, territoires=[TerritoireFactory()]))
    for nom in ("dossier", "dossier_modifier", "ligne_nouvelle"):
        assert client.get(reverse(nom, args=[dossier.pk])).status_code == 404
    assert client.get(reverse("ligne_modifier", args=[dossier.pk, ligne.pk])).status_code == 404
    assert client.post(reverse("dossier_acte", args=[dossier.pk, "refuser"]), {"motif": "x"}).status_code == 404
    assert dossier.get_absolute_url() not in html(client.get(reverse("dossiers")))
    assert str(dossier.structure) not in client.get(reverse("dossiers_export", args=["csv"])).content.decode(
        "utf-8-sig"
    )
    structure = html(client.get(dossier.structure.get_absolute_url()))
    assert dossier.get_absolute_url() not in structure


def test_la_ligne_d_un_autre_dossier_est_introuvable(monde, admin, connecter):
    autre = LigneFactory()
    url = reverse("ligne_modifier", args=[monde["dossier"].pk, autre.pk])
    assert connecter(admin).get(url).status_code == 404


def test_territoire_lit_sans_ecrire(monde, connecter):
    agent = AgentFactory(territoire=True, territoires=[monde["ligne"].territoires.get()])
    page = html(connecter(agent).get(monde["dossier"].get_absolute_url()))
    assert "Modifier" not in page and "Proposer" not in page and "Ajouter une ligne" not in page


# --- The dossier


def test_page_du_dossier_constante(admin, connecter):
    client, ae = connecter(admin), AutorisationFactory()
    dossier = DossierFactory()
    couts = {}
    for cible in (1, 20):
        for _ in range(dossier.lignes.count(), cible):
            ligne = LigneFactory(dossier=dossier, finance=ae, quantite="3.5")
            ligne.description = "Modifiée"
            ligne.save()
        couts[cible] = compter(client, dossier.get_absolute_url())
    assert len(set(couts.values())) == 1 and couts[20] <= 15, couts


def test_historique_en_francais(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    dossier = ligne.dossier
    client = connecter(admin)
    client.post(reverse("dossier_acte", args=[dossier.pk, "proposer"]))
    ligne.refresh_from_db()
    ligne.arbitrer(Decimal("650.00"), par=admin)
    page = html(client.get(reverse("dossier_section", args=[dossier.pk, "historique"])))
    assert "Proposer" in page and "Arbitrer le montant" in page
    assert "800,00\u00a0€" in page and "650,00\u00a0€" in page
    assert str(admin) in page
    assert page.index("Arbitrer le montant") < page.index("<strong>Proposer</strong>")


# --- Acts


def test_proposer_puis_ajourner_puis_reprendre(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    dossier, client = ligne.dossier, connecter(admin)

    def agir(verbe, **champs):
        reponse = client.post(reverse("dossier_acte", args=[dossier.pk, verbe]), champs, follow=True)
        dossier.__dict__.update(Dossier.objects.get(pk=dossier.pk).__dict__)
        return html(reponse)

    agir("proposer")
    assert dossier.etat == Etat.PROPOSE
    assert "corrigez ce qui suit" in agir("ajourner")
    assert dossier.etat == Etat.PROPOSE
    agir("ajourner", motif="Budget prévisionnel manquant")
    assert dossier.etat == Etat.AJOURNE and not ligne.financements.exists()
    agir("reprendre")
    assert dossier.etat == Etat.EN_INSTRUCTION
    assert Journal.objects.de_l_objet(dossier).count() == 3


def test_acte_refuse_est_une_phrase(admin, connecter):
    dossier = DossierFactory()
    reponse = connecter(admin).post(reverse("dossier_acte", args=[dossier.pk, "proposer"]), follow=True)
    assert reponse.status_code == 200 and "au moins une ligne" in html(reponse)


def test_get_n_agit_pas_et_un_verbe_inconnu_n_existe_pas(admin, connecter):
    dossier, client = LigneFactory().dossier, connecter(admin)
    assert client.get(reverse("dossier_acte", args=[dossier.pk, "proposer"])).status_code == 200
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert dossier.etat == Etat.EN_INSTRUCTION
    assert client.post(f"/dossiers/{dossier.pk}/inscrire/").status_code == 404


def test_la_direction_decide_sans_instruire(monde, connecter):
    client, dossier = connecter(AgentFactory(direction=True)), monde["dossier"]
    assert client.post(reverse("dossier_acte", args=[dossier.pk, "proposer"])).status_code == 403
    client.post(reverse("dossier_acte", args=[dossier.pk, "refuser"]), {"motif": "Hors critères"})
    assert Dossier.objects.get(pk=dossier.pk).etat == Etat.REFUSE


def test_dossier_inscrit_se_reprend_par_le_rapport(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    presenter(RapportFactory(), ligne)
    connecter(admin).post(reverse("dossier_acte", args=[ligne.dossier_id, "reprendre"]))
    assert Dossier.objects.get(pk=ligne.dossier_id).etat == Etat.INSCRIT


# --- Structures


def test_liste_des_structures_constante(admin, connecter):
    client, couts = connecter(admin), {}
    for cible in (1, 20, 100):
        StructureFactory.create_batch(cible - Structure.objects.count())
        couts[cible] = compter(client, reverse("structures"))
    assert len(set(couts.values())) == 1 and couts[100] <= 8, couts


def test_structure_annee_par_annee(admin, connecter):
    structure = StructureFactory()
    for annee in (2023, 2024):
        LigneFactory(
            dossier__structure=structure, dossier__dispositif__thematique__appel__annee=annee, demande=Decimal(annee),
            finance="à imputer",
        )  # fmt: skip
    page = html(connecter(admin).get(structure.get_absolute_url()))
    assert page.index("Total 2024") < page.index("Total 2023")
    assert "2\u202f023,00" in page and "SIRET de la structure manque" in page


def test_choix_des_structures(admin, connecter):
    structure = StructureFactory(raison_sociale="Réussir <Ensemble>")
    page = html(connecter(admin).get(reverse("structures_choix"), {"structure": "reussir"}))
    assert f"n°\u00a0{structure.pk}" in page and "<Ensemble>" not in page
