"""Rules on the vote: attendance, chair, déports, majority, what was printed."""

from datetime import date

import pytest

from deliberations.assemblee import vote
from deliberations.controle.examen import Moment
from deliberations.controle.registre import DU_VOTE, controler, du_vote
from deliberations.models import BlocDeVote, Deport, Interet, Presence, RegleAssemblee, VoixDissidente
from tests import maquette
from tests.assemblee import elu
from tests.deliberations.controle_cas import (
    Cas,
    avec_un_cas,
    changer,
    rien,
    une_fois,
    verifier_le_constat,
    verifier_le_voisin,
)

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
ANNE, BRUNO, CHLOE = range(3)
LA_REGLE = "règle d’essai"


@pytest.fixture(scope="module")
def s(django_db_setup, django_db_blocker):
    with une_fois(django_db_blocker) as situation:
        yield situation


def faire(*gestes):
    """Several changes in one."""

    def tout(s):
        for geste in gestes:
            geste(s)

    return tout


def non_saisi(rang):
    def oublier(s):
        Presence.objects.filter(elu=s.elus[rang]).delete()

    return oublier


def sans_voix_non_saisie(s):
    elu("sans-voix", nom="ZOLA", instance=s.seance.instance, a_voix=False, ordre=9)


def assiste(rang, etat, porteur=None):
    def saisir(s):
        s.presence(rang, etat, s.elus[porteur] if porteur is not None else None)

    return saisir


def seance(**champs):
    def modifier(s):
        changer(s.seance, **champs)

    return modifier


def delegations(nombre):
    def regler(s):
        RegleAssemblee.objects.update(delegations_max=nombre)

    return regler


def deporte(rang, du_bloc=True):
    def deporter(s):
        Deport.objects.create(rapport=s.rapport, bloc=s.bloc if du_bloc else None, elu=s.elus[rang])

    return deporter


def voix(rang, sens="contre"):
    def exprimer(s):
        VoixDissidente.objects.create(bloc=s.bloc, elu=s.elus[rang], sens=sens)

    return exprimer


def bloc(**champs):
    def modifier(s):
        lus = {nom: s.elus[valeur] if nom in ("president", "secretaire") else valeur for nom, valeur in champs.items()}
        changer(s.bloc, **lus)

    return modifier


def second_bloc(s):
    BlocDeVote.objects.create(rapport=s.rapport, ordre=2)


def mandat(rang, **champs):
    def modifier(s):
        changer(s.elus[rang].mandats.get(), **champs)

    return modifier


def interet(rang, **champs):
    def declarer(s):
        Interet.objects.create(
            **{"elu": s.elus[rang], "structure": s.structure(0), "qualite": "administrateur",
               "debut": date(2021, 7, 1), **champs}
        )  # fmt: skip

    return declarer


def cas(regle, fait, attendu, voisin=rien):
    return Cas(regle, fait, attendu, voisin, moment=Moment.VOTE)


