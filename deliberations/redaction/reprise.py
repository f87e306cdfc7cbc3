"""Texts of a rapport taken up from another one: same thématique, same dispositif; references stay symbolic."""

from dataclasses import dataclass

from django.db import transaction

from deliberations.models import OperationPresentee, Rapport, ThematiquePresentee
from deliberations.redaction.annexes import TEXTES_D_UNE_OPERATION


@dataclass(frozen=True)
class TexteAReprendre:
    """A text of the other rapport for an empty field of this one."""

    cible: object
    champ: str
    texte: str

    @property
    def lieu(self) -> str:
        libelle = self.cible._meta.get_field(self.champ).verbose_name
        return f"{self.cible}, {libelle}"


def modeles(rapport, agent):
    """Rapports that present something, the latest séances first."""
    autres = Rapport.objects.visibles_par(agent).exclude(pk=rapport.pk).filter(thematiques__isnull=False)
    return autres.select_related("seance__instance").distinct().order_by("-seance__date", "numero")


def textes_a_reprendre(rapport, autre) -> list[TexteAReprendre]:
    """What would be taken up: an empty text here, written there for the same thématique (its title) or dispositif.

    A call is opened again each year with new rows: thématiques answer by their title, dispositifs by their reference
    and title, whatever their number in the rapport.
    """
    trouves = []
    if not rapport.introduction.strip() and autre.introduction.strip():
        trouves.append(TexteAReprendre(rapport, "introduction", autre.introduction))
    ecrites = {_titre(t.thematique.titre): t.texte for t in _thematiques(autre)}
    for t in _thematiques(rapport):
        texte = ecrites.get(_titre(t.thematique.titre), "")
        if texte.strip() and not t.texte.strip():
            trouves.append(TexteAReprendre(t, "texte", texte))
    par_dispositif = {_cle(d): o for o in _operations(autre) for d in o.dispositifs.all()}
    for o in _operations(rapport):
        semblable = next((par_dispositif[_cle(d)] for d in o.dispositifs.all() if _cle(d) in par_dispositif), None)
        for champ in TEXTES_D_UNE_OPERATION if semblable else ():
            texte = getattr(semblable, champ)
            if texte.strip() and not getattr(o, champ).strip():
                trouves.append(TexteAReprendre(o, champ, texte))
    return trouves


@transaction.atomic
def reprendre(rapport, autre) -> int:
    """Write them; number of texts taken up. Nothing that was written here is replaced: asking again is harmless."""
    courant = rapport.verrouiller_ouvert()
    textes = textes_a_reprendre(courant, autre)
    cibles: dict[tuple, object] = {}
    for texte in textes:
        cible = cibles.setdefault((type(texte.cible), texte.cible.pk), texte.cible)
        setattr(cible, texte.champ, texte.texte)
    for cible in cibles.values():
        cible.save()
    return len(textes)


def _thematiques(rapport):
    return ThematiquePresentee.objects.filter(rapport=rapport).select_related("thematique")


def _operations(rapport):
    operations = OperationPresentee.objects.filter(thematique__rapport=rapport)
    return operations.select_related("thematique__rapport").prefetch_related("dispositifs")


def _titre(texte: str) -> str:
    return " ".join(texte.lower().split())


def _cle(dispositif) -> tuple[str, str]:
    return dispositif.reference, _titre(dispositif.titre)
