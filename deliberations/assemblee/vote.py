"""The sheet of the vote of one rapport: attendance, quorum, and a card per block. One reading, eight queries."""

from collections import defaultdict
from dataclasses import dataclass, replace

from deliberations.assemblee.chiffres import CATEGORIES, Chiffres, chiffrer
from deliberations.assemblee.composition import Assistance, Etat, Membre, Quorum, au_rapport, quorum
from deliberations.models import BlocDeVote, Deport, Groupe, VoixDissidente
from dpid.erreurs import ActeRefuse

LIBELLES = {"pour": "Pour", "contre": "Contre", "abstention": "Abstention", "absents": "Absents"}


@dataclass(frozen=True)
class Carte:
    """A block and what it is worth. `refus`: why its figures cannot be computed, empty when they can.

    `bloc.pk` is None when the rapport has no block yet: it is voted in one, which nobody had to create.
    """

    bloc: BlocDeVote
    rang: int
    chiffres: Chiffres | None
    ids_deportes: frozenset[int]
    deportes: tuple[Membre, ...]
    dissidences: tuple[tuple[Membre, str], ...]
    president: Membre | None
    secretaire: Membre | None
    ordre_groupes: dict
    presents: tuple[Membre, ...] = ()
    refus: str = ""

    @property
    def eligibles(self) -> list[Membre]:
        """Who may chair the block, or write for it."""
        return [m for m in self.presents if m.elu_id not in self.ids_deportes]

    @property
    def figures(self) -> list[dict]:
        """The four figures as they are shown: label, voices, groups; what the abstention is made of."""
        if self.chiffres is None:
            return []
        lignes = []
        for cle in CATEGORIES:
            categorie = getattr(self.chiffres, cle)
            groupes = categorie.groupes(self.ordre_groupes)
            lignes.append({"cle": cle, "libelle": LIBELLES[cle], "voix": categorie.voix, "groupes": groupes})
        return lignes

    @property
    def ecart_imprime(self) -> list[tuple[str, int, int]]:
        """[(label, printed by the act taken over, computed)] where they differ."""
        if not self.bloc.imprime or self.chiffres is None:
            return []
        figures = self.chiffres.figures
        return [
            (LIBELLES[c], self.bloc.imprime[c], figures[c]) for c in CATEGORIES if self.bloc.imprime[c] != figures[c]
        ]

    def empeche(self, membre: Membre | None) -> bool:
        """This member steps aside of the block, or is not there."""
        return membre is not None and (membre.elu_id in self.ids_deportes or not membre.est_present)


@dataclass(frozen=True)
class FeuilleDeVote:
    """`assistance`: as it is typed; `comptee`: the one that the figures use, everybody supposed present until it is;
    `ids_deportes`: who steps aside of the whole rapport, with or without a mandate."""

    rapport: object
    assistance: Assistance
    comptee: Assistance
    quorum: Quorum
    cartes: tuple[Carte, ...]
    ids_deportes: frozenset[int]
    deportes_du_rapport: tuple[Membre, ...]

    @property
    def est_supposee(self) -> bool:
        return self.comptee is not self.assistance

    @property
    def membres(self) -> dict[int, Membre]:
        return self.assistance.par_elu()

    @property
    def groupes(self) -> list[str]:
        """Groups that have a member with a voice."""
        return sorted({m.groupe for m in self.comptee.votants if m.groupe})

    @property
    def hors_debat(self) -> list[Membre]:
        """Whose déport is said of the whole rapport: absent, excused, or without a voice."""
        presents = {m.elu_id for m in self.comptee.presents}
        return [m for m in self.comptee.membres if m.elu_id not in presents]

    @property
    def amendes(self) -> list[Membre]:
        """Members whose attendance differs for this rapport."""
        return [m for m in self.assistance.membres if m.pour_ce_rapport]


def supposer_presents(assistance: Assistance) -> Assistance:
    """Before the séance: who is not typed yet is expected."""
    if assistance.est_saisie or not assistance.membres:
        return assistance
    return Assistance(tuple(m if m.etat else replace(m, etat=Etat.PRESENT) for m in assistance.membres))


def lire(rapport) -> FeuilleDeVote:
    assistance = au_rapport(rapport)
    comptee = supposer_presents(assistance)
    membres = comptee.par_elu()
    deports = defaultdict(set)
    for bloc, elu in Deport.objects.filter(rapport=rapport).values_list("bloc", "elu"):
        deports[bloc].add(elu)
    dissidences = defaultdict(dict)
    for bloc, elu, sens in VoixDissidente.objects.filter(bloc__rapport=rapport).values_list("bloc", "elu", "sens"):
        dissidences[bloc][elu] = sens
    du_rapport = deports.pop(None, set())
    ordre = dict(Groupe.objects.values_list("libelle", "ordre"))
    blocs = list(rapport.blocs.all()) or [BlocDeVote(rapport=rapport)]
    cartes = tuple(
        _carte(rapport, bloc, rang, comptee, deports[bloc.pk], dissidences[bloc.pk], ordre)
        for rang, bloc in enumerate(blocs, start=1)
    )
    return FeuilleDeVote(
        rapport=rapport,
        assistance=assistance,
        comptee=comptee,
        quorum=quorum(comptee, rapport.seance),
        cartes=cartes,
        ids_deportes=frozenset(du_rapport),
        deportes_du_rapport=tuple(m for pk, m in membres.items() if pk in du_rapport),
    )


def _carte(rapport, bloc, rang, assistance, deports, dissidences, ordre) -> Carte:
    membres = assistance.par_elu()
    chiffres, refus = None, ""
    try:
        chiffres = chiffrer(assistance, deports, dissidences)
    except ActeRefuse as erreur:
        refus = str(erreur)
    return Carte(
        bloc=bloc,
        rang=rang,
        chiffres=chiffres,
        ids_deportes=frozenset(deports),
        deportes=tuple(m for pk, m in membres.items() if pk in deports),
        dissidences=tuple((m, dissidences[pk]) for pk, m in membres.items() if pk in dissidences),
        president=membres.get(bloc.president_id or rapport.seance.president_id),
        secretaire=membres.get(bloc.secretaire_id or rapport.seance.secretaire_id),
        ordre_groupes=ordre,
        presents=tuple(assistance.presents),
        refus=refus,
    )
