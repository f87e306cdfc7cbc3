"""Demo data of the calls: referentials, fiches 4.1 to 4.4 of the 2024 call, those that the published acts need.
Loading twice changes nothing.

Figures, dates, targets and indicators are those published; the prose is ours.
"""

import json
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction

from budget.models import LigneBudgetaire
from dpid.models import Service, Territoire
from programmes.appels.relecture import declarer_relue
from programmes.models import (
    AppelAProjets,
    CadreStrategique,
    ContactDispositif,
    Dispositif,
    Fiche,
    PieceExigee,
    SourceFinancement,
    Thematique,
    TypeAgrement,
    TypePiece,
)

FIXTURES = settings.BASE_DIR / "fixtures"
# In the order of the years: a dispositif names the one it continues.
FICHES = ("fiches_2022.json", "fiches_2023.json", "fiches_2024.json", "fiches_2024_fsl.json")
# Rows of a fiche written as they are in the fixture: accessor → key.
LISTES = ("autres_couts", "sessions", "versements", "criteres", "cibles", "suivis", "indicateurs")


def lire(nom: str):
    return json.loads((FIXTURES / nom).read_text(encoding="utf-8"))


def convertir(modele, valeurs: dict) -> dict:
    """Texts of a fixture as the model wants them: dates and decimals."""
    resultat = {}
    for nom, valeur in valeurs.items():
        champ = modele._meta.get_field(nom)
        if isinstance(champ, models.DateField) and valeur:
            valeur = date.fromisoformat(valeur)
        elif isinstance(valeur, str) and not isinstance(champ, models.CharField | models.TextField):
            valeur = Decimal(valeur)
        resultat[nom] = valeur
    return resultat


@transaction.atomic
def charger_types() -> None:
    """Types of pièce and of agrément, cadres stratégiques and their parts."""
    donnees = lire("types.json")
    for cle, modele in (("pieces", TypePiece), ("agrements", TypeAgrement)):
        for ordre, rang in enumerate(donnees[cle], 1):
            modele.objects.get_or_create(code=rang["code"], defaults={**rang, "ordre": ordre})
    for ordre, cadre in enumerate(lire("cadres.json"), 1):
        dates = {"debut": cadre["debut"], "fin": cadre["fin"]}
        parent = _cadre(cadre, ordre * 100, dates)
        for rang, element in enumerate(cadre["elements"], 1):
            _cadre(element, ordre * 100 + rang, dates, parent=parent)


def _cadre(donnees, ordre, dates, parent=None) -> CadreStrategique:
    valeurs = convertir(CadreStrategique, {"libelle": donnees["libelle"], **dates})
    cadre, _ = CadreStrategique.objects.get_or_create(
        code=donnees["code"], defaults={**valeurs, "ordre": ordre, "parent": parent}
    )
    return cadre


@transaction.atomic
def charger_fiches(par, nom: str = "fiches_2024.json") -> None:
    """The call of the fixture, its dispositifs and their fiches, declared reviewed by `par`.

    What an officer wrote since is kept: only what does not exist is created.
    """
    donnees = lire(nom)
    appel, _ = AppelAProjets.objects.get_or_create(
        annee=donnees["annee"],
        defaults={"titre": f"Appel à projets des politiques d’inclusion durable {donnees['annee']}"},
    )
    if appel.debut is None and "debut" in donnees:
        appel.debut, appel.fin = date.fromisoformat(donnees["debut"]), date.fromisoformat(donnees["fin"])
        appel.save()
    t = donnees["thematique"]
    thematique, _ = Thematique.objects.get_or_create(appel=appel, numero=t["numero"], defaults=t)
    if not thematique.titre_axe and "titre_axe" in t:
        thematique.titre_axe = t["titre_axe"]
        thematique.save()
    for d in donnees["dispositifs"]:
        dispositif = _charger_dispositif(thematique, d)
        if not Fiche.objects.filter(dispositif=dispositif).exists():
            dispositif.sources_par_defaut.add(*SourceFinancement.objects.filter(code__in=d.get("sources", ())))
            fiche = _charger_fiche(dispositif, d, donnees)
            declarer_relue(fiche, par=par, le=date.fromisoformat(donnees["relue_le"]))


def _charger_dispositif(thematique, d) -> Dispositif:
    """Created, or completed when a rapport of the demo already named it."""
    precedent = Dispositif.objects.filter(
        reference=d.get("precedent"), thematique__appel__annee=thematique.appel.annee - 1
    ).first()
    voulu = {
        "libelle_court": d["libelle_court"],
        "service": Service.objects.get(code=d["service"]),
        "service_local": d["service_local"],
        "ligne_par_defaut": LigneBudgetaire.objects.filter(code=d.get("ligne")).first(),
        "condition_suspensive": d.get("condition_suspensive", ""),
        "precedent": precedent,
    }
    dispositif, cree = Dispositif.objects.get_or_create(
        thematique=thematique, reference=d["reference"], defaults={"titre": d["titre"], **voulu}
    )
    if cree or Fiche.objects.filter(dispositif=dispositif).exists():
        return dispositif
    for champ, valeur in voulu.items():
        if not getattr(dispositif, champ):
            setattr(dispositif, champ, valeur)
    dispositif.titre = d["titre"]
    dispositif.save()
    return dispositif


def _charger_fiche(dispositif, d, donnees) -> Fiche:
    fiche = Fiche(dispositif=dispositif, **convertir(Fiche, d["fiche"]))
    if d.get("note"):
        fiche._change_reason = d["note"][:100]
    fiche.full_clean()
    fiche.save()
    fiche.territoires.set(Territoire.objects.filter(code__in=d["territoires"]))
    fiche.cadres.set(CadreStrategique.objects.filter(code__in=d["cadres"]))
    for nom in LISTES:
        modele = Fiche._meta.get_field(nom).related_model
        for ordre, rang in enumerate(d.get(nom, ()), 1):
            enfant = modele(fiche=fiche, ordre=ordre, **convertir(modele, rang))
            enfant.full_clean()
            enfant.save()
    for ordre, code in enumerate(d["pieces"], 1):
        PieceExigee.objects.create(fiche=fiche, ordre=ordre, type=TypePiece.objects.get(code=code))
    _charger_contacts(fiche, donnees["services_locaux"][d["contacts"]], donnees["territoires"])
    return fiche


def _charger_contacts(fiche, service_local: str, codes) -> None:
    """The central service for everybody, then the local service of each territoire; nobody's name."""
    ContactDispositif.objects.create(fiche=fiche, ordre=1, service=fiche.dispositif.service)
    territoires = Territoire.objects.in_bulk(codes, field_name="code")
    for ordre, code in enumerate(codes, 2):
        ContactDispositif.objects.create(fiche=fiche, ordre=ordre, territoire=territoires[code], nom=service_local)
