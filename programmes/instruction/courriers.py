"""Letters to the structures: prepared by the acts, corrected by hand, dated when they leave, kept for good.

The texts are ours. Remedies: Code de justice administrative, art. R. 421-1 (two months), and Code des relations entre
le public et l'administration, art. L. 411-2 (recours gracieux).
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dpid.calendrier import ajouter_jours_ouvres
from dpid.documents import blocs
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal
from dpid.typographie import date_longue, entre_guillemets
from programmes.instruction.completude import manquantes
from programmes.models import Courrier

N = Courrier.Nature
DELAI_DE_REPONSE = 15  # working days left to the structure; the letter is corrected before it leaves
RECOURS = (
    "Si vous contestez cette décision, vous disposez de deux mois à compter de la réception de ce courrier pour "
    "demander au Président du Conseil départemental de la réexaminer (recours gracieux), ou pour saisir le tribunal "
    "administratif de Lille, par écrit ou par l’application Télérecours citoyens. Un recours gracieux introduit dans "
    "ce délai le fait courir de nouveau à compter de la réponse."
)
OBJETS = {
    N.INCOMPLETUDE: "Pièces à fournir",
    N.IRRECEVABILITE: "Irrecevabilité de votre demande",
    N.RELANCE: "Rappel : pièces attendues",
    N.REFUS: "Suite donnée à votre demande",
    N.AJOURNEMENT: "Ajournement de votre demande",
    N.AUTRE: "Votre demande de financement",
}


def designation(dossier) -> str:
    """« votre demande n° 12, « Ateliers », déposée au titre du dispositif 4.1 … de l'appel à projets 2024 »."""
    action = f", {entre_guillemets(dossier.intitule)}," if dossier.intitule else ""
    annee = dossier.dispositif.thematique.appel.annee
    return f"votre demande n°\u00a0{dossier.pk}{action} au titre du dispositif {dossier.dispositif} (appel {annee})"


def texte(dossier, nature: str, motif: str = "") -> str:
    """The body of a letter, ready to be corrected: paragraphs apart by a blank line, lists by « - »."""
    demande = designation(dossier)
    corps = {
        N.INCOMPLETUDE: _pieces,
        N.RELANCE: _relance,
        N.IRRECEVABILITE: _irrecevable,
        N.REFUS: _refus,
        N.AJOURNEMENT: _ajournement,
    }.get(nature, _libre)(dossier, demande, motif.strip())
    return "\n\n".join(["Madame, Monsieur,", *corps, _salutation(dossier)])


def _echeance() -> str:
    return date_longue(ajouter_jours_ouvres(timezone.localdate(), DELAI_DE_REPONSE))


def _liste(dossier) -> str:
    return "\n".join(f"- {e.phrase()}" for e in manquantes(dossier))


def _pieces(dossier, demande, motif):
    attendu = motif or _liste(dossier)
    return [
        f"Nous avons bien reçu {demande}.",
        f"Pour que l’instruction commence, il nous manque :\n\n{attendu}",
        f"Merci de nous les adresser avant le {_echeance()}. Votre dossier garde sa date de dépôt.",
    ]


def _relance(dossier, demande, motif):
    attendu = _liste(dossier) or dossier.motif
    return [
        f"Sauf erreur de notre part, {demande} attend toujours les éléments suivants :\n\n{attendu}",
        f"Sans réponse avant le {_echeance()}, votre demande pourra être déclarée irrecevable.",
    ]


def _irrecevable(dossier, demande, motif):
    return [
        f"Après examen, {demande} ne peut pas être instruite, pour le motif suivant :",
        motif,
        "Cette décision ne préjuge pas d’une demande déposée à une prochaine session.",
        RECOURS,
    ]


def _refus(dossier, demande, motif):
    return [f"Après instruction, {demande} n’a pas été retenue, pour le motif suivant :", motif, RECOURS]


def _ajournement(dossier, demande, motif):
    return [
        f"L’examen de {demande} est ajourné, pour le motif suivant :",
        motif,
        "Elle sera reprise dès que ce motif sera levé ; il n’est pas nécessaire de déposer un nouveau dossier.",
    ]


