"""Batches of acts to interrupt: one rapport per trial, its acts made by the real worker, then sent to signature.

The worker is killed anywhere in it. An act is one transaction: each is whole (number, parties, fiche, instalments,
journal, result of its row; then its frozen text and the file of its SHA-256) or absent from every table.
"""

import os
from datetime import timedelta

from tests.banc import EPREUVES, comptes
from tests.banc.dossiers import travailler
from tests.banc.enfants import annoncer, enfant, lire


class Actes:
    LIGNES = 8 if EPREUVES else 3

    def __init__(self, essais):
        # Imported before the fork: what is interrupted is the work, not an import.
        import weasyprint  # noqa: F401

        from conventions.generation import envoi, lot  # noqa: F401
        from tests.conventions import donnees
        from tests.factories import AgentFactory, AutorisationFactory

        self.par, ae = AgentFactory(conventions=True), AutorisationFactory()
        donnees.modele_publie()
        donnees.signataire()
        dispositif, self.rapports = donnees.dispositif_a_fiche(), []
        for _ in range(essais + 1):
            lignes = [
                donnees.ligne_retenue("1000.00", structure=donnees.structure_signataire(), dispositif=dispositif, ae=ae)
                for _ in range(self.LIGNES)
            ]
            rapport = donnees.rapport_de(*lignes)
            donnees.voter(rapport)
            self.rapports.append(rapport)
        self.vues, self.ecarts = {"interrompus entre deux actes": 0}, comptes()

    def _demander(self, n):
        from conventions.generation.lot import demander_generation

        return demander_generation(self.rapports[n], par=self.par, jeton=f"essai-{n}")

    def _remettre(self, n):
        """Send to signature the acts that were not. Rendering is long and proved elsewhere: its bytes are made up."""
        from conventions import documents
        from conventions.lecture import lire_un

        rapport = self.rapports[n]
        for acte in rapport.actes.filter(etat="projet").order_by("pk"):
            edition = documents.Edition(documents.contexte(lire_un(acte)), f"%PDF {acte.reference}".encode() * 5_000)
            acte.remettre(par=self.par, le=rapport.seance.date + timedelta(days=2), edition=edition)

    def agir(self, n):
        from dpid import tasks

        self._demander(n)

        def travail(dire):
            with annoncer(tasks, "_prendre", dire):
                travailler()
            self._remettre(n)
            dire("oui")

        return travail

    def reessayer(self, n):
        """Somebody asks again, two minutes pass, another worker takes the job up; what is left is sent."""
        from django.utils import timezone

        from dpid.models import Travail
        from dpid.tasks import relancer_abandonnes

        travail = self._demander(n)
        faits = travail.elements.count()
        self.vues["interrompus entre deux actes"] += 0 < faits < self.LIGNES
        passe = timezone.now() - timedelta(minutes=3)
        Travail.objects.filter(pk=travail.pk).update(battement_le=passe, demande_le=passe)
        relancer_abandonnes()
        pid, lecture = enfant(lambda dire: travailler())
        os.waitpid(pid, 0)
        assert lire(lecture) == []
        travail.refresh_from_db()
        assert (travail.etat, travail.message) == ("termine", f"{self.LIGNES}\u00a0actes prêts."), travail.message
        self._remettre(n)

    def trace(self, n) -> tuple:
        from conventions.models import Convention, FicheAction, LigneDActe, Partie, Versement
        from dpid.models import Document, ElementTravail, Journal

        actes = list(self.rapports[n].actes.select_related("convention", "document"))
        faits, remis = len(actes), [a for a in actes if a.etat == "a_signer"]
        ids = [a.pk for a in actes]
        journal = Journal.objects.filter(objet="conventions.acte", objet_id__in=ids)
        fiches = FicheAction.objects.filter(acte__in=ids)
        comptes_des_actes = {
            Convention.objects.filter(actes__in=ids).count(), len({a.convention.numero for a in actes}),
            Partie.objects.filter(acte__in=ids).count() // 2, fiches.count(),
            LigneDActe.objects.filter(fiche__in=fiches).count(), Versement.objects.filter(acte__in=ids).count() // 2,
            journal.filter(verbe="generer").count(),
            ElementTravail.objects.filter(travail__cle__endswith=f"essai-{n}", est_fait=True).count(),
        }  # fmt: skip
        comptes_des_textes = {
            sum(a.document_id is not None for a in actes), sum(self.est_intact(a) for a in remis),
            Document.objects.filter(contexte__acte__in=ids).count(), journal.filter(verbe="remettre").count(),
        }  # fmt: skip
        if comptes_des_actes != {faits} or comptes_des_textes != {len(remis)}:
            return ("à moitié", faits, sorted(comptes_des_actes), len(remis), sorted(comptes_des_textes))
        return self.tout if faits == len(remis) == self.LIGNES else self.rien

    rien, tout = ("en partie",), ("tout",)

    @staticmethod
    def est_intact(acte) -> bool:
        acte.document.verifier()
        return bytes(acte.document.pdf) == f"%PDF {acte.reference}".encode() * 5_000

    def bilan(self) -> dict:
        """What is left in the whole base: texts that no act holds, numbers given to nobody, gaps in the accounts."""
        from conventions.models import Acte, Convention, Numerotation
        from dpid.models import Document

        lies = Acte.objects.filter(document__isnull=False).values("document")
        orphelins = Document.objects.filter(nature__in=["convention", "avenant"]).exclude(pk__in=lies)
        perdus = sum(n.dernier for n in Numerotation.objects.all()) - Convention.objects.count()
        nouveaux = [e for e in comptes() if e not in self.ecarts]
        return {**self.vues, "orphelins": orphelins.count(), "numéros perdus": perdus, "ecarts": nouveaux}
