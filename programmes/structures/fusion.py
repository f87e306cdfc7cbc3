"""Merging two rows of the register that are one structure: an explicit, logged act that keeps every reference.

Nothing is deleted. What pointed to the absorbed row points to the kept one, voted dossiers included: the texts of
frozen documents are stored with them and do not change. The absorbed row stays, names the one that replaces it, and
its page leads there.
"""

from collections.abc import Iterator

from django.db import IntegrityError, models, transaction

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.models.base import AvecVersion
from dpid.textes import cle_texte
from programmes.models import AliasStructure, Structure

# Taken from the absorbed row when the kept one says nothing.
COMPLETES = ("sigle", "categorie_juridique", "rna", "adresse", "commune_id", "courriel", "telephone")
COMPARES = ("raison_sociale", "sigle", "type", "categorie_juridique", "siret", "rna", "adresse", "commune", "courriel",
            "telephone")  # fmt: skip


def references() -> Iterator[tuple[type[models.Model], models.Field]]:
    """(model, field) of everything that points to a structure, in every room, links of many-to-many included.

    Read from the models themselves, so that a relation added tomorrow is moved too. Past states (history) stay as
    they were.
    """
    for relation in Structure._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        if not hasattr(relation.related_model, "instance_type"):
            yield relation.related_model, relation.field


def compter(structure) -> list[tuple[str, int]]:
    """What would be moved: [(« dossiers », 12), …], without what is empty."""
    comptes = []
    for modele, champ in references():
        nombre = modele._base_manager.filter(**{champ.name: structure}).count()
        if nombre:
            comptes.append((str(modele._meta.verbose_name_plural), nombre))
    return comptes


def demande_un_motif(gardee, absorbee) -> str:
    """Why the merge must be justified, empty when it needs no word: two SIRET are two establishments."""
    if not gardee.siret or not absorbee.siret:
        return ""
    if gardee.siren == absorbee.siren:
        return (
            "Ces deux SIRET sont deux établissements d’un même organisme (même SIREN) : d’ordinaire, chacun garde sa "
            "fiche. Pour les fusionner quand même, dites pourquoi."
        )
    return (
        f"Les deux SIRET ({gardee.siret_imprime} et {absorbee.siret_imprime}) sont ceux de deux organismes : pour les "
        "fusionner quand même, dites pourquoi."
    )


@transaction.atomic
def fusionner(gardee, absorbee, *, par, motif="", versions=None):
    """Merge `absorbee` into `gardee`; returns the kept structure. One journal row on each, one transaction.

    `versions`: those that the person compared, (gardee, absorbee). Raises ActeRefuse.
    """
    paire = {s.pk: s for s in Structure.objects.filter(pk__in=[gardee.pk, absorbee.pk]).order_by("pk")
             .select_for_update()}  # fmt: skip
    if len(paire) < 2:
        raise ActeRefuse("Une structure ne se fusionne pas avec elle-même : choisissez-en une autre.")
    gardee, absorbee = paire[gardee.pk], paire[absorbee.pk]
    for structure in (gardee, absorbee):
        if structure.fusionnee_dans_id:
            raise ActeRefuse(f"{structure} est déjà fusionnée : rien n’a été changé.")
    if versions is not None and (gardee.version, absorbee.version) != tuple(versions):
        raise ActeRefuse("L’une des deux fiches a été modifiée pendant votre lecture : comparez-les de nouveau.")
    if not motif and (raison := demande_un_motif(gardee, absorbee)):
        raise ActeRefuse(raison)
    deplaces = {}
    try:
        with transaction.atomic():
            for modele, champ in references():
                nombre = _deplacer(modele, champ, absorbee, gardee, par)
                if nombre:
                    deplaces[modele._meta.label_lower] = nombre
    except IntegrityError as erreur:
        raise ActeRefuse(
            "Les deux fiches portent un même élément qui ne peut exister qu’une fois : retirez-le de l’une, puis "
            "recommencez."
        ) from erreur
    ancien_siret = absorbee.siret
    _completer(gardee, absorbee, par)
    donnees = {"deplaces": deplaces, "siret": ancien_siret}
    Journal.noter(
        absorbee, "fusionner", f"Fusionner dans {gardee}"[:120], par=par, motif=motif, vers=str(gardee.pk),
        donnees=donnees,
    )  # fmt: skip
    Journal.noter(
        gardee, "absorber", f"Absorber {absorbee}"[:120], par=par, motif=motif, de=str(absorbee.pk), donnees=donnees
    )
    return gardee


