"""Freezing: adopted or append-only rows refuse every write that goes through the ORM.

`Document` and `Mouvement` are also protected by database triggers (see their migrations): the ORM guard gives the
French sentence, the trigger stops what goes around the ORM.
"""

from django.db import models, transaction

from dpid.erreurs import ActeFige


class FigeableQuerySet(models.QuerySet):
    """A QuerySet that refuses to write frozen rows, whatever the door (update, delete, bulk…)."""

    def figes(self):
        """Rows of this QuerySet that are frozen; the model says which (`filtre_fige`)."""
        return self.filter(self.model.filtre_fige())

    def refuser_si_fige(self):
        fige = self.order_by().figes().first()
        if fige is not None:
            with transaction.atomic():
                raise ActeFige((fige.decideur() or fige).raison_du_gel())

    def update(self, **kwargs):
        self.refuser_si_fige()
        return super().update(**kwargs)

    def delete(self):
        self.refuser_si_fige()
        return super().delete()

    def bulk_update(self, objs, fields, batch_size=None):
        objs = list(objs)
        self.model._default_manager.filter(pk__in=[o.pk for o in objs]).refuser_si_fige()
        return super().bulk_update(objs, fields, batch_size)

    def remplacer_par_lot(self, objs, champs, lot=1000):
        """Write `champs` of existing rows by one upsert per batch: ten times a `bulk_update`. Raises ActeFige."""
        objs = list(objs)
        with transaction.atomic():
            for debut in range(0, len(objs), lot):
                rangs = objs[debut : debut + lot]
                self.model._default_manager.filter(pk__in=[o.pk for o in rangs]).refuser_si_fige()
                super().bulk_create(rangs, update_conflicts=True, unique_fields=["pk"], update_fields=champs)

    def bulk_create(self, objs, **kwargs):
        if kwargs.get("update_conflicts"):
            raise ActeFige("Cette table ne se met pas à jour par lot : passez par l’acte prévu.")
        objs = list(objs)
        with transaction.atomic():
            self.model.refuser_ajouts(objs)
            return super().bulk_create(objs, **kwargs)

    delete.alters_data = True
    delete.queryset_only = True
    update.alters_data = True
    remplacer_par_lot.alters_data = True


class Figeable(models.Model):
    """Base of the models whose rows freeze, by themselves or with the row that they hang on.

    The deciding row is locked before the check, so that no vote slips in between the check and the write.
    """

    objects = FigeableQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            self._refuser_si_fige()
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            self._refuser_si_fige()
            return super().delete(*args, **kwargs)

    @classmethod
    def filtre_fige(cls) -> models.Q:
        """Rows of this table that are frozen."""
        raise NotImplementedError

    @classmethod
    def refuser_ajouts(cls, objs) -> None:
        """Raise ActeFige when one of `objs`, about to be created, hangs on a frozen row."""

    @property
    def est_fige(self) -> bool:
        """True when this row, as just read, is frozen. Asked of the deciding row only."""
        raise NotImplementedError

    def raison_du_gel(self) -> str:
        return f"« {self} » est figé : une correction passe par un nouvel acte."

    def decideur(self):
        """The row that decides of the freezing, locked; None for a new row that hangs on nothing."""
        if self._state.adding:
            return None
        return type(self)._base_manager.select_for_update().order_by("pk").filter(pk=self.pk).first()

    def _refuser_si_fige(self):
        decideur = self.decideur()
        if decideur is not None and decideur.est_fige:
            raise ActeFige(decideur.raison_du_gel())


class AjoutSeul(Figeable):
    """Append-only rows: the ledger, the journal, the frozen documents."""

    class Meta:
        abstract = True

    @classmethod
    def filtre_fige(cls) -> models.Q:
        return models.Q(pk__isnull=False)

    @property
    def est_fige(self) -> bool:
        return True
