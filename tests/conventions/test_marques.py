"""A blank left in a text (XXX, a dotted line) holds the act back and names the page that corrects it."""

from datetime import date

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.lecture import lire_un
from conventions.marques import trouver
from conventions.models import Acte, Modification
from deliberations.models import Signataire
from dpid.erreurs import ActeRefuse
from programmes.models import Representant
from tests.conventions.donnees import (
    actes_de,
    affecter,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    voter,
)
from tests.conventions.saisies import page_lue
from tests.factories import AgentFactory, AutorisationFactory

pytestmark = pytest.mark.neutre
LE = date(2024, 7, 2)


@pytest.mark.parametrize(
    "texte",
    [
        "Accompagner XXX jeunes", "du xx/xx/2024", "délibération n° 20XX", "né le ………… à Arras", "le ..... 2024",
        "signé le … à Arras", "le ... juin", "« … »", "nom : ____", "« _ »", "Public : à compléter", "(à préciser)",
        "à compléter", "[le président/la présidente]", "rayer la mention inutile", "Accompagner les jeunes\u00a0…",
    ],
)  # fmt: skip
def test_un_blanc_se_voit(texte):
    assert trouver(texte)


@pytest.mark.parametrize(
    "texte",
    [
        "ateliers, sorties, …", "ateliers, sorties…", "ateliers, visites...", "« […] le Département (…) décide »",
        "au XXe siècle", "Association Maxximum, Foxx", "un dossier à compléter en ligne", "et/ou", "[14/07/2024]",
        "[https://exemple.fr/page]", "« prenom_nom »", "les objectifs à définir avec la structure", "Fin.. suite",
    ],
)  # fmt: skip
def test_une_phrase_ordinaire_n_est_pas_un_blanc(texte):
    assert trouver(texte) == ""


@pytest.mark.parametrize("texte", ["X" * 40_000 + "a", "« " * 20_000, "[a" * 20_000, "." * 40_000, "(\u00a0" * 20_000])
def test_un_texte_hostile_ne_retient_pas_la_page(texte):
    trouver(texte)


def _fiche(acte):
    fiche = acte.fiches.get()
    fiche.objectifs = "Accompagner XXX jeunes"
    fiche.save()
    return "Objectifs", reverse("fiche_action", args=[fiche.pk])


def _regle(acte):
    regle = acte.fiches.get().dispositif.fiche
    regle.public = "Les jeunes de ………… ans"
    regle.save()
    return "Public", reverse("fiche_modifier", args=[regle.dispositif_id])


def _declencheur(acte):
    versement = acte.versements.first()
    versement.declencheur = "à compléter"
    versement.save()
    return "Avance", reverse("acte_versements", args=[acte.pk])


def _habilitation(acte):
    Representant.objects.update(habilitation="la délibération du …………")
    return "Habilitation du représentant", acte.convention.structure.get_absolute_url()


def _adresse(acte):
    acte.convention.structure.adresse = "XXX"
    acte.convention.structure.save()
    return "Siège", acte.convention.structure.get_absolute_url()


def _delegation(acte):
    Signataire.objects.update(delegation="l’arrêté du XX/XX/2024")
    return "Délégation", reverse("admin:deliberations_signataire_changelist")


def _objet(acte):
    acte.objet = "Soutien au …………"
    acte.save()
    return "Objet", reverse("acte_parties", args=[acte.pk])


LIEUX = (_fiche, _regle, _declencheur, _habilitation, _adresse, _delegation, _objet)


@pytest.mark.django_db
class TestActe:
    @pytest.mark.parametrize("lieu", LIEUX)
    def test_il_ne_part_pas_et_la_page_se_nomme(self, acte, lieu, poste):
        champ, adresse = lieu(acte)
        acte = Acte.objects.get(pk=acte.pk)
        manques = composer(lire_un(acte)).manques
        assert any(m.champ.startswith(champ) and m.adresse == adresse for m in manques), manques
        assert f'href="{adresse}"' in page_lue(poste.get(acte.get_absolute_url()))

    def test_la_remise_est_refusee(self):
        modele_publie()
        signataire()
        ae = AutorisationFactory()
        rapport = rapport_de(ligne_retenue(ae=ae))
        (acte,) = actes_de(rapport)
        _fiche(acte)
        affecter(ae, "20000.00", le=rapport.seance.date)
        voter(rapport)
        acte = Acte.objects.get(pk=acte.pk)
        with pytest.raises(ActeRefuse, match="Objectifs"):
            acte.remettre(par=AgentFactory(conventions=True), le=LE, edition=edition_sans_pdf(acte))
        assert acte.etat == "projet"

    def test_celui_du_modele_et_celui_d_une_modification(self, avenant):
        m = Modification.objects.create(acte=avenant, numero=4, texte="À ………, le lundi.")
        (manque,) = composer(lire_un(avenant)).manques
        assert (manque.champ, manque.adresse) == (str(m), reverse("modification_modifier", args=[m.pk]))
        assert "« ……… »" in manque.phrase and "n’est pas rempli" in manque.phrase
        m.delete()
        bloc = avenant.version_modele.blocs.first()
        type(bloc)._base_manager.filter(pk=bloc.pk).update(texte="L’avenant du …………")
        Modification.objects.create(acte=avenant, numero=4, texte="À Lens.")
        (manque,) = composer(lire_un(avenant)).manques
        assert (manque.champ, manque.adresse) == ("Texte du modèle", avenant.version_modele.get_absolute_url())
