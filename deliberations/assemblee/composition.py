"""Who attends a rapport: the sheet of the séance, amended for that rapport, read with the mandates of the day."""

from dataclasses import dataclass

from deliberations.models import Mandat, Presence, RegleAssemblee

Etat = Presence.Etat


@dataclass(frozen=True)
class Membre:
    """A member on the day of the séance. `etat` is None while nobody typed it; `groupe` empty when unknown."""

    elu_id: int
    code: str
    civilite: str
    prenom: str
    nom: str
    groupe: str
    a_voix: bool
    etat: str | None = None
    mandataire_id: int | None = None
    pour_ce_rapport: bool = False

    def __str__(self):
        return f"{self.civilite}\u00a0{self.prenom} {self.nom}"

    @property
    def nom_a_taper(self) -> str:
        """« DUBOIS Carole »: the name first, as one looks for it on a keyboard."""
        return f"{self.nom} {self.prenom}"

    @property
    def est_present(self) -> bool:
        return self.etat == Etat.PRESENT


@dataclass(frozen=True)
class Assistance:
    """The members of an instance, in the order of the board, with how each attends."""

    membres: tuple[Membre, ...]

    def _choisir(self, etats, a_voix) -> list[Membre]:
        return [m for m in self.membres if m.etat in etats and m.a_voix == a_voix]

    @property
    def presents(self):
        return self._choisir({Etat.PRESENT}, True)

    @property
    def excuses(self):
        """Excused with a delegation: their voice counts."""
        return self._choisir({Etat.EXCUSE}, True)

    @property
    def absents(self):
        return self._choisir({Etat.ABSENT}, True)

    @property
    def assistants(self):
        """Attend without a voice."""
        return self._choisir({Etat.PRESENT}, False)

    @property
    def excuses_sans_voix(self):
        return self._choisir({Etat.EXCUSE, Etat.ABSENT}, False)

    @property
    def votants(self) -> list[Membre]:
        """Members in office with a voice, whatever their attendance: the four figures add up to their number."""
        return [m for m in self.membres if m.a_voix]

    @property
    def non_saisis(self) -> list[Membre]:
        return [m for m in self.membres if m.etat is None]

    @property
    def a_saisir(self) -> list[Membre]:
        """Voting members not typed yet; a member without a voice may be left out."""
        return [m for m in self.non_saisis if m.a_voix]

    @property
    def est_commencee(self) -> bool:
        """Somebody has typed how one voting member at least attends."""
        return any(m.etat for m in self.membres if m.a_voix)

    @property
    def est_saisie(self) -> bool:
        return bool(self.membres) and not self.a_saisir

    def par_elu(self) -> dict[int, Membre]:
        return {m.elu_id: m for m in self.membres}


def de_la_seance(seance) -> Assistance:
    """The sheet of the séance (two queries)."""
    return _composer(seance, seance.presences.filter(rapport__isnull=True))


def au_rapport(rapport) -> Assistance:
    """The sheet of the séance, amended for `rapport` (two queries)."""
    presences = Presence.objects.filter(seance=rapport.seance_id)
    return _composer(rapport.seance, presences.filter(rapport__isnull=True) | presences.filter(rapport=rapport))


def _composer(seance, presences) -> Assistance:
    etats = {}
    # The row of the rapport comes after the sheet's, and replaces it.
    for p in sorted(presences.order_by(), key=lambda p: p.rapport_id is not None):
        etats[p.elu_id] = p
    mandats = Mandat.objects.au(seance.date).filter(instance=seance.instance_id).select_related("elu", "groupe")
    return Assistance(tuple(_membre(m, etats.get(m.elu_id)) for m in mandats.order_by("elu__ordre", "elu__code")))


def _membre(mandat, presence) -> Membre:
    return Membre(
        elu_id=mandat.elu_id,
        code=mandat.elu.code,
        civilite=mandat.elu.civilite,
        prenom=mandat.prenom,
        nom=mandat.nom,
        groupe=mandat.groupe.libelle if mandat.groupe else "",
        a_voix=mandat.a_voix,
        etat=presence.etat if presence else None,
        mandataire_id=presence.mandataire_id if presence else None,
        pour_ce_rapport=bool(presence and presence.rapport_id),
    )


@dataclass(frozen=True)
class Quorum:
    """`seuil`: members who must be present or represented, out of `effectif`; `source`: the rule that says so."""

    effectif: int
    seuil: int
    comptes: int
    source: str
    compte_representes: bool = True

    @property
    def est_atteint(self) -> bool:
        return self.comptes >= self.seuil


def regle_du_jour(seance) -> RegleAssemblee | None:
    """The rule of the assembly in force on the day of the séance."""
    return RegleAssemblee.objects.au(seance.date).filter(instance=seance.instance_id).order_by("-debut").first()


def quorum(assistance: Assistance, seance) -> Quorum:
    """More than half of the members in office, by the rule in force on the day; who steps aside counts as present."""
    regle = regle_du_jour(seance)
    effectif = len(assistance.votants)
    comptes = len(assistance.presents)
    if regle is None or regle.compte_representes:
        comptes += len(assistance.excuses)
    source = regle.source if regle else "majorité absolue des membres en exercice, à défaut de règle enregistrée"
    return Quorum(effectif, effectif // 2 + 1, comptes, source, regle is None or regle.compte_representes)
