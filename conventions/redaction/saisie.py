"""One list of an act typed as a whole: parties, instalments, shares. One transaction, one journal row, nothing lost.

The row that holds the list (the act, or a fiche of it) carries the version: two officers are reconciled field by field
and list by list (decision 012).
"""

from django.db import transaction
from django.forms import formset_factory

from conventions.lecture import lire_un
from conventions.models import Acte, FicheAction, Versement
from conventions.redaction.forms import PartForm, PartieForm, VersementForm
from conventions.versements import ecart_de, prevoir
from dpid.models import Journal
from dpid.typographie import entre_guillemets, nombre
from programmes.appels.saisie import Rangs, phrase_de_rang, remplacer
from programmes.forms import designation
from programmes.instruction.concurrence import ListesConciliables
from programmes.models import Representant

CENT = 100


class SaisieDeListe(ListesConciliables):
    """`form`: that of the row which holds the list. `proposes`: rows to show instead of those stored (nothing is
    written before they are sent)."""

    NOM = TITRE = VERBE = ACTE = ""
    FORMULAIRE = None
    AVEC = ()  # what the rows name, read with them

    def __init__(self, form, donnees=None, proposes=None):
        self.form, self.proposes = form, proposes
        self.suivre_les_listes()
        self.ouvrir_listes(None if donnees is None else form.data)

    @property
    def objet(self):
        return self.form.instance

    @property
    def acte(self) -> Acte:
        return self.objet

    def ouvrir_listes(self, donnees):
        stockes = self.initiales(self.objet)[self.NOM] if self.proposes is None else self.proposes
        # An empty row is always there: a row can be added without any script.
        fabrique = formset_factory(
            self.FORMULAIRE, formset=Rangs, extra=1 if donnees is None else 0, can_delete=True, max_num=100
        )
        options = {"form_kwargs": {"choix": self.choix()}, "initial": stockes if donnees is None else None}
        self.listes = {self.NOM: fabrique(donnees, prefix=self.NOM, **options)}

    def choix(self) -> dict:
        """What the rows may choose among, read once."""
        return {}

    def titres(self) -> dict[str, str]:
        return {self.NOM: self.TITRE}

    def initiales(self, objet) -> dict[str, list[dict]]:
        """The stored rows, as the form shows them and gives them back."""
        champs = self.FORMULAIRE.champs()
        rangs = getattr(objet, self.NOM).select_related(*self.AVEC)
        return {self.NOM: [{"pk": o.pk, **{c: getattr(o, c) for c in champs}} for o in rangs]}

    def phrase(self, formulaire, rang) -> str:
        return phrase_de_rang(formulaire, rang)

    @property
    def formset(self):
        return self.listes[self.NOM]

    @property
    def rangs(self) -> list[dict]:
        return self.formset.retenus()

    def is_valid(self) -> bool:
        if all([self.form.is_valid(), self.formset.is_valid()]):
            for raison in self.fautes():
                self.form.add_error(None, raison)
        return not self.form.errors and self.formset.is_valid()

    def fautes(self) -> list[str]:
        """What is wrong with the rows taken together, one sentence each."""
        return []

    @transaction.atomic
    def enregistrer(self, *, par):
        """Write the row, then its list. Raises VersionPerimee, ActeFige."""
        Acte.verrouiller(self.acte.pk)._refuser_si_fige()
        self.form.verrouiller()
        self.objet._change_reason = self.TITRE
        objet = self.form.save()
        self.ecrire()
        dits = [self.phrase(self.formset.empty_form, r) for r in self.rangs]
        Journal.noter(self.acte, self.VERBE, self.ACTE, par=par, donnees={self.NOM: dits})
        return objet

    def ecrire(self):
        for objet in remplacer(getattr(self.objet, self.NOM), self.a_ecrire(), self.FORMULAIRE.champs()):
            objet.delete()

    def a_ecrire(self) -> list[dict]:
        """The rows with the id of the stored row that each one is."""
        return self.rangs

    def relire(self):
        return Acte.objects.select_related("convention__structure").get(pk=self.objet.pk)


