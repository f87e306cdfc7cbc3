"""The merge fields that a model may use: a closed list, each with its label, an example and where it is filled.

A text typed by an agent is never a template: `{structure}` is replaced by a value of this list, by
`deliberations.redaction.renvois` alone. A field without a value stops the act and says which page fills it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from conventions.lecture import ActeLu
from conventions.models import Modele
from conventions.objet import objet as objet_de
from dpid.montants import euros
from dpid.typographie import accorder, date_courte, date_longue, entre_guillemets, sans_majuscule
from programmes.instruction import courriers


@dataclass(frozen=True)
class Champ:
    """`valeur(lu)` gives the text, empty when it is not filled; `ou(lu)` the address of the page that fills it."""

    cle: str
    libelle: str
    exemple: str
    valeur: Callable[[ActeLu], str]
    remede: str
    ou: Callable[[ActeLu], str]
    groupe: str = ""

    @property
    def ecriture(self) -> str:
        return f"{{{self.cle}}}"


def e(montant) -> str:
    return "" if montant is None else euros(montant, symbole=True)


def _structure(lu) -> str:
    return reverse("structure", args=[lu.structure.pk])


def _acte(lu) -> str:
    return lu.acte.get_absolute_url()


def _convention(lu) -> str:
    return reverse("convention_modifier", args=[lu.acte.convention_id])


def _parties(lu) -> str:
    return reverse("acte_parties", args=[lu.acte.pk])


def _rapport(lu) -> str:
    return reverse("rapport", args=[lu.acte.rapport_id]) if lu.acte.rapport_id else _acte(lu)


def _signataires(lu) -> str:
    return reverse("admin:deliberations_signataire_changelist")


def _dossier(lu) -> str:
    ligne = next(iter(lu.lignes), None)
    return reverse("dossier", args=[ligne.dossier_id]) if ligne else _acte(lu)


def _representant(lu) -> str:
    return str(lu.representant or "")


def _qualite(lu) -> str:
    return lu.representant.qualite if lu.representant else ""


def _habilitation(lu) -> str:
    return lu.representant.habilitation if lu.representant else ""


def _designation(lu) -> str:
    partie = lu.partie_structure
    return partie.designation if partie and partie.designation else "l’organisme"


def _deliberation(lu) -> str:
    return f"n°\u00a0{lu.acte.deliberation.numero}" if lu.acte.deliberation else ""


def _date_deliberation(lu) -> str:
    """The day of the vote: that of the séance, which a project already knows."""
    return date_longue(lu.acte.rapport.seance.date) if lu.acte.rapport_id else ""


def _periode(lu) -> str:
    if not (lu.debut and lu.fin):
        return ""
    return f"du {date_longue(lu.debut)} au {date_longue(lu.fin)}"


def _operations(lu) -> str:
    return " ; ".join(entre_guillemets(f.fiche.intitule) for f in lu.fiches)


def _territoires(lu) -> str:
    return ", ".join(dict.fromkeys(t for f in lu.fiches for t in f.territoires))


def _quantites(lu) -> str:
    quantites = [q for ligne in lu.lignes for q in ligne.quantites.all()]
    return ", ".join(str(q) for q in quantites)


def _date_convention(lu) -> str:
    initial = next((a for a in lu.anterieurs if a.rang == 0), None)
    return date_longue(initial.signe_le) if initial and initial.signe_le else ""


def _anterieurs(lu) -> str:
    """« l’avenant n° 1 signé le 3 novembre 2021 », joined; empty when there is none."""
    dits = [
        f"l’avenant n°\u00a0{a.rang} signé le {date_longue(a.signe_le)}" for a in lu.anterieurs if a.rang and a.signe_le
    ]
    return ", ".join(dits)


def _agrements(lu) -> str:
    return " ; ".join(str(a) for a in lu.agrements)


def _avis(lu) -> str:
    """« Comité technique FSL, avis favorable du 3 mars 2024 », joined."""
    return " ; ".join(
        f"{a.get_instance_display()}, avis {sans_majuscule(a.get_sens_display())} du {date_longue(a.rendu_le)}"
        for a in lu.avis
    )


def _sources(lu) -> str:
    sommes = {}
    for f in lu.financements:
        nom = f.source.libelle if f.source_id else "budget départemental"
        sommes[nom] = sommes.get(nom, 0) + f.montant
    return " ; ".join(f"{e(montant)} ({nom})" for nom, montant in sommes.items())


def _imputations(lu) -> str:
    lignes = {f.autorisation.ligne for f in lu.financements if f.autorisation_id}
    return ", ".join(f"{ligne.code} ({ligne.imputation})" for ligne in sorted(lignes, key=lambda x: x.code))


COMPLETER_STRUCTURE = "Complétez la fiche de la structure."
REPRESENTANT = "Ajoutez sur la fiche de la structure le représentant en fonction à la date de l’acte."
HABILITATION = "Dites sur la fiche de la structure ce qui habilite ce représentant."
SIGNATAIRE = "Aucun signataire n’a de délégation à la date de l’acte : complétez la liste des signataires."

CHAMPS = [
    Champ("numero", "Numéro de la convention", "2024-01234", lambda lu: lu.convention.numero or "",
          "Le numéro est donné à la génération.", _acte, "Acte"),
    Champ("numero_avenant", "Numéro de l’avenant", "2", lambda lu: str(lu.acte.rang or ""),
          "Ce champ est réservé aux avenants.", _acte, "Acte"),
    Champ("objet", "Objet de la convention", "Soutien au CLLAJ", lambda lu: lu.convention.objet,
          "Dites l’objet de la convention.", _convention, "Acte"),
    Champ("objet_acte", "Objet de cet acte", "Changement de représentant", objet_de,
          "Dites l’objet de cet acte.", _parties, "Acte"),
    Champ("periode", "Période", "du 1er juillet 2024 au 30 juin 2025", _periode,
          "Dites le début et la fin de l’action sur ses lignes.", _dossier, "Acte"),
    Champ("debut", "Premier jour", "1er juillet 2024", lambda lu: date_longue(lu.debut),
          "Dites le début de l’action sur ses lignes.", _dossier, "Acte"),
    Champ("fin", "Dernier jour", "30 juin 2025", lambda lu: date_longue(lu.fin),
          "Dites la fin de l’action sur ses lignes.", _dossier, "Acte"),
    Champ("exemplaires", "Nombre d’exemplaires", "deux", lambda lu: EN_LETTRES.get(lu.acte.exemplaires, ""),
          "Dites le nombre d’exemplaires originaux.", _parties, "Acte"),
    Champ("conservation", "Pièces à conserver jusqu’au", "31 décembre 2034",
          lambda lu: date_longue(lu.convention.conservation_jusqu_au), "Dites la date de conservation.", _convention,
          "Acte"),
    Champ("date_convention", "Date de la convention modifiée", "4 février 2022", _date_convention,
          "Enregistrez la signature de la convention initiale.", _acte, "Acte"),
    Champ("avenants_anterieurs", "Avenants antérieurs", "l’avenant n° 1 signé le 3 novembre 2023", _anterieurs,
          "Cette convention n’a pas d’avenant antérieur : retirez ce champ ou mettez une condition.", _acte, "Acte"),
    Champ("structure", "Raison sociale", "Association d’exemple", lambda lu: lu.structure.raison_sociale,
          COMPLETER_STRUCTURE, _structure, "Structure"),
    Champ("sigle", "Sigle", "ADEX", lambda lu: lu.structure.sigle, COMPLETER_STRUCTURE, _structure, "Structure"),
    Champ("forme", "Forme", "Association", lambda lu: lu.structure.get_type_display(),
          COMPLETER_STRUCTURE, _structure, "Structure"),
    Champ("adresse", "Siège", "1 rue d’Exemple 62000 Arras", lambda lu: lu.structure.adresse_imprimee,
          COMPLETER_STRUCTURE, _structure, "Structure"),
    Champ("siret", "SIRET", "480 543 982 00023", lambda lu: lu.structure.siret_imprime,
          COMPLETER_STRUCTURE, _structure, "Structure"),
    Champ("designation", "Désignation dans l’acte", "l’organisme", _designation,
          "Dites comment l’acte désigne la structure.", _parties, "Structure"),
    Champ("representant", "Représentant", "Mme Jeanne EXEMPLE", _representant, REPRESENTANT, _structure, "Structure"),
    Champ("qualite", "Qualité du représentant", "Présidente", _qualite, REPRESENTANT, _structure, "Structure"),
    Champ("habilitation", "Habilitation du représentant", "délibération du 3 mars 2024", _habilitation,
          HABILITATION, _structure, "Structure"),
    Champ("agrements", "Agréments en vigueur", "agrément ILGLS (préfecture)", _agrements,
          "Ajoutez l’agrément sur la fiche de la structure, ou mettez une condition.", _structure, "Structure"),
    Champ("avis_instances", "Avis d’instances", "Comité technique FSL, avis favorable du 3 mars 2024", _avis,
          "Enregistrez l’avis de l’instance sur le dossier, ou mettez une condition.", _dossier, "Dossier"),
    Champ("signataire", "Signataire du Département", "Sabine DESPIERRE", lambda lu: str(lu.signataire or ""),
          SIGNATAIRE, _signataires, "Département"),
    Champ("qualite_signataire", "Qualité du signataire", "La Directrice", lambda lu: getattr(
        lu.signataire, "qualite", ""), SIGNATAIRE, _signataires, "Département"),
    Champ("collectivite", "Département", "Département du Pas-de-Calais", lambda lu: settings.DPID["collectivite"],
          "Réglage « collectivité » de l’application.", _acte, "Département"),
    Champ("date_deliberation", "Date de la délibération", "17 juin 2024", _date_deliberation,
          "Inscrivez les lignes à un rapport.", _rapport, "Département"),
    Champ("deliberation", "Numéro de la délibération", "n° 2024-273", _deliberation,
          "Le numéro est connu après le vote : employez plutôt la date de la délibération.", _rapport, "Département"),
    Champ("montant", "Montant de l’acte", "20 000,00 €", lambda lu: e(lu.montant) if lu.montant else "",
          "Retenez un montant sur les lignes.", _dossier, "Montants"),
    Champ("ancien_montant", "Montant avant l’avenant", "14 439,60 €", lambda lu: e(lu.ancien_montant),
          "Dites l’ancien montant sur la ligne.", _dossier, "Montants"),
    Champ("nouveau_total", "Nouveau total", "37 130,40 €", lambda lu: e(lu.nouveau_total),
          "Dites l’ancien montant sur la ligne.", _dossier, "Montants"),
    Champ("sources", "Répartition par source", "20 000,00 € (budget départemental)", _sources,
          "Financez les lignes.", _dossier, "Montants"),
    Champ("imputations", "Imputations budgétaires", "C02-428B02 (6568/93428)", _imputations,
          "Imputez les lignes sur une autorisation d’engagement.", _dossier, "Montants"),
    Champ("operations", "Opérations financées", "« Soutien des CLLAJ »", _operations,
          "Ajoutez une fiche action.", _acte, "Opérations"),
    Champ("nombre_operations", "Nombre d’opérations", "2 opérations",
          lambda lu: accorder(len(lu.fiches), "opération") if lu.fiches else "",
          "Ajoutez une fiche action.", _acte, "Opérations"),
    Champ("territoires", "Territoires", "Artois, Ternois", _territoires,
          "Dites les territoires des lignes.", _dossier, "Opérations"),
    Champ("quantites", "Quantités", "250 places", _quantites, "Dites les quantités des lignes.", _dossier,
          "Opérations"),
    Champ("date_du_jour", "Date de l’acte", "17/06/2024", lambda lu: date_courte(lu.le),
          "Inscrivez les lignes à un rapport.", _rapport, "Acte"),
]  # fmt: skip


def _dossier_refuse(refus) -> str:
    return refus.dossier.get_absolute_url()


def _demande_refusee(refus) -> str:
    return f"{'une partie de ' if refus.est_partiel else ''}{courriers.designation(refus.dossier)}"


def _decision(refus) -> str:
    if not refus.en_seance:
        return "Après instruction, le Département n’a pas retenu"
    seance = refus.rapport.seance
    instance = seance.instance.libelle
    article, reunie = ("Le", "réuni") if instance.startswith("Conseil") else ("La", "réunie")
    return f"{article} {instance}, {reunie} le {date_longue(seance.date)}, n’a pas retenu"


MOTIF = "Dites le motif sur le dossier, ou dans la lettre."
# Those of a letter of refusal, which is about a dossier: no act was made (`generation/refus.py`).
CHAMPS_DE_REFUS = [
    Champ("structure", "Raison sociale", "Association d’exemple", lambda r: r.dossier.structure.raison_sociale,
          COMPLETER_STRUCTURE, lambda r: r.dossier.structure.get_absolute_url(), "Structure"),
    Champ("demande", "Désignation de la demande", "votre demande n° 12 au titre du dispositif 4.1 (appel 2024)",
          _demande_refusee, MOTIF, _dossier_refuse, "Refus"),
    Champ("decision", "Qui n’a pas retenu la demande, et quand",
          "La Commission permanente, réunie le 17 juin 2024, n’a pas retenu", _decision, MOTIF, _dossier_refuse,
          "Refus"),
    Champ("motif", "Motif du refus", "Le budget de l’action n’est pas équilibré.", lambda r: r.motif, MOTIF,
          _dossier_refuse, "Refus"),
    Champ("recours", "Voies et délais de recours", "Si vous contestez cette décision, vous disposez de deux mois…",
          lambda r: courriers.RECOURS, MOTIF, _dossier_refuse, "Refus"),
    Champ("service", "Service instructeur", "Mission logement",
          lambda r: str(r.dossier.dispositif.service or "Le service instructeur"), MOTIF, _dossier_refuse, "Refus"),
]  # fmt: skip
EN_LETTRES = {1: "un", 2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six"}
# Only an avenant has them.
D_AVENANT = {"numero_avenant", "ancien_montant", "nouveau_total", "date_convention", "avenants_anterieurs"}
PAR_CLE = {champ.cle: champ for champ in CHAMPS}


def du_modele(modele) -> list[Champ]:
    """The fields that the versions of a model may use."""
    return CHAMPS_DE_REFUS if modele.nature == Modele.Nature.REFUS else CHAMPS


def valeurs(lu: ActeLu) -> dict[str, str]:
    """{key: text}; empty when the field is not filled."""
    return {champ.cle: champ.valeur(lu) for champ in CHAMPS}
