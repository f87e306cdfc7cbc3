"""Import of the portal's extract: nothing lost, nothing silently overwritten, everything said in French."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dpid.classeurs import FichierRefuse
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.tableaux import NOMBRE, TEXTE, Colonne, Tableau, en_ods, en_xlsx
from programmes import tasks
from programmes.depots.importation import application
from programmes.depots.importation.colonnes import reconnaitre
from programmes.depots.importation.plan import Choix
from programmes.models import DepotPortail, Dossier, ImportDepots, LigneDossier, Poste, Structure
from tests.factories import AgentFactory, AppelFactory, DispositifFactory, ServiceFactory, StructureFactory
from tests.maquette import etat_de_la_base
from tests.programmes.extraits import FICHIER, LIGNE, TITRES, appel_2024, audasse, en_csv

pytestmark = pytest.mark.django_db
Etat = Dossier.Etat


@pytest.fixture
def par():
    return AgentFactory(administration=True)


@pytest.fixture
def dispositifs():
    return appel_2024()


def deposer(contenu, par, nom="extrait.csv", **choix):
    """The file uploaded, with these choices."""
    extrait = application.deposer_fichier(AppelFactory(annee=2024), contenu, nom, par=par)
    extrait.choix = Choix(**choix).en_json()
    extrait.save()
    return extrait


def importer(contenu, par, **choix):
    extrait = deposer(contenu, par, **choix)
    return application.appliquer(extrait, par=par)


def simuler(contenu, par, **choix):
    return application.simuler(deposer(contenu, par, **choix), par=par)


def messages(plan) -> str:
    return "\n".join(str(c) for c in plan.constats).replace("\u00a0", " ").replace("\u202f", " ")


# --- The whole file of the demonstration ------------------------------------------------------------------------------


def test_extrait_de_demonstration(par, dispositifs):
    connues = "Mission Locale Lens-Liévin", "Habitat Insertion", "AMIE du Boulonnais", "Pas-de-Calais Habitat", "SIA"
    for nom in connues:
        StructureFactory(raison_sociale=nom)
    plan = simuler(FICHIER.read_bytes(), par, creer_manquants=True)
    assert plan.lignes == 60 and [d.nom for d in plan.decisions] == [
        "Mission Locale de Lens Liévin", "Association Habitat et Insertion",
    ]  # fmt: skip
    assert [t.suivante is not None for t in plan.tardifs] == [True, True, False, False]
    assert len(plan.nouveaux) == 54 and not Dossier.objects.exists()
    reponses = {d.cle: d.options[0][0] for d in plan.decisions}
    reportes = {t.lu.reference for t in plan.tardifs if t.suivante}
    choix = {"creer_manquants": True, "structures": reponses, "reportes": reportes, "motif": "Panne du portail."}
    fini = importer(FICHIER.read_bytes(), par, **choix)
    assert fini.bilan() == {
        "lignes": 60, "nouveaux": 58, "inchanges": 0, "modifies": 0, "refuses": 2, "conflits": 0, "decides": 0,
        "reportes": 2, "structures": Structure.objects.count() - len(connues),
    }  # fmt: skip
    assert Dossier.objects.filter(etat=Etat.DEPOSE, canal="portail", session__isnull=False).count() == 58
    assert Dossier.objects.filter(est_reporte=True).count() == 2
    assert Structure.objects.filter(est_a_completer=True).count() == Structure.objects.count() - len(connues)
    assert Journal.objects.filter(objet="programmes.dossier", verbe="creer").count() == 58
    assert Journal.objects.filter(verbe="reporter", motif="Panne du portail.").count() == 2
    # The same file again: everything is known, nothing changes.
    avant = etat_de_la_base()
    extrait = deposer(FICHIER.read_bytes(), par)
    encore = application.simuler(extrait, par=par)
    extrait.delete()
    assert (encore.inchanges, encore.a_ecrire, len(encore.refusees)) == (58, [], 2)
    assert etat_de_la_base() == avant


# --- One row -------------------------------------------------------------------------------------------------


def test_une_ligne_complete(par, dispositifs):
    structure = audasse()
    importer(en_csv(), par)
    dossier = Dossier.objects.get()
    assert (dossier.structure, dossier.dispositif, dossier.reference_portail) == (structure, dispositifs["4.1"], "P-1")
    assert f"{dossier.depose_le:%Y-%m-%d %H:%M}" == "2024-01-10 08:30"  # 09:30 in Paris
    ligne = dossier.lignes.get()
    assert (ligne.demande, ligne.debut, ligne.fin) == (Decimal("5000.00"), date(2024, 3, 1), date(2024, 8, 31))
    assert str(ligne.quantites.get()) == "12 places" and ligne.libelles_territoires() == "Artois"
    totaux = dossier.postes.totaux()
    assert (totaux["charges"], totaux["produits"], totaux["departement"]) == (10000, 10000, 5000)
    assert list(dossier.postes.filter(nature="public").values_list("libelle", flat=True)) == ["CAF", "Commune"]
    assert dossier.history.get().history_user == par and ligne.history.get().history_user == par
    assert Journal.objects.de_l_objet(dossier).get().par == par


@pytest.mark.parametrize(
    ("changement", "phrase"),
    [
        ({"Montant demandé": "cinq mille"}, "colonne G, valeur « cinq mille » : ce texte n’est pas un montant"),
        ({"Montant demandé": "-500"}, "le montant est négatif"),
        ({"Montant demandé": "900 000 000,00"}, "pas vraisemblable"),
        ({"Montant demandé": "1.500"}, "montant ambigu"),
        ({"Montant demandé": ""}, "« Montant demandé » est vide"),
        ({"Fin": "29/02/2025"}, "cette date n’existe pas"),
        ({"Fin": "01/01/2024"}, "se termine avant de commencer"),
        ({"Date de dépôt": "hier"}, "n’est pas une date"),
        ({"Date de dépôt": "10/01/2024 25:00"}, "cette heure n’existe pas"),
        ({"Dispositif": "9.9"}, "dispositif inconnu de l’appel 2024"),
        ({"Territoires": "Boulonnai"}, "Est-ce Boulonnais ?"),
        ({"Territoires": "Artois et Flandres"}, "territoire inconnu : flandres"),
        ({"SIRET": "48054398200000"}, "abîmé par un tableur"),
        ({"SIRET": "48054398200024"}, "clé de contrôle"),
        ({"SIRET": "4,80544E+13"}, "notation scientifique"),
        ({"Structure": "=HYPERLINK(1)"}, "un tableur y verrait une formule"),
        ({"Intitulé": "@SUM(1)"}, "commence comme une formule"),
        ({"Intitulé": "#REF!"}, "une erreur de calcul"),
        ({"Intitulé": "Ã‰tÃ©"}, "accents abîmés"),
        ({"Intitulé": "x" * 251}, "au plus 250"),
        ({"Nombre de places": "beaucoup"}, "n’est pas une quantité"),
        ({"Cofinanceurs publics": "CAF"}, "financeur sans montant"),
        ({"N° dossier": "12 34 / <b>"}, "pas un numéro de dossier"),
    ],
)  # fmt: skip
def test_valeur_refusee(changement, phrase, par, dispositifs):
    audasse()
    plan = simuler(en_csv(changement, {"N° dossier": "P-9"}), par)
    assert phrase in messages(plan) and "ligne 2" in messages(plan)
    assert [d.lu.reference for d in plan.nouveaux] == ["P-9"] and plan.refusees == {2}


@pytest.mark.parametrize("instant", ["31/01/2024 23:59", "31/01/2024 23:59:59", "2024-01-31T22:59:00Z", "31/01/2024"])
def test_dernier_instant_de_la_session(instant, par, dispositifs):
    audasse(type="bailleur")
    plan = simuler(en_csv({"Dispositif": "4.3", "Date de dépôt": instant}), par)
    assert [d.session.ordre for d in plan.nouveaux] == [1] and not plan.tardifs


def test_depot_tardif_reporte_seulement_si_on_le_dit(par, dispositifs):
    audasse()
    tard = en_csv({"Dispositif": "4.2", "Date de dépôt": "01/02/2024 00:00"})
    plan = simuler(tard, par)
    assert plan.nouveaux == [] and "s’est close le 31/01/2024 à 23 h 59" in messages(plan)
    with pytest.raises(ActeRefuse, match="se motive"):
        importer(tard, par, reportes={"P-1"})
    assert not Dossier.objects.exists()
    importer(tard, par, reportes={"P-1"}, motif="Grève de la poste")
    dossier = Dossier.objects.get()
    assert dossier.est_reporte and dossier.session.ordre == 2
    assert Journal.objects.de_l_objet(dossier).filter(verbe="reporter").get().motif == "Grève de la poste"


def test_numero_present_deux_fois_refuse_les_deux(par, dispositifs):
    audasse()
    plan = simuler(en_csv({"N° dossier": "A"}, {"N° dossier": "B"}, {"N° dossier": "A"}), par)
    assert [d.lu.reference for d in plan.nouveaux] == ["B"] and plan.refusees == {2, 4}
    assert "aussi celui de la ligne 2" in messages(plan) and "aussi celui de la ligne 4" in messages(plan)


# --- Structures -----------------------------------------------------------------------------------------------


def test_structure_par_siret_rna_nom_ou_alias(par, dispositifs):
    structure = audasse(rna="W621000000")
    structure.alias.create(texte="A.U.D.A.S.S.E. Jeunes")
    titres = [*TITRES, "RNA"]
    plan = simuler(
        en_csv(
            {"Structure": "Autre nom"}, {"Structure": "Tout autre", "SIRET": "", "RNA": "W621000000"},
            {"Structure": "audasse", "SIRET": ""}, {"Structure": "A.U.D.A.S.S.E. jeunes", "SIRET": ""},
            titres=titres,
        ),
        par,
    )  # fmt: skip
    assert [d.structure.existante for d in plan.nouveaux] == [structure] * 4


def test_structure_fusionnee_mene_a_celle_qui_reste(par, dispositifs):
    gardee = StructureFactory(raison_sociale="Gardée")
    audasse(fusionnee_dans=gardee)
    assert [d.structure.existante for d in simuler(en_csv(), par).nouveaux] == [gardee]


def test_inconnue_ni_creee_ni_fusionnee_en_silence(par, dispositifs):
    proche = StructureFactory(raison_sociale="Les Amis du Bois")
    fichier = en_csv({"Structure": "Amis des Bois", "SIRET": ""}, {"Structure": "Nouvelle", "SIRET": ""})
    assert simuler(fichier, par).nouveaux == []
    plan = simuler(fichier, par, creer_manquants=True)
    assert [d.lu.structure for d in plan.nouveaux] == ["Nouvelle"]  # the near name still waits for an answer
    (decision,) = plan.decisions
    assert decision.options == [(f"pk:{proche.pk}", "Les Amis du Bois"), ("creer", "une autre structure, à créer")]
    meme = simuler(fichier, par, creer_manquants=True, structures={decision.cle: f"pk:{proche.pk}"})
    assert meme.nouveaux[0].structure.existante == proche
    importer(fichier, par, creer_manquants=True, structures={decision.cle: "creer"})
    assert set(Structure.objects.filter(est_a_completer=True).values_list("raison_sociale", flat=True)) == {
        "Amis des Bois", "Nouvelle",
    }  # fmt: skip


def test_deux_noms_proches_dans_le_meme_fichier(par, dispositifs):
    fichier = en_csv({"Structure": "Cap Mobilité", "SIRET": ""}, {"Structure": "Cap Mobilités", "SIRET": ""})
    plan = simuler(fichier, par, creer_manquants=True)
    (decision,) = plan.decisions
    assert len(plan.nouveaux) == 1 and decision.options[0][0] == "comme:cap mobilite"
    importer(fichier, par, creer_manquants=True, structures={decision.cle: decision.options[0][0]})
    assert Structure.objects.count() == 1 and Dossier.objects.count() == 2


def test_meme_nom_autre_siret_se_demande(par, dispositifs):
    audasse()
    plan = simuler(en_csv({"SIRET": "99900001100026"}), par, creer_manquants=True)
    assert plan.nouveaux == [] and [d.nom for d in plan.decisions] == ["AUDASSE"]


def test_reponse_forgee_est_ignoree(par, dispositifs):
    plan = simuler(en_csv({"Structure": "X", "SIRET": ""}), par, structures={"x": "pk:999999"})
    assert plan.nouveaux == []


# --- The portal changes, officers too ---------------------------------------------------------------------------


def test_changement_du_portail_montre_ancien_et_nouveau(par, dispositifs):
    audasse()
    importer(en_csv(), par)
    change = en_csv({"Montant demandé": "7 500,00", "Territoires": "Artois, Ternois", "Nombre de places": "20"})
    plan = simuler(change, par)
    ecarts = {e.champ: (e.avant, e.apres, e.est_conflit) for e in plan.modifies[0].ecarts}
    assert ecarts["demande"] == ("5000.00", "7500.00", False)
    assert set(ecarts) == {"demande", "territoires", "quantites", "postes"}
    importer(change, par)
    ligne = LigneDossier.objects.get()
    assert ligne.demande == Decimal("7500.00") and ligne.libelles_territoires() == "Artois, Ternois"
    assert str(ligne.quantites.get()) == "20 places" and ligne.version == 2
    assert [h.demande for h in ligne.history.all()] == [Decimal("7500.00"), Decimal("5000.00")]
    actualise = Journal.objects.filter(verbe="actualiser").get()
    assert any("5\u202f000,00" in e and "7\u202f500,00" in e for e in actualise.donnees["repris"])
    assert simuler(change, par).inchanges == 1


def test_valeur_d_un_agent_gardee_sauf_si_on_la_coche(par, dispositifs):
    audasse()
    importer(en_csv(), par)
    dossier = Dossier.objects.get()
    dossier.intitule = "Corrigé par l’agent"
    dossier.save()
    change = en_csv({"Intitulé": "Vu du portail"})
    (ecart,) = simuler(change, par).modifies[0].ecarts
    assert ecart.est_conflit and (ecart.avant, ecart.apres) == ("Corrigé par l’agent", "Vu du portail")
    importer(change, par)
    dossier.refresh_from_db()
    assert dossier.intitule == "Corrigé par l’agent"
    acte = Journal.objects.filter(verbe="actualiser").get()
    assert acte.donnees["repris"] == [] and len(acte.donnees["conserves"]) == 1
    assert simuler(change, par).inchanges == 1  # seen once: it is not asked again
    autre = en_csv({"Intitulé": "Encore autre"})
    importer(autre, par, ecrases={"P-1|intitule"})
    dossier.refresh_from_db()
    assert dossier.intitule == "Encore autre"


def test_champ_change_par_l_agent_seul_reste(par, dispositifs):
    """The portal changes the amount; the title, changed here alone, is neither touched nor listed."""
    audasse()
    importer(en_csv(), par)
    Dossier.objects.update(intitule="À nous")
    plan = importer(en_csv({"Montant demandé": "5 100,00", "Cofinanceurs publics": "CAF : 4 900"}), par)
    assert {e.champ for e in plan.modifies[0].ecarts} == {"demande", "postes"}
    assert Dossier.objects.get().intitule == "À nous"


@pytest.mark.parametrize("etat", [Etat.PROPOSE, Etat.REFUSE, Etat.VOTE])
def test_dossier_decide_n_est_pas_touche(etat, par, dispositifs):
    audasse()
    importer(en_csv(), par)
    options = {"motif": "Non"} if etat == Etat.REFUSE else {}
    options |= {"vote_le": date(2024, 6, 17)} if etat == Etat.VOTE else {}
    Dossier.objects.update(etat=etat, **options)
    avant = etat_de_la_base()
    extrait = deposer(en_csv({"Montant demandé": "9 999,00"}), par)
    plan = application.simuler(extrait, par=par)
    assert [lu.reference for lu, _ in plan.decides] == ["P-1"] and plan.a_ecrire == []
    extrait.delete()
    assert etat_de_la_base() == avant


def test_dossier_saisi_puis_vu_au_portail(par, dispositifs):
    """A number typed by hand: whatever differs is a conflict, nothing of it is lost."""
    audasse()
    importer(en_csv(), par)
    DepotPortail.objects.all().delete()
    LigneDossier.objects.update(demande=Decimal("1.00"))
    plan = simuler(en_csv(), par)
    assert [(e.champ, e.est_conflit) for e in plan.modifies[0].ecarts] == [("demande", True)]


def test_ligne_supprimee_par_l_agent_ne_revient_pas(par, dispositifs):
    audasse()
    importer(en_csv(), par)
    LigneDossier.objects.get().delete()
    importer(en_csv({"Montant demandé": "6 000,00", "Intitulé": "Neuf"}), par, ecrases={"P-1|demande"})
    assert Dossier.objects.get().intitule == "Neuf" and not LigneDossier.objects.exists()


# --- Rights, twice, all or nothing -------------------------------------------------------------------------------


def test_instructeur_n_importe_que_pour_ses_services():
    service = ServiceFactory()
    sien = appel_2024(service)
    agent = AgentFactory(instruction=True, services=[service])
    theme = sien["4.1"].thematique
    DispositifFactory(thematique=theme, reference="4.9", titre="Autre", service=ServiceFactory())
    audasse()
    plan = simuler(en_csv({}, {"Dispositif": "4.9"}), agent)
    assert len(plan.nouveaux) == 1 and "relève d’un autre service" in messages(plan)


def test_applique_une_seule_fois(par, dispositifs):
    audasse()
    extrait = deposer(en_csv(), par)
    application.appliquer(extrait, par=par)
    assert bytes(extrait.contenu) == b"" and extrait.applique_le
    with pytest.raises(ActeRefuse, match="déjà été importé"):
        application.appliquer(extrait, par=par)
    assert Dossier.objects.count() == 1


def test_tout_ou_rien(par, dispositifs, monkeypatch):
    audasse()
    extrait = deposer(en_csv({}, {}), par)
    avant = etat_de_la_base()
    monkeypatch.setattr("programmes.depots.importation.ecriture._memoriser", lambda triplets: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        application.appliquer(extrait, par=par)
    assert etat_de_la_base() == avant


def test_meme_numero_ecrit_entre_temps(par, dispositifs, monkeypatch):
    """Somebody else's import wins between our reading and our writing: a French refusal, nothing written."""
    audasse()
    extrait = deposer(en_csv(), par)
    importer(en_csv(), par)
    rapprochement = "programmes.depots.importation.rapprochement.Rapprochement"
    monkeypatch.setattr(f"{rapprochement}._connus", lambda self, references: {})
    with pytest.raises(ActeRefuse, match="Un autre import"):
        application.appliquer(extrait, par=par)
    assert Dossier.objects.count() == 1


