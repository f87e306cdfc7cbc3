"""« Qu’est-ce qui a changé ? »: two editions of a rapport compared from their contexts alone.

Works on frozen contexts as well as on live ones: nothing is read from the database.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from dpid.montants import euros
from dpid.typographie import accorder


@dataclass(frozen=True)
class Difference:
    """`genre`: ajout, retrait, montant, solde, recette, annexe, texte. `avant` and `apres`: what each side shows."""

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
    """`avant`, `apres`: {key: context} with the rapport at least; lines first, then totals, soldes and texts.

    A rapport that finances nothing has no annexe de répartition.
    """
    ancienne, nouvelle = (contextes.get("repartition", SANS_REPARTITION) for contextes in (avant, apres))
    return [
        *_lignes(ancienne, nouvelle),
        *_totaux(ancienne, nouvelle),
        *_soldes(avant["rapport"], apres["rapport"]),
        *_recettes(avant["rapport"], apres["rapport"]),
        *_annexes(avant["rapport"], apres["rapport"]),
        *_textes(avant, apres),
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
        "recette": ("recette modifiée", "recettes modifiées"),
        "annexe": ("annexe changée", "annexes changées"),
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
    """Texts of the rapport, of its thématiques and opérations, visas and articles, with both versions."""
    anciens, nouveaux = _tous_les_textes(avant), _tous_les_textes(apres)
    return [
        Difference("texte", nouveaux.get(cle, anciens.get(cle))[0], ancien or "—", nouveau or "—")
        for cle in dict.fromkeys([*nouveaux, *anciens])
        if (ancien := anciens.get(cle, ("", ""))[1]) != (nouveau := nouveaux.get(cle, ("", ""))[1])
        and _sans_chiffres(ancien, cle) != _sans_chiffres(nouveau, cle)
    ]


def _tous_les_textes(contextes: dict) -> dict[tuple, tuple[str, str]]:
    """{key: (place, text)}; what a descriptive annexe says of an opération is not in the rapport itself."""
    rapport, textes = contextes["rapport"], {}
    for champ, lieu in (
        ("titre", "Titre du rapport"),
        ("introduction", "Introduction"),
        ("avis", "Avis des commissions"),
    ):
        textes[champ,] = (lieu, _en_clair(rapport.get(champ)))
    for contexte in contextes.values():
        if contexte["nature"] == "descriptive":
            textes["annexe", contexte["cle"]] = (contexte["titre_annexe"], contexte["introduction"])
        for projet in contexte.get("projets", ()):
            textes["projet", contexte["cle"], projet["cle"]] = (projet["titre"], _acte_en_clair(projet["donnees"]))
        if contexte["nature"] in ("rapport", "descriptive"):
            for thematique in contexte["thematiques"]:
                textes |= _textes_d_une_thematique(thematique)
    deliberation = contextes.get("deliberation", {})
    textes["visas",] = ("Visas", _en_clair(deliberation.get("visas", [])))
    for article in deliberation.get("articles", ()):
        textes["article", article["cle"]] = (f"Article {article['numero']}", article["texte"])
    return textes


def _textes_d_une_thematique(thematique: dict) -> dict:
    textes, lieu = {}, f"Thématique {thematique['numero']}"
    if "texte" in thematique:
        textes["thematique", thematique["cle"]] = (lieu, thematique["texte"])
    for operation in thematique["operations"]:
        for champ in ("descriptif", "bilan", "proposition"):
            if operation[champ]:
                cle = ("operation", operation.get("cle", operation["titre"]), champ)
                textes[cle] = (f"{lieu}, opération {operation['numero']}, {champ}", operation[champ])
    return textes


def _sans_chiffres(texte: str, cle) -> str:
    """An article that follows an amount is not reworded: its figures are told by the lines and the totals."""
    return re.sub(r"[\d\s,]+", " ", texte) if cle[0] == "article" else texte


def _annexes(avant: dict, apres: dict) -> list[Difference]:
    """Annexes added, taken out, numbered otherwise."""
    anciennes, nouvelles = ({a["cle"]: a for a in rapport["annexes"]} for rapport in (avant, apres))
    differences = []
    for cle in dict.fromkeys([*nouvelles, *anciennes]):
        ancienne, nouvelle = anciennes.get(cle), nouvelles.get(cle)
        numeros = [f"annexe\u00a0{a['numero']}" if a else "—" for a in (ancienne, nouvelle)]
        if numeros[0] != numeros[1]:
            differences.append(Difference("annexe", f"« {(nouvelle or ancienne)['titre']} »", *numeros))
    return differences


def _recettes(avant: dict, apres: dict) -> list[Difference]:
    anciennes, nouvelles = ({r["code"]: r for r in rapport["recettes"]} for rapport in (avant, apres))
    differences = []
    for code in sorted(anciennes.keys() | nouvelles.keys()):
        montants = [euros(r[code]["proposition"], symbole=True) if code in r else "—" for r in (anciennes, nouvelles)]
        if montants[0] != montants[1]:
            differences.append(Difference("recette", f"Recette {code}", *montants))
    return differences


def _en_clair(valeur) -> str:
    return "\n".join(valeur) if isinstance(valeur, list) else str(valeur or "")


def _acte_en_clair(donnees: dict) -> str:
    """What a project of act says: its clauses, with their fiches and their instalments."""
    return _en_clair([str(dit) for dit in _feuilles([donnees.get("objet"), donnees.get("clauses")]) if dit])


def _feuilles(donnees):
    if isinstance(donnees, dict):
        donnees = list(donnees.values())
    if not isinstance(donnees, list):
        yield donnees
        return
    for valeur in donnees:
        yield from _feuilles(valeur)


def mots(avant: str, apres: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Both texts cut in runs of words, `(changed?, text)`: what goes on the left, what comes on the right."""
    gauche, droite = (re.findall(r"\s+|[^\s]+", texte) for texte in (avant, apres))
    rangs: tuple[list, list] = ([], [])
    for genre, a, b, c, d in SequenceMatcher(None, gauche, droite, autojunk=False).get_opcodes():
        for rang, mots_ in ((rangs[0], gauche[a:b]), (rangs[1], droite[c:d])):
            if mots_:
                rang.append((genre != "equal", "".join(mots_)))
    return rangs
