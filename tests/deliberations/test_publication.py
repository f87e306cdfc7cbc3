"""The publication edition: what is masked is a closed list, masked in the data, and is nowhere in the file."""

import io
import json
import re
import unicodedata

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from deliberations import documents, dossier_de_seance
from deliberations.dossier_de_seance import Edition
from deliberations.dossier_de_seance.publication import AGENT, COMPTE, COURRIEL, TELEPHONE, Masque, masque_du_jour
from tests import maquette
from tests.assemblee import elu
from tests.factories import AgentFactory
from tests.pdf import fautes_d_accessibilite, jointes, texte

pytestmark = pytest.mark.neutre

IBAN, RIB, BIC = "FR7630006000011234567890189", "30006 00001 12345678901 89", "AGRIFRPP882"
NOMS = [("Élise", "Tarabuste", False), ("Jean-Noël", "de la Sablière", False), ("Paul", "LEROY", True)]


@pytest.mark.parametrize(
    ("masque", "texte_"),
    [
        *[(COMPTE, t) for t in (
            IBAN, "FR76 3000 6000 0112 3456 7890 189", "FR76\u00a03000\u202f6000 0112 3456 7890 189", IBAN.lower(),
            "FR76-3000-6000-0112-3456-7890-189", "FR76 3000 6000\n0112 3456 7890 189",
            "FR00 3000 6000 0112 3456 7890 189",
            "FR76 3000 6000 0112 3456 7890 1", "FR14 2004 1010 0505 0001 3M02 606", "BE68 5390 0754 7034",
            "DE89370400440532013000", RIB, RIB.replace(" ", ""), "BIC : AGRIFRPP882", "BIC AGRIFRPP", "SWIFT: DEUTDEFF",
            BIC, "CEPAFRPP627", "CMCIFR2A",
        )],
        *[(TELEPHONE, t) for t in (
            "03 21 21 62 62", "0321216262", "03.21.21.62.62", "03-21-21-62-62", "03\u00a021\u202f21 62\u00a062",
            "+33 3 21 21 62 62", "+33(0)3 21 21 62 62", "0033321216262", "06 12 34 56 78",
        )],
        *[(COURRIEL, t) for t in ("prenom.nom@exemple.fr", "a+b@sous.exemple.org", "Contact@EXEMPLE.FR")],
        *[(AGENT, t) for t in (
            "Élise Tarabuste", "TARABUSTE Élise", "Mme Tarabuste", "Madame\u00a0TARABUSTE", "Mme E. Tarabuste",
            "Elise TARABUSTE", "M. Jean-Noël de la Sablière", "jean noel DE LA SABLIERE", "Paul Leroy",
            "M.\u00a0Paul LEROY",
            unicodedata.normalize("NFD", "Élise Tarabuste"),
        )],
    ],
)  # fmt: skip
@pytest.mark.parametrize("cadre", ["{}", "Voir {}, puis.", "({})", "avant {} et après", "À payer sur {}."])
def test_ce_qui_est_masque(masque, texte_, cadre):
    masqueur = Masque(NOMS)
    assert masqueur.texte(cadre.format(texte_)) == cadre.format(masque), texte_
    assert masqueur.nombre == 1


@pytest.mark.parametrize(
    "laisse",
    [
        "22620001200012", "226 200 012 00012", "SIREN 226200012", "C02-446A05", "6568/93446", "2022-02942",
        "6 193 643,00 €", "6\u202f193\u202f643,00\u00a0€", "1 234 567 890,12 €", "01/02/2024", "01.02.2024 10 h",
        "du 01-02-2024 au 03-04-2025 16", "062-226200012-20231211-2023_604-DE", "CHIFFRES", "LOGEMENT",
        "ACCOMPAGNEMENT DES PUBLICS", "MEDIATION", "le BIC des associations", "L.1111-6", "n°2023-259", "18 801 places",
        "M. LEROY, Président", "Tarabuste", "la rue Paul Doumer", "Saint-Paul", "M. le Président", "@CTES", "44 jours",
        "article 20 du 03 05 2021 06 et 07", "0,05 %", "https://exemple.fr/page",
    ],
)  # fmt: skip
def test_ce_qui_ne_l_est_pas(laisse):
    masqueur = Masque(NOMS)
    assert masqueur.texte(laisse) == laisse and masqueur.nombre == 0


def test_les_champs_nommes_sont_masques_quoi_qu_ils_contiennent():
    donnees = {"iban": "illisible", "telephone": "poste 12", "courriel": "", "liste": [{"bic": "X"}], "montant": "1.00"}
    masqueur = Masque()
    assert masqueur.appliquer(donnees) == {
        "iban": COMPTE, "telephone": TELEPHONE, "courriel": "", "liste": [{"bic": COMPTE}], "montant": "1.00",
    }  # fmt: skip
    assert masqueur.nombre == 3
    assert masqueur.appliquer([None, 3, True, ("a",)]) == [None, 3, True, ("a",)]


COMPTES = st.builds(
    lambda banque, guichet, compte: _iban_francais(banque, guichet, compte),
    st.integers(0, 99999), st.integers(0, 99999),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=11, max_size=11),
)  # fmt: skip


