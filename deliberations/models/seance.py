"""Deliberating bodies, their meetings, who attends them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from deliberations.models.assemblee import Elu, Signataire
from dpid.figeage import Figeable, FigeableQuerySet


class Instance(models.Model):
    """Commission permanente (CP) or Conseil départemental (CD)."""

    code = models.CharField("code", max_length=5, unique=True)
    libelle = models.CharField("libellé", max_length=150)

    class Meta:
        verbose_name = "instance"
        ordering = ["code"]

    def __str__(self):
        return self.libelle


class Seance(Figeable):
    """A meeting: what a rapport is submitted to. What a délibération printed of it freezes with its first adoption."""

    IMPRIMES = ("instance_id", "date", "president_id", "secretaire_id", "signataire_id")

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="seances", verbose_name="instance")
    date = models.DateField("date")
    president = models.ForeignKey(
        Elu, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="préside la séance",
        help_text="Peut différer du Président qui signe.",
    )  # fmt: skip
    secretaire = models.ForeignKey(
        Elu, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="secrétaire"
    )
    signataire = models.ForeignKey(
        Signataire, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="signataire"
    )
    # simple-history keeps the name « instance » for itself.
    history = HistoricalRecords(excluded_fields=["instance"])

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "séance"
        ordering = ["-date"]
        constraints = [models.UniqueConstraint(fields=["instance", "date"], name="seance_unique")]

    def __str__(self):
        return f"{self.instance} du {self.date:%d/%m/%Y}"

    def get_absolute_url(self):
        return reverse("seance", args=[self.pk])

    def clean(self):
        if self.date and not 2000 <= self.date.year <= 2100:
            raise ValidationError({"date": "Cette date de séance n’est pas plausible."})

    @classmethod
    def filtre_fige(cls):
        return Q(rapports__etat="adopte")

    @property
    def est_fige(self):
        return any(rapport.etat == rapport.Etat.ADOPTE for rapport in _verrouiller_rapports(self.pk))

    def raison_du_gel(self):
        return (
            f"La séance « {self} » a adopté une délibération : sa date, qui la préside, son secrétaire et son "
            "signataire ne changent plus."
        )

    def _refuser_si_fige(self):
        # What was left empty may still be filled for the rapports that follow.
        avant = None if self._state.adding else type(self)._base_manager.filter(pk=self.pk).first()
        if avant and any(getattr(avant, c) not in (None, getattr(self, c)) for c in self.IMPRIMES):
            super()._refuser_si_fige()

    @property
    def exercice(self) -> int:
        """Budget year on which the séance affects credits."""
        return self.date.year


class Presence(Figeable):
    """How a member attends: the whole séance (`rapport` empty), or one rapport when it differs.

    A member without a voting right who attends is printed « sans voix délibérative », excused otherwise. Frozen with
    the vote: the row of a rapport with that rapport, the sheet of the séance with the first rapport adopted.
    """

    class Etat(models.TextChoices):
        PRESENT = "present", "Présent"
        EXCUSE = "excuse", "Excusé, a donné délégation"
        ABSENT = "absent", "Absent, sans délégation"

    seance = models.ForeignKey(Seance, on_delete=models.PROTECT, related_name="presences", verbose_name="séance")
    rapport = models.ForeignKey(
        "deliberations.Rapport", on_delete=models.PROTECT, null=True, blank=True, related_name="presences",
        verbose_name="pour le seul rapport",
    )  # fmt: skip
    elu = models.ForeignKey(Elu, on_delete=models.PROTECT, related_name="presences", verbose_name="élu")
    etat = models.CharField("assistance", max_length=8, choices=Etat.choices)
    mandataire = models.ForeignKey(
        Elu, on_delete=models.PROTECT, null=True, blank=True, related_name="delegations_recues",
        verbose_name="délégation donnée à", help_text="Inconnu pour un acte repris.",
    )  # fmt: skip

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "assistance"
        verbose_name_plural = "feuille d’assistance"
        ordering = ["seance", "elu__ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["seance", "elu"], condition=Q(rapport__isnull=True), name="assistance_unique_a_la_seance"
            ),
            models.UniqueConstraint(
                fields=["rapport", "elu"], condition=Q(rapport__isnull=False), name="assistance_unique_au_rapport"
            ),
            models.CheckConstraint(
                condition=Q(mandataire__isnull=True) | Q(etat="excuse"), name="assistance_delegation_d_un_excuse",
                violation_error_message="Seul un membre excusé donne délégation.",
            ),
            models.CheckConstraint(
                condition=Q(mandataire__isnull=True) | ~Q(mandataire=models.F("elu")),
                name="assistance_delegation_a_un_autre",
                violation_error_message="Un membre ne se donne pas délégation à lui-même.",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.elu} : {self.get_etat_display()}"

    @classmethod
    def filtre_fige(cls):
        return Q(rapport__etat__in=["adopte", "rejete"]) | Q(rapport__isnull=True, seance__rapports__etat="adopte")

    @classmethod
    def refuser_ajouts(cls, objs):
        for seance_id, rapport_id in sorted({(o.seance_id, o.rapport_id or 0) for o in objs}):
            _refuser_si_vote(seance_id, rapport_id)

    def decideur(self):
        _refuser_si_vote(self.seance_id, self.rapport_id)


def _refuser_si_vote(seance_id, rapport_id):
    """Raise ActeFige when the attendance has been printed by a vote. Every row that may decide is locked: no vote slips
    in between the check and the write.

    The sheet is printed by an adoption; a rapport rejected before the séance says nothing of it.
    """
    for rapport in _verrouiller_rapports(seance_id):
        if rapport.pk == rapport_id or (not rapport_id and rapport.etat == rapport.Etat.ADOPTE):
            rapport.refuser_si_vote()


def _verrouiller_rapports(seance_id) -> list:
    from deliberations.models.rapport import Rapport

    rapports = Rapport._base_manager.filter(seance=seance_id).order_by("pk")
    return list(rapports.select_for_update(of=("self",)).select_related("seance__instance"))
