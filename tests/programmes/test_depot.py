"""The door of deposits: windows that close at 23:59 in Paris, late dossiers, copies, avenants; and their pages."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.depots import depot
from programmes.forms import designation
from programmes.models import Dossier, LigneDossier, Poste, SessionDepot
from programmes.models.fiche import PARIS
from tests.factories import (
    AgentFactory,
    AppelFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    StructureFactory,
    TerritoireFactory,
    ThematiqueFactory,
    financer,
)
from tests.programmes.extraits import appel_2024, audasse, en_csv
from tests.programmes.pages import compter, html

pytestmark = pytest.mark.django_db
Etat, Origine = Dossier.Etat, Dossier.Origine


@pytest.fixture
def par():
    return AgentFactory(administration=True)


@pytest.fixture
def dispositifs():
    return appel_2024()


def a_paris(*instant) -> datetime:
    return datetime(*instant, tzinfo=PARIS)


def deposer(par, dispositif, **options):
    options = {"structure": StructureFactory(), "depose_le": a_paris(2024, 1, 10, 9), **options}
    return depot.deposer(par=par, dispositif=dispositif, **options)[0]


# --- Windows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        (a_paris(2023, 12, 14, 0, 0), 1),
        (a_paris(2024, 1, 31, 23, 59, 59), 1),
        (a_paris(2024, 4, 1, 0, 0), 2),
        (datetime.fromisoformat("2024-01-31T22:59:59+00:00"), 1),
        (datetime.fromisoformat("2024-03-31T22:00:00+00:00"), 2),  # summer time: midnight in Paris
    ],
)
def test_la_session_qui_accueille(instant, session, dispositifs):
    assert depot.placer(depot.sessions_de(dispositifs["4.2"]), instant).ordre == session


@pytest.mark.parametrize(
    ("instant", "phrase", "suivante"),
    [
        (a_paris(2024, 2, 1, 0, 0), "s’est close le 31/01/2024", 2),
        (datetime.fromisoformat("2024-01-31T23:00:00+00:00"), "trop tard", 2),
        (a_paris(2023, 12, 13, 23, 59), "trop tôt", 1),
        (a_paris(2024, 6, 1, 0, 0), "la session 2 s’est close le 31/05/2024", None),
    ],
)
def test_hors_session(instant, phrase, suivante, dispositifs):
    with pytest.raises(depot.HorsSession, match=phrase) as hors:
        depot.placer(depot.sessions_de(dispositifs["4.2"]), instant)
    assert (hors.value.suivante and hors.value.suivante.ordre) == suivante


def test_sans_fiche_aucune_fenetre(par):
    dossier = deposer(par, DispositifFactory())
    assert dossier.session is None and dossier.etat == Etat.DEPOSE


@pytest.mark.parametrize(
    ("origine", "etat"),
    [
        (Origine.SESSION, Etat.DEPOSE), (Origine.COMPLEMENT, Etat.DEPOSE), (Origine.AVENANT, Etat.EN_INSTRUCTION),
        (Origine.INITIATIVE, Etat.EN_INSTRUCTION), (Origine.REPRISE, Etat.EN_INSTRUCTION),
    ],
)  # fmt: skip
def test_etat_initial_et_un_acte(origine, etat, par, dispositifs):
    hors = a_paris(2024, 2, 10) if origine != Origine.SESSION else a_paris(2024, 1, 10)
    dossier = deposer(par, dispositifs["4.2"], origine=origine, depose_le=hors)
    assert dossier.etat == etat and (dossier.session is not None) == (origine == Origine.SESSION)
    acte = Journal.objects.de_l_objet(dossier).get()
    assert (acte.verbe, acte.vers, acte.par) == ("creer", etat, par)


def test_un_depot_ne_se_date_pas_du_futur(par, dispositifs):
    with pytest.raises(ActeRefuse, match="futur"):
        deposer(par, dispositifs["4.1"], depose_le=timezone.now() + timedelta(hours=1))
    assert not Dossier.objects.exists()


def test_tardif_refuse_ou_reporte_avec_son_motif(par, dispositifs):
    tard = {"depose_le": a_paris(2024, 2, 3, 8)}
    with pytest.raises(depot.HorsSession):
        deposer(par, dispositifs["4.2"], **tard)
    with pytest.raises(ActeRefuse, match="se motive"):
        deposer(par, dispositifs["4.2"], reporter=True, motif="  ", **tard)
    with pytest.raises(depot.HorsSession):
        deposer(par, dispositifs["4.3"], reporter=True, motif="Grève", **tard)  # no later session
    assert not Dossier.objects.exists()
    dossier = deposer(par, dispositifs["4.2"], reporter=True, motif="Grève", **tard)
    assert dossier.est_reporte and dossier.session.ordre == 2 and dossier.depose_le == tard["depose_le"]
    assert [a.verbe for a in Journal.objects.de_l_objet(dossier)] == ["reporter", "creer"]


def test_reporter_un_dossier_deja_depose(par, dispositifs):
    dossier = deposer(par, dispositifs["4.2"])
    seconde = SessionDepot.objects.get(fiche__dispositif=dispositifs["4.2"], ordre=2)
    assert depot.sessions_ulterieures(dossier) == [seconde]
    depot.reporter(dossier, seconde, par=par, motif="À la demande de la structure")
    dossier.refresh_from_db()
    assert dossier.session == seconde and dossier.est_reporte and depot.sessions_ulterieures(dossier) == []
    assert Journal.objects.de_l_objet(dossier).filter(verbe="reporter").count() == 1
    premiere = SessionDepot.objects.get(fiche__dispositif=dispositifs["4.2"], ordre=1)
    for session, motif, phrase in (
        (premiere, "x", "plus tard"), (seconde, "", "se motive"),
        (SessionDepot.objects.get(fiche__dispositif=dispositifs["4.1"]), "x", "autre dispositif"),
    ):  # fmt: skip
        with pytest.raises(ActeRefuse, match=phrase):
            depot.reporter(dossier, session, par=par, motif=motif)
    Dossier.objects.update(etat=Etat.PROPOSE)
    with pytest.raises(ActeRefuse, match="ne se reporte plus"):
        depot.reporter(dossier, seconde, par=par, motif="x")


# --- From an older dossier ------------------------------------------------------------------------------------


@pytest.fixture
def ancien(dispositifs):
    """A voted dossier of 2023 on the dispositif that 4.1 continues."""
    theme = ThematiqueFactory(appel=AppelFactory(annee=2023), numero=3)
    prime = DispositifFactory(thematique=theme, reference="3.7")
    dispositifs["4.1"].precedent = prime
    dispositifs["4.1"].save()
    dossier = DossierFactory(dispositif=prime, structure=audasse(), intitule="Ateliers")
    ligne = LigneFactory(
        dossier=dossier, debut=date(2023, 3, 1), fin=date(2024, 2, 29), quantite="12",
        territoires=[TerritoireFactory()], acte_initial_numero="2023-00012", acte_initial_le=date(2023, 2, 1),
    )  # fmt: skip
    financer(ligne, "800.00")
    for sens, nature, libelle, montant in (
        ("charge", "personnel", "Salaires", 1500), ("produit", "departement", "Département", 1000),
        ("produit", "public", "CAF", 500),
    ):  # fmt: skip
        Poste.objects.create(dossier=dossier, sens=sens, nature=nature, libelle=libelle, montant=Decimal(montant))
    return dossier


def voter(dossier):
    Dossier.objects.filter(pk=dossier.pk).update(etat=Etat.VOTE, vote_le=date(2023, 12, 11))
    dossier.refresh_from_db()
    return dossier


def test_reconduire(par, ancien, dispositifs):
    assert depot.successeurs(ancien.dispositif) == [dispositifs["4.1"]]
    options = {"par": par, "dispositif": dispositifs["4.1"], "depose_le": a_paris(2024, 2, 1), "jeton": "j"}
    dossier, est_nouveau = depot.reconduire(voter(ancien), **options)
    assert est_nouveau and dossier.copie_de == ancien and dossier.session.ordre == 1
    assert (dossier.structure, dossier.intitule, dossier.etat) == (ancien.structure, "Ateliers", Etat.DEPOSE)
    ligne, source = dossier.lignes.get(), ancien.lignes.get()
    assert (ligne.debut, ligne.fin) == (date(2024, 3, 1), date(2025, 2, 28))  # no 29 February in 2025
    assert ligne.demande is None and ligne.propose is None and not ligne.financements.exists()
    assert ligne.libelles_territoires() == source.libelles_territoires() and str(ligne.quantites.get()) == "12 mesures"
    totaux = dossier.postes.totaux()
    assert (totaux["charges"], totaux["departement"], totaux["publics"]) == (1500, 0, 500)
    assert depot.reconduire(ancien, **options) == (dossier, False) and Dossier.objects.count() == 2


def test_avenant_d_un_dossier_vote_seulement(par, ancien):
    with pytest.raises(ActeRefuse, match="modifie un acte voté"):
        depot.ouvrir_avenant(ancien, par=par)
    dossier, _ = depot.ouvrir_avenant(voter(ancien), par=par)
    ligne = dossier.lignes.get()
    assert (dossier.origine, dossier.etat, dossier.session) == (Origine.AVENANT, Etat.EN_INSTRUCTION, None)
    assert (ligne.nature_acte, ligne.numero_avenant, ligne.ancien_montant) == ("avenant", 1, Decimal("800.00"))
    assert (ligne.acte_initial_numero, ligne.demande) == ("2023-00012", None)
    assert LigneDossier.objects.avec_retenu().get(pk=ligne.pk).retenu == 0


# --- Pages ----------------------------------------------------------------------------------------------------


def champs(dispositif, structure, **changements):
    return {
        "structure": designation(structure), "dispositif": dispositif.pk, "intitule": "Ateliers", "canal": "courrier",
        "origine": "session", "depose_le": "2024-01-31T23:59", "jeton": "abc", "version": "1", **changements,
    }  # fmt: skip


def test_page_de_creation(par, connecter, dispositifs):
    reponse = connecter(par).post(reverse("dossier_nouveau"), champs(dispositifs["4.2"], audasse()))
    dossier = Dossier.objects.get()
    assert reponse.url == dossier.get_absolute_url() and dossier.session.ordre == 1 and dossier.canal == "courrier"


def test_page_de_creation_tardive_propose_le_report(par, connecter, dispositifs):
    client, url, structure = connecter(par), reverse("dossier_nouveau"), audasse()
    tard = champs(dispositifs["4.2"], structure, depose_le="2024-02-01T00:00")
    page = html(client.post(url, tard))
    assert "s’est close le 31/01/2024 à 23\u00a0h\u00a059" in page and 'type="checkbox" name="reporter"' in page
    assert "La session suivante ouvre le 01/04/2024" in page and 'value="Ateliers"' in page
    assert "Dites pourquoi ce dépôt est reporté" in html(client.post(url, tard | {"reporter": "on"}))
    assert not Dossier.objects.exists()
    client.post(url, tard | {"reporter": "on", "motif_report": "Panne"})
    dossier = Dossier.objects.get()
    assert dossier.est_reporte and Journal.objects.filter(verbe="reporter").get().motif.startswith("Panne")


def test_page_de_creation_forclose(par, connecter, dispositifs):
    page = html(
        connecter(par).post(reverse("dossier_nouveau"), champs(dispositifs["4.3"], audasse(), depose_le="2024-02-01"))
    )
    assert "trop tard" in page and 'type="checkbox" name="reporter"' not in page and not Dossier.objects.exists()


@time_machine.travel("2024-02-10 10:00+01:00", tick=False)
def test_page_de_creation_sans_date_compte_maintenant(par, connecter, dispositifs):
    sans_date = champs(dispositifs["4.2"], audasse(), depose_le="")
    assert "trop tard" in html(connecter(par).post(reverse("dossier_nouveau"), sans_date))
    assert "futur" in html(
        connecter(par).post(reverse("dossier_nouveau"), sans_date | {"depose_le": "2024-02-10T12:00"})
    )


def test_changer_la_date_change_la_session(par, connecter, dispositifs):
    dossier = deposer(par, dispositifs["4.2"])
    Dossier.objects.filter(pk=dossier.pk).update(etat=Etat.EN_INSTRUCTION)
    client, url = connecter(par), reverse("dossier_modifier", args=[dossier.pk])
    envoi = champs(dispositifs["4.2"], dossier.structure, version=dossier.version)
    client.post(url, envoi | {"depose_le": "2024-04-02T09:00"})
    dossier.refresh_from_db()
    assert dossier.session.ordre == 2
    page = html(client.post(url, envoi | {"depose_le": "2024-06-02T09:00", "version": dossier.version}))
    assert "trop tard" in page
    client.post(url, envoi | {"depose_le": "2024-06-02T09:00", "version": dossier.version, "origine": "complement"})
    dossier.refresh_from_db()
    assert dossier.session is None and dossier.origine == "complement"


def test_ouvrir_le_formulaire_ne_change_pas_les_secondes(par, connecter, dispositifs):
    dossier = deposer(par, dispositifs["4.2"], depose_le=a_paris(2024, 1, 10, 9, 30, 42))
    Dossier.objects.filter(pk=dossier.pk).update(etat=Etat.EN_INSTRUCTION)
    envoi = champs(dispositifs["4.2"], dossier.structure, depose_le="2024-01-10T09:30", intitule="Autre")
    connecter(par).post(reverse("dossier_modifier", args=[dossier.pk]), envoi | {"version": dossier.version})
    dossier.refresh_from_db()
    assert dossier.intitule == "Autre" and dossier.depose_le.second == 42


def test_page_reconduire(par, connecter, ancien, dispositifs):
    voter(ancien)
    client, url = connecter(par), reverse("dossier_reconduire", args=[ancien.pk])
    assert "2024 – 4.1" in html(client.get(url))
    envoi = {"dispositif": dispositifs["4.1"].pk, "canal": "saisie", "depose_le": "2024-10-01T00:00", "jeton": "k"}
    assert "trop tard" in html(client.post(url, envoi))
    envoi["depose_le"] = "2024-09-30T23:59"
    premier, second = client.post(url, envoi), client.post(url, envoi)
    assert premier.url == second.url and Dossier.objects.filter(copie_de=ancien).count() == 1


def test_page_avenant(par, connecter, ancien):
    client, url = connecter(par), reverse("dossier_avenant", args=[ancien.pk])
    assert "modifie un acte voté" in html(client.post(url, {"canal": "saisie", "jeton": "a"}))
    LigneDossier.objects.filter(dossier=ancien).update(nature_acte="convention_type")
    assert url not in html(client.get(ancien.structure.get_absolute_url()))
    voter(ancien)
    LigneDossier._base_manager.filter(dossier=ancien).update(votee_le=date(2024, 6, 17), acte_vote="2024-100")
    assert url in html(client.get(ancien.structure.get_absolute_url()))  # opened from the act that it amends
    client.post(url, {"canal": "saisie", "jeton": "a"})
    assert Dossier.objects.get(origine="avenant").copie_de == ancien


def test_page_reporter(par, connecter, dispositifs):
    dossier = deposer(par, dispositifs["4.2"])
    client, url = connecter(par), reverse("dossier_reporter", args=[dossier.pk])
    seconde = SessionDepot.objects.get(fiche__dispositif=dispositifs["4.2"], ordre=2)
    assert "Ce champ est obligatoire" in html(client.post(url, {"session": seconde.pk}))
    client.post(url, {"session": seconde.pk, "motif": "Demande"})
    dossier.refresh_from_db()
    assert dossier.session == seconde
    assert "aucune session ultérieure" in html(client.get(url, follow=True))


@pytest.mark.parametrize("vue", ["dossier_reconduire", "dossier_avenant", "dossier_reporter", "dossier_budget"])
def test_dossier_etranger_et_droits(vue, connecter, par, dispositifs):
    dossier = deposer(par, dispositifs["4.2"])
    url = reverse(vue, args=[dossier.pk])
    etranger = AgentFactory(instruction=True, services=[ServiceFactory()])
    assert connecter(etranger).get(url).status_code == 404
    assert connecter(AgentFactory(consultation=True)).get(url).status_code == 403


# --- Pages of the import ------------------------------------------------------------------------------------------


def televerser(client, contenu, appel, nom="extrait.csv"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post(reverse("depots"), {"appel": appel.pk, "fichier": SimpleUploadedFile(nom, contenu)})


def test_import_dans_le_navigateur(par, connecter, dispositifs):
    audasse()
    client, appel = connecter(par), AppelFactory(annee=2024)
    fichier = en_csv({}, {"Dispositif": "4.2", "Date de dépôt": "05/02/2024"}, {"Montant demandé": "x"})
    url = televerser(client, fichier, appel).url
    page = html(client.get(url))
    assert "Rien n’est encore enregistré" in page and "Reporter à la session 2" in page and "pas un montant" in page
    assert not Dossier.objects.exists()
    page = html(client.post(url, {"acte": "verifier", "reportes": "P-2", "motif": "Panne"}, follow=True))
    assert "2\u00a0nouveaux" in page and ">Panne</textarea>" in page
    reponse = client.post(url, {"acte": "importer", "reportes": "P-2", "motif": "Panne"}, follow=True)
    assert "Import enregistré" in html(reponse) and Dossier.objects.count() == 2
    assert "qu’une fois" in html(client.post(url, {"acte": "importer"}, follow=True)) and Dossier.objects.count() == 2


def test_ecran_de_correspondance(par, connecter, dispositifs):
    audasse()
    client, appel = connecter(par), AppelFactory(annee=2024)
    fichier = en_csv().replace("Montant demandé".encode(), b"Besoin")
    url = televerser(client, fichier, appel).url
    page = html(client.get(url))
    assert "Désigner les colonnes" in page and "Par exemple : 5 000,00" in page
    titres = [ligne for ligne in fichier.decode("utf-8-sig").splitlines()[0].split(";")]
    rang = titres.index("Besoin")
    assert "Dites quelle colonne porte" in html(client.post(url, {"acte": "colonnes"}))
    assert "désigné deux fois" in html(
        client.post(url, {"acte": "colonnes", "colonne-0": "reference", "colonne-1": "reference"})
    )
    from programmes.depots.importation.colonnes import reconnaitre

    envoi = {f"colonne-{i}": reconnaitre(t) or "" for i, t in enumerate(titres)} | {f"colonne-{rang}": "demande"}
    page = html(client.post(url, envoi | {"acte": "colonnes"}, follow=True))
    assert "Vérifier l’extrait" in page and "1\u00a0nouveau" in page


def test_conflit_dans_le_navigateur(par, connecter, dispositifs):
    audasse()
    client, appel = connecter(par), AppelFactory(annee=2024)
    client.post(televerser(client, en_csv(), appel).url, {"acte": "importer"})
    Dossier.objects.update(intitule="Corrigé ici")
    url = televerser(client, en_csv({"Intitulé": "Du portail"}), appel).url
    page = html(client.get(url))
    assert "modifié ici aussi" in page and "Corrigé ici" in page and "Du portail" in page
    client.post(url, {"acte": "importer", "ecrases": "P-1|intitule"})
    assert Dossier.objects.get().intitule == "Du portail"


def test_import_reserve_et_invisible_aux_autres(par, connecter, dispositifs):
    url = televerser(connecter(par), en_csv(), AppelFactory(annee=2024)).url
    assert connecter(AgentFactory(administration=True)).get(url).status_code == 404
    for role in ("territoire", "budget", "direction", "consultation"):
        client = connecter(AgentFactory(**{role: True}))
        assert client.get(url).status_code == client.get(reverse("depots")).status_code == 403


def test_fichier_illisible_dit_pourquoi(par, connecter, dispositifs):
    page = html(televerser(connecter(par), b"%PDF-1.7 ...", AppelFactory(annee=2024), "x.csv"))
    assert "Le fichier est un PDF" in page and "data-resume-erreurs" in page


def test_long_fichier_part_au_travailleur(par, connecter, dispositifs, monkeypatch):
    monkeypatch.setattr("programmes.views.imports.LIGNES_IMMEDIATES", 1)
    audasse()
    client = connecter(par)
    url = televerser(client, en_csv({}, {}), AppelFactory(annee=2024)).url
    assert client.post(url, {"acte": "importer"}).url == reverse("travaux")


def test_requetes_des_pages(par, connecter, dispositifs):
    audasse()
    client, appel = connecter(par), AppelFactory(annee=2024)
    comptes = []
    for n in (1, 20):
        url = televerser(client, en_csv(*({"N° dossier": f"{n}-{i}"} for i in range(n))), appel).url
        comptes.append(compter(client, url))
    assert comptes[0] == comptes[1] <= 15
    assert compter(client, reverse("depots")) <= 8
