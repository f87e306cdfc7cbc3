"""Documents of the acts: the context that they print, and the PDF. Pure data, so that what is frozen can be re-read."""

from dataclasses import dataclass

from django.conf import settings

from conventions.composition import Nature, Texte, composer
from conventions.lecture import ActeLu, lire_un
from conventions.vie import codes
from dpid.documents import blocs, html_seul, rendre_pdf
from dpid.models import Document
from dpid.montants import chaine

GABARIT = "documents/acte.html"


def contexte(lu: ActeLu, texte: Texte | None = None) -> dict:
    """Everything that an act prints (amounts as strings, ISO dates)."""
    texte = texte or composer(lu)
    acte = lu.acte
    return {
        "acte": acte.pk,
        "nature": "avenant" if acte.est_avenant else "convention",
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "date": lu.le.isoformat(),
        "reference": acte.reference,
        "pied": acte.reference,
        "titre": f"Avenant n°\u00a0{acte.rang} à la convention" if acte.est_avenant else "Convention",
        "numero": lu.convention.numero or "",
        "objet": acte.objet or lu.convention.objet,
        "montant": chaine(lu.montant),
        "exemplaires": acte.exemplaires,
        "parties": [_partie(lu, p) for p in lu.parties],
        "clauses": [c.en_donnees() for c in texte.clauses],
        "changements": [c.en_donnees() for c in texte.changements],
        "manques": [m.phrase for m in texte.manques],
    }


def _partie(lu, partie) -> dict:
    if partie.structure_id is None:
        signataire = lu.signataire
        return {
            "nom": settings.DPID["collectivite"],
            "designation": partie.designation or "le Département",
            "representant": str(signataire) if signataire else "",
            "qualite": signataire.qualite if signataire else "",
            "habilitation": signataire.delegation if signataire else "",
            "adresse": "", "siret": "", "departement": True,
        }  # fmt: skip
    representant = lu.representant_de(partie)
    return {
        "nom": partie.structure.raison_sociale,
        "designation": partie.designation or "l’organisme",
        "representant": str(representant or ""),
        "qualite": representant.qualite if representant else "",
        "habilitation": representant.habilitation if representant else "",
        "adresse": partie.structure.adresse_imprimee,
        "siret": partie.structure.siret_imprime,
        "departement": False,
    }


def mettre_en_page(donnees: dict) -> dict:
    """The context as the template reads it: texts cut in paragraphs, clauses by kind."""
    clauses = [{**c, "blocs": blocs(c["texte"]), "fiche": fiche_en_page(c["fiche"])} for c in donnees["clauses"]]
    return {
        **donnees,
        "par_nature": {str(n): [c for c in clauses if c["nature"] == n] for n in Nature.values},
        "codes": codes.images(donnees["acte"], donnees["reference"]),
    }


def fiche_en_page(fiche: dict | None) -> dict | None:
    """A fiche action with its texts cut in paragraphs."""
    return fiche and {**fiche, "rubriques": [{**r, "blocs": blocs(r["texte"])} for r in fiche["rubriques"]]}


def rendre(donnees: dict, *, projet: bool) -> bytes:
    """The PDF/UA-1 of an act, from its context."""
    titre = f"{donnees['titre']} {donnees['numero']}".strip()
    return rendre_pdf(GABARIT, mettre_en_page(donnees), titre=titre, projet=projet)


def editer(acte) -> tuple[bytes, str]:
    """`(PDF, file name)`: the frozen text once it was sent to signature, a project before."""
    if acte.document_id:
        return bytes(acte.document.pdf), acte.document.nom_fichier
    donnees = contexte(lire_un(acte))
    return rendre(donnees, projet=True), f"{donnees['reference']}_projet.pdf"


@dataclass(frozen=True)
class Edition:
    """The text of an act and its PDF, not yet kept."""

    contexte: dict
    pdf: bytes


def rendre_acte(acte) -> Edition:
    """What is about to be sent to signature, rendered outside any transaction."""
    donnees = contexte(lire_un(acte))
    return Edition(donnees, rendre(donnees, projet=False))


def figer(acte, edition: Edition, *, par) -> Document:
    """Keep the text that is sent to signature, in the transaction of its act."""
    donnees = edition.contexte
    return Document.figer(
        nature=donnees["nature"], titre=str(acte)[:250], nom_fichier=f"{donnees['reference']}.pdf", contexte=donnees,
        pdf=edition.pdf, par=par,
    )  # fmt: skip


def en_html(donnees: dict) -> str:
    return html_seul(GABARIT, mettre_en_page(donnees), titre=donnees["titre"])
