"""The list of structures: filters, columns, saved views, the way back, exports, at a cost that no row changes."""

import io
from datetime import date

import openpyxl
import pytest
from django.http import QueryDict
from django.urls import reverse

from dpid.models import VueDeListe
from programmes.models import Structure
from programmes.structures import liste
from programmes.structures.colonnes import COLONNES
from tests.factories import AgentFactory, AutorisationFactory, LigneFactory, ServiceFactory, StructureFactory
from tests.programmes.pages import compter, html

pytestmark = pytest.mark.django_db
TOUTES = "&".join(f"col={c}" for c in COLONNES)


@pytest.fixture
def admin():
    return AgentFactory(administration=True)


def noms(agent, requete="q=") -> list[str]:
    ids = liste.composer(agent, QueryDict(requete)).identifiants()
    connues = Structure.objects.in_bulk(ids)
    return [connues[pk].raison_sociale for pk in ids]


def lus(agent, requete) -> dict[int, tuple]:
    """{structure: the values of the columns shown}."""
    page = liste.composer(agent, QueryDict(requete))
    return {lu[0]: lu[2:] for lu in page.lecture.lire(page.queryset)}


def test_huit_requetes_au_plus_quel_que_soit_le_nombre(admin, connecter):
    client, ae = connecter(admin), AutorisationFactory(vote="1000000.00")
    VueDeListe.objects.create(agent=admin, liste="structures", nom="Vue", parametres="type=ccas")
    demandes = ("", f"{TOUTES}&annee=2024&type=association", "q=assoc&tri=-vote")
    couts = {requete: {} for requete in demandes}
    for cible in (1, 30):
        for n in range(Structure.objects.count(), cible):
            LigneFactory(dossier__structure=StructureFactory(raison_sociale=f"Association {n}"), finance=ae)
        for requete, mesures in couts.items():
            client.cookies.pop("filtres_structures", None)
            mesures[cible] = compter(client, f"{reverse('structures')}?{requete}")
    assert all(m[1] == m[30] <= 8 for m in couts.values()), couts


def test_filtres_etiquettes_et_colonnes(admin, connecter):
    StructureFactory(raison_sociale="Réussir ensemble", type="association", sigle="RE")
    StructureFactory(raison_sociale="CCAS de Lens", type="ccas", est_a_completer=True)
    client = connecter(admin)
    reponse = client.get(f"{reverse('structures')}?type=ccas&a_completer=on&col=commune&col=suivi&col=inconnue")
    page, lue = html(reponse), reponse.context["liste"]
    assert "CCAS de Lens" in page and "Réussir ensemble" not in page and "À compléter</span>" in page
    assert [e["texte"] for e in lue.etiquettes()] == ["Type : CCAS ou CIAS", "À compléter seulement"]
    assert [c["titre"] for c in lue.en_tetes()] == ["Raison sociale", "Commune", "À surveiller"]
    # Come back where one was; « Tout effacer » keeps the columns and does not fall back on the cookie.
    assert "Réussir ensemble" not in html(client.get(reverse("structures")))
    effacee = client.get(f"{reverse('structures')}?{lue.sans_filtre()}")
    assert "Réussir ensemble" in html(effacee)
    assert [c["titre"] for c in effacee.context["liste"].en_tetes()] == ["Raison sociale", "Commune", "À surveiller"]


def test_recherche_par_alias_et_tri(admin):
    StructureFactory(raison_sociale="Zèbre", sigle="AAA")
    autre = StructureFactory(raison_sociale="Abeille", sigle="ZZZ")
    autre.alias.create(texte="Ruche du Ternois")
    autre.alias.create(texte="Ruche d’Arras")
    assert noms(admin, "q=ruche") == ["Abeille"]
    assert noms(admin) == ["Abeille", "Zèbre"] and noms(admin, "tri=-structure") == ["Zèbre", "Abeille"]
    assert noms(admin, "tri=sigle") == ["Zèbre", "Abeille"]


