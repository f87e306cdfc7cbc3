"""What follows the vote: transmission to the préfecture, publication, and the day from which the act takes effect.

An approved operator sends the act: what is made here is the identifier, the metadata and the names of the files
(@CTES, schema actes v1.1), and what is recorded are the dates that come back.
"""

import io
import json
import re
import zipfile
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Length
from django.utils import timezone

from deliberations import documents
from deliberations.models import Deliberation, DocumentDeDeliberation, Transmission
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.typographie import date_courte

NATURE = {"code": "1", "abrege": "DE", "libelle": "Délibérations"}
OBJET_MAX, NUMERO_MAX = 500, 15
# Date: name of the act in the journal, label on the pages.
DATES = {
    "transmise_le": ("transmettre", "Transmise au représentant de l’État"),
    "recue_le": ("recevoir", "Accusé de réception"),
    "publiee_le": ("publier", "Publiée sur le site du Département"),
}
# The schema is in ISO-8859-1.
_LATIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE",
                        "€": "euros", "\u202f": " ", "\u00a0": " "})  # fmt: skip


def identifiant(deliberation) -> str:
    """`062-226200012-20231211-2023_604-DE`."""
    reglages = settings.DPID["actes"]
    jour = f"{deliberation.date:%Y%m%d}"
    return f"{reglages['departement']}-{reglages['siren']}-{jour}-{numero_interne(deliberation)}-{NATURE['abrege']}"


def numero_interne(deliberation) -> str:
    """Letters, digits and « _ » only, fifteen at most."""
    return re.sub(r"[^0-9A-Za-z_]", "_", deliberation.numero)[:NUMERO_MAX]


def objet(deliberation) -> str:
    """The title in the letters of the schema, cut between two words under 500 characters."""
    texte = deliberation.titre.translate(_LATIN)
    texte = " ".join(texte.encode("latin-1", "ignore").decode("latin-1").split())
    return texte if len(texte) <= OBJET_MAX else texte[: OBJET_MAX - 3].rsplit(" ", 1)[0] + "..."


def metadonnees(deliberation) -> dict:
    """Everything that the operator asks for, and the files in their order."""
    reglages = settings.DPID["actes"]
    matiere = reglages["matiere"]
    return {
        "identifiant": identifiant(deliberation),
        "departement": reglages["departement"],
        "siren": reglages["siren"],
        "date": deliberation.date.isoformat(),
        "numero": numero_interne(deliberation),
        "nature": NATURE,
        "matiere": {"code": matiere, "codes": matiere.split("."), "libelle": reglages["matiere_libelle"]},
        "objet": objet(deliberation),
        "document_papier": "N",
        "fichiers": fichiers(deliberation),
    }


def en_json(deliberation) -> tuple[bytes, str]:
    """(bytes, file name)."""
    return _json(metadonnees(deliberation)), f"{identifiant(deliberation)}.json"


def _json(donnees: dict) -> bytes:
    return (json.dumps(donnees, ensure_ascii=False, indent=2) + "\n").encode()


def en_zip(deliberation) -> tuple[bytes, str]:
    """The files under the names that the operator expects, with their metadata. Raises ActeRefuse on a damaged one."""
    donnees, figes = metadonnees(deliberation), documents.figes(deliberation.rapport)
    entrees = [(f["nom"], documents.verifie(figes[f["cle"]])) for f in donnees["fichiers"]]
    sortie, jour = io.BytesIO(), deliberation.date
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in [*entrees, (f"{donnees['identifiant']}.json", _json(donnees))]:
            entree = zipfile.ZipInfo(nom, (jour.year, jour.month, jour.day, 0, 0, 0))
            archive.writestr(entree, contenu, compress_type=zipfile.ZIP_DEFLATED)
    return sortie.getvalue(), f"{identifiant(deliberation)}.zip"


def fichiers(deliberation) -> list[dict]:
    """The délibération, its annexes in order, then the rapport that it cites as annexed."""
    liens = DocumentDeDeliberation.objects.filter(deliberation=deliberation).annotate(octets=Length("document__pdf"))
    par_cle = {
        lien.nature: (lien.document, lien.octets)
        for lien in liens.select_related("document").defer("document__pdf", "document__contexte")
    }
    annexes = [p.cle for p in documents.pieces(deliberation.rapport) if p.annexe]
    if rapport := documents.document_du_rapport(deliberation.rapport):
        par_cle[documents.DU_RAPPORT] = (rapport, rapport.octets)
    cles = [cle for cle in ("deliberation", *annexes, documents.DU_RAPPORT) if cle in par_cle]
    return [
        {
            "nom": f"{_type_de_piece(rang)}-{identifiant(deliberation)}-1-1_{rang}.pdf",
            "document": par_cle[cle][0].titre,
            "cle": cle,
            "octets": par_cle[cle][1],
            "sha256": par_cle[cle][0].sha256,
        }
        for rang, cle in enumerate(cles, start=1)
    ]


def _type_de_piece(rang: int) -> str:
    return settings.DPID["actes"]["type_acte" if rang == 1 else "type_annexe"]


# --- Dates ------------------------------------------------------------------------------------------------------------


