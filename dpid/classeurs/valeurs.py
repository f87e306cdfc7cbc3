"""Reading one value of a cell. Each reader returns the value or raises ValeurRefusee with what to do, in French.

The rule everywhere: a value that can be read in two ways is refused, never guessed.
"""

import datetime
import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from stdnum.exceptions import ValidationError
from stdnum.fr import siret as siret_officiel

from dpid.classeurs.constats import ErreurTableur, FormuleSansValeur
from dpid.textes import cle_texte

CENTIME = Decimal("0.01")
MONTANT_MAX = Decimal("999999999.99")
BRUIT_MAX = Decimal("1e-6")  # what binary arithmetic leaves behind a sum below a billion
ESPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
COURT = 100  # characters of a text worth remembering
INVISIBLES = frozenset(("Cc", "Cf", "Cs"))


class ValeurRefusee(ValueError):
    """`message` says what is wrong, `quoi_faire` what to write instead."""

    def __init__(self, message: str, quoi_faire: str):
        super().__init__(message)
        self.message = message
        self.quoi_faire = quoi_faire


@dataclass(frozen=True, slots=True)
class SiretLu:
    """Fourteen digits; with `avertissement`, they are a proposal that somebody must confirm."""

    valeur: str
    avertissement: str = ""


# --- texts


def nettoyer_texte(texte: str) -> str:
    """Composed characters, single spaces, real line breaks; no control, direction or zero-width character."""
    if not texte.isprintable():
        texte = texte.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        texte = "".join(c for c in texte if c == "\n" or unicodedata.category(c) not in INVISIBLES)
    texte = unicodedata.normalize("NFC", texte)
    if "\n" not in texte:
        return ESPACES.sub(" ", texte).strip()
    lignes = (ESPACES.sub(" ", ligne).strip() for ligne in texte.split("\n"))
    return "\n".join(ligne for ligne in lignes if ligne)


def refuser_non_texte(valeur) -> None:
    """What cannot be read at all, whatever the column."""
    if isinstance(valeur, ErreurTableur):
        raise ValeurRefusee(
            f"la cellule contient l’erreur {valeur.code}", "Corrigez la formule ou saisissez la valeur."
        )
    if isinstance(valeur, FormuleSansValeur):
        raise ValeurRefusee(
            "la formule n’a pas de résultat enregistré dans le fichier",
            "Ouvrez le fichier dans votre tableur et enregistrez-le, ou collez la valeur à la place de la formule.",
        )


def lire_texte(valeur) -> str:
    """Free text (description, act). A date is printed dd/mm/yyyy, a number as it is."""
    refuser_non_texte(valeur)
    match valeur:
        case None:
            return ""
        case bool():
            raise ValeurRefusee("un VRAI/FAUX n’est pas un texte", "Écrivez le texte attendu.")
        case datetime.datetime() | datetime.date():
            return valeur.strftime("%d/%m/%Y")
        case int() | float() | Decimal():
            return str(valeur).removesuffix(".0").replace(".", ",")
    return nettoyer_texte(str(valeur))


def lire_nom(valeur) -> str:
    """A name (opération, structure, territoires, code): one line of text, never the beginning of a formula."""
    refuser_non_texte(valeur)
    if valeur is None:
        return ""
    if not isinstance(valeur, str):
        raise ValeurRefusee(
            "un nombre ou une date est écrit à la place d’un nom", "Vérifiez que la ligne n’est pas décalée."
        )
    texte = nettoyer_texte(valeur).replace("\n", " ")
    debut = unicodedata.normalize("NFKC", texte[:1])
    if valeur[:1] in ("\t", "\r") or (debut and debut in "=+@-"):
        raise ValeurRefusee(
            "un nom ne commence ni par = + - @ ni par une tabulation : un tableur y verrait une formule",
            "Effacez ce premier caractère.",
        )
    if texte and not any(c.isalpha() for c in texte):
        raise ValeurRefusee("ce n’est pas un nom : aucune lettre", "Vérifiez que la ligne n’est pas décalée.")
    return texte


MOJIBAKE = re.compile("(?=([ÂÃÅâï][^\x00-\x7f]{1,2}|[ÃÂ] ))")  # overlapping
FRANCAIS = frozenset("ŒœŸ’‘“”„–—…•€\u202f\u2009\u200b\ufeff™ﬁ") | {chr(c) for c in range(0xA0, 0x100)}


