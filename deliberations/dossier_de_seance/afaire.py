"""« À faire » of what follows the vote: acts to transmit, to publish; receipts that the préfecture owes."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from deliberations.models import Deliberation
from dpid.afaire import MONTRES, Groupe, Tache

# (title, is it awaited from others, which acts).
GROUPES = (
    ("Délibérations à transmettre", False, lambda t: not t or t.transmise_le is None),
    ("Délibérations à publier", False, lambda t: not t or t.publiee_le is None),
    ("Accusés de réception attendus", True, lambda t: t and t.transmise_le and t.recue_le is None),
)


def a_faire(agent) -> list[Groupe]:
    """One query: the adopted acts that are not exécutoires yet, oldest first."""
    if not agent.has_perm("deliberations.transmettre"):
        return []
    manque = Q(transmission__isnull=True) | Q(transmission__recue_le=None) | Q(transmission__publiee_le=None)
    actes = Deliberation.objects.visibles_par(agent).a_transmettre().filter(manque).order_by("date", "numero")
    actes = list(actes.select_related("transmission"))
    return [
        _groupe(titre, attente, [a for a in actes if retient(getattr(a, "transmission", None))])
        for titre, attente, retient in GROUPES
    ]


def _groupe(titre, attente, actes) -> Groupe:
    aujourd_hui = timezone.localdate()
    taches = [
        Tache(
            f"Délibération n°\u00a0{a.numero} : {a.titre}", reverse("deliberation", args=[a.pk]),
            f"séance du {a.date:%d/%m/%Y}", 0, (aujourd_hui - a.date).days, "la préfecture" if attente else "",
        )
        for a in actes[:MONTRES]
    ]  # fmt: skip
    return Groupe(titre, len(actes), f"{reverse('rapports')}?etat=adopte", taches, attente=attente)
