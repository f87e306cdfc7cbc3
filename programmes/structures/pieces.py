"""What an uploaded pièce must be before it is kept, and how it may be shown.

The content decides, never the name alone: the first bytes and the directory of the archive are read, nothing is
decompressed but the declared type of an OpenDocument. Every refusal is one French sentence.
"""

import re
import unicodedata
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.db import transaction

from dpid.calendrier import ajouter_mois
from dpid.classeurs import FichierRefuse
from dpid.classeurs.archive import Archive
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from programmes.models import Piece, Structure, TypePiece

TAILLE_MAX = 10 * 1024 * 1024
NOM_MAX = 120
CORRIGIBLES = ["type", "datee_le", "valable_jusqu_au"]
FORMATS = "PDF, PNG, JPEG, ODT, DOCX, ODS ou XLSX"


@dataclass(frozen=True)
class Nature:
    """`type` is the media type served; `est_apercue`: the browser may show it inside our page."""

    type: str
    titre: str
    extensions: tuple[str, ...]
    est_apercue: bool = False


PDF = Nature("application/pdf", "PDF", (".pdf",), True)
# A PDF that runs something when it is opened: kept, downloaded, never opened in the page.
PDF_ACTIF = Nature("application/pdf; contenu=actif", "PDF à contenu actif", (".pdf",))
PNG = Nature("image/png", "image PNG", (".png",), True)
JPEG = Nature("image/jpeg", "image JPEG", (".jpg", ".jpeg"), True)
ODT = Nature("application/vnd.oasis.opendocument.text", "texte ODT", (".odt",))
ODS = Nature("application/vnd.oasis.opendocument.spreadsheet", "classeur ODS", (".ods",))
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = Nature(f"{_OFFICE}wordprocessingml.document", "texte DOCX", (".docx",))
XLSX = Nature(f"{_OFFICE}spreadsheetml.sheet", "classeur XLSX", (".xlsx",))
NATURES = {n.type: n for n in (PDF, PDF_ACTIF, PNG, JPEG, ODT, ODS, DOCX, XLSX)}
ACCEPT = ",".join(dict.fromkeys(e for n in NATURES.values() for e in n.extensions))

# Inside a name, an extension that some desks would run or interpret: `rib.html.pdf`.
_DOUBLE = re.compile(
    r"\.(?=(?:exe|com|bat|cmd|scr|msi|ps1|vbs|jse?|jar|lnk|hta|html?|xhtml|svg|php|sh|docm|xlsm|zip)\.)", re.I
)
_NOM_PDF = re.compile(rb"#([0-9a-fA-F]{2})")
# ISO 32000: names of the actions that run a program, a script, or send the form elsewhere.
_ACTIONS = re.compile(rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|RichMedia|XFA)(?![A-Za-z0-9])")
_OBJETS = re.compile(rb"/ObjStm(?![A-Za-z]).{0,400}?stream\r?\n", re.S)
INFLATION_MAX = 20_000_000


def examiner(nom: str, contenu: bytes) -> tuple[str, Nature]:
    """(clean name, nature) of an uploaded file. Raises ActeRefuse with what to do."""
    if not contenu:
        raise ActeRefuse("Ce fichier est vide : joignez-le de nouveau.")
    if len(contenu) > TAILLE_MAX:
        raise ActeRefuse("Ce fichier dépasse 10 Mo : numérisez-le en moins bonne définition, ou séparez-le en deux.")
    propre = nettoyer_nom(nom)
    extension = PurePosixPath(propre).suffix.lower()
    nature = _reconnaitre(contenu)
    if nature is None:
        raise ActeRefuse(f"Ce fichier n’est pas d’un format admis. Joignez un fichier {FORMATS}.")
    if extension not in nature.extensions:
        raise ActeRefuse(
            f"Le nom finit par « {extension or 'rien'} » mais le contenu est un {nature.titre} : renommez le fichier "
            "ou exportez-le de nouveau."
        )
    return propre, nature


