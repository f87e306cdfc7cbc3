"""What the annexes of a rapport print of its acts: their projects, and the models that it proposes to adopt."""

from django.urls import reverse

from conventions import documents
from conventions.composition import composer
from conventions.lecture import lire as lire_actes
from conventions.modeles import presentation
from conventions.modeles.relecture import relire
from conventions.models import ModelePresente
from deliberations.models import AnnexePresentee
from deliberations.redaction.projets import Projet, Redacteur


def lire(rapport) -> dict[str, list[Projet]]:
    """{key of the annexe: its projects}, in the order of the lines; a constant number of queries."""
    projets = _modeles(rapport)
    for cle, projet in _actes(rapport):
        projets.setdefault(cle, []).append(projet)
    return projets


def _actes(rapport):
    """`(key, project)` of each act; one whose lines stand in two annexes is printed in the first."""
    lignes = rapport.propositions.filter(
        annexe__nature=AnnexePresentee.Nature.PROJET_ACTE, ligne__ligne_d_acte__fiche__acte__rapport=rapport
    )
    places: dict[int, str] = {}
    for acte, cle in lignes.values_list("ligne__ligne_d_acte__fiche__acte", "annexe__cle"):
        places.setdefault(acte, cle)
    lus = {lu.acte.pk: lu for lu in lire_actes(places)} if places else {}
    for acte, cle in places.items():
        yield cle, _projet(lus[acte])


def _projet(lu) -> Projet:
    texte = composer(lu)
    donnees = documents.contexte(lu, texte)
    del donnees["manques"]
    return Projet(
        cle=lu.acte.pk,
        titre=f"{str(lu.acte).capitalize()} — {lu.structure}",
        donnees=donnees,
        lignes=tuple(ligne.pk for ligne in lu.lignes),
        montant=lu.montant,
        manques=tuple((m.phrase, m.adresse) for m in texte.manques),
    )


def _modeles(rapport) -> dict[str, list[Projet]]:
    presentes = ModelePresente.objects.filter(annexe__rapport=rapport, annexe__nature=AnnexePresentee.Nature.MODELE)
    presentes = presentes.select_related("annexe", "version__modele").prefetch_related("version__blocs")
    return {p.annexe.cle: [_modele(p.version)] for p in presentes}


def _modele(version) -> Projet:
    manques = tuple((c.phrase, version.get_absolute_url()) for c in relire(version) if c.est_bloquant)
    return Projet(version.pk, str(version), presentation.contexte(version), manques=manques)


REDACTEUR = Redacteur(lire, documents.imprime, lambda rapport: reverse("rapport_actes", args=[rapport.pk]))
