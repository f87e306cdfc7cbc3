"""Articles of the délibération: as they are generated, as an officer rewords them around their live figures."""

from django.contrib import messages
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from deliberations import palette
from deliberations.documents.lecture import Lecture
from deliberations.forms import ArticleForm
from deliberations.models import ArticleRedige
from deliberations.redaction.articles import articles as ecrire
from deliberations.redaction.articles import modeles
from deliberations.views.communs import (
    enregistrer_partie_ouverte,
    habilite,
    page_de_formulaire,
    rapport_visible,
    tenter,
    voir,
)

rediger_ = habilite("deliberations.change_articleredige")


@voir
@require_safe
def articles(request, pk):
    """Per block, with the text as it will print; what was reworded for an article that is gone."""
    rapport = rapport_visible(request, pk)
    prefetch_related_objects([rapport], "annexes")  # read once for their numbers, their keys, the articles
    lecture = Lecture(rapport, adoptee=False)
    ecrits = ecrire(lecture.contenu)
    rediges = lecture.contenu.rediges
    blocs = [(rang, [a for a in ecrits if a["bloc"] == rang]) for rang in lecture.contenu.blocs]
    contexte = {
        "rapport": rapport,
        "blocs": [(rang, articles_) for rang, articles_ in blocs if articles_],
        "communs": [a for a in ecrits if a["bloc"] is None],
        "rediges": set(rediges),
        "orphelins": [(cle, texte) for cle, texte in rediges.items() if cle not in {a["cle"] for a in ecrits}],
        "modifiable": rapport.est_ouvert and request.user.has_perm("deliberations.change_articleredige"),
    }
    return render(request, "deliberations/articles.html", contexte)


@rediger_
def rediger(request, pk, cle):
    rapport = rapport_visible(request, pk)
    lecture = Lecture(rapport, adoptee=False)
    article = next((a for a in modeles(lecture.contenu) if a.cle == cle), None)
    if article is None:
        raise Http404
    connu = rapport.articles.filter(cle=cle).first() or ArticleRedige(rapport=rapport, cle=cle, texte=article.modele)
    form, est_enregistre = enregistrer_partie_ouverte(
        request, rapport, connu, lambda donnees, partie: ArticleForm(donnees, instance=partie, article=article)
    )
    if est_enregistre:
        messages.success(request, "L’article est rédigé : ses chiffres suivent toujours les données.")
        return redirect("rapport_articles", rapport.pk)
    lieu = f"{palette.ARTICLE}{cle}"
    return page_de_formulaire(
        request, form, titre="Rédiger un article", bouton="Enregistrer", rapport=rapport,
        retour=reverse("rapport_articles", args=[rapport.pk]), lieu=lieu, palette=palette.offerts(lecture, lieu),
    )  # fmt: skip


@rediger_
@require_POST
def oublier(request, pk, cle):
    """Back to the generated text; also how the wording of an article that is gone is removed."""
    rapport = rapport_visible(request, pk)

    @transaction.atomic
    def revenir():
        rapport.verrouiller_ouvert()
        rapport.articles.filter(cle=cle).delete()

    tenter(request, revenir, "L’article reprend le texte composé à partir des données.")
    return redirect("rapport_articles", rapport.pk)
