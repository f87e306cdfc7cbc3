"""Demo data of the acts: models published, conventions born before the application, acts completed by an officer.

Loading twice changes nothing.
"""

from django.db import transaction

from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.modeles import presentation
from conventions.models import (
    BlocDeModele,
    Convention,
    FicheAction,
    Modele,
    Modification,
    PartDeFinancement,
    TraitementDeDonnees,
    Versement,
    VersionDeModele,
)
from conventions.reprise import reprendre
from deliberations.demonstration.fichiers import jour, lire_json
from deliberations.models import Rapport, Signataire
from programmes.demonstration import convertir
from programmes.models import Dispositif, LigneDossier, Structure


@transaction.atomic
def charger_modeles(par) -> list[Modele]:
    """Each model of the fixture with its first version, published by the same verb as on the page.

    Its `dispositifs`: those that it names (year of the call, reference), or all those of the call `appel`.
    """
    tous = Dispositif.objects.select_related("thematique__appel")
    dispositifs = {(d.thematique.appel.annee, d.reference): d for d in tous}
    charges = []
    for m in lire_json("modeles_d_acte.json"):
        modele, cree = Modele.objects.get_or_create(
            code=m["code"], defaults={"titre": m["titre"], "nature": m["nature"]}
        )
        charges.append(modele)
        if not cree:
            continue
        siens = [dispositifs[annee, reference] for annee, reference in m.get("dispositifs", ())]
        modele.dispositifs.add(*siens, *(d for (annee, _), d in dispositifs.items() if annee == m.get("appel")))
        version = modele.nouvelle_version(par=par)
        version.exemplaires = m["exemplaires"]
        version.designation = m.get("designation", version.designation)
        version.save()
        for ordre, bloc in enumerate(m["blocs"], 1):
            BlocDeModele.objects.create(version_modele=version, ordre=ordre, **bloc)
        version.publier(par=par)
    return charges


@transaction.atomic
def charger_reprises(par) -> None:
    """Conventions that the published avenants modify, and who signs for the Département."""
    donnees = lire_json("conventions_reprises.json")
    for s in donnees["signataires"]:
        Signataire.objects.get_or_create(code=s["code"], defaults={**s, "debut": jour(s["debut"])})
    clauses = {nom: [(*clause, "") for clause in liste] for nom, liste in donnees["clauses"].items()}
    for c in donnees["conventions"]:
        structure = Structure.objects.get(raison_sociale=c["structure"])
        _reprendre(
            structure, c["objet"], jour(c["signee_le"]), clauses[c["clauses"]], par=par, numero=c["numero"],
            debut=jour(c["debut"]), montant=c.get("montant"),
            avenants=[(rang, jour(le), montant) for rang, le, montant in c["avenants"]],
        )  # fmt: skip
    cllaj = donnees["cllaj"]
    lignes = LigneDossier.objects.filter(
        dossier__dispositif__reference="CLLAJ", nature_acte=LigneDossier.NatureActe.AVENANT,
        acte_initial_le__isnull=False,
    ).select_related("dossier__structure")  # fmt: skip
    for rang, ligne in enumerate(lignes.order_by("pk"), 1):
        _reprendre(
            ligne.dossier.structure, cllaj["objet"], ligne.acte_initial_le, clauses[cllaj["clauses"]], par=par,
            numero=cllaj["numero"].format(rang=rang),
        )  # fmt: skip


def _reprendre(structure, objet, signee_le, clauses, *, par, **options):
    if not Convention.objects.filter(structure=structure, objet=objet).exists():
        reprendre(par=par, structure=structure, objet=objet, signee_le=signee_le, clauses=clauses, **options)


@transaction.atomic
def charger_actes(par) -> None:
    """Acts that the published rapports joined, prepared by the batch then completed as on their pages."""
    voulus = {(a["seance"], a["structure"], a["nature"]): a for a in lire_json("actes.json")}
    seances = {jour(seance) for seance, _, _ in voulus}
    for rapport in Rapport.objects.filter(seance__date__in=seances).select_related("seance"):
        for prevu in prevoir(rapport):
            a = voulus.get((rapport.seance.date.isoformat(), prevu.structure.raison_sociale, prevu.nature))
            if a is not None:
                acte, nouveau = preparer(prevu, rapport, par=par)
                if nouveau:
                    _completer(acte, a)


@transaction.atomic
def charger_projets(par) -> None:
    """What the annexes of the published rapports join: the model to adopt, the projects of their acts."""
    for p in lire_json("projets_joints.json"):
        for rapport in Rapport.objects.ouverts().filter(seance__date=jour(p["seance"])):
            for cle, code in p["modeles"].items():
                annexe = rapport.annexes.select_related("rapport").get(cle=cle)
                presentation.joindre(annexe, VersionDeModele.objects.get(modele__code=code), par=par)
            jointes = set(rapport.propositions.filter(annexe__cle__in=p["projets"]).values_list("ligne", flat=True))
            for prevu in prevoir(rapport):
                if prevu.acte is None and jointes & {ligne.pk for ligne in prevu.lignes}:
                    preparer(prevu, rapport, par=par)


def _completer(acte, a) -> None:
    nee = acte.fiches.first()
    for f in a.get("fiches", ()):
        enfants = {cle: f.pop(cle, []) for cle in ("parts", "versements")}
        modification, fiche = f.pop("modification", None), nee if f.pop("des_lignes", False) else FicheAction(acte=acte)
        _poser(fiche, f)
        for ordre, part in enumerate(enfants["parts"], 1):
            _poser(PartDeFinancement(fiche=fiche, ordre=ordre), part)
        if enfants["versements"]:
            acte.versements.all().delete()
        for ordre, versement in enumerate(enfants["versements"], 1):
            _poser(Versement(acte=acte, fiche=fiche, ordre=ordre), versement)
        if modification:
            _poser(Modification(acte=acte, fiche=fiche, ordre=10 + fiche.ordre), modification)
    if "designation" in a:
        acte.parties.filter(structure=acte.convention.structure).update(designation=a["designation"])
    for fiche in acte.fiches.exclude(dispositif=None) if "traitement" in a else ():
        TraitementDeDonnees.objects.get_or_create(dispositif=fiche.dispositif, defaults=a["traitement"])


def _poser(objet, valeurs) -> None:
    for nom, valeur in convertir(type(objet), valeurs).items():
        setattr(objet, nom, valeur)
    objet.full_clean()
    objet.save()
