"""Editing the blocks of a draft: their order, what their texts may refer to."""

from django.db import transaction
from django.db.models import Max

from conventions import champs
from conventions.models import BlocDeModele, TraitementDeDonnees
from conventions.repetitions import REPETITIONS
from deliberations.palette import Renvoi
from dpid.erreurs import VersionPerimee
from programmes.models import Dispositif

NUMEROTES = (BlocDeModele.Nature.ARTICLE, BlocDeModele.Nature.ANNEXE)


@transaction.atomic
def enregistrer(form) -> BlocDeModele:
    """The block of a form. Raises VersionPerimee, ActeFige."""
    bloc = form.instance
    if bloc._state.adding:
        return ajouter(bloc)
    form.verrouiller()
    bloc.save()
    return bloc


@transaction.atomic
def ajouter(bloc: BlocDeModele) -> BlocDeModele:
    """A new block takes its place after those of its nature. Raises ActeFige."""
    freres = bloc.version_modele.blocs
    siens = freres.filter(nature=bloc.nature).aggregate(m=Max("ordre"))["m"]
    bloc.ordre = (siens or freres.aggregate(m=Max("ordre"))["m"] or 0) + 1
    for autre in freres.filter(ordre__gte=bloc.ordre).order_by("-ordre"):
        autre.ordre += 1
        autre.save(update_fields=["ordre"])
    bloc.save()
    return bloc


@transaction.atomic
def enregistrer_version(form):
    """What a draft says besides its blocks. Raises VersionPerimee, ActeFige."""
    form.verrouiller()
    return form.save()


@transaction.atomic
def enregistrer_traitement(form):
    """What a dispositif says of personal data, once. Raises VersionPerimee when somebody else said it meanwhile."""
    traitement = form.instance
    if traitement._state.adding:
        Dispositif.objects.select_for_update().get(pk=traitement.dispositif_id)
        if TraitementDeDonnees.objects.filter(dispositif=traitement.dispositif_id).exists():
            raise VersionPerimee("Une autre personne a rempli cette page pendant votre saisie.")
    else:
        form.verrouiller()
    return form.save()


@transaction.atomic
def deplacer(bloc: BlocDeModele, sens: str) -> None:
    """One place up (`monter`) or down (`descendre`); at an end nothing changes. Raises ActeFige."""
    rang = list(bloc.version_modele.blocs.all())
    i = next(n for n, b in enumerate(rang) if b.pk == bloc.pk)
    j = i - 1 if sens == "monter" else i + 1
    if not 0 <= j < len(rang):
        return
    rang[i], rang[j] = rang[j], rang[i]
    for ordre, b in enumerate(rang, 1):
        if b.ordre != ordre:
            b.ordre = ordre
            b.save(update_fields=["ordre"])


def renvois(version) -> list[Renvoi]:
    """Fields with their example, then the articles and annexes of the version, by their key."""
    offerts = [Renvoi(c.cle, f"{c.groupe} : {c.libelle}", c.exemple) for c in champs.du_modele(version.modele)]
    blocs = [b for b in version.blocs.all() if b.nature in NUMEROTES]
    offerts += [
        Renvoi(f"{b.nature}:{b.cle}", f"{b.get_nature_display()} : {b.titre}", f"{b.get_nature_display().lower()} n")
        for b in blocs
    ]
    if not version.modele.est_un_acte:
        return offerts
    return offerts + [
        Renvoi(c.cle, f"Rangée répétée, {r.libelle} : {c.libelle}", c.exemple)
        for r in REPETITIONS.values()
        for c in r.champs
    ]
