"""Duplicates are proposed with their reason, merged by an explicit act that keeps every reference."""

import re
from datetime import date

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse

from conventions.models import Acte, Convention, Partie
from deliberations.models import Elu, Interet
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Journal
from programmes.depots.importation.registres import RegistreStructures
from programmes.models import (
    Agrement,
    AliasStructure,
    CompteBancaire,
    Contact,
    Courrier,
    Dossier,
    Piece,
    Representant,
    Structure,
    TypeAgrement,
    TypePiece,
)
from programmes.structures import doublons, fusion
from tests.dpid.pages_admin import adresse, formulaire
from tests.factories import AgentFactory, DossierFactory, StructureFactory
from tests.maquette import etat_de_la_base, monde
from tests.programmes.pages import compter, html

SIRET_A, SIRET_B, SIRET_A2 = "48054398200023", "34309733300078", "48054398200015"
pytestmark = pytest.mark.django_db


@pytest.fixture
def instructeur():
    return AgentFactory(instruction=True)


def une_piece(structure, par):
    type_, _ = TypePiece.objects.get_or_create(code="statuts", defaults={"libelle": "Statuts"})
    piece = Piece(structure=structure, type=type_, nom_fichier="s.pdf", nature="application/pdf", deposee_par=par)
    piece.poser(b"%PDF-1.7")
    piece.save()
    return piece


FABRIQUES = {
    "programmes.aliasstructure": lambda s, par: AliasStructure.objects.create(structure=s, texte="autre nom"),
    "programmes.dossier": lambda s, par: DossierFactory(structure=s),
    "programmes.courrier": lambda s, par: Courrier.objects.create(
        structure=s, nature="autre", objet="Objet", corps="Texte", etabli_par=par
    ),
    "programmes.representant": lambda s, par: Representant.objects.create(
        structure=s, nom="A", prenom="B", qualite="C"
    ),
    "programmes.contact": lambda s, par: Contact.objects.create(structure=s, nom="A"),
    "programmes.agrement": lambda s, par: Agrement.objects.create(
        structure=s, type=TypeAgrement.objects.create(code="a", libelle="A"), autorite="Préfet"
    ),
    "programmes.comptebancaire": lambda s, par: CompteBancaire.objects.create(
        structure=s, titulaire="A", iban="FR7610071750000000100516217"
    ),
    "deliberations.interet": lambda s, par: Interet.objects.create(
        elu=Elu.objects.create(code="elu-interesse", civilite="Mme"),
        structure=s,
        qualite="Présidente",
        debut=date(2021, 7, 1),
    ),
    "programmes.piece": une_piece,
    "conventions.convention": lambda s, par: Convention.objects.create(structure=s, objet="Objet"),
    "conventions.partie": lambda s, par: Partie.objects.create(
        acte=Acte.objects.create(convention=Convention.objects.create(structure=StructureFactory(), objet="Objet")),
        structure=s,
    ),
    "programmes.structure": lambda s, par: StructureFactory(raison_sociale="Déjà absorbée", fusionnee_dans=s),
}


def relations():
    """Everything that points to a structure, found without `fusion.references`: the columns of every table."""
    trouvees = []
    for modele in apps.get_models(include_auto_created=True):
        if hasattr(modele, "instance_type"):
            continue
        for champ in modele._meta.local_fields:
            if isinstance(champ, models.ForeignKey) and champ.related_model is Structure:
                trouvees.append((modele, champ.name))
    return trouvees


def test_toute_relation_est_connue_et_deplacee(instructeur):
    """A relation added tomorrow to any room makes this test fail until it has its example here."""
    gardee, absorbee = StructureFactory(), StructureFactory()
    connues = relations()
    assert {m._meta.label_lower for m, _ in connues} == set(FABRIQUES)
    assert {(m, c.name) for m, c in fusion.references()} == set(connues)
    for modele, nom in connues:
        FABRIQUES[modele._meta.label_lower](absorbee, instructeur)
        assert modele._base_manager.filter(**{nom: absorbee}).exists()
    gardee.fusionner(absorbee, par=instructeur)
    for modele, nom in connues:
        assert not modele._base_manager.filter(**{nom: absorbee}).exists(), modele
        assert modele._base_manager.filter(**{nom: gardee}).exists(), modele
    # A chain of merges stays one step long.
    assert Structure.objects.get(raison_sociale="Déjà absorbée").fusionnee_dans == gardee


