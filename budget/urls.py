"""Pages of the budget."""

from django.urls import path

from budget import views

urlpatterns = [
    path("budget/", views.voir_situation, name="situation"),
    path("budget/export.<str:format>", views.exporter_situation, name="situation_export"),
    path("budget/mouvements/", views.mouvements_exercice, name="mouvements_exercice"),
    path("budget/voter/", views.ouvrir, name="ae_ouvrir"),
    path("budget/<int:pk>/mouvements/", views.mouvements_ae, name="mouvements"),
    path("budget/<int:pk>/voter/", views.voter, name="ae_voter"),
    path("budget/<int:pk>/affecter/", views.affecter, name="ae_affecter"),
    path("budget/<int:pk>/constater/", views.constater, name="ae_constater"),
]
