"""Imports and exports of the admin: typed cells both ways, natural keys, sentences in French.

Exports go through `dpid.tableaux`: amounts and dates are numbers of the spreadsheet, texts never become formulas.
(import-export's own escaping turns every amount into text.) Imports are all or nothing; re-importing an export changes
nothing.
"""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal

import tablib
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError
from django.utils.html import format_html
from import_export import fields, resources, results
from import_export.formats.base_formats import Format
from import_export.widgets import Widget

from dpid import tableaux
from dpid.classeurs import lire_table
from dpid.erreurs import ActeRefuse
from dpid.montants import CENTIME, arrondir, euros, lire_euros
from dpid.textes import cle_texte

_ILLISIBLES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
BRUIT = Decimal("0.000001")


def Colonne(attribut, titre, widget=None, **options):  # noqa: N802 - reads like the class that it builds
    """A column: attribute of the model, title in the file, how its cells are read and written."""
    return fields.Field(attribute=attribut, column_name=titre, widget=widget or Texte(), **options)


# --- Cells


def nombre(valeur) -> Decimal | None:
    """A number as a spreadsheet gives it (never a text), without the noise of binary fractions."""
    if isinstance(valeur, bool) or not isinstance(valeur, int | float | Decimal):
        return None
    return Decimal(str(valeur))


class Texte(Widget):
    def clean(self, value, row=None, **kwargs):
        if value is None:
            return ""
        if isinstance(value, datetime.date):
            raise ValueError("la cellule contient une date : mettez-la au format texte.")
        chiffre = nombre(value)
        texte = f"{chiffre.normalize():f}" if chiffre is not None else str(value).strip()
        if _ILLISIBLES.search(texte):
            raise ValueError("la cellule contient des caractères illisibles : retapez-la.")
        return texte.replace("\r\n", "\n")

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else str(value)


class Montant(Widget):
    """Euros. A spreadsheet gives a binary number: it is taken to the centime, and refused when it is not one."""

    def clean(self, value, row=None, **kwargs):
        if value is None or str(value).strip() == "":
            return None
        chiffre = nombre(value)
        if chiffre is None:
            return lire_euros(str(value))
        if not chiffre.is_finite() or abs(chiffre) >= 10**13 or abs(chiffre - chiffre.quantize(CENTIME)) > BRUIT:
            raise ValueError(f"« {value} » n’est pas un montant au centime.")
        return arrondir(chiffre)

    def render(self, value, obj=None, **kwargs):
        return value


class Entier(Widget):
    """Years, ranks, identifiers: written as texts, a spreadsheet would print « 2 024 »."""

    def clean(self, value, row=None, **kwargs):
        if value is None or str(value).strip() == "":
            return None
        chiffre = nombre(value)
        texte = f"{chiffre.normalize():f}" if chiffre is not None else str(value).strip()
        if not re.fullmatch(r"\d{1,9}", texte, re.ASCII):
            raise ValueError(f"« {str(value)[:40]} » n’est pas un nombre entier.")
        return int(texte)

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else str(value)


class Jour(Widget):
    def clean(self, value, row=None, **kwargs):
        if value is None or str(value).strip() == "":
            return None
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        for forme in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                return datetime.datetime.strptime(str(value).strip(), forme).date()
            except ValueError:
                continue
        raise ValueError(f"« {str(value)[:40]} » n’est pas une date qui existe : écrivez 31/12/2024.")

    def render(self, value, obj=None, **kwargs):
        return value


class OuiNon(Widget):
    def clean(self, value, row=None, **kwargs):
        texte = "oui" if value is True else "non" if value is False else cle_texte(value or "non")
        if texte not in ("oui", "non"):
            raise ValueError(f"« {str(value)[:40]} » : écrivez oui ou non.")
        return texte == "oui"

    def render(self, value, obj=None, **kwargs):
        return "oui" if value else "non"


class Choix(Widget):
    """Labels of a `TextChoices`, read without case or accents."""

    def __init__(self, choix, **kwargs):
        super().__init__(**kwargs)
        self.libelles = dict(choix.choices)
        self.cles = {cle_texte(v): v for v in self.libelles} | {cle_texte(t): v for v, t in self.libelles.items()}

    def clean(self, value, row=None, **kwargs):
        trouve = self.cles.get(cle_texte(value or ""))
        if trouve is None:
            attendus = ", ".join(self.libelles.values())
            raise ValueError(f"« {str(value or '')[:40]} » n’est pas connu : choisissez parmi {attendus}.")
        return trouve

    def render(self, value, obj=None, **kwargs):
        return str(self.libelles.get(value, value or ""))


