"""Who may read and write each address of the site: the table that `test_droits.py` walks.

A new address is added here, or the test fails and says so. Written by hand from the rules of the département, never
from `perms.py`: the two must agree.
"""

from dataclasses import dataclass, field

from dpid.models import Role

T, I, B, D, A, C, K, X = (  # noqa: E741 - one letter per role keeps the table readable
    Role.TERRITOIRE, Role.INSTRUCTION, Role.BUDGET, Role.DIRECTION, Role.ASSEMBLEES, Role.CONVENTIONS,
    Role.CONSULTATION, Role.ADMINISTRATION,
)  # fmt: skip
TOUS = frozenset(Role)
PERSONNE = frozenset()
INSTRUISENT = frozenset({I, X})
REGISTRE = frozenset({I, X, C})
AVISENT = frozenset({T, I, X})
REMARQUENT = frozenset({T, I, X, D, B})
DECIDENT = frozenset({I, X, D})
ARBITRENT = frozenset({I, D, X})
SUIVENT_L_ARBITRAGE = frozenset({I, D, B, X})
COMPTES = frozenset({B, C, X})
# Those whose sight stops at their territoires or at the dispositifs of their services.
RESTREINTS = frozenset({T, I})


@dataclass(frozen=True)
class Page:
    """`lire` / `ecrire`: roles whose GET / POST is served; None when the address has no such method (405).

    `objet`: what `pk` designates in the world of the test; `autres`: the other parts of the address (`@kind` is the id
    of an object). `portee`: the roles for which an object of another territoire or service (or of another agent) does
    not exist. `params`: query string of the GET.
    """

    lire: frozenset | None
    ecrire: frozenset | None = None
    objet: str = ""
    portee: frozenset = PERSONNE
    autres: dict = field(default_factory=dict)
    params: dict = field(default_factory=dict)


def dossier(lire, ecrire=None, objet="dossier", **autres) -> Page:
    """A page of a dossier, or of what hangs on it."""
    return Page(lire, ecrire, objet, RESTREINTS, autres)


def du_rapport(lire, ecrire=None, objet="rapport", **autres) -> Page:
    return Page(lire, ecrire, objet, autres=autres)


# Open to people who are not logged in (or answering them in their own way).
PUBLIQUES = {"connexion", "sante", "connexion_admin", "presence", "admin:login"}
SECTIONS = ("alertes", "reperes", "budget", "pieces", "avis", "remarques", "criteres", "courriers", "historique")
ACTES = (
    "declarer_complet", "declarer_recevable", "instruire", "proposer", "demander_avis", "reprendre",
    "declarer_incomplet",
)  # fmt: skip
ACTES_DE_SEANCE = (
    "assistance", "deport", "deports-proposes", "voix", "resultat", "presidence", "figures", "par-thematique",
    "un-seul-bloc", "ajouter-bloc", "supprimer-bloc", "ligne",
)  # fmt: skip
DECISIONS = ("ajourner", "refuser", "declarer_irrecevable")

