"""Printed pages: what the templates need beside the context (heads, typography, texts cut in paragraphs)."""

import re
from datetime import date
from decimal import Decimal

from deliberations.documents.paragraphes import paragraphes
from deliberations.redaction import projets
from deliberations.redaction.mots import enumerer
from dpid.documents import html_seul, rendre_pdf
from dpid.montants import FINE_INSECABLE, INSECABLE, euros
from dpid.typographie import accorder, composer, date_courte, date_longue

TIRET = f"{INSECABLE}— "


def rendre(contexte: dict, *, archive=None) -> bytes:
    """One document alone; a PDF/A-3a when `archive` is the list of the files to attach."""
    projet = contexte["projet"]
    return rendre_pdf(gabarit(contexte), page(contexte), titre=titre(contexte), projet=projet, archive=archive)


def html(contexte: dict) -> str:
    """What the PDF is made from, for the editable copies."""
    return html_seul(gabarit(contexte), page(contexte), titre=titre(contexte), projet=contexte["projet"])


def gabarit(contexte: dict) -> str:
    return f"documents/{GABARITS.get(contexte['nature'], contexte['nature'])}.html"


def page(contexte: dict) -> dict:
    """What the template of the document needs, alone or bound in a bundle."""
    return {**contexte, **_commun(contexte), **PAGES[contexte["nature"]](contexte)}


def jour(iso: str) -> date:
    return date.fromisoformat(iso)


def titre(contexte: dict) -> str:
    """« Délibération n° 2023-604 — … », « Annexe 2 : … — Répartition financière des opérations »."""
    nature = contexte["nature"]
    if nature == "repartition":
        appel = composer(contexte["appel"] or contexte["titre"])
        annexe = f"Annexe{INSECABLE}{contexte['annexe']}{INSECABLE}"
        return f"{annexe}: {appel}{TIRET}Répartition financière des opérations"
    if contexte["annexe"]:
        return f"Annexe{INSECABLE}{contexte['annexe']}{INSECABLE}: {composer(contexte['titre_annexe'])}"
    if nature == "rapport":
        return f"Rapport {_numero(contexte['rapport']['numero'])}{TIRET}{composer(contexte['titre'])}"
    if nature == "conducteur":
        suite = f"{TIRET}Rapport {_numero(contexte['rapport']['numero'])}" if contexte["rapport"]["numero"] else ""
        return f"Conducteur de séance{suite}"
    objet = "Imputations budgétaires" if nature == "imputations" else composer(contexte["titre"])
    return f"{_acte(contexte)}{TIRET}{objet}"


def _acte(contexte) -> str:
    if contexte["projet"]:
        return "Projet de délibération"
    return f"Délibération {_numero(contexte['numero'])}"


def _numero(numero) -> str:
    return f"n°{INSECABLE}{numero}"


def _commun(contexte) -> dict:
    """Heads and foot, in capitals that keep their accents."""
    seance = contexte["seance"]
    instance = seance["instance"]["libelle"]
    if seance["instance"]["code"] == "CP" and "conseil" not in instance.lower():
        instance += " du Conseil départemental"
    article = "du" if instance.lower().startswith(("conseil", "comité", "bureau")) else "de la"
    le = date_longue(jour(contexte["date"]))
    provisoire = " (numéro provisoire)" if contexte["rapport"]["provisoire"] else ""
    return {
        "pied": f"{_pied(contexte)}{TIRET}{instance.split(' du ')[0]} du {date_courte(jour(contexte['date']))}",
        "collectivite_capitales": contexte["collectivite"].upper(),
        "instance_capitales": instance.upper(),
        "instance_et_article": f"{article} {instance}",
        "la_instance": f"{'Le' if article == 'du' else 'La'} {instance}",
        "acte_capitales": f"DÉLIBÉRATION {article.upper()} {instance.upper()}",
        "reunion_capitales": f"RÉUNION DU {le.upper()}",
        "titre_capitales": composer(contexte["titre"]).upper(),
        "titre_h1": titre(contexte),
        "le_long": le,
        "signe_pour_le_president": not re.match(r"(le |la )?président", seance["qualite_signataire"], re.IGNORECASE),
        "numero_rapport": f"RAPPORT N°{INSECABLE}{contexte['rapport']['numero']}{provisoire}",
        "total_propositions": _total_propositions(contexte.get("imputations", [])),
    }


