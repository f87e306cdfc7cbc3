"""Acts on a selection of dossiers: said before they are done, done one transaction each, told row by row.

A selection is a job (`Travail`): run at once when it is short, by the worker beyond. Its key is the token of the
confirmation, so that a double click is one effect; what became of each dossier is written with its act, so that a job
taken up again after a crash repeats nothing.
"""

import logging
from dataclasses import dataclass, field
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from dpid.erreurs import ActeRefuse
from dpid.models import Agent, Role, Travail
from dpid.models.travail import ElementTravail
from dpid.montants import ZERO, euros
from dpid.tasks import demander, executer_ici
from dpid.typographie import accorder
from programmes.instruction import forms as forms_instruction
from programmes.instruction.verbes import INSTRUIRE, MODIFIABLES, VERBES, Verbe
from programmes.models import Dossier

journal = logging.getLogger(__name__)
NATURE = "lot"
ICI_MAX = 200  # beyond, the worker
LOT_MAX = 5_000
AFFECTER = Verbe(
    "affecter", "Affecter à un instructeur", INSTRUIRE, MODIFIABLES, "Le dossier a changé d’instructeur.",
    lambda dossier: "Le dossier rejoint « Mes dossiers » de l’instructeur choisi.",
)  # fmt: skip
# « Déclarer incomplet » names the pièces of one dossier: it is not an act for a selection.
ACTES = {v.nom: v for v in (AFFECTER, *VERBES.values()) if v.nom != "declarer_incomplet"}
SUITES = {
    "declarer_complet": "Chaque dossier dont toutes les pièces exigées sont fournies devient complet.",
    "declarer_recevable": "Chaque dossier que la fiche de son dispositif n’exclut pas devient recevable.",
    "demander_avis": "Chaque destinataire voit le dossier et rend un avis avant l’échéance.",
    "instruire": "Leur instruction s’ouvre ; vous devenez l’instructeur de ceux qui n’en ont pas.",
    "proposer": "Ils deviennent inscriptibles à un rapport.",
    "reprendre": "Ils reviennent à l’instruction ; leur motif est effacé.",
    "affecter": "Ils rejoignent « Mes dossiers » de l’instructeur choisi.",
}


class AffecterForm(forms_instruction.ActeForm):
    instructeur = forms.ChoiceField(label="Instructeur")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        actifs = Agent.objects.filter(is_active=True).exclude(username=Agent.SYSTEME)
        self.agents = {str(a.pk): a for a in actifs if a.a_role(Role.INSTRUCTION, Role.ADMINISTRATION)}
        noms = [(cle, str(a)) for cle, a in self.agents.items()]
        self.fields["instructeur"].choices = [("", "Choisir"), ("aucun", "Personne"), *noms]

    def options(self, dossier) -> dict:
        return {"instructeur": self.agents.get(self.cleaned_data["instructeur"])}


def formulaire(acte: Verbe, donnees=None):
    """What the act asks, once for the whole selection."""
    return AffecterForm(donnees) if acte.nom == "affecter" else forms_instruction.formulaire(acte, donnees)


def actes_permis(agent) -> list[Verbe]:
    """Acts that this agent may do on dossiers in some state."""
    return [a for a in ACTES.values() if agent.has_perm(a.permission)]


def lire_identifiants(texte: str) -> list[int]:
    """« 12,15,18 » → each once, in order. Raises ActeRefuse for anything else."""
    morceaux = [m for m in texte.split(",") if m]
    if not all(m.isascii() and m.isdigit() and len(m) < 16 for m in morceaux):
        raise ActeRefuse("Cette sélection n’est pas lisible : revenez à la liste et cochez de nouveau les dossiers.")
    return list(dict.fromkeys(int(m) for m in morceaux))


@dataclass
class Apercu:
    """What an act would do to a selection. Amounts in euros, of the dossiers that the act takes."""

    acte: Verbe
    pris: list = field(default_factory=list)
    ecartes: list = field(default_factory=list)
    demande: Decimal = ZERO
    propose: Decimal = ZERO
    retenu: Decimal = ZERO

    @property
    def identifiants(self) -> str:
        return ",".join(str(d.pk) for d in self.pris)

    @property
    def passe_par_le_travailleur(self) -> bool:
        return len(self.pris) > ICI_MAX

    def consequence(self) -> str:
        if self.acte.est_dangereux:
            return (
                f"Leurs financements sont retirés : {euros(self.retenu, True)} ne sont plus retenus, et aucun avis "
                "n’est plus attendu. Le courrier à chaque structure est préparé."
            )
        return SUITES[self.acte.nom]

    def chiffres(self) -> str:
        return (
            f"{accorder(len(self.pris), 'dossier')} · demandé {euros(self.demande, True)} · "
            f"proposé {euros(self.propose, True)} · retenu {euros(self.retenu, True)}"
        )


