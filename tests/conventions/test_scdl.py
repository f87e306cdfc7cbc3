"""Open data: rows of the signed acts, the threshold by beneficiary, the checks of the schema."""

import csv
import io
from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse

from conventions import scdl
from conventions.models import Acte
from programmes.models import Structure
from tests.conventions.donnees import acte_signe
from tests.conventions.saisies import page_lue

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
VALIDES = {
    "nomAttribuant": "Département du Pas-de-Calais", "idAttribuant": "22620001200012", "dateConvention": "2024-07-02",
    "referenceDecision": "2024-273", "nomBeneficiaire": "ADIL", "idBeneficiaire": "34309733300078",
    "rnaBeneficiaire": "", "objet": "Numéro vert", "montant": "100000.00", "nature": "aide en numéraire",
    "conditionsVersement": "échelonné", "datesPeriodeVersement": "2024-07-02/2025-06-30", "idRAE": "",
    "notificationUE": "non", "pourcentageSubvention": "1", "dispositifAide": "",
}  # fmt: skip


def test_une_rangee_valide_n_a_pas_de_faute():
    assert scdl.controler(VALIDES) == []


@pytest.mark.parametrize(
    ("champ", "valeur", "attendu"),
    [
        ("idBeneficiaire", "34309733300079", "SIRET"),
        ("idBeneficiaire", "", "l’un des deux"),
        ("montant", "100000,00", "forme"),
        ("datesPeriodeVersement", "2024-07-02_2025-06-30", "forme"),
        ("objet", "x" * 257, "256"),
        ("objet", "", "obligatoire"),
        ("rnaBeneficiaire", "W6A1234567", "forme"),
        ("nature", "prêt", "forme"),
        ("notificationUE", "NON", "forme"),
    ],
)
def test_chaque_regle_du_schema_refuse(champ, valeur, attendu):
    assert any(attendu in faute for faute in scdl.controler({**VALIDES, champ: valeur}))


def test_le_seuil_se_compte_par_beneficiaire_et_par_annee(tmp_path):
    premier = acte_signe("13000.00", le=date(2024, 7, 2))
    (seul,) = scdl.rangees(2024)
    assert not seul.est_obligatoire
    acte_signe("12000.00", le=date(2024, 9, 2), structure=premier.convention.structure)
    assert [r.est_obligatoire for r in scdl.rangees(2024)] == [True, True]
    call_command("exporter_scdl", "--annee", "2024", "--sortie", str(tmp_path / "s.csv"))
    lues = list(csv.DictReader(io.StringIO((tmp_path / "s.csv").read_text(encoding="utf-8"))))
    assert [r["montant"] for r in lues] == ["13000.00", "12000.00"]
    assert tuple(lues[0]) == scdl.COLONNES


def test_le_droit_public_n_est_pas_oblige():
    acte = acte_signe("50000.00", le=date(2024, 7, 2), type="ccas", categorie_juridique="7361")
    (rangee,) = scdl.rangees(2024)
    assert rangee.acte == acte and not rangee.est_obligatoire and rangee.fautes == []


def test_la_page_dit_ce_que_le_fichier_ecarte_et_pourquoi(poste):
    gardee = acte_signe("30000.00", le=date(2024, 7, 2))
    ecartee = acte_signe("50000.00", le=date(2024, 9, 2))
    Structure.objects.filter(pk=ecartee.convention.structure_id).update(siret=None, rna="")
    page = poste.get(reverse("conventions_donnees_ouvertes", args=[2024]))
    assert [r.acte for r in page.context["page"]] == [ecartee, gardee]
    corps = page_lue(page)
    assert "1 acte publiable" in corps and "1 acte écarté" in corps and "l’un des deux est nécessaire" in corps
    recu = poste.get(reverse("conventions_scdl", args=[2024]), {"tout": "1"}).content.decode()
    assert recu.count("\r\n") == 2 and str(ecartee.convention.structure) not in recu
    assert "il n’y a rien à publier" in page_lue(poste.get(reverse("conventions_donnees_ouvertes", args=[2020])))


def test_le_seuil_compte_les_actes_que_l_agent_ne_voit_pas(poste, monkeypatch):
    vu = acte_signe("13000.00", le=date(2024, 7, 2))
    acte_signe("12000.00", le=date(2024, 9, 2), structure=vu.convention.structure)
    monkeypatch.setattr(type(Acte.objects.all()), "visibles_par", lambda actes, agent: actes.filter(pk=vu.pk))
    (rangee,) = scdl.rangees(2024, agent=object())
    assert rangee.acte == vu and rangee.est_obligatoire


@pytest.mark.parametrize("annee", [0, 10000, 99999])
@pytest.mark.parametrize("page", ["conventions_donnees_ouvertes", "conventions_scdl"])
def test_une_annee_qui_n_existe_pas_ne_mene_a_rien(page, annee, poste):
    assert poste.get(reverse(page, args=[annee])).status_code == 404
