"""The sentences of those who step aside, in gender and number; the lists of the attendance."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliberations.assemblee import phrases
from deliberations.assemblee.composition import Assistance, Membre

pytestmark = pytest.mark.neutre


def absents(membres):
    return phrases.deports_hors_seance(membres, "absent", phrases.CE_RAPPORT)


def excuses(membres):
    return phrases.deports_hors_seance(membres, "excusé", phrases.CES_ARTICLES)


PHRASES = (phrases.deports_presents, absents, excuses, phrases.deports_sans_voix)
INSECABLE = "\u00a0"


def membre(civilite, nom, etat="present", a_voix=True) -> Membre:
    return Membre(
        elu_id=0, code=nom.lower(), civilite=civilite, prenom="Dominique", nom=nom, groupe="", a_voix=a_voix,
        etat=etat,
    )  # fmt: skip


A, B, C = (membre("Mme", nom) for nom in ("ALLARD", "BRUN", "COLIN"))
D, E, F = (membre("M.", nom) for nom in ("DUVAL", "ÉVRARD", "FABRE"))

# (members, « Intéressé… », how they are named, participle « retiré », pronoun, « absent »)
ACCORDS = [
    ([A], "Intéressée", "Madame Dominique ALLARD", "s’est retirée", "elle n’a", "absente, n’a", "qui siège", "n’a pas"),
    ([D], "Intéressé", "Monsieur Dominique DUVAL", "s’est retiré", "il n’a", "absent, n’a", "qui siège", "n’a pas"),
    (
        [A, B], "Intéressées", "Mesdames Dominique ALLARD et Dominique BRUN", "se sont retirées", "elles n’ont",
        "absentes, n’ont", "qui siègent", "n’ont pas",
    ),
    (
        [D, E], "Intéressés", "Messieurs Dominique DUVAL et Dominique ÉVRARD", "se sont retirés", "ils n’ont",
        "absents, n’ont", "qui siègent", "n’ont pas",
    ),
    (
        [D, A], "Intéressés", "Madame Dominique ALLARD, ainsi que Monsieur Dominique DUVAL", "se sont retirés",
        "ils n’ont", "absents, n’ont", "qui siègent", "n’ont pas",
    ),
    (
        [A, D, B, E, C, F], "Intéressés",
        "Mesdames Dominique ALLARD, Dominique BRUN et Dominique COLIN, ainsi que Messieurs Dominique DUVAL, "
        "Dominique ÉVRARD et Dominique FABRE",
        "se sont retirés", "ils n’ont", "absents, n’ont", "qui siègent", "n’ont pas",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("membres", "interesse", "noms", "retire", "sujet", "absent", "siege", "avoir"),
    ACCORDS,
    ids=["une femme", "un homme", "des femmes", "des hommes", "une femme et un homme", "tous"],
)
def test_genre_et_nombre_des_trois_phrases(membres, interesse, noms, retire, sujet, absent, siege, avoir):
    debut = f"{interesse} à l’affaire, {noms}"
    assert phrases.deports_presents(membres) == (
        f"{debut} {retire}{INSECABLE}: {sujet} participé ni au débat ni au vote."
    )
    assert absents(membres) == f"{debut}, {absent} donné aucune délégation de vote pour ce rapport."
    assert phrases.deports_sans_voix(membres) == (
        f"{debut}, {siege} sans voix délibérative, {avoir} participé au débat."
    )


def test_chacun_est_nomme_une_fois_selon_qu_il_siege():
    salle = [A, membre("M.", "BIS", "excuse"), membre("Mme", "TER", "absent"), membre("M.", "QUATER", a_voix=False)]
    ecrites = phrases.deports(salle, phrases.CES_ARTICLES)
    assert ecrites == [
        f"Intéressée à l’affaire, Madame Dominique ALLARD s’est retirée{INSECABLE}: elle n’a participé ni au débat ni "
        "au vote.",
        "Intéressé à l’affaire, Monsieur Dominique BIS, excusé, n’a donné aucune délégation de vote pour ces articles.",
        "Intéressée à l’affaire, Madame Dominique TER, absente, n’a donné aucune délégation de vote pour ces articles.",
        "Intéressé à l’affaire, Monsieur Dominique QUATER, qui siège sans voix délibérative, n’a pas participé au "
        "débat.",
    ]
    assert phrases.deports([], phrases.CE_RAPPORT) == []


@pytest.mark.parametrize("phrase", PHRASES)
def test_personne_ne_se_deporte_aucune_phrase(phrase):
    assert phrase([]) == ""


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.builds(membre, st.sampled_from(["Mme", "M."]), st.text("ABCDEF", min_size=3)), max_size=20))
def test_chaque_nom_une_fois_et_l_accord_de_tous(membres):
    for phrase in PHRASES:
        texte = phrase(membres)
        if not membres:
            assert texte == ""
            continue
        for m in membres:
            assert texte.count(f"Dominique {m.nom}") >= 1
        assert texte.count("Dominique ") == len(membres)
        femmes = all(m.civilite == "Mme" for m in membres)
        mot = "Intéressé" + ("e" if femmes else "") + ("s" if len(membres) > 1 else "")
        assert texte.startswith(f"{mot} à l’affaire, ") and texte.endswith(".")
        assert "  " not in texte and " :" not in texte


def test_les_listes_de_l_assistance_dans_l_ordre_du_tableau():
    salle = Assistance(
        (
            A, membre("M.", "BIS", "excuse"), D, membre("Mme", "TER", "absent"), membre("M.", "QUATER", a_voix=False),
            membre("Mme", "SEXIES", "excuse", a_voix=False), membre("M.", "SEPTIES", "absent", a_voix=False),
            membre("M.", "OCTIES", None, a_voix=False),
        )
    )  # fmt: skip
    assert phrases.rubriques(salle) == [
        {"titre": "Étaient présents", "noms": [f"Mme{INSECABLE}Dominique ALLARD", f"M.{INSECABLE}Dominique DUVAL"]},
        {"titre": "Excusé(s)", "noms": [f"M.{INSECABLE}Dominique BIS"]},
        {"titre": "Absent(s)", "noms": [f"Mme{INSECABLE}Dominique TER"]},
        {"titre": "Assistant également sans voix délibérative", "noms": [f"M.{INSECABLE}Dominique QUATER"]},
        {
            "titre": "Excusé(s) sans voix délibérative",
            "noms": [f"Mme{INSECABLE}Dominique SEXIES", f"M.{INSECABLE}Dominique SEPTIES"],
        },
    ]


def test_une_liste_vide_ne_s_imprime_pas():
    assert [r["titre"] for r in phrases.rubriques(Assistance((A, D)))] == ["Étaient présents"]
    assert phrases.rubriques(Assistance(())) == []
