"""Import of the portal's extract: upload, columns, dry run and answers, then all or nothing."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render

from dpid.erreurs import ActeRefuse
from dpid.gestes import envoi
from dpid.montants import ZERO
from programmes import tasks
from programmes.depots.forms import CorrespondanceForm, ExtraitForm
from programmes.depots.importation import application
from programmes.depots.importation.colonnes import Correspondance
from programmes.depots.importation.plan import Choix, en_clair
from programmes.models import AppelAProjets, ImportDepots

# Beyond, the writing takes more than a few seconds: the worker does it.
LIGNES_IMMEDIATES = 2_000
MONTRES = 100
RECENTS = 20
permis = permission_required("programmes.importer_depots", raise_exception=True)


@permis
def depots(request):
    """Choose the file; the last ones imported."""
    appel = AppelAProjets.objects.filter(annee=request.session.get("exercice")).first()
    form = ExtraitForm(envoi(request), request.FILES or None, initial={"appel": appel})
    if request.method == "POST" and form.is_valid():
        fichier = form.cleaned_data["fichier"]
        try:
            extrait = application.deposer_fichier(
                form.cleaned_data["appel"], fichier.read(), fichier.name, par=request.user
            )
        except ActeRefuse as refus:
            form.add_error("fichier", str(refus))
        else:
            return redirect("depots_import", extrait.pk)
    recents = ImportDepots.objects.visibles_par(request.user).sans_contenu().select_related("appel")[:RECENTS]
    return render(request, "programmes/depots.html", {"form": form, "recents": recents})


@permis
def extrait(request, pk):
    objet = get_object_or_404(ImportDepots.objects.visibles_par(request.user).select_related("appel"), pk=pk)
    if objet.applique_le:
        if request.method == "POST":
            messages.info(request, "Cet extrait a déjà été importé : il ne l’a été qu’une fois.")
            return redirect("depots_import", objet.pk)
        return render(request, "programmes/import_fait.html", {"extrait": objet, "phrase": tasks.phrase(objet.bilan)})
    correspondance = Correspondance(dict(objet.correspondance))
    if request.POST.get("acte") == "colonnes" or "colonnes" in request.GET or not correspondance.est_utilisable:
        return _colonnes(request, objet, correspondance)
    if request.method == "POST":
        objet.choix = lire_choix(request.POST).en_json()
        objet.save(update_fields=["choix"])
        if request.POST.get("acte") == "importer":
            return _importer(request, objet)
        return redirect("depots_import", objet.pk)
    return _montrer(request, objet)


def _colonnes(request, objet, correspondance):
    """The mapping screen; what is chosen here is proposed again for the next file."""
    try:
        table = application.lire_titres(bytes(objet.contenu), objet.nom_fichier, application.Releve())
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return redirect("depots")
    exemples = {t: next((str(v)[:60] for li in table.lignes[:50] if (v := li.valeurs[t])), "") for t in table.titres}
    donnees = request.POST if request.POST.get("acte") == "colonnes" else None
    form = CorrespondanceForm(donnees, colonnes=list(correspondance.champs.items()), exemples=exemples)
    if donnees is not None and form.is_valid():
        objet.correspondance = list(form.correspondance().champs.items())
        objet.save(update_fields=["correspondance"])
        return redirect("depots_import", objet.pk)
    return render(
        request, "programmes/import_colonnes.html",
        {"extrait": objet, "form": form, "manquantes": correspondance.manquantes},
    )  # fmt: skip


def lire_choix(post) -> Choix:
    """The answers of the officer, as the page sends them."""
    structures = {n.removeprefix("structure:"): v for n, v in post.items() if n.startswith("structure:") and v}
    return Choix(
        "creer_manquants" in post, structures, set(post.getlist("reportes")), set(post.getlist("ecrases")),
        post.get("motif", "").strip()[:1000],
    )  # fmt: skip


def _montrer(request, objet):
    """Dry run: what the file says, what it would change. Writes nothing."""
    try:
        plan = application.simuler(objet, par=request.user)
    except ActeRefuse as refus:
        messages.error(request, str(refus))
        return redirect("depots")
    contexte_page = {
        "extrait": objet, "plan": plan, "bilan": plan.bilan(), "choix": Choix.lire(objet.choix), "montres": MONTRES,
        "modifies": [_en_clair(d, plan) for d in plan.modifies[:MONTRES]],
        "nouveaux": plan.nouveaux[:MONTRES],
        "total": sum((d.lu.demande for d in plan.nouveaux), ZERO),
        "ignorees": Correspondance(dict(objet.correspondance)).inconnues,
        "est_long": plan.lignes > LIGNES_IMMEDIATES,
    }  # fmt: skip
    return render(request, "programmes/import_bilan.html", contexte_page)


def _en_clair(prevu, plan) -> dict:
    """A changed dossier: each field, old → new, and whether the officer has to choose."""
    noms = plan.noms | {("structure", None): prevu.lu.structure}
    return {
        "dossier": prevu.dossier,
        "lu": prevu.lu,
        "ecarts": [
            {
                "cle": f"{prevu.lu.reference}|{e.champ}", "libelle": e.libelle, "est_conflit": e.est_conflit,
                "est_ecrase": e.est_ecrase, "avant": en_clair(e.champ, e.avant, noms),
                "apres": noms[("structure", None)] if e.champ == "structure" and e.apres is None
                else en_clair(e.champ, e.apres, noms),
            }
            for e in prevu.ecarts
        ],
    }  # fmt: skip


def _importer(request, objet):
    if objet.bilan["lignes"] > LIGNES_IMMEDIATES:
        tasks.demander_import(objet, par=request.user)
        messages.info(request, "L’import est en cours : il se suit dans la liste de vos travaux.")
        return redirect("travaux")
    try:
        application.appliquer(objet, par=request.user)
    except ActeRefuse as refus:
        messages.error(request, f"{refus} Rien n’a été enregistré.")
        return redirect("depots_import", objet.pk)
    messages.success(request, tasks.phrase(objet.bilan))
    return redirect("depots_import", objet.pk)
