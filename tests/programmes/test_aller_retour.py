"""The Excel round trip: only changed cells come back, conflicts are shown, nothing passes that the form refuses."""

import io
import re
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dpid.classeurs import FichierRefuse
from dpid.models import Journal
from programmes.aller_retour import classeur, lecture, reprise
from programmes.models import Dossier, LigneDossier
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DossierFactory,
    LigneFactory,
    RapportFactory,
    ServiceFactory,
    TerritoireFactory,
    presenter,
)
from tests.programmes.pages import html

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
INTITULE, INSTRUCTEUR, DESCRIPTION = "Intitulé de l’action", "Instruit par", "Description de l’action"
DEMANDE, PROPOSE, MOTIF, ACTE = "Montant demandé", "Montant proposé", "Motif d’une ligne à 0 €", "Nature de l’acte"


@pytest.fixture
def agent():
    return AgentFactory(administration=True)


class Feuille:
    """The exported workbook as an officer holds it: cells by line and title."""

    def __init__(self, agent, *dossiers):
        pks = [d.pk for d in dossiers] or list(Dossier.objects.values_list("pk", flat=True))
        contenu = classeur.ecrire(classeur.lignes_a_exporter(pks, agent), par=agent)
        self.classeur = openpyxl.load_workbook(io.BytesIO(contenu))
        self.table, self.base = self.classeur["Instruction"], self.classeur["base"]

    def colonne(self, titre):
        return next(c.column for c in self.table[1] if c.value == titre)

    def rang(self, objet):
        titre = "Ligne" if isinstance(objet, LigneDossier) else "Dossier"
        colonne = self.colonne(titre)
        return next(r for r in range(2, self.table.max_row + 1) if self.table.cell(r, colonne).value == objet.pk)

    def cellule(self, objet, titre):
        return self.table.cell(self.rang(objet), self.colonne(titre))

    def ecrire(self, objet, titre, valeur):
        self.cellule(objet, titre).value = valeur
        return self

    def octets(self) -> bytes:
        sortie = io.BytesIO()
        self.classeur.save(sortie)
        return sortie.getvalue()

    def lire(self, agent):
        return lecture.lire(self.octets(), "travail.xlsx", par=agent)


def changes(lue) -> list[tuple]:
    return [(e.champ.titre, e.exporte, e.actuel, e.fichier, e.est_conflit) for e in lue.ecarts]


def dits(lue) -> str:
    return "\n".join(str(c) for c in [*lue.constats.erreurs, *lue.constats.avertissements]).replace("\u00a0", " ")


def appliquer(lue, agent, pris=None) -> int:
    pris = {str(n) for n, e in enumerate(lue.ecarts) if not e.est_conflit} if pris is None else pris
    return reprise.appliquer(lue.signer(agent), pris, par=agent)


# --- Going out


def test_le_classeur_porte_des_nombres_des_listes_et_des_verrous(agent):
    ligne = LigneFactory(
        demande=Decimal("1234.50"), propose=None, debut=date(2024, 9, 1), nature_acte="convention_type",
        description="=1+1", dossier__instructeur=agent, dossier__structure__raison_sociale="+33",
    )  # fmt: skip
    f = Feuille(agent)
    assert f.cellule(ligne, DEMANDE).value == 1234.5 and f.cellule(ligne, PROPOSE).value is None
    assert f.cellule(ligne, "Début").value.date() == date(2024, 9, 1)
    assert f.cellule(ligne, ACTE).value == "Convention type" and f.cellule(ligne, INSTRUCTEUR).value == str(agent)
    assert f.cellule(ligne, DESCRIPTION).data_type == "s" and f.cellule(ligne, "Structure").data_type == "s"
    assert not f.cellule(ligne, PROPOSE).protection.locked and f.cellule(ligne, "Dossier").protection.locked
    assert f.table.protection.sheet and f.base.sheet_state == "hidden"
    types = {v.type for v in f.table.data_validations.dataValidation}
    assert types == {"list", "decimal", "date"} and "Notice" in f.classeur.sheetnames


