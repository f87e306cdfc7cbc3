"""What the registers know of names, loaded once per import: structures, territoires."""

from collections import defaultdict
from difflib import SequenceMatcher

from dpid.models import AliasTerritoire, Territoire
from dpid.textes import cle_texte
from programmes.models import AliasStructure, Structure

# Words that do not tell one structure from another: « Habitat Insertion » and « association Habitat et Insertion ».
MOTS_VIDES = frozenset("a au aux d de des du en et l la le les pour sur association asso".split())
MOTS_DE_LIAISON = frozenset("d de des du et l la le les a au aux en".split())
RESSEMBLANCE = 0.8


def mots_utiles(cle: str) -> list[str]:
    return sorted(m for m in cle.split() if m not in MOTS_VIDES)


def sont_proches(une: str, autre: str) -> bool:
    """True when two name keys are the same words but for typing errors, small words or plural marks."""
    return _listes_proches(mots_utiles(une), mots_utiles(autre))


def _listes_proches(mots: list[str], autres: list[str]) -> bool:
    if not mots or len(mots) != len(autres):
        return False
    return all(_mots_proches(a, b) for a, b in zip(mots, autres, strict=True))


def _mots_proches(a: str, b: str) -> bool:
    if a == b:
        return True
    # Two different numbers or initials are two different structures, however alike the names look.
    if min(len(a), len(b)) < 4 or a.isdigit() or b.isdigit():
        return False
    comparaison = SequenceMatcher(None, a, b)
    # Bounds first: most pairs of words are told apart without the whole comparison.
    if comparaison.real_quick_ratio() < RESSEMBLANCE or comparaison.quick_ratio() < RESSEMBLANCE:
        return False
    return comparaison.ratio() >= RESSEMBLANCE


class RegistreStructures:
    """Structures by SIRET, by RNA, by name, by alias; near names are proposed, never chosen.

    A structure merged into another answers for nothing: its names, kept as aliases, lead to the one that stays.
    """

    def __init__(self):
        self.par_siret, self.par_rna, self.par_cle, self.noms = {}, {}, defaultdict(list), []
        self.par_pk: dict[int, Structure] = {}
        self._proches: dict[str, list[Structure]] = {}
        champs = ("pk", "raison_sociale", "sigle", "siret", "rna", "type", "fusionnee_dans")
        toutes = {s.pk: s for s in Structure.objects.only(*champs)}
        for s in toutes.values():
            gardee = _gardee(s, toutes)
            self._connaitre(s, gardee)
        for cle, pk in AliasStructure.objects.values_list("cle", "structure"):
            self._ajouter(cle, _gardee(toutes[pk], toutes))

    def _connaitre(self, structure, gardee):
        self.par_pk[structure.pk] = gardee
        if structure.siret:
            self.par_siret.setdefault(structure.siret, gardee)
        if structure.rna:
            self.par_rna.setdefault(structure.rna, gardee)
        self._ajouter(cle_texte(structure.raison_sociale), gardee)

    def _ajouter(self, cle, structure):
        if structure not in self.par_cle[cle]:
            self.par_cle[cle].append(structure)
            self.noms.append((mots_utiles(cle), structure))

    def trouver(self, nom: str, siret: str = "", rna: str = "") -> list[Structure]:
        """Structures that carry this SIRET, else this RNA, else this exact name or alias (one, homonyms, or none)."""
        if siret and siret in self.par_siret:
            return [self.par_siret[siret]]
        if rna and rna in self.par_rna:
            return [self.par_rna[rna]]
        return self.par_cle.get(cle_texte(nom), [])

    def proches(self, nom: str) -> list[Structure]:
        cle = cle_texte(nom)
        if cle not in self._proches:
            mots = mots_utiles(cle)
            self._proches[cle] = list(dict.fromkeys(s for autres, s in self.noms if _listes_proches(mots, autres)))
        return self._proches[cle]


def _gardee(structure, toutes):
    """The structure that answers for this one once the merges are followed."""
    vues = set()
    while structure.fusionnee_dans_id and structure.pk not in vues:
        vues.add(structure.pk)
        structure = toutes[structure.fusionnee_dans_id]
    return structure


class RegistreTerritoires:
    """Territoires recognised in a text by longest alias first, whatever separates them."""

    def __init__(self):
        self.par_code = {t.code: t for t in Territoire.objects.all()}
        par_pk = {t.pk: t for t in self.par_code.values()}
        alias = {a.cle: par_pk[a.territoire_id] for a in AliasTerritoire.objects.all()}
        alias |= {cle_texte(t.libelle): t for t in par_pk.values()}
        self.alias = sorted(((cle.split(), t) for cle, t in alias.items()), key=lambda a: -len(" ".join(a[0])))

    def lire(self, texte: str) -> tuple[list[Territoire], list[str]]:
        """(territoires in the order written, words that name none)."""
        mots = cle_texte(texte).split()
        libres = list(mots)
        places = {}
        for cle, territoire in self.alias:
            for debut in range(len(mots) - len(cle) + 1):
                if libres[debut : debut + len(cle)] == cle:
                    libres[debut : debut + len(cle)] = [None] * len(cle)
                    places.setdefault(territoire, debut)
        restes = [m for m in libres if m and m not in MOTS_DE_LIAISON]
        return sorted(places, key=places.get), restes

    def proches(self, mots: list[str]) -> list[str]:
        cle = " ".join(mots)
        return [t.libelle for t in self.par_code.values() if _mots_proches(cle_texte(t.libelle), cle)]
