"""The four documents of a rapport, judged on the real files: text, structure, figures, bytes."""

import io
import json
import re

import page
import pikepdf
import pypdf
import pytest
from django.core.management import CommandError, call_command

from deliberations import documents
from deliberations.models import Deliberation, DocumentDeDeliberation
from deliberations.redaction.articles import Contenu, articles
from deliberations.redaction.mots import enumerer
from dpid.erreurs import ActeRefuse
from dpid.models import Document, Territoire
from programmes.models import Structure
from tests.deliberations import donnees

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
NATURES = documents.NATURES
FINE, INS = "\u202f", "\u00a0"


@pytest.fixture
def rapport():
    return donnees.rapport()


def texte(pdf: bytes) -> str:
    return "\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def plat(chaine: str) -> str:
    """One space for any run of spaces and line breaks: where a line is cut does not matter."""
    return re.sub(r"[ \n]+", " ", chaine)


def imprime(chaine: str) -> str:
    """As extracted: the font has one glyph for U+0020 and U+00A0, which comes out as a plain space."""
    return chaine.replace(INS, " ")


def balises(pdf: bytes) -> list[str]:
    """Every tag of the structure tree, in order."""
    resultat = []

    def descendre(noeud):
        if isinstance(noeud, pikepdf.Array):
            for enfant in noeud:
                descendre(enfant)
        elif isinstance(noeud, pikepdf.Dictionary):
            if "/S" in noeud:
                resultat.append(str(noeud.S).lstrip("/"))
            if "/K" in noeud:
                descendre(noeud.K)

    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        descendre(fichier.Root.StructTreeRoot.K)
    return resultat


# --- Contexts


@pytest.mark.parametrize("nature", NATURES)
def test_contexte_est_du_json_et_se_recalcule_a_l_identique(rapport, nature):
    premier = documents.contexte(rapport, nature)
    assert premier == documents.contexte(rapport, nature)
    assert json.loads(json.dumps(premier)) == premier
    assert premier["projet"] is True
    final = documents.contexte(rapport, nature, numero="2023-604", le=donnees.JOUR)
    assert (final["projet"], final["numero"], final["date"]) == (False, "2023-604", "2023-12-11")


@pytest.mark.parametrize("nature", NATURES)
def test_contexte_coute_les_memes_requetes_pour_dix_et_cinquante_lignes(nature, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    comptes = []
    for nombre, numero in ((3, "1"), (50, "2")):
        lignes = [{**donnees.FAJ[1], "structure": f"Structure {numero}-{n}"} for n in range(nombre)]
        prepare = donnees.rapport([(4, "Jeunes", [("FAJ", lignes), ("CLLAJ", lignes[:2])])], numero=numero)
        prepare.refresh_from_db()
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            documents.contexte(prepare, nature)
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1] <= 30, comptes


def test_chiffres_publies(rapport):
    contexte = documents.contexte(rapport, "repartition")
    trois, quatre = contexte["thematiques"]
    assert trois["total"] == "156236.00"
    assert [o["total"] for o in quatre["operations"]] == ["140000.00", "15121.00"]
    assert quatre["total"] == "155121.00"
    assert quatre["operations"][0]["nombre_structures"] == 7
    imputations = documents.contexte(rapport, "imputations")
    assert [(r["code"], r["disponible"], r["proposition"], r["solde"]) for r in imputations["imputations"]] == [
        ("C02-446A05", "882651.77", "156236.00", "726415.77"),
        ("C02-428C02", "259559.54", "15121.00", "244438.54"),
        ("C02-428B02", "176000.00", "140000.00", "36000.00"),
    ]
    assert imputations["total"] == "311357.00"


def test_portee_tous_quand_rien_ou_tout_est_choisi(rapport):
    for code in ("A", "B"):
        Territoire.objects.create(code=code, libelle=f"Territoire {code}")
    assert documents.contexte(rapport, "rapport")["territoires"] == []
    rapport.territoires.set(Territoire.objects.all())
    assert documents.contexte(rapport, "rapport")["territoires"] == []
    rapport.territoires.set(Territoire.objects.filter(code="A"))
    assert documents.contexte(rapport, "rapport")["territoires"] == ["Territoire A"]


# --- PDF


