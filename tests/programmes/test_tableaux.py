"""The dashboard of a year: sums, links, N-1, scope, exports, constant queries."""

import io
import re
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from dpid import graphiques
from dpid.graphiques import Serie
from programmes import tableau_de_bord
from programmes.models import Dossier, Ventilation
from programmes.tableau_de_bord import NON_PRECISE, PLUSIEURS, SANS_SUITE
from tests.factories import (
    AgentFactory,
    AppelFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    TerritoireFactory,
    ThematiqueFactory,
    financer,
)
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
D = Decimal


@pytest.fixture
def lecteur():
    return AgentFactory(consultation=True)


def table(agent, cle, exercice=2024):
    return next(r for r in tableau_de_bord.repartitions(agent, exercice) if r.cle == cle)


def rangs(agent, cle, exercice=2024) -> dict:
    return {r.libelle: r for r in table(agent, cle, exercice).rangs}


def ligne(annee=2024, numero=1, *, demande="1000.00", propose="800.00", retenu="800.00", **options):
    theme = ThematiqueFactory(appel=AppelFactory(annee=annee), numero=numero)
    options.setdefault("dossier__dispositif", DispositifFactory(thematique=theme))
    creee = LigneFactory(demande=D(demande), propose=D(propose), **options)
    financer(creee, retenu)
    return creee


def voter(ligne) -> None:
    """As the adoption leaves it (around the verb: the vote itself is tested elsewhere)."""
    Dossier.objects.filter(pk=ligne.dossier_id).update(etat="vote", vote_le="2024-06-17")


def test_les_trois_tableaux_font_le_meme_total(lecteur):
    lieux = TerritoireFactory.create_batch(2)
    ligne(territoires=lieux[:1])
    ligne(numero=2, demande="500.10", retenu="0.10", territoires=lieux)
    voter(ligne(numero=2, retenu="300.00", territoires=lieux[1:]))
    DossierFactory(dispositif=DispositifFactory(thematique=ThematiqueFactory(numero=2)))  # no line yet
    for repartition in tableau_de_bord.repartitions(lecteur, 2024):
        t = repartition.total
        assert (t.dossiers, t.demande, t.propose, t.retenu, t.vote) == (
            4, D("2500.10"), D("2400.00"), D("1100.10"), D("300.00"),
        ), repartition.titre  # fmt: skip


def test_chaque_rang_mene_a_la_liste_qui_le_fait(lecteur, connecter):
    lieu = TerritoireFactory()
    ligne(territoires=[lieu])
    ligne(numero=2)
    client = connecter(lecteur)
    for cle in ("thematique", "territoire", "etat"):
        for rang in rangs(lecteur, cle).values():
            liste = html(client.get(rang.url))
            assert re.search(rf"\b{rang.dossiers}\b", re.search(r"bilan-chiffres[^>]*>(.*?)</", liste, re.S)[1]), (
                rang.url
            )


def test_le_vote_n1_suit_le_dispositif_renumerote(lecteur):
    ancien = DispositifFactory(thematique=ThematiqueFactory(appel=AppelFactory(annee=2023), numero=7))
    sans_suite = DispositifFactory(thematique=ThematiqueFactory(appel=AppelFactory(annee=2023), numero=8))
    nouveau = DispositifFactory(thematique=ThematiqueFactory(numero=2), precedent=ancien)
    DispositifFactory(thematique=ThematiqueFactory(numero=3), precedent=ancien)  # split in two: counted once
    ligne(dossier__dispositif=nouveau)
    voter(ligne(dossier__dispositif=ancien, retenu="120.00"))
    voter(ligne(dossier__dispositif=sans_suite, retenu="30.00"))
    ligne(dossier__dispositif=ancien, retenu="999.00")  # never voted
    lus = rangs(lecteur, "thematique")
    assert lus["Thématique 2 : Thématique 2"].n1 == D("120.00")
    assert lus[SANS_SUITE].n1 == D("30.00")
    assert table(lecteur, "thematique").total.n1 == table(lecteur, "territoire").total.n1 == D("150.00")


def test_territoires_ventiles_et_regroupes(lecteur):
    a, b = TerritoireFactory(libelle="Artois"), TerritoireFactory(libelle="Ternois")
    ventilee = ligne(territoires=[a, b], retenu="100.00")
    finance = ventilee.financements.get()
    Ventilation.objects.create(financement=finance, territoire=a, montant=D("60.00"))
    ligne(territoires=[a, b], retenu="10.00")
    lus = rangs(lecteur, "territoire")
    assert lus["Artois"].retenu == D("60.00")
    assert lus[PLUSIEURS].retenu == D("50.00")
    assert lus[PLUSIEURS].demande == D("2000.00")
    assert not lus[PLUSIEURS].url
    sans_lieu = ligne(retenu="5.00")
    sans_lieu.placements.all().delete()
    assert rangs(lecteur, "territoire")[NON_PRECISE].retenu == D("5.00")