def test_travail_repris_n_importe_qu_une_fois(par, dispositifs):
    audasse()
    extrait = deposer(en_csv(), par)
    travail = tasks.demander_import(extrait, par=par)
    assert tasks.demander_import(extrait, par=par) == travail
    phrase = "1\u00a0dossier nouveau"
    assert phrase in tasks.importer(travail)[1] and phrase in tasks.importer(travail)[1]
    assert Dossier.objects.count() == 1


# --- Files --------------------------------------------------------------------------------------------------------


def test_entetes_reconnus_ou_non(par, dispositifs):
    assert {t: reconnaitre(t) for t in ("N° DU DOSSIER", "date de depot", "Nom de la structure", "Téléphone", "")} == {
        "N° DU DOSSIER": "reference", "date de depot": "depose_le", "Nom de la structure": "structure",
        "Téléphone": None, "": None,
    }  # fmt: skip


def test_colonne_inconnue_se_designe_et_se_retient(par, dispositifs):
    audasse()
    titres = [t if t != "Montant demandé" else "Besoin (k)" for t in TITRES]
    fichier = en_csv({"Besoin (k)": "5 000,00"}, titres=titres)
    extrait = deposer(fichier, par)
    with pytest.raises(ActeRefuse, match="Colonnes à désigner : Montant demandé"):
        application.simuler(extrait, par=par)
    extrait.correspondance = [[t, c or "demande"] for t, c in extrait.correspondance]
    extrait.save()
    application.appliquer(extrait, par=par)
    assert dict(deposer(fichier, par).correspondance)["Besoin (k)"] == "demande"


