"""Doors beside the rows themselves: links of a rapport, its number, its blocks, a dossier that would leave it."""

import pytest
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse

from deliberations.assemblee import blocs, gestes
from deliberations.controle import Moment, bloquants
from deliberations.models import (
    AnnexePresentee,
    BlocDeVote,
    ThematiquePresentee,
)
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Canton, Epci, Journal
from programmes.models import Dossier
from tests import maquette
from tests.assemblee import mener_au_vote
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf")]
ETATS = ("en_commission", "envoye", "adopte")


@pytest.fixture
def monde():
    m = maquette.monde()
    m.lieu, m.autre_lieu = maquette.territoire(), maquette.territoire("CALAISIS")
    m.canton = Canton.objects.create(code="6201", nom="Aire")
    m.epci = Epci.objects.create(siren="200072460", nom="CABBALR", nature="CA")
    m.autre_dispositif = maquette.dispositif("4.2")
    m.rapport.territoires.set([m.lieu])
    m.rapport.cantons.set([m.canton])
    m.rapport.epci.set([m.epci])
    return m


def mener(m, etat):
    m.viser()
    m.rapport.envoyer_en_commission(par=m.equipe.assemblees)
    if etat != "en_commission":
        mener_au_vote(m.rapport, par=m.equipe.assemblees)
    if etat == "adopte":
        m.adopter()
    assert m.rapport.etat == etat
    return m


@pytest.fixture(params=ETATS)
def envoye(monde, request):
    return mener(monde, request.param)


def refusees(portes, exceptions=ActeRefuse) -> list[str]:
    """Names of the doors that let something through, or changed something while refusing."""
    avant, ouvertes = maquette.etat_de_la_base(), []
    for nom, porte in portes.items():
        try:
            with transaction.atomic():
                porte()
            ouvertes.append(nom)
        except exceptions as refus:
            assert len(str(refus)) > 40, refus
    assert maquette.etat_de_la_base() == avant
    return ouvertes


# --- Links ----------------------------------------------------------------------------------------------------------


def portes_des_liens(m) -> dict:
    cas = {
        "territoires": (m.rapport.territoires, m.lieu, m.autre_lieu),
        "cantons": (m.rapport.cantons, m.canton, Canton.objects.create(code="6202", nom="Arras")),
        "epci": (m.rapport.epci, m.epci, Epci.objects.create(siren="246200364", nom="CALL", nature="CA")),
        "dispositifs": (m.operation.dispositifs, m.operation.dispositifs.get(), m.autre_dispositif),
    }
    portes = {}
    for nom, (lien, la, autre) in cas.items():
        portes |= {
            f"{nom}.add": lambda lien=lien, autre=autre: lien.add(autre),
            f"{nom}.remove": lambda lien=lien, la=la: lien.remove(la),
            f"{nom}.set": lambda lien=lien, autre=autre: lien.set([autre]),
            f"{nom}.clear": lambda lien=lien: lien.clear(),
            f"{nom}.through.update": lambda lien=lien: lien.through.objects.update(pk=lien.through.objects.get().pk),
            f"{nom}.through.delete": lambda lien=lien: lien.through.objects.all().delete(),
            f"{nom}.through.row": lambda lien=lien: lien.through.objects.get().delete(),
        }
    portes["dispositif.presentations.remove"] = lambda: m.operation.dispositifs.get().presentations.clear()
    portes["dispositif.presentations.add"] = lambda: m.autre_dispositif.presentations.add(m.operation)
    return portes


def test_les_liens_d_un_rapport_envoye_ne_changent_par_aucune_porte(envoye):
    portes = portes_des_liens(envoye)
    assert len(portes) == 30
    assert refusees(portes) == []


def test_temoin_avant_l_envoi_les_liens_changent(monde):
    monde.rapport.territoires.set([monde.autre_lieu])
    monde.rapport.cantons.clear()
    monde.operation.dispositifs.add(monde.autre_dispositif)
    assert list(monde.rapport.territoires.all()) == [monde.autre_lieu]
    assert monde.rapport.cantons.count() == 0 and monde.operation.dispositifs.count() == 2


def test_ce_que_nomme_un_rapport_ne_s_efface_pas(monde):
    with pytest.raises(ProtectedError):
        monde.canton.delete()
    monde.rapport.cantons.clear()
    monde.canton.delete()


