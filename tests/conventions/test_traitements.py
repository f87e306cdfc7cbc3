"""Personal data: filled once per dispositif, inherited by its acts, never left empty in an annexe."""

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.lecture import lire_un
from conventions.models import TraitementDeDonnees
from tests.conventions.donnees import (
    actes_de,
    dispositif_a_fiche,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
)
from tests.conventions.saisies import champs, page_lue
from tests.factories import AgentFactory, DispositifFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
DIT = {
    "objet": "Suivi des jeunes", "finalites": "Accompagner", "donnees": "Identité, logement",
    "personnes": "Jeunes accueillis", "duree": "cinq ans", "sort": "destruction",
}  # fmt: skip
ANNEXE = [
    ("article", "o", "Objet", "{montant}, contrat d’engagement républicain, compte rendu financier.", {}),
    ("annexe", "rgpd", "Données", "", {"contenu": "donnees"}),
    ("annexe", "f", "Fiche", "", {"contenu": "fiches"}),
]  # fmt: skip


def acte_a_annexe(*dispositifs, blocs=ANNEXE):
    modele_publie(blocs=blocs)
    signataire()
    structure = structure_signataire()
    lignes = [ligne_retenue(structure=structure, dispositif=d) for d in dispositifs or [dispositif_a_fiche()]]
    return actes_de(rapport_de(*lignes))[0]


def annexe(acte) -> str:
    return next(c.texte for c in composer(lire_un(acte)).clauses if c.cle == "rgpd")


class TestAnnexe:
    def test_sans_traitement_l_acte_est_retenu_et_mene_a_la_page(self):
        acte = acte_a_annexe()
        dispositif = acte.fiches.get().dispositif
        (manque,) = composer(lire_un(acte)).manques
        assert manque.champ == f"Traitement de données personnelles du dispositif {dispositif.reference}"
        assert manque.adresse == reverse("traitement", args=[dispositif.pk])
        TraitementDeDonnees.objects.create(dispositif=dispositif, **DIT)
        assert composer(lire_un(acte)).manques == [] and "- Finalités : Accompagner" in annexe(acte)

    def test_une_valeur_vide_est_nommee(self):
        acte = acte_a_annexe()
        TraitementDeDonnees.objects.create(dispositif=acte.fiches.get().dispositif, **{**DIT, "duree": " "})
        assert [m.champ for m in composer(lire_un(acte)).manques] == [
            "Traitement de données personnelles, durée de conservation"
        ]

    def test_aucune_donnee_se_dit(self):
        acte = acte_a_annexe()
        TraitementDeDonnees.objects.create(dispositif=acte.fiches.get().dispositif, sans_donnees=True)
        assert composer(lire_un(acte)).manques == []
        assert "Aucune donnée à caractère personnel n’est traitée" in annexe(acte)

    def test_deux_operations_dont_une_ne_dit_rien(self):
        un, autre = dispositif_a_fiche(), dispositif_a_fiche()
        acte = acte_a_annexe(un, autre)
        TraitementDeDonnees.objects.create(dispositif=un, **DIT)
        (manque,) = composer(lire_un(acte)).manques
        assert autre.reference in manque.champ and manque.adresse == reverse("traitement", args=[autre.pk])

    @pytest.mark.parametrize(("sans_donnees", "parait"), [(True, False), (False, True)])
    def test_la_condition_suit_ce_que_le_dispositif_dit(self, sans_donnees, parait):
        blocs = [b if b[1] != "rgpd" else (*b[:4], {**b[4], "condition": "donnees"}) for b in ANNEXE]
        acte = acte_a_annexe(blocs=blocs)
        TraitementDeDonnees.objects.create(
            dispositif=acte.fiches.get().dispositif, **DIT, sans_donnees=sans_donnees
        )  # fmt: skip
        assert ("rgpd" in [c.cle for c in composer(lire_un(acte)).clauses]) == parait

    def test_les_actes_d_un_dispositif_heritent_du_meme(self):
        dispositif = dispositif_a_fiche()
        TraitementDeDonnees.objects.create(dispositif=dispositif, **DIT)
        modele_publie(blocs=ANNEXE)
        signataire()
        actes = actes_de(rapport_de(*[
            ligne_retenue(structure=structure_signataire(), dispositif=dispositif) for _ in range(3)
        ]))  # fmt: skip
        assert len({annexe(a) for a in actes}) == 1 and len(actes) == 3


class TestPage:
    @pytest.fixture
    def poste(self, connecter):
        return connecter(AgentFactory(conventions=True))

    def test_rempli_une_fois_depuis_la_page_du_dispositif(self, poste):
        dispositif = dispositif_a_fiche()
        adresse = reverse("traitement", args=[dispositif.pk])
        assert adresse in page_lue(poste.get(dispositif.get_absolute_url()))
        liste = reverse("traitements")
        assert "À remplir" in page_lue(poste.get(liste)) and liste in page_lue(poste.get(reverse("modeles")))
        assert "Suivi des jeunes" in page_lue(poste.post(adresse, DIT, follow=True))
        assert TraitementDeDonnees.objects.get().dispositif == dispositif

    def test_un_champ_vide_se_refuse_a_cote_de_lui(self, poste):
        dispositif = dispositif_a_fiche()
        page = page_lue(poste.post(reverse("traitement", args=[dispositif.pk]), {**DIT, "personnes": ""}))
        assert "cochez qu’aucune donnée n’est traitée" in page and not TraitementDeDonnees.objects.exists()
        poste.post(reverse("traitement", args=[dispositif.pk]), {"sans_donnees": "on", "sort": "restitution"})
        assert TraitementDeDonnees.objects.get().sans_donnees

    def test_l_annee_suivante_le_propose(self, poste):
        dispositif = dispositif_a_fiche()
        TraitementDeDonnees.objects.create(dispositif=dispositif, **DIT)
        suivant = DispositifFactory(precedent=dispositif)
        page = page_lue(poste.get(reverse("traitement", args=[suivant.pk])))
        assert "Suivi des jeunes" in page and "Repris du dispositif de l’année précédente" in page
        assert not TraitementDeDonnees.objects.filter(dispositif=suivant).exists()

    def test_deux_personnes_le_remplissent_en_meme_temps(self, poste):
        dispositif = dispositif_a_fiche()
        adresse = reverse("traitement", args=[dispositif.pk])
        ouverte = champs(poste, adresse)
        poste.post(adresse, DIT)
        page = page_lue(poste.post(adresse, {**DIT, "objet": "Autre objet", "version": ouverte.get("version", 0)}))
        assert "Rien n’est perdu" in page and "Autre objet" in page
        assert TraitementDeDonnees.objects.get().objet == "Suivi des jeunes"

    def test_qui_ne_prepare_pas_les_actes_ne_le_modifie_pas(self, connecter):
        dispositif = dispositif_a_fiche()
        client = connecter(AgentFactory(budget=True))
        assert client.get(reverse("traitement", args=[dispositif.pk])).status_code == 403
        assert reverse("traitement", args=[dispositif.pk]) not in page_lue(client.get(reverse("traitements")))
