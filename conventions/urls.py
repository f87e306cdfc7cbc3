"""Pages of the models, of the conventions and of their acts."""

from django.urls import path

from conventions.views import actes, conventions, generation, modeles

urlpatterns = [
    path("modeles/", modeles.modeles, name="modeles"),
    path("modeles/<int:pk>/", modeles.modele, name="modele"),
    path("modeles/versions/<int:pk>/", modeles.version, name="modele_version"),
    path("conventions/", conventions.conventions, name="conventions"),
    path("conventions/reprendre/", conventions.reprendre, name="convention_reprendre"),
    path("conventions/<int:pk>/", conventions.convention, name="convention"),
    path("actes/<int:pk>/", actes.acte, name="acte"),
    path("actes/<int:pk>/document.pdf", actes.document, name="acte_document"),
    path("actes/<int:pk>/<slug:verbe>/", actes.verbe, name="acte_verbe"),
    path("fiches-action/<int:pk>/", actes.fiche, name="fiche_action"),
    path("rapports/<int:pk>/actes/", generation.actes_du_rapport, name="rapport_actes"),
]