_NOYAU = {
    "accueil": Page(TOUS),
    "recherche": Page(TOUS, params={"q": "partagée"}),
    "contexte": Page(TOUS, TOUS),
    "travaux": Page(TOUS),
    "travail_telecharger": Page(TOUS, objet="travail", portee=TOUS),
    "vues": Page(TOUS, autres={"liste": "dossiers"}),
    "vue_enregistrer": Page(None, TOUS, autres={"liste": "dossiers"}),
    "vue_modifier": Page(None, TOUS, "vue", TOUS),
    "vue_supprimer": Page(None, TOUS, "vue", TOUS),
    "connexion": Page(TOUS, TOUS),
    "deconnexion": Page(None, TOUS),
    "mot_de_passe": Page(TOUS, TOUS),
    "sante": Page(TOUS),
    "presence": Page(None, TOUS, "dossier", RESTREINTS, {"modele": "programmes.dossier"}),
    "connexion_admin": Page(TOUS),
}
_DOSSIERS = {
    "tableau_de_bord": Page(TOUS),
    "tableau_de_bord_export": Page(TOUS, autres={"format": "csv"}),
    "dossiers": Page(TOUS, params={"annee": ""}),
    "dossiers_export": Page(TOUS, autres={"format": "xlsx"}, params={"annee": ""}),
    "lot": Page(TOUS, TOUS),
    "hors_ligne": Page(INSTRUISENT, INSTRUISENT),
    "hors_ligne_classeur": Page(INSTRUISENT, params={"annee": ""}),
    "lot_resultat": Page(TOUS, objet="lot", portee=TOUS),
    "dossier_nouveau": Page(INSTRUISENT, INSTRUISENT),
    "dossier": dossier(TOUS),
    "dossier_section": [dossier(TOUS, nom=nom) for nom in SECTIONS],
    "dossier_modifier": dossier(INSTRUISENT, INSTRUISENT),
    "ligne_nouvelle": dossier(INSTRUISENT, INSTRUISENT),
    "ligne_modifier": dossier(INSTRUISENT, INSTRUISENT, ligne="@ligne"),
    "ligne_supprimer": dossier(INSTRUISENT, INSTRUISENT, ligne="@ligne"),
    "dossier_acte": [
        *(dossier(INSTRUISENT, INSTRUISENT, verbe=verbe) for verbe in ACTES),
        *(dossier(DECIDENT, DECIDENT, verbe=verbe) for verbe in DECISIONS),
    ],
    "fiche_instruction": dossier(TOUS),
    "avis_instance": dossier(INSTRUISENT, INSTRUISENT),
    "remarque_nouvelle": dossier(REMARQUENT, REMARQUENT),
    "criteres": dossier(INSTRUISENT, INSTRUISENT),
    "courrier_nouveau": dossier(INSTRUISENT, INSTRUISENT),
    "avis": Page(TOUS),
    # Only those whom the avis is asked of: the officers of the territoire, the agents of the service.
    "avis_rendre": [dossier({T}, {T}, "avis"), dossier(AVISENT, AVISENT, "avis_service")],
    "avis_relancer": dossier(INSTRUISENT, INSTRUISENT, "avis"),
    "remarque_repondre": dossier(REMARQUENT, REMARQUENT, "remarque"),
    "remarque_acte": [dossier(None, REMARQUENT, "remarque", verbe=v) for v in ("clore", "rouvrir")],
    "courrier": dossier(TOUS, INSTRUISENT, "courrier"),
    "courrier_envoyer": dossier(INSTRUISENT, INSTRUISENT, "courrier"),
    "courrier_pdf": dossier(TOUS, None, "courrier"),
    "dossier_reconduire": dossier(INSTRUISENT, INSTRUISENT),
    "dossier_avenant": dossier(INSTRUISENT, INSTRUISENT),
    "dossier_reporter": dossier(INSTRUISENT, INSTRUISENT),
    "dossier_budget": dossier(INSTRUISENT, INSTRUISENT),
    "depots": Page(INSTRUISENT, INSTRUISENT),
    "depots_import": Page(INSTRUISENT, INSTRUISENT, "import", TOUS),
}
_APPELS = {
    "appels": Page(TOUS),
    "appel": Page(TOUS, objet="appel"),
    "appel_relecture": Page(TOUS, objet="appel"),
    "appel_ouvrir": Page(INSTRUISENT, INSTRUISENT, "appel"),
    "fiche": Page(TOUS, objet="dispositif"),
    "fiche_modifier": [
        Page(INSTRUISENT, INSTRUISENT, "dispositif"),
        # Read by everyone, written by its own service.
        Page({X}, {X}, "dispositif_ailleurs"),
    ],
    "fiche_relue": [Page(None, INSTRUISENT, "dispositif"), Page(None, {X}, "dispositif_ailleurs")],
    "fiche_pdf": Page(TOUS, objet="dispositif"),
}
_STRUCTURES = {
    "structures": Page(TOUS),
    "structures_choix": Page(TOUS, params={"q": "part", "structure": "part"}),
    "communes_choix": Page(TOUS, params={"q": "arr", "commune": "arr"}),
    "structure_nouvelle": Page(REGISTRE, REGISTRE),
    "structures_export": Page(TOUS, autres={"format": "xlsx"}),
    "structures_doublons": Page(INSTRUISENT),
    "structure": Page(TOUS, objet="structure"),
    "structure_modifier": Page(REGISTRE, REGISTRE, "structure"),
    "structure_identite": Page(TOUS, objet="structure"),
    "structure_historique": Page(TOUS, objet="structure"),
    "structure_manques": Page(INSTRUISENT, INSTRUISENT, "structure"),
    "structure_courrier": Page(TOUS, None, "structure", autres={"courrier": "@courrier_structure"}),
    "piece_deposer": Page(REGISTRE, REGISTRE, "structure"),
    "structure_fusion_choix": Page(INSTRUISENT, INSTRUISENT, "structure"),
    "structure_fusionner": Page(INSTRUISENT, INSTRUISENT, "structure", autres={"autre": "@structure_autre"}),
    "structure_distinguer": Page(None, INSTRUISENT, "structure", autres={"autre": "@structure_autre"}),
    "element_ajouter": [
        Page(REGISTRE, REGISTRE, "structure", autres={"volet": "representants"}),
        Page({C, X}, {C, X}, "structure", autres={"volet": "comptes"}),
    ],
    "element_modifier": [
        Page(REGISTRE, REGISTRE, "structure", autres={"volet": "representants", "element": "@representant"}),
        Page({C, X}, {C, X}, "structure", autres={"volet": "comptes", "element": "@compte"}),
    ],
    "element_clore": [
        Page(REGISTRE, REGISTRE, "structure", autres={"volet": "representants", "element": "@representant"}),
        Page({C, X}, {C, X}, "structure", autres={"volet": "comptes", "element": "@compte"}),
    ],
    "element_retirer": Page(None, REGISTRE, "structure", autres={"volet": "contacts", "element": "@contact"}),
    "piece": [dossier(TOUS, REGISTRE, "piece"), Page(COMPTES, {C, X}, "piece_rib")],
    "piece_volet": [dossier(TOUS, None, "piece"), Page(COMPTES, None, "piece_rib")],
    "piece_contenu": [dossier(TOUS, None, "piece"), Page(COMPTES, None, "piece_rib")],
    "piece_telecharger": [dossier(TOUS, None, "piece"), Page(COMPTES, None, "piece_rib")],
    "piece_retirer": [dossier(REGISTRE, REGISTRE, "piece"), Page({C, X}, {C, X}, "piece_rib")],
}
_BUDGET = {
    "situation": Page(TOUS),
    "situation_export": Page(TOUS, autres={"format": "csv"}),
    "mouvements_exercice": Page(TOUS),
    "ae_ouvrir": Page({B}, {B}),
    "mouvements": Page(TOUS, objet="ae"),
    "ae_voter": Page({B}, {B}, "ae"),
    "ae_affecter": Page({B}, {B}, "ae"),
    "ae_constater": Page({B}, {B}, "ae"),
}
_COMMISSION = {
    "seances": Page(TOUS),
    "seance_nouvelle": Page({A, X}, {A, X}),
    "seance": Page(TOUS, objet="seance"),
    "seance_modifier": Page({A, X}, {A, X}, "seance"),
    "seance_assistance": Page({A, X}, {A, X}, "seance"),
    "seance_conducteur": Page({A, X, D}, objet="seance", autres={"format": "json"}),
    "rapport_vote": du_rapport({A, X}),
    "rapport_vote_blocs": du_rapport({A, X}, {A, X}),
    "rapport_vote_lignes": du_rapport({A, X}),
    "rapport_vote_acte": [du_rapport(None, {A, X}, acte=a) for a in ACTES_DE_SEANCE],
    "rapport_nouveau": Page(INSTRUISENT, INSTRUISENT, "seance"),
    "seance_importer": Page(INSTRUISENT, INSTRUISENT, "seance"),
    "seance_decisions": Page(TOUS, objet="seance", autres={"format": "json"}),
    "deliberation": Page(TOUS, objet="deliberation"),
    "deliberation_dates": Page({A, X}, {A, X}, "deliberation"),
    "deliberation_conserver": Page(None, {A, X}, "deliberation"),
    "deliberation_envoi": Page(TOUS, objet="deliberation", autres={"format": "json"}),
    "rapports": Page(TOUS),
    "rapport": du_rapport(TOUS),
    "rapport_totaux": du_rapport(TOUS),
    "rapport_historique": du_rapport(TOUS),
    "rapport_modifier": du_rapport(INSTRUISENT, INSTRUISENT),
    "rapport_numeroter": du_rapport({A, X}, {A, X}),
    "rapport_inscrire": du_rapport(INSTRUISENT, INSTRUISENT),
    "rapport_importer": du_rapport(INSTRUISENT, INSTRUISENT),
    "rapport_controle": du_rapport(TOUS),
    "rapport_controle_resume": du_rapport(TOUS),
    "constat_justifier": du_rapport(None, {I, A, X}),
    "justification_reprendre": du_rapport(None, {I, A, X}, justification="@justification"),
    "rapport_viser": du_rapport({I, D, B, A}, {I, D, B, A}),
    "rapport_adopter": du_rapport({A, X}, {A, X}),
    "rapport_envoyer": [du_rapport({A, X}, {A, X}, a=a) for a in ("commissions", "elus")],
    "rapport_articles": du_rapport(TOUS),
    "article_rediger": du_rapport({I, A, X}, {I, A, X}, cle="imputations"),
    "article_oublier": du_rapport(None, {I, A, X}, cle="imputations"),
    "textes_reprendre": du_rapport(INSTRUISENT, INSTRUISENT),
    "texte_apercu": du_rapport(None, {I, A, X}, lieu="rapport"),
    "rapport_editions": du_rapport(TOUS),
    "edition_document": Page(TOUS, objet="rapport_envoye", autres={"rang": "1", "nature": "rapport"}),
    "rapport_rouvrir": du_rapport({A, X}, {A, X}),
    "avis_commission_nouveau": du_rapport({I, A, X}, {I, A, X}),
    "avis_commission_modifier": du_rapport({I, A, X}, {I, A, X}, "avis_commission"),
    "avis_commission_supprimer": du_rapport(None, {I, A, X}, "avis_commission"),
    "rapport_annexes": du_rapport(TOUS),
    "annexes_usuelles": du_rapport(None, INSTRUISENT),
    "annexe_nouvelle": [
        du_rapport(INSTRUISENT, INSTRUISENT, nature=n) for n in ("descriptive", "projet_acte", "modele", "financiere")
    ],
    "annexe_modifier": du_rapport(INSTRUISENT, INSTRUISENT, "annexe"),
    "annexe_rattacher": du_rapport(INSTRUISENT, INSTRUISENT, "annexe"),
    "rapport_visas": du_rapport(TOUS),
    "texte_viser": du_rapport(None, INSTRUISENT),
    "texte_nouveau": du_rapport(INSTRUISENT, INSTRUISENT),
    "visas_copier": du_rapport(None, INSTRUISENT),
    "recette_nouvelle": du_rapport(INSTRUISENT, INSTRUISENT),
    "recette_modifier": du_rapport(INSTRUISENT, INSTRUISENT, "recette"),
    "rapport_rejeter": du_rapport({A, X}, {A, X}),
    "thematique_nouvelle": du_rapport(INSTRUISENT, INSTRUISENT),
    "rapport_apercu": du_rapport(TOUS, nature="repartition"),
    "document_demander": du_rapport(None, TOUS, nature="repartition"),
    "rapport_document": [
        *(du_rapport(TOUS, nature="repartition", format=f) for f in ("csv", "json", "pdf")),
        du_rapport({A, X, D}, nature="conducteur", format="json"),
    ],
    "thematique_modifier": du_rapport(INSTRUISENT, INSTRUISENT, "thematique_presentee"),
    "operation_nouvelle": du_rapport(INSTRUISENT, INSTRUISENT, "thematique_presentee"),
    "operation_modifier": du_rapport(INSTRUISENT, INSTRUISENT, "operation_presentee"),
    "partie_deplacer": du_rapport(None, INSTRUISENT, "operation_presentee", quoi="operation", sens="monter"),
    "partie_supprimer": du_rapport(None, INSTRUISENT, "operation_presentee", quoi="operation"),
    "proposition_montant": du_rapport(None, INSTRUISENT, "proposition"),
    "proposition_modifier": du_rapport(INSTRUISENT, INSTRUISENT, "proposition"),
    "proposition_retirer": du_rapport(INSTRUISENT, INSTRUISENT, "proposition"),
    "proposition_deplacer": du_rapport(None, INSTRUISENT, "proposition", sens="monter"),
    "financement_imputer": du_rapport(None, INSTRUISENT, "financement_inscrit"),
}
_ARBITRAGE = {
    "arbitrage": Page(SUIVENT_L_ARBITRAGE),
    "scenario_nouveau": Page(ARBITRENT, ARBITRENT),
    "arbitrage_comparer": Page(SUIVENT_L_ARBITRAGE, params={"s": "@scenario+@scenario_autre"}),
    "arbitrage_comparer_export": Page(
        SUIVENT_L_ARBITRAGE, autres={"format": "csv"}, params={"s": "@scenario+@scenario_autre"}
    ),
    "scenario": Page(SUIVENT_L_ARBITRAGE, objet="scenario"),
    "scenario_montants": Page(None, ARBITRENT, "scenario"),
    "scenario_ligne": Page(ARBITRENT, ARBITRENT, "scenario", RESTREINTS, {"ligne": "@ligne"}),
    "scenario_reliquat": Page(ARBITRENT, ARBITRENT, "scenario"),
    "scenario_totaux": Page(SUIVENT_L_ARBITRAGE, objet="scenario"),
    "scenario_export": Page(SUIVENT_L_ARBITRAGE, objet="scenario", autres={"format": "xlsx"}),
    "scenario_totaux_export": Page(SUIVENT_L_ARBITRAGE, objet="scenario", autres={"format": "csv"}),
    "scenario_modifier": Page(ARBITRENT, ARBITRENT, "scenario"),
    "scenario_ecarter": Page(ARBITRENT, ARBITRENT, "scenario"),
    "scenario_rouvrir": Page(ARBITRENT, ARBITRENT, "scenario"),
    "scenario_retenir": Page(ARBITRENT, ARBITRENT, "scenario"),
}
PREPARENT = frozenset({I, C, X})
_CONVENTIONS = {
    "modeles": Page(TOUS),
    "modele": Page(TOUS, objet="modele"),
    "traitements": Page(TOUS),
    "traitement": Page(PREPARENT, PREPARENT, "dispositif"),
    "modele_nouveau": Page(PREPARENT, PREPARENT),
    "modele_ouvrir": Page(None, PREPARENT, "modele"),
    "modele_version": Page(TOUS, objet="version_de_modele"),
    "modele_version_modifier": Page(PREPARENT, PREPARENT, "version_de_modele"),
    "modele_publier": Page(None, {C, X, D}, "version_de_modele"),
    "modele_apercu": Page(TOUS, objet="version_de_modele", params={"acte": "@acte"}),
    "bloc_nouveau": Page(PREPARENT, PREPARENT, "version_de_modele"),
    "bloc_apercu": Page(None, PREPARENT, "version_de_modele"),
    "bloc_modifier": Page(PREPARENT, PREPARENT, "bloc_de_modele"),
    "bloc_deplacer": Page(None, PREPARENT, "bloc_de_modele", autres={"sens": "monter"}),
    "bloc_supprimer": Page(None, PREPARENT, "bloc_de_modele"),
    "conventions_export": Page(TOUS, autres={"format": "csv"}),
    "rapport_actes_archive": du_rapport(None, TOUS),
    "conventions_scdl": Page(TOUS, autres={"annee": "2024"}),
    "convention_consolidee": Page(TOUS, None, "convention", RESTREINTS, {"format": "json"}),
    "convention_terminer": Page(None, {C, X}, "convention", RESTREINTS),
    "echeance_constater": Page(None, {C, X}, "convention", RESTREINTS, {"echeance": "@echeance"}),
    "numerisations": Page(frozenset({C, X}), frozenset({C, X})),
    "page_numerisee": Page(frozenset({C, X}), objet="page_numerisee"),
    "page_trier": Page(None, {C, X}, "page_numerisee"),
    "lot_relire": Page(None, {C, X}, "lot_numerise"),
    "lot_ecarter": Page(None, {C, X}, "lot_numerise"),
    "conventions": Page(TOUS),
    "conventions_donnees_ouvertes": Page(TOUS, autres={"annee": "2024"}),
    "signataires": Page(TOUS),
    "signataires_imprimer": Page(TOUS),
    "conventions_previsions": Page(TOUS),
    "conventions_previsions_export": Page(TOUS, autres={"format": "csv"}),
    "convention_reprendre": Page(PREPARENT, PREPARENT),
    "convention_articles": Page(PREPARENT, PREPARENT, "convention", RESTREINTS),
    "convention_modifier": Page(PREPARENT, PREPARENT, "convention", RESTREINTS),
    "convention": Page(TOUS, objet="convention", portee=RESTREINTS),
    "acte": Page(TOUS, objet="acte", portee=RESTREINTS),
    "acte_document": Page(TOUS, objet="acte", portee=RESTREINTS),
    "acte_historique": Page(TOUS, objet="acte", portee=RESTREINTS),
    "convention_historique": Page(TOUS, objet="convention", portee=RESTREINTS),
    "acte_verbe": [
        *(
            Page(None, {C, X}, "acte", RESTREINTS, {"verbe": v})
            for v in ("remettre", "signer-structure", "signer", "notifier", "rattacher")
        ),
        Page(None, PREPARENT, "acte", RESTREINTS, {"verbe": "abandonner"}),
    ],
    "fiche_action": Page(PREPARENT, PREPARENT, "fiche_action", RESTREINTS),
    "acte_parties": Page(PREPARENT, PREPARENT, "acte", RESTREINTS),
    "acte_versements": Page(PREPARENT, PREPARENT, "acte", RESTREINTS),
    "modification_nouvelle": Page(PREPARENT, PREPARENT, "avenant", RESTREINTS),
    "modification_apercu": Page(None, PREPARENT, "avenant", RESTREINTS),
    "modification_modifier": Page(PREPARENT, PREPARENT, "modification", RESTREINTS),
    "modification_supprimer": Page(None, PREPARENT, "modification", RESTREINTS),
    "avenant_preparer": Page(PREPARENT, PREPARENT, "convention", RESTREINTS),
    "rapport_actes": du_rapport(TOUS, PREPARENT),
    "acte_deposer_exemplaire": Page(None, {C, X}, "acte", RESTREINTS),
    "acte_exemplaire": Page(TOUS, None, "acte", RESTREINTS, {"document": "@exemplaire"}),
    "rapport_regroupement": du_rapport(PREPARENT, PREPARENT, structure="@structure_du_rapport"),
    "acte_relancer": Page(PREPARENT, PREPARENT, "acte", RESTREINTS),
    "rapport_refus": du_rapport(None, INSTRUISENT),
    "modele_presenter": du_rapport(None, PREPARENT, "annexe_modele"),
}
_TABLE = _NOYAU | _DOSSIERS | _APPELS | _STRUCTURES | _BUDGET | _COMMISSION | _ARBITRAGE | _CONVENTIONS
PAGES: dict[str, list[Page]] = {nom: p if isinstance(p, list) else [p] for nom, p in _TABLE.items()}

