"""Repeated rows: what a block writes once per opération, line, instalment, share, agrément or avis.

Each kind has a closed list of fields and a usual form; a model may give its own row, resolved as any text is, by
substitution alone (decision 023). A field of a row without value stops the act, as everywhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from conventions import fiches, versements
from conventions.fiches import Vide
from conventions.models import BlocDeModele
from deliberations.redaction.renvois import cites, remplacer
from dpid.montants import euros
from dpid.typographie import date_longue, nombre, sans_majuscule

Contenu = BlocDeModele.Contenu
RIEN = "Cet acte n’en a pas : ajoutez-les, ou mettez une condition à ce bloc du modèle."
A_REMPLIR = "Remplissez-le, ou retirez ce champ de la rangée répétée."


@dataclass(frozen=True)
class ChampDeRangee:
    cle: str
    libelle: str
    exemple: str
    valeur: Callable


@dataclass(frozen=True)
class Repetition:
    """`elements(lu)`: what is repeated; `ou(lu, element)`: the page that fills it. Without `forme` the block has a
    form of its own (a table) unless it gives a row."""

    libelle: str
    elements: Callable
    champs: tuple[ChampDeRangee, ...]
    ou: Callable
    forme: str = ""

    def valeurs(self, element) -> dict[str, str]:
        return {c.cle: c.valeur(element) for c in self.champs}


def e(montant) -> str:
    return euros(montant, symbole=True)


def _periode(x) -> str:
    return f"du {date_longue(x.debut)} au {date_longue(x.fin)}" if x.debut and x.fin else ""


def _parts(lu) -> list[tuple]:
    return [(lue, part, montant) for lue in lu.fiches for part, montant in fiches.parts(lue)]


C = ChampDeRangee
REPETITIONS = {
    Contenu.OPERATIONS: Repetition(
        "opération", lambda lu: lu.fiches, (
            C("operation", "Intitulé", "Soutien des CLLAJ", lambda x: x.fiche.intitule),
            C("montant_operation", "Montant", "20 000,00 €", lambda x: e(x.montant)),
            C("periode_operation", "Période", "du 1er juillet 2024 au 30 juin 2025", _periode),
            C("territoires_operation", "Territoires", "Artois, Ternois", lambda x: ", ".join(x.territoires)),
        ), lambda lu, x: reverse("fiche_action", args=[x.fiche.pk]), "{operation} : {montant_operation}",
    ),
    Contenu.LIGNES: Repetition(
        "ligne", lambda lu: lu.lignes, (
            C("action", "Action", "Ateliers d’insertion", lambda x: x.description),
            C("montant_ligne", "Montant", "20 000,00 €", lambda x: e(sum(f.montant for f in x.financements.all()))),
            C("territoires_ligne", "Territoires", "Artois", lambda x: x.libelles_territoires()),
            C("quantites_ligne", "Quantités", "40 places", lambda x: ", ".join(str(q) for q in x.quantites.all())),
            C("periode_ligne", "Période", "du 1er juillet 2024 au 30 juin 2025", _periode),
        ), lambda lu, x: reverse("dossier", args=[x.dossier_id]), "{territoires_ligne}, {action} : {montant_ligne}",
    ),
    Contenu.VERSEMENTS: Repetition(
        "versement", lambda lu: lu.versements, (
            C("versement", "Type", "Avance", lambda x: x.get_type_display()),
            C("montant_versement", "Montant", "12 000,00 €", lambda x: e(x.montant)),
            C("part_versement", "Part", "60 %", lambda x: f"{nombre(x.pourcentage)}\u00a0%" if x.pourcentage else ""),
            C("declencheur", "Déclencheur", "à la signature", lambda x: x.declencheur),
            C("condition_versement", "Condition", "après le bilan", lambda x: x.condition),
            C("exercice_ae", "Exercice d’AE", "2024", lambda x: str(x.exercice_ae or "")),
            C("exercice_cp", "Exercice de CP", "2025", lambda x: str(x.exercice_cp)),
            C("phrase_versement", "Tout en une phrase", "Avance : 12 000,00 €, à la signature (exercice 2024).",
              versements.phrase),
        ), lambda lu, x: reverse("acte_versements", args=[lu.acte.pk]),
    ),
    Contenu.PARTS: Repetition(
        "part", _parts, (
            C("part", "Nature", "Part quantitative", lambda x: x[1].get_nature_display()),
            C("taux_part", "Taux", "50 %", lambda x: f"{nombre(x[1].pourcentage)}\u00a0%"),
            C("montant_part", "Montant", "10 000,00 €", lambda x: e(x[2])),
            C("justification_part", "Ce qui la justifie", "places occupées", lambda x: x[1].libelle),
            C("operation_part", "Opération", "Référent solidarité", lambda x: x[0].fiche.intitule),
        ), lambda lu, x: reverse("fiche_action", args=[x[0].fiche.pk]),
        "{part} : {taux_part}, soit {montant_part} au plus",
    ),
    Contenu.AGREMENTS: Repetition(
        "agrément", lambda lu: lu.agrements, (
            C("agrement", "Agrément", "Intermédiation locative", lambda x: str(x.type)),
            C("autorite", "Autorité", "préfecture du Pas-de-Calais", lambda x: x.autorite),
            C("numero_agrement", "Numéro", "62-2024-12", lambda x: x.numero),
            C("agrement_depuis", "Depuis le", "3 mars 2022", lambda x: date_longue(x.debut) if x.debut else ""),
            C("agrement_jusqu_au", "Jusqu’au", "3 mars 2027", lambda x: date_longue(x.fin) if x.fin else ""),
        ), lambda lu, x: lu.structure.get_absolute_url(), "l’agrément « {agrement} » de {structure}, par : {autorite}",
    ),
    Contenu.AVIS: Repetition(
        "avis", lambda lu: lu.avis, (
            C("instance", "Instance", "Comité technique FSL", lambda x: x.get_instance_display()),
            C("date_avis", "Rendu le", "3 mars 2024", lambda x: date_longue(x.rendu_le)),
            C("sens_avis", "Verdict", "favorable", lambda x: sans_majuscule(x.get_sens_display())),
            C("montant_avis", "Montant", "10 000,00 €", lambda x: e(x.montant) if x.montant is not None else ""),
        ), lambda lu, x: reverse("dossier", args=[x.dossier_id]),
        "l’avis {sens_avis} rendu le {date_avis} par : {instance}",
    ),
}  # fmt: skip


def champs_de(bloc) -> tuple[ChampDeRangee, ...]:
    """Those that the row of this block may use besides the fields of the act."""
    return REPETITIONS[bloc.contenu].champs if bloc.contenu in REPETITIONS else ()


def vides(lu, bloc, valeurs: dict) -> list[Vide]:
    """What the rows would leave blank: a field, or the whole list under an article that announces it."""
    repetition = REPETITIONS.get(bloc.contenu)
    if repetition and bloc.nature != BlocDeModele.Nature.VISA and not repetition.elements(lu):
        return [Vide(f"Liste ({repetition.libelle})", RIEN, lu.acte.get_absolute_url())]
    return rangees(lu, bloc, valeurs)[1]


def rangees(lu, bloc, valeurs: dict) -> tuple[list[str], list[Vide]]:
    """`(rows resolved, fields of a row without value)`; nothing for a block that repeats nothing."""
    repetition = REPETITIONS.get(bloc.contenu)
    forme = repetition and (bloc.rangee.strip() or repetition.forme)
    if not forme:
        return [], []
    textes, vides, siens = [], [], {c.cle: c.libelle for c in repetition.champs}
    elements = repetition.elements(lu)
    for element in elements:
        toutes = {**valeurs, **repetition.valeurs(element)}
        textes.append(remplacer(forme, toutes))
        vides += [
            Vide(f"{siens[nom]} ({repetition.libelle})", A_REMPLIR, repetition.ou(lu, element))
            for nom in cites(forme)
            if nom in siens and not toutes[nom]
        ]
    return textes, vides


def libelles(bloc) -> Iterable[tuple[str, str]]:
    """(key, label between brackets): a row as a rapport joins it."""
    return ((c.cle, f"[{c.libelle}]") for c in champs_de(bloc))
