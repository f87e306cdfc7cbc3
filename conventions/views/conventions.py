"""Register of the conventions, page of one convention, entry of one born before the application."""

from datetime import MAXYEAR, MINYEAR

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conventions import echeancier, scdl, texte_consolide
from conventions import historique as memoire
from conventions.consolidation import consolider
from conventions.forms import FinDeConventionForm, RepriseForm
from conventions.frise import frise
from conventions.generation.plan import rapports_en_attente
from conventions.registre import FiltreDeConvention, compter, en_tableau, registre
from conventions.reprise import reprendre as reprendre_convention
from conventions.versements import par_exercice
from conventions.vie import echeances, fin
from conventions.views import exemplaires
from conventions.views.communs import convention_visible, habilite, jour_lu, jour_saisi, voir
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir
from dpid.tableaux import en_csv, en_ods, en_xlsx
from dpid.textes import cle_numerique
from programmes.filters import etiquettes

PAR_PAGE = 100
FORMATS = {
    "xlsx": (en_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ods": (en_ods, "application/vnd.oasis.opendocument.spreadsheet"),
    "csv": (en_csv, "text/csv; charset=utf-8"),
}
TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8", "json": "application/json"}


@voir
@require_safe
def conventions(request):
    """The register, filtered; then the rapports whose acts are still to be made."""
    filtre = FiltreDeConvention(request.GET, registre(request.user))
    paginateur = Paginator(filtre.qs, PAR_PAGE)
    paginateur.count, total = compter(filtre.qs)
    page = paginateur.get_page(request.GET.get("page"))
    contexte = {
        "total": total, "aujourd_hui": timezone.localdate(), "page": page, "filtre": filtre,
        "etiquettes": etiquettes(filtre, request.GET), "formats": FORMATS,
        "en_attente": rapports_en_attente(request.user),
    }  # fmt: skip
    return render(request, "conventions/conventions.html", contexte)


@voir
@require_safe
def exporter(request, format):
    """Exactly what is filtered on screen."""
    if format not in FORMATS:
        raise Http404
    return _fichier(format, en_tableau(FiltreDeConvention(request.GET, registre(request.user)).qs), "conventions")


def _fichier(format: str, tableau, nom: str) -> HttpResponse:
    ecrire, nature = FORMATS[format]
    reponse = HttpResponse(ecrire([tableau]), content_type=nature)
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.{format}"'
    return reponse


@voir
@require_safe
def convention(request, pk):
    """Its acts, its consolidated text on a day, its échéances."""
    return _page(request, convention_visible(request, pk))


def _page(request, objet, form=None):
    """`form`: that of the end of the convention, when it was sent and refused."""
    au = jour_lu(request)
    consolidee_ = consolider(objet, au)
    actes = objet.actes.avec_montant().select_related("convention", "rapport__deliberation__transmission")
    rangs = echeancier.echeancier(consolidee_.lus)
    versements = [rang.versement for rang in rangs]
    echeances_, aujourd_hui = list(objet.echeances.all()), timezone.localdate()
    if form is None and objet.etat == objet.Etat.EN_COURS and request.user.has_perm("conventions.signer"):
        form = FinDeConventionForm(restes=fin.restes(objet))
    contexte = {
        "convention": objet, "actes": actes, "frise": frise(actes, echeances_, aujourd_hui), "consolidee": consolidee_,
        "texte": texte_consolide.mettre_en_page(texte_consolide.contexte(consolidee_)), "echeances": echeances_,
        "au": au, "aujourd_hui": aujourd_hui, "echeancier": rangs, "form_fin": form,
        "par_ae": par_exercice(versements, "exercice_ae"), "par_cp": par_exercice(versements), **_piece_signee(objet),
    }  # fmt: skip
    return render(request, "conventions/convention.html", contexte)


def _piece_signee(convention) -> dict:
    """That of a convention signed before the application: here, all that is known of its text."""
    if not convention.est_reprise:
        return {}
    initial = convention.actes.select_related("scan").defer("scan__pdf").get(rang=0)
    return {"acte_repris": initial, "exemplaires": exemplaires.montres(initial)}


@habilite("conventions.signer")
@require_POST
def terminer(request, pk):
    """Résilier, or record the dénonciation: what was typed stays on the page when it is refused."""
    objet = convention_visible(request, pk)
    form = FinDeConventionForm(request.POST, restes=fin.restes(objet))
    if form.is_valid():
        verbe = {"resilier": objet.resilier, "denoncer": objet.denoncer}[form.cleaned_data["geste"]]
        try:
            verbe(par=request.user, **form.options)
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"La convention est {objet.get_etat_display().lower()}.")
            return redirect(objet)
    return _page(request, objet, form)


