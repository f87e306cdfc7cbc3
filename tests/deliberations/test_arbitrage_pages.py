"""Pages of the arbitrage: who opens them, what they cost, what a form without script writes, exports, bad input."""

import csv
import io
import re
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliberations import tasks
from deliberations.arbitrage import grille as grille_
from deliberations.models import Instance, Rapport, Scenario, Seance
from dpid.models import Journal, Role, Travail
from dpid.tasks import executer_ici
from programmes.models import CoutUnitaire, Fiche
from tests.deliberations.arbitrage_donnees import ligne, monde
from tests.dpid.pages_admin import formulaire, saine
from tests.factories import AgentFactory, ServiceFactory
from tests.maquette import SEANCE_LE, etat_de_la_base

pytestmark = pytest.mark.neutre

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def m(db):
    return monde()


@pytest.fixture
def direction(m, connecter):
    return connecter(m.equipe.direction)


@pytest.fixture
def seance(db):
    corps, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
    return Seance.objects.create(instance=corps, date=SEANCE_LE)


def adresse(nom, *args):
    return reverse(nom, args=args)


def texte(reponse) -> str:
    return re.sub(r"\s+", " ", reponse.content.decode().replace("\u202f", "").replace("\u00a0", " "))


def pages(scenario) -> list[str]:
    noms = ["scenario", "scenario_totaux", "scenario_modifier", "scenario_ecarter", "scenario_retenir",
            "scenario_reliquat"]  # fmt: skip
    return [adresse("arbitrage"), adresse("scenario_nouveau"), *(adresse(nom, scenario.pk) for nom in noms)]


def test_toutes_les_pages_sont_propres(m, direction):
    a, b = m.scenario("A", A1="600.00"), m.scenario("B")
    grille = adresse("scenario", a.pk)
    toutes = [*pages(a), adresse("scenario_ligne", a.pk, m.lignes["A1"].pk),
              f"{adresse('arbitrage_comparer')}?s={a.pk}&s={b.pk}",
              f"{grille}?comparer={b.pk}", f"{grille}?comparer=regle"]  # fmt: skip
    for page in toutes:
        assert saine(direction.get(page)), page


def test_la_porte_de_la_navigation(m, connecter):
    assert f'href="{adresse("arbitrage")}"' in connecter(m.equipe.direction).get("/").content.decode()
    assert f'href="{adresse("arbitrage")}"' not in connecter(AgentFactory(conventions=True)).get("/").content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_qui_lit_qui_arbitre(m, connecter, role):
    scenario = m.scenario()
    client = connecter(AgentFactory(roles=[role]))
    lit, arbitre = role in ("instruction", "direction", "budget", "administration"), role in (
        "instruction", "direction", "administration",
    )  # fmt: skip
    for nom in ("scenario", "scenario_totaux"):
        assert client.get(adresse(nom, scenario.pk)).status_code == (200 if lit else 403)
    for nom in ("scenario_modifier", "scenario_ecarter", "scenario_retenir", "scenario_reliquat"):
        assert client.get(adresse(nom, scenario.pk)).status_code == (200 if arbitre else 403), nom
    avant = etat_de_la_base()
    reponse = client.post(adresse("scenario_montants", scenario.pk), {f"montant-{m.lignes['A1'].pk}": "5"}, **JSON)
    assert reponse.status_code == (200 if arbitre else 403)
    if role != "direction" and role != "administration":  # an instructor without a service sees no line
        assert {k: v for k, v in etat_de_la_base().items() if "ontant" in k} == {
            k: v for k, v in avant.items() if "ontant" in k
        }


def test_un_scenario_inconnu_est_introuvable(m, direction):
    for nom in ("scenario", "scenario_totaux", "scenario_retenir", "scenario_reliquat", "scenario_modifier"):
        assert direction.get(adresse(nom, 999_999)).status_code == 404
    a = m.scenario()
    assert direction.get(adresse("scenario_ligne", a.pk, 999_999)).status_code == 404
    assert direction.get(f"{adresse('arbitrage_comparer')}?s={a.pk}&s=999999").status_code == 404
    assert direction.get(f"{adresse('arbitrage_comparer')}?s={a.pk}").status_code == 302
    assert direction.get(adresse("scenario_export", a.pk, "exe")).status_code == 404
    assert direction.get(adresse("scenario_montants", a.pk)).status_code == 405


