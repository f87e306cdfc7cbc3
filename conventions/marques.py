"""Blanks that an officer left to come back to, in what an act is about to print: XXX, a dotted line, « à compléter ».

The lint of a model is stricter: it reads what an officer of the models wrote, this reads sentences of everybody, where
« ateliers, sorties, … », « (…) » and « XXe siècle » are no blank.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse

from conventions import champs, fiches
from conventions.models import BlocDeModele
from deliberations.redaction.renvois import cites

Contenu = BlocDeModele.Contenu
# Lengths are bounded and no two repetitions share a character: a hostile text does not hold the page.
MARQUES = re.compile(
    r"(?<![^\W\d_])[xX]{2,}(?![^\W\d_])"
    r"|\.{4,}|…{2,}|_{3,}|«[\s_]{0,50}_[\s_]{0,50}»"
    # An ellipsis that stands for a word: neither at the end of an enumeration, nor glued to a word, nor a cut.
    r"|(?<![\w,;.!?…(\[])(?<![,;]\s)(?:…|\.{3})(?![\w\])….])"
    r"|[(\[:]\s?à (?:compléter|préciser|renseigner|définir)\s?(?=[)\].;]|$)|^\s?à compléter\b"
    r"|\[[^\W\d_][^\]/:]{0,80}/[^\]/]{0,80}\]|\brayer (?:la|les) mentions? inutiles?\b",
    re.MULTILINE,
)
MODELE = "Corrigez cet article dans une nouvelle version du modèle."
MODIFICATION = "Corrigez cette modification."
FICHE_ACTION = "Corrigez la fiche action."
DISPOSITIF = "Corrigez la fiche du dispositif, ou écrivez ce texte sur la fiche action."
DOSSIER = "Corrigez la ligne du dossier, ou écrivez ce texte sur la fiche action."
ECHEANCIER = "Corrigez l’échéancier."
TRAITEMENT = "Corrigez le traitement de données du dispositif."
PARTIES = "Corrigez les parties et l’objet de l’acte."
SIGNATAIRES = "Corrigez la liste des signataires."


@dataclass(frozen=True)
class Marque:
    """A blank: the field that holds it, in which block, what it looks like, where it is written."""

    champ: str
    bloc: str
    marque: str
    remede: str
    adresse: str


def trouver(texte: str) -> str:
    """The first blank of a text, empty when it has none."""
    trouvee = MARQUES.search(texte or "")
    return trouvee.group(0).strip(" \u00a0([:") if trouvee else ""


# The texts of a model are those of every act of a batch.
_du_modele = lru_cache(maxsize=256)(trouver)


def du_bloc(lu, bloc, ou: str, ecrits, valeurs: dict, modification=None) -> Iterator[Marque]:
    """`ecrits`: title and text of a block before its fields are resolved, or those of the modification it prints."""
    textes = (modification.titre, modification.texte) if modification else ecrits
    for texte in textes:
        if marque := _du_modele(texte):
            if modification:
                adresse = reverse("modification_modifier", args=[modification.pk]) if modification.pk else ""
                yield Marque(str(modification), ou, marque, MODIFICATION, adresse or lu.acte.get_absolute_url())
            else:
                yield Marque("Texte du modèle", ou, marque, MODELE, bloc.version_modele.get_absolute_url())
    for nom in dict.fromkeys(nom for texte in ecrits for nom in cites(texte)):
        if nom in champs.PAR_CLE and (marque := trouver(valeurs.get(nom, ""))):
            champ = champs.PAR_CLE[nom]
            yield Marque(champ.libelle, ou, marque, champ.remede, champ.ou(lu))
    yield from _ajoutees(lu, bloc, ou)


def _ajoutees(lu, bloc, ou: str) -> Iterator[Marque]:
    """In what the application writes after the text of the block."""
    if bloc.contenu == Contenu.VERSEMENTS:
        adresse = reverse("acte_versements", args=[lu.acte.pk])
        for v in lu.versements:
            if marque := trouver(f"{v.declencheur}\n{v.condition}"):
                yield Marque(str(v), ou, marque, ECHEANCIER, adresse)
    elif bloc.contenu == Contenu.OPERATIONS:
        for lue in lu.fiches:
            yield from _de_l_intitule(lue, ou)
    elif bloc.contenu == Contenu.DONNEES:
        for lue in lu.fiches:
            traitement = lue.fiche.dispositif_id and getattr(lue.fiche.dispositif, "traitement", None)
            for nom in ("objet", "finalites", "donnees", "personnes", "duree") if traitement else ():
                if marque := trouver(getattr(traitement, nom)):
                    libelle = traitement._meta.get_field(nom).verbose_name.capitalize()
                    adresse = reverse("traitement", args=[traitement.dispositif_id])
                    yield Marque(libelle, ou, marque, TRAITEMENT, adresse)


def _de_l_intitule(lue, ou: str) -> Iterator[Marque]:
    if marque := trouver(lue.fiche.intitule):
        yield Marque("Titre", ou, marque, *_page_de_la_fiche(lue, saisi=bool(lue.fiche.titre)))


def de_la_fiche(lu, lue, donnees: dict, ou: str) -> Iterator[Marque]:
    """`donnees`: the fiche as it is composed; its texts come from it, from its dispositif, from the lines."""
    yield from _de_l_intitule(lue, ou)
    for rubrique in donnees["rubriques"]:
        if marque := trouver(rubrique["texte"]):
            yield Marque(rubrique["libelle"], ou, marque, *_origine(lu, lue, rubrique, marque))


def _page_de_la_fiche(lue, *, saisi: bool) -> tuple[str, str]:
    if saisi or not lue.fiche.dispositif_id:
        return FICHE_ACTION, reverse("fiche_action", args=[lue.fiche.pk])
    return DISPOSITIF, reverse("fiche_modifier", args=[lue.fiche.dispositif_id])


def _origine(lu, lue, rubrique: dict, marque: str) -> tuple[str, str]:
    """`(remedy, page)` of a text of a fiche."""
    if rubrique["origine"] == fiches.SAISI:
        return _page_de_la_fiche(lue, saisi=True)
    if rubrique["cle"] == "versement":
        return ECHEANCIER, reverse("acte_versements", args=[lu.acte.pk])
    if any(marque in part.libelle for part in lue.fiche.parts.all()):
        return _page_de_la_fiche(lue, saisi=True)
    ligne = next((x for x in lue.lignes if marque in x.description), None)
    if ligne or rubrique["origine"] == fiches.CALCULE and lue.lignes:
        return DOSSIER, reverse("dossier", args=[(ligne or lue.lignes[0]).dossier_id])
    return _page_de_la_fiche(lue, saisi=False)


def des_parties(lu) -> Iterator[Marque]:
    """In the head of the act: its object, who signs and what entitles them."""
    parties = reverse("acte_parties", args=[lu.acte.pk])
    if marque := trouver(lu.acte.objet or lu.convention.objet):
        yield Marque("Objet", "Acte", marque, PARTIES, parties)
    for partie in lu.parties:
        if marque := trouver(partie.designation):
            yield Marque(f"Désignation de {partie}", "Parties", marque, PARTIES, parties)
        dits, remede, adresse = _dits(lu, partie)
        for champ, texte in dits:
            if marque := trouver(texte):
                yield Marque(f"{champ} de {partie}", "Parties", marque, remede, adresse)


def _dits(lu, partie) -> tuple[list[tuple[str, str]], str, str]:
    if not partie.structure_id:
        s = lu.signataire
        dits = [("Signataire", str(s)), ("Qualité", s.qualite), ("Délégation", s.delegation)] if s else []
        return dits, SIGNATAIRES, reverse("admin:deliberations_signataire_changelist")
    structure, r = partie.structure, lu.representant_de(partie)
    dits = [("Raison sociale", structure.raison_sociale), ("Siège", structure.adresse_imprimee)]
    if r:
        dits += [("Représentant", str(r)), ("Qualité", r.qualite), ("Habilitation du représentant", r.habilitation)]
    return dits, champs.COMPLETER_STRUCTURE, structure.get_absolute_url()


def du_texte_adopte(lu, clauses) -> Iterator[Marque]:
    """In the text that the members received, which no page corrects any more."""
    for c in clauses:
        rubriques = [r["texte"] for r in (c.fiche or {}).get("rubriques", ())]
        marque = next(filter(None, map(trouver, (c.titre, c.texte, *rubriques))), "")
        if marque:
            ou = f"{BlocDeModele.Nature(c.nature).label} {c.numero or ''}".strip()
            yield Marque(c.titre or ou, ou, marque, lu.acte.raison_du_gel(), lu.acte.get_absolute_url())
