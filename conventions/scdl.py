"""Open data: signed acts of a year in the national « subventions » schema (SCDL 2.1.1), with its own checks.

Décret 2017-779 obliges to publish the conventions above 23 000 € a year with private-law bodies; the others may be
published too, marked « volontaire ». One row per beneficiary and act, amounts with a decimal point.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError

from conventions.lecture import ActeLu, lire
from conventions.models import Acte
from conventions.objet import abreger, objet
from conventions.versements import par_exercice
from dpid.montants import chaine
from programmes.models import VersementPrevu
from programmes.models.structure import SEUIL_CONVENTION, valider_siret

COLONNES = (
    "nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire",
    "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE",
    "notificationUE", "pourcentageSubvention", "dispositifAide",
)  # fmt: skip
EXIGEES = {
    "nomAttribuant", "idAttribuant", "dateConvention", "nomBeneficiaire", "objet", "montant", "nature",
    "conditionsVersement", "datesPeriodeVersement", "notificationUE", "pourcentageSubvention",
}  # fmt: skip
MOTIFS = {
    "idAttribuant": r"\d{14}",
    "dateConvention": r"\d{4}-\d{2}-\d{2}",
    "rnaBeneficiaire": r"(W\d{9})?",
    "montant": r"\d+\.\d{2}",
    "datesPeriodeVersement": r"\d{4}-\d{2}-\d{2}(/\d{4}-\d{2}-\d{2})?",
    "notificationUE": r"oui|non",
    "nature": r"aide en numéraire|aide en nature|aide en numéraire;aide en nature|aide en nature;aide en numéraire",
}
LONGUEURS = {"objet": 256, "conditionsVersement": 256, "idRAE": 5}


@dataclass(frozen=True)
class Rangee:
    """One row to publish; `est_obligatoire` is not part of the schema: it decides of the default export."""

    acte: Acte
    valeurs: dict
    est_obligatoire: bool
    fautes: list[str]

    @property
    def montant(self) -> Decimal:
        """Euros."""
        return Decimal(self.valeurs["montant"])


def rangees(annee: int, agent=None) -> list[Rangee]:
    """Acts signed in `annee`, in the order of their signature; constant queries. `agent`: what he may see."""
    actes = Acte.objects.visibles_par(agent) if agent else Acte.objects.all()
    signes = actes.signes().filter(signe_le__year=annee, version_modele__isnull=False)
    lus = sorted((lu for lu in lire(signes) if lu.montant), key=lambda lu: (lu.acte.signe_le, lu.acte.pk))
    return [_rangee(lu) for lu in lus]


def a_exporter(rangees_, *, tout: bool) -> list[Rangee]:
    """Those whose publication is obligatory; the voluntary ones too with `tout`."""
    return [r for r in rangees_ if tout or r.est_obligatoire]


def _rangee(lu: ActeLu) -> Rangee:
    structure = lu.structure
    rna = structure.rna if re.fullmatch(MOTIFS["rnaBeneficiaire"], structure.rna) else ""
    deliberation = lu.acte.deliberation
    valeurs = {
        "nomAttribuant": settings.DPID["collectivite"],
        "idAttribuant": settings.DPID["siret"],
        "dateConvention": lu.acte.signe_le.isoformat(),
        "referenceDecision": deliberation.numero if deliberation else "",
        "nomBeneficiaire": structure.raison_sociale,
        "idBeneficiaire": structure.siret or "",
        "rnaBeneficiaire": rna,
        "objet": abreger(objet(lu), LONGUEURS["objet"]),
        "montant": chaine(lu.montant),
        "nature": "aide en numéraire",
        "conditionsVersement": _conditions(lu),
        "datesPeriodeVersement": _periode(lu),
        "idRAE": "",
        "notificationUE": "non",
        "pourcentageSubvention": "1",
        "dispositifAide": _dispositifs(lu),
    }
    # The threshold counts what the body receives in the year, all acts together (loi 2000-321, art. 10), those of
    # other territoires that the reader does not see included.
    est_obligatoire = structure.est_de_droit_prive and lu.montant + lu.autres_signes > SEUIL_CONVENTION
    return Rangee(lu.acte, valeurs, est_obligatoire, controler(valeurs))


def _conditions(lu) -> str:
    if len(lu.versements) == 1 and lu.versements[0].type == VersementPrevu.Type.UNIQUE:
        return "unique"
    return "échelonné" if lu.versements else "autre"


def _periode(lu) -> str:
    """From the signature to the last day of the last exercice of payment."""
    debut = lu.acte.signe_le
    annees = list(par_exercice(lu.versements))
    fin = date(annees[-1], 12, 31) if annees else debut
    return (
        debut.isoformat() if fin <= debut or _conditions(lu) == "unique" else f"{debut.isoformat()}/{fin.isoformat()}"
    )


def _dispositifs(lu) -> str:
    return ";".join(dict.fromkeys(f.fiche.dispositif.reference for f in lu.fiches if f.fiche.dispositif_id))


def controler(valeurs: dict) -> list[str]:
    """What the schema refuses, and its two checks that validators leave out (SIRET, one identifier at least)."""
    fautes = [f"{nom} : valeur obligatoire absente." for nom in COLONNES if nom in EXIGEES and not valeurs[nom]]
    for nom, motif in MOTIFS.items():
        if valeurs[nom] and not re.fullmatch(motif, valeurs[nom]):
            fautes.append(f"{nom} : « {valeurs[nom]} » n’a pas la forme attendue.")
    fautes += [f"{n} : plus de {m} caractères." for n, m in LONGUEURS.items() if len(valeurs[n]) > m]
    for nom in ("idAttribuant", "idBeneficiaire"):
        try:
            if valeurs[nom]:
                valider_siret(valeurs[nom])
        except ValidationError as erreur:
            fautes.append(f"{nom} : {erreur.messages[0]}")
    if not (valeurs["idBeneficiaire"] or valeurs["rnaBeneficiaire"]):
        fautes.append("idBeneficiaire ou rnaBeneficiaire : l’un des deux est nécessaire.")
    return fautes


def en_csv(lignes: list[Rangee]) -> bytes:
    """UTF-8, comma, quotes doubled, the columns in the order of the schema. Rows with a fault are left out."""
    sortie = io.StringIO(newline="")
    ecrire = csv.DictWriter(sortie, COLONNES, lineterminator="\r\n")
    ecrire.writeheader()
    for ligne in lignes:
        if not ligne.fautes:
            ecrire.writerow(ligne.valeurs)
    return sortie.getvalue().encode()
