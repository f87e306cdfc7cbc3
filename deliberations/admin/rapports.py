"""Séances and rapports: the header is edited, the outline has its own pages, visas and vote are acts."""

import hashlib

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count

from deliberations import envoi
from deliberations import imputations as table
from deliberations.admin import gestes
from deliberations.admin.redaction import (
    AnnexeEnLigne,
    AvisEnLigne,
    EditionEnLigne,
    RecetteEnLigne,
    VisaJuridiqueEnLigne,
)
from deliberations.forms import AdoptionForm, RejetForm, VisaForm
from deliberations.models import Instance, Rapport, Seance, ThematiquePresentee, VisaRapport
from deliberations.redaction.annexes import creer_repartition
from deliberations.repartition import repartir_rapport
from deliberations.resources import RapportResource, SeanceResource
from deliberations.tasks import demander_adoption, demander_envoi, est_long
from deliberations.visas import peut_viser
from dpid.admin import Cases
from dpid.admin_actes import ActeDAdmin, AvecActes, MotifForm
from dpid.admin_base import VERSION, AdminBase, AvecHistorique, EnLigne, EnLigneLecture, FormulaireDAdmin, choix_lus
from dpid.admin_echanges import Exportable
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal
from dpid.montants import ZERO, euros
from programmes.models import Thematique

Etape = VisaRapport.Etape


@admin.register(Instance)
class InstanceAdmin(AdminBase):
    list_display = ["libelle", "code"]
    search_fields = ["libelle", "code"]


@admin.register(Seance)
class SeanceAdmin(AvecActes, Exportable, AvecHistorique, AdminBase):
    actes_de_procedure = gestes.DE_LA_SEANCE
    resource_classes = [SeanceResource]
    list_display = ["date", "instance", "president", "secretaire", "nb_rapports"]
    list_filter = ["instance", ("date", admin.DateFieldListFilter)]
    search_fields = ["instance__libelle", "president__mandats__nom", "date"]
    autocomplete_fields = ["president", "secretaire", "signataire"]

    def get_queryset(self, request):
        lues = super().get_queryset(request).select_related("instance", "signataire")
        lues = lues.prefetch_related("president__mandats__elu", "secretaire__mandats__elu")
        return lues.annotate(nb=Count("rapports"))

    @admin.display(description="rapports", ordering="nb")
    def nb_rapports(self, seance):
        return seance.nb


# --- Acts


def _empreinte(imputations) -> str:
    """Print of the amounts shown: a visa is given on these figures, not on others."""
    texte = "|".join(f"{i.autorisation.pk}:{i.proposition}" for i in imputations)
    return hashlib.sha256(texte.encode()).hexdigest()[:20]


def _en_chiffres(rapport) -> str:
    """« 156 236,00 € sur C02-446A05 (il restera 726 415,77 €) », then the total."""
    lignes = table.imputations(rapport)
    if not lignes:
        return "Aucun crédit départemental n’est engagé par ce rapport."
    details = " ; ".join(
        f"{euros(i.proposition, True)} sur {i.code} (il restera {euros(i.solde, True)})" for i in lignes
    )
    return f"{details}. Total : {euros(sum((i.proposition for i in lignes), ZERO), True)}."


def _visa_form(data, rapport):
    imputations = table.imputations(rapport)
    attendue = rapport.etape_attendue()
    return VisaForm(
        data,
        imputations=imputations if attendue == Etape.FINANCES else (),
        initial={"etape": attendue, "empreinte": _empreinte(imputations)},
    )


def _peut_viser(rapport, agent) -> bool:
    attendue = rapport.etape_attendue() if rapport.est_ouvert else None
    return attendue is not None and peut_viser(agent, attendue)


def _viser(rapport, agent, form):
    donnees = form.cleaned_data
    actuelle = _empreinte(table.imputations(rapport))
    if donnees["empreinte"] != actuelle:
        form.data = form.data | {"empreinte": actuelle}
        raise ActeRefuse("Les montants ont changé depuis l’ouverture de cette page : vérifiez-les, puis visez.")
    rapport.viser(par=agent, etape=donnees["etape"], constats=form.constats(), commentaire=donnees["commentaire"])
    return f"Visa « {Etape(donnees['etape']).label} » donné."