def test_un_aller_retour_sans_rien_toucher_ne_propose_rien(agent):
    LigneFactory(description="Un\r\n\r\n  deux ", dossier__intitule="  Accents «  é »", demande=Decimal("0.10"))
    LigneFactory(description="x" * 32_700, motif_zero="refuse", fin=date(2024, 12, 31))
    DossierFactory(intitule="")
    lue = Feuille(agent).lire(agent)
    assert (changes(lue), dits(lue), lue.lues) == ([], "", 3)


# --- Coming back


def test_seules_les_cellules_changees_se_proposent(agent):
    ligne, autre = LigneFactory(propose=Decimal("800")), LigneFactory()
    f = (
        Feuille(agent)
        .ecrire(ligne, PROPOSE, 650.25)
        .ecrire(ligne, ACTE, "AVENANT")
        .ecrire(ligne, "Début", "01/09/2024")
    )
    f.ecrire(ligne, INTITULE, "Nouveau titre").ecrire(ligne, INSTRUCTEUR, str(agent)).ecrire(autre, DESCRIPTION, None)
    lue = f.lire(agent)
    assert {c[0]: c[3] for c in changes(lue)} == {
        INTITULE: "Nouveau titre", INSTRUCTEUR: agent.username, "Début": "2024-09-01", PROPOSE: "650.25",
        ACTE: "avenant", DESCRIPTION: "",
    }  # fmt: skip
    assert not lue.conflits and appliquer(lue, agent) == 6
    ligne, dossier = LigneDossier.objects.get(pk=ligne.pk), Dossier.objects.get(pk=ligne.dossier_id)
    assert (ligne.propose, ligne.nature_acte, ligne.debut) == (Decimal("650.25"), "avenant", date(2024, 9, 1))
    assert (dossier.intitule, dossier.instructeur) == ("Nouveau titre", agent)
    assert "Travail hors ligne : travail.xlsx" in ligne.history.values_list("history_change_reason", flat=True)
    assert Journal.objects.de_l_objet(dossier).filter(verbe="affecter").count() == 1
    assert changes(f.lire(agent)) == []  # the same file again


def test_un_conflit_dit_qui_et_garde_la_base(agent):
    ligne = LigneFactory(propose=Decimal("800"))
    f = Feuille(agent).ecrire(ligne, PROPOSE, 650)
    ligne = LigneDossier.objects.get(pk=ligne.pk)
    ligne.propose, ligne._history_user = Decimal("700"), AgentFactory(first_name="Inès", last_name="Collègue")
    ligne.save()
    lue = f.lire(agent)
    assert changes(lue) == [(PROPOSE, "800.00", "700.00", "650.00", True)]
    assert lue.ecarts[0].auteur.startswith("Inès Collègue, le ")
    assert appliquer(lue, agent) == 0 and LigneDossier.objects.get(pk=ligne.pk).propose == 700
    assert appliquer(lue, agent, {"0"}) == 1 and LigneDossier.objects.get(pk=ligne.pk).propose == 650


def test_ce_que_l_autre_seul_a_change_reste(agent):
    ligne = LigneFactory(propose=Decimal("800"))
    f = Feuille(agent).ecrire(ligne, DEMANDE, 900)
    LigneDossier.objects.get(pk=ligne.pk)
    ligne.propose = Decimal("700")
    ligne.save()
    lue = f.lire(agent)
    assert [c[0] for c in changes(lue)] == [DEMANDE]
    appliquer(lue, agent)
    relue = LigneDossier.objects.get(pk=ligne.pk)
    assert (relue.demande, relue.propose) == (900, 700)


def test_rangees_et_colonnes_deplacees_ajoutees_retirees(agent):
    lignes = [LigneFactory(propose=Decimal("800")) for _ in range(3)]
    f = Feuille(agent).ecrire(lignes[2], PROPOSE, 10)
    f.table.delete_rows(f.rang(lignes[0]))
    f.table.delete_cols(f.colonne(DESCRIPTION))
    f.table.insert_cols(1)
    f.table.cell(1, 1).value = "Mes notes"
    f.table.move_range(f"A{f.rang(lignes[2])}:Z{f.rang(lignes[2])}", rows=20)
    f.table.cell(60, 3 + 1).value = "rangée à la main"
    lue = f.lire(agent)
    assert [(c[0], c[3]) for c in changes(lue)] == [(PROPOSE, "10.00")]
    assert lue.colonnes_absentes == [DESCRIPTION] and not lue.constats.erreurs
    assert "ajoutée à la main" in dits(lue)


