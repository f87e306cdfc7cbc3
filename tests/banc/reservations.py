"""Many clients on the same AE at once. Prints what was accepted, refused, and how the accounts stand afterwards."""

import json
import multiprocessing
import random
import re
import threading
import time
from collections import Counter
from contextlib import nullcontext
from decimal import Decimal

from tests.banc import comptes, demarrer

PHRASE = re.compile(r"^Crédit insuffisant sur .+ : disponible .+, demandé .+, il manque .+\. Réduisez", re.DOTALL)


def desarmer(quoi: str) -> None:
    """Remove one protection (negative controls); the rest of the program is unchanged."""
    from django.db import connection

    from budget import mouvements
    from budget.models import AutorisationEngagement, Mouvement

    if quoi == "verrou":

        def naif(pk, delta, le):
            ae = AutorisationEngagement.objects.get(pk=pk)
            for compteur, montant in delta.items():
                setattr(ae, compteur, getattr(ae, compteur) + montant)
            if ae.affecte + ae.reserve > ae.vote:
                mouvements._refuser(AutorisationEngagement.objects.get(pk=pk), delta, le)
            ae.skip_history_when_saving = True
            ae.save()

        mouvements._appliquer = naif
        _sans_contrainte(connection, AutorisationEngagement, "ae_affecte_et_reserve_dans_vote")
    elif quoi == "ordre":
        mouvements.sorted = lambda elements, key=None: list(elements)
    elif quoi == "cle":
        with connection.schema_editor() as editeur:
            ancien = Mouvement._meta.get_field("cle")
            nouveau = ancien.clone()
            nouveau._unique = False
            nouveau.set_attributes_from_name("cle")
            nouveau.model = Mouvement
            editeur.alter_field(Mouvement, ancien, nouveau, strict=False)
    elif quoi == "immediate":
        connection.settings_dict["OPTIONS"]["transaction_mode"] = None
    connection.close()


def _sans_contrainte(connection, modele, nom):
    contrainte = next(c for c in modele._meta.constraints if c.name == nom)
    with connection.schema_editor() as editeur:
        editeur.remove_constraint(modele, contrainte)


def tirer(p, rang) -> list:
    """What client `rang` will ask: [(ecritures, key)…], drawn from its own seed."""
    from budget.mouvements import Ecriture, N

    tirage = random.Random(p.get("graine", 1) * 1000 + rang)
    if p["scenario"] == "assaut":
        # Random amounts whose sum is about 4 times the AE.
        moyen = 2 * 4 * int(Decimal(p["vote"]) * 100) // (p["clients"] * p["essais"])
        return [
            ([Ecriture(p["aes"][0], N.RESERVATION, Decimal(tirage.randint(1, moyen)) / 100)], f"c{rang}-{n}")
            for n in range(p["essais"])
        ]
    if p["scenario"] == "croises":
        demandes = []
        for n in range(p["essais"]):
            aes = tirage.sample(p["aes"], k=tirage.randint(2, len(p["aes"])))
            demandes.append(([Ecriture(pk, N.AFFECTATION, Decimal("1.00")) for pk in aes], f"c{rang}-{n}"))
        return demandes
    if p["scenario"] == "rendus":
        # Take all, give all back: whoever is refused is refused for lack of credit.
        return [
            ([Ecriture(p["aes"][0], nature, Decimal(p["vote"]))], f"c{rang}-{n}-{nature}")
            for n in range(p["essais"])
            for nature in (N.RESERVATION, N.LEVEE)
        ]
    return [([Ecriture(p["aes"][0], N.RESERVATION, Decimal("1.00"))], "la-meme-cle")] * p["essais"]


def client(p, rang, depart, resultats):
    """Send every request of one client; an act refused or failed is recorded, never retried."""
    from django.db import connection, transaction

    from budget.models import AutorisationEngagement
    from budget.mouvements import enregistrer
    from dpid.erreurs import ActeRefuse, CreditInsuffisant
    from dpid.models import Agent

    par = Agent.objects.get(username="m-budget")
    depart.wait()
    dernier = True
    for ecritures, cle in tirer(p, rang):
        if p["scenario"] == "rendus" and cle.endswith("levee") and not dernier:
            continue  # nothing was taken: there is nothing to give back
        montant = sum(e.montant for e in ecritures)
        try:
            # `lire_avant`: read then write in one transaction, as a visa does.
            with transaction.atomic() if p.get("lire_avant") else nullcontext():
                if p.get("lire_avant"):
                    list(AutorisationEngagement.objects.all())
                ecrit = enregistrer(ecritures, par=par, piece="essai", cle=cle, le=p["le"])
            issue = ("oui" if ecrit else "deja", montant, "")
        except CreditInsuffisant as refus:
            issue = ("refus" if PHRASE.match(str(refus)) and refus.manque > 0 else "phrase", montant, str(refus))
        except ActeRefuse as refus:
            issue = ("autre refus", montant, str(refus))
        except Exception as erreur:
            issue = ("erreur", montant, f"{type(erreur).__name__}: {erreur}"[:200])
        dernier = issue[0] == "oui"
        resultats.append((*issue, str(ecritures[0].nature)))
    connection.close()


def processus(p, rangs, depart, sortie):
    resultats: list = []
    fils = [threading.Thread(target=client, args=(p, rang, depart, resultats)) for rang in rangs]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    sortie.put(resultats)


def principal():
    p = demarrer()
    from django.db import connection

    from budget.models import AutorisationEngagement, Mouvement
    from budget.verification import ecarts
    from tests import maquette

    aes = [maquette.autorisation(n + 1, p["vote"]) for n in range(p.get("nb_ae", 1))]
    p["aes"], p["le"] = [ae.pk for ae in aes], maquette.SEANCE_LE
    if p.get("sans"):
        desarmer(p["sans"])
    connection.close()
    contexte = multiprocessing.get_context("fork")
    sortie, depart = contexte.Queue(), contexte.Barrier(p["clients"])
    lots = [list(range(p["clients"]))[n :: p["processus"]] for n in range(p["processus"])]
    debut = time.monotonic()
    enfants = [contexte.Process(target=processus, args=(p, lot, depart, sortie)) for lot in lots]
    for enfant in enfants:
        enfant.start()
    resultats = [r for _ in enfants for r in sortie.get()]
    for enfant in enfants:
        enfant.join()
    duree = time.monotonic() - debut
    signe = {"reservation": 1, "affectation": 1, "levee": -1}
    refuses = [m for issue, m, *_ in resultats if issue == "refus"]
    finales = list(AutorisationEngagement.objects.order_by("pk").values("vote", "reserve", "affecte"))
    print(
        json.dumps(
            {
                "issues": Counter(r[0] for r in resultats),
                "messages": sorted({r[2] for r in resultats if r[0] in ("erreur", "autre refus", "phrase")})[:5],
                "accepte": sum(m * signe[nature] for issue, m, _, nature in resultats if issue == "oui"),
                "demande": sum(m for _, m, *_ in resultats),
                "plus_petit_refus": min(refuses, default=None),
                "finales": finales,
                "mouvements": Mouvement.objects.exclude(nature="vote").count(),
                "ecarts": ecarts() if p.get("sans") else comptes(),
                "par_seconde": round(len(resultats) / duree),
            },
            default=str,
        )
    )


if __name__ == "__main__":
    principal()
