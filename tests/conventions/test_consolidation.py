"""Avenants as deltas: sentences, replay, consolidated text on a day, amounts by exercice."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conventions.consolidation import consolider
from conventions.delta import (
    INITIAL_ABSENT,
    Changement,
    CibleAbsente,
    ClauseConsolidee,
    alineas,
    phrase,
    rejouer,
)
from conventions.models import Acte, Modele
from conventions.reprise import reprendre
from programmes.models import LigneDossier
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    affecter,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    signer,
    structure_signataire,
    voter,
)
from tests.factories import AgentFactory, AutorisationFactory

pytestmark = pytest.mark.neutre

LE = date(2024, 7, 2)


def texte(*paragraphes, numero="4"):
    return ClauseConsolidee("article", numero, "Montant", alineas("\n\n".join(paragraphes), "initial"))


@pytest.mark.parametrize(
    ("changement", "attendu"),
    [
        (Changement("remplacer", "article", 4, "N"), "L’article\u00a04 de la convention est supprimé et remplacé par"),
        (Changement("remplacer", "annexe", 3, "N"), "L’annexe\u00a03 de la convention est supprimée et remplacée par"),
        (Changement("supprimer", "article", 4), "L’article\u00a04 de la convention est supprimé."),
        (Changement("supprimer", "annexe", 4), "L’annexe\u00a04 de la convention est supprimée."),
        (Changement("completer", "article", 4, "N"), "L’article\u00a04 de la convention est complété par"),
        (Changement("inserer_apres", "article", 4, "N", alinea=1), "Après le premier alinéa de l’article\u00a04"),
        (
            Changement("remplacer", "article", 8, "N", alinea=1),
            "Le premier alinéa de l’article\u00a08 de la convention",
        ),
        (
            Changement("remplacer", "annexe", 3, fiche="Des « Solutions »"),
            "remplacée par la fiche action «\u00a0Des “Solutions”\u00a0»",
        ),
    ],
)
def test_chaque_operation_dit_sa_phrase(changement, attendu):
    assert attendu in phrase(changement)


@pytest.mark.parametrize(
    ("changement", "attendu"),
    [
        (Changement("remplacer", "article", 4, "N"), ["N"]),
        (Changement("supprimer", "article", 4), []),
        (Changement("completer", "article", 4, "N"), ["A", "B", "N"]),
        (Changement("remplacer", "article", 4, "N", alinea=2), ["A", "N"]),
        (Changement("supprimer", "article", 4, alinea=1), ["B"]),
        (Changement("inserer_apres", "article", 4, "N", alinea=1), ["A", "N", "B"]),
        (Changement("completer", "article", 4, "N", alinea=1), ["A", "N", "B"]),
    ],
)
def test_chaque_operation_change_le_texte(changement, attendu):
    (clause,) = rejouer([texte("A", "B")], [changement], "avenant 1")
    assert [a.texte for a in clause.alineas] == attendu
    assert all(a.origine == "avenant 1" for a in clause.alineas if a.texte == "N")


def test_inserer_apres_un_article_lui_donne_un_numero_bis():
    clauses = [texte("A"), texte("Z", numero="5")]
    deux = [Changement("inserer_apres", "article", 4, n, titre=n) for n in ("P", "D")]
    assert [c.numero for c in rejouer(clauses, deux, "avenant 1")] == ["4", "4\u00a0ter", "4\u00a0bis", "5"]


@pytest.mark.parametrize("changement", [
    Changement("remplacer", "article", 9, "N"), Changement("remplacer", "annexe", 4, "N"),
    Changement("remplacer", "article", 4, "N", alinea=3),
])  # fmt: skip
def test_une_cible_absente_se_nomme(changement):
    with pytest.raises(CibleAbsente):
        rejouer([texte("A", "B")], [changement], "avenant 1")


def test_un_texte_initial_jamais_saisi_ne_s_invente_pas():
    clause = ClauseConsolidee("article", "4", "Montant", alineas(INITIAL_ABSENT, "initial"))
    (apres,) = rejouer([clause], [Changement("remplacer", "article", 4, "N", alinea=2)], "avenant 1")
    assert [a.texte for a in apres.alineas] == [INITIAL_ABSENT, "N"]


OPERATIONS = st.builds(
    Changement, st.sampled_from(["remplacer", "supprimer", "inserer_apres", "completer"]), st.just("article"),
    st.integers(1, 3), st.just("N"), st.sampled_from([None, 1]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPERATIONS, max_size=8))
def test_rejouer_en_deux_fois_ou_en_une_donne_le_meme_texte(changements):
    depart = [texte("A", "B", numero=str(n)) for n in (1, 2, 3)]
    try:
        ensemble = rejouer(depart, changements, "x")
    except CibleAbsente:
        return
    milieu = len(changements) // 2
    assert rejouer(rejouer(depart, changements[:milieu], "x"), changements[milieu:], "x") == ensemble


@pytest.mark.django_db
class TestConventionConsolidee:
    def avenant(self, structure, montant="5000.00", **options):
        modele_publie(Modele.Nature.AVENANT)
        ae = AutorisationFactory(millesime=2024)
        ligne = ligne_retenue(
            montant, structure=structure, ae=ae, nature_acte=LigneDossier.NatureActe.AVENANT, **options
        )
        rapport = rapport_de(ligne)
        (acte,) = actes_de(rapport)
        affecter(ae, montant, le=rapport.seance.date)
        voter(rapport)
        return Acte.objects.get(pk=acte.pk)

    def test_l_avenant_change_le_texte_a_sa_date_et_pas_avant(self):
        initial = acte_signe("20000.00", le=LE)
        convention = initial.convention
        avenant = self.avenant(convention.structure)
        assert avenant.rang == 1 and avenant.convention == convention
        signer(avenant, le=date(2024, 9, 1))
        avant, apres = (consolider(convention, d) for d in (date(2024, 8, 31), date(2024, 9, 1)))
        assert "20\u202f000,00" in avant.de("article")[1].texte
        quatre = apres.de("article")[3]
        assert quatre.texte == "Le nouveau montant est de 5\u202f000,00\u00a0€."
        assert quatre.origines == ["avenant n°\u00a01 du 1er septembre 2024"]
        assert (avant.montant, apres.montant) == (Decimal("20000.00"), Decimal("25000.00"))
        assert apres.anomalies == []

    def test_une_convention_reprise_recoit_un_avenant(self):
        structure, par = structure_signataire(), AgentFactory(conventions=True)
        signataire()
        convention = reprendre(
            par=par, structure=structure, numero="2022-02942", objet="CLLAJ", signee_le=date(2022, 9, 7),
            montant=Decimal("20000.00"),
            clauses=[("article", n, f"Titre {n}", "") for n in range(1, 6)], avenants=[(1, date(2023, 1, 5), None)],
        )  # fmt: skip
        avenant = self.avenant(structure, acte_initial_le=date(2022, 9, 7))
        assert avenant.rang == 2
        signer(avenant, le=LE)
        lue = consolider(convention, LE)
        assert [a.rang for a in lue.actes] == [0, 1, 2]
        assert lue.de("article")[0].texte == INITIAL_ABSENT
        assert "5\u202f000,00" in lue.de("article")[3].texte
        assert lue.montants == {2022: Decimal("20000.00"), 2024: Decimal("5000.00")}
