"""The four published délibérations, made from the demo data and read in their PDFs.

Every name in its list, every déport sentence with its grammar, the figures of every block, amounts, annexes,
imputations and revenue: what is expected is computed from the fixtures, or published (`test_fixtures`).
"""

import io
import re
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace

import pypdf
import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from budget.models import Mouvement
from deliberations import demonstration as demo
from deliberations import documents, dossier_de_seance
from deliberations.models import Rapport
from dpid.models import Agent, Journal
from dpid.montants import euros, lire_euros
from dpid.typographie import composer, date_longue
from tests import pdf as lecture
from tests.deliberations import test_fixtures as publie

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("actes_adoptes"), pytest.mark.neutre]
RUBRIQUES = {
    "present": "Étaient présents",
    "excuse": "Excusé(s)",
    "absent": "Absent(s)",
    "assistant": "Assistant également sans voix délibérative",
    "excuse_sans_voix": "Excusé(s) sans voix délibérative",
}
NOM = r"(?:M\.|Mme) [^,.]+"
TITRES = {"Mme": ("Madame", "Mesdames"), "M.": ("Monsieur", "Messieurs")}


@pytest.fixture(scope="module")
def actes_adoptes(django_db_setup, django_db_blocker):
    """The demo up to the adoption, loaded once; only the délibérations are real PDFs, the other documents are bytes."""
    vrai = documents.rendre

    def rendre(contexte, format):
        if format == "pdf" and (contexte["nature"] != "deliberation" or contexte["projet"]):
            return f"%PDF-essai {contexte['nature']} {contexte['reference']}".encode()
        return vrai(contexte, format)

    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "rendre", rendre)
        call_command("charger_demo", "--jusqu-a", "adoption", verbosity=0)
        yield
        transaction.set_rollback(True)


def lire_pdf(octets: bytes) -> str:
    """Plain text: one space for every space, no page footer, words cut at the end of a line put together."""
    brut = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(octets)).pages)
    lignes = [li for li in brut.split("\n") if not re.search(r"page \d+/\d+$", li.strip()) and li.strip() != "•"]
    texte = re.sub(r"\s+", " ", " ".join(lignes))
    return re.sub(r"(?<=\w)- (?=\w)", "-", texte)


LUS: dict[str, str] = {}


@pytest.fixture(params=demo.PUBLIES)
def acte(request, db):
    """One act: its fixture, the rapport, and the text of its PDF as it was frozen by the vote."""
    numero = request.param
    rapport = Rapport.objects.par_reference(numero)
    if numero not in LUS:
        LUS[numero] = lire_pdf(documents.editer(rapport, "deliberation", "pdf")[0])
    return SimpleNamespace(
        numero=numero, rapport=rapport, donnees=demo.lire_json(f"rapport_{numero}.json"), texte=LUS[numero]
    )


@pytest.fixture(scope="module")
def elus():
    return {e["code"]: e for e in demo.lire_json("assemblee.json")["elus"]}


def nom(elus, code, jour, *, avec_civilite=True) -> str:
    """« Mme Stéphanie GUISELAIN » in 2022, « Mme Stéphanie RIGAUX » in 2024."""
    (mandat,) = publie.mandats_au(elus[code], jour)
    civilite = f"{elus[code]['civilite']} " if avec_civilite else ""
    return f"{civilite}{mandat['prenom']} {mandat['nom']}"


def articles(texte) -> dict[int, str]:
    """{number: text}; the vote of a block ends its last article."""
    morceaux = re.split(r"Article (\d+) :", texte)[1:]
    return {
        int(n): re.split(r"Conditions du vote|\(Adopté\)", corps)[0].strip()
        for n, corps in zip(morceaux[::2], morceaux[1::2], strict=True)
    }


# --- The assembly