def test_fusion_garde_noms_siret_et_journal(instructeur):
    gardee = StructureFactory(raison_sociale="Réussir Ensemble")
    absorbee = StructureFactory(
        raison_sociale="REUSSIR ENS.", sigle="RENS", siret=SIRET_A, rna="W621000001", adresse="1 rue du Test"
    )
    gardee = gardee.fusionner(absorbee, par=instructeur)
    gardee.refresh_from_db()
    absorbee.refresh_from_db()
    assert (gardee.siret, gardee.rna, gardee.adresse, gardee.sigle) == (SIRET_A, "W621000001", "1 rue du Test", "RENS")
    assert absorbee.fusionnee_dans == gardee and absorbee.siret is None and absorbee.raison_sociale == "REUSSIR ENS."
    assert set(gardee.alias.values_list("texte", flat=True)) == {"REUSSIR ENS.", "RENS"}
    actes = {(a.objet_id, a.verbe) for a in Journal.objects.filter(objet="programmes.structure")}
    assert actes == {(gardee.pk, "absorber"), (absorbee.pk, "fusionner")}
    assert gardee.history.first().history_user == instructeur
    # Imports by name find the kept one.
    assert RegistreStructures().trouver("Reussir ens") == [gardee]


def test_dossier_vote_suit_sans_que_le_document_change():
    m = monde()
    m.viser()
    m.adopter()
    ligne = m.lignes[0]
    dossier = ligne.dossier
    absorbee, gardee = dossier.structure, StructureFactory(raison_sociale="Nom gardé")
    avant = list(apps.get_model("dpid", "Document").objects.order_by("pk").values_list("pk", "sha256", "contexte"))
    assert avant
    gardee.fusionner(absorbee, par=m.equipe.instruction)
    dossier.refresh_from_db()
    assert dossier.structure == gardee and dossier.etat == Dossier.Etat.VOTE
    assert dossier.history.first().structure_id == gardee.pk
    apres = list(apps.get_model("dpid", "Document").objects.order_by("pk").values_list("pk", "sha256", "contexte"))
    assert apres == avant
    with pytest.raises(ActeFige):  # the merge did not open the door to anything else
        Dossier.objects.filter(pk=dossier.pk).update(intitule="Autre")


@pytest.mark.parametrize("siret", [SIRET_B, SIRET_A2])
def test_deux_siret_demandent_un_motif(siret, instructeur):
    gardee, absorbee = StructureFactory(siret=SIRET_A), StructureFactory(siret=siret)
    DossierFactory(structure=absorbee)
    avant = etat_de_la_base()
    with pytest.raises(ActeRefuse, match="dites pourquoi"):
        gardee.fusionner(absorbee, par=instructeur)
    assert etat_de_la_base() == avant
    gardee.fusionner(absorbee, par=instructeur, motif="Reprise d’activité")
    absorbee.refresh_from_db()
    gardee.refresh_from_db()
    # Neither number is lost, and the old one still leads to the kept structure.
    assert (gardee.siret, absorbee.siret) == (SIRET_A, siret)
    assert list(Structure.objects.actives().rechercher(siret)) == [gardee]
    assert RegistreStructures().trouver("", siret=siret) == [gardee]


@pytest.mark.parametrize("cas", ["elle-meme", "deux fois", "perimee"])
def test_fusion_refusee_sans_rien_ecrire(cas, instructeur):
    gardee, absorbee = StructureFactory(), StructureFactory()
    if cas == "deux fois":
        gardee.fusionner(absorbee, par=instructeur)
    versions = (gardee.version, absorbee.version + 1) if cas == "perimee" else None
    avant = etat_de_la_base()
    with pytest.raises(ActeRefuse):
        gardee.fusionner(gardee if cas == "elle-meme" else absorbee, par=instructeur, versions=versions)
    assert etat_de_la_base() == avant


