"""Models of acts and conventions in the admin: a second door to the same verbs."""

from django import forms
from django.contrib import admin

from conventions import documents
from conventions.models import (
    Acte,
    BlocDeModele,
    Convention,
    Echeance,
    FicheAction,
    Modele,
    Modification,
    Partie,
    TraitementDeDonnees,
    Versement,
    VersionDeModele,
)
from conventions.vie import echeances
from dpid.admin_actes import ActeDAdmin, AvecActes, MotifForm
from dpid.admin_base import AdminBase, AvecHistorique, EnLigne, EnLigneLecture, LectureSeule, montant
from programmes.forms import JourInput

EtatDActe, EtatDeVersion, EtatDeConvention = Acte.Etat, VersionDeModele.Etat, Convention.Etat


class MotifFacultatifForm(forms.Form):
    motif = forms.CharField(
        label="Motif", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Pour passer outre ce qui retient l’acte : vote pas encore exécutoire, condition suspensive…",
    )  # fmt: skip


class FinForm(MotifForm):
    le = forms.DateField(label="Le", widget=JourInput())


# --- Models


class VersionEnLigne(EnLigneLecture):
    model = VersionDeModele
    fields = readonly_fields = ["rang", "etat", "publiee_le"]


@admin.register(Modele)
class ModeleAdmin(AvecActes, AvecHistorique, AdminBase):
    list_display = ["titre", "nature", "est_actif"]
    list_filter = ["nature", "est_actif"]
    search_fields = ["titre", "code"]
    autocomplete_fields = ["dispositifs"]
    inlines = [VersionEnLigne]
    actes_de_procedure = (
        ActeDAdmin(
            "nouvelle-version", "Ouvrir une version", lambda m, agent: True,
            lambda m, agent, form: f"La version {m.nouvelle_version(par=agent).rang} est ouverte.",
            permission="conventions.change_modele",
        ),
    )  # fmt: skip


class BlocEnLigne(EnLigne):
    model = BlocDeModele
    fields = [
        "ordre", "nature", "cle", "titre", "texte", "contenu", "rangee", "condition", "operation", "cible", "numero",
        "alinea", "numero_donne", "avec_fiche", "note",
    ]  # fmt: skip


@admin.register(VersionDeModele)
class VersionAdmin(AvecActes, AvecHistorique, AdminBase):
    list_display = ["__str__", "etat", "publiee_le", "publiee_par"]
    list_filter = ["etat", "modele__nature"]
    list_select_related = ["modele", "publiee_par"]
    search_fields = ["modele__titre"]
    readonly_fields = ["modele", "rang", "etat", "publiee_le", "publiee_par", "cree_par"]
    autocomplete_fields = ["adoptee_par"]
    inlines = [BlocEnLigne]
    actes_de_procedure = (
        ActeDAdmin(
            "publier", "Publier", lambda v, agent: v.etat == EtatDeVersion.BROUILLON,
            lambda v, agent, form: v.publier(par=agent) and None, permission="conventions.publier_modele",
        ),
        ActeDAdmin(
            "retirer", "Retirer", lambda v, agent: v.etat == EtatDeVersion.PUBLIEE,
            lambda v, agent, form: v.retirer(par=agent, motif=form.cleaned_data["motif"]) and None,
            form=lambda data, v: MotifForm(data), permission="conventions.publier_modele", est_dangereux=True,
        ),
    )  # fmt: skip

    def has_add_permission(self, request):
        return False  # a version is opened from its model, as a copy of the one before


@admin.register(TraitementDeDonnees)
class TraitementAdmin(AvecHistorique, AdminBase):
    list_display = ["dispositif", "objet", "duree"]
    list_select_related = ["dispositif__thematique__appel"]
    search_fields = ["dispositif__titre", "dispositif__reference"]
    autocomplete_fields = ["dispositif"]


# --- Conventions


class ActeEnLigne(EnLigneLecture):
    model = Acte
    fields = readonly_fields = ["rang", "etat", "signe_le", "notifie_le"]


@admin.register(Convention)
class ConventionAdmin(AvecActes, AvecHistorique, AdminBase):
    list_display = ["__str__", "structure", "objet", "etat"]
    list_filter = ["etat", "est_reprise"]
    list_select_related = ["structure"]
    search_fields = ["numero", "objet", "structure__raison_sociale"]
    readonly_fields = ["numero", "structure", "etat", "est_reprise", "terminee_le", "motif_fin"]
    inlines = [ActeEnLigne]
    actes_de_procedure = (
        ActeDAdmin(
            "resilier", "Résilier", lambda c, agent: c.etat == EtatDeConvention.EN_COURS,
            lambda c, agent, form: c.resilier(par=agent, **form.cleaned_data) and None,
            form=lambda data, c: FinForm(data), permission="conventions.signer", est_dangereux=True,
        ),
        ActeDAdmin(
            "denoncer", "Enregistrer la dénonciation", lambda c, agent: c.etat == EtatDeConvention.EN_COURS,
            lambda c, agent, form: c.denoncer(par=agent, **form.cleaned_data) and None,
            form=lambda data, c: FinForm(data), permission="conventions.signer", est_dangereux=True,
        ),
    )  # fmt: skip

    def has_add_permission(self, request):
        return False  # born from the generation of the acts, or taken over on its own page


