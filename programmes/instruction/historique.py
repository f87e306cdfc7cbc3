"""The history of a dossier in plain French: acts of the journal and edits of fields, merged, latest first."""

from decimal import Decimal, InvalidOperation

from django.db import models

from dpid.historique import Changement, Evenement, modifications, regrouper
from dpid.models import Journal
from dpid.montants import euros
from programmes.models import Avis, AvisInstance, Courrier, Dossier, Financement, LigneDossier, Remarque


def historique(dossier, lignes_lues) -> list[Evenement]:
    """Everything that happened to the dossier, its lines (already read, with their financements), and these."""
    lignes = LigneDossier.history.model.objects.filter(dossier_id=dossier.pk)
    financements = Financement.history.model.objects.filter(ligne_id__in=lignes.order_by().values("id"))
    evenements = _actes(dossier, [ligne.pk for ligne in lignes_lues])
    rangs = {}
    connus = _libelles_connus(dossier, lignes_lues)
    for etats, designer in (
        (Dossier.history.model.objects.filter(id=dossier.pk), lambda h: "Dossier"),
        (lignes, lambda h: f"Ligne {rangs.setdefault(h.id, h.ordre)}"),
        (financements, lambda h: f"Financement de la ligne {rangs.get(h.ligne_id, '')}".strip()),
    ):
        evenements += modifications(etats, designer, connus=connus, sauf=("ligne", "dossier"))
    return regrouper(sorted(evenements, key=lambda e: e.le, reverse=True))


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
