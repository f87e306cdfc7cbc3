"""Scenarios in the admin: created, amounts edited in rows or in a list, put aside, adopted into a rapport by a verb."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html

from budget.models import AutorisationEngagement
from deliberations.arbitrage.forms import MotifScenarioForm, RetenirForm
from deliberations.arbitrage.lecture import ARBITRES, Lecture
from deliberations.arbitrage.retenue import empreinte_de, prevoir
from deliberations.models import MontantDeScenario, Scenario
from deliberations.resources import MontantDeScenarioResource
from dpid.acteur import acteur_courant
from dpid.admin_actes import ActeDAdmin, AvecActes
from dpid.admin_base import VERSION, AdminBase, EnLigne, FormulaireDAdmin, choix_lus, montant
from dpid.admin_echanges import Exportable
from dpid.gestes import deja_cree
from dpid.models import Journal
from dpid.montants import chaine, euros, somme
from programmes.admin.lignes import MontantDeListe
from programmes.models import Dossier, LigneDossier

# Above this number of rows the amounts have their own list.
RANGS_D_UN_COUP = 150
Etat = Scenario.Etat


# --- Acts


def _en_chiffres(scenario) -> str:
    prevu = prevoir(Lecture(scenario, acteur_courant()))
    return prevu.phrase


def _retenir_form(data, scenario):
    agent = acteur_courant()
    depart = {"titre": str(scenario.appel), "empreinte": empreinte_de(Lecture(scenario, agent))}
    return RetenirForm(data, initial=depart, agent=agent)


def _retenir(scenario, agent, form):
    rapport = scenario.retenir(par=agent, **form.cleaned_data)
    return f"Scénario retenu : ses lignes sont inscrites au rapport {rapport}."


class CopieForm(forms.Form):
    nom = forms.CharField(label="Nom de la copie", max_length=80)

    def __init__(self, *args, appel=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.appel = appel

    def clean_nom(self):
        nom = self.cleaned_data["nom"]
        if Scenario.objects.filter(appel=self.appel, nom=nom).exists():
            raise ValidationError("Un scénario de cet appel porte déjà ce nom.")
        return nom


def _copier(scenario, agent, form):
    copie = Scenario.ouvrir(appel=scenario.appel, nom=form.cleaned_data["nom"], par=agent, copie_de=scenario)
    return f"Le scénario « {copie.nom} » est créé."


ACTES = (
    ActeDAdmin(
        "retenir", "Retenir dans un rapport", lambda s, agent: s.etat == Etat.OUVERT, _retenir, form=_retenir_form,
        consequence=_en_chiffres, permission="deliberations.arbitrer",
    ),
    ActeDAdmin(
        "copier", "Copier", lambda s, agent: True, _copier, permission="deliberations.arbitrer",
        form=lambda data, s: CopieForm(data, appel=s.appel, initial={"nom": f"{s.nom} (copie)"[:80]}),
    ),
    ActeDAdmin(
        "ecarter", "Écarter", lambda s, agent: s.etat == Etat.OUVERT,
        lambda s, agent, form: s.ecarter(par=agent, motif=form.cleaned_data["motif"]) and None,
        form=lambda data, s: MotifScenarioForm(data), permission="deliberations.arbitrer", en_lot=True,
        consequence=lambda s: "Ses montants sont écrits tels qu’ils sont aujourd’hui ; il ne se modifie plus.",
        succes="Le scénario est écarté : il reste lisible et se copie.",
    ),
    ActeDAdmin(
        "rouvrir", "Rouvrir", lambda s, agent: s.etat == Etat.ECARTE,
        lambda s, agent, form: s.rouvrir(par=agent, motif=form.cleaned_data["motif"]) and None,
        form=lambda data, s: MotifScenarioForm(data), permission="deliberations.arbitrer", en_lot=True,
        consequence=lambda s: "Il redevient modifiable, avec les montants qu’il avait.",
        succes="Le scénario est rouvert.",
    ),
)  # fmt: skip


# --- Pages


def lignes_arbitrables(agent, appel_id=None):
    """Lines that may receive an amount, among those that the agent sees."""
    lignes = LigneDossier.objects.filter(
        dossier__in=Dossier.objects.visibles_par(agent).order_by().values("pk"), dossier__etat__in=ARBITRES
    )
    return lignes.filter(dossier__dispositif__thematique__appel=appel_id) if appel_id else lignes


class MontantForm(FormulaireDAdmin):
    def clean(self):
        donnees = super().clean()
        if donnees.get("motif_zero") and donnees.get("montant"):
            self.add_error("motif_zero", "Un motif ne va qu’avec une ligne à 0 €.")
        return donnees


def _libelle(ligne) -> str:
    return f"{ligne.dossier.dispositif.reference} {ligne.dossier.structure} (dossier {ligne.dossier_id})"


class MontantEnLigne(EnLigne):
    model = MontantDeScenario
    form = MontantForm
    fields = ["ligne", "montant", "motif_zero", "autorisation", "commentaire"]

    def get_queryset(self, request):
        vus = Dossier.objects.visibles_par(request.user).order_by().values("pk")
        return super().get_queryset(request).filter(ligne__dossier__in=vus)

    def get_formset(self, request, obj=None, **kwargs):
        self.scenario = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "ligne" and self.scenario is not None:
            lignes = lignes_arbitrables(request.user, self.scenario.appel_id) | LigneDossier.objects.filter(
                pk__in=MontantDeScenario.objects.filter(scenario=self.scenario).values("ligne"),
                dossier__in=Dossier.objects.visibles_par(request.user).order_by().values("pk"),
            )
            lues = lignes.select_related("dossier__structure", "dossier__dispositif").order_by("dossier", "ordre")
            return choix_lus(champ, list(lues.distinct()), _libelle)
        if db_field.name == "autorisation" and self.scenario is not None:
            ouvertes = AutorisationEngagement.objects.de_l_exercice(self.scenario.appel.annee).avec_ligne()
            return choix_lus(champ, ouvertes, lambda ae: f"{ae.ligne.code} {ae.intitule}")
        return champ


class NouveauForm(FormulaireDAdmin):
    def clean(self):
        donnees = super().clean()
        if self.requete and not self.instance.pk and self.requete.method == "POST":
            if deja_cree(Scenario, self.requete.user, donnees.get(VERSION) or ""):
                raise ValidationError("Ce scénario vient d’être créé : il ne l’a été qu’une fois.")
        return donnees


TOTAL = montant("total", "total écrit")


@admin.register(Scenario)
class ScenarioAdmin(AvecActes, AdminBase):
    form = NouveauForm
    jeton_a_la_creation = True
    actes_de_procedure = ACTES
    list_display = ["nom", "appel", "etat", "rapport", "nb_montants", TOTAL, "cree_par", "cree_le"]
    list_filter = ["etat", "appel"]
    search_fields = ["nom", "note"]
    readonly_fields = ["etat", "rapport", "copie_de", "cree_par", "cree_le", "montants_en_liste"]
    inlines = [MontantEnLigne]
    fieldsets = [
        (None, {"fields": ["appel", "nom", "note"]}),
        ("État", {"fields": ["etat", "rapport", "copie_de", "cree_par", "cree_le", "montants_en_liste"]}),
    ]

    def get_queryset(self, request):
        # As on the pages of the arbitrage: what others hold counts in no total.
        dossiers = Dossier.objects.visibles_par(request.user).order_by().values("pk")
        siens = Q(montants__ligne__dossier__in=dossiers)
        vus = super().get_queryset(request)
        vus = vus.annotate(nb=Count("montants", filter=siens), total=somme("montants__montant", filter=siens))
        return vus.select_related("appel", "rapport__seance__instance", "cree_par", "copie_de")

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(["appel"] if obj else [])]

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["appel", "nom", "note", VERSION]})]
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request, obj):
        return self.inlines if obj and obj.montants.count() <= RANGS_D_UN_COUP else []

    def save_model(self, request, obj, form, change):
        avant = "" if not change else Scenario.objects.values_list("nom", flat=True).get(pk=obj.pk)
        if not change:
            obj.cree_par = request.user
        if not change or form.changed_data:
            super().save_model(request, obj, form, change)
        if not change:
            donnees = {"jeton": form.cleaned_data[VERSION]}
            Journal.noter(obj, "creer", "Créer le scénario", par=request.user, vers=obj.etat, donnees=donnees)
        elif set(form.changed_data) & {"nom", "note"}:
            Journal.noter(obj, "modifier", "Modifier le scénario", par=request.user, de=avant[:60], vers=obj.nom[:60])

    def save_formset(self, request, form, formset, change):
        """Amounts saved row by row, one journal row for all of them."""
        anciens = dict(MontantDeScenario.objects.filter(scenario=form.instance).values_list("ligne", "montant"))
        super().save_formset(request, form, formset, change)
        ecrits = dict(MontantDeScenario.objects.filter(scenario=form.instance).values_list("ligne", "montant"))
        changements = [
            {"ligne": pk, "de": _texte(anciens.get(pk)), "vers": _texte(ecrits.get(pk))}
            for pk in sorted(anciens.keys() | ecrits.keys())
            if anciens.get(pk) != ecrits.get(pk)
        ]
        if changements:
            form.instance.noter_montants(changements, par=request.user)

    def delete_model(self, request, obj):
        Journal.noter(obj, "supprimer", "Supprimer le scénario", par=request.user)
        super().delete_model(request, obj)

    @admin.display(description="montants modifiés", ordering="nb")
    def nb_montants(self, scenario):
        return scenario.nb

    @admin.display(description="montants")
    def montants_en_liste(self, scenario):
        liste = reverse("admin:deliberations_montantdescenario_changelist")
        return format_html('<a href="{}?scenario__id__exact={}">Tous les montants, en liste</a>', liste, scenario.pk)


def _texte(valeur) -> str:
    return "" if valeur is None else chaine(valeur)


class MontantDeListeForm(forms.ModelForm):
    """One cell of the list. Frozen or stale: refused in the cell, with what is stored now."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return  # the empty form that Django builds for its scripts
        libelle = f"Montant, {_libelle(self.instance.ligne)}"
        champ = self.fields["montant"]
        champ.widget = MontantDeListe({"inputmode": "decimal", "class": "montant-admin", "aria-label": libelle})
        if self.instance.scenario.est_fige:
            champ.widget.attrs["readonly"] = True
        champ.widget.version = self.data.get(self._nom_lu()) or chaine(self.instance.montant)

    def _nom_lu(self) -> str:
        return f"{self.add_prefix('montant')}-version"

    def clean_montant(self):
        saisi = self.cleaned_data["montant"]
        actuel = MontantDeScenario.objects.select_for_update().get(pk=self.instance.pk)
        if "montant" not in self.changed_data or saisi == actuel.montant:
            return saisi
        if self.instance.scenario.est_fige:
            raise ValidationError(self.instance.scenario.raison_du_gel())
        if self.data.get(self._nom_lu()) != chaine(actuel.montant):
            self.data = self.data.copy()
            self.data[self._nom_lu()] = self.fields["montant"].widget.version = chaine(actuel.montant)
            raise ValidationError(
                f"Enregistré entre-temps : {euros(actuel.montant, True)}. Enregistrez de nouveau pour le remplacer."
            )
        return saisi