def est_mal_encode(texte: str) -> str:
    """The first damaged sequence of a text written in one encoding and read in another (« Ã© »), or ''."""
    if "\ufffd" in texte:
        return "\ufffd"
    for trouve in MOJIBAKE.finditer(texte):
        for morceau in (trouve[1], trouve[1][:2]):
            # « à » damaged is Ã and a no-break space, which many hands turn into a plain one.
            octets = b"".join(_octet(c) for c in morceau.replace(" ", "\u00a0"))
            lu = octets.decode("utf-8", errors="replace")
            if len(lu) == 1 and lu in FRANCAIS:
                return morceau
    return ""


def _octet(caractere: str) -> bytes:
    """The byte behind a character of a Windows text; cp1252 leaves five bytes out, read as C1 controls."""
    if "\x80" <= caractere <= "\x9f":
        return bytes([ord(caractere)])
    return caractere.encode("cp1252", errors="replace")


# --- amounts

CHIFFRES = r"[0-9]{1,3}"
MOTIFS_MONTANT = tuple(
    re.compile(motif)
    for motif in (
        r"[0-9]+([,.][0-9]{1,2})?",  # 20000 · 1234,56 · 1234.56
        rf"{CHIFFRES}( [0-9]{{3}})+([,.][0-9]{{1,2}})?",  # 20 000,00 · 559 915.33
        rf"{CHIFFRES}(\.[0-9]{{3}})+,[0-9]{{1,2}}",  # 1.234,56
        rf"{CHIFFRES}(,[0-9]{{3}})+\.[0-9]{{1,2}}",  # 1,234.56
        rf"{CHIFFRES}((\.[0-9]{{3}}){{2,}}|(,[0-9]{{3}}){{2,}})",  # 1.234.567
    )
)
AMBIGU = re.compile(rf"{CHIFFRES}[,.][0-9]{{3}}")
TROP_PRECIS = re.compile(r"[0-9 ]+[,.][0-9]{3,}")
EXEMPLE_MONTANT = "Écrivez par exemple 20 000,00."


def lire_montant(valeur) -> Decimal:
    """Euros, to the cent, between 0 and 999 999 999,99."""
    refuser_non_texte(valeur)
    match valeur:
        case None:
            raise ValeurRefusee("le montant est absent", EXEMPLE_MONTANT)
        case bool():
            raise ValeurRefusee("un VRAI/FAUX n’est pas un montant", EXEMPLE_MONTANT)
        case datetime.datetime() | datetime.date() | datetime.time():
            raise ValeurRefusee(
                "le tableur a transformé ce montant en date",
                "Mettez la cellule au format Nombre et ressaisissez-le.",
            )
        case int() | float() | Decimal():
            if not math.isfinite(valeur):
                raise ValeurRefusee("ce nombre est infini ou indéfini", EXEMPLE_MONTANT)
            return _montant(Decimal(repr(valeur) if isinstance(valeur, float) else valeur))
    return _montant_texte(str(valeur))


def _montant_texte(brut: str) -> Decimal:
    texte = nettoyer_texte(brut).replace("\n", " ")
    if not texte:
        raise ValeurRefusee("le montant est absent", EXEMPLE_MONTANT)
    texte = re.sub(r" ?(€|euros?|eur)$", "", texte, flags=re.IGNORECASE)
    if re.match(r"[-−–(]\s*[0-9]", texte):
        raise ValeurRefusee("le montant est négatif", "Un montant retenu est positif ou nul.")
    if len(texte) > 40:
        raise ValeurRefusee("ce texte n’est pas un montant", EXEMPLE_MONTANT)
    if AMBIGU.fullmatch(texte):
        milliers, decimales = re.split("[,.]", texte)
        raise ValeurRefusee(
            f"montant ambigu : on peut lire {milliers}{decimales} euros ou {milliers} euros et {decimales} millièmes",
            f"Écrivez {milliers} {decimales},00 si ce sont des milliers, ou deux décimales seulement.",
        )
    if any(motif.fullmatch(texte) for motif in MOTIFS_MONTANT):
        return _montant(Decimal(_point_decimal(texte.replace(" ", ""))))
    if TROP_PRECIS.fullmatch(texte):
        raise ValeurRefusee("le montant a plus de deux décimales", "Arrondissez-le au centime.")
    raise ValeurRefusee("ce texte n’est pas un montant", EXEMPLE_MONTANT)


