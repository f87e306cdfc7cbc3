"""A fiche: read, edited with its lists, kept when two officers save, printed, declared reviewed."""
# ruff: noqa: F811 - fixtures are imported by their name

import io
import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from pypdf import PdfReader

from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.models import Journal
from programmes.appels import documents
from programmes.appels.forms import FicheForm
from programmes.appels.relecture import declarer_relue, dispositifs_de
from programmes.appels.saisie import GROUPES, LISTES
from programmes.models import CadreStrategique, Dispositif, Fiche, SessionDepot, TypePiece, VersementPrevu
from programmes.perms import peut_modifier_fiche
from tests.dpid.pages_admin import admin_client, adresse, lire_page, saine  # noqa: F401 - fixtures
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    ServiceFactory,
    TerritoireFactory,
)
from tests.programmes.pages import compter, html
from tests.programmes.test_appels import une_fiche
from tests.programmes.test_regles import plat

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def service():
    return ServiceFactory()


@pytest.fixture
def fiche(service):
    fiche = une_fiche(DispositifFactory(reference="4.5", titre="CLLAJ", service=service), contexte="Contexte initial")
    return Fiche.objects.get(pk=fiche.pk)


@pytest.fixture
def agent(service):
    return AgentFactory(instruction=True, services=[service])


@pytest.fixture
def client_agent(connecter, agent):
    return connecter(agent)


def adresse_de(nom, fiche):
    return reverse(nom, args=[fiche.dispositif_id])


def ouvrir(client, fiche) -> dict:
    """What a browser would send back of the form just opened, nothing changed."""
    page = client.get(adresse_de("fiche_modifier", fiche))
    assert page.status_code == 200
    champs = lire_page(page).champs
    gardes = {n: v for n, v in champs.items() if "__prefix__" not in n and n not in ("q", "csrfmiddlewaretoken", None)}
    return {n: (v if len(v) > 1 else v[0]) for n, v in gardes.items() if v}


def envoyer(client, fiche, champs, **changements):
    return client.post(adresse_de("fiche_modifier", fiche), {**champs, **changements})


# --- Read


ROLES = (
    "territoire",
    "instruction",
    "budget",
    "direction",
    "assemblees",
    "conventions",
    "consultation",
    "administration",
)


@pytest.mark.parametrize("role", ROLES)
def test_tous_les_roles_lisent_la_fiche(fiche, connecter, role):
    client = connecter(AgentFactory(**{role: True}))
    for nom in ("fiche", "fiche_pdf"):
        assert client.get(adresse_de(nom, fiche)).status_code == 200
    page = html(client.get(adresse_de("fiche", fiche)))
    assert len(re.findall(r"<h1[ >]", page)) == 1 and not re.search(r'\sstyle="|\son\w+="', page)
    assert ("Modifier la fiche" in page) == (role == "administration")


def test_sans_role_rien(fiche, connecter):
    client = connecter(AgentFactory())
    for nom in ("fiche", "fiche_pdf", "fiche_modifier"):
        assert client.get(adresse_de(nom, fiche)).status_code == 403


@pytest.mark.parametrize("nom", ["fiche", "fiche_pdf", "fiche_modifier"])
def test_un_dispositif_inconnu(client_agent, nom):
    assert client_agent.get(reverse(nom, args=[9999])).status_code == 404


def test_la_fiche_dit_ses_regles(fiche, client_agent):
    Fiche.objects.update(taux_plafond=Decimal(50), age_min=18, age_max=25, types_eligibles=["bailleur"])
    page = plat(html(client_agent.get(adresse_de("fiche", fiche))))
    for phrase in (
        "Le public a de 18 à 25 ans révolus.", "Types de structure admis : Bailleur.", "L’aide ne dépasse pas 50 %",
        "Acompte : 60 %.", "30 jeunes", "Réseau (note sur 5, exigé pour proposer)", "Contexte initial",
    ):  # fmt: skip
        assert phrase in page, phrase


def test_un_dispositif_sans_fiche(client_agent, service):
    dispositif = DispositifFactory(service=service)
    page = html(client_agent.get(dispositif.get_absolute_url()))
    assert "n’est pas saisie" in page and "Saisir la fiche" in page
    assert client_agent.get(reverse("fiche_pdf", args=[dispositif.pk])).status_code == 200


