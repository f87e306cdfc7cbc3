"""Forms of dossiers, lines and structures: what is typed is never lost, nothing is written twice."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from dpid.models import Journal
from programmes.forms import designation
from programmes.models import Dossier, LigneDossier, Structure
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    ServiceFactory,
    SourceFactory,
    StructureFactory,
    TerritoireFactory,
    presenter,
)
from tests.programmes.pages import champs_de_ligne, html, rangs

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Dossier.Etat


@pytest.fixture
def admin():
    return AgentFactory(administration=True)


def champs_de_dossier(structure, dispositif, **changements):
    return {
        "structure": designation(structure), "dispositif": dispositif.pk, "intitule": "Ateliers", "origine": "session",
        "canal": "saisie", "jeton": "abc", "version": "1", **changements,
    }  # fmt: skip


def test_creation_une_seule_fois(admin, connecter):
    client, champs = connecter(admin), champs_de_dossier(StructureFactory(), DispositifFactory())
    premiere = client.post(reverse("dossier_nouveau"), champs)
    seconde = client.post(reverse("dossier_nouveau"), champs)
    dossier = Dossier.objects.get()
    assert premiere.url == seconde.url == dossier.get_absolute_url()
    assert Journal.objects.de_l_objet(dossier).filter(verbe="creer").count() == 1
    client.post(reverse("dossier_nouveau"), {**champs, "jeton": "def"})
    assert Dossier.objects.count() == 2


@pytest.mark.parametrize("texte", ["Structure inconnue", "Mission locale"])
def test_structure_inconnue_ou_ambigue(texte, admin, connecter):
    StructureFactory(raison_sociale="Mission locale de Lens")
    StructureFactory(raison_sociale="Mission locale de Calais")
    champs = champs_de_dossier(StructureFactory(), DispositifFactory()) | {"structure": texte}
    page = html(connecter(admin).post(reverse("dossier_nouveau"), champs))
    assert "Rien n’est enregistré" in page and texte in page
    assert not Dossier.objects.exists()


def test_instructeur_ne_cree_que_pour_ses_services(connecter):
    service = ServiceFactory()
    sien, autre = DispositifFactory(service=service), DispositifFactory()
    client = connecter(AgentFactory(instruction=True, services=[service]))
    client.post(reverse("dossier_nouveau"), champs_de_dossier(StructureFactory(), autre))
    assert not Dossier.objects.exists()
    client.post(reverse("dossier_nouveau"), champs_de_dossier(StructureFactory(), sien))
    assert Dossier.objects.get().dispositif == sien


def test_saisie_perimee_ne_perd_rien(admin, connecter):
    dossier = DossierFactory(intitule="Avant")
    Dossier.objects.get(pk=dossier.pk).save()  # somebody else, meanwhile
    client, url = connecter(admin), reverse("dossier_modifier", args=[dossier.pk])
    champs = champs_de_dossier(dossier.structure, dossier.dispositif, intitule="Ma saisie")
    page = html(client.post(url, champs))
    assert "pendant votre saisie" in page
    assert 'value="Ma saisie"' in page and "<td>Ma saisie</td>" in page and "<td>Avant</td>" in page
    dossier.refresh_from_db()
    assert dossier.intitule == "Avant"
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert client.post(url, {**champs, "version": version}).url == dossier.get_absolute_url()
    dossier.refresh_from_db()
    assert dossier.intitule == "Ma saisie"


# --- Lines


def test_ligne_complete(admin, connecter):
    dossier, ae, source = DossierFactory(), AutorisationFactory(), SourceFactory()
    lens, artois = TerritoireFactory(libelle="Lens"), TerritoireFactory(libelle="Artois")
    champs = champs_de_ligne(
        debut="2024-01-01", fin="2024-12-31",
        **rangs("territoires", {"territoire": lens.pk}, {"territoire": artois.pk}),
        **rangs("quantites", {"valeur": "3,5", "unite": "mesures"}),
        **rangs(
            "financements",
            {"imputation": f"ae-{ae.pk}", "montant": "600,00"},
            {"imputation": f"source-{source.pk}", "montant": "150,50"},
            {"imputation": "", "montant": "10"},
        ),
        **rangs(
            "ventilations",
            {"rang": "1", "territoire": lens.pk, "montant": "400"},
            {"rang": "1", "territoire": artois.pk, "montant": "200"},
        ),
    )  # fmt: skip
    reponse = connecter(admin).post(reverse("ligne_nouvelle", args=[dossier.pk]), champs)
    assert reponse.status_code == 302, html(reponse)
    ligne = LigneDossier.objects.avec_retenu().get()
    assert ligne.libelles_territoires() == "Lens, Artois"
    assert str(ligne.quantites.get()) == "3,5 mesures"
    assert (ligne.demande, ligne.retenu, ligne.budget) == (Decimal("1000.00"), Decimal("760.50"), Decimal("610.00"))
    assert ligne.financements.get(autorisation=ae).ventilations.count() == 2


@pytest.mark.parametrize(
    ("rangees", "message"),
    [
        (rangs("ventilations", {"rang": "1", "montant": "100"}), "font 100,00"),
        (rangs("ventilations", {"rang": "4", "montant": "100"}), "n’existe pas"),
        ({"fin": "2023-01-01", "debut": "2024-01-01"}, "se termine avant de commencer"),
        ({"demande": "mille"}, "n’est pas un montant"),
    ],
)
def test_ligne_incoherente(rangees, message, admin, connecter):
    dossier = DossierFactory()
    champs = champs_de_ligne(**rangs("financements", {"imputation": "", "montant": "600"})) | rangees
    page = html(connecter(admin).post(reverse("ligne_nouvelle", args=[dossier.pk]), champs))
    assert message in page and "data-resume-erreurs" in page
    assert not dossier.lignes.exists()


def test_modifier_un_financement_garde_son_identite(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    financement = ligne.financements.get()
    rangee = {"pk": financement.pk, "imputation": f"ae-{financement.autorisation_id}", "montant": "700"}
    champs = champs_de_ligne(version=ligne.version, **rangs("financements", rangee))
    connecter(admin).post(reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk]), champs)
    assert ligne.financements.get().pk == financement.pk
    assert [h.montant for h in financement.history.all()] == [Decimal("700.00"), Decimal("800.00")]


def test_ligne_perimee_compare_aussi_les_financements(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    version = ligne.version
    ligne.arbitrer(Decimal("500.00"), par=admin)
    champs = champs_de_ligne(version=version, **rangs("financements", {"imputation": "", "montant": "900"}))
    page = html(connecter(admin).post(reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk]), champs))
    assert "pendant votre saisie" in page
    assert "900,00" in page and "500,00" in page
    assert ligne.financements.get().montant == Decimal("500.00")


def test_ligne_votee_dit_quoi_faire(admin, connecter):
    ligne = LigneFactory()
    LigneDossier.objects.filter(pk=ligne.pk).update(votee_le="2024-06-17", acte_vote="2024-273")
    client = connecter(admin)
    url = reverse("ligne_modifier", args=[ligne.dossier_id, ligne.pk])
    page = html(client.post(url, champs_de_ligne(version=ligne.version, demande="1"), follow=True))
    assert "préparez un avenant" in page
    assert url not in page
    ligne.refresh_from_db()
    assert ligne.demande == Decimal("1000.00")
    supprimer = reverse("ligne_supprimer", args=[ligne.dossier_id, ligne.pk])
    assert "préparez un avenant" in html(client.post(supprimer, follow=True))
    assert LigneDossier.objects.filter(pk=ligne.pk).exists()


def test_supprimer_une_ligne(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    client, url = connecter(admin), reverse("ligne_supprimer", args=[ligne.dossier_id, ligne.pk])
    assert "800,00\u00a0€" in html(client.get(url))
    assert LigneDossier.objects.exists()
    client.post(url)
    assert not LigneDossier.objects.exists()


def test_ligne_inscrite_ne_se_supprime_pas(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory())
    presenter(RapportFactory(), ligne)
    reponse = connecter(admin).post(reverse("ligne_supprimer", args=[ligne.dossier_id, ligne.pk]), follow=True)
    assert "retirez-la du rapport" in html(reponse)
    assert LigneDossier.objects.exists()


# --- Structures


def champs_de_structure(**changements):
    return {"raison_sociale": "Réussir Ensemble", "type": "association", "version": "1", **changements}


def test_structure_avec_alias_et_siret_espace(admin, connecter):
    champs = champs_de_structure(siret="480 543 982 00023", alias="R.E.\nReussir ens.\n\nr e")
    connecter(admin).post(reverse("structure_nouvelle"), champs)
    structure = Structure.objects.get()
    assert structure.siret == "48054398200023"
    assert set(structure.alias.values_list("cle", flat=True)) == {"r e", "reussir ens"}
    assert structure in Structure.objects.rechercher("reussir ENS")


def test_doublon_annonce_puis_accepte(admin, connecter):
    StructureFactory(raison_sociale="REUSSIR ENSEMBLE")
    client = connecter(admin)
    page = html(client.post(reverse("structure_nouvelle"), champs_de_structure()))
    assert "Ce nom est déjà celui de" in page and 'type="checkbox" name="malgre_doublon"' in page
    assert Structure.objects.count() == 1
    client.post(reverse("structure_nouvelle"), champs_de_structure(malgre_doublon="on"))
    assert Structure.objects.count() == 2


def test_alias_d_une_autre_structure(admin, connecter):
    autre = StructureFactory(raison_sociale="Autre")
    autre.alias.create(texte="RE")
    page = html(connecter(admin).post(reverse("structure_nouvelle"), champs_de_structure(alias="re")))
    assert "désigne déjà Autre" in page


def test_structure_perimee(admin, connecter):
    structure = StructureFactory(raison_sociale="Avant")
    Structure.objects.get(pk=structure.pk).save()
    page = html(connecter(admin).post(reverse("structure_modifier", args=[structure.pk]), champs_de_structure()))
    assert "<td>Réussir Ensemble</td>" in page and "<td>Avant</td>" in page