REJET = bloc(resultat="rejete", motif="Non")
BERTIN = "M. Bruno BERTIN"
ASSISTANCE = [
    cas("assistance-non-saisie", non_saisi(BRUNO), ["l’assistance n’est pas saisie (1 membre à saisir)."],
        sans_voix_non_saisie),
    cas("bureau-incomplet", seance(secretaire=None), ["le secrétaire de séance n’est pas désigné."]),
    cas("bureau-incomplet", seance(president=None, signataire=None), [
        "le président de séance n’est pas désigné.", "le signataire n’est pas désigné.",
    ]),
    cas("quorum-non-atteint", faire(assiste(BRUNO, "absent"), assiste(CHLOE, "absent")), [
        f"le quorum n’est pas atteint : 1 membre présent ou représenté pour 2 exigés ({LA_REGLE})."
    ], faire(assiste(BRUNO, "absent"), assiste(CHLOE, "excuse", ANNE))),
    cas("delegations-en-trop", faire(assiste(BRUNO, "excuse", ANNE), assiste(CHLOE, "excuse", ANNE)),
        ["Mme Anne ALLARD porte 2 délégations, 1 au plus."],
        faire(delegations(2), assiste(BRUNO, "excuse", ANNE), assiste(CHLOE, "excuse", ANNE))),
    cas("mandataire-non-present", faire(assiste(BRUNO, "excuse", CHLOE), assiste(CHLOE, "absent")), [
        "Mme Chloé CARLIER, qui porte la voix de M. Bruno BERTIN, ne siège pas avec voix : dites qui la porte, ou "
        "qu’il n’en donne pas."
    ], faire(assiste(BRUNO, "excuse"), assiste(CHLOE, "absent"))),
    cas("mandataire-non-present", faire(assiste(BRUNO, "excuse", CHLOE), mandat(CHLOE, a_voix=False)), [
        "Mme Chloé CARLIER, qui porte la voix de M. Bruno BERTIN, ne siège pas avec voix : dites qui la porte, ou "
        "qu’il n’en donne pas."
    ], assiste(BRUNO, "excuse", CHLOE)),
]  # fmt: skip

BUREAU = [
    cas("president-deporte", deporte(ANNE),
        ["Mme Anne ALLARD, qui préside, se déporte : désignez qui préside pour ce bloc."],
        faire(deporte(ANNE), bloc(president=BRUNO))),
    cas("president-deporte", faire(deporte(ANNE), bloc(president=BRUNO), assiste(BRUNO, "absent")),
        [f"{BERTIN}, qui préside, n’est pas présent(e) : désignez qui préside pour ce bloc."],
        faire(deporte(ANNE), bloc(president=CHLOE), assiste(BRUNO, "absent"))),
    cas("president-deporte", mandat(ANNE, fin=date(2024, 6, 16)),
        ["une personne sans mandat, qui préside, n’est pas présent(e) : désignez qui préside pour ce bloc."],
        mandat(ANNE, fin=date(2024, 6, 17))),
    cas("secretaire-deporte", deporte(CHLOE), ["Mme Chloé CARLIER, secrétaire, se déporte sans être remplacé(e)."],
        faire(deporte(CHLOE), bloc(secretaire=BRUNO))),
    cas("president-du-conseil-deporte",
        faire(mandat(BRUNO, qualite="Président du Conseil départemental"), deporte(BRUNO)),
        [f"l’acte est signé pour {BERTIN}, qui se déporte de ce bloc."],
        faire(mandat(BRUNO, qualite="Vice-président"), deporte(BRUNO))),
]  # fmt: skip

DEPORTS = [
    cas("mandataire-deporte", faire(assiste(BRUNO, "excuse", CHLOE), deporte(CHLOE)),
        [f"le mandataire de {BERTIN} se déporte : dites qui porte sa voix, ou qu’il n’en donne pas."],
        faire(assiste(BRUNO, "excuse", ANNE), deporte(CHLOE))),
    cas("excuse-deporte", faire(assiste(BRUNO, "excuse"), deporte(BRUNO)),
        [f"{BERTIN} est excusé(e) avec délégation et se déporte : sa voix ne se délègue pas."],
        faire(assiste(BRUNO, "absent"), deporte(BRUNO, du_bloc=False))),
    cas("excuse-deporte", faire(assiste(BRUNO, "excuse"), deporte(BRUNO, du_bloc=False)),
        [f"{BERTIN} est excusé(e) avec délégation et se déporte : sa voix ne se délègue pas."], deporte(BRUNO)),
    cas("deport-sans-presence", faire(assiste(BRUNO, "absent"), deporte(BRUNO)),
        [f"{BERTIN} se déporte d’un bloc sans y siéger avec voix."],
        faire(assiste(BRUNO, "absent"), deporte(BRUNO, du_bloc=False))),
    cas("deport-sans-presence", deporte(BRUNO, du_bloc=False),
        [f"{BERTIN} est présent(e) : son déport se dit bloc par bloc."], deporte(BRUNO)),
    cas("interet-sans-deport", interet(BRUNO), [f"{BERTIN} (administrateur, 4AJ) ne se déporte pas."],
        faire(interet(BRUNO), deporte(BRUNO))),
    cas("interet-sans-deport", interet(BRUNO), [f"{BERTIN} (administrateur, 4AJ) ne se déporte pas."],
        interet(BRUNO, fin=date(2024, 6, 16))),
]  # fmt: skip

