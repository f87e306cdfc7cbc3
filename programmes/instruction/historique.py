"""The history of a dossier in plain French: acts of the journal and edits of fields, merged, latest first."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db import models

from dpid.models import Journal
from dpid.montants import MontantField, euros
from programmes.models import Avis, AvisInstance, Courrier, Dossier, Financement, LigneDossier, Remarque

MEME_GESTE = timedelta(seconds=2)
VIDE = "vide"


@dataclass
class Changement:
    """One field: `ancien` is None when something was added."""

    libelle: str
    ancien: str | None
    nouveau: str | None


@dataclass
class Evenement:
    le: datetime
    par: str
    titre: str
    motif: str = ""
    est_acte: bool = False
    changements: list[Changement] = field(default_factory=list)


def historique(dossier, lignes_lues) -> list[Evenement]:
    """Everything that happened to the dossier, its lines (already read, with their financements), and these."""
    lignes = LigneDossier.history.model.objects.filter(dossier_id=dossier.pk)
    financements = Financement.history.model.objects.filter(ligne_id__in=lignes.order_by().values("id"))
    evenements = _actes(dossier, [ligne.pk for ligne in lignes_lues])
    rangs = {}
    connus = _libelles_connus(dossier, lignes_lues)
    evenements += _modifications(Dossier.history.model.objects.filter(id=dossier.pk), lambda h: "Dossier", connus)
    evenements += _modifications(lignes, lambda h: f"Ligne {rangs.setdefault(h.id, h.ordre)}", connus)
    evenements += _modifications(
        financements, lambda h: f"Financement de la ligne {rangs.get(h.ligne_id, '')}".strip(), connus
    )
    return _regrouper(sorted(evenements, key=lambda e: e.le, reverse=True))


def _libelles_connus(dossier, lignes) -> dict:
    """Labels of the objects that the page has already loaded."""
    financements = [f for ligne in lignes for f in ligne.financements.all()]
    objets = [dossier.structure, dossier.dispositif]
    objets += [o for f in financements for o in (f.autorisation, f.source) if o]
    return {(type(o), o.pk): str(o) for o in objets}


# What hangs on a dossier and whose acts belong to its history.
AUTOUR = (Avis, AvisInstance, Remarque, Courrier)
ETATS = {**dict(Dossier.Etat.choices), **dict(Avis.Etat.choices), **dict(Remarque.Etat.choices)}


def _actes(dossier, ids_lignes) -> list[Evenement]:
    filtre = models.Q(objet=dossier._meta.label_lower, objet_id=dossier.pk)
    filtre |= models.Q(objet=LigneDossier._meta.label_lower, objet_id__in=ids_lignes)
    for modele in AUTOUR:
        siens = modele.objects.filter(dossier=dossier).order_by().values("pk")
        filtre |= models.Q(objet=modele._meta.label_lower, objet_id__in=siens)
    actes = Journal.objects.filter(filtre).select_related("par")
    return [Evenement(a.le, str(a.par or ""), _titre(a), a.motif, True, _changements(a)) for a in actes]


def _titre(acte) -> str:
    """An act on an avis says whose: « Relancer : avis Artois »."""
    return f"{acte.acte} ({acte.libelle.partition(' sur le ')[0]})" if acte.objet == "programmes.avis" else acte.acte


def _changements(acte) -> list[Changement]:
    """The journal keeps a state slug or an amount; both are shown as people read them."""
    if acte.de == acte.vers:
        return []
    nom = "État" if {acte.de, acte.vers} & set(ETATS) else "Montant retenu"
    if acte.verbe == "arbitrer":
        nom = "Montant retenu"
    elif nom != "État":
        nom = ""
    return [Changement(nom, _valeur(acte.de), _valeur(acte.vers))]


def _valeur(texte: str) -> str | None:
    if not texte:
        return None
    if texte in ETATS:
        return str(ETATS[texte])
    try:
        return euros(Decimal(texte), symbole=True)
    except InvalidOperation:
        return texte


def _modifications(historiques, designer, connus) -> list[Evenement]:
    """Field by field, each row against the previous one of the same object: one query, whatever the number."""
    rangs = list(historiques.select_related("history_user").order_by("id", "history_date", "history_id"))
    suivis = [c for c in historiques.model.tracked_fields if c.name not in ("id", "ligne", "dossier", "cree_le")]
    libelles = connus | _libelles_lies(rangs, suivis, connus)
    evenements, precedent = [], None
    for rang in rangs:
        if precedent is not None and precedent.id != rang.id:
            precedent = None
        evenement = Evenement(rang.history_date, str(rang.history_user or ""), "")
        nom = designer(rang)
        if rang.history_type == "-":
            evenement.changements = [Changement(nom, "", None)]
            evenement.titre = "Suppression"
        else:
            evenement.titre = "Modification" if precedent else "Saisie"
            evenement.changements = _ecarts(nom, precedent, rang, suivis, libelles)
        if evenement.changements:
            evenements.append(evenement)
        precedent = rang
    return evenements


def _ecarts(nom, avant, apres, champs, libelles) -> list[Changement]:
    ecarts = []
    for champ in champs:
        nouveau = getattr(apres, champ.attname)
        ancien = getattr(avant, champ.attname) if avant else None
        if ancien == nouveau or (avant is None and nouveau in (None, "", champ.get_default())):
            continue
        ecrire = lambda v, c=champ: _ecrire(c, v, libelles)  # noqa: E731 - two calls, one rule
        ecarts.append(Changement(f"{nom}, {champ.verbose_name}", ecrire(ancien) if avant else None, ecrire(nouveau)))
    return ecarts


def _ecrire(champ, valeur, libelles) -> str:
    if valeur in (None, ""):
        return VIDE
    if isinstance(champ, MontantField):
        return euros(valeur, symbole=True)
    if champ.is_relation:
        return libelles.get((champ.related_model, valeur), f"n° {valeur}")
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return str(dict(champ.flatchoices).get(valeur, valeur))


def _libelles_lies(rangs, champs, connus) -> dict:
    """Labels of the other objects named: one query per kind of object, none in the usual case."""
    libelles = {}
    for champ in champs:
        if not champ.is_relation:
            continue
        cles = {getattr(r, champ.attname) for r in rangs} - {None}
        cles = {c for c in cles if (champ.related_model, c) not in connus}
        if cles:
            objets = champ.related_model._base_manager.filter(pk__in=cles)
            if champ.name == "autorisation":
                objets = objets.select_related("ligne")
            libelles |= {(champ.related_model, o.pk): str(o) for o in objets}
    return libelles


def _regrouper(evenements) -> list[Evenement]:
    """The edits that an act made, or that one person made in one gesture, are one entry."""
    groupes: list[Evenement] = []
    for evenement in evenements:
        dernier = groupes[-1] if groupes else None
        if dernier is None or not _meme_geste(dernier, evenement):
            groupes.append(evenement)
            continue
        if evenement.est_acte:
            dernier.titre, dernier.motif, dernier.est_acte = evenement.titre, evenement.motif, True
        deja = {(c.ancien, c.nouveau) for c in evenement.changements if evenement.est_acte}
        dernier.changements = evenement.changements + [
            c for c in dernier.changements if (c.ancien, c.nouveau) not in deja
        ]
    return groupes


def _meme_geste(recent, ancien) -> bool:
    """Two acts are always two entries; two edits, or an act and its edits, are one when close in time."""
    if recent.est_acte and ancien.est_acte or recent.le - ancien.le > MEME_GESTE:
        return False
    return recent.par == ancien.par