def etat(deliberation) -> dict[str, date | None]:
    """The three dates as recorded."""
    lue = getattr(deliberation, "transmission", None)
    return {champ: getattr(lue, champ, None) for champ in DATES}


def lignes(deliberation) -> list[dict]:
    """`[{libelle, jour}]` for the page: every date, recorded or not."""
    return [{"libelle": DATES[champ][1], "jour": jour} for champ, jour in etat(deliberation).items()]


def ce_qui_manque(deliberation) -> str:
    """« la date de publication n’est pas enregistrée », for the sentences of refusal."""
    if deliberation is None or not deliberation.est_a_transmettre:
        return "le rapport n’est pas adopté"
    recues = etat(deliberation)
    noms = {"transmise_le": "la transmission", "recue_le": "l’accusé de réception", "publiee_le": "la publication"}
    manquent = [nom for champ, nom in noms.items() if recues[champ] is None]
    if not manquent:
        return f"elle le sera le {date_courte(deliberation.executoire_le)}"
    verbe = "n’est pas enregistrée" if manquent != [noms["recue_le"]] else "n’est pas enregistré"
    if len(manquent) > 1:
        return f"{', '.join(manquent[:-1])} et {manquent[-1]} ne sont pas enregistrés"
    return f"{manquent[0]} {verbe}"


def mentions(deliberation) -> list[dict]:
    """`[{cle, valeur}]` of what is known: identifier, dates, exécutoire character."""
    dites = [{"cle": "Identifiant de télétransmission", "valeur": identifiant(deliberation)}]
    connues = [(DATES[champ][1], jour) for champ, jour in etat(deliberation).items() if jour]
    dites += [{"cle": libelle, "valeur": f"le {date_courte(jour)}"} for libelle, jour in connues]
    if deliberation.est_executoire:
        dites.append({"cle": "Exécutoire", "valeur": f"depuis le {date_courte(deliberation.executoire_le)}"})
    return dites


def signature(dates: dict) -> str:
    """The dates as one text: what a form carries of those it was opened on."""
    return "|".join(dates[champ].isoformat() if dates[champ] else "" for champ in DATES)


@transaction.atomic
def dater(deliberation, *, par, dates: dict, connues: str, motif: str = "") -> list[str]:
    """Record the dates that changed, one journal row each; returns the acts recorded (none when nothing changes).

    `connues`: `signature` of the dates that the form was opened on. Raises ActeRefuse: wrong order, future, somebody
    else wrote meanwhile, a date corrected without saying why.
    """
    acte = Deliberation.objects.select_for_update().select_related("rapport__seance__instance").get(pk=deliberation.pk)
    if not acte.est_a_transmettre:
        raise ActeRefuse(f"La {acte} n’est pas adoptée : elle ne se transmet pas.")
    rangee, _ = Transmission.objects.get_or_create(deliberation=acte)
    actuelles = {champ: getattr(rangee, champ) for champ in DATES}
    changees = {champ: dates[champ] for champ in DATES if dates[champ] != actuelles[champ]}
    if not changees:
        return []
    if signature(actuelles) != connues:
        dites = _en_clair(actuelles)
        raise ActeRefuse(f"Une autre personne a enregistré ces dates entre-temps : {dites}. Vérifiez-les.")
    _verifier(acte, dates)
    if any(actuelles[champ] for champ in changees) and not motif.strip():
        raise ActeRefuse("Une date déjà enregistrée se corrige en disant pourquoi : écrivez le motif.")
    for champ, jour in changees.items():
        setattr(rangee, champ, jour)
    rangee.save()
    for champ, jour in changees.items():
        verbe, libelle = DATES[champ]
        Journal.noter(
            acte.rapport, verbe, f"{libelle} (délibération n°\u00a0{acte.numero})", par=par, motif=motif.strip(),
            de=date_courte(actuelles[champ]), vers=date_courte(jour),
        )  # fmt: skip
    return [DATES[champ][1] for champ in changees]


def _verifier(acte, dates: dict) -> None:
    aujourd_hui = timezone.localdate()
    for champ, jour in dates.items():
        libelle = DATES[champ][1]
        if jour and jour < acte.date:
            raise ActeRefuse(f"« {libelle} » : le {date_courte(jour)} précède la séance du {date_courte(acte.date)}.")
        if jour and jour > aujourd_hui:
            raise ActeRefuse(f"« {libelle} » : le {date_courte(jour)} n’est pas encore passé.")
    if dates["recue_le"] and not dates["transmise_le"]:
        raise ActeRefuse("L’accusé de réception suppose la transmission : enregistrez d’abord sa date.")
    if dates["recue_le"] and dates["recue_le"] < dates["transmise_le"]:
        raise ActeRefuse(
            f"L’accusé de réception du {date_courte(dates['recue_le'])} précède la transmission du "
            f"{date_courte(dates['transmise_le'])}."
        )


def _en_clair(dates: dict) -> str:
    dites = [f"«\u00a0{DATES[champ][1]}\u00a0» le {date_courte(jour)}" for champ, jour in dates.items() if jour]
    return ", ".join(dites) or "aucune date"
