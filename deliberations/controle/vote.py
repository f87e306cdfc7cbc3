"""The vote of a rapport as the rules read it: attendance, déports, figures of each block."""

from collections import defaultdict
from functools import cached_property

from deliberations.assemblee import composition
from deliberations.assemblee.chiffres import chiffrer
from deliberations.models import Deport, RegleAssemblee, VoixDissidente
from dpid.erreurs import ActeRefuse


class Vote:
    """Read once for all the rules of the vote."""

    def __init__(self, rapport, lecture):
        self.rapport, self.lecture = rapport, lecture

    @cached_property
    def assistance(self):
        return composition.au_rapport(self.rapport)

    @cached_property
    def blocs(self) -> list:
        """(block, ids of those who step aside, figures or None when they cannot be computed)."""
        dissidences = defaultdict(dict)
        voix = VoixDissidente.objects.filter(bloc__rapport=self.rapport)
        for bloc, elu, sens in voix.values_list("bloc", "elu", "sens"):
            dissidences[bloc][elu] = sens
        deports = self._deports
        return [(b, deports[b.pk], self._chiffrer(deports[b.pk], dissidences[b.pk])) for b in self.lecture.blocs]

    @cached_property
    def _deports(self) -> dict:
        """{block id, None for the whole rapport: ids of those who step aside}."""
        deports = defaultdict(set)
        for bloc, elu in Deport.objects.filter(rapport=self.rapport).values_list("bloc", "elu"):
            deports[bloc].add(elu)
        return deports

    def _chiffrer(self, deports, dissidences):
        try:
            return chiffrer(self.assistance, deports, dissidences) if self.assistance.est_saisie else None
        except ActeRefuse:
            return None

    @property
    def deports_du_rapport(self) -> set[int]:
        return self._deports[None]

    @cached_property
    def delegations_max(self) -> int:
        """What the rule of the day says, one without a rule."""
        seance = self.rapport.seance
        regles = RegleAssemblee.objects.au(seance.date).filter(instance=seance.instance_id).order_by("-debut")
        maximum = regles.values_list("delegations_max", flat=True).first()
        return 1 if maximum is None else maximum

    @cached_property
    def membres(self) -> dict:
        return self.assistance.par_elu()
