"""Rules on the séance: who attends, who steps aside, who chairs, what is counted and what was printed."""

from collections import Counter

from deliberations.assemblee import composition
from deliberations.assemblee.chiffres import CATEGORIES
from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import Moment
from deliberations.models import Interet, Mandat
from dpid.typographie import accorder

AU_VOTE = (Moment.VOTE,)


@regle("assistance-non-saisie", Gravite.BLOQUANT, "assistances ne sont pas saisies", moments=AU_VOTE)
def assistance_non_saisie(examen):
    vote = examen.vote
    if not vote.assistance.est_saisie:
        restants = sum(1 for m in vote.assistance.non_saisis if m.a_voix)
        combien = f" de {accorder(restants, 'membre')}" if restants else ""
        yield Constat(examen.a_la_seance(), f"l’assistance{combien} n’est pas saisie.", (restants,))


@regle("bureau-incomplet", Gravite.A_JUSTIFIER, "fonctions de la séance ne sont pas tenues", moments=AU_VOTE)
def bureau_incomplet(examen):
    seance = examen.rapport.seance
    fonctions = (
        ("le président de séance", seance.president_id),
        ("le secrétaire", seance.secretaire_id),
        ("le signataire", seance.signataire_id),
    )
    for nom, tenu in fonctions:
        if not tenu:
            yield Constat(examen.a_la_seance(), f"{nom} n’est pas désigné.", (nom,))


@regle("quorum-non-atteint", Gravite.BLOQUANT, "quorums ne sont pas atteints", moments=AU_VOTE)
def quorum_non_atteint(examen):
    vote = examen.vote
    if vote.assistance.est_saisie:
        quorum = composition.quorum(vote.assistance, vote.rapport.seance)
        if not quorum.est_atteint:
            message = f"{quorum.comptes} membres présents ou représentés pour {quorum.seuil} exigés ({quorum.source})."
            yield Constat(examen.a_la_seance("Quorum", "quorum"), message, (quorum.comptes, quorum.seuil))


@regle("delegations-en-trop", Gravite.BLOQUANT, "membres portent trop de délégations", moments=AU_VOTE)
def delegations_en_trop(examen):
    """At most one delegation received by member (CGCT, L.3121-16), or what the dated rule says."""
    vote = examen.vote
    recues = Counter(m.mandataire_id for m in vote.assistance.excuses if m.mandataire_id)
    maximum = vote.delegations_max if recues else 1
    for elu, nombre in recues.items():
        if nombre > maximum:
            message = f"{vote.membres.get(elu, 'un membre')} porte {nombre} délégations, {maximum} au plus."
            yield Constat(examen.a_la_seance(), message, (elu, nombre))


@regle(
    "mandataire-non-present",
    Gravite.A_JUSTIFIER,
    "délégations sont données à un membre qui n’est pas présent",
    moments=AU_VOTE,
)
def mandataire_non_present(examen):
    vote = examen.vote
    for membre in vote.assistance.excuses:
        if membre.mandataire_id:
            mandataire = vote.membres.get(membre.mandataire_id)
            if mandataire is None or not (mandataire.est_present and mandataire.a_voix):
                message = f"{membre} donne délégation à {mandataire or 'une personne'}, sans voix à cette séance."
                yield Constat(examen.a_la_seance(), message, (membre.elu_id, membre.mandataire_id))


@regle("president-deporte", Gravite.BLOQUANT, "blocs n’ont pas de président", moments=AU_VOTE)
def president_deporte(examen):
    """Who steps aside does not chair: somebody present, who does not, takes the chair for the block."""
    vote = examen.vote
    for bloc, deports, _ in vote.blocs:
        if vote.rapport.seance.president_id in deports and not _tient(vote, bloc.president_id, deports):
            nom = vote.membres.get(vote.rapport.seance.president_id, "le président de séance")
            message = f"{nom} préside la séance et se déporte, sans remplaçant pour ce bloc."
            yield Constat(examen.au_bloc(bloc), message, (vote.rapport.seance.president_id, bloc.president_id))


