"""SIGKILL in the middle of an act, then the client tries again. Prints what was lost, doubled or half done.

Each trial is a forked process killed in its open transaction; the client asks again with the same key until told so.
"""

import json
import os
import time
from decimal import Decimal

from tests.banc import comptes, demarrer
from tests.banc.actes import Actes
from tests.banc.dossiers import Conservations, Dossiers
from tests.banc.enfants import annoncer, chronometrer, enfant, interrompre, lire
from tests.banc.votes import Adoptions, AdoptionsAmendees, Envois


def sans_transaction():
    """Negative control: no act is atomic any more, each statement is committed alone."""
    from contextlib import nullcontext

    from django.db.models import QuerySet

    from budget import mouvements
    from conventions.generation import lot, preparation
    from conventions.models import convention
    from deliberations import visas
    from deliberations.dossier_de_seance import conservation
    from deliberations.importation import application
    from deliberations.models import procedure, rapport
    from dpid import figeage, workflow
    from dpid.workflow import AvecEtat
    from programmes.models import financement, ligne

    class Aucune:
        @staticmethod
        def atomic(fonction=None, **options):
            return fonction if callable(fonction) else nullcontext()

    for module in (
        mouvements,
        visas,
        procedure,
        rapport,
        workflow,
        figeage,
        financement,
        ligne,
        application,
        lot,
        preparation,
        convention,
    ):
        if hasattr(module, "transaction"):
            module.transaction = Aucune
    AvecEtat.verrouiller = classmethod(lambda cls, pk: cls._base_manager.get(pk=pk))
    QuerySet.select_for_update = lambda self, **options: self
    application.appliquer = application.appliquer.__wrapped__
    conservation._enregistrer = conservation._enregistrer.__wrapped__


# --- Import ---------------------------------------------------------------------------------------------------------


class Imports:
    """One new rapport per trial, with everything that it needs: 30 lines, 30 structures."""

    LIGNES = 30

    def __init__(self, essais):
        import io

        import openpyxl

        from tests import maquette

        self.par = maquette.equipe().instruction
        maquette.territoire()
        maquette.rapport(self.par, numero="999")  # the instance and the séance
        self.fichiers = []
        for n in range(essais + 1):
            livre = openpyxl.Workbook()
            feuille = livre.active
            feuille.title = f"Thématique {n + 1}"
            feuille.append([f"Thématique {n + 1} : Essai {n + 1}"])
            feuille.append(["OPERATION", "TERRITOIRE(S)", "STRUCTURE", "DESCRIPTION ACTION", "MONTANT RETENU"])
            for k in range(self.LIGNES):
                feuille.append(["Aide", "ARTOIS", f"{n}{k:03d} structure", "Action", 100 + k])
            tampon = io.BytesIO()
            livre.save(tampon)
            self.fichiers.append(tampon.getvalue())

    def _importer(self, n):
        from deliberations.importation import application

        application.appliquer(self.fichiers[n], "a.xlsx", f"2024-06-17/{n + 1}", par=self.par, creer_manquants=True)

    def agir(self, n):
        from deliberations.importation import application

        def travail(dire):
            with annoncer(application, "ecrire", dire):
                self._importer(n)
            dire("oui")

        return travail

    reessayer = _importer

    def trace(self, n) -> tuple:
        from deliberations.models import Proposition, Rapport
        from dpid.models import Journal
        from programmes.models import Dossier, Financement, LigneDossier, Structure, Thematique

        rapport = Rapport.objects.filter(numero=str(n + 1), seance__date="2024-06-17").first()
        noms = {"structure__raison_sociale__in": [f"{n}{k:03d} structure" for k in range(self.LIGNES)]}
        return (
            Rapport.objects.filter(numero=str(n + 1)).count(),
            Thematique.objects.filter(titre=f"Essai {n + 1}").count(),
            Structure.objects.filter(raison_sociale__in=noms["structure__raison_sociale__in"]).count(),
            Dossier.objects.filter(**noms).count(),
            LigneDossier.objects.filter(**{f"dossier__{k}": v for k, v in noms.items()}).count(),
            Financement.objects.filter(**{f"ligne__dossier__{k}": v for k, v in noms.items()}).count(),
            Proposition.objects.filter(operation__thematique__rapport=rapport).count() if rapport else 0,
            Journal.objects.de_l_objet(rapport).filter(verbe="importer").count() if rapport else 0,
        )

    rien = (0,) * 8
    tout = (1, 1, LIGNES, LIGNES, LIGNES, LIGNES, LIGNES, 1)


# --- Movements ------------------------------------------------------------------------------------------------------


