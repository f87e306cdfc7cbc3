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
    ClauseConsolidee,
    alineas,
    intitule,
    phrase,
)
from conventions.models import Acte, FicheAction, Modele, Modification
from conventions.redaction.ouverture import preparer_avenant
from conventions.rejeu import CibleAbsente, rejouer
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
        (
            Changement("remplacer", "article", "4", "N"),
            "L’article\u00a04 de la convention est supprimé et remplacé par",
        ),
        (
            Changement("remplacer", "annexe", "3", "N"),
            "L’annexe\u00a03 de la convention est supprimée et remplacée par",
        ),
        (Changement("supprimer", "article", "4"), "L’article\u00a04 de la convention est supprimé."),
        (Changement("supprimer", "annexe", "4"), "L’annexe\u00a04 de la convention est supprimée."),
        (Changement("completer", "article", "4", "N"), "L’article\u00a04 de la convention est complété par"),
        (Changement("inserer_apres", "article", "4", "N", alinea=1), "Après le premier alinéa de l’article\u00a04"),
        (
            Changement("remplacer", "article", "8", "N", alinea=1),
            "Le premier alinéa de l’article\u00a08 de la convention",
        ),
        (
            Changement("remplacer", "annexe", "3", fiche="Des « Solutions »"),
            "remplacée par la fiche action «\u00a0Des “Solutions”\u00a0»",
        ),
    ],
)
def test_chaque_operation_dit_sa_phrase(changement, attendu):
    assert attendu in phrase(changement)


@pytest.mark.parametrize(
    ("changement", "attendu"),
    [
        (Changement("remplacer", "article", "4", "N"), ["N"]),
        (Changement("supprimer", "article", "4"), []),
        (Changement("completer", "article", "4", "N"), ["A", "B", "N"]),
        (Changement("remplacer", "article", "4", "N", alinea=2), ["A", "N"]),
        (Changement("supprimer", "article", "4", alinea=1), ["B"]),
        (Changement("inserer_apres", "article", "4", "N", alinea=1), ["A", "N", "B"]),
        (Changement("completer", "article", "4", "N", alinea=1), ["A", "N", "B"]),
    ],
)
def test_chaque_operation_change_le_texte(changement, attendu):
    (clause,) = rejouer([texte("A", "B")], [changement], "avenant 1")
    assert [a.texte for a in clause.alineas] == attendu
    assert all(a.origine == "avenant 1" for a in clause.alineas if a.texte == "N")


def test_inserer_apres_un_article_lui_donne_un_numero_bis():
    clauses = [texte("A"), texte("Z", numero="5")]
    deux = [Changement("inserer_apres", "article", "4", n, titre=n) for n in ("P", "D")]
    assert [c.numero for c in rejouer(clauses, deux, "avenant 1")] == ["4", "4\u00a0bis", "4\u00a0ter", "5"]


@pytest.mark.parametrize("changement", [
    Changement("remplacer", "article", "9", "N"), Changement("remplacer", "annexe", "4", "N"),
    Changement("remplacer", "article", "4", "N", alinea=3),
])  # fmt: skip
def test_une_cible_absente_se_nomme(changement):
    with pytest.raises(CibleAbsente):
        rejouer([texte("A", "B")], [changement], "avenant 1")


def test_un_texte_initial_jamais_saisi_ne_s_invente_pas():
    clause = ClauseConsolidee("article", "4", "Montant", alineas(INITIAL_ABSENT, "initial"))
    (apres,) = rejouer([clause], [Changement("remplacer", "article", "4", "N", alinea=2)], "avenant 1")
    dite = "Le deuxième alinéa de l’article\u00a04 de la convention est supprimé et remplacé par"
    assert apres.alineas[0].texte == INITIAL_ABSENT and apres.alineas[1].texte.startswith(dite)
    assert apres.alineas[2].texte == "«\u00a0N\u00a0»"


def test_les_alineas_d_un_avenant_sont_ceux_du_texte_avant_lui():
    """Deleting the first does not make the third the second."""
    deux = [
        Changement("supprimer", "article", "4", alinea=1),
        Changement("remplacer", "article", "4", "N", alinea=2),
        Changement("inserer_apres", "article", "4", "I", alinea=1),
    ]
    for ordre in (deux, deux[::-1]):
        (clause,) = rejouer([texte("A", "B", "C")], ordre, "avenant 1")
        assert [a.texte for a in clause.alineas] == ["I", "N", "C"]
    (suivante,) = rejouer([clause], [Changement("supprimer", "article", "4", alinea=3)], "avenant 2")
    assert [a.texte for a in suivante.alineas] == ["I", "N"]


SUPPRIMER = Changement("supprimer", "article", "4")


@pytest.mark.parametrize(
    "changement",
    [
        SUPPRIMER,
        Changement("completer", "article", "4", "N"),
        Changement("remplacer", "article", "4", "N"),
        Changement("remplacer", "article", "4", "N", alinea=1),
    ],
)
def test_une_clause_supprimee_ne_se_change_plus(changement):
    with pytest.raises(CibleAbsente, match="déjà été supprimée"):
        rejouer([texte("A", "B")], [SUPPRIMER, changement], "avenant 1")
    supprimees = rejouer([texte("A", "B")], [SUPPRIMER], "avenant 1")
    if changement == Changement("remplacer", "article", "4", "N"):
        (retablie,) = rejouer(supprimees, [changement], "avenant 2")
        assert retablie.texte == "N" and not retablie.est_supprimee
    else:
        with pytest.raises(CibleAbsente, match="avenant 1"):
            rejouer(supprimees, [changement], "avenant 2")


