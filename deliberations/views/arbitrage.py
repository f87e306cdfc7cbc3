"""The grid of a scenario, its cells, its totals, the sharing of what is left, the comparison, the exports."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from deliberations.arbitrage import details as autour
from deliberations.arbitrage import exports, reliquat, saisie, soldes, totaux
from deliberations.arbitrage.forms import PrecisionForm, ReliquatForm
from deliberations.arbitrage.grille import REFERENCES, Grille, centimes
from deliberations.arbitrage.lecture import Lecture
from deliberations.models import MontantDeScenario, Scenario
from deliberations.views.communs import habilite
from dpid.erreurs import ActeRefuse
from dpid.gestes import envoi
from dpid.montants import euros
from dpid.tableaux import en_csv, en_ods, en_xlsx
from dpid.textes import cle_numerique
from dpid.typographie import accorder

voir = habilite("deliberations.view_scenario")
arbitrer = habilite("deliberations.arbitrer")
COMPARABLES = 3
CELLULES_AU_PLUS = 2000
FORMATS = {
    "xlsx": (en_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ods": (en_ods, "application/vnd.oasis.opendocument.spreadsheet"),
    "csv": (en_csv, "text/csv; charset=utf-8"),
}


def scenarios_de_l_appel(request, pk) -> tuple[Scenario, list[Scenario]]:
    """(the scenario, the others of its call) among those that the agent sees, in one query; 404 otherwise."""
    visibles = Scenario.objects.visibles_par(request.user).filter(appel__scenarios=pk)
    tous = list(visibles.select_related("appel", "rapport__seance__instance", "copie_de").order_by("nom"))
    scenario = next((s for s in tous if s.pk == pk), None)
    if scenario is None:
        raise Http404
    return scenario, [s for s in tous if s.pk != pk]


def _lire(request, pk) -> tuple[Lecture, list[Scenario]]:
    """The scenario and, when `comparer` names another one, its amounts beside."""
    scenario, autres = scenarios_de_l_appel(request, pk)
    compare = cle_numerique(request.GET.get("comparer", ""))
    return Lecture(scenario, request.user, [s for s in autres if s.pk == compare]), autres


def _page_de_grille(request, lecture, autres, *, refus=None, status=200):
    contexte = {
        "scenario": lecture.scenario,
        "grille": Grille(lecture, request.GET, refus),
        "autres": autres,
        "references": REFERENCES,
        "comparer": request.GET.get("comparer", ""),
        "formats": FORMATS,
        "peut_arbitrer": not lecture.scenario.est_fige and request.user.has_perm("deliberations.arbitrer"),
        "refus": refus or {},
    }
    return render(request, "deliberations/arbitrage_grille.html", contexte, status=status)


@voir
@require_safe
def scenario(request, pk):
    return _page_de_grille(request, *_lire(request, pk))


@arbitrer
@require_POST
def enregistrer_montants(request, pk):
    """Cells of the grid. The page's script gets JSON; a plain form, the page again."""
    objet, autres = scenarios_de_l_appel(request, pk)
    cellules = _cellules(request.POST)
    en_json = request.headers.get("Accept", "").startswith("application/json")
    try:
        resultats, lecture = saisie.enregistrer(objet, cellules, par=request.user)
    except ActeRefuse as refus:
        if en_json:
            return JsonResponse({"refus": str(refus)}, status=409)
        messages.error(request, str(refus))
        return redirect(objet)
    if en_json:
        return JsonResponse(_en_json(resultats, lecture))
    refuses = {r.ligne: r for r in resultats if r.erreur}
    ecrits = sum(r.est_ecrit for r in resultats)
    if ecrits or not refuses:
        messages.success(request, f"{accorder(ecrits, 'montant enregistré', 'montants enregistrés')}.")
    if not refuses:
        return redirect(f"{objet.get_absolute_url()}?{request.GET.urlencode()}")
    messages.error(request, f"{accorder(len(refuses), 'montant refusé', 'montants refusés')} : voyez les cases.")
    compare = cle_numerique(request.GET.get("comparer", ""))
    lecture = Lecture(objet, request.user, [s for s in autres if s.pk == compare])
    return _page_de_grille(request, lecture, autres, refus=refuses, status=422)


