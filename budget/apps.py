from django.apps import AppConfig


class BudgetConfig(AppConfig):
    name = "budget"
    verbose_name = "Budget"

    def ready(self):
        from budget import accueil
        from dpid import afaire, contexte, recherche

        contexte.inscrire_choix("exercice", accueil.exercices, titre="Exercice", rang=10)
        recherche.inscrire("Lignes budgétaires", accueil.chercher, rang=40)
        consommation = afaire.Bloc("Consommation des AE", "budget/_consommation.html", accueil.consommation)
        afaire.inscrire_bloc(consommation)
