"""Random lives of rapports: whatever the order of the acts, the accounts stay right after every one of them."""

import os
from collections import Counter
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from budget import verification as budget
from budget.models import AutorisationEngagement
from budget.mouvements import N
from deliberations import documents, imputations, totaux, verification
from deliberations.models import Deliberation, ImputationVotee, Proposition, Rapport
from deliberations.repartition import repartir_rapport
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from dpid.montants import repartir
from programmes.models import Dossier, Financement, LigneDossier, SourceFinancement, Structure
from tests import maquette
from tests.assemblee import tenir

EPREUVES = os.environ.get("EPREUVES") == "1"
REGLAGES = settings(
    max_examples=300 if EPREUVES else 6,
    stateful_step_count=60 if EPREUVES else 20,
    deadline=None,
    derandomize=not EPREUVES,
    suppress_health_check=list(HealthCheck),
)
centimes = st.one_of(st.sampled_from([1, 10_000, 33_333, 100_000]), st.integers(0, 30_000))
choix = st.integers(0, 1000)
bilan = Counter()  # what the run really did: a machine that only met refusals would prove nothing


class Vies(RuleBasedStateMachine):
    """Two AE, one outside source, lines that come, split, change, leave; rapports visés, changed, adopted, rejected."""

    def __init__(self):
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.adoptes: dict = {}
        self.suite = self.tour = 0

    def teardown(self):
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    @initialize()
    def ouvrir(self):
        self.equipe = maquette.equipe()
        self.aes = [maquette.autorisation(1, "1000.00"), maquette.autorisation(2, "333.33")]
        self.source = SourceFinancement.objects.create(code="fsl", libelle="FSL")
        self.rapports = [maquette.rapport(self.equipe.instruction, numero=str(n)) for n in (1, 2)]
        self.operations = {
            r.pk: [
                maquette.operation(r, maquette.dispositif("3.1", numero=3), numero="1"),
                maquette.operation(r, maquette.dispositif("4.1"), numero="2"),
            ]
            for r in self.rapports
        }
        for rapport in self.rapports:
            self.garnir(rapport)

    def garnir(self, rapport):
        """Two lines: an empty rapport would only be refused."""
        for ae, n in ((self.aes[0], "100.10"), (self.aes[1], "33.33")):
            maquette.presenter(
                rapport, self.operations[rapport.pk][0], n, ae=ae, nom="S0", par=self.equipe.instruction,
                answering=self.operations[rapport.pk][0].dispositifs.get(),
            )  # fmt: skip

    # --- choosing -----------------------------------------------------------------------------------------------

    def tenter(self, acte):
        """Run one act; a refusal is a French sentence and leaves everything as it was."""
        avant = self.photo()
        try:
            with transaction.atomic():
                acte()
        except ActeRefuse as refus:
            bilan["refus"] += 1
            assert str(refus) and self.photo() == avant
            return False
        bilan["actes"] += 1
        return True

    def photo(self):
        return (
            list(AutorisationEngagement.objects.order_by("pk").values_list("pk", "vote", "reserve", "affecte")),
            list(Financement.objects.order_by("pk").values_list("pk", "montant", "autorisation")),
            list(Rapport.objects.order_by("pk").values_list("pk", "etat")),
            list(Dossier.objects.order_by("pk").values_list("pk", "etat")),
            list(Proposition.objects.order_by("pk").values_list("pk", "est_active")),
        )

    def un(self, requete, rang):
        objets = list(requete.order_by("pk"))
        return objets[rang % len(objets)] if objets else None

    def rapport(self, rang) -> Rapport:
        """An open rapport three times out of four: the closed ones must refuse, which is soon seen."""
        ouverts = Rapport.objects.ouverts()
        return self.un(ouverts if rang % 4 and ouverts.exists() else Rapport.objects, rang)

    # --- acts ---------------------------------------------------------------------------------------------------

    @rule(n=centimes, ou=choix, r=choix)
    def creer_et_inscrire(self, n, ou, r):
        """A line on one AE, on the outside source, or « à imputer » (one in ten)."""
        self.suite += 1
        ae = {0: None, 1: None, 2: self.aes[1], 3: self.aes[1], 4: self.aes[1]}.get(ou % 10, self.aes[0])
        source = self.source if ou % 10 == 1 else None
        rapport = self.rapport(r)
        op = self.operations[rapport.pk][ou % 2]

        def acte():
            ligne = maquette.ligne(
                Decimal(n) / 100, ae=ae, source=source, nom=f"S{self.suite % 4}", answering=op.dispositifs.get()
            )
            ligne.dossier.proposer(par=self.equipe.instruction)
            rapport.inscrire(ligne, op, par=self.equipe.instruction)

        self.tenter(acte)

    @rule(n=centimes, rang=choix)
    def arbitrer(self, n, rang):
        ligne = self.un(LigneDossier.objects, rang)
        if ligne:
            self.tenter(lambda: ligne.arbitrer(Decimal(n) / 100, par=self.equipe.instruction, motif_zero="ajourne"))

    @rule(rang=choix, poids=st.lists(st.integers(1, 9), min_size=2, max_size=3))
    def scinder(self, rang, poids):
        """One financing becomes several, on the two AE in turn: the parts add up."""
        f = self.un(Financement.objects.filter(source=None), rang)
        if f is None:
            return
        parts = repartir(f.montant, poids)

        def acte():
            f.delete()
            Financement.objects.bulk_create(
                Financement(ligne_id=f.ligne_id, autorisation=self.aes[i % 2], montant=p) for i, p in enumerate(parts)
            )

        self.tenter(acte)

    @rule(rang=choix, ou=choix)
    def imputer(self, rang, ou):
        a_imputer = Financement.objects.filter(autorisation=None, source=None)
        f = self.un(a_imputer, rang)
        if f:
            self.tenter(lambda: Financement.objects.filter(pk=f.pk).update(autorisation=self.aes[ou % 2]))

    @rule(rang=choix)
    def retirer(self, rang):
        p = self.un(Proposition.objects.filter(est_active=True), rang)
        if p:
            self.tenter(lambda: p.le_rapport.retirer(p, par=self.equipe.instruction, motif="Retirée"))

    @rule(rang=choix, verbe=st.sampled_from(["refuser", "ajourner", "reprendre", "proposer"]))
    def instruire(self, rang, verbe):
        d = self.un(Dossier.objects.exclude(etat="inscrit"), rang)
        if d:
            self.tenter(lambda: getattr(d, verbe)(par=self.equipe.instruction, motif="Motif"))

    @rule(r=choix)
    def viser(self, r):
        rapport = self.rapport(r)
        qui = {"chef_service": "chef", "direction": "direction", "finances": "budget"}.get(
            rapport.etape_attendue(), "chef"
        )
        self.tenter(lambda: rapport.viser(par=getattr(self.equipe, qui)))

    @rule(r=choix)
    def viser_tout(self, r):
        for _ in range(3):
            self.viser(r)

    @rule(r=choix)
    def adopter(self, r):
        rapport = self.rapport(r)
        numero = f"2024-{rapport.pk % 10_000}"
        if self.tenter(lambda: rapport.adopter(par=self.equipe.assemblees, numero=numero, le=maquette.SEANCE_LE)):
            acte = Deliberation.objects.get(rapport=rapport)
            assert all(i.solde >= 0 for i in acte.imputations.all()), "proposition au-delà du disponible"
            self.adoptes[rapport.pk] = self.fige(rapport)
            bilan["adoptions"] += 1

    @rule(r=choix, ou=choix)
    def mener_au_vote(self, r, ou):
        """What a diligent team does: impute, sign, send, vote. Chance alone would hardly ever reach the vote."""
        a_imputer = Financement.objects.filter(autorisation=None, source=None)
        self.tenter(lambda: a_imputer.update(autorisation=self.aes[ou % 2]))
        self.viser_tout(r)
        self.envoyer(r)
        self.adopter(r)

    @rule(r=choix)
    def envoyer(self, r):
        rapport = self.rapport(r)
        tenir(rapport.seance)
        for verbe in ("envoyer_en_commission", "envoyer_aux_elus"):
            self.tenter(lambda verbe=verbe: getattr(rapport, verbe)(par=self.equipe.assemblees))

    @rule(r=choix)
    def rejeter(self, r):
        rapport = self.rapport(r)
        self.tenter(lambda: rapport.rejeter(par=self.equipe.assemblees, motif="Rejeté", le=maquette.SEANCE_LE))

    @precondition(lambda self: len(self.rapports) < 4)
    @rule()
    def ouvrir_un_autre_rapport(self):
        nouveau = maquette.rapport(self.equipe.instruction, numero=str(len(self.rapports) + 1))
        self.rapports.append(nouveau)
        self.operations[nouveau.pk] = [maquette.operation(nouveau), maquette.operation(nouveau, numero="2")]
        self.garnir(nouveau)

    @rule(n=st.integers(-60_000, 60_000), ou=choix, nature=st.sampled_from([N.VOTE, N.HORS_APPLICATION]))
    def mouvoir(self, n, ou, nature):
        if n:
            self.tenter(lambda: maquette.ecrire(self.aes[ou % 2], nature, Decimal(n) / 100))

    @rule(rang=choix)
    def renommer(self, rang):
        structure = self.un(Structure.objects, rang)
        if structure:
            structure.raison_sociale += "′"
            structure.save()

    # --- what must always hold ----------------------------------------------------------------------------------

    def fige(self, rapport):
        acte = Deliberation.objects.get(rapport=rapport)
        lignes = rapport.propositions.values_list("ligne", flat=True)
        return (
            list(acte.imputations.values_list("ae", "disponible", "proposition", "solde")),
            list(
                Financement.objects.filter(ligne__in=lignes).order_by("pk").values_list("pk", "montant", "autorisation")
            ),
            list(
                Document.objects.filter(pk__in=acte.documents.values("document")).order_by("pk").values_list("sha256")
            ),
            [documents.contexte_actuel(rapport, n) for n in ("repartition", "imputations")],
        )

    @invariant()
    def les_comptes_sont_justes(self):
        assert [*budget.ecarts(), *verification.ecarts()] == []

    @invariant()
    def les_totaux_se_tiennent(self):
        # One rapport at each step, in turn: a gap does not heal by itself, it is met a step later.
        self.tour += 1
        for rapport in Rapport.objects.exclude(etat="rejete").order_by("pk")[self.tour % len(self.rapports) :][:1]:
            rep = repartir_rapport(rapport, avec_zeros=True)
            lignes = LigneDossier.objects.filter(propositions__in=rapport.propositions).avec_retenu()
            retenu = sum((ligne.retenu for ligne in lignes), Decimal(0))
            assert retenu == sum((o.nouveau for t in rep.thematiques for o in t.operations), Decimal(0))
            assert retenu == sum((t.nouveau for t in rep.thematiques), Decimal(0)) == rep.nouveau
            lieux = totaux.par_territoire(rapport, rep)
            assert retenu == sum(rep.par_source().values(), Decimal(0)) == sum(lieux.values(), Decimal(0))
            reste = sum((f.montant for f in imputations.a_imputer(rapport)), Decimal(0))
            imputees = imputations.propositions_par_ae(rapport)
            assert sum(imputees.values(), reste) == rep.budget == sum((t.budget for t in rep.thematiques), Decimal(0))
            if self.tour % 3 == 0:  # the longest of the checks
                self.les_articles(rapport, rep)
            if rapport.etat != "adopte":
                for i in imputations.imputations(rapport):
                    assert i.solde == i.disponible - i.proposition and i.proposition == imputees[i.autorisation.pk]

    def les_articles(self, rapport, rep):
        """What the délibération says = what its annexe adds up to = what its last article imputes."""
        contexte = documents.contexte_actuel(rapport, "deliberation")
        articles = [Decimal(a["montant"]) for a in contexte["articles"] if "montant" in a]
        assert sum(articles, Decimal(0)) == rep.budget
        imputees = [Decimal(i["proposition"]) for a in contexte["articles"] for i in a.get("imputations", [])]
        reste = sum((f.montant for f in imputations.a_imputer(rapport)), Decimal(0))
        assert sum(imputees, reste) == rep.budget

    @invariant()
    def ce_qui_est_adopte_ne_bouge_plus(self):
        for pk, photo in self.adoptes.items():
            assert self.fige(Rapport.objects.get(pk=pk)) == photo
        votees = ImputationVotee.objects.values_list("disponible", "proposition")
        assert all(proposition <= disponible for disponible, proposition in votees)

    @invariant()
    def aucune_ae_n_est_depassee(self):
        for ae in AutorisationEngagement.objects.all():
            assert ae.affecte + ae.reserve <= ae.vote and ae.reserve >= 0


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf")]