@regle("secretaire-deporte", Gravite.A_JUSTIFIER, "blocs ont un secrétaire déporté", moments=AU_VOTE)
def secretaire_deporte(examen):
    vote = examen.vote
    for bloc, deports, _ in vote.blocs:
        if vote.rapport.seance.secretaire_id in deports and not _tient(vote, bloc.secretaire_id, deports):
            nom = vote.membres.get(vote.rapport.seance.secretaire_id, "le secrétaire")
            message = f"{nom} est secrétaire de séance et se déporte, sans remplaçant pour ce bloc."
            yield Constat(examen.au_bloc(bloc), message, (vote.rapport.seance.secretaire_id, bloc.secretaire_id))


def _tient(vote, elu, deports) -> bool:
    """May hold the office for the block."""
    membre = vote.membres.get(elu)
    return membre is not None and elu not in deports and (membre.est_present or not vote.assistance.est_saisie)


@regle(
    "president-du-conseil-deporte", Gravite.INFORMATION, "blocs où le Président du Conseil se déporte", moments=AU_VOTE
)
def president_du_conseil_deporte(examen):
    """The act is signed for him, whoever chairs."""
    vote = examen.vote
    presidents = _presidents(vote) & set(vote.membres) if any(deports for _, deports, _ in vote.blocs) else set()
    for bloc, deports, _ in vote.blocs:
        for elu in sorted(presidents & deports):
            if elu != vote.rapport.seance.president_id:
                message = f"l’acte est signé pour {vote.membres[elu]}, qui se déporte de ce bloc."
                yield Constat(examen.au_bloc(bloc), message, (elu,))


def _presidents(vote) -> set[int]:
    mandats = Mandat.objects.au(vote.rapport.seance.date).filter(instance=vote.rapport.seance.instance_id)
    return set(mandats.filter(qualite__istartswith="président").order_by().values_list("elu_id", flat=True))


@regle("mandataire-deporte", Gravite.BLOQUANT, "voix n’ont plus de porteur", moments=AU_VOTE)
def mandataire_deporte(examen):
    vote = examen.vote
    for bloc, _, chiffres in vote.blocs:
        for membre in chiffres.sans_porteur if chiffres else ():
            message = f"le mandataire de {membre} se déporte : qui porte sa voix ?"
            yield Constat(examen.au_bloc(bloc), message, (membre.elu_id, membre.mandataire_id))


@regle("excuse-deporte", Gravite.A_JUSTIFIER, "membres excusés sont déportés", moments=AU_VOTE)
def excuse_deporte(examen):
    """Interested, he gives no delegation for this rapport: his voice would be counted through another."""
    vote = examen.vote
    excuses = {m.elu_id: m for m in vote.assistance.excuses}
    deportes = [(examen.a_la_seance("Déports du rapport", "deports"), vote.deports_du_rapport)]
    deportes += [(examen.au_bloc(bloc), deports) for bloc, deports, _ in vote.blocs]
    for lieu, deports in deportes:
        for elu in excuses:
            if elu in deports:
                message = f"{excuses[elu]} est excusé avec délégation et se déporte : sa voix ne se délègue pas."
                yield Constat(lieu, message, (elu,))


@regle("deport-sans-presence", Gravite.A_JUSTIFIER, "déports ne suivent pas l’assistance", moments=AU_VOTE)
def deport_sans_presence(examen):
    """A present member steps aside of a block; an absent one, or one without a voice, of the whole rapport."""
    vote = examen.vote
    if not vote.assistance.est_saisie:
        return
    for bloc, deports, _ in vote.blocs:
        for elu in sorted(deports):
            membre = vote.membres.get(elu)
            if membre is None or not membre.a_voix or membre.etat == "absent":
                message = f"{membre or 'une personne sans mandat'} se déporte d’un bloc sans y siéger avec voix."
                yield Constat(examen.au_bloc(bloc), message, (elu,))
    for elu in sorted(vote.deports_du_rapport):
        membre = vote.membres.get(elu)
        if membre is None or (membre.a_voix and membre.est_present):
            message = f"{membre or 'une personne sans mandat'} est présent : son déport se dit bloc par bloc."
            yield Constat(examen.a_la_seance("Déports du rapport", "deports"), message, (elu,))


