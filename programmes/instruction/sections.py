"""Sections of the page of a dossier that are read when one comes to them, each at its own address."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse

from programmes import regles
from programmes.instruction import fiche
from programmes.instruction.completude import exigences
from programmes.instruction.forms import NotesForm, libelle_ancre
from programmes.instruction.historique import historique
from programmes.instruction.verbes import INSTRUIRE, peut_instruire, peut_modifier, peut_remarquer
from programmes.models import Avis, Courrier, Dossier, Piece, Poste, Remarque


def avec_reperes(dossiers, agent):
    """Annotate what the head of the page counts: avis asked and awaited, open remarks, the avis this agent owes."""
    avis = Avis.objects.filter(dossier=OuterRef("pk")).order_by()
    remarques = Remarque.objects.filter(dossier=OuterRef("pk")).exclude(etat=Remarque.Etat.CLOSE).order_by()

    def nombre(requete):
        return Coalesce(Subquery(requete.values("dossier").annotate(n=Count("pk")).values("n")), 0)

    a_rendre = Avis.objects.a_rendre_par(agent).filter(dossier=OuterRef("pk")).order_by("echeance_le")
    return dossiers.annotate(
        nb_avis=nombre(avis),
        nb_attendus=nombre(avis.attendus()),
        nb_remarques=nombre(remarques),
        a_rendre_le=Subquery(a_rendre.values("echeance_le")[:1]),
    )


def _alertes(dossier, agent):
    return {"alertes_fiche": regles.alertes(dossier)}


def _reperes(dossier, agent):
    """The column that stays: what the rule gives to each line, credits, structure, late pièces."""
    lignes, la_fiche = fiche.lire_lignes(dossier), regles.la_fiche(dossier)
    budget = dossier.postes.totaux() if la_fiche else None
    exigees = exigences(dossier)
    return {
        "regles": [{"ligne": ligne, "calcul": regles.calculer(ligne, la_fiche, budget)} for ligne in lignes],
        "a_une_fiche": la_fiche is not None,
        "credits": fiche.credits_de(dossier, lignes),
        "passe": fiche.passe(dossier, agent),
        "nb_exigees": len(exigees),
        "manquantes": [e for e in exigees if not e.est_satisfaite],
    }


def _budget(dossier, agent):
    postes = list(dossier.postes.all())
    return {
        "charges": [p for p in postes if p.sens == Poste.Sens.CHARGE],
        "produits": [p for p in postes if p.sens == Poste.Sens.PRODUIT],
        "totaux": dossier.postes.totaux(),
        "adresse": _adresse(("previsionnel", "dossier_budget"), dossier) if peut_modifier(dossier, agent) else "",
    }


def _pieces(dossier, agent):
    pieces = Piece.objects.visibles_par(agent).filter(structure=dossier.structure_id, est_retiree=False)
    toutes = list(pieces.sans_contenu().select_related("type"))
    return {
        "exigences": exigences(dossier),
        "du_dossier": [p for p in toutes if p.dossier_id == dossier.pk],
        "visibles": {p.pk for p in toutes},
        "peut_relancer": agent.has_perm(INSTRUIRE),
    }


def _adresse(noms, dossier) -> str:
    """The first of these pages that exists."""
    for nom in noms:
        try:
            return reverse(nom, args=[dossier.pk])
        except NoReverseMatch:
            continue
    return ""


def _avis(dossier, agent):
    tous = Avis.objects.filter(dossier=dossier).select_related("territoire", "service", "demande_par", "rendu_par")
    tous = list(tous)
    rendables = set(Avis.objects.filter(dossier=dossier).rendables_par(agent).values_list("pk", flat=True))
    for avis in tous:
        avis.dossier = dossier
    peut = peut_instruire(dossier, agent)
    return {
        "avis": tous,
        "rendables": rendables,
        "instances": dossier.avis_instances.all(),
        "instance_exigee": dossier.dispositif.get_instance_externe_display(),
        "peut_instruire": peut,
        "peut_demander": peut and dossier.etat in Dossier.EN_COURS,
    }


def _remarques(dossier, agent):
    remarques = list(dossier.remarques.select_related("par", "repondue_par"))
    for r in remarques:
        r.libelle_ancre = libelle_ancre(r)
    remarques.sort(key=lambda r: r.etat == Remarque.Etat.CLOSE)
    return {"remarques": remarques, "peut_remarquer": peut_remarquer(dossier, agent)}


def _criteres(dossier, agent):
    form = NotesForm(dossier=dossier)
    notes = [{"critere": c, "note": form.stockees.get(c.pk)} for c in form.criteres]
    notees = [n for n in notes if n["note"]]
    return {
        "notes": notes,
        "total": sum(n["note"].note for n in notees),
        "sur": sum(n["critere"].note_max for n in notees),
        "peut_noter": peut_instruire(dossier, agent),
    }


def _courriers(dossier, agent):
    courriers = Courrier.objects.filter(dossier=dossier).select_related("etabli_par")
    return {"courriers": courriers, "peut_ecrire": agent.has_perm(INSTRUIRE)}


def _historique(dossier, agent):
    return {"evenements": historique(dossier, fiche.lire_lignes(dossier))}


@dataclass(frozen=True)
class Section:
    titre: str
    contexte: Callable

    def lire(self, dossier, agent) -> dict:
        return {"dossier": dossier, **self.contexte(dossier, agent)}


SECTIONS = {
    "alertes": Section("Alertes de la fiche", _alertes),
    "reperes": Section("Repères", _reperes),
    "budget": Section("Budget prévisionnel", _budget),
    "pieces": Section("Pièces", _pieces),
    "avis": Section("Avis", _avis),
    "remarques": Section("Remarques", _remarques),
    "criteres": Section("Critères", _criteres),
    "courriers": Section("Courriers", _courriers),
    "historique": Section("Historique", _historique),
}
# Those of the main column, in the order of the page, after « Demande » and « Lignes et montants ».
A_LA_SUITE = ("budget", "pieces", "avis", "remarques", "criteres")
A_LA_FIN = ("courriers", "historique")
