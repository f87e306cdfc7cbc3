from django.apps import AppConfig


class DeliberationsConfig(AppConfig):
    name = "deliberations"
    verbose_name = "Délibérations"

    def ready(self):
        from deliberations.visas import montants_modifies, refuser_si_presentees, verrouiller_presentations
        from dpid.panneaux import retenir_les_inscrites, surveiller_montants

        surveiller_montants(montants_modifies, verrouiller_presentations)
        retenir_les_inscrites(refuser_si_presentees)

        from deliberations import accueil, afaire, calendrier, panneaux, tasks
        from deliberations.dossier_de_seance import afaire as suites_du_vote
        from dpid import afaire as accueil_general
        from dpid import contexte, recherche
        from dpid.panneaux import Panneau, inscrire_panneau
        from dpid.tasks import inscrire_fabrique, inscrire_veille

        contexte.inscrire_choix("seance", accueil.seances, titre="Séance", rang=20)
        recherche.inscrire("Rapports", accueil.chercher, rang=30)
        accueil_general.inscrire(afaire.a_faire)
        accueil_general.inscrire(suites_du_vote.a_faire)
        accueil_general.inscrire_bloc(
            accueil_general.Bloc(
                "Calendrier à rebours des séances", "deliberations/_bloc_calendrier.html", calendrier.du_bloc
            )
        )
        inscrire_fabrique("edition", tasks.editer)
        inscrire_fabrique("adoption", tasks.adopter)
        inscrire_fabrique("dossier", tasks.conserver)
        inscrire_veille(tasks.demander_dossiers_manquants)
        inscrire_fabrique("retenue", tasks.retenir)
        inscrire_fabrique("envoi", tasks.envoyer)
        inscrire_panneau(
            "programmes.dossier", Panneau("Rapports", "deliberations/_panneau_dossier.html", panneaux.du_dossier)
        )
        inscrire_panneau(
            "budget.autorisationengagement",
            Panneau("Rapports imputés", "deliberations/_panneau_ae.html", panneaux.de_l_ae),
        )