def test_le_texte_d_un_agent_ne_devient_pas_du_html(fiche, client_agent):
    Fiche.objects.update(contexte="<script>alert(1)</script>\n- <b>point</b>")
    page = html(client_agent.get(adresse_de("fiche", fiche)))
    assert "<script>alert" not in page and "<b>point" not in page


@pytest.mark.parametrize("nom", ["fiche", "fiche_modifier"])
def test_les_requetes_ne_croissent_pas(fiche, client_agent, nom):
    def grossir():
        for n in range(10):
            SessionDepot.objects.create(fiche=fiche, ordre=n, ouverture=date(2024, 1, 1), cloture=date(2024, 1, 2))
            fiche.criteres.create(libelle=f"C{n}")
            fiche.contacts.create(nom=f"N{n}", territoire=TerritoireFactory(), service=ServiceFactory())
            fiche.pieces.create(type=TypePiece.objects.create(code=f"p{fiche.pieces.count()}", libelle="P"))
            parent = CadreStrategique.objects.create(code=f"k{fiche.cadres.count()}", libelle="K")
            fiche.cadres.add(
                CadreStrategique.objects.create(code=f"c{fiche.cadres.count()}", libelle="C", parent=parent)
            )

    comptes = []
    for _ in range(3):
        comptes.append(compter(client_agent, adresse_de(nom, fiche)))
        grossir()
    assert len(set(comptes)) == 1
    assert nom == "fiche_modifier" or comptes[0] <= 16


# --- Who writes


@pytest.mark.parametrize("role", ROLES)
def test_qui_modifie(fiche, connecter, role, service):
    agent = AgentFactory(**{role: True}, services=[service])
    permis = role in ("instruction", "administration")
    assert peut_modifier_fiche(agent, fiche.dispositif) == permis
    client = connecter(agent)
    assert client.get(adresse_de("fiche_modifier", fiche)).status_code == (200 if permis else 403)
    assert client.post(adresse_de("fiche_modifier", fiche), {}).status_code == (200 if permis else 403)
    assert client.post(adresse_de("fiche_relue", fiche)).status_code == (302 if permis else 403)
    assert bool(Fiche.objects.get().relue_le) == permis


def test_un_instructeur_d_un_autre_service(fiche, connecter):
    """Rights follow the service of the dispositif, not its thématique: a CLLAJ is a housing dossier in « jeunes »."""
    voisin = AgentFactory(instruction=True, services=[ServiceFactory()])
    assert connecter(voisin).get(adresse_de("fiche_modifier", fiche)).status_code == 403
    assert connecter(voisin).post(adresse_de("fiche_relue", fiche)).status_code == 403
    Dispositif.objects.update(service=None)
    assert connecter(voisin).get(adresse_de("fiche_modifier", fiche)).status_code == 200


# --- Edit


def test_tous_les_champs_et_listes_sont_dans_le_formulaire():
    champs = [c for _, _, champs, _ in GROUPES for c in champs]
    listes = [n for _, _, _, listes in GROUPES for n in listes]
    caches = {"version", "ouverte_sur", "listes_ouvertes"}
    assert sorted(champs) == sorted(set(FicheForm.base_fields) - caches) and sorted(listes) == sorted(LISTES)


def test_enregistrer_sans_rien_changer_ne_change_rien(fiche, client_agent):
    avant = list(Fiche.objects.values()), fiche.history.count()
    pks = {nom: list(getattr(fiche, nom).values_list("pk", flat=True)) for nom in LISTES}
    assert envoyer(client_agent, fiche, ouvrir(client_agent, fiche)).status_code == 302
    assert (list(Fiche.objects.values()), fiche.history.count()) == avant
    assert {nom: list(getattr(fiche, nom).values_list("pk", flat=True)) for nom in LISTES} == pks


