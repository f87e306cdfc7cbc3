"""Until when a convention runs: the end that its last signed act states, each avenant replayed in its order."""

from datetime import date

from django.db.models import Max, OuterRef, Subquery

from conventions.models import Acte, LigneDActe


def fin_apres(connue: date | None, dite: date | None, des_lignes: date | None) -> date | None:
    """The end once this act is signed. `dite`: its own period, which may shorten; the period of the lines that it
    finances only prolongs: money for one more year does not end what runs for three."""
    return dite or max((fin for fin in (connue, des_lignes) if fin), default=None)


def fins(conventions) -> dict[int, date]:
    """{id of the convention: end in force}, those without an end left out. One query."""
    lignes = LigneDActe.objects.filter(fiche__acte=OuterRef("pk")).order_by().values("fiche__acte")
    actes = Acte.objects.signes().filter(convention__in=conventions)
    actes = actes.annotate(des_lignes=Subquery(lignes.annotate(fin=Max("ligne__fin")).values("fin")))
    trouvees: dict[int, date | None] = {}
    for pk, dite, des_lignes in actes.order_by("signe_le", "rang").values_list("convention", "fin", "des_lignes"):
        trouvees[pk] = fin_apres(trouvees.get(pk), dite, des_lignes)
    return {pk: fin for pk, fin in trouvees.items() if fin}