def test_chaque_nom_dans_sa_liste(acte, elus):
    seance = acte.donnees["seance"]
    entete = acte.texte.split("La Commission permanente")[0]
    for liste, titre in RUBRIQUES.items():
        attendus = {nom(elus, code, seance["date"]) for code in seance["presences"][liste]}
        trouve = re.search(rf"{re.escape(titre)} : ((?:{NOM}, )*{NOM})\.", entete)
        lus = re.findall(NOM, trouve[1]) if trouve else []
        assert Counter(lus) == Counter(attendus), titre
        assert len(lus) == publie.PRESENCES[acte.numero][publie.LISTES.index(liste)]


def test_president_secretaire_signataire(acte, elus):
    seance = acte.donnees["seance"]
    president = nom(elus, seance["president"], seance["date"], avec_civilite=False)
    assert f"PRÉSIDENCE DE MONSIEUR {president.upper()}" in acte.texte
    assert f"Secrétaire : {nom(elus, seance['secretaire'], seance['date'])}" in acte.texte
    assert f"RÉUNION DU {date_longue(acte.rapport.seance.date).upper()}" in acte.texte
    fin = acte.texte[-400:]
    assert "Pour le Président du Conseil départemental, La Directrice générale des services Maryline VINCLAIRE" in fin
    assert f"Arras, le {date_longue(acte.rapport.seance.date)}" in fin and f"(N° {acte.numero})" in acte.texte


# --- Déports


def phrase_de(texte, noms) -> str:
    """The only sentence of déport that names exactly these people."""
    phrases = re.findall(r"Intéressée?s? à l’affaire, .+?\.(?= [A-Z])", texte)
    trouvees = [p for p in phrases if sorted(noms) == sorted(cites(p))]
    assert len(trouvees) == 1, (noms, phrases)
    return trouvees[0]


def cites(phrase) -> list[str]:
    """« Prénom NOM » cited by a sentence."""
    return re.findall(r"\b[A-ZÉ][a-zà-ÿ]+(?:-[A-Z][a-zà-ÿ]+)? [A-ZÉÇ]{2}[A-ZÉÇ-]+\b", phrase)


def verifier_grammaire(phrase, membres):
    """`membres`: [(civilité, name)]. Women first; one man makes the whole masculine; number of each part."""
    femmes = [n for civilite, n in membres if civilite == "Mme"]
    hommes = [n for civilite, n in membres if civilite == "M."]
    for civilite, noms in (("Mme", femmes), ("M.", hommes)):
        un, plusieurs = TITRES[civilite]
        attendu = Counter({un: int(len(noms) == 1), plusieurs: int(len(noms) > 1)})
        assert Counter(re.findall(rf"{un}\b|{plusieurs}\b", phrase)) == +attendu, phrase
    assert [n in femmes for n in cites(phrase)] == sorted((n in femmes for n in cites(phrase)), reverse=True), phrase
    pluriel, feminin = len(membres) > 1, not hommes
    assert phrase.startswith(f"Intéressé{'e' * feminin}{'s' * pluriel} à l’affaire"), phrase
    assert ("n’ont" in phrase, "n’a " in phrase) == (pluriel, not pluriel), phrase
    for mot in re.findall(r"\b(?:retirée?s?|absente?s?|excusée?s?)\b", phrase):
        assert mot.endswith("s") == pluriel and mot.rstrip("s").endswith(("ée", "te")) == feminin, phrase


def test_deports_de_chaque_bloc(acte, elus):
    jour = acte.donnees["seance"]["date"]
    for bloc in acte.donnees["votes"]["blocs"]:
        if bloc["deports"]:
            membres = [(elus[c]["civilite"], nom(elus, c, jour, avec_civilite=False)) for c in bloc["deports"]]
            phrase = phrase_de(acte.texte, [n for _, n in membres])
            verifier_grammaire(phrase, membres)
            assert "ni au débat ni au vote" in phrase


