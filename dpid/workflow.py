"""State machines: one verb per business act, one journal row per act, written at the verb's single door.

A verb declared with `@acte` locks the row, re-reads it, checks that the arrow exists from the state found, runs its
few lines, validates, saves, and writes exactly one `Journal` row in the same transaction. Nobody assigns the state.
"""

from functools import wraps

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django_fsm import FSMModelMixin, TransitionNotAllowed
from django_fsm import transition as transition_fsm

from dpid.erreurs import ActeRefuse


class AvecEtat(FSMModelMixin, models.Model):
    """Base of the models that carry a protected state (`etat`)."""

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

    def relire(self, autre):
        """Take the values of `autre`, the locked copy, so that the caller's instance is not stale."""
        self.__dict__.update({k: v for k, v in autre.__dict__.items() if k != "_state"})


def acte(champ, titre: str, *, source, cible):
    """Declare a verb: `@acte(etat, "Proposer", source=[…], cible=…)` over `def proposer(self, *, par, motif="")`.

    Raises ActeRefuse (French sentence) when the state does not allow it or the object does not validate.
    """

    def decorer(fonction):
        changer = transition_fsm(champ, source=source, target=cible)(fonction)

        @wraps(changer)
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
                nom = fonction.__name__.lstrip("_")
                Journal.noter(objet, nom, titre, par=par, de=avant, vers=objet.etat, motif=motif)
            self.relire(objet)
            return self

        verbe.titre = titre
        return verbe

    return decorer


def refus_etat(objet, titre: str) -> str:
    """« Proposer » est impossible : le dossier 12 est « voté »."""
    return f"« {titre} » est impossible : {objet} est à l’état « {objet.get_etat_display()} »."
