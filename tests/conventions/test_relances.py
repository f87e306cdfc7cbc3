"""Acts not signed in time: listed as late, at home and in the register; reminded by one dated message."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conventions import afaire
from conventions.lecture import lire_un
from conventions.models import Acte
from conventions.registre import FiltreDeConvention, registre
from conventions.vie import relances
from deliberations.models import Rapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.models import Courrier
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    affecter,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    voter,
)
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
DELAI = 30


@pytest.fixture(autouse=True)
def delai(settings):
    settings.DPID = {**settings.DPID, "delai_de_signature": DELAI}


@pytest.fixture
def par():
    return AgentFactory(conventions=True, first_name="Inès", last_name="Martel", qualite="Gestionnaire")


def remis(jours: int, par) -> Acte:
    """An act sent to its structure that many days ago."""
    if not Acte.objects.exists():
        modele_publie()
        signataire()
    rapport = rapport_de(ligne_retenue("20000.00"))
    (acte,) = actes_de(rapport)
    voter(rapport)
    acte = Acte.objects.get(pk=acte.pk)
    acte.remettre(par=par, le=timezone.localdate() - timedelta(days=jours), edition=edition_sans_pdf(acte))
    return Acte.objects.get(pk=acte.pk)


def groupes(agent) -> dict:
    return {g.titre: g for g in afaire.a_faire(agent)}


def a_relancer() -> bool:
    return Acte.objects.avec_relance_due().filter(a_relancer=True).exists()


def message(acte, agent, **champs) -> dict:
    return {**relances.rediger(lire_un(acte), agent), "envoye_le": timezone.localdate(), **champs}


# --- Late


@pytest.mark.parametrize(("jours", "retard"), [(DELAI, 0), (DELAI + 1, 1), (DELAI + 12, 12)])
def test_en_retard_au_dela_du_delai(par, jours, retard):
    acte = remis(jours, par)
    assert acte.retard_de_signature() == retard
    assert Acte.objects.signature_en_retard().exists() == a_relancer() == bool(retard)


def test_a_faire_le_dit_a_ceux_qui_relancent(par):
    tardif, recent = remis(DELAI + 5, par), remis(3, par)
    lus = groupes(par)
    a_relancer, attendus = (lus[t] for t in ("Signatures en retard : structures à relancer",
                                             "Actes à la signature des structures"))  # fmt: skip
    assert (a_relancer.nombre, a_relancer.retard, a_relancer.attente) == (1, 1, False)
    (tache,) = a_relancer.items
    assert (tache.url, tache.retard, tache.tenu_par) == (tardif.get_absolute_url(), 5, "la structure")
    assert [t.url for t in attendus.items] == [recent.get_absolute_url()] and attendus.attente and not attendus.retard
    assert groupes(AgentFactory(budget=True)) == {} and groupes(AgentFactory(consultation=True)) == {}


def test_a_faire_suit_l_acte_jusqu_a_sa_notification(par):
    acte = remis(10, par)
    administration = AgentFactory(administration=True)
    etapes = [
        ("signer_structure", "Actes à signer au nom du Département"),
        ("signer", "Actes signés à notifier"),
    ]
    ae = lire_un(acte).financements[0].autorisation
    affecter(ae, "20000.00", le=acte.rapport.seance.date)
    for verbe, titre in etapes:
        getattr(acte, verbe)(par=par, le=timezone.localdate())
        assert [g.nombre for t, g in groupes(administration).items() if t == titre] == [1], titre
    acte.notifier(par=par, le=timezone.localdate())
    assert set(groupes(administration)) <= {"Actes dont une échéance est dépassée"}


def test_a_faire_dit_les_echeances_depassees(par):
    acte = acte_signe("20000.00", le=date(2024, 7, 2))
    groupe = groupes(par)["Actes dont une échéance est dépassée"]
    premiere = acte.echeances.en_retard().order_by("le").first()
    assert (groupe.nombre, groupe.retard) == (1, 1)
    assert groupe.items[0].retard == (timezone.localdate() - premiere.le).days
    assert "Actes dont une échéance est dépassée" not in groupes(AgentFactory(instruction=True))


def test_a_faire_dit_les_rapports_votes_dont_les_actes_manquent(par):
    modele_publie()
    signataire()
    rapport = rapport_de(ligne_retenue(), ligne_retenue())
    assert groupes(par) == {}, "tant que le rapport n’est pas voté, rien ne presse"
    voter(rapport)
    Rapport.objects.filter(pk=rapport.pk).update(etat=Rapport.Etat.ADOPTE)
    (groupe,) = groupes(par).values()
    (tache,) = groupe.items
    assert (groupe.titre, groupe.nombre) == ("Rapports votés, actes à préparer", 1)
    assert (tache.url, tache.detail) == (reverse("rapport_actes", args=[rapport.pk]), "2\u00a0lignes sans acte")
    assert groupes(AgentFactory(assemblees=True)) == {}
    actes_de(rapport)
    assert "Rapports votés, actes à préparer" not in groupes(par)


def test_a_faire_coute_deux_requetes(par):
    for jours in (3, 40, 50):
        remis(jours, par)
    with CaptureQueriesContext(connection) as requetes:
        afaire.a_faire(par)
    assert len(requetes) == 2


def test_le_registre_filtre_et_signale(par, connecter):
    tardif, _ = remis(DELAI + 5, par), remis(3, par)
    filtre = FiltreDeConvention({"signature": "on"}, registre(par))
    assert list(filtre.qs) == [tardif.convention]
    page = connecter(par).get(reverse("conventions"), {"signature": "on"}).content.decode()
    assert "signature en retard" in page and "Signature en retard" in page


# --- The reminder


def test_le_texte_dit_l_acte_la_date_et_le_montant(par):
    acte = remis(40, par)
    lu = message(acte, par)
    assert str(acte) in lu["objet"] and str(acte) in lu["corps"] and "en 2 exemplaires" in lu["corps"]
    assert "20\u202f000,00\u00a0€" in lu["corps"] and str(par) in lu["corps"]


def test_relancer_date_l_acte_et_reste_au_journal(par):
    acte = remis(40, par)
    courrier, nouveau = relances.relancer(acte, par=par, jeton="j1", **message(acte, par))
    assert nouveau and (courrier.nature, courrier.envoye_le) == ("relance", timezone.localdate())
    assert courrier.dossier == lire_un(acte).lignes[0].dossier
    acte = Acte.objects.get(pk=acte.pk)
    assert acte.relance_le == timezone.localdate() and acte.etat == Acte.Etat.A_SIGNER
    assert Journal.objects.de_l_objet(acte).filter(verbe="relancer").get().donnees == {"courrier": courrier.pk}
    # The same form twice, then another the same day: one message.
    assert relances.relancer(acte, par=par, jeton="j1", **message(acte, par)) == (courrier, False)
    with pytest.raises(ActeRefuse, match="déjà été relancée"):
        relances.relancer(acte, par=par, jeton="j2", **message(acte, par))
    assert Courrier.objects.count() == 1
    assert not a_relancer() and Acte.objects.signature_en_retard().exists()


@pytest.mark.parametrize(
    ("jour", "dit"), [(date(2020, 1, 1), "entre la remise"), (timezone.localdate() + timedelta(2), "entre la remise")]
)
def test_la_relance_a_une_date_possible(par, jour, dit):
    acte = remis(40, par)
    with pytest.raises(ActeRefuse, match=dit):
        relances.relancer(acte, par=par, **message(acte, par, envoye_le=jour))


def test_un_acte_revenu_ne_se_relance_plus(par, connecter):
    acte = remis(40, par)
    texte = message(acte, par)
    acte.signer_structure(par=par, le=timezone.localdate())
    with pytest.raises(ActeRefuse, match="On ne relance plus"):
        relances.relancer(acte, par=par, **texte)
    reponse = connecter(par).get(reverse("acte_relancer", args=[acte.pk]), follow=True)
    assert "On ne relance plus" in reponse.content.decode()


def test_la_page_prepare_puis_note_l_envoi(par, connecter):
    acte = remis(40, par)
    client, url = connecter(par), reverse("acte_relancer", args=[acte.pk])
    assert "Relancer la structure" in client.get(acte.get_absolute_url()).content.decode()
    page = client.get(url).content.decode()
    assert "data-message" in page and "Madame, Monsieur" in page
    envoi = {**message(acte, par), "jeton": "jeton-de-la-page"}
    assert client.post(url, {**envoi, "corps": ""}).status_code == 200
    reponse = client.post(url, envoi, follow=True).content.decode()
    assert "est notée" in reponse and "relancé le" in reponse
    assert "déjà notée" in client.post(url, envoi, follow=True).content.decode()
    assert connecter(AgentFactory(consultation=True)).get(url).status_code == 403
