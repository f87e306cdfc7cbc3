"""An avenant replayed on the text in force: what each of its operations makes of it.

All of them read the text as it stood before their act: its « deuxième alinéa » stays the second one of that text, even
when another operation of the same avenant deletes the first.
"""

from dataclasses import dataclass, field, replace

from conventions.delta import INITIAL_ABSENT, Alinea, Changement, ClauseConsolidee, alineas, phrase
from conventions.models.modele import Operation
from conventions.numeros import SUFFIXES, SUITE, comparer


class CibleAbsente(LookupError):
    """An operation names an article, an annexe or an alinéa that the text in force does not have."""


def rejouer(clauses: list[ClauseConsolidee], changements, origine: str, fiches=None) -> list[ClauseConsolidee]:
    """The clauses after the operations of one act. `fiches`: {key or title: data} of it. Raises CibleAbsente."""
    rejeu = Rejeu(clauses, origine, fiches)
    for c in changements:
        rejeu.appliquer(c)
    return rejeu.clauses


@dataclass
class _Chantier:
    """A clause while an act changes it. `rangs`: what each alinéa of the text before the act becomes."""

    clause: ClauseConsolidee
    rangs: list[list[Alinea]]
    suite: list[Alinea] = field(default_factory=list)
    remplaces: set[int] = field(default_factory=set)
    est_entier: str = ""  # what the act already did of the whole clause
    ancre: object = None  # after which clause this act inserted it

    @classmethod
    def ouvrir(cls, clause, **options):
        return cls(clause, [[a] for a in clause.alineas], **options)

    @property
    def rendue(self) -> ClauseConsolidee:
        return replace(self.clause, alineas=[a for rang in self.rangs for a in rang] + self.suite)