def test_un_agent_de_territoire_ne_compte_que_les_siens(connecter):
    ici, ailleurs = TerritoireFactory(), TerritoireFactory()
    ligne(territoires=[ici], demande="100.00")
    ligne(territoires=[ailleurs], demande="7777.77")
    agent = AgentFactory(territoire=True, territoires=[ici])
    for repartition in tableau_de_bord.repartitions(agent, 2024):
        assert repartition.total.demande == D("100.00")
    client = connecter(agent)
    assert "7\u202f777,77" not in html(client.get(reverse("tableau_de_bord")))
    assert "ceux que vous suivez seulement" in html(client.get(reverse("tableau_de_bord")))
    csv = client.get(reverse("tableau_de_bord_export", args=["csv"])).content.decode("utf-8-sig")
    assert "100,00" in csv and "7777,77" not in csv


def test_un_instructeur_ne_compte_que_son_service():
    service = ServiceFactory()
    theme = ThematiqueFactory()
    ligne(dossier__dispositif=DispositifFactory(thematique=theme, service=service), demande="100.00")
    ligne(dossier__dispositif=DispositifFactory(thematique=theme, service=ServiceFactory()), demande="9.00")
    agent = AgentFactory(instruction=True, services=[service])
    assert table(agent, "etat").total.demande == D("100.00")


def test_exports_disent_ce_que_dit_l_ecran(lecteur, connecter):
    ligne(demande="1234.56")
    client = connecter(lecteur)
    classeur = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("tableau_de_bord_export", args=["xlsx"])).content), data_only=True
    )
    assert classeur.sheetnames[:2] == ["Par thématique", "Par territoire"]
    assert any(c.value == 1234.56 for rang in classeur["Par thématique"].iter_rows() for c in rang)
    assert client.get(reverse("tableau_de_bord_export", args=["ods"])).status_code == 200
    assert client.get(reverse("tableau_de_bord_export", args=["exe"])).status_code == 404


def test_exercice_de_l_entete_et_adresse(lecteur, connecter):
    ligne(2023)
    ligne(2024)
    client = connecter(lecteur)
    assert "<h1>Tableau de bord 2024</h1>" in html(client.get(reverse("tableau_de_bord")))
    session = client.session
    session["exercice"] = 2023
    session.save()
    assert "<h1>Tableau de bord 2023</h1>" in html(client.get(reverse("tableau_de_bord")))
    for faux in ("1999", "deux", "²⁰²⁴", "9" * 400, ""):
        assert "<h1>Tableau de bord 2023</h1>" in html(client.get(reverse("tableau_de_bord"), {"exercice": faux}))


def test_sans_donnees_la_page_dit_quoi_faire(lecteur, connecter):
    page = html(connecter(lecteur).get(reverse("tableau_de_bord")))
    assert "Aucun dossier de l’appel" in page and "<svg" not in page.split("<main")[1]


def test_sans_role_refuse(connecter):
    assert connecter(AgentFactory()).get(reverse("tableau_de_bord")).status_code == 403


@pytest.mark.parametrize("combien", [1, 20])
def test_requetes_constantes(combien, lecteur, connecter):
    ae = AutorisationFactory()
    for n in range(combien):
        financer(ligne(2024, 1 + n % 4), "1.00", ae)
        voter(ligne(2023, 1 + n % 4))
    assert compter(connecter(lecteur), reverse("tableau_de_bord")) <= 13


def test_les_barres_tiennent_dans_le_dessin_et_disent_leurs_chiffres():
    series = (Serie("g-demande", "Demandé"), Serie("g-n1", "Voté N-1"))
    donnees = [("Un intitulé de thématique vraiment très long " * 3, [D("1000000.00"), D("0.01")]), ("B", [D(0), None])]
    dessin = graphiques.barres("x", "Titre", series, donnees)
    barres = [b for r in dessin.rangees for b in r.barres]
    assert [b.largeur for b in barres] == [graphiques.LARGEUR - graphiques.PLACE_DU_CHIFFRE, 2]
    assert barres[0].texte == "1\u202f000\u202f000\u00a0€" and not dessin.rangees[1].barres
    assert all(b.y + graphiques.HAUTEUR_BARRE <= dessin.hauteur for b in barres)
    assert len(dessin.rangees[0].libelles) == 3
    assert "demandé 1\u202f000\u202f000\u00a0€" in dessin.description
    assert graphiques.barres("x", "Titre", series, [("A", [D(0), None])]) is None


def test_l_image_a_un_titre_et_une_description_lies(lecteur, connecter):
    ligne()
    page = html(connecter(lecteur).get(reverse("tableau_de_bord")))
    for noms in re.findall(r'role="img"[^>]*aria-labelledby="([^"]+)"', page):
        assert all(page.count(f'id="{nom}"') == 1 for nom in noms.split())
    assert page.count("<figure") == 3 and "style=" not in page
