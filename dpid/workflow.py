"""State machines: one verb per business act, one journal row per act, written at the verb's single door.

A verb declared with `@acte` locks the row, re-reads it, checks that the arrow exists from the state found, runs its
few lines, validates, saves, and writes exactly one `Journal` row in the same transaction. Nobody assigns the state.
"""

from collections import defaultdict
from functools import wraps

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django_fsm import FSMModelMixin, TransitionNotAllowed
from django_fsm import transition as transition_fsm

from dpid.erreurs import ActeRefuse, LotRefuse


class AvecEtat(FSMModelMixin, models.Model):
    """Base of the models that carry a protected state (`etat`)."""

    # What `__str__` reads, joined when rows are locked by lot.
    NOMME_AVEC: tuple[str, ...] = ()

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        # full_clean() assigns every field it cleans: the protected state would refuse it.
        exclude = set(exclude or ()) | self._get_protected_fsm_fields()
        super().clean_fields(exclude=exclude)

    @classmethod
    def verrouiller(cls, pk):
        """The row as it stands now, locked until the end of the transaction."""
        return cls._base_manager.select_for_update().get(pk=pk)

    @classmethod
    def verrouiller_lot(cls, pks) -> list:
        """The rows as they stand now, each once, locked in the order of their ids. Raises DoesNotExist."""
        pks = set(pks)
        rangs = cls._base_manager.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
        rangs = list(rangs.select_related(*cls.NOMME_AVEC) if cls.NOMME_AVEC else rangs)
        if len(rangs) != len(pks):
            raise cls.DoesNotExist
        return rangs

    def relire(self, autre):
        """Take the values of `autre`, the locked copy, so that the caller's instance is not stale."""
        self.__dict__.update({k: v for k, v in autre.__dict__.items() if k != "_state"})


def acte(champ, titre: str, *, source, cible, empechements=None):
    """Declare a verb: `@acte(etat, "Proposer", source=[…], cible=…)` over `def proposer(self, *, par, motif="")`.

    Raises ActeRefuse (French sentence) when the state does not allow it or the object does not validate.

    `empechements(objets)` → {id: French sentence} makes the verb a verb on a list: `Dossier.proposer.en_lot(dossiers,
    par=…)`, of which `dossier.proposer(par=…)` is the list of one. Such a verb writes on its own row alone, and its
    queries do not depend on the number of rows.
    """

    def decorer(fonction):
        changer = transition_fsm(champ, source=source, target=cible)(fonction)
        nom = fonction.__name__.lstrip("_")
        if empechements is None:
            verbe = wraps(changer)(_verbe(changer, nom, titre))
        else:
            en_lot = _verbe_de_lot(changer, nom, titre, source, empechements)
            verbe = wraps(changer)(_un_seul(en_lot))
            verbe.en_lot = en_lot
        verbe.titre = titre
        return verbe

    return decorer


def _verbe(changer, nom, titre):
    def verbe(self, *, par, motif="", **options):
        from dpid.models import Journal

        with transaction.atomic():
            objet = type(self).verrouiller(self.pk)
            avant = objet.etat
            try:
                changer(objet, par=par, motif=motif, **options)
                if objet.etat != avant and hasattr(objet, "etat_le"):
                    objet.etat_le = timezone.now()
                objet.full_clean(validate_unique=False)
            except TransitionNotAllowed as erreur:
                raise ActeRefuse(refus_etat(objet, titre)) from erreur
            except ValidationError as erreur:
                raise ActeRefuse(" ".join(erreur.messages)) from erreur
            objet.skip_history_when_saving = True
            objet.save()
            del objet.skip_history_when_saving
            Journal.noter(objet, nom, titre, par=par, de=avant, vers=objet.etat, motif=motif)
        self.relire(objet)
        return self

    return verbe


def _un_seul(en_lot):
    def verbe(self, *, par, motif=""):
        en_lot([self], par=par, motif=motif)
        return self

    return verbe


def _verbe_de_lot(changer, nom, titre, source, empechements):
    def en_lot(objets, *, par, motif=""):
        """The verb on every one of `objets`, or on none. Raises LotRefuse, which names each refusal."""
        objets = list(objets)
        if not objets:
            return
        with transaction.atomic():
            lus = type(objets[0]).verrouiller_lot(o.pk for o in objets)
            avants = {o.pk: dict(o.__dict__) for o in lus}
            refus = {o.pk: refus_etat(o, titre) for o in lus if o.etat not in source}
            refus |= empechements([o for o in lus if o.pk not in refus])
            le = timezone.now()
            for objet in lus:
                if objet.pk not in refus:
                    changer(objet, par=par, motif=motif)
                    objet.etat_le = le
                    refus |= _invalide(objet)
            if refus:
                raise LotRefuse(refus)
            _ecrire_lot(lus, avants)
            _noter_lot(lus, avants, nom, titre, par=par, motif=motif)
        relus = {o.pk: o for o in lus}
        for objet in objets:
            objet.relire(relus[objet.pk])

    return en_lot


def _invalide(objet) -> dict[int, str]:
    """{id: what is not valid}, without a query: foreign keys and constraints are the database's to hold."""
    try:
        objet.clean_fields(exclude={c.name for c in objet._meta.concrete_fields if c.is_relation})
        objet.clean()
    except ValidationError as erreur:
        return {objet.pk: " ".join(erreur.messages)}
    return {}


def _ecrire_lot(objets, avants) -> None:
    """One UPDATE per set of values changed: most often one for all. Guards of frozen rows are the QuerySet's."""
    groupes = defaultdict(list)
    for objet in objets:
        champs = [c.attname for c in objet._meta.concrete_fields]
        change = tuple((c, objet.__dict__[c]) for c in champs if objet.__dict__[c] != avants[objet.pk][c])
        groupes[change].append(objet.pk)
        objet.version += 1
    for change, pks in groupes.items():
        rangs = type(objets[0])._default_manager.filter(pk__in=pks)
        rangs.update(version=models.F("version") + 1, **dict(change))


def _noter_lot(objets, avants, nom, titre, *, par, motif) -> None:
    from dpid.models import Journal

    Journal.objects.bulk_create(
        [
            Journal.ligne(o, nom, titre, par=par, de=avants[o.pk]["etat"], vers=o.etat, motif=motif) for o in objets
        ],
        batch_size=1000,
    )  # fmt: skip


def refus_etat(objet, titre: str) -> str:
    """« Proposer » est impossible : le dossier 12 est « voté »."""
    return f"« {titre} » est impossible : {objet} est à l’état « {objet.get_etat_display()} »."
