"""Rules on the vote: who attends, who steps aside, who chairs, what is counted and what was printed.

They are the only ones: the page of the vote, that of the adoption and the adoption itself read these (`du_vote`).
"""

from collections import Counter

from deliberations.assemblee import composition
from deliberations.assemblee.composition import Etat
from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import Moment
from deliberations.models import BlocDeVote, Interet, Mandat
from dpid.typographie import accorder

AU_VOTE = (Moment.VOTE,)
DU_RAPPORT = ("Déports du rapport", "deports")


def _comptees(examen):
    """Cards whose figures mean something: the attendance is typed, every voice is possible."""
    return [c for c in examen.vote.cartes if c.chiffres] if examen.vote.assistance.est_saisie else []


# --- Attendance


@regle("assistance-non-saisie", Gravite.BLOQUANT, "assistances ne sont pas saisies", moments=AU_VOTE)
def assistance_non_saisie(examen):
    assistance = examen.vote.assistance
    if not assistance.est_saisie:
        reste = len(assistance.a_saisir)
        combien = f"{accorder(reste, 'membre')} à saisir" if reste else "aucun membre ne siège à cette date"
        yield Constat(examen.a_la_seance(), f"l’assistance n’est pas saisie ({combien}).", (reste,))


@regle("bureau-incomplet", Gravite.A_JUSTIFIER, "fonctions de la séance ne sont pas tenues", moments=AU_VOTE)
def bureau_incomplet(examen):
    seance = examen.rapport.seance
    fonctions = (
        ("le président de séance", seance.president_id),
        ("le secrétaire de séance", seance.secretaire_id),
        ("le signataire", seance.signataire_id),
    )
    for nom, tenu in fonctions:
        if not tenu:
            yield Constat(examen.a_la_seance(), f"{nom} n’est pas désigné.", (nom,))


@regle("quorum-non-atteint", Gravite.BLOQUANT, "quorums ne sont pas atteints", moments=AU_VOTE)
def quorum_non_atteint(examen):
    quorum = examen.vote.quorum
    if examen.vote.assistance.est_saisie and not quorum.est_atteint:
        un, plusieurs = ("présent ou représenté", "présents ou représentés")
        if not quorum.compte_representes:
            un, plusieurs = "présent", "présents"
        qui = plusieurs if quorum.comptes > 1 else un
        message = (
            f"le quorum n’est pas atteint : {accorder(quorum.comptes, 'membre')} {qui} pour {quorum.seuil} exigés "
            f"({quorum.source})."
        )
        yield Constat(examen.a_la_seance("Quorum", "quorum"), message, (quorum.comptes, quorum.seuil))


@regle("delegations-en-trop", Gravite.BLOQUANT, "membres portent trop de délégations", moments=AU_VOTE)
def delegations_en_trop(examen):
    """At most one delegation received by member (CGCT, L. 3121-16), or what the dated rule says."""
    recues = Counter(m.mandataire_id for m in examen.vote.assistance.excuses if m.mandataire_id)
    if not recues:
        return
    regle_du_jour = composition.regle_du_jour(examen.rapport.seance)
    maximum, membres = regle_du_jour.delegations_max if regle_du_jour else 1, examen.vote.membres
    for elu, nombre in recues.items():
        if nombre > maximum:
            message = f"{membres.get(elu, 'un membre')} porte {accorder(nombre, 'délégation')}, {maximum} au plus."
            yield Constat(examen.a_la_seance(), message, (elu, nombre))


@regle(
    "mandataire-non-present",
    Gravite.BLOQUANT,
    "délégations sont données à un membre qui n’est pas présent",
    moments=AU_VOTE,
)
def mandataire_non_present(examen):
    """A delegation is held by a voting member who is there, or by nobody: an act taken over may ignore by whom."""
    membres = examen.vote.membres
    for membre in examen.vote.assistance.excuses:
        mandataire = membres.get(membre.mandataire_id)
        if membre.mandataire_id and not (mandataire and mandataire.est_present and mandataire.a_voix):
            message = (
                f"{mandataire or 'une personne sans mandat'}, qui porte la voix de {membre}, ne siège pas avec voix : "
                "dites qui la porte, ou qu’il n’en donne pas."
            )
            yield Constat(examen.a_la_seance(), message, (membre.elu_id, membre.mandataire_id))


# --- Who chairs, who writes


@regle("president-deporte", Gravite.BLOQUANT, "blocs n’ont pas de président", moments=AU_VOTE)
def president_deporte(examen):
    """Who steps aside, or is not there, does not chair: another present member takes the chair for the block."""
    for carte in _comptees(examen):
        elu = carte.bloc.president_id or examen.rapport.seance.president_id
        if elu and _empeche(examen, carte, elu):
            message = f"{_qui(examen, elu)}, qui préside, {_pourquoi(carte, elu)} : désignez qui préside pour ce bloc."
            yield Constat(examen.au_bloc(carte.bloc), message, (elu,))


