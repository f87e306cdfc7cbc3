"""Annexes: whatever their order, every mention resolves to the number that is printed."""

import json
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliberations import documents
from deliberations.models import AnnexePresentee, ArticleRedige
from deliberations.redaction import annexes
from deliberations.redaction.articles import Contenu, articles
from dpid.erreurs import ActeFige, ActeRefuse
from tests import maquette

pytestmark = pytest.mark.neutre

INSECABLE = "\u00a0"
NATURES = ["descriptive", "repartition", "projet_acte", "modele", "financiere"]


def mention(cle: str) -> str:
    return f"{{annexe:{cle}}}"


# --- The sentences, from data alone


def donnee(cle, numero, nature, **champs) -> dict:
    return {
        "cle": cle, "numero": numero, "nature": nature, "titre": cle, "thematique": None, "nature_acte": "",
        "objet": "", "parties": "", "regroupement": "", "bloc": None, **champs,
    }  # fmt: skip


def ligne(structure, annexe) -> dict:
    return {
        "structure": structure, "motif_zero": "", "instrument": "Avenant",
        "acte": {"nature": "avenant", "annexe": annexe, "numero_avenant": None, "initial_numero": "",
                 "initial_le": None},
    }  # fmt: skip


@st.composite
def ordres(draw):
    """Annexes in some order: one répartition, models, projects of act (some of them grouped), others."""
    suite = count(1)
    autres = draw(st.lists(st.sampled_from([n for n in NATURES if n != "repartition"]), max_size=12))
    naturees = draw(st.permutations(["repartition", *autres]))
    lues = []
    for numero, nature in enumerate(naturees, start=1):
        cle = "repartition" if nature == "repartition" else f"{nature.replace('_', '-')}-{next(suite):02}"
        groupe = draw(st.sampled_from(["", "", "fsl"])) if nature == "projet_acte" else ""
        lues.append(donnee(cle, numero, nature, regroupement=groupe))
    return lues


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ordres())
def test_quel_que_soit_l_ordre_chaque_article_cite_le_numero_imprime(lues):
    numeros = {a["cle"]: a["numero"] for a in lues}
    actes = [a["cle"] for a in lues if a["nature"] == "projet_acte"]
    groupe = {
        "cle": 1, "numero": 4, "titre": "Insertion", "nouveau": "100.00", "budget": "100.00", "nombre_structures": 1,
        "operations": [
            {"nouveau": "100.00", "lignes": [ligne(f"Structure {cle}", cle) for cle in actes]}
        ],
    }  # fmt: skip
    toutes = " ; ".join(mention(cle) for cle in numeros)
    contenu = Contenu({"thematiques": [groupe]}, lues, rediges={"imputations": toutes}, imputations=[{"code": "X"}])
    ecrits = articles(contenu)
    assert [a["numero"] for a in ecrits] == list(range(1, len(ecrits) + 1))
    assert "{" not in json.dumps([a["texte"] for a in ecrits]), "aucun renvoi sans valeur"
    financement, *suite, imputations = [a["texte"] for a in ecrits]
    assert f"réparti selon l’annexe{INSECABLE}{numeros['repartition']}." in financement
    assert imputations == " ; ".join(f"annexe{INSECABLE}{n}" for n in numeros.values())
    for a in lues:
        if a["nature"] == "modele":
            assert sum(f"le projet joint en annexe{INSECABLE}{a['numero']}." in texte for texte in suite) == 1
        if a["nature"] == "projet_acte":
            (signe,) = [texte for texte in suite if f"Structure {a['cle']}" in texte]
            joints = signe.split("joint")[-1]
            assert str(a["numero"]) in joints.replace(",", " ").replace(".", " ").replace(INSECABLE, " ").split()


# --- The rapport: its texts, its pieces, its lines


@pytest.fixture
def monde(db, sans_pdf):
    m = maquette.monde()
    for ordre, (cle, nature) in enumerate(
        (("presentation", "descriptive"), ("avenant", "projet_acte"), ("modele", "modele")), start=2
    ):
        AnnexePresentee.objects.create(rapport=m.rapport, cle=cle, nature=nature, ordre=ordre, texte=mention("avenant"))
    m.cles = ["repartition", "presentation", "avenant", "modele"]
    texte = " ; ".join(mention(cle) for cle in m.cles)
    m.rapport.introduction = texte
    m.rapport.save()
    thematique = m.operation.thematique
    thematique.texte = texte
    thematique.save()
    for champ in ("descriptif", "bilan", "proposition"):
        setattr(m.operation, champ, texte)
    m.operation.save()
    ArticleRedige.objects.create(rapport=m.rapport, cle="imputations", texte=texte)
    premiere = m.propositions[0]
    premiere.annexe, premiere.formule_acte = m.rapport.annexes.get(cle="avenant"), "Avenant annexe {annexe}"
    premiere.save()
    m.lignes[0].nature_acte = "avenant"
    m.lignes[0].save()
    return m