def test_les_liens_par_la_page(envoye, connecter):
    client = connecter(AgentFactory(administration=True, instruction=True, is_staff=True, is_superuser=True))
    avant = maquette.etat_de_la_base()
    lieux = {"territoires": envoye.autre_lieu.pk, "dispositifs": envoye.autre_dispositif.pk}
    for nom, pk, champs in (
        ("rapport_modifier", envoye.rapport.pk, {"titre": "Appel à projets 2024"}),
        ("operation_modifier", envoye.operation.pk, {"numero": "1", "titre": "Opération 1", "libelle_court": "CLLAJ"}),
    ):
        reponse = client.post(reverse(nom, args=[pk]), champs | lieux)
        assert reponse.status_code in (200, 302, 422)
    assert maquette.etat_de_la_base() == avant


def test_les_liens_par_l_administration(envoye, connecter):
    client = connecter(AgentFactory(administration=True, is_staff=True, is_superuser=True))
    avant = maquette.etat_de_la_base()
    for modele, objet in (("rapport", envoye.rapport), ("operationpresentee", envoye.operation)):
        donnees = {"titre": "x", "territoires": envoye.autre_lieu.pk, "dispositifs": envoye.autre_dispositif.pk}
        adresse = reverse(f"admin:deliberations_{modele}_change", args=[objet.pk])
        assert client.post(adresse, donnees).status_code in (200, 302, 403)
    assert maquette.etat_de_la_base() == avant


# --- A dossier that would leave by itself ---------------------------------------------------------------------------


def test_un_dossier_ne_quitte_pas_seul_le_rapport_qui_le_presente(monde):
    dossier = monde.lignes[0].dossier
    with pytest.raises(ActeRefuse, match="retirez-la depuis ce rapport"):
        dossier.retirer(par=monde.equipe.instruction)
    monde.rapport.retirer(monde.propositions[0], par=monde.equipe.instruction, motif="Place")
    assert Dossier.objects.get(pk=dossier.pk).etat == "propose"


@pytest.mark.parametrize("etat", ETATS[:2])
def test_une_ligne_d_un_rapport_envoye_ne_part_que_par_la_seance(monde, etat):
    mener(monde, etat)
    dossier = monde.lignes[0].dossier
    assert refusees({"retirer": lambda: dossier.retirer(par=monde.equipe.instruction, motif="x")}, ActeFige) == []


# --- The number -----------------------------------------------------------------------------------------------------


@pytest.fixture
def provisoire(monde):
    monde.rapport.numeroter("P1", par=monde.equipe.assemblees)
    return monde


@pytest.mark.parametrize("etat", ETATS[:2])
def test_le_numero_definitif_se_donne_encore_apres_l_envoi(provisoire, etat):
    m = mener(provisoire, etat)
    with pytest.raises(ActeRefuse, match="secrétariat"):
        m.rapport.numeroter("P2", par=m.equipe.assemblees)
    m.rapport.numeroter("64", par=m.equipe.assemblees)
    m.rapport.refresh_from_db()
    assert (m.rapport.numero, m.rapport.etat) == ("64", etat)
    assert m.rapport.editions.first().documents.get(nature="rapport").document.contexte["rapport"]["numero"] == "P1"
    with pytest.raises(ActeFige):
        m.rapport.numeroter("65", par=m.equipe.assemblees)
    assert Journal.objects.de_l_objet(m.rapport).filter(verbe="numeroter").count() == 2


def test_le_vote_attend_le_numero_et_la_page_le_donne(provisoire, connecter):
    m = mener(provisoire, "envoye")
    (groupe,) = [g for g in bloquants(m.rapport, moment=Moment.VOTE) if g.regle.cle == "numero-provisoire-au-vote"]
    with pytest.raises(ActeRefuse, match="P1 est provisoire"):
        m.adopter()
    client = connecter(m.equipe.assemblees)
    assert groupe.lien == reverse("rapport_numeroter", args=[m.rapport.pk])
    assert groupe.lien in client.get(m.rapport.get_absolute_url()).content.decode()
    assert client.post(groupe.lien, {"numero": "64"}).status_code == 302
    m.rapport.refresh_from_db()
    m.adopter()
    assert m.rapport.etat == "adopte" and m.rapport.numero == "64"


def test_le_numero_par_l_administration(provisoire, connecter):
    m = mener(provisoire, "envoye")
    client = connecter(AgentFactory(administration=True, is_staff=True, is_superuser=True))
    adresse = reverse("admin:deliberations_rapport_acte", args=[m.rapport.pk, "numeroter"])
    assert client.post(adresse, {"numero": "64"}).status_code == 302
    m.rapport.refresh_from_db()
    assert m.rapport.numero == "64"
    client.post(adresse, {"numero": "66"})
    m.rapport.refresh_from_db()
    assert m.rapport.numero == "64"


# --- The blocks -----------------------------------------------------------------------------------------------------


