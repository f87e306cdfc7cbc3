"""Which structure a row names: by SIRET, RNA, name or alias. A resemblance is put to the officer, never decided."""

from collections import defaultdict

from dpid.erreurs import ActeRefuse
from dpid.textes import cle_numerique, cle_texte
from programmes.depots.importation.lecture import DepotLu, Releve
from programmes.depots.importation.plan import Choix, Decision, StructurePrevue
from programmes.depots.importation.registres import RegistreStructures, mots_utiles, sont_proches

# Comparing names two by two is only worth it for a file that an officer can answer about.
INCONNUES_MAX = 2_000
CREER = "creer"
OPTION_CREER = (CREER, "une autre structure, à créer")


class Structures:
    """Matches the structures of one file; the same name always gives the same answer."""

    def __init__(self, choix: Choix, constats: Releve):
        self.registre, self.choix, self.constats = RegistreStructures(), choix, constats
        self.prevues: dict[str, StructurePrevue | None] = {}
        self.nouvelles: dict[int, list[StructurePrevue]] = defaultdict(list)
        self.decisions: dict[str, Decision] = {}

    def trouver(self, lu: DepotLu) -> StructurePrevue | None:
        """The structure of the row; None, and the reason said on the row, when nobody can tell."""
        cle = lu.siret or lu.rna or cle_texte(lu.structure)
        if cle not in self.prevues:
            if len(self.decisions) + len(self.prevues) > INCONNUES_MAX * 10:
                raise ActeRefuse("Le fichier nomme trop de structures : déposez-le en plusieurs fois.")
            self.prevues[cle] = self._reconnaitre(cle, lu)
        prevue = self.prevues[cle]
        if prevue is None:
            self._dire(cle, lu)
        return prevue

    def _reconnaitre(self, cle: str, lu: DepotLu) -> StructurePrevue | None:
        trouvees = self.registre.trouver(lu.structure, lu.siret, lu.rna)
        if len(trouvees) == 1 and not _est_autre_etablissement(trouvees[0], lu):
            return StructurePrevue(cle, lu.structure, trouvees[0])
        reponse = self.choix.structures.get(cle, "")
        semblables = self._semblables(lu, trouvees)
        if semblables:
            # Kept once answered: the page sends every answer again, and lets the officer change their mind.
            self.decisions[cle] = Decision(cle, lu.structure, [], [*semblables, OPTION_CREER], reponse)
        if reponse.startswith("pk:") and (connue := self.registre.par_pk.get(_entier(reponse))):
            return StructurePrevue(cle, lu.structure, connue)
        if semblables:
            if reponse.startswith("comme:"):
                return self.prevues.get(reponse.removeprefix("comme:"))
            if reponse != CREER:
                return None
        elif not self.choix.creer_manquants:
            return None
        return self._a_creer(cle, lu)

    def _a_creer(self, cle, lu) -> StructurePrevue:
        prevue = StructurePrevue(cle, lu.structure, None, lu.sigle, lu.siret, lu.rna, lu.type)
        self.nouvelles[len(mots_utiles(cle_texte(lu.structure)))].append(prevue)
        return prevue

    def _semblables(self, lu, trouvees) -> list[tuple[str, str]]:
        """(value, label) of what the name resembles: homonyms and near names, known or already in this file."""
        connues = dict.fromkeys([*trouvees, *self.registre.proches(lu.structure)])
        options = [(f"pk:{s.pk}", _designation(s)) for s in connues]
        cle = cle_texte(lu.structure)
        voisines = self.nouvelles[len(mots_utiles(cle))]
        if len(voisines) < INCONNUES_MAX:
            options += [
                (f"comme:{n.cle}", f"« {n.nom} », à créer par ce même fichier")
                for n in voisines
                if sont_proches(cle_texte(n.nom), cle)
            ]
        return options

    def _dire(self, cle: str, lu: DepotLu) -> None:
        decision = self.decisions.get(cle)
        if decision is not None:
            decision.lignes.append(lu.ligne)
            noms = ", ".join(libelle for valeur, libelle in decision.options if valeur != CREER)
            self.constats.erreur(
                f"structure inconnue, proche de {noms}",
                "Dites à l’écran s’il s’agit d’elle, ou ajoutez ce nom à ses autres noms.",
                valeur=lu.structure,
                **self.constats.situer(lu, "structure"),
            )
        else:
            self.constats.erreur(
                "structure inconnue du registre",
                "Créez-la, ou cochez « Créer les structures manquantes ».",
                valeur=lu.structure,
                **self.constats.situer(lu, "structure"),
            )


def _est_autre_etablissement(structure, lu: DepotLu) -> bool:
    """Found by its name, but both SIRET are known and differ: another establishment, or another body."""
    return bool(lu.siret and structure.siret and lu.siret != structure.siret)


def _designation(structure) -> str:
    siret = f" (SIRET {structure.siret_imprime})" if structure.siret else ""
    return f"{structure.raison_sociale}{siret}"


def _entier(reponse: str) -> int:
    return cle_numerique(reponse.removeprefix("pk:")) or 0