class SaisieParties(SaisieDeListe):
    NOM, TITRE, FORMULAIRE = "parties", "Parties, dans l’ordre d’impression", PartieForm
    VERBE, ACTE = "nommer_parties", "Modifier les parties de l’acte"
    AVEC = ("structure", "representant")

    def choix(self):
        """People of the parties; those of a structure just added are offered once it is saved."""
        structures = {p.structure_id for p in self.objet.parties.all()} | {self.objet.convention.structure_id}
        structures.discard(None)
        return {"representant": Representant.objects.filter(structure__in=structures).order_by("structure", "-debut")}

    def phrase(self, formulaire, rang):
        partie = designation(rang["structure"]) if rang.get("structure") else "le Département"
        suites = (rang.get("representant"), rang.get("designation"))
        return ", ".join([partie, *(str(s) for s in suites if s)])

    def fautes(self):
        structures = [r["structure"] for r in self.rangs]
        fautes = []
        if structures.count(None) != 1:
            fautes.append("Le Département est partie à l’acte, une fois : laissez vide la structure d’un seul rang.")
        fautes += [
            f"{s} est partie deux fois : retirez un rang." for s in dict.fromkeys(structures) if structures.count(s) > 1
            and s is not None
        ]  # fmt: skip
        signataire = self.objet.convention.structure
        if signataire not in structures:
            fautes.append(f"La convention est celle de {signataire} : elle reste partie à l’acte.")
        return fautes

    def a_ecrire(self):
        """A party is known by its structure: two rows exchanged never meet « une fois par acte »."""
        connues = {p.structure_id: p.pk for p in self.objet.parties.all()}
        return [{**r, "pk": connues.get(getattr(r["structure"], "pk", None))} for r in self.rangs]


class SaisieVersements(SaisieDeListe):
    NOM, TITRE, FORMULAIRE = "versements", "Versements", VersementForm
    VERBE, ACTE = "echelonner", "Modifier l’échéancier des versements"
    AVEC = ("fiche__dispositif",)

    def __init__(self, form, donnees=None, proposes=None):
        self.lu = lire_un(form.instance)
        super().__init__(form, donnees, proposes)

    @classmethod
    def recalculee(cls, form):
        """The form filled from the rule of each fiche, to the cent: the person reads it, then saves it."""
        lu = lire_un(form.instance)
        prevus = [v for lue in lu.fiches for v in prevoir(lu, lue)]
        gardes = [v.pk for v in lu.versements]
        proposes = [
            {"pk": gardes[rang] if rang < len(gardes) else None, **{c: getattr(v, c) for c in VersementForm.champs()}}
            for rang, v in enumerate(prevus)
        ]
        return cls(form, proposes=[{**p, "ordre": rang} for rang, p in enumerate(proposes, 1)])

    @property
    def fiches(self) -> list[FicheAction]:
        return [lue.fiche for lue in self.lu.fiches]

    def choix(self):
        return {"fiche": self.fiches if len(self.fiches) > 1 else []}

    def fautes(self):
        """What is said of each fiche is paid, to the cent: its new money, or with it what was already granted."""
        if len(self.fiches) > 1:
            a_payer = [(f"{entre_guillemets(str(lue.fiche))} : ", lue.fiche, lue) for lue in self.lu.fiches]
        else:
            a_payer = [("", None, self.lu)]
        fautes = []
        for ou, fiche, lue in a_payer:
            siens = [_versement(r) for r in self.rangs if fiche is None or r.get("fiche") == fiche]
            if raison := ecart_de(siens, lue):
                fautes.append(f"{ou}{raison}")
        return fautes

    def a_ecrire(self):
        """An instalment belongs to the only fiche, or to the one that was chosen."""
        seule = self.fiches[0] if len(self.fiches) == 1 else None
        return [{**r, "fiche": seule or r.get("fiche")} for r in self.rangs]

    def relire(self):
        self.lu = lire_un(self.objet)
        return super().relire()


def _versement(rang: dict) -> Versement:
    """What a row says of the money, unsaved."""
    return Versement(**{nom: rang[nom] for nom in ("montant", "exercice_ae", "exercice_cp")})


class SaisieFiche(SaisieDeListe):
    """A fiche action: its texts, and the shares of its amount."""

    NOM, TITRE, FORMULAIRE = "parts", "Parts quantitative et qualitative du financement", PartForm
    VERBE, ACTE = "rediger_fiche", "Modifier la fiche action"

    @property
    def acte(self):
        return self.objet.acte

    def fautes(self):
        total = sum(r["pourcentage"] for r in self.rangs)
        if not self.rangs or total == CENT:
            return []
        manque = "il manque" if total < CENT else "il y a en trop"
        return [f"Les parts font {nombre(total)} % : {manque} {nombre(abs(CENT - total))} % pour faire 100 %."]

    def relire(self):
        return FicheAction.objects.select_related("acte__convention", "dispositif").get(pk=self.objet.pk)
