"""Rules on what the rapport presents: its number, thématiques and opérations that say something."""

from collections import Counter

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import Moment


def _numero(examen):
    if examen.rapport.est_provisoire:
        lieu = examen.au_rapport("numero", "Numéro du rapport", "rapport_numeroter")
        yield Constat(lieu, f"{examen.rapport.numero} est provisoire, le secrétariat des assemblées donne le numéro.")


numero_provisoire = regle(
    "numero-provisoire", Gravite.INFORMATION, "numéros sont provisoires", moments=[Moment.ENVOI]
)(_numero)  # fmt: skip
numero_provisoire_au_vote = regle(
    "numero-provisoire-au-vote", Gravite.BLOQUANT, "numéros sont provisoires", moments=[Moment.VOTE]
)(_numero)  # fmt: skip


@regle("thematique-vide", Gravite.A_JUSTIFIER, "thématiques n’ont pas d’opération")
def thematique_vide(examen):
    for t in examen.thematiques:
        if not t.operations.all():
            yield Constat(examen.a_la_thematique(t), "elle n’a pas d’opération.")


@regle("operation-vide", Gravite.A_JUSTIFIER, "opérations n’ont pas de ligne")
def operation_vide(examen):
    """Nothing to say once voted: its lines may have left in session."""
    if examen.moment is Moment.VOTE:
        return
    remplies = {ligne.proposition.operation_id for ligne in examen.lecture.calcul.lignes}
    for t in examen.thematiques:
        for o in t.operations.all():
            if o.pk not in remplies:
                yield Constat(examen.a_l_operation(o, t), "elle ne présente aucune ligne financée.")


@regle("numero-d-operation-double", Gravite.A_JUSTIFIER, "numéros sont portés par plusieurs opérations")
def numero_double(examen):
    for t in examen.thematiques:
        for numero, fois in Counter(o.numero for o in t.operations.all()).items():
            if fois > 1:
                message = f"{fois} opérations portent le numéro {numero}."
                yield Constat(examen.a_la_thematique(t), message, (numero, fois))


@regle("introduction-absente", Gravite.A_JUSTIFIER, "introductions manquent")
def introduction_absente(examen):
    if not examen.rapport.introduction.strip():
        yield Constat(examen.au_rapport("introduction", "Introduction"), "elle n’est pas écrite.")


@regle("texte-absent", Gravite.A_JUSTIFIER, "textes d’opérations manquent")
def texte_absent(examen):
    """What the opération is, and what is proposed: the annexe would print a title alone."""
    yield from _absents(examen, ("descriptif", "proposition"), lambda o: True)


@regle("bilan-absent", Gravite.INFORMATION, "opérations reconduites n’ont pas de bilan")
def bilan_absent(examen):
    """Asked of what continues a dispositif of the year before."""
    reconduites = {
        ligne.proposition.operation_id for ligne in examen.lignes
        if ligne.proposition.ligne.dossier.dispositif.precedent_id
    }  # fmt: skip
    yield from _absents(examen, ("bilan",), lambda o: o.pk in reconduites)


def _absents(examen, champs, concerne):
    """Grouped by thématique: one sentence for the twelve opérations that have no text yet."""
    presentes = {ligne.proposition.operation_id for ligne in examen.lecture.calcul.lignes}
    for t in examen.thematiques:
        lieu = examen.a_la_thematique(t)
        for o in t.operations.all():
            manquants = [champ for champ in champs if not getattr(o, champ).strip()]
            if manquants and o.pk in presentes and concerne(o):
                message = f"opération {o.numero} : {' et '.join(manquants)} à écrire."
                yield Constat(lieu, message, (o.pk, *manquants), examen.a_l_operation(o, t).lien)
