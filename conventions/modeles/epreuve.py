"""A version tried on the acts that exist: fields that would be empty, values too long for a line or a cell.

Nothing is written. What is found never forbids publication: the act concerned is stopped, by its name, when its time
comes; but who writes the model knows it now.
"""

import re
from collections import defaultdict

from conventions import champs
from conventions.composition import CONDITIONS
from conventions.lecture import lire
from conventions.models import Acte, Modele
from deliberations.redaction.renvois import cites
from dpid.typographie import accorder

EPROUVES = 120  # acts, the latest first: a lint answers in a second
# Characters of one word that a line of an act holds, at the size of its text; a cell holds its share of them.
LARGEUR = 80
CELLULE = re.compile(r"^\s*\|(.+)\|\s*$", re.MULTILINE)


def actes_eprouves(version):
    """Of its kind, and of its dispositifs when it has its own."""
    actes = Acte.objects.exclude(etat=Acte.Etat.ABANDONNE).filter(version_modele__isnull=False)
    est_avenant = version.modele.nature == Modele.Nature.AVENANT
    actes = actes.filter(rang__gt=0) if est_avenant else actes.filter(rang=0)
    if siens := [d.pk for d in version.modele.dispositifs.all()]:
        actes = actes.filter(fiches__dispositif__in=siens).distinct()
    return actes.order_by("-pk")[:EPROUVES]


def eprouver(version) -> list[tuple]:
    """`[(block, sentence)]`, each field once per block; a constant number of queries."""
    if not version.modele.est_un_acte:
        return []
    tous, vides, longs, blocs = list(version.blocs.all()), defaultdict(list), {}, {}
    for lu in lire(list(actes_eprouves(version).values_list("pk", flat=True))):
        valeurs = champs.valeurs(lu)
        for bloc in (b for b in tous if CONDITIONS[b.condition](lu)):
            for nom in cites(f"{bloc.titre}\n{bloc.texte}"):
                if nom not in champs.PAR_CLE:
                    continue
                blocs[bloc.pk] = bloc
                if not valeurs[nom]:
                    vides[bloc.pk, nom].append(lu)
                    continue
                mot = max(valeurs[nom].split(), key=len, default="")
                if len(mot) > max(_place(bloc.texte, nom), len(longs.get((bloc.pk, nom), ("",))[0])):
                    longs[bloc.pk, nom] = (mot, lu)
    trouves = [(blocs[pk], _vide(blocs[pk], nom, lus)) for (pk, nom), lus in vides.items()]
    return trouves + [(blocs[pk], _long(blocs[pk], nom, *dit)) for (pk, nom), dit in longs.items()]


def _place(texte: str, nom: str) -> int:
    """Characters that a word has there: a line, or the narrowest cell of a table that holds the field."""
    rangees = [m[1].split("|") for m in CELLULE.finditer(texte) if f"{{{nom}}}" in m[1]]
    return LARGEUR // max(map(len, rangees), default=1)


def _qui(lu) -> str:
    return f"{lu.acte}, {lu.structure}"


def _vide(bloc, nom, lus) -> str:
    combien = accorder(len(lus), "acte qui existe", "actes qui existent")
    return f"« {bloc} » : {{{nom}}} est vide pour {combien}, dont : {_qui(lus[0])}. Mettez une condition."


def _long(bloc, nom, mot, lu) -> str:
    return (
        f"« {bloc} » : {{{nom}}} porte un mot de {len(mot)} signes, « {mot[:30]}… », que sa ligne ou sa cellule "
        f"couperait ({_qui(lu)})."
    )