def test_une_ligne_etrangere_est_comme_inconnue(m, connecter):
    service = ServiceFactory()
    m.dispositifs["A"].service = service
    m.dispositifs["A"].save()
    client, scenario = connecter(AgentFactory(instruction=True, services=[service])), m.scenario(B1="300.00")
    page = texte(client.get(adresse("scenario", scenario.pk)))
    assert "4AJ" in page and "AMIE" not in page
    assert client.get(adresse("scenario_ligne", scenario.pk, m.lignes["B1"].pk)).status_code == 404
    for format in ("csv",):
        assert "AMIE" not in client.get(adresse("scenario_export", scenario.pk, format)).content.decode()
    assert "AMIE" not in texte(client.get(adresse("scenario_totaux", scenario.pk)))


# --- Cost


@pytest.mark.parametrize(
    ("nom", "plafond"), [("scenario", 15), ("scenario_totaux", 15), ("scenario_retenir", 15), ("scenario_reliquat", 15)]
)
def test_au_meme_cout_quel_que_soit_le_nombre_de_lignes(m, direction, nom, plafond):
    scenario = m.scenario(A1="1.00")
    autre = m.scenario("Autre")
    # Two fiches of the call have several prices.
    Fiche.objects.create(dispositif=m.dispositifs["B"], cout_unitaire=D("10"), unite="heures")
    for cle in ("A", "B"):
        for rang in (1, 2):
            CoutUnitaire.objects.create(
                fiche=m.dispositifs[cle].fiche, montant=D(rang * 100), unite=f"mesures {rang}", ordre=rang
            )

    def cout():
        with CaptureQueriesContext(connection) as requetes:
            page = f"{adresse(nom, scenario.pk)}?comparer={autre.pk}"
            assert direction.get(page).status_code == 200
        return len(requetes)

    cout()
    un = cout()
    for n in range(19):
        ligne(m.dispositifs["A"], f"Structure {n}", "100.00", retenu="5.00", ae=m.aes["A"], quantite="2", charges="50")
    vingt = cout()
    for n in range(80):
        ligne(m.dispositifs["BAC"[n % 3]], f"Autre {n}", "100.00", retenu="5.00", ae=m.aes["C"])
    assert un == vingt == cout() <= plafond


def test_la_liste_des_scenarios_au_meme_cout(m, direction):
    def cout():
        with CaptureQueriesContext(connection) as requetes:
            assert direction.get(adresse("arbitrage")).status_code == 200
        return len(requetes)

    m.scenario("0")
    cout()
    un = cout()
    for n in range(12):
        m.scenario(f"S{n}", A1="5.00")
    Scenario.objects.get(nom="S3").ecarter(par=m.equipe.direction)
    assert un == cout() <= 8


def test_au_dela_d_un_ecran_un_dispositif_a_la_fois(m, direction, monkeypatch):
    monkeypatch.setattr(grille_, "LIGNES_D_UN_COUP", 3)
    scenario = m.scenario()
    page = texte(direction.get(adresse("scenario", scenario.pk)))
    assert "5 lignes" in page and "Habitat Insertion" in page and "4AJ" not in page  # 3.2 comes first
    page = texte(direction.get(f"{adresse('scenario', scenario.pk)}?dispositif={m.dispositifs['A'].pk}"))
    assert "4AJ" in page and "CAPSO" in page
    ligne(m.dispositifs["A"], "Zèbre", "10.00")
    adresse_a = f"{adresse('scenario', scenario.pk)}?dispositif={m.dispositifs['A'].pk}"
    assert "Zèbre" not in texte(direction.get(adresse_a)) and "Zèbre" in texte(direction.get(f"{adresse_a}&page=2"))


@pytest.mark.parametrize(
    "requete",
    [
        "dispositif=x",
        "thematique=-1",
        "page=9999",
        "comparer=<b>",
        "q=%00%27",
        "comparer=99999999999999999999",
        "dispositif=٣",
    ],  # fmt: skip
)
def test_filtres_farfelus(m, direction, requete):
    assert direction.get(f"{adresse('scenario', m.scenario().pk)}?{requete}").status_code == 200


def test_la_recherche_ignore_les_accents(m, direction):
    ligne(m.dispositifs["A"], "Hénin Solidarité", "10.00")
    page = texte(direction.get(f"{adresse('scenario', m.scenario().pk)}?q=henin"))
    assert "Hénin" in page and "4AJ" not in page


# --- Cells


def envoyer(client, scenario, lus, **montants):
    donnees = {f"montant-{pk}": valeur for pk, valeur in montants.items()} | {"lus": lus}
    return client.post(adresse("scenario_montants", scenario.pk), donnees, **JSON)


