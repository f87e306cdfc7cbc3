"""Random lives of dossiers: whatever the order of the acts, no state without its date and its author, one journal row
per act and none for a refusal, and no money on what was refused."""

import os
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.instruction import actes, courriers
from programmes.instruction.verbes import VERBES
from programmes.models import Avis, Courrier, Dossier, Financement, LigneDossier, Remarque, TypePiece
from tests import maquette

EPREUVES = os.environ.get("EPREUVES") == "1"
REGLAGES = settings(
    max_examples=300 if EPREUVES else 12,
    stateful_step_count=60 if EPREUVES else 30,
    deadline=None,
    derandomize=not EPREUVES,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if not EPREUVES else list(Phase),
)
SANS_ARGENT = (Dossier.Etat.IRRECEVABLE, Dossier.Etat.AJOURNE, Dossier.Etat.REFUSE)
choix = st.integers(0, 1000)
motifs = st.sampled_from(["", "Motif", "Motif « accentué » ; suite"])
bilan = Counter()  # what the run really did: a machine that only met refusals would prove nothing


class Vies(RuleBasedStateMachine):
    """Three dossiers, one deposited, two instructed; acts of every kind fall on them in any order, by anyone."""

    def __init__(self):
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    @initialize()
    def deposer(self):
        self.equipe = maquette.equipe()
        self.gens = [self.equipe.instruction, self.equipe.chef, self.equipe.direction]
        self.ae = maquette.autorisation(1, "100000.00")
        self.lieux = [maquette.territoire(t) for t in ("ARTOIS", "CALAISIS")]
        self.connus = {}
        for n in range(3):
            ligne = maquette.ligne("100.00", ae=self.ae, nom=f"S{n}")
            if n == 0:  # the others were opened by the Département: already instructed
                maquette.sql("UPDATE programmes_dossier SET etat = 'depose' WHERE id = %s", ligne.dossier_id)
            dossier = Dossier.objects.get(pk=ligne.dossier_id)
            self.connus[dossier.pk] = (dossier.etat, dossier.etat_le)

    # --- choosing -----------------------------------------------------------------------------------------------

    def un(self, requete, rang):
        objets = list(requete.order_by("pk"))
        return objets[rang % len(objets)] if objets else None

    def tenter(self, acte, lignes=1):
        """Run one act: exactly `lignes` rows more in the journal; a refusal says why and writes nothing."""
        avant, photo = Journal.objects.count(), self.photo()
        try:
            with transaction.atomic():
                acte()
        except ActeRefuse as refus:
            bilan["refus"] += 1
            assert str(refus) and self.photo() == photo and Journal.objects.count() == avant
            return
        bilan["actes"] += 1
        assert Journal.objects.count() == avant + lignes
        assert all(j.par_id and j.le for j in Journal.objects.order_by("-pk")[:lignes])

    def photo(self):
        return (
            list(Dossier.objects.order_by("pk").values_list("pk", "etat", "etat_le", "motif")),
            list(Financement.objects.order_by("pk").values_list("pk", "montant")),
            list(Avis.objects.order_by("pk").values_list("pk", "etat", "sens", "echeance_le")),
            list(Remarque.objects.order_by("pk").values_list("pk", "etat")),
            list(Courrier.objects.order_by("pk").values_list("pk", "envoye_le")),
        )

    # --- acts ---------------------------------------------------------------------------------------------------

    @rule(rang=choix, qui=choix, verbe=st.sampled_from(sorted(VERBES)), motif=motifs)
    def agir(self, rang, qui, verbe, motif):
        """An act of the pages; with its letter when it prepares one."""
        dossier, par, v = self.un(Dossier.objects, rang), self.gens[qui % 3], VERBES[verbe]
        options = {"motif": motif}
        if verbe == "demander_avis":
            options["territoires"] = [self.lieux[qui % 2]]
        self.tenter(lambda: v.accomplir(dossier, par=par, **options), lignes=2 if v.courrier else 1)

    @rule(rang=choix, verbe=st.sampled_from(["inscrire", "retirer"]))
    def au_rapport(self, rang, verbe):
        dossier = self.un(Dossier.objects, rang)
        self.tenter(lambda: getattr(dossier, verbe)(par=self.equipe.instruction))

    @rule(rang=choix, lequel=choix)
    def agir_a_propos(self, rang, lequel):
        """An act that the state allows: random acts alone would seldom reach the far states."""
        dossier = self.un(Dossier.objects, rang)
        permis = [v for v in VERBES.values() if dossier.etat in v.depuis]
        if not permis:
            return self.tenter(lambda: dossier.retirer(par=self.equipe.instruction))
        v, par = permis[lequel % len(permis)], self.gens[rang % 3]
        options = {"territoires": [self.lieux[rang % 2]]} if v.nom == "demander_avis" else {"motif": "Motif"}
        self.tenter(lambda: v.accomplir(dossier, par=par, **options), lignes=2 if v.courrier else 1)

    @rule(n=st.integers(0, 20_000), rang=choix)
    def arbitrer(self, n, rang):
        ligne = self.un(LigneDossier.objects, rang)
        self.tenter(lambda: ligne.arbitrer(Decimal(n) / 100, par=self.equipe.direction, motif_zero="ajourne"))

    @rule(rang=choix, sens=st.sampled_from(["favorable", "reserve"]), texte=motifs)
    def rendre_un_avis(self, rang, sens, texte):
        if avis := self.un(Avis.objects, rang):
            self.tenter(lambda: avis.rendre(par=self.gens[rang % 3], sens=sens, texte=texte))

    @rule(rang=choix)
    def relancer(self, rang):
        if avis := self.un(Avis.objects, rang):
            self.tenter(lambda: avis.relancer(par=self.equipe.instruction))

    @rule(rang=choix)
    def laisser_passer_l_echeance(self, rang):
        if avis := self.un(Avis.objects.attendus(), rang):
            Avis.objects.filter(pk=avis.pk).update(echeance_le=timezone.localdate() - timedelta(2))

    @rule()
    def echoir(self):
        attendus = Avis.objects.en_retard().count()
        self.tenter(lambda: actes.echoir_avis(par=self.equipe.systeme), lignes=attendus)
        assert not Avis.objects.en_retard().exists()

    @rule(rang=choix)
    def remarquer(self, rang):
        dossier = self.un(Dossier.objects, rang)
        self.tenter(lambda: Remarque.poser(dossier, par=self.equipe.direction, texte="Vérifier"))

    @rule(rang=choix, verbe=st.sampled_from(["clore", "rouvrir", "repondre"]))
    def suivre_une_remarque(self, rang, verbe):
        if remarque := self.un(Remarque.objects, rang):
            options = {"reponse": "Vu"} if verbe == "repondre" else {}
            self.tenter(lambda: getattr(remarque, verbe)(par=self.equipe.chef, **options))

    @rule(rang=choix)
    def envoyer(self, rang):
        if courrier := self.un(Courrier.objects, rang):
            self.tenter(lambda: courriers.envoyer(courrier, par=self.equipe.chef, le=timezone.localdate()))

    @rule(rang=choix)
    def exiger_une_piece(self, rang):
        """One life in a few; from then on nothing is complete: the acts must say so."""
        if rang % 7:
            return
        TypePiece.objects.get_or_create(code="statuts", defaults={"libelle": "Statuts", "exigee_pour": ["association"]})

    # --- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def l_etat_a_sa_date_et_son_auteur(self):
        for dossier in Dossier.objects.all():
            etat, le = self.connus.get(dossier.pk, (dossier.etat, dossier.etat_le))
            if dossier.etat == etat:
                continue
            changements = Journal.objects.de_l_objet(dossier).exclude(de="").order_by("-pk")
            acte = next(j for j in changements if j.de != j.vers)
            assert acte.vers == dossier.etat and acte.de == etat, "une ligne par changement, la dernière dit l’état"
            assert acte.par_id is not None
            assert dossier.etat_le > le and abs(acte.le - dossier.etat_le) < timedelta(seconds=5)
            self.connus[dossier.pk] = (dossier.etat, dossier.etat_le)
            bilan[dossier.etat] += 1

    @invariant()
    def ce_qui_est_refuse_ne_tient_rien(self):
        assert not Financement.objects.filter(ligne__dossier__etat__in=SANS_ARGENT, montant__gt=Decimal(0)).exists()
        assert not Avis.objects.attendus().filter(dossier__etat__in=SANS_ARGENT).exists()
        sans_motif = Dossier.objects.filter(etat__in=Dossier.MOTIVES, motif="")
        assert not sans_motif.exists()

    @invariant()
    def un_avis_rendu_dit_qui_et_quand(self):
        rendus = Avis.objects.filter(etat=Avis.Etat.RENDU)
        assert not rendus.filter(rendu_par=None).exists() and not rendus.filter(rendu_le=None).exists()


@pytest.mark.django_db
def test_vies_de_dossiers():
    bilan.clear()
    run_state_machine_as_test(Vies, settings=REGLAGES)
    assert bilan["actes"] > 100 and bilan["refus"] > 30, bilan
    atteints = {e for e in Dossier.Etat if bilan[e]}
    # Which states the draws reach depends on the engine (keys, order of rows): most of them, not each of them.
    attendus = {"avis", "irrecevable", "en_instruction", "propose", "ajourne", "refuse"}
    assert len(attendus & atteints) >= 4, bilan


@pytest.mark.django_db
def test_temoin_un_dossier_refuse_qui_garderait_son_argent_serait_vu(monkeypatch):
    """Negative control: with the withdrawal of the money removed, the machine turns red."""
    monkeypatch.setattr(Dossier, "_remettre_a_zero", lambda self: None)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Vies, settings=REGLAGES)
