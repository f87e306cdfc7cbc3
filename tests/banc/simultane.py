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
    """What the second person does while the first one signs or sends: what the rapport says."""
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


def portes_de_seance(monde) -> dict:
    """What the second person does while the first one votes: what the séance decides."""
    from deliberations.assemblee import amendements
    from deliberations.models import Deport, Presence

    par, rapport, premiere = monde.equipe.autre, monde.rapport, monde.propositions[0]
    elu = Presence.objects.filter(seance=rapport.seance).order_by("pk").first().elu

    def autre_rapport():
        return type(rapport).objects.get(pk=rapport.pk)

    return {
        "amender": lambda: amendements.amender(premiere, Decimal("399.00"), par=par, motif="x"),
        "retirer": lambda: amendements.retirer(premiere, par=par, motif="x"),
        "bloc": lambda: amendements.decider(monde.blocs[1], "ajourne", par=par, motif="x"),
        "déport": lambda: Deport.objects.create(rapport=rapport, bloc=monde.blocs[0], elu=elu),
        "assistance": lambda: Presence.objects.create(
            seance=rapport.seance, rapport=rapport, elu=elu, etat=Presence.Etat.ABSENT
        ),
        "modificatif": lambda: autre_rapport().preparer_modificatif(par=par, motif="x"),
        "rejeter": lambda: autre_rapport().rejeter(par=par, motif="x", le=rapport.seance.date),
        "formulaire": portes(monde)["formulaire"],
    }


def signaler_l_entree() -> None:
    """The vote, the sending and the visa say when they hold the rapport: the other person arrives just then."""
    from deliberations import adoption, envoi, visas

    def annoncee(origine):
        def entree(*args, **kwargs):
            dedans.set()
            return origine(*args, **kwargs)

        return entree

    adoption.adopter, visas._reserver = annoncee(adoption.adopter), annoncee(visas._reserver)
    envoi.enregistrer = annoncee(envoi.enregistrer)


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
    """What was voted or sent, told by its frozen document, by the ledger, by the lines. Empty when they agree."""
    from deliberations.models import Deliberation, Rapport

    rapport = Rapport.objects.get(pk=monde.rapport.pk)
    acte = Deliberation.objects.filter(rapport=rapport, resultat__in=["adopte", "partiel"]).first()
    if acte:
        return _desaccord_du_vote(rapport, acte)
    return _desaccord_de_l_envoi(rapport) if rapport.etat in Rapport.ENVOYES else ""


def _desaccord_du_vote(rapport, acte) -> str:
    from budget.models import Mouvement
    from deliberations import documents
    from deliberations.documents import contexte_vote
    from programmes.models import LigneDossier

    figes = {lien.nature: lien.document.contexte for lien in acte.documents.select_related("document")}
    fige = Decimal(figes["repartition"]["total"])
    lignes = LigneDossier.objects.filter(propositions__in=rapport.propositions).avec_retenu()
    vivant = sum(ligne.retenu for ligne in lignes)
    affectes = Mouvement.objects.filter(cle__startswith=f"rapport-{rapport.pk}:", nature="affectation")
    affecte = sum(m.montant for m in affectes)
    if not fige == vivant == affecte:
        return f"document {fige}, lignes {vivant}, grand livre {affecte}"
    relu = contexte_vote.deliberation(documents.Lecture(rapport, adoptee=True), avec_votes=True)
    differents = [cle for cle in ("assistance", "blocs") if relu[cle] != figes["deliberation"][cle]]
    return f"imprimé autrement que saisi : {', '.join(differents)}" if differents else ""


def _desaccord_de_l_envoi(rapport) -> str:
    """The members read what the rapport still says, but for what the séance has decided of its blocks since: the vote
    was refused then, since a block changed, and the draft that follows says it."""
    from deliberations import documents, editions, envoi

    lecture = documents.Lecture(rapport, adoptee=False)
    envoyes = editions.contextes(editions.derniere(rapport))
    decides = {"blocs"} if any(not b.est_adopte for b in rapport.blocs.all()) else set()

    def dit(contexte):
        return {cle: valeur for cle, valeur in contexte.items() if cle not in decides}

    differents = [n for n, lu in envoyes.items() if dit(envoi._contexte(rapport, n, lecture)) != dit(lu)]
    return f"envoyé autrement qu’il n’est : {', '.join(differents)}" if differents else ""


def _duo(scenario, monde, n) -> tuple:
    """(name of the door, what the first person does, what the second one does)."""
    from deliberations.models import Rapport
    from tests import maquette

    def adopter():
        monde.adopter(numero=f"2024-{n + 1}")

    if scenario == "deux_votes":
        autre = Rapport.objects.get(pk=monde.rapport.pk)

        def adopter_aussi():
            autre.adopter(par=monde.equipe.autre, numero=f"2024-{n + 5001}", le=maquette.SEANCE_LE)

        return "vote", adopter, adopter_aussi
    premier = {
        "visa": lambda: monde.rapport.viser(par=monde.equipe.budget),
        "envoi": lambda: monde.rapport.envoyer_en_commission(par=monde.equipe.assemblees),
        "vote": adopter,
    }[scenario]
    choix = portes_de_seance(monde) if scenario == "vote" else portes(monde)
    nom = list(choix)[n % len(choix)]
    return nom, premier, choix[nom]


def _preparer(scenario, n):
    """A rapport brought to the eve of the act of `scenario`."""
    from deliberations.models import BlocDeVote
    from tests import maquette

    monde = maquette.monde(numero=str(n + 1), n=2 * n + 1)
    monde.blocs = [BlocDeVote.objects.create(rapport=monde.rapport, ordre=rang) for rang in (1, 2)]
    if scenario in ("vote", "deux_votes"):
        monde.mener_au_vote()
    else:
        monde.viser("direction" if scenario == "visa" else "finances")
    return monde


def principal():
    p = demarrer()
    from deliberations import documents
    from deliberations.models import Deliberation

    documents.rendre = lambda contexte, format: b"%PDF-essai " + contexte["nature"].encode()
    signaler_l_entree()
    if p.get("sans_verrou"):
        from dpid import panneaux

        panneaux._gardiens.clear()
        panneaux._verrous.clear()
        from dpid.figeage import Figeable

        Figeable._refuser_si_fige = lambda self: None
    issues, desaccords, erreurs = Counter(), [], []
    for n in range(p["essais"]):
        monde = _preparer(p["scenario"], n)
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
