"""Pairs of the register that may be one structure. Proposed with their reason, never merged by themselves."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations

from dpid.models import Journal
from dpid.textes import cle_texte
from programmes.depots.importation.registres import mots_utiles, sont_proches
from programmes.models import AliasStructure, Structure

MOT_RARE = 3  # a word that at most so many structures use is enough to bring two names together


@dataclass
class Paire:
    """`est_sure`: same official number or same name, else a resemblance. `raisons` are said to the officer."""

    une: Structure
    autre: Structure
    raisons: list[str] = field(default_factory=list)
    est_sure: bool = False


def candidates() -> list[Paire]:
    """Pairs to look at, the surest first; five queries at most. Two establishments of one SIREN are never proposed,
    nor a pair that somebody already declared distinct."""
    return rapprocher(list(Structure.objects.actives().select_related("commune").order_by("pk")))


def rapprocher(structures: list[Structure]) -> list[Paire]:
    """The same among these structures alone; three queries at most."""
    distinctes = set(
        Journal.objects.filter(objet=Structure._meta.label_lower, verbe="distinguer").values_list(
            "objet_id", "donnees__autre"
        )
    )
    trouvees: dict[tuple[int, int], Paire] = {}
    for une, autre, raison, est_sure in _rapprochements(structures):
        une, autre = sorted((une, autre), key=lambda s: s.pk)
        cle = (une.pk, autre.pk)
        if cle in distinctes or (une.siren and une.siren == autre.siren):
            continue
        paire = trouvees.setdefault(cle, Paire(une, autre))
        paire.est_sure |= est_sure
        if raison not in paire.raisons:
            paire.raisons.append(raison)
    return sorted(trouvees.values(), key=lambda p: (not p.est_sure, p.une.cle, p.une.pk, p.autre.pk))


def _rapprochements(structures):
    par_pk = {s.pk: s for s in structures}
    for groupe in _groupes(structures, lambda s: s.rna):
        yield from ((a, b, "même numéro RNA", True) for a, b in combinations(groupe, 2))
    cles = {s.pk: cle_texte(s.raison_sociale) for s in structures}
    for groupe in _groupes(structures, lambda s: " ".join(mots_utiles(cles[s.pk]))):
        yield from ((a, b, "même raison sociale", True) for a, b in combinations(groupe, 2))
    par_alias = {a.cle: par_pk[a.structure_id] for a in AliasStructure.objects.filter(structure__in=par_pk)}
    for s in structures:
        titulaire = par_alias.get(cles[s.pk])
        if titulaire is not None and titulaire.pk != s.pk:
            yield titulaire, s, "l’une porte un autre nom connu de l’autre", True
    yield from _proches(structures, cles)


def _groupes(structures, cle):
    groupes: dict[str, list] = {}
    for s in structures:
        if cle(s):
            groupes.setdefault(cle(s), []).append(s)
    return [g for g in groupes.values() if len(g) > 1]


def _proches(structures, cles):
    """Names but for a typing error, or one inside the other. Two known communes, or two SIREN, tell them apart."""
    mots = {s.pk: mots_utiles(cles[s.pk]) for s in structures}
    frequences = Counter(m for liste in mots.values() for m in set(liste))
    par_longueur: dict[int, list] = {}
    par_mot_rare: dict[str, list] = {}
    for s in structures:
        par_longueur.setdefault(len(mots[s.pk]), []).append(s)
        for mot in {m for m in mots[s.pk] if frequences[m] <= MOT_RARE and len(m) > 3}:
            par_mot_rare.setdefault(mot, []).append(s)
    for groupe in par_longueur.values():
        for a, b in combinations(groupe, 2):
            if mots[a.pk] != mots[b.pk] and _comparables(a, b) and sont_proches(cles[a.pk], cles[b.pk]):
                yield a, b, "raisons sociales presque identiques", False
    for groupe in par_mot_rare.values():
        for a, b in combinations(groupe, 2):
            une, autre = set(mots[a.pk]), set(mots[b.pk])
            if une != autre and (une < autre or autre < une) and _comparables(a, b):
                yield a, b, "l’une des raisons sociales contient l’autre", False


def _comparables(a, b) -> bool:
    if a.commune_id and b.commune_id and a.commune_id != b.commune_id:
        return False
    return not (a.siren and b.siren and a.siren != b.siren)
