"""Forms of the instruction: what an act asks, an avis, a verdict, a remark, the notes, a letter."""

import json

from django import forms
from django.utils import timezone

from dpid import conciliation
from dpid.calendrier import ajouter_jours_ouvres
from dpid.forms import AvecVersionForm, ChampCache
from dpid.models import Service, Territoire
from dpid.montants import MontantFormField
from programmes.forms import JourInput
from programmes.instruction.completude import manquantes
from programmes.models import Avis, AvisInstance, Courrier, Critere, NoteCritere, Remarque
from programmes.models.instruction import Sens

CONSERVE = "Conservé dans l’historique du dossier."
# What a remark may be anchored to: sections of the page, then fields of the request.
ANCRES = [
    ("", "L’ensemble du dossier"), ("demande", "Demande"), ("structure", "Structure"),
    ("intitule", "Intitulé de l’action"), ("lignes", "Lignes et montants"), ("quantites", "Quantités"),
    ("periode", "Période"), ("budget", "Budget prévisionnel"), ("pieces", "Pièces"), ("avis", "Avis"),
    ("criteres", "Critères"), ("acte", "Acte"),
]  # fmt: skip


def _texte(label, rows=3, **options):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=20_000, **options)


class ActeForm(forms.Form):
    """An act that asks nothing but its confirmation. `options(dossier)` is what its verb receives."""

    def options(self, dossier) -> dict:
        return {c: v for c, v in self.cleaned_data.items() if v}


class MotifForm(ActeForm):
    motif = _texte("Motif", help_text=CONSERVE)


class MotifFacultatifForm(ActeForm):
    motif = _texte("Motif", required=False, help_text=CONSERVE)


class DemandeAvisForm(ActeForm):
    """Whom, what, until when. For a selection of dossiers, an empty list of territoires means those of each one."""

    territoires = forms.ModelMultipleChoiceField(
        Territoire.objects.all(), label="Territoires", required=False, widget=forms.CheckboxSelectMultiple
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.all(), label="Services", required=False, widget=forms.CheckboxSelectMultiple
    )
    question = _texte("Question", required=False, help_text="Vide : avis général sur la demande.")
    echeance_le = forms.DateField(label="À rendre avant le", required=False, widget=JourInput())

    def __init__(self, *args, dossier=None, **kwargs):
        super().__init__(*args, **kwargs)
        echeance = self.fields["echeance_le"]
        if dossier is None:
            self.fields["territoires"].help_text = "Vide, comme les services : les territoires de chaque dossier."
            echeance.help_text = "Vide : le délai du dispositif de chaque dossier."
            return
        delai = dossier.dispositif.delai_avis
        echeance.initial = ajouter_jours_ouvres(timezone.localdate(), delai)
        echeance.help_text = f"{delai} jours ouvrés : le délai du dispositif."
        local = dossier.dispositif.get_service_local_display()
        self.fields["territoires"].help_text = f"Cochés : ceux des lignes{f', auprès du {local}' if local else ''}."
        self.fields["territoires"].initial = [t.pk for t in territoires_de(dossier)]

    def options(self, dossier):
        choix = super().options(dossier)
        if not choix.get("territoires") and not choix.get("services"):
            choix["territoires"] = [] if self.initial.get("est_seul") else territoires_de(dossier)
        return choix


def territoires_de(dossier) -> list[Territoire]:
    """Territoires of the lines that do not already owe an avis."""
    deja = Avis.objects.filter(dossier=dossier).attendus().exclude(territoire=None).values("territoire")
    lieux = Territoire.objects.filter(pk__in=dossier.lignes.order_by().values("territoires"))
    return list(lieux.exclude(pk__in=deja))


def formulaire(verbe, donnees, dossier=None) -> ActeForm:
    """What an act asks of one dossier, or of a selection when `dossier` is None."""
    if verbe.nom == "demander_avis":
        return DemandeAvisForm(donnees, dossier=dossier, initial={"est_seul": dossier is not None})
    if verbe.nom == "declarer_incomplet":
        absentes = manquantes(dossier) if dossier else []
        return MotifForm(donnees, initial={"motif": "\n".join(f"- {e.phrase()}" for e in absentes)})
    if verbe.motif:
        return MotifForm(donnees)
    if verbe.motif_facultatif:
        form = MotifFacultatifForm(donnees)
        form.fields["motif"].label = verbe.motif_facultatif
        return form
    return ActeForm(donnees)


class AvisForm(forms.Form):
    """An avis: a reserved or an unfavourable one says why."""

    sens = forms.ChoiceField(label="Sens", choices=Sens.choices, widget=forms.RadioSelect)
    texte = _texte("Avis motivé", 5, required=False, help_text="Obligatoire pour un avis réservé ou défavorable.")
    montant = MontantFormField(label="Montant suggéré", required=False)
    quantite = forms.DecimalField(
        label="Quantité suggérée", required=False, max_digits=12, decimal_places=2, min_value=0, localize=True
    )

    def clean(self):
        donnees = super().clean()
        if donnees.get("sens") not in (None, Sens.FAVORABLE) and not donnees.get("texte"):
            self.add_error("texte", "Un avis réservé ou défavorable se motive.")
        return donnees


class RelanceForm(forms.Form):
    echeance_le = forms.DateField(
        label="Nouvelle échéance", required=False, widget=JourInput(), help_text="Vide : l’échéance ne change pas."
    )

    def clean_echeance_le(self):
        jour = self.cleaned_data["echeance_le"]
        if jour and jour < timezone.localdate():
            raise forms.ValidationError("L’échéance d’un avis n’est pas dans le passé.")
        return jour


