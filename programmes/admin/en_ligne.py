"""What the admin shows on the page of a dossier, and the acts around it that are not its verbs.

Avis, verdicts, remarks, notes and letters are written through the same doors as on the daily pages: shown here for
reading, they are made by the buttons.
"""

from django.contrib import admin
from django.utils.html import format_html

from dpid.admin_actes import ActeDAdmin
from dpid.admin_base import EnLigne, EnLigneLecture, montant
from programmes.instruction import actes, courriers
from programmes.instruction.forms import (
    AvisInstanceForm,
    NotesForm,
    NouveauCourrierForm,
    RemarqueForm,
    libelle_ancre,
)
from programmes.instruction.verbes import INSTRUIRE, peut_instruire, peut_modifier, peut_remarquer, raison_du_refus
from programmes.models import Avis, AvisInstance, Courrier, Dossier, LigneDossier, NoteCritere, Piece, Poste, Remarque


class LigneEnLigne(EnLigneLecture):
    """Amounts live on the lines: each has its own page, where everything that hangs on it is edited."""

    model = LigneDossier
    montants = [montant("demande", "demandé"), montant("propose", "proposé"), montant("retenu", triable=False)]
    fields = readonly_fields = ["ordre", "territoires_de_la_ligne", "description", *montants, "votee_le"]

    def get_queryset(self, request):
        return super().get_queryset(request).avec_retenu().prefetch_related("placements__territoire")

    @admin.display(description="territoires")
    def territoires_de_la_ligne(self, ligne):
        return ligne.libelles_territoires()


class PosteEnLigne(EnLigne):
    """The budget prévisionnel, edited while the dossier may be."""

    model = Poste
    fields = ["ordre", "sens", "nature", "libelle", "montant", "est_acquis"]

    def raison_de_ne_pas_modifier(self, request, obj):
        return "" if peut_modifier(obj, request.user) else raison_du_refus(obj)


class PieceEnLigne(EnLigneLecture):
    model = Piece
    fields = readonly_fields = ["type", "fichier", "datee_le", "valable_jusqu_au"]
    verbose_name_plural = "pièces propres au dossier"
    show_change_link = False

    def get_queryset(self, request):
        vues = super().get_queryset(request).visibles_par(request.user)
        return vues.filter(est_retiree=False).sans_contenu()

    @admin.display(description="fichier")
    def fichier(self, piece):
        return format_html('<a href="{}">{}</a>', piece.get_absolute_url(), piece.nom_fichier)


class AvisEnLigne(EnLigneLecture):
    model = Avis
    fields = readonly_fields = ["destinataire", "echeance_le", "etat", "sens", "texte", montant("montant"), "rendu_par"]

    @admin.display(description="demandé à")
    def destinataire(self, avis):
        return avis.destinataire


class AvisInstanceEnLigne(EnLigneLecture):
    model = AvisInstance
    fields = readonly_fields = ["instance", "rendu_le", "sens", montant("montant"), "texte"]
    show_change_link = False


class RemarqueEnLigne(EnLigneLecture):
    model = Remarque
    fields = readonly_fields = ["porte_sur", "texte", "est_pour_structure", "par", "etat", "reponse"]

    @admin.display(description="porte sur")
    def porte_sur(self, remarque):
        return libelle_ancre(remarque)


class NoteEnLigne(EnLigneLecture):
    model = NoteCritere
    fields = readonly_fields = ["critere", "note", "motif"]
    show_change_link = False


class CourrierEnLigne(EnLigneLecture):
    model = Courrier
    fk_name = "dossier"
    fields = readonly_fields = ["objet", "nature", "etabli_le", "etabli_par", "envoye_le"]


EN_LIGNE = [
    LigneEnLigne, PosteEnLigne, PieceEnLigne, AvisEnLigne, AvisInstanceEnLigne, RemarqueEnLigne, NoteEnLigne,
    CourrierEnLigne,
]  # fmt: skip


# --- Acts around the dossier: one journal row each, as on the daily pages


def _saisir_instance(dossier, agent, form):
    actes.saisir_instance(form, dossier, par=agent)


def _noter(dossier, agent, form):
    actes.noter(form, par=agent)


def _remarquer(dossier, agent, form):
    Remarque.poser(dossier, par=agent, **form.cleaned_data)


def _ecrire(dossier, agent, form):
    courrier = courriers.etablir(dossier, form.cleaned_data["nature"], par=agent, motif=dossier.motif)
    return f"Le courrier « {courrier.objet} » est préparé : relisez-le avant de l’envoyer."


INSTRUCTION = (
    ActeDAdmin(
        "saisir_instance", "Saisir l’avis d’une instance", peut_instruire, _saisir_instance,
        form=lambda data, dossier: AvisInstanceForm(
            data, initial={"instance": dossier.dispositif.instance_externe if dossier else ""}
        ),
        succes="L’avis de l’instance est enregistré.", permission=INSTRUIRE,
    ),
    ActeDAdmin(
        "noter", "Noter les critères", peut_instruire, _noter,
        form=lambda data, dossier: NotesForm(data, dossier=dossier), succes="Les notes sont enregistrées.",
        permission=INSTRUIRE,
    ),
    ActeDAdmin(
        "remarquer", "Poser une remarque", peut_remarquer, _remarquer,
        form=lambda data, dossier: RemarqueForm(data), succes="La remarque est posée.",
        permission="programmes.remarquer", en_lot=True,
    ),
    ActeDAdmin(
        "ecrire", "Établir un courrier", lambda dossier, agent: dossier.etat != Dossier.Etat.VOTE, _ecrire,
        form=lambda data, dossier: NouveauCourrierForm(data), permission="programmes.change_courrier", en_lot=True,
    ),
)  # fmt: skip
