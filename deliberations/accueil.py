"""What the commission brings to the shell: the séances to work on, the search of rapports."""

from django.db.models import Q
from django.utils import timezone

from deliberations.models import Rapport, Seance
from dpid.recherche import Resultat


def seances(agent) -> list[tuple[int, str]]:
    """Choices of the current séance: the next one first, then the past ones, latest first."""
    aujourd_hui = timezone.localdate()
    toutes = list(Seance.objects.select_related("instance").order_by("-date"))
    a_venir = [s for s in toutes if s.date >= aujourd_hui][::-1]
    passees = [s for s in toutes if s.date < aujourd_hui]
    return [(s.pk, f"{s.instance.code} du {s.date:%d/%m/%Y}") for s in a_venir + passees]


def chercher(agent, texte, limite) -> list[Resultat]:
    """Rapports by number of délibération, date of séance, number or title."""
    texte = texte.strip()
    visibles = Rapport.objects.visibles_par(agent).select_related("seance__instance")
    jour, _, numero = texte.partition("/")
    trouves = visibles.filter(
        Q(deliberation__numero__startswith=texte) | Q(titre__icontains=texte) | Q(numero__iexact=numero or texte)
    )
    if numero:
        trouves = [r for r in trouves if r.reference.endswith(f"{jour}/{numero}")]
    return [
        Resultat(f"Rapport {r.reference}", r.get_absolute_url(), f"{r.titre} · {r.get_etat_display()}")
        for r in trouves[:limite]
    ]
