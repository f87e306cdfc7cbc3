"""What leaves with the acts of a rapport: one PDF each, the letters, the bordereaux, all in one archive with its index.

Everything is read once for the batch and rendered side by side; an act that lacks something, or whose PDF could not be
made, is named in the index and the others go on.
"""

import csv
import hashlib
import io
import logging
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from django.conf import settings
from django.utils.text import slugify

from conventions import champs, documents
from conventions.composition import composer, resumer
from conventions.generation import courriers
from conventions.generation.plan import actes_du_rapport
from conventions.generation.refus import refus
from conventions.lecture import ActeLu, lire
from conventions.models import Modele
from deliberations.models import Rapport
from dpid.documents import blocs, rendre_pdf
from dpid.documents.ateliers import Panne, produire
from dpid.erreurs import ActeRefuse
from dpid.fichiers import deposer
from dpid.models import Document
from dpid.montants import chaine
from dpid.tasks import demander, par_centieme
from dpid.typographie import avec_majuscule

journal = logging.getLogger(__name__)
NATURE = "actes_zip"
# Same files, another order of folders.
RANGEMENTS = {
    "aucun": lambda lu: "",
    "structure": lambda lu: slugify(str(lu.structure))[:60],
    "territoire": lambda lu: slugify(next((t for f in lu.fiches for t in f.territoires), "sans-territoire")),
    "signataire": lambda lu: slugify(str(lu.signataire or "sans-signataire")),
}
# Frozen PDFs read at a time.
EN_MEMOIRE = 20
ABIME = "Le texte conservé n’est plus celui qui a été remis à la signature : prévenez l’administration."
NON_COMPOSE = "Cet acte n’a pas pu être composé : prévenez l’administration."


def demander_envoi(rapport, *, par, rangement="structure"):
    """The archive of the acts; asked twice while nothing changed it is one job."""
    actes = actes_du_rapport(rapport)
    empreinte = "-".join(f"{pk}.{version}" for pk, version in actes.order_by("pk").values_list("pk", "version"))
    empreinte += courriers.empreinte(rapport, par)
    return demander(
        NATURE, f"Actes du rapport {rapport} (archive)", {"rapport": rapport.pk, "rangement": rangement}, par=par,
        cle=f"actes-{rapport.pk}-{rangement}-{par.pk}-{hashlib.sha256(empreinte.encode()).hexdigest()[:16]}",
    )  # fmt: skip


def archiver(travail):
    """Factory of the « actes_zip » jobs."""
    rapports = Rapport.objects.visibles_par(travail.par).select_related("seance")
    rapport = rapports.get(pk=travail.parametres["rapport"])
    contenu = composer_archive(rapport, travail.parametres["rangement"], agent=travail.par, avancer=travail.avancer)
    return contenu, f"actes_{rapport.numero}.zip"


def composer_archive(rapport, rangement: str, *, agent, avancer=lambda fait, total: None, processus=None) -> bytes:
    """ZIP: acts, letters, bordereaux, `index.csv`. Raises ActeRefuse when there is no act.

    The same acts give the same bytes, whatever the number of processes (`dpid.documents.ateliers`).
    """
    actes = actes_du_rapport(rapport).visibles_par(agent)
    lus = sorted(lire(actes), key=lambda lu: (str(lu.structure), lu.acte.rang, lu.acte.pk))
    if not lus:
        raise ActeRefuse("Ce rapport n’a encore aucun acte : générez-les d’abord.")
    refuses = refus(rapport, agent)
    modeles, jour = courriers.lettres_publiees(Modele.Nature.NOTIFICATION), rapport.seance.date
    rangs = [_Rang(numero, lu, RANGEMENTS[rangement](lu)) for numero, lu in enumerate(lus)]
    sortie, des_bordereaux, avancer = io.BytesIO(), [], par_centieme(avancer)
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        _deposer_figes(archive, rangs, jour)
        ordres = chain(_a_rendre(rangs, modeles), courriers.a_joindre(refuses))
        for (nom, rang), contenu in produire(ordres, processus=processus):
            avancer(rang.numero if rang else len(rangs), len(rangs))
            if isinstance(contenu, Panne):
                (rang.manques if rang else des_bordereaux).append(f"{nom} : {contenu.phrase}")
                continue
            deposer(archive, nom, contenu, jour)
            if rang and nom == rang.nom:
                rang.fichier = nom
        deposer(archive, "index.csv", _index(rangs, courriers.rangs_d_index(refuses), des_bordereaux), jour)
    avancer(len(rangs), len(rangs))
    return sortie.getvalue()


@dataclass(eq=False)
class _Rang:
    """An act of the archive, and what its index will say of it."""

    numero: int
    lu: ActeLu
    dossier: str
    fichier: str = ""
    manques: list[str] = field(default_factory=list)

    @property
    def nom(self) -> str:
        return "/".join(filter(None, ("actes", self.dossier, f"{self.lu.acte.reference}.pdf")))

    def en_donnees(self) -> dict:
        return {
            "numero": self.lu.convention.numero or "", "avenant": self.lu.acte.rang or "",
            "structure": str(self.lu.structure), "montant": chaine(self.lu.montant), "fichier": self.fichier,
            "manque": " ".join(self.manques),
        }  # fmt: skip


