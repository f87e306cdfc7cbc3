"""Import of the officers' spreadsheet: dry run first, then all or nothing.

Between the dry run and the confirmation the file travels in the page, signed for this agent and this target: nothing
is left on the server when nobody confirms, and any process can answer. Its size is limited for that reason.
"""

import base64

from django.contrib import messages
from django.core import signing
from django.shortcuts import get_object_or_404, redirect, render

from deliberations.forms import ConfirmationForm, ImportForm
from deliberations.importation import application
from deliberations.models import Rapport
from deliberations.views.communs import habilite, rapport_visible, seances_visibles
from dpid.classeurs import Gravite
from dpid.erreurs import ActeRefuse
from dpid.textes import cle_numerique, cle_texte
from programmes.depots.importation.registres import RegistreStructures

SEL = "deliberations.import"
DUREE = 3600
importer_permis = habilite("deliberations.importer")
A_CREER = "creer"


@importer_permis
def importer(request, pk):
    """Into a rapport in preparation: its lines follow the file."""
    rapport = rapport_visible(request, pk)
    if not rapport.est_ouvert:
        messages.error(request, rapport.raison_du_gel())
        return redirect(rapport)
    return _importer(
        request, rapport, f"rapport-{rapport.pk}", {"rapport": rapport, "retour": rapport.get_absolute_url()}
    )


@importer_permis
def importer_dans_seance(request, pk):
    """Into a new rapport of the séance, opened by the confirmation with the first free provisional number."""
    seance = get_object_or_404(seances_visibles(request), pk=pk)
    contexte = {"seance": seance, "retour": seance.get_absolute_url()}
    return _importer(request, None, f"seance-{seance.pk}", contexte, seance)


def _importer(request, rapport, cible, contexte, seance=None):
    if request.method != "POST":
        return _page(request, contexte | {"form": ImportForm()})
    if "depot" in request.POST:
        return _suite(request, rapport, cible, contexte)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, contexte | {"form": form})
    fichier = form.cleaned_data["fichier"]
    reference = rapport.reference if rapport else _reference_libre(seance)
    depot = {
        "contenu": base64.b64encode(fichier.read()).decode(),
        "nom": fichier.name[:150],
        "reference": reference,
        "cible": cible,
        "agent": request.user.pk,
    }
    return _simuler(request, rapport, depot, contexte, creer=False, choix={})


def _reference_libre(seance) -> str:
    return f"{seance.instance.code}:{seance.date:%Y-%m-%d}/{Rapport.numero_provisoire(seance)}"


def _suite(request, rapport, cible, contexte):
    """The file comes back from the page: another dry run, or the confirmation."""
    form = ConfirmationForm(request.POST)
    depot = _relire_depot(request, cible)
    if depot is None or not form.is_valid():
        messages.error(request, "Ce dépôt a expiré : choisissez de nouveau le fichier. Rien n’a été enregistré.")
        return _page(request, contexte | {"form": ImportForm()})
    creer, choix = form.cleaned_data["creer_manquants"], _choix(request)
    if request.POST.get("acte") != "importer":
        return _simuler(request, rapport, depot, contexte, creer=creer, choix=choix)
    try:
        bilan = application.appliquer(
            base64.b64decode(depot["contenu"]), depot["nom"], rapport or depot["reference"],
            par=request.user, creer_manquants=creer or rapport is None, choix=choix,
        )  # fmt: skip
    except ActeRefuse as refus:
        messages.error(request, f"{refus} Rien n’a été enregistré.")
        return _simuler(request, rapport, depot, contexte, creer=creer, choix=choix)
    messages.success(request, _phrase(bilan))
    return redirect(bilan.rapport or rapport or contexte["retour"])


def _phrase(bilan) -> str:
    if not bilan.change_quelque_chose:
        return "Le rapport est déjà conforme à ce fichier : rien n’a changé."
    return (
        f"Import appliqué : {len(bilan.ajouts)} ajout(s), {len(bilan.changements)} changement(s), "
        f"{len(bilan.retraits)} retrait(s)."
    )


def _relire_depot(request, cible):
    """The signed deposit of this agent for this target, or None when it is not, or no longer, one."""
    try:
        depot = signing.loads(request.POST["depot"], salt=SEL, max_age=DUREE)
    except signing.BadSignature:
        return None
    return depot if (depot["cible"], depot["agent"]) == (cible, request.user.pk) else None


def _choix(request) -> dict:
    """{name key: structure id, or None to create it}: answers to the near matches."""
    choix = {}
    for champ, valeur in request.POST.items():
        if champ.startswith("choix:") and valeur:
            choix[champ.removeprefix("choix:")] = cle_numerique(valeur)
    return choix


def _simuler(request, rapport, depot, contexte, *, creer, choix):
    """Dry run: what the file says, what it would change. Writes nothing."""
    nouveau = rapport is None
    try:
        bilan = application.simuler(
            base64.b64decode(depot["contenu"]), depot["nom"], rapport or depot["reference"],
            par=request.user, creer_manquants=creer or nouveau, choix=choix,
        )  # fmt: skip
    except ActeRefuse as refus:
        form = ImportForm()
        messages.error(request, str(refus))
        return _page(request, contexte | {"form": form})
    contexte = contexte | {
        "bilan": bilan,
        "nom": depot["nom"],
        "depot": signing.dumps(depot, salt=SEL, compress=True),
        "creer": creer or nouveau,
        "nouveau": nouveau,
        "proches": _proches(bilan, choix),
        "form": ImportForm(),
    }
    return _page(request, contexte)


def _proches(bilan, choix) -> list[dict]:
    """Names of the file that resemble known structures, with the answers possible."""
    noms = {c.valeur for c in bilan.constats if c.gravite is Gravite.ERREUR and "inconnue, proche" in c.message}
    if not noms and not choix:
        return []
    registre = RegistreStructures()
    proches = [{"nom": nom, "cle": cle_texte(nom), "structures": registre.proches(nom)} for nom in sorted(noms)]
    # Answers already given stay in the form.
    connues = {p["cle"] for p in proches}
    proches += [
        {"nom": cle, "cle": cle, "structures": registre.proches(cle), "retenu": str(pk) if pk else A_CREER}
        for cle, pk in choix.items()
        if cle not in connues
    ]
    return proches


def _page(request, contexte):
    contexte = {"a_creer": A_CREER, **contexte}
    return render(request, "deliberations/importer.html", contexte)