def apercu(acte: Verbe, identifiants: list[int], agent) -> Apercu:
    """The dossiers of the selection that `agent` sees, those that the act takes apart from the others.

    Raises ActeRefuse when nothing, or too much, is selected.
    """
    if not identifiants:
        raise ActeRefuse("Aucun dossier n’est sélectionné : cochez des dossiers, puis choisissez l’acte.")
    if len(identifiants) > LOT_MAX:
        raise ActeRefuse(f"{accorder(len(identifiants), 'dossier')} : un acte en prend {LOT_MAX} au plus. Filtrez.")
    lus = Dossier.objects.visibles_par(agent).avec_totaux().select_related("structure", "dispositif")
    par_pk = {d.pk: d for debut in range(0, len(identifiants), 500)
              for d in lus.filter(pk__in=identifiants[debut : debut + 500])}  # fmt: skip
    resultat = Apercu(acte)
    for pk in identifiants:
        dossier = par_pk.get(pk)
        if dossier is None:
            continue
        if not acte.permis(dossier, agent):
            resultat.ecartes.append(dossier)
            continue
        resultat.pris.append(dossier)
        resultat.demande += dossier.demande
        resultat.propose += dossier.propose
        resultat.retenu += dossier.retenu
    return resultat


def demander_lot(acte: Verbe, identifiants: list[int], form, *, par, jeton: str, retour: str) -> Travail:
    """Do the act on each dossier, here or by the worker; the same `jeton` twice is the same job. `form` is valid."""
    parametres = {
        "acte": acte.nom,
        "dossiers": identifiants,
        "saisie": _saisie(form),
        "retour": retour,
        "adresse": "",
    }
    titre = f"{acte.titre} : {accorder(len(identifiants), 'dossier')}"
    ici = len(identifiants) <= ICI_MAX
    travail = demander(NATURE, titre, parametres, par=par, cle=f"lot-{par.pk}-{jeton}"[:120], en_file=not ici)
    if not travail.parametres["adresse"]:  # where « Documents en cours » leads
        travail.parametres["adresse"] = reverse("lot_resultat", args=[travail.pk])
        travail.save(update_fields=["parametres"])
    return executer_ici(travail) if ici else travail


def _saisie(form) -> dict:
    return {nom: form.data.getlist(nom) for nom in form.fields if form.data.getlist(nom)}


def executer(travail: Travail):
    """Factory of the « lot » jobs."""
    p, par = travail.parametres, travail.par
    acte, donnees = ACTES[p["acte"]], QueryDict(mutable=True)
    for nom, valeurs in p["saisie"].items():
        donnees.setlist(nom, valeurs)
    form = formulaire(acte, donnees)
    if not form.is_valid():
        raise ActeRefuse("Ce qui était demandé n’est plus valable : recommencez depuis la liste.")
    deja = set(travail.elements.values_list("objet_id", flat=True))
    total = len(p["dossiers"])
    for rang, pk in enumerate(p["dossiers"], 1):
        if pk not in deja:
            _traiter(travail, pk, acte, form, par)
        if rang % 20 == 0 or rang == total:
            travail.avancer(rang, total)
    return None, bilan(travail)


def _traiter(travail, pk: int, acte: Verbe, form, par) -> None:
    """One dossier, one transaction: its act and its result, or its refusal alone."""
    dossier = Dossier.objects.visibles_par(par).select_related("structure", "dispositif__service").filter(pk=pk).first()
    if dossier is None:
        _noter(travail, pk, f"dossier {pk}", False, "Ce dossier n’existe pas, ou ne vous est plus visible.")
        return
    try:
        with transaction.atomic():
            if not acte.permis(dossier, par):
                raise ActeRefuse(f"Impossible à l’état « {dossier.get_etat_display()} ».")
            acte.accomplir(dossier, par=par, **form.options(dossier))
            _noter(travail, pk, str(dossier), True, acte.succes)
    except ActeRefuse as refus:
        _noter(travail, pk, str(dossier), False, str(refus))
    except ValidationError as erreur:
        _noter(travail, pk, str(dossier), False, " ".join(erreur.messages))
    except Exception:
        journal.exception("L’acte %s a échoué sur le dossier %s.", acte.nom, pk)
        phrase = "L’acte a échoué sans être enregistré : réessayez, ou prévenez l’administration."
        _noter(travail, pk, str(dossier), False, phrase)


def _noter(travail, pk, libelle, est_fait, phrase) -> None:
    ElementTravail.objects.create(
        travail=travail, objet_id=pk, libelle=libelle[:250], est_fait=est_fait, phrase=phrase
    )  # fmt: skip


def bilan(travail) -> str:
    """« 12 dossiers traités, 3 refusés »."""
    faits = travail.elements.filter(est_fait=True).count()
    refuses = travail.elements.filter(est_fait=False).count()
    texte = accorder(faits, "dossier traité", "dossiers traités")
    return f"{texte}, {accorder(refuses, 'refusé')}." if refuses else f"{texte}."
