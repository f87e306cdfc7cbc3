"""The vote of a rapport: blocks of articles, who steps aside, who dissents, what is amended in session.

Nothing here is counted: the figures of a block are computed from the attendance (`deliberations.assemblee.chiffres`).
"""

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from deliberations.models.assemblee import Elu
from deliberations.models.rapport import Rapport
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.montants import MontantField, montant


class PartieDuVote(Figeable):
    """Base of what is recorded in session: open after the rapport is sent, frozen with its vote."""

    CHEMIN_RAPPORT = "rapport"

    objects = FigeableQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def filtre_fige(cls):
        return Q(**{f"{cls.CHEMIN_RAPPORT}__etat__in": Rapport.VOTES})

    @classmethod
    def refuser_ajouts(cls, objs):
        for pk in sorted({o.le_rapport.pk for o in objs}):
            Rapport.verrouiller(pk).refuser_si_vote()

    def decideur(self):
        """The rapport, locked; its `refuser_si_vote` says why nothing moves any more."""
        Rapport.verrouiller(self.le_rapport.pk).refuser_si_vote()

    @property
    def le_rapport(self):
        return self.rapport


class BlocDeVote(PartieDuVote):
    """Articles voted together, with their own déports. A rapport has one block for everything, or several.

    A thématique, an annexe to sign or a recette names its block; what names none belongs to the first one.
    """

    class Resultat(models.TextChoices):
        ADOPTE = "adopte", "Adopté"
        REJETE = "rejete", "Rejeté"
        AJOURNE = "ajourne", "Ajourné"
        RETIRE = "retire", "Retiré"

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="blocs", verbose_name="rapport")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    titre = models.CharField("intitulé", max_length=250, blank=True, help_text="Affiché en séance, jamais imprimé.")
    president = models.ForeignKey(
        Elu, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="préside pour ce bloc",
        help_text="Quand le président de séance se déporte.",
    )  # fmt: skip
    secretaire = models.ForeignKey(
        Elu, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="secrétaire pour ce bloc"
    )
    resultat = models.CharField("résultat", max_length=8, choices=Resultat.choices, default=Resultat.ADOPTE)
    motif = models.CharField("motif", max_length=250, blank=True, help_text="Exigé quand le bloc n’est pas adopté.")
    imprime = models.JSONField(
        "figures imprimées par l’acte repris", null=True, blank=True, encoder=DjangoJSONEncoder, editable=False
    )

    class Meta:
        verbose_name = "bloc de vote"
        verbose_name_plural = "blocs de vote"
        ordering = ["rapport", "ordre", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resultat="adopte") | ~Q(motif=""), name="bloc_non_adopte_motive",
                violation_error_message="Un bloc qui n’est pas adopté porte son motif.",
            )
        ]  # fmt: skip

    def __str__(self):
        return self.titre or f"Bloc {self.ordre}"

    @property
    def est_adopte(self) -> bool:
        return self.resultat == self.Resultat.ADOPTE


class Deport(PartieDuVote):
    """A member « intéressé à l’affaire »: a present one steps aside of one block, an absent or a non-voting one of
    the whole rapport (`bloc` empty). Why stays with the secrétariat des assemblées."""

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="deports", verbose_name="rapport")
    bloc = models.ForeignKey(
        BlocDeVote, on_delete=models.PROTECT, null=True, blank=True, related_name="deports", verbose_name="bloc"
    )
    elu = models.ForeignKey(Elu, on_delete=models.PROTECT, related_name="deports", verbose_name="élu")

    class Meta:
        verbose_name = "déport"
        ordering = ["rapport", "bloc__ordre", "elu__ordre"]
        constraints = [
            models.UniqueConstraint(
                fields=["bloc", "elu"], condition=Q(bloc__isnull=False), name="deport_unique_du_bloc"
            ),
            models.UniqueConstraint(
                fields=["rapport", "elu"], condition=Q(bloc__isnull=True), name="deport_unique_du_rapport"
            ),
        ]

    def __str__(self):
        return f"{self.elu} ({self.bloc or 'rapport'})"

    def clean(self):
        if self.bloc_id and self.bloc.rapport_id != self.rapport_id:
            raise ValidationError({"bloc": "Ce bloc est d’un autre rapport."})


class VoixDissidente(PartieDuVote):
    """A voice that is not « pour »: a member present, or represented by the one who holds the delegation."""

    CHEMIN_RAPPORT = "bloc__rapport"

    class Sens(models.TextChoices):
        CONTRE = "contre", "Contre"
        ABSTENTION = "abstention", "Abstention"

    bloc = models.ForeignKey(BlocDeVote, on_delete=models.PROTECT, related_name="dissidences", verbose_name="bloc")
    elu = models.ForeignKey(Elu, on_delete=models.PROTECT, related_name="+", verbose_name="élu")
    sens = models.CharField("sens", max_length=10, choices=Sens.choices)

    class Meta:
        verbose_name = "voix contre ou abstention"
        verbose_name_plural = "voix contre et abstentions"
        ordering = ["bloc", "elu__ordre"]
        constraints = [models.UniqueConstraint(fields=["bloc", "elu"], name="voix_unique_par_bloc")]

    def __str__(self):
        return f"{self.elu} : {self.get_sens_display()}"

    @property
    def le_rapport(self):
        return self.bloc.rapport


class AmendementDeSeance(PartieDuVote):
    """A line withdrawn, or given another amount, in session. The rapport sent keeps what it said; the délibération,
    its annexe, its imputations and the affectations follow the amendment."""

    class Nature(models.TextChoices):
        RETRAIT = "retrait", "Ligne retirée"
        MONTANT = "montant", "Montant amendé"

    rapport = models.ForeignKey(Rapport, on_delete=models.PROTECT, related_name="amendements", verbose_name="rapport")
    proposition = models.OneToOneField(
        "deliberations.Proposition", on_delete=models.PROTECT, related_name="amendement", verbose_name="proposition"
    )
    nature = models.CharField("nature", max_length=8, choices=Nature.choices)
    montant = MontantField("crédits votés", null=True, blank=True, help_text="Crédits nouveaux de la ligne, en euros.")
    motif = models.CharField("motif", max_length=250)

    class Meta:
        verbose_name = "amendement de séance"
        verbose_name_plural = "amendements de séance"
        ordering = ["rapport", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(nature="retrait", montant__isnull=True) | Q(nature="montant", montant__gt=montant(0)),
                name="amendement_montant_selon_nature",
                violation_error_message="Un montant amendé est positif ; une ligne retirée n’en porte pas.",
            ),
            models.CheckConstraint(
                condition=~Q(motif=""), name="amendement_motive", violation_error_message="Un amendement est motivé."
            ),
        ]

    def __str__(self):
        return f"{self.get_nature_display()} : {self.proposition}"

    def clean(self):
        if self.proposition_id and self.proposition.le_rapport.pk != self.rapport_id:
            raise ValidationError({"proposition": "Cette ligne est d’un autre rapport."})