# --- What is refused, and where


@pytest.mark.parametrize(
    ("titre", "valeur", "phrase"),
    [
        (PROPOSE, "douze", "n’est pas un montant"), (PROPOSE, -5, "négatif"), (PROPOSE, 12.345, "deux décimales"),
        (PROPOSE, True, "VRAI/FAUX"), (PROPOSE, 10**12, "dépasse"), ("Début", "29/02/2025", "n’existe pas"),
        (PROPOSE, "=SOMME(A1:A3)", "formule"), (ACTE, "Contrat", "pas dans la liste"), (MOTIF, 3, "pas dans la liste"),
        (INSTRUCTEUR, "Personne Inconnue", "pas dans la liste"), (INTITULE, "x" * 300, "250"),
        (PROPOSE, "#REF!", "erreur de calcul"), ("Fin", "31/12/1999", "avant de commencer"),
    ],
)  # fmt: skip
def test_une_cellule_illisible_est_situee(titre, valeur, phrase, agent):
    ligne = LigneFactory(debut=date(2024, 1, 1))
    f = Feuille(agent).ecrire(ligne, titre, valeur)
    lue = f.lire(agent)
    assert changes(lue) == [] and phrase in dits(lue)
    assert f"Feuille « Instruction », ligne {f.rang(ligne)}, colonne {f.cellule(ligne, titre).column_letter}" in dits(
        lue
    )


def test_inconnu_et_invisible_se_disent_pareil(agent):
    service = ServiceFactory()
    sienne, ailleurs = LigneFactory(dossier__dispositif__service=service), LigneFactory()
    f = Feuille(agent).ecrire(ailleurs, PROPOSE, 1).ecrire(sienne, PROPOSE, 2)
    f.table.append([None, 999_999])
    instructeur = AgentFactory(instruction=True, services=[service])
    lue = f.lire(instructeur)
    assert [c[3] for c in changes(lue)] == ["2.00"]
    assert len(lue.constats.erreurs) == 2
    assert len({re.sub(r"ligne \d+|valeur « \d+ »", "", phrase) for phrase in dits(lue).splitlines()}) == 1


def test_un_dossier_vote_ou_refuse_ne_se_touche_pas(agent):
    ligne, refuse = LigneFactory(finance=AutorisationFactory()), LigneFactory().dossier
    rapport = RapportFactory()
    presenter(rapport, ligne)
    refuse.refuser(par=agent, motif="Hors critères")
    f = Feuille(agent).ecrire(refuse.lignes.get(), PROPOSE, 1).ecrire(ligne, PROPOSE, 2)
    lue = f.lire(agent)
    assert [c[3] for c in changes(lue)] == ["2.00"]  # inscribed: still edited, as in its page
    assert "reprenez son instruction" in dits(lue)


@pytest.mark.parametrize(
    ("colonne", "valeur"), [("Ligne", "abc"), ("Ligne", -3), ("Ligne", 2.5), ("Dossier", "12x"), ("Ligne", True)]
)
def test_un_numero_abime_est_refuse(colonne, valeur, agent):
    ligne = LigneFactory()
    f = Feuille(agent)
    rang = f.rang(ligne)
    f.ecrire(ligne, PROPOSE, 1)
    f.table.cell(rang, f.colonne(colonne)).value = valeur
    lue = f.lire(agent)
    assert changes(lue) == [] and lue.constats.nombre_erreurs == 1


def test_la_ligne_d_un_autre_dossier_est_refusee(agent):
    une, autre = LigneFactory(), LigneFactory()
    f = Feuille(agent).ecrire(une, PROPOSE, 1).ecrire(une, "Dossier", autre.dossier_id)
    assert "cette ligne est celle du dossier" in dits(f.lire(agent))