class Siret(Widget):
    """14 digits, whatever the spreadsheet made of them; a lost leading zero is proposed, never taken silently."""

    def clean(self, value, row=None, **kwargs):
        texte = Texte().clean(value)
        texte = "".join(texte.split())
        if not texte:
            return None
        if re.fullmatch(r"\d{12,13}", texte, re.ASCII):
            raise ValueError(
                f"SIRET de {len(texte)} chiffres : s’il manque le zéro de tête, écrivez {texte.zfill(14)} "
                "dans une cellule au format texte."
            )
        return texte

    def render(self, value, obj=None, **kwargs):
        return value or ""


class ParCle(Widget):
    """A foreign key named by its natural key; the table is read once per import."""

    def __init__(self, requete: Callable, cle: Callable, quoi: str, **kwargs):
        super().__init__(**kwargs)
        self.requete, self.cle, self.quoi = requete, cle, quoi
        self._connus: dict | None = None

    def clean(self, value, row=None, **kwargs):
        texte = Texte().clean(value)
        if not texte:
            return None
        return self.trouver(cle_texte(texte), texte)

    def trouver(self, cle, affiche):
        if self._connus is None:
            self._connus = {}
            for objet in self.requete():
                self._connus.setdefault(cle_texte(self.cle(objet)), []).append(objet)
        trouves = self._connus.get(cle, [])
        if len(trouves) > 1:
            raise ValueError(f"plusieurs {self.quoi} répondent à « {affiche[:60]} ».")
        if not trouves:
            raise ValueError(f"aucun(e) {self.quoi} ne répond à « {affiche[:60]} » : créez-la d’abord ou corrigez.")
        return trouves[0]

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else self.cle(value)


# --- Files


class _Tableur(Format):
    EXTENSION, TYPE, TITRE = "", "", ""

    def __init__(self, encoding=None):
        """The library gives an encoding; the reader finds it in the content."""

    def get_title(self):
        return self.TITRE

    def get_extension(self):
        return self.EXTENSION

    def get_content_type(self):
        return self.TYPE

    def can_import(self):
        return True

    def can_export(self):
        return True

    def create_dataset(self, in_stream):
        return _dataset(in_stream)

    def export_data(self, dataset, **kwargs):
        colonnes = [_colonne(titre, dataset[titre]) for titre in dataset.headers]
        return self.ecrire([tableaux.Tableau(dataset.title or "Export", colonnes, list(dataset))])


def _dataset(contenu: bytes) -> tablib.Dataset:
    """Raises FichierRefuse. Blank rows stay in place: line numbers are those that people see."""
    table = lire_table(contenu)
    donnees = tablib.Dataset(headers=table.titres)
    for ligne in table.lignes:
        while table.entete + len(donnees) + 1 < ligne.numero:
            donnees.append([None] * len(table.titres))
        donnees.append(list(ligne.valeurs.values()))
    return donnees


def _colonne(titre, valeurs) -> tableaux.Colonne:
    pleines = [v for v in valeurs if v not in (None, "")]
    for types, genre in ((Decimal, tableaux.MONTANT), (int, tableaux.NOMBRE), (datetime.date, tableaux.DATE)):
        if pleines and all(isinstance(v, types) for v in pleines):
            return tableaux.Colonne(titre, genre, 16)
    return tableaux.Colonne(titre, tableaux.TEXTE, min(60, max(14, *(len(str(v)) for v in [titre, *pleines[:200]]))))


class XLSX(_Tableur):
    EXTENSION, TITRE = "xlsx", "Classeur Excel (.xlsx)"
    TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def ecrire(self, feuilles):
        return tableaux.en_xlsx(feuilles)


class ODS(_Tableur):
    EXTENSION, TITRE = "ods", "Classeur OpenDocument (.ods)"
    TYPE = "application/vnd.oasis.opendocument.spreadsheet"

    def ecrire(self, feuilles):
        return tableaux.en_ods(feuilles)


class CSV(_Tableur):
    EXTENSION, TITRE, TYPE = "csv", "Texte séparé par des points-virgules (.csv)", "text/csv"

    def ecrire(self, feuilles):
        return tableaux.en_csv(feuilles)


# --- Resources


