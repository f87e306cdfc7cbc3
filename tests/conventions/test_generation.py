"""Making the acts of a rapport: what two officers do at the same time, which opérations go together."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from conventions.generation import lot, regroupement
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.models import Acte, Regroupement
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.tasks import executer_ici
from tests.conventions.donnees import ligne_retenue, modele_publie, rapport_de, signataire, structure_signataire
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def structure():
    modele_publie()
    signataire()
    return structure_signataire()


@pytest.fixture
def rapport(structure):
    """Two opérations of one structure, one of another."""
    autre = structure_signataire()
    return rapport_de(*(ligne_retenue(structure=s) for s in (structure, structure, autre)))


# --- Two officers at the same time


def test_une_ligne_prise_entre_temps_refuse_son_acte_et_laisse_faire_les_autres(rapport, par, monkeypatch):
    """The plan of a batch is read, then another officer makes an act of one of its lines."""

    def pendant(*args, **options):
        plan = prevoir(*args, **options)
        seule = prevoir(rapport)[0]
        seule.lignes = seule.lignes[:1]
        preparer(seule, rapport, par=AgentFactory(conventions=True))
        return plan

    travail = lot.demander_generation(rapport, par=par, jeton="a")
    monkeypatch.setattr(lot, "prevoir", pendant)
    executer_ici(travail)
    travail.refresh_from_db()
    pris = Acte.objects.order_by("pk").first()
    assert travail.etat == "termine" and Acte.objects.count() == 2
    refusee, faite = travail.elements.order_by("pk")
    assert (refusee.est_fait, faite.est_fait) == (False, True)
    assert f"dans un autre acte : {pris}." in refusee.phrase


def test_un_rang_pris_au_meme_instant_se_dit(rapport, par, monkeypatch):
    """What only the database sees: the unicity of the key, after the lines were found free."""
    prevu = prevoir(rapport)[0]
    Acte.objects.create(convention=preparer(prevoir(rapport)[1], rapport, par=par)[0].convention, rang=1, cle=prevu.cle)
    with pytest.raises(ActeRefuse, match="au même instant"):
        preparer(prevu, rapport, par=par)
    assert Acte.objects.count() == 2


# --- Which opérations go together


def adresse(rapport, structure):
    return reverse("rapport_regroupement", args=[rapport.pk, structure.pk])


def choisir(rapport, structure, maniere, par, choix=None):
    vu = regroupement.empreinte(regroupement.operations(rapport, structure))
    regroupement.regrouper(rapport, structure, maniere, par=par, vu=vu, choix=choix)


def dossiers(rapport, structure) -> list:
    return [o.dossier for o in regroupement.operations(rapport, structure)]


def test_le_regroupement_choisi_se_garde_et_un_autre_officier_le_voit(rapport, structure, par, connecter):
    client, actes = connecter(par), reverse("rapport_actes", args=[rapport.pk])
    assert adresse(rapport, structure) in client.get(actes).content.decode()
    vu = client.get(adresse(rapport, structure)).context["vu"]
    client.post(adresse(rapport, structure), {"maniere": "separement", "vu": vu})
    autre = connecter(AgentFactory(instruction=True))
    assert autre.get(actes).content.decode().count("À préparer") == 3
    page = autre.get(adresse(rapport, structure))
    assert [o.groupe for o in page.context["operations"]] == [1, 2]
    (note,) = Journal.objects.de_l_objet(rapport).filter(verbe="regrouper")
    assert (note.par, note.vers) == (par, "2 actes")
    # The other one had the page open before: nothing is overwritten.
    client.post(adresse(rapport, structure), {"maniere": "ensemble", "vu": vu})
    assert [o.groupe for o in regroupement.operations(rapport, structure)] == [1, 2]
    executer_ici(lot.demander_generation(rapport, par=par))
    assert sorted(a.fiches.count() for a in Acte.objects.all()) == [1, 1, 1]


def test_des_groupes_choisis(structure, par, connecter):
    rapport = rapport_de(*(ligne_retenue(structure=structure) for _ in range(4)))
    a, b, c, d = dossiers(rapport, structure)
    client, url = connecter(par), adresse(rapport, structure)
    saisie = {"maniere": "choisie", f"acte-{a.pk}": 1, f"acte-{b.pk}": 2, f"acte-{c.pk}": 1, f"acte-{d.pk}": "²"}
    client.post(url, {**saisie, "vu": client.get(url).context["vu"]})
    assert [[x.dossier for x in p.lignes] for p in prevoir(rapport)] == [[a, c, d], [b]]
    with pytest.raises(ActeRefuse, match="dans sa liste"):
        choisir(rapport, structure, "choisie", par, {a.pk: 9})
    choisir(rapport, structure, "ensemble", par)
    assert len(prevoir(rapport)) == 1


def test_la_commande_suit_le_regroupement(rapport, structure, par):
    choisir(rapport, structure, "separement", par)
    sortie = StringIO()
    reference = f"{rapport.seance.instance.code}:{rapport.seance.date}/{rapport.numero}"
    try:
        call_command("generer_actes", reference, par=par.username, stdout=sortie)
    except CommandError:
        pass
    assert Acte.objects.count() == 3 and sortie.getvalue().count("✓") == 3


def test_une_fois_faits_chaque_ligne_est_sous_son_acte(rapport, structure, par, connecter):
    choisir(rapport, structure, "separement", par)
    executer_ici(lot.demander_generation(rapport, par=par))
    Regroupement.objects.all().delete()  # whatever is chosen afterwards
    prevus = prevoir(rapport)
    assert [p.acte.fiches.get().lignes.get().ligne for p in prevus] == [p.lignes[0] for p in prevus]
    page = connecter(par).get(reverse("rapport_actes", args=[rapport.pk])).content.decode()
    assert "Retenu" not in page and all(p.acte.convention.numero in page for p in prevus)
    assert "Tous ses actes sont préparés" in connecter(par).get(adresse(rapport, structure)).content.decode()


def test_la_page_du_rapport_mene_a_ses_actes(rapport, par, connecter):
    page = connecter(par).get(rapport.get_absolute_url()).content.decode()
    assert f'<a href="{reverse("rapport_actes", args=[rapport.pk])}">Voir les conventions et avenants</a>' in page


def test_une_operation_restee_a_part_ne_disparait_pas(rapport, structure, par):
    """Its act was made without it (the line came later): it is held, then goes to an act of its own."""
    presente = rapport.propositions.filter(ligne__dossier__structure=structure).last()
    type(presente)._base_manager.filter(pk=presente.pk).update(est_active=False)
    executer_ici(lot.demander_generation(rapport, par=par, jeton="a"))
    type(presente)._base_manager.filter(pk=presente.pk).update(est_active=True)
    faite, retenue, _ = prevoir(rapport)
    assert faite.acte and retenue.acte is None and "déjà prête sans cette opération" in retenue.empechement
    assert retenue.adresse == faite.acte.get_absolute_url()
    choisir(rapport, structure, "separement", par)
    executer_ici(lot.demander_generation(rapport, par=par, jeton="b"))
    assert Acte.objects.count() == 3 and all(p.acte for p in prevoir(rapport))


def test_une_ligne_d_un_autre_rapport_n_arrete_pas_les_siennes(rapport, structure, par):
    choisir(rapport, structure, "separement", par)
    preparer(prevoir(rapport)[0], rapport, par=par)
    Acte.objects.update(rapport=rapport_de(), cle="ailleurs")
    choisir(rapport, structure, "ensemble", par)
    ailleurs, libre, _ = prevoir(rapport)
    assert "Déjà dans un autre acte" in ailleurs.empechement and not libre.empechement


def test_qui_peut_regrouper(rapport, structure, connecter):
    assert connecter(AgentFactory(budget=True)).get(adresse(rapport, structure)).status_code == 403
    client = connecter(AgentFactory(conventions=True))
    assert client.get(adresse(rapport, structure_signataire())).status_code == 404
    assert client.post(adresse(rapport, structure), {"maniere": "intruse"}).status_code == 200