def _pied(contexte) -> str:
    if contexte["nature"] == "conducteur":
        return "Conducteur de séance"
    if contexte["nature"] == "rapport" or contexte["projet"]:
        return f"Rapport {_numero(contexte['rapport']['numero'])}"
    texte = _acte(contexte)
    return f"{texte}, annexe{INSECABLE}{contexte['annexe']}" if contexte["annexe"] else texte


def _total_propositions(imputations) -> str:
    return euros(sum((Decimal(ligne["proposition"]) for ligne in imputations), Decimal(0)))


def _page_deliberation(contexte) -> dict:
    articles = {a["numero"]: {**a, "paragraphes": paragraphes(a["texte"], contexte)} for a in contexte["articles"]}
    return {
        "blocs_imprimes": [
            {**b, "articles": [articles[n] for n in b["articles"]], "voix": _voix(b["chiffres"])}
            for b in contexte["blocs"]
        ],
        "articles_communs": [articles[n] for n in contexte["communs"]],
        "plusieurs_blocs": len(contexte["blocs"]) > 1,
        "visas_composes": [composer(visa) for visa in contexte["visas"]],
        "numero_entre_parentheses": f"({_numero(contexte['numero']).upper()})" if contexte["numero"] else "(projet)",
    }


LIBELLES_VOIX = (
    ("pour", "Pour"), ("contre", "Contre"), ("abstention", "Abstention"),
    ("absents", "Absents sans délégation de vote"),
)  # fmt: skip


def _voix(figures) -> list[str]:
    """« Pour : 31 voix (Groupe A ; Groupe B) »; the absent are not printed when there is none."""
    if figures is None:
        return []
    lignes = []
    for cle, libelle in LIBELLES_VOIX:
        voix, groupes = figures[cle]["voix"], figures[cle]["groupes"]
        if cle == "absents" and not voix:
            continue
        suite = f" ({f'{FINE_INSECABLE}; '.join(groupes)})" if groupes else ""
        compte = str(voix) if cle == "absents" else f"{voix}{INSECABLE}voix"
        lignes.append(f"{libelle}{INSECABLE}: {compte}{suite}")
    return lignes


def _page_descriptive(contexte) -> dict:
    return {
        "blocs_introduction": paragraphes(contexte["introduction"], contexte),
        "thematiques": [
            {**groupe, "operations": [_operation(o, contexte) for o in groupe["operations"]]}
            for groupe in contexte["thematiques"]
        ],
    }


def _page_acte(contexte) -> dict:
    return {
        "projets": [projets.page(projet) for projet in contexte.get("projets", ())],
        "projets_changes": contexte.get("projets_changes", []),
        "blocs_introduction": paragraphes(contexte["introduction"], contexte),
        "total_lignes": sum((Decimal(ligne["nouveau"]) for ligne in contexte["lignes"]), Decimal(0)),
    }


def _page_rapport(contexte) -> dict:
    return {
        "portee": _portee(contexte),
        "modifie": _modifie(contexte.get("modificatif")),
        "blocs_introduction": paragraphes(contexte["introduction"], contexte),
        "blocs_avis": [composer(avis) for avis in contexte["avis"]],
        "thematiques": [
            {
                **groupe,
                "blocs": paragraphes(groupe["texte"], contexte),
                "calcul": _phrase_thematique(groupe),
                "operations": [_operation(o, contexte) for o in groupe["operations"]],
            }
            for groupe in contexte["thematiques"]
        ],
    }


def _modifie(modificatif) -> dict | None:
    """« Le présent rapport modifie celui qui a été envoyé aux commissions le 27 novembre 2023, sur… »"""
    if modificatif is None:
        return None
    differences = [composer(d) for d in modificatif["differences"]]
    debut = (
        f"Le présent rapport modifie celui qui a été envoyé {modificatif['destinataires']} le "
        f"{date_longue(jour(modificatif['le']))}"
    )
    suite = (
        f", sur les points suivants{INSECABLE}:" if differences else ", sans en changer ni les montants ni les textes."
    )
    fins = [f"{FINE_INSECABLE};"] * (len(differences) - 1) + ["."] if differences else []
    return {"phrase": debut + suite, "differences": [d + fin for d, fin in zip(differences, fins, strict=True)]}