@admin.register(MontantDeScenario)
class MontantDeScenarioAdmin(Exportable, AdminBase):
    form = MontantForm
    resource_classes = [MontantDeScenarioResource]
    visible_par = ("ligne__dossier", Dossier)
    list_display = ["ligne_affichee", "scenario", "demande_en_euros", "montant", "motif_zero", "commentaire"]
    list_editable = ["montant"]
    list_filter = ["scenario", "scenario__appel", "ligne__dossier__dispositif"]
    search_fields = ["ligne__dossier__structure__raison_sociale", "ligne__dossier__structure__cle", "commentaire"]
    fields = ["scenario", "ligne", "montant", "motif_zero", "autorisation", "commentaire"]
    autocomplete_fields = ["ligne", "autorisation"]

    def get_queryset(self, request):
        vus = super().get_queryset(request).filter(scenario__in=Scenario.objects.visibles_par(request.user))
        return vus.select_related(
            "scenario__appel", "ligne__dossier__structure", "ligne__dossier__dispositif", "autorisation__ligne"
        )

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(["scenario", "ligne"] if obj else [])]

    def get_changelist_form(self, request, **kwargs):
        return MontantDeListeForm

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "scenario":
            ouverts = Scenario.objects.visibles_par(request.user).filter(etat=Etat.OUVERT)
            kwargs["queryset"] = ouverts.select_related("appel")
        elif db_field.name == "ligne":
            kwargs["queryset"] = lignes_arbitrables(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        avant = (
            MontantDeScenario.objects.filter(pk=obj.pk).values_list("montant", flat=True).first() if change else None
        )
        super().save_model(request, obj, form, change)
        if avant != obj.montant:
            changement = {"ligne": obj.ligne_id, "de": _texte(avant), "vers": chaine(obj.montant)}
            obj.scenario.noter_montants([changement], par=request.user)

    def delete_model(self, request, obj):
        changement = {"ligne": obj.ligne_id, "de": chaine(obj.montant), "vers": ""}
        obj.scenario.noter_montants([changement], par=request.user)
        super().delete_model(request, obj)

    @admin.display(description="ligne", ordering="ligne__dossier__structure__cle")
    def ligne_affichee(self, ecrit):
        return _libelle(ecrit.ligne)

    @admin.display(description="demandé", ordering="ligne__demande")
    def demande_en_euros(self, ecrit):
        return euros(ecrit.ligne.demande, True)