@pytest.mark.parametrize("nature", NATURES)
@pytest.mark.parametrize("numero", [None, "2023-604"])
def test_pdf_est_conforme_balise_et_date(rapport, nature, numero):
    contexte = documents.contexte(rapport, nature, numero=numero)
    pdf = documents.rendre(contexte, "pdf")
    constat = page.validate_pdf_bytes(pdf, profile="ua1")
    assert constat.is_compliant, [(f.rule_id, f.message) for f in constat.failures]
    with pikepdf.open(io.BytesIO(pdf)) as fichier:
        assert str(fichier.Root.Lang) == "fr"
        assert str(fichier.docinfo.Title) == documents.titre(contexte)
        assert str(fichier.docinfo.CreationDate) == "D:20231211"
        assert {f.BaseFont for f in fichier.objects if _est_police(f)} and all(
            "Dpid" in str(f.BaseFont) for f in fichier.objects if _est_police(f)
        )
    etiquettes = balises(pdf)
    assert etiquettes.count("H1") == 1
    if nature in ("repartition", "imputations", "deliberation"):
        assert {"Table", "TH", "TD", "Caption"} <= set(etiquettes)
    assert pdf == documents.rendre(contexte, "pdf")


def _est_police(objet):
    return isinstance(objet, pikepdf.Dictionary) and objet.get("/Type") == "/Font"


@pytest.mark.parametrize("nature", NATURES)
def test_filigrane_du_projet_hors_de_l_arbre_balise(rapport, nature):
    brouillon = documents.rendre(documents.contexte(rapport, nature), "pdf")
    final = documents.rendre(documents.contexte(rapport, nature, numero="2023-604"), "pdf")
    assert "PROJET\n" in texte(brouillon) + "\n"
    assert "PROJET\n" not in texte(final) + "\n"
    # The same tagged text: a screen reader does not meet the watermark.
    if nature in ("imputations", "repartition"):
        assert balises(brouillon) == balises(final)


def test_annexe_imprimee(rapport):
    lu = plat(texte(documents.rendre(documents.contexte(rapport, "repartition", numero="2023-604"), "pdf")))
    for attendu in (
        f"Annexe{INS}2{INS}: Appel à projets DPID 2023{INS}— Répartition financière des opérations",
        f"Thématique 3{INS}: Accès au logement et accompagnement budgétaire",
        f"TOTAL CAF 156{FINE}236,00{INS}€",
        f"TOTAL CLLAJ 140{FINE}000,00{INS}€",
        f"TOTAL FAJ collectif 15{FINE}121,00{INS}€",
        f"TOTAL thématique 4 155{FINE}121,00{INS}€",
        "Avenant annexe 3 (convention initiale en date du 7 septembre 2022)",
        f"Délibération n°{INS}2023-604, annexe{INS}2",
        "page 1/",
    ):
        assert imprime(attendu) in lu
    assert lu.count("CLLAJ") == 2  # its label once, its total once


def test_deliberation_imprimee(rapport):
    lu = plat(texte(documents.rendre(documents.contexte(rapport, "deliberation", numero="2023-604"), "pdf")))
    for attendu in (
        "DÉPARTEMENT DU PAS-DE-CALAIS",
        "DÉLIBÉRATION DE LA COMMISSION PERMANENTE DU CONSEIL DÉPARTEMENTAL",
        "RÉUNION DU 11 DÉCEMBRE 2023",
        "PRÉSIDENCE DE MONSIEUR JEAN-CLAUDE LEROY",
        "APPEL À PROJETS DES POLITIQUES D’INCLUSION DURABLE 2023 - PHASE 7",
        f"(N°{INS}2023-604)",
        f"Vu la loi n°{INS}90-449{FINE};",
        f"DÉCIDE{INS}:",
        f"Article 1{INS}:",
        f"156{FINE}236,00{INS}€",
        f"155{FINE}121,00{INS}€",
        f"311{FINE}357,00",
        "(Adopté)",
        "Pour le Président du Conseil départemental, La Directrice générale des services",
    ):
        assert imprime(attendu) in lu
    assert "(Adopté)" not in texte(documents.rendre(documents.contexte(rapport, "deliberation"), "pdf"))


def test_rapport_imprime(rapport):
    lu = plat(texte(documents.rendre(documents.contexte(rapport, "rapport"), "pdf")))
    for attendu in (
        f"RAPPORT N°{INS}64",
        f"Territoires{INS}: Tous les territoires",
        f"Cantons{INS}: Tous les cantons des territoires",
        "Pôle Solidarités",
        f"7{INS}structures sont concernées, pour un montant total de 140{FINE}000,00{INS}€.",
        f"1{INS}structure est concernée, pour un montant de 156{FINE}236,00{INS}€.",
        f"premier axe{FINE};",
        f"Fin{FINE}!",
        f"726{FINE}415,77",
        f"2e commission «{INS}Solidarités humaines{INS}», réunie le 27/11/2023{INS}: avis favorable",
    ):
        assert imprime(attendu) in lu