def nettoyer_nom(nom: str) -> str:
    """The last part of a path, without control or direction marks, short, without a dangerous double extension."""
    nom = unicodedata.normalize("NFC", str(nom)).replace("\\", "/").rpartition("/")[2]
    nom = "".join(" " if c in "\r\n\t" else c for c in nom if unicodedata.category(c)[0] != "C" or c in "\r\n\t")
    nom = _DOUBLE.sub("_", " ".join(re.sub(r'[<>:"|?*;]', "_", nom).split()))
    racine, point, extension = nom.rpartition(".")
    if not point:
        racine, extension = nom, ""
    racine = racine.strip(" .")[: NOM_MAX - len(extension[:10]) - 1].strip(" .") or "piece"
    return f"{racine}.{extension[:10].lower()}" if extension else racine


def _reconnaitre(contenu: bytes) -> Nature | None:
    if contenu.startswith(b"%PDF-"):
        if b"%%EOF" not in contenu[-4096:]:
            raise ActeRefuse("Ce PDF est tronqué : sa fin manque. Enregistrez-le de nouveau, puis joignez-le.")
        return PDF_ACTIF if est_actif(contenu) else PDF
    if contenu.startswith(b"\x89PNG\r\n\x1a\n") and contenu[12:16] == b"IHDR":
        return PNG
    if contenu.startswith(b"\xff\xd8\xff"):
        return JPEG
    return _dans_une_archive(contenu) if contenu.startswith(b"PK\x03\x04") else None


def _dans_une_archive(contenu: bytes) -> Nature | None:
    """ODT, ODS, DOCX, XLSX: told by the directory of the archive, which is measured before anything is read."""
    try:
        archive = Archive(contenu)
        declare = archive.lire("mimetype", 100).decode("ascii", "replace").strip()
    except FichierRefuse as erreur:
        raise ActeRefuse(
            "Ce fichier bureautique ne peut pas être gardé : il est abîmé, protégé par un mot de passe ou démesuré. "
            "Enregistrez-le de nouveau, ou exportez-le en PDF."
        ) from erreur
    noms = archive.pieces
    if any(n.lower().endswith("vbaproject.bin") or n.startswith(("Basic/", "Scripts/")) for n in noms):
        raise ActeRefuse("Ce fichier contient des macros : enregistrez-le sans elles, ou exportez-le en PDF.")
    if declare in (ODT.type, ODS.type) and "content.xml" in noms:
        return NATURES[declare]
    if "[Content_Types].xml" in noms:
        return DOCX if "word/document.xml" in noms else XLSX if "xl/workbook.xml" in noms else None
    return None


def est_actif(contenu: bytes) -> bool:
    """True when a PDF holds a script or an action, or hides its objects from us (encrypted, oversized)."""
    if re.search(rb"/Encrypt(?![A-Za-z])", contenu) or _ACTIONS.search(_sans_echappement(contenu)):
        return True
    reste = INFLATION_MAX
    for trouve in _OBJETS.finditer(contenu):
        decompresseur = zlib.decompressobj()
        try:
            clair = decompresseur.decompress(contenu[trouve.end() :], reste)
        except zlib.error:
            return True
        reste -= len(clair)
        if reste <= 0 or _ACTIONS.search(_sans_echappement(clair)):
            return True
    return False


def _sans_echappement(contenu: bytes) -> bytes:
    """`/J#61vaScript` is `/JavaScript`."""
    return _NOM_PDF.sub(lambda m: bytes([int(m[1], 16)]), contenu) if b"#" in contenu else contenu


# --- Acts


def echeance(type_: TypePiece, datee_le: date | None) -> date | None:
    """Last day of validity given by the type, None when it has no limit or no date: 12 months after 31/03 is 31/03."""
    if datee_le is None or not type_.validite_mois:
        return None
    return ajouter_mois(datee_le, type_.validite_mois)


