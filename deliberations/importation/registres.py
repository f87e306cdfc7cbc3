"""What the registers know, loaded once per import: structures, territoires, thématiques, dispositifs, AE."""

from collections import defaultdict
from difflib import SequenceMatcher

from budget.models import AutorisationEngagement, LigneBudgetaire
from dpid.models import AliasTerritoire, Territoire
from dpid.textes import cle_texte
from programmes.models import AliasStructure, AppelAProjets, Dispositif, Structure

# Words that do not tell one structure from another: « Habitat Insertion » and « association Habitat et Insertion ».
MOTS_VIDES = frozenset("a au aux d de des du en et l la le les pour sur association asso".split())
MOTS_DE_LIAISON = frozenset("d de des du et l la le les a au aux en".split())
RESSEMBLANCE = 0.8


def mots_utiles(cle: str) -> list[str]:
    return sorted(m for m in cle.split() if m not in MOTS_VIDES)


def sont_proches(une: str, autre: str) -> bool:
    """True when two name keys are the same words but for typing errors, small words or plural marks."""
    mots, autres = mots_utiles(une), mots_utiles(autre)
    if not mots or len(mots) != len(autres):
        return False
    return all(_mots_proches(a, b) for a, b in zip(mots, autres, strict=True))


def _mots_proches(a: str, b: str) -> bool:
    if a == b:
        return True
    # Two different numbers or initials are two different structures, however alike the names look.
    if min(len(a), len(b)) < 4 or a.isdigit() or b.isdigit():
        return False
    return SequenceMatcher(None, a, b).ratio() >= RESSEMBLANCE


class RegistreStructures:
    """Structures by SIRET, by name, by alias; near names are proposed, never chosen."""

    def __init__(self):
        self.par_siret, self.par_cle, self.noms = {}, defaultdict(list), []
        for s in Structure.objects.only("pk", "raison_sociale", "sigle", "siret"):
            if s.siret:
                self.par_siret[s.siret] = s
            self._ajouter(cle_texte(s.raison_sociale), s)
        for alias in AliasStructure.objects.select_related("structure"):
            self._ajouter(alias.cle, alias.structure)

    def _ajouter(self, cle, structure):
        if structure not in self.par_cle[cle]:
            self.par_cle[cle].append(structure)
            self.noms.append((cle, structure))

    def trouver(self, nom: str, siret: str = "") -> list[Structure]:
        """Structures that carry this SIRET, else this exact name or alias (one, several homonyms, or none)."""
        if siret and siret in self.par_siret:
            return [self.par_siret[siret]]
        return self.par_cle.get(cle_texte(nom), [])

    def proches(self, nom: str) -> list[Structure]:
        cle = cle_texte(nom)
        return list(dict.fromkeys(s for autre, s in self.noms if sont_proches(cle, autre)))


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


class RegistreProgramme:
    """Thématiques and dispositifs of the call of the year, AE of the exercice."""

    def __init__(self, exercice: int):
        self.exercice = exercice
        self.appel = AppelAProjets.objects.filter(annee=exercice).first()
        self.thematiques = list(self.appel.thematiques.all()) if self.appel else []
        self.dispositifs = (
            list(Dispositif.objects.filter(thematique__appel=self.appel).select_related("ligne_par_defaut"))
            if self.appel
            else []
        )
        ouvertes = AutorisationEngagement.objects.de_l_exercice(exercice).select_related("ligne").order_by("millesime")
        self.par_code = {ae.ligne.code: ae for ae in ouvertes}

    def thematique(self, numero, titre):
        """By title first: numbers change from year to year; then by number."""
        cle = cle_texte(titre)
        for t in self.thematiques:
            if cle_texte(t.titre) == cle:
                return t
        return next((t for t in self.thematiques if numero is not None and t.numero == numero), None)

    def dispositif(self, thematique, libelles):
        """The dispositif of the thématique known under one of these labels."""
        cles = {cle_texte(libelle) for libelle in libelles if libelle}
        for d in self.dispositifs:
            if thematique and d.thematique_id == thematique.pk:
                if cles & {cle_texte(d.libelle_court), cle_texte(d.titre), cle_texte(d.reference)} - {""}:
                    return d
        return None

    def autorisation(self, code: str, dispositif):
        """AE of the code, else of the default line of the dispositif; None means « à imputer »."""
        if code:
            return self.par_code.get(LigneBudgetaire.normaliser_code(code))
        if dispositif is not None and dispositif.ligne_par_defaut:
            return self.par_code.get(dispositif.ligne_par_defaut.code)
        return None
