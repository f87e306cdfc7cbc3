"""A clumsy or hostile officer at every door that writes: twice, too late, on what is foreign, with fields not asked."""

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from deliberations.models import MontantDeScenario, Scenario
from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.tableaux import Colonne, Tableau, en_csv
from programmes.aller_retour import classeur, lecture, reprise
from programmes.depots import depot
from programmes.models import (
    Avis,
    Courrier,
    Dossier,
    Financement,
    LigneDossier,
    NoteCritere,
    Piece,
    Poste,
    Remarque,
    Structure,
    TypePiece,
)
from programmes.structures import fusion, pieces
from tests import maquette, monde_des_droits
from tests.factories import AgentFactory, DispositifFactory, DossierFactory, LigneFactory, StructureFactory
from tests.programmes.pages import champs_de_ligne, html

pytestmark = pytest.mark.django_db


def photo(*modeles) -> dict:
    """Every value of these tables."""
    return {m.__name__: sorted(map(repr, m._base_manager.values_list())) for m in modeles}


# --- Twice


def test_le_meme_budget_envoye_deux_fois_ne_contredit_personne(connecter):
    dossier = DossierFactory(lignes=1)
    client, adresse = connecter(AgentFactory(administration=True)), reverse("dossier_budget", args=[dossier.pk])
    saisie = {"empreinte": client.get(adresse).context["saisie"].empreinte}
    for liste, nature in (("charges", "directe"), ("produits", "departement")):
        saisie |= {f"{liste}-TOTAL_FORMS": "1", f"{liste}-INITIAL_FORMS": "0", f"{liste}-0-nature": nature,
                   f"{liste}-0-libelle": "Ateliers", f"{liste}-0-montant": "1 000,00"}  # fmt: skip
    assert [client.post(adresse, saisie).status_code for _ in range(2)] == [302, 302]
    assert Journal.objects.de_l_objet(dossier).filter(verbe="budgeter").count() == 1 and Poste.objects.count() == 2


def test_une_relance_une_reponse_une_distinction_ne_se_font_qu_une_fois(connecter):
    par = AgentFactory(administration=True)
    client, dossier = connecter(par), LigneFactory().dossier
    dossier.demander_avis(par=par, territoires=list(dossier.lignes.get().territoires.all()))
    avis, remarque = Avis.objects.get(), Remarque.poser(dossier, par=par, texte="Et le budget ?")
    une, autre = StructureFactory(), StructureFactory()
    for _ in range(2):
        client.post(reverse("avis_relancer", args=[avis.pk]), {"echeance_le": ""})
        client.post(reverse("remarque_repondre", args=[remarque.pk]), {"reponse": "Il est équilibré."})
        client.post(reverse("structure_distinguer", args=[une.pk, autre.pk]))
    avis.refresh_from_db()
    actes = list(Journal.objects.filter(verbe__in=["relancer", "repondre", "distinguer"]).values_list("verbe"))
    assert avis.nb_relances == 1 and sorted(actes) == [("distinguer",), ("relancer",), ("repondre",)]
    plus_tard = timezone.localdate() + timedelta(30)
    client.post(reverse("avis_relancer", args=[avis.pk]), {"echeance_le": plus_tard.isoformat()})
    assert Avis.objects.get().echeance_le == plus_tard
    with pytest.raises(ActeRefuse, match="elle-même"):
        fusion.distinguer(une, une, par=par)


# --- Too late: what was voted


@pytest.fixture
def vote():
    """A voted dossier with its line, a remark and an offline work prepared before the vote."""
    monde = maquette.monde()
    ligne, par = monde.lignes[0], AgentFactory(administration=True)
    remarque = Remarque.poser(ligne.dossier, par=par, texte="Avant le vote")
    lue = reprise.Reprise("avant-le-vote.xlsx")
    lue.ajouter(reprise.Ecart(ligne, reprise.PAR_NOM["description"], ligne.description, ligne.description, "Autre"))
    depot_signe = lue.signer(par)
    monde.viser()
    monde.adopter()
    return Dossier.objects.get(pk=ligne.dossier_id), ligne, remarque, depot_signe, par


