"""Make one act from its plan: number, parties, fiches, instalments, modifications, in one transaction, once."""

import logging
from datetime import date

from django.db import IntegrityError, transaction

from conventions import versements
from conventions.generation.plan import ActePrevu
from conventions.lecture import ActeLu, FicheLue
from conventions.models import (
    Acte,
    Convention,
    FicheAction,
    LigneDActe,
    Modification,
    Numerotation,
    Partie,
    Versement,
)
from conventions.objet import abreger
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.models import LigneDossier

# Pièces are kept until the 31st of December of the tenth year after (published conventions, article « contrôle »).
CONSERVATION = 10  # years
EN_CONCURRENCE = "Un autre acte a été préparé au même instant : demandez de nouveau la génération."
DEJA_AILLEURS = "Une de ses lignes vient d’entrer dans un autre acte : {}. Relisez la page avant de recommencer."

journal = logging.getLogger(__name__)


def preparer(prevu: ActePrevu, rapport, *, par) -> tuple[Acte, bool]:
    """`(act, made now)`. The same lines twice give the same act, whoever asks and from whatever process.

    Raises ActeRefuse when the plan is held back, or when another act took one of its lines meanwhile.
    """
    if prevu.empechement:
        raise ActeRefuse(prevu.empechement)
    existant = _deja_fait(prevu)
    if existant:
        return existant, False
    try:
        with transaction.atomic():
            return _creer(prevu, rapport, par=par), True
    except IntegrityError:
        # Made at the same instant by another process, or a rank just taken in the same convention.
        existant = _deja_fait(prevu)
        if existant is None:
            journal.exception("L’acte « %s » n’a pas pu être enregistré.", prevu.libelle)
            raise ActeRefuse(EN_CONCURRENCE) from None
        return existant, False


def _deja_fait(prevu) -> Acte | None:
    """The act that holds all its lines; None when none holds any. Raises ActeRefuse when they are elsewhere."""
    rangs = LigneDActe.objects.filter(ligne__in=prevu.lignes).select_related("fiche__acte__convention")
    actes = list({rang.fiche.acte_id: rang.fiche.acte for rang in rangs}.values())
    if len(actes) == 1 and len(rangs) == len(prevu.lignes):
        return actes[0]
    if actes:
        raise ActeRefuse(DEJA_AILLEURS.format(" ; ".join(str(acte) for acte in actes)))
    return None


def _creer(prevu, rapport, *, par) -> Acte:
    convention = _convention(prevu, rapport)
    est_avenant = prevu.nature == LigneDossier.NatureActe.AVENANT
    acte = Acte.objects.create(
        convention=convention,
        rang=_rang(convention, prevu) if est_avenant else 0,
        version_modele=prevu.version,
        rapport=rapport,
        cle=prevu.cle,
        exemplaires=prevu.version.exemplaires,
    )
    Partie.objects.bulk_create(
        [
            Partie(acte=acte, ordre=1, designation="le Département"),
            Partie(acte=acte, ordre=2, structure=prevu.structure, designation=prevu.version.designation),
        ]
    )
    # What the plan has read is not read again, act by act.
    lu = ActeLu(acte, [])
    lu.fiches = [_fiche(acte, rang, dispositif, prevu) for rang, dispositif in enumerate(prevu.dispositifs, 1)]
    Versement.objects.bulk_create([v for lue in lu.fiches for v in versements.prevoir(lu, lue)])
    if est_avenant:
        Modification.objects.bulk_create(_modifications(acte, lu))
    donnees = {"rapport": str(rapport)} | ({"remplace": prevu.remplace.pk} if prevu.remplace else {})
    Journal.noter(acte, "generer", "Générer l’acte", par=par, vers=acte.etat, donnees=donnees)
    return acte


def _fiche(acte, rang: int, dispositif, prevu) -> FicheLue:
    fiche = FicheAction.objects.create(acte=acte, ordre=rang, dispositif=dispositif)
    siennes = [ligne for ligne in prevu.lignes if ligne.dossier.dispositif_id == dispositif.pk]
    LigneDActe.objects.bulk_create(
        [LigneDActe(fiche=fiche, ligne=ligne, ordre=n) for n, ligne in enumerate(siennes, 1)]
    )
    return FicheLue(fiche, siennes)


def _convention(prevu, rapport) -> Convention:
    if prevu.convention is not None:
        # Two avenants of one convention are prepared one after the other.
        convention = Convention.objects.select_for_update().get(pk=prevu.convention.pk)
        if convention.etat not in Convention.VIVANTES:
            raise ActeRefuse(f"La {convention} est {convention.get_etat_display().lower()}.")
        return convention
    jour = rapport.seance.date
    titres = dict.fromkeys(d.titre for d in prevu.dispositifs)
    return Convention.objects.create(
        numero=_numero_repris(prevu) or Numerotation.suivant(jour.year),
        structure=prevu.structure,
        objet=abreger(" ; ".join(titres)),
        conservation_jusqu_au=date(jour.year + CONSERVATION, 12, 31),
    )


def _numero_repris(prevu) -> str | None:
    """That of the project voted that this act replaces: its abandoned convention gives it up. None: there is none."""
    if prevu.remplace is None:
        return None
    ancienne = Convention.verrouiller(prevu.remplace.convention_id)
    numero = ancienne.numero
    if ancienne.etat != Convention.Etat.ABANDONNEE or not numero:
        return None
    ancienne.numero = None
    ancienne.save()
    return numero


def _rang(convention, prevu) -> int:
    """The number typed on the line when it is free, else that of the act that it replaces, else the next one."""
    dit = next((ligne.numero_avenant for ligne in prevu.lignes if ligne.numero_avenant), None)
    return rang_suivant(convention, dit or (prevu.remplace and prevu.remplace.rang))


def rang_suivant(convention, dit=None) -> int:
    """`dit` when it is free, else the next number within the convention, which the caller has locked."""
    pris = set(convention.actes.exclude(etat=Acte.Etat.ABANDONNE).values_list("rang", flat=True))
    return dit if dit and dit not in pris else max(pris, default=0) + 1


def _modifications(acte, lu) -> list[Modification]:
    """Those that the articles of the model carry, for this act to keep, change or complete."""
    fiche = lu.fiches[0].fiche if lu.fiches else None
    return [
        Modification(
            acte=acte, bloc=bloc, ordre=rang, operation=bloc.operation, cible=bloc.cible, numero=bloc.numero,
            alinea=bloc.alinea, numero_donne=bloc.numero_donne, titre=bloc.titre, texte=bloc.texte,
            fiche=fiche if bloc.avec_fiche else None,
        )
        for rang, bloc in enumerate((b for b in lu.blocs if b.operation), 1)
    ]  # fmt: skip