def test_le_numero_de_ligne_efface_ne_devient_pas_celui_du_dossier(agent):
    ligne = LigneFactory()
    f = Feuille(agent).ecrire(ligne, INTITULE, "Autre").ecrire(ligne, "Ligne", None)
    lue = f.lire(agent)
    assert changes(lue) == [] and "le numéro de la ligne manque" in dits(lue)


def test_deux_rangees_ne_donnent_pas_deux_titres(agent):
    dossier = DossierFactory(lignes=2)
    une, deux = dossier.lignes.all()
    f = Feuille(agent).ecrire(une, INTITULE, "Un").ecrire(deux, INTITULE, "Deux")
    lue = f.lire(agent)
    assert [c[3] for c in changes(lue)] == ["Un"] and "une autre valeur" in dits(lue)


def test_un_dossier_sans_ligne_n_a_que_son_titre(agent):
    dossier = DossierFactory(intitule="Avant")
    f = Feuille(agent).ecrire(dossier, INTITULE, "Après").ecrire(dossier, PROPOSE, 12)
    lue = f.lire(agent)
    assert [c[3] for c in changes(lue)] == ["Après"] and "pas encore de ligne" in dits(lue)


# --- Tampering


def test_une_base_falsifiee_ne_cache_pas_un_conflit(agent):
    ligne = LigneFactory(propose=Decimal("800"))
    f = Feuille(agent).ecrire(ligne, PROPOSE, 650)
    ligne = LigneDossier.objects.get(pk=ligne.pk)
    ligne.propose = Decimal("700")
    ligne.save()
    colonne = next(c.column for c in f.base[1] if c.value == PROPOSE)
    f.base.cell(2, colonne).value = "700.00"  # « nothing changed meanwhile »
    lue = f.lire(agent)
    assert (PROPOSE, None, "700.00", "650.00", True) in changes(lue)
    assert all(e.est_conflit for e in lue.ecarts)


def test_la_signature_d_une_ligne_ne_sert_pas_a_une_autre(agent):
    une, deux = LigneFactory(propose=Decimal("1")), LigneFactory(propose=Decimal("2"))
    f = Feuille(agent).ecrire(deux, PROPOSE, 3)
    assert [e.exporte for e in f.lire(agent).ecarts] == ["2.00"]
    f.base.cell(2, 1).value, f.base.cell(3, 1).value = f.base.cell(3, 1).value, f.base.cell(2, 1).value
    assert [e.exporte for e in f.lire(agent).ecarts] == [None] and une.pk != deux.pk


@pytest.mark.parametrize("feuille", ["base", "Instruction"])
def test_une_feuille_retiree_refuse_le_fichier(feuille, agent):
    LigneFactory()
    f = Feuille(agent)
    del f.classeur[feuille]
    with pytest.raises(FichierRefuse, match=f"«\u00a0{feuille}\u00a0» manque"):
        f.lire(agent)


@pytest.mark.parametrize(
    "contenu", [b"", b"PK\x03\x04abc", b"%PDF-1.7", b"Dossier;Ligne\r\n1;2\r\n", b"\xd0\xcf\x11\xe0" * 200]
)
def test_ce_qui_n_est_pas_notre_classeur(contenu, agent, connecter):
    fichier = SimpleUploadedFile("a.xlsx", contenu)
    reponse = connecter(agent).post(reverse("hors_ligne"), {"fichier": fichier})
    assert reponse.status_code == 200 and "corrigez ce qui suit" in html(reponse)


def test_la_colonne_des_numeros_retiree(agent):
    LigneFactory()
    f = Feuille(agent)
    f.table.delete_cols(f.colonne("Ligne"))
    assert "colonne absente" in dits(f.lire(agent))


# --- The page of approval


def deposer(client, f):
    return client.post(reverse("hors_ligne"), {"fichier": SimpleUploadedFile("travail.xlsx", f.octets())})


def champ(page, nom):
    return re.search(rf'name="{nom}" value="([^"]*)"', page)[1]


