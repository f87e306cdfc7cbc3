"""Sending a rapport to the commissions, then to the members; avis of the commissions; opening it again."""

import hashlib

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from deliberations import editions, envoi, tasks
from deliberations import imputations as table
from deliberations.forms import AvisForm, EnvoiForm, ModificatifForm
from deliberations.models import AvisDeCommission
from deliberations.repartition import repartir_rapport
from deliberations.views.communs import habilite, page_de_formulaire, rapport_visible, tenter
from dpid.erreurs import ActeRefuse

donner_avis = habilite("deliberations.change_avisdecommission")


def _empreinte(imputations, repartition) -> str:
    """Print of the figures that the page showed."""
    montants = [f"{i.autorisation.pk}:{i.proposition}:{i.solde}" for i in imputations]
    texte = "|".join([*montants, str(repartition.nouveau), str(len(repartition.lignes))])
    return hashlib.sha256(texte.encode()).hexdigest()[:20]


@habilite("deliberations.envoyer")
def envoyer(request, pk, a):
    """`a`: commissions, elus. What is frozen and the soldes announced are read before it is confirmed."""
    if a not in envoi.ETAPES:
        raise Http404
    rapport = rapport_visible(request, pk)
    if envoi.etape(rapport) != a:
        messages.info(request, _pourquoi_pas(rapport, a))
        return redirect(rapport)
    repartition = repartir_rapport(rapport, avec_zeros=True)
    imputations = table.imputations(rapport, repartition.par_ae())
    empreinte = _empreinte(imputations, repartition)
    form = EnvoiForm(request.POST or None, initial={"empreinte": empreinte})
    if request.method == "POST" and form.is_valid() and _envoyer(request, rapport, a, form, empreinte):
        return redirect("travaux" if tasks.est_long(rapport) else rapport)
    contexte = {
        "rapport": rapport,
        "form": form,
        "titre": envoi.ETAPES[a][2],
        "bouton": envoi.ETAPES[a][2],
        "consequences": envoi.consequences(rapport, a, imputations, repartition),
        "avertissements": _avertissements(rapport, a),
        "est_controle": True,
    }
    return render(request, "deliberations/confirmer.html", contexte)


def _pourquoi_pas(rapport, a) -> str:
    if rapport.etat in (*rapport.ENVOYES, *rapport.VOTES):
        return f"Ce rapport est déjà « {rapport.get_etat_display().lower()} » : il n’a été envoyé qu’une fois."
    depart, _, titre = envoi.ETAPES[a]
    depart = rapport.Etat(depart).label.lower()
    return f"« {titre} » s’ouvre à un rapport « {depart} » : celui-ci est « {rapport.get_etat_display().lower()} »."


def _avertissements(rapport, a) -> list[str]:
    manques = []
    if a == envoi.Destinataires.ELUS and not rapport.avis_commissions.exists():
        manques.append("Aucun avis de commission n’est enregistré : les élus n’en liront pas.")
    if rapport.est_provisoire:
        manques.append("Le numéro du rapport est provisoire : il s’imprimera tel quel sur les documents envoyés.")
    return manques


def _envoyer(request, rapport, a, form, empreinte) -> bool:
    """In the request when its documents are short, else by the worker, with progress."""
    if form.cleaned_data["empreinte"] != empreinte:
        form.add_error(None, "Les montants ont changé depuis l’ouverture de cette page : vérifiez-les, puis envoyez.")
        form.data = form.data | {"empreinte": empreinte}
        return False
    _, verbe, _ = envoi.ETAPES[a]
    try:
        if tasks.est_long(rapport):
            tasks.demander_envoi(rapport, a, par=request.user)
            messages.success(request, "L’envoi est lancé : suivez ci-dessous l’édition de ses documents.")
            return True
        getattr(rapport, verbe)(par=request.user)
    except ActeRefuse as refus:
        form.add_error(None, str(refus))
        return False
    edition = editions.derniere(rapport)
    messages.success(
        request, f"Rapport {rapport.get_etat_display().lower()} : l’édition {edition.rang} est figée et conservée."
    )
    return True


@habilite("deliberations.envoyer")
def rouvrir(request, pk):
    """« Préparer un rapport modificatif »: the visas fall, the credits reserved are free again."""
    rapport = rapport_visible(request, pk)
    if rapport.etat not in rapport.ENVOYES:
        ouvert = "Ce rapport est ouvert : il se modifie directement." if rapport.est_ouvert else rapport.raison_du_gel()
        messages.info(request, ouvert)
        return redirect(rapport)
    form = ModificatifForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rapport.preparer_modificatif(par=request.user, motif=form.cleaned_data["motif"])
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Le rapport est rouvert : corrigez-le, puis recueillez de nouveau les visas.")
            return redirect(rapport)
    contexte = {
        "rapport": rapport,
        "form": form,
        "titre": "Préparer un rapport modificatif",
        "bouton": "Rouvrir le rapport",
        "consequences": envoi.consequences_du_modificatif(rapport, table.imputations(rapport)),
        "avertissements": [],
        "est_controle": False,
    }
    return render(request, "deliberations/confirmer.html", contexte)


# --- Avis of the commissions ------------------------------------------------------------------------------------------


@donner_avis
def ajouter_avis(request, pk):
    rapport = rapport_visible(request, pk)
    return _enregistrer_avis(request, rapport, AvisDeCommission(rapport=rapport), "Enregistrer l’avis d’une commission")


@donner_avis
def modifier_avis(request, pk):
    avis = get_object_or_404(AvisDeCommission.objects.select_related("commission"), pk=pk)
    rapport = rapport_visible(request, avis.rapport_id)
    return _enregistrer_avis(request, rapport, avis, f"Modifier l’avis de la {avis.commission}")


def _enregistrer_avis(request, rapport, avis, titre):
    """Refused before the sending to the commissions, and once the members hold the rapport."""
    form = AvisForm(request.POST or None, instance=avis)
    if request.method == "POST" and form.is_valid():
        try:
            _refuser_hors_commission(rapport)
            avis.validate_constraints()
            form.save()
        except ValidationError:
            form.add_error("commission", "L’avis de cette commission est déjà enregistré : modifiez-le.")
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, f"L’avis de la {avis.commission} est enregistré.")
            return redirect(rapport)
    return page_de_formulaire(
        request, form, titre=titre, bouton="Enregistrer l’avis", retour=rapport.get_absolute_url(), rapport=rapport
    )


def _refuser_hors_commission(rapport):
    if not rapport.recoit_les_avis:
        raise ActeRefuse(
            "L’avis d’une commission s’enregistre quand le rapport lui a été envoyé, et ne se modifie plus quand les "
            "élus l’ont reçu."
        )


@donner_avis
@require_POST
def supprimer_avis(request, pk):
    avis = get_object_or_404(AvisDeCommission.objects.select_related("commission"), pk=pk)
    rapport = rapport_visible(request, avis.rapport_id)

    def retirer():
        _refuser_hors_commission(rapport)
        avis.delete()

    tenter(request, retirer, f"L’avis de la {avis.commission} est retiré.")
    return redirect(rapport)
