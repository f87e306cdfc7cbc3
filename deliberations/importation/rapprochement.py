"""From what a file says to what it would change in a rapport: additions, changes, removals, creations."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from budget.models import LigneBudgetaire
from deliberations.importation.actes_lus import ActeLu, lire_acte
from deliberations.importation.annexe import LigneLue, OperationLue, ThematiqueLue
from deliberations.importation.registres import RegistreProgramme
from deliberations.repartition import LigneRepartition, repartir_rapport
from dpid.classeurs import Collecteur
from dpid.models import Territoire
from dpid.montants import euros
from dpid.textes import cle_texte
from programmes.depots.importation.registres import RegistreStructures, RegistreTerritoires, sont_proches
from programmes.models import Dispositif, Structure, Thematique


@dataclass
class LignePrevue:
    """A line of the file once matched; `structure` None means « to be created », `autorisation` None « à imputer »."""

    lue: LigneLue
    structure: Structure | None
    territoires: list[Territoire]
    autorisation: object
    acte: ActeLu
    existante: LigneRepartition | None = None
    differences: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def cle(self) -> tuple:
        """What identifies a line inside its opération: who, where."""
        qui = self.structure.pk if self.structure else cle_texte(self.lue.structure)
        return qui, tuple(t.pk for t in self.territoires)

    @property
    def montant(self) -> Decimal:
        return self.lue.montant

    def __str__(self):
        lieu = ", ".join(t.libelle for t in self.territoires)
        return f"{self.lue.structure}{f' ({lieu})' if lieu else ''} : {euros(self.montant, True)}"


@dataclass
class OperationPrevue:
    lue: OperationLue
    dispositif: Dispositif | None
    presentee: object
    lignes: list[LignePrevue]

    @property
    def libelle_court(self) -> str:
        return (self.lue.libelle_total or self.lue.libelle)[:100]


@dataclass
class ThematiquePrevue:
    lue: ThematiqueLue
    thematique: Thematique | None
    presentee: object
    operations: list[OperationPrevue]

    @property
    def titre(self) -> str:
        return self.lue.titre[:250]


@dataclass
class Plan:
    """What the file would do to the rapport."""

    thematiques: list[ThematiquePrevue]
    ajouts: list[LignePrevue]
    changements: list[LignePrevue]
    retraits: list[LigneRepartition]
    inchangees: int
    creations: list[str]


class Rapprochement:
    """Matches a file with the registers and with the rapport; findings go to `constats`, nothing is written."""

    def __init__(self, rapport, exercice: int, constats: Collecteur, creer_manquants: bool, choix: dict | None = None):
        self.rapport, self.constats, self.creer_manquants = rapport, constats, creer_manquants
        self.choix = choix or {}
        self.structures, self.territoires = RegistreStructures(), RegistreTerritoires()
        self.programme = RegistreProgramme(exercice)
        self.creations: dict[str, None] = {}
        self.nouvelles: dict[str, str] = {}

    def planifier(self, annexe) -> Plan:
        actuel = repartir_rapport(self.rapport, avec_zeros=True) if self.rapport else None
        if self.programme.appel is None:
            self._a_creer(f"l’appel à projets {self.programme.exercice}", "", None)
        prevues = [self._thematique(t, actuel) for t in annexe.thematiques]
        ajouts, changements, inchangees, vues = [], [], 0, set()
        restantes = self._existantes(actuel)
        for t in prevues:
            for o in t.operations:
                for ligne in o.lignes:
                    candidates = restantes.get((o.presentee.pk if o.presentee else None, *ligne.cle), [])
                    if not candidates:
                        ajouts.append(ligne)
                        self._refuser_partage(ligne)
                        continue
                    ligne.existante = candidates.pop(0)
                    vues.add(ligne.existante.proposition.pk)
                    ligne.differences = self._differences(ligne)
                    changements += [ligne] if ligne.differences else []
                    inchangees += not ligne.differences
        retraits = [e for e in (actuel.lignes if actuel else []) if e.proposition.pk not in vues]
        return Plan(prevues, ajouts, changements, retraits, inchangees, list(self.creations))

    # --- thématique, opération ------------------------------------------------------------------------------------

    def _thematique(self, lue: ThematiqueLue, actuel) -> ThematiquePrevue:
        thematique = self.programme.thematique(lue.numero, lue.titre)
        if thematique is None:
            self._a_creer(f"la thématique « {lue.titre} »", lue.feuille, None)
        elif cle_texte(thematique.titre) != cle_texte(lue.titre):
            self.constats.avertir(
                f"la thématique {thematique.numero} de l’appel s’intitule « {thematique.titre} »",
                "Le rapport gardera le titre du fichier ; corrigez-le s’il s’agit d’une erreur.",
                feuille=lue.feuille,
                valeur=lue.titre,
            )
        presentee = None
        for t in actuel.thematiques if actuel else []:
            if thematique and t.thematique.thematique_id == thematique.pk:
                presentee = t
        operations = [self._operation(o, lue, thematique, presentee) for o in lue.operations]
        return ThematiquePrevue(lue, thematique, presentee.thematique if presentee else None, operations)

    def _operation(self, lue: OperationLue, theme, thematique, groupe) -> OperationPrevue:
        cles = {cle_texte(lue.libelle), cle_texte(lue.libelle_total)} - {""}
        presentee = None
        for o in groupe.operations if groupe else []:
            if cles & {cle_texte(o.operation.libelle_court), cle_texte(o.operation.titre)}:
                presentee = o.operation
        dispositif = self.programme.dispositif(thematique, (lue.libelle, lue.libelle_total))
        if dispositif is None and presentee is not None:
            dispositif = presentee.dispositifs.first()
        if dispositif is None:
            self._a_creer(
                f"le dispositif « {lue.libelle} »", theme.feuille, lue.lignes[0].ligne if lue.lignes else None
            )
        lignes = [self._ligne(ligne, dispositif) for ligne in lue.lignes]
        return OperationPrevue(lue, dispositif, presentee, lignes)

    def _a_creer(self, quoi, feuille, ligne):
        if self.creer_manquants:
            self.creations[quoi] = None
        else:
            self.constats.erreur(
                f"{quoi} n’existe pas dans les registres",
                "Créez-le avant d’importer, ou demandez la création de ce qui manque.",
                feuille=feuille,
                ligne=ligne,
            )

    # --- line -----------------------------------------------------------------------------------------------------

    def _ligne(self, lue: LigneLue, dispositif) -> LignePrevue:
        lieu = {"feuille": lue.feuille, "ligne": lue.ligne}
        autorisation = self.programme.autorisation(_codes(lue)[0], dispositif)
        inconnus = [c for c in _codes(lue) if c and self.programme.autorisation(c, None) is None]
        if inconnus:
            self.constats.erreur(
                f"ce code opération n’a pas d’AE ouverte en {self.programme.exercice}",
                "Corrigez le code, ou faites ouvrir l’AE par les finances.",
                valeur=lue.code_operation,
                **lieu,
            )
        elif autorisation is None and lue.montant:
            self.constats.avertir(
                "ni code opération ni ligne par défaut : la ligne sera « à imputer »",
                "Choisissez une ligne budgétaire avant l’adoption.",
                valeur=lue.structure,
                **lieu,
            )
        try:
            acte = lire_acte(lue.acte_texte)
        except ValueError as erreur:
            self.constats.erreur(str(erreur), "Corrigez la date.", valeur=lue.acte_texte, **lieu)
            acte = ActeLu()
        return LignePrevue(lue, self._structure(lue, lieu), self._territoires(lue, lieu), autorisation, acte)

    def _territoires(self, lue, lieu):
        territoires, restes = self.territoires.lire(lue.territoires_texte)
        if restes:
            proches = self.territoires.proches(restes)
            self.constats.erreur(
                f"territoire inconnu : « {' '.join(restes)} »"
                + (f", proche de « {' » ou « '.join(proches)} »" if proches else ""),
                "Écrivez un territoire du référentiel, ou ajoutez-lui cet alias.",
                valeur=lue.territoires_texte,
                **lieu,
            )
        return territoires

    def _structure(self, lue, lieu) -> Structure | None:
        cle = cle_texte(lue.structure)
        if self.choix.get(cle):
            return Structure.objects.filter(pk=self.choix[cle]).first()
        trouvees = self.structures.trouver(lue.structure, lue.siret.valeur if lue.siret else "")
        if len(trouvees) == 1:
            return trouvees[0]
        if trouvees:
            self.constats.erreur(
                f"{len(trouvees)} structures portent ce nom",
                "Ajoutez le SIRET dans le fichier pour les distinguer.",
                valeur=lue.structure,
                **lieu,
            )
            return None
        proches = [] if cle in self.choix else self.structures.proches(lue.structure)
        if proches:
            noms = " » ou « ".join(s.raison_sociale for s in proches)
            self.constats.erreur(
                f"structure inconnue, proche de « {noms} »",
                "S’il s’agit de la même, écrivez ce nom ou ajoutez-lui l’alias ; sinon créez la structure.",
                valeur=lue.structure,
                **lieu,
            )
            return None
        self._nouvelle_structure(lue, cle, lieu)
        return None

    def _nouvelle_structure(self, lue, cle, lieu):
        if not self.creer_manquants:
            self.constats.erreur(
                "structure inconnue",
                "Corrigez le nom, créez la structure, ou demandez la création de ce qui manque.",
                valeur=lue.structure,
                **lieu,
            )
            return
        autre = next((nom for c, nom in self.nouvelles.items() if c != cle and sont_proches(c, cle)), None)
        if autre and cle not in self.nouvelles:
            self.constats.avertir(
                f"ce nom ressemble à « {autre} », autre structure nouvelle du fichier",
                "Vérifiez qu’il s’agit bien de deux structures.",
                valeur=lue.structure,
                **lieu,
            )
        self.nouvelles[cle] = lue.structure
        self.creations[f"la structure « {lue.structure} » (à compléter)"] = None

    # --- comparison with the rapport ------------------------------------------------------------------------------

    def _existantes(self, actuel) -> dict:
        """Lines of the rapport by (opération, structure, territoires); twins are taken in their order."""
        par_cle = defaultdict(list)
        for e in actuel.lignes if actuel else []:
            ligne = e.proposition.ligne
            lieux = tuple(p.territoire_id for p in ligne.placements.all())
            par_cle[(e.proposition.operation_id, ligne.dossier.structure_id, lieux)].append(e)
        return par_cle

    def _refuser_partage(self, prevue: LignePrevue):
        """Several codes say where the money comes from, not how much from each: only the dossier does."""
        if len(_codes(prevue.lue)) > 1:
            self.constats.erreur(
                "plusieurs codes opération : le fichier ne dit pas la part de chacun",
                "Modifiez les financements de cette ligne dans son dossier, ou gardez un seul code.",
                feuille=prevue.lue.feuille,
                ligne=prevue.lue.ligne,
                valeur=prevue.lue.code_operation,
            )

    def _differences(self, prevue: LignePrevue) -> dict[str, tuple[str, str]]:
        """{field: (rapport, file)} for what the file says differently; a silent column changes nothing."""
        avant, lue, trouvees = prevue.existante, prevue.lue, {}
        if avant.montant != lue.montant:
            trouvees["montant"] = (euros(avant.montant, True), euros(lue.montant, True))
        if lue.description and cle_texte(lue.description) != cle_texte(avant.description):
            trouvees["description"] = (avant.description, lue.description)
        if lue.acte_texte and cle_texte(lue.acte_texte) != cle_texte(avant.instrument or ""):
            trouvees["acte"] = (avant.instrument or "", lue.acte_texte)
        if len(_codes(lue)) > 1:
            if _codes(lue) != avant.codes or "montant" in trouvees:
                self._refuser_partage(prevue)
        elif lue.code_operation and prevue.autorisation and avant.codes != [prevue.autorisation.ligne.code]:
            trouvees["code"] = (", ".join(avant.codes), prevue.autorisation.ligne.code)
        return trouvees


def _codes(lue: LigneLue) -> list[str]:
    """Budget codes of a line, as our editions print them: « C02-428B02, C02-446A05 »; [""] for none."""
    return [LigneBudgetaire.normaliser_code(c) if c.strip() else "" for c in lue.code_operation.split(",")]
