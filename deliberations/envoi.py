"""Sending a rapport: what it says is frozen, with the documents that were sent and what they change.

As for the vote, documents are rendered first; inside the transaction their data are computed again and compared.
"""

from deliberations import comparaison, editions
from deliberations.controle.examen import Moment
from deliberations.controle.registre import refuser_si_bloquants
from deliberations.imputations import reservations
from deliberations.models import DocumentDEdition, EditionDuRapport, Proposition
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from dpid.montants import euros
from dpid.typographie import accorder, composer

Destinataires = EditionDuRapport.Destinataires
# The state from which each sending starts, its verb, and what it is called.
ETAPES = {
    "commissions": ("vise", "envoyer_en_commission", "Envoyer en commission"),
    "elus": ("en_commission", "envoyer_aux_elus", "Envoyer aux élus"),
}
# Printed inside the rapport: not a document of its own in what is sent.
IMPUTATIONS = "imputations"


def etape(rapport) -> str:
    """The sending that comes next (`commissions`, `elus`), empty when there is none."""
    return next((a for a, (depart, *_) in ETAPES.items() if rapport.etat == depart), "")


def consequences(rapport, a: str, imputations, repartition) -> list[str]:
    """What a sending brings about, in figures: read before it is confirmed."""
    lignes = accorder(len(repartition.lignes), "ligne")
    phrases = [
        f"Le contenu du rapport est figé : {lignes}, {euros(repartition.nouveau, symbole=True)}. Une correction "
        "passera par un rapport modificatif, ou par un amendement en séance."
    ]
    if a == Destinataires.ELUS:
        phrases = ["Les élus reçoivent le rapport avec l’avis des commissions, qui ne se modifie plus."]
    phrases += [
        f"{i.code} {i.libelle} : {euros(i.proposition, symbole=True)} proposés, solde annoncé "
        f"{euros(i.solde, symbole=True)}."
        for i in imputations
    ]
    phrases.append("Le rapport, le projet de délibération et les annexes sont conservés avec leur empreinte SHA-256.")
    return [composer(phrase) for phrase in phrases]


def consequences_du_modificatif(rapport, imputations) -> list[str]:
    """What opening again a rapport already sent brings about."""
    reserves = reservations(rapport)
    phrases = [
        f"{i.code} {i.libelle} : {euros(reserves[i.autorisation.pk], symbole=True)} réservés seront libérés."
        for i in imputations
        if i.autorisation.pk in reserves
    ]
    phrases += [
        "Les visas donnés sont annulés : le circuit reprend du début, puis le rapport est envoyé de nouveau.",
        "Les éditions déjà envoyées restent consultables ; la prochaine nommera ses différences avec elles.",
    ]
    return [composer(phrase) for phrase in phrases]


def envoyer(rapport, *, par, verbe: str, avancer=None):
    """Render, then send by the act `verbe`. Raises ActeRefuse when a blocking finding remains."""
    _verifier(rapport)
    return getattr(rapport, verbe)(par=par, prepares=preparer(rapport, avancer=avancer))


def preparer(rapport, *, avancer=None) -> list:
    """`[(nature, context, title, file name, pdf)]` of what the members receive: the rapport, the draft of the
    délibération, the annexes as presented."""
    from deliberations import documents

    lecture = documents.Lecture(rapport, adoptee=False)
    prepares = []
    natures = [piece.cle for piece in documents.pieces(rapport) if piece.cle != IMPUTATIONS]
    for rang, nature in enumerate(natures):
        contexte = _contexte(rapport, nature, lecture)
        prepares.append(
            (nature, contexte, documents.titre(contexte), documents.nom_fichier(contexte, "pdf"),
             documents.rendre(contexte, "pdf"))
        )  # fmt: skip
        if avancer:
            avancer(rang + 1, len(natures))
    return prepares


def _contexte(rapport, nature: str, lecture) -> dict:
    """The rapport that is sent is final; what it proposes to adopt is still a draft."""
    from deliberations import documents

    return documents.contexte(rapport, nature, lecture=lecture, definitif=nature == documents.DU_RAPPORT)


def preparer_manquants(rapport) -> list[tuple]:
    """The sendings that an act taken over has not been through: `[(verb, documents)]`, rendered once for both."""
    Etat = rapport.Etat
    verbes = {
        Etat.PREPARATION: ("_envoyer_en_commission", "_envoyer_aux_elus"),
        Etat.VISE: ("_envoyer_en_commission", "_envoyer_aux_elus"),
        Etat.EN_COMMISSION: ("_envoyer_aux_elus",),
    }.get(rapport.etat, ())
    prepares = preparer(rapport) if verbes else []
    return [(verbe, prepares) for verbe in verbes]


def enregistrer(rapport, destinataires: str, *, par, prepares) -> None:
    """Body of the act, inside its transaction: one more edition, its documents, what it changes of the former one."""
    from deliberations import documents

    lecture = documents.Lecture(rapport, adoptee=False)
    for nature, contexte, *_ in prepares:
        if _contexte(rapport, nature, lecture) != contexte:
            raise ActeRefuse(
                "Le rapport a été modifié pendant l’édition des documents : vérifiez-le, puis envoyez-le de nouveau. "
                "Rien n’a été enregistré."
            )
    precedente = editions.derniere(rapport)
    edition = EditionDuRapport.objects.create(
        rapport=rapport,
        rang=precedente.rang + 1 if precedente else 1,
        destinataires=destinataires,
        motif=_motif_de_reouverture(rapport, precedente),
        differences=_differences(precedente, {nature: contexte for nature, contexte, *_ in prepares}),
        par=par,
    )
    for nature, contexte, titre, nom, pdf in prepares:
        document = Document.figer(nature=nature, titre=titre, nom_fichier=nom, contexte=contexte, pdf=pdf, par=par)
        DocumentDEdition.objects.create(edition=edition, document=document, nature=nature)


def rouvrir(rapport, *, par, motif) -> None:
    """Body of « préparer un rapport modificatif »: the visas fall and what they reserved is free again."""
    from deliberations.visas import annuler_actifs

    if not motif:
        raise ActeRefuse("Un rapport modificatif dit son motif.")
    if rapport.amendements.exists():
        raise ActeRefuse("Des amendements de séance sont enregistrés : retirez-les avant de reprendre le rapport.")
    annuler_actifs(rapport, par=par, motif=f"Rapport modificatif : {motif}")


def _motif_de_reouverture(rapport, precedente) -> str:
    """Why the rapport was opened again since its last sending; empty otherwise."""
    acte = editions.reouverture(rapport) if precedente else None
    return acte.motif[:250] if acte and acte.le > precedente.le else ""


def _differences(precedente, nouveaux: dict) -> list[str]:
    if precedente is None:
        return []
    return comparaison.phrases(comparaison.comparer(editions.contextes(precedente), nouveaux))


def _verifier(rapport) -> None:
    if not Proposition.objects.filter(operation__thematique__rapport=rapport, est_active=True).exists() and (
        not rapport.recettes.exists()
    ):
        raise ActeRefuse(
            "L’envoi est impossible : le rapport ne présente ni ligne ni recette. Inscrivez-en au moins une."
        )
    refuser_si_bloquants(rapport, moment=Moment.ENVOI, avant="L’envoi")
