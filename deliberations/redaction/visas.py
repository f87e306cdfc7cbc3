"""Visas of a rapport: texts of the library, in order, in force or not on the day of the séance."""

from django.db import transaction
from django.db.models import Max, Q
from django.utils.text import slugify

from deliberations.models import Rapport, TexteJuridique, VisaJuridique
from dpid.erreurs import ActeRefuse
from dpid.typographie import date_courte

TEXTES_PROPOSES = 50


def vigueur(texte, jour) -> str:
    """Why `texte` is not in force on `jour`, empty when it is."""
    if texte.en_vigueur_du and jour < texte.en_vigueur_du:
        return f"en vigueur seulement le {date_courte(texte.en_vigueur_du)}"
    if texte.en_vigueur_au and jour > texte.en_vigueur_au:
        return f"plus en vigueur depuis le {date_courte(texte.en_vigueur_au)}"
    return ""


def bibliotheque(rapport, recherche: str):
    """Texts that the rapport does not cite yet, those found by every word of `recherche` (at most fifty)."""
    textes = TexteJuridique.objects.exclude(visas__rapport=rapport)
    for mot in recherche.split():
        textes = textes.filter(Q(texte__icontains=mot) | Q(code__icontains=mot) | Q(numero__icontains=mot))
    return textes[:TEXTES_PROPOSES]


@transaction.atomic
def viser_texte(rapport, texte) -> bool:
    """Cite `texte` last. False when it already is: asking twice is one visa."""
    rapport.verrouiller_ouvert()
    if rapport.visas_juridiques.filter(texte=texte).exists():
        return False
    VisaJuridique.objects.create(rapport=rapport, texte=texte, ordre=_rang_suivant(rapport))
    return True


@transaction.atomic
def copier(rapport, autre) -> int:
    """Cite after its own texts those that `autre` cites, in their order; number of texts added."""
    rapport.verrouiller_ouvert()
    deja = set(rapport.visas_juridiques.values_list("texte_id", flat=True))
    manquants = [v.texte_id for v in autre.visas_juridiques.all() if v.texte_id not in deja]
    if not autre.visas_juridiques.exists():
        raise ActeRefuse(f"Le rapport {autre} ne vise aucun texte.")
    debut = _rang_suivant(rapport)
    for ordre, texte in enumerate(manquants, start=debut):
        VisaJuridique.objects.create(rapport=rapport, texte_id=texte, ordre=ordre)
    return len(manquants)


def modeles(rapport, agent):
    """Rapports whose visas may be copied, the latest séances first."""
    autres = Rapport.objects.visibles_par(agent).exclude(pk=rapport.pk).filter(visas_juridiques__isnull=False)
    return autres.select_related("seance__instance").distinct().order_by("-seance__date", "numero")


def code_libre(texte: str) -> str:
    """A code for a text typed on the fly."""
    souhaite = slugify(texte)[:50].strip("-") or "texte"
    pris = set(TexteJuridique.objects.filter(code__startswith=souhaite).values_list("code", flat=True))
    return next(c for c in (souhaite, *(f"{souhaite}-{n}" for n in range(2, 1000))) if c not in pris)


def _rang_suivant(rapport) -> int:
    return (rapport.visas_juridiques.aggregate(m=Max("ordre"))["m"] or 0) + 1
