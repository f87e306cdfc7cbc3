"""What leaves with the acts of a rapport: one PDF each and one to print by group, the letters, the
bordereaux, all in one archive with its index.

Everything is read once for the batch and rendered side by side; an act that lacks something, or whose PDF could not be
made, is named in the index and the others go on.
"""

import hashlib
import io
import logging
import zipfile
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from django.conf import settings

from conventions import documents
from conventions.composition import composer, resumer
from conventions.generation import bordereaux, courriers, groupes
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
from dpid.tableaux import MONTANT, NOMBRE, Colonne, Tableau, en_csv
from dpid.tasks import demander, par_centieme
from dpid.typographie import avec_majuscule

journal = logging.getLogger(__name__)
NATURE = "actes_zip"
BORDEREAUX = "bordereaux/"
COLONNES = [
    Colonne("numero"), Colonne("avenant", NOMBRE), Colonne("structure"), Colonne("montant", MONTANT),
    Colonne("fichier"), Colonne("a_imprimer"), Colonne("manque"),
]  # fmt: skip
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
    """ZIP: acts, letters, bordereaux, files to print, `index.csv`. Raises ActeRefuse when there is no act.

    The same acts give the same bytes, whatever the number of processes (`dpid.documents.ateliers`).
    """
    actes = actes_du_rapport(rapport).visibles_par(agent)
    lus = sorted(lire(actes), key=lambda lu: (str(lu.structure), lu.acte.rang, lu.acte.pk))
    if not lus:
        raise ActeRefuse("Ce rapport n’a encore aucun acte : générez-les d’abord.")
    refuses = refus(rapport, agent)
    modeles, jour = courriers.lettres_publiees(Modele.Nature.NOTIFICATION), rapport.seance.date
    ranges = zip(lus, groupes.dossiers(lus, rangement), strict=True)
    rangs = [_Rang(numero, lu, dossier) for numero, (lu, dossier) in enumerate(ranges)]
    sortie, echecs, avancer = io.BytesIO(), [], par_centieme(avancer)
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        _deposer_figes(archive, rangs, jour)
        ordres = chain(_a_rendre(rangs, modeles), courriers.a_joindre(refuses), _bordereaux(rangs))
        en_attente = {}  # bordereaux: they list what did leave
        for (nom, rang), contenu in produire(ordres, processus=processus):
            avancer(rang.numero if rang else len(rangs), len(rangs))
            if nom.startswith(BORDEREAUX):
                en_attente[nom] = contenu
            elif isinstance(contenu, Panne):
                (rang.manques if rang else echecs).append(f"{nom} : {contenu.phrase}")
            else:
                deposer(archive, nom, contenu, jour)
                if rang and nom == rang.nom:
                    rang.fichier = nom
        if any(rang.est_pret and not rang.fichier for rang in rangs):  # rare: a layout failed
            en_attente = {nom: contenu for (nom, _), contenu in produire(_bordereaux(rangs, faits=True))}
        for nom, contenu in en_attente.items():
            if isinstance(contenu, Panne):
                echecs.append(f"{nom} : {contenu.phrase}")
            else:
                deposer(archive, nom, contenu, jour)
        echecs += groupes.joindre(archive, rangs, jour)
        deposer(archive, "index.csv", _index(rangs, courriers.rangs_d_index(refuses), echecs), jour)
    avancer(len(rangs), len(rangs))
    return sortie.getvalue()


@dataclass(eq=False)
class _Rang:
    """An act of the archive, and what its index will say of it."""

    numero: int
    lu: ActeLu
    dossier: str
    fichier: str = ""
    a_imprimer: str = ""
    est_pret: bool = False  # nothing holds it back: it leaves if its layout succeeds
    manques: list[str] = field(default_factory=list)

    @property
    def nom(self) -> str:
        return "/".join(filter(None, ("actes", self.dossier, f"{self.lu.acte.reference}.pdf")))

    def en_donnees(self) -> dict:
        return {
            "numero": self.lu.convention.numero or "", "avenant": self.lu.acte.rang or "",
            "structure": str(self.lu.structure), "montant": self.lu.montant, "fichier": self.fichier,
            "a_imprimer": self.a_imprimer, "manque": " ".join(self.manques),
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
        rang.fichier, rang.est_pret = rang.nom, True


def _a_rendre(rangs, modeles):
    """`((name, its act or None), order)` of what is not kept yet, composed as the rendering goes on."""
    for rang in rangs:
        projet = None if rang.lu.acte.document_id else _projet(rang)
        if projet:
            yield (rang.nom, rang), projet
        modele = courriers.lettre_de_notification(rang.lu, modeles)
        if modele and (projet or rang.fichier) and (lettre := _lettre(rang, modele)):
            yield (f"lettres/{rang.lu.acte.reference}_notification.pdf", rang), lettre


def _bordereaux(rangs, *, faits=False):
    """Of the acts that nothing holds back; `faits`: of those that are in the archive."""
    partis = [rang.lu for rang in rangs if (rang.fichier if faits else rang.est_pret)]
    for nom, ordre in bordereaux.tous(partis, retenus=len(rangs) - len(partis)):
        yield (nom, None), ordre


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
    rang.est_pret = True
    return partial(documents.rendre, contexte, projet=True)


def _lettre(rang, modele) -> partial | None:
    try:
        return lettre(rang.lu, modele)
    except ActeRefuse as refus:
        rang.manques.append(f"Lettre non éditée : {refus}")
        return None


def _index(rangs, des_refus: list[dict], echecs: list[str]) -> bytes:
    lignes = [*(rang.en_donnees() for rang in rangs), *des_refus, *({"manque": echec} for echec in echecs)]
    return en_csv([Tableau("Index", COLONNES, [[ligne.get(c.titre, "") for c in COLONNES] for ligne in lignes])])


# --- Letters: what they print, ready to be rendered in any process


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
