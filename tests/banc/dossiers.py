"""Bundles to interrupt: one adopted act per trial, made by the real worker, killed at any instant.

`Dossiers` is killed anywhere in the production, real rendering included; `Conservations` inside the one transaction
that keeps the two editions. Nobody asks for a bundle: the watch of the worker does, as in production.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from tests.banc.enfants import annoncer, enfant, lire
from tests.banc.votes import Adoptions


def travailler():
    """The worker of django-tasks, until the queue is empty."""
    from django.core.management import call_command

    call_command("db_worker", batch=True, reload=False, startup_delay=False, verbosity=0)


class Dossiers(Adoptions):
    def __init__(self, essais):
        import weasyprint  # noqa: F401 - imported before the fork: what is interrupted is the work, not an import

        # What a killed worker leaves on disk is counted: it must have a folder of its own.
        tempfile.tempdir = tempfile.mkdtemp(prefix="banc-dossiers-")
        super().__init__(essais)
        self.vues = {"avec un avancement": 0, "faits sans être conclus": 0}

    def _demander(self, n):
        """Adopted, then asked for by the watch, and by somebody who does not wait."""
        from deliberations import tasks

        self.mondes[n].adopter(numero=f"2024-{n + 1}")
        assert tasks.demander_dossiers_manquants() == 1
        assert tasks.demander_dossiers_manquants() == 0
        return self._redemander(n)

    def _redemander(self, n):
        from deliberations import tasks

        return tasks.demander_dossier(self._acte(n), par=self.mondes[n].equipe.assemblees)

    def _acte(self, n):
        from deliberations.models import Deliberation

        return Deliberation.objects.get(numero=f"2024-{n + 1}")

    def entree(self) -> tuple:
        from dpid import tasks

        return tasks, "_prendre"

    def agir(self, n):
        self._demander(n)

        def travail(dire):
            with annoncer(*self.entree(), dire):
                travailler()
            dire("oui")

        return travail

    def reessayer(self, n):
        """Two minutes pass, another worker starts: its watch queues what the dead one left."""
        from datetime import timedelta

        from django.utils import timezone

        from deliberations import tasks
        from dpid.models import Travail
        from dpid.tasks import relancer_abandonnes

        travail = self._redemander(n)
        if travail.etat == Travail.Etat.EN_COURS:
            self.vues["avec un avancement"] += 0 < travail.pourcentage <= 100
            self.vues["faits sans être conclus"] += self.trace(n) == self.tout
        passe = timezone.now() - timedelta(minutes=3)
        Travail.objects.filter(pk=travail.pk).update(battement_le=passe, demande_le=passe)
        relancer_abandonnes()
        assert tasks.demander_dossiers_manquants() == 0
        pid, lecture = enfant(lambda dire: travailler())
        os.waitpid(pid, 0)
        assert lire(lecture) == []
        travail.refresh_from_db()
        assert (travail.etat, travail.message) == ("termine", "Le dossier est conservé dans ses deux éditions.")
        assert travail.termine_le and travail.pourcentage in (0, 100), "0: it was found kept"

    def trace(self, n) -> tuple:
        """(jobs, kept editions, their files, files that are what was signed off, acts in the journal)."""
        from deliberations.dossier_de_seance import conservation
        from deliberations.models import DocumentDeDeliberation
        from dpid.models import Document, Journal, Travail

        acte, natures = self._acte(n), conservation.NATURES.values()
        fichiers = Document.objects.filter(contexte__numero=acte.numero, nature__in=natures)
        return (
            Travail.objects.filter(nature="dossier", parametres__deliberation=acte.pk).count(),
            DocumentDeDeliberation.objects.filter(deliberation=acte, nature__in=natures).count(),
            fichiers.count(),
            sum(self.est_intact(f) for f in fichiers),
            Journal.objects.de_l_objet(acte.rapport).filter(verbe="conserver_dossier").count(),
        )

    rien, tout = (1, 0, 0, 0, 0), (1, 2, 2, 2, 1)

    def est_intact(self, fichier) -> bool:
        """The stored SHA-256 is that of the stored bytes, and these are a whole PDF."""
        import io

        import pypdf

        octets = bytes(fichier.pdf)
        entier = len(pypdf.PdfReader(io.BytesIO(octets)).pages) > 3
        return entier and hashlib.sha256(octets).hexdigest() == fichier.sha256

    def bilan(self) -> dict:
        """What killed workers leave behind them, once another one has started."""
        from dpid.documents import moteur
        from dpid.models import Document

        liens = [champ for champ in Document._meta.get_fields(include_hidden=True) if champ.one_to_one]
        lies = [pk for lien in liens for pk in lien.related_model.objects.values_list("document_id", flat=True)]
        orphelins = Document.objects.exclude(pk__in=lies)
        pid, _ = enfant(lambda dire: moteur._moteur())
        os.waitpid(pid, 0)
        restes = [c.name for c in Path(tempfile.tempdir).iterdir() if f"-{pid}-" not in c.name]
        shutil.rmtree(tempfile.tempdir)
        return {**self.vues, "orphelins": orphelins.count(), "restes": restes}


class Conservations(Dossiers):
    """The kills fall inside the transaction: rendering, which is long, is replaced by bytes."""

    def __init__(self, essais):
        from deliberations.dossier_de_seance import assemblage

        super().__init__(essais)
        assemblage.en_pdf = lambda contextes, cle, edition, avancer: f"%PDF-essai {edition}".encode() * 20_000

    def entree(self) -> tuple:
        from deliberations.dossier_de_seance import conservation

        return conservation, "_contexte"

    def est_intact(self, fichier) -> bool:
        return hashlib.sha256(bytes(fichier.pdf)).hexdigest() == fichier.sha256