class Mouvements:
    """A multi-line act of the ledger with its key."""

    def __init__(self, essais):
        from tests import maquette

        self.aes = [maquette.autorisation(n + 1, "100000.00") for n in range(4)]
        self.par, self.le = maquette.equipe().budget, maquette.SEANCE_LE

    def _ecrire(self, n):
        from budget.mouvements import Ecriture, N, enregistrer

        ecritures = [Ecriture(ae.pk, N.AFFECTATION, Decimal("1.01")) for ae in self.aes]
        enregistrer(ecritures, par=self.par, piece="essai", cle=f"essai-{n}", le=self.le)

    def agir(self, n):
        from budget import mouvements

        def travail(dire):
            with annoncer(mouvements, "_ecrire", dire):
                self._ecrire(n)
            dire("oui")

        return travail

    reessayer = _ecrire

    def trace(self, n) -> tuple:
        from budget.models import Mouvement

        return (Mouvement.objects.filter(cle__startswith=f"essai-{n}:").count(),)

    rien, tout = (0,), (4,)


# --- Jobs -----------------------------------------------------------------------------------------------------------


class Travaux:
    """A background job of twenty items; its worker is killed, the watch gives it to another one."""

    def __init__(self, essais):
        from dpid import tasks
        from tests import maquette

        self.par = maquette.equipe().instruction
        self.compte = {}

        def fabrique(travail):
            for n in range(20):
                travail.avancer(n + 1, 20)
                time.sleep(0.002)
            return f"résultat {travail.parametres['n']}".encode(), f"essai-{travail.parametres['n']}.txt"

        tasks.inscrire_fabrique("essai", fabrique)

    def _demander(self, n):
        from dpid.tasks import demander

        return demander("essai", f"Essai {n}", {"n": n}, par=self.par, cle=f"essai-{n}")

    def agir(self, n):
        from dpid import tasks

        self._demander(n)

        def travail(dire):
            with annoncer(tasks, "_prendre", dire):
                ouvrier()
            dire("oui")

        return travail

    def reessayer(self, n):
        """Two minutes pass, the watch queues the job again, another worker empties the queue."""
        from datetime import timedelta

        from django.utils import timezone

        from dpid.models import Travail
        from dpid.tasks import relancer_abandonnes

        assert self._demander(n).pk, "the client asks again: it is the same job"
        passe = timezone.now() - timedelta(minutes=3)
        Travail.objects.filter(cle=f"essai-{n}").update(battement_le=passe, demande_le=passe)
        relancer_abandonnes()
        pid, lecture = enfant(lambda dire: ouvrier())
        os.waitpid(pid, 0)
        assert lire(lecture) == []

    def trace(self, n) -> tuple:
        from dpid.models import Travail

        t = Travail.objects.get(cle=f"essai-{n}")
        if t.etat != "termine":
            assert t.resultat is None, "a half-made result is shown to nobody"
            return (Travail.objects.filter(cle=f"essai-{n}").count(), "à faire", None)
        return (Travail.objects.filter(cle=f"essai-{n}").count(), t.etat, bytes(t.resultat) == f"résultat {n}".encode())

    rien, tout = (1, "à faire", None), (1, "termine", True)


def ouvrier():
    """The worker of django-tasks, until the queue is empty."""
    from django.core.management import call_command

    call_command("db_worker", batch=True, reload=False, startup_delay=False, verbosity=0)


ACTES = {
    "actes": Actes,
    "adoption": Adoptions,
    "adoption_amendee": AdoptionsAmendees,
    "dossier": Dossiers,
    "dossier_conserve": Conservations,
    "envoi": Envois,
    "import": Imports,
    "mouvement": Mouvements,
    "travail": Travaux,
}


def principal():
    p = demarrer()
    acte = ACTES[p["acte"]](p["essais"])
    duree = chronometrer(acte.agir(0))
    assert acte.trace(0) == acte.tout, acte.trace(0)
    if p.get("sans_transaction"):
        sans_transaction()
    bilan = {"interrompus": 0, "acquittes": 0, "perdus": 0, "a_moitie": 0, "doubles": 0, "exemples": []}
    for n in range(1, p["essais"] + 1):
        dits = interrompre(acte.agir(n), duree)
        assert not any(d.startswith("erreur") for d in dits), dits
        trace, acquitte = acte.trace(n), "oui" in dits
        # Measured once, on a machine that others load and leave: what ends too early is cut sooner the next time.
        duree *= 0.5 if acquitte else 1.06
        bilan["interrompus"] += not acquitte
        bilan["acquittes"] += acquitte
        bilan["perdus"] += acquitte and trace != acte.tout
        if trace not in (acte.rien, acte.tout):
            bilan["a_moitie"] += 1
            bilan["exemples"].append(trace)
        if p.get("sans_transaction"):
            continue
        acte.reessayer(n)
        acte.reessayer(n)  # the reply was lost again
        if acte.trace(n) != acte.tout:
            bilan["doubles"] += 1
            bilan["exemples"].append(acte.trace(n))
    bilan["ecarts"] = comptes()
    bilan |= acte.bilan() if hasattr(acte, "bilan") else {}
    bilan["duree"] = round(duree, 3)
    print(json.dumps(bilan, default=str))


if __name__ == "__main__":
    principal()
