"""Strategic frames served by a rapport: those of the fiches of its dispositifs, in force on the day of the séance."""

from programmes.models import CadreStrategique


def servis(rapport) -> list[dict]:
    """`[{cadre, elements}]` in the order of the referential (one query)."""
    cadres = (
        CadreStrategique.objects.filter(fiches__dispositif__presentations__thematique__rapport=rapport)
        .select_related("parent")
        .distinct()
    )
    groupes: dict[str, dict] = {}
    for element in cadres:
        if not element.couvre(rapport.seance.exercice):
            continue
        racine = element.parent or element
        groupe = groupes.setdefault(racine.pk, {"cadre": str(racine), "elements": []})
        if element.parent:
            groupe["elements"].append(str(element))
    return list(groupes.values())