def test_un_formulaire_ouvert_avant_la_fusion_est_prevenu(instructeur):
    gardee, absorbee = StructureFactory(), StructureFactory()
    dossier = DossierFactory(structure=absorbee)
    gardee.fusionner(absorbee, par=instructeur)
    assert Dossier.objects.get(pk=dossier.pk).version == dossier.version + 1


# --- Candidates


def noms(paires):
    return {frozenset((p.une.raison_sociale, p.autre.raison_sociale)) for p in paires}


@pytest.mark.parametrize(
    ("une", "autre", "est_proposee"),
    [
        ({"raison_sociale": "Habitat Insertion"}, {"raison_sociale": "Association Habitat et Insertion"}, True),
        ({"raison_sociale": "Le Cheval Bleu"}, {"raison_sociale": "LE CHEVAL BLEUE"}, True),
        ({"raison_sociale": "Mission locale Lens"}, {"raison_sociale": "Mission locale Calais"}, False),
        ({"raison_sociale": "CCAS de Lens"}, {"raison_sociale": "CCAS de Liévin"}, False),
        ({"raison_sociale": "A", "rna": "W621000001"}, {"raison_sociale": "B", "rna": "W621000001"}, True),
        ({"raison_sociale": "ADIL", "siret": SIRET_A}, {"raison_sociale": "ADIL", "siret": SIRET_A2}, False),
        ({"raison_sociale": "ADIL", "siret": SIRET_A}, {"raison_sociale": "ADIL", "siret": SIRET_B}, True),
        ({"raison_sociale": "Tandem", "siret": SIRET_A}, {"raison_sociale": "Tandems", "siret": SIRET_B}, False),
        ({"raison_sociale": "Audasse"}, {"raison_sociale": "Audasse Arrageois"}, True),
        ({"raison_sociale": "Centre social 1"}, {"raison_sociale": "Centre social 2"}, False),
    ],
)
def test_paires_proposees(une, autre, est_proposee):
    une, autre = StructureFactory(**une), StructureFactory(**autre)
    assert noms(doublons.candidates()) == (
        {frozenset((une.raison_sociale, autre.raison_sociale))} if est_proposee else set()
    )


def test_alias_et_paire_deja_distinguee(instructeur):
    une, autre = StructureFactory(raison_sociale="Maison de l’emploi"), StructureFactory(raison_sociale="MEMPA")
    une.alias.create(texte="Mempa")
    assert [p.est_sure for p in doublons.candidates()] == [True]
    fusion.distinguer(autre, une, par=instructeur)
    assert doublons.candidates() == []


# --- Pages


def test_pages_de_fusion(instructeur, connecter):
    gardee, absorbee = StructureFactory(raison_sociale="ADIL 62"), StructureFactory(raison_sociale="Adil (62)")
    DossierFactory(structure=absorbee)
    client = connecter(instructeur)
    page = html(client.get(reverse("structures_doublons")))
    lien = reverse("structure_fusionner", args=[gardee.pk, absorbee.pk])
    assert lien in page and re.search(r"1\s+paire", page)
    page = html(client.get(lien))
    assert "dossiers (1)" in page and "ne s’annule pas" in page
    perime = client.post(lien, {"versions": "9-9", "motif": ""})
    assert "modifiée pendant votre lecture" in html(perime)
    envoi = {"versions": f"{gardee.version}-{absorbee.version}", "motif": "Doublon"}
    assert client.post(lien, envoi).status_code == 302
    encore = client.post(lien, envoi, follow=True)
    assert "déjà fusionnée" in html(encore)
    assert Journal.objects.filter(verbe="absorber").count() == 1
    # The old address leads to the kept one; nothing proposes the absorbed row any more.
    assert client.get(reverse("structure", args=[absorbee.pk])).url == gardee.get_absolute_url()
    assert client.get(reverse("structure_modifier", args=[absorbee.pk])).status_code == 404
    assert absorbee.get_absolute_url() not in html(client.get(reverse("structures")))
    assert f"n°\u00a0{absorbee.pk}" not in html(client.get(reverse("structures_choix"), {"structure": "adil"}))