def test_deports_du_rapport(acte, elus):
    """Absent members first, then those who sit without a voice; each sentence once for the whole act."""
    jour, deports = acte.donnees["seance"]["date"], acte.donnees["votes"]["deports"]
    absents = [c for c in deports if c in acte.donnees["seance"]["presences"]["absent"]]
    sans_voix = [c for c in deports if c not in absents]
    for codes, mots in ((absents, "délégation de vote pour ce rapport"), (sans_voix, "sans voix délibérative")):
        if codes:
            membres = [(elus[c]["civilite"], nom(elus, c, jour, avec_civilite=False)) for c in codes]
            phrase = phrase_de(acte.texte, [n for _, n in membres])
            verifier_grammaire(phrase, membres)
            assert mots in phrase and "vote." not in phrase.replace(mots, "")


def test_autant_de_phrases_que_de_deports(acte):
    votes = acte.donnees["votes"]
    absents = set(votes["deports"]) & set(acte.donnees["seance"]["presences"]["absent"])
    attendues = sum(1 for b in votes["blocs"] if b["deports"]) + bool(absents) + bool(set(votes["deports"]) - absents)
    assert len(re.findall(r"Intéressée?s? à l’affaire", acte.texte)) == attendues


# --- Votes


def test_figures_de_chaque_bloc(acte):
    figures = []
    for bloc in re.findall(r"Conditions du vote :(.+?)\(Adopté\)", acte.texte):
        lues = dict(re.findall(r"(Pour|Contre|Abstention|Absents sans délégation de vote) : (\d+)", bloc))
        figures.append(
            tuple(int(lues.get(c, 0)) for c in ("Pour", "Contre", "Abstention", "Absents sans délégation de vote"))
        )
    assert figures == publie.VOTES[acte.numero]
    votants = {len(acte.rapport.seance.presences.filter(elu__mandats__in=_mandats_a_voix(acte)))}
    assert {sum(f) for f in figures} == votants


def _mandats_a_voix(acte):
    from deliberations.models import Mandat

    return Mandat.objects.au(acte.rapport.seance.date).filter(a_voix=True)


def test_groupes_de_chaque_categorie(acte, elus):
    """Only the groups that have a voice in the category."""
    jour, presences = acte.donnees["seance"]["date"], acte.donnees["seance"]["presences"]

    def groupes(codes):
        return {f"Groupe {publie.mandats_au(elus[c], jour)[0]['groupe']}" for c in codes}

    lus = re.findall(r"Conditions du vote :(.+?)\(Adopté\)", acte.texte)
    for bloc, texte in zip(acte.donnees["votes"]["blocs"], lus, strict=True):
        pour = set(presences["present"]) | set(presences["excuse"])
        attendus = {"Pour": pour - set(bloc["deports"]), "Abstention": bloc["deports"], "Absents": presences["absent"]}
        for categorie, codes in attendus.items():
            parenthese = re.search(rf"{categorie}[^:]*: \d+(?: voix)?(?: \((.*?)\))?", texte)
            cites_ici = set(re.findall(r"Groupe [A-E]", parenthese[1] or "")) if parenthese else set()
            assert cites_ici == groupes(codes), categorie


# --- Articles


def test_nombre_d_articles(acte):
    """As many as published; 2023-604 printed one article for each of two structures under the same model."""
    assert len(articles(acte.texte)) == {"2022-375": 8, "2023-243": 3, "2023-604": 6, "2024-273": 14}[acte.numero]


def test_articles_de_financement(acte):
    """Amount of each thématique, number of opérations, the word that the act uses, annexe de répartition."""
    ecrits = articles(acte.texte)
    mots = {"operation": "opération", "dispositif": "dispositif"}
    for t, nombre in zip(acte.donnees["thematiques"], publie.NOMBRE_D_OPERATIONS[acte.numero], strict=True):
        (article,) = [a for a in ecrits.values() if f"thématique {t['numero']} «" in a]
        montant = publie.THEMATIQUES[acte.numero][t["numero"]]
        annexe = publie.ANNEXES[acte.numero][1]["repartition"]
        assert re.sub(r"\s", " ", euros(Decimal(montant), symbole=True)) in article
        assert f"annexe {annexe}" in article and f"« {t['titre']} »" in article
        mot = mots[t["mot"]]
        assert (f"{nombre} {mot}s " if nombre > 1 else f"{mot} ") in article


