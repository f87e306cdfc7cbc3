"""The findings as text and as data, for the command."""

from deliberations.controle.constats import Gravite
from dpid.typographie import accorder, date_courte


def phrase(compte: dict[str, int]) -> str:
    """« 1 bloquant, 4 à justifier, 2 informations »."""
    return ", ".join(
        (
            accorder(compte[Gravite.BLOQUANT.value], "bloquant"),
            accorder(compte[Gravite.A_JUSTIFIER.value], "à justifier", "à justifier"),
            accorder(compte[Gravite.INFORMATION.value], "information"),
        )
    )


def en_texte(rapport, releve) -> str:
    lignes = [f"Rapport {rapport.reference} ({rapport.get_etat_display()})\u00a0: {phrase(releve.compte)}."]
    for rang, groupe in enumerate(releve.ouverts, start=1):
        lignes.append(f"{rang:>3}. [{groupe.gravite.value}] {groupe}")
        if len(groupe.constats) > 1:
            lignes += [f"       – {constat.message}" for constat in groupe.constats]
    if releve.justifies:
        lignes.append(f"Justifié ({len(releve.justifies)})\u00a0:")
    lignes += [f"     {groupe} – {j.motif} ({j.par}, {date_courte(j.le)})" for groupe, j in releve.justifies]
    return "\n".join(lignes)


def en_donnees(rapport, releve) -> dict:
    """Keys are stable; the order is the one of the page."""
    return {
        "reference": rapport.reference,
        "etat": rapport.etat,
        "compte": {cle.replace("à ", "a_"): n for cle, n in releve.compte.items()},
        "constats": [_groupe(groupe) for groupe in releve.ouverts],
        "justifies": [
            {**_groupe(groupe), "motif": j.motif, "par": str(j.par), "le": j.le.isoformat()}
            for groupe, j in releve.justifies
        ],
    }


def _groupe(groupe) -> dict:
    return {
        "regle": groupe.regle.cle,
        "gravite": groupe.gravite.value,
        "lieu": groupe.lieu.libelle,
        "cle_lieu": groupe.lieu.cle,
        "lien": groupe.lien,
        "resume": groupe.resume,
        "empreinte": groupe.empreinte,
        "details": [constat.message for constat in groupe.constats],
    }
