"""The assembly: its members and their dated mandates, its commissions, who signs, what decides of the quorum."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from dpid.models import Role
from dpid.models.base import Nomme
from programmes.models import Structure


def en_vigueur_le(jour) -> Q:
    """Rows dated `debut`–`fin` (included, open when empty) that hold on `jour`."""
    return Q(debut__lte=jour) & (Q(fin__isnull=True) | Q(fin__gte=jour))


class PeriodeQuerySet(models.QuerySet):
    def au(self, jour):
        """Those in force on `jour`."""
        return self.filter(en_vigueur_le(jour))


class Periode(models.Model):
    """Base of what holds from a day to another."""

    debut = models.DateField("depuis le")
    fin = models.DateField("jusqu’au", null=True, blank=True, help_text="Vide : toujours en vigueur.")

    objects = PeriodeQuerySet.as_manager()

    class Meta:
        abstract = True

    def clean(self):
        super().clean()
        if self.debut and self.fin and self.fin < self.debut:
            raise ValidationError({"fin": "La fin précède le début."})

    def est_en_vigueur(self, jour) -> bool:
        return self.debut <= jour and (self.fin is None or jour <= self.fin)


class Groupe(Nomme):
    """Political group, as the result of a vote lists it."""

    code = models.SlugField("code", max_length=20, unique=True)

    class Meta(Nomme.Meta):
        verbose_name = "groupe politique"
        verbose_name_plural = "groupes politiques"


class EluManager(models.Manager):
    """With their mandates: a member has no name of its own, lists and choices print the mandate's."""

    def get_queryset(self):
        return super().get_queryset().prefetch_related("mandats")


class Elu(models.Model):
    """A member of the assembly. The person is the row: names, group and voting right change with the mandates."""

    class Civilite(models.TextChoices):
        MADAME = "Mme", "Madame"
        MONSIEUR = "M.", "Monsieur"

    code = models.SlugField("code", max_length=60, unique=True)
    civilite = models.CharField("civilité", max_length=3, choices=Civilite.choices)
    ordre = models.PositiveSmallIntegerField(
        "ordre du tableau", default=0, help_text="Ordre dans lequel les actes citent les membres."
    )

    objects = EluManager()

    class Meta:
        verbose_name = "élu"
        verbose_name_plural = "élus"
        ordering = ["ordre", "code"]

    def __str__(self):
        mandat = next(iter(sorted(self.mandats.all(), key=lambda m: m.debut, reverse=True)), None)
        return str(mandat) if mandat else self.code


class MandatQuerySet(PeriodeQuerySet):
    def de_presidence(self):
        """Those of whoever presides the Conseil: the quality of the mandate says it."""
        return self.filter(qualite__istartswith=Mandat.PRESIDENCE)


class Mandat(Periode):
    """What a member is from a day to another: name as printed, group, voting right, seat in one instance."""

    PRESIDENCE = "président"  # of the Conseil: how such a quality begins, whatever its gender

    elu = models.ForeignKey(Elu, on_delete=models.PROTECT, related_name="mandats", verbose_name="élu")
    # `history` keeps the name « instance » for itself: see `excluded_fields`.
    instance = models.ForeignKey(
        "deliberations.Instance", on_delete=models.PROTECT, related_name="mandats", verbose_name="instance"
    )
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField("nom", max_length=80, help_text="Comme il s’imprime : MESSEANNE-GROBELNY.")
    groupe = models.ForeignKey(
        Groupe, on_delete=models.PROTECT, null=True, blank=True, related_name="mandats", verbose_name="groupe politique"
    )
    a_voix = models.BooleanField("voix délibérative", default=True)
    qualite = models.CharField("qualité", max_length=150, blank=True, help_text="Président du Conseil départemental…")
    history = HistoricalRecords(excluded_fields=["instance"])

    objects = MandatQuerySet.as_manager()

    class Meta:
        verbose_name = "mandat"
        ordering = ["elu__ordre", "elu__code", "-debut"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fin__isnull=True) | Q(fin__gte=models.F("debut")), name="mandat_finit_apres_son_debut",
                violation_error_message="La fin du mandat précède son début.",
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.elu.civilite}\u00a0{self.prenom} {self.nom}"

    @property
    def est_de_presidence(self) -> bool:
        return self.qualite.lower().startswith(self.PRESIDENCE)

    def clean(self):
        """One mandate at a time in an instance: two names on one day would make two voters of one person."""
        super().clean()
        if not (self.elu_id and self.instance_id and self.debut):
            return
        autres = Mandat.objects.filter(elu=self.elu_id, instance=self.instance_id).exclude(pk=self.pk)
        autres = autres.filter(Q(fin__isnull=True) | Q(fin__gte=self.debut))
        if self.fin:
            autres = autres.filter(debut__lte=self.fin)
        if autres.exists():
            raise ValidationError({"debut": "Un autre mandat de cette personne couvre déjà une partie de la période."})