def test_une_adresse_abimee_ne_casse_rien(admin, connecter):
    client = connecter(admin)
    for requete in ("tri=inconnu", "tri=-", "type=martien", "annee=abc", "page=zz", "col=.", "q=%00"):
        assert client.get(f"{reverse('structures')}?{requete}").status_code == 200, requete


def test_ce_qui_se_compte_est_ce_que_l_agent_voit(admin):
    sien, autre = ServiceFactory(), ServiceFactory()
    agent, ae = AgentFactory(instruction=True, services=[sien]), AutorisationFactory(vote="1000000.00")
    structure, sans = StructureFactory(raison_sociale="Vue"), StructureFactory(raison_sociale="Sans dossier visible")
    for de, service in ((structure, sien), (structure, sien), (structure, autre), (sans, autre)):
        ligne = LigneFactory(dossier__structure=de, dossier__dispositif__service=service, finance=ae)
        type(ligne)._base_manager.filter(pk=ligne.pk).update(votee_le=date(2024, 6, 1), acte_vote="2024-1")
    requete = "col=dossiers.derniere.vote&q="
    siens, tous = lus(agent, requete), lus(admin, requete)
    (nombre, annee, vote), (nombre_total, _, vote_total) = siens[structure.pk], tous[structure.pk]
    assert (nombre, nombre_total) == (2, 3) and 0 < vote < vote_total
    assert siens[sans.pk] == (0, None, 0) and tous[sans.pk][0] == 1
    assert noms(agent, f"annee={annee}") == ["Vue"] and len(noms(admin, f"annee={annee}")) == 2


def test_export_exactement_l_ecran(admin, connecter):
    StructureFactory(raison_sociale="Zèbre", siret="48054398200023", type="association")
    StructureFactory(raison_sociale="Abeille", type="association", siret=None, est_a_completer=True)
    StructureFactory(raison_sociale="CCAS", type="ccas")
    adresse, client = reverse("structures_export", args=["xlsx"]), connecter(admin)
    reponse = client.get(f"{adresse}?type=association&tri=-structure&col=siret&col=suivi")
    assert 'filename="structures.xlsx"' in reponse["Content-Disposition"]
    feuille = openpyxl.load_workbook(io.BytesIO(reponse.content)).active
    rangs = [[str(c or "") for c in rang] for rang in feuille.iter_rows(values_only=True)]
    tete = next(i for i, rang in enumerate(rangs) if rang[:2] == ["N°", "Raison sociale"])
    assert rangs[tete][:4] == ["N°", "Raison sociale", "SIRET", "À surveiller"]
    assert [rang[1:4] for rang in rangs[tete + 1 :]] == [
        ["Zèbre", "48054398200023", ""],
        ["Abeille", "", "À compléter"],
    ]
    assert client.get(f"{adresse[:-4]}exe").status_code == 404


def test_vue_enregistree_partagee_puis_par_defaut(admin, connecter):
    StructureFactory(raison_sociale="Réussir", type="association")
    StructureFactory(raison_sociale="CCAS de Lens", type="ccas")
    autre = AgentFactory(instruction=True)
    donnees = {"nom": "Les CCAS", "parametres": "type=ccas&tri=siret&col=siret&mauvais=1", "est_partagee": "on"}
    assert connecter(admin).post(reverse("vue_enregistrer", args=["structures"]), donnees).status_code == 302
    vue = VueDeListe.objects.get()
    assert vue.liste == "structures" and vue.parametres == "type=ccas&tri=siret&col=siret"
    client = connecter(autre)
    page = html(client.get(f"{reverse('structures')}?q="))
    assert "Les CCAS" in page and "Réussir" in page
    VueDeListe.objects.create(
        agent=autre, liste="structures", nom="Mienne", parametres="type=ccas", est_par_defaut=True
    )
    client.cookies.pop("filtres_structures")
    assert compter(client, reverse("structures")) <= 8
    client.cookies.pop("filtres_structures")
    page = html(client.get(reverse("structures")))
    assert "CCAS de Lens" in page and "Réussir" not in page
    assert "Mienne" in html(client.get(reverse("vues", args=["structures"])))
