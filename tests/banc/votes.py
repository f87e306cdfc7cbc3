"""Votes and sendings to interrupt: one rapport per trial; a trace counts the rows of each kind that an act leaves."""

from decimal import Decimal

from tests.banc.enfants import annoncer


class Adoptions:
    """One rapport sent to the members per trial; the trace of an act is the number of rows of each kind it leaves."""

    def __init__(self, essais):
        from deliberations import documents
        from tests import maquette

        # Rendering is long, outside the transaction and proved elsewhere: the kills fall inside the transaction.
        documents.rendre = lambda contexte, format: b"%PDF-essai " + contexte["nature"].encode()
        self.mondes = []
        for n in range(essais + 1):
            monde = maquette.monde(numero=str(n + 1), n=2 * n + 1)
            self.completer(monde)
            self.mener(monde)
            self.mondes.append(monde)

    def completer(self, monde):
        from tests import maquette

        for k in range(10):
            maquette.presenter(
                monde.rapport, monde.operation, "1.00", ae=monde.ae, nom=f"S{k}", par=monde.equipe.instruction
            )

    def mener(self, monde):
        monde.mener_au_vote()

    def entree(self) -> tuple:
        """What the act reaches first in its transaction."""
        from deliberations import adoption

        return adoption, "_affecter"

    def agir(self, n):
        monde = self.mondes[n]

        def travail(dire):
            with annoncer(*self.entree(), dire):
                monde.adopter(numero=f"2024-{n + 1}")
            dire("oui")

        return travail

    def reessayer(self, n):
        from dpid.erreurs import ActeRefuse

        monde = self.mondes[n]
        monde.rapport.refresh_from_db()
        try:
            monde.adopter(numero=f"2024-{n + 1}")
        except ActeRefuse as refus:
            assert f"2024-{n + 1}" in str(refus) and "déjà adopté" in str(refus), refus

    def trace(self, n) -> tuple:
        from budget.models import Mouvement
        from deliberations.models import Deliberation, DocumentDeDeliberation, ImputationVotee, Rapport
        from dpid.models import Document, Journal
        from programmes.models import Dossier, LigneDossier

        monde = self.mondes[n]
        rapport = Rapport.objects.get(pk=monde.rapport.pk)
        lignes = list(rapport.propositions.values_list("ligne", flat=True))
        return (
            rapport.etat,
            Deliberation.objects.filter(rapport=rapport).count(),
            Mouvement.objects.filter(cle__startswith=f"rapport-{rapport.pk}:adoption").count(),
            ImputationVotee.objects.filter(deliberation__rapport=rapport).count(),
            DocumentDeDeliberation.objects.filter(deliberation__rapport=rapport).count(),
            Document.objects.filter(contexte__numero=f"2024-{n + 1}").count(),
            LigneDossier.objects.filter(pk__in=lignes, votee_le__isnull=False).count(),
            Dossier.objects.filter(lignes__in=lignes, etat="vote").count(),
            Journal.objects.de_l_objet(rapport).filter(verbe="adopter").count(),
        )

    rien = ("envoye", 0, 0, 0, 0, 0, 0, 0, 0)
    tout = ("adopte", 1, 4, 2, 3, 3, 13, 13, 1)


class AdoptionsAmendees(Adoptions):
    """The séance has withdrawn a line, amended two amounts and adjourned a block of ten lines."""

    def __init__(self, essais):
        from deliberations.assemblee import amendements

        super().__init__(essais)
        for monde in self.mondes:
            par = monde.equipe.assemblees
            amendements.retirer(monde.propositions[1], par=par, motif="Pièce manquante")
            amendements.amender(monde.propositions[0], Decimal("500.01"), par=par, motif="Plus")
            amendements.amender(monde.propositions[2], Decimal("33.33"), par=par, motif="Moins")
            amendements.decider(monde.ecarte, "ajourne", par=par, motif="À revoir")

    def entree(self) -> tuple:
        from deliberations.assemblee import amendements

        return amendements, "appliquer"

    def completer(self, monde):
        """Ten more lines in a block of their own."""
        from deliberations.models import BlocDeVote
        from tests import maquette

        autre = maquette.dispositif("1.1", numero=1)
        operation = maquette.operation(monde.rapport, autre, numero="2", libelle="Écartée")
        retenu, monde.ecarte = (BlocDeVote.objects.create(rapport=monde.rapport, ordre=n) for n in (1, 2))
        for presentee, bloc in ((monde.operation, retenu), (operation, monde.ecarte)):
            presentee.thematique.bloc = bloc
            presentee.thematique.save()
        for k in range(10):
            maquette.presenter(
                monde.rapport, operation, "1.00", ae=monde.ae, nom=f"S{k}", par=monde.equipe.instruction,
                answering=autre,
            )  # fmt: skip

    def trace(self, n) -> tuple:
        from deliberations.models import Proposition
        from programmes.models import Dossier, Financement

        monde = self.mondes[n]
        presentees = Proposition.objects.filter(operation__thematique__rapport=monde.rapport.pk)
        dossiers = Dossier.objects.filter(lignes__propositions__in=presentees)
        montants = Financement.objects.filter(ligne__in=monde.lignes).order_by("pk").values_list("montant", flat=True)
        return (
            *super().trace(n),
            presentees.filter(est_active=False).count(),
            dossiers.filter(etat="en_instruction").count(),
            *(f"{m:.2f}" for m in montants),
        )

    rien = ("envoye", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "400.00", "200.00", "50.00")
    tout = ("adopte", 1, 4, 2, 3, 3, 2, 2, 1, 11, 11, "500.01", "200.00", "33.33")


# --- Sending --------------------------------------------------------------------------------------------------------


class Envois(Adoptions):
    """Sent to the commissions, then to the members: each trial is killed in the second sending."""

    def mener(self, monde):
        monde.viser()
        monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees)

    def entree(self) -> tuple:
        from deliberations import editions

        return editions, "derniere"

    def agir(self, n):
        monde = self.mondes[n]

        def travail(dire):
            with annoncer(*self.entree(), dire):
                monde.rapport.envoyer_aux_elus(par=monde.equipe.assemblees)
            dire("oui")

        return travail

    def reessayer(self, n):
        from dpid.erreurs import ActeRefuse

        monde = self.mondes[n]
        monde.rapport.refresh_from_db()
        try:
            monde.rapport.envoyer_aux_elus(par=monde.equipe.assemblees)
        except ActeRefuse as refus:
            assert "« Envoyer aux élus » est impossible" in str(refus) and "Envoyé aux élus" in str(refus), refus

    def trace(self, n) -> tuple:
        from deliberations.models import DocumentDEdition, Rapport
        from dpid.models import Document, Journal

        rapport = Rapport.objects.get(pk=self.mondes[n].rapport.pk)
        return (
            rapport.etat,
            *rapport.editions.order_by("rang").values_list("destinataires", flat=True),
            DocumentDEdition.objects.filter(edition__rapport=rapport).count(),
            Document.objects.filter(contexte__reference=rapport.reference).count(),
            Journal.objects.de_l_objet(rapport).filter(verbe="envoyer_aux_elus").count(),
        )

    rien = ("en_commission", "commissions", 3, 3, 0)
    tout = ("envoye", "commissions", "elus", 6, 6, 1)