def test_modifier_la_fiche_son_dispositif_et_ses_listes(fiche, client_agent):
    session = fiche.sessions.get(ordre=1)
    DossierFactory(dispositif=fiche.dispositif, session=session)
    champs = ouvrir(client_agent, fiche)
    changements = {
        "contexte": "Nouveau contexte", "cout_unitaire": "2 000,00 €", "unite": "jeunes", "cout_pour_mois": "",
        "types_eligibles": ["bailleur", "ccas"], "dispositif-titre": "CLLAJ 2024",
        "dispositif-condition_suspensive": "Convention État", "sessions-0-cloture": "2024-02-15",
        "versements-TOTAL_FORMS": "2", "versements-1-type": "solde", "versements-1-declencheur": "bilan",
        "indicateurs-0-DELETE": "on",
    }  # fmt: skip
    assert envoyer(client_agent, fiche, champs, **changements).status_code == 302
    lue = Fiche.objects.select_related("dispositif").get()
    assert (lue.contexte, lue.cout_unitaire, lue.cout_pour_mois) == ("Nouveau contexte", Decimal(2000), None)
    assert lue.types_eligibles == ["bailleur", "ccas"] and lue.version == 2
    assert (lue.dispositif.titre, lue.dispositif.est_suspendu) == ("CLLAJ 2024", True)
    assert lue.sessions.get(pk=session.pk).cloture == date(2024, 2, 15)  # the row to which the dossier is tied
    assert list(lue.versements.values_list("ordre", "type", "pourcentage")) == [(1, "acompte", 60), (2, "solde", None)]
    assert not lue.indicateurs.exists()
    historique = lue.history.first()
    assert "sessions de dépôt" in historique.history_change_reason and "versements" in historique.history_change_reason


def test_l_ordre_tape_range_les_rangs(fiche, client_agent):
    fiche.criteres.create(ordre=2, libelle="Second")
    champs = ouvrir(client_agent, fiche)
    assert envoyer(client_agent, fiche, champs, **{"criteres-0-ordre": "9"}).status_code == 302
    assert list(fiche.criteres.values_list("ordre", "libelle")) == [(1, "Second"), (2, "Réseau")]


def test_saisir_la_fiche_d_un_dispositif_qui_n_en_a_pas(client_agent, service):
    neuve = Fiche(dispositif=DispositifFactory(service=service))
    champs = ouvrir(client_agent, neuve)
    champs |= {"contexte": "Neuf", "sessions-TOTAL_FORMS": "1", "sessions-0-ouverture": "2024-01-01"}
    champs["sessions-0-cloture"] = "2024-02-01"
    assert envoyer(client_agent, neuve, champs).status_code == 302
    creee = Fiche.objects.get()
    assert (creee.contexte, creee.version, creee.sessions.count()) == ("Neuf", 1, 1)
    # Sent twice: the same fiche, once.
    assert envoyer(client_agent, neuve, champs).status_code in (200, 302)
    assert Fiche.objects.count() == 1 and SessionDepot.objects.count() == 1


@pytest.mark.parametrize(
    ("changements", "attendu"),
    [
        ({"cout_unitaire": "160"}, "dit son unité"),
        ({"cout_unitaire": "-5", "unite": "places"}, "négatif"),
        ({"cout_unitaire": "cent", "unite": "places"}, "n’est pas un montant"),
        (
            {"autres_couts-TOTAL_FORMS": "1", "autres_couts-0-montant": "2500", "autres_couts-0-unite": "jeunes"},
            "d’abord le coût unitaire",
        ),
        (
            {
                "cout_unitaire": "5000",
                "unite": "mesures",
                "autres_couts-TOTAL_FORMS": "1",
                "autres_couts-0-montant": "2500",
                "autres_couts-0-unite": "Mesure",
            },
            "deux coûts",
        ),
        ({"age_min": "30", "age_max": "20"}, "âge maximal est inférieur"),
        ({"bilan_jour": "31"}, "date fixe (jour et mois) ou dans un délai"),
        ({"bilan_jour": "31", "bilan_mois": "1", "bilan_delai_mois": "3"}, "date fixe (jour et mois) ou dans un délai"),
        ({"bilan_mois": "13", "bilan_jour": "1"}, "12"),
        ({"taux_plafond": "120"}, "100"),
        ({"types_eligibles": ["pirate"]}, "pirate"),
        ({"sessions-0-cloture": "2023-12-01"}, "se clôt avant d’ouvrir"),
        ({"sessions-0-cloture": "2025-02-29"}, "date valide"),
        ({"sessions-0-ouverture": ""}, "obligatoire"),
        ({"sessions-0-action_fin": "2024-02-28"}, "se termine avant de commencer"),
        ({"versements-0-pourcentage": "101"}, "100"),
        (
            {"versements-TOTAL_FORMS": "2", "versements-1-type": "solde", "versements-1-pourcentage": "40.01"},
            "Les versements font 100,01 %",
        ),
        ({"indicateurs-0-type": "choix"}, "Les choix se disent pour une répartition"),
        ({"dispositif-condition_levee_le": "2024-01-01"}, "Aucune condition suspensive"),
        ({"dispositif-titre": ""}, "obligatoire"),
        ({"contacts-0-nom": "", "contacts-0-territoire": ""}, "au moins un territoire"),
        ({"sessions-TOTAL_FORMS": ""}, "ManagementForm"),
    ],
)
def test_une_saisie_refusee_garde_tout(fiche, client_agent, changements, attendu):
    champs = ouvrir(client_agent, fiche)
    reponse = envoyer(client_agent, fiche, champs, objectifs="Texte long à ne pas perdre", **changements)
    page = plat(html(reponse))
    assert reponse.status_code == 200 and "Rien n’est enregistré" in page
    assert attendu in page or attendu == "ManagementForm"
    assert "Texte long à ne pas perdre" in page
    lue = Fiche.objects.get()
    assert (lue.version, lue.objectifs) == (1, "") and lue.sessions.count() == 2