def test_articles_de_signature(acte):
    """Each act to sign stands in one article, with its annexe and the structures of its lines.

    A long list is the one of the annexe de répartition: the article says how many they are.
    """
    ecrits = articles(acte.texte)
    structures = {}
    for _, o in publie.operations(acte.donnees):
        for li in o["lignes"]:
            structures.setdefault(li["acte"].get("annexe"), set()).add(li["structure"])
    for rang, annexe in enumerate(acte.donnees["annexes"], start=1):
        if annexe["nature"] not in ("projet_acte", "modele"):
            continue
        citant = [a for a in ecrits.values() if re.search(rf"annexes?\b[^.]*\b{rang}\b", a) and "approuvé" not in a]
        assert citant, annexe["cle"]
        attendus = structures.get(annexe["cle"]) or {annexe["parties"]}
        par_l_annexe = (
            f"les {len(attendus)} structures que l’annexe {publie.ANNEXES[acte.numero][1].get('repartition')} "
        )
        assert any(all(plat(s) in a for s in attendus) or par_l_annexe in a for a in citant), annexe["cle"]
    assert sum("Est adopté" in a for a in ecrits.values()) == sum(
        a["nature"] == "modele" for a in acte.donnees["annexes"]
    )


def plat(nom_de_structure: str) -> str:
    """A name as the PDF gives it back."""
    return re.sub(r"(?<=\w)- (?=\w)", "-", re.sub(r"\s+", " ", composer(nom_de_structure)))


def test_avenants_du_fsl_en_un_seul_article():
    """Three acts, one authorisation, as 2024-273 does."""
    (article,) = [a for a in articles(texte_de("2024-273")).values() if "Blanzy Pourre" in a]
    assert "Résidence Pour Tous" in article and "FACE Côte d’Opale" in article
    assert re.search(r"annexes 10, 11 et 12", article)


def test_financements_du_fsl_en_plus_et_en_tout():
    """62 004,80 € more, which bring the acts in force to the 111 229,40 € that 2024-273 prints."""
    (article,) = [a for a in articles(texte_de("2024-273")).values() if "hors budget départemental" in a]
    attendu = "62 004,80 € financés hors budget départemental (111 229,40 € avec les montants déjà accordés)"
    assert attendu in re.sub(r"\s", " ", article)


def texte_de(numero) -> str:
    if numero not in LUS:
        LUS[numero] = lire_pdf(documents.editer(Rapport.objects.par_reference(numero), "deliberation", "pdf")[0])
    return LUS[numero]


def test_articles_imputes(acte):
    """The consequence names the articles that finance, and them alone."""
    ecrits = articles(acte.texte)
    finances = [n for n, a in ecrits.items() if "Est approuvé le financement" in a]
    if finances:
        dernier = ecrits[max(ecrits)]
        cites_la = re.search(r"articles? ([\d, et]+?) (?:sont|est) imputée?s?", dernier)[1]
        assert [int(n) for n in re.findall(r"\d+", cites_la)] == finances


# --- Tables


def test_table_des_imputations(acte):
    """Code, imputation, AE and dépense of each row, in the order of the budget; their total."""
    lues = re.findall(r"(C\d\d-\d{3}[A-Z]\d\d) (\d+/\d+) (?:(?!C\d\d-).)+? ([\d ]+,\d\d) ([\d ]+,\d\d)", acte.texte)
    budget = demo.lire_json("budget.json")
    lignes = {li["code"]: li for li in budget["lignes"]}
    ae = {(a["ligne"], a["millesime"]): Decimal(a["ae"]) for a in budget["autorisations"]}
    annee = acte.rapport.seance.date.year
    attendues = [
        (code, f"{lignes[code]['nature']}/{lignes[code]['fonction']}", ae[code, annee], Decimal(depense))
        for code, depense in publie.IMPUTATIONS[acte.numero].items()
    ]
    assert [(c, i, lire_euros(a), lire_euros(d)) for c, i, a, d in lues] == attendues
    if attendues:
        total = re.search(r"TOTAL ([\d ]+,\d\d)", acte.texte)[1]
        assert lire_euros(total) == sum(d for *_, d in attendues)