def _deposer_figes(archive, rangs, jour):
    """The texts sent to signature, as they were kept: read by one query, a few in memory at a time."""
    par_document = {rang.lu.acte.document_id: rang for rang in rangs if rang.lu.acte.document_id}
    figes = Document.objects.filter(pk__in=par_document).order_by("pk").values_list("pk", "pdf", "sha256")
    for pk, pdf, empreinte in figes.iterator(chunk_size=EN_MEMOIRE):
        rang, contenu = par_document[pk], bytes(pdf)
        if hashlib.sha256(contenu).hexdigest() != empreinte:
            rang.manques.append(ABIME)
            continue
        deposer(archive, rang.nom, contenu, jour)
        rang.fichier = rang.nom


def _a_rendre(rangs, modeles):
    """`((name, its act or None), order)` of what is not kept yet, composed as the rendering goes on."""
    for rang in rangs:
        projet = None if rang.lu.acte.document_id else _projet(rang)
        if projet:
            yield (rang.nom, rang), projet
        modele = courriers.lettre_de_notification(rang.lu, modeles)
        if modele and (projet or rang.fichier) and (lettre := _lettre(rang, modele)):
            yield (f"lettres/{rang.lu.acte.reference}_notification.pdf", rang), lettre
    for nom, lus in _par_signataire([rang.lu for rang in rangs]).items():
        yield (f"bordereaux/{nom}.pdf", None), bordereau(lus, f"Bordereau pour {lus[0].signataire or 'signature'}")
    finances = bordereau([rang.lu for rang in rangs], "Bordereau pour les finances")
    yield ("bordereaux/finances.pdf", None), finances


def _projet(rang) -> partial | None:
    try:
        texte = composer(rang.lu)
        contexte = documents.contexte(rang.lu, texte)
    except Exception:
        journal.exception("L’acte %s n’a pas pu être composé.", rang.lu.acte.pk)
        rang.manques.append(NON_COMPOSE)
        return None
    if texte.manques:
        rang.manques.append(resumer(texte.manques))
        return None
    return partial(documents.rendre, contexte, projet=True)


def _lettre(rang, modele) -> partial | None:
    try:
        return lettre(rang.lu, modele)
    except ActeRefuse as refus:
        rang.manques.append(f"Lettre non éditée : {refus}")
        return None


def _index(rangs, des_refus: list[dict], des_bordereaux: list[str]) -> bytes:
    lignes = [rang.en_donnees() for rang in rangs]
    vide = dict.fromkeys(lignes[0], "")
    sortie = io.StringIO(newline="")
    ecrire = csv.DictWriter(sortie, lignes[0].keys(), delimiter=";")
    ecrire.writeheader()
    ecrire.writerows([*lignes, *({**vide, **refus} for refus in des_refus)])
    ecrire.writerows({**vide, "manque": manque} for manque in des_bordereaux)
    return f"\ufeff{sortie.getvalue()}".encode()


def _par_signataire(lus) -> dict:
    groupes = defaultdict(list)
    for lu in lus:
        groupes[f"signataire-{slugify(str(lu.signataire or 'sans'))}"].append(lu)
    return groupes


# --- Letters and bordereaux: what they print, ready to be rendered in any process


def lettre(lu, version) -> partial:
    """A letter about one act. Raises ActeRefuse naming the fields that have no value."""
    page = {
        "collectivite": settings.DPID["collectivite"], "ville": settings.DPID["ville"], "destinataire": str(
            lu.structure), "adresse": lu.structure.adresse, "date": lu.le.isoformat(), "le": lu.le,
        "objet": courriers.objet_de_notification(lu),
        "blocs": blocs(courriers.corps_de_notification(lu, version)),
        "pied": avec_majuscule(str(lu.acte)),
    }  # fmt: skip
    return partial(rendre_pdf, "documents/courrier.html", page, titre=page["objet"])


def bordereau(lus, titre: str) -> partial:
    """List of acts, amounts, total, a box to tick at the return (euros)."""
    rangs = [
        {
            "reference": lu.acte.reference, "structure": str(lu.structure), "objet": lu.convention.objet,
            "exemplaires": lu.acte.exemplaires, "imputations": champs.PAR_CLE["imputations"].valeur(lu),
            "montant": chaine(lu.montant),
        }
        for lu in lus
    ]  # fmt: skip
    page = {
        "collectivite": settings.DPID["collectivite"], "titre_h1": titre, "rangs": rangs,
        "total": chaine(sum(lu.montant for lu in lus)), "date": max(lu.le for lu in lus).isoformat(), "pied": titre,
    }  # fmt: skip
    return partial(rendre_pdf, "documents/bordereau.html", page, titre=titre)
