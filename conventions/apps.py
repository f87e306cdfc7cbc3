from django.apps import AppConfig


class ConventionsConfig(AppConfig):
    name = "conventions"
    verbose_name = "Conventions"

    def ready(self):
        from conventions import accueil, afaire, panneaux, projets
        from conventions.generation import envoi, lot
        from conventions.vie import echeances, numerisation
        from deliberations.redaction.projets import inscrire_redacteur
        from dpid import afaire as accueil_general
        from dpid import recherche
        from dpid.panneaux import Panneau, inscrire_panneau
        from dpid.tasks import inscrire_fabrique, inscrire_veille

        inscrire_fabrique(lot.NATURE, lot.generer)
        inscrire_fabrique(envoi.NATURE, envoi.archiver)
        inscrire_fabrique(numerisation.NATURE, numerisation.traiter)
        inscrire_veille(echeances.echoir_conventions)
        inscrire_redacteur(projets.REDACTEUR)
        accueil_general.inscrire(afaire.a_faire)
        recherche.inscrire("Conventions", accueil.chercher, rang=40)
        inscrire_panneau(
            "programmes.structure", Panneau("Conventions", "conventions/_panneau.html", panneaux.de_la_structure)
        )
        inscrire_panneau(
            "programmes.dispositif",
            Panneau("Données personnelles", "conventions/_panneau_donnees.html", panneaux.du_dispositif),
        )
