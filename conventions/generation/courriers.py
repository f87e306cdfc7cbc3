"""Letters that follow a rapport. Each is a `Courrier` of its dossier, so that it stays in the journal of the dossier.

Those of refusal are prepared together from the published model, then corrected and dated one by one, and joined to the
archive of the rapport; that of notification is kept as it left with the act.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from django.db import transaction

from conventions import champs
from conventions.composition import CONDITIONS
from conventions.generation.plan import convenant
from conventions.generation.refus import refus
from conventions.lecture import FicheLue
from conventions.models import FicheAction, Modele, VersionDeModele
from deliberations.models import Rapport
from deliberations.redaction.renvois import manquants, remplacer
from dpid.documents import rendre_pdf
from dpid.erreurs import ActeRefuse
from dpid.montants import ZERO
from programmes.instruction import courriers
from programmes.models import Courrier, Structure

A_ETABLIR = "Lettre de refus à établir."


def lettres_publiees(nature) -> list[VersionDeModele]:
    """The letters of this nature in use, with what chooses among them (`convenant`)."""
    publiees = VersionDeModele.objects.filter(
        etat=VersionDeModele.Etat.PUBLIEE, modele__nature=nature, modele__est_actif=True
    )
    return list(
        publiees.select_related("modele").prefetch_related("modele__dispositifs", "blocs").order_by("modele__titre")
    )


def textes(version, lu) -> list[str]:
    """What a letter says to this structure: the blocks whose condition holds (`lu`: an act, or `DemandeLue`)."""
    return [b.texte for b in version.blocs.all() if CONDITIONS[b.condition](lu)]


@dataclass
class DemandeLue:
    """A dossier refused, as the conditions of a block read an act: one opération, no money."""

    structure: Structure
    fiches: list[FicheLue]
    le: date
    montant: Decimal = ZERO
    montant_hors_budget: Decimal = ZERO
    recu_dans_l_annee: Decimal = ZERO

    @classmethod
    def du_dossier(cls, dossier, le):
        return cls(dossier.structure, [FicheLue(FicheAction(dispositif=dossier.dispositif))], le)


# --- Refusal


@transaction.atomic
def etablir_les_refus(rapport, *, par) -> int:
    """Prepare every letter still missing; how many were. The rapport is locked: two clicks prepare each once."""
    Rapport.verrouiller(rapport.pk)
    manquants = [r for r in refus(rapport, par) if r.courrier is None]
    versions = lettres_publiees(Modele.Nature.REFUS) if manquants else []
    for r in manquants:
        version = convenant(versions, [r.dossier.dispositif_id])
        courriers.etablir(r.dossier, Courrier.Nature.REFUS, par=par, motif=r.motif, corps=_corps(r, version))
    return len(manquants)


def _corps(r, version) -> str:
    """By the published model, else the usual letter. A motive that nobody gave is a « … » that holds it back."""
    if version is None:
        return courriers.texte(r.dossier, Courrier.Nature.REFUS, r.motif or "…")
    texte = "\n\n".join(textes(version, DemandeLue.du_dossier(r.dossier, r.rapport.seance.date)))
    return remplacer(texte, {c.cle: c.valeur(r) or "…" for c in champs.CHAMPS_DE_REFUS})


# --- Notification


def lettre_de_notification(lu, versions) -> VersionDeModele | None:
    """Of those published, the one made for the dispositifs of the act, else the one that serves all."""
    return convenant(versions, [f.fiche.dispositif_id for f in lu.fiches])


def corps_de_notification(lu, version) -> str:
    """Raises ActeRefuse naming the fields that have no value, or when no block is for this structure."""
    corps = "\n\n".join(textes(version, lu))
    if not corps.strip():
        raise ActeRefuse(f"« {version.modele} » ne dit rien à cet organisme : revoyez les conditions de ses blocs.")
    valeurs = champs.valeurs(lu)
    vides = [champs.PAR_CLE[n].libelle if n in champs.PAR_CLE else n for n in manquants(corps, valeurs)]
    if vides:
        raise ActeRefuse(f"Champs vides dans la lettre : {', '.join(vides)}.")
    return remplacer(corps, valeurs)


def objet_de_notification(lu) -> str:
    return f"Notification : {lu.convention.objet}"


def conserver_la_notification(lu, *, par, le) -> None:
    """Keep in each dossier of the act the letter that leaves with it on `le`; none when no model can be filled."""
    version = lettre_de_notification(lu, lettres_publiees(Modele.Nature.NOTIFICATION))
    if version is None:
        return
    try:
        corps = corps_de_notification(lu, version)
    except ActeRefuse:
        return
    for dossier in dict.fromkeys(ligne.dossier_id for ligne in lu.lignes):
        courriers.garder_l_envoi(
            Courrier.Nature.NOTIFICATION, "Joindre la lettre de notification à l’acte", par=par, le=le,
            structure=lu.convention.structure_id, dossier=dossier, destinataire=str(lu.structure)[:250],
            objet=objet_de_notification(lu)[:250], corps=corps, donnees={"acte": lu.acte.pk},
        )  # fmt: skip


# --- In the archive of the rapport


def a_joindre(refuses):
    """`((name in the archive, None), order)` of each letter prepared, a project until it is sent."""
    for r in refuses:
        if r.courrier:
            page = courriers.contexte(r.courrier)
            projet = r.courrier.envoye_le is None
            yield (
                (nom(r), None),
                partial(rendre_pdf, "documents/courrier.html", page, titre=r.courrier.objet, projet=projet),
            )


def nom(r) -> str:
    return f"lettres/refus_dossier-{r.dossier.pk}.pdf"


def rangs_d_index(refuses) -> list[dict]:
    """What the index of the archive says of each refusal."""
    return [
        {"structure": str(r.dossier.structure), "fichier": nom(r) if r.courrier else "",
         "manque": "" if r.courrier else A_ETABLIR}
        for r in refuses
    ]  # fmt: skip


def empreinte(rapport, agent) -> str:
    """Changes with the letters: an archive asked again after one is prepared or sent is made again."""
    return "-".join(
        f"r{r.dossier.pk}.{r.courrier.version if r.courrier else 0}" for r in refus(rapport, agent)
    )  # fmt: skip