def test_une_piece_deux_fois(fiche, client_agent):
    piece = fiche.pieces.get().type_id
    champs = ouvrir(client_agent, fiche)
    reponse = envoyer(client_agent, fiche, champs, **{"pieces-TOTAL_FORMS": "2", "pieces-1-type": piece})
    assert "est exigée deux fois" in html(reponse) and fiche.pieces.count() == 1


def test_une_session_qui_a_recu_des_dossiers_ne_se_retire_pas(fiche, client_agent):
    session = fiche.sessions.get(ordre=1)
    DossierFactory(dispositif=fiche.dispositif, session=session)
    champs = ouvrir(client_agent, fiche)
    reponse = envoyer(client_agent, fiche, champs, contexte="Autre", **{"sessions-0-DELETE": "on"})
    assert "sert déjà à des dossiers" in html(reponse) and "Autre" in html(reponse)
    assert fiche.sessions.count() == 2 and Fiche.objects.get().contexte == "Contexte initial"


def test_le_rang_d_une_autre_fiche_ne_se_prend_pas(fiche, client_agent, service):
    autre = une_fiche(DispositifFactory(service=service))
    volee = autre.sessions.first()
    champs = ouvrir(client_agent, fiche)
    assert envoyer(client_agent, fiche, champs, **{"sessions-0-pk": volee.pk}).status_code == 302
    volee.refresh_from_db()
    assert volee.fiche == autre and autre.sessions.count() == 2 and fiche.sessions.count() == 2


# --- Two officers on one fiche


def test_deux_agents_des_champs_differents_se_fondent(fiche, client_agent):
    champs = ouvrir(client_agent, fiche)
    lue = Fiche.objects.get()
    lue.phasage = "Écrit par l’autre"
    lue.save()
    lue.criteres.create(libelle="Ajouté par l’autre", ordre=2)
    reponse = envoyer(client_agent, fiche, champs, objectifs="Écrit par moi", **{"versements-0-pourcentage": "70"})
    assert reponse.status_code == 302
    lue = Fiche.objects.get()
    assert (lue.phasage, lue.objectifs) == ("Écrit par l’autre", "Écrit par moi")
    assert lue.criteres.count() == 2 and lue.versements.get().pourcentage == 70


def test_le_meme_champ_et_la_meme_liste_se_comparent(fiche, client_agent):
    champs = ouvrir(client_agent, fiche)
    lue = Fiche.objects.get()
    lue.contexte = "Version de l’autre"
    lue.save()
    lue.versements.update(pourcentage=50)
    reponse = envoyer(client_agent, fiche, champs, contexte="Ma version", **{"versements-0-pourcentage": "70"})
    page = plat(html(reponse))
    assert reponse.status_code == 200
    for texte in ("Version de l’autre", "Ma version", "Acompte, 70", "Acompte, 50"):
        assert texte in page, texte
    assert Fiche.objects.get().contexte == "Version de l’autre"  # nothing written yet
    champs = {
        n: (v if len(v) > 1 else v[0]) for n, v in lire_page(reponse).champs.items() if v and "__prefix__" not in n
    }
    reponse = envoyer(client_agent, fiche, champs, **{"garder-contexte": "mienne"})
    assert reponse.status_code == 302
    lue = Fiche.objects.get()
    assert lue.contexte == "Ma version" and lue.versements.get().pourcentage == 70