def test_le_numero_d_une_clause_supprimee_se_redonne():
    clauses = rejouer([texte("A", numero="3"), texte("B")], [SUPPRIMER], "avenant 1")
    insere = Changement("inserer_apres", "article", "3", "N", numero_donne="4")
    clauses = rejouer(clauses, [insere], "avenant 2")
    assert [(c.numero, c.texte) for c in clauses] == [("3", "A"), ("4", "N"), ("4", "")]
    completee = rejouer(clauses, [Changement("completer", "article", "4", "M")], "avenant 3")
    assert [c.texte for c in completee] == ["A", "N\n\nM", ""]


def test_un_article_bis_est_une_cible():
    """Whatever the spaces with which it was typed; what follows it is « ter »."""
    clauses = rejouer([texte("A"), texte("Z", numero="4-1")], [Changement("inserer_apres", "article", "4", "B")], "1")
    change = Changement("remplacer", "article", "4 bis", "N")
    clauses = rejouer(clauses, [change, Changement("supprimer", "article", "4-1")], "2")
    assert [(c.numero, c.texte) for c in clauses] == [("4", "A"), ("4\u00a0bis", "N"), ("4-1", "")]
    assert phrase(change).startswith("L’article\u00a04\u00a0bis de la convention est supprimé et remplacé par")
    assert intitule(change) == "Modification de l’article\u00a04\u00a0bis"
    suite = [Changement("inserer_apres", "article", cible, "T") for cible in ("4", "4 ter")]
    numeros = ["4", "4\u00a0bis", "4\u00a0ter", "4\u00a0quater", "4-1"]
    assert [c.numero for c in rejouer(clauses, suite, "3")] == numeros


OPERATIONS = st.builds(
    Changement, st.sampled_from(["remplacer", "supprimer", "inserer_apres", "completer"]), st.just("article"),
    st.sampled_from(["1", "2", "3"]), st.just("N"), st.sampled_from([None, 1, 2]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPERATIONS, max_size=6), st.randoms())
def test_le_texte_ne_depend_pas_de_l_ordre_des_alineas(changements, hasard):
    """Operations of one avenant on alinéas, when they do not contradict each other: each reads the text before it."""
    dans = [c for c in changements if c.alinea and c.operation in ("remplacer", "supprimer")]
    depart = [texte("A", "B", numero=str(n)) for n in (1, 2, 3)]
    try:
        attendu = rejouer(depart, dans, "x")
    except CibleAbsente:
        return
    hasard.shuffle(dans)
    assert rejouer(depart, dans, "x") == attendu


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

    LIBRE = [
        ("article", "objet", "Objet", "Objet : {objet_acte}.", {}),
        ("article", "propres", "Modifications", "", {"contenu": "modifications"}),
        ("annexe", "f", "Fiche", "", {"contenu": "fiches"}),
    ]

    def libre(self, convention, *modifications, **options):
        """An avenant without money, to be signed."""
        version = modele_publie(Modele.Nature.AVENANT, blocs=self.LIBRE)
        convention.refresh_from_db()
        par = AgentFactory(conventions=True)
        acte, _ = preparer_avenant(convention, par=par, version=version, objet="Texte")
        for ordre, m in enumerate(modifications, 1):
            Modification.objects.create(acte=acte, ordre=ordre, **{"operation": "remplacer", "cible": "article", **m})
        Acte.objects.filter(pk=acte.pk).update(**options)
        return Acte.objects.get(pk=acte.pk)

    def test_le_dernier_signe_l_emporte_quel_que_soit_son_numero(self):
        convention = acte_signe(le=LE).convention
        un, deux = (self.libre(convention, {"numero": "1", "texte": f"Texte {n}."}) for n in (1, 2))
        signer(deux, le=date(2024, 8, 1))
        signer(Acte.objects.get(pk=un.pk), le=date(2024, 9, 1))
        article = consolider(convention, date(2024, 10, 1)).de("article")[0]
        assert article.texte == "Texte 1." and article.origines == ["avenant n°\u00a01 du 1er septembre 2024"]
        assert consolider(convention, date(2024, 8, 15)).de("article")[0].texte == "Texte 2."

    def test_un_avenant_qui_prend_effet_plus_tard_ne_change_rien_avant(self):
        convention = acte_signe(le=LE).convention
        signer(self.libre(convention, {"numero": "1", "texte": "Nouveau."}, debut=date(2024, 10, 1)), le=LE)
        avant, apres = (consolider(convention, d) for d in (date(2024, 9, 30), date(2024, 10, 1)))
        assert avant.de("article")[0].texte != "Nouveau." and [a.rang for a in avant.a_venir] == [1]
        assert apres.de("article")[0].texte == "Nouveau." and apres.a_venir == []

    def test_deux_fiches_de_meme_titre_gardent_chacune_leur_contenu(self):
        convention = acte_signe(le=LE).convention
        acte = self.libre(convention)
        for rang, dit in ((2, "PREMIÈRE"), (3, "SECONDE")):
            fiche = FicheAction.objects.create(
                acte=acte, ordre=rang, titre="Référent", **{nom: dit for nom in FicheAction.LIBELLES}
            )
            Modification.objects.create(
                acte=acte, ordre=rang, operation="inserer_apres", cible="annexe", numero=str(rang - 1), fiche=fiche,
                numero_donne=str(rang),
            )  # fmt: skip
        signer(Acte.objects.get(pk=acte.pk), le=LE)
        annexes = consolider(convention, date(2024, 8, 1)).de("annexe")
        assert [c.numero for c in annexes] == ["1", "2", "3"]
        assert [c.fiche["rubriques"][0]["texte"] for c in annexes[1:]] == ["PREMIÈRE", "SECONDE"]
