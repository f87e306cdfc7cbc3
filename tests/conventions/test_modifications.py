"""What an avenant changes, typed from its page; an avenant opened without a rapport."""

from contextlib import nullcontext
from datetime import date

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.consolidation import consolider
from conventions.lecture import lire, lire_un
from conventions.models import Acte, Modele, Modification, Partie
from conventions.redaction.ouverture import modeles_sans_montant
from conventions.vie.obstacles import obstacles
from conventions.vie.sans_vote import montants_sans_vote
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from tests.conventions.donnees import (
    edition_sans_pdf,
    modele_publie,
    signer,
    structure_signataire,
)
from tests.conventions.saisies import HOSTILE, champs, ouverture, page_lue, reprise, saisie_avenant

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


# --- What an avenant changes


class TestModifications:
    SAISIE = {"operation": "remplacer", "cible": "article", "numero": "4", "texte": "À Lens.", "ordre": "1"}

    @pytest.fixture
    def adresse(self, avenant):
        return reverse("modification_nouvelle", args=[avenant.pk])

    def test_ajouter_lire_la_phrase_changer_supprimer(self, avenant, adresse, poste, agent):
        page = page_lue(poste.post(adresse, self.SAISIE, follow=True))
        assert "L’article 4 de la convention est supprimé et remplacé par les dispositions suivantes :" in page
        assert "Modification de l’article 4" in page
        m = Modification.objects.get()
        modifier = reverse("modification_modifier", args=[m.pk])
        poste.post(modifier, champs(poste, modifier) | {"operation": "inserer_apres", "alinea": "2"})
        page = page_lue(poste.get(avenant.get_absolute_url()))
        assert "Après le deuxième alinéa de l’article 4 de la convention, il est inséré ce qui suit" in page
        assert m.history.count() == 2 and m.history.first().history_user == agent
        poste.post(reverse("modification_supprimer", args=[m.pk]))
        assert not Modification.objects.exists()
        siens = Journal.objects.filter(objet="conventions.modification").order_by("pk")
        assert list(siens.values_list("acte", flat=True)) == [
            "Ajouter une modification",
            "Changer une modification",
            "Supprimer une modification",
        ]

    def test_un_double_clic_n_ajoute_qu_une_modification(self, adresse, poste):
        saisie = self.SAISIE | {"jeton": "un"}
        pages = [poste.post(adresse, saisie, follow=True) for _ in range(2)]
        assert [p.redirect_chain for p in pages] == [pages[0].redirect_chain] * 2
        m = Modification.objects.get()
        poste.post(adresse, saisie | {"jeton": "deux", "ordre": "2"})
        assert Modification.objects.count() == 2, "un autre envoi est une autre modification"
        poste.post(reverse("modification_supprimer", args=[m.pk]))
        assert "déjà été enregistrée, puis supprimée" in page_lue(poste.post(adresse, saisie))
        assert Modification.objects.count() == 1

    @pytest.mark.parametrize(
        ("saisie", "dit"),
        [
            ({"texte": ""}, "Écrivez le texte nouveau"),
            ({"texte": "   "}, "Écrivez le texte nouveau"),
            ({"numero": ""}, "obligatoire"),
            ({"numero": "0"}, "4, 4 bis, 4-1"),
            ({"alinea": "0"}, "supérieure ou égale à 1"),
            ({"operation": "supprimer"}, "Une suppression n’a pas de texte nouveau"),
        ],
    )
    def test_sans_cible_ou_sans_texte_elle_ne_passe_pas(self, saisie, dit, adresse, poste):
        page = page_lue(poste.post(adresse, self.SAISIE | saisie))
        assert dit in page and not Modification.objects.exists()

    def test_une_cible_absente_du_texte_en_vigueur_se_dit(self, avenant, adresse, poste):
        page = page_lue(poste.post(adresse, self.SAISIE | {"numero": "9"}, follow=True))
        assert "cette clause n’existe pas dans le texte en vigueur" in page

    @pytest.mark.parametrize("numero", ["9", "4-1", "4 bis"])
    def test_une_cible_absente_retient_l_avenant(self, avenant, numero):
        m = Modification.objects.create(acte=avenant, numero=numero, texte="À Lens.")
        (manque,) = composer(lire_un(avenant)).manques
        assert (manque.champ, manque.adresse) == (str(m), reverse("modification_modifier", args=[m.pk]))
        assert "n’existe pas dans le texte en vigueur" in manque.phrase

    def test_deux_fois_la_meme_suppression_retient_l_avenant(self, avenant):
        for ordre in (1, 2):
            Modification.objects.create(acte=avenant, ordre=ordre, operation="supprimer", numero="4")
        (manque,) = composer(lire_un(avenant)).manques
        assert "a déjà été supprimée" in manque.remede

    def test_le_texte_en_vigueur_ne_coute_rien_de_plus_a_chaque_avenant(self, avenant, django_assert_num_queries):
        Modification.objects.create(acte=avenant, numero="4", texte="À Lens.")
        (lu,) = lire([avenant.pk])
        with django_assert_num_queries(0):
            assert composer(lu).manques == []

    def test_l_apercu_resout_les_champs_et_n_ecrit_rien(self, avenant, poste):
        adresse = reverse("modification_apercu", args=[avenant.pk])
        recu = page_lue(poste.post(adresse, self.SAISIE | {"texte": "Par {representant}, {rien}", "alinea": "1"}))
        assert "Le premier alinéa de l’article 4 de la convention est supprimé et remplacé" in recu
        assert "Mme Jeanne EXEMPLE" in recu and "{rien} (renvoi sans valeur)" in recu
        assert "est supprimé." in page_lue(poste.post(adresse, self.SAISIE | {"operation": "supprimer"}))
        assert page_lue(poste.post(adresse, {"operation": "remplacer", "cible": "article"})).strip() == ""
        assert not Modification.objects.exists()

    def test_un_texte_hostile_reste_du_texte(self, avenant, adresse, poste):
        poste.post(adresse, self.SAISIE | {"texte": HOSTILE, "titre": HOSTILE})
        apercu = poste.post(reverse("modification_apercu", args=[avenant.pk]), self.SAISIE | {"texte": HOSTILE})
        for page in (poste.get(avenant.get_absolute_url()), apercu):
            corps = page.content.decode()
            assert "<script>alert" not in corps and "&lt;script&gt;alert(1)" in corps
            assert "7*7" in corps

    def test_perimee_elle_montre_les_deux_textes(self, avenant, adresse, poste):
        poste.post(adresse, self.SAISIE)
        m = Modification.objects.get()
        modifier = reverse("modification_modifier", args=[m.pk])
        ouverte = champs(poste, modifier)
        poste.post(modifier, ouverte | {"texte": "À Béthune."})
        page = page_lue(poste.post(modifier, ouverte | {"texte": "À Calais."}))
        m.refresh_from_db()
        assert m.texte == "À Béthune." and "À Calais." in page and "À Béthune." in page
        # Another field, nobody contradicts: both are kept.
        poste.post(modifier, ouverte | {"titre": "Lieu"})
        m.refresh_from_db()
        assert (m.texte, m.titre) == ("À Béthune.", "Lieu")

    def test_supprimee_pendant_la_saisie(self, adresse, poste):
        poste.post(adresse, self.SAISIE)
        m = Modification.objects.get()
        modifier = reverse("modification_modifier", args=[m.pk])
        saisie = champs(poste, modifier)
        poste.post(reverse("modification_supprimer", args=[m.pk]))
        assert poste.post(modifier, saisie).status_code == 404

    def test_fige_il_le_dit(self, avenant, adresse, poste):
        poste.post(adresse, self.SAISIE)
        m = Modification.objects.get()
        Acte.objects.filter(pk=avenant.pk).update(fige_le="2024-07-02T10:00:00Z")
        for autre in (adresse, reverse("modification_modifier", args=[m.pk])):
            assert "il se corrige par un avenant" in page_lue(poste.post(autre, self.SAISIE, follow=True))
        supprimer = reverse("modification_supprimer", args=[m.pk])
        assert "il se corrige par un avenant" in page_lue(poste.post(supprimer, follow=True))
        assert Modification.objects.get().texte == "À Lens."

    def test_la_convention_elle_meme_ne_modifie_rien(self, acte, poste):
        reponse = poste.post(reverse("modification_nouvelle", args=[acte.pk]), self.SAISIE, follow=True)
        assert "Seul un avenant modifie la convention" in page_lue(reponse) and not Modification.objects.exists()

    @pytest.mark.parametrize(
        ("texte", "retenus"),
        [
            ("À Lens.", []),
            ("La participation est portée à 90 000 €.", ["90 000 €"]),
            ("Portée en 2024 90.000 € au plus, puis 100 000 €.", ["90.000 €", "100 000 €"]),
            ("Elle est portée à 90\u202f000,50 euros, soit 90 000,50 €.", ["90\u202f000,50 euros"]),
        ],
    )
    def test_sans_rapport_un_avenant_n_accorde_pas_d_argent(self, texte, retenus, avenant, agent):
        Modification.objects.create(acte=avenant, numero=4, texte=texte)
        assert montants_sans_vote(avenant, lire_un(avenant)) == retenus
        dits = [str(o) for o in obstacles(avenant)]
        assert [d for d in dits if "passe par un rapport" in d] == [d for d in dits if any(r in d for r in retenus)]
        with pytest.raises(ActeRefuse, match="passe par un rapport") if retenus else nullcontext():
            avenant.remettre(par=agent, edition=edition_sans_pdf(avenant))

    def test_un_montant_deja_en_vigueur_se_redit(self, avenant):
        avenant.convention.clauses.filter(numero=4).update(texte="Le plafond est de 23 000 €.")
        Modification.objects.create(acte=avenant, numero=4, texte="Le plafond de 23 000,00 € est conservé, à Lens.")
        assert montants_sans_vote(avenant, lire_un(avenant)) == []

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

    def test_son_objet_se_lit_et_rien_n_y_vaut_zero(self, avenant, poste):
        lue = page_lue(poste.get(avenant.get_absolute_url()))
        assert "— Changement de représentant — sans montant nouveau" in lue
        convention = page_lue(poste.get(avenant.convention.get_absolute_url()))
        assert "Changement de représentant" in convention and "0,00" not in convention and "non saisi" in convention

    def test_deux_envois_en_font_un_et_le_suivant_a_son_numero(self, avenant, poste):
        convention = avenant.convention
        poste.post(ouverture(convention), saisie_avenant())
        assert convention.actes.count() == 2
        poste.post(ouverture(convention), saisie_avenant(jeton="deux", nature="texte"))
        assert sorted(convention.actes.values_list("rang", flat=True)) == [0, 1, 2]

    def test_les_parties_sont_celles_du_dernier_acte(self, avenant, poste):
        tiers = structure_signataire(siret=None)
        Partie.objects.create(acte=avenant, ordre=3, structure=tiers, designation="la commune")
        poste.post(ouverture(avenant.convention), saisie_avenant(jeton="deux"))
        suivant = avenant.convention.actes.get(rang=2)
        assert suivant.parties.get(structure=tiers).designation == "la commune"

    def test_seulement_une_convention_en_cours(self, poste, agent):
        convention = reprise()
        assert ouverture(convention) in page_lue(poste.get(convention.get_absolute_url()))
        convention.resilier(par=agent, motif="fin", le=date(2023, 1, 1))
        assert ouverture(convention) not in page_lue(poste.get(convention.get_absolute_url()))
        page = page_lue(poste.post(ouverture(convention), saisie_avenant()))
        assert "seule une convention en cours reçoit un avenant" in page and convention.actes.count() == 1

    def test_sans_modele_la_page_dit_ou_aller(self, poste):
        convention = reprise()
        Modele.objects.update(est_actif=False)
        page = page_lue(poste.get(ouverture(convention)))
        assert "Aucun modèle d’avenant sans montant" in page and reverse("modeles") in page

    def test_un_modele_financier_n_est_pas_propose(self):
        modele_publie(Modele.Nature.AVENANT)
        assert not modeles_sans_montant().exists()

    def test_de_l_ouverture_a_la_notification(self, avenant, poste):
        adresse = reverse("modification_nouvelle", args=[avenant.pk])
        poste.post(adresse, TestModifications.SAISIE)
        avenant = Acte.objects.get(pk=avenant.pk)
        signer(avenant, le=date(2026, 1, 5))
        avenant.refresh_from_db()
        assert avenant.etat == "notifie"
        assert _lieu(avenant.convention, date(2026, 1, 4)) == "À Arras.\n\nLe lundi."
        assert _lieu(avenant.convention, date(2026, 1, 5)) == "À Lens."


def _lieu(convention, au):
    return next(c.texte for c in consolider(convention, au).clauses if c.numero == "4")
