"""What an offline work would change, its approval, and its writing: one transaction, or nothing."""

from copy import copy
from dataclasses import dataclass, field

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction

from dpid.classeurs import Collecteur
from dpid.conciliation import auteur
from dpid.erreurs import ActeRefuse
from dpid.panneaux import verrouiller_montants
from dpid.typographie import accorder
from programmes.aller_retour.champs import PAR_NOM, TROP_LONG, Champ
from programmes.instruction.verbes import peut_modifier, raison_du_refus
from programmes.models import Dossier, LigneDossier

SEL = "programmes.aller_retour.reprise"
DUREE = 4 * 3600
ECARTS_MAX = 2_000
VIDE = "vide"


class BaseChangee(ActeRefuse):
    """Somebody saved one of the cells between the preview and the approval."""


@dataclass
class Ecart:
    """One cell: what was exported (None: not known for sure), what is stored now, what the file says."""

    objet: object
    champ: Champ
    exporte: str | None
    actuel: str
    fichier: str
    lieu: dict = field(default_factory=dict)
    auteur: str = ""

    @property
    def cle(self) -> tuple:
        return (type(self.objet) is Dossier, self.objet.pk, self.champ.nom)

    @property
    def est_conflit(self) -> bool:
        return self.exporte is None or not self.champ.egaux(self.exporte, self.actuel)

    @property
    def dossier(self) -> Dossier:
        return self.objet if isinstance(self.objet, Dossier) else self.objet.dossier

    @property
    def designation(self) -> str:
        return "" if isinstance(self.objet, Dossier) else f"ligne {self.objet.ordre}"

    def _montre(self, texte) -> str:
        return "inconnu" if texte is None else self.champ.montrer(texte) or VIDE

    @property
    def exporte_lisible(self) -> str:
        return self._montre(self.exporte)

    @property
    def actuel_lisible(self) -> str:
        return self._montre(self.actuel)

    @property
    def fichier_lisible(self) -> str:
        return self._montre(self.fichier)

    def poser(self, objet) -> None:
        """Give `objet` the value of the file. Not for the instructor, who is entrusted by an act."""
        setattr(objet, self.champ.nom, self.champ.ecrire(self.fichier))


@dataclass
class Reprise:
    nom: str
    constats: Collecteur = field(default_factory=Collecteur)
    ecarts: list[Ecart] = field(default_factory=list)
    colonnes_absentes: list[str] = field(default_factory=list)
    lues: int = 0
    _par_cle: dict = field(default_factory=dict)

    def ajouter(self, ecart: Ecart) -> Ecart | None:
        """Keep a change; the one already kept for the same cell of the database, if any."""
        deja = self._par_cle.setdefault(ecart.cle, ecart)
        if deja is not ecart:
            return deja
        self.ecarts.append(ecart)
        return None

    @property
    def conflits(self) -> list[Ecart]:
        return [e for e in self.ecarts if e.est_conflit]

    def phrase(self) -> str:
        if not self.ecarts:
            return "Ce classeur ne propose aucun changement."
        conflits = len(self.conflits)
        texte = accorder(len(self.ecarts), "cellule changée", "cellules changées")
        return f"{texte}, dont {accorder(conflits, 'conflit')}." if conflits else f"{texte}, sans conflit."

    def signer(self, par) -> str:
        """The changes as they travel in the page of approval: nothing is left on the server."""
        lus = [[e.cle[0], e.objet.pk, e.champ.nom, e.exporte, e.actuel, e.fichier] for e in self.ecarts]
        return signing.dumps({"agent": par.pk, "nom": self.nom, "ecarts": lus}, salt=SEL, compress=True)


def examiner(reprise: Reprise, par) -> None:
    """Leave out what the form would refuse, saying where; name who changed what is in conflict."""
    groupes: dict[tuple, list[Ecart]] = {}
    for ecart in reprise.ecarts:
        groupes.setdefault(ecart.cle[:2], []).append(ecart)
    gardes = []
    for ecarts in groupes.values():
        refus = _refus(ecarts)
        if refus:
            reprise.constats.erreur(refus, "Corrigez la rangée, et déposez de nouveau le classeur.", **ecarts[0].lieu)
        else:
            gardes += ecarts
    if len(gardes) > ECARTS_MAX:
        raise ActeRefuse(f"Plus de {ECARTS_MAX} cellules changées : déposez le travail en plusieurs classeurs.")
    reprise.ecarts = gardes
    for ecart in reprise.conflits:
        ecart.auteur = auteur(ecart.objet, ecart.champ.nom)


def _refus(ecarts: list[Ecart]) -> str:
    essai = copy(ecarts[0].objet)
    try:
        for ecart in ecarts:
            if ecart.champ.nom != "instructeur":
                ecart.poser(essai)
        essai.full_clean(validate_unique=False)
    except ValidationError as erreur:
        return " ".join(erreur.messages).rstrip(".")
    return ""