def _point_decimal(texte: str) -> str:
    """The last sign is the decimal one when one or two digits follow it; every other sign groups thousands."""
    entier, signe, decimales = re.fullmatch(r"(.*?)(?:([,.])([0-9]{1,2}))?", texte).groups()
    entier = re.sub("[,.]", "", entier)
    return f"{entier}.{decimales}" if signe else entier


def _montant(exact: Decimal) -> Decimal:
    if exact < 0:
        raise ValeurRefusee("le montant est négatif", "Un montant retenu est positif ou nul.")
    if exact > MONTANT_MAX + CENTIME:
        raise ValeurRefusee("le montant dépasse 999 999 999,99 €", "Vérifiez la virgule et le nombre de zéros.")
    arrondi = exact.quantize(CENTIME)
    if abs(exact - arrondi) > BRUIT_MAX:
        raise ValeurRefusee("le montant a plus de deux décimales", "Arrondissez-le au centime.")
    if arrondi > MONTANT_MAX:
        raise ValeurRefusee("le montant dépasse 999 999 999,99 €", "Vérifiez la virgule et le nombre de zéros.")
    return abs(arrondi)  # -0.0 is 0


# --- SIRET

FORMAT_TEXTE = "Mettez la colonne au format Texte et recopiez les 14 chiffres."


def lire_siret(valeur) -> SiretLu:
    """Fourteen digits, checked (Luhn, or La Poste's own rule). A lost leading zero gives a proposal, with a warning."""
    chiffres = _chiffres_siret(valeur)
    if len(chiffres) > 10 and chiffres.endswith("00000"):
        raise ValeurRefusee(
            "le SIRET finit par 00000 : il a été abîmé par un tableur, qui en a arrondi les derniers chiffres",
            FORMAT_TEXTE,
        )
    if len(chiffres) == 9:
        raise ValeurRefusee("neuf chiffres : c’est un SIREN", "Complétez-le par les 5 chiffres de l’établissement.")
    complet = chiffres.zfill(14)
    if not 11 <= len(chiffres) <= 14:
        raise ValeurRefusee(f"un SIRET a 14 chiffres, celui-ci en a {len(chiffres)}", FORMAT_TEXTE)
    try:
        siret_officiel.validate(complet)
    except ValidationError as erreur:
        if len(chiffres) < 14:
            message = f"un SIRET a 14 chiffres, celui-ci en a {len(chiffres)}"
        else:
            message = "la clé de contrôle du SIRET est fausse : un chiffre est erroné"
        raise ValeurRefusee(message, "Recopiez-le depuis l’avis de situation SIRENE.") from erreur
    if len(chiffres) == 14:
        return SiretLu(complet)
    return SiretLu(complet, f"le zéro de tête a sans doute été perdu : {complet} est proposé")


def _chiffres_siret(valeur) -> str:
    refuser_non_texte(valeur)
    match valeur:
        case bool() | datetime.datetime() | datetime.date() | datetime.time():
            raise ValeurRefusee("ce n’est pas un SIRET", FORMAT_TEXTE)
        case float() if math.isfinite(valeur) and valeur.is_integer():
            texte = str(int(valeur))
        case None:
            texte = ""
        case _:
            texte = ESPACES.sub("", nettoyer_texte(str(valeur)))
    if re.fullmatch(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]{1,3}", texte):
        raise ValeurRefusee("SIRET en notation scientifique : des chiffres sont perdus", FORMAT_TEXTE)
    if not texte:
        raise ValeurRefusee("le SIRET est absent", FORMAT_TEXTE)
    if not (texte.isascii() and texte.isdigit()):
        raise ValeurRefusee("un SIRET ne contient que des chiffres", FORMAT_TEXTE)
    return texte


# --- dates

ANNEES = range(1990, 2101)
EPOQUE = datetime.date(1899, 12, 30)  # Excel counts days from here, its invented 29/02/1900 included
MOIS = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()
EXEMPLE_DATE = "Écrivez-la JJ/MM/AAAA, par exemple 31/12/2024."


