"""The register of the conventions: amounts initial and current, next échéance, filters, export."""

from decimal import Decimal

import django_filters
from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from conventions.models import Acte, Convention, Echeance, LigneDActe
from dpid.montants import ZERO, MontantField, montant
from dpid.tableaux import DATE, MONTANT, Colonne, Tableau
from dpid.textes import cle_texte
from programmes.filters import CHAMP, LISTE, Case, ListeDeroulante, Saisie

RECHERCHE_MAX = 200  # characters


def registre(agent):
    """Conventions that the agent sees, each with `initial`, `courant` (euros, signed acts), `prochaine` échéance,
    `signature_en_retard` and `sans_exemplaire` (an act signed whose signed copy was not kept)."""
    attendues = Echeance.objects.attendues().filter(convention=OuterRef("pk")).order_by()
    prochaine = attendues.values("convention").annotate(le=Min("le")).values("le")
    tardifs = Acte.objects.signature_en_retard().filter(convention=OuterRef("pk")).order_by()
    sans_scan = Acte.objects.signes().filter(convention=OuterRef("pk"), scan__isnull=True).order_by()
    visibles = Convention.objects.visibles_par(agent).select_related("structure")
    return visibles.annotate(
        initial=_somme(Q(fiche__acte__rang=0), Q(rang=0)), courant=_somme(_signe("fiche__acte__"), _signe("")),
        prochaine=Subquery(prochaine), signature_en_retard=Exists(tardifs), sans_exemplaire=Exists(sans_scan),
    )  # fmt: skip


def _signe(prefixe: str) -> Q:
    return Q(**{f"{prefixe}signe_le__isnull": False}) & ~Q(**{f"{prefixe}etat": Acte.Etat.ABANDONNE})


def _somme(des_lignes: Q, des_actes: Q):
    """Σ of what the lines of these acts retain and of what was typed for those born elsewhere (euros)."""
    lignes = LigneDActe.objects.filter(des_lignes, fiche__acte__convention=OuterRef("pk")).order_by()
    lignes = lignes.values("fiche__acte__convention").annotate(t=Sum("ligne__financements__montant")).values("t")
    repris = Acte.objects.filter(des_actes, convention=OuterRef("pk"), montant_repris__isnull=False).order_by()
    repris = repris.values("convention").annotate(t=Sum("montant_repris")).values("t")
    champ = MontantField()
    return Coalesce(Subquery(lignes, output_field=champ), montant(0), output_field=champ) + Coalesce(
        Subquery(repris, output_field=champ), montant(0), output_field=champ
    )


class FiltreDeConvention(django_filters.FilterSet):
    """Search without accents, state, year of the number, échéance late."""

    q = django_filters.CharFilter(
        label="Rechercher", method="rechercher", widget=Saisie(attrs={"type": "search", **CHAMP})
    )
    etat = django_filters.ChoiceFilter(
        label="État", choices=Convention.Etat.choices, empty_label="Tous", widget=ListeDeroulante(attrs=LISTE)
    )
    annee = django_filters.NumberFilter(
        label="Année", method="de_l_annee", widget=Saisie(attrs={"inputmode": "numeric", **CHAMP})
    )
    retard = django_filters.BooleanFilter(label="Échéance dépassée", method="en_retard", widget=Case)
    exemplaire = django_filters.BooleanFilter(
        label="Exemplaire signé manquant", method="exemplaire_manquant", widget=Case
    )
    signature = django_filters.BooleanFilter(label="Signature en retard", method="signature_en_retard", widget=Case)

    class Meta:
        model = Convention
        fields: list[str] = []

    @property
    def annee_publiee(self) -> int:
        """Year of the open data that the page offers: that of the filter, else the current one."""
        lue = self.form.cleaned_data.get("annee") if self.form.is_valid() else None
        return int(lue) if lue and 1 <= lue <= 9999 else timezone.localdate().year

    def rechercher(self, conventions, nom, valeur):
        cle = cle_texte(valeur[:RECHERCHE_MAX])
        return conventions.filter(
            Q(numero__startswith=valeur.strip()[:RECHERCHE_MAX]) | Q(structure__cle__contains=cle) | Q(
                objet__icontains=valeur[:RECHERCHE_MAX])
        )  # fmt: skip

    def de_l_annee(self, conventions, nom, valeur):
        return conventions.filter(numero__startswith=f"{int(valeur)}-")

    def en_retard(self, conventions, nom, valeur):
        retardees = Echeance.objects.en_retard().order_by().values("convention")
        return conventions.filter(pk__in=retardees) if valeur else conventions

    def exemplaire_manquant(self, conventions, nom, valeur):
        return conventions.filter(sans_exemplaire=True) if valeur else conventions

    def signature_en_retard(self, conventions, nom, valeur):
        return conventions.filter(signature_en_retard=True) if valeur else conventions


def compter(conventions) -> tuple[int, Decimal]:
    """`(how many, Σ of what is in course)`, in one query."""
    bilan = conventions.aggregate(nombre=Count("pk"), total=Sum("courant"))
    return bilan["nombre"], bilan["total"] or ZERO


def montants_connus(convention) -> tuple:
    """`(initial, courant)`, None for what was not typed of a convention born elsewhere: nothing is not 0 €."""
    montants = (convention.initial, convention.courant)
    return tuple(m or None for m in montants) if convention.est_reprise else montants


def en_tableau(conventions) -> Tableau:
    """What is filtered on screen, for a spreadsheet."""
    colonnes = [
        Colonne("Numéro", largeur=12), Colonne("Structure", largeur=40), Colonne("Objet", largeur=50), Colonne("État"),
        Colonne("Montant initial", MONTANT, 16), Colonne("Montant en cours", MONTANT, 16),
        Colonne("Prochaine échéance", DATE, 14), Colonne("Pièces manquantes", largeur=24),
    ]  # fmt: skip
    lignes = [
        (
            c.numero or "",
            str(c.structure),
            c.objet,
            c.get_etat_display(),
            *montants_connus(c),
            c.prochaine,
            "Exemplaire signé" if c.sans_exemplaire else "",
        )
        for c in conventions
    ]
    return Tableau("Conventions", colonnes, lignes)