@regle("secretaire-deporte", Gravite.A_JUSTIFIER, "blocs ont un secrétaire déporté", moments=AU_VOTE)
def secretaire_deporte(examen):
    for carte in _comptees(examen):
        elu = carte.bloc.secretaire_id or examen.rapport.seance.secretaire_id
        if elu and _empeche(examen, carte, elu):
            message = f"{_qui(examen, elu)}, secrétaire, {_pourquoi(carte, elu)} sans être remplacé(e)."
            yield Constat(examen.au_bloc(carte.bloc), message, (elu,))


def _empeche(examen, carte, elu) -> bool:
    membre = examen.vote.membres.get(elu)
    return membre is None or carte.empeche(membre)


def _qui(examen, elu) -> str:
    return str(examen.vote.membres.get(elu, "une personne sans mandat"))


def _pourquoi(carte, elu) -> str:
    return "se déporte" if elu in carte.ids_deportes else "n’est pas présent(e)"


@regle(
    "president-du-conseil-deporte", Gravite.INFORMATION, "blocs où le Président du Conseil se déporte", moments=AU_VOTE
)
def president_du_conseil_deporte(examen):
    """The act is signed for him, whoever chairs."""
    vote = examen.vote
    presidents = _presidents(examen) & set(vote.membres) if any(c.ids_deportes for c in vote.cartes) else set()
    for carte in vote.cartes:
        for elu in sorted(presidents & carte.ids_deportes):
            if elu != examen.rapport.seance.president_id:
                message = f"l’acte est signé pour {vote.membres[elu]}, qui se déporte de ce bloc."
                yield Constat(examen.au_bloc(carte.bloc), message, (elu,))


def _presidents(examen) -> set[int]:
    seance = examen.rapport.seance
    mandats = Mandat.objects.au(seance.date).de_presidence().filter(instance=seance.instance_id)
    return set(mandats.order_by().values_list("elu_id", flat=True))


# --- Who steps aside


@regle("mandataire-deporte", Gravite.BLOQUANT, "voix n’ont plus de porteur", moments=AU_VOTE)
def mandataire_deporte(examen):
    for carte in _comptees(examen):
        for membre in carte.chiffres.sans_porteur:
            if membre.mandataire_id in carte.ids_deportes:
                message = f"le mandataire de {membre} se déporte : dites qui porte sa voix, ou qu’il n’en donne pas."
                yield Constat(examen.au_bloc(carte.bloc), message, (membre.elu_id, membre.mandataire_id))


@regle("excuse-deporte", Gravite.A_JUSTIFIER, "membres excusés sont déportés", moments=AU_VOTE)
def excuse_deporte(examen):
    """Interested, he gives no delegation for this rapport: his voice would be counted through another."""
    vote = examen.vote
    lieux = [(examen.aux_votes(*DU_RAPPORT), vote.ids_deportes)]
    lieux += [(examen.au_bloc(carte.bloc), carte.ids_deportes) for carte in vote.cartes]
    for lieu, deports in lieux:
        for membre in vote.assistance.excuses:
            if membre.elu_id in deports:
                message = f"{membre} est excusé(e) avec délégation et se déporte : sa voix ne se délègue pas."
                yield Constat(lieu, message, (membre.elu_id,))


@regle("deport-sans-presence", Gravite.A_JUSTIFIER, "déports ne suivent pas l’assistance", moments=AU_VOTE)
def deport_sans_presence(examen):
    """A present member steps aside of a block; an absent one, or one without a voice, of the whole rapport."""
    vote = examen.vote
    if not vote.assistance.est_saisie:
        return
    for carte in vote.cartes:
        for elu in sorted(carte.ids_deportes):
            membre = vote.membres.get(elu)
            if membre is None or not membre.a_voix or membre.etat == Etat.ABSENT:
                message = f"{_qui(examen, elu)} se déporte d’un bloc sans y siéger avec voix."
                yield Constat(examen.au_bloc(carte.bloc), message, (elu,))
    for elu in sorted(vote.ids_deportes):
        membre = vote.membres.get(elu)
        if membre is None:
            message = "une personne sans mandat est déportée du rapport."
        elif membre.a_voix and membre.est_present:
            message = f"{membre} est présent(e) : son déport se dit bloc par bloc."
        else:
            continue
        yield Constat(examen.aux_votes(*DU_RAPPORT), message, (elu,))


# --- What is counted, and what is decided


@regle("aucun-bloc-adopte", Gravite.BLOQUANT, "rapports n’ont aucun bloc adopté", moments=AU_VOTE)
def aucun_bloc_adopte(examen):
    if not examen.rapport.est_vote and not any(carte.bloc.est_adopte for carte in examen.vote.cartes):
        message = "aucun bloc de vote n’est adopté : enregistrez le rejet du rapport."
        yield Constat(examen.aux_votes("Rapport", "votes"), message)


