"""What an officer sends from the pages that complete an act, and what is read there."""

from datetime import date

from django.urls import reverse

from conventions.models import Modele
from conventions.redaction.ouverture import modeles_sans_montant
from conventions.reprise import reprendre
from tests.conventions.donnees import modele_publie, signataire, structure_signataire
from tests.factories import AgentFactory

LE = date(2022, 3, 1)
SANS_MONTANT = [
    ("article", "objet", "Objet", "Objet : {objet_acte}, convention du {date_convention}.", {}),
    ("article", "propres", "Modifications", "", {"contenu": "modifications"}),
]
HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {% include 'x' %}"


def reprise(**options):
    signataire()
    modele_publie(Modele.Nature.AVENANT, blocs=SANS_MONTANT)
    clauses = [("article", 1, "Objet", "Accueil."), ("article", 4, "Lieu", "À Arras.\n\nLe lundi.")]
    return reprendre(
        par=AgentFactory(conventions=True), structure=structure_signataire(), objet="Référent", signee_le=LE,
        clauses=clauses, **options,
    )  # fmt: skip


def ouverture(convention):
    return reverse("avenant_preparer", args=[convention.pk])


def saisie_avenant(**options):
    valeurs = {"nature": "representant", "version": modeles_sans_montant().get().pk, "objet": "", "jeton": "un"}
    return {**valeurs, **options}


def page_lue(reponse) -> str:
    return reponse.content.decode().replace("\u202f", " ").replace("\u00a0", " ")


def champs(client, adresse) -> dict:
    """What a browser would send back without touching anything."""
    contexte = client.get(adresse).context
    form, listes = contexte["form"], contexte.get("listes") or []
    donnees = {}
    for f in [form, *(x for liste in listes for x in [liste["formset"].management_form, *liste["formset"].forms])]:
        for champ in f:
            valeur = champ.field.widget.format_value(champ.value()) if champ.name != "DELETE" else None
            if isinstance(valeur, list):
                valeur = valeur[0] if valeur else None
            if valeur not in (None, "", False) and not (champ.widget_type == "checkbox" and not champ.value()):
                donnees[champ.html_name] = valeur
    return donnees
