"""The yearly call: its page, opening the next year, what must be reviewed, the demo data."""
# ruff: noqa: F811 - fixtures are imported by their name

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from budget.models import LigneBudgetaire
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.appels.arbre import etat_de_session, tableau
from programmes.appels.ouverture import ENFANTS, decaler, ouvrir_suivant
from programmes.appels.relecture import relectures
from programmes.models import (
    AppelAProjets,
    CadreStrategique,
    ContactDispositif,
    Critere,
    Dispositif,
    Fiche,
    Indicateur,
    PieceExigee,
    ResultatAttendu,
    SessionDepot,
    Thematique,
    TypeAgrement,
    TypePiece,
    VersementPrevu,
)
from tests.dpid.pages_admin import admin_client, adresse, saine  # noqa: F401 - fixtures
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneBudgetaireFactory,
    LigneFactory,
    ServiceFactory,
    SourceFactory,
    TerritoireFactory,
)
from tests.maquette import etat_de_la_base
from tests.programmes.pages import compter, html
from tests.programmes.test_regles import plat

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def agent():
    return AgentFactory(administration=True)


def une_fiche(dispositif, **options) -> Fiche:
    """A fiche with one row in each of its lists."""
    fiche = Fiche.objects.create(dispositif=dispositif, **options)
    SessionDepot.objects.create(
        fiche=fiche, ouverture=date(2023, 12, 14), cloture=date(2024, 1, 31), action_debut=date(2024, 3, 1),
        action_fin=date(2025, 2, 28),
    )  # fmt: skip
    SessionDepot.objects.create(fiche=fiche, ordre=2, ouverture=date(2024, 2, 1), cloture=date(2024, 2, 29))
    VersementPrevu.objects.create(fiche=fiche, type="acompte", pourcentage=60)
    ResultatAttendu.objects.create(fiche=fiche, cible=30, unite="jeunes")
    Indicateur.objects.create(fiche=fiche, libelle="Entrées")
    Critere.objects.create(fiche=fiche, libelle="Réseau", est_obligatoire=True)
    piece, _ = TypePiece.objects.get_or_create(code="bilan", defaults={"libelle": "Bilan"})
    PieceExigee.objects.create(fiche=fiche, type=piece, types_structure=["association"])
    ContactDispositif.objects.create(fiche=fiche, nom="SLAI", territoire=TerritoireFactory())
    fiche.territoires.add(TerritoireFactory())
    fiche.agrements_exiges.add(TypeAgrement.objects.get_or_create(code="a", defaults={"libelle": "A"})[0])
    fiche.cadres.add(CadreStrategique.objects.get_or_create(code="pacte", defaults={"libelle": "Pacte"})[0])
    return fiche


@pytest.fixture
def appel():
    """A call of 2024 with one complete dispositif and one without a fiche."""
    dispositif = DispositifFactory(
        reference="4.5", service=ServiceFactory(), condition_suspensive="Convention État", delai_avis=7,
        condition_levee_le=date(2024, 5, 2), ligne_par_defaut=LigneBudgetaireFactory(),
    )  # fmt: skip
    dispositif.sources_par_defaut.add(SourceFactory())
    une_fiche(dispositif, contexte="Texte de 2023.", cout_unitaire=Decimal(160), unite="places", relue_le="2024-01-02")
    DispositifFactory(reference="4.6", thematique=dispositif.thematique)
    appel = dispositif.thematique.appel
    appel.titre, appel.debut, appel.fin = "Appel à projets 2024", date(2024, 1, 1), date(2024, 12, 31)
    appel.save()
    return appel


# --- Dates moved by one year


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("2024-02-29", "2025-02-28"), ("2023-02-28", "2024-02-29"), ("2024-02-28", "2025-02-28"),
        ("2025-02-28", "2026-02-28"), ("2024-12-31", "2025-12-31"), ("2024-03-01", "2025-03-01"),
    ],
)  # fmt: skip
def test_decaler_d_un_an(avant, apres):
    assert decaler(date.fromisoformat(avant)) == date.fromisoformat(apres)
    assert decaler(None) is None


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_decaler_garde_l_ordre(a, b):
    assert (a <= b) <= (decaler(a) <= decaler(b))
    assert decaler(a).year == a.year + 1 and decaler(a).month == a.month


