"""The procedure of a rapport: visas, sendings, vote; what each state still allows."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django_fsm import FSMField, transition

from dpid.acteur import acteur_courant
from dpid.erreurs import ActeFige
from dpid.figeage import Figeable
from dpid.workflow import AvecEtat, acte


class ProcedureDeRapport(AvecEtat, Figeable):
    """States: en préparation → visé (circuit complete, credits reserved) → envoyé en commission → envoyé aux élus →
    adopté (in whole or in part) or rejeté. What a rapport says is frozen from its first sending."""

    class Etat(models.TextChoices):
        PREPARATION = "preparation", "En préparation"
        VISE = "vise", "Visé"
        EN_COMMISSION = "en_commission", "Envoyé en commission"
        ENVOYE = "envoye", "Envoyé aux élus"
        ADOPTE = "adopte", "Adopté"
        REJETE = "rejete", "Rejeté"

    OUVERTS = (Etat.PREPARATION, Etat.VISE)
    ENVOYES = (Etat.EN_COMMISSION, Etat.ENVOYE)
    VOTES = (Etat.ADOPTE, Etat.REJETE)
    # Read by the members, with the avis of the commissions.
    LUS = (Etat.ENVOYE, *VOTES)
    A_FAIRE = {
        Etat.PREPARATION: "Arranger les propositions, puis recueillir les visas dans l’ordre du circuit.",
        Etat.VISE: "Envoyer le rapport aux commissions.",
        Etat.EN_COMMISSION: "Enregistrer l’avis des commissions, puis envoyer le rapport aux élus.",
        Etat.ENVOYE: "Saisir l’assistance et les votes à la séance, puis adopter ou rejeter.",
        Etat.ADOPTE: "Télécharger les actes et préparer les conventions.",
        Etat.REJETE: "Reprendre l’instruction des dossiers.",
    }

    etat = FSMField("état", choices=Etat.choices, default=Etat.PREPARATION, protected=True)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        try:
            super().save(*args, **kwargs)
        finally:
            self.__dict__.pop("_acte_en_cours", None)

    def _refuser_si_fige(self):
        # The acts that follow the sending (next sending, vote, modificatif) write the row: their arrow was checked.
        if not getattr(self, "_acte_en_cours", False):
            super()._refuser_si_fige()

    @classmethod
    def filtre_fige(cls):
        return ~Q(etat__in=cls.OUVERTS)

    @property
    def est_fige(self):
        return not self.est_ouvert

    def raison_du_gel(self):
        if self.etat in self.ENVOYES:
            return (
                f"Le rapport {self.reference} a été {self.get_etat_display().lower()} : il ne se modifie plus. "
                "Préparez un rapport modificatif, qui nommera ses différences, ou amendez-le en séance."
            )
        return (
            f"Le rapport {self.reference} a été soumis au vote : il ne se modifie plus. "
            "Une correction passe par un nouveau rapport et une nouvelle délibération."
        )

    @property
    def est_ouvert(self) -> bool:
        """True while what it says may change."""
        return self.etat in self.OUVERTS

    @property
    def peut_etre_rejete(self) -> bool:
        """A rapport sent to the commissions alone is taken back first."""
        return not self.est_vote and self.etat != self.Etat.EN_COMMISSION

    @property
    def recoit_les_avis(self) -> bool:
        """The commissions speak of what they were sent, before the members read it with their avis."""
        return self.etat == self.Etat.EN_COMMISSION

    @property
    def est_vote(self) -> bool:
        return self.etat in self.VOTES

    @property
    def prochaine_action(self) -> str:
        return self.A_FAIRE[self.etat]

    def verrouiller_ouvert(self):
        """Lock the row and refuse when it has been sent or voted."""
        courant = type(self).verrouiller(self.pk)
        courant.refuser_si_ferme()
        return courant

    def refuser_si_ferme(self):
        """Raise ActeFige when what the rapport says may no longer change."""
        if not self.est_ouvert:
            raise ActeFige(self.raison_du_gel())

    def refuser_si_vote(self):
        """Raise ActeFige when the vote has taken place: attendance, votes and amendments no longer change."""
        if self.est_vote:
            raise ActeFige(self.raison_du_gel())

    def refuser_si_lu(self):
        """Raise ActeFige once the members hold the rapport: what the commissions said of it no longer changes."""
        if self.etat in self.LUS:
            raise ActeFige(self.raison_du_gel())

    # --- Visas ---------------------------------------------------------------------------------------------------

    def visas_actifs(self):
        return self.visas.filter(annule_le__isnull=True).select_related("par")

    def etape_attendue(self, visas=None) -> str | None:
        """Next step of the circuit without an active visa; None when the circuit is complete.

        `visas`: the steps already visées, when they are known.
        """
        donnes = {v.etape for v in self.visas_actifs()} if visas is None else set(visas)
        return next((e for e in settings.DPID["circuit_visas"] if e not in donnes), None)

    def viser(self, *, par, etape=None, constats=None, commentaire=""):
        """Give the next visa of the circuit. « finances » reserves the credits and records what it reads elsewhere.

        `constats`: {AE id: disponible constaté (euros)}. Raises ActeRefuse, CreditInsuffisant.
        """
        from deliberations.visas import donner_visa

        return donner_visa(self, par=par, etape=etape, constats=constats or {}, commentaire=commentaire)

    def annuler_visas(self, *, motif: str, par=None):
        """Cancel the visas given and free what they reserved: an amount, a line or an imputation changed."""
        from deliberations.visas import annuler

        annuler(self, motif=motif, par=par or acteur_courant())

    @transition(etat, source=Etat.PREPARATION, target=Etat.VISE)
    def _terminer_circuit(self):
        """Last visa given (the journal row is the visa's)."""

    @transition(etat, source=Etat.VISE, target=Etat.PREPARATION)
    def _rouvrir_circuit(self):
        """Visas cancelled (the journal row is the cancellation's)."""

    # --- Sending -------------------------------------------------------------------------------------------------

    def envoyer_en_commission(self, *, par, avancer=None):
        """Send to the commissions: what it says is frozen, its documents kept with their SHA-256."""
        from deliberations import envoi

        return envoi.envoyer(self, par=par, verbe="_envoyer_en_commission", avancer=avancer)

    def envoyer_aux_elus(self, *, par, avancer=None):
        """Send to the members, with the avis that the commissions gave. Raises ActeRefuse."""
        from deliberations import envoi

        return envoi.envoyer(self, par=par, verbe="_envoyer_aux_elus", avancer=avancer)

    @acte(etat, "Envoyer en commission", source=[Etat.VISE], cible=Etat.EN_COMMISSION)
    def _envoyer_en_commission(self, *, par, motif="", prepares):
        from deliberations import envoi

        envoi.enregistrer(self, "commissions", par=par, prepares=prepares)

    @acte(etat, "Envoyer aux élus", source=[Etat.EN_COMMISSION], cible=Etat.ENVOYE)
    def _envoyer_aux_elus(self, *, par, motif="", prepares):
        from deliberations import envoi

        envoi.enregistrer(self, "elus", par=par, prepares=prepares)
        self._acte_en_cours = True

    @acte(etat, "Préparer un rapport modificatif", source=[*ENVOYES], cible=Etat.PREPARATION)
    def preparer_modificatif(self, *, par, motif):
        """Open again what was sent: the visas fall, the next edition will name what it changes."""
        from deliberations import envoi

        envoi.rouvrir(self, par=par, motif=motif)
        self._acte_en_cours = True

    # --- Vote ----------------------------------------------------------------------------------------------------

    def adopter(self, *, par, numero: str, le, avancer=None, reprise=False):
        """Adopt what the blocks adopted: affectations written, dossiers voted, documents frozen, in one transaction.

        Documents are rendered before it and their data compared inside it, so that no PDF is made under locks.
        `reprise`: an act already voted is taken over by the system account, which gives the visas and makes the
        sendings still missing in the same transaction. Raises ActeRefuse, CreditInsuffisant.
        """
        from deliberations import adoption, envoi

        adoption.verifier_adoptable(self, par=par, numero=numero, le=le, reprise=reprise)
        prepares = adoption.preparer_documents(self, numero=numero, le=le, avancer=avancer)
        envois = envoi.preparer_manquants(self) if reprise else []
        with transaction.atomic():
            while reprise and (etape := self.etape_attendue()):
                self.viser(par=par, etape=etape, commentaire="Visa porté par la reprise de l’acte.")
            for verbe, documents in envois:
                getattr(self, verbe)(par=par, motif="Envoi porté par la reprise de l’acte.", prepares=documents)
            return self._adopter(par=par, numero=numero, le=le, prepares=prepares)

    @acte(etat, "Adopter", source=[Etat.ENVOYE], cible=Etat.ADOPTE)
    def _adopter(self, *, par, motif="", numero, le, prepares):
        from deliberations import adoption

        adoption.adopter(self, par=par, numero=numero, le=le, prepares=prepares)
        self._acte_en_cours = True

    def rejeter(self, *, par, motif, le, numero=""):
        """Reject at the séance: reservations freed, lines back to instruction with the motive.

        With a number the refusal is an act: its délibération is rendered first, then frozen with what it says, as for
        an adoption. Raises ActeRefuse.
        """
        from deliberations import adoption

        adoption.verifier_rejetable(motif=motif, numero=numero)
        prepares = adoption.preparer_le_rejet(self, numero=numero, le=le, motif=motif) if numero else []
        return self._rejeter(par=par, motif=motif, le=le, numero=numero, prepares=prepares)

    @acte(etat, "Rejeter", source=[Etat.ENVOYE, Etat.VISE, Etat.PREPARATION], cible=Etat.REJETE)
    def _rejeter(self, *, par, motif, le, numero, prepares):
        from deliberations import adoption

        adoption.rejeter(self, par=par, motif=motif, le=le, numero=numero, prepares=prepares)
        self._acte_en_cours = True
