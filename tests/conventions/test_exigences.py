"""The law and the 23 000 € of the year: clauses without which an act is held back, what is published."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conventions.composition import composer
from conventions.lecture import lire, lire_un
from conventions.models import Acte, Echeance, Modele, Modification, VersionDeModele
from conventions.redaction.ouverture import preparer_avenant
from deliberations.models import Rapport
from dpid.erreurs import ActeRefuse
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    affecter,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
    voter,
)
from tests.conventions.saisies import page_lue
from tests.conventions.test_projets_joints import mettre
from tests.factories import AgentFactory, AutorisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
LE = date(2024, 7, 2)
CER, COMPTE_RENDU = "Contrat d’engagement républicain", "Compte rendu financier"
SANS_CLAUSE = [
    ("article", "objet", "Objet", "Participation de {montant}.", {}),
    ("annexe", "fiches", "Fiche", "", {"contenu": "fiches"}),
]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


def acte_sans_clause(*montants, **structure):
    """One act per amount, all of one structure in the same year, from a model that says nothing of the law."""
    modele_publie(blocs=SANS_CLAUSE)
    signataire()
    beneficiaire = structure_signataire(**structure)
    return [actes_de(rapport_de(ligne_retenue(m, structure=beneficiaire)))[0] for m in montants]


def manques(acte) -> list[str]:
    return [m.champ for m in composer(lire_un(acte)).manques]


class TestClausesDeLaLoi:
    @pytest.mark.parametrize(("montant", "structure", "attendus"), [
        ("50000.00", {"categorie_juridique": "9220"}, [CER, COMPTE_RENDU]),
        ("50000.00", {"categorie_juridique": "9300"}, [CER, COMPTE_RENDU]),
        ("50000.00", {"categorie_juridique": "5710"}, [COMPTE_RENDU]),
        ("50000.00", {"categorie_juridique": "7361", "type": "ccas"}, []),
        ("50000.00", {"categorie_juridique": "8110", "type": "caf"}, []),
        ("50000.00", {"categorie_juridique": "7348", "type": "epci"}, []),
        ("23000.00", {"categorie_juridique": "9220"}, []),
        ("23000.01", {"categorie_juridique": "9220"}, [CER, COMPTE_RENDU]),
    ])  # fmt: skip
    def test_selon_la_categorie_juridique_et_le_montant(self, montant, structure, attendus):
        (acte,) = acte_sans_clause(montant, **structure)
        assert manques(acte) == attendus

    def test_l_acte_ne_part_pas(self, par):
        modele_publie(blocs=SANS_CLAUSE)
        signataire()
        ae = AutorisationFactory()
        rapport = rapport_de(ligne_retenue("50000.00", ae=ae))
        (acte,) = actes_de(rapport)
        affecter(ae, "50000.00", le=rapport.seance.date)
        voter(rapport)
        acte = Acte.objects.get(pk=acte.pk)
        with pytest.raises(ActeRefuse, match=CER):
            acte.remettre(par=par, le=LE, edition=edition_sans_pdf(acte))
        (manque, _) = composer(lire_un(acte)).manques
        assert manque.adresse == acte.version_modele.get_absolute_url()
        assert "Clauses : « Contrat d’engagement républicain » manque." in manque.phrase

    def test_deux_actes_de_l_annee_font_ensemble_le_seuil(self):
        un, autre = acte_sans_clause("15000.00", "15000.00")
        assert manques(un) == manques(autre) == [CER, COMPTE_RENDU]
        autre.abandonner(par=AgentFactory(conventions=True), motif="Renonciation")
        assert manques(un) == []

    def test_une_autre_annee_ou_une_autre_structure_ne_compte_pas(self):
        un, autre = acte_sans_clause("15000.00", "15000.00")
        Acte.objects.filter(pk=autre.pk).update(signe_le=date(2025, 3, 1))
        assert manques(un) == []

    def test_la_condition_du_seuil_compte_l_annee(self):
        article = ("article", "seuil", "Au-dessus du seuil", "Ses comptes sont publiés.", {"condition": "seuil"})
        modele_publie(blocs=[*SANS_CLAUSE, article])
        signataire()
        structure = structure_signataire()
        (un,) = actes_de(rapport_de(ligne_retenue("15000.00", structure=structure)))
        assert "Au-dessus du seuil" not in [c.titre for c in composer(lire_un(un)).clauses]
        actes_de(rapport_de(ligne_retenue("15000.00", structure=structure)))
        assert "Au-dessus du seuil" in [c.titre for c in composer(lire_un(un)).clauses]

    def test_l_avenant_s_appuie_sur_la_convention_signee(self, par):
        modele_publie(Modele.Nature.AVENANT)
        acte = acte_signe("20000.00", le=LE)
        acte.convention.refresh_from_db()
        ligne = ligne_retenue(
            "10000.00", structure=acte.convention.structure, nature_acte="avenant",
            acte_initial_numero=acte.convention.numero,
        )  # fmt: skip
        (avenant,) = actes_de(rapport_de(ligne))
        lu = lire_un(avenant)
        # The initial act says the clauses, and the avenant its own amount.
        assert lu.recu_dans_l_annee == 30000 and CER not in manques(avenant) and COMPTE_RENDU not in manques(avenant)
        lu.contextes_signes = []
        assert {CER, COMPTE_RENDU} <= {m.champ for m in composer(lu).manques}

    def test_un_avenant_qui_ne_donne_rien_n_est_pas_retenu(self, par):
        libre = modele_publie(
            Modele.Nature.AVENANT, blocs=[("article", "propres", "Modifications", "", {"contenu": "modifications"})]
        )
        acte = acte_signe("40000.00", le=LE)
        acte.convention.refresh_from_db()
        avenant, _ = preparer_avenant(acte.convention, par=par, version=libre, objet="Siège")
        Modification.objects.create(acte=avenant, operation="completer", cible="article", numero=1, texte="Ajout.")
        assert manques(avenant) == []

    def test_autant_de_requetes_pour_un_que_pour_cinq(self):
        modele_publie()
        signataire()
        actes = [actes_de(rapport_de(ligne_retenue("30000.00")))[0] for _ in range(5)]
        comptes = []
        for combien in (1, 5):
            with CaptureQueriesContext(connection) as requetes:
                for lu in lire([a.pk for a in actes[:combien]]):
                    composer(lu)
            comptes.append(len(requetes))
        assert comptes[0] == comptes[1]


class TestPublication:
    def test_deux_fois_15_000_se_publient_toutes_deux(self):
        structure = structure_signataire()
        acte_signe("15000.00", le=LE, structure=structure)
        assert not Echeance.objects.filter(nature="publication").exists()
        acte_signe("15000.00", le=date(2024, 9, 2), structure=structure)
        dues = Echeance.objects.filter(nature="publication").order_by("acte")
        assert [e.le for e in dues] == [date(2024, 12, 2)] * 2 and len({e.acte_id for e in dues}) == 2

    def test_un_projet_ne_fait_pas_publier(self):
        structure = structure_signataire()
        modele_publie()
        signataire()
        actes_de(rapport_de(ligne_retenue("15000.00", structure=structure)))
        acte_signe("15000.00", le=LE, structure=structure)
        assert not Echeance.objects.filter(nature="publication").exists()

    def test_un_organisme_public_ne_se_publie_pas(self):
        acte_signe("50000.00", le=LE, categorie_juridique="7361", type="ccas")
        assert not Echeance.objects.filter(nature="publication").exists()


class TestAdoption:
    def test_la_page_dit_quelle_deliberation_a_adopte_la_version(self, par, connecter):
        from conventions.modeles import presentation
        from deliberations.models import AnnexePresentee

        version = modele_publie()
        rapport = rapport_de(ligne_retenue())
        client = connecter(par)
        assert "Aucune délibération ne l’a adoptée" in page_lue(client.get(version.get_absolute_url()))
        annexe = AnnexePresentee.objects.create(rapport=rapport, cle="m", nature="modele", ordre=2, titre="Modèle")
        presentation.joindre(annexe, version, par=par)
        page = page_lue(client.get(version.get_absolute_url()))
        assert "Aucune délibération ne l’a encore adoptée" in page and rapport.get_absolute_url() in page
        deliberation = voter(rapport)
        mettre(rapport, Rapport.Etat.ADOPTE)
        page = page_lue(client.get(version.get_absolute_url()))
        lien = f'Adoptée par la <a href="{deliberation.get_absolute_url()}">délibération n° {deliberation.numero}'
        assert lien in page

    def test_publiee_apres_le_vote_elle_garde_sa_deliberation(self, par, connecter):
        version = modele_publie()
        deliberation = voter(rapport_de(ligne_retenue()))
        suivante = version.modele.nouvelle_version(par=par)
        suivante.adoptee_par = deliberation
        suivante.save()
        VersionDeModele.objects.get(pk=suivante.pk).publier(par=par)
        page = page_lue(connecter(par).get(reverse("modele", args=[version.modele_id])))
        assert page.count(f"Délibération n° {deliberation.numero}") == 1