# --- Opening N+1


def test_ouvrir_recopie_tout(appel, agent):
    suivant, est_nouveau = ouvrir_suivant(appel, par=agent, jeton="j1")
    assert est_nouveau and (suivant.annee, suivant.titre) == (2025, "Appel à projets 2025")
    assert (suivant.debut, suivant.fin, suivant.copie_de) == (date(2025, 1, 1), date(2025, 12, 31), appel)
    ancien = Dispositif.objects.get(thematique__appel=appel, reference="4.5")
    copie = Dispositif.objects.get(thematique__appel=suivant, reference="4.5")
    assert copie.precedent == ancien and copie.delai_avis == 7
    assert copie.condition_suspensive == "Convention État" and copie.condition_levee_le is None
    assert list(copie.sources_par_defaut.all()) == list(ancien.sources_par_defaut.all())
    assert Dispositif.objects.filter(thematique__appel=suivant).count() == 2
    assert copie.fiche.relue_le is None and copie.fiche.version == 1
    assert (copie.fiche.cout_unitaire, copie.fiche.contexte) == (Decimal(160), "Texte de 2023.")
    dates = list(copie.fiche.sessions.values_list("ouverture", "cloture", "action_debut", "action_fin"))
    assert dates[0] == (date(2024, 12, 14), date(2025, 1, 31), date(2025, 3, 1), date(2026, 2, 28))
    assert dates[1][:2] == (date(2025, 2, 1), date(2025, 2, 28))
    # The call of origin did not move.
    assert ancien.fiche.relue_le == date(2024, 1, 2)
    assert ancien.fiche.sessions.first().ouverture == date(2023, 12, 14)
    assert Journal.objects.get(objet="programmes.appelaprojets", objet_id=suivant.pk).par == agent


def test_aucune_liste_de_la_fiche_n_est_oubliee(appel, agent):
    """Generic on purpose: a list or a link added to the fiche later is copied, or this fails."""
    avant = Fiche.objects.get(dispositif__thematique__appel=appel)
    avant.autres_couts.create(montant=Decimal(2500), unite="mesures simples")
    avant.suivis.create(type="comite", rythme=3)
    suivant, _ = ouvrir_suivant(appel, par=agent)
    apres = Fiche.objects.get(dispositif__thematique__appel=suivant)
    enfants = {r.get_accessor_name() for r in Fiche._meta.related_objects if r.one_to_many}
    assert {r.get_accessor_name() for r in ENFANTS} == enfants
    for nom in enfants:
        assert getattr(avant, nom).exists() and getattr(apres, nom).count() == getattr(avant, nom).count(), nom
    for champ in Fiche._meta.many_to_many:
        assert list(getattr(apres, champ.name).all()) == list(getattr(avant, champ.name).all()) != [], champ.name
    ecarts = {"id", "dispositif_id", "relue_le", "version"}
    for champ in Fiche._meta.concrete_fields:
        if champ.attname not in ecarts:
            assert getattr(apres, champ.attname) == getattr(avant, champ.attname), champ.attname


def test_ouvrir_deux_fois_n_ouvre_qu_une_fois(appel, agent):
    premier, _ = ouvrir_suivant(appel, par=agent, jeton="j1")
    avant = etat_de_la_base()
    assert ouvrir_suivant(appel, par=agent, jeton="j1") == (premier, False)
    with pytest.raises(ActeRefuse, match="2025 existe déjà"):
        ouvrir_suivant(appel, par=agent, jeton="j2")
    assert etat_de_la_base() == avant


