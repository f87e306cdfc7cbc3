"""States of a dossier, where it comes from, and what each role must do next."""

from django.db import models

from dpid.models import Role


class Etat(models.TextChoices):
    DEPOSE = "depose", "Déposé"
    INCOMPLET = "incomplet", "Incomplet"
    COMPLET = "complet", "Complet"
    RECEVABLE = "recevable", "Recevable"
    IRRECEVABLE = "irrecevable", "Irrecevable"
    EN_INSTRUCTION = "en_instruction", "En instruction"
    AVIS = "avis", "Avis demandés"
    PROPOSE = "propose", "Proposé"
    INSCRIT = "inscrit", "Inscrit à un rapport"
    VOTE = "vote", "Voté"
    AJOURNE = "ajourne", "Ajourné"
    REFUSE = "refuse", "Refusé"


class Origine(models.TextChoices):
    SESSION = "session", "Session de dépôt"
    AVENANT = "avenant", "Demande d’avenant"
    INITIATIVE = "initiative", "Initiative du Département"
    COMPLEMENT = "complement", "Élément complémentaire d’un appel antérieur"
    REPRISE = "reprise", "Reprise d’un tableau"


class Canal(models.TextChoices):
    PORTAIL = "portail", "Portail de dépôt"
    COURRIER = "courrier", "Courrier"
    COURRIEL = "courriel", "Courriel"
    SAISIE = "saisie", "Saisie par le service"


# What each role must do now; the sentence under "" is for those who only wait.
A_FAIRE = {
    Etat.DEPOSE: {
        Role.INSTRUCTION: "Vérifier les pièces, puis déclarer le dossier complet ou incomplet.",
        "": "L’instruction vérifie les pièces.",
    },
    Etat.INCOMPLET: {
        Role.INSTRUCTION: "Relancer la structure, puis déclarer le dossier complet dès que les pièces sont là.",
        "": "La structure doit fournir les pièces manquantes.",
    },
    Etat.COMPLET: {
        Role.INSTRUCTION: "Vérifier l’éligibilité, puis déclarer le dossier recevable ou irrecevable.",
        "": "L’instruction vérifie l’éligibilité.",
    },
    Etat.RECEVABLE: {
        Role.INSTRUCTION: "Ouvrir l’instruction.",
        "": "L’instruction doit s’ouvrir.",
    },
    Etat.IRRECEVABLE: {
        Role.INSTRUCTION: "Notifier l’irrecevabilité à la structure.",
        "": "Le dossier n’est pas recevable.",
    },
    Etat.EN_INSTRUCTION: {
        Role.INSTRUCTION: "Instruire la demande : demander les avis, puis proposer un montant par ligne.",
        Role.TERRITOIRE: "Attendre la demande d’avis ; une remarque peut déjà être posée.",
        "": "Le dossier est à l’instruction.",
    },
    Etat.AVIS: {
        Role.INSTRUCTION: "Attendre les avis ou relancer ; proposer dès qu’ils sont rendus ou échus.",
        Role.TERRITOIRE: "Rendre l’avis demandé avant son échéance.",
        "": "Des avis sont attendus.",
    },
    Etat.PROPOSE: {
        Role.INSTRUCTION: "Inscrire le dossier à un rapport.",
        Role.DIRECTION: "Arbitrer le montant ; le dossier s’inscrit ensuite à un rapport.",
        "": "Le dossier attend son inscription à un rapport.",
    },
    Etat.INSCRIT: {
        "": "Attendre le vote ; les montants se modifient encore, ce qui annule les visas du rapport.",
    },
    Etat.VOTE: {
        Role.CONVENTIONS: "Générer la convention ou l’avenant.",
        "": "La convention ou l’avenant est à générer.",
    },
    Etat.AJOURNE: {
        Role.INSTRUCTION: "Reprendre l’instruction quand le motif d’ajournement est levé.",
        "": "Le dossier est ajourné.",
    },
    Etat.REFUSE: {
        Role.INSTRUCTION: "Notifier le refus à la structure.",
        "": "Le dossier est refusé.",
    },
}
