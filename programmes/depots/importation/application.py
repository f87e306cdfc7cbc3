"""Dry run and application of an extract of the portal: the same reading for both, all or nothing for the second."""

import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.depots.importation.colonnes import Correspondance, correspondre
from programmes.depots.importation.ecriture import ecrire
from programmes.depots.importation.lecture import Releve, lire_extrait, lire_titres
from programmes.depots.importation.plan import Choix, Plan
from programmes.depots.importation.rapprochement import Rapprochement
from programmes.models import ImportDepots


def preparer(appel, contenu: bytes, nom: str, *, par) -> ImportDepots:
    """The file and what each of its columns seems to be, not saved. Raises FichierRefuse when it cannot be read."""
    table = lire_titres(contenu, nom, Releve())
    correspondance = correspondre(table.titres, ImportDepots.objects.entetes_connus())
    return ImportDepots(
        appel=appel, nom_fichier=nom[:150], contenu=contenu, sha256=hashlib.sha256(contenu).hexdigest(),
        correspondance=list(correspondance.champs.items()), bilan={"lignes": len(table.lignes)}, par=par,
    )  # fmt: skip


def deposer_fichier(appel, contenu: bytes, nom: str, *, par) -> ImportDepots:
    """Keep the file until it is applied. Raises FichierRefuse."""
    extrait = preparer(appel, contenu, nom, par=par)
    extrait.save()
    return extrait


def simuler(extrait: ImportDepots, *, par, choix: Choix | None = None, verrou=False) -> Plan:
    """What the file would change; writes nothing. Raises ActeRefuse when its columns are not all known."""
    correspondance = Correspondance(dict(extrait.correspondance))
    _exiger_colonnes(correspondance)
    constats = Releve()
    table = lire_titres(bytes(extrait.contenu), extrait.nom_fichier, constats)
    depots = lire_extrait(table, correspondance, constats)
    choix = Choix.lire(extrait.choix) if choix is None else choix
    plan = Rapprochement(extrait.appel, par=par, constats=constats, choix=choix, verrou=verrou).planifier(depots)
    plan.constats, plan.lignes = constats.tous(), len(table.lignes)
    return plan


def appliquer(extrait: ImportDepots, *, par) -> Plan:
    """Write every accepted row, or nothing. Raises ActeRefuse: already applied, a report without its reason, or the
    same dossiers written by somebody else meanwhile."""
    try:
        with transaction.atomic():
            return _appliquer(extrait, par)
    except IntegrityError as erreur:
        raise ActeRefuse(
            "Un autre import vient d’enregistrer certains de ces dossiers : rien n’a été écrit. Vérifiez de nouveau."
        ) from erreur


def _appliquer(extrait, par) -> Plan:
    verrouille = ImportDepots.objects.select_for_update().get(pk=extrait.pk)
    if verrouille.applique_le:
        raise ActeRefuse(f"Cet extrait a déjà été importé le {timezone.localtime(verrouille.applique_le):%d/%m/%Y}.")
    choix = Choix.lire(verrouille.choix)
    plan = simuler(verrouille, par=par, choix=choix, verrou=True)
    if any(d.est_reporte for d in plan.nouveaux) and not choix.motif.strip():
        raise ActeRefuse("Reporter des dépôts tardifs se motive : dites pourquoi.")
    ecrire(plan, par=par, motif=choix.motif)
    verrouille.bilan, verrouille.applique_le, verrouille.contenu = plan.bilan(), timezone.now(), b""
    verrouille.save()
    Journal.noter(verrouille, "importer", "Importer les dépôts du portail", par=par, donnees=plan.bilan())
    extrait.refresh_from_db()
    return plan


def _exiger_colonnes(correspondance: Correspondance) -> None:
    phrases = []
    if correspondance.manquantes:
        phrases.append(f"Colonnes à désigner : {', '.join(c.titre for c in correspondance.manquantes)}.")
    if correspondance.doubles:
        phrases.append(f"Désignées deux fois : {', '.join(c.titre for c in correspondance.doubles)}.")
    if phrases:
        raise ActeRefuse(" ".join(phrases))
