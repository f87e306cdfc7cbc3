"""Many workers number conventions of one year at the same instant, from its first number. Prints the numbers given."""

import json
import multiprocessing

from tests.banc import demarrer

ANNEE = 2024


def numeroter_sans_verrou(cls, annee: int) -> str:
    """Negative control: the last number is read, then written, as if nobody else did the same."""
    rang, _ = cls.objects.get_or_create(annee=annee)
    cls.objects.filter(annee=annee).update(dernier=rang.dernier + 1)
    return f"{annee}-{rang.dernier + 1:05d}"


def travailleur(structure, combien, depart, sortie):
    """As the batch does: the number and its convention in one transaction; one in ten is given up at the last moment,
    and its number goes to another."""
    from django.db import connection, transaction

    from conventions.models import Convention, Numerotation

    depart.wait()
    erreurs = []
    for n in range(combien):
        try:
            if n % 10 == 9:
                with transaction.atomic():
                    Numerotation.suivant(ANNEE)
                    transaction.set_rollback(True)
            with transaction.atomic():
                numero = Numerotation.suivant(ANNEE)
                Convention.objects.create(numero=numero, structure_id=structure, objet="Essai")
        except Exception as erreur:
            erreurs.append(f"{type(erreur).__name__}: {erreur}"[:200])
    connection.close()
    sortie.put(erreurs)


def principal():
    p = demarrer()
    from django.db import connection

    from conventions.models import Convention, Numerotation
    from tests.factories import StructureFactory

    structure = StructureFactory()
    # A number taken by hand, in the middle of those that will be given.
    pris = p["travailleurs"] * p["combien"] // 2
    Convention.objects.create(numero=f"{ANNEE}-{pris:05d}", structure=structure, objet="Numérotée ailleurs")
    if p.get("sans_verrou"):
        Numerotation.suivant = classmethod(numeroter_sans_verrou)
    connection.close()
    contexte = multiprocessing.get_context("fork")
    sortie, depart = contexte.Queue(), contexte.Barrier(p["travailleurs"])
    enfants = [
        contexte.Process(target=travailleur, args=(structure.pk, p["combien"], depart, sortie))
        for _ in range(p["travailleurs"])
    ]
    for enfant in enfants:
        enfant.start()
    erreurs = [e for _ in enfants for e in sortie.get()]
    for enfant in enfants:
        enfant.join()
    numeros = sorted(Convention.objects.exclude(objet="Numérotée ailleurs").values_list("numero", flat=True))
    print(json.dumps({
        "numeros": [int(numero.partition("-")[2]) for numero in numeros], "pris": pris,
        "dernier": Numerotation.objects.get(annee=ANNEE).dernier, "erreurs": len(erreurs), "exemples": erreurs[:3],
    }))  # fmt: skip


if __name__ == "__main__":
    principal()