# --- Admin. Rights come from the tables of `perms.py`; here, whose rows are hidden from whom. A registered model that
# is in neither set fails the test.
ADMIN_SELON_DOSSIER = {
    "programmes.dossier": "dossier",
    "programmes.lignedossier": "ligne",
    "programmes.financement": "financement",
    "programmes.avis": "avis",
    "programmes.remarque": "remarque",
    "programmes.courrier": "courrier",
    "programmes.piece": "piece",
    "conventions.acte": "acte",
    "conventions.convention": "convention",
    "conventions.echeance": "echeance",
}
ADMIN_POUR_TOUS = {
    "budget.autorisationengagement": "ae",
    "budget.disponibleconstate": "",
    "budget.inscription": "",
    "budget.lignebudgetaire": "ligne_budgetaire",
    "budget.mouvement": "mouvement",
    "budget.volet": "",
    "conventions.modele": "modele",
    "conventions.traitementdedonnees": "",
    "conventions.versiondemodele": "version_de_modele",
    "deliberations.amendementdeseance": "",
    "deliberations.blocdevote": "",
    "deliberations.annexepresentee": "annexe",
    "deliberations.avisdecommission": "avis_commission",
    "deliberations.commission": "",
    "deliberations.deliberation": "",
    "deliberations.deport": "",
    "deliberations.documentdedeliberation": "",
    "deliberations.editiondurapport": "",
    "deliberations.elu": "",
    "deliberations.groupe": "",
    "deliberations.imputationvotee": "",
    "deliberations.instance": "instance",
    "deliberations.interet": "",
    "deliberations.justification": "",
    "deliberations.montantdescenario": "",
    "deliberations.operationpresentee": "operation_presentee",
    "deliberations.presence": "",
    "deliberations.proposition": "proposition",
    "deliberations.rapport": "rapport",
    "deliberations.regleassemblee": "",
    "deliberations.scenario": "scenario",
    "deliberations.seance": "seance",
    "deliberations.signataire": "",
    "deliberations.textejuridique": "",
    "deliberations.thematiquepresentee": "thematique_presentee",
    "deliberations.transmission": "",
    "deliberations.visarapport": "",
    "deliberations.voixdissidente": "",
    "dpid.agent": "auteur",
    "dpid.aliasterritoire": "",
    "dpid.canton": "",
    "dpid.commune": "",
    "dpid.document": "",
    "dpid.epci": "",
    "dpid.journal": "",
    "dpid.service": "service",
    "dpid.territoire": "territoire",
    "dpid.travail": "",
    "programmes.agrement": "",
    "programmes.appelaprojets": "appel",
    "programmes.cadrestrategique": "",
    "programmes.comptebancaire": "compte",
    "programmes.dispositif": "dispositif",
    "programmes.fiche": "fiche",
    "programmes.representant": "representant",
    "programmes.sourcefinancement": "",
    "programmes.structure": "structure",
    "programmes.thematique": "thematique",
    "programmes.typeagrement": "",
    "programmes.typepiece": "type_piece",
}
ADMIN = ADMIN_SELON_DOSSIER | ADMIN_POUR_TOUS
# Pages of the libraries: their models are in no table of rights, nobody opens them.
BIBLIOTHEQUES = {"django_tasks_database"}
