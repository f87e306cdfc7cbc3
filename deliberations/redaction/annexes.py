"""Annexes of a rapport: their numbers (their ranks), and the slots that an imported text asks for."""

from django.db import transaction
from django.db.models import Max

from deliberations.models import AnnexePresentee

Nature = AnnexePresentee.Nature
CLE_REPARTITION = "repartition"


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
def au_numero(rapport, numero: int) -> AnnexePresentee:
    """The annexe that bears `numero`, with slots « projet d’acte » made up to it: a table brought by an officer names
    the annexes that its acts will be."""
    rapport.verrouiller_ouvert()
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
