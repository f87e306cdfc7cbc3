"""Lines of a dossier, the only place where an amount is entered, and what hangs on them."""

from django.db import models, transaction
from django.db.models import Q, Sum
from simple_history.models import HistoricalRecords

from dpid.erreurs import ActeFige
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models import Territoire
from dpid.models.base import AvecVersion
from dpid.montants import ZERO, MontantField, montant
from dpid.panneaux import verrouiller_montants
from programmes.models.dossier import Dossier


class ContenuQuerySet(FigeableQuerySet):
    """Lines and what hangs on them: every write by lot first asks those who present the lines, as a `save` does."""

    def _ids(self):
        return list(self.order_by().values_list(self.model.CHEMIN_LIGNE, flat=True).distinct())

    def _prevenir(self, ids):
        verrouiller_montants(ids)

    def update(self, **kwargs):
        with transaction.atomic():
            self._prevenir(self._ids())
            return super().update(**kwargs)

    def delete(self):
        with transaction.atomic():
            self._prevenir(self._ids())
            return super().delete()

    def bulk_update(self, objs, fields, batch_size=None):
        objs = list(objs)
        with transaction.atomic():
            self._prevenir(o.ligne_gardee for o in objs)
            return super().bulk_update(objs, fields, batch_size)

    def remplacer_par_lot(self, objs, champs, lot=1000):
        objs = list(objs)
        with transaction.atomic():
            self._prevenir(o.ligne_gardee for o in objs)
            return super().remplacer_par_lot(objs, champs, lot)

    update.alters_data = delete.alters_data = remplacer_par_lot.alters_data = True
    delete.queryset_only = True


class LigneQuerySet(ContenuQuerySet):
    def avec_retenu(self):
        """`retenu` = Σ financements; `budget` = the part charged to AE or still to be charged (euros)."""
        finances = (
            self.model._meta.get_field("financements")
            .related_model.objects.filter(ligne=models.OuterRef("pk"))
            .order_by()
            .values("ligne")
        )

        def total(requete):
            return models.functions.Coalesce(
                models.Subquery(requete.annotate(t=Sum("montant")).values("t"), output_field=MontantField()),
                montant(0),
                output_field=MontantField(),
            )

        return self.annotate(retenu=total(finances), budget=total(finances.filter(source__isnull=True)))


