"""Bordereaux of the acts that leave: what each signatory signs, what each structure returns, what finance expects.

Plain data, ready to be rendered in any process.
"""

from collections import defaultdict
from datetime import timedelta
from functools import partial

from django.conf import settings

from conventions.generation.groupes import SANS_SIGNATAIRE, nommer
from dpid.documents import rendre_pdf
from dpid.montants import ZERO, chaine
from dpid.typographie import accorder, date_courte

HORS_BUDGET, A_IMPUTER, SANS_INCIDENCE = "Hors budget", "À imputer", "Sans incidence financière"
RETENUS = "acte du même rapport ne part pas encore", "actes du même rapport ne partent pas encore"


def tous(lus, *, retenus: int = 0):
    """`(name, order)` of each bordereau of these acts. `retenus`: acts of the rapport that do not leave."""
    if lus:
        yield from _des_signataires(lus)
        yield from _des_structures(lus)
        yield "bordereaux/finances.pdf", pour_les_finances(lus, retenus=retenus)


def _des_signataires(lus):
    groupes = defaultdict(list)
    for lu in lus:
        if not lu.acte.signe_le:
            groupes[str(lu.signataire or SANS_SIGNATAIRE)].append(lu)
    for cle, nom in nommer((cle, cle) for cle in groupes).items():
        yield f"bordereaux/signataire-{nom}.pdf", pour_le_signataire(groupes[cle])


def _des_structures(lus):
    """Every structure that is a party: an act may be signed by three."""
    groupes = defaultdict(list)
    for lu in lus:
        for partie in lu.parties:
            if partie.structure_id:
                groupes[partie.structure_id].append((lu, partie))
    attendus = {pk: siens for pk, siens in groupes.items() if not all(lu.acte.signe_structure_le for lu, _ in siens)}
    libelles = ((pk, siens[0][1].structure.raison_sociale) for pk, siens in attendus.items())
    for pk, nom in nommer(libelles).items():
        yield f"bordereaux/structures/{nom}.pdf", pour_la_structure(attendus[pk])


def pour_le_signataire(lus) -> partial:
    """Acts to sign (euros), with a box for the day of each signature."""
    signataire = lus[0].signataire
    page = {
        "qualite": signataire.qualite if signataire else "", "rangs": [_rang(lu) for lu in lus],
        "exemplaires": sum(lu.acte.exemplaires for lu in lus), "total": chaine(sum(lu.montant for lu in lus)),
    }  # fmt: skip
    return _ordre("signataire", f"Bordereau pour {signataire or 'signature'}", lus, page)


def pour_la_structure(siens) -> partial:
    """Its acts (euros), how many copies it returns signed, by whom, until when; `siens`: `(act, its party)`."""
    structure = siens[0][1].structure
    rangs = [
        {**_rang(lu), "signe_par": _qui_signe(lu.representant_de(partie)), "avant": _a_retourner(lu.acte),
         "revenu_le": _jour(lu.acte.signe_structure_le)}
        for lu, partie in siens
    ]  # fmt: skip
    attendus = [lu.acte.exemplaires for lu, _ in siens if not lu.acte.signe_structure_le]
    page = {
        "structure": structure.raison_sociale, "adresse": structure.adresse_imprimee, "retour": settings.DPID["siege"],
        "attendus": accorder(sum(attendus), "exemplaire"), "rangs": rangs,
    }  # fmt: skip
    return _ordre("structure", f"Bordereau pour {structure.raison_sociale}", [lu for lu, _ in siens], page)


def pour_les_finances(lus, *, retenus: int = 0) -> partial:
    """What each imputation pays by each act, its subtotal, the total (euros), a box for the return of the act."""
    par_imputation = defaultdict(lambda: defaultdict(lambda: ZERO))
    for rang, lu in enumerate(lus):
        for cle, montant in _imputations(lu):
            par_imputation[cle][rang] += montant
    groupes = [
        {
            "imputation": cle[-1], "sous_total": chaine(sum(montants.values(), ZERO)),
            "rangs": [
                {**_rang(lus[rang]), "montant": chaine(montant), "revenu_le": _jour(lus[rang].acte.signe_structure_le)}
                for rang, montant in montants.items()
            ],
        }
        for cle, montants in sorted(par_imputation.items())
    ]  # fmt: skip
    page = {
        "groupes": groupes, "nombre": accorder(len(lus), "acte"), "total": chaine(sum(lu.montant for lu in lus)),
        "retenus": retenus and accorder(retenus, *RETENUS),
    }  # fmt: skip
    return _ordre("finances", "Bordereau pour les finances", lus, page)


def _imputations(lu):
    """`((rank, millésime, label), amount)`: AE by their code, then other sources, then what nobody imputed."""
    if not lu.financements:
        libelle = A_IMPUTER if lu.montant else SANS_INCIDENCE
        yield (2 if lu.montant else 3, 0, libelle), lu.montant
    for f in lu.financements:
        if f.autorisation_id:
            ligne, millesime = f.autorisation.ligne, f.autorisation.millesime
            yield (0, millesime, f"{ligne.code} ({ligne.imputation}), AE {millesime}"), f.montant
        elif f.source_id:
            yield (1, 0, f"{HORS_BUDGET} : {f.source.libelle}"), f.montant
        else:
            yield (2, 0, A_IMPUTER), f.montant


def _rang(lu) -> dict:
    return {
        "reference": lu.acte.reference, "structure": str(lu.structure), "objet": lu.acte.objet or lu.convention.objet,
        "exemplaires": lu.acte.exemplaires, "montant": chaine(lu.montant),
    }  # fmt: skip


def _qui_signe(representant) -> str:
    return f"{representant}, {representant.qualite}" if representant else "La personne habilitée"


def _a_retourner(acte) -> str:
    """The last day before it is reminded (`Acte.limite_de_signature`); the delay alone until it is sent."""
    delai = settings.DPID["delai_de_signature"]
    if acte.remis_le:
        return "le " + _jour(acte.remis_le + timedelta(days=delai))
    return f"{accorder(delai, 'jour')} après la remise"


def _jour(le) -> str:
    return date_courte(le) if le else ""


def _ordre(sorte: str, titre: str, lus, page: dict) -> partial:
    commun = {
        "collectivite": settings.DPID["collectivite"], "titre_h1": titre, "pied": titre,
        "date": max(lu.le for lu in lus).isoformat(),
    }  # fmt: skip
    return partial(rendre_pdf, f"documents/bordereau_{sorte}.html", {**commun, **page}, titre=titre)
