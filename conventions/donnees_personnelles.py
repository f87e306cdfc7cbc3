"""What an act says of personal data (RGPD, art. 28): inherited from its dispositifs, never left empty."""

from django.urls import reverse

from conventions.fiches import Vide
from dpid.typographie import entre_guillemets, sans_majuscule

CHAMP = "Traitement de données personnelles"
REMEDE = "Dites, une fois pour le dispositif, quelles données sont traitées, ou qu’il n’y en a pas."
SANS_FICHE = "Ajoutez une fiche action : le traitement de données est celui de son dispositif."
SANS_DISPOSITIF = "Cette fiche n’a pas de dispositif : retirez l’annexe du modèle, ou ajoutez-lui une condition."
AUCUNE = "- Aucune donnée à caractère personnel n’est traitée pour le compte du Département."


def traitement(lue):
    return getattr(lue.fiche.dispositif, "traitement", None) if lue.fiche.dispositif_id else None


def sont_traitees(lu) -> bool:
    """Some opération of the act says that it processes personal data."""
    return any(t and not t.sans_donnees for t in map(traitement, lu.fiches))


def paragraphes(lu) -> list[str]:
    """One paragraph per opération whose dispositif says its processing."""
    lignes = []
    for lue in lu.fiches:
        if dit := traitement(lue):
            lignes += [f"Opération {entre_guillemets(lue.fiche.intitule)}", *_lignes(dit), ""]
    return lignes


def _lignes(dit) -> list[str]:
    if dit.sans_donnees:
        return [AUCUNE]
    return [
        f"- Objet du traitement : {dit.objet}",
        f"- Finalités : {dit.finalites}",
        f"- Données traitées : {dit.donnees}",
        f"- Personnes concernées : {dit.personnes}",
        f"- Durée de conservation : {dit.duree}",
        f"- Sous-traitance : {'autorisée' if dit.sous_traitance else 'non autorisée'}",
        f"- Sort des données : {sans_majuscule(dit.get_sort_display())}",
    ]


def vides(lu) -> list[Vide]:
    """What the annexe would leave blank, with the page that fills it."""
    if not lu.fiches:
        return [Vide(CHAMP, SANS_FICHE, lu.acte.get_absolute_url())]
    return list(dict.fromkeys(v for lue in lu.fiches for v in _vides(lue)))


def _vides(lue) -> list[Vide]:
    if not lue.fiche.dispositif_id:
        return [Vide(f"{CHAMP} de « {lue.fiche} »", SANS_DISPOSITIF, reverse("fiche_action", args=[lue.fiche.pk]))]
    ou, dit = reverse("traitement", args=[lue.fiche.dispositif_id]), traitement(lue)
    if dit is None:
        return [Vide(f"{CHAMP} du dispositif {lue.fiche.dispositif.reference}", REMEDE, ou)]
    return [Vide(f"{CHAMP}, {libelle}", REMEDE, ou) for libelle in dit.vides]