def _iban_francais(banque, guichet, compte) -> str:
    bban = f"{banque:05}{guichet:05}{compte}97"
    return f"FR{iban.calc_check_digits('FR00' + bban)}{bban}"


@given(
    COMPTES, st.lists(st.sampled_from(["", " ", "\u00a0", "\u202f"]), min_size=30, max_size=30), st.text(max_size=30)
)
def test_aucun_compte_francais_n_echappe(compte, separateurs, reste):
    ecrit = "".join(
        signe + (s if rang % 4 == 3 else "") for rang, (signe, s) in enumerate(zip(compte, separateurs, strict=False))
    )
    masque = Masque().texte(f"Compte {ecrit.strip()}. {reste}")
    assert compte not in re.sub(r"\s", "", masque)


@pytest.mark.django_db
def test_un_elu_et_un_signataire_ne_sont_pas_des_agents():
    from deliberations.models import Instance

    AgentFactory(first_name="Élise", last_name="Tarabuste")
    AgentFactory(first_name="Maryline", last_name="VINCLAIRE")
    instance = Instance.objects.create(code="CP", libelle="Commission permanente")
    elu("vinclaire", prenom="Maryline", nom="Vinclaire", instance=instance)
    masque = masque_du_jour()
    dit = "Élise Tarabuste et Maryline VINCLAIRE, Mme Vinclaire"
    assert masque.texte(dit) == f"{AGENT} et Maryline VINCLAIRE, Mme Vinclaire"


# --- On the real files


@pytest.fixture
def adopte(db, monkeypatch):
    """An adopted act whose texts carry what is not published."""
    AgentFactory(first_name="Élise", last_name="Tarabuste")
    monde = maquette.monde()
    ligne = monde.propositions[0].ligne
    ligne.description = f"Verser sur {IBAN}, BIC {BIC}, suivi par Élise Tarabuste au 03 21 21 62 62."
    ligne.save()
    monde.rapport.introduction = "Écrire à prenom.nom@exemple.fr.\n\nMme Tarabuste répond."
    monde.rapport.save()
    monde.mener_au_vote()
    monde.adopter()
    return monde.rapport


SECRETS = (IBAN, BIC, "Tarabuste", "03 21 21 62 62", "prenom.nom@exemple.fr")


def tout_ce_que_porte(pdf: bytes) -> str:
    """Text of the pages, metadata, attached files, and every stream uncompressed."""
    lu = [texte(pdf)]
    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        lu.append(str(dict(fichier.docinfo)))
        for objet in fichier.objects:
            if isinstance(objet, pikepdf.Stream):
                try:
                    lu.append(objet.read_bytes().decode("latin-1"))
                except pikepdf.PdfError:  # an image or a font keeps its own encoding
                    continue
    lu += [contenu.decode("utf-8", "replace") for contenu in jointes(pdf).values() if not contenu.startswith(b"PK")]
    lu += [_du_classeur(contenu) for contenu in jointes(pdf).values() if contenu.startswith(b"PK")]
    return "\n".join(lu)


def _du_classeur(contenu: bytes) -> str:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(contenu)) as classeur:
        return "\n".join(classeur.read(nom).decode("utf-8", "replace") for nom in classeur.namelist())


def presents(pdf: bytes) -> list[str]:
    lu = re.sub(r"\s+", " ", tout_ce_que_porte(pdf))
    return [s for s in SECRETS if s in lu or s.replace(" ", "\u00a0") in lu]


@pytest.mark.parametrize("format", ["pdf", "archive"])
def test_le_fichier_publie_ne_porte_nulle_part_ce_qui_est_masque(adopte, format):
    signe, _ = dossier_de_seance.editer(adopte, "dossier_de_seance", format)
    publie, nom = dossier_de_seance.editer(adopte, "dossier_de_seance", format, edition="publication")
    assert presents(signe) == list(SECRETS), "what is looked for is found where it is"
    assert presents(publie) == []
    assert "publication" in nom and COMPTE in re.sub(r"\s+", " ", texte(publie))
    assert fautes_d_accessibilite(publie, "ua1" if format == "pdf" else "pdfa3a") == []


@pytest.mark.parametrize(("cle", "format"), [("repartition", "xlsx"), ("repartition", "csv"), ("rapport", "json")])
def test_les_autres_formats_sont_masques_aussi(adopte, cle, format):
    signe, _ = dossier_de_seance.editer(adopte, cle, format)
    publie, nom = dossier_de_seance.editer(adopte, cle, format, edition="publication")
    lire = _du_classeur if format == "xlsx" else lambda octets: octets.decode()
    assert [s for s in SECRETS if s in lire(signe)] and [s for s in SECRETS if s in lire(publie)] == []
    assert nom.endswith(f"_publication.{format}")


def test_les_chiffres_publies_sont_ceux_du_vote(adopte):
    signes, publies = (dossier_de_seance.contextes(adopte, e, ("repartition",))[0] for e in Edition.values)
    assert signes["total"] == publies["total"] == "650.00"
    assert json.dumps(signes) != json.dumps(publies)
    assert documents.contexte_actuel(adopte, "repartition") == signes, "the frozen data are not touched"
