"""What the lint of a model sees before its publication."""

import pytest

from conventions.modeles.relecture import bloquants, relire
from conventions.models import BlocDeModele, Modele
from tests.conventions.donnees import (
    actes_de,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
)
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def version():
    modele = Modele.objects.create(code="m", titre="M", nature="convention_type")
    return modele.nouvelle_version(par=AgentFactory(conventions=True))


def bloc(version, texte, cle="a", **options):
    valeurs = {"nature": "article", "titre": cle.upper(), "ordre": version.blocs.count() + 1}
    return BlocDeModele.objects.create(version_modele=version, cle=cle, texte=texte, **{**valeurs, **options})


def verifier(version) -> list[str]:
    return [c.phrase.replace("\u00a0", " ") for c in relire(version) if c.bloc and not c.est_bloquant]


@pytest.mark.parametrize("marque", [
    "Le siège est à ... .", "Du ../../2024 au 31/12", "Du ../.. au ../..", "Signé le __/__/____", "N° __",
    "M./Mme Exemple", "Monsieur/Madame", "Oui/Non", "oui □ non □", "☐ première demande",
    "Le président (rayer la mention inutile)", "rayer les mentions inutiles", "Convention XXX", "à compléter",
])  # fmt: skip
def test_un_blanc_ou_un_choix_non_tranche_bloque(marque, version):
    bloc(version, marque)
    assert any("garde la marque" in phrase for phrase in bloquants(version)), marque


@pytest.mark.parametrize("texte", [
    "Les deux parties, etc. Le montant est de 20 000,00 €.", "Entre le 01/07/2024 et le 30/06/2025.",
    "L’organisme et/ou ses partenaires.", "Article 4 : voir l’annexe. Taux de 50 %.", "Mme Exemple signe.",
])  # fmt: skip
def test_un_texte_ordinaire_passe(texte, version):
    bloc(version, texte)
    assert bloquants(version) == []


@pytest.mark.parametrize("champ", ["numero_avenant", "ancien_montant", "date_convention", "avenants_anterieurs"])
def test_un_champ_d_avenant_dans_une_convention(champ, version):
    bloc(version, f"Voir {{{champ}}}.")
    assert bloquants(version) == [f"« A » emploie {{{champ}}}, toujours vide dans une convention."]


@pytest.mark.parametrize(("sienne", "celle_de_l_annexe", "bloque"), [
    ("", "droit_public", True), ("droit_prive", "droit_public", True), ("droit_public", "droit_public", False),
    ("droit_public", "", False),
])  # fmt: skip
def test_un_renvoi_vers_un_bloc_qu_une_condition_retire(sienne, celle_de_l_annexe, bloque, version):
    bloc(version, "Voir {annexe:x}.", condition=sienne)
    bloc(version, "Texte.", "x", nature="annexe", condition=celle_de_l_annexe)
    dits = bloquants(version)
    assert bool(dits) == bloque and all("imprimé seulement si l’organisme est de droit public" in d for d in dits)


class TestSurLesActesQuiExistent:
    def acte(self, **structure):
        modele_publie()
        signataire()
        return actes_de(rapport_de(ligne_retenue(structure=structure_signataire(**structure))))[0]

    def test_un_champ_vide_nomme_un_acte(self, version):
        acte = self.acte(sigle="", raison_sociale="Association Sans Sigle")
        bloc(version, "Ci-après {sigle}.")
        (phrase,) = verifier(version)
        assert "{sigle} est vide pour 1 acte qui existe" in phrase and "Association Sans Sigle" in phrase
        assert acte.convention.numero in phrase and bloquants(version) == []

    def test_une_condition_qui_l_ecarte_le_tait(self, version):
        self.acte(sigle="")
        bloc(version, "Ci-après {sigle}.", condition="droit_public")
        assert verifier(version) == []

    def test_les_avenants_et_les_autres_dispositifs_ne_comptent_pas(self, version):
        acte = self.acte(sigle="")
        bloc(version, "Ci-après {sigle}.")
        version.modele.dispositifs.add(ligne_retenue().dossier.dispositif)
        assert verifier(version) == []
        version.modele.dispositifs.add(acte.fiches.get().dispositif)
        assert len(verifier(version)) == 1

    def test_un_mot_trop_long_pour_sa_ligne_ou_sa_cellule(self, version):
        self.acte(raison_sociale="W" * 50)
        bloc(version, "{structure}")
        assert verifier(version) == []
        bloc(version, "| Nom | Montant | Fin |\n| {structure} | {montant} | {fin} |", "b")
        (phrase,) = verifier(version)
        assert "« B » : {structure} porte un mot de 50 signes" in phrase

    def test_autant_de_requetes_pour_un_acte_que_pour_quatre(self, version, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        bloc(version, "Ci-après {sigle}.")
        comptes = []
        for _ in range(2):
            self.acte() if not comptes else [
                actes_de(rapport_de(ligne_retenue(structure=structure_signataire()))) for _ in range(3)
            ]
            with CaptureQueriesContext(connection) as requetes:
                relire(version)
            comptes.append(len(requetes))
        assert comptes[0] == comptes[1]
