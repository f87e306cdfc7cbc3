"""Documents of the acts: the context that they print, and the PDF. Pure data, so that what is frozen can be re-read."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from conventions.champs import EN_LETTRES
from conventions.composition import Nature, Texte, composer
from conventions.joints import suivre
from conventions.lecture import ActeLu, lire_du_jour, lire_un
from conventions.objet import objet
from conventions.vie import codes
from dpid import bureautique
from dpid.documents import blocs, html_seul, rendre_pdf
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from dpid.montants import chaine
from dpid.typographie import avec_majuscule, date_longue, sans_majuscule

GABARIT = "documents/acte.html"


def contexte(lu: ActeLu, texte: Texte | None = None) -> dict:
    """Everything that an act prints (amounts as strings, ISO dates)."""
    texte = texte or composer(lu)
    acte = lu.acte
    vivant = {
        "acte": acte.pk,
        "nature": "avenant" if acte.est_avenant else "convention",
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "emetteur": _emetteur(acte),
        "date": lu.le.isoformat(),
        "reference": acte.reference,
        "pied": avec_majuscule(str(acte)),
        "titre": f"Avenant n°\u00a0{acte.rang} à la convention" if acte.est_avenant else "Convention",
        "numero": lu.convention.numero or "",
        "objet": objet(lu),
        "montant": chaine(lu.montant),
        "exemplaires": acte.exemplaires,
        "exemplaires_en_lettres": EN_LETTRES.get(acte.exemplaires, str(acte.exemplaires)),
        "parties": [_partie(lu, p) for p in lu.parties],
        "clauses": [c.en_donnees() for c in texte.clauses],
        "changements": [c.en_donnees() for c in texte.changements],
        "manques": [m.phrase for m in texte.manques],
    }
    return suivre(lu.joint, vivant) if lu.joint and not lu.essai else vivant


def _emetteur(acte) -> list[str]:
    """Pole and direction of the rapport, as heads of acts bear them."""
    service = acte.rapport.service if acte.rapport_id else None
    return [ligne for ligne in (service.pole, service.direction) if ligne] if service else []


def _partie(lu, partie) -> dict:
    if partie.structure_id is None:
        signataire = lu.signataire
        qualite = signataire.qualite if signataire else ""
        return {
            "nom": settings.DPID["collectivite"],
            "designation": partie.designation or "le Département",
            "representant": str(signataire) if signataire else "",
            "qualite": qualite,
            "fonction": sans_majuscule(qualite),
            "habilitation": signataire.delegation if signataire else "",
            "adresse": settings.DPID["siege"],
            "siret": "",
            "departement": True,
            "president": _president(lu),
        }
    representant = lu.representant_de(partie)
    qualite = representant.qualite if representant else ""
    return {
        "nom": partie.structure.raison_sociale,
        "designation": partie.designation or "l’organisme",
        "representant": str(representant or ""),
        "qualite": qualite,
        "fonction": sans_majuscule(qualite),
        "habilitation": representant.habilitation if representant else "",
        "adresse": partie.structure.adresse_imprimee,
        "siret": partie.structure.siret_imprime,
        "departement": False,
        "president": None,
    }


def _president(lu) -> dict | None:
    """Who binds the Département, and by which vote; the signatory acts by delegation. None when nobody is known."""
    president = lu.president
    if president is None or not lu.acte.rapport_id:
        return None
    seance = lu.acte.rapport.seance
    return {
        "nom": str(president),
        "fonction": sans_majuscule(president.qualite),
        "vote": f"la délibération de la {seance.instance.libelle} du {date_longue(seance.date)}",
    }


def mettre_en_page(donnees: dict, *, est_remis: bool = False) -> dict:
    """The context of the act alone; the pages of the text sent to signature, and they only, bear its codes."""
    return {**donnees, "imprime": imprime(donnees), "codes": codes.images(donnees) if est_remis else []}


def imprime(donnees: dict) -> dict:
    """What `documents/_acte.html` reads: texts cut in paragraphs, clauses by kind."""
    return {**donnees, "par_nature": par_nature(donnees["clauses"])}


def par_nature(donnees: list[dict]) -> dict[str, list[dict]]:
    """Clauses by kind, their texts cut in paragraphs."""
    clauses = [{"logos": [], **c, "blocs": blocs(c["texte"]), "fiche": fiche_en_page(c["fiche"])} for c in donnees]
    return {str(n): [c for c in clauses if c["nature"] == n] for n in Nature.values}


def fiche_en_page(fiche: dict | None) -> dict | None:
    """A fiche action with its texts cut in paragraphs."""
    return fiche and {**fiche, "rubriques": [{**r, "blocs": blocs(r["texte"])} for r in fiche["rubriques"]]}


def rendre(donnees: dict, *, projet: bool) -> bytes:
    """The PDF/UA-1 of an act, from its context."""
    titre = f"{donnees['titre']} {donnees['numero']}".strip()
    return rendre_pdf(GABARIT, mettre_en_page(donnees, est_remis=not projet), titre=titre, projet=projet)


def editer(acte) -> tuple[bytes, str]:
    """`(PDF, file name)`: the frozen text once it was sent to signature, a project before.

    Nothing is invented of an act signed before the application: its pièce, or ActeRefuse while nobody deposited it.
    """
    if acte.document_id:
        return bytes(acte.document.pdf), acte.document.nom_fichier
    if acte.signe_le:
        if not acte.scan_id:
            raise ActeRefuse("Cet acte a été signé avant l’application : sa pièce signée n’est pas encore déposée.")
        return bytes(acte.scan.pdf), acte.scan.nom_fichier
    donnees = contexte(lire_du_jour(acte))
    return rendre(donnees, projet=True), f"{donnees['reference']}_projet.pdf"


@dataclass(frozen=True)
class Edition:
    """The text of an act and its PDF, not yet kept."""

    contexte: dict
    pdf: bytes

    def imprime(self, donnees: dict) -> bool:
        """Is it that text? The day of the reading is not printed: who is in office on that day is."""
        return {**self.contexte, "date": ""} == {**donnees, "date": ""}


def rendre_acte(acte, le: date | None = None) -> Edition:
    """What is about to be sent to signature on `le` (default: today), rendered outside any transaction."""
    donnees = contexte(lire_un(acte, le or timezone.localdate()))
    return Edition(donnees, rendre(donnees, projet=False))


def figer(acte, edition: Edition, *, par) -> Document:
    """Keep the text that is sent to signature, in the transaction of its act."""
    donnees = edition.contexte
    return Document.figer(
        nature=donnees["nature"], titre=str(acte)[:250], nom_fichier=f"{donnees['reference']}.pdf", contexte=donnees,
        pdf=edition.pdf, par=par,
    )  # fmt: skip


def modifiable(donnees: dict, format: str) -> bytes:
    """An editable copy (`odt`, `docx`). Raises ActeRefuse."""
    html = html_seul(GABARIT, mettre_en_page(donnees), titre=donnees["titre"])
    return bureautique.copier(html, format, le=date.fromisoformat(donnees["date"]))


def en_html(donnees: dict) -> str:
    return html_seul(GABARIT, mettre_en_page(donnees), titre=donnees["titre"])
