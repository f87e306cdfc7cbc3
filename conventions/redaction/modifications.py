"""What an avenant changes, one operation at a time: its sentence, whether its target exists, its writing."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from conventions import champs, en_vigueur
from conventions.composition import composer, dire
from conventions.delta import Changement, changement, intitule, phrase
from conventions.models import Acte, Modification
from conventions.models.modele import Operation
from deliberations.palette import Renvoi, blocs_resolus
from deliberations.redaction.renvois import remplacer
from dpid.documents import blocs
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal


@dataclass(frozen=True)
class Lue:
    """A modification as the avenant prints it, in blocks. `alerte`: why it would not apply to the text in force."""

    modification: Modification
    blocs: list
    alerte: str = ""

    @property
    def titre(self) -> str:
        return self.modification.titre or intitule(self.modification)


def nouvelle(acte) -> Modification:
    """The next one of an avenant, unsaved."""
    dernier = acte.modifications.aggregate(m=Max("ordre"))["m"] or 0
    return Modification(acte=acte, ordre=dernier + 1)


def apercus(lu, valeurs: dict) -> list[Lue]:
    """The modifications of an act read by `lecture`, in order; `valeurs`: those of its composed text."""
    if not lu.modifications:
        return []
    alertes = _alertes(lu, [changement(m, valeurs) for m in lu.modifications])
    return [
        Lue(m, blocs(remplacer(phrase(m), valeurs)), alerte)
        for m, alerte in zip(lu.modifications, alertes, strict=True)
    ]  # fmt: skip


def apercu(lu, saisie: dict) -> Lue | None:
    """What is being typed (`cleaned_data`, even of an incomplete form); None while nothing says on what it bears."""
    if not all(saisie.get(nom) for nom in ("operation", "cible", "numero")):
        return None
    noms = ("operation", "cible", "numero", "alinea", "numero_donne", "titre", "texte", "fiche")
    m = Modification(acte=lu.acte, **{nom: saisie[nom] for nom in noms if saisie.get(nom)})
    if m.operation == Operation.SUPPRIMER:
        m.texte = ""
    valeurs = composer(lu).valeurs
    (alerte,) = _alertes(lu, [changement(m, valeurs)])
    return Lue(m, blocs_resolus(phrase(m), valeurs), alerte)


def _alertes(lu, changements: list[Changement]) -> list[str]:
    """For each, why it does not apply to the text in force."""
    return en_vigueur.refus(en_vigueur.avant(lu, dire), changements)


def renvois(lu) -> list[Renvoi]:
    """Fields that have a value in this act, then its articles and annexes: what the new text may cite."""
    valeurs = composer(lu).valeurs
    offerts = [Renvoi(c.cle, f"{c.groupe} : {c.libelle}", valeurs[c.cle]) for c in champs.CHAMPS if valeurs[c.cle]]
    return offerts + [Renvoi(nom, "Clause de l’avenant", rang) for nom, rang in valeurs.items() if ":" in nom]


@transaction.atomic
def enregistrer(form, *, par, jeton="") -> Modification:
    """The same form sent twice (`jeton`) adds one. Raises VersionPerimee, ActeFige; ActeRefuse when somebody deleted
    it meanwhile."""
    ajoutee = form.instance._state.adding
    if ajoutee and jeton and (cle := deja_cree(Modification, par, jeton)):
        if faite := Modification.objects.filter(pk=cle).first():
            return faite
        raise ActeRefuse("Cette modification a déjà été enregistrée, puis supprimée.")
    acte = Acte.verrouiller(form.instance.acte_id)
    acte._refuser_si_fige()
    if not ajoutee:
        if not acte.modifications.filter(pk=form.instance.pk).exists():
            raise ActeRefuse("Cette modification vient d’être supprimée par quelqu’un d’autre.")
        form.verrouiller()
    modification = form.save()
    verbe, titre = ("creer", "Ajouter une modification") if ajoutee else ("modifier", "Changer une modification")
    Journal.noter(modification, verbe, titre, par=par, donnees=_dite(modification) | {"jeton": jeton})
    return modification


@transaction.atomic
def supprimer(modification, *, par) -> None:
    """Raises ActeFige."""
    Acte.verrouiller(modification.acte_id)
    Journal.noter(modification, "supprimer", "Supprimer une modification", par=par, donnees=_dite(modification))
    modification.delete()


def _dite(modification) -> dict:
    return {"modification": str(modification), "texte": modification.texte}