def test_rien_ne_change_un_dossier_vote(vote, connecter):
    dossier, ligne, remarque, depot_signe, par = vote
    client = connecter(par)
    tables = (Dossier, LigneDossier, Financement, Poste, NoteCritere, Remarque, Avis)
    avant = photo(*tables)
    formset = {f"{liste}-{n}_FORMS": "0" for liste in ("charges", "produits") for n in ("TOTAL", "INITIAL")}
    envois = [
        ("hors_ligne", [], {"depot": depot_signe, "prendre": ["0"]}),
        ("dossier_modifier", [dossier.pk], {"intitule": "Autre", "version": dossier.version}),
        ("ligne_modifier", [dossier.pk, ligne.pk], champs_de_ligne()),
        ("ligne_supprimer", [dossier.pk, ligne.pk], {}),
        ("ligne_nouvelle", [dossier.pk], champs_de_ligne()),
        ("dossier_budget", [dossier.pk], formset),
        ("criteres", [dossier.pk], {}),
        ("avis_instance", [dossier.pk], {"instance": "fsl", "rendu_le": "2024-01-01", "sens": "favorable"}),
        ("remarque_nouvelle", [dossier.pk], {"texte": "Après le vote"}),
        ("remarque_repondre", [remarque.pk], {"reponse": "Après le vote"}),
        ("remarque_acte", [remarque.pk, "clore"], {}),
        ("dossier_reporter", [dossier.pk], {"motif": "x"}),
        *(("dossier_acte", [dossier.pk, v], {"motif": "x"}) for v in ("refuser", "ajourner", "reprendre", "proposer")),
        *(
            ("lot", [], {"acte": v, "ids": str(dossier.pk), "jeton": v, "motif": "x", "instructeur": "aucun"})
            for v in ("affecter", "refuser", "demander_avis")
        ),
    ]
    for nom, args, donnees in envois:
        reponse = client.post(reverse(nom, args=args), donnees)
        assert reponse.status_code in (200, 302), nom
        assert photo(*tables) == avant, nom
    adresse = reverse("admin:programmes_dossier_change", args=[dossier.pk])
    client.post(adresse, {"intitule": "Autre", "postes-TOTAL_FORMS": "1", "postes-INITIAL_FORMS": "0",
                          "postes-0-sens": "charge", "postes-0-nature": "directe", "postes-0-libelle": "x",
                          "postes-0-montant": "1", "postes-0-ordre": "1"})  # fmt: skip
    assert photo(*tables) == avant


def test_un_scenario_retenu_ne_change_plus(connecter):
    par = AgentFactory(administration=True)
    ae = maquette.autorisation()
    ligne = maquette.ligne("10.00", ae=ae)
    appel = ligne.dossier.dispositif.thematique.appel
    scenario = Scenario.ouvrir(appel=appel, nom="Retenu", par=par, montants={ligne.pk: Decimal("20.00")})
    rapport = scenario.retenir(par=par, rapport=maquette.rapport(par))
    avant, client = photo(Scenario, MontantDeScenario, Financement), connecter(par)
    envois = [
        ("scenario_montants", [scenario.pk], {f"montant-{ligne.pk}": "99,00"}),
        ("scenario_ligne", [scenario.pk, ligne.pk], {"montant": "99,00"}),
        ("scenario_modifier", [scenario.pk], {"nom": "Autre", "version": scenario.version, "etat": "ouvert"}),
        ("scenario_rouvrir", [scenario.pk], {}),
        ("scenario_ecarter", [scenario.pk], {}),
        ("scenario_retenir", [scenario.pk], {"rapport": rapport.pk}),
        ("scenario_reliquat", [scenario.pk], {"appliquer": "1", "source": "montant", "montant": "5"}),
    ]
    for nom, args, donnees in envois:
        assert client.post(reverse(nom, args=args), donnees).status_code < 500, nom
        assert photo(Scenario, MontantDeScenario, Financement) == avant, nom