class Commission(models.Model):
    """A commission of the assembly, which gives its avis before the séance."""

    numero = models.PositiveSmallIntegerField("numéro", unique=True)
    libelle = models.CharField("libellé", max_length=150)

    class Meta:
        verbose_name = "commission"
        ordering = ["numero"]

    def __str__(self):
        rang = "1re" if self.numero == 1 else f"{self.numero}e"
        return f"{rang} commission «\u00a0{self.libelle}\u00a0»"


class RegleAssemblee(Periode):
    """Quorum and delegations as the law and the internal rules set them, from a day on.

    Quorum: more than half of the members in office, present — or represented when `compte_representes`.
    """

    instance = models.ForeignKey(
        "deliberations.Instance", on_delete=models.PROTECT, related_name="regles", verbose_name="instance"
    )
    compte_representes = models.BooleanField("les représentés comptent pour le quorum", default=True)
    delegations_max = models.PositiveSmallIntegerField("délégations reçues par membre, au plus", default=1)
    source = models.CharField("source", max_length=250)

    class Meta:
        verbose_name = "règle de l’assemblée"
        verbose_name_plural = "règles de l’assemblée"
        ordering = ["instance", "-debut"]
        constraints = [models.UniqueConstraint(fields=["instance", "debut"], name="regle_unique_par_date")]

    def __str__(self):
        return f"{self.instance} depuis le {self.debut:%d/%m/%Y}"


class Signataire(Periode):
    """Who signs for the Président, what, by which delegation, from a day to another."""

    class Portee(models.TextChoices):
        TOUT = "tout", "Délibérations et conventions"
        DELIBERATIONS = "deliberations", "Délibérations"
        CONVENTIONS = "conventions", "Conventions"

    code = models.SlugField("code", max_length=40, unique=True)
    civilite = models.CharField("civilité", max_length=3, choices=Elu.Civilite.choices)
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField("nom", max_length=80)
    qualite = models.CharField("qualité", max_length=150)
    portee = models.CharField("signe", max_length=15, choices=Portee.choices, default=Portee.TOUT)
    delegation = models.CharField(
        "acte de délégation", max_length=250, blank=True, help_text="Vide : le Président signe lui-même."
    )

    class Meta:
        verbose_name = "signataire"
        ordering = ["nom", "-debut"]

    def __str__(self):
        return f"{self.prenom} {self.nom}"


class InteretQuerySet(PeriodeQuerySet):
    def visibles_par(self, agent):
        """What a member declares is seen by the secrétariat des assemblées alone."""
        return self if agent.a_role(Role.ASSEMBLEES) else self.none()


class Interet(Periode):
    """A member sits in a structure: the déport is then proposed for every rapport that finances it."""

    elu = models.ForeignKey(Elu, on_delete=models.PROTECT, related_name="interets", verbose_name="élu")
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="interets_d_elus", verbose_name="structure"
    )
    qualite = models.CharField("qualité", max_length=150, help_text="Présidente, administrateur, salarié d’un proche…")
    source = models.CharField("source", max_length=200, blank=True, help_text="Déclaration, acte de désignation…")

    objects = InteretQuerySet.as_manager()

    class Meta:
        verbose_name = "intérêt déclaré"
        verbose_name_plural = "intérêts déclarés"
        ordering = ["elu", "structure"]
        constraints = [models.UniqueConstraint(fields=["elu", "structure", "debut"], name="interet_unique")]

    def __str__(self):
        return f"{self.elu} – {self.structure}"