def test_le_dispositif_change_par_un_autre_n_est_pas_ecrase(fiche, client_agent):
    champs = ouvrir(client_agent, fiche)
    Dispositif.objects.update(titre="Titre de l’autre", delai_avis=20)
    reponse = envoyer(client_agent, fiche, champs, **{"dispositif-titre": "Mon titre"})
    assert reponse.status_code == 200 and "Titre de l’autre" in html(reponse) and "Mon titre" in html(reponse)
    champs = {
        n: (v if len(v) > 1 else v[0]) for n, v in lire_page(reponse).champs.items() if v and "__prefix__" not in n
    }
    assert envoyer(client_agent, fiche, champs).status_code == 302
    dispositif = Dispositif.objects.get(pk=fiche.dispositif_id)
    assert (dispositif.titre, dispositif.delai_avis) == ("Mon titre", 20)


@pytest.mark.parametrize("brut", ["", "pas du json", "[1]", "{}"])
def test_des_champs_caches_falsifies_ne_font_rien_perdre(fiche, client_agent, brut):
    champs = ouvrir(client_agent, fiche)
    lue = Fiche.objects.get()
    lue.phasage = "Écrit par l’autre"
    lue.save()
    champs |= {"ouverte_sur": brut, "listes_ouvertes": brut, "dispositif-ouverte_sur": brut}
    reponse = envoyer(client_agent, fiche, champs, objectifs="Écrit par moi")
    assert reponse.status_code == 200 and "Écrit par l’autre" in html(reponse) and "Écrit par moi" in html(reponse)
    assert Fiche.objects.get().phasage == "Écrit par l’autre"


# --- « Fiche relue »


def test_declarer_relue(fiche, client_agent, agent):
    reponse = client_agent.post(adresse_de("fiche_relue", fiche), {"version": "1", "retour": "relecture"})
    assert reponse.url == reverse("appel_relecture", args=[fiche.dispositif.thematique.appel_id])
    lue = Fiche.objects.get()
    assert lue.relue_le and lue.version == 1
    acte = Journal.objects.get(objet="programmes.fiche", objet_id=fiche.pk)
    assert (acte.verbe, acte.par) == ("relire", agent)
    client_agent.post(adresse_de("fiche_relue", fiche), {"version": "1"})
    assert Journal.objects.filter(verbe="relire").count() == 1
    with pytest.raises(ActeRefuse, match="déjà été relue"):
        declarer_relue(lue, par=agent)


def test_on_ne_relit_pas_une_version_perimee(fiche, agent):
    fiche.save()
    with pytest.raises(VersionPerimee):
        declarer_relue(fiche, par=agent, version=1)
    assert not Journal.objects.exists() and Fiche.objects.get().relue_le is None


def test_une_fiche_a_corriger_ne_se_declare_pas_relue(fiche, agent):
    VersementPrevu.objects.create(fiche=fiche, type="solde", pourcentage=50)
    with pytest.raises(ActeRefuse, match="110"):
        declarer_relue(fiche, par=agent)
    assert not Journal.objects.exists()


def test_get_ne_declare_rien(fiche, client_agent):
    assert client_agent.get(adresse_de("fiche_relue", fiche)).status_code == 405


# --- PDF


def texte_du_pdf(contenu: bytes) -> str:
    return plat(" ".join("\n".join(p.extract_text() for p in PdfReader(io.BytesIO(contenu)).pages).split()))


def test_projet_tant_que_la_fiche_n_est_pas_relue(fiche):
    dispositif = dispositifs_de(complets=True).get()
    contexte = documents.contexte_fiche(dispositif)
    assert contexte["projet"] and "PROJET" in texte_du_pdf(documents.rendre_fiche(contexte))
    assert json.loads(json.dumps(contexte)) == contexte