def _libre(dossier, demande, motif):
    return [f"Nous revenons vers vous au sujet de {demande}.", motif or "…"]


def _salutation(dossier) -> str:
    service = str(dossier.dispositif.service or "Le service instructeur")
    return (
        "Nous vous prions d’agréer, Madame, Monsieur, l’expression de notre considération distinguée.\n\n"
        f"Pour le Président du Conseil départemental,\n{service}"
    )


@transaction.atomic
def etablir(dossier, nature: str, *, par, motif: str = "", jeton: str = "", corps: str = "") -> Courrier:
    """Prepare a letter, to be corrected then sent; one journal row. `jeton` twice is the same letter.

    `corps`: its text, when it is not the usual one.
    """
    deja = deja_cree(Courrier, par, jeton) if jeton else None
    if deja:
        return Courrier.objects.get(pk=deja)
    structure = dossier.structure
    courrier = Courrier.objects.create(
        structure=structure, dossier=dossier, nature=nature, destinataire=str(structure)[:250], etabli_par=par,
        objet=f"{OBJETS.get(nature, OBJETS[N.AUTRE])} – dossier n°\u00a0{dossier.pk}",
        corps=corps or texte(dossier, nature, motif),
    )  # fmt: skip
    titre = f"Établir un courrier : {courrier.get_nature_display().lower()}"
    Journal.noter(courrier, "creer", titre, par=par, donnees={"jeton": jeton, "dossier": dossier.pk})
    return courrier


def garder_l_envoi(
    nature,
    titre: str,
    *,
    par,
    le,
    structure: int,
    destinataire,
    objet,
    corps,
    donnees: dict,
    dossier: int | None = None,
) -> Courrier:
    """A letter kept as it left on `le`, with one journal row (`titre`); `structure` and `dossier` are ids.

    Raises ValidationError on what the letter cannot hold.
    """
    courrier = Courrier(
        structure_id=structure, dossier_id=dossier, nature=nature, destinataire=destinataire, objet=objet, corps=corps,
        etabli_par=par, envoye_le=le,
    )  # fmt: skip
    courrier.full_clean()
    courrier.save()
    donnees = {**donnees, "structure": structure} | ({"dossier": dossier} if dossier else {})
    Journal.noter(courrier, "creer", titre, par=par, vers=f"{le:%d/%m/%Y}", donnees=donnees)
    return courrier


def manque(courrier) -> str:
    """What keeps a letter from leaving, empty when nothing does."""
    if "…" in courrier.corps:
        return "Ce courrier n’est pas fini : remplacez les points de suspension, puis enregistrez-le."
    return ""


@transaction.atomic
def envoyer(courrier, *, par, le) -> None:
    """Date the sending; the letter no longer changes. Raises ActeRefuse: already sent, unfinished, impossible date."""
    verrouille = Courrier.objects.select_for_update().get(pk=courrier.pk)
    if verrouille.envoye_le:
        raise ActeRefuse(f"Ce courrier est déjà parti le {verrouille.envoye_le:%d/%m/%Y}.")
    if raison := manque(verrouille):
        raise ActeRefuse(raison)
    if not timezone.localdate(verrouille.etabli_le) <= le <= timezone.localdate():
        raise ActeRefuse("Un courrier part entre le jour où il est établi et aujourd’hui.")
    verrouille.envoye_le = le
    verrouille.save()
    Journal.noter(verrouille, "envoyer", "Envoyer le courrier", par=par, vers=f"{le:%d/%m/%Y}")
    courrier.envoye_le, courrier.version = le, verrouille.version


def contexte(courrier) -> dict:
    """What the printed letter shows."""
    dossier = courrier.dossier
    return {
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "service": str(dossier.dispositif.service or "") if dossier else "",
        "destinataire": courrier.destinataire,
        "adresse": courrier.structure.adresse,
        "date": (courrier.envoye_le or timezone.localdate(courrier.etabli_le)).isoformat(),
        "le": courrier.envoye_le or timezone.localdate(courrier.etabli_le),
        "objet": courrier.objet,
        "blocs": blocs(courrier.corps),
        "pied": f"Dossier n°\u00a0{dossier.pk}" if dossier else "",
    }