def test_une_case_en_json(m, direction):
    scenario, a2 = m.scenario(), m.lignes["A2"].pk
    recu = envoyer(direction, scenario, f"{a2}:0", **{str(a2): "1 000,50"}).json()
    assert recu["cellules"][str(a2)] == {
        "montant": "1\u202f000,50", "centimes": "100050", "ecrit": True, "erreur": "",
    }  # fmt: skip
    assert recu["soldes"][str(m.aes["A"].pk)] == "889950"  # 10 000,00 − 100,00 − 1 000,50
    assert recu["enveloppes"] == {str(m.dispositifs["A"].pk): "-10050"}
    refuse = envoyer(direction, scenario, f"{a2}:0", **{str(a2): "7"}).json()["cellules"][str(a2)]
    assert "1 000,50" in refuse["erreur"].replace("\u202f", " ") and refuse["centimes"] == "100050"


def test_une_colonne_collee(m, direction):
    scenario = m.scenario()
    cles = [m.lignes[c].pk for c in ("A1", "A2", "A3")]
    lus = f"{cles[0]}:10000 {cles[1]}:0 {cles[2]}:0"
    recu = envoyer(direction, scenario, lus, **dict(zip(map(str, cles), ("1", "abc", "3,00"), strict=True))).json()
    assert [bool(recu["cellules"][str(c)]["erreur"]) for c in cles] == [False, True, False]
    assert scenario.montants.count() == 2 and Journal.objects.filter(verbe="chiffrer").count() == 1


def test_un_scenario_ferme_le_dit(m, direction):
    scenario = m.scenario()
    scenario.ecarter(par=m.equipe.direction)
    reponse = envoyer(direction, scenario, "", **{str(m.lignes["A1"].pk): "5"})
    assert reponse.status_code == 409 and "copiez-le" in reponse.json()["refus"]
    page = texte(direction.get(adresse("scenario", scenario.pk)))
    assert 'name="montant-' not in page and "Enregistrer les montants" not in page


def test_sans_script_le_formulaire_enregistre(m, direction):
    scenario = m.scenario()
    page = direction.get(adresse("scenario", scenario.pk))
    donnees = formulaire(page)
    avant = etat_de_la_base()
    assert direction.post(adresse("scenario_montants", scenario.pk), donnees).status_code == 302
    apres = etat_de_la_base()
    assert apres == avant  # nothing was touched, nothing is written
    donnees[f"montant-{m.lignes['A2'].pk}"] = "12,5"
    donnees[f"montant-{m.lignes['A3'].pk}"] = "douze"
    reponse = direction.post(adresse("scenario_montants", scenario.pk), donnees)
    corps = texte(reponse)
    assert reponse.status_code == 422 and 'value="douze"' in corps and "n’est pas un montant" in corps
    assert "1 montant enregistré" in corps and scenario.montants.get().montant == D("12.50")
    # What another officer wrote meanwhile is not undone by the untouched cells of this form.
    scenario.montants.update(montant=D("99.00"))
    donnees = formulaire(reponse) | {f"montant-{m.lignes['A3'].pk}": "3"}
    donnees[f"montant-{m.lignes['A2'].pk}"] = "12,50"
    assert direction.post(adresse("scenario_montants", scenario.pk), donnees).status_code == 302
    assert scenario.montants.get(ligne=m.lignes["A2"]).montant == D("99.00")


@pytest.mark.parametrize(
    "donnees",
    [
        {"montant-": "5"},
        {"montant-abc": "5"},
        {"montant-1e9": "5"},
        {"montant-²": "5"},
        {"montant-99999999999999999999": "5"},
        {"lus": "x:y 1:2:3 :"},
        {},
    ],  # fmt: skip
)
def test_envois_farfelus(m, direction, donnees):
    scenario = m.scenario()
    avant = etat_de_la_base()
    assert direction.post(adresse("scenario_montants", scenario.pk), donnees, **JSON).status_code == 200
    assert etat_de_la_base() == avant


