"""Attendance and votes, row by row: read only. They are written by the gestures of the séance and of the rapport
(`deliberations/admin/gestes.py`), which keep figures and déports in step."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from deliberations.models import AmendementDeSeance, BlocDeVote, Deport, Presence, VoixDissidente
from dpid.admin_base import LectureSeule, montant


def lien_du_vote(chemin: str):
    """Column: the daily page where the row is written. `chemin`: dotted path to its rapport."""

    @admin.display(description="page des votes")
    def page(objet):
        for nom in chemin.split("."):
            objet = getattr(objet, nom)
        if objet is None:
            return "—"
        return format_html(
            '<a href="{}">Votes du rapport {}</a>', reverse("rapport_vote", args=[objet.pk]), objet.numero
        )

    return page


class DeLaSeance(LectureSeule):
    """The members are named by their mandates: read with the rows."""

    liens: tuple[str, ...] = ()

    def get_queryset(self, request):
        lus = super().get_queryset(request).select_related(*self.liens)
        return lus.prefetch_related("elu__mandats__elu") if hasattr(self.model, "elu") else lus


@admin.register(Presence)
class PresenceAdmin(DeLaSeance):
    liens = ("seance__instance", "rapport__seance__instance")
    list_display = ["elu", "seance", "etat", "delegation", lien_du_vote("rapport")]
    list_filter = ["etat", ("seance__date", admin.DateFieldListFilter)]
    search_fields = ["elu__mandats__nom", "elu__code"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("mandataire__mandats__elu")

    @admin.display(description="délégation donnée à")
    def delegation(self, presence):
        return presence.mandataire or "—"


@admin.register(BlocDeVote)
class BlocAdmin(DeLaSeance):
    liens = ("rapport__seance__instance",)
    list_display = ["__str__", "rapport", "resultat", "motif", lien_du_vote("rapport")]
    list_filter = ["resultat", ("rapport__seance__date", admin.DateFieldListFilter)]
    search_fields = ["titre", "rapport__numero", "rapport__titre"]


@admin.register(Deport)
class DeportAdmin(DeLaSeance):
    liens = ("rapport__seance__instance", "bloc")
    list_display = ["elu", "rapport", "bloc", lien_du_vote("rapport")]
    list_filter = [("rapport__seance__date", admin.DateFieldListFilter)]
    search_fields = ["elu__mandats__nom", "elu__code", "rapport__numero"]


@admin.register(VoixDissidente)
class VoixAdmin(DeLaSeance):
    liens = ("bloc__rapport__seance__instance",)
    list_display = ["elu", "sens", "bloc", lien_du_vote("bloc.rapport")]
    list_filter = ["sens", ("bloc__rapport__seance__date", admin.DateFieldListFilter)]
    search_fields = ["elu__mandats__nom", "elu__code", "bloc__rapport__numero"]


@admin.register(AmendementDeSeance)
class AmendementAdmin(DeLaSeance):
    liens = ("rapport__seance__instance", "proposition__ligne__dossier__structure")
    list_display = ["structure", "rapport", "nature", montant("montant"), "motif", lien_du_vote("rapport")]
    list_filter = ["nature", ("rapport__seance__date", admin.DateFieldListFilter)]
    search_fields = ["proposition__ligne__dossier__structure__raison_sociale", "rapport__numero", "motif"]

    @admin.display(description="structure", ordering="proposition__ligne__dossier__structure__cle")
    def structure(self, amendement):
        return amendement.proposition.ligne.dossier.structure