def _cellules(donnees) -> list[saisie.Cellule]:
    """`montant-12` as typed; what each cell was showing is in `lus`: « 12:2000000 » in centimes."""
    lus = {}
    for mot in donnees.get("lus", "").split():
        cle, _, valeur = mot.partition(":")
        ligne, lu = cle_numerique(cle), cle_numerique(valeur)
        if ligne is not None and lu is not None:
            lus[ligne] = saisie.de_centimes(lu)
    cellules = []
    for nom, texte in donnees.items():
        ligne = cle_numerique(nom.removeprefix("montant-")) if nom.startswith("montant-") else None
        if ligne is not None:
            cellules.append(saisie.Cellule(ligne, texte[:40], lus.get(ligne)))
    return cellules[:CELLULES_AU_PLUS]


def _en_json(resultats, lecture) -> dict:
    """What the page needs to be true again: the cells, what is left on each AE, the medians."""
    touches = [lecture.par_ligne[r.ligne] for r in resultats if r.est_ecrit]
    dispositifs, restes = {ligne.dispositif_id for ligne in touches}, soldes.soldes(lecture)
    return {
        "cellules": {
            str(r.ligne): {
                "montant": euros(r.montant) if r.montant is not None else "",
                "centimes": centimes(r.montant),
                "ecrit": r.est_ecrit,
                "erreur": r.erreur,
            }
            for r in resultats
        },
        "soldes": {str(s.pk): centimes(s.reste) for s in restes},
        "scenario": {str(s.pk): centimes(s.scenario) for s in restes},
        "enveloppes": {
            str(pk): centimes(d.fiche.enveloppe - lecture.tenu(pk))
            for pk, d in lecture.dispositifs.items()
            if pk in dispositifs and getattr(d, "fiche", None) and d.fiche.enveloppe is not None
        },
        "medianes": {
            f"{dispositif}|{unite}": centimes(m)
            for (dispositif, unite), m in autour.medianes(lecture, dispositifs).items()
        },
    }


@arbitrer
def preciser(request, pk, ligne):
    """One line: amount, motive at 0 €, AE, comment; with everything that explains it."""
    objet, _ = scenarios_de_l_appel(request, pk)
    lecture = Lecture(objet, request.user)
    lue = lecture.par_ligne.get(ligne)
    if lue is None or not lue.est_visible:
        raise Http404
    ecrit = MontantDeScenario.objects.filter(scenario=objet, ligne=ligne).first()
    ecrit = ecrit or MontantDeScenario(scenario=objet, ligne_id=ligne, montant=lue.montant)
    form = PrecisionForm(envoi(request), instance=ecrit, initial={"lu": lue.montant}, exercice=objet.appel.annee)
    if request.method == "POST" and form.is_valid():
        try:
            saisie.preciser(objet, ligne, par=request.user, **form.cleaned_data)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
            form.data = form.data.copy()
            form.data["lu"] = euros(lue.montant)
        else:
            messages.success(request, f"{lue.structure} : la ligne est enregistrée dans le scénario.")
            return redirect(f"{objet.get_absolute_url()}?dispositif={lue.dispositif_id}#ligne-{ligne}")
    grille = Grille(lecture, request.GET)
    grille.details = autour.lire(lecture, [lue])
    page = {"scenario": objet, "form": form, "rangee": grille.rangee(lue), "raison": lue.raison or _gel(objet)}
    page["mediane"] = grille.details.mediane(lue)
    page["dispositif"] = lecture.dispositifs[lue.dispositif_id]
    status = 422 if form.is_bound else 200
    return render(request, "deliberations/arbitrage_ligne.html", page, status=status)


def _gel(scenario) -> str:
    return scenario.raison_du_gel() if scenario.est_fige else ""


