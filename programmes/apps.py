from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "programmes"
    verbose_name = "Programmes"

    def ready(self):
        from django.urls import reverse

        from dpid import afaire, presence, recherche, vues
        from dpid.tasks import inscrire_fabrique, inscrire_veille
        from programmes import accueil, listes, lots, options, tasks
        from programmes import afaire as afaire_programmes
        from programmes.instruction.actes import echoir_avis
        from programmes.models import Dossier
        from programmes.structures import liste

        afaire.inscrire(afaire_programmes.a_faire)
        afaire.inscrire_bloc(afaire.Bloc("Mes dossiers récents", "programmes/_recents.html", accueil.recents))
        recherche.inscrire("Structures", accueil.chercher_structures, rang=10)
        recherche.inscrire("Dossiers", accueil.chercher_dossiers, rang=20)
        presence.suivre("programmes.dossier", Dossier.objects.visibles_par)
        inscrire_veille(echoir_avis)
        inscrire_fabrique("depots", tasks.importer)
        inscrire_fabrique(lots.NATURE, lots.executer)
        vues.inscrire_liste(
            options.LISTE, "Dossiers", lambda: reverse("dossiers"), "programmes.view_dossier", listes.PARAMETRES
        )
        vues.inscrire_liste(
            liste.LISTE, "Structures", lambda: reverse("structures"), "programmes.view_structure", liste.PARAMETRES
        )
