"""The séance driven from the admin: the gestures of the page of the vote, with their refusals and their history."""

from decimal import Decimal

import pytest
from django.urls import reverse

from deliberations.admin.gestes import DU_RAPPORT
from deliberations.assemblee import vote
from deliberations.models import AmendementDeSeance, BlocDeVote, Deport, Elu, Presence, VoixDissidente
from dpid.models import Journal
from tests import maquette
from tests.assemblee import assemblee, envoyer, tenir
from tests.dpid.pages_admin import formulaire, saine
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]


@pytest.fixture
def m():
    """A rapport sent to the members, nobody's attendance typed yet."""
    monde = maquette.monde()
    monde.elus = assemblee(monde.rapport.seance.instance)
    monde.viser()
    envoyer(monde.rapport, par=monde.equipe.assemblees)
    return monde


@pytest.fixture
def secretariat(connecter):
    return connecter(AgentFactory(assemblees=True, is_staff=True))


@pytest.fixture
def agir(secretariat, m):
    """`agir(nom, **champs)`: the page of an act is asked, then sent; the text of the answer."""

    def _agir(nom, **champs):
        adresse = reverse("admin:deliberations_rapport_acte", args=[m.rapport.pk, nom])
        assert saine(secretariat.get(adresse))
        reponse = secretariat.post(adresse, champs, follow=True)
        assert saine(reponse)
        return reponse.content.decode()

    return _agir


def fiche(rapport):
    return reverse("admin:deliberations_rapport_change", args=[rapport.pk])


def test_la_feuille_de_la_seance(m, secretariat):
    anne, bruno, chloe = m.elus
    seance = m.rapport.seance
    adresse = reverse("admin:deliberations_seance_acte", args=[seance.pk, "assistance"])
    assert adresse in secretariat.get(reverse("admin:deliberations_seance_change", args=[seance.pk])).content.decode()
    page = secretariat.get(adresse)
    assert saine(page)
    champs = formulaire(page) | {
        f"etat_{anne.pk}": "present", f"etat_{bruno.pk}": "excuse", f"etat_{chloe.pk}": "present",
        f"mandataire_{bruno.pk}": "CARLIER Chloé", "president": anne.pk, "secretaire": chloe.pk,
    }  # fmt: skip
    refus = secretariat.post(adresse, champs | {f"etat_{chloe.pk}": "absent"})
    assert "pas présent" in refus.content.decode() and not Presence.objects.exists()
    assert secretariat.post(adresse, champs).status_code == 302
    assert Presence.objects.get(elu=bruno).mandataire == chloe and Presence.objects.count() == 3
    seance.refresh_from_db()
    assert (seance.president, seance.secretaire) == (anne, chloe)
    assert Journal.objects.de_l_objet(seance).filter(verbe="saisir_assistance").count() == 1
    perimee = secretariat.post(adresse, champs | {f"etat_{anne.pk}": "absent", "president": "", "empreinte": "vieille"})
    assert "modifiée pendant votre saisie" in perimee.content.decode()


def test_une_seance_menee_par_l_administration_jusqu_a_l_adoption(m, agir):
    anne, bruno, chloe = m.elus
    tenir(m.rapport.seance)
    assert "se déporte" in agir("deporter", elu=anne.pk)
    bloc = BlocDeVote.objects.get()
    assert (Deport.objects.get().elu, Deport.objects.get().bloc) == (anne, bloc)
    assert "contre" in agir("exprimer", qui="BERTIN Bruno", sens="contre", bloc=bloc.pk)
    assert [f["voix"] for f in vote.lire(m.rapport).cartes[0].figures] == [1, 1, 1, 0]
    assert "La voix est retirée" in agir("retirer_voix", voix=f"{bruno.pk}:{bloc.pk}")
    assert "présidence est enregistrée" in agir("presider", bloc=bloc.pk, president=chloe.pk, secretaire="")
    assert "excusé" in agir("assistance", qui="BERTIN Bruno", etat="excuse", mandataire="CARLIER Chloé")
    ligne = m.propositions[0].pk
    assert "au lieu de ce que" in agir("amender_ligne", ligne=ligne, sens="montant", montant="100", motif="Moins")
    assert AmendementDeSeance.objects.get().montant == Decimal("100")
    retiree = m.propositions[2].pk
    assert "est retirée" in agir("amender_ligne", ligne=retiree, sens="retrait", motif="Une pièce manque")
    m.rapport.adopter(par=m.equipe.assemblees, numero="2024-100", le=maquette.SEANCE_LE)
    verbes = set(Journal.objects.de_l_objet(m.rapport).values_list("verbe", flat=True))
    assert verbes >= {"deporter", "exprimer_voix", "retirer_voix", "presider_bloc", "amender_assistance", "adopter"}


