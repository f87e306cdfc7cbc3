"""Typed contexts of the documents of a rapport: everything that they print, and nothing else.

Pure data that survives JSON unchanged (amounts as strings with two decimals, ISO dates, no timestamp of now): the
adoption computes a context twice and compares, then freezes it. Texts are kept as they were typed; French spacing is
the renderer's work. Queries are constant whatever the number of lines.
"""

from django.conf import settings

from deliberations import imputations as table
from deliberations.articles import articles, decisions
from deliberations.repartition import BUDGET_DEPARTEMENTAL, repartir_rapport
from dpid.models import Canton, Epci, Territoire
from dpid.montants import ZERO, chaine

VERSION = 1


def construire(rapport, nature: str, *, numero=None, le=None) -> dict:
    """Context of one nature. `numero` is the délibération's, None for a draft; `le` its date."""
    return {**_tete(rapport, nature, numero, le), **CORPS[nature](rapport)}


def _tete(rapport, nature, numero, le) -> dict:
    seance, service = rapport.seance, rapport.service
    return {
        "nature": nature,
        "version": VERSION,
        "projet": numero is None,
        "numero": numero,
        "reference": rapport.reference,
        "date": (le or seance.date).isoformat(),
        "titre": rapport.titre,
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "annexe": rapport.annexe_repartition,
        "seance": {
            "date": seance.date.isoformat(),
            "instance": {"code": seance.instance.code, "libelle": seance.instance.libelle},
            "president": seance.president,
            "secretaire": seance.secretaire,
            "signataire": seance.signataire,
            "qualite_signataire": seance.qualite_signataire,
        },
        "rapport": {
            "numero": rapport.numero,
            "provisoire": rapport.est_provisoire,
            "pole": service.pole if service else "",
            "direction": service.direction if service else "",
            "service": service.libelle if service else "",
        },
    }


def _repartition(rapport) -> dict:
    donnees = en_donnees(repartir_rapport(rapport))
    presentee = rapport.thematiques.select_related("thematique__appel").first()
    return {"appel": str(presentee.thematique.appel) if presentee else "", **donnees}


def _imputations(rapport) -> dict:
    lignes = table.imputations(rapport)
    return {
        "imputations": [ligne.en_donnees() for ligne in lignes],
        "total": chaine(sum((ligne.proposition for ligne in lignes), ZERO)),
    }


def _deliberation(rapport) -> dict:
    repartition = en_donnees(repartir_rapport(rapport))
    imputations = _imputations(rapport)["imputations"]
    return {
        "visas": _par_ligne(rapport.visas_juridiques),
        "articles": articles(repartition, imputations, annexe=rapport.annexe_repartition),
        "imputations": imputations,
        **_totaux(repartition),
    }


def _rapport(rapport) -> dict:
    repartition = en_donnees(repartir_rapport(rapport))
    chiffres = {
        operation["cle"]: operation for groupe in repartition["thematiques"] for operation in groupe["operations"]
    }
    groupes = {groupe["cle"]: groupe for groupe in repartition["thematiques"]}
    imputations = _imputations(rapport)
    return {
        **_portee(rapport),
        "introduction": rapport.introduction,
        "thematiques": [
            _presentation(t, groupes, chiffres) for t in rapport.thematiques.prefetch_related("operations")
        ],
        "decisions": decisions(repartition, annexe=rapport.annexe_repartition),
        "imputations": imputations["imputations"],
        "avis": _par_ligne(rapport.avis_commissions),
        **_totaux(repartition),
    }


def _presentation(thematique, groupes, chiffres) -> dict:
    """A thématique of the rapport with its texts; the figures come from the répartition, never from the texts."""
    return {
        "numero": thematique.numero,
        "titre": thematique.titre,
        "texte": thematique.texte,
        **_chiffres(groupes.get(thematique.pk)),
        "operations": [
            {
                "numero": o.numero,
                "titre": o.titre,
                "libelle_court": o.libelle_court,
                "descriptif": o.descriptif,
                "bilan": o.bilan,
                "proposition": o.proposition,
                "nombre_structures": chiffres[o.pk]["nombre_structures"] if o.pk in chiffres else 0,
                **_chiffres(chiffres.get(o.pk)),
            }
            for o in thematique.operations.all()
        ],
    }


