"""What leaves with the acts of a rapport: one PDF each, the letters, the bordereaux, all in one archive with its index.

Everything is read once for the batch; an act that lacks something is named in the index and the others go on.
"""

import csv
import hashlib
import io
import zipfile
from collections import defaultdict

from django.conf import settings
from django.utils.text import slugify

from conventions import champs, documents
from conventions.composition import composer, resumer
from conventions.generation.plan import actes_du_rapport
from conventions.lecture import lire
from conventions.models import Modele, VersionDeModele
from deliberations.models import Rapport
from deliberations.redaction.renvois import manquants, remplacer
from dpid.documents import blocs, rendre_pdf
from dpid.erreurs import ActeRefuse
from dpid.models import Document
from dpid.montants import chaine
from dpid.tasks import demander

NATURE = "actes_zip"
# Same files, another order of folders.
RANGEMENTS = {
    "aucun": lambda lu: "",
    "structure": lambda lu: slugify(str(lu.structure))[:60],
    "territoire": lambda lu: slugify(next((t for f in lu.fiches for t in f.territoires), "sans-territoire")),
    "signataire": lambda lu: slugify(str(lu.signataire or "sans-signataire")),
}


def demander_envoi(rapport, *, par, rangement="structure"):
    """The archive of the acts; asked twice while nothing changed it is one job."""
    actes = actes_du_rapport(rapport)
    empreinte = "-".join(f"{pk}.{version}" for pk, version in actes.order_by("pk").values_list("pk", "version"))
    return demander(
        NATURE, f"Actes du rapport {rapport} (archive)", {"rapport": rapport.pk, "rangement": rangement}, par=par,
        cle=f"actes-{rapport.pk}-{rangement}-{par.pk}-{hashlib.sha256(empreinte.encode()).hexdigest()[:16]}",
    )  # fmt: skip


def archiver(travail):
    """Factory of the « actes_zip » jobs."""
    rapport = Rapport.objects.visibles_par(travail.par).get(pk=travail.parametres["rapport"])
    contenu = composer_archive(rapport, travail.parametres["rangement"], agent=travail.par, avancer=travail.avancer)
    return contenu, f"actes_{rapport.numero}.zip"


def composer_archive(rapport, rangement: str, *, agent, avancer=lambda fait, total: None) -> bytes:
    """ZIP: acts, letters, bordereaux, `index.csv`. Raises ActeRefuse when there is no act."""
    actes = actes_du_rapport(rapport).visibles_par(agent)
    lus = sorted(lire(actes), key=lambda lu: (str(lu.structure), lu.acte.rang))
    if not lus:
        raise ActeRefuse("Ce rapport n’a encore aucun acte : générez-les d’abord.")
    ranger, lettre = RANGEMENTS[rangement], version_de_lettre(Modele.Nature.NOTIFICATION)
    sortie, index = io.BytesIO(), []
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for rang, lu in enumerate(lus):
            avancer(rang, len(lus))
            index.append(_deposer(archive, lu, ranger(lu), lettre))
        for nom, groupe in _par_signataire(lus).items():
            titre = f"Bordereau pour {groupe[0].signataire or 'signature'}"
            archive.writestr(f"bordereaux/{nom}.pdf", bordereau(groupe, titre))
        archive.writestr("bordereaux/finances.pdf", bordereau(lus, "Bordereau pour les finances"))
        archive.writestr("index.csv", _index(index))
    avancer(len(lus), len(lus))
    return sortie.getvalue()


def _deposer(archive, lu, dossier: str, lettre) -> dict:
    texte = composer(lu)
    nom = "/".join(filter(None, ("actes", dossier, f"{lu.acte.reference}.pdf")))
    if texte.manques and not lu.acte.document_id:
        return _rang(lu, "", resumer(texte.manques))
    archive.writestr(nom, _pdf(lu, texte))
    if lettre is not None:
        try:
            archive.writestr(f"lettres/{lu.acte.reference}_notification.pdf", lettre_pdf(lu, lettre))
        except ActeRefuse as refus:
            return _rang(lu, nom, f"Lettre non éditée : {refus}")
    return _rang(lu, nom, "")


def _pdf(lu, texte) -> bytes:
    if lu.acte.document_id:
        return bytes(Document.objects.values_list("pdf", flat=True).get(pk=lu.acte.document_id))
    return documents.rendre(documents.contexte(lu, texte), projet=True)


def _rang(lu, fichier: str, manque: str) -> dict:
    return {
        "numero": lu.convention.numero or "", "avenant": lu.acte.rang or "", "structure": str(lu.structure),
        "montant": chaine(lu.montant), "fichier": fichier, "manque": manque,
    }  # fmt: skip


def _index(rangs) -> str:
    sortie = io.StringIO(newline="")
    ecrire = csv.DictWriter(sortie, rangs[0].keys(), delimiter=";")
    ecrire.writeheader()
    ecrire.writerows(rangs)
    return f"\ufeff{sortie.getvalue()}"


def _par_signataire(lus) -> dict:
    groupes = defaultdict(list)
    for lu in lus:
        groupes[f"signataire-{slugify(str(lu.signataire or 'sans'))}"].append(lu)
    return groupes


# --- Letters and bordereaux


def version_de_lettre(nature) -> VersionDeModele | None:
    """The published letter of this nature, None when nobody wrote one."""
    publiees = VersionDeModele.objects.filter(etat=VersionDeModele.Etat.PUBLIEE, modele__nature=nature)
    return publiees.prefetch_related("blocs").first()


def lettre_pdf(lu, version) -> bytes:
    """A letter about one act. Raises ActeRefuse naming the fields that have no value."""
    corps = "\n\n".join(b.texte for b in version.blocs.all())
    valeurs = champs.valeurs(lu)
    vides = [champs.PAR_CLE[n].libelle if n in champs.PAR_CLE else n for n in manquants(corps, valeurs)]
    if vides:
        raise ActeRefuse(f"Champs vides dans la lettre : {', '.join(vides)}.")
    page = {
        "collectivite": settings.DPID["collectivite"], "ville": settings.DPID["ville"], "destinataire": str(
            lu.structure), "adresse": lu.structure.adresse, "date": lu.le.isoformat(), "le": lu.le,
        "objet": f"Notification : {lu.convention.objet}", "blocs": blocs(remplacer(corps, valeurs)),
        "pied": lu.acte.reference,
    }  # fmt: skip
    return rendre_pdf("documents/courrier.html", page, titre=page["objet"])


def bordereau(lus, titre: str) -> bytes:
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
    return rendre_pdf("documents/bordereau.html", page, titre=titre)
