"""Amounts of money: stored as integer centimes, spoken as `Decimal` euros.

SQLite computes decimals in floating point: measured, `DecimalField` with `F()` wrongly refused 29.5 % of exact-fit
reservations. Integer centimes are exact on both engines. `MontantField` subclasses `models.Field` and not
`BigIntegerField`, so that an expression mixing an amount and a bare number is refused by Django instead of silently
counting euros as centimes; a literal in an expression is always written `montant(x)`.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.expressions import Combinable, register_combinable_fields

CENTIME = Decimal("0.01")
ZERO = Decimal("0.00")
MAXIMUM = Decimal("99999999999.99")
FINE_INSECABLE = "\u202f"
INSECABLE = "\u00a0"
_ESPACES = re.compile(r"[\s\u00a0\u202f\u2009\u2007]+")


def arrondir(valeur: Decimal) -> Decimal:
    """Round to the centime, half up (the rule of public accounting)."""
    return Decimal(valeur).quantize(CENTIME, rounding=ROUND_HALF_UP)


def repartir(total: Decimal, poids: list) -> list[Decimal]:
    """Split `total` euros in parts proportional to `poids`, to the centime, by largest remainder.

    The parts always add up to `total`; equal remainders are served in the order given. Raises ValueError when the
    weights are negative or all zero.
    """
    poids = [Decimal(p) for p in poids]
    somme = sum(poids)
    if somme <= 0 or min(poids) < 0:
        raise ValueError("Les poids d’une répartition sont positifs et de somme non nulle.")
    centimes = int(arrondir(total) * 100)
    signe, centimes = (-1, -centimes) if centimes < 0 else (1, centimes)
    exacts = [centimes * p / somme for p in poids]
    parts = [int(e) for e in exacts]
    ordre = sorted(range(len(poids)), key=lambda i: (-(exacts[i] - parts[i]), i))
    for i in ordre[: centimes - sum(parts)]:
        parts[i] += 1
    return [Decimal(signe * p) / 100 for p in parts]


def euros(valeur, symbole: bool = False) -> str:
    """Print an amount the French way: `6 193 643,00` (U+202F groups), with ` €` (U+00A0) when asked."""
    if valeur is None or valeur == "":
        return ""
    texte = f"{arrondir(Decimal(str(valeur))):,.2f}".replace(",", FINE_INSECABLE).replace(".", ",")
    texte = texte.replace("-", "−")
    return f"{texte}{INSECABLE}€" if symbole else texte


def lire_euros(texte: str) -> Decimal:
    """Read an amount typed by an agent: `6 193 643,00 €`, any space, comma or point. Raises ValueError (French)."""
    brut = _ESPACES.sub("", str(texte)).removesuffix("€").replace("−", "-")
    if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]{1,2}", brut):
        brut = brut.replace(".", "")
    if not re.fullmatch(r"-?[0-9]+([.,][0-9]{1,2})?", brut):
        raise ValueError(f"« {texte} » n’est pas un montant : écrivez par exemple 6 193 643,00.")
    try:
        return Decimal(brut.replace(",", ".")).quantize(CENTIME)
    except InvalidOperation as erreur:
        raise ValueError(f"« {texte} » n’est pas un montant exploitable.") from erreur


class MontantFormField(forms.CharField):
    """Text input that accepts an amount as a person writes it and shows it back the same way."""

    def __init__(self, *, signe=False, **kwargs):
        self.signe = signe
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "montant"}))
        super().__init__(**kwargs)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal | int):
            return arrondir(value)
        try:
            lu = lire_euros(value)
        except ValueError as erreur:
            raise ValidationError(str(erreur), code="montant") from erreur
        if lu < 0 and not self.signe:
            raise ValidationError("Un montant ne peut pas être négatif.", code="negatif")
        if abs(lu) > MAXIMUM:
            raise ValidationError("Ce montant dépasse ce que l’application sait enregistrer.", code="maximum")
        return lu

    def prepare_value(self, value):
        return euros(value) if isinstance(value, Decimal | int) else value

    def has_changed(self, initial, data):
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class MontantField(models.Field):
    """An amount in euros (`Decimal`, two decimals) stored as a BIGINT of centimes."""

    description = "montant en euros, stocké en centimes"
    empty_strings_allowed = False

    def get_internal_type(self):
        return "BigIntegerField"

    def db_check(self, connection):
        # SQLite would accept a real or a text in an integer column: refuse it in the database itself.
        if connection.vendor == "sqlite":
            return f"typeof({connection.ops.quote_name(self.column)}) IN ('integer', 'null')"
        return super().db_check(connection)

    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(int(value)) / 100

    def to_python(self, value):
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise ValidationError("Un montant ne se calcule jamais en virgule flottante.", code="flottant")
        try:
            return Decimal(str(value))
        except InvalidOperation as erreur:
            raise ValidationError(f"« {value} » n’est pas un montant.", code="montant") from erreur

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if value is not None and value != arrondir(value):
            raise ValidationError("Un montant s’exprime au centime près.", code="centime")
        if value is not None and abs(value) > MAXIMUM:
            raise ValidationError("Ce montant dépasse ce que l’application sait enregistrer.", code="maximum")

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("Un montant ne se calcule jamais en virgule flottante.")
        euros_ = Decimal(value)
        centimes = euros_ * 100
        if centimes != centimes.to_integral_value():
            raise ValueError(f"{value} n’est pas un montant au centime.")
        return int(centimes)

    def get_placeholder(self, value, compiler, connection):
        # `update()` never asks an expression for its type: `F("vote") + Decimal("100.10")` would add 1,00 €.
        if hasattr(value, "resolve_expression") and not isinstance(value.output_field, MontantField):
            raise FieldError(f"{value!r} n’est pas un montant : écrivez montant(…) pour un littéral.")
        return "%s"

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else f"{value:.2f}"

    def formfield(self, **kwargs):
        kwargs.pop("widget", None)  # the admin would impose a number input, which refuses « 20 000,00 »
        return super().formfield(form_class=MontantFormField, **kwargs)


for _operateur in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(MontantField, _operateur, MontantField, MontantField)


def montant(valeur) -> models.Value:
    """A literal amount (euros) in a query expression."""
    return models.Value(Decimal(valeur), output_field=MontantField())


def somme(chemin: str, **options) -> models.Func:
    """`SUM` of a money column as an annotation; 0,00 and not NULL when there is no row."""
    return models.functions.Coalesce(models.Sum(chemin, **options), montant(0), output_field=MontantField())


def chaine(valeur: Decimal) -> str:
    """Amount as a JSON string with two decimals: `"6193643.00"`."""
    return f"{arrondir(valeur):.2f}"
