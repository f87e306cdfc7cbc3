"""Acts on a selection of dossiers: rights, states, one transaction each, one effect for two clicks, results by row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from dpid import tasks
from dpid.erreurs import ActeRefuse
from dpid.models import Journal, Travail
from dpid.models.travail import ElementTravail
from programmes import lots
from programmes.models import Avis, Courrier, Dossier
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    TerritoireFactory,
)
from tests.programmes.pages import html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Dossier.Etat


@pytest.fixture
def agent():
    return AgentFactory(administration=True)


def etat(dossier) -> str:
    return Dossier.objects.values_list("etat", flat=True).get(pk=dossier.pk)


def selectionner(client, acte, *dossiers, **champs):
    return client.post(reverse("lot"), {"acte": acte, "d": [d.pk for d in dossiers], **champs})


def confirmer(client, acte, *dossiers, jeton="j1", **champs):
    ids = ",".join(str(d.pk) for d in dossiers)
    return client.post(reverse("lot"), {"acte": acte, "ids": ids, "jeton": jeton, **champs}, follow=True)


def resultats(travail=None) -> dict:
    return dict(ElementTravail.objects.values_list("objet_id", "est_fait"))


# --- Confirmation


def test_la_confirmation_dit_les_consequences_et_n_ecrit_rien(agent, connecter):
    ae = AutorisationFactory()
    pris = [LigneFactory(finance=ae, finance__montant="150.50").dossier for _ in range(2)]
    vote = DossierFactory(propose=True)
    page = html(selectionner(connecter(agent), "ajourner", *pris, DossierFactory(), vote))
    assert "Ajourner : 4\u00a0dossiers" in page
    assert "301,00\u00a0€ ne sont plus retenus" in page and "btn-danger" in page
    assert not Travail.objects.exists() and {etat(d) for d in pris} == {Etat.EN_INSTRUCTION}


def test_ce_que_l_etat_interdit_est_mis_de_cote(agent, connecter):
    propose, neuf = DossierFactory(propose=True), LigneFactory().dossier
    reponse = selectionner(connecter(agent), "proposer", propose, neuf)
    assert [d.pk for d in reponse.context["apercu"].pris] == [neuf.pk]
    assert [d.pk for d in reponse.context["apercu"].ecartes] == [propose.pk]
    assert "Laissés de côté" in html(reponse)


def test_tous_les_filtres_pas_seulement_la_page(agent, connecter, monkeypatch):
    from programmes import listes

    monkeypatch.setattr(listes, "PAR_PAGE", 2)
    attendus = [LigneFactory(dossier__intitule="Garder").dossier for _ in range(5)]
    LigneFactory(dossier__intitule="Autre")
    champs = {"acte": "proposer", "tous": "1", "requete": "annee=&structure=garder&page=2", "d": [attendus[0].pk]}
    reponse = connecter(agent).post(reverse("lot"), champs)
    assert {d.pk for d in reponse.context["apercu"].pris} == {d.pk for d in attendus}
    assert "structure=garder&amp;annee=&amp;page=2" in html(reponse)


def test_la_selection_d_autres_pages_s_ajoute(agent, connecter):
    a, b, c = (LigneFactory().dossier for _ in range(3))
    reponse = selectionner(connecter(agent), "proposer", a, ids=f"{b.pk},{c.pk},{a.pk}")
    assert [d.pk for d in reponse.context["apercu"].pris] == [a.pk, b.pk, c.pk]


@pytest.mark.parametrize(
    "champs",
    [{}, {"acte": "voter", "d": ["1"]}, {"acte": "proposer"}, {"acte": "proposer", "ids": "1;DROP"},
     {"acte": "proposer", "d": ["x"]}, {"acte": "declarer_incomplet", "d": ["1"]}, {"acte": "proposer", "ids": "-4"},
     {"acte": "proposer", "ids": "9" * 30}, {"acte": "proposer", "ids": "٣"}],
)  # fmt: skip
def test_une_demande_abimee_revient_a_la_liste(champs, agent, connecter):
    reponse = connecter(agent).post(reverse("lot"), champs, follow=True)
    assert reponse.status_code == 200 and reponse.resolver_match.url_name == "dossiers"
    assert "message-error" in html(reponse) and not Travail.objects.exists()


def test_le_retour_ne_sort_pas_du_site(agent, connecter):
    champs = {"acte": "", "requete": "next=//ailleurs.example&annee=2024&%0d%0aX: y"}
    assert connecter(agent).post(reverse("lot"), champs).url == f"{reverse('dossiers')}?annee=2024"


def test_get_revient_a_la_liste(agent, connecter):
    assert connecter(agent).get(reverse("lot")).status_code == 302


# --- Effects


def test_chaque_dossier_a_son_resultat(agent, connecter):
    bon, sans_ligne = LigneFactory().dossier, DossierFactory()
    page = html(confirmer(connecter(agent), "proposer", bon, sans_ligne, requete="annee=2024&page=2"))
    assert (etat(bon), etat(sans_ligne)) == (Etat.PROPOSE, Etat.EN_INSTRUCTION)
    assert resultats() == {bon.pk: True, sans_ligne.pk: False}
    assert "1\u00a0dossier traité, 1\u00a0refusé" in page and "au moins une ligne" in page
    assert f"{reverse('dossiers')}?annee=2024&amp;page=2" in page
    assert Journal.objects.de_l_objet(bon).count() == 1 and not Journal.objects.de_l_objet(sans_ligne).exists()


def test_deux_clics_un_seul_effet(agent, connecter):
    dossiers, client = [LigneFactory().dossier for _ in range(2)], connecter(agent)
    confirmer(client, "proposer", *dossiers)
    page = html(confirmer(client, "proposer", *dossiers))
    assert "2\u00a0dossiers traités." in page and Travail.objects.count() == 1
    assert all(Journal.objects.de_l_objet(d).count() == 1 for d in dossiers)


def test_un_motif_est_exige_puis_lu(agent, connecter):
    dossier, client = LigneFactory(finance=AutorisationFactory()).dossier, connecter(agent)
    assert "corrigez ce qui suit" in html(confirmer(client, "refuser", dossier))
    assert etat(dossier) == Etat.EN_INSTRUCTION and not Travail.objects.exists()
    confirmer(client, "refuser", dossier, motif="Hors critères")
    refuse = Dossier.objects.get(pk=dossier.pk)
    assert (refuse.etat, refuse.motif) == (Etat.REFUSE, "Hors critères")
    assert Courrier.objects.filter(dossier=dossier, nature=Courrier.Nature.REFUS).exists()


def test_avis_aux_territoires_de_chaque_dossier(agent, connecter):
    lens, artois = TerritoireFactory(), TerritoireFactory()
    un, deux = LigneFactory(territoires=[lens]).dossier, LigneFactory(territoires=[lens, artois]).dossier
    deux.demander_avis(par=agent, territoires=[artois])
    jour = timezone.localdate() + timedelta(20)
    confirmer(connecter(agent), "demander_avis", un, deux, question="Besoin local ?", echeance_le=jour.isoformat())
    lus = Avis.objects.filter(question="Besoin local ?")
    assert set(lus.values_list("dossier", "territoire", "echeance_le")) == {
        (un.pk, lens.pk, jour),
        (deux.pk, lens.pk, jour),
    }


def test_affecter(agent, connecter):
    service = ServiceFactory()
    instructeur = AgentFactory(instruction=True, services=[service])
    sien, autre = DossierFactory(dispositif__service=service), DossierFactory()
    page = html(confirmer(connecter(agent), "affecter", sien, autre, instructeur=instructeur.pk))
    assert "n’appartient pas au service" in page and resultats() == {sien.pk: True, autre.pk: False}
    assert Dossier.objects.get(pk=sien.pk).instructeur == instructeur
    acte = Journal.objects.de_l_objet(sien).get()
    assert (acte.verbe, acte.motif) == ("affecter", f"De personne à {instructeur}")
    confirmer(connecter(agent), "affecter", sien, jeton="j2", instructeur="aucun")
    assert Dossier.objects.get(pk=sien.pk).instructeur is None


@pytest.mark.parametrize("choix", ["", "999999", "moi"])
def test_affecter_a_personne_de_connu(choix, agent, connecter):
    AgentFactory(consultation=True)
    dossier = DossierFactory()
    confirmer(connecter(agent), "affecter", dossier, instructeur=choix)
    assert not Travail.objects.exists()


def test_on_n_affecte_ni_a_qui_n_instruit_pas_ni_deux_fois(agent):
    dossier, consultation = DossierFactory(), AgentFactory(consultation=True)
    with pytest.raises(ActeRefuse, match="n’instruit pas"):
        dossier.affecter(par=agent, instructeur=consultation)
    with pytest.raises(ActeRefuse, match="déjà affecté à personne"):
        dossier.affecter(par=agent, instructeur=None)
    assert not Journal.objects.exists()


def test_une_panne_sur_un_dossier_laisse_les_autres(agent, connecter, monkeypatch):
    dossiers = [LigneFactory().dossier for _ in range(3)]
    vrai = Dossier.proposer

    def proposer(self, **options):
        vrai(self, **options)
        if self.pk == dossiers[1].pk:
            raise RuntimeError("panne")

    monkeypatch.setattr(Dossier, "proposer", proposer)
    page = html(confirmer(connecter(agent), "proposer", *dossiers))
    assert [etat(d) for d in dossiers] == [Etat.PROPOSE, Etat.EN_INSTRUCTION, Etat.PROPOSE]
    assert "sans être enregistré" in page and "panne" not in page


# --- Rights


def test_un_dossier_invisible_n_est_ni_montre_ni_traite(connecter):
    service = ServiceFactory()
    sien, ailleurs = LigneFactory(dossier__dispositif__service=service).dossier, LigneFactory().dossier
    client = connecter(AgentFactory(instruction=True, services=[service]))
    reponse = selectionner(client, "proposer", sien, ailleurs)
    assert [d.pk for d in reponse.context["apercu"].pris] == [sien.pk]
    assert str(ailleurs.structure) not in html(reponse)
    page = html(confirmer(client, "proposer", ailleurs))
    assert etat(ailleurs) == Etat.EN_INSTRUCTION and str(ailleurs.structure) not in page


@pytest.mark.parametrize(("role", "acte", "code"), [
    ("consultation", "proposer", 403), ("territoire", "refuser", 403), ("direction", "proposer", 403),
    ("direction", "refuser", 200), ("budget", "affecter", 403), ("administration", "affecter", 200),
])  # fmt: skip
def test_les_roles(role, acte, code, connecter):
    dossier = LigneFactory().dossier
    territoire = dossier.lignes.get().territoires.get()
    client = connecter(AgentFactory(**{role: True}, territoires=[territoire]))
    assert selectionner(client, acte, dossier).status_code == code


def test_le_resultat_n_est_lu_que_par_son_auteur(agent, connecter):
    confirmer(connecter(agent), "proposer", LigneFactory().dossier)
    travail = Travail.objects.get()
    assert (
        connecter(AgentFactory(administration=True)).get(reverse("lot_resultat", args=[travail.pk])).status_code == 404
    )
    autre = Travail.objects.create(cle="x", nature="edition", titre="Autre", par=agent)
    assert connecter(agent).get(reverse("lot_resultat", args=[autre.pk])).status_code == 404


# --- The worker


@pytest.fixture
def en_file(monkeypatch):
    messages = []
    monkeypatch.setattr(type(tasks.executer), "enqueue", lambda self, pk: messages.append(pk))
    monkeypatch.setattr(lots, "ICI_MAX", 2)
    return messages


def test_une_longue_selection_passe_par_le_travailleur(agent, connecter, en_file):
    dossiers, client = [LigneFactory().dossier for _ in range(3)], connecter(agent)
    page = html(confirmer(client, "proposer", *dossiers))
    travail = Travail.objects.get()
    assert en_file == [travail.pk] and "tâche de fond" in page
    assert {etat(d) for d in dossiers} == {Etat.EN_INSTRUCTION}
    tasks.executer.func(travail.pk)
    travail.refresh_from_db()
    assert (travail.etat, travail.message, travail.fait, travail.total) == ("termine", "3\u00a0dossiers traités.", 3, 3)
    assert {etat(d) for d in dossiers} == {Etat.PROPOSE}
    adresse = reverse("lot_resultat", args=[travail.pk])
    assert "3\u00a0dossiers traités." in html(client.get(adresse)) and adresse in html(client.get(reverse("travaux")))


def test_repris_apres_une_panne_il_ne_repete_rien(agent, en_file):
    dossiers = [LigneFactory().dossier for _ in range(3)]
    form = lots.formulaire(lots.ACTES["proposer"], QueryDict())
    assert form.is_valid()
    travail = lots.demander_lot(lots.ACTES["proposer"], [d.pk for d in dossiers], form, par=agent, jeton="a", retour="")
    with transaction.atomic():
        lots._traiter(travail, dossiers[0].pk, lots.ACTES["proposer"], form, agent)
    tasks.executer.func(travail.pk)
    assert resultats() == {d.pk: True for d in dossiers}
    assert all(Journal.objects.de_l_objet(d).count() == 1 for d in dossiers)


def test_une_selection_demesuree_est_refusee(agent, monkeypatch):
    monkeypatch.setattr(lots, "LOT_MAX", 3)
    with pytest.raises(ActeRefuse, match="au plus"):
        lots.apercu(lots.ACTES["proposer"], [1, 2, 3, 4], agent)


def test_l_apercu_ne_coute_pas_par_dossier(agent, django_assert_max_num_queries):
    pks = [LigneFactory(demande=Decimal("10")).dossier_id for _ in range(12)]
    with django_assert_max_num_queries(1):
        assert lots.apercu(lots.ACTES["proposer"], pks, agent).demande == Decimal("120.00")