@pytest.mark.parametrize(
    "ordre",
    [
        ("repartition", "presentation", "avenant", "modele"),
        ("modele", "avenant", "presentation", "repartition"),
        ("avenant", "repartition", "modele", "presentation"),
        ("presentation", "modele", "repartition", "avenant"),
    ],
)
def test_deplacer_une_annexe_renumerote_toutes_ses_mentions(monde, ordre):
    for rang, cle in enumerate(ordre, start=1):
        monde.rapport.annexes.filter(cle=cle).update(ordre=10 * rang)
    numeros = {cle: rang for rang, cle in enumerate(ordre, start=1)}
    attendu = " ; ".join(f"annexe{INSECABLE}{numeros[cle]}" for cle in monde.cles)
    pieces = {p.cle: p for p in documents.pieces(monde.rapport)}
    for cle in monde.cles:
        piece = pieces[cle if cle == "repartition" else f"annexe-{cle}"]
        contexte = documents.contexte(monde.rapport, piece.cle)
        assert piece.numero == contexte["annexe"] == numeros[cle]
        assert f"annexe-{numeros[cle]}_" in documents.nom_fichier(contexte, "pdf")
    rapport = documents.contexte(monde.rapport, "rapport")
    assert rapport["introduction"] == rapport["thematiques"][0]["texte"] == attendu
    decrite = documents.contexte(monde.rapport, "annexe-presentation")
    assert attendu in json.dumps(decrite, ensure_ascii=False)
    repartition = documents.contexte(monde.rapport, "repartition")
    instruments = [li["instrument"] for t in repartition["thematiques"] for o in t["operations"] for li in o["lignes"]]
    assert instruments[0] == f"Avenant annexe {numeros['avenant']}"
    textes = [a["texte"] for a in documents.contexte(monde.rapport, "deliberation")["articles"]]
    assert f"annexe{INSECABLE}{numeros['repartition']}." in textes[0] and textes[-1] == attendu
    for cle in ("avenant", "modele"):
        assert any(f"le projet joint en annexe{INSECABLE}{numeros[cle]}" in texte for texte in textes)
    tout = [documents.contexte(monde.rapport, cle) for cle in pieces]
    assert "{annexe" not in json.dumps(tout), "aucun renvoi ne reste"


def test_un_renvoi_sans_annexe_se_voit_et_arrete_l_envoi(monde):
    """Negative control: a mention that leads nowhere stays visible in the draft, and nothing is sent."""
    monde.rapport.annexes.filter(cle="modele").delete()
    assert mention("modele") in documents.contexte(monde.rapport, "rapport")["introduction"]
    monde.viser()
    with pytest.raises(ActeRefuse, match="bloquant"):
        monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)


# --- Slots that an imported table asks for


def test_au_numero_rend_l_annexe_de_ce_rang(monde):
    for numero, cle in enumerate(monde.cles, start=1):
        assert annexes.au_numero(monde.rapport, numero).cle == cle
    assert monde.rapport.annexes.count() == 4


def test_au_numero_fait_les_places_qui_manquent(monde):
    AnnexePresentee.objects.filter(cle="modele").update(cle="acte-6")
    demandee = annexes.au_numero(monde.rapport, 7)
    assert (demandee.cle, demandee.nature) == ("acte-7", "projet_acte")
    assert list(monde.rapport.annexes.values_list("cle", flat=True)) == [
        "repartition", "presentation", "avenant", "acte-6", "acte-5", "acte-6-2", "acte-7",
    ]  # fmt: skip
    assert annexes.numeros(monde.rapport)[demandee.pk] == 7
    assert annexes.au_numero(monde.rapport, 7) == demandee and monde.rapport.annexes.count() == 7


@pytest.mark.parametrize("numero", [0, -1, 100, 999])
def test_au_numero_refuse_un_numero_qui_n_en_est_pas_un(monde, numero):
    with pytest.raises(ActeRefuse, match="de 1 à 99"):
        annexes.au_numero(monde.rapport, numero)
    assert monde.rapport.annexes.count() == 4


def test_au_numero_apres_l_envoi_ne_fait_rien(monde):
    monde.mener_au_vote()
    with pytest.raises(ActeFige):
        annexes.au_numero(monde.rapport, 9)
    assert monde.rapport.annexes.count() == 4