def test_longue_operation_rappelee_en_tete_des_pages_suivantes():
    lignes = [{**donnees.FAJ[1], "structure": f"Structure {n:03d}", "montant": "10.00"} for n in range(120)]
    prepare = donnees.rapport([(4, "Jeunes", [("FAJ collectif", lignes), ("CLLAJ", lignes[:30])])])
    pdf = documents.rendre(documents.contexte(prepare, "repartition", numero="2023-604"), "pdf")
    pages = [p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 4
    for numero, contenu in enumerate(pages):
        rappels = re.findall(r"^(.*) \(suite\)", contenu, re.MULTILINE)
        premiere = re.search(r"Structure (\d{3})", contenu)[1]
        assert "OPÉRATION" in contenu
        if numero == 0:
            assert rappels == []
        elif premiere != "000":
            assert len(rappels) == 1
    # A subtotal never opens a page: it stays with the last line of its opération.
    for contenu in pages:
        apres_entete = contenu.split("CONVENTION", 1)[1].lstrip()
        assert not apres_entete.startswith("TOTAL")


def test_nouveau_total_zero_et_hors_budget_imprimes():
    lignes = [
        {**donnees.FAJ[0], "montant": "1000.00", "montant_imprime": "nouveau_total", "ancien_montant": "14439.60"},
        {"structure": "Sans suite", "montant": "0.00", "motif_zero": "refuse"},
        {"structure": "FACE", "montant": "250.50", "source": "FSL"},
    ]
    prepare = donnees.rapport([(3, "Logement", [("FAL", lignes)])], imprime_lignes_zero=True)
    contexte = documents.contexte(prepare, "repartition", numero="2023-604")
    assert contexte["thematiques"][0]["total"] == "15690.10"
    assert (contexte["nouveau"], contexte["budget"]) == ("1250.50", "1000.00")
    lu = plat(texte(documents.rendre(contexte, "pdf")))
    for attendu in (
        f"15{FINE}439,60{INS}€ dont complément 1{FINE}000,00{INS}€",
        f"0,00{INS}€ Refusé",
        f"dont crédits nouveaux 1{FINE}250,50{INS}€",
        f"FSL (hors budget départemental) 250,50{INS}€",
        f"Budget départemental 1{FINE}000,00{INS}€",
    ):
        assert imprime(attendu) in lu
    acte = documents.contexte(prepare, "deliberation", numero="2023-604")
    assert acte["articles"][0]["montant"] == "1000.00"
    assert f"auquel s’ajoutent 250,50{INS}€ financés hors budget départemental" in acte["articles"][0]["texte"]
    assert len(acte["imputations"]) == 1
    # Three lines printed, two of them financed.
    assert documents.contexte(prepare, "rapport")["thematiques"][0]["operations"][0]["nombre_structures"] == 2
    sans_zeros = donnees.rapport([(3, "Logement", [("FAL", lignes)])], numero="65")
    assert len(documents.contexte(sans_zeros, "repartition")["thematiques"][0]["operations"][0]["lignes"]) == 2


@pytest.mark.parametrize("nature", NATURES)
def test_rapport_vide_s_edite(nature):
    vide = donnees.rapport([], introduction="", service=None)
    vide.visas_juridiques.all().delete()
    vide.avis_commissions.all().delete()
    for format in documents.FORMATS[nature]:
        assert documents.editer(vide, nature, format)[0]


# --- Articles


def test_articles_nombres_structures_et_renvois(rapport):
    acte = documents.contexte(rapport, "deliberation")
    textes = [a["texte"] for a in acte["articles"]]
    assert [a["numero"] for a in acte["articles"]] == [1, 2, 3, 4, 5, 6]
    assert [a.get("thematique") for a in acte["articles"][:3]] == [3, 4, None]
    assert "de l’opération présentée" in textes[0] and f"thématique{INS}3" in textes[0]
    assert f"des 2{INS}opérations présentées" in textes[1] and f"l’annexe{INS}2" in textes[1]
    assert "les avenants à conclure avec les 7 structures suivantes" in textes[2]
    assert textes[2].endswith(f"Mission Locale, AMIE et ADEFI, selon le projet joint en annexe{INS}3.")
    assert f"l’avenant n°{INS}4 à conclure avec la structure CAISSE" in textes[3]
    assert "les conventions à conclure avec les 2 structures suivantes" in textes[4]
    assert f"des articles{INS}1 et 2 sont imputées" in textes[5]
    assert [r["proposition"] for r in acte["articles"][5]["imputations"]] == ["156236.00", "15121.00", "140000.00"]


def test_articles_au_singulier():
    prepare = donnees.rapport([(4, "Jeunes", [("FAJ", [donnees.FAJ[0]])])])
    textes = [a["texte"] for a in documents.contexte(prepare, "deliberation")["articles"]]
    assert len(textes) == 3
    assert "la convention à conclure avec la structure MAISON" in textes[1]
    assert "La dépense qui résulte" in textes[2] and f"l’article{INS}1 est imputée" in textes[2]


def test_articles_vides_sans_ligne():
    assert articles(Contenu({"thematiques": []}, annexes=[])) == []
    assert enumerer([]) == ""
    assert [enumerer(["A"]), enumerer(["A", "B"]), enumerer(["A", "B", "C"])] == ["A", "A et B", "A, B et C"]


# --- Doors


def figer(rapport):
    """What the adoption stores, without its movements: the documents only read it."""
    acte = Deliberation.objects.create(
        rapport=rapport,
        numero="2023-604",
        date=donnees.JOUR,
        titre=rapport.titre,
        resultat="adopte",
        par=donnees.agent(),
    )
    for nature in NATURES:
        contexte = documents.contexte(rapport, nature, numero="2023-604", le=donnees.JOUR)
        document = Document.figer(
            nature=nature,
            titre=documents.titre(contexte),
            nom_fichier=documents.nom_fichier(contexte, "pdf"),
            contexte=contexte,
            pdf=documents.rendre(contexte, "pdf"),
            par=donnees.agent(),
        )
        DocumentDeDeliberation.objects.create(deliberation=acte, document=document, nature=nature)


def test_apres_le_vote_on_sert_ce_qui_fut_fige(rapport):
    figer(rapport)
    avant = {f: documents.editer(rapport, "repartition", f)[0] for f in ("pdf", "json", "csv", "xlsx")}
    Structure.objects.filter(raison_sociale="4AJ").update(raison_sociale="Renommée depuis")
    for format, contenu in avant.items():
        assert documents.editer(rapport, "repartition", format)[0] == contenu
    assert documents.editer(rapport, "repartition", "pdf")[1] == "2023-604_annexe-2_repartition.pdf"
    assert documents.contexte_actuel(rapport, "repartition")["projet"] is False
    assert "Renommée" in json.dumps(documents.contexte(rapport, "repartition"), ensure_ascii=False)


def test_noms_de_fichiers(rapport):
    noms = [documents.editer(rapport, "imputations", "xlsx")[1], documents.editer(rapport, "repartition", "csv")[1]]
    assert noms == ["2023-12-11-64_projet_imputations.xlsx", "2023-12-11-64_projet_annexe-2_repartition.csv"]
    assembly = {**documents.contexte(rapport, "rapport"), "reference": "CD:2023-12-11/64"}
    assert documents.nom_fichier(assembly, "pdf") == "CD-2023-12-11-64_projet_rapport.pdf"


def test_format_ou_document_inconnu_est_refuse(rapport):
    with pytest.raises(ActeRefuse, match="choisissez parmi pdf, archive, json"):
        documents.editer(rapport, "rapport", "xlsx")
    cles = "rapport, deliberation, annexe-presentation, repartition, annexe-cllaj, annexe-caf, imputations"
    with pytest.raises(ActeRefuse, match=cles):
        documents.editer(rapport, "convention", "pdf")
    with pytest.raises(ActeRefuse):
        documents.rendre(documents.contexte(rapport, "imputations"), "docx")


def test_titre_long_tient_dans_un_document(rapport):
    rapport.titre = "É" * 250
    for nature in NATURES:
        assert len(documents.titre(documents.contexte(rapport, nature))) <= 250


def test_commande_editer(rapport, tmp_path, capsys):
    sortie = tmp_path / "annexe.json"
    call_command("editer", "repartition", "2023-12-11/64", format="json", sortie=str(sortie))
    assert len(json.loads(sortie.read_text())) == 10
    assert [f.name for f in tmp_path.iterdir()] == ["annexe.json"]
    for arguments, message in (
        (("repartition", "2023-12-11/65"), "Aucun rapport"),
        (("repartition", "n’importe"), "n’est pas une référence"),
        (("bordereau", "2023-12-11/64"), "choisissez parmi"),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("editer", *arguments, format="json", sortie=str(sortie))
    with pytest.raises(CommandError, match="ce dossier n’existe pas"):
        call_command("editer", "rapport", "2023-12-11/64", format="json", sortie=str(tmp_path / "non" / "a.json"))