class Rejeu:
    """One act, operation by operation. `clauses`: the text that results."""

    def __init__(self, clauses, origine: str, fiches=None):
        self.origine, self.fiches = origine, fiches or {}
        self._chantiers = [_Chantier.ouvrir(c) for c in clauses]

    @property
    def clauses(self) -> list[ClauseConsolidee]:
        return [x.rendue for x in self._chantiers]

    def appliquer(self, c: Changement) -> None:
        """Raises CibleAbsente, nothing changed."""
        vise = self._viser(c)
        if c.operation == Operation.INSERER_APRES and not c.alinea:
            return self._inserer(c, vise)
        nouveaux = alineas(c.texte, self.origine)
        self._refuser_si_contredit(c, vise)
        if c.alinea:
            return self._dans_l_alinea(c, vise, nouveaux)
        return self._toute(c, vise, nouveaux)

    def _viser(self, c) -> _Chantier:
        """A living clause before a deleted one of the same number."""
        numero = comparer(c.numero)
        portent = [x for x in self._chantiers if x.clause.nature == c.cible and comparer(x.clause.numero) == numero]
        if not portent:
            raise CibleAbsente(f"{c} : cette clause n’existe pas dans le texte en vigueur.")
        return next((x for x in portent if not x.clause.est_supprimee), portent[0])

    def _refuser_si_contredit(self, c, vise) -> None:
        if vise.clause.est_supprimee and (vise.est_entier or c.alinea or c.operation != Operation.REMPLACER):
            raise CibleAbsente(f"{c} : cette clause a déjà été supprimée ({vise.clause.origine or self.origine}).")
        est_suite = c.operation == Operation.COMPLETER and not c.alinea
        if vise.est_entier and not est_suite:
            raise CibleAbsente(f"{c} : ce même avenant a déjà {vise.est_entier} cette clause.")

    def _toute(self, c, vise, nouveaux) -> None:
        if c.fiche:
            donnees = self.fiches.get(c.cle_fiche) or self.fiches.get(c.fiche)
            vise.clause = replace(
                vise.clause, titre=c.fiche, fiche=donnees, origine=self.origine, est_supprimee=False
            )  # fmt: skip
            vise.rangs, vise.suite, vise.est_entier = [], [], "remplacé"
        elif c.operation == Operation.COMPLETER:
            vise.suite += nouveaux
        else:
            supprime = c.operation == Operation.SUPPRIMER
            vise.clause = replace(vise.clause, est_supprimee=supprime, origine=self.origine, fiche=None)
            vise.rangs, vise.suite = [nouveaux], []
            vise.est_entier = "supprimé" if supprime else "remplacé"

    def _dans_l_alinea(self, c, vise, nouveaux) -> None:
        if vise.clause.alineas and vise.clause.alineas[0].texte == INITIAL_ABSENT:
            # The initial text was not typed: what is changed stands beside the sentence that says where to read it.
            vise.suite += alineas(phrase(c), self.origine)
            return
        place = c.alinea - 1
        if place >= len(vise.rangs):
            raise CibleAbsente(f"{c} : cette clause n’a que {len(vise.rangs)} alinéa(s) dans le texte en vigueur.")
        if c.operation in (Operation.INSERER_APRES, Operation.COMPLETER):
            vise.rangs[place] += nouveaux
            return
        if place in vise.remplaces:
            raise CibleAbsente(f"{c} : ce même avenant a déjà changé cet alinéa.")
        vise.remplaces.add(place)
        # What this act added after the alinéa stays after it.
        garde = vise.rangs[place][1:]
        vise.rangs[place] = garde if c.operation == Operation.SUPPRIMER else [*nouveaux, *garde]

    def _inserer(self, c, vise) -> None:
        """After the target, and after what was inserted there before."""
        numero = self._numero_donne(c) if c.numero_donne else self._numero_bis(c)
        place = next(i for i, x in enumerate(self._chantiers) if x is vise) + 1
        while place < len(self._chantiers) and self._suit(self._chantiers[place], vise, c):
            place += 1
        donnees = (self.fiches.get(c.cle_fiche) or self.fiches.get(c.fiche)) if c.fiche else None
        clause = ClauseConsolidee(
            c.cible, numero, c.fiche or c.titre, alineas(c.texte, self.origine), origine=self.origine, fiche=donnees
        )
        self._chantiers.insert(place, _Chantier.ouvrir(clause, ancre=vise))

    def _suit(self, suivant, vise, c) -> bool:
        """`suivant` was inserted after the same clause: by this act, or numbered « bis » of it by an earlier one."""
        if suivant.ancre is vise:
            return True
        bis = SUITE.fullmatch(comparer(suivant.clause.numero))
        est_bis = bis is not None and bis[1] == comparer(c.numero)
        return est_bis and suivant.clause.nature == c.cible and not c.numero_donne

    def _numero_donne(self, c) -> str:
        """The number that the avenant gives, unless the text in force already has it."""
        if comparer(c.numero_donne) in self._pris(c.cible):
            raise CibleAbsente(f"{c} : le texte en vigueur a déjà un {c.numero_donne}.")
        return c.numero_donne

    def _numero_bis(self, c) -> str:
        """« 4 bis », then « 4 ter »…; after « 4 bis », « 4 ter »."""
        pris = {comparer(x.clause.numero) for x in self._chantiers if x.clause.nature == c.cible}
        bis = SUITE.fullmatch(comparer(c.numero))
        base, depuis = (bis[1], SUFFIXES.index(bis[2]) + 1) if bis else (comparer(c.numero), 0)
        libre = next((s for s in SUFFIXES[depuis:] if f"{base} {s}" not in pris), None)
        if libre is None:
            raise CibleAbsente(f"{c} : trop de clauses ont été insérées à cet endroit.")
        return f"{base}\u00a0{libre}"

    def _pris(self, nature) -> set[str]:
        """Numbers of the living clauses: that of a deleted one may be given again."""
        return {
            comparer(x.clause.numero)
            for x in self._chantiers
            if x.clause.nature == nature and not x.clause.est_supprimee
        }
