"""« Qu’est-ce qui a changé ? »: two editions of a rapport compared from their contexts alone.

Works on frozen contexts as well as on live ones: nothing is read from the database.
"""

from dataclasses import dataclass
from decimal import Decimal

from dpid.montants import ZERO, euros
from dpid.typographie import accorder


@dataclass(frozen=True)
class Difference:
    """`genre`: ajout, retrait, montant, solde, texte. `avant` and `apres` are what is shown on each side."""

    genre: str
    objet: str
    avant: str = ""
    apres: str = ""

    def __str__(self):
        if self.genre == "ajout":
            return f"Ajout\u00a0: {self.objet}, {self.apres}"
        if self.genre == "retrait":
            return f"Retrait\u00a0: {self.objet}, {self.avant}"
        if self.genre == "texte":
            return f"{self.objet}\u00a0: texte modifié"
        return f"{self.objet}\u00a0: {self.avant} → {self.apres}"


SANS_REPARTITION = {"thematiques": [], "nouveau": "0.00"}


def comparer(avant: dict, apres: dict) -> list[Difference]:
    """`avant`, `apres`: {"rapport": context, "repartition": context}, lines first, then totals, soldes and texts.

    A rapport that finances nothing has no annexe de répartition.
    """
    ancienne, nouvelle = (contextes.get("repartition", SANS_REPARTITION) for contextes in (avant, apres))
    return [
        *_lignes(ancienne, nouvelle),
        *_totaux(ancienne, nouvelle),
        *_soldes(avant["rapport"], apres["rapport"]),
        *_textes(avant["rapport"], apres["rapport"]),
    ]


def phrases(differences: list[Difference]) -> list[str]:
    return [str(d) for d in differences]


def resume(differences: list[Difference]) -> str:
    """« 2 lignes ajoutées, 1 montant modifié »."""
    noms = {
        "ajout": ("ligne ajoutée", "lignes ajoutées"),
        "retrait": ("ligne retirée", "lignes retirées"),
        "montant": ("montant modifié", "montants modifiés"),
        "solde": ("solde modifié", "soldes modifiés"),
        "texte": ("texte modifié", "textes modifiés"),
    }
    comptes = {genre: sum(1 for d in differences if d.genre == genre) for genre in noms}
    return ", ".join(accorder(n, *noms[genre]) for genre, n in comptes.items() if n) or "aucune différence"


def _par_cle(repartition: dict) -> dict:
    return {
        ligne["cle"]: (f"{ligne['structure']} ({operation['libelle_court']})", ligne)
        for groupe in repartition["thematiques"]
        for operation in groupe["operations"]
        for ligne in operation["lignes"]
    }


def _lignes(avant: dict, apres: dict) -> list[Difference]:
    anciennes, nouvelles = _par_cle(avant), _par_cle(apres)
    differences = []
    for cle, (nom, ligne) in nouvelles.items():
        montant = euros(ligne["montant"], symbole=True)
        if cle not in anciennes:
            differences.append(Difference("ajout", nom, apres=montant))
            continue
        ancienne = anciennes[cle][1]
        if ancienne["montant"] != ligne["montant"]:
            differences.append(Difference("montant", nom, euros(ancienne["montant"], symbole=True), montant))
        libelles = ("description", "description"), ("territoires", "territoires"), ("instrument", "acte")
        for champ, libelle in libelles:
            if (ancienne[champ] or "") != (ligne[champ] or ""):
                differences.append(
                    Difference("texte", f"{nom}, {libelle}", ancienne[champ] or "—", ligne[champ] or "—")
                )
    for cle, (nom, ligne) in anciennes.items():
        if cle not in nouvelles:
            differences.append(Difference("retrait", nom, avant=euros(ligne["montant"], symbole=True)))
    return differences


def _totaux(avant: dict, apres: dict) -> list[Difference]:
    differences = []
    anciens = {g["cle"]: g for g in avant["thematiques"]}
    for groupe in apres["thematiques"]:
        ancien = anciens.get(groupe["cle"])
        if ancien and ancien["nouveau"] != groupe["nouveau"]:
            differences.append(
                Difference(
                    "montant", f"Total de la thématique {groupe['numero']}",
                    euros(ancien["nouveau"], symbole=True), euros(groupe["nouveau"], symbole=True),
                )
            )  # fmt: skip
    if avant["nouveau"] != apres["nouveau"]:
        differences.append(
            Difference(
                "montant", "Total du rapport", euros(avant["nouveau"], symbole=True),
                euros(apres["nouveau"], symbole=True),
            )
        )  # fmt: skip
    return differences


def _soldes(avant: dict, apres: dict) -> list[Difference]:
    anciens = {i["code"]: i for i in avant["imputations"]}
    nouveaux = {i["code"]: i for i in apres["imputations"]}
    differences = []
    for code in sorted(anciens.keys() | nouveaux.keys()):
        soldes = [Decimal(i[code]["solde"]) if code in i else None for i in (anciens, nouveaux)]
        if soldes[0] != soldes[1]:
            ecrits = ["—" if s is None else euros(s, symbole=True) for s in soldes]
            differences.append(Difference("solde", f"Solde de {code}", *ecrits))
    return differences


def _textes(avant: dict, apres: dict) -> list[Difference]:
    differences = []
    for champ, objet in (
        ("titre", "Titre du rapport"),
        ("introduction", "Introduction"),
        ("avis", "Avis des commissions"),
    ):
        if avant.get(champ) != apres.get(champ):
            differences.append(Difference("texte", objet, _en_clair(avant.get(champ)), _en_clair(apres.get(champ))))
    anciens = {t["numero"]: t for t in avant["thematiques"]}
    for t in apres["thematiques"]:
        ancien = anciens.get(t["numero"])
        if ancien and ancien["texte"] != t["texte"]:
            differences.append(Difference("texte", f"Thématique {t['numero']}", ancien["texte"], t["texte"]))
    return differences


def _en_clair(valeur) -> str:
    return "\n".join(valeur) if isinstance(valeur, list) else str(valeur or "")


def ecart_de_total(avant: dict, apres: dict) -> Decimal:
    """Euros added (or removed, negative) between two répartitions."""
    return Decimal(apres["nouveau"]) - Decimal(avant["nouveau"] or ZERO)