@pytest.mark.lent
def test_vies_de_rapports():
    bilan.clear()
    run_state_machine_as_test(Vies, settings=REGLAGES)
    assert bilan["adoptions"] >= 1 and bilan["refus"] >= 10 and bilan["actes"] >= 40, bilan


# --- Negative controls ----------------------------------------------------------------------------------------------


def desarmer(monkeypatch, protection):
    from deliberations import visas
    from dpid import figeage, panneaux

    if protection == "réservation rendue":
        monkeypatch.setattr(visas, "lever", lambda *args, **kwargs: None)
        return
    monkeypatch.setattr(panneaux, "_gardiens", [])
    if protection == "gel des lignes votées":
        monkeypatch.setattr(figeage.Figeable, "_refuser_si_fige", lambda self: None)
        monkeypatch.setattr(figeage.FigeableQuerySet, "refuser_si_fige", lambda self: None)


def verifier(vie):
    for controle in (vie.les_comptes_sont_justes, vie.ce_qui_est_adopte_ne_bouge_plus, vie.aucune_ae_n_est_depassee):
        controle()


@pytest.mark.parametrize("protection", ["gardien des montants", "réservation rendue", "gel des lignes votées"])
def test_temoin_sans_la_protection_une_vie_courte_suffit(monkeypatch, protection):
    """The invariants hold over a short life; the same life without the protection breaks one of them."""

    def vivre():
        vie = Vies()
        try:
            vie.ouvrir()
            vie.viser_tout(1)
            if protection == "gel des lignes votées":
                vie.adopter(1)
            verifier(vie)
            vie.arbitrer(5_000, 0)
            vie.arbitrer(6_000, 2)
            verifier(vie)
        finally:
            vie.teardown()

    vivre()
    desarmer(monkeypatch, protection)
    with pytest.raises(AssertionError):
        vivre()


@pytest.mark.lent
@pytest.mark.skipif(not EPREUVES, reason="plusieurs minutes : script/epreuves")
@pytest.mark.parametrize("protection", ["gardien des montants", "réservation rendue", "gel des lignes votées"])
def test_temoin_sans_la_protection_les_vies_aleatoires_trouvent_l_ecart(monkeypatch, protection):
    temoin = settings(REGLAGES, max_examples=60, phases=[Phase.generate], database=None, report_multiple_bugs=False)
    desarmer(monkeypatch, protection)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Vies, settings=temoin)
