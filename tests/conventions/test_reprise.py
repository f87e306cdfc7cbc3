"""A convention signed before the application: entered quickly, its articles typed later, its avenants numbered on."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from conventions.consolidation import consolider
from conventions.models import Acte, Convention, Modele, Modification
from dpid.models import Journal
from tests.conventions.donnees import modele_publie, signataire, structure_signataire
from tests.conventions.saisies import SANS_MONTANT, champs, ouverture, page_lue, reprise, saisie_avenant

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
ARTICLES = """Article 1 : Objet
Accueil des personnes.

À Arras.
Article 4 bis : Lieu
Annexe 1 : Fiche action"""


@pytest.fixture
def saisie():
    return {
        "structure": structure_signataire().raison_sociale, "numero": "2022-02942", "objet": "Référent",
        "signee_le": "2022-03-01", "montant": "40 000,00", "clauses": "Article 1 : Objet\nArticle 4 bis : Coût",
        "avenants": "1 ; 05/01/2023 ; 5 000,00\n2 ; 06/02/2024",
    }  # fmt: skip


def test_les_avenants_deja_signes_comptent_et_le_suivant_prend_son_numero(saisie, poste):
    modele_publie(Modele.Nature.AVENANT, blocs=SANS_MONTANT)
    signataire()
    page = page_lue(poste.post(reverse("convention_reprendre"), saisie, follow=True))
    convention = Convention.objects.get()
    assert list(convention.actes.values_list("rang", "signe_le", "montant_repris")) == [
        (0, date(2022, 3, 1), Decimal(40000)), (1, date(2023, 1, 5), Decimal(5000)), (2, date(2024, 2, 6), None),
    ]  # fmt: skip
    assert "45 000,00 €" in page and consolider(convention, date(2022, 12, 31)).montant == 40000
    poste.post(ouverture(convention), saisie_avenant())
    assert convention.actes.last().rang == 3


@pytest.mark.parametrize(
    ("champ", "valeur", "dit"),
    [
        ("signee_le", "2999-01-01", "dans le futur"),
        ("montant", "-1", "Rien n’est enregistré"),
        ("avenants", "deux ; hier", "écrivez « 1 ; 05/01/2023"),
        ("avenants", "1 ; 31/02/2023", "n’existe pas"),
        ("avenants", "1 ; 05/01/2021", "précède la convention"),
        ("avenants", "1 ; 05/01/2023\n1 ; 06/01/2023", "le même numéro"),
        ("clauses", "Quatre : coût", "écrivez « Article 4 : titre »"),
        ("clauses", "Article zéro : coût", "Écrivez le numéro comme l’acte l’écrit"),
        ("clauses", "Article 1 : Objet\nun texte", "Le texte se saisit ensuite"),
        ("clauses", "Article 1 : Objet\nArticle 1er : Objet", "le même numéro"),
    ],
)
def test_ce_que_la_reprise_refuse(champ, valeur, dit, saisie, poste):
    assert dit in page_lue(poste.post(reverse("convention_reprendre"), {**saisie, champ: valeur}))
    assert not Convention.objects.exists()


class TestArticles:
    def test_saisis_apres_coup_ils_font_le_texte_consolide(self, poste, agent):
        convention = reprise()
        adresse = reverse("convention_articles", args=[convention.pk])
        assert adresse in page_lue(poste.get(convention.get_absolute_url()))
        page = page_lue(poste.post(adresse, champs(poste, adresse) | {"articles": ARTICLES}, follow=True))
        assert "À Arras." in page and "Article 4 bis" in page and "voir la pièce signée" in page
        lues = [(c.nature, c.numero, c.titre, c.texte) for c in convention.clauses.all()]
        assert ("article", "1", "Objet", "Accueil des personnes.\n\nÀ Arras.") in lues and len(lues) == 3
        assert Journal.objects.get(verbe="saisir_articles").par == agent
        # What is shown to be corrected is what was typed: saved untouched, nothing moves.
        poste.post(adresse, champs(poste, adresse))
        assert [(c.nature, c.numero, c.titre, c.texte) for c in convention.clauses.all()] == lues

    def test_deux_officiers_ne_s_effacent_pas(self, poste):
        convention = reprise()
        adresse = reverse("convention_articles", args=[convention.pk])
        ouverte = champs(poste, adresse)
        poste.post(adresse, ouverte | {"articles": ARTICLES})
        page = page_lue(poste.post(adresse, ouverte | {"articles": "Article 9 : Autre"}))
        assert "Rien n’est perdu" in page and "Article 9 : Autre" in page
        assert convention.clauses.filter(numero="4 bis").exists()

    def test_un_avenant_signe_ailleurs_ne_les_fige_pas_un_avenant_remis_les_fige(self, poste, avenant):
        convention = avenant.convention
        adresse = reverse("convention_articles", args=[convention.pk])
        Modification.objects.create(acte=avenant, numero="4", texte="À Lens.")
        assert poste.get(adresse).status_code == 200
        Acte.objects.filter(pk=avenant.pk).update(fige_le=timezone.now())
        page = page_lue(poste.post(adresse, {"articles": "Article 9 : Autre"}, follow=True))
        assert "ils se modifient par avenant" in page and not convention.clauses.filter(numero="9").exists()

    def test_une_convention_ecrite_ici_a_les_articles_de_son_modele(self, poste, acte):
        adresse = reverse("convention_articles", args=[acte.convention_id])
        assert "ils se modifient par avenant" in page_lue(poste.get(adresse, follow=True))


def test_une_date_de_signature_est_passee(saisie, poste):
    demain = timezone.localdate() + timedelta(days=1)
    assert "dans le futur" in page_lue(poste.post(reverse("convention_reprendre"), {**saisie, "signee_le": demain}))
