"""Two people act on the same rapport at the same instant. Prints who won, and whether what was voted still agrees."""

import json
import random
import threading
import time
from collections import Counter
from decimal import Decimal

from tests.banc import comptes, demarrer

TIRAGE = random.Random(62)
dedans = threading.Event()  # the first person is inside the transaction, rapport locked


def portes(monde) -> dict:
    """What the second person does while the first one votes (or signs)."""
    from deliberations.saisie import enregistrer_montant
    from programmes.models import Financement, LigneDossier

    par, ligne = monde.equipe.instruction, LigneDossier.objects.get(pk=monde.lignes[0].pk)

    def par_save():
        f = Financement.objects.get(ligne=ligne)
        f.montant = Decimal("399.00")
        f.save()

    def par_formulaire():
        enregistrer_montant(ligne, montant=Decimal("399.00"), motif_zero="", version=ligne.version, par=par)

    def par_texte():
        frais = LigneDossier.objects.get(pk=ligne.pk)
        frais.description = "Autre"
        frais.save()

    return {
        "save": par_save,
        "formulaire": par_formulaire,
        "texte": par_texte,
        "arbitrer": lambda: ligne.arbitrer(Decimal("399.00"), par=par),
        "update": lambda: Financement.objects.filter(ligne=ligne).update(montant=Decimal("399.00")),
        "create": lambda: Financement.objects.create(ligne=ligne, autorisation=monde.ae, montant=Decimal("1")),
        "retirer": lambda: monde.rapport.retirer(monde.propositions[0], par=par, motif="x"),
        "rejeter": lambda: (
            type(monde.rapport)
            .objects.get(pk=monde.rapport.pk)
            .rejeter(par=par, motif="x", le=monde.rapport.seance.date)
        ),
    }


def signaler_l_entree() -> None:
    """The vote and the visa say when they hold the rapport: the other person arrives just then."""
    from deliberations import adoption, visas

    def annoncee(origine):
        def entree(*args, **kwargs):
            dedans.set()
            return origine(*args, **kwargs)

        return entree

    adoption.adopter, visas._reserver = annoncee(adoption.adopter), annoncee(visas._reserver)


def ensemble(*actes, pendant: bool) -> list[str]:
    """Run the acts in threads; `pendant`: the second during the transaction of the first, else at the same start.

    « oui », « refus » or the error of each.
    """
    from django.db import connection

    from dpid.erreurs import ActeRefuse

    issues, depart = [""] * len(actes), threading.Barrier(len(actes))

    def courir(rang, acte):
        depart.wait()
        if rang:
            if pendant:
                dedans.wait(10)
            time.sleep(TIRAGE.random() * 0.03)
        try:
            acte()
            issues[rang] = "oui"
        except ActeRefuse as refus:
            issues[rang] = "refus" if str(refus) else "refus muet"
        except Exception as erreur:
            issues[rang] = f"{type(erreur).__name__}: {erreur}"[:150]
        finally:
            connection.close()

    fils = [threading.Thread(target=courir, args=(rang, acte)) for rang, acte in enumerate(actes)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return issues


def desaccord(monde) -> str:
    """What was voted, told three ways: frozen document, ledger, lines. Empty when they agree."""
    from budget.models import Mouvement
    from deliberations.models import DocumentDeDeliberation
    from programmes.models import LigneDossier

    lien = DocumentDeDeliberation.objects.filter(deliberation__rapport=monde.rapport, nature="repartition").first()
    if lien is None:
        return ""
    fige = Decimal(lien.document.contexte["total"])
    lignes = LigneDossier.objects.filter(propositions__in=monde.rapport.propositions).avec_retenu()
    vivant = sum(ligne.retenu for ligne in lignes)
    affecte = sum(
        m.montant
        for m in Mouvement.objects.filter(cle__startswith=f"rapport-{monde.rapport.pk}:", nature="affectation")
    )
    return "" if fige == vivant == affecte else f"document {fige}, lignes {vivant}, grand livre {affecte}"


def _duo(scenario, monde, n) -> tuple:
    """(name of the door, what the first person does, what the second one does)."""
    from deliberations.models import Rapport
    from tests import maquette

    def viser():
        monde.rapport.viser(par=monde.equipe.budget)

    def adopter():
        monde.adopter(numero=f"2024-{n + 1}")

    autre = Rapport.objects.get(pk=monde.rapport.pk)

    def adopter_aussi():
        autre.adopter(par=monde.equipe.autre, numero=f"2024-{n + 5001}", le=maquette.SEANCE_LE)

    if scenario == "deux_votes":
        return "vote", adopter, adopter_aussi
    choix = portes(monde)
    nom = list(choix)[n % len(choix)]
    return nom, viser if scenario == "visa" else adopter, choix[nom]


def principal():
    p = demarrer()
    from deliberations import documents
    from deliberations.models import Deliberation
    from tests import maquette

    documents.rendre = lambda contexte, format: b"%PDF-essai " + contexte["nature"].encode()
    signaler_l_entree()
    if p.get("sans_verrou"):
        from dpid import panneaux

        panneaux._gardiens.clear()
        from dpid.figeage import Figeable

        Figeable._refuser_si_fige = lambda self: None
    issues, desaccords, erreurs = Counter(), [], []
    for n in range(p["essais"]):
        monde = maquette.monde(numero=str(n + 1), n=2 * n + 1)
        monde.viser("direction" if p["scenario"] == "visa" else "finances")
        nom, premier, second = _duo(p["scenario"], monde, n)
        dedans.clear()
        dits = ensemble(premier, second, pendant=n % 16 >= 4)
        issues[" / ".join(d if d in ("oui", "refus") else "erreur" for d in dits)] += 1
        erreurs += [f"{nom}: {d}" for d in dits if d not in ("oui", "refus")]
        if ecart := desaccord(monde):
            desaccords.append(f"{nom} : {ecart}")
    print(
        json.dumps(
            {
                "issues": issues, "erreurs": erreurs[:5], "desaccords": desaccords, "ecarts": comptes(),
                "deliberations": Deliberation.objects.filter(resultat="adopte").count(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    principal()
