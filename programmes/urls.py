"""Pages of calls, dossiers and structures."""

from django.urls import path, re_path

from programmes.verbes import VERBES
from programmes.views import appels, dossiers, lignes, structures

urlpatterns = [
    path("appels/", appels.appels, name="appels"),
    path("dossiers/", dossiers.dossiers, name="dossiers"),
    path("dossiers/export.<str:format>", dossiers.exporter, name="dossiers_export"),
    path("dossiers/nouveau/", dossiers.nouveau, name="dossier_nouveau"),
    path("dossiers/<int:pk>/", dossiers.dossier, name="dossier"),
    path("dossiers/<int:pk>/modifier/", dossiers.modifier, name="dossier_modifier"),
    path("dossiers/<int:pk>/lignes/nouvelle/", lignes.nouvelle, name="ligne_nouvelle"),
    path("dossiers/<int:pk>/lignes/<int:ligne>/modifier/", lignes.modifier, name="ligne_modifier"),
    path("dossiers/<int:pk>/lignes/<int:ligne>/supprimer/", lignes.supprimer, name="ligne_supprimer"),
    re_path(rf"^dossiers/(?P<pk>\d+)/(?P<verbe>{'|'.join(VERBES)})/$", dossiers.agir, name="dossier_acte"),
    path("structures/", structures.structures, name="structures"),
    path("structures/choix/", structures.choix, name="structures_choix"),
    path("structures/nouvelle/", structures.nouvelle, name="structure_nouvelle"),
    path("structures/<int:pk>/", structures.structure, name="structure"),
    path("structures/<int:pk>/modifier/", structures.modifier, name="structure_modifier"),
]