def test_preciser_par_la_page(m, direction):
    scenario, a1 = m.scenario(), m.lignes["A1"].pk
    page = adresse("scenario_ligne", scenario.pk, a1)
    assert "5 places à 100,00 € : 500,00 €" in texte(direction.get(page))
    donnees = formulaire(direction.get(page)) | {"montant": "0", "motif_zero": "refuse", "commentaire": "Hors champ"}
    assert direction.post(page, donnees).status_code == 302
    ecrit = scenario.montants.get()
    assert (ecrit.montant, ecrit.motif_zero, ecrit.commentaire) == (D("0"), "refuse", "Hors champ")
    stale = direction.post(page, donnees | {"montant": "44", "motif_zero": ""})
    assert stale.status_code == 422 and scenario.montants.get().montant == D("0")
    assert direction.post(page, formulaire(stale)).status_code == 302  # sent again: a choice
    assert scenario.montants.get().montant == D("44.00")
    mauvais = direction.post(page, formulaire(direction.get(page)) | {"montant": "3", "motif_zero": "refuse"})
    assert mauvais.status_code == 422 and "0 €" in texte(mauvais)


# --- Create, copy, acts


def test_creer_une_seule_fois(m, direction):
    page = direction.get(f"{adresse('scenario_nouveau')}?appel={m.appel.pk}")
    donnees = formulaire(page) | {"nom": "Règle partout", "depart": "regle"}
    for _ in range(2):
        assert direction.post(adresse("scenario_nouveau"), donnees).status_code == 302
    scenario = Scenario.objects.get()
    assert dict(scenario.montants.values_list("ligne", "montant"))[m.lignes["C1"].pk] == D("1000.00")
    pris = direction.post(adresse("scenario_nouveau"), donnees | {"jeton": "autre"})
    assert pris.status_code == 422 and "porte déjà ce nom" in texte(pris) and "Règle partout" in texte(pris)


def test_copier_renommer_ecarter_rouvrir(m, direction):
    modele = m.scenario("Modèle", A1="5.00")
    donnees = formulaire(direction.get(f"{adresse('scenario_nouveau')}?copie={modele.pk}"))
    assert direction.post(adresse("scenario_nouveau"), donnees).status_code == 302
    copie = Scenario.objects.get(nom="Modèle (copie)")
    assert copie.copie_de == modele and copie.montants.get().montant == D("5.00")
    page = adresse("scenario_modifier", copie.pk)
    renomme = formulaire(direction.get(page)) | {"nom": "Version haute"}
    assert direction.post(page, renomme).status_code == 302
    assert "pendant votre saisie" in texte(
        direction.post(page, renomme | {"nom": "Encore"})
    )  # opened on a past version
    assert "porte déjà ce nom" in texte(direction.post(page, formulaire(direction.get(page)) | {"nom": "Modèle"}))
    for verbe, etat in (("ecarter", "ecarte"), ("ecarter", "ecarte"), ("rouvrir", "ouvert")):
        direction.post(adresse(f"scenario_{verbe}", copie.pk), {"motif": ""})
        copie.refresh_from_db()
        assert copie.etat == etat and copie.nom == "Version haute"


def test_reliquat_par_la_page(m, direction):
    scenario = m.scenario()
    page = adresse("scenario_reliquat", scenario.pk)
    donnees = formulaire(direction.get(f"{page}?dispositif={m.dispositifs['A'].pk}&choix={m.lignes['A2'].pk}"))
    assert donnees["lignes"] == [str(m.lignes["A2"].pk)]
    donnees |= {"source": "montant", "montant": "90", "lignes": ""}
    apercu = direction.post(page, donnees)
    assert "90,00 € répartis sur 3 lignes" in texte(apercu) and not scenario.montants.exists()
    empreinte = re.search(r'name="empreinte" value="(\w{20})"', apercu.content.decode()).group(1)
    appliquer = donnees | {"appliquer": "1", "empreinte": empreinte}
    assert direction.post(page, appliquer).status_code == 302
    assert scenario.montants.get(ligne=m.lignes["A1"]).montant == D("145.00")  # 100,00 and half of 90,00
    double = direction.post(page, appliquer)
    assert double.status_code == 422 and "ont changé depuis l’aperçu" in texte(double)
    for faute in ({"montant": ""}, {"source": "ae"}, {"source": "x"}, {"dispositif": "999999"}, {"montant": "-5"}):
        assert direction.post(page, donnees | faute).status_code == 422, faute


def test_retenir_par_la_page_une_seule_fois(m, direction, seance):
    scenario = m.scenario(A1="600.00")
    page = adresse("scenario_retenir", scenario.pk)
    vue = direction.get(page)
    assert "1 ligne de 1 dossier sera inscrite" in texte(vue) and "600,00 € sur C02-100A01" in texte(vue)
    donnees = formulaire(vue) | {"seance": str(seance.pk)}
    for _ in range(2):
        assert direction.post(page, donnees).status_code == 302
    assert Rapport.objects.count() == 1 and Scenario.objects.get().rapport == Rapport.objects.get()
    assert "Retenir ce scénario" not in texte(direction.get(adresse("scenario", scenario.pk)))


