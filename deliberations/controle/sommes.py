"""Rules on the sums: every level adds up, the articles are what is imputed, parts make their whole."""

from decimal import Decimal

from django.db.models import F, Sum

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.imputations import tableau
from deliberations.redaction.articles import articles
from dpid.montants import ZERO
from dpid.typographie import accorder
from programmes.models import Financement
from programmes.regles import e

GRANDEURS = {"total": "imprimé", "nouveau": "voté", "budget": "du budget départemental"}


@regle("totaux-faux", Gravite.BLOQUANT, "totaux ne sont pas la somme de leurs parties")
def totaux(examen):
    """Each level of the printed data against the one below: lines, opérations, thématiques, the whole."""
    repartition = examen.lecture.repartition
    yield from _comparer(examen, "Rapport", "rapport", repartition, repartition["thematiques"])
    for t in repartition["thematiques"]:
        yield from _comparer(examen, f"Thématique {t['numero']}", f"t{t['cle']}", t, t["operations"])
        for o in t["operations"]:
            libelle = f"Thématique {t['numero']}, opération {o['numero']}"
            yield from _comparer(examen, libelle, f"o{o['cle']}", o, _imprimees(o["lignes"]))


def _imprimees(lignes) -> list[dict]:
    """What is printed on a line is its « montant »: its group calls it a total."""
    return [{**ligne, "total": ligne["montant"]} for ligne in lignes]


def _comparer(examen, libelle, cle, ensemble, parties):
    for grandeur, nom in GRANDEURS.items():
        somme = sum((Decimal(p[grandeur]) for p in parties), ZERO)
        if somme != Decimal(ensemble[grandeur]):
            message = f"le total {nom} est de {e(ensemble[grandeur])}, ses parties font {e(somme)}."
            yield Constat(examen.au_rapport(cle, libelle, "rapport_totaux"), message, (ensemble[grandeur], somme))


@regle("articles-et-imputations", Gravite.BLOQUANT, "totaux d’articles diffèrent des imputations")
def articles_et_imputations(examen):
    """Σ articles of financing = Σ imputations, once everything is charged."""
    if any(ligne.a_imputer for ligne in examen.lignes):
        return
    finances = sum((Decimal(a.get("montant") or 0) for a in articles(examen.lecture.contenu)), ZERO)
    imputes = sum((ligne.proposition for ligne in tableau(examen)), ZERO)
    if finances != imputes:
        message = f"les articles financent {e(finances)}, le tableau impute {e(imputes)}."
        lieu = examen.au_rapport("imputations", "Imputations", "rapport_totaux")
        yield Constat(lieu, message, (finances, imputes))


@regle("ventilation-fausse", Gravite.BLOQUANT, "financements ne sont pas la somme de leur ventilation")
def ventilations(examen):
    """The parts by territoire and volet of a financing, where there are any."""
    lignes = {ligne.proposition.ligne_id: ligne for ligne in examen.lignes}
    ventiles = Financement.objects.filter(ligne__in=lignes).annotate(parts=Sum("ventilations__montant"))
    for f in ventiles.filter(parts__isnull=False).exclude(parts=F("montant")).order_by("pk"):
        ligne = lignes[f.ligne_id]
        message = f"{ligne.structure} : la ventilation fait {e(f.parts)} pour un financement de {e(f.montant)}."
        lieu = examen.aux_lignes(ligne.proposition.operation)
        yield Constat(lieu, message, (f.pk, f.parts, f.montant), examen.a_la_ligne(ligne))


@regle("recette-depasse-inscrit", Gravite.A_JUSTIFIER, "recettes dépassent ce qui est inscrit au budget")
def recettes(examen):
    for r in examen.lecture.recettes:
        if Decimal(r["proposition"]) > Decimal(r["inscrit"]):
            lieu = examen.au_rapport(f"recette-{r['code']}", f"Recette {r['code']}", "rapport")
            message = f"{e(r['proposition'])} proposés à l’inscription, {e(r['inscrit'])} inscrits au budget."
            yield Constat(lieu, message, (r["proposition"], r["inscrit"]))


@regle("hors-budget", Gravite.INFORMATION, "thématiques comptent des opérations financées hors budget")
def hors_budget(examen):
    """Counted among what a thématique finances, absent from the amount of its article."""
    for t in examen.lecture.calcul.thematiques:
        ailleurs = [o for o in t.operations if o.nouveau and not o.budget]
        if ailleurs:
            autres, imprimes = sum((o.nouveau for o in ailleurs), ZERO), sum((o.total for o in ailleurs), ZERO)
            dont = f"{e(imprimes)}, dont {e(autres)} nouveaux" if imprimes != autres else e(autres)
            comptees = "comptées" if len(ailleurs) > 1 else "comptée"
            message = (
                f"{accorder(len(ailleurs), 'opération')} hors budget départemental ({dont}), {comptees} mais hors du "
                f"montant de l’article ({e(t.budget)})."
            )
            yield Constat(examen.a_la_thematique(t.thematique), message, (len(ailleurs), autres))
