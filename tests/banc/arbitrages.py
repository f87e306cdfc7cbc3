"""Two scenarios of one call adopted at the same instant, or one scenario twice: prints who won and what was written."""

import json
from collections import Counter
from decimal import Decimal

from tests.banc import comptes, demarrer


def _nettoyer(m):
    """Give the dossiers back, so that the next turn starts from the same call."""
    from deliberations.models import Proposition

    for proposition in Proposition.objects.filter(est_active=True).select_related("operation__thematique__rapport"):
        rapport = proposition.operation.thematique.rapport
        rapport.retirer(proposition, par=m.equipe.instruction, motif="Tour suivant.")


def principal():
    p = demarrer()
    from deliberations.arbitrage.lecture import Lecture
    from deliberations.arbitrage.retenue import empreinte_de
    from deliberations.models import Instance, Proposition, Rapport, Scenario, Seance
    from tests import maquette
    from tests.banc.simultane import ensemble
    from tests.deliberations.arbitrage_donnees import monde

    m = monde()
    corps, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
    seance = Seance.objects.create(instance=corps, date=maquette.SEANCE_LE)
    par, issues, erreurs, ecarts = m.equipe.direction, Counter(), [], []
    for n in range(p["essais"]):
        un = m.scenario(f"Un {n}", A1="600.00", A2="50.00")
        deux = un if p["scenario"] == "double" else m.scenario(f"Deux {n}", A1="400.00", B1="200.00")
        lus = {s.pk: empreinte_de(Lecture(s, par)) for s in (un, deux)}

        def retenir(scenario, lus=lus):
            frais = Scenario.objects.get(pk=scenario.pk)
            frais.retenir(par=par, seance=seance, empreinte=lus[scenario.pk], motif_zero="refuse",
                          ecarter_les_autres=True)  # fmt: skip

        avant = Rapport.objects.count()
        dits = ensemble(lambda un=un: retenir(un), lambda deux=deux: retenir(deux), pendant=False)
        issues[" / ".join(sorted(d if d in ("oui", "refus") else "erreur" for d in dits))] += 1
        erreurs += [d for d in dits if d not in ("oui", "refus")]
        gagnant = Scenario.objects.filter(pk__in=[un.pk, deux.pk], etat="retenu").first()
        lignes = [prop.ligne_id for prop in Proposition.objects.filter(est_active=True)]
        voulues = {mt.ligne_id for mt in gagnant.montants.filter(montant__gt=Decimal(0))} if gagnant else set()
        if Rapport.objects.count() != avant + 1 or sorted(lignes) != sorted(voulues):
            ecarts.append(f"tour {n} : {Rapport.objects.count() - avant} rapports, lignes {sorted(lignes)}")
        _nettoyer(m)
    print(json.dumps({"issues": issues, "erreurs": erreurs[:5], "desaccords": ecarts[:5], "ecarts": comptes()}))


if __name__ == "__main__":
    principal()
