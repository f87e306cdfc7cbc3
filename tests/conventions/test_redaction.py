"""Completing a project of act from the daily pages: parties, instalments, shares."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.lecture import lire_un
from conventions.models import Acte, Versement
from dpid.models import Journal
from programmes.forms import designation
from programmes.models import Representant
from tests.conventions.donnees import (
    actes_de,
    dispositif_a_fiche,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
)
from tests.conventions.saisies import HOSTILE, champs, page_lue

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


# --- Instalments


class TestVersements:
    @pytest.fixture
    def adresse(self, acte):
        return reverse("acte_versements", args=[acte.pk])

    def test_une_troisieme_part_garde_l_identite_des_deux_autres(self, acte, adresse, poste, agent):
        avant = list(acte.versements.values_list("pk", flat=True))
        saisie = champs(poste, adresse) | {
            "versements-1-montant": "5 000,00", "versements-2-type": "solde", "versements-2-montant": "3 000,00",
            "versements-2-exercice_ae": "2024", "versements-2-exercice_cp": "2026",
        }  # fmt: skip
        poste.post(adresse, saisie)
        lus = list(acte.versements.values_list("pk", "montant", "exercice_cp"))
        assert [pk for pk, _, _ in lus[:2]] == avant
        assert [m for _, m, _ in lus] == [Decimal(12000), Decimal(5000), Decimal(3000)] and lus[2][2] == 2026
        journal = Journal.objects.get(verbe="echelonner")
        assert journal.par == agent and journal.objet_id == acte.pk and len(journal.donnees["versements"]) == 3
        # Only what changed is remembered.
        historiques = [v.history.count() for v in acte.versements.order_by("ordre")]
        assert historiques == [0, 1, 1]

    def test_la_somme_est_celle_de_l_acte_et_l_ecart_se_dit(self, acte, adresse, poste):
        page = page_lue(poste.post(adresse, champs(poste, adresse) | {"versements-1-montant": "7 999,99"}))
        assert "Les versements font 19 999,99 € pour un montant de 20 000,00 € : il manque 0,01 €." in page
        assert 'value="7 999,99"' in page  # what was typed stays
        assert acte.versements.get(ordre=2).montant == Decimal(8000)
        trop = page_lue(poste.post(adresse, champs(poste, adresse) | {"versements-1-montant": "8 000,01"}))
        assert "il y a en trop 0,01 €" in trop

    def test_une_ae_ne_suit_pas_le_cp(self, acte, adresse, poste):
        ae = acte.versements.get(ordre=1)
        saisie = champs(poste, adresse) | {"versements-0-exercice_cp": str(ae.exercice_ae - 1)}
        page = page_lue(poste.post(adresse, saisie))
        assert page.count("on n’engage pas après avoir payé") == 2  # beside the field, and in the summary
        ae.refresh_from_db()
        assert ae.exercice_cp >= ae.exercice_ae

    def test_l_exercice_d_ae_est_celui_de_l_argent(self, acte, adresse, poste):
        page = page_lue(poste.post(adresse, champs(poste, adresse) | {"versements-1-exercice_ae": "2011"}))
        assert "8 000,00 € sur l’AE 2011, pour 0,00 €" in page
        assert acte.versements.get(ordre=2).exercice_ae == 2024

    def test_recalculer_montre_la_regle_de_la_fiche_et_n_ecrit_rien(self, acte, adresse, poste):
        acte.versements.filter(ordre=1).update(montant=Decimal("1.00"))
        (premier, second) = acte.versements.values_list("pk", flat=True)
        propose = champs(poste, f"{adresse}?recalculer=1")
        assert (propose["versements-0-montant"], propose["versements-0-pk"]) == ("12\u202f000,00", str(premier))
        assert acte.versements.get(ordre=1).montant == Decimal(1)
        poste.post(adresse, propose)
        assert list(acte.versements.values_list("pk", "montant")) == [
            (premier, Decimal(12000)), (second, Decimal(8000)),
        ]  # fmt: skip

    def test_les_tiers_d_un_montant_font_le_montant(self, poste):
        modele_publie()
        signataire()
        dispositif = dispositif_a_fiche()
        dispositif.fiche.versements.all().delete()
        for rang in (1, 2, 3):
            dispositif.fiche.versements.create(ordre=rang, type="acompte", pourcentage=Decimal("33.33"))
        (acte,) = actes_de(rapport_de(ligne_retenue("28000.00", dispositif=dispositif)))
        adresse = reverse("acte_versements", args=[acte.pk])
        poste.post(adresse, champs(poste, f"{adresse}?recalculer=1"))
        montants = sorted(acte.versements.values_list("montant", flat=True))
        assert len(montants) == 3 and sum(montants) == Decimal(28000)
        assert Journal.objects.filter(verbe="echelonner").count() == 1

    def test_chaque_fiche_a_les_siens(self, poste):
        modele_publie()
        signataire()
        structure = structure_signataire()
        rapport = rapport_de(*[ligne_retenue(structure=structure) for _ in range(2)])
        (acte,) = actes_de(rapport)
        adresse = reverse("acte_versements", args=[acte.pk])
        saisie = champs(poste, adresse)
        une, autre = {saisie[f"versements-{n}-fiche"] for n in range(4)}
        solde = next(n for n in (2, 3) if saisie[f"versements-{n}-fiche"] == une)
        # 8 000 € pass from one fiche to the other: the total of the act does not change, its annexes do.
        page = page_lue(poste.post(adresse, saisie | {f"versements-{solde}-fiche": autre}))
        assert "il manque 8 000,00 €" in page and "il y a en trop 8 000,00 €" in page

    def test_une_saisie_perimee_montre_les_deux_listes(self, acte, adresse, poste):
        ouverte = champs(poste, adresse)
        poste.post(adresse, ouverte | {"versements-0-montant": "11 000,00", "versements-1-montant": "9 000,00"})
        mienne = ouverte | {"versements-0-montant": "10 000,00", "versements-1-montant": "10 000,00"}
        page = poste.post(adresse, mienne)
        assert "Rien n’est perdu" in page_lue(page) and "11 000" in page_lue(page) and "10 000" in page_lue(page)
        assert acte.versements.get(ordre=1).montant == Decimal(11000)
        (conflit,) = page.context["ecarts"]
        choix = {"conflit-liste-versements": conflit.cache, "garder-liste-versements": "mienne"}
        recue = {c: page.context["form"].data[c] for c in ("version", "ouverte_sur")}
        poste.post(adresse, mienne | recue | choix)
        assert acte.versements.get(ordre=1).montant == Decimal(10000)

    def test_une_liste_que_personne_d_autre_n_a_touchee_s_enregistre(self, acte, adresse, poste):
        ouverte = champs(poste, adresse)
        parties = reverse("acte_parties", args=[acte.pk])
        poste.post(parties, champs(poste, parties) | {"exemplaires": "4"})
        poste.post(adresse, ouverte | {"versements-0-montant": "11 000,00", "versements-1-montant": "9 000,00"})
        acte.refresh_from_db()
        assert acte.exemplaires == 4 and acte.versements.get(ordre=1).montant == Decimal(11000)

    def test_fige_il_le_dit_et_ne_change_pas(self, acte, adresse, poste):
        saisie = champs(poste, adresse)
        Acte.objects.filter(pk=acte.pk).update(fige_le="2024-07-02T10:00:00Z")
        for reponse in (poste.get(adresse, follow=True), poste.post(adresse, saisie, follow=True)):
            assert "est remis à la signature : il se corrige par un avenant" in page_lue(reponse)
        assert not Journal.objects.filter(verbe="echelonner").exists()
        assert adresse not in page_lue(poste.get(acte.get_absolute_url()))


# --- Parties


class TestParties:
    @pytest.fixture
    def adresse(self, acte):
        return reverse("acte_parties", args=[acte.pk])

    def test_une_troisieme_partie_puis_l_ordre(self, acte, adresse, poste):
        tiers = structure_signataire(siret=None, raison_sociale="Commune d’Exemple")
        saisie = champs(poste, adresse) | {
            "parties-2-structure": designation(tiers), "parties-2-designation": "la commune", "parties-2-ordre": "2",
            "parties-1-ordre": "3", "parties-0-ordre": "1",
        }  # fmt: skip
        avant = {p.structure_id: p.pk for p in acte.parties.all()}
        poste.post(adresse, saisie)
        lues = list(acte.parties.values_list("structure", "designation", "ordre"))
        assert lues == [
            (None, "le Département", 1), (tiers.pk, "la commune", 2), (acte.convention.structure_id, "l’organisme", 3),
        ]  # fmt: skip
        assert avant.items() <= {p.structure_id: p.pk for p in acte.parties.all()}.items()
        assert "Commune d’Exemple" in [str(p) for p in lire_un(acte).parties]
        assert Journal.objects.get(verbe="nommer_parties").donnees["parties"][1].startswith("Commune d’Exemple")

    @pytest.mark.parametrize(
        ("saisie", "dit"),
        [
            ({"parties-1-structure": ""}, "laissez vide la structure d’un seul rang"),
            ({"parties-1-DELETE": "on"}, "elle reste partie à l’acte"),
            ({"parties-0-DELETE": "on"}, "laissez vide la structure d’un seul rang"),
            ({"parties-1-structure": "Structure que nul ne connaît"}, "Aucune structure ne porte ce nom"),
        ],
    )
    def test_ce_que_les_parties_ne_peuvent_pas_etre(self, saisie, dit, acte, adresse, poste):
        page = page_lue(poste.post(adresse, champs(poste, adresse) | saisie))
        assert dit in page and acte.parties.count() == 2

    def test_la_meme_structure_deux_fois(self, acte, adresse, poste):
        deux = {"parties-2-structure": designation(acte.convention.structure)}
        assert "est partie deux fois" in page_lue(poste.post(adresse, champs(poste, adresse) | deux))
        assert acte.parties.count() == 2

    def test_le_representant_est_de_la_structure(self, acte, adresse, poste):
        structure = acte.convention.structure
        directeur = Representant.objects.create(
            structure=structure, prenom="Paul", nom="MODÈLE", qualite="Directeur", debut=date(2021, 1, 1)
        )
        poste.post(adresse, champs(poste, adresse) | {"parties-1-representant": str(directeur.pk)})
        assert acte.parties.get(structure=structure).representant == directeur
        assert "Paul MODÈLE" in page_lue(poste.get(acte.get_absolute_url()))
        page = page_lue(poste.post(adresse, champs(poste, adresse) | {"parties-0-representant": str(directeur.pk)}))
        assert "ne représente pas cette partie" in page

    def test_deux_personnes_sur_deux_champs_gardent_les_deux(self, acte, adresse, poste):
        ouverte = champs(poste, adresse)
        poste.post(adresse, ouverte | {"objet": "Soutien"})
        page = page_lue(poste.post(adresse, ouverte | {"exemplaires": "5"}, follow=True))
        acte.refresh_from_db()
        assert (acte.objet, acte.exemplaires) == ("Soutien", 5) and "« Objet »" in page


# --- Shares of a fiche


class TestParts:
    @pytest.fixture
    def adresse(self, acte):
        return reverse("fiche_action", args=[acte.fiches.get().pk])

    PARTS = {
        "parts-0-nature": "quantitative", "parts-0-pourcentage": "70", "parts-0-libelle": "places occupées",
        "parts-1-nature": "qualitative", "parts-1-pourcentage": "30", "parts-TOTAL_FORMS": "2",
    }  # fmt: skip

    def test_les_parts_font_cent_et_s_impriment(self, acte, adresse, poste):
        poste.post(adresse, champs(poste, adresse) | self.PARTS)
        assert list(acte.fiches.get().parts.values_list("pourcentage", flat=True)) == [70, 30]
        page = page_lue(poste.get(acte.get_absolute_url()))
        assert "Part quantitative : 70 %, soit 14 000,00 € au plus : places occupées" in page

    def test_ce_qui_manque_pour_faire_cent_se_dit(self, acte, adresse, poste):
        saisie = champs(poste, adresse) | self.PARTS | {"parts-1-pourcentage": "20.5", "public": "Jeunes"}
        page = page_lue(poste.post(adresse, saisie))
        assert "Les parts font 90,5 % : il manque 9,5 % pour faire 100 %" in page and "Jeunes" in page
        assert not acte.fiches.get().parts.exists() and acte.fiches.get().public == ""

    def test_la_participation_ne_depasse_pas_ce_qui_est_vote(self, acte, adresse, poste):
        for dite, retenu in (("20 000,00", False), ("20 000,01", True)):
            poste.post(adresse, champs(poste, adresse) | {"participation": dite})
            manques = {m.champ: m for m in composer(lire_un(acte)).manques}
            assert ("Participation totale" in manques) == retenu
        assert manques["Participation totale"].adresse == adresse
        assert "présentez le complément à un nouveau vote" in manques["Participation totale"].remede

    def test_un_texte_laisse_vide_dit_ce_qui_s_imprimera(self, acte, adresse, poste):
        fiche = acte.fiches.get().dispositif.fiche
        fiche.public = HOSTILE
        fiche.save()
        corps = poste.get(adresse).content.decode()
        assert "Vide : &lt;script&gt;alert(1)" in corps and "<script>alert" not in corps
        assert "(fiche du dispositif)" in corps

    def test_une_fiche_perimee_ne_s_ecrase_plus(self, acte, adresse, poste, agent):
        ouverte = champs(poste, adresse)
        poste.post(adresse, ouverte | {"public": "Celui de l’autre"})
        page = page_lue(poste.post(adresse, ouverte | {"public": "Le mien"}))
        fiche = acte.fiches.get()
        assert fiche.public == "Celui de l’autre" and "Le mien" in page and str(agent) in page
        assert fiche.history.first().history_user == agent


def test_un_acte_abandonne_ne_se_complete_plus(acte, poste, agent):
    acte.abandonner(par=agent, motif="erreur")
    page = page_lue(poste.get(reverse("acte_versements", args=[acte.pk]), follow=True))
    assert "est abandonné : préparez-en un autre" in page
    assert Versement.objects.filter(acte=acte).exists()
