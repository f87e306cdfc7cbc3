"""A convention signed before the application: entered quickly, so that it can receive an avenant."""

from django.db import transaction
from django.utils import timezone

from conventions.lecture import lire
from conventions.models import Acte, ClauseInitiale, Convention
from conventions.vie import echeances
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.typographie import date_courte

# `Article 4 : Coût de l’opération`, one by line.
NATURES = {"article": ClauseInitiale.Nature.ARTICLE, "annexe": ClauseInitiale.Nature.ANNEXE}


@transaction.atomic
def reprendre(
    *, par, structure, objet, signee_le, numero="", debut=None, fin=None, montant=None, clauses=(), avenants=()
):
    """The convention and its signed initial act. `montant` in euros; `clauses`: `(nature, number, title, text)`;
    `avenants`: `(number, day, euros or None)` of those already signed.

    The same number, or the same structure and day, twice is refused (ActeRefuse): nothing is entered in double. So is
    a signature in the future, or an avenant before its convention.
    """
    _refuser_les_jours(signee_le, avenants)
    numero = numero or None
    if numero and Convention.objects.filter(numero=numero).exists():
        raise ActeRefuse(f"La convention n°\u00a0{numero} est déjà enregistrée.")
    jumelles = Acte.objects.filter(convention__structure=structure, rang=0, signe_le=signee_le, convention__objet=objet)
    if jumelles.exists():
        raise ActeRefuse(f"Une convention de {structure} signée ce jour-là, de même objet, est déjà enregistrée.")
    convention = Convention.objects.create(numero=numero, structure=structure, objet=objet, est_reprise=True)
    _ecrire(convention, clauses)
    actes = [_acte(convention, 0, signee_le, par=par, debut=debut, fin=fin, montant_repris=montant)]
    for rang, le, accorde in avenants:
        actes.append(_acte(convention, rang, le, par=par, montant_repris=accorde))
    for lu in lire([acte.pk for acte in actes]):
        echeances.ouvrir(lu.acte, lu)
    convention.mettre_en_cours(par=par, motif="Convention signée avant l’application.")
    Journal.noter(convention, "reprendre", "Reprendre une convention signée", par=par, donnees={"numero": numero})
    return convention


def _refuser_les_jours(signee_le, avenants) -> None:
    if signee_le > timezone.localdate():
        raise ActeRefuse("La date de signature est dans le futur : une convention reprise est déjà signée.")
    for rang, le, _ in avenants:
        if not signee_le <= le <= timezone.localdate():
            raise ActeRefuse(
                f"Avenant n°\u00a0{rang} : le {date_courte(le)} est dans le futur, ou précède la convention."
            )


@transaction.atomic
def saisir_articles(convention, clauses, *, par) -> None:
    """Replace the articles and annexes of a convention signed before the application: `(nature, number, title, text)`.

    Raises ActeRefuse when its clauses are those of a model, ActeFige once an avenant was sent against them.
    """
    if not convention.est_reprise:
        raise ActeRefuse("Les articles de cette convention sont ceux de son modèle.")
    convention.clauses.all().delete()
    _ecrire(convention, clauses)
    dits = [f"{c[0].label} {c[1]} : {c[2]}" for c in clauses]
    Journal.noter(convention, "saisir_articles", "Saisir les articles", par=par, donnees={"articles": dits})


def _ecrire(convention, clauses):
    ClauseInitiale.objects.bulk_create(
        [ClauseInitiale(convention=convention, nature=n, numero=k, titre=t, texte=x) for n, k, t, x in clauses]
    )


def _acte(convention, rang, signe_le, *, par, **valeurs) -> Acte:
    """An act signed elsewhere: its dates, nothing of its text."""
    acte = Acte.objects.create(convention=convention, rang=rang, signe_le=signe_le, notifie_le=signe_le, **valeurs)
    return acte.reprendre(par=par, motif="Signé avant l’application.")