def test_un_echec_ne_laisse_rien(appel, agent, monkeypatch):
    avant = etat_de_la_base()
    monkeypatch.setattr(Journal, "noter", classmethod(lambda *a, **k: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        ouvrir_suivant(appel, par=agent)
    assert etat_de_la_base() == avant


@pytest.mark.parametrize(
    ("chaine", "ouvertes", "attendue"),
    [
        ((0, None), [0], 0),  # the line still has an AE
        ((0, 1), [1], 1),  # replaced
        ((0, 1, 2), [2], 2),  # replaced twice
        ((0, 1, 2), [1, 2], 1),  # the nearest
        ((0, 1), [], 1),  # no AE yet: the only successor
        ((0, None), [], 0),  # nothing better
    ],
)
def test_la_ligne_suit_la_nomenclature(appel, agent, chaine, ouvertes, attendue):
    """`C02-581E02` (2022) became `C02-428B02` (2023): the copy is charged where the AE is."""
    dispositif = Dispositif.objects.get(reference="4.5")
    lignes = [dispositif.ligne_par_defaut]
    for _ in [n for n in chaine[1:] if n is not None]:
        lignes.append(LigneBudgetaireFactory(predecesseur=lignes[-1]))
    for n in ouvertes:
        AutorisationFactory(ligne=lignes[n], millesime=2025)
    suivant, _ = ouvrir_suivant(appel, par=agent)
    copie = Dispositif.objects.get(thematique__appel=suivant, reference="4.5")
    assert copie.ligne_par_defaut == lignes[attendue]


def test_deux_successeurs_ouverts_ne_se_devinent_pas(appel, agent):
    ligne = Dispositif.objects.get(reference="4.5").ligne_par_defaut
    for _ in range(2):
        AutorisationFactory(ligne=LigneBudgetaireFactory(predecesseur=ligne), millesime=2025)
    suivant, _ = ouvrir_suivant(appel, par=agent)
    copie = Dispositif.objects.get(thematique__appel=suivant, reference="4.5")
    assert copie.ligne_par_defaut == ligne
    assert any(p.code == "ligne" and "n’a pas d’AE" in plat(p.phrase) for r in relectures(suivant) for p in r.points)


def test_des_predecesseurs_en_boucle_ne_bouclent_pas(appel, agent):
    a = Dispositif.objects.get(reference="4.5").ligne_par_defaut
    b = LigneBudgetaireFactory(predecesseur=a)
    LigneBudgetaire.objects.filter(pk=a.pk).update(predecesseur=b)
    assert ouvrir_suivant(appel, par=agent)[1]


def test_page_ouvrir(appel, connecter):
    agent = AgentFactory(instruction=True)
    client, url = connecter(agent), reverse("appel_ouvrir", args=[appel.pk])
    page = html(client.get(url))
    assert "2 dispositifs" in plat(page) and "2 sessions de dépôt" in plat(page)
    assert not AppelAProjets.objects.filter(annee=2025).exists()
    reponse = client.post(url, {"jeton": "abc"})
    suivant = AppelAProjets.objects.get(annee=2025)
    assert reponse.url == reverse("appel_relecture", args=[suivant.pk])
    assert client.post(url, {"jeton": "abc"}).url == reponse.url
    assert client.post(url, {"jeton": "autre"}, follow=True).status_code == 200
    assert (
        AppelAProjets.objects.count() == 2 and Journal.objects.filter(objet_id=suivant.pk, verbe="creer").count() == 1
    )
    assert "existe déjà" in html(client.get(url))


@pytest.mark.parametrize("role", ["territoire", "budget", "direction", "assemblees", "conventions", "consultation"])
def test_ouvrir_est_reserve_a_l_instruction(appel, connecter, role):
    client, url = connecter(AgentFactory(**{role: True})), reverse("appel_ouvrir", args=[appel.pk])
    assert client.get(url).status_code == 403 and client.post(url, {"jeton": "a"}).status_code == 403
    assert AppelAProjets.objects.count() == 1
    assert "Ouvrir l’année suivante" not in html(client.get(appel.get_absolute_url()))


# --- The page of a call


@pytest.mark.parametrize(
    ("jour", "mot", "detail"),
    [
        ("2023-12-13", "À venir", "du 14/12/2023 au 31/01/2024"), ("2023-12-14", "Ouverte", "encore 48 jours"),
        ("2024-01-30", "Ouverte", "encore 1 jour,"), ("2024-01-31", "Ouverte", "dernier jour, jusqu’à 23 h 59"),
        ("2024-02-01", "Close", "depuis le 31/01/2024"),
    ],
)  # fmt: skip
def test_etat_d_une_session(jour, mot, detail):
    session = SessionDepot(ouverture=date(2023, 12, 14), cloture=date(2024, 1, 31))
    etat = etat_de_session(session, date.fromisoformat(jour))
    assert etat.mot == mot and plat(etat.detail).startswith(detail)


def test_le_tableau_compte_les_dossiers_vus(appel, agent):
    dispositif = Dispositif.objects.get(reference="4.5")
    ici, ailleurs = TerritoireFactory(), TerritoireFactory()
    dossiers = [DossierFactory(dispositif=dispositif) for _ in range(2)]
    for dossier, lieu in zip(dossiers, (ici, ailleurs), strict=True):
        LigneFactory(dossier=dossier, territoires=[lieu], finance="à imputer")
    # Two lines in one dossier: sums do not multiply each other.
    LigneFactory(dossier=dossiers[0], territoires=[ici], finance="à imputer")
    [(_, rangs, somme)] = tableau(appel, agent)
    assert [(r.dossiers, r.demande, r.propose, r.retenu) for r in rangs] == [
        (2, Decimal(3000), Decimal(2400), Decimal(2400)), (0, 0, 0, 0),
    ]  # fmt: skip
    assert (somme["dossiers"], somme["retenu"]) == (2, Decimal(2400))
    [(_, rangs, _)] = tableau(appel, AgentFactory(territoire=True, territoires=[ici]))
    assert (rangs[0].dossiers, rangs[0].demande) == (1, Decimal(2000))


def test_page_de_l_appel(appel, connecter, agent):
    page = html(connecter(agent).get(appel.get_absolute_url()))
    assert "4.5" in page and "Relue" in page and "À saisir" in page and "Close" in page
    assert reverse("appel_ouvrir", args=[appel.pk]) in page
    assert connecter(agent).get(reverse("appel", args=[999])).status_code == 404


def test_un_appel_vide_dit_quoi_faire(connecter, agent):
    vide = AppelAProjets.objects.create(annee=2030, titre="Appel")
    assert "pas encore de thématique" in html(connecter(agent).get(vide.get_absolute_url()))
    assert "pas encore de dispositif" in html(connecter(agent).get(reverse("appel_relecture", args=[vide.pk])))


@pytest.mark.parametrize(("nom", "plafond"), [("appel", 12), ("appel_relecture", 12)])
def test_les_requetes_ne_croissent_pas(appel, connecter, agent, nom, plafond):
    client, comptes = connecter(agent), []
    for combien in (1, 20, 60):
        for n in range(combien):
            dispositif = DispositifFactory(thematique=appel.thematiques.get(), reference=f"{combien}.{n}")
            if n < 20:
                une_fiche(dispositif)
            DossierFactory(dispositif=dispositif, lignes=1)
        comptes.append(compter(client, reverse(nom, args=[appel.pk])))
    assert len(set(comptes)) == 1 and comptes[0] <= plafond


# --- What must be reviewed


def points(appel, reference="4.5"):
    return {
        (p.code, p.gravite): plat(p.phrase)
        for r in relectures(appel)
        if r.dispositif.reference == reference
        for p in r.points
    }


def test_liste_de_relecture_apres_ouverture(appel, agent):
    suivant, _ = ouvrir_suivant(appel, par=agent)
    trouves = points(suivant)
    assert "n’a pas d’AE votée en 2025" in trouves["ligne", "surveiller"]
    assert trouves["condition", "surveiller"] == "Condition suspensive non levée : Convention État."
    assert trouves["prose", "surveiller"] == "« Contexte » cite 2023."
    assert trouves["cout", "temps"] == (
        "Coût : 160,00 € par unité (places) pour 12 mois, au prorata d’une autre durée."
    )
    assert "Territoires sans contact" in trouves["contacts", "surveiller"]
    assert ("sessions", "temps") in trouves
    assert points(suivant, "4.6") == {("fiche", "bloque"): "Aucune fiche n’est saisie."}


def test_une_fiche_relue_ne_redemande_pas_ce_qui_est_confirme(appel):
    assert not [gravite for _, gravite in points(appel) if gravite == "temps"]


@pytest.mark.parametrize(
    ("changer", "attendu"),
    [
        (lambda f: f.sessions.all().delete(), ("sessions", "surveiller")),
        (lambda f: f.sessions.update(ouverture=date(2021, 1, 1), cloture=date(2021, 2, 1)), ("sessions", "bloque")),
        (lambda f: f.sessions.update(cloture=date(2024, 5, 1)), ("cloture", "surveiller")),  # 1er mai
        (lambda f: f.versements.update(pourcentage=None), None),
        (lambda f: f.versements.all().delete(), ("versements", "surveiller")),
        (
            lambda f: VersementPrevu.objects.create(fiche=f, type="solde", pourcentage=Decimal("40.01")),
            ("versements", "bloque"),
        ),
        (lambda f: f.contacts.all().delete(), ("contacts", "surveiller")),
        (lambda f: f.cadres.clear(), ("cadres", "surveiller")),
        (lambda f: f.cadres.update(fin=date(2023, 12, 31)), ("cadres", "surveiller")),
        (
            lambda f: f.cadres.update(
                parent=CadreStrategique.objects.create(code="p", libelle="P", debut=date(2025, 1, 1))
            ),
            ("cadres", "surveiller"),
        ),
        (lambda f: Fiche.objects.update(duree_mois=14, duree_max_mois=12), ("duree", "bloque")),
        (lambda f: Fiche.objects.update(cout_unitaire=None), ("cout", "surveiller")),
        (lambda f: Dispositif.objects.update(service=None), ("service", "bloque")),
    ],
)
def test_points_de_relecture(appel, changer, attendu):
    AutorisationFactory(ligne=Dispositif.objects.get(reference="4.5").ligne_par_defaut, millesime=2024)
    avant = set(points(appel).items())
    changer(Fiche.objects.get())
    nouveaux = {cle for cle, _ in set(points(appel).items()) - avant}
    assert nouveaux == ({attendu} if attendu else set())


def test_les_enveloppes_d_une_ligne_s_additionnent(appel):
    dispositif = Dispositif.objects.get(reference="4.5")
    AutorisationFactory(ligne=dispositif.ligne_par_defaut, millesime=2024, vote=Decimal(50000))
    Fiche.objects.update(enveloppe=Decimal(30000))
    assert ("enveloppe", "surveiller") not in points(appel)
    autre = DispositifFactory(thematique=dispositif.thematique, ligne_par_defaut=dispositif.ligne_par_defaut)
    Fiche.objects.create(dispositif=autre, enveloppe=Decimal("20000.01"))
    assert points(appel)["enveloppe", "surveiller"].endswith(
        "50 000,01 € pour 50 000,00 € d’AE votée : 0,01 € de trop."
    )


# --- Admin


def test_admin_ouvrir_et_relire(appel, admin_client):
    ContentType.objects.get_for_models(Fiche, Dispositif, CadreStrategique)  # the process keeps them, the suite not
    url = reverse("admin:programmes_appelaprojets_acte", args=[appel.pk, "ouvrir_suivant"])
    assert saine(admin_client.get(url))
    assert admin_client.post(url).status_code == 302
    assert AppelAProjets.objects.filter(annee=2025).exists()
    assert "existe déjà" in html(admin_client.post(url))
    for modele in (AppelAProjets, Thematique, Dispositif, Fiche, CadreStrategique, TypePiece, TypeAgrement):
        objet = modele.objects.first()
        assert saine(admin_client.get(adresse(modele, "changelist")))
        assert saine(admin_client.get(adresse(modele, "change", objet.pk)))
        assert saine(admin_client.get(adresse(modele, "add")))
    fiche = Fiche.objects.get(relue_le__isnull=True)
    url = reverse("admin:programmes_fiche_acte", args=[fiche.pk, "relire"])
    assert admin_client.post(url).status_code == 302
    fiche.refresh_from_db()
    assert fiche.relue_le and Journal.objects.filter(verbe="relire", objet_id=fiche.pk).count() == 1