def test_table_des_recettes(acte):
    attendues = [("C02-428N01", "74713/93428", Decimal(r["proposition"])) for r in acte.donnees["recettes"]]
    lues = re.findall(r"(C\d\d-\d{3}[A-Z]\d\d) (74713/\d+) (?:(?!C\d\d-).)+? ([\d ]+,\d\d)", acte.texte)
    assert [(c, i, lire_euros(m)) for c, i, m in lues] == attendues
    assert len(attendues) == (acte.numero == "2023-243")


# --- Visas


def test_visas_dans_l_ordre(acte):
    """The texts of the library, the rapport, then the avis with their dates."""
    textes = {t["code"]: t["texte"] for t in demo.lire_json("assemblee.json")["textes"]}
    attendus = [plat(f"Vu {textes[code]}") for code in acte.donnees["rapport"]["textes_vises"]]
    places = [acte.texte.find(texte) for texte in attendus]
    assert -1 not in places and places == sorted(places), [t for t, p in zip(attendus, places, strict=True) if p < 0]
    assert acte.texte.count("Vu ") == len(attendus) + 1 + len(acte.donnees["avis"])
    for avis in acte.donnees["avis"]:
        jour = "/".join(reversed(avis["date"].split("-")))
        assert re.search(rf"Vu l’avis favorable .+?{jour}", acte.texte)


# --- The files


@pytest.mark.lent
def test_accessibilite_et_typographie_des_fichiers(acte):
    """On the délibération as it was frozen, and on the bundle, which holds the rapport and every annexe."""
    for cle in ("deliberation", "dossier_de_seance"):
        pdf, _ = dossier_de_seance.editer(acte.rapport, cle, "pdf")
        assert lecture.fautes_d_accessibilite(pdf) == [], cle
        assert lecture.fautes_de_typographie(pdf) == [], cle


# --- The pages and the data behind


def test_la_page_du_rapport_montre_un_document_qui_existe(acte, client):
    """2023-243 finances nothing: no annexe de répartition to show."""
    client.force_login(Agent.objects.get(username="instruction"))
    page = client.get(acte.rapport.get_absolute_url())
    assert page.status_code == 200 and acte.numero in page.content.decode()
    apercu = "rapport" if acte.numero == "2023-243" else "repartition"
    assert page.context["apercu"] == apercu
    assert client.get(reverse("rapport_apercu", args=[acte.rapport.pk, apercu])).status_code == 200


def test_soldes_publies():
    """Disponible, proposition and solde of the rapports that print them."""
    attendus = {
        "2022-375": ["1235586.67", "387000.00", "3662882.35", "170000.00", "712445.40"],
        "2023-604": ["726415.77", "244438.54", "36000.00"],
    }
    for numero, soldes in attendus.items():
        votees = Rapport.objects.par_reference(numero).deliberation.imputations.all()
        assert [i.solde for i in votees] == [Decimal(s) for s in soldes], numero


def test_charger_deux_fois_ne_change_rien(actes_adoptes):
    avant = [Rapport.objects.count(), Journal.objects.count(), Mouvement.objects.count()]
    call_command("charger_demo", "--jusqu-a", "adoption", verbosity=0)
    assert [Rapport.objects.count(), Journal.objects.count(), Mouvement.objects.count()] == avant


def test_les_comptes_se_verifient():
    call_command("verifier_comptes", verbosity=0)
