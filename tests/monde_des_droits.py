"""The world of the rights: mine and foreign, and a foreign dossier that carries marks found wherever it leaks."""

import io
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pypdfium2

from budget.models import Inscription
from conventions.models import (
    Acte,
    BlocDeModele,
    Convention,
    Echeance,
    FicheAction,
    LigneDActe,
    LotDeNumerisation,
    Modele,
    Modification,
    Numerotation,
    PageNumerisee,
    Partie,
)
from deliberations.models import (
    AnnexePresentee,
    AvisDeCommission,
    Commission,
    Deliberation,
    DocumentDEdition,
    EditionDuRapport,
    Justification,
    MontantDeScenario,
    RecetteProposee,
    Scenario,
)
from dpid.models import Document, Role, Travail, VueDeListe
from programmes.models import (
    Avis,
    CompteBancaire,
    Contact,
    Courrier,
    Fiche,
    ImportDepots,
    Piece,
    Poste,
    Remarque,
    Representant,
    TypePiece,
)
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    InstanceFactory,
    LigneBudgetaireFactory,
    LigneFactory,
    RapportFactory,
    ServiceFactory,
    StructureFactory,
    TerritoireFactory,
    ThematiqueFactory,
    financer,
    operation_de,
    presenter,
)

MARQUE = "ZORGLUBIENNE"
MIEN, ETRANGER, RETENU = Decimal("1000.00"), Decimal("76543.21"), Decimal("65432.10")
# Digits of what must not be read: asked, retained, and each added to mine.
CHIFFRES = ("7654321", "6543210", "7754321", "6643210")
INCONNU = 987654321


@dataclass
class Monde:
    """`miens`, `etrangers`: {kind: pk}, what an agent restricted to « here » sees and does not see."""

    lieu: object
    service: object
    auteur: object
    miens: dict = field(default_factory=dict)
    etrangers: dict = field(default_factory=dict)

    def agent(self, role: Role, **options):
        """One account of this role, here, allowed into the admin so that only its rights stop it."""
        agent = AgentFactory(
            roles=[str(role)], is_staff=True, services=[self.service], territoires=[self.lieu], **options
        )
        self._lui_donner(agent)
        return agent

    def _lui_donner(self, agent):
        """What belongs to one agent alone; the author's is foreign."""
        commun = {
            "nature": "lot",
            "titre": "Lot",
            "parametres": {"acte": "proposer", "retour": "", "dossiers": []},
            "par": agent,
        }
        rangee = self.etrangers if agent == self.auteur else self.miens
        rangee["lot"] = Travail.objects.create(cle=f"lot-{agent.pk}", **commun).pk
        fait = {"nom_fichier": f"{MARQUE}.csv" if agent == self.auteur else "a.csv", "resultat": b"x"}
        commun = {"nature": "edition", "titre": "Annexe", "par": agent, **fait}
        rangee["travail"] = Travail.objects.create(cle=f"t-{agent.pk}", **commun).pk
        rangee["vue"] = VueDeListe.objects.create(agent=agent, liste="dossiers", nom="Ma vue").pk
        rangee["import"] = ImportDepots.objects.create(
            appel_id=self.miens["appel"], nom_fichier="extrait.csv", contenu=b"dossier;montant\r\n", sha256="0" * 64,
            bilan={"lignes": 0}, par=agent,
        ).pk  # fmt: skip


def _dossier(monde, rangee, dispositif, structure, lieu, ae, *, texte, demande, retenu):
    """A dossier in instruction with one of everything; avis asked of its territoire and of its service."""
    auteur = monde.auteur
    dossier = DossierFactory(dispositif=dispositif, structure=structure, intitule=f"Action {texte}")
    ligne = LigneFactory(
        dossier=dossier, demande=demande, propose=demande, description=f"Description {texte}", territoires=[lieu]
    )
    financement = financer(ligne, retenu, ae)
    Poste.objects.create(dossier=dossier, sens="charge", nature="directe", libelle=f"Achats {texte}", montant=demande)
    dossier.demander_avis(par=auteur, territoires=[lieu], services=[dispositif.service], question=f"Que dire {texte} ?")
    remarque = Remarque.poser(dossier, par=auteur, texte=f"Remarque {texte}")
    courrier = Courrier.objects.create(
        structure=structure, dossier=dossier, nature="relance", objet=f"Objet {texte}", corps=f"Corps {texte}",
        etabli_par=auteur,
    )  # fmt: skip
    type_piece, _ = TypePiece.objects.get_or_create(code="devis", defaults={"libelle": "Devis", "est_du_dossier": True})
    piece = _piece(structure, type_piece, auteur, f"devis-{texte}.pdf", dossier)
    avis = {a.service_id is not None: a.pk for a in Avis.objects.filter(dossier=dossier)}
    rangee |= {
        "dossier": dossier.pk, "ligne": ligne.pk, "financement": financement.pk, "avis": avis[False],
        "avis_service": avis[True], "remarque": remarque.pk, "courrier": courrier.pk, "piece": piece.pk,
    }  # fmt: skip
    return ligne


