"""Saving what was typed in the register, one transaction each: a structure and its aliases, what it holds, dated."""

from django.db import transaction

from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal
from programmes.models import AliasStructure, Structure


@transaction.atomic
def creer_structure(form, *, par, jeton: str):
    """(structure, is it new): the same form sent twice creates once."""
    existante = deja_cree(Structure, par, jeton) if jeton else None
    if existante:
        return Structure.objects.get(pk=existante), False
    structure = form.save()
    _nommer(structure, form.cleaned_data["alias"])
    Journal.noter(structure, "creer", "Créer la structure", par=par, donnees={"jeton": jeton})
    return structure, True


@transaction.atomic
def modifier_structure(form):
    """Raises VersionPerimee."""
    form.verrouiller()
    structure = form.save()
    _nommer(structure, form.cleaned_data["alias"])
    return structure


def _nommer(structure, voulus: dict[str, str]):
    """`voulus`: {key: text} of the aliases that it keeps."""
    structure.alias.exclude(cle__in=voulus).delete()
    connus = set(structure.alias.values_list("cle", flat=True))
    for cle, texte in voulus.items():
        if cle not in connus:
            AliasStructure.objects.create(structure=structure, texte=texte)


@transaction.atomic
def creer_element(form, *, par, jeton: str):
    """(element, is it new) of a structure: representative, contact, agrément, bank account."""
    modele = type(form.instance)
    existant = deja_cree(modele, par, jeton) if jeton else None
    if existant:
        return modele.objects.get(pk=existant), False
    structure = Structure.objects.select_for_update().get(pk=form.instance.structure_id)
    if structure.fusionnee_dans_id:
        raise ActeRefuse(f"{structure} vient d’être fusionnée dans {structure.fusionnee_dans} : saisissez-le là.")
    element = form.save()
    titre = f"Ajouter : {modele._meta.verbose_name} {element}"[:120]
    Journal.noter(element, "creer", titre, par=par, donnees={"jeton": jeton, "structure": structure.pk})
    return element, True


@transaction.atomic
def modifier_element(form):
    """Raises VersionPerimee."""
    form.verrouiller()
    return form.save()


@transaction.atomic
def clore(element, *, par, fin):
    """Last day in force of a dated element. Raises ActeRefuse when it ends before it begins."""
    element = type(element).objects.select_for_update().get(pk=element.pk)
    if element.debut and fin < element.debut:
        raise ActeRefuse(f"Cette date précède le début ({element.debut:%d/%m/%Y}) : corrigez-la.")
    element.fin = fin
    element.save()
    titre = f"Mettre fin : {element._meta.verbose_name} {element}"[:120]
    Journal.noter(element, "clore", titre, par=par, vers=f"{fin:%d/%m/%Y}", donnees={"structure": element.structure_id})
    return element


@transaction.atomic
def retirer_contact(contact, *, par):
    """A contact is not dated: it is forgotten, as the law on personal data wants; the act keeps no coordinates."""
    structure = contact.structure
    contact.delete()
    Journal.noter(structure, "retirer_contact", "Retirer un contact", par=par)