def test_retenir_dit_chaque_raison_et_garde_la_saisie(m, direction, seance):
    scenario = m.scenario(B1="700.00", A1="10000.01")
    page = adresse("scenario_retenir", scenario.pk)
    donnees = formulaire(direction.get(page)) | {"seance": str(seance.pk), "titre": "Rapport de juin"}
    reponse = direction.post(page, donnees)
    corps = texte(reponse)
    assert reponse.status_code == 422 and "2 raisons" in corps and "il manque 200,00" in corps
    assert 'value="Rapport de juin"' in corps and not Rapport.objects.exists()
    sans = direction.post(page, donnees | {"seance": ""})
    assert sans.status_code == 422 and "Choisissez un rapport" in texte(sans)


@pytest.mark.parametrize("refuse", [False, True])
def test_retenir_trop_de_lignes_va_au_travailleur(m, direction, seance, monkeypatch, refuse):
    monkeypatch.setattr("deliberations.views.scenarios.LIGNES_EN_REQUETE", 0)
    scenario = m.scenario(B1="700.00") if refuse else m.scenario(A1="600.00")
    page = adresse("scenario_retenir", scenario.pk)
    donnees = formulaire(direction.get(page)) | {"seance": str(seance.pk), "titre": "Rapport de juin"}
    for _ in range(2):
        assert direction.post(page, donnees)["Location"] == adresse("travaux")
    travail = executer_ici(Travail.objects.get(nature="retenue"))
    scenario.refresh_from_db()
    if refuse:
        assert travail.etat == "echoue" and "il manque 200,00" in travail.message.replace("\u202f", "")
        assert scenario.etat == "ouvert" and not Rapport.objects.exists()
        return
    assert travail.etat == "termine" and "Le scénario « Enveloppe maintenue » est retenu" in travail.message
    assert scenario.etat == "retenu" and scenario.rapport == Rapport.objects.get(titre="Rapport de juin")
    assert "est retenu" in tasks.retenir(travail)[1] and Rapport.objects.count() == 1


# --- Exports


def lignes_csv(reponse) -> list[dict]:
    return list(csv.DictReader(io.StringIO(reponse.content.decode("utf-8-sig")), delimiter=";"))


def test_exporter_exactement_ce_qui_est_a_l_ecran(m, direction):
    scenario = m.scenario(A1="600.00")
    page = f"?dispositif={m.dispositifs['A'].pk}&comparer=demande"
    lues = lignes_csv(direction.get(adresse("scenario_export", scenario.pk, "csv") + page))
    assert [(li["Structure"], li["Enveloppe maintenue"]) for li in lues] == [
        ("4AJ", "600,00"), ("ADEFI", "0,00"), ("CAPSO", "0,00"),
    ]  # fmt: skip
    assert lues[1]["Écart (demandé)"] == "-300,00"
    for format in ("xlsx", "ods"):
        assert direction.get(adresse("scenario_export", scenario.pk, format) + page).content[:2] == b"PK"
        assert direction.get(adresse("scenario_totaux_export", scenario.pk, format)).content[:2] == b"PK"


def test_un_nom_de_structure_n_est_jamais_une_formule(m, direction):
    ligne(m.dispositifs["A"], "=1+1", "10.00")
    lues = lignes_csv(direction.get(adresse("scenario_export", m.scenario().pk, "csv")))
    assert "'=1+1" in [li["Structure"] for li in lues]


def test_exporter_totaux_et_comparaison(m, direction):
    a, b = m.scenario("A", A1="600.00"), m.scenario("B", A1="500.00")
    totaux = lignes_csv(direction.get(f"{adresse('scenario_totaux_export', a.pk, 'csv')}?comparer={b.pk}"))
    dispositif = next(li for li in totaux if li["Libellé"] == "4.1 D4.1")
    assert (dispositif["A"], dispositif["B"], dispositif["Écart B / A"]) == ("600,00", "500,00", "-100,00")
    comparees = lignes_csv(direction.get(f"{adresse('arbitrage_comparer_export', 'csv')}?s={a.pk}&s={b.pk}"))
    assert [(li["Structure"], li["Écart B / A"]) for li in comparees] == [("4AJ", "-100,00")]
