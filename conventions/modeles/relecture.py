"""Lint of a version before its publication: what would stop an act, or leave one with a blank."""

import re
from dataclasses import dataclass

from conventions import champs, repetitions
from conventions.exigences import CER, COMPTE_RENDU
from conventions.modeles.epreuve import eprouver
from conventions.models import BlocDeModele, Modele, VersionDeModele
from conventions.models.modele import Operation
from deliberations.redaction.renvois import cites
from dpid.typographie import sans_majuscule

Nature, Contenu = BlocDeModele.Nature, BlocDeModele.Contenu
SANS_CLAUSE = (
    "Aucun bloc ne parle du « {libelle} », que {loi} exige : les actes {de} qui reçoivent plus de 23 000 € dans "
    "l’année seront retenus."
)
SANS_LISTE = "« {bloc} » a une rangée répétée, mais ne répète rien : choisissez ce qui la complète."
INCERTAIN = (
    "« {bloc} » renvoie à « {vise} », imprimé seulement {condition} : donnez-leur la même condition, ou retirez "
    "le renvoi."
)
SANS_DELIBERATION = "Aucune délibération n’a adopté cette version : joignez-la à un rapport avant de la publier."
# Marks that an officer leaves to come back to: XXX, a dotted line, an ellipsis alone, « ../../2024 », « à compléter »,
# and choices that nobody made: [choix/choix], boxes, oui/non, M./Mme, « rayer la mention inutile ».
# Lengths are bounded and no two repetitions share a character: ten thousand « or [/ would hold the page for minutes.
MARQUES = re.compile(
    r"X{2,}|x{3,}|\.{3,}|…{2,}|(?<!\w)…(?!\w)|_{2,}|«[^»_]{0,200}_[^»]{0,200}»|\bà compléter\b"
    r"|\[[^\]/]{0,200}/[^\]]{0,200}\]|\.\.?/\.\.?(?:/\d{0,4})?|[□☐▢❑]|\boui ?/ ?non\b|\boui ?[□☐▢–-] ?non\b"
    r"|\brayer (?:la|les) mentions? inutiles?\b|\bM(?:\.|me|onsieur|adame) ?/ ?M(?:\.|me|onsieur|adame)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Constat:
    """One finding: `bloc` is None for the version as a whole. `est_bloquant`: the version is not published with it."""

    phrase: str
    bloc: BlocDeModele | None = None
    est_bloquant: bool = True


def relire(version) -> list[Constat]:
    """Every finding on a version, in the order of its blocks."""
    blocs = list(version.blocs.all())
    constats = _ensemble(version, blocs)
    cles, offerts = {f"{b.nature}:{b.cle}" for b in blocs}, {c.cle for c in champs.du_modele(version.modele)}
    for bloc in blocs:
        texte = f"{bloc.titre}\n{bloc.texte}\n{bloc.rangee}"
        siens = {c.cle for c in repetitions.champs_de(bloc)} if bloc.rangee else set()
        if bloc.rangee and not siens:
            constats.append(Constat(SANS_LISTE.format(bloc=bloc), bloc))
        for nom in cites(texte):
            if ":" in nom and nom not in cles:
                constats.append(Constat(f"« {bloc} » renvoie à {{{nom}}}, qui n’existe pas.", bloc))
            elif ":" not in nom and nom not in offerts | siens:
                constats.append(Constat(f"« {bloc} » emploie {{{nom}}}, qui n’est pas un champ.", bloc))
        for marque in dict.fromkeys(m.group(0) for m in MARQUES.finditer(texte)):
            constats.append(Constat(f"« {bloc} » garde la marque « {marque} » : remplacez-la par un champ.", bloc))
        constats += _renvois_incertains(bloc, texte, blocs) + _toujours_vides(version, bloc, texte)
        sans_texte = bloc.contenu != Contenu.TEXTE or bloc.operation == Operation.SUPPRIMER or bloc.avec_fiche
        if not bloc.texte.strip() and not sans_texte:
            constats.append(Constat(f"« {bloc} » est vide.", bloc))
    if version.etat == VersionDeModele.Etat.BROUILLON:
        constats += [Constat(phrase, bloc, est_bloquant=False) for bloc, phrase in eprouver(version)]
    return constats


def _renvois_incertains(bloc, texte, blocs) -> list[Constat]:
    """References to a block that its condition may take away while this one stays."""
    par_cle = {f"{b.nature}:{b.cle}": b for b in blocs}
    vises = [par_cle[nom] for nom in cites(texte) if nom in par_cle]
    return [
        Constat(INCERTAIN.format(bloc=bloc, vise=vise, condition=sans_majuscule(vise.get_condition_display())), bloc)
        for vise in vises
        if vise.condition and vise.condition != bloc.condition
    ]


def _toujours_vides(version, bloc, texte) -> list[Constat]:
    """Fields that only an avenant fills."""
    if version.modele.nature not in (Modele.Nature.CONVENTION_TYPE, Modele.Nature.CONVENTION_SPECIFIQUE):
        return []
    cites_ici = [nom for nom in cites(texte) if nom in champs.D_AVENANT]
    return [Constat(f"« {bloc} » emploie {{{nom}}}, toujours vide dans une convention.", bloc) for nom in cites_ici]


def _ensemble(version, blocs) -> list[Constat]:
    natures = {b.nature for b in blocs}
    if not blocs:
        return [Constat("Cette version n’a aucun bloc.")]
    if version.modele.est_un_acte and Nature.ARTICLE not in natures:
        return [Constat("Un acte a au moins un article.")]
    if not version.modele.est_un_acte and Nature.CORPS not in natures:
        return [Constat("Une lettre a un corps.")]
    modifie = any(b.operation or b.contenu == Contenu.MODIFICATIONS for b in blocs)
    if version.modele.nature == Modele.Nature.AVENANT and not modifie:
        return [Constat("Cet avenant ne change rien : ajoutez un article qui modifie la convention.")]
    return list(_clauses_de_la_loi(version, blocs))


def _clauses_de_la_loi(version, blocs):
    """What the law wants in a convention of some bodies only: said, not imposed, as a model may be made for a commune
    alone; an act that lacks it is held back (`conventions/exigences.py`)."""
    if not version.modele.est_un_acte:
        return
    if version.modele.nature != Modele.Nature.AVENANT:
        texte = "\n".join(f"{b.titre}\n{b.texte}" for b in blocs)
        for e, de in ((CER, "des associations et fondations"), (COMPTE_RENDU, "des organismes de droit privé")):
            if not e.dite(texte, None):
                yield Constat(SANS_CLAUSE.format(libelle=e.libelle, loi=e.loi, de=de), est_bloquant=False)
    if version.etat == VersionDeModele.Etat.BROUILLON and version.adoption is None:
        yield Constat(SANS_DELIBERATION, est_bloquant=False)


def bloquants(version) -> list[str]:
    return [c.phrase for c in relire(version) if c.est_bloquant]
