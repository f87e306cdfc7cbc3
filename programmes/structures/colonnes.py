"""Columns of the list of structures. What counts dossiers counts those that the agent sees."""

from dataclasses import replace

from django.db.models import Count, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.safestring import mark_safe

from dpid.montants import MontantField, euros, somme
from dpid.montants import montant as litteral
from dpid.tableaux import NOMBRE, TEXTE, Colonne
from programmes.colonnes_de_liste import COURTE, Catalogue, ColonneDeListe, montant
from programmes.models import Dossier, Financement, Structure
from programmes.models.structure import imprimer_siret

TYPES = dict(Structure.Type.choices)
A_COMPLETER = mark_safe('<span class="signal signal-surveiller">À compléter</span>')


def _oui(est_vrai) -> str:
    return "À compléter" if est_vrai else ""


def _vide(valeur) -> tuple:
    return (valeur or "",)


COLONNES = {
    c.cle: c
    for c in (
        ColonneDeListe("sigle", "Sigle", ("sigle",), tri=("sigle",), est_d_office=True),
        ColonneDeListe(
            "type", "Type", ("type",), lambda cle: (TYPES[cle],), lambda cle: TYPES[cle], tri=("type",),
            est_d_office=True,
        ),
        ColonneDeListe(
            "siret", "SIRET", ("siret",), lambda siret: (imprimer_siret(siret) or "manquant",), lambda s: s or "",
            COURTE, largeur=18, tri=("siret",), est_d_office=True,
        ),
        ColonneDeListe("rna", "RNA", ("rna",), motif=COURTE, largeur=13),
        ColonneDeListe("categorie", "Catégorie juridique", ("categorie_juridique",), largeur=12,
                       tri=("categorie_juridique",)),
        ColonneDeListe("commune", "Commune", ("commune__nom",), _vide, lambda nom: nom or "", largeur=26,
                       tri=("commune__nom",)),
        ColonneDeListe("adresse", "Adresse", ("adresse",), largeur=36),
        ColonneDeListe("courriel", "Courriel", ("courriel",), largeur=32),
        ColonneDeListe("telephone", "Téléphone", ("telephone",), motif=COURTE, largeur=16),
        ColonneDeListe("dossiers", "Dossiers", ("nb_dossiers",), genre=NOMBRE, largeur=9, tri=("nb_dossiers",)),
        ColonneDeListe(
            "derniere", "Dernier appel", ("derniere_annee",), _vide, genre=NOMBRE, largeur=9, tri=("derniere_annee",),
        ),
        replace(
            montant("vote", "Voté, toutes années", est_d_office=False),
            ecrire=lambda total: (euros(total) if total else "—",),
        ),
        ColonneDeListe(
            "suivi", "À surveiller", ("est_a_completer",), lambda est: (A_COMPLETER if est else "",), _oui, largeur=14,
            tri=("est_a_completer",), est_d_office=True,
        ),
    )
}  # fmt: skip
CATALOGUE = Catalogue(
    COLONNES,
    premiere=("pk", "raison_sociale"),
    en_tetes=(Colonne("N°", NOMBRE, 9), Colonne("Raison sociale", TEXTE, 44)),
    titre_premiere="Raison sociale",
    cle_premiere="structure",
    tri=("cle",),
)


def annoter(structures, cles, agent):
    """What the columns shown and the order read beyond the row itself, each as one subquery."""
    vus = Dossier.objects.visibles_par(agent).filter(structure=OuterRef("pk")).order_by().values("structure")
    if "dossiers" in cles:
        nombre = Subquery(vus.annotate(n=Count("pk")).values("n"))
        structures = structures.annotate(nb_dossiers=Coalesce(nombre, 0))
    if "derniere" in cles:
        derniere = vus.annotate(a=Max("dispositif__thematique__appel__annee")).values("a")
        structures = structures.annotate(derniere_annee=Subquery(derniere))
    if "vote" in cles:
        siens = Dossier.objects.visibles_par(agent).order_by().values("pk")
        votes = Financement.objects.filter(ligne__votee_le__isnull=False, ligne__dossier__in=siens)
        votes = votes.order_by().filter(ligne__dossier__structure=OuterRef("pk"))
        total = votes.annotate(de=F("ligne__dossier__structure")).values("de").annotate(t=somme("montant")).values("t")
        structures = structures.annotate(
            vote=Coalesce(Subquery(total, output_field=MontantField()), litteral(0), output_field=MontantField())
        )
    return structures