def _piece(structure, type_, auteur, nom, dossier=None) -> Piece:
    piece = Piece(
        structure=structure, dossier=dossier, type=type_, nom_fichier=nom, nature="application/pdf", deposee_par=auteur
    )
    piece.poser(f"%PDF-1.4 {nom}".encode())
    piece.save()
    return piece


def creer() -> Monde:
    """About a hundred rows, written by the verbs of the application."""
    ici, ailleurs = ServiceFactory(), ServiceFactory()
    monde = Monde(TerritoireFactory(), ici, AgentFactory(administration=True))
    theme, ae = ThematiqueFactory(), AutorisationFactory(vote="900000.00")
    commun = {"thematique": theme, "ligne_par_defaut": ae.ligne}
    mien, autre = DispositifFactory(service=ici, **commun), DispositifFactory(service=ailleurs, **commun)
    fiche = [Fiche.objects.create(dispositif=d, contexte="Contexte", objectifs="Objectifs") for d in (mien, autre)][0]
    structure, seconde = StructureFactory(raison_sociale="Association partagée"), StructureFactory()
    monde.miens |= {"appel": theme.appel_id, "dispositif": mien.pk, "dispositif_ailleurs": autre.pk, "fiche": fiche.pk}
    monde.miens |= {"structure": structure.pk, "structure_autre": seconde.pk, "thematique": theme.pk, "ae": ae.pk}
    monde.miens |= {"ligne_budgetaire": ae.ligne_id, "mouvement": ae.mouvements.get().pk, "service": ici.pk}
    monde.miens |= {"territoire": monde.lieu.pk, "auteur": monde.auteur.pk, "instance": InstanceFactory().pk}
    _registre(monde, structure)
    lignes = [
        _dossier(monde, monde.miens, mien, structure, monde.lieu, ae, texte="locale", demande=MIEN, retenu=MIEN),
        _dossier(
            monde, monde.etrangers, autre, structure, TerritoireFactory(), ae,
            texte=MARQUE, demande=ETRANGER, retenu=RETENU,
        ),
    ]  # fmt: skip
    _rapport(monde, mien, ae)
    for rangee, ligne in zip((monde.miens, monde.etrangers), lignes, strict=True):
        _convention(rangee, ligne)
    page = _lot_numerise(monde.auteur)
    monde.miens |= {"page_numerisee": page.pk, "lot_numerise": page.lot_id}
    for nom in ("scenario", "scenario_autre"):
        scenario = Scenario.ouvrir(appel=theme.appel, nom=nom, par=monde.auteur)
        monde.miens[nom] = scenario.pk
        for ligne, montant in zip(lignes, (MIEN, RETENU), strict=True):
            MontantDeScenario.objects.create(
                scenario=scenario, ligne=ligne, montant=montant, commentaire=MARQUE if montant == RETENU else "vu"
            )
    monde._lui_donner(monde.auteur)
    return monde


def _convention(rangee, ligne):
    """A convention in project whose act carries the line; its model is read by all."""
    modele, _ = Modele.objects.get_or_create(code="essai", defaults={"titre": "Essai", "nature": "convention_type"})
    version = modele.versions.first() or modele.nouvelle_version(par=AgentFactory(conventions=True))
    bloc, _ = BlocDeModele.objects.get_or_create(
        version_modele=version, cle="objet", defaults={"nature": "article", "titre": "Objet", "texte": "Texte."}
    )
    convention = Convention.objects.create(
        numero=Numerotation.suivant(2024), structure=ligne.dossier.structure, objet=f"Objet {ligne.description}"
    )
    copie = Document.figer(
        nature="scan", titre="Exemplaire signé", nom_fichier="signe.pdf", contexte={}, pdf=b"%PDF",
        par=AgentFactory(conventions=True),
    )  # fmt: skip
    acte = Acte.objects.create(convention=convention, version_modele=version, scan=copie)
    fiche = FicheAction.objects.create(acte=acte, dispositif=ligne.dossier.dispositif)
    LigneDActe.objects.create(fiche=fiche, ligne=ligne)
    Partie.objects.create(acte=acte, structure=ligne.dossier.structure)
    avenant = Acte.objects.create(convention=convention, version_modele=version, rang=1)
    modification = Modification.objects.create(
        acte=avenant, numero=4, titre=f"Titre {ligne.description}", texte=f"Nouveau {ligne.description}"
    )
    echeance = Echeance.objects.create(
        convention=convention, acte=acte, nature="bilan", libelle=f"Bilan {ligne.description}", le=date(2025, 3, 31)
    )
    rangee |= {
        "echeance": echeance.pk, "convention": convention.pk, "acte": acte.pk, "fiche_action": fiche.pk,
        "modele": modele.pk, "version_de_modele": version.pk, "bloc_de_modele": bloc.pk,
        "avenant": avenant.pk, "modification": modification.pk, "exemplaire": copie.pk,
    }  # fmt: skip