# --- On what is foreign, by the ids of the body


def test_les_identifiants_etrangers_d_un_envoi_ne_menent_a_rien(connecter):
    monde = monde_des_droits.creer()
    agent = monde.agent("instruction")
    client, mien, autre = connecter(agent), monde.miens, monde.etrangers
    tables = (Dossier, LigneDossier, Avis, Remarque, MontantDeScenario, Financement)
    avant = photo(*tables)
    reponse = client.post(
        reverse("lot"),
        {"acte": "refuser", "ids": str(autre["dossier"]), "motif": "x", "jeton": "etranger"},
        follow=True,
    )
    assert monde_des_droits.MARQUE.lower() not in html(reponse).lower() and photo(*tables) == avant
    client.post(reverse("scenario_montants", args=[mien["scenario"]]), {f"montant-{autre['ligne']}": "1,00"})
    client.post(reverse("scenario_retenir", args=[mien["scenario"]]), {"rapport": mien["rapport"]})
    assert photo(*tables) == avant
    fichier = io.BytesIO(b"%PDF-1.4 x %%EOF")
    fichier.name = "devis.pdf"
    devis = TypePiece.objects.get(code="devis")
    client.post(
        reverse("piece_deposer", args=[mien["structure"]]),
        {"type": devis.pk, "dossier": autre["dossier"], "fichier": fichier},
    )
    assert Piece.objects.filter(dossier=autre["dossier"]).count() == 1, "celle du monde, aucune autre"


def test_le_classeur_hors_ligne_d_un_autre_agent_est_refuse():
    ligne = LigneFactory()
    lue = reprise.Reprise("a.xlsx")
    lue.ajouter(reprise.Ecart(ligne, reprise.PAR_NOM["propose"], "800.00", "800.00", "1.00"))
    depot_signe = lue.signer(AgentFactory(administration=True))
    with pytest.raises(ActeRefuse, match="expiré"):
        reprise.appliquer(depot_signe, {"0"}, par=AgentFactory(administration=True))


# --- With fields that the form does not ask


def test_les_champs_non_demandes_sont_ignores(connecter):
    par, autre = AgentFactory(administration=True), AgentFactory(instruction=True)
    client, ligne = connecter(par), LigneFactory()
    dossier, structure = ligne.dossier, ligne.dossier.structure
    proteges = {
        "etat": "vote", "vote_le": "2024-01-01", "votee_le": "2024-01-01", "acte_vote": "2024-1", "est_fige": "on",
        "reference_portail": "VOLE", "est_reporte": "on", "instructeur": autre.pk, "fusionnee_dans": structure.pk,
        "envoye_le": "2024-01-01", "etabli_par": autre.pk, "est_retiree": "on", "deposee_par": autre.pk,
        "par": autre.pk,
    }  # fmt: skip
    courrier = Courrier.objects.create(structure=structure, dossier=dossier, nature="autre", objet="Objet",
                                       corps="Corps", destinataire="A", etabli_par=par)  # fmt: skip
    client.post(reverse("courrier", args=[courrier.pk]), {
        **proteges, "objet": "Nouvel objet", "corps": "Corps", "destinataire": "A", "version": courrier.version,
    })  # fmt: skip
    courrier.refresh_from_db()
    assert (courrier.objet, courrier.envoye_le, courrier.etabli_par) == ("Nouvel objet", None, par)
    client.post(
        reverse("ligne_modifier", args=[dossier.pk, ligne.pk]),
        {**champs_de_ligne(description="Changée", version=str(ligne.version)), **proteges},
    )
    ligne.refresh_from_db()
    assert (ligne.description, ligne.votee_le, ligne.acte_vote) == ("Changée", None, "")
    client.post(reverse("dossier_modifier", args=[dossier.pk]), {
        **proteges, "structure": f"{structure.raison_sociale} — n°\u00a0{structure.pk}", "intitule": "Changé",
        "dispositif": dossier.dispositif_id, "origine": dossier.origine, "canal": dossier.canal,
        "version": dossier.version, "depose_le": "",
    })  # fmt: skip
    dossier.refresh_from_db()
    lus = (dossier.intitule, dossier.etat, dossier.vote_le, dossier.reference_portail, dossier.instructeur)
    assert lus == ("Changé", "en_instruction", None, None, None)
    client.post(reverse("structure_modifier", args=[structure.pk]), {
        **proteges, "raison_sociale": "Changée", "type": structure.type, "version": structure.version,
    })  # fmt: skip
    structure.refresh_from_db()
    assert structure.fusionnee_dans is None


