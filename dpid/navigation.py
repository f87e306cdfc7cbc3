"""The doors of the left navigation: the same for everyone, greyed by rights or while their page does not exist."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Porte:
    titre: str
    vue: str
    permission: str
    chemins: tuple[str, ...] = ()


PORTES = (
    Porte("À faire", "accueil", "", ("/",)),
    Porte(
        "Appels et dossiers",
        "dossiers",
        "programmes.view_dossier",
        ("/dossiers/", "/avis/", "/courriers/", "/remarques/", "/appels/", "/tableau-de-bord/", "/depots/"),
    ),
    Porte("Arbitrage", "arbitrage", "deliberations.view_scenario", ("/arbitrage/",)),
    Porte("Commission", "rapports", "deliberations.view_rapport", ("/rapports/", "/seances/", "/deliberations/")),
    Porte("Budget", "situation", "budget.voir_situation", ("/budget/",)),
    Porte(
        "Conventions",
        "conventions",
        "conventions.view_convention",
        ("/conventions/", "/modeles/", "/actes/", "/modifications/", "/fiches-action/", "/numerisations/"),
    ),
    Porte("Structures", "structures", "programmes.view_structure", ("/structures/", "/pieces/")),
)


def portes(request) -> list[dict]:
    """Doors ready for the template; no query."""
    agent = request.user
    lignes = [_ligne(porte, request.path, agent) for porte in PORTES]
    if agent.is_staff:
        lignes.append({"titre": "Référentiels", "url": reverse("admin:index"), "est_apart": True})
    return lignes


def _ligne(porte: Porte, chemin: str, agent) -> dict:
    courante = any(chemin == c if c == "/" else chemin.startswith(c) for c in porte.chemins)
    ligne = {
        "titre": porte.titre,
        "url": "",
        "note": "",
        "est_courante": courante,
        "est_apart": False,
        "aria": "page" if chemin in porte.chemins else "true",
    }
    try:
        url = reverse(porte.vue)
    except NoReverseMatch:
        return {**ligne, "note": "à venir"}
    if porte.permission and not agent.has_perm(porte.permission):
        return {**ligne, "note": "hors de vos attributions"}
    return {**ligne, "url": url}
