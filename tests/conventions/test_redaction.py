"""Completing a project of act from the daily pages: parties, instalments, shares, what an avenant changes."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.consolidation import consolider
from conventions.lecture import lire_un
from conventions.models import Acte, Modele, Modification, Partie, Versement
from conventions.redaction.ouverture import modeles_sans_montant
from conventions.reprise import reprendre
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
    signer,
    structure_signataire,
)
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
LE = date(2022, 3, 1)
SANS_MONTANT = [
    ("article", "objet", "Objet", "Objet : {objet_acte}, convention du {date_convention}.", {}),
    ("article", "propres", "Modifications", "", {"contenu": "modifications"}),
]
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {% include 'x' %}"


@pytest.fixture
def agent():
    return AgentFactory(conventions=True)


@pytest.fixture
def client(agent, connecter):
    return connecter(agent)


@pytest.fixture
def acte():
    modele_publie()
    signataire()
    (fait,) = actes_de(rapport_de(ligne_retenue()))
    return fait


@pytest.fixture
def avenant(client):
    """Opened from the page of a convention signed before the application."""
    convention = _reprise()
    client.post(_ouverture(convention), _saisie_avenant())
    return convention.actes.get(rang=1)


def _reprise(**options):
    signataire()
    modele_publie(Modele.Nature.AVENANT, blocs=SANS_MONTANT)
    clauses = [("article", 1, "Objet", "Accueil."), ("article", 4, "Lieu", "À Arras.\n\nLe lundi.")]
    return reprendre(
        par=AgentFactory(conventions=True), structure=structure_signataire(), objet="Référent", signee_le=LE,
        clauses=clauses, **options,
    )  # fmt: skip


def _ouverture(convention):
    return reverse("avenant_preparer", args=[convention.pk])


def _saisie_avenant(**options):
    valeurs = {"nature": "representant", "version": modeles_sans_montant().get().pk, "objet": "", "jeton": "un"}
    return {**valeurs, **options}


def _page(reponse) -> str:
    return reponse.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def _champs(client, adresse) -> dict:
    """What a browser would send back without touching anything."""
    contexte = client.get(adresse).context
    form, listes = contexte["form"], contexte.get("listes") or []
    donnees = {}
    for f in [form, *(x for liste in listes for x in [liste["formset"].management_form, *liste["formset"].forms])]:
        for champ in f:
            valeur = champ.field.widget.format_value(champ.value()) if champ.name != "DELETE" else None
            if isinstance(valeur, list):
                valeur = valeur[0] if valeur else None
            if valeur not in (None, "", False) and not (champ.widget_type == "checkbox" and not champ.value()):
                donnees[champ.html_name] = valeur
    return donnees


# --- Instalments


class TestVersements:
    @pytest.fixture
    def adresse(self, acte):
        return reverse("acte_versements", args=[acte.pk])

    def test_une_troisieme_part_garde_l_identite_des_deux_autres(self, acte, adresse, client, agent):
        avant = list(acte.versements.values_list("pk", flat=True))
        saisie = _champs(client, adresse) | {
            "versements-1-montant": "5 000,00", "versements-2-type": "solde", "versements-2-montant": "3 000,00",
            "versements-2-exercice_ae": "2024", "versements-2-exercice_cp": "2026",
        }  # fmt: skip
        client.post(adresse, saisie)
        lus = list(acte.versements.values_list("pk", "montant", "exercice_cp"))
        assert [pk for pk, _, _ in lus[:2]] == avant
        assert [m for _, m, _ in lus] == [Decimal(12000), Decimal(5000), Decimal(3000)] and lus[2][2] == 2026
        journal = Journal.objects.get(verbe="echelonner")
        assert journal.par == agent and journal.objet_id == acte.pk and len(journal.donnees["versements"]) == 3
        # Only what changed is remembered.
        historiques = [v.history.count() for v in acte.versements.order_by("ordre")]
        assert historiques == [0, 1, 1]

    def test_la_somme_est_celle_de_l_acte_et_l_ecart_se_dit(self, acte, adresse, client):
        page = _page(client.post(adresse, _champs(client, adresse) | {"versements-1-montant": "7 999,99"}))
        assert "Les versements font 19 999,99 € pour un montant de 20 000,00 € : il manque 0,01 €." in page
        assert 'value="7 999,99"' in page  # what was typed stays
        assert acte.versements.get(ordre=2).montant == Decimal(8000)
        trop = _page(client.post(adresse, _champs(client, adresse) | {"versements-1-montant": "8 000,01"}))
        assert "il y a en trop 0,01 €" in trop

    def test_une_ae_ne_suit_pas_le_cp(self, acte, adresse, client):
        ae = acte.versements.get(ordre=1)
        saisie = _champs(client, adresse) | {"versements-0-exercice_cp": str(ae.exercice_ae - 1)}
        page = _page(client.post(adresse, saisie))
        assert page.count("on n’engage pas après avoir payé") == 2  # beside the field, and in the summary
        ae.refresh_from_db()
        assert ae.exercice_cp >= ae.exercice_ae

    def test_recalculer_montre_la_regle_de_la_fiche_et_n_ecrit_rien(self, acte, adresse, client):
        acte.versements.filter(ordre=1).update(montant=Decimal("1.00"))
        (premier, second) = acte.versements.values_list("pk", flat=True)
        propose = _champs(client, f"{adresse}?recalculer=1")
        assert (propose["versements-0-montant"], propose["versements-0-pk"]) == ("12\u202f000,00", str(premier))
        assert acte.versements.get(ordre=1).montant == Decimal(1)
        client.post(adresse, propose)
        assert list(acte.versements.values_list("pk", "montant")) == [
            (premier, Decimal(12000)), (second, Decimal(8000)),
        ]  # fmt: skip

    def test_les_tiers_d_un_montant_font_le_montant(self, client):
        modele_publie()
        signataire()
        dispositif = dispositif_a_fiche()
        dispositif.fiche.versements.all().delete()
        for rang in (1, 2, 3):
            dispositif.fiche.versements.create(ordre=rang, type="acompte", pourcentage=Decimal("33.33"))
        (acte,) = actes_de(rapport_de(ligne_retenue("28000.00", dispositif=dispositif)))
        adresse = reverse("acte_versements", args=[acte.pk])
        client.post(adresse, _champs(client, f"{adresse}?recalculer=1"))
        montants = sorted(acte.versements.values_list("montant", flat=True))
        assert len(montants) == 3 and sum(montants) == Decimal(28000)
        assert Journal.objects.filter(verbe="echelonner").count() == 1

    def test_chaque_fiche_a_les_siens(self, client):
        modele_publie()
        signataire()
        structure = structure_signataire()
        rapport = rapport_de(*[ligne_retenue(structure=structure) for _ in range(2)])
        (acte,) = actes_de(rapport)
        adresse = reverse("acte_versements", args=[acte.pk])
        saisie = _champs(client, adresse)
        une, autre = {saisie[f"versements-{n}-fiche"] for n in range(4)}
        solde = next(n for n in (2, 3) if saisie[f"versements-{n}-fiche"] == une)
        # 8 000 € pass from one fiche to the other: the total of the act does not change, its annexes do.
        page = _page(client.post(adresse, saisie | {f"versements-{solde}-fiche": autre}))
        assert "il manque 8 000,00 €" in page and "il y a en trop 8 000,00 €" in page

    def test_une_saisie_perimee_montre_les_deux_listes(self, acte, adresse, client):
        ouverte = _champs(client, adresse)
        client.post(adresse, ouverte | {"versements-0-montant": "11 000,00", "versements-1-montant": "9 000,00"})
        mienne = ouverte | {"versements-0-montant": "10 000,00", "versements-1-montant": "10 000,00"}
        page = client.post(adresse, mienne)
        assert "Rien n’est perdu" in _page(page) and "11 000" in _page(page) and "10 000" in _page(page)
        assert acte.versements.get(ordre=1).montant == Decimal(11000)
        (conflit,) = page.context["ecarts"]
        choix = {"conflit-liste-versements": conflit.cache, "garder-liste-versements": "mienne"}
        recue = {c: page.context["form"].data[c] for c in ("version", "ouverte_sur")}
        client.post(adresse, mienne | recue | choix)
        assert acte.versements.get(ordre=1).montant == Decimal(10000)

    def test_une_liste_que_personne_d_autre_n_a_touchee_s_enregistre(self, acte, adresse, client):
        ouverte = _champs(client, adresse)
        parties = reverse("acte_parties", args=[acte.pk])
        client.post(parties, _champs(client, parties) | {"exemplaires": "4"})
        client.post(adresse, ouverte | {"versements-0-montant": "11 000,00", "versements-1-montant": "9 000,00"})
        acte.refresh_from_db()
        assert acte.exemplaires == 4 and acte.versements.get(ordre=1).montant == Decimal(11000)

    def test_fige_il_le_dit_et_ne_change_pas(self, acte, adresse, client):
        saisie = _champs(client, adresse)
        Acte.objects.filter(pk=acte.pk).update(fige_le="2024-07-02T10:00:00Z")
        for reponse in (client.get(adresse, follow=True), client.post(adresse, saisie, follow=True)):
            assert "est remis à la signature : il se corrige par un avenant" in _page(reponse)
        assert not Journal.objects.filter(verbe="echelonner").exists()
        assert adresse not in _page(client.get(acte.get_absolute_url()))


# --- Parties


class TestParties:
    @pytest.fixture
    def adresse(self, acte):
        return reverse("acte_parties", args=[acte.pk])

    def test_une_troisieme_partie_puis_l_ordre(self, acte, adresse, client):
        tiers = structure_signataire(siret=None, raison_sociale="Commune d’Exemple")
        saisie = _champs(client, adresse) | {
            "parties-2-structure": designation(tiers), "parties-2-designation": "la commune", "parties-2-ordre": "2",
            "parties-1-ordre": "3", "parties-0-ordre": "1",
        }  # fmt: skip
        avant = {p.structure_id: p.pk for p in acte.parties.all()}
        client.post(adresse, saisie)
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
    def test_ce_que_les_parties_ne_peuvent_pas_etre(self, saisie, dit, acte, adresse, client):
        page = _page(client.post(adresse, _champs(client, adresse) | saisie))
        assert dit in page and acte.parties.count() == 2

    def test_la_meme_structure_deux_fois(self, acte, adresse, client):
        deux = {"parties-2-structure": designation(acte.convention.structure)}
        assert "est partie deux fois" in _page(client.post(adresse, _champs(client, adresse) | deux))
        assert acte.parties.count() == 2

    def test_le_representant_est_de_la_structure(self, acte, adresse, client):
        structure = acte.convention.structure
        directeur = Representant.objects.create(
            structure=structure, prenom="Paul", nom="MODÈLE", qualite="Directeur", debut=date(2021, 1, 1)
        )
        client.post(adresse, _champs(client, adresse) | {"parties-1-representant": str(directeur.pk)})
        assert acte.parties.get(structure=structure).representant == directeur
        assert "Paul MODÈLE" in _page(client.get(acte.get_absolute_url()))
        page = _page(client.post(adresse, _champs(client, adresse) | {"parties-0-representant": str(directeur.pk)}))
        assert "ne représente pas cette partie" in page

    def test_deux_personnes_sur_deux_champs_gardent_les_deux(self, acte, adresse, client):
        ouverte = _champs(client, adresse)
        client.post(adresse, ouverte | {"objet": "Soutien"})
        page = _page(client.post(adresse, ouverte | {"exemplaires": "5"}, follow=True))
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

    def test_les_parts_font_cent_et_s_impriment(self, acte, adresse, client):
        client.post(adresse, _champs(client, adresse) | self.PARTS)
        assert list(acte.fiches.get().parts.values_list("pourcentage", flat=True)) == [70, 30]
        page = _page(client.get(acte.get_absolute_url()))
        assert "Part quantitative : 70 %, soit 14 000,00 € au plus : places occupées" in page

    def test_ce_qui_manque_pour_faire_cent_se_dit(self, acte, adresse, client):
        saisie = _champs(client, adresse) | self.PARTS | {"parts-1-pourcentage": "20.5", "public": "Jeunes"}
        page = _page(client.post(adresse, saisie))
        assert "Les parts font 90,5 % : il manque 9,5 % pour faire 100 %" in page and "Jeunes" in page
        assert not acte.fiches.get().parts.exists() and acte.fiches.get().public == ""

    def test_un_texte_laisse_vide_dit_ce_qui_s_imprimera(self, acte, adresse, client):
        fiche = acte.fiches.get().dispositif.fiche
        fiche.public = HOSTILE
        fiche.save()
        corps = client.get(adresse).content.decode()
        assert "Vide : &lt;script&gt;alert(1)" in corps and "<script>alert" not in corps
        assert "(fiche du dispositif)" in corps

    def test_une_fiche_perimee_ne_s_ecrase_plus(self, acte, adresse, client, agent):
        ouverte = _champs(client, adresse)
        client.post(adresse, ouverte | {"public": "Celui de l’autre"})
        page = _page(client.post(adresse, ouverte | {"public": "Le mien"}))
        fiche = acte.fiches.get()
        assert fiche.public == "Celui de l’autre" and "Le mien" in page and str(agent) in page
        assert fiche.history.first().history_user == agent


# --- What an avenant changes


class TestModifications:
    SAISIE = {"operation": "remplacer", "cible": "article", "numero": "4", "texte": "À Lens.", "ordre": "1"}

    @pytest.fixture
    def adresse(self, avenant):
        return reverse("modification_nouvelle", args=[avenant.pk])

    def test_ajouter_lire_la_phrase_changer_supprimer(self, avenant, adresse, client, agent):
        page = _page(client.post(adresse, self.SAISIE, follow=True))
        assert "L’article 4 de la convention est supprimé et remplacé par les dispositions suivantes :" in page
        assert "Modification de l’article 4" in page
        m = Modification.objects.get()
        modifier = reverse("modification_modifier", args=[m.pk])
        client.post(modifier, _champs(client, modifier) | {"operation": "inserer_apres", "alinea": "2"})
        page = _page(client.get(avenant.get_absolute_url()))
        assert "Après le deuxième alinéa de l’article 4 de la convention, il est inséré ce qui suit" in page
        assert m.history.count() == 2 and m.history.first().history_user == agent
        client.post(reverse("modification_supprimer", args=[m.pk]))
        assert not Modification.objects.exists()
        actes = list(Journal.objects.filter(verbe="modifier_texte").order_by("pk").values_list("acte", flat=True))
        assert actes == ["Ajouter une modification", "Changer une modification", "Supprimer une modification"]

    @pytest.mark.parametrize(
        ("saisie", "dit"),
        [
            ({"texte": ""}, "Écrivez le texte nouveau"),
            ({"texte": "   "}, "Écrivez le texte nouveau"),
            ({"numero": ""}, "obligatoire"),
            ({"numero": "0"}, "supérieure ou égale à 1"),
            ({"alinea": "0"}, "supérieure ou égale à 1"),
            ({"operation": "supprimer"}, "Une suppression n’a pas de texte nouveau"),
        ],
    )
    def test_sans_cible_ou_sans_texte_elle_ne_passe_pas(self, saisie, dit, adresse, client):
        page = _page(client.post(adresse, self.SAISIE | saisie))
        assert dit in page and not Modification.objects.exists()

    def test_une_cible_absente_du_texte_en_vigueur_se_dit(self, avenant, adresse, client):
        page = _page(client.post(adresse, self.SAISIE | {"numero": "9"}, follow=True))
        assert "cette clause n’existe pas dans le texte en vigueur" in page

    def test_l_apercu_resout_les_champs_et_n_ecrit_rien(self, avenant, client):
        adresse = reverse("modification_apercu", args=[avenant.pk])
        recu = _page(client.post(adresse, self.SAISIE | {"texte": "Par {representant}, {rien}", "alinea": "1"}))
        assert "Le premier alinéa de l’article 4 de la convention est supprimé et remplacé" in recu
        assert "Mme Jeanne EXEMPLE" in recu and "{rien} (renvoi sans valeur)" in recu
        assert "est supprimé." in _page(client.post(adresse, self.SAISIE | {"operation": "supprimer"}))
        assert _page(client.post(adresse, {"operation": "remplacer", "cible": "article"})).strip() == ""
        assert not Modification.objects.exists()

    def test_un_texte_hostile_reste_du_texte(self, avenant, adresse, client):
        client.post(adresse, self.SAISIE | {"texte": HOSTILE, "titre": HOSTILE})
        apercu = client.post(reverse("modification_apercu", args=[avenant.pk]), self.SAISIE | {"texte": HOSTILE})
        for page in (client.get(avenant.get_absolute_url()), apercu):
            corps = page.content.decode()
            assert "<script>alert" not in corps and "&lt;script&gt;alert(1)" in corps
            assert "7*7" in corps

    def test_perimee_elle_montre_les_deux_textes(self, avenant, adresse, client):
        client.post(adresse, self.SAISIE)
        m = Modification.objects.get()
        modifier = reverse("modification_modifier", args=[m.pk])
        ouverte = _champs(client, modifier)
        client.post(modifier, ouverte | {"texte": "À Béthune."})
        page = _page(client.post(modifier, ouverte | {"texte": "À Calais."}))
        m.refresh_from_db()
        assert m.texte == "À Béthune." and "À Calais." in page and "À Béthune." in page
        # Another field, nobody contradicts: both are kept.
        client.post(modifier, ouverte | {"titre": "Lieu"})
        m.refresh_from_db()
        assert (m.texte, m.titre) == ("À Béthune.", "Lieu")

    def test_supprimee_pendant_la_saisie(self, adresse, client):
        client.post(adresse, self.SAISIE)
        m = Modification.objects.get()
        modifier = reverse("modification_modifier", args=[m.pk])
        saisie = _champs(client, modifier)
        client.post(reverse("modification_supprimer", args=[m.pk]))
        assert client.post(modifier, saisie).status_code == 404

    def test_fige_il_le_dit(self, avenant, adresse, client):
        client.post(adresse, self.SAISIE)
        m = Modification.objects.get()
        Acte.objects.filter(pk=avenant.pk).update(fige_le="2024-07-02T10:00:00Z")
        for autre in (adresse, reverse("modification_modifier", args=[m.pk])):
            assert "il se corrige par un avenant" in _page(client.post(autre, self.SAISIE, follow=True))
        supprimer = reverse("modification_supprimer", args=[m.pk])
        assert "il se corrige par un avenant" in _page(client.post(supprimer, follow=True))
        assert Modification.objects.get().texte == "À Lens."

    def test_la_convention_elle_meme_ne_modifie_rien(self, acte, client):
        reponse = client.post(reverse("modification_nouvelle", args=[acte.pk]), self.SAISIE, follow=True)
        assert "Seul un avenant modifie la convention" in _page(reponse) and not Modification.objects.exists()

    def test_ce_que_le_modele_n_imprime_pas_retient_l_acte(self, avenant):
        muet = modele_publie(Modele.Nature.AVENANT, blocs=[
            ("article", "autre", "Autre", "Texte.", {"operation": "remplacer", "cible": "article", "numero": 1}),
        ])  # fmt: skip
        Modification.objects.create(acte=avenant, numero=4, texte="À Lens.")
        Acte.objects.filter(pk=avenant.pk).update(version_modele=muet)
        manques = [m.phrase for m in composer(lire_un(avenant)).manques]
        assert any("Aucun article du modèle ne l’imprime" in m for m in manques)


# --- An avenant opened without a rapport


class TestOuverture:
    def test_il_prend_le_numero_suivant_et_nomme_les_parties(self, avenant, agent):
        assert (avenant.objet, avenant.etat) == ("Changement de représentant", "projet")
        parties = list(avenant.parties.values_list("structure", "representant"))
        assert parties == [(None, None), (avenant.convention.structure_id, None)]
        journal = Journal.objects.get(objet="conventions.acte", objet_id=avenant.pk)
        assert (journal.verbe, journal.par) == ("creer", agent)
        assert [m.champ for m in composer(lire_un(avenant)).manques] == ["Modifications"]

    def test_deux_envois_en_font_un_et_le_suivant_a_son_numero(self, avenant, client):
        convention = avenant.convention
        client.post(_ouverture(convention), _saisie_avenant())
        assert convention.actes.count() == 2
        client.post(_ouverture(convention), _saisie_avenant(jeton="deux", nature="texte"))
        assert sorted(convention.actes.values_list("rang", flat=True)) == [0, 1, 2]

    def test_les_parties_sont_celles_du_dernier_acte(self, avenant, client):
        tiers = structure_signataire(siret=None)
        Partie.objects.create(acte=avenant, ordre=3, structure=tiers, designation="la commune")
        client.post(_ouverture(avenant.convention), _saisie_avenant(jeton="deux"))
        suivant = avenant.convention.actes.get(rang=2)
        assert suivant.parties.get(structure=tiers).designation == "la commune"

    def test_seulement_une_convention_en_cours(self, client, agent):
        convention = _reprise()
        assert _ouverture(convention) in _page(client.get(convention.get_absolute_url()))
        convention.resilier(par=agent, motif="fin", le=date(2023, 1, 1))
        assert _ouverture(convention) not in _page(client.get(convention.get_absolute_url()))
        page = _page(client.post(_ouverture(convention), _saisie_avenant()))
        assert "seule une convention en cours reçoit un avenant" in page and convention.actes.count() == 1

    def test_sans_modele_la_page_dit_ou_aller(self, client):
        convention = _reprise()
        Modele.objects.update(est_actif=False)
        page = _page(client.get(_ouverture(convention)))
        assert "Aucun modèle d’avenant sans montant" in page and reverse("modeles") in page

    def test_un_modele_financier_n_est_pas_propose(self):
        modele_publie(Modele.Nature.AVENANT)
        assert not modeles_sans_montant().exists()

    def test_de_l_ouverture_a_la_notification(self, avenant, client):
        adresse = reverse("modification_nouvelle", args=[avenant.pk])
        client.post(adresse, TestModifications.SAISIE)
        avenant = Acte.objects.get(pk=avenant.pk)
        signer(avenant, le=date(2026, 1, 5))
        avenant.refresh_from_db()
        assert avenant.etat == "notifie"
        assert _lieu(avenant.convention, date(2026, 1, 4)) == "À Arras.\n\nLe lundi."
        assert _lieu(avenant.convention, date(2026, 1, 5)) == "À Lens."


def _lieu(convention, au):
    return next(c.texte for c in consolider(convention, au).clauses if c.numero == "4")


def test_un_acte_abandonne_ne_se_complete_plus(acte, client, agent):
    acte.abandonner(par=agent, motif="erreur")
    page = _page(client.get(reverse("acte_versements", args=[acte.pk]), follow=True))
    assert "est abandonné : préparez-en un autre" in page
    assert Versement.objects.filter(acte=acte).exists()
