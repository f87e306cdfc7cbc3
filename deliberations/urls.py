"""Pages of the séances and rapports."""

from django.urls import path

from deliberations.views import circuit, documents, imports, propositions, rapports, seances

urlpatterns = [
    path("seances/", seances.seances, name="seances"),
    path("seances/nouvelle/", seances.nouvelle_seance, name="seance_nouvelle"),
    path("seances/<int:pk>/", seances.seance, name="seance"),
    path("seances/<int:pk>/modifier/", seances.modifier_seance, name="seance_modifier"),
    path("seances/<int:pk>/rapports/nouveau/", seances.nouveau_rapport, name="rapport_nouveau"),
    path("seances/<int:pk>/importer/", imports.importer_dans_seance, name="seance_importer"),
    path("rapports/", rapports.rapports, name="rapports"),
    path("rapports/<int:pk>/", rapports.rapport, name="rapport"),
    path("rapports/<int:pk>/totaux/", rapports.totaux_du_rapport, name="rapport_totaux"),
    path("rapports/<int:pk>/historique/", rapports.historique, name="rapport_historique"),
    path("rapports/<int:pk>/modifier/", rapports.modifier, name="rapport_modifier"),
    path("rapports/<int:pk>/numeroter/", rapports.numeroter, name="rapport_numeroter"),
    path("rapports/<int:pk>/inscrire/", propositions.inscrire, name="rapport_inscrire"),
    path("rapports/<int:pk>/importer/", imports.importer, name="rapport_importer"),
    path("rapports/<int:pk>/viser/", circuit.viser, name="rapport_viser"),
    path("rapports/<int:pk>/adopter/", circuit.adopter, name="rapport_adopter"),
    path("rapports/<int:pk>/rejeter/", circuit.rejeter, name="rapport_rejeter"),
    path("rapports/<int:pk>/thematiques/nouvelle/", rapports.ajouter_thematique, name="thematique_nouvelle"),
    path("rapports/<int:pk>/apercu/<slug:nature>/", documents.apercu, name="rapport_apercu"),
    path("rapports/<int:pk>/documents/<slug:nature>/demander/", documents.demander, name="document_demander"),
    path("rapports/<int:pk>/documents/<slug:nature>.<slug:format>", documents.telecharger, name="rapport_document"),
    path("rapports/thematiques/<int:pk>/modifier/", rapports.modifier_thematique, name="thematique_modifier"),
    path("rapports/thematiques/<int:pk>/operations/nouvelle/", rapports.ajouter_operation, name="operation_nouvelle"),
    path("rapports/operations/<int:pk>/modifier/", rapports.modifier_operation, name="operation_modifier"),
    path("rapports/<slug:quoi>/<int:pk>/deplacer/<slug:sens>/", rapports.deplacer, name="partie_deplacer"),
    path("rapports/<slug:quoi>/<int:pk>/supprimer/", rapports.supprimer, name="partie_supprimer"),
    path("rapports/propositions/<int:pk>/montant/", propositions.arbitrer, name="proposition_montant"),
    path("rapports/propositions/<int:pk>/modifier/", propositions.modifier_proposition, name="proposition_modifier"),
    path("rapports/propositions/<int:pk>/retirer/", propositions.retirer, name="proposition_retirer"),
    path("rapports/lignes/<int:pk>/deplacer/<slug:sens>/", propositions.deplacer, name="proposition_deplacer"),
    path("rapports/financements/<int:pk>/imputer/", propositions.imputer_financement, name="financement_imputer"),
]