# --- Merged meanwhile


def test_rien_ne_se_depose_sur_une_structure_fusionnee(connecter, monkeypatch):
    gardee, absorbee, par = StructureFactory(), StructureFactory(), AgentFactory(administration=True)
    perimee = Structure.objects.get(pk=absorbee.pk)  # as the form read it, an instant before
    fusion.fusionner(gardee, absorbee, par=par)
    with pytest.raises(ActeRefuse, match="déposez le dossier là"):
        depot.deposer(par=par, structure=perimee, dispositif=DispositifFactory())

    def refuser(form, *, par, jeton):
        raise ActeRefuse("Elle vient d’être fusionnée.")

    monkeypatch.setattr("programmes.views.dossiers.saisie.creer_dossier", refuser)
    reponse = connecter(par).post(reverse("dossier_nouveau"), {
        "structure": f"{gardee} — n°\u00a0{gardee.pk}", "dispositif": DispositifFactory().pk, "intitule": "Gardé",
        "origine": "initiative", "canal": "saisie",
    })  # fmt: skip
    assert "Elle vient d’être fusionnée." in html(reponse) and "Gardé" in html(reponse)


# --- Dates at the end of time, and formulas in a header


def test_les_annees_extremes_ne_sont_pas_des_pages_d_erreur():
    fin, debut = date(9999, 12, 31), date(1, 1, 1)
    assert (ajouter_mois(fin, 12), ajouter_mois(debut, -12)) == (date.max, date.min)
    assert (depot.decaler(fin, 1), depot.decaler(debut, -1)) == (date.max, date.min)
    assert depot.decaler(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert pieces.echeance(TypePiece(validite_mois=12), fin) == date.max


def test_l_en_tete_d_un_csv_ne_porte_pas_de_formule():
    tableau = Tableau("Arbitrage", [Colonne("Ligne"), Colonne("=HYPERLINK(1)")], [("a", "b")])
    assert en_csv([tableau]).decode("utf-8-sig").splitlines()[0] == "Ligne;'=HYPERLINK(1)"


def test_un_classeur_hors_ligne_hostile_est_lu_ou_refuse_sans_erreur():
    ligne, par = LigneFactory(), AgentFactory(administration=True)
    brut = classeur.ecrire(classeur.lignes_a_exporter([ligne.dossier_id], par), par=par)
    for valeur in ("1e400", "=1/0", "−0", "NaN", 1e300, True, "1 000 000 000 000 000,00", "\u202e1", "x" * 40_000):
        livre = openpyxl.load_workbook(io.BytesIO(brut))
        feuille = livre[classeur.TABLE]
        titres = [c.value for c in feuille[1]]
        for titre in ("Montant proposé", "Début", "Intitulé de l’action"):
            feuille.cell(2, titres.index(titre) + 1).value = valeur if len(str(valeur)) < 32_000 else valeur[:32_000]
        sortie = io.BytesIO()
        livre.save(sortie)
        lue = lecture.lire(sortie.getvalue(), "retour.xlsx", par=par)
        assert all(e.champ.nom == "intitule" or e.fichier in ("0.00", "1.00") for e in lue.ecarts), (valeur, lue.ecarts)
