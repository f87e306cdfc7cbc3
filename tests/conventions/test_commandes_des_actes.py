"""Commands of the acts: a simulation says what each act would lack and writes nothing; the text in force on a day."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conventions.models import Acte, Convention, Modification
from conventions.models.convention import Numerotation
from conventions.redaction.ouverture import preparer_avenant
from dpid.models import Journal
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    signer,
    structure_signataire,
)
from tests.factories import AgentFactory

pytestmark = pytest.mark.django_db
LE = date(2024, 7, 2)


def simuler(rapport) -> tuple[str, str]:
    """What is printed, then what ends the command."""
    sortie = StringIO()
    try:
        call_command("generer_actes", rapport.reference, simulation=True, stdout=sortie)
    except CommandError as erreur:
        return sortie.getvalue(), str(erreur)
    return sortie.getvalue(), ""


class TestSimulation:
    @pytest.fixture
    def rapport(self):
        modele_publie()
        signataire()
        return rapport_de(ligne_retenue(), ligne_retenue(structure=structure_signataire(adresse="")))

    def test_elle_nomme_les_champs_vides_de_chaque_acte_sans_rien_ecrire(self, rapport):
        avant = Journal.objects.count()
        dit, fin = simuler(rapport)
        entier, incomplet = dit.splitlines()
        assert entier.startswith("✓") and "à préparer avec « Modèle convention_type »" in entier
        assert incomplet.startswith("✗") and "Parties : à remplir, « Siège de" in incomplet
        assert fin == "1 acte(s) à compléter."
        assert not Acte.objects.exists() and not Convention.objects.exists()
        assert not Numerotation.objects.exists() and Journal.objects.count() == avant

    def test_elle_dit_ce_que_la_generation_dira(self, rapport):
        dit, _ = simuler(rapport)
        actes_de(rapport)
        redit, fin = simuler(rapport)
        assert redit.count("déjà préparé") == 2 and fin == "1 acte(s) à compléter."
        assert dit.splitlines()[1].split("Parties :")[1] == redit.splitlines()[1].split("Parties :")[1]


class TestTexteConsolideAUneDate:
    @pytest.fixture
    def convention(self):
        convention = acte_signe(le=LE).convention
        convention.refresh_from_db()
        blocs = [("article", "propres", "Modifications", "", {"contenu": "modifications"})]
        version = modele_publie("avenant", blocs=blocs)
        acte, _ = preparer_avenant(convention, par=AgentFactory(conventions=True), version=version, objet="Objet")
        Modification.objects.create(acte=acte, operation="remplacer", cible="article", numero=1, texte="Texte changé.")
        signer(Acte.objects.get(pk=acte.pk), le=date(2024, 9, 1))
        return convention

    def editer(self, convention, sortie, **options):
        call_command("editer", "consolidee", convention.numero, format="json", sortie=str(sortie), **options)
        return json.loads(sortie.read_text())

    def test_avant_et_apres_l_avenant(self, convention, tmp_path):
        lues = [self.editer(convention, tmp_path / f"{n}.json", au=date(2024, n, 2)) for n in (8, 9)]
        assert [lue["date"] for lue in lues] == ["2024-08-02", "2024-09-02"]
        textes = [lue["clauses"][0]["alineas"][0]["texte"] for lue in lues]
        assert textes[0] != "Texte changé." and textes[1] == "Texte changé."

    @pytest.mark.parametrize("au", ["2024-02-30", "demain", "01/09/2024"])
    def test_une_date_qui_n_existe_pas_se_dit(self, au):
        with pytest.raises(CommandError, match="n’est pas une date"):
            call_command("editer", "consolidee", "2024-00001", "--format", "json", "--sortie", "x", "--au", au)

    def test_un_acte_n_a_pas_de_date(self, convention, tmp_path):
        with pytest.raises(CommandError, match="consolidee"):
            call_command(
                "editer", "convention", convention.numero, format="json", sortie=str(tmp_path / "x"), au=LE
            )  # fmt: skip
