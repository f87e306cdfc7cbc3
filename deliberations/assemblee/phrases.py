"""How the assembly is printed: lists of names, and the sentences of those who step aside, with their grammar."""

from deliberations.assemblee.composition import Assistance, Etat, Membre
from deliberations.redaction.mots import enumerer

# (attribute of the attendance, heading printed by the délibération)
RUBRIQUES = (
    ("presents", "Étaient présents"),
    ("excuses", "Excusé(s)"),
    ("absents", "Absent(s)"),
    ("assistants", "Assistant également sans voix délibérative"),
    ("excuses_sans_voix", "Excusé(s) sans voix délibérative"),
)


def rubriques(assistance: Assistance) -> list[dict]:
    """`[{titre, noms: [« Mme Carole DUBOIS »…]}]`: the attendance paragraph; an empty list is not printed."""
    listes = [(titre, getattr(assistance, attribut)) for attribut, titre in RUBRIQUES]
    return [{"titre": titre, "noms": [str(m) for m in membres]} for titre, membres in listes if membres]


CE_RAPPORT, CES_ARTICLES = "ce rapport", "ces articles"


def deports(membres: list[Membre], portee: str) -> list[str]:
    """One sentence per way of attending: whoever steps aside is named, present, excused, absent or without a voice.

    `portee`: what they step aside of, the whole rapport (`CE_RAPPORT`) or the articles of a block (`CES_ARTICLES`).
    """
    ecrites = (
        deports_presents([m for m in membres if m.a_voix and m.est_present]),
        deports_hors_seance([m for m in membres if m.a_voix and m.etat == Etat.EXCUSE], "excusé", portee),
        deports_hors_seance([m for m in membres if m.a_voix and m.etat == Etat.ABSENT], "absent", portee),
        deports_sans_voix([m for m in membres if not m.a_voix]),
    )
    return [phrase for phrase in ecrites if phrase]


def deports_presents(membres: list[Membre]) -> str:
    """« Intéressées à l’affaire, Mesdames A et B se sont retirées : elles n’ont participé ni au débat ni au vote. »"""
    if not membres:
        return ""
    mots = _accords(membres)
    return (
        f"{mots['interesse']} à l’affaire, {_designer(membres)} {mots['retire']}\u00a0: {mots['sujet']} "
        f"{mots['avoir']} participé ni au débat ni au vote."
    )


def deports_hors_seance(membres: list[Membre], etat: str, portee: str) -> str:
    """« Intéressé à l’affaire, Monsieur A, absent, n’a donné aucune délégation de vote pour ce rapport. »

    `etat`: « absent », or « excusé » for who gave a delegation for the rest of the séance.
    """
    if not membres:
        return ""
    mots = _accords(membres)
    return (
        f"{mots['interesse']} à l’affaire, {_designer(membres)}, {etat}{mots['fin']}, {mots['avoir']} donné aucune "
        f"délégation de vote pour {portee}."
    )


def deports_sans_voix(membres: list[Membre]) -> str:
    """« Intéressé à l’affaire, Monsieur A, qui siège sans voix délibérative, n’a pas participé au débat. »"""
    if not membres:
        return ""
    mots = _accords(membres)
    siege = "qui siège" if len(membres) == 1 else "qui siègent"
    return (
        f"{mots['interesse']} à l’affaire, {_designer(membres)}, {siege} sans voix délibérative, {mots['avoir']} pas "
        "participé au débat."
    )


def _designer(membres: list[Membre]) -> str:
    """« Mesdames A et B, ainsi que Messieurs C et D »: women first, as the acts do."""
    parties = []
    for civilite, un, plusieurs in (("Mme", "Madame", "Mesdames"), ("M.", "Monsieur", "Messieurs")):
        noms = [f"{m.prenom} {m.nom}" for m in membres if m.civilite == civilite]
        if noms:
            parties.append(f"{un if len(noms) == 1 else plusieurs} {enumerer(noms)}")
    return ", ainsi que ".join(parties)


def _accords(membres: list[Membre]) -> dict[str, str]:
    """Gender and number: one man makes the whole masculine."""
    feminin = all(m.civilite == "Mme" for m in membres)
    pluriel = len(membres) > 1
    fin = ("e" if feminin else "") + ("s" if pluriel else "")
    return {
        "interesse": f"Intéressé{fin}",
        "fin": fin,
        "retire": f"{'se sont' if pluriel else 's’est'} retiré{fin}",
        "sujet": ("elle" if feminin else "il") + ("s" if pluriel else ""),
        "avoir": "n’ont" if pluriel else "n’a",
    }
