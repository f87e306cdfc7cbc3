"""Exports of the séances, rapports and votes. Written out only: each enters by its own act."""

from deliberations.models import Deliberation, ImputationVotee, MontantDeScenario, Rapport, Seance
from dpid.echanges import Choix, Colonne, Echange, Entier, Jour, Montant


class SeanceResource(Echange):
    titre = "Séances"
    instance = Colonne("instance__code", "Instance", readonly=True)
    date = Colonne("date", "Date", Jour(), readonly=True)
    president = Colonne("president", "Présidence", readonly=True)
    secretaire = Colonne("secretaire", "Secrétaire", readonly=True)
    signataire = Colonne("signataire__nom", "Signataire", readonly=True)

    class Meta:
        model = Seance
        fields = ("instance", "date", "president", "secretaire", "signataire")


class RapportResource(Echange):
    titre = "Rapports"
    reference = Colonne("reference", "Référence", readonly=True)
    intitule = Colonne("titre", "Titre", readonly=True)
    seance = Colonne("seance__date", "Séance", Jour(), readonly=True)
    etat = Colonne("etat", "État", Choix(Rapport.Etat), readonly=True)
    service = Colonne("service__libelle", "Service", readonly=True)

    class Meta:
        model = Rapport
        fields = ("reference", "intitule", "seance", "etat", "service")


class MontantDeScenarioResource(Echange):
    titre = "Montants de scénario"
    appel = Colonne("scenario__appel__annee", "Appel", Entier(), readonly=True)
    scenario = Colonne("scenario__nom", "Scénario", readonly=True)
    dispositif = Colonne("ligne__dossier__dispositif__reference", "Dispositif", readonly=True)
    structure = Colonne("ligne__dossier__structure__raison_sociale", "Structure", readonly=True)
    dossier = Colonne("ligne__dossier_id", "Dossier", Entier(), readonly=True)
    demande = Colonne("ligne__demande", "Demandé", Montant(), readonly=True)
    montant = Colonne("montant", "Montant", Montant(), readonly=True)
    motif_zero = Colonne("motif_zero", "Motif à 0 €", readonly=True)
    commentaire = Colonne("commentaire", "Commentaire", readonly=True)

    class Meta:
        model = MontantDeScenario
        fields = (
            "appel", "scenario", "dispositif", "structure", "dossier", "demande", "montant", "motif_zero",
            "commentaire",
        )  # fmt: skip


class DeliberationResource(Echange):
    titre = "Délibérations"
    numero = Colonne("numero", "Numéro", readonly=True)
    date = Colonne("date", "Date", Jour(), readonly=True)
    intitule = Colonne("titre", "Titre", readonly=True)
    resultat = Colonne("resultat", "Résultat", Choix(Deliberation.Resultat), readonly=True)

    class Meta:
        model = Deliberation
        fields = ("numero", "date", "intitule", "resultat")


class ImputationResource(Echange):
    titre = "Imputations votées"
    deliberation = Colonne("deliberation__numero", "Délibération", readonly=True)
    date = Colonne("deliberation__date", "Date", Jour(), readonly=True)
    ordre = Colonne("ordre", "Ordre", Entier(), readonly=True)
    code = Colonne("code", "Code opération", readonly=True)
    imputation = Colonne("imputation", "Imputation", readonly=True)
    libelle = Colonne("libelle", "Libellé", readonly=True)
    ae = Colonne("ae", "AE", Montant(), readonly=True)
    disponible = Colonne("disponible", "Disponible", Montant(), readonly=True)
    proposition = Colonne("proposition", "Proposition", Montant(), readonly=True)
    solde = Colonne("solde", "Solde", Montant(), readonly=True)

    class Meta:
        model = ImputationVotee
        fields = (
            "deliberation", "date", "ordre", "code", "imputation", "libelle", "ae", "disponible", "proposition",
            "solde",
        )  # fmt: skip
