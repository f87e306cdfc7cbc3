"""Printed wording of the act that a proposition leads to, from the data of its line."""

import re

from dpid.typographie import date_longue
from programmes.models import LigneDossier

Nature = LigneDossier.NatureActe
CHAMPS = re.compile(r"\{(annexe|numero|date|avenant)\}")


def texte_acte(proposition, numeros: dict[int, int]) -> str | None:
    """The formula of the proposition, else the usual wording of its nature; None when no act is chosen.

    `numeros`: {annexe id: number}, as `redaction.annexes.numeros` gives it.
    """
    ligne = proposition.ligne
    valeurs = {
        "annexe": str(numeros.get(proposition.annexe_id, "")),
        "numero": ligne.acte_initial_numero,
        "date": date_longue(ligne.acte_initial_le),
        "avenant": str(ligne.numero_avenant or ""),
    }
    formule = proposition.formule_acte or _formule_usuelle(ligne, valeurs)
    if not formule:
        return None
    # A closed list of fields replaced by our own substituter: text typed by an agent is never a template.
    return CHAMPS.sub(lambda m: valeurs[m.group(1)], formule)


def _formule_usuelle(ligne, valeurs) -> str:
    if ligne.nature_acte == Nature.AVENANT:
        formule = "Avenant n°\u00a0{avenant}" if valeurs["avenant"] else "Avenant"
        if valeurs["annexe"]:
            formule += " annexe {annexe}"
        precisions = []
        if valeurs["numero"]:
            precisions.append("n°\u00a0{numero}")
        if valeurs["date"]:
            precisions.append("en date du {date}")
        return f"{formule} (convention initiale {' '.join(precisions)})" if precisions else formule
    if ligne.nature_acte:
        return Nature(ligne.nature_acte).label + (" annexe {annexe}" if valeurs["annexe"] else "")
    return ""
