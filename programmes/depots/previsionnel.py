"""Entry of the budget prévisionnel: charges and produits side by side, that must balance, with the co-financeurs.

A budget that does not balance yet may be kept: it is a draft, and the dossier says so. It freezes with the vote.
"""

import hashlib
import json
from decimal import Decimal

from django import forms
from django.db import transaction

from dpid.erreurs import VersionPerimee
from dpid.forms import ecart
from dpid.models import Journal
from dpid.montants import ZERO, MontantFormField, chaine, euros
from programmes.models import Dossier, Poste
from programmes.saisie import formset

Sens, Nature = Poste.Sens, Poste.Nature


class PosteForm(forms.Form):
    """A row; a subclass fixes its sense."""

    sens = Sens.CHARGE
    nature = forms.ChoiceField(label="Nature")
    libelle = forms.CharField(label="Libellé", max_length=150)
    montant = MontantFormField(label="Montant")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["nature"].choices = [(n.value, n.label) for n in Poste.NATURES[self.sens]]

    def has_changed(self):
        # The nature of an empty row is already chosen: it is not something typed.
        return bool(set(self.changed_data) - {"nature"})


class ChargeForm(PosteForm):
    libelle = forms.CharField(label="Poste de dépense", max_length=150)


class ProduitForm(PosteForm):
    sens = Sens.PRODUIT
    libelle = forms.CharField(label="Financeur", max_length=150)
    est_acquis = forms.BooleanField(label="Acquis", required=False)


# sense → (title, form, prefix)
LISTES = {
    Sens.CHARGE: ("Charges", ChargeForm, "charges"),
    Sens.PRODUIT: ("Produits et cofinanceurs", ProduitForm, "produits"),
}
CHAMPS = ("nature", "libelle", "montant", "est_acquis")


class SaisieBudget:
    """The two lists of one dossier, and the print of what they were opened on."""

    def __init__(self, dossier, donnees=None):
        self.dossier, self.ecarts = dossier, []
        stockes = lire(dossier)
        self.empreinte = donnees.get("empreinte", "") if donnees is not None else empreinte(stockes)
        self.listes = {
            # An empty row is always there: a row can be added without any script.
            sens: formset(classe, extra=1 if stockes[sens] else 4)(
                donnees, prefix=prefixe, initial=stockes[sens] if donnees is None else None
            )
            for sens, (_, classe, prefixe) in LISTES.items()
        }

    def is_valid(self) -> bool:
        return all([liste.is_valid() for liste in self.listes.values()])

    def saisi(self) -> dict[str, list[dict]]:
        """{sense: rows}, in the order typed."""
        return {
            sens: [{c: r[c] for c in CHAMPS if c in r} for r in liste.retenus()]
            for sens, liste in self.listes.items()
        }  # fmt: skip

    def totaux(self) -> dict[str, Decimal]:
        """Charges, produits and their difference (euros), as typed when it can be read, else as stored."""
        if all(liste.is_bound and liste.is_valid() for liste in self.listes.values()):
            rangs = self.saisi()
        else:
            rangs = lire(self.dossier)
        sommes = {s: sum((r["montant"] for r in rangs[s]), ZERO) for s in (Sens.CHARGE, Sens.PRODUIT)}
        charges, produits = sommes[Sens.CHARGE], sommes[Sens.PRODUIT]
        return {"charges": charges, "produits": produits, "ecart": charges - produits}

    @transaction.atomic
    def enregistrer(self, *, par) -> bool:
        """Write what changed, with one journal row; False when nothing did. Raises VersionPerimee, ActeFige."""
        dossier = Dossier.verrouiller(self.dossier.pk)
        dossier._refuser_si_fige()
        stockes, saisi = lire(dossier), self.saisi()
        if stockes == saisi:  # a double click says what is already written: nobody contradicts anybody
            return False
        if self.empreinte != empreinte(stockes):
            raise VersionPerimee(f"Le budget du {dossier} a été modifié pendant votre saisie.")
        avant = self._total(stockes)
        dossier.postes.all().delete()
        Poste.objects.bulk_create(
            Poste(dossier=dossier, sens=sens, ordre=n, **rang)
            for sens, rangs in saisi.items()
            for n, rang in enumerate(rangs, start=1)
        )
        Journal.noter(
            dossier, "budgeter", "Modifier le budget prévisionnel", par=par, de=chaine(avant),
            vers=chaine(self._total(saisi)), donnees={s: [_phrase(r) for r in rangs] for s, rangs in saisi.items()},
        )  # fmt: skip
        return True

    @staticmethod
    def _total(rangs) -> Decimal:
        return sum((r["montant"] for r in rangs[Sens.CHARGE]), ZERO)

    def comparer(self) -> list:
        """What differs between what was typed and what is stored now; the next save is made on what is shown."""
        stockes, saisi = lire(self.dossier), self.saisi()
        self.empreinte = empreinte(stockes)
        self.ecarts = [
            ecart(titre, " ; ".join(map(_phrase, saisi[sens])), " ; ".join(map(_phrase, stockes[sens])))
            for sens, (titre, *_) in LISTES.items()
            if saisi[sens] != stockes[sens]
        ]
        return self.ecarts


def lire(dossier) -> dict[str, list[dict]]:
    """The stored rows, as a form shows and gives them back."""
    rangs: dict[str, list[dict]] = {Sens.CHARGE: [], Sens.PRODUIT: []}
    for p in Poste.objects.filter(dossier=dossier.pk):
        rang = {"nature": p.nature, "libelle": p.libelle, "montant": p.montant}
        rangs[p.sens].append(rang | ({"est_acquis": p.est_acquis} if p.sens == Sens.PRODUIT else {}))
    return rangs


def empreinte(rangs) -> str:
    """Short hash of the rows."""
    return hashlib.sha256(json.dumps(rangs, default=str, sort_keys=True).encode()).hexdigest()[:20]


def _phrase(rang: dict) -> str:
    acquis = " (acquis)" if rang.get("est_acquis") else ""
    return f"{rang['libelle']}, {Nature(rang['nature']).label.lower()} : {euros(rang['montant'], True)}{acquis}"