class PartieEnLigne(EnLigne):
    model = Partie
    autocomplete_fields = ["structure", "representant"]


class FicheEnLigne(EnLigneLecture):
    model = FicheAction
    fields = ["ordre", "dispositif", "titre"]
    show_change_link = False


class VersementEnLigne(EnLigne):
    model = Versement
    fields = [
        "ordre", "type", "pourcentage", "montant", "declencheur", "condition", "exercice_ae", "exercice_cp", "prevu_le",
        "est_verse",
    ]  # fmt: skip


class ModificationEnLigne(EnLigne):
    model = Modification
    fields = ["ordre", "operation", "cible", "numero", "alinea", "numero_donne", "titre", "texte"]


def _remettre(acte, agent, form):
    acte.remettre(par=agent, motif=form.cleaned_data["motif"], edition=documents.rendre_acte(acte))


def _verbe(nom: str, titre: str, etat, methode: str, **options) -> ActeDAdmin:
    def accomplir(acte, agent, form):
        getattr(acte, methode)(par=agent, motif=form.cleaned_data.get("motif", ""))

    options = {"permission": "conventions.signer", "en_lot": True, **options}
    return ActeDAdmin(nom, titre, lambda a, agent: a.etat == etat, options.pop("accomplir", accomplir), **options)


@admin.register(Acte)
class ActeAdmin(AvecActes, AvecHistorique, AdminBase):
    list_display = ["__str__", "structure", "etat", montant("montant", "montant"), "signe_le", "notifie_le"]
    list_filter = ["etat", ("signe_le", admin.DateFieldListFilter)]
    list_select_related = ["convention__structure"]
    search_fields = ["convention__numero", "convention__structure__raison_sociale"]
    readonly_fields = [
        "convention", "rang", "version_modele", "rapport", "etat", "montant_repris", "remis_le", "signe_structure_le",
        "signe_le", "notifie_le",
    ]  # fmt: skip
    autocomplete_fields = ["signataire"]
    inlines = [PartieEnLigne, FicheEnLigne, VersementEnLigne, ModificationEnLigne]
    actes_de_procedure = (
        _verbe("remettre", "Remettre à la signature", EtatDActe.PROJET, "remettre", accomplir=_remettre,
               form=lambda data, a: MotifFacultatifForm(data)),
        _verbe("signer-structure", "Enregistrer la signature de la structure", EtatDActe.A_SIGNER, "signer_structure",
               form=lambda data, a: MotifFacultatifForm(data)),
        _verbe("signer", "Signer au nom du Département", EtatDActe.SIGNE_STRUCTURE, "signer",
               form=lambda data, a: MotifFacultatifForm(data)),
        _verbe("notifier", "Notifier", EtatDActe.SIGNE, "notifier", form=lambda data, a: MotifFacultatifForm(data)),
        ActeDAdmin(
            "abandonner", "Abandonner", lambda a, agent: a.etat in Acte.EN_COURS,
            lambda a, agent, form: a.abandonner(par=agent, motif=form.cleaned_data["motif"]) and None,
            form=lambda data, a: MotifForm(data), permission="conventions.generer", est_dangereux=True,
        ),
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).avec_montant()

    @admin.display(description="structure", ordering="convention__structure__cle")
    def structure(self, acte):
        return acte.convention.structure


@admin.register(Echeance)
class EcheanceAdmin(AvecActes, LectureSeule):
    list_display = ["le", "nature", "libelle", "convention", "faite_le"]
    list_filter = ["nature", ("le", admin.DateFieldListFilter), ("faite_le", admin.EmptyFieldListFilter)]
    list_select_related = ["convention__structure", "acte__convention"]
    search_fields = ["libelle", "convention__numero", "convention__structure__raison_sociale"]
    visible_par = ("convention", Convention)
    actes_de_procedure = (
        ActeDAdmin(
            "constater", "Enregistrer comme fait", lambda e, agent: e.faite_le is None,
            lambda e, agent, form: echeances.constater(e, par=agent, le=form.cleaned_data["le"]) and None,
            form=lambda data, e: EcheanceForm(data), permission="conventions.change_echeance", en_lot=True,
        ),
    )  # fmt: skip


class EcheanceForm(forms.Form):
    le = forms.DateField(label="Reçu ou fait le", widget=JourInput())