def _annuler(rapport, agent, form):
    if not rapport.visas_actifs().exists():
        raise ActeRefuse("Aucun visa n’est à annuler.")
    rapport.annuler_visas(motif=form.cleaned_data["motif"], par=agent)


class NumeroForm(forms.Form):
    numero = forms.CharField(label="Numéro", max_length=10, help_text=Rapport._meta.get_field("numero").help_text)


def _numeroter(rapport, agent, form):
    if form.cleaned_data["numero"] == rapport.numero:
        raise ActeRefuse(f"Le rapport porte déjà le numéro {rapport.numero}.")
    rapport.numeroter(form.cleaned_data["numero"], par=agent)


def _adopter(rapport, agent, form):
    """Documents of a long rapport are made by the worker, as on the daily pages."""
    if est_long(rapport):
        demander_adoption(rapport, par=agent, **form.cleaned_data)
        return "L’adoption est en cours : suivez-la dans « Documents en cours »."
    rapport.adopter(par=agent, **form.cleaned_data)
    return f"Délibération n°\u00a0{form.cleaned_data['numero']} adoptée : crédits affectés, documents figés."


def _consequences(rapport, a) -> str:
    repartition = repartir_rapport(rapport, avec_zeros=True)
    imputations = table.imputations(rapport, repartition.par_ae())
    return " ".join(envoi.consequences(rapport, a, imputations, repartition))


def _envoyer(rapport, agent, a):
    """Documents of a long rapport are made by the worker, as on the daily pages."""
    if est_long(rapport):
        demander_envoi(rapport, a, par=agent)
        return "L’envoi est en cours : suivez-le dans « Documents en cours »."
    getattr(rapport, envoi.ETAPES[a][1])(par=agent)
    return f"Rapport {rapport.get_etat_display().lower()} : son contenu est figé."


ACTES = (
    ActeDAdmin(
        "viser", "Viser", _peut_viser, _viser, form=_visa_form, consequence=_en_chiffres,
        permission="deliberations.viser",
    ),
    ActeDAdmin(
        "numeroter", "Numéroter", lambda r, agent: r.peut_etre_numerote, _numeroter,
        form=lambda data, r: NumeroForm(data, initial={"numero": r.numero}),
        succes="Le rapport porte maintenant ce numéro.", permission="deliberations.numeroter",
    ),
    ActeDAdmin(
        "adopter", "Adopter", lambda r, agent: r.etat == Rapport.Etat.ENVOYE, _adopter,
        form=lambda data, r: AdoptionForm(data, initial={"le": r.seance.date}), consequence=_en_chiffres,
        permission="deliberations.adopter",
    ),
    ActeDAdmin(
        "envoyer_en_commission", "Envoyer en commission", lambda r, agent: r.etat == Rapport.Etat.VISE,
        lambda r, agent, form: _envoyer(r, agent, "commissions"), permission="deliberations.envoyer",
        consequence=lambda r: _consequences(r, "commissions"),
    ),
    ActeDAdmin(
        "envoyer_aux_elus", "Envoyer aux élus", lambda r, agent: r.etat == Rapport.Etat.EN_COMMISSION,
        lambda r, agent, form: _envoyer(r, agent, "elus"), permission="deliberations.envoyer",
        consequence=lambda r: _consequences(r, "elus"),
    ),
    ActeDAdmin(
        "preparer_modificatif", "Préparer un rapport modificatif", lambda r, agent: r.etat in Rapport.ENVOYES,
        lambda r, agent, form: r.preparer_modificatif(par=agent, motif=form.cleaned_data["motif"]),
        form=lambda data, r: MotifForm(data), permission="deliberations.envoyer", est_dangereux=True,
        consequence=lambda r: "Les visas sont annulés et les crédits réservés par ce rapport sont libérés.",
        succes="Le rapport est rouvert : la prochaine édition nommera ses différences.",
    ),
    ActeDAdmin(
        "annuler_visas", "Annuler les visas", lambda r, agent: r.est_ouvert and r.visas_actifs().exists(), _annuler,
        form=lambda data, r: MotifForm(data), permission="deliberations.preparer", est_dangereux=True,
        consequence=lambda r: "Les visas donnés sont annulés et les crédits réservés par ce rapport sont libérés.",
        succes="Les visas sont annulés et les crédits libérés.",
    ),
    ActeDAdmin(
        "rejeter", "Rejeter", lambda r, agent: r.peut_etre_rejete,
        lambda r, agent, form: r.rejeter(par=agent, **form.cleaned_data),
        form=lambda data, r: RejetForm(data, initial={"le": r.seance.date}), permission="deliberations.adopter",
        est_dangereux=True,
        consequence=lambda r: "Les crédits réservés sont libérés et les dossiers reviennent à l’instruction.",
        succes="Rapport rejeté : crédits libérés, dossiers rendus à l’instruction.",
    ),
)  # fmt: skip