@transaction.atomic
def deposer(structure, *, par, type, nom, contenu, dossier=None, datee_le=None, valable_jusqu_au=None):
    """(pièce, is it new). The same bytes for the same use are one pièce. Raises ActeRefuse.

    One journal row on the structure; the name of a confidential file is not written in it, it may bear an account.
    """
    propre, nature = examiner(nom, contenu)
    if dossier is not None and dossier.structure_id != structure.pk:
        raise ActeRefuse("Ce dossier est celui d’une autre structure.")
    structure = Structure.objects.select_for_update().get(pk=structure.pk)
    if structure.fusionnee_dans_id:
        raise ActeRefuse(f"{structure} a été fusionnée dans {structure.fusionnee_dans} : déposez la pièce là.")
    piece = Piece(
        structure=structure, dossier=dossier, type=type, nom_fichier=propre, nature=nature.type, datee_le=datee_le,
        valable_jusqu_au=valable_jusqu_au or echeance(type, datee_le), deposee_par=par,
    )  # fmt: skip
    piece.poser(contenu)
    memes = Piece.objects.filter(structure=structure, dossier=dossier, type=type, sha256=piece.sha256)
    existante = memes.filter(est_retiree=False).sans_contenu().first()
    if existante is not None:
        return existante, False
    verifier_dates(datee_le, piece.valable_jusqu_au)
    piece.save()
    donnees = {"piece": piece.pk, "sha256": piece.sha256}
    if not type.est_confidentielle:
        donnees["fichier"] = propre
    Journal.noter(structure, "deposer_piece", f"Déposer une pièce : {type}"[:120], par=par, donnees=donnees)
    return piece, True


def verifier_dates(datee_le, valable_jusqu_au) -> None:
    """Raises ActeRefuse when the validity ends before the pièce was made."""
    if datee_le and valable_jusqu_au and valable_jusqu_au < datee_le:
        raise ActeRefuse("La validité se termine avant la date de la pièce : corrigez l’une des deux.")


@transaction.atomic
def corriger_saisie(form, *, par):
    """Save the form of a pièce. Raises VersionPerimee, ActeRefuse."""
    form.verrouiller()
    return corriger(form.instance, par=par, **{c: form.cleaned_data[c] for c in CORRIGIBLES})


@transaction.atomic
def corriger(piece, *, par, type, datee_le, valable_jusqu_au):
    """Change what is said of a pièce, never its content. Raises ActeRefuse."""
    piece = Piece.objects.select_for_update().select_related("structure").sans_contenu().get(pk=piece.pk)
    if piece.est_retiree:
        raise ActeRefuse("Cette pièce est retirée : elle ne se modifie plus.")
    verifier_dates(datee_le, valable_jusqu_au)
    avant = _validite(piece)
    piece.type, piece.datee_le, piece.valable_jusqu_au = type, datee_le, valable_jusqu_au
    piece.save(update_fields=CORRIGIBLES)
    Journal.noter(
        piece.structure, "dater_piece", f"Corriger une pièce : {type}"[:120], par=par, de=avant, vers=_validite(piece),
        donnees={"piece": piece.pk},
    )  # fmt: skip
    return piece


def _validite(piece) -> str:
    if piece.valable_jusqu_au is None:
        return "sans limite"
    return f"valable jusqu’au {piece.valable_jusqu_au:%d/%m/%Y}"


@transaction.atomic
def retirer(piece, *, par, motif):
    """Withdraw a pièce: it serves no dossier any more and stays readable. Raises ActeRefuse when it already is."""
    piece = Piece.objects.select_for_update().select_related("type", "structure").sans_contenu().get(pk=piece.pk)
    if piece.est_retiree:
        raise ActeRefuse("Cette pièce est déjà retirée.")
    if not motif:
        raise ValidationError({"motif": "Dites pourquoi cette pièce est retirée."})
    piece.est_retiree = True
    piece.save(update_fields=["est_retiree"])
    Journal.noter(
        piece.structure, "retirer_piece", f"Retirer une pièce : {piece.type}"[:120], par=par, motif=motif,
        donnees={"piece": piece.pk},
    )  # fmt: skip
    return piece