def lire_date(valeur) -> datetime.date:
    """dd/mm/yyyy, yyyy-mm-dd, « 1er juillet 2022 », a date cell or an Excel serial number (1900 system)."""
    refuser_non_texte(valeur)
    match valeur:
        case bool():
            raise ValeurRefusee("un VRAI/FAUX n’est pas une date", EXEMPLE_DATE)
        case datetime.datetime():
            lue = valeur.date()
        case datetime.date():
            lue = valeur
        case int() | float() | Decimal():
            lue = _date_serie(valeur)
        case _:
            lue = _date_texte(nettoyer_texte(str(valeur or "")))
    if lue.year not in ANNEES:
        raise ValeurRefusee(f"l’année {lue.year} n’est pas vraisemblable", EXEMPLE_DATE)
    return lue


def _date_serie(jours: float) -> datetime.date:
    if not math.isfinite(jours) or not 1 <= jours < 200_000:
        raise ValeurRefusee("ce nombre n’est pas une date de tableur", EXEMPLE_DATE)
    return EPOQUE + datetime.timedelta(days=int(jours))


def _date_texte(texte: str) -> datetime.date:
    if trouve := re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", texte):
        jour, mois, annee = map(int, trouve.groups())
    elif trouve := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})( 00:00:00)?", texte):
        annee, mois, jour = map(int, trouve.groups()[:3])
    elif (trouve := re.fullmatch(r"([0-9]{1,2})(er)? ([a-z]+) ([0-9]{4})", cle_texte(texte))) and trouve[3] in MOIS:
        jour, mois, annee = int(trouve[1]), MOIS.index(trouve[3]) + 1, int(trouve[4])
    elif re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}", texte):
        raise ValeurRefusee("l’année n’a que deux chiffres", EXEMPLE_DATE)
    else:
        raise ValeurRefusee("ce texte n’est pas une date" if texte else "la date est absente", EXEMPLE_DATE)
    try:
        return datetime.date(annee, mois, jour)
    except ValueError as erreur:
        raise ValeurRefusee("cette date n’existe pas", "Vérifiez le jour, le mois et l’année.") from erreur


# --- quantities

QUANTITE = re.compile(r"([0-9]{1,3}(?: [0-9]{3})+(?:,[0-9]+)?|[0-9]+(?:[.,][0-9]+)?) ?([^\W\d_][^\d;+]{0,79})?")
SEPARATEUR_QUANTITES = re.compile(r"\s*(?:[;+\n]|,(?=\s)|\bet(?=\s+[0-9]))\s*")


def lire_quantites(valeur, unite: str = "") -> list[tuple[Decimal, str]]:
    """« 14 mesures renforcées et 4 mesures simples » → two pairs; a bare number takes `unite`, the header's."""
    quantites, reste = separer_quantites(valeur, unite)
    if not quantites or reste:
        raise ValeurRefusee("ce texte n’est pas une suite de quantités", "Écrivez par exemple « 60 places ».")
    return quantites


def separer_quantites(valeur, unite: str = "") -> tuple[list[tuple[Decimal, str]], str]:
    """The quantities that stand alone between separators, and the whole text again when it says anything else."""
    texte = lire_texte(valeur)
    quantites, est_complet = [], True
    for morceau in filter(None, SEPARATEUR_QUANTITES.split(texte)):
        trouve = QUANTITE.fullmatch(morceau.strip())
        if not trouve:
            est_complet = False
            continue
        quantites.append((_nombre_quantite(trouve[1]), (trouve[2] or unite).strip(" .")))
    return quantites, "" if est_complet else texte


def _nombre_quantite(texte: str) -> Decimal:
    if AMBIGU.fullmatch(texte):
        raise ValeurRefusee(f"quantité ambiguë : « {texte} »", "Écrivez les milliers avec une espace : 1 155.")
    if len(texte) > 15:
        raise ValeurRefusee("cette quantité est trop grande", "Vérifiez le nombre.")
    return Decimal(texte.replace(" ", "").replace(",", "."))


def cle_unite(unite: str) -> str:
    """Singular and plural are the same unit: « Places » and « place » add up."""
    return " ".join(mot.rstrip("sx") or mot for mot in cle_texte(unite).split())
