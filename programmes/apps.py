from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "programmes"
    verbose_name = "Programmes"

    def ready(self):
        from dpid import afaire, recherche
        from programmes import accueil

        afaire.inscrire(accueil.a_faire)
        afaire.inscrire_bloc(afaire.Bloc("Mes dossiers récents", "programmes/_recents.html", accueil.recents))
        recherche.inscrire("Structures", accueil.chercher_structures, rang=10)
        recherche.inscrire("Dossiers", accueil.chercher_dossiers, rang=20)
