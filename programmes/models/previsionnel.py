"""Budget prévisionnel of an action: charges and produits that must balance, co-financeurs."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from dpid.erreurs import ActeFige
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.montants import ZERO, MontantField, montant
from programmes.models.dossier import Dossier


class PosteQuerySet(FigeableQuerySet):
    def totaux(self) -> dict[str, Decimal]:
        """Charges, produits, écart, and the share asked of the Département (euros), in one query."""
        return totaliser(self)


def totaliser(postes) -> dict[str, Decimal]:
    """The totals of `PosteQuerySet.totaux`, of rows already read."""
    S, N = Poste.Sens, Poste.Nature
    somme = lambda retenu: sum((p.montant for p in postes if retenu(p)), ZERO)  # noqa: E731
    totaux = {
        "charges": somme(lambda p: p.sens == S.CHARGE),
        "produits": somme(lambda p: p.sens == S.PRODUIT),
        "indirectes": somme(lambda p: (p.sens, p.nature) == (S.CHARGE, N.INDIRECTE)),
        "personnel": somme(lambda p: p.nature == N.PERSONNEL),
        "prestations": somme(lambda p: (p.sens, p.nature) == (S.CHARGE, N.PRESTATION)),
        "departement": somme(lambda p: (p.sens, p.nature) == (S.PRODUIT, N.DEPARTEMENT)),
        "publics": somme(lambda p: p.sens == S.PRODUIT and p.nature in (N.DEPARTEMENT, N.PUBLIC)),
    }
    return {**totaux, "ecart": totaux["charges"] - totaux["produits"]}


class Poste(Figeable):
    """One row of the budget prévisionnel (euros). It freezes with its dossier."""

    class Sens(models.TextChoices):
        CHARGE = "charge", "Charge"
        PRODUIT = "produit", "Produit"

    class Nature(models.TextChoices):
        DIRECTE = "directe", "Charge directe"
        PERSONNEL = "personnel", "Charge de personnel"
        PRESTATION = "prestation", "Prestation"
        INDIRECTE = "indirecte", "Charge indirecte"
        DEPARTEMENT = "departement", "Département"
        PUBLIC = "public", "Autre financeur public"
        PRIVE = "prive", "Financeur privé"
        PROPRE = "propre", "Fonds propres"

    NATURES = {
        Sens.CHARGE: (Nature.DIRECTE, Nature.PERSONNEL, Nature.PRESTATION, Nature.INDIRECTE),
        Sens.PRODUIT: (Nature.DEPARTEMENT, Nature.PUBLIC, Nature.PRIVE, Nature.PROPRE),
    }

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="postes", verbose_name="dossier")
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    sens = models.CharField("sens", max_length=7, choices=Sens.choices)
    nature = models.CharField("nature", max_length=11, choices=Nature.choices)
    libelle = models.CharField("libellé", max_length=150, help_text="Poste de dépense, ou nom du financeur.")
    montant = MontantField("montant")
    est_acquis = models.BooleanField("acquis", default=False, help_text="Le cofinanceur a confirmé.")

    objects = PosteQuerySet.as_manager()

    class Meta:
        verbose_name = "poste du budget prévisionnel"
        verbose_name_plural = "budget prévisionnel"
        ordering = ["sens", "ordre", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(montant__gte=montant(0)),
                name="poste_positif",
                violation_error_message="Un poste du budget n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(sens="charge", nature__in=["directe", "personnel", "prestation", "indirecte"])
                | Q(sens="produit", nature__in=["departement", "public", "prive", "propre"]),
                name="poste_nature_selon_sens",
                violation_error_message="Cette nature ne va pas avec ce sens.",
            ),
        ]

    def __str__(self):
        return self.libelle

    @classmethod
    def filtre_fige(cls):
        return Q(dossier__etat="vote")

    @classmethod
    def refuser_ajouts(cls, objs):
        # The rows are locked as they are read: asking each for its deciding row would be a query per dossier.
        dossiers = Dossier.objects.filter(pk__in={o.dossier_id for o in objs}).only("etat").order_by("pk")
        for dossier in dossiers.select_for_update():
            if dossier.est_fige:
                raise ActeFige(dossier.raison_du_gel())

    def decideur(self):
        return Dossier.verrouiller(self.dossier_id)