def _portee(contexte) -> list[dict]:
    """« Tous les territoires », or the list of those chosen."""
    libelles = (
        ("Territoire", "Tous les territoires", "territoires"),
        ("Canton", "Tous les cantons des territoires", "cantons"),
        ("EPCI", "Tous les EPCI des territoires", "epci"),
    )
    return [
        {
            "libelle": f"{libelle}{'s' if len(contexte[cle]) != 1 and libelle != 'EPCI' else ''}",
            "valeur": ", ".join(contexte[cle]) or tous,
        }
        for libelle, tous, cle in libelles
    ]


def _operation(operation, contexte) -> dict:
    parties = (
        ("Descriptif de l’opération", operation["descriptif"]),
        ("Bilan de l’année précédente", operation["bilan"]),
        ("Proposition", operation["proposition"]),
    )
    return {
        **operation,
        "mesure": _mesure(operation),
        "parties": [
            {"titre": titre, "blocs": paragraphes(texte, contexte)} for titre, texte in parties if texte.strip()
        ],
        "calcul": _phrase_operation(operation),
        "compensation": _phrase_compensation(operation),
    }


def _mesure(operation) -> str:
    """« 60 places, du 1er janvier 2024 au 31 décembre 2024 »: what is bought and when, from the data."""
    return ", ".join(texte for texte in (operation.get("quantites"), operation.get("periode")) if texte)


def _phrase_operation(operation) -> str:
    """« 7 structures sont concernées, pour un montant total de 140 000,00 €. »"""
    nombre, nouveau = operation["nombre_structures"], Decimal(operation["nouveau"])
    if not nombre:
        return "Aucun financement n’est proposé au titre de cette opération."
    verbe = "est concernée" if nombre == 1 else "sont concernées"
    total = "un montant" if nombre == 1 else "un montant total"
    phrase = f"{accorder(nombre, 'structure')} {verbe}, pour {total} de {euros(nouveau, symbole=True)}"
    return f"{phrase}{_hors_budget(operation)}."


def _phrase_compensation(operation) -> str:
    """« Cette dépense est compensée, à hauteur de 500 000,00 €, par la recette C02-428N01 – Solidarités. »"""
    recettes = [
        f"à hauteur de {euros(r['montant'], symbole=True)}, par la recette {r['code']} – {composer(r['libelle'])}"
        for r in operation.get("compensations", ())
    ]
    return f"Cette dépense est compensée, {enumerer(recettes)}." if recettes else ""


def _phrase_thematique(groupe) -> str:
    """« Les 2 opérations de cette thématique représentent 155 121,00 €. »"""
    nombre = sum(1 for o in groupe["operations"] if Decimal(o["nouveau"]))
    if not nombre:
        return ""
    if nombre == 1:
        debut = "L’opération proposée au titre de cette thématique représente"
    else:
        debut = f"Les {nombre}{INSECABLE}opérations proposées au titre de cette thématique représentent"
    return f"{debut} {euros(groupe['nouveau'], symbole=True)}{_hors_budget(groupe)}."


def _hors_budget(groupe) -> str:
    ailleurs = Decimal(groupe["nouveau"]) - Decimal(groupe["budget"])
    return f", dont {euros(ailleurs, symbole=True)} hors budget départemental" if ailleurs else ""


def _page_repartition(contexte) -> dict:
    hors = sum((Decimal(s["montant"]) for s in contexte["sources"]), Decimal(0))
    return {
        "thematiques": [
            {
                **groupe,
                "a_complement": groupe["total"] != groupe["nouveau"],
                "operations": [
                    {
                        **o,
                        "a_complement": o["total"] != o["nouveau"],
                        "suite": f"{composer(o['libelle_court'])} (suite){TIRET}{_thematique(groupe)}",
                    }
                    for o in groupe["operations"]
                ],
            }
            for groupe in contexte["thematiques"]
        ],
        "total_hors_budget": hors,
    }


def _thematique(groupe) -> str:
    return f"Thématique{INSECABLE}{groupe['numero']}{INSECABLE}: {composer(groupe['titre'])}"


# Two natures of annexe share the page of the act that they announce.
GABARITS = {"projet_acte": "annexe_acte", "modele": "annexe_acte", "financiere": "annexe_financiere"}
PAGES = {
    "descriptive": _page_descriptive,
    "projet_acte": _page_acte,
    "modele": _page_acte,
    "financiere": lambda contexte: {"blocs_introduction": paragraphes(contexte["introduction"], contexte)},
    "rapport": _page_rapport,
    "deliberation": _page_deliberation,
    "repartition": _page_repartition,
    "imputations": lambda contexte: {},
    "conducteur": lambda contexte: {"plusieurs_points": len(contexte["points"]) > 1},
}
