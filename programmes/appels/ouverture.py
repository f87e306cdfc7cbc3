"""Opening the call of year N+1: everything of the call N is copied in one act, then reviewed (`relecture.py`)."""

from calendar import monthrange
from datetime import date

from django.db import models, transaction

from budget.models import AutorisationEngagement, LigneBudgetaire
from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal
from programmes.models import AppelAProjets, Dispositif, Fiche, SessionDepot, Thematique
from programmes.models.fiche import EnfantDeFiche

ENFANTS = tuple(r for r in Fiche._meta.related_objects if issubclass(r.related_model, EnfantDeFiche))


def decaler(jour: date | None) -> date | None:
    """One year later. A date that ends February still ends it: 29/02/2024 → 28/02/2025, 28/02/2023 → 29/02/2024."""
    if jour is None:
        return None
    suivant = ajouter_mois(jour, 12)
    if jour.month == 2 and jour.day == monthrange(jour.year, 2)[1]:
        return suivant.replace(day=monthrange(suivant.year, 2)[1]) if suivant.month == 2 else suivant
    return suivant


def copier(objet, **changements):
    """An unsaved copy of a row with every column but its key: a column added later is copied too."""
    valeurs = {c.attname: getattr(objet, c.attname) for c in objet._meta.concrete_fields if not c.primary_key}
    copie = type(objet)(**valeurs)
    for nom, valeur in changements.items():
        setattr(copie, nom, valeur)
    return copie


def copier_liens(source, copie) -> None:
    """The many-to-many of `source`, every one of them."""
    for champ in source._meta.many_to_many:
        getattr(copie, champ.name).set(getattr(source, champ.name).all())


class Nomenclature:
    """The budget line of year N+1 that continues a line of year N; read once for a whole call."""

    def __init__(self, exercice: int):
        self.exercice = exercice
        self.ouvertes = set(
            AutorisationEngagement.objects.de_l_exercice(exercice).filter(vote__gt=0).values_list("ligne", flat=True)
        )
        self.suivantes: dict[int, list[LigneBudgetaire]] = {}
        for ligne in LigneBudgetaire.objects.filter(predecesseur__isnull=False):
            self.suivantes.setdefault(ligne.predecesseur_id, []).append(ligne)

    def continuer(self, ligne: LigneBudgetaire | None) -> LigneBudgetaire | None:
        """`ligne` when it has an AE in N+1; else the nearest line that replaces it and has one; else its only
        successor; else itself, and the checklist says that it has no AE."""
        if ligne is None or ligne.pk in self.ouvertes:
            return ligne
        vues, rang = {ligne.pk}, [ligne]
        while rang:
            rang = [s for x in rang for s in self.suivantes.get(x.pk, []) if s.pk not in vues]
            vues |= {s.pk for s in rang}
            ouvertes = [s for s in rang if s.pk in self.ouvertes]
            if ouvertes:
                return ouvertes[0] if len(ouvertes) == 1 else ligne
        seules = self.suivantes.get(ligne.pk, [])
        return seules[0] if len(seules) == 1 else ligne


def bilan(appel: AppelAProjets) -> dict:
    """What opening the next year would copy: counts, and the budget lines that would change."""
    dispositifs = list(Dispositif.objects.filter(thematique__appel=appel).select_related("ligne_par_defaut"))
    nomenclature = Nomenclature(appel.annee + 1)
    lignes = {d.ligne_par_defaut for d in dispositifs if d.ligne_par_defaut}
    changees = [(a, b) for a in lignes if (b := nomenclature.continuer(a)) != a]
    return {
        "annee": appel.annee + 1,
        "thematiques": appel.thematiques.count(),
        "dispositifs": len(dispositifs),
        "fiches": Fiche.objects.filter(dispositif__in=dispositifs).count(),
        "sessions": SessionDepot.objects.filter(fiche__dispositif__in=dispositifs).count(),
        "lignes": sorted(changees, key=lambda paire: paire[0].code),
    }


def appel_suivant(appel: AppelAProjets) -> AppelAProjets | None:
    return AppelAProjets.objects.filter(annee=appel.annee + 1).first()


@transaction.atomic
def ouvrir_suivant(appel: AppelAProjets, *, par, jeton: str = "") -> tuple[AppelAProjets, bool]:
    """Copy the whole call to year N+1: thématiques, dispositifs (linked by `precedent`), fiches and all their rows.

    Dates move by one year, the budget line follows the nomenclature, conditions and reviews start again. Returns the
    call and whether it was just opened: twice by the same form is once. Raises ActeRefuse when N+1 already exists.
    """
    if jeton and (existant := deja_cree(AppelAProjets, par, jeton)):
        return AppelAProjets.objects.get(pk=existant), False
    appel = AppelAProjets.objects.select_for_update().get(pk=appel.pk)
    annee = appel.annee + 1
    if AppelAProjets.objects.filter(annee=annee).exists():
        raise ActeRefuse(f"L’appel à projets {annee} existe déjà : complétez-le, il ne s’ouvre pas une seconde fois.")
    suivant = copier(
        appel, annee=annee, titre=appel.titre.replace(str(appel.annee), str(annee)), debut=decaler(appel.debut),
        fin=decaler(appel.fin), copie_de=appel,
    )  # fmt: skip
    suivant.full_clean()
    suivant.save()
    nomenclature, nombre = Nomenclature(annee), 0
    for thematique in appel.thematiques.all():
        nouvelle = copier(thematique, appel=suivant)
        nouvelle.save()
        nombre += _copier_dispositifs(thematique, nouvelle, nomenclature)
    donnees = {"jeton": jeton, "copie_de": appel.pk, "dispositifs": nombre}
    titre = f"Ouvrir l’appel {annee} à partir de {appel.annee}"
    Journal.noter(suivant, "creer", titre, par=par, de=str(appel.annee), vers=str(annee), donnees=donnees)
    return suivant, True


def _copier_dispositifs(thematique: Thematique, nouvelle: Thematique, nomenclature: Nomenclature) -> int:
    dispositifs = list(thematique.dispositifs.select_related("ligne_par_defaut", "fiche"))
    for dispositif in dispositifs:
        copie = copier(
            dispositif, thematique=nouvelle, precedent=dispositif, condition_levee_le=None,
            ligne_par_defaut=nomenclature.continuer(dispositif.ligne_par_defaut),
        )  # fmt: skip
        copie.save()
        copier_liens(dispositif, copie)
        if hasattr(dispositif, "fiche"):
            _copier_fiche(dispositif.fiche, copie)
    return len(dispositifs)


def _copier_fiche(fiche: Fiche, dispositif: Dispositif) -> Fiche:
    copie = copier(fiche, dispositif=dispositif, version=1, relue_le=None)
    copie.save()
    copier_liens(fiche, copie)
    for relation in ENFANTS:
        for enfant in getattr(fiche, relation.get_accessor_name()).all():
            dates = {
                c.attname: decaler(getattr(enfant, c.attname))
                for c in enfant._meta.concrete_fields
                if isinstance(c, models.DateField)
            }
            copier(enfant, fiche=copie, **dates).save()
    return copie