def test_ordre_casse_et_accents_des_titres(par, dispositifs):
    audasse()
    melange = list(reversed(TITRES))
    lignes = en_csv(titres=melange).decode("utf-8-sig").splitlines()
    ecrit = "\n".join([lignes[0].upper().replace("É", "E"), *lignes[1:]])
    assert len(simuler(ecrit.encode("cp1252"), par).nouveaux) == 1


def feuille(*lignes):
    colonnes = [Colonne(t, NOMBRE if t == "Nombre de places" else TEXTE, 14) for t in TITRES]
    valeurs = [LIGNE | {"Nombre de places": 12} | ligne for ligne in lignes]
    return [Tableau("Export", colonnes, [[v[t] for t in TITRES] for v in valeurs])]


@pytest.mark.parametrize(("ecrire", "nom"), [(en_xlsx, "e.xlsx"), (en_ods, "e.ods")])
def test_classeurs_donnent_la_meme_chose_que_le_csv(ecrire, nom, par, dispositifs):
    audasse()
    importer(en_csv(), par)
    extrait = deposer(ecrire(feuille({})), par, nom)
    assert application.simuler(extrait, par=par).inchanges == 1


@pytest.mark.parametrize(
    ("contenu", "phrase"),
    [
        (b"", "vide"),
        (b"\xff\xfeN\x00", "UTF-16"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04abime", "illisible"),
        (en_csv(titres=[*TITRES, "SIRET"]), "colonne présente deux fois"),
        (en_csv(titres=[*TITRES[:2], "", *TITRES[2:]]), "chaque colonne doit porter un titre"),
    ],
)
def test_fichier_refuse(contenu, phrase, par, dispositifs):
    with pytest.raises(FichierRefuse, match=phrase):
        deposer(contenu, par)
    assert not ImportDepots.objects.exists()


def test_plus_de_100_000_lignes(par, dispositifs):
    with pytest.raises(FichierRefuse, match="lignes"):
        deposer(b"N\xc2\xb0 dossier;SIRET\n" + b"1;2\n" * 100_001, par)


def test_feuille_sans_ligne(par, dispositifs):
    plan = simuler((";".join(TITRES)).encode(), par)
    assert plan.lignes == 0 and plan.a_ecrire == []


# --- Speed ---------------------------------------------------------------------------------------------------------


def test_requetes_constantes(par, dispositifs):
    audasse()

    def requetes(acte, nombre, **change):
        lignes = [{"N° dossier": f"{acte.__name__}-{nombre}-{n}", **change} for n in range(nombre)]
        with CaptureQueriesContext(connection) as lues:
            acte(en_csv(*lignes), par)
        return len(lues)

    for acte in (simuler, importer):
        assert requetes(acte, 2) == requetes(acte, 20)
    assert requetes(simuler, 2) <= 20
    # The same rows again, changed: read and written in bulk too.
    assert requetes(importer, 2, Intitulé="A") == requetes(importer, 20, Intitulé="B")


# --- Command -------------------------------------------------------------------------------------------------------


def commande(*arguments):
    sortie, erreurs = io.StringIO(), io.StringIO()
    call_command("importer_depots", *arguments, stdout=sortie, stderr=erreurs)
    return sortie.getvalue(), erreurs.getvalue()


def test_commande(tmp_path, dispositifs):
    audasse()
    fichier = tmp_path / "extrait.csv"
    fichier.write_bytes(en_csv({}, {"Montant demandé": "x"}, {"Dispositif": "4.2", "Date de dépôt": "02/02/2024"}))
    avant = Dossier.objects.count()
    sortie, erreurs = commande(str(fichier), "--appel", "2024", "--simulation")
    assert "Simulation, rien n’est écrit : 1\u00a0dossier nouveau," in sortie and "ligne\u00a03" in erreurs.replace(
        "ligne 3", "ligne\u00a03"
    )
    assert Dossier.objects.count() == avant and not ImportDepots.objects.exists()
    sortie, _ = commande(str(fichier), "--appel", "2024", "--reporter", "Panne")
    assert "2\u00a0dossiers nouveaux" in sortie and Dossier.objects.filter(est_reporte=True).count() == 1
    assert Poste.objects.exists()


@pytest.mark.parametrize(
    ("contenu", "options", "phrase"),
    [
        (b"a;b\n1;2", ["--appel", "2024"], "Colonnes à désigner"),
        (en_csv(), ["--appel", "2031"], "n’existe pas"),
        (en_csv(), ["--appel", "2024", "--colonne", "SIRET=prix"], "ne désigne rien"),
        (en_csv(), ["--appel", "2024", "--par", "inconnu"], "n’existe pas ou n’est pas actif"),
        (en_csv({"Montant demandé": "x"}), ["--appel", "2024"], "rien n’a été écrit"),
    ],
)
def test_commande_refuse(contenu, options, phrase, tmp_path, dispositifs):
    audasse()
    fichier = tmp_path / "e.csv"
    fichier.write_bytes(contenu)
    with pytest.raises(CommandError, match=phrase.replace("(", r"\(")):
        commande(str(fichier), *options)
    assert not Dossier.objects.exists() and not ImportDepots.objects.exists()


def test_commande_fichier_absent(dispositifs):
    with pytest.raises(CommandError, match="il n’existe pas"):
        commande("absent.csv", "--appel", "2024")