RESULTATS = [
    cas("aucun-bloc-adopte", REJET, ["aucun bloc de vote n’est adopté : enregistrez le rejet du rapport."],
        faire(REJET, second_bloc)),
    cas("voix-impossible", faire(voix(BRUNO), assiste(BRUNO, "absent")),
        [f"{BERTIN} est absent(e), sans délégation : pas de voix « contre »."],
        faire(voix(BRUNO), assiste(BRUNO, "excuse", ANNE))),
    cas("voix-impossible", faire(voix(BRUNO, "abstention"), deporte(BRUNO)),
        [f"{BERTIN} se déporte de ce bloc : pas de voix « abstention »."], voix(BRUNO, "abstention")),
    cas("majorite-absente", faire(voix(BRUNO), voix(CHLOE)),
        ["2 voix contre et 1 pour, il ne peut pas être adopté."], voix(BRUNO)),
    cas("partage-des-voix", faire(voix(BRUNO), assiste(CHLOE, "absent")),
        ["partage des voix (1 pour, 1 contre) : la voix du président est prépondérante."], voix(BRUNO)),
    cas("rejet-sans-majorite", faire(REJET, voix(BRUNO)),
        ["rejeté avec 2 voix pour et 1 contre : vérifiez les voix."], faire(REJET, voix(BRUNO), voix(CHLOE))),
    cas("chiffres-imprimes", bloc(imprime={"pour": 2, "contre": 0, "abstention": 1, "absents": 0}), [
        "pour : l’acte publié imprime 2, le calcul donne 3.",
        "abstention : l’acte publié imprime 1, le calcul donne 0.",
    ], bloc(imprime={"pour": 3, "contre": 0, "abstention": 0, "absents": 0})),
    cas("abstentions-imprimees", faire(deporte(BRUNO), voix(CHLOE, "abstention")),
        ["2 abstentions imprimées, dont 1 déport et 1 abstention réelle."], voix(CHLOE, "abstention")),
]  # fmt: skip

CAS = [*ASSISTANCE, *BUREAU, *DEPORTS, *RESULTATS]


@avec_un_cas(CAS)
def test_la_regle_trouve(s, cas):
    verifier_le_constat(s, cas)


@avec_un_cas(CAS)
def test_la_regle_se_tait_sur_la_situation_voisine(s, cas):
    verifier_le_voisin(s, cas)


@avec_un_cas([c for c in CAS if c.regle not in ("interet-sans-deport",)])
def test_la_page_du_vote_dit_ce_que_dit_le_controle(s, cas):
    """One set of rules: the page shows the same groups, informations and the register of interests apart."""
    cas.fait(s)
    dits = [str(g) for g in du_vote(s.rapport, vote.lire(s.rapport))]
    releve = controler(s.rapport, moment=Moment.VOTE, agent=None)
    attendus = [g for g in releve.ouverts if g.regle in DU_VOTE and g.gravite.value != "information"]
    assert dits == [str(g) for g in attendus]


def test_qui_ne_lit_pas_les_interets_n_en_voit_pas_le_constat(s):
    interet(BRUNO)(s)
    voient = []
    for nom, agent in vars(maquette.equipe()).items():
        releve = controler(s.rapport, agent=agent, moment=Moment.VOTE)
        voient += [nom for g in releve.ouverts if g.regle.cle == "interet-sans-deport"]
    assert voient == ["assemblees", "autre", "systeme"]