class Ecart(resources.Diff):
    """Old and new values without the inline styles of the library."""

    def as_html(self):
        cellules = []
        for avant, apres in zip(self.left, self.right, strict=True):
            avant, apres = _en_clair(avant), _en_clair(apres)
            if self.new or avant == apres:
                cellules.append(apres)
            else:
                cellules.append(format_html("<del>{}</del> <ins>{}</ins>", avant or "vide", apres or "vide"))
        return cellules


def _en_clair(valeur) -> str:
    if isinstance(valeur, Decimal):
        return euros(valeur)
    if isinstance(valeur, datetime.date):
        return f"{valeur:%d/%m/%Y}"
    return "" if valeur is None else str(valeur)


class Erreur(results.Error):
    """What went wrong on a row, as a person reads it; never a traceback."""

    def __init__(self, error, row=None, number=None):
        super().__init__(error, row, number)
        if isinstance(error, IntegrityError):
            self.error = "la base refuse cette ligne : une valeur existe déjà ou contredit une autre."
        elif not isinstance(error, ActeRefuse):
            self.error = "cette ligne n’a pas pu être lue : vérifiez ses valeurs."


class Echange(resources.ModelResource):
    """Base of our resources. `titre` names the sheet; state fields are written, never read (`readonly`)."""

    titre = "Export"

    class Meta:
        use_transactions = True
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    @classmethod
    def get_display_name(cls):
        return cls.titre

    @classmethod
    def get_diff_class(cls):
        return Ecart

    @classmethod
    def get_error_result_class(cls):
        return Erreur

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._connus: dict | None = None
        self._lues: dict = {}

    # --- Which row of the table a row of the file is

    def cle_de(self, objet):
        """Natural key of a stored row."""
        raise NotImplementedError

    def cle_lue(self, row):
        """The same key, read in the file. Raises ValueError."""
        raise NotImplementedError

    def get_instance(self, instance_loader, row):
        """The table is read, and its rows locked, once per import. The same key twice in a file is refused."""
        try:
            cle = self.cle_lue(row)
        except ValueError as erreur:
            raise ValidationError(str(erreur)) from erreur
        if cle in self._lues:
            raise ValidationError(f"cette ligne a la même clé que la ligne {self._lues[cle] + 1}.")
        self._lues[cle] = self.rang
        if self._connus is None:
            self._connus = {self.cle_de(o): o for o in self.get_queryset().select_for_update(of=("self",))}
        return self._connus.get(cle)

    def get_import_fields(self):
        return [f for f in super().get_import_fields() if not f.readonly]

    def get_user_visible_fields(self):
        return list(self.fields.values())

    def after_export(self, queryset, dataset, **kwargs):
        dataset.title = self.titre

    def _check_import_id_fields(self, headers):
        """Every column is one of ours, and the keys are there: a renamed column is never ignored silently."""
        connues = [f.column_name for f in self.fields.values()]
        inconnues = [str(h)[:60] for h in headers if h not in connues]
        cles = [self.fields[n].column_name for n in self.get_import_id_fields() if n in self.fields]
        absentes = [c for c in cles if c not in headers]
        if inconnues or absentes:
            phrases = [f"Colonne inconnue : {', '.join(inconnues)}."] if inconnues else []
            phrases += [f"Colonne manquante : {', '.join(absentes)}."] if absentes else []
            raise ActeRefuse(f"{' '.join(phrases)} Colonnes attendues : {', '.join(connues)}.")

    def import_row(self, row, instance_loader, **kwargs):
        if not any(v is not None and str(v).strip() for v in row.values()):
            vide = self.get_row_result_class()()
            vide.import_type = results.RowResult.IMPORT_TYPE_SKIP
            vide.diff = [""] * len(self.get_import_fields())
            return vide
        self.rang = kwargs["row_number"]
        resultat = super().import_row(row, instance_loader, **kwargs)
        if resultat.validation_error is not None:
            resultat.validation_error = self._en_colonnes(resultat.validation_error)
        return resultat

    def _en_colonnes(self, erreur):
        """Errors under the title of their column."""
        if not hasattr(erreur, "error_dict"):
            return erreur
        titres = {f.attribute: f.column_name for f in self.fields.values() if f.attribute}
        nommees: dict[str, list] = {}
        for cle, liste in erreur.error_dict.items():
            nommees.setdefault(titres.get(cle, NON_FIELD_ERRORS), []).extend(liste)
        return ValidationError(nommees)