class LigneDossier(Figeable, AvecVersion):
    """What is asked, proposed and retained, somewhere, for a period. Retenu = Σ financements: the new money only."""

    CHEMIN_LIGNE = "pk"

    class NatureActe(models.TextChoices):
        CONVENTION_TYPE = "convention_type", "Convention type"
        CONVENTION_SPECIFIQUE = "convention_specifique", "Convention spécifique"
        AVENANT = "avenant", "Avenant"

    class MontantImprime(models.TextChoices):
        COMPLEMENT = "complement", "Le complément"
        NOUVEAU_TOTAL = "nouveau_total", "Le nouveau total"

    class MotifZero(models.TextChoices):
        REFUSE = "refuse", "Refusé"
        AJOURNE = "ajourne", "Ajourné"
        FINANCE_AUTREMENT = "finance_autrement", "Financé autrement"

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="lignes", verbose_name="dossier")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    territoires = models.ManyToManyField(
        Territoire, through="LigneTerritoire", verbose_name="territoires", related_name="+"
    )
    description = models.TextField("description de l’action", blank=True)
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField("fin", null=True, blank=True)
    demande = MontantField("montant demandé", null=True, blank=True)
    propose = MontantField("montant proposé", null=True, blank=True)
    motif_zero = models.CharField("motif d’une ligne à 0 €", max_length=20, choices=MotifZero.choices, blank=True)
    nature_acte = models.CharField("nature de l’acte", max_length=25, choices=NatureActe.choices, blank=True)
    acte_initial_numero = models.CharField("n° de la convention initiale", max_length=20, blank=True)
    acte_initial_le = models.DateField("convention initiale du", null=True, blank=True)
    numero_avenant = models.PositiveSmallIntegerField("n° de l’avenant", null=True, blank=True)
    ancien_montant = MontantField(
        "ancien montant", null=True, blank=True, help_text="Montant de l’acte avant l’avenant."
    )
    montant_imprime = models.CharField(
        "montant imprimé", max_length=15, choices=MontantImprime.choices, default=MontantImprime.COMPLEMENT
    )
    votee_le = models.DateField("votée le", null=True, blank=True, editable=False)
    acte_vote = models.CharField("délibération", max_length=12, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["version", "votee_le", "acte_vote"])

    objects = LigneQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne de dossier"
        verbose_name_plural = "lignes de dossier"
        ordering = ["dossier", "ordre", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(debut__isnull=True) | Q(fin__isnull=True) | Q(fin__gte=models.F("debut")),
                name="ligne_fin_apres_debut",
                violation_error_message="La période se termine avant de commencer.",
            ),
            models.CheckConstraint(
                condition=(Q(demande__isnull=True) | Q(demande__gte=montant(0)))
                & (Q(propose__isnull=True) | Q(propose__gte=montant(0)))
                & (Q(ancien_montant__isnull=True) | Q(ancien_montant__gte=montant(0))),
                name="ligne_montants_positifs",
                violation_error_message="Un montant n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(montant_imprime="complement") | Q(ancien_montant__isnull=False),
                name="ligne_nouveau_total_a_ancien",
                violation_error_message="Imprimer le nouveau total demande l’ancien montant.",
            ),
        ]

    def __str__(self):
        return f"ligne {self.ordre} du dossier {self.dossier_id}"

    @classmethod
    def filtre_fige(cls):
        return Q(votee_le__isnull=False)

    @property
    def est_fige(self):
        return self.votee_le is not None

    @property
    def ligne_gardee(self) -> int:
        """Id of the line that a write of this row changes."""
        return self.pk

    @classmethod
    def refuser_ajouts(cls, objs):
        # A new line under a voted dossier would change what it holds.
        dossiers = Dossier.objects.filter(pk__in={o.dossier_id for o in objs}).only("etat").order_by("pk")
        for dossier in dossiers.select_for_update():
            if dossier.est_fige:
                raise ActeFige(dossier.raison_du_gel())

    def decideur(self):
        if self._state.adding:
            return Dossier.verrouiller(self.dossier_id)
        verrouiller_montants([self.pk])
        return super().decideur()

    def raison_du_gel(self):
        return (
            f"Cette ligne a été votée par la délibération {self.acte_vote} : elle ne se modifie plus. "
            "Pour changer un montant, préparez un avenant dans un nouveau rapport."
        )

    def libelles_territoires(self) -> str:
        """Labels joined by « , », in the order entered (prefetch `placements__territoire`)."""
        return ", ".join(p.territoire.libelle for p in self.placements.all())

    def arbitrer(self, retenu, *, par, motif_zero="", autorisation=None):
        """Set what the line retains (euros), on its only financing or on the default AE of its dispositif.

        Raises ActeRefuse when the line has several financings, or when 0 € carries no motive. Returns the financing.
        """
        from programmes import retenues

        decision = retenues.Decision(self.pk, retenu, motif_zero, autorisation)
        financement = retenues.arbitrer([decision], par=par)[self.pk]
        self.__dict__.update(version=financement.ligne.version, motif_zero=financement.ligne.motif_zero)
        return financement

    def montant_a_imprimer(self, retenu):
        """The printed amount (euros): the complément, or the new total when the act prints it."""
        if self.montant_imprime == self.MontantImprime.NOUVEAU_TOTAL:
            return (self.ancien_montant or ZERO) + retenu
        return retenu


class EnfantDeLigne(Figeable):
    """Base of what hangs on a line: frozen with it, at the vote."""

    CHEMIN_LIGNE = "ligne"

    objects = ContenuQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def filtre_fige(cls):
        return Q(ligne__votee_le__isnull=False)

    @classmethod
    def refuser_ajouts(cls, objs):
        # A new child under a frozen line would change what was voted as surely as an edit.
        ids = {o.ligne_id for o in objs}
        verrouiller_montants(ids)
        lignes = LigneDossier.objects.filter(pk__in=ids).only("votee_le").order_by("pk").select_for_update()
        for ligne in lignes:
            if ligne.est_fige:
                raise ActeFige(ligne.raison_du_gel())

    @property
    def ligne_gardee(self) -> int:
        return self.ligne_id

    def decideur(self):
        verrouiller_montants([self.ligne_id])
        return LigneDossier.objects.select_for_update().get(pk=self.ligne_id)


class LigneTerritoire(EnfantDeLigne):
    """A territoire of a line, in the order in which it is printed."""

    ligne = models.ForeignKey(LigneDossier, on_delete=models.CASCADE, related_name="placements")
    territoire = models.ForeignKey(Territoire, on_delete=models.PROTECT, related_name="+", verbose_name="territoire")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)

    class Meta:
        verbose_name = "territoire de la ligne"
        verbose_name_plural = "territoires de la ligne"
        ordering = ["ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["ligne", "territoire"], name="ligne_territoire_unique")]

    def __str__(self):
        return str(self.territoire)