def test_un_texte_hostile_s_imprime(fiche):
    Fiche.objects.update(contexte="<img src='file:///etc/passwd'> \x0b\ufffe & « fin »")
    contenu = documents.rendre_fiche(documents.contexte_fiche(dispositifs_de(complets=True).get()))
    assert "<img" in texte_du_pdf(contenu) and "root:" not in texte_du_pdf(contenu)


# --- Models and admin


def test_contraintes_de_la_base(fiche):
    mauvaises = [
        {"age_min": 30, "age_max": 20}, {"cout_unitaire": Decimal(10), "unite": ""},
        {"cout_unitaire": Decimal(-1), "unite": "places"}, {"bilan_jour": 3}, {"bilan_mois": 3},
        {"bilan_jour": 3, "bilan_mois": 3, "bilan_delai_mois": 3},
    ]  # fmt: skip
    for valeurs in mauvaises:
        with pytest.raises(IntegrityError), transaction.atomic():
            Fiche.objects.filter(pk=fiche.pk).update(**valeurs)
    with pytest.raises(IntegrityError), transaction.atomic():
        fiche.sessions.update(cloture=date(2020, 1, 1))
    with pytest.raises(ValidationError):
        Fiche(dispositif=DispositifFactory(), types_eligibles=["pirate"]).full_clean()


def test_admin_de_la_fiche(fiche, admin_client):
    ContentType.objects.get_for_models(Fiche)
    page = admin_client.get(adresse(Fiche, "change", fiche.pk))
    assert saine(page)
    champs = {n: v for n, v in lire_page(page).champs.items() if "__prefix__" not in n}
    champs |= {"contexte": ["Par l’admin"], "types_eligibles": ["bailleur"], "versements-0-pourcentage": ["80"]}
    assert admin_client.post(adresse(Fiche, "change", fiche.pk), champs).status_code == 302
    lue = Fiche.objects.get()
    assert (lue.contexte, lue.types_eligibles, lue.version) == ("Par l’admin", ["bailleur"], 2)
    assert lue.versements.get().pourcentage == 80
    # The same form, now stale: shown again, nothing written.
    champs["contexte"] = ["Périmé"]
    reponse = admin_client.post(adresse(Fiche, "change", fiche.pk), champs)
    assert reponse.status_code == 200 and "modifiée pendant votre saisie" in html(reponse)
    assert Fiche.objects.get().contexte == "Par l’admin"


def test_admin_refuse_plus_de_100_pour_cent(fiche, admin_client):
    VersementPrevu.objects.create(fiche=fiche, type="solde", pourcentage=40)
    champs = {
        n: v for n, v in lire_page(admin_client.get(adresse(Fiche, "change", fiche.pk))).champs.items()
        if "__prefix__" not in n
    }  # fmt: skip
    champs["versements-1-pourcentage"] = ["41"]
    reponse = admin_client.post(adresse(Fiche, "change", fiche.pk), champs)
    assert reponse.status_code == 200 and "101 %" in plat(html(reponse))
    assert fiche.versements.get(type="solde").pourcentage == 40


def test_admin_suit_les_services(fiche, connecter):
    voisin = AgentFactory(instruction=True, is_staff=True, services=[ServiceFactory()])
    ContentType.objects.get_for_models(Fiche, Dispositif)
    for modele, pk in ((Fiche, fiche.pk), (Dispositif, fiche.dispositif_id)):
        client = connecter(voisin)
        assert "_save" not in html(client.get(adresse(modele, "change", pk)))
        assert client.post(adresse(modele, "change", pk), {"titre": "x"}).status_code == 403


def test_la_fiche_compte_l_ae_de_son_annee(fiche):
    ligne = AutorisationFactory(vote=Decimal(1000)).ligne
    AutorisationFactory(ligne=ligne, millesime=2023, vote=Decimal(7))
    Dispositif.objects.filter(pk=fiche.dispositif_id).update(ligne_par_defaut=ligne)
    assert dispositifs_de().get().credit == Decimal(1000)
    AutorisationFactory(ligne=ligne, millesime=2022, exercice_fin=2025, vote=Decimal(50))
    assert dispositifs_de().get().credit == Decimal(1050)