# --- Pages


class ThematiqueEnLigne(EnLigne):
    model = ThematiquePresentee
    fields = ["thematique", "numero", "titre", "ordre"]
    show_change_link = True

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        champ = super().formfield_for_foreignkey(db_field, request, **kwargs)
        toutes = Thematique.objects.select_related("appel").order_by("-appel__annee", "numero")
        return choix_lus(champ, toutes, lambda t: f"{t.appel.annee} – {t}")


class VisaEnLigne(EnLigneLecture):
    model = VisaRapport
    show_change_link = False
    fields = readonly_fields = ["etape", "par", "le", "commentaire", "annule_le", "motif_annulation"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("par")


class RapportForm(FormulaireDAdmin):
    def clean(self):
        donnees = super().clean()
        if self.requete and not self.instance.pk and self.requete.method == "POST":
            deja = deja_cree(Rapport, self.requete.user, donnees.get(VERSION) or "")
            if deja:
                raise ValidationError("Ce rapport vient d’être ouvert : il n’a été créé qu’une fois.")
        return donnees


@admin.register(Rapport)
class RapportAdmin(AvecActes, Exportable, AvecHistorique, AdminBase):
    form = RapportForm
    jeton_a_la_creation = True
    actes_de_procedure = (*ACTES, *gestes.DU_RAPPORT)
    resource_classes = [RapportResource]
    list_display = ["reference_affichee", "titre", "seance", "etat", "service"]
    list_display_links = ["reference_affichee", "titre"]
    list_filter = ["etat", "seance__instance", "service", ("seance__date", admin.DateFieldListFilter)]
    search_fields = ["numero", "titre", "deliberation__numero"]
    autocomplete_fields = ["seance"]
    # Number, state and author are written by the verbs; the séance decides of the budget year, once.
    readonly_fields = ["numero", "etat", "prochaine_action", "cree_par", "cree_le"]
    inlines = [
        ThematiqueEnLigne, AnnexeEnLigne, RecetteEnLigne, VisaJuridiqueEnLigne, VisaEnLigne, AvisEnLigne,
        EditionEnLigne,
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["seance", "titre", "service"]}),
        ("État", {"fields": ["numero", "etat", "prochaine_action", "cree_par", "cree_le"]}),
        ("Textes", {"fields": ["introduction", "remplace"]}),
        ("Portée", {"fields": ["territoires", "cantons", "epci"]}),
        ("Annexe", {"fields": ["imprime_lignes_zero"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("seance__instance", "service", "cree_par")

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(["seance"] if obj else [])]

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ["seance", "titre", "service", VERSION]})]
        return super().get_fieldsets(request, obj)

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, widget=Cases(), **kwargs)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.cree_par = request.user
            obj.numero = Rapport.numero_provisoire(obj.seance)
        super().save_model(request, obj, form, change)
        if not change:
            creer_repartition(obj)
            donnees = {"jeton": form.cleaned_data[VERSION]}
            # « creer » is the verb under which `deja_cree` looks for a form sent twice.
            Journal.noter(obj, "creer", "Ouvrir le rapport", par=request.user, vers=obj.etat, donnees=donnees)

    @admin.display(description="référence", ordering="numero")
    def reference_affichee(self, rapport):
        return rapport.reference

    @admin.display(description="à faire")
    def prochaine_action(self, rapport):
        return rapport.prochaine_action
