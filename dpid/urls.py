"""Addresses of the whole site: the only file that knows every room."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from dpid import presence, views, views_vues

handler400 = "dpid.views.erreur_400"
handler500 = "dpid.views.erreur_500"

urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("recherche/", views.rechercher, name="recherche"),
    path("contexte/", views.choisir_contexte, name="contexte"),
    path("travaux/", views.travaux, name="travaux"),
    path("travaux/<int:pk>/telecharger/", views.telecharger_travail, name="travail_telecharger"),
    path("vues/<slug:liste>/", views_vues.gerer, name="vues"),
    path("vues/<slug:liste>/enregistrer/", views_vues.enregistrer, name="vue_enregistrer"),
    path("vues/<int:pk>/modifier/", views_vues.modifier, name="vue_modifier"),
    path("vues/<int:pk>/supprimer/", views_vues.supprimer, name="vue_supprimer"),
    path("connexion/", views.Connexion.as_view(), name="connexion"),
    path("deconnexion/", LogoutView.as_view(), name="deconnexion"),
    path("mot-de-passe/", views.MotDePasse.as_view(), name="mot_de_passe"),
    path("sante/", views.sante, name="sante"),
    path("presence/<str:modele>/<int:pk>/", presence.presence, name="presence"),
    path("admin/login/", views.connexion_admin, name="connexion_admin"),
    path("admin/", admin.site.urls),
    path("", include("programmes.urls")),
    path("", include("budget.urls")),
    path("", include("deliberations.urls")),
    path("", include("conventions.urls")),
]
