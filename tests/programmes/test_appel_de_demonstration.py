"""The call of the demo data: figures of the published fiches, loading twice, what an agent changed, a fiche printed."""

import io
from datetime import date
from decimal import Decimal

import pikepdf
import pytest
from django.core.management import call_command

from programmes import demonstration
from programmes.appels.ouverture import ouvrir_suivant
from programmes.models import (
    AppelAProjets,
    CadreStrategique,
    ContactDispositif,
    Fiche,
    SessionDepot,
    TypePiece,
)
from tests.factories import AgentFactory
from tests.maquette import etat_de_la_base
from tests.programmes.test_fiches import adresse_de, texte_du_pdf

pytestmark = [
    pytest.mark.neutre,
    pytest.mark.usefixtures("demo_en_preparation"),
]


@pytest.fixture
def demo(db):
    return AppelAProjets.objects.get(annee=2024)


def test_les_quatre_fiches_de_2024(demo):
    """Figures of the published call (axe 4): one assertion per rule."""
    f = {x.dispositif.reference: x for x in Fiche.objects.filter(dispositif__thematique__appel=demo)}
    fal, aml = f.pop("FSL-FAL"), f.pop("FSL-AML")
    assert (fal.cout_unitaire, fal.cout_pour_mois) == (Decimal("171.90"), 1)
    assert (aml.cout_unitaire, aml.cout_pour_mois) == (Decimal("1031.40"), 12)
    assert sorted(f) == ["4.1", "4.2", "4.3", "4.4"]
    faj, e2c, primo, precaires = (f[r] for r in sorted(f))
    assert (faj.taux_plafond, faj.duree_max_mois, faj.duree_max_annees, faj.est_poste_finance) == (50, 12, 2, False)
    assert (faj.age_min, faj.age_max, faj.age_min_etendu, faj.bilan_delai_mois) == (18, 25, 16, 3)
    assert list(faj.versements.values_list("type", "pourcentage")) == [("acompte", 60), ("solde", None)]
    assert faj.sessions.get().demarrage_fin == date(2024, 12, 1) and faj.sessions.get().cloture == date(2024, 9, 30)
    assert faj.est_contact_obligatoire and faj.dispositif.precedent.reference == "FAJ"
    assert (e2c.age_min, e2c.age_max, e2c.taux_indirect_max, e2c.duree_mois) == (16, 18, 20, 12)
    # The published fiche prints 29/02/2025, a date that does not exist.
    assert list(e2c.sessions.values_list("action_fin", flat=True)) == [date(2025, 2, 28), date(2025, 6, 30)]
    assert "29/02/2025" in e2c.history.last().history_change_reason
    assert (primo.enveloppe, primo.age_max, primo.cibles.get().cible) == (30000, 29, 30)
    assert primo.versements.get().type == "unique" and primo.types_eligibles == ["bailleur"]
    assert (precaires.enveloppe, precaires.age_min, precaires.age_max) == (60000, 18, 24)
    assert list(precaires.versements.values_list("pourcentage", flat=True)) == [80, None]
    assert precaires.dispositif.est_suspendu and precaires.territoires.count() == 9
    lignes = {r: x.dispositif.ligne_par_defaut.code for r, x in f.items()}
    assert lignes == {"4.1": "C02-428C02", "4.2": "C02-428C02", "4.3": "C02-428B02", "4.4": "C02-428B02"}


def test_personne_n_est_nomme_dans_les_fiches(demo):
    assert ContactDispositif.objects.filter(fiche__dispositif__reference="4.1").count() == 10
    assert not ContactDispositif.objects.exclude(telephone="", courriel="").exists()
    assert set(ContactDispositif.objects.exclude(nom="").values_list("nom", flat=True)) == {
        "Service local allocation insertion", "Service local inclusion sociale et logement",
    }  # fmt: skip


def test_charger_deux_fois_ne_change_rien(demo):
    avant = etat_de_la_base()
    call_command("charger_demo", "--jusqu-a", "preparation", verbosity=0)
    assert etat_de_la_base() == avant


def test_ce_qu_un_agent_a_change_est_garde(demo):
    fiche = Fiche.objects.get(dispositif__reference="4.3")
    fiche.enveloppe = Decimal(1)
    fiche.save()
    TypePiece.objects.filter(code="rib").update(libelle="RIB")
    demonstration.charger_types()
    demonstration.charger_fiches(AgentFactory(instruction=True))
    fiche.refresh_from_db()
    assert fiche.enveloppe == 1 and TypePiece.objects.get(code="rib").libelle == "RIB"


def test_pieces_exigees_de_la_demo(demo):
    rib = TypePiece.objects.get(code="rib")
    assert rib.est_confidentielle and TypePiece.objects.get(code="comptes").validite_mois == 12
    assert "association" in TypePiece.objects.get(code="statuts").exigee_pour
    assert "ccas" not in TypePiece.objects.get(code="statuts").exigee_pour
    assert TypePiece.objects.get(code="deliberation").est_du_dossier
    assert not CadreStrategique.objects.get(code="strategie-pauvrete").couvre(2024)
    assert CadreStrategique.objects.get(code="pacte-a6").couvre(2024)


def test_ouvrir_2025_a_partir_de_la_demo(demo):
    suivant, _ = ouvrir_suivant(demo, par=AgentFactory(administration=True))
    assert Fiche.objects.filter(dispositif__thematique__appel=suivant).count() == 6
    debuts = SessionDepot.objects.filter(fiche__dispositif__thematique__appel=suivant).values_list(
        "ouverture", flat=True
    )
    assert set(debuts) == {date(2024, 12, 14), date(2025, 4, 1)}


def test_le_pdf_porte_la_fiche(demo, connecter):
    client = connecter(AgentFactory(administration=True))
    faj = Fiche.objects.get(dispositif__reference="4.1")
    reponse = client.get(adresse_de("fiche_pdf", faj))
    assert reponse["Content-Type"] == "application/pdf" and "2024_fiche_4-1.pdf" in reponse["Content-Disposition"]
    texte = texte_du_pdf(reponse.content)
    for phrase in (
        "Fiche 4.1 : Projets collectifs jeunesse", "Acompte : 60 %", "Le public a de 18 à 25 ans révolus.",
        "dépôt du 14/12/2023 au 30/09/2024 inclus", "C02-428C02", "Fiche relue le 13 décembre 2023",
        "Service local allocation insertion",
    ):  # fmt: skip
        assert phrase in texte, phrase
    assert "PROJET" not in texte
    with pikepdf.open(io.BytesIO(reponse.content)) as pdf:
        assert pdf.Root.Lang == "fr" and "/StructTreeRoot" in pdf.Root
        assert pdf.pages[0].mediabox[3] > pdf.pages[0].mediabox[2]  # portrait
    # Same data, same bytes.
    assert client.get(adresse_de("fiche_pdf", faj)).content == reponse.content
