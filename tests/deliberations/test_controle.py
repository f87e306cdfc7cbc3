"""The frame of the coherence check: grouping, justification, command, pages."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from deliberations.controle import Gravite, Moment, bloquants, controler
from deliberations.controle.constats import Constat, regle
from deliberations.controle.justifications import justifier, reprendre
from deliberations.controle.registre import REGLES
from deliberations.models import Justification
from dpid.erreurs import ActeFige, ActeRefuse, VersionPerimee
from dpid.models import Journal
from tests import maquette
from tests.deliberations import test_controle_lignes, test_controle_textes, test_controle_votes

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def monde():
    return maquette.monde()


@pytest.fixture
def trouvailles(monkeypatch, monde):
    """One rule, « à justifier », that finds what the test puts in the list: (message, data)."""
    trouvees = [
        ("4AJ commence trop tôt.", ("4AJ", "2024-01-01")),
        ("CAPSO commence trop tôt.", ("CAPSO", "2024-02-01")),
    ]

    @regle("essai", Gravite.A_JUSTIFIER, "lignes commencent trop tôt")
    def essai(examen):
        lieu = examen.aux_lignes(monde.operation)
        return [Constat(lieu, message, donnees) for message, donnees in trouvees]

    monkeypatch.setattr("deliberations.controle.registre.REGLES", (essai,))
    return trouvees


def le_groupe(monde):
    (groupe,) = controler(monde.rapport).ouverts
    return groupe


def accepter(monde, groupe=None, motif="Accord du service.", **options):
    groupe = groupe or le_groupe(monde)
    champs = {"regle": groupe.regle.cle, "lieu": groupe.lieu.cle, "empreinte": groupe.empreinte}
    return justifier(monde.rapport, **{**champs, "motif": motif, "par": monde.equipe.instruction, **options})


# --- Groups


def test_les_constats_d_une_regle_et_d_une_operation_ne_font_qu_un(monde, trouvailles):
    groupe = le_groupe(monde)
    assert str(groupe) == "Thématique 4, opération 1\u00a0: 2 lignes commencent trop tôt."
    assert len(groupe.constats) == 2
    trouvailles.pop()
    assert le_groupe(monde).resume == "4AJ commence trop tôt."


def test_l_empreinte_suit_les_donnees_et_non_leur_ordre_ni_les_mots(monde, trouvailles):
    avant = le_groupe(monde).empreinte
    trouvailles.reverse()
    trouvailles[0] = ("Dit autrement.", trouvailles[0][1])
    assert le_groupe(monde).empreinte == avant
    trouvailles[0] = ("Dit autrement.", ("CAPSO", "2024-03-01"))
    assert le_groupe(monde).empreinte != avant


def test_les_plus_graves_d_abord(monde):
    monde.rapport.numeroter("P1", par=monde.equipe.assemblees)
    rangs = [list(Gravite).index(g.gravite) for g in controler(monde.rapport).ouverts]
    assert rangs == sorted(rangs) and len(set(rangs)) > 1


def test_chaque_regle_a_sa_cle_et_tient_dans_ses_colonnes():
    cles = [r.cle for r in REGLES]
    assert len(cles) == len(set(cles))
    assert max(map(len, cles)) <= Justification._meta.get_field("regle").max_length


def test_chaque_regle_a_son_cas():
    """A rule without a case in the modules beside this one fails here."""
    cas = [*test_controle_lignes.CAS, *test_controle_textes.CAS, *test_controle_votes.CAS]
    assert {r.cle for r in REGLES} == {c.regle for c in cas}
    assert all(c.moment in r.moments for c in cas for r in REGLES if r.cle == c.regle)
    assert all(c.attendu and c.fait is not c.voisin for c in cas)


# --- Justifications


def test_une_justification_replie_le_groupe_et_reste_au_journal(monde, trouvailles):
    groupe = le_groupe(monde)
    accepter(monde, motif="  Accord\n du service. ")
    releve = controler(monde.rapport)
    assert releve.ouverts == []
    ((justifie, justification),) = releve.justifies
    assert justifie.empreinte == groupe.empreinte and justification.motif == "Accord du service."
    acte = Journal.objects.de_l_objet(monde.rapport).get(verbe="justifier")
    assert "2 lignes commencent trop tôt" in acte.motif and acte.par == monde.equipe.instruction


def test_une_justification_tombe_quand_les_donnees_changent_et_revient_avec_elles(monde, trouvailles):
    accepter(monde)
    trouvailles.append(("ADEFI commence trop tôt.", ("ADEFI", "2024-01-15")))
    assert len(controler(monde.rapport).ouverts) == 1
    trouvailles.pop()
    assert controler(monde.rapport).ouverts == []


def test_justifier_deux_fois_n_ecrit_qu_une_fois(monde, trouvailles):
    groupe = le_groupe(monde)
    premiere = accepter(monde, groupe)
    assert accepter(monde, groupe, motif="Autre motif.") == premiere
    assert Justification.objects.get().motif == "Accord du service."
    assert Journal.objects.de_l_objet(monde.rapport).filter(verbe="justifier").count() == 1


def test_une_justification_sur_des_donnees_perimees_est_refusee(monde, trouvailles):
    groupe = le_groupe(monde)
    trouvailles.pop()
    with pytest.raises(VersionPerimee, match="ont changé"):
        accepter(monde, groupe)
    assert not Justification.objects.exists()


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"motif": "  "}, "dit pourquoi"),
        ({"motif": "x" * 401}, "400 au plus"),
        ({"regle": "inconnue"}, "n’existe plus"),
        ({"lieu": "o999"}, "n’existe plus"),
    ],
)
def test_justification_refusee(monde, trouvailles, change, phrase):
    with pytest.raises(ActeRefuse, match=phrase):
        accepter(monde, **change)
    assert not Justification.objects.exists()


@pytest.mark.parametrize("gravite", [Gravite.BLOQUANT, Gravite.INFORMATION])
def test_seul_ce_qui_est_a_justifier_se_justifie(monde, monkeypatch, gravite):
    @regle("essai", gravite, "essais")
    def essai(examen):
        yield Constat(examen.aux_lignes(monde.operation), "Un constat.")

    monkeypatch.setattr("deliberations.controle.registre.REGLES", (essai,))
    with pytest.raises(ActeRefuse, match="ne se justifie pas"):
        accepter(monde)


def test_une_justification_se_reprend(monde, trouvailles):
    reprendre(accepter(monde), par=monde.equipe.instruction)
    assert len(controler(monde.rapport).ouverts) == 1
    assert Journal.objects.de_l_objet(monde.rapport).filter(verbe="reprendre_justification").exists()


def test_apres_le_vote_plus_rien_ne_se_justifie(monde, trouvailles, sans_pdf):
    justification = accepter(monde)
    monde.mener_au_vote()
    monde.adopter()
    monde.rapport.refresh_from_db()
    assert len(controler(monde.rapport).justifies) == 1
    trouvailles.pop()
    with pytest.raises(ActeFige):
        accepter(monde)
    with pytest.raises(ActeFige):
        reprendre(justification, par=monde.equipe.instruction)


# --- What blocks


def test_ce_qui_bloque_depend_du_moment(monde, monkeypatch):
    @regle("essai", Gravite.BLOQUANT, "essais", moments=[Moment.VOTE])
    def essai(examen):
        yield Constat(examen.aux_lignes(monde.operation), "Un constat.")

    monkeypatch.setattr("deliberations.controle.registre.REGLES", (essai,))
    assert bloquants(monde.rapport) == []
    assert len(bloquants(monde.rapport, moment=Moment.VOTE)) == 1


def test_l_adoption_dit_les_premiers_bloquants(monde, monkeypatch, sans_pdf):
    @regle("essai", Gravite.BLOQUANT, "essais", moments=[Moment.VOTE])
    def essai(examen):
        for numero in (1, 2, 3):
            yield Constat(examen.au_rapport(f"x{numero}", f"Lieu {numero}"), "faux.")

    monde.mener_au_vote()
    monkeypatch.setattr("deliberations.controle.registre.REGLES", (essai,))
    with pytest.raises(ActeRefuse) as refus:
        monde.adopter()
    assert str(refus.value) == (
        "L’adoption est impossible : 3\u00a0constats bloquants. Lieu 1\u00a0: faux. Lieu 2\u00a0: faux. "
        "Et 1\u00a0autre constat. Le contrôle de cohérence dit où les corriger."
    )
    monde.rapport.refresh_from_db()
    assert monde.rapport.etat == "envoye"


# --- Command


def commander(*args):
    sortie = StringIO()
    try:
        call_command("controler", *args, stdout=sortie)
    except CommandError as erreur:
        return erreur.returncode, sortie.getvalue(), str(erreur)
    return 0, sortie.getvalue(), ""


def test_la_commande_dit_les_constats_et_sort_en_0(monde, trouvailles):
    code, texte, _ = commander(monde.rapport.reference)
    assert code == 0
    assert "0\u00a0bloquant, 1\u00a0à justifier, 0\u00a0information" in texte
    assert "  1. [à justifier] Thématique 4, opération 1\u00a0: 2 lignes commencent trop tôt." in texte
    assert "– 4AJ commence trop tôt." in texte


def test_la_commande_sort_en_1_quand_un_constat_bloque(monde, monkeypatch):
    @regle("essai", Gravite.BLOQUANT, "essais")
    def essai(examen):
        yield Constat(examen.aux_lignes(monde.operation), "Un constat.")

    monkeypatch.setattr("deliberations.controle.registre.REGLES", (essai,))
    code, texte, erreur = commander(monde.rapport.reference, "--format", "json")
    assert (code, erreur) == (1, "1\u00a0constat bloquant.")
    assert json.loads(texte)["compte"] == {"bloquant": 1, "a_justifier": 0, "information": 0}


@pytest.mark.parametrize("reference", ["2099-12", "n'importe quoi", "2024-06-17/99"])
def test_la_commande_sort_en_2_pour_une_reference_fausse(monde, reference):
    assert commander(reference)[0] == 2


def test_le_json_est_stable(monde, trouvailles):
    accepter(monde)
    trouvailles[0] = ("4AJ commence trop tôt.", ("4AJ", "2024-01-02"))
    lus = json.loads(commander(monde.rapport.reference, "--format=json")[1])
    assert lus == json.loads(commander(monde.rapport.reference, "--format=json")[1])
    assert list(lus) == ["reference", "etat", "compte", "constats", "justifies"]
    (constat,) = lus["constats"]
    assert constat["regle"] == "essai" and constat["gravite"] == "à justifier" and constat["cle_lieu"][0] == "o"
    assert constat["details"] == ["4AJ commence trop tôt.", "CAPSO commence trop tôt."]


# --- Pages


def page(client, rapport):
    reponse = client.get(reverse("rapport_controle", args=[rapport.pk]))
    assert reponse.status_code == 200
    return reponse.content.decode()


def envoyer(client, monde, **champs):
    groupe = le_groupe(monde)
    donnees = {"regle": groupe.regle.cle, "lieu": groupe.lieu.cle, "empreinte": groupe.empreinte, "motif": "Vu."}
    entetes = {"HX-Request": "true"} if champs.pop("htmx", True) else {}
    return client.post(reverse("constat_justifier", args=[monde.rapport.pk]), donnees | champs, headers=entetes)


def test_la_page_dit_le_constat_son_lieu_et_se_justifie_sur_place(monde, trouvailles, connecter):
    client = connecter(monde.equipe.instruction)
    html = page(client, monde.rapport)
    assert "2 lignes commencent trop tôt." in html and f"?partie=o{monde.operation.pk}" in html
    assert "Enregistrer la justification" in html
    retour = envoyer(client, monde).content.decode()
    assert "Le constat est justifié." in retour and "1\u00a0constat justifié" in retour and "<html" not in retour


def test_sans_htmx_la_justification_revient_a_la_page(monde, trouvailles, connecter):
    reponse = envoyer(connecter(monde.equipe.assemblees), monde, htmx=False)
    assert reponse.status_code == 302 and reponse.url == reverse("rapport_controle", args=[monde.rapport.pk])
    assert Justification.objects.count() == 1


def test_une_justification_refusee_garde_ce_qui_etait_ecrit(monde, trouvailles, connecter):
    retour = envoyer(connecter(monde.equipe.instruction), monde, motif="y" * 500).content.decode()
    assert "400 au plus" in retour and "y" * 500 in retour


def test_une_ancienne_justification_est_rappelee(monde, trouvailles, connecter):
    accepter(monde, motif="Accord de mars.")
    trouvailles.pop()
    html = page(connecter(monde.equipe.instruction), monde.rapport)
    assert "sur d’autres données" in html and "Accord de mars." in html


def test_qui_ne_justifie_pas_lit_seulement(monde, trouvailles, connecter):
    assert "Enregistrer la justification" not in page(connecter(monde.equipe.consultation), monde.rapport)


def test_la_justification_d_un_autre_rapport_est_inconnue(monde, trouvailles, connecter):
    justification = accepter(monde)
    autre = maquette.rapport(monde.equipe.instruction, numero="65")
    adresse = reverse("justification_reprendre", args=[autre.pk, justification.pk])
    assert connecter(monde.equipe.instruction).post(adresse).status_code == 404
    assert Justification.objects.exists()


def test_le_resume_compte_et_la_page_du_rapport_y_mene(monde, trouvailles, connecter):
    client = connecter(monde.equipe.consultation)
    html = client.get(reverse("rapport_controle_resume", args=[monde.rapport.pk])).content.decode()
    assert "À justifier" in html and "<strong>1</strong>" in html
    accueil = client.get(reverse("rapport", args=[monde.rapport.pk])).content.decode()
    assert reverse("rapport_controle", args=[monde.rapport.pk]) in accueil