@regle("majorite-absente", Gravite.BLOQUANT, "blocs adoptés n’ont pas la majorité", moments=AU_VOTE)
def majorite_absente(examen):
    vote = examen.vote
    for bloc, _, chiffres in vote.blocs:
        if chiffres and bloc.est_adopte and chiffres.pour.voix < chiffres.contre.voix:
            message = f"{chiffres.pour.voix} voix pour et {chiffres.contre.voix} contre : il n’est pas adopté."
            yield Constat(examen.au_bloc(bloc), message, (chiffres.pour.voix, chiffres.contre.voix))


@regle("chiffres-imprimes", Gravite.A_JUSTIFIER, "figures imprimées diffèrent du calcul", moments=AU_VOTE)
def chiffres_imprimes(examen):
    """An act taken over keeps what it printed, with the finding."""
    vote = examen.vote
    for bloc, _, chiffres in vote.blocs:
        imprimes = bloc.imprime or {}
        for categorie in CATEGORIES if chiffres else ():
            calcule = chiffres.figures[categorie]
            if categorie in imprimes and int(imprimes[categorie]) != calcule:
                message = f"{categorie} : {imprimes[categorie]} imprimés, {calcule} calculés."
                yield Constat(examen.au_bloc(bloc), message, (categorie, imprimes[categorie], calcule))


@regle("abstentions-imprimees", Gravite.INFORMATION, "blocs impriment des déports en abstentions", moments=AU_VOTE)
def abstentions_imprimees(examen):
    """Printed together by the published acts; the law does not mix them."""
    vote = examen.vote
    for bloc, _, chiffres in vote.blocs:
        if chiffres and chiffres.deportes:
            deports, reelles = len(chiffres.deportes), len(chiffres.abstentions_reelles)
            message = (
                f"{accorder(deports + reelles, 'abstention imprimée', 'abstentions imprimées')}, dont "
                f"{accorder(deports, 'déport')} et {accorder(reelles, 'abstention réelle', 'abstentions réelles')}."
            )
            yield Constat(examen.au_bloc(bloc), message, (deports, reelles))


@regle("interet-sans-deport", Gravite.A_JUSTIFIER, "intérêts déclarés sont sans déport", moments=AU_VOTE, reservee=True)
def interet_sans_deport(examen):
    """A member sits in a structure that the rapport finances, and votes on it."""
    vote = examen.vote
    interets = Interet.objects.au(examen.jour).filter(structure__in=examen.structures).select_related("structure")
    for interet in interets.order_by("elu__ordre", "structure__raison_sociale"):
        membre = vote.membres.get(interet.elu_id)
        if membre is None or interet.elu_id in vote.deports_du_rapport:
            continue
        concernes = _blocs_de(examen, vote, interet.structure_id)
        for bloc, deports in concernes:
            if interet.elu_id not in deports:
                lieu = examen.au_bloc(bloc) if bloc else examen.a_la_seance("Déports du rapport", "deports")
                message = f"{membre} ({interet.qualite}, {interet.structure}) ne se déporte pas."
                yield Constat(lieu, message, (interet.pk, bloc.pk if bloc else 0))


def _blocs_de(examen, vote, structure) -> list[tuple]:
    """(block, its déports) of those that finance a structure; one block of everything when none is set."""
    if not vote.blocs:
        return [(None, set())]
    rangs = {
        examen.blocs_des_thematiques.get(ligne.proposition.operation.thematique_id, 1)
        for ligne in examen.lignes
        if ligne.proposition.ligne.dossier.structure_id == structure
    }
    return [(bloc, deports) for rang, (bloc, deports, _) in enumerate(vote.blocs, start=1) if rang in rangs]