class AvisInstanceForm(forms.ModelForm):
    class Meta:
        model = AvisInstance
        fields = ["instance", "rendu_le", "sens", "montant", "texte"]
        widgets = {"rendu_le": JourInput(), "texte": forms.Textarea(attrs={"rows": 3})}


class RemarqueForm(forms.Form):
    champ = forms.ChoiceField(label="Porte sur", choices=ANCRES, required=False)
    texte = _texte("Remarque")
    est_pour_structure = forms.BooleanField(
        label="À demander à la structure", required=False,
        help_text=Remarque._meta.get_field("est_pour_structure").help_text,
    )  # fmt: skip


class ReponseForm(forms.Form):
    reponse = _texte("Réponse")


class NotesForm(forms.Form):
    """The whole grid: a note and its reason per criterion, or neither. Merged field by field like a form of a row."""

    ouverte_sur = ChampCache(required=False)

    def __init__(self, donnees=None, *, dossier):
        self.dossier = dossier
        self.criteres = list(Critere.objects.filter(fiche__dispositif=dossier.dispositif_id))
        self.stockees = {n.critere_id: n for n in NoteCritere.objects.filter(dossier=dossier)}
        self.ecarts, self.repris = [], []
        super().__init__(donnees)
        for c in self.criteres:
            note, obligatoire = self.stockees.get(c.pk), " (exigé pour proposer)" if c.est_obligatoire else ""
            self.fields[f"note_{c.pk}"] = forms.IntegerField(
                label=f"{c} : note sur {c.note_max}{obligatoire}", required=False, min_value=0, max_value=c.note_max,
                initial=note.note if note else None,
            )  # fmt: skip
            self.fields[f"motif_{c.pk}"] = forms.CharField(
                label=f"{c} : motif", required=False, widget=forms.Textarea(attrs={"rows": 2}),
                initial=note.motif if note else "",
            )  # fmt: skip
        self.fields["ouverte_sur"].initial = json.dumps(conciliation.stockes(self))
        if self.is_bound:
            self.data, self.ecarts = conciliation.appliquer_choix(self.data, self.fields)

    def clean(self):
        donnees = super().clean()
        for c in self.criteres:
            note, motif = donnees.get(f"note_{c.pk}"), donnees.get(f"motif_{c.pk}")
            if note is not None and not motif:
                self.add_error(f"motif_{c.pk}", "Une note se motive.")
            elif note is None and motif and f"note_{c.pk}" not in self.errors:
                self.add_error(f"note_{c.pk}", "Donnez la note que ce motif explique.")
        for e in self.ecarts:
            if not e.choix:
                self.add_error(None, f"Deux personnes ont modifié « {e.libelle} » : dites quelle valeur garder.")
        return donnees

    def est_perimee(self) -> bool:
        """Somebody wrote a note since the form was opened."""
        ouverts = conciliation.lire_ouverture(self.data.get("ouverte_sur"))
        return any(ouverts.get(nom, "") != texte for nom, texte in conciliation.stockes(self).items())

    def comparer(self, actuel) -> list:
        """`actuel`: the same form, not typed, on the notes as they are now."""
        ouverts = conciliation.lire_ouverture(self.data.get("ouverte_sur"))
        self.stockees, stockes = actuel.stockees, conciliation.stockes(actuel)
        self.data, self.ecarts, self.repris = self.data.copy(), [], []
        for nom, leur in stockes.items():
            champ, mien, ouvert = self.fields[nom], conciliation.saisi(self, nom), ouverts.get(nom, "")
            if mien == leur or leur == ouvert:
                continue
            if mien == ouvert:
                self.data[nom] = leur
                self.repris.append(str(champ.label))
                continue
            critere = int(nom.partition("_")[2])
            auteur = conciliation.auteur(self.stockees[critere], nom.partition("_")[0]) if leur else ""
            lus = {"saisi": mien or "vide", "actuel": leur or "vide", "ouvert": ouvert or "vide"}
            self.ecarts.append(conciliation.Ecart(str(champ.label), nom=nom, auteur=auteur, leur=leur, **lus))
        self.data["ouverte_sur"] = json.dumps(stockes)
        return self.ecarts

    def adopter(self, actuel) -> bool:
        self._errors = None
        return self.is_valid()

    def lignes(self) -> list[dict]:
        """The grid as the template reads it."""
        return [{"critere": c, "note": self[f"note_{c.pk}"], "motif": self[f"motif_{c.pk}"]} for c in self.criteres]


class CourrierForm(AvecVersionForm):
    class Meta:
        model = Courrier
        fields = ["destinataire", "objet", "corps"]
        widgets = {"corps": forms.Textarea(attrs={"rows": 20})}


class NouveauCourrierForm(forms.Form):
    nature = forms.ChoiceField(
        label="Nature", choices=[c for c in Courrier.Nature.choices if c[0] not in Courrier.PREPARES]
    )


class EnvoiForm(forms.Form):
    le = forms.DateField(label="Envoyé le", widget=JourInput(), initial=timezone.localdate)


def libelle_ancre(remarque: Remarque) -> str:
    return dict(ANCRES).get(remarque.champ, remarque.champ) or ANCRES[0][1]


def demande_a_la_structure(remarque: Remarque) -> str:
    """The remark as a line of a message: what it is about, then its text on one line, without its final point."""
    texte = " ".join(remarque.texte.split()).removesuffix(".")
    return f"{libelle_ancre(remarque)} : {texte}" if remarque.champ else texte
