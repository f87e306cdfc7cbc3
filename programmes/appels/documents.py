"""Contexts of the printed fiches: everything that the page and the PDF show, and nothing else. Pure data."""

import re

from django.conf import settings

from dpid.documents import blocs, rendre_pdf
from dpid.montants import INSECABLE
from dpid.typographie import composer, date_longue, nombre
from programmes.appels.enonces import enonces, phrase_session
from programmes.models import Dispositif, Fiche, Indicateur

# Prose of the fiche, in the order in which the call publishes it: field → title printed.
SECTIONS = {
    "contexte": "Contexte",
    "public": "Public visé",
    "objectifs": "Objectifs",
    "phasage": "Phasage",
    "modalites_accueil": "Modalités d’accueil et de suivi",
    "profil_professionnel": "Profil du professionnel",
    "resultats_attendus": "Résultats attendus",
    "porteurs": "Porteurs éligibles",
    "bilan": "Bilan final",
}


def contexte_fiche(dispositif: Dispositif) -> dict:
    """Data of a fiche, that survives JSON unchanged; `dispositif` comes with its rows (`relecture.dispositifs_de`).

    A dispositif without a fiche has only its head.
    """
    fiche, appel = getattr(dispositif, "fiche", None) or Fiche(), dispositif.thematique.appel
    est_saisie = fiche.pk is not None
    return {
        "nature": "fiche_dispositif",
        "version": 1,
        "reference": dispositif.reference,
        "titre": dispositif.titre,
        "appel": str(appel),
        "annee": appel.annee,
        "axe": f"{dispositif.thematique.numero}. {dispositif.thematique.libelle_axe}",
        "collectivite": settings.DPID["collectivite"],
        "date": fiche.relue_le.isoformat() if fiche.relue_le else "",
        "relue_le": date_longue(fiche.relue_le),
        "projet": fiche.relue_le is None,
        "est_saisie": est_saisie,
        "tete": _tete(dispositif),
        "regles": [{"titre": t, "phrases": p} for t, p in enonces(fiche)] if est_saisie else [],
        "sections": [
            {"ancre": nom, "titre": titre, "texte": getattr(fiche, nom)}
            for nom, titre in SECTIONS.items()
            if getattr(fiche, nom)
        ],
        **(_listes(fiche) if est_saisie else LISTES_VIDES),
    }


def _tete(dispositif) -> list[list[str]]:
    """Who instructs, on which line: labels and values."""
    ligne = dispositif.ligne_par_defaut
    paires = [
        ["Service instructeur", str(dispositif.service or "")],
        ["Service local", dispositif.get_service_local_display()],
        ["Ligne budgétaire", f"{ligne} ({ligne.imputation})" if ligne else ""],
        ["Sources hors budget", ", ".join(s.libelle for s in dispositif.sources_par_defaut.all())],
        ["Avis exigé", dispositif.get_instance_externe_display()],
        ["Condition suspensive", composer(dispositif.condition_suspensive)],
    ]
    return [p for p in paires if p[1]]


LISTES_VIDES = {
    nom: [] for nom in ("sessions", "cibles", "criteres", "indicateurs", "pieces", "contacts", "cadres")
}  # fmt: skip


def _listes(fiche) -> dict:
    return {
        "sessions": [composer(phrase_session(s)) for s in fiche.sessions.all()],
        "cibles": [f"{nombre(c.cible)}{INSECABLE}{c.unite}" for c in fiche.cibles.all()],
        "criteres": [_critere(c) for c in fiche.criteres.all()],
        "indicateurs": [
            {"part": part.label, "libelles": libelles}
            for part in Indicateur.Part
            if (libelles := [_indicateur(i) for i in fiche.indicateurs.all() if i.part == part])
        ],
        "pieces": [str(p) for p in fiche.pieces.all()],
        "contacts": [
            {
                "lieu": c.territoire.libelle if c.territoire_id else "Département",
                "qui": c.nom or str(c.service or ""),
                "joindre": ", ".join(filter(None, (c.telephone, c.courriel))),
            }
            for c in fiche.contacts.all()
        ],
        "cadres": [composer(str(c)) for c in fiche.cadres.all()],
    }


def _critere(critere) -> str:
    exige = ", exigé pour proposer" if critere.est_obligatoire else ""
    return composer(f"{critere.libelle} (note sur {critere.note_max}{exige})")


def _indicateur(indicateur) -> str:
    choix = ", ".join(c.strip() for c in indicateur.choix.split(";") if c.strip())
    return composer(f"{indicateur.libelle} : {choix}" if choix else indicateur.libelle)


def mettre_en_page(contexte: dict) -> dict:
    """The context with its prose cut in paragraphs, French spacing set."""
    return {
        **contexte,
        "titre": composer(contexte["titre"]),
        "appel": composer(contexte["appel"]),
        "sections": [{**s, "blocs": blocs(s["texte"])} for s in contexte["sections"]],
        "contacts_ont_joindre": any(c["joindre"] for c in contexte["contacts"]),
    }


def rendre_fiche(contexte: dict) -> bytes:
    """PDF/UA-1 of a fiche; « PROJET » across the page until it is declared reviewed."""
    page = mettre_en_page(contexte)
    tiret = f"{INSECABLE}— "
    titre = f"Fiche {page['reference']}{tiret}{page['titre']}"
    page["pied"] = f"{page['appel']}{tiret}fiche {page['reference']}"
    return rendre_pdf("documents/fiche_dispositif.html", page, titre=titre, projet=contexte["projet"])


def nom_de_fiche(dispositif: Dispositif) -> str:
    """`2024_fiche_4-1.pdf`: only what any file system accepts."""
    reference = re.sub(r"[^0-9A-Za-z]+", "-", dispositif.reference).strip("-") or "dispositif"
    return f"{dispositif.thematique.appel.annee}_fiche_{reference}.pdf"
