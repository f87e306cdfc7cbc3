"""What the global search says about dossiers and structures, and the dossiers on which an agent acted last."""

from dpid.models import Journal
from dpid.recherche import Resultat
from dpid.textes import cle_numerique
from programmes.models import Dossier, Structure

RECENTS = 8


def chercher_structures(agent, texte, limite) -> list[Resultat]:
    if not agent.has_perm("programmes.view_structure"):
        return []
    trouvees = Structure.objects.actives().rechercher(texte).order_by("raison_sociale")[:limite]
    return [
        Resultat(s.raison_sociale, s.get_absolute_url(), " · ".join(filter(None, (s.sigle, s.get_type_display()))))
        for s in trouvees
    ]


def chercher_dossiers(agent, texte, limite) -> list[Resultat]:
    """By number, by structure, by title of the action."""
    visibles = Dossier.objects.visibles_par(agent).select_related("structure", "dispositif__thematique__appel")
    numero = cle_numerique(texte)
    if numero is not None and len(texte) < 9:
        trouves = visibles.filter(pk=numero)
    else:
        structures = Structure.objects.rechercher(texte).order_by().values("pk")
        trouves = visibles.filter(structure__in=structures) | visibles.filter(intitule__icontains=texte)
    return [_resultat(d) for d in trouves.order_by("-dispositif__thematique__appel__annee", "-pk")[:limite]]


def _resultat(dossier) -> Resultat:
    dispositif = dossier.dispositif
    detail = f"{dispositif.thematique.appel.annee} · {dispositif} · {dossier.get_etat_display()}"
    return Resultat(f"Dossier {dossier.pk} – {dossier.structure}", dossier.get_absolute_url(), detail)


def recents(request) -> dict | None:
    """Dossiers on which the agent acted last."""
    actes = Journal.objects.filter(par=request.user, objet=Dossier._meta.label_lower)
    vus = list(dict.fromkeys(actes.order_by("-le", "-pk").values_list("objet_id", flat=True)[: RECENTS * 5]))[:RECENTS]
    if not vus:
        return None
    dossiers = Dossier.objects.visibles_par(request.user).select_related("structure", "dispositif").in_bulk(vus)
    return {"dossiers": [dossiers[pk] for pk in vus if pk in dossiers]}