@pytest.fixture
def divisible(monde):
    """A second thématique, with one line."""
    dispositif = maquette.dispositif("2.1", numero=2)
    autre = maquette.operation(monde.rapport, dispositif, numero="2")
    maquette.presenter(
        monde.rapport, autre, "100.00", ae=monde.ae, nom="ZED", par=monde.equipe.instruction, answering=dispositif
    )
    return monde


def test_un_bloc_par_thematique_apres_l_envoi_par_sa_page(divisible, connecter):
    m = mener(divisible, "envoye")
    client = connecter(m.equipe.assemblees)
    page = reverse("rapport_vote_blocs", args=[m.rapport.pk])
    assert "Un bloc par thématique" in client.get(page).content.decode()
    client.post(reverse("rapport_vote_acte", args=[m.rapport.pk, "par-thematique"]), {"retour": "blocs"})
    assert [t.bloc_id for t in m.rapport.thematiques.all()] == [b.pk for b in m.rapport.blocs.all()]
    premier, second = m.rapport.blocs.all()
    thematique = m.rapport.thematiques.last()
    champs = {f"titre_{b.pk}": str(b) for b in (premier, second)}
    champs |= {f"thematique_{t.pk}": premier.pk for t in m.rapport.thematiques.all()}
    assert client.post(page, champs).status_code == 302
    assert ThematiquePresentee.objects.get(pk=thematique.pk).bloc_id == premier.pk
    client.post(reverse("rapport_vote_acte", args=[m.rapport.pk, "supprimer-bloc"]), {"bloc": second.pk})
    assert list(m.rapport.blocs.all()) == [premier]
    m.adopter()
    assert m.rapport.etat == "adopte"


def test_ce_qu_un_bloc_decide_ne_change_que_par_la_feuille_du_vote(divisible):
    """Neither the save of a part that is frozen, nor the deletion of the block that it names, moves it elsewhere."""
    m = mener(divisible, "envoye")
    blocs.par_thematique(m.rapport, par=m.equipe.assemblees)
    premier, second = m.rapport.blocs.all()

    def changer():
        thematique = m.rapport.thematiques.last()
        thematique.bloc = premier
        thematique.save()

    portes = {
        "thematique.save": changer,
        "thematique.update": lambda: ThematiquePresentee.objects.update(bloc=premier),
        "bloc.delete": second.delete,
        "bloc.QuerySet.delete": lambda: BlocDeVote.objects.filter(pk=second.pk).delete(),
        "geste": lambda: gestes.faire("supprimer-bloc", m.rapport, second, {}, par=m.equipe.assemblees),
    }
    assert refusees(portes, (ActeRefuse, ProtectedError)) == []


def test_un_bloc_qui_porte_une_annexe_ou_une_recette_ne_s_efface_pas(monde):
    bloc = BlocDeVote.objects.create(rapport=monde.rapport)
    annexe = AnnexePresentee.objects.create(rapport=monde.rapport, cle="a", nature="projet_acte", ordre=2, bloc=bloc)
    with pytest.raises(ProtectedError), transaction.atomic():
        bloc.delete()
    annexe.bloc = None
    annexe.save()
    bloc.delete()


def test_apres_le_vote_les_blocs_ne_se_composent_plus(divisible, connecter):
    m = mener(divisible, "envoye")
    blocs.par_thematique(m.rapport, par=m.equipe.assemblees)
    premier, second = m.rapport.blocs.all()
    thematique = m.rapport.thematiques.last()
    m.adopter()
    par = m.equipe.assemblees
    portes = {
        "par_thematique": lambda: blocs.par_thematique(m.rapport, par=par),
        "en_un_seul": lambda: blocs.en_un_seul(m.rapport, par=par),
        "ajouter": lambda: blocs.ajouter(m.rapport, 3, par=par),
        "supprimer": lambda: blocs.supprimer(second, par=par),
        "composer": lambda: blocs.composer(m.rapport, {}, {("thematique", thematique.pk): premier.pk}, par=par),
        "bloc.delete": second.delete,
    }
    assert refusees(portes, (ActeRefuse, ProtectedError)) == []
    client = connecter(par)
    avant = maquette.etat_de_la_base()
    for acte in ("par-thematique", "un-seul-bloc", "supprimer-bloc"):
        client.post(reverse("rapport_vote_acte", args=[m.rapport.pk, acte]), {"bloc": second.pk})
    client.post(reverse("rapport_vote_blocs", args=[m.rapport.pk]), {f"thematique_{thematique.pk}": premier.pk})
    assert maquette.etat_de_la_base() == avant