def _chiffres(groupe: dict | None) -> dict:
    groupe = groupe or dict.fromkeys(("total", "nouveau", "budget"), chaine(ZERO))
    return {cle: groupe[cle] for cle in ("total", "nouveau", "budget")}


def _totaux(repartition: dict) -> dict:
    return {**_chiffres(repartition), "sources": repartition["sources"]}


def _portee(rapport) -> dict:
    """Labels printed on the cover; empty lists mean « tous » (nothing chosen, or everything)."""
    references = (
        ("territoires", rapport.territoires, Territoire.objects.filter(type=Territoire.Type.TERRITOIRE), "libelle"),
        ("cantons", rapport.cantons, Canton.objects.all(), "nom"),
        ("epci", rapport.epci, Epci.objects.all(), "nom"),
    )
    portee = {}
    for cle, choisis, tous, champ in references:
        noms = list(choisis.values_list(champ, flat=True))
        reste = tous.exclude(pk__in=choisis.values("pk")).exists() if noms else False
        portee[cle] = noms if reste else []
    return portee


def _par_ligne(texte: str) -> list[str]:
    return [ligne.strip() for ligne in texte.splitlines() if ligne.strip()]


def en_donnees(repartition) -> dict:
    """The répartition as typed data. `cle` is the row's id: it ties the groups together and is never printed."""
    return {
        "thematiques": [
            {
                "cle": groupe.thematique.pk,
                "numero": groupe.thematique.numero,
                "titre": groupe.thematique.titre,
                **_sommes(groupe),
                "operations": [
                    {
                        "cle": o.operation.pk,
                        "numero": o.operation.numero,
                        "titre": o.operation.titre,
                        "libelle_court": o.operation.libelle_court,
                        "nombre_structures": _structures_financees(o),
                        **_sommes(o),
                        "lignes": [_ligne(ligne) for ligne in o.lignes],
                    }
                    for o in groupe.operations
                ],
            }
            for groupe in repartition.thematiques
        ],
        **_sommes(repartition),
        "sources": [
            {"source": source, "montant": chaine(montant)}
            for source, montant in sorted(repartition.par_source().items())
            if source != BUDGET_DEPARTEMENTAL and montant
        ],
    }


def _structures_financees(operation) -> int:
    """Distinct structures that receive money: a refused line printed at 0 € is not « une structure concernée »."""
    return len({ligne.proposition.ligne.dossier.structure_id for ligne in operation.lignes if ligne.nouveau})


def _sommes(groupe) -> dict:
    return {"total": chaine(groupe.total), "nouveau": chaine(groupe.nouveau), "budget": chaine(groupe.budget)}


def _ligne(ligne) -> dict:
    proposition, source = ligne.proposition, ligne.proposition.ligne
    return {
        "cle": proposition.pk,
        "territoires": ligne.territoires,
        "structure": ligne.structure,
        "siret": source.dossier.structure.siret or "",
        "description": ligne.description,
        "montant": chaine(ligne.montant),
        "nouveau": chaine(ligne.nouveau),
        "budget": chaine(ligne.budget),
        "instrument": ligne.instrument,
        "codes": ligne.codes,
        "motif_zero": ligne.motif_zero,
        "acte": {
            "nature": source.nature_acte,
            "annexe": proposition.annexe_acte,
            "numero_avenant": source.numero_avenant,
            "initial_numero": source.acte_initial_numero,
            "initial_le": source.acte_initial_le.isoformat() if source.acte_initial_le else None,
        },
    }


CORPS = {
    "rapport": _rapport,
    "deliberation": _deliberation,
    "repartition": _repartition,
    "imputations": _imputations,
}
