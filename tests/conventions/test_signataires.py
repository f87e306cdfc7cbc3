"""The register of the signatories: who may sign on a day, on screen and printed."""

from datetime import date

import pytest
from django.urls import reverse

from tests import pdf as lecture
from tests.conventions.donnees import signataire
from tests.conventions.saisies import page_lue

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


def test_la_liste_du_jour_s_affiche_et_s_imprime(poste):
    signataire(fin=date(2024, 6, 30))
    signataire(code="suivant", prenom="Ali", nom="BENALI", debut=date(2024, 7, 1), civilite="M.")
    page = poste.get(reverse("signataires"), {"au": "2024-07-02"})
    assert [(s.nom, en_vigueur) for s, en_vigueur in page.context["signataires"]] == [
        ("BENALI", True), ("DESPIERRE", False),
    ]  # fmt: skip
    assert "terminée" in page_lue(page) and "à venir" in page_lue(
        poste.get(reverse("signataires"), {"au": "2024-06-30"})
    )
    contenu = poste.get(reverse("signataires_imprimer"), {"au": "2024-07-02"}).content
    texte = lecture.plat(lecture.texte(contenu))
    assert "Signataires du Département au 2 juillet 2024" in texte and "BENALI" in texte and "DESPIERRE" not in texte
    assert lecture.fautes_d_accessibilite(contenu) == []


def test_un_registre_vide_dit_ce_qui_s_ensuit(poste):
    assert "aucun acte ne peut être signé" in page_lue(poste.get(reverse("signataires")))