@voir
@require_safe
def previsions(request):
    """What finance will pay, by budget line and exercice; `?projets=1` adds what is voted and not signed yet."""
    avec_les_projets = "projets" in request.GET
    prevues = echeancier.previsions(request.user, avec_les_projets=avec_les_projets)
    contexte = {"prevues": prevues, "avec_les_projets": avec_les_projets, "formats": FORMATS}
    return render(request, "conventions/previsions.html", contexte)


@voir
@require_safe
def exporter_previsions(request, format):
    if format not in FORMATS:
        raise Http404
    prevues = echeancier.previsions(request.user, avec_les_projets="projets" in request.GET)
    return _fichier(format, echeancier.en_tableau(prevues), "versements-prevus")


@voir
@require_safe
def historique(request, pk):
    objet = convention_visible(request, pk)
    contexte = {"objet": objet, "structure": objet.structure, "evenements": memoire.de_la_convention(objet)}
    return render(request, "conventions/historique.html", contexte)


@voir
@require_safe
def consolidee(request, pk, format):
    """The consolidated text on a day (`?au=2024-09-01`), as a document."""
    if format not in TYPES:
        raise Http404
    objet = convention_visible(request, pk)
    au = jour_lu(request)
    reponse = HttpResponse(texte_consolide.editer(objet, format, au), content_type=TYPES[format])
    nom = f"{objet.numero or objet.pk}_consolidee_{au.isoformat()}.{format}"
    reponse["Content-Disposition"] = f'attachment; filename="{nom}"'
    return reponse


@habilite("conventions.change_echeance")
@require_POST
def constater(request, pk, echeance):
    objet = convention_visible(request, pk)
    due = get_object_or_404(objet.echeances, pk=echeance)
    le = jour_saisi(request.POST.get("le"))
    if le is None:
        messages.error(request, f"« {due.libelle} » : donnez une date qui existe. Rien n’a été enregistré.")
        return redirect(objet)
    accomplir(request, lambda par: echeances.constater(due, par=par, le=le), f"« {due.libelle} » est enregistré.")
    return redirect(objet)


def _annee_connue(annee: int) -> None:
    """A year that a date can bear; any other address leads nowhere."""
    if not MINYEAR <= annee <= MAXYEAR:
        raise Http404


@habilite("conventions.exporter")
@require_safe
def donnees_ouvertes(request, annee):
    """What the file of the year holds, and the acts that it leaves out with the reason of each, first."""
    _annee_connue(annee)
    lues = sorted(scdl.rangees(annee, request.user), key=lambda r: not r.fautes)
    retenues = [r for r in lues if not r.fautes]
    contexte = {
        "annee": annee, "page": Paginator(lues, PAR_PAGE).get_page(request.GET.get("page")), "nombre": len(retenues),
        "ecartees": len(lues) - len(retenues), "obligatoires": sum(r.est_obligatoire for r in retenues),
    }  # fmt: skip
    return render(request, "conventions/donnees_ouvertes.html", contexte)


@habilite("conventions.exporter")
@require_safe
def exporter_scdl(request, annee):
    """Open data of the year, of the acts whose publication is obligatory (`?tout=1`: all of them)."""
    _annee_connue(annee)
    gardees = scdl.a_exporter(scdl.rangees(annee, request.user), tout=bool(request.GET.get("tout")))
    reponse = HttpResponse(scdl.en_csv(gardees), content_type="text/csv; charset=utf-8")
    reponse["Content-Disposition"] = f'attachment; filename="subventions_{annee}.csv"'
    return reponse


def _depart(request) -> dict:
    """What the link of an act held back says of the convention that it lacks."""
    structure = cle_numerique(request.GET.get("structure", ""))
    return {"numero": request.GET.get("numero", ""), **({"structure": structure} if structure else {})}


@habilite("conventions.add_convention")
def reprendre(request):
    """The convention that an avenant modifies, when it was signed before the application."""
    form = RepriseForm(request.POST or None, initial=_depart(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(reprendre_convention(par=request.user, **form.cleaned_data))
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
    contexte = {
        "form": form,
        "ecarts": [],
        "du_modele": False,
        "titre": "Reprendre une convention signée",
        "bouton": "Enregistrer la convention",
        "retour": "/conventions/",
    }
    return render(request, "conventions/formulaire.html", contexte)
