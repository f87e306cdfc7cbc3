"""Annexes of a rapport: their numbers (their ranks), who refers to them, how they are made, filled, taken out."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max
from django.utils.text import slugify

from deliberations.models import AnnexePresentee, Proposition
from deliberations.redaction.renvois import cites
from dpid.erreurs import ActeRefuse
from dpid.typographie import accorder
from programmes.models import LigneDossier

Nature = AnnexePresentee.Nature
CLE_REPARTITION = "repartition"
LONGUEUR_CLE = 30
TEXTES_D_UNE_OPERATION = ("descriptif", "bilan", "proposition")
# A number typed wrong in a table makes no hundred of empty slots.
NUMERO_MAX = 99


def numerotees(rapport) -> list[tuple[int, AnnexePresentee]]:
    """`(number, annexe)` in order: the number is the rank (one query)."""
    return list(enumerate(rapport.annexes.all(), start=1))


def numeros(rapport) -> dict[int, int]:
    """{annexe id: number}."""
    return {annexe.pk: rang for rang, annexe in numerotees(rapport)}


def creer_repartition(rapport) -> AnnexePresentee:
    """Every rapport has its annexe de répartition from its opening."""
    return AnnexePresentee.objects.create(rapport=rapport, cle=CLE_REPARTITION, nature=Nature.REPARTITION)


def rang_suivant(rapport) -> int:
    return (rapport.annexes.aggregate(m=Max("ordre"))["m"] or 0) + 1


@transaction.atomic
def ajouter(annexe: AnnexePresentee) -> AnnexePresentee:
    """Save a new annexe at the end, with a free key made from what it is: texts name it from now on.

    Raises ActeRefuse.
    """
    rapport = annexe.rapport
    rapport.verrouiller_ouvert()
    annexe.ordre = rang_suivant(rapport)
    annexe.cle = _cle_libre(rapport, _cle_souhaitee(annexe))
    try:
        annexe.full_clean()
    except ValidationError as erreur:
        raise ActeRefuse(" ".join(erreur.messages)) from erreur
    annexe.save()
    return annexe


def _cle_souhaitee(annexe) -> str:
    if annexe.nature == Nature.REPARTITION:
        return CLE_REPARTITION
    if annexe.nature == Nature.DESCRIPTIVE:
        return f"descriptif-{annexe.thematique.numero}" if annexe.thematique_id else "descriptif"
    prefixe = {Nature.MODELE: "modele", Nature.FINANCIERE: "tableau"}.get(annexe.nature, "acte")
    return slugify(annexe.titre)[: LONGUEUR_CLE - 4].strip("-") or prefixe


@transaction.atomic
def creer_usuelles(rapport) -> list[AnnexePresentee]:
    """The usual set: one descriptive annexe per thématique, then the répartition. What exists is kept as it is, so
    that asking again is harmless; the descriptive ones come first, in the order of the thématiques."""
    rapport.verrouiller_ouvert()
    existantes = list(rapport.annexes.all())
    decrites = {a.thematique_id for a in existantes if a.nature == Nature.DESCRIPTIVE}
    ajoutees = []
    if None not in decrites:
        for thematique in rapport.thematiques.all():
            if thematique.pk not in decrites:
                titre = f"Thématique {thematique.numero} : {thematique.titre}"[:250]
                ajoutees.append(
                    AnnexePresentee(
                        rapport=rapport, nature=Nature.DESCRIPTIVE, thematique=thematique, titre=titre, ordre=1
                    )
                )
    if not any(a.nature == Nature.REPARTITION for a in existantes):
        ajoutees.append(AnnexePresentee(rapport=rapport, nature=Nature.REPARTITION))
    for annexe in ajoutees:
        ajouter(annexe)
    if ajoutees:
        _ranger(rapport)
    return ajoutees


def _ranger(rapport):
    """Descriptive annexes first (those of no thématique before the others), then the répartition, then the rest."""
    thematiques = {pk: rang for rang, pk in enumerate(rapport.thematiques.values_list("pk", flat=True))}
    places = {Nature.DESCRIPTIVE: 0, Nature.REPARTITION: 1}
    annexes = sorted(
        rapport.annexes.all(),
        key=lambda a: (places.get(a.nature, 2), thematiques.get(a.thematique_id, -1), a.ordre, a.pk),
    )
    for ordre, annexe in enumerate(annexes, start=1):
        if annexe.ordre != ordre:
            annexe.ordre = ordre
            annexe.save(update_fields=["ordre"])


@transaction.atomic
def au_numero(rapport, numero: int) -> AnnexePresentee:
    """The annexe that bears `numero`, with slots « projet d’acte » made up to it: a table brought by an officer names
    the annexes that its acts will be. Raises ActeRefuse for a number that no annexe bears (« annexe 999 »)."""
    rapport.verrouiller_ouvert()
    if not 1 <= numero <= NUMERO_MAX:
        raise ActeRefuse(f"« annexe {numero} » : les annexes d’un rapport se numérotent de 1 à {NUMERO_MAX}.")
    existantes = list(rapport.annexes.all())
    ordre = rang_suivant(rapport)
    for rang in range(len(existantes) + 1, numero + 1):
        existantes.append(
            AnnexePresentee.objects.create(
                rapport=rapport, cle=_cle_libre(rapport, f"acte-{rang}"), nature=Nature.PROJET_ACTE, ordre=ordre
            )
        )
        ordre += 1
    return existantes[numero - 1]


def _cle_libre(rapport, souhaitee: str) -> str:
    prises = set(rapport.annexes.values_list("cle", flat=True))
    suffixes = ("", *(f"-{n}" for n in range(2, 1000)))
    return next(f"{souhaitee}{s}" for s in suffixes if f"{souhaitee}{s}" not in prises)


# --- Who refers to an annexe


def referents(rapport) -> dict[int, list[str]]:
    """{annexe id: places that refer to it}: texts, lines of which it is the act, revenue. Constant queries."""
    trouves = defaultdict(list)
    ids = {f"annexe:{cle}": pk for pk, cle in rapport.annexes.values_list("pk", "cle")}
    for lieu, textes in _textes(rapport):
        for nom in dict.fromkeys(nom for texte in textes for nom in cites(texte)):
            if nom in ids:
                trouves[ids[nom]].append(lieu)
    lignes = rapport.propositions.filter(annexe__isnull=False).order_by().values_list("annexe")
    for pk, nombre in lignes.annotate(Count("pk")):
        trouves[pk].append(accorder(nombre, "ligne"))
    for pk in rapport.recettes.filter(annexe__isnull=False).values_list("annexe", flat=True):
        trouves[pk].append("une recette")
    return trouves


def _textes(rapport):
    """`(place, its texts)`, the texts of the annexes themselves included."""
    yield "l’introduction", [rapport.introduction]
    for t in rapport.thematiques.prefetch_related("operations"):
        yield f"la thématique {t.numero}", [t.texte]
        for o in t.operations.all():
            yield f"l’opération {t.numero}.{o.numero}", [getattr(o, champ) for champ in TEXTES_D_UNE_OPERATION]
    for annexe in rapport.annexes.all():
        yield f"l’annexe « {annexe.intitule} »", [annexe.texte]
    for article in rapport.articles.all():
        yield f"l’article « {article.cle} »", [article.texte]


def refuser_si_citee(annexe):
    """Raise ActeRefuse while something refers to `annexe`, naming what does."""
    places = referents(annexe.rapport)[annexe.pk]
    if places:
        raise ActeRefuse(
            f"L’annexe « {annexe.intitule} » est citée par {', '.join(places)} : retirez d’abord ces renvois."
        )
    presente = annexe.nature == Nature.REPARTITION and annexe.rapport.propositions.exists()
    if presente:
        raise ActeRefuse("Les articles renvoient à l’annexe de répartition tant que le rapport présente des lignes.")


# --- Lines whose act an annexe carries


def groupes_de_lignes(rapport) -> list[dict]:
    """Lines of the rapport by opération and nature of act: `{cle, operation, nature, nombre, annexes}` (two queries).

    `annexes`: titles of those that carry these lines now.
    """
    titres = {a.pk: f"annexe {numero}" for numero, a in numerotees(rapport)}
    natures = dict(LigneDossier.NatureActe.choices)
    groupes: dict[tuple, dict] = {}
    lignes = rapport.propositions.values_list(
        "operation_id", "operation__thematique__numero", "operation__numero", "operation__libelle_court",
        "ligne__nature_acte", "annexe_id",
    )  # fmt: skip
    for operation, thematique, numero, libelle, nature, annexe in lignes:
        groupe = groupes.setdefault(
            (operation, nature),
            {
                "cle": f"{operation}:{nature}", "operation": f"T{thematique} – {numero}. {libelle}",
                "nature": natures.get(nature, "acte à choisir"), "nombre": 0, "annexes": set(),
            },
        )  # fmt: skip
        groupe["nombre"] += 1
        if annexe:
            groupe["annexes"].add(titres[annexe])
    return [{**g, "annexes": sorted(g["annexes"])} for g in groupes.values()]


@transaction.atomic
def rattacher(annexe, cles: list[str]) -> int:
    """Make `annexe` carry the act of the lines of these groups (`opération:nature`); number of lines attached."""
    annexe.rapport.verrouiller_ouvert()
    nombre = 0
    for cle in cles:
        operation, _, nature = cle.partition(":")
        lignes = Proposition.objects.filter(
            operation=operation, operation__thematique__rapport=annexe.rapport_id, ligne__nature_acte=nature,
            est_active=True,
        )  # fmt: skip
        nombre += lignes.update(annexe=annexe)
    return nombre


# --- As data


def en_donnees(rapport, blocs: dict[int, int]) -> list[dict]:
    """What the documents need of each annexe, in order; `blocs`: {block id: rank}."""
    return [
        {
            "cle": a.cle,
            "numero": numero,
            "nature": a.nature,
            "titre": a.intitule,
            "thematique": a.thematique_id,
            "nature_acte": a.nature_acte,
            "objet": a.objet,
            "parties": a.parties,
            "regroupement": a.regroupement,
            "bloc": blocs.get(a.bloc_id),
        }
        for numero, a in numerotees(rapport)
    ]


def renvois(annexes: list[dict]) -> dict[str, str]:
    """{`annexe:cle`: « annexe 3 »}: what `{annexe:cle}` prints, from `en_donnees`."""
    return {f"annexe:{a['cle']}": f"annexe\u00a0{a['numero']}" for a in annexes}
