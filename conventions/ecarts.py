"""What an act remade after the vote says that the project voted did not: both contexts compared, nothing read."""

import re
from collections import Counter

from deliberations.comparaison import Difference
from dpid.montants import euros
from dpid.typographie import avec_majuscule

# What a remade act is expected to change: when it is dated and who signs it.
PARTIES = ("nom", "designation", "adresse", "siret")
# Fiches and free modifications are called by their row, which is another one in the act remade.
_RANG = re.compile(r"^(fiche|modification)-\d+$")


def comparer(vote: dict, acte: dict) -> list[Difference]:
    """`vote`, `acte`: contexts of `documents.contexte`. In the order of the act, what it lost last."""
    avant, apres = _textes(vote), _textes(acte)
    return [
        Difference(
            "montant" if cle == ("montant",) else "texte", apres.get(cle, avant.get(cle))[0], ancien or "—", neuf or "—"
        )
        for cle in dict.fromkeys([*apres, *avant])
        if (ancien := avant.get(cle, ("", ""))[1]) != (neuf := apres.get(cle, ("", ""))[1])
    ]


def _textes(donnees: dict) -> dict[tuple, tuple[str, str]]:
    """{key: (place, text)} of all that the act says, dates and signatures left out."""
    textes = {
        ("numero",): ("Numéro", donnees["numero"]),
        ("objet",): ("Objet", donnees["objet"]),
        ("montant",): ("Montant", euros(donnees["montant"], symbole=True)),
    }
    for rang, partie in enumerate(donnees["parties"], 1):
        dite = ", ".join(partie[champ] for champ in PARTIES if partie[champ])
        textes["partie", rang] = (f"Partie {rang}", dite)
    vues: Counter = Counter()
    for clause in donnees["clauses"]:
        cle = clause["nature"], _RANG.sub(r"\1", clause["cle"])
        vues[cle] += 1
        textes |= _clause((*cle, vues[cle]), clause)
    return textes


def _clause(cle, clause) -> dict:
    nom = avec_majuscule(clause["nature"])
    lieu = ", ".join(filter(None, (f"{nom} {clause['numero']}" if clause["numero"] else nom, clause["titre"])))
    corps = "\n\n".join(filter(None, (clause["texte"], _versements(clause["versements"]))))
    rubriques = (clause["fiche"] or {}).get("rubriques", ())
    # A clause without a text of its own is told by its rubriques, and by its title when it is there or not.
    textes = {cle: (lieu, corps or clause["titre"])}
    return textes | {(*cle, r["cle"]): (f"{lieu}, {r['libelle']}", r["texte"]) for r in rubriques}


def _versements(versements) -> str:
    return "\n".join(", ".join(str(v) for v in rang.values() if v) for rang in versements)