def test_annuler_un_deport_du_bloc_et_celui_du_rapport(m, agir):
    anne, bruno, _ = m.elus
    tenir(m.rapport.seance)
    Presence.objects.filter(elu=bruno).update(etat="absent")
    agir("deporter", elu=anne.pk)
    agir("deporter", elu=bruno.pk)
    assert {d.bloc for d in Deport.objects.all()} == {None, BlocDeVote.objects.get()}
    agir("annuler_deport", deport=f"{bruno.pk}:")
    assert Deport.objects.get().elu == anne
    agir("annuler_deport", deport=f"{anne.pk}:{BlocDeVote.objects.get().pk}")
    assert not Deport.objects.exists()


def test_les_refus_sont_ceux_de_la_page(m, agir):
    tenir(m.rapport.seance)
    Presence.objects.filter(elu=m.elus[1]).update(etat="absent")
    assert "motif" in agir("decider", resultat="ajourne", motif="")
    assert "Écrivez le montant" in agir("amender_ligne", ligne=m.propositions[0].pk, sens="montant", motif="x")
    assert "n’est pas présent" in agir("assistance", qui="ALLARD Anne", etat="excuse", mandataire="BERTIN Bruno") or (
        not Presence.objects.filter(rapport=m.rapport).exists()
    )
    assert not AmendementDeSeance.objects.exists() and not VoixDissidente.objects.exists()
    assert "ajourné" in agir("decider", resultat="ajourne", motif="Une pièce manque").lower()
    assert BlocDeVote.objects.get().resultat == "ajourne"


def test_qui_ne_tient_pas_la_seance_n_agit_pas(m, connecter):
    client = connecter(AgentFactory(instruction=True, is_staff=True))
    tenir(m.rapport.seance)
    avant = maquette.etat_de_la_base()
    page = client.get(fiche(m.rapport)).content.decode()
    for acte in DU_RAPPORT:
        adresse = reverse("admin:deliberations_rapport_acte", args=[m.rapport.pk, acte.nom])
        assert adresse not in page
        assert client.post(adresse, {"elu": Elu.objects.first().pk}).status_code == 403
    adresse = reverse("admin:deliberations_seance_acte", args=[m.rapport.seance_id, "assistance"])
    assert client.post(adresse, {}).status_code == 403
    assert maquette.etat_de_la_base() == avant


def test_apres_le_vote_aucun_geste_ne_se_fait(m, secretariat):
    tenir(m.rapport.seance)
    bloc = BlocDeVote.objects.create(rapport=m.rapport)
    Deport.objects.create(rapport=m.rapport, bloc=bloc, elu=m.elus[0])
    m.adopter()
    page = secretariat.get(fiche(m.rapport)).content.decode()
    avant = maquette.etat_de_la_base()
    champs = {
        "qui": "BERTIN Bruno", "elu": m.elus[1].pk, "deport": f"{m.elus[0].pk}:{bloc.pk}", "sens": "contre",
        "bloc": bloc.pk, "etat": "absent", "president": m.elus[1].pk, "resultat": "ajourne", "motif": "x",
        "ligne": m.propositions[0].pk,
    }  # fmt: skip
    for acte in DU_RAPPORT:
        adresse = reverse("admin:deliberations_rapport_acte", args=[m.rapport.pk, acte.nom])
        assert adresse not in page
        assert secretariat.post(adresse, champs).status_code == 200, acte.nom
    adresse = reverse("admin:deliberations_seance_acte", args=[m.rapport.seance_id, "assistance"])
    secretariat.post(adresse, {f"etat_{m.elus[0].pk}": "absent"})
    assert maquette.etat_de_la_base() == avant
