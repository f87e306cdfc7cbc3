"""Totals of a rapport: in the lists by subquery, on its page from its répartition."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from dpid.montants import ZERO, MontantField, montant
from programmes.models import Financement, LigneDossier, Ventilation


def avec_totaux(rapports):
    """Annotations: `acte` (number of the délibération or None), `total` (euros of new money, all sources), `budget`
    (without the outside sources), `nb_lignes`."""
    finances = (
        Financement.objects.filter(
            ligne__propositions__operation__thematique__rapport=OuterRef("pk"), ligne__propositions__est_active=True
        )
        .order_by()
        .values("ligne__propositions__operation__thematique__rapport")
    )

    def somme(requete):
        return Coalesce(
            Subquery(requete.annotate(t=Sum("montant")).values("t"), output_field=MontantField()),
            montant(0),
            output_field=MontantField(),
        )

    lignes = (
        LigneDossier.objects.filter(
            propositions__operation__thematique__rapport=OuterRef("pk"), propositions__est_active=True
        )
        .order_by()
        .values("propositions__operation__thematique__rapport")
    )
    nombre = Coalesce(Subquery(lignes.annotate(n=Count("pk", distinct=True)).values("n")), 0)
    return rapports.annotate(
        acte=F("deliberation__numero"),
        total=somme(finances),
        budget=somme(finances.filter(source__isnull=True)),
        nb_lignes=nombre,
    )


def tableaux(rapport, repartition) -> list[dict]:
    """Breakdowns of the new money, ready to print: each one adds up to the total of the rapport or says why not."""
    thematiques = [(str(t.thematique), t.nouveau) for t in repartition.thematiques]
    operations = [
        (f"T{t.thematique.numero} – {o.operation.libelle_court}", o.nouveau)
        for t in repartition.thematiques
        for o in t.operations
    ]
    resultat = [
        {"titre": "Par thématique", "colonne": "Thématique", "lignes": thematiques},
        {"titre": "Par opération", "colonne": "Opération", "lignes": operations},
        {"titre": "Par source de financement", "colonne": "Source", "lignes": list(repartition.par_source().items())},
        {"titre": "Par ligne budgétaire", "colonne": "Ligne", "lignes": list(_par_ligne(repartition).items())},
        {
            "titre": "Par territoire",
            "colonne": "Territoires",
            "lignes": sorted(par_territoire(rapport, repartition).items()),
            "note": "Une ligne sur plusieurs territoires, sans ventilation, est comptée sous leur regroupement.",
        },
    ]
    volets = _par_volet(rapport)
    if volets:
        note = "Seuls les financements ventilés par volet y figurent."
        resultat.append({"titre": "Par volet", "colonne": "Volet", "lignes": volets, "note": note})
    for tableau in resultat:
        tableau["total"] = sum((total for _, total in tableau["lignes"]), ZERO)
    return resultat


def par_territoire(rapport, repartition) -> dict[str, Decimal]:
    """{territoire, or territoires as printed: euros of new money}; one query.

    A financing split by territoire counts under each of them. What is not split is under the label of the line: its
    territoire, or the grouping of them all (« Artois, Ternois ») because nothing says the share of each.
    """
    parts: dict[int, list] = defaultdict(list)
    ventilees = Ventilation.objects.filter(
        financement__ligne__in=rapport.propositions.values("ligne"), territoire__isnull=False
    )
    for pk, *part in ventilees.order_by().values_list("financement__ligne", "territoire__libelle", "montant"):
        parts[pk].append(part)
    totaux = defaultdict(lambda: ZERO)
    for ligne in repartition.lignes:
        reste = ligne.nouveau
        for territoire, part in parts[ligne.proposition.ligne_id]:
            totaux[territoire] += part
            reste -= part
        if reste or not parts[ligne.proposition.ligne_id]:
            totaux[ligne.territoires or "Non précisé"] += reste
    return dict(totaux)


def _par_ligne(repartition) -> dict:
    """{budget line, source or « À imputer »: euros}."""
    totaux = defaultdict(lambda: ZERO)
    for ligne in repartition.lignes:
        for f in ligne.proposition.ligne.financements.all():
            if f.autorisation:
                nom = f"{f.autorisation.ligne.code} {f.autorisation.intitule}"
            else:
                nom = f"Hors budget : {f.source}" if f.source else "À imputer"
            totaux[nom] += f.montant
    return dict(sorted(totaux.items()))


def _par_volet(rapport) -> list[tuple]:
    parts = Ventilation.objects.filter(
        financement__ligne__propositions__operation__thematique__rapport=rapport,
        financement__ligne__propositions__est_active=True,
        volet__isnull=False,
    )
    sommes = parts.order_by("volet__libelle").values_list("volet__ligne__code", "volet__libelle")
    return [(f"{code} – {libelle}", total) for code, libelle, total in sommes.annotate(Sum("montant"))]
