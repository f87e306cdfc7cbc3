"""An edition of the annexe, imported again: XLSX, ODS and CSV all come back without a change."""

from decimal import Decimal

import pytest

from budget.models import AutorisationEngagement
from deliberations import documents
from deliberations.importation.application import appliquer, simuler
from deliberations.models import Rapport
from dpid.models import Agent
from programmes.models import Financement, LigneDossier
from tests import maquette

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]
REF = "2023-12-11/64"
TEXTES = ("- point ; « deux »", "=1+1", '"x"\nsuite, fin', "+33 ;", "@nous\t!")


@pytest.fixture
def par(donnees_de_demonstration, db):
    return Agent.objects.get(username="instruction")


@pytest.fixture
def rapport(par):
    return Rapport.objects.par_reference(REF)


def exporter(rapport, format) -> bytes:
    return documents.editer(rapport, "repartition", format)[0]


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv"])
@pytest.mark.parametrize("reference", [REF, "2024-11-18/P1"])
def test_reimporter_un_export_est_l_identite(par, reference, format):
    rapport = Rapport.objects.par_reference(reference)
    avant = maquette.etat_de_la_base()
    bilan = appliquer(exporter(rapport, format), f"export.{format}", reference, par=par)
    assert bilan.applique and not bilan.change_quelque_chose
    assert {c.valeur for c in bilan.constats} <= {"ADIL 59/62"}, "seule sa ligne est « à imputer »"
    assert bilan.plan.inchangees == rapport.propositions.count()
    assert maquette.etat_de_la_base() == avant


def test_ligne_financee_par_deux_codes(par, rapport):
    """It comes back unchanged; what the file cannot say (the part of each code) is refused."""
    ligne = LigneDossier.objects.filter(propositions__operation__thematique__rapport=rapport).first()
    premier = ligne.financements.get()
    autre = AutorisationEngagement.objects.exclude(pk=premier.autorisation_id).filter(millesime=2023).first()
    premier.montant -= 100
    premier.save()
    Financement.objects.create(ligne=ligne, autorisation=autre, montant=Decimal("100"))
    for format in ("xlsx", "ods", "csv"):
        bilan = simuler(exporter(rapport, format), f"export.{format}", REF, par=par)
        assert bilan.est_applicable and not bilan.change_quelque_chose, format
    codes = f"{premier.autorisation.ligne.code}, {autre.ligne.code}"
    inverse = f"{autre.ligne.code}, {premier.autorisation.ligne.code}"
    fichier = exporter(rapport, "csv").replace(codes.encode(), inverse.encode())
    (refus,) = simuler(fichier, "a.csv", REF, par=par).erreurs
    assert "la part de chacun" in refus.message and refus.valeur == inverse
    (refus,) = simuler(fichier.replace(inverse.encode(), b"C02-428B02, X"), "a.csv", REF, par=par).erreurs[:1]
    assert "pas d’AE ouverte" in refus.message


def test_textes_difficiles_font_l_aller_et_retour(par, rapport):
    """What a spreadsheet would run, quotes, separators, line breaks: the same text comes back."""
    lignes = LigneDossier.objects.filter(propositions__operation__thematique__rapport=rapport)
    for ligne, texte in zip(lignes, TEXTES, strict=False):
        ligne.description = texte
        ligne.save()
    for format in ("xlsx", "ods", "csv"):
        bilan = simuler(exporter(rapport, format), f"export.{format}", REF, par=par)
        assert bilan.est_applicable and not bilan.change_quelque_chose, format


def test_csv_plat_dont_une_ligne_change_de_thematique(par, rapport):
    """The column THEMATIQUE places each row; rows of a thématique that are not together are refused, and said where."""
    titre, *rangees = exporter(rapport, "csv").decode("utf-8-sig").split("\r\n")
    assert rangees[0].startswith("Thématique 3") and rangees[1].startswith("Thématique 4")
    bilan = simuler("\r\n".join([titre, *rangees[1:4], rangees[0], *rangees[4:]]).encode(), "a.csv", REF, par=par)
    (refus,) = bilan.erreurs
    assert "figure déjà" in refus.message and refus.ligne == 6
    seule = "\r\n".join([titre, *rangees[1:]]).encode()
    assert [r.structure for r in simuler(seule, "a.csv", REF, par=par).retraits] == [
        "CAISSE D'ALLOCATIONS FAMILIALES (CAF)"
    ]
