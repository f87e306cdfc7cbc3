"""Several documents of a rapport in one file: the bundle of the séance, its annexes, or the separate files zipped.

Made from the contexts alone: after the vote they are the frozen ones, so that the bundle says the same words for ever.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import date

from deliberations import documents
from deliberations.documents import archive as donnees_jointes
from deliberations.documents import pdf, tableurs
from deliberations.dossier_de_seance.editions import Edition
from dpid.documents import Piece, assembler
from dpid.fichiers import deposer
from dpid.montants import INSECABLE
from dpid.tableaux import NOMBRE, Colonne, Tableau, en_csv
from dpid.tasks import par_centieme
from dpid.typographie import composer

TITRES = {"dossier_de_seance": "Dossier de séance", "annexes": "Annexes"}
INDEX = [
    Colonne("FICHIER", largeur=44), Colonne("DOCUMENT", largeur=60), Colonne("OCTETS", NOMBRE, 12),
    Colonne("SHA-256", largeur=66),
]  # fmt: skip


def retenus(contextes: list[dict], cle: str) -> list[dict]:
    """What the file binds: everything, or the annexes."""
    return [c for c in contextes if c["annexe"]] if cle == "annexes" else contextes


def est_un_projet(contextes: list[dict]) -> bool:
    """A bundle is a draft as long as its délibération is; the rapport sent is final before it."""
    return any(c["projet"] for c in contextes if c["nature"] != documents.DU_RAPPORT)


def titre(contextes: list[dict], cle: str, edition=Edition.SIGNEE) -> str:
    """« Dossier de séance — délibération n° 2023-604 — … »."""
    tete = contextes[0]
    numero = next((c["numero"] for c in contextes if c["numero"]), None)
    acte = f"délibération n°{INSECABLE}{numero}" if numero else f"rapport n°{INSECABLE}{tete['rapport']['numero']}"
    suite = f"{pdf.TIRET}{Edition(edition).label}" if edition != Edition.SIGNEE else ""
    return f"{TITRES[cle]}{pdf.TIRET}{acte}{pdf.TIRET}{composer(tete['titre'])}{suite}"


def lier(contextes: list[dict], cle: str, edition=Edition.SIGNEE) -> dict:
    """What `dpid.documents.assembler` needs: also what the measure of the bundle gives it."""
    pieces = [
        Piece(_intitule(c), pdf.gabarit(c), pdf.page(c), ancre=f"annexe-{c['annexe']}" if c["annexe"] else c["nature"])
        for c in contextes
    ]
    derniere = contextes[-1]
    return {
        "pieces": pieces,
        "titre": titre(contextes, cle, edition),
        "date": derniere["date"],
        "pied": pdf.page(derniere)["pied"],
        "projet": est_un_projet(contextes),
    }


def en_pdf(contextes, cle: str, *, edition=Edition.SIGNEE, archive=False, avancer: Callable | None = None) -> bytes:
    """One tagged PDF with bookmarks and « page x/y »; a PDF/A-3a with the data of the tables when `archive`."""
    jointes = donnees_jointes.jointes(contextes) if archive else None
    return assembler(**lier(contextes, cle, edition), archive=jointes, avancer=avancer and par_centieme(avancer))


def en_zip(rapport, contextes, *, edition=Edition.SIGNEE, avancer: Callable | None = None) -> bytes:
    """The separate PDFs under the names of the trade, with an index that gives the SHA-256 of each."""
    figes = documents.figes(rapport)
    sortie, lignes, jour = io.BytesIO(), [], date.fromisoformat(contextes[-1]["date"])
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as fichier:
        for rang, contexte in enumerate(contextes, start=1):
            contenu = _pdf(contexte, figes.get(contexte["cle"]))
            nom = nom_de_piece(contexte, edition)
            deposer(fichier, nom, contenu, jour)
            lignes.append([nom, documents.titre(contexte), len(contenu), hashlib.sha256(contenu).hexdigest()])
            if avancer:
                avancer(rang, len(contextes))
        deposer(fichier, "index.csv", en_csv([Tableau("Index", INDEX, lignes)]), jour)
    return sortie.getvalue()


def nom_de_piece(contexte: dict, edition) -> str:
    nom = documents.nom_fichier(contexte, "pdf")
    return nom if edition == Edition.SIGNEE else f"{nom.removesuffix('.pdf')}_publication.pdf"


def nom_fichier(contextes: list[dict], cle: str, format: str, edition=Edition.SIGNEE) -> str:
    """`2023-604_dossier-de-seance.pdf`, `2023-12-11-64_projet_annexes.pdf`, `…_publication_archive.pdf`."""
    numero = next((c["numero"] for c in contextes if c["numero"]), None)
    parties = [tableurs.nom_sur(numero or contextes[0]["reference"])]
    if est_un_projet(contextes):
        parties.append("projet")
    parties.append(tableurs.nom_sur(cle))
    if edition != Edition.SIGNEE:
        parties.append(str(edition))
    if format == documents.ARCHIVE:
        return f"{'_'.join([*parties, 'archive'])}.pdf"
    return f"{'_'.join(parties)}.{format}"


def _intitule(contexte: dict) -> str:
    """Short: the title of the act is already that of the bundle."""
    if contexte["nature"] == "rapport":
        return f"Rapport n°{INSECABLE}{contexte['rapport']['numero']}"
    if contexte["nature"] == "deliberation":
        return f"Délibération n°{INSECABLE}{contexte['numero']}" if contexte["numero"] else "Projet de délibération"
    return "Imputations budgétaires" if contexte["nature"] == "imputations" else pdf.titre(contexte)


def _pdf(contexte: dict, fige) -> bytes:
    """The frozen file, when it says the same: a masked text is laid out again."""
    if fige is not None and fige.contexte == contexte:
        return documents.verifie(fige)
    return documents.rendre(contexte, "pdf")