def _deplacer(modele, champ, de, vers, par) -> int:
    """Move the rows of one relation, around the guards of the voted ones: no value of theirs changes, only the row of
    the register that names the same body. Their versions move on, so that a form opened before is told."""
    rangs = modele._base_manager.filter(**{champ.name: de})
    historise = getattr(modele._meta, "simple_history_manager_attribute", None)
    cles = list(rangs.order_by("pk").select_for_update().values_list("pk", flat=True))
    if not cles:
        return 0
    changements = {champ.name: vers}
    if issubclass(modele, AvecVersion):
        changements["version"] = models.F("version") + 1
    modele._base_manager.filter(pk__in=cles).update(**changements)
    if historise:
        objets = list(modele._base_manager.filter(pk__in=cles))
        raison = f"Fusion de la structure {de.pk} dans {vers.pk}"
        getattr(modele, historise).bulk_history_create(
            objets, update=True, default_user=par, default_change_reason=raison
        )
    return len(cles)


def _completer(gardee, absorbee, par):
    """Names become aliases, what the kept row did not say is taken from the other, its SIRET is never lost."""
    for champ in COMPLETES:
        if not getattr(gardee, champ):
            setattr(gardee, champ, getattr(absorbee, champ))
    if gardee.type == Structure.Type.AUTRE:
        gardee.type = absorbee.type
    if not gardee.siret and absorbee.siret:
        gardee.siret, absorbee.siret = absorbee.siret, None
    absorbee.fusionnee_dans = gardee
    absorbee.est_a_completer = False
    for structure in (absorbee, gardee):
        structure._history_user = par
        structure.save()
    propres = {cle_texte(gardee.raison_sociale), ""}
    for texte in dict.fromkeys((absorbee.raison_sociale, absorbee.sigle)):
        cle = cle_texte(texte)
        if cle not in propres and not AliasStructure.objects.filter(cle=cle).exists():
            AliasStructure.objects.create(structure=gardee, texte=texte)


def comparaison(gardee, absorbee) -> list[dict]:
    """Side by side, field by field, with what the kept row will say."""
    lignes = []
    for nom in COMPARES:
        champ = Structure._meta.get_field(nom)
        lire = (lambda s, n=nom: s.siret_imprime) if nom == "siret" else (lambda s, n=nom: _lisible(s, n))
        une, autre = lire(gardee), lire(absorbee)
        if nom == "type":
            resultat = autre if gardee.type == Structure.Type.AUTRE else une
        else:
            resultat = une or autre
        lignes.append(
            {"libelle": champ.verbose_name, "gardee": une, "absorbee": autre, "resultat": resultat,
             "differe": bool(une and autre and cle_texte(une) != cle_texte(autre))}
        )  # fmt: skip
    return lignes


def _lisible(structure, nom) -> str:
    if nom == "type":
        return structure.get_type_display()
    return str(getattr(structure, nom) or "")


# --- Candidates: see `doublons.py`


@transaction.atomic
def distinguer(une, autre, *, par, motif=""):
    """Say that two structures that look alike are two: the pair is not proposed again. One journal row, once."""
    premiere, seconde = sorted((une, autre), key=lambda s: s.pk)
    if premiere == seconde:
        raise ActeRefuse("Une structure ne se distingue pas d’elle-même : choisissez-en une autre.")
    Structure.objects.select_for_update().get(pk=premiere.pk)  # two clicks follow one another
    if Journal.objects.de_l_objet(premiere).filter(verbe="distinguer", donnees__autre=seconde.pk).exists():
        return
    Journal.noter(
        premiere, "distinguer", f"Distinguer de {seconde}"[:120], par=par, motif=motif, donnees={"autre": seconde.pk}
    )