def test_du_telechargement_a_l_accord(agent, connecter):
    ligne, client = LigneFactory(dossier__intitule="Garder"), connecter(agent)
    LigneFactory(dossier__intitule="Autre")
    contenu = client.get(reverse("hors_ligne_classeur"), {"annee": "", "structure": "garder"}).content
    f = Feuille.__new__(Feuille)
    f.classeur = openpyxl.load_workbook(io.BytesIO(contenu))
    f.table, f.base = f.classeur["Instruction"], f.classeur["base"]
    assert f.table.max_row == 2
    page = html(deposer(client, f.ecrire(ligne, PROPOSE, 5)))
    assert "1\u00a0cellule changée, sans conflit" in page and "5,00\u00a0€" in page
    envoi = {"depot": champ(page, "depot"), "prendre": ["0"]}
    assert "1\u00a0cellule enregistrée" in html(client.post(reverse("hors_ligne"), envoi, follow=True))
    assert "déjà enregistrés" in html(client.post(reverse("hors_ligne"), envoi, follow=True))  # second click
    assert LigneDossier.objects.get(pk=ligne.pk).propose == 5
    assert "aucun changement" in html(deposer(client, f))


def test_la_base_change_entre_l_apercu_et_l_accord(agent, connecter):
    une, deux = LigneFactory(propose=Decimal("1")), LigneFactory(propose=Decimal("2"))
    client = connecter(agent)
    page = html(deposer(client, Feuille(agent).ecrire(une, PROPOSE, 5).ecrire(deux, PROPOSE, 6)))
    LigneDossier.objects.get(pk=deux.pk)
    deux.propose = Decimal("3")
    deux.save()
    page = html(client.post(reverse("hors_ligne"), {"depot": champ(page, "depot"), "prendre": ["0", "1"]}))
    assert "La base a changé" in page and "Conflit" in page
    assert list(LigneDossier.objects.order_by("pk").values_list("propose", flat=True)) == [1, 3]


def test_le_depot_d_un_autre_ne_sert_a_rien(agent, connecter):
    ligne = LigneFactory(propose=Decimal("1"))
    depot = Feuille(agent).ecrire(ligne, PROPOSE, 5).lire(agent).signer(agent)
    client = connecter(AgentFactory(administration=True))
    for falsifie in (depot, depot[:-3], "", "x:y:z"):
        page = html(client.post(reverse("hors_ligne"), {"depot": falsifie, "prendre": ["0"]}))
        assert "a expiré" in page
    assert LigneDossier.objects.get(pk=ligne.pk).propose == 1


def test_un_etat_qui_se_ferme_apres_l_apercu_n_ecrit_rien(agent):
    une, deux = LigneFactory(), LigneFactory()
    lue = Feuille(agent).ecrire(une, PROPOSE, 5).ecrire(deux, PROPOSE, 6).lire(agent)
    deux.dossier.refuser(par=agent, motif="Non")
    with pytest.raises(reprise.ActeRefuse, match="reprenez"):
        appliquer(lue, agent)
    assert LigneDossier.objects.get(pk=une.pk).propose == 800  # all or nothing


@pytest.mark.parametrize("role", ["consultation", "territoire", "direction", "budget"])
def test_qui_ne_modifie_pas_ne_travaille_pas_hors_ligne(role, connecter):
    client = connecter(AgentFactory(**{role: True}, territoires=[TerritoireFactory()]))
    for nom in ("hors_ligne", "hors_ligne_classeur"):
        assert client.get(reverse(nom)).status_code == 403
    assert client.post(reverse("hors_ligne"), {"depot": "x"}).status_code == 403


def test_trop_de_lignes_se_dit(agent, connecter, monkeypatch):
    monkeypatch.setattr(classeur, "LIGNES_MAX", 1)
    LigneFactory.create_batch(2)
    page = html(connecter(agent).get(reverse("hors_ligne_classeur"), {"annee": ""}, follow=True))
    assert "filtrez la liste" in page


def test_l_export_et_la_lecture_ne_coutent_pas_par_ligne(agent, django_assert_max_num_queries):
    for _ in range(15):
        LigneFactory()
    with django_assert_max_num_queries(6):
        objets = classeur.lignes_a_exporter(list(Dossier.objects.values_list("pk", flat=True)), agent)
        contenu = classeur.ecrire(objets, par=agent)
    with django_assert_max_num_queries(5):
        lecture.lire(contenu, "a.xlsx", par=agent)
