"""Pages of the models, of the conventions and of their acts."""

from django.urls import path

from conventions.views import actes, conventions, generation, modeles, numerisations, redaction

urlpatterns = [
    path("modeles/", modeles.modeles, name="modeles"),
    path("modeles/nouveau/", modeles.nouveau, name="modele_nouveau"),
    path("modeles/<int:pk>/", modeles.modele, name="modele"),
    path("modeles/<int:pk>/versions/nouvelle/", modeles.ouvrir_version, name="modele_ouvrir"),
    path("modeles/versions/<int:pk>/", modeles.version, name="modele_version"),
    path("modeles/versions/<int:pk>/modifier/", modeles.version_modifier, name="modele_version_modifier"),
    path("modeles/versions/<int:pk>/publier/", modeles.publier, name="modele_publier"),
    path("modeles/versions/<int:pk>/apercu.pdf", modeles.apercu, name="modele_apercu"),
    path("modeles/versions/<int:pk>/blocs/nouveau/", modeles.bloc_nouveau, name="bloc_nouveau"),
    path("modeles/versions/<int:pk>/blocs/apercu/", modeles.bloc_apercu, name="bloc_apercu"),
    path("modeles/blocs/<int:pk>/", modeles.bloc_modifier, name="bloc_modifier"),
    path("modeles/blocs/<int:pk>/deplacer/<slug:sens>/", modeles.bloc_deplacer, name="bloc_deplacer"),
    path("modeles/blocs/<int:pk>/supprimer/", modeles.bloc_supprimer, name="bloc_supprimer"),
    path("conventions/", conventions.conventions, name="conventions"),
    path("conventions/export.<slug:format>", conventions.exporter, name="conventions_export"),
    path("conventions/reprendre/", conventions.reprendre, name="convention_reprendre"),
    path("conventions/<int:pk>/", conventions.convention, name="convention"),
    path("conventions/<int:pk>/avenant/", redaction.avenant, name="avenant_preparer"),
    path("conventions/<int:pk>/consolidee.<slug:format>", conventions.consolidee, name="convention_consolidee"),
    path("conventions/<int:pk>/echeances/<int:echeance>/", conventions.constater, name="echeance_constater"),
    path("conventions/scdl/<int:annee>.csv", conventions.exporter_scdl, name="conventions_scdl"),
    path("numerisations/", numerisations.numerisations, name="numerisations"),
    path("numerisations/pages/<int:pk>.png", numerisations.image, name="page_numerisee"),
    path("numerisations/pages/<int:pk>/trier/", numerisations.trier, name="page_trier"),
    path("actes/<int:pk>/", actes.acte, name="acte"),
    path("actes/<int:pk>/document.pdf", actes.document, name="acte_document"),
    path("actes/<int:pk>/parties/", redaction.parties, name="acte_parties"),
    path("actes/<int:pk>/versements/", redaction.versements, name="acte_versements"),
    path("actes/<int:pk>/modifications/nouvelle/", redaction.modification_nouvelle, name="modification_nouvelle"),
    path("actes/<int:pk>/modifications/apercu/", redaction.modification_apercu, name="modification_apercu"),
    path("modifications/<int:pk>/", redaction.modification_modifier, name="modification_modifier"),
    path("modifications/<int:pk>/supprimer/", redaction.modification_supprimer, name="modification_supprimer"),
    path("actes/<int:pk>/<slug:verbe>/", actes.verbe, name="acte_verbe"),
    path("fiches-action/<int:pk>/", redaction.fiche, name="fiche_action"),
    path("rapports/<int:pk>/actes/", generation.actes_du_rapport, name="rapport_actes"),
    path("rapports/<int:pk>/actes/archive/", generation.archive, name="rapport_actes_archive"),
]
