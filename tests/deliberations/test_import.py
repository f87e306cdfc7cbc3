"""The annexe kept as a spreadsheet, imported on the demo data: nothing changes, or the whole file, or nothing."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from budget.models import AutorisationEngagement, LigneBudgetaire
from deliberations import documents
from deliberations.importation import application
from deliberations.importation.application import appliquer, simuler
from deliberations.models import Proposition, Rapport
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Agent, Journal
from programmes.models import AliasStructure, AppelAProjets, Dossier, Financement, LigneDossier, Structure
from tests import maquette
from tests.deliberations import test_lecture_annexe as publie

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf")]
REF = "2023-12-11/64"


@pytest.fixture
def par(donnees_de_demonstration, db):
    return Agent.objects.get(username="instruction")


@pytest.fixture
def rapport(par):
    return Rapport.objects.par_reference(REF)


def annexe_publiee(entete_territoire: bool) -> bytes:
    """2023-604, annexe 2, as published: two tables one under the other, the header of the territoires or not."""
    entetes = publie.ENTETES if entete_territoire else publie.ENTETES_PUBLIES
    lignes = [
        [publie.TITRE], [publie.TITRE_3], entetes, *publie.PUBLIE_FPEL,
        [publie.TITRE_4], entetes, *publie.PUBLIE_JEUNES,
    ]  # fmt: skip
    return publie.xlsx({"Annexe 2": lignes}, {"Annexe 2": ["A1:F1", "A2:F2", "A7:F7", "A9:A15", "B5:D5", "A6:D6"]})


def exporter(rapport) -> bytes:
    return documents.editer(rapport, "repartition", "xlsx")[0]


def retoucher(contenu: bytes, retouche) -> bytes:
    """Open a workbook, let `retouche(livre)` edit it as a person would, save it."""
    livre = openpyxl.load_workbook(io.BytesIO(contenu))
    retouche(livre)
    tampon = io.BytesIO()
    livre.save(tampon)
    return tampon.getvalue()


def cellule(livre, texte, colonne=3):
    """(sheet, row) of the cell of a column that holds `texte`."""
    for feuille in livre:
        for (c,) in feuille.iter_rows(min_col=colonne, max_col=colonne):
            if c.value and texte in str(c.value):
                return feuille, c.row
    raise AssertionError(texte)


def sans_totaux(livre):
    """Totals typed by hand would contradict the changed amount: a person deletes or updates them.

    Merged labels are written on each of their rows, as a spreadsheet does when a person takes merges away.
    """
    for feuille in livre:
        for plage in sorted(str(p) for p in feuille.merged_cells.ranges):
            valeur = feuille[plage.split(":")[0]].value
            feuille.unmerge_cells(plage)
            if plage.startswith("A") and plage.split(":")[1].startswith("A"):
                for (c,) in feuille[plage]:
                    c.value = valeur
        for row in range(feuille.max_row, 0, -1):
            if str(feuille.cell(row, 1).value or "").startswith("TOTAL"):
                feuille.delete_rows(row)


def changer_montant(livre):
    sans_totaux(livre)
    feuille, row = cellule(livre, "CAPSO")
    feuille.cell(row, 5).value = 19000.01


def retirer_ligne(livre):
    sans_totaux(livre)
    feuille, row = cellule(livre, "ADEFI")
    feuille.delete_rows(row)


def ligne_ajoutee(structure, montant=1500, code=None, operation="CLLAJ"):
    def retouche(livre):
        sans_totaux(livre)
        feuille, row = cellule(livre, "CAPSO")
        feuille.insert_rows(row + 1)
        valeurs = [operation, "CALAISIS", structure, "Action nouvelle", montant, None, code]
        for colonne, valeur in enumerate(valeurs, start=1):
            feuille.cell(row + 1, colonne).value = valeur

    return retouche


# --- The same file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entete_territoire", [False, True], ids=["comme publiée", "avec TERRITOIRE(S)"])
def test_l_annexe_publiee_retrouve_chaque_ligne_et_chaque_montant(par, rapport, entete_territoire):
    fichier = annexe_publiee(entete_territoire)
    bilan = simuler(fichier, "annexe 2.xlsx", REF, par=par)
    assert bilan.est_applicable and bilan.constats == (), [str(c) for c in bilan.constats]
    assert (bilan.ajouts, bilan.retraits, bilan.creations) == ([], [], [])
    assert all(set(c.differences) == {"description"} for c in bilan.changements), "seuls des textes diffèrent"
    assert bilan.total == Decimal("311357.00")
    montants = list(Financement.objects.order_by("pk").values_list("montant", "autorisation"))
    appliquer(fichier, "annexe 2.xlsx", REF, par=par)
    assert list(Financement.objects.order_by("pk").values_list("montant", "autorisation")) == montants
    avant = maquette.etat_de_la_base()
    encore = appliquer(fichier, "annexe 2.xlsx", REF, par=par)
    assert not encore.change_quelque_chose and encore.plan.inchangees == 10
    assert maquette.etat_de_la_base() == avant, "le même fichier ne change rien, pas même le journal"


def test_l_identite_vaut_aussi_pour_un_rapport_vise(par, rapport):
    for compte in ("chef", "direction", "budget"):
        rapport.viser(par=Agent.objects.get(username=compte))
    appliquer(exporter(rapport), "export.xlsx", REF, par=par)
    rapport.refresh_from_db()
    assert rapport.etat == "vise", "un import qui ne change rien n’annule aucun visa"


# --- Changed, removed, added ------------------------------------------------------------------------------------------


def test_montant_change(par, rapport):
    fichier = retoucher(exporter(rapport), changer_montant)
    avant = maquette.etat_de_la_base()
    bilan = simuler(fichier, "a.xlsx", REF, par=par)
    (change,) = bilan.changements
    assert change.differences == {"montant": ("20\u202f000,00\u00a0€", "19\u202f000,01\u00a0€")}
    assert (bilan.ajouts, bilan.retraits, bilan.total) == ([], [], Decimal("310357.01"))
    assert maquette.etat_de_la_base() == avant, "une simulation n’écrit rien"
    appliquer(fichier, "a.xlsx", REF, par=par)
    ligne = LigneDossier.objects.avec_retenu().get(propositions=change.existante.proposition)
    assert ligne.retenu == Decimal("19000.01")
    assert Journal.objects.de_l_objet(ligne).filter(verbe="arbitrer", vers="19000.01").count() == 1
    assert Journal.objects.de_l_objet(rapport).filter(verbe="importer").count() == 1


def test_ligne_retiree(par, rapport):
    fichier = retoucher(exporter(rapport), retirer_ligne)
    bilan = simuler(fichier, "a.xlsx", REF, par=par)
    assert [r.structure for r in bilan.retraits] == ["ADEFI"] and not bilan.ajouts and not bilan.changements
    appliquer(fichier, "a.xlsx", REF, par=par)
    assert rapport.propositions.count() == 9
    dossier = Dossier.objects.get(structure__raison_sociale="ADEFI", dispositif__thematique__appel__annee=2023)
    assert dossier.etat == "propose"


def test_ligne_ajoutee_sur_une_structure_connue(par, rapport):
    fichier = retoucher(exporter(rapport), ligne_ajoutee("MAHRA - Le Toit", code="C02-428B02"))
    Structure.objects.create(raison_sociale="MAHRA - Le Toit")
    bilan = simuler(fichier, "a.xlsx", REF, par=par)
    assert [str(a) for a in bilan.ajouts] == ["MAHRA - Le Toit (Calaisis) : 1\u202f500,00\u00a0€"]
    appliquer(fichier, "a.xlsx", REF, par=par)
    nouvelle = Proposition.objects.get(ligne__dossier__structure__raison_sociale="MAHRA - Le Toit")
    assert nouvelle.ligne.dossier.etat == "inscrit" and nouvelle.ligne.dossier.origine == "reprise"
    assert nouvelle.ligne.financements.get().autorisation.ligne.code == "C02-428B02"
    assert Journal.objects.de_l_objet(nouvelle.ligne.dossier).count() == 1


@pytest.mark.parametrize("retouche", [changer_montant, retirer_ligne, ligne_ajoutee("CAPSO")])
def test_un_import_qui_change_annule_les_visas_et_rend_la_reservation(par, rapport, retouche):
    fichier = retoucher(exporter(rapport), retouche)
    for compte in ("chef", "direction", "budget"):
        rapport.viser(par=Agent.objects.get(username=compte))
    appliquer(fichier, "a.xlsx", REF, par=par)
    rapport.refresh_from_db()
    assert rapport.etat == "preparation" and not rapport.visas_actifs().exists()
    assert sum(ae.reserve for ae in AutorisationEngagement.objects.all()) == 0
    assert Journal.objects.de_l_objet(rapport).filter(verbe="annuler_visas").count() == 1
    call_command("verifier_comptes")


def test_tout_ou_rien(par, rapport, monkeypatch):
    """The last line fails: the first changes are not written either."""

    def retouche(livre):
        ligne_ajoutee("CAPSO")(livre)
        changer_montant(livre)

    fichier = retoucher(exporter(rapport), retouche)
    avant = maquette.etat_de_la_base()
    monkeypatch.setattr(Journal, "noter", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        appliquer(fichier, "a.xlsx", REF, par=par)
    assert maquette.etat_de_la_base() == avant


def test_une_erreur_refuse_tout_le_fichier(par, rapport):
    def retouche(livre):
        changer_montant(livre)
        ligne_ajoutee("CAPSO", code="C02-999Z99")(livre)

    fichier = retoucher(exporter(rapport), retouche)
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match="C02-999Z99.*pas d’AE ouverte en 2023"):
        appliquer(fichier, "a.xlsx", REF, par=par)
    assert maquette.etat_de_la_base() == avant


# --- Structures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nom", ["Rencontre et Loisir", "Rencontres Loisirs", "AMIE du Boulonais"])
@pytest.mark.parametrize("creer", [False, True])
def test_un_nom_proche_est_propose_jamais_choisi_ni_cree(par, rapport, nom, creer):
    fichier = retoucher(exporter(rapport), ligne_ajoutee(nom, code="C02-428B02"))
    structures = Structure.objects.count()
    bilan = simuler(fichier, "a.xlsx", REF, par=par, creer_manquants=creer)
    assert not bilan.est_applicable and "structure inconnue, proche de «" in str(bilan.erreurs[0])
    with pytest.raises(ActeRefuse):
        appliquer(fichier, "a.xlsx", REF, par=par, creer_manquants=creer)
    assert Structure.objects.count() == structures


def test_l_alias_ou_le_choix_leve_le_doute(par, rapport):
    fichier = retoucher(exporter(rapport), ligne_ajoutee("Rencontre et Loisir", code="C02-428B02"))
    connue = Structure.objects.get(raison_sociale="Rencontres et Loisirs")
    bilan = simuler(fichier, "a.xlsx", REF, par=par, choix={"rencontre et loisir": connue.pk})
    assert bilan.est_applicable and bilan.ajouts[0].structure == connue
    AliasStructure.objects.create(structure=connue, texte="Rencontre et Loisir")
    assert simuler(fichier, "a.xlsx", REF, par=par).ajouts[0].structure == connue


def test_structure_inconnue_creee_a_completer_sur_demande_seulement(par, rapport):
    fichier = retoucher(exporter(rapport), ligne_ajoutee("Zébulon Solidarités", code="C02-428B02"))
    with pytest.raises(ActeRefuse, match="structure inconnue"):
        appliquer(fichier, "a.xlsx", REF, par=par)
    assert not Structure.objects.filter(raison_sociale__startswith="Zébulon").exists()
    bilan = appliquer(fichier, "a.xlsx", REF, par=par, creer_manquants=True)
    assert bilan.creations == ["la structure « Zébulon Solidarités » (à compléter)"]
    assert Structure.objects.get(raison_sociale="Zébulon Solidarités").est_a_completer


# --- Nothing yet: everything is created ------------------------------------------------------------------------------


def test_creer_manquants_cree_le_rapport_l_appel_et_le_reste(par):
    fichier = annexe_publiee(False)
    ref = "2022-05-09/12"
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match="Aucun rapport ne répond"):
        simuler(fichier, "a.xlsx", ref, par=par)
    for code in ("C02-446A05", "C02-428B02"):
        assert not AutorisationEngagement.objects.pour_code(code, 2031)
    bilan = appliquer(fichier, "a.xlsx", ref, par=par, creer_manquants=True)
    nouveau = Rapport.objects.par_reference(ref)
    assert nouveau.cree_par == par and nouveau.propositions.count() == 10 and len(bilan.ajouts) == 10
    assert bilan.creations[0] == f"le rapport {ref}" and "l’appel à projets 2022" in bilan.creations
    assert AppelAProjets.objects.get(annee=2022).thematiques.count() == 2
    assert {o.libelle_court for t in nouveau.thematiques.all() for o in t.operations.all()} >= {"CLLAJ"}
    assert Financement.objects.filter(ligne__propositions__in=nouveau.propositions).count() == 10
    assert maquette.etat_de_la_base() != avant
    again = appliquer(fichier, "a.xlsx", ref, par=par, creer_manquants=True)
    assert not again.change_quelque_chose


def test_a_imputer_bloque_l_adoption_jusqu_a_l_imputation(par):
    fichier, ref = annexe_publiee(False), "2022-05-09/12"
    appliquer(fichier, "a.xlsx", ref, par=par, creer_manquants=True)
    systeme = Agent.objects.get(username=Agent.SYSTEME)
    rapport = Rapport.objects.par_reference(ref)
    with pytest.raises(ActeRefuse, match="10 financement.s. « à imputer »"):
        rapport.adopter(par=systeme, numero="2022-99", le=rapport.seance.date, reprise=True)
    ligne = LigneBudgetaire.objects.get(code="C02-428B02")
    ae = AutorisationEngagement.objects.filter(ligne=ligne, millesime=2022).first() or (
        AutorisationEngagement.objects.create(ligne=ligne, millesime=2022)
    )
    from datetime import date

    maquette.ecrire(ae, "vote", "400000", le=date(2022, 1, 1))
    Financement.objects.filter(autorisation=None, source=None).update(autorisation=ae)
    rapport.adopter(par=systeme, numero="2022-99", le=rapport.seance.date, reprise=True)
    assert rapport.etat == "adopte"
    call_command("verifier_comptes")


def test_un_rapport_adopte_refuse_tout_import(par, rapport):
    fichier = exporter(rapport)
    rapport.adopter(
        par=Agent.objects.get(username=Agent.SYSTEME), numero="2023-604", le=rapport.seance.date, reprise=True
    )
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeFige, match="soumis au vote"):
        appliquer(retoucher(fichier, changer_montant), "a.xlsx", REF, par=par)
    assert maquette.etat_de_la_base() == avant


# --- The command ------------------------------------------------------------------------------------------------------


def commande(*args) -> tuple[str, str]:
    sortie, erreurs = io.StringIO(), io.StringIO()
    call_command(*args, stdout=sortie, stderr=erreurs)
    return sortie.getvalue(), erreurs.getvalue()


def test_commande_simulation_puis_import(par, rapport, tmp_path):
    fichier = tmp_path / "annexe.xlsx"
    fichier.write_bytes(retoucher(exporter(rapport), changer_montant))
    avant = maquette.etat_de_la_base()
    sortie, _ = commande("importer_repartition", str(fichier), "--rapport", REF, "--simulation")
    assert "Simulation, rien n’est écrit" in sortie and "1 changement(s)" in sortie and "20\u202f000,00" in sortie
    assert maquette.etat_de_la_base() == avant
    sortie, _ = commande("importer_repartition", str(fichier), "--rapport", REF)
    assert "Import enregistré" in sortie
    assert Journal.objects.de_l_objet(rapport).filter(verbe="importer").get().par.username == Agent.SYSTEME


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["absent.xlsx", "--rapport", REF], "ne se lit pas"),
        (["{faux}", "--rapport", REF], "rien n’a été écrit"),
        (["{bon}", "--rapport", "2031-01-01/1"], "Aucun rapport ne répond"),
        (["{bon}", "--rapport", "nimporte"], "n’est pas une référence"),
        (["{bon}", "--rapport", REF, "--par", "inconnu"], "n’existe pas"),
        (["{bon}", "--rapport", REF, "--par", "consultation"], "n’a pas le droit"),
    ],
)
def test_commande_refusee_en_francais_et_rien_n_est_ecrit(par, rapport, tmp_path, arguments, phrase):
    bon, faux = tmp_path / "bon.xlsx", tmp_path / "faux.xlsx"
    bon.write_bytes(exporter(rapport))
    faux.write_bytes(b"PK\x03\x04 tronque")
    avant = maquette.etat_de_la_base()
    with pytest.raises(CommandError, match=phrase):
        commande("importer_repartition", *(a.format(bon=bon, faux=faux) for a in arguments))
    assert maquette.etat_de_la_base() == avant


def test_commandes_adopter_et_editer(par, rapport, tmp_path):
    with pytest.raises(CommandError, match="La séance est du 11/12/2023"):
        commande("adopter", REF, "--numero", "2023-604", "--le", "2023-12-12")
    with pytest.raises(CommandError, match="n’est pas une date"):
        commande("adopter", REF, "--numero", "2023-604", "--le", "2023-02-30")
    with pytest.raises(CommandError, match="n’a pas tous ses visas"):
        commande("adopter", REF, "--numero", "2023-604", "--le", "2023-12-11", "--par", "assemblees")
    sortie, _ = commande("adopter", REF, "--numero", "2023-604", "--le", "2023-12-11")
    assert "délibération n° 2023-604 du 11/12/2023" in sortie.replace("\u00a0", " ")
    with pytest.raises(CommandError, match="déjà adopté"):
        commande("adopter", REF, "--numero", "2023-605", "--le", "2023-12-11")
    cible = tmp_path / "annexe.xlsx"
    commande("editer", "repartition", "2023-604", "--format", "xlsx", "--sortie", str(cible))
    assert cible.read_bytes()[:2] == b"PK"
    commande("verifier_comptes")


def test_temoin_sans_la_lecture_des_erreurs_le_fichier_faux_passerait(par, rapport, monkeypatch):
    """Negative control: the refusal comes from the findings, not from something else that happens to fail."""
    fichier = retoucher(exporter(rapport), ligne_ajoutee("CAPSO", code="C02-999Z99"))
    monkeypatch.setattr(application.Collecteur, "erreur", lambda *args, **kwargs: None)
    appliquer(fichier, "a.xlsx", REF, par=par)
    assert rapport.propositions.count() == 11