@regle("voix-impossible", Gravite.BLOQUANT, "voix ne peuvent pas être exprimées", moments=AU_VOTE)
def voix_impossible(examen):
    """Against or abstention, of somebody who steps aside, is absent or has no voice."""
    for carte in examen.vote.cartes if examen.vote.assistance.est_saisie else ():
        if carte.refus:
            yield Constat(examen.au_bloc(carte.bloc), carte.refus, (carte.refus,))


@regle("majorite-absente", Gravite.BLOQUANT, "blocs adoptés n’ont pas la majorité", moments=AU_VOTE)
def majorite_absente(examen):
    for carte, pour, contre in _exprimes(examen):
        if carte.bloc.est_adopte and pour < contre:
            message = f"{contre} voix contre et {pour} pour, il ne peut pas être adopté."
            yield Constat(examen.au_bloc(carte.bloc), message, (pour, contre))


@regle("partage-des-voix", Gravite.A_JUSTIFIER, "blocs sont adoptés à voix égales", moments=AU_VOTE)
def partage_des_voix(examen):
    """The vote of the chair prevails (CGCT, L. 3121-15): which one it was is for the secrétariat to say."""
    for carte, pour, contre in _exprimes(examen):
        if carte.bloc.est_adopte and pour == contre:
            message = f"partage des voix ({pour} pour, {contre} contre) : la voix du président est prépondérante."
            yield Constat(examen.au_bloc(carte.bloc), message, (pour, contre))


@regle("rejet-sans-majorite", Gravite.A_JUSTIFIER, "blocs rejetés ont la majorité", moments=AU_VOTE)
def rejet_sans_majorite(examen):
    for carte, pour, contre in _exprimes(examen):
        if carte.bloc.resultat == BlocDeVote.Resultat.REJETE and pour > contre:
            message = f"rejeté avec {pour} voix pour et {contre} contre : vérifiez les voix."
            yield Constat(examen.au_bloc(carte.bloc), message, (pour, contre))


def _exprimes(examen):
    """(card, voices for, voices against)."""
    for carte in _comptees(examen):
        yield carte, carte.chiffres.pour.voix, carte.chiffres.contre.voix


@regle("chiffres-imprimes", Gravite.A_JUSTIFIER, "figures imprimées diffèrent du calcul", moments=AU_VOTE)
def chiffres_imprimes(examen):
    """An act taken over keeps what it printed, with the finding."""
    for carte in _comptees(examen):
        for libelle, imprime, calcule in carte.ecart_imprime:
            message = f"{libelle.lower()} : l’acte publié imprime {imprime}, le calcul donne {calcule}."
            yield Constat(examen.au_bloc(carte.bloc), message, (libelle, imprime, calcule))


@regle("abstentions-imprimees", Gravite.INFORMATION, "blocs impriment des déports en abstentions", moments=AU_VOTE)
def abstentions_imprimees(examen):
    """Printed together by the published acts; the law does not mix them."""
    for carte in _comptees(examen):
        deports, reelles = len(carte.chiffres.deportes), len(carte.chiffres.abstentions_reelles)
        if deports:
            message = (
                f"{accorder(deports + reelles, 'abstention imprimée', 'abstentions imprimées')}, dont "
                f"{accorder(deports, 'déport')} et {accorder(reelles, 'abstention réelle', 'abstentions réelles')}."
            )
            yield Constat(examen.au_bloc(carte.bloc), message, (deports, reelles))


# --- What the register of interests says


@regle("interet-sans-deport", Gravite.A_JUSTIFIER, "intérêts déclarés sont sans déport", moments=AU_VOTE, reservee=True)
def interet_sans_deport(examen):
    """A member sits in a structure that the rapport finances, and votes on it."""
    vote = examen.vote
    interets = Interet.objects.au(examen.jour).filter(structure__in=examen.structures).select_related("structure")
    for interet in interets.order_by("elu__ordre", "structure__raison_sociale"):
        membre = vote.membres.get(interet.elu_id)
        if membre is None or interet.elu_id in vote.ids_deportes:
            continue
        for carte in _cartes_de(examen, interet.structure_id):
            if interet.elu_id not in carte.ids_deportes:
                message = f"{membre} ({interet.qualite}, {interet.structure}) ne se déporte pas."
                yield Constat(examen.au_bloc(carte.bloc), message, (interet.pk, carte.bloc.pk or 0))


def _cartes_de(examen, structure) -> list:
    """Cards of the blocks that finance a structure."""
    rangs = {
        examen.blocs_des_thematiques.get(ligne.proposition.operation.thematique_id, 1)
        for ligne in examen.lignes
        if ligne.proposition.ligne.dossier.structure_id == structure
    }
    return [carte for carte in examen.vote.cartes if carte.rang in rangs]