def test_distinguer_par_la_page(instructeur, connecter):
    une, autre = StructureFactory(raison_sociale="Tandem"), StructureFactory(raison_sociale="TANDEM")
    client = connecter(instructeur)
    client.post(reverse("structure_distinguer", args=[une.pk, autre.pk]))
    assert re.search(r"0\s+paire", html(client.get(reverse("structures_doublons"))))


@pytest.mark.parametrize("role", ["territoire", "budget", "direction", "conventions", "consultation"])
def test_fusion_reservee_a_l_instruction(role, connecter):
    une, autre = StructureFactory(), StructureFactory()
    client = connecter(AgentFactory(**{role: True}))
    for nom, args in (("structures_doublons", []), ("structure_fusion_choix", [une.pk]),
                      ("structure_fusionner", [une.pk, autre.pk])):  # fmt: skip
        assert client.get(reverse(nom, args=args)).status_code == 403
    client.post(reverse("structure_fusionner", args=[une.pk, autre.pk]), {"versions": "1-1"})
    client.post(reverse("structure_distinguer", args=[une.pk, autre.pk]))
    assert not Journal.objects.exists()


def test_choisir_l_autre_structure(instructeur, connecter):
    une, autre = StructureFactory(raison_sociale="Une"), StructureFactory(raison_sociale="Autre")
    client = connecter(instructeur)
    page = reverse("structure_fusion_choix", args=[une.pk])
    assert "elle-même" in html(client.post(page, {"structure": "Une"}))
    assert client.post(page, {"structure": "Autre"}).url == reverse("structure_fusionner", args=[une.pk, autre.pk])


def test_doublons_au_meme_cout(instructeur, connecter):
    client = connecter(instructeur)
    couts = []
    for cible in (2, 20, 100):
        for n in range(Structure.objects.count(), cible):
            StructureFactory(raison_sociale="Même nom" if n < 5 else f"Structure {n}")
        couts.append(compter(client, reverse("structures_doublons")))
    assert len(set(couts)) == 1 and couts[0] <= 8


def test_fusion_par_l_admin(connecter):
    client = connecter(AgentFactory(administration=True))
    gardee, absorbee = StructureFactory(raison_sociale="Gardée"), StructureFactory(raison_sociale="Absorbée")
    page = adresse(Structure, "acte", gardee.pk, "fusionner")
    champs = formulaire(client.get(page)) | {"structure": "Absorbée", "motif": "Doublon"}
    reponse = client.post(page, champs, follow=True)
    assert "est fusionnée" in html(reponse)
    assert "Absorbée" not in html(client.get(adresse(Structure, "changelist"))).replace("Absorbée est fusionnée", "")
    assert "fusionnée dans Gardée" in html(client.get(adresse(Structure, "change", absorbee.pk)))
    proposees = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "programmes", "model_name": "dossier", "field_name": "structure", "term": "ée"},
    )
    assert [r["text"] for r in proposees.json()["results"]] == ["Gardée"]


def test_import_de_l_admin_refuse_une_fusionnee(connecter, instructeur):
    gardee, absorbee = StructureFactory(raison_sociale="Gardée"), StructureFactory(raison_sociale="Ancien nom")
    gardee.fusionner(absorbee, par=instructeur)
    client = connecter(AgentFactory(administration=True))
    for contenu in (f"Identifiant;Raison sociale\n{absorbee.pk};Ancien nom", "Raison sociale\nAncien nom"):
        fichier = SimpleUploadedFile("s.csv", contenu.encode(), "text/csv")
        page = html(client.post(adresse(Structure, "import"), {"import_file": fichier, "format": "0", "resource": ""}))
        assert ("a été fusionnée dans" in page) or ("autre nom de" in page)
    assert Structure.objects.count() == 2
