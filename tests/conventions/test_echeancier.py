"""The schedule of a convention through its avenants, and what finance will pay by line and by exercice."""

import csv
import io
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from conventions import echeancier
from conventions.models import Acte, Versement
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    affecter,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    signer,
    voter,
)
from tests.conventions.saisies import page_lue
from tests.factories import AgentFactory

LE = date(2024, 7, 2)
EUROS = st.decimals("0.01", "9999999.99", places=2)


def _acte(rang, versements, *, montant, ancien=None):
    lus = [Versement(montant=Decimal(m), exercice_ae=ae, exercice_cp=cp) for m, ae, cp in versements]
    acte = Acte(pk=rang, rang=rang)
    return SimpleNamespace(acte=acte, versements=lus, montant=Decimal(montant), ancien_montant=ancien, fiches=[])


def _montants(rangs):
    return [int(r.versement.montant) for r in rangs]


def test_un_avenant_s_ajoute_ou_redit_tout():
    initial = _acte(0, [("69000", 2023, 2023), ("46000", 2023, 2024)], montant="115000")
    complement = _acte(1, [("10000", 2024, 2024)], montant="10000")
    assert _montants(echeancier.echeancier([initial, complement])) == [69000, 46000, 10000]
    tout = [("69000", 2023, 2023), ("111000", 2024, 2024), ("46000", 2023, 2024), ("74000", 2024, 2025)]
    redit = _acte(2, tout, montant="185000", ancien=Decimal(115000))
    assert _montants(echeancier.echeancier([initial, redit])) == [69000, 111000, 46000, 74000]
    muet = _acte(3, [], montant="0")
    assert _montants(echeancier.echeancier([initial, muet])) == [69000, 46000]


@given(st.lists(EUROS, min_size=1, max_size=4), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_chaque_ligne_paie_exactement_ce_qu_elle_apporte(apports, parts):
    total = sum(apports)
    rangs = echeancier.repartir(total, parts)
    financements = [
        SimpleNamespace(autorisation_id=1, autorisation=SimpleNamespace(millesime=2024, ligne=f"L{n}"), montant=m)
        for n, m in enumerate(apports)
    ]
    lue = SimpleNamespace(fiche=SimpleNamespace(dispositif_id=1), financements=financements)
    lu = _acte(0, [(str(m), 2024, 2024 + n) for n, m in enumerate(rangs)], montant=total)
    lu.fiches = [lue]
    payes: dict = {}
    for ligne, _, montant in echeancier._imputer([lu]):
        payes[ligne] = payes.get(ligne, 0) + montant
    assert payes == {f"L{n}": m for n, m in enumerate(apports)}


@pytest.mark.django_db
@pytest.mark.neutre
class TestPages:
    def test_finance_voit_par_ligne_et_par_exercice(self, connecter):
        signe = acte_signe("20000.00", le=LE)
        projet = rapport_de(ligne_retenue("5000.00"))
        actes_de(projet)
        voter(projet)
        navigateur = connecter(AgentFactory(budget=True))
        adresse = reverse("conventions_previsions")
        seules = navigateur.get(adresse).context["prevues"]
        (ligne,) = seules.lignes
        assert ligne == str(signe.fiches.get().lignes.get().ligne.financements.get().autorisation.ligne)
        assert seules.totaux == [Decimal(12000), Decimal(8000), Decimal(20000)] and seules.exercices == [2024, 2025]
        avec = navigateur.get(adresse, {"projets": "1"})
        assert avec.context["prevues"].totaux[-1] == Decimal(25000) and "25 000,00" in page_lue(avec)
        recu = navigateur.get(reverse("conventions_previsions_export", args=["csv"])).content.decode("utf-8-sig")
        (rang,) = csv.DictReader(io.StringIO(recu), delimiter=";")
        assert (rang["CP 2024"], rang["CP 2025"], rang["Total"]) == ("12000,00", "8000,00", "20000,00")

    def test_un_versement_deja_fait_n_est_pas_a_payer(self, agent):
        """As an avenant says it of what was paid before it."""
        modele_publie()
        signataire()
        ligne = ligne_retenue("20000.00")
        rapport = rapport_de(ligne)
        (acte,) = actes_de(rapport)
        acte.versements.filter(ordre=1).update(est_verse=True)
        affecter(ligne.financements.get().autorisation, "20000.00", le=rapport.seance.date)
        voter(rapport)
        signer(Acte.objects.get(pk=acte.pk), le=LE)
        assert echeancier.previsions(agent, avec_les_projets=False).totaux == [Decimal(8000), Decimal(8000)]

    def test_rien_a_payer_se_dit(self, poste):
        assert "Aucun versement n’est attendu" in page_lue(poste.get(reverse("conventions_previsions")))

    def test_les_requetes_ne_dependent_pas_du_nombre_d_actes(self, agent):
        def compter():
            with CaptureQueriesContext(connection) as requetes:
                echeancier.previsions(agent, avec_les_projets=True)
            return len(requetes)

        acte_signe("20000.00", le=LE)
        un = compter()
        acte_signe("10000.00", le=LE)
        assert compter() == un

    def test_la_convention_montre_son_echeancier_et_ses_documents(self, poste):
        signe = acte_signe("20000.00", le=LE)
        page = page_lue(poste.get(signe.convention.get_absolute_url()))
        assert "20 000,00 € sur 2024." in page
        assert "12 000,00 € en 2024 ; 8 000,00 € en 2025" in page
        assert "Texte remis" in page and "exemplaire signé manquant" in page

    def test_le_registre_cherche_les_exemplaires_manquants(self, poste):
        signe = acte_signe("20000.00", le=LE)
        modele_publie()
        signataire(code="autre")
        page = poste.get(reverse("conventions"), {"exemplaire": "on"})
        assert signe.convention.numero in page_lue(page) and "exemplaire signé manquant" in page_lue(page)
        recu = poste.get(reverse("conventions_export", args=["csv"])).content.decode("utf-8-sig")
        (rang,) = csv.DictReader(io.StringIO(recu), delimiter=";")
        assert rang["Pièces manquantes"] == "Exemplaire signé"
