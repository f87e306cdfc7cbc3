"""A rapport that the assembly refuses: its délibération says so, frozen, and nothing of it is affected."""

import io
import json

import pypdf
import pytest

from budget.models import Mouvement
from deliberations import documents, dossier_de_seance
from deliberations.assemblee import amendements
from deliberations.models import BlocDeVote, Deliberation, Deport, DocumentDeDeliberation, Presence, VoixDissidente
from dpid.erreurs import ActeRefuse
from programmes.models import Dossier, Structure
from tests import maquette

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
MOTIF = "Le programme est à revoir."


@pytest.fixture
def m():
    """Anne ALLARD steps aside, Bruno BERTIN and Chloé CARLIER vote against."""
    monde = maquette.monde()
    monde.mener_au_vote()
    anne, bruno, chloe = (p.elu for p in Presence.objects.order_by("elu__ordre"))
    monde.bloc = BlocDeVote.objects.create(rapport=monde.rapport)
    Deport.objects.create(rapport=monde.rapport, bloc=monde.bloc, elu=anne)
    for elu in (bruno, chloe):
        VoixDissidente.objects.create(bloc=monde.bloc, elu=elu, sens="contre")
    return monde


def rejeter(m, numero="2024-100", motif=MOTIF):
    m.rapport.rejeter(par=m.equipe.assemblees, motif=motif, le=maquette.SEANCE_LE, numero=numero)


def texte(pdf: bytes) -> str:
    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(" ".join(pages).split())


def test_la_deliberation_dit_le_rejet_avec_ses_figures(m):
    rejeter(m)
    acte = Deliberation.objects.get()
    assert (acte.numero, acte.resultat) == ("2024-100", "rejete")
    m.bloc.refresh_from_db()
    assert (m.bloc.resultat, m.bloc.motif) == ("rejete", MOTIF)
    assert [d.nature for d in acte.documents.all()] == ["deliberation"]
    pdf, nom = documents.editer(m.rapport, "deliberation", "pdf")
    assert nom == "2024-100_deliberation.pdf"
    dit = texte(pdf)
    assert "(Rejeté)" in dit and "(Adopté)" not in dit
    assert MOTIF in dit and "DÉCIDE" not in dit and "Article" not in dit
    assert "Madame Anne ALLARD s’est retirée" in dit
    assert "Pour : 0 voix" in dit and "Contre : 2 voix" in dit and "Abstention : 1 voix" in dit
    extrait, _ = dossier_de_seance.editer(m.rapport, "extrait", "pdf")
    assert "(Rejeté)" in texte(extrait) and "2024-100" in texte(extrait)
    liste = json.loads(dossier_de_seance.editer(m.rapport, "liste_decisions", "json")[0])
    assert [(d["numero"], d["resultat"], d["depenses"]) for d in liste["decisions"]] == [
        ("2024-100", "Rejetée", "0.00")
    ]
    assert not Mouvement.objects.filter(nature=Mouvement.Nature.AFFECTATION).exists()
    assert set(Dossier.objects.values_list("etat", flat=True)) == {"en_instruction"}


@pytest.mark.usefixtures("sans_pdf")
def test_ce_qui_est_rejete_est_fige(m):
    rejeter(m)
    avant = documents.editer(m.rapport, "deliberation", "json")[0]
    Structure.objects.update(raison_sociale="Renommée")
    type(m.rapport)._base_manager.filter(pk=m.rapport.pk).update(titre="Autre titre")
    assert documents.editer(m.rapport, "deliberation", "json")[0] == avant


@pytest.mark.usefixtures("sans_pdf")
def test_un_bloc_deja_ajourne_le_reste(m):
    ajourne = BlocDeVote.objects.create(rapport=m.rapport, ordre=2)
    amendements.decider(ajourne, "ajourne", par=m.equipe.assemblees, motif="Une pièce manque")
    rejeter(m)
    blocs = documents.contexte_actuel(m.rapport, "deliberation")["blocs"]
    assert [(b["resultat"], b["motif"]) for b in blocs] == [("Rejeté", MOTIF), ("Ajourné", "Une pièce manque")]


@pytest.mark.usefixtures("sans_pdf")
def test_sans_numero_rien_n_est_dresse(m):
    rejeter(m, numero="")
    assert not Deliberation.objects.exists() and not DocumentDeDeliberation.objects.exists()
    m.bloc.refresh_from_db()
    assert m.bloc.est_adopte and m.rapport.etat == "rejete"


@pytest.mark.usefixtures("sans_pdf")
def test_un_rejet_refuse_ou_interrompu_ne_laisse_rien(m, monkeypatch):
    autre = maquette.monde(numero="65", n=11)
    autre.mener_au_vote()
    autre.adopter(numero="2024-99")
    avant = maquette.etat_de_la_base()
    for champs, phrase in (
        ({"numero": "2024-99"}, "déjà celui d’une autre"), ({"numero": "604"}, "n’est pas un numéro"),
        ({"motif": ""}, "porte son motif"),
    ):  # fmt: skip
        with pytest.raises(ActeRefuse, match=phrase):
            rejeter(m, **champs)

    def panne(contexte, format):
        raise RuntimeError("panne d’édition")

    monkeypatch.setattr(documents, "rendre", panne)
    with pytest.raises(RuntimeError):
        rejeter(m)
    assert maquette.etat_de_la_base() == avant


@pytest.mark.usefixtures("sans_pdf")
def test_une_voix_changee_pendant_l_edition_fait_recommencer(m, monkeypatch):
    vrai = documents.rendre

    def rendre(contexte, format):
        VoixDissidente.objects.first().delete()
        return vrai(contexte, format)

    monkeypatch.setattr(documents, "rendre", rendre)
    with pytest.raises(ActeRefuse, match="puis rejetez-le de nouveau"):
        rejeter(m)
    assert not Deliberation.objects.exists() and m.rapport.etat == "envoye"
