"""Editing the blocks of a draft: their order, what their texts may refer to."""

from django.db import transaction
from django.db.models import Max

from conventions import champs
from conventions.models import BlocDeModele
from deliberations.palette import Renvoi

NUMEROTES = (BlocDeModele.Nature.ARTICLE, BlocDeModele.Nature.ANNEXE)


@transaction.atomic
def enregistrer(bloc: BlocDeModele) -> BlocDeModele:
    """Save a block; a new one takes its place after those of its nature. Raises ActeFige."""
    if bloc._state.adding:
        siens = bloc.version.blocs.filter(nature=bloc.nature).aggregate(m=Max("ordre"))["m"]
        dernier = bloc.version.blocs.aggregate(m=Max("ordre"))["m"] or 0
        bloc.ordre = (siens or dernier) + 1
        for autre in bloc.version.blocs.filter(ordre__gte=bloc.ordre).order_by("-ordre"):
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
def deplacer(bloc: BlocDeModele, sens: str) -> None:
    """One place up (`monter`) or down (`descendre`); at an end nothing changes. Raises ActeFige."""
    rang = list(bloc.version.blocs.all())
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
    return offerts + [
        Renvoi(f"{b.nature}:{b.cle}", f"{b.get_nature_display()} : {b.titre}", f"{b.get_nature_display().lower()} n")
        for b in blocs
    ]
