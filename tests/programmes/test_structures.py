"""The 360° page of a structure: its years, its alerts, what it misses, who reads its bank accounts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from dpid.models import Journal
from programmes.models import (
    Agrement,
    CompteBancaire,
    Contact,
    Courrier,
    Dossier,
    Fiche,
    Piece,
    Poste,
    Remarque,
    Representant,
    SourceFinancement,
    Structure,
    TypeAgrement,
    TypePiece,
)
from programmes.models.registre import valider_iban
from programmes.models.structure import valider_siret
from programmes.structures import registre
from tests.dpid.pages_admin import adresse, formulaire, saine
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    StructureFactory,
    financer,
)
from tests.maquette import monde
from tests.programmes.pages import compter, html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
IBAN = "FR7610071750000000100516217"  # published specimen of the Trésor public
SIRET_A, SIRET_B = "48054398200023", "34309733300078"


@pytest.fixture
def direction():
    return AgentFactory(direction=True)


@pytest.fixture
def instructeur():
    return AgentFactory(instruction=True)


def codes(structure, agent):
    return [a.code for a in registre.horizon(structure, agent).alertes]


def phrases(structure, agent):
    return [a.phrase for a in registre.horizon(structure, agent).alertes]


def complete(**options) -> Structure:
    """A structure about which nothing is to be said."""
    structure = StructureFactory(**{"siret": SIRET_A, **options})
    Representant.objects.create(
        structure=structure, nom="Durand", prenom="Alix", qualite="Présidente", habilitation="AG du 12/01/2024"
    )
    return structure


# --- Identifiers


@pytest.mark.parametrize("siret", ["48054398200023", "35600000000048", "35600011719156"])
def test_siret_admis(siret):
    valider_siret(siret)


@pytest.mark.parametrize("siret", ["48054398200024", "48054398200000", "10000000000000", "4805439820002", "a" * 14])
def test_siret_refuse(siret):
    with pytest.raises(ValidationError):
        valider_siret(siret)


@pytest.mark.parametrize("iban", ["FR7610071750000000100516218", "FR76", "XX00123"])
def test_iban_refuse(iban):
    valider_iban(IBAN)
    with pytest.raises(ValidationError):
        valider_iban(iban)


# --- Alerts


def test_structure_sans_reproche(direction):
    assert codes(complete(), direction) == []


def test_alertes_d_identite(direction):
    structure = StructureFactory(est_a_completer=True)
    assert codes(structure, direction) == ["a_completer", "siret", "representant"]
    hier = timezone.localdate() - timedelta(1)
    Representant.objects.create(structure=structure, nom="A", prenom="B", qualite="C", fin=hier)
    assert "representant" in codes(structure, direction)
    Representant.objects.create(structure=structure, nom="D", prenom="E", qualite="F")
    assert "habilitation" in codes(structure, direction) and "representant" not in codes(structure, direction)


def test_agrement_echu_sauf_si_un_autre_le_remplace(direction):
    structure, hier = complete(), timezone.localdate() - timedelta(1)
    type_ = TypeAgrement.objects.create(code="isft", libelle="ISFT")
    Agrement.objects.create(structure=structure, type=type_, autorite="Préfet", fin=hier)
    assert any(f"échu depuis le {hier:%d/%m/%Y}" in p and "ISFT" in p for p in phrases(structure, direction))
    Agrement.objects.create(structure=structure, type=type_, autorite="Préfet", debut=hier)
    assert codes(structure, direction) == []


def test_soeurs_d_un_meme_siren(direction):
    structure = complete()
    soeur = StructureFactory(siret="48054398200015")
    StructureFactory(siret=SIRET_B)
    vue = registre.horizon(structure, direction)
    assert vue.soeurs == [soeur] and [a.code for a in vue.alertes] == ["soeurs"]


@pytest.mark.parametrize(
    ("montants", "options", "attendue"),
    [
        (["23000.00"], {}, False),
        (["23000.01"], {}, True),
        (["20000.00", "5000.00"], {}, True),
        (["30000.00"], {"type": "commune"}, False),
        (["30000.00"], {"type": "autre", "categorie_juridique": "9220"}, True),
        (["30000.00"], {"type": "association", "categorie_juridique": "7361"}, False),
    ],
)
def test_cumul_annuel_au_dessus_de_23_000_euros(montants, options, attendue, direction):
    structure, ae = complete(**options), AutorisationFactory()
    for montant in montants:
        financer(LigneFactory(dossier__structure=structure), montant, ae)
    # Money that is not ours, and another year, do not count.
    source = SourceFinancement.objects.create(code="fsl", libelle="FSL")
    financer(LigneFactory(dossier__structure=structure), "50000.00", source)
    autre_an = LigneFactory(dossier__structure=structure, dossier__dispositif__thematique__appel__annee=2023)
    financer(autre_an, "100.00", ae)
    assert ("cumul" in codes(structure, direction)) == attendue


def test_cumul_de_tous_les_etablissements_sans_reveler_les_chiffres_caches(direction):
    structure, ae = complete(), AutorisationFactory()
    soeur = StructureFactory(siret="48054398200015")
    service = ServiceFactory()
    financer(LigneFactory(dossier__structure=structure, dossier__dispositif__service=service), "15000.00", ae)
    financer(LigneFactory(dossier__structure=soeur), "10000.00", ae)
    assert any("25\u202f000,00" in p for p in phrases(structure, direction))
    partielle = [p for p in phrases(structure, AgentFactory(instruction=True, services=[service])) if "2024" in p]
    assert len(partielle) == 1 and "tous services confondus" in partielle[0] and "25\u202f000" not in partielle[0]


def test_meme_action_financee_deux_fois(direction):
    structure = complete()
    un = LigneFactory(dossier__structure=structure, dossier__intitule="Ateliers du Lien").dossier
    deux = LigneFactory(
        dossier__structure=structure, dossier__intitule="ATELIERS DU LIEN", demande=Decimal("5")
    ).dossier
    LigneFactory(dossier__structure=structure, dossier__intitule="Autre", demande=Decimal("7"))
    ancien = {"dossier__dispositif__thematique__appel__annee": 2022, "dossier__intitule": "Ateliers du lien"}
    LigneFactory(dossier__structure=structure, demande=Decimal("9"), **ancien)
    dites = [p for p in phrases(structure, direction) if "même action" in p]
    assert len(dites) == 1 and str(un.pk) in dites[0] and str(deux.pk) in dites[0]
    deux.refuser(par=direction, motif="Doublon")
    assert "double" not in codes(structure, direction)


def test_meme_montant_dans_deux_operations(direction):
    structure = complete()
    premiere = LigneFactory(dossier__structure=structure, demande=Decimal("12345.00")).dossier
    LigneFactory(dossier__structure=structure, dossier__dispositif=premiere.dispositif, demande=Decimal("12345.00"))
    assert "double" not in codes(structure, direction)  # the same opération: sites, not a duplicate
    LigneFactory(dossier__structure=structure, demande=Decimal("12345.00"))
    assert any("même montant de 12\u202f345,00" in p for p in phrases(structure, direction))


def test_soutien_au_dela_de_la_duree_maximale(direction):
    structure, precedent = complete(), None
    for annee in (2022, 2023, 2024):
        dispositif = DispositifFactory(reference="4.1", thematique__appel__annee=annee, precedent=precedent)
        Fiche.objects.create(dispositif=dispositif, duree_max_annees=2)
        DossierFactory(structure=structure, dispositif=dispositif)
        precedent = dispositif
        assert ("duree" in codes(structure, direction)) == (annee == 2024)
    assert any("3 années de soutien (2022, 2023, 2024)" in p for p in phrases(structure, direction))


# --- The page


def test_annee_par_annee_actes_et_part_publique(direction, connecter):
    m = monde()
    structure = m.lignes[0].dossier.structure
    m.lignes[0].nature_acte, m.lignes[0].acte_initial_numero = "avenant", "2023-00012"
    m.lignes[0].numero_avenant = 2
    m.lignes[0].save()
    for sens, nature, montant in (("charge", "directe", "1000"), ("produit", "departement", "400"),
                                  ("produit", "public", "350"), ("produit", "propre", "250")):  # fmt: skip
        Poste.objects.create(
            dossier=m.lignes[0].dossier, sens=sens, nature=nature, libelle=nature, montant=Decimal(montant)
        )
    m.viser()
    m.adopter(numero="2024-100")
    vue = registre.horizon(structure, direction)
    annee = vue.annees[0]
    assert (annee.annee, annee.retenu, annee.vote, annee.part_publique) == (2024, Decimal(400), Decimal(400), 75)
    page = html(connecter(direction).get(structure.get_absolute_url()))
    assert "2024-100" in page and "Avenant" in page and "2023-00012" in page and "75\u00a0%" in page


def test_dossiers_et_manques_etrangers_absents(connecter):
    service = ServiceFactory()
    TypePiece.objects.create(code="b", libelle="Budget signé", est_du_dossier=True, exigee_pour=["association"])
    etranger = DossierFactory(dispositif__service=ServiceFactory(), intitule="Action étrangère")
    DossierFactory(structure=etranger.structure, dispositif__service=service, intitule="Action vue")
    client = connecter(AgentFactory(instruction=True, services=[service]))
    for nom in ("structure", "structure_manques"):
        page = html(client.get(reverse(nom, args=[etranger.structure_id])))
        assert "Action vue" in page and "Action étrangère" not in page
        assert etranger.get_absolute_url() not in page


def test_page_au_meme_cout(instructeur, connecter):
    agent = AgentFactory(administration=True)
    structure, ae = complete(), AutorisationFactory()
    StructureFactory(siret="48054398200015")
    statuts = TypePiece.objects.create(code="s", libelle="Statuts", exigee_pour=["association"])
    client, couts = connecter(agent), []
    for cible in (1, 20, 100):
        for _ in range(Dossier.objects.count(), cible):
            ligne = LigneFactory(dossier__structure=structure, finance=ae, nature_acte="convention_type")
            Fiche.objects.create(dispositif=ligne.dossier.dispositif, duree_max_annees=2)
            Poste.objects.create(
                dossier=ligne.dossier, sens="charge", nature="directe", libelle="a", montant=Decimal(1)
            )
            piece = Piece(structure=structure, type=statuts, nom_fichier="a", deposee_par=agent, dossier=ligne.dossier)
            piece.poser(b"x")
            piece.save()
            Remarque.poser(ligne.dossier, par=agent, texte="Préciser", est_pour_structure=True)
            Representant.objects.create(structure=structure, nom="A", prenom="B", qualite="C")
            Contact.objects.create(structure=structure, nom="A")
            Courrier.objects.create(structure=structure, nature="autre", objet="O", corps="T", etabli_par=agent)
        pages = ("structure", "structure_identite", "structure_historique", "structure_manques")
        couts.append([compter(client, reverse(n, args=[structure.pk])) for n in pages])
    assert couts[0] == couts[1] == couts[2], couts
    assert max(couts[0]) <= 15, couts


@pytest.mark.parametrize("nom", ["structure", "structure_identite", "structure_historique", "structure_manques"])
def test_pages_saines_et_structure_inconnue(nom, connecter):
    client, structure = connecter(AgentFactory(administration=True)), complete()
    assert saine(client.get(reverse(nom, args=[structure.pk])))
    assert client.get(reverse(nom, args=[structure.pk + 1])).status_code == 404


# --- Representatives, contacts, agréments, bank accounts


def champs_de(nom):
    type_ = TypeAgrement.objects.get_or_create(code="isft", defaults={"libelle": "ISFT"})[0]
    return {
        "representants": {"nom": "Durand", "prenom": "Alix", "qualite": "Présidente", "debut": "2024-01-01"},
        "contacts": {"nom": "Accueil", "courriel": "accueil@exemple.fr"},
        "agrements": {"type": type_.pk, "autorite": "Préfet", "debut": "2024-01-01"},
        "comptes": {"titulaire": "Association", "iban": "fr76 1007 1750 0000 0010 0516 217", "bic": "trpufrp1xxx"},
    }[nom]


MODELES = {"representants": Representant, "contacts": Contact, "agrements": Agrement, "comptes": CompteBancaire}


@pytest.mark.parametrize("nom", MODELES)
def test_ajouter_corriger_clore(nom, connecter):
    structure, client, modele = complete(), connecter(AgentFactory(conventions=True)), MODELES[nom]
    modele.objects.all().delete()
    page = reverse("element_ajouter", args=[structure.pk, nom])
    envoi = formulaire(client.get(page)) | champs_de(nom)
    assert client.post(page, envoi).status_code == 302
    client.post(page, envoi)  # a double click
    objet = modele.objects.get()
    assert objet.structure == structure and Journal.objects.filter(verbe="creer").count() == 1
    modifier = reverse("element_modifier", args=[structure.pk, nom, objet.pk])
    champ = {"comptes": "domiciliation", "agrements": "numero"}.get(nom, "nom")
    assert client.post(modifier, formulaire(client.get(modifier)) | {champ: "Corrigé"}).status_code == 302
    objet.refresh_from_db()
    assert getattr(objet, champ) == "Corrigé"
    clore = reverse("element_clore", args=[structure.pk, nom, objet.pk])
    if nom == "contacts":
        assert client.get(clore).status_code == 404
        client.post(reverse("element_retirer", args=[structure.pk, nom, objet.pk]))
        assert not Contact.objects.exists() and Journal.objects.filter(verbe="retirer_contact").count() == 1
        return
    if nom != "comptes":
        assert "précède le début" in html(client.post(clore, {"fin": "2023-01-01"}))
    client.post(clore, {"fin": "2024-06-30"})
    objet.refresh_from_db()
    assert objet.fin == date(2024, 6, 30) and not objet.est_en_vigueur()
    assert client.post(reverse("element_retirer", args=[structure.pk, nom, objet.pk])).status_code == 404


def test_version_perimee_d_un_representant(connecter):
    structure, client = complete(), connecter(AgentFactory(conventions=True))
    objet = structure.representants.get()
    page = reverse("element_modifier", args=[structure.pk, "representants", objet.pk])
    champs = formulaire(client.get(page))
    Representant.objects.filter(pk=objet.pk).update(qualite="Trésorière")
    texte = html(client.post(page, champs | {"qualite": "Directrice"}))
    assert "Trésorière" in texte and "Directrice" in texte
    objet.refresh_from_db()
    assert objet.qualite == "Trésorière"
    # Two different fields are merged without a question.
    Representant.objects.filter(pk=objet.pk).update(qualite="Présidente")
    champs = formulaire(client.get(page))
    Representant.objects.filter(pk=objet.pk).update(habilitation="AG de juin")
    assert client.post(page, champs | {"qualite": "Directrice"}).status_code == 302
    objet.refresh_from_db()
    assert (objet.qualite, objet.habilitation) == ("Directrice", "AG de juin")


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"iban": "FR7610071750000000100516218"}, "IBAN n’est pas valide"),
        ({"bic": "TROP"}, "BIC n’est pas valide"),
        ({"debut": "2024-02-01", "fin": "2024-01-01"}, "précède la date de début"),
        ({"debut": "29/02/2025"}, "date"),
    ],
)
def test_compte_mal_saisi_ne_perd_rien(champs, phrase, connecter):
    client = connecter(AgentFactory(conventions=True))
    page = reverse("element_ajouter", args=[complete().pk, "comptes"])
    texte = html(client.post(page, champs_de("comptes") | champs))
    assert phrase in texte and 'value="Association"' in texte and not CompteBancaire.objects.exists()


@pytest.mark.parametrize(
    ("role", "lit"),
    [("instruction", False), ("territoire", False), ("direction", False), ("assemblees", False),
     ("consultation", False), ("budget", True), ("conventions", True), ("administration", True)],
)  # fmt: skip
def test_compte_lu_par_les_seuls_habilites(role, lit, connecter):
    structure = complete()
    compte = CompteBancaire.objects.create(structure=structure, titulaire="Asso", iban=IBAN)
    agent = AgentFactory(**{role: True}, **({} if role == "administration" else {"is_staff": True}))
    client = connecter(agent)
    for nom in ("structure", "structure_historique", "structure_manques"):
        assert IBAN not in html(client.get(reverse(nom, args=[structure.pk])))
    assert (IBAN in html(client.get(reverse("structure_identite", args=[structure.pk])))) == lit
    admin = html(client.get(adresse(Structure, "change", structure.pk)))
    assert (IBAN in admin) == lit
    assert IBAN not in html(client.get(reverse("recherche"), {"q": IBAN[:12]}))
    for page in ("changelist", "change", "history"):
        args = [] if page == "changelist" else [compte.pk]
        assert client.get(adresse(CompteBancaire, page, *args)).status_code == (200 if lit else 403)
    modifier = reverse("element_modifier", args=[structure.pk, "comptes", compte.pk])
    attendu = {"conventions": 200, "administration": 200}.get(role, 403)
    assert client.get(modifier).status_code == attendu


def test_compte_absent_des_exports(connecter):
    structure = complete()
    CompteBancaire.objects.create(structure=structure, titulaire="Asso", iban=IBAN)
    client = connecter(AgentFactory(administration=True))
    demande = {"format": "2", "resource": "", "structureresource_id": "on"}
    reponse = client.post(adresse(Structure, "export"), formulaire(client.get(adresse(Structure, "export"))) | demande)
    assert structure.siret.encode() in reponse.content and IBAN.encode() not in reponse.content
    assert IBAN not in str(list(Journal.objects.values_list()))


def test_element_d_une_autre_structure(connecter):
    client, structure, autre = connecter(AgentFactory(conventions=True)), complete(), StructureFactory()
    pk = structure.representants.get().pk
    assert client.get(reverse("element_modifier", args=[autre.pk, "representants", pk])).status_code == 404
    assert client.get(reverse("element_ajouter", args=[autre.pk, "inconnus"])).status_code == 404


@pytest.mark.parametrize("role", ["territoire", "budget", "direction", "consultation"])
def test_qui_ne_modifie_pas_le_registre(role, connecter):
    structure, client = complete(), connecter(AgentFactory(**{role: True}))
    assert client.post(reverse("structure_nouvelle"), {"raison_sociale": "X"}).status_code == 403
    assert client.post(reverse("structure_modifier", args=[structure.pk]), {}).status_code == 403
    for nom in MODELES:
        assert client.post(reverse("element_ajouter", args=[structure.pk, nom]), champs_de(nom)).status_code == 403
    assert client.post(reverse("structure_manques", args=[structure.pk]), {}).status_code == 403


# --- « Il vous manque »


def test_il_vous_manque_rassemble_et_date(connecter):
    service = ServiceFactory()
    agent = AgentFactory(instruction=True, services=[service])
    statuts = TypePiece.objects.create(code="s", libelle="Statuts", exigee_pour=["association"])
    TypePiece.objects.create(code="b", libelle="Budget signé", exigee_pour=["association"], est_du_dossier=True)
    dossier = DossierFactory(dispositif__service=service, intitule="Ateliers")
    structure = dossier.structure
    autre = DossierFactory(dispositif__service=service, structure=structure)
    refuse = DossierFactory(dispositif__service=service, structure=structure)
    refuse.refuser(par=agent, motif="Hors sujet")
    piece = Piece(structure=structure, type=statuts, nom_fichier="a", deposee_par=agent)
    piece.valable_jusqu_au = date(2024, 1, 31)
    piece.poser(b"x")
    piece.save()
    Contact.objects.create(structure=structure, nom="Accueil", courriel="accueil@exemple.fr")
    client, page = connecter(agent), reverse("structure_manques", args=[structure.pk])
    champs = formulaire(client.get(page))
    corps = champs["corps"][0].replace("\u00a0:", " :")
    assert champs["destinataire"] == ["accueil@exemple.fr"]
    assert corps.count("Statuts : à renouveler (valable jusqu’au 31/01/2024)") == 1  # once for both dossiers
    assert (
        corps.count("Budget signé : à fournir") == 2
        and "SIRET" in corps
        and "« Ateliers »".replace(" ", "\u00a0") in corps
    )
    assert f"n°\u00a0{autre.pk}" in corps and f"n°\u00a0{refuse.pk}" not in corps
    envoi = champs | {"corps": f"{corps}\nMerci.", "envoye_le": "2024-05-06"}
    assert "resume-erreurs" in html(client.post(page, envoi | {"envoye_le": "2999-01-01"}))
    assert "resume-erreurs" in html(client.post(page, envoi | {"corps": ""})) and not Courrier.objects.exists()
    client.post(page, envoi)
    reponse = client.post(page, envoi, follow=True)
    courrier = Courrier.objects.get()
    assert (courrier.envoye_le, courrier.nature, courrier.etabli_par) == (date(2024, 5, 6), "il_vous_manque", agent)
    assert courrier.corps.rstrip().endswith("Merci.") and "Merci." in html(reponse)
    assert Journal.objects.filter(objet="programmes.courrier").count() == 1
    suite = html(client.get(reverse("structure_historique", args=[structure.pk])))
    assert "Envoyer « Il vous manque »" in suite and "06/05/2024" in suite


def test_rien_ne_manque(connecter):
    structure = complete()
    client = connecter(AgentFactory(instruction=True))
    assert "Rien ne manque" in html(client.get(structure.get_absolute_url()))
    assert "Rien ne manque" in html(client.get(reverse("structure_manques", args=[structure.pk])))


def test_courrier_d_un_dossier_etranger(instructeur, connecter):
    dossier = DossierFactory(dispositif__service=ServiceFactory())
    courrier = Courrier.objects.create(
        structure=dossier.structure, dossier=dossier, nature="refus", objet="Refus secret", corps="X",
        etabli_par=instructeur,
    )  # fmt: skip
    client = connecter(AgentFactory(instruction=True, services=[ServiceFactory()]))
    page = reverse("structure_courrier", args=[dossier.structure_id, courrier.pk])
    assert client.get(page).status_code == 404
    assert "Refus secret" not in html(client.get(reverse("structure_historique", args=[dossier.structure_id])))


def test_il_vous_manque_par_l_admin(connecter):
    client, structure = connecter(AgentFactory(administration=True)), StructureFactory()
    page = adresse(Structure, "acte", structure.pk, "il-vous-manque")
    champs = formulaire(client.get(page))
    assert "SIRET" in champs["corps"][0]
    client.post(page, champs | {"envoye_le": "01/02/2024"})
    assert Courrier.objects.get().envoye_le == date(2024, 2, 1)


# --- Form, history


def test_commune_saisie_par_son_nom(connecter):
    from dpid.models import Commune

    Commune.objects.create(code="62041", nom="Arras")
    structure, client = complete(), connecter(AgentFactory(conventions=True))
    page = reverse("structure_modifier", args=[structure.pk])
    champs = formulaire(client.get(page))
    assert "Aucune commune" in html(client.post(page, champs | {"commune": "Atlantide"}))
    assert client.post(page, champs | {"commune": "ARRAS"}).status_code == 302
    structure.refresh_from_db()
    assert structure.commune.code == "62041"
    assert formulaire(client.get(page))["commune"] == ["Arras (62041)"]
    assert "Arras (62041)" in html(client.get(reverse("communes_choix"), {"commune": "arr"}))


def test_double_clic_a_la_creation(connecter):
    client, page = connecter(AgentFactory(conventions=True)), reverse("structure_nouvelle")
    champs = formulaire(client.get(page)) | {"raison_sociale": "Neuve", "type": "association", "malgre_doublon": "on"}
    client.post(page, champs)
    client.post(page, champs)
    assert Structure.objects.count() == 1 and Journal.objects.filter(verbe="creer").count() == 1


def test_siret_d_une_fusionnee(instructeur, connecter):
    gardee, absorbee = complete(raison_sociale="Gardée"), StructureFactory(siret=SIRET_B, raison_sociale="Ancienne")
    gardee.fusionner(absorbee, par=instructeur, motif="Reprise")
    client = connecter(AgentFactory(conventions=True))
    champs = {"raison_sociale": "Nouvelle", "type": "association", "siret": SIRET_B}
    assert "fusionnée dans Gardée" in html(client.post(reverse("structure_nouvelle"), champs))


def test_historique_en_francais(instructeur, connecter):
    structure = complete(raison_sociale="Avant")
    structure.raison_sociale = "Après"
    structure.save()
    page = html(connecter(instructeur).get(reverse("structure_historique", args=[structure.pk])))
    assert "Raison sociale" in page and "Avant" in page and "Après" in page


# --- Admin


def _un_de_chaque(agent) -> dict:
    structure = complete(raison_sociale="Complète")
    type_ = TypeAgrement.objects.get_or_create(code="isft", defaults={"libelle": "ISFT"})[0]
    statuts = TypePiece.objects.get_or_create(code="s", defaults={"libelle": "Statuts"})[0]
    piece = Piece(structure=structure, type=statuts, nom_fichier="a.pdf", nature="application/pdf", deposee_par=agent)
    piece.poser(b"x")
    piece.save()
    return {
        Structure: structure,
        Representant: structure.representants.get(),
        Agrement: Agrement.objects.create(structure=structure, type=type_, autorite="Préfet"),
        CompteBancaire: CompteBancaire.objects.create(structure=structure, titulaire="A", iban=IBAN),
        Piece: piece,
    }


def test_pages_de_l_admin_saines(connecter):
    agent = AgentFactory(administration=True)
    client = connecter(agent)
    for modele, objet in _un_de_chaque(agent).items():
        for page, args in (("changelist", []), ("add", []), ("change", [objet.pk])):
            assert saine(client.get(adresse(modele, page, *args))), (modele, page)
        if modele is not Piece:
            assert saine(client.get(adresse(modele, "history", objet.pk)))
        assert client.get(adresse(modele, "changelist"), {"q": "é'\"%<b>"}).status_code == 200
    for nom in ("fusionner", "il-vous-manque"):
        page = adresse(Structure, "acte", Structure.objects.get().pk, nom)
        assert saine(client.get(page))


def test_admin_enregistre_la_structure_et_ce_qu_elle_porte(connecter):
    agent = AgentFactory(administration=True)
    client, objets = connecter(agent), _un_de_chaque(agent)
    page = adresse(Structure, "change", objets[Structure].pk)
    champs = formulaire(client.get(page)) | {"sigle": "CPL", "representants-0-qualite": "Directrice"}
    assert client.post(page, champs | {"_save": "1"}).status_code == 302
    objets[Structure].refresh_from_db()
    objets[Representant].refresh_from_db()
    assert (objets[Structure].sigle, objets[Representant].qualite) == ("CPL", "Directrice")
    assert objets[Structure].siret == SIRET_A and CompteBancaire.objects.get().iban == IBAN


@pytest.mark.parametrize("modele", [Structure, Representant, CompteBancaire, Piece])
def test_listes_de_l_admin_au_meme_cout(modele, connecter):
    agent = AgentFactory(administration=True)
    client, couts = connecter(agent), []
    for cible in (1, 20):
        for _ in range(modele.objects.count(), cible):
            Structure.objects.filter(siret=SIRET_A).update(siret=None)
            _un_de_chaque(agent)
        couts.append(compter(client, adresse(modele, "changelist")))
    assert couts[0] == couts[1] <= 12