def _lot_numerise(auteur) -> PageNumerisee:
    """One blank page that waits in the sorting tray."""
    sortie = io.BytesIO()
    with closing(pypdfium2.PdfDocument.new()) as pdf:
        pdf.new_page(595, 842)
        pdf.save(sortie)
    lot = LotDeNumerisation(nom_fichier="retour.pdf", nombre_pages=1, depose_par=auteur)
    lot.poser(sortie.getvalue())
    lot.save()
    return PageNumerisee.objects.create(lot=lot, rang=1)


def _registre(monde, structure):
    """What the register keeps of the structure: read by all, bank details apart."""
    rib = TypePiece.objects.create(code="rib", libelle="RIB", est_confidentielle=True)
    monde.miens |= {
        "representant": Representant.objects.create(
            structure=structure, prenom="Anne", nom="Essai", qualite="Présidente"
        ).pk,
        "contact": Contact.objects.create(structure=structure, nom="Paul Essai").pk,
        "compte": CompteBancaire.objects.create(
            structure=structure, titulaire="Association", iban="FR7630006000011234567890189"
        ).pk,
        "piece_rib": _piece(structure, rib, monde.auteur, "rib.pdf").pk,
        "type_piece": rib.pk,
        "courrier_structure": Courrier.objects.create(
            structure=structure, nature="il_vous_manque", objet="Il vous manque", corps="…", etabli_par=monde.auteur
        ).pk,
    }


def _rapport(monde, dispositif, ae):
    """A rapport that presents one dossier from here: a rapport is read by every role."""
    rapport = RapportFactory(numero="64", seance__date=date(2024, 6, 17))
    ligne = LigneFactory(dossier__dispositif=dispositif, territoires=[monde.lieu], demande=MIEN, propose=MIEN)
    financement = financer(ligne, MIEN, ae)
    proposition = presenter(rapport, ligne)
    operation = operation_de(rapport, dispositif)
    votee = Deliberation.objects.create(
        rapport=RapportFactory(numero="65", seance__date=date(2024, 5, 13)), numero="2024-99", date=date(2024, 5, 13),
        titre="Délibération votée", resultat=Deliberation.Resultat.ADOPTE, par=monde.auteur,
    )  # fmt: skip
    justification = Justification.objects.create(rapport=rapport, regle="essai", motif="Vu.", par=monde.auteur)
    autre = RapportFactory(numero="65", seance=rapport.seance)
    edition = EditionDuRapport.objects.create(rapport=autre, rang=1, destinataires="commissions", par=monde.auteur)
    fige = Document.figer(
        nature="rapport", titre="Rapport", nom_fichier="rapport.pdf", contexte={}, pdf=b"%PDF", par=monde.auteur
    )
    DocumentDEdition.objects.create(edition=edition, document=fige, nature="rapport")
    monde.miens |= {
        "rapport_envoye": autre.pk,
        "structure_du_rapport": ligne.dossier.structure_id,
        "rapport": rapport.pk, "seance": rapport.seance_id, "proposition": proposition.pk,
        "operation_presentee": operation.pk, "thematique_presentee": operation.thematique_id,
        "financement_inscrit": financement.pk, "justification": justification.pk,
        "deliberation": votee.pk,
        "avis_commission": AvisDeCommission.objects.create(
            rapport=rapport, commission=Commission.objects.create(numero=2, libelle="Solidarités"),
            date=date(2024, 6, 3),
        ).pk,
        "annexe_modele": AnnexePresentee.objects.create(rapport=rapport, cle="type", nature="modele", ordre=3).pk,
        "annexe": AnnexePresentee.objects.create(rapport=rapport, cle="cllaj", nature="projet_acte", ordre=2).pk,
        "recette": RecetteProposee.objects.create(
            rapport=rapport, montant=MIEN,
            inscription=Inscription.objects.create(
                ligne=LigneBudgetaireFactory(sens="recette"), exercice=2024, montant=MIEN
            ),
        ).pk,
    }  # fmt: skip
