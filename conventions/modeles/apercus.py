"""Preview of a version on real acts: the longest names, the most opérations, the emptiest fiches first."""

from django.db.models import Count
from django.db.models.functions import Length

from conventions.documents import contexte as contexte_d_acte
from conventions.lecture import lire
from conventions.models import Acte, Modele

EXEMPLES = 5


def exemples(version, agent) -> list[Acte]:
    """The acts on which a model breaks first: of its kind, many opérations then long names."""
    actes = Acte.objects.visibles_par(agent).exclude(etat=Acte.Etat.ABANDONNE).filter(fiches__isnull=False)
    est_avenant = version.modele.nature == Modele.Nature.AVENANT
    actes = actes.filter(rang__gt=0) if est_avenant else actes.filter(rang=0)
    difficiles = actes.annotate(nb=Count("fiches", distinct=True), long=Length("convention__structure__raison_sociale"))
    return list(difficiles.select_related("convention__structure").order_by("-nb", "-long", "pk")[:EXEMPLES])


def contexte(version, acte_pk: int, agent) -> dict | None:
    """What the act would print with `version`; None when the agent does not see it. Nothing is written."""
    lus = lire(Acte.objects.visibles_par(agent).filter(pk=acte_pk))
    if not lus:
        return None
    lu = lus[0]
    lu.essai = version
    return contexte_d_acte(lu)