def relire(depot: str, par) -> Reprise:
    """The changes that come back from the page of approval, on the database as it is now.

    Raises ActeRefuse when the deposit is not, or no longer, one of this agent.
    """
    try:
        lu = signing.loads(depot, salt=SEL, max_age=DUREE)
    except signing.BadSignature:
        lu = {}
    if lu.get("agent") != par.pk:
        raise ActeRefuse("Cette reprise a expiré : déposez de nouveau le classeur. Rien n’a été enregistré.")
    objets = _objets(lu["ecarts"], par)
    reprise = Reprise(nom=lu["nom"])
    for est_dossier, pk, nom, exporte, actuel, fichier in lu["ecarts"]:
        objet = objets.get((est_dossier, pk))
        if objet is None:
            raise ActeRefuse("Un des dossiers n’existe plus, ou ne vous est plus visible : déposez de nouveau.")
        reprise.ecarts.append(Ecart(objet, PAR_NOM[nom], exporte, actuel, fichier))
    return reprise


def actualiser(reprise: Reprise) -> bool:
    """Bring the stored values up to date; True when one of them had changed."""
    ont_change = False
    for ecart in reprise.ecarts:
        actuel = ecart.champ.actuel(ecart.objet)
        if actuel != ecart.actuel:
            ecart.actuel, ont_change = actuel, True
        if ecart.est_conflit:
            ecart.auteur = auteur(ecart.objet, ecart.champ.nom)
    reprise.ecarts = [e for e in reprise.ecarts if not e.champ.egaux(e.fichier, e.actuel)]
    return ont_change


@transaction.atomic
def appliquer(depot: str, pris: set[str], *, par) -> int:
    """Write the cells whose rank is in `pris`; returns how many. Raises ActeRefuse, BaseChangee: nothing is written."""
    reprise = relire(depot, par)
    voulus = [e for rang, e in enumerate(reprise.ecarts) if str(rang) in pris]
    _verrouiller(voulus)
    objets = _objets([[*e.cle] for e in voulus], par)
    par_objet: dict[tuple, list[Ecart]] = {}
    for ecart in voulus:
        frais = objets.get(ecart.cle[:2])
        if frais is None or ecart.champ.actuel(frais) != ecart.actuel:
            raise BaseChangee("La base a changé depuis cet aperçu : relisez les valeurs, et validez de nouveau.")
        par_objet.setdefault(ecart.cle[:2], []).append(ecart)
    for cle, ecarts in par_objet.items():
        _ecrire(objets[cle], ecarts, reprise.nom, par)
    return len(voulus)


def _verrouiller(ecarts):
    lignes = sorted({e.objet.pk for e in ecarts if isinstance(e.objet, LigneDossier)})
    verrouiller_montants(lignes)
    dossiers = {e.dossier.pk for e in ecarts}
    list(Dossier.objects.filter(pk__in=dossiers).order_by("pk").select_for_update().values_list("pk"))
    list(LigneDossier.objects.filter(pk__in=lignes).order_by("pk").select_for_update().values_list("pk"))


def _ecrire(objet, ecarts: list[Ecart], nom: str, par) -> None:
    dossier = objet if isinstance(objet, Dossier) else objet.dossier
    if not peut_modifier(dossier, par):
        raise ActeRefuse(raison_du_refus(dossier))
    champs = [e for e in ecarts if e.champ.nom != "instructeur" and e.fichier != TROP_LONG]
    for ecart in champs:
        ecart.poser(objet)
    if champs:
        try:
            objet.full_clean(validate_unique=False)
        except ValidationError as erreur:
            raise ActeRefuse(f"Dossier {dossier.pk}, {objet} : {' '.join(erreur.messages)}") from erreur
        objet._change_reason = f"Travail hors ligne : {nom}"[:100]
        objet.save()
    for ecart in ecarts:
        if ecart.champ.nom == "instructeur":
            dossier.affecter(par=par, instructeur=ecart.champ.ecrire(ecart.fichier))


def _objets(cles, par) -> dict[tuple, object]:
    """{(is a dossier, id): row} among what the agent sees, read now."""
    vus = Dossier.objects.visibles_par(par).select_related("structure", "dispositif", "instructeur")
    dossiers = {pk for est_dossier, pk, *_ in cles if est_dossier}
    lignes = {pk for est_dossier, pk, *_ in cles if not est_dossier}
    trouves = {(True, d.pk): d for d in vus.filter(pk__in=dossiers)}
    lues = list(LigneDossier.objects.filter(pk__in=lignes))
    parents = {d.pk: d for d in vus.filter(pk__in={ligne.dossier_id for ligne in lues})}
    for ligne in lues:
        if ligne.dossier_id in parents:
            ligne.dossier = parents[ligne.dossier_id]
            trouves[False, ligne.pk] = ligne
    return trouves