@arbitrer
def repartir_reliquat(request, pk):
    """Asks, previews, applies: three states of one page. The preview carries what it was computed from."""
    objet, _ = scenarios_de_l_appel(request, pk)
    lecture = Lecture(objet, request.user)
    if objet.est_fige:
        messages.error(request, objet.raison_du_gel())
        return redirect(objet)
    initial = {"dispositif": request.GET.get("dispositif"), "lignes": " ".join(request.GET.getlist("choix"))}
    form = ReliquatForm(envoi(request), initial=initial, lecture=lecture, soldes=soldes.soldes(lecture))
    apercu = None
    if request.method == "POST" and form.is_valid():
        options = form.options()
        dispositif = lecture.dispositifs[form.cleaned_data["dispositif"].pk]
        try:
            if "appliquer" in request.POST:
                fait = reliquat.appliquer(
                    objet, dispositif, par=request.user, empreinte=form.cleaned_data["empreinte"], **options
                )
                messages.success(request, f"{euros(fait.reparti, True)} répartis sur {len(fait.rangees)} ligne(s).")
                return redirect(f"{objet.get_absolute_url()}?dispositif={dispositif.pk}")
            apercu = reliquat.preparer(lecture, dispositif, **options)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
    page = {"scenario": objet, "form": form, "apercu": apercu, "nb_choisies": len(initial["lignes"].split())}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "deliberations/arbitrage_reliquat.html", page, status=status)


# --- Totals, comparison, exports


def _lire_plusieurs(request) -> Lecture | None:
    """Two or three scenarios of one call (`s`), the first as the base; None when fewer are named."""
    demandes = [n for n in map(cle_numerique, request.GET.getlist("s")) if n is not None]
    demandes = list(dict.fromkeys(demandes))[:COMPARABLES]
    if len(demandes) < 2:
        return None
    premier, autres = scenarios_de_l_appel(request, demandes[0])
    par_pk = {s.pk: s for s in autres}
    if any(pk not in par_pk for pk in demandes[1:]):
        raise Http404
    return Lecture(premier, request.user, [par_pk[pk] for pk in demandes[1:]])


@voir
@require_safe
def totaux_du_scenario(request, pk):
    lecture, autres = _lire(request, pk)
    page = {
        "scenario": lecture.scenario,
        "lecture": lecture,
        "tableaux": totaux.tableaux(lecture),
        "autorisations": totaux.contre_les_ae(lecture),
        "autres": autres,
        "comparer": request.GET.get("comparer", ""),
        "formats": FORMATS,
    }
    return render(request, "deliberations/arbitrage_totaux.html", page)


@voir
@require_safe
def comparer(request):
    lecture = _lire_plusieurs(request)
    if lecture is None:
        messages.info(request, "Cochez deux ou trois scénarios du même appel pour les comparer.")
        return redirect("arbitrage")
    differences = "tout" not in request.GET
    page = {
        "lecture": lecture,
        "scenarios": [lecture.scenario, *lecture.compares],
        "lignes": exports.comparer(lecture, differences=differences),
        "autorisations": totaux.contre_les_ae(lecture),
        "tableaux": totaux.tableaux(lecture)[:2],
        "differences": differences,
        "formats": FORMATS,
    }
    return render(request, "deliberations/arbitrage_comparer.html", page)


@voir
@require_safe
def exporter_comparaison(request, format):
    lecture = _lire_plusieurs(request)
    if lecture is None:
        raise Http404
    lignes = exports.comparer(lecture, differences="tout" not in request.GET)
    return _fichier([exports.comparaison(lecture, lignes)], format, "comparaison")


@voir
@require_safe
def exporter(request, pk, format):
    """The grid, every page of it."""
    lecture, _ = _lire(request, pk)
    return _fichier([exports.grille(Grille(lecture, request.GET))], format, f"arbitrage-{pk}")


@voir
@require_safe
def exporter_totaux(request, pk, format):
    lecture, _ = _lire(request, pk)
    feuilles = exports.synthese(lecture, avec_ae=format != "csv")
    return _fichier(feuilles, format, f"totaux-{pk}", colonne_titre="Répartition")


def _fichier(tableaux, format, nom, **options):
    if format not in FORMATS:
        raise Http404
    auteur, nature = FORMATS[format]
    contenu = auteur(tableaux, **options) if format == "csv" else auteur(tableaux)
    reponse = HttpResponse(contenu, content_type=nature)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.{format}"'
    return reponse
