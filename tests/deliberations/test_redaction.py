"""What the sentences of a rapport hold on to: rows, never ranks nor names."""

import pytest

from deliberations.assemblee import amendements, blocs
from deliberations.documents import Lecture, contextes
from deliberations.documents.contexte_vote import deliberation
from deliberations.models import ArticleRedige, Deport, Presence
from deliberations.redaction.articles import articles
from programmes.models import Dossier, LigneDossier, Structure
from tests import maquette
from tests.assemblee import tenir

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]


@pytest.fixture
def divise():
    """Two thématiques, each with a convention type to sign, each in its own block."""
    m = maquette.monde()
    dispositif = maquette.dispositif("2.1", numero=2)
    autre = maquette.operation(m.rapport, dispositif, numero="2")
    maquette.presenter(m.rapport, autre, "100.00", ae=m.ae, nom="ZED", par=m.equipe.instruction, answering=dispositif)
    LigneDossier.objects.update(nature_acte="convention_type")
    blocs.par_thematique(m.rapport, par=m.equipe.assemblees)
    return m


def signatures(m, *, adoptee=False) -> dict[str, str]:
    """{key: text} of the articles that authorise a signature."""
    ecrits = articles(Lecture(m.rapport, adoptee=adoptee).contenu)
    return {a["cle"]: a["texte"] for a in ecrits if a["cle"].startswith("signature-")}


def test_la_redaction_d_un_article_suit_son_bloc_quand_on_les_reordonne(divise):
    (cle, texte), (autre, _) = signatures(divise).items()
    assert "4AJ" in texte
    ArticleRedige.objects.create(rapport=divise.rapport, cle=cle, texte="Signons {acte}.")
    premier, second = divise.rapport.blocs.all()
    premier.ordre, second.ordre = 2, 1
    premier.save()
    second.save()
    lues = signatures(divise)
    assert list(lues) == [autre, cle]
    assert lues[cle].startswith("Signons ") and "4AJ" in lues[cle]
    assert not lues[autre].startswith("Signons ") and "ZED" in lues[autre]


def test_la_redaction_reste_quand_la_seance_retire_des_lignes(divise):
    (cle, _), _ = signatures(divise).items()
    blocs.en_un_seul(divise.rapport, par=divise.equipe.assemblees)
    (seule,) = signatures(divise)
    assert seule == cle
    ArticleRedige.objects.create(rapport=divise.rapport, cle=cle, texte="Signons {acte}.")
    divise.mener_au_vote()
    for proposition in divise.propositions:
        amendements.retirer(proposition, par=divise.equipe.assemblees, motif="Plus tard")
    (texte,) = signatures(divise, adoptee=True).values()
    assert texte.startswith("Signons ") and "ZED" in texte and "4AJ" not in texte


def test_deux_structures_de_meme_nom_sont_deux_structures(divise):
    ligne = divise.lignes[0]
    assert contextes.valeurs_du_rapport(Lecture(divise.rapport, adoptee=False))["structures"] == "4\u00a0structures"
    homonyme = Structure.objects.create(raison_sociale="ZED", sigle="ZED bis")
    Dossier.objects.filter(pk=ligne.dossier_id).update(structure=homonyme)
    assert contextes.valeurs_du_rapport(Lecture(divise.rapport, adoptee=False))["structures"] == "4\u00a0structures"
    Dossier.objects.filter(pk=ligne.dossier_id).update(structure=Structure.objects.filter(raison_sociale="ZED").first())
    assert contextes.valeurs_du_rapport(Lecture(divise.rapport, adoptee=False))["structures"] == "3\u00a0structures"


def test_qui_se_deporte_d_un_bloc_sans_etre_la_est_nomme(divise):
    tenir(divise.rapport.seance)
    anne, bruno, chloe = (p.elu for p in Presence.objects.order_by("elu__ordre"))
    Presence.objects.filter(elu=bruno).update(etat="excuse", mandataire=chloe)
    premier = divise.rapport.blocs.first()
    for elu in (anne, bruno):
        Deport.objects.create(rapport=divise.rapport, bloc=premier, elu=elu)
    un, deux = deliberation(Lecture(divise.rapport, adoptee=True), avec_votes=True)["blocs"]
    assert un["deports"] == (
        "Intéressée à l’affaire, Madame Anne ALLARD s’est retirée\u00a0: elle n’a participé ni au débat ni au vote. "
        "Intéressé à l’affaire, Monsieur Bruno BERTIN, excusé, n’a donné aucune délégation de vote pour ces articles."
    )
    assert un["chiffres"]["abstention"]["voix"] == 2 and deux["deports"] == ""
