"""Pages of the models, of the acts and of the register: what they show, what they cost, what they refuse."""

import csv
import io
import json
import zipfile
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conventions.frise import frise
from conventions.generation import envoi, lot
from conventions.modeles.relecture import bloquants
from conventions.models import Acte, BlocDeModele, Modele, VersionDeModele
from conventions.reprise import reprendre
from deliberations.models import Transmission
from dpid.tasks import executer_ici
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    affecter,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
    voter,
)
from tests.conventions.saisies import page_lue
from tests.factories import AgentFactory, AutorisationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
LE = date(2024, 7, 2)


@pytest.fixture
def agent():
    return AgentFactory(conventions=True)


class TestModeles:
    def test_ecrire_relire_et_publier_un_avenant(self, agent, connecter):
        client = connecter(agent)
        reponse = client.post(
            reverse("modele_nouveau"), {"titre": "Avenant", "code": "avenant", "nature": "avenant"}, follow=True
        )
        version = VersionDeModele.objects.get()
        assert reponse.redirect_chain[-1][0] == version.get_absolute_url()
        bloc = {
            "nature": "article", "titre": "Montant", "cle": "cout", "texte": "Au plus {montan}.", "contenu": "texte",
            "condition": "", "operation": "remplacer", "cible": "article", "numero": "4",
        }  # fmt: skip
        client.post(reverse("bloc_nouveau", args=[version.pk]), bloc)
        assert "{montan}, qui n’est pas un champ" in client.get(version.get_absolute_url()).content.decode()
        client.post(reverse("modele_publier", args=[version.pk]))
        version.refresh_from_db()
        assert version.etat == "brouillon"
        client.post(
            reverse("bloc_modifier", args=[version.blocs.get().pk]),
            {**bloc, "texte": "Au plus {montant}.", "version": version.blocs.get().version},
        )
        client.post(reverse("modele_publier", args=[version.pk]))
        version.refresh_from_db()
        assert version.etat == "publiee" and version.publiee_par == agent

    def test_publiee_elle_ne_change_plus_et_la_suivante_la_reprend(self, agent, connecter):
        version = modele_publie()
        client = connecter(agent)
        bloc = version.blocs.first()
        reponse = client.post(reverse("bloc_modifier", args=[bloc.pk]), {"texte": "Autre"}, follow=True)
        assert "elle ne se modifie plus" in reponse.content.decode()
        client.post(reverse("bloc_supprimer", args=[bloc.pk]))
        client.post(reverse("bloc_deplacer", args=[bloc.pk, "descendre"]))
        assert list(version.blocs.values_list("pk", "ordre"))[0] == (bloc.pk, bloc.ordre)
        client.post(reverse("modele_ouvrir", args=[version.modele_id]))
        suivante = version.modele.versions.get(rang=2)
        assert suivante.blocs.count() == version.blocs.count()

    def test_code_et_cles_se_tirent_des_titres(self, agent, connecter):
        client = connecter(agent)
        for _ in range(2):
            client.post(reverse("modele_nouveau"), {"titre": "Convention d’appui", "nature": "convention_type"})
        assert list(Modele.objects.order_by("pk").values_list("code", flat=True)) == [
            "convention-dappui", "convention-dappui-2",
        ]  # fmt: skip
        version = VersionDeModele.objects.first()
        bloc = {"nature": "article", "titre": "Durée", "texte": "Un an.", "contenu": "texte", "condition": ""}
        for _ in range(2):
            client.post(reverse("bloc_nouveau", args=[version.pk]), bloc)
        client.post(reverse("bloc_nouveau", args=[version.pk]), {**bloc, "nature": "visa", "titre": ""})
        lus = version.blocs.values_list("nature", "cle", "operation")
        assert set(lus) == {("article", "duree", ""), ("article", "duree-2", ""), ("visa", "visa", "")}
        page = client.get(reverse("bloc_nouveau", args=[version.pk])).content.decode()
        assert 'name="operation"' not in page and "Corps de la lettre" not in page

    def test_la_version_suivante_garde_exemplaires_et_designation(self, agent, connecter):
        version = Modele.objects.create(code="m", titre="M", nature="avenant").nouvelle_version(par=agent)
        client, adresse = connecter(agent), reverse("modele_version_modifier", args=[version.pk])
        saisie = {"exemplaires": 3, "designation": "la CAF", "note": "", "version": version.version}
        client.post(adresse, saisie)
        perimee = client.post(adresse, {**saisie, "designation": "l’association"}).content.decode()
        assert "Une autre personne a enregistré" in perimee
        BlocDeModele.objects.create(
            version_modele=version, nature="article", cle="a", titre="A", texte="Au plus.", operation="remplacer",
            cible="article", numero=4,
        )  # fmt: skip
        client.post(reverse("modele_publier", args=[version.pk]))
        assert "elle ne se modifie plus" in client.get(adresse, follow=True).content.decode()
        suivante = version.modele.nouvelle_version(par=agent)
        assert (suivante.exemplaires, suivante.designation) == (3, "la CAF")
        liste = client.get(reverse("modeles")).content.decode()
        assert version.get_absolute_url() in liste and suivante.get_absolute_url() in liste

    @pytest.mark.parametrize(
        ("texte", "dit"),
        [
            ("Convention n° XXXX", "XX"), ("Du ………………… au", "…"), ("À compléter", "compléter"),
            ("Le/la [président/présidente]", "[président/présidente]"), ("{inconnu}", "{inconnu}"),
            ("Voir {article:absent}", "{article:absent}"), ("«Montant_total»", "Montant_total"), ("   ", "est vide"),
        ],
    )  # fmt: skip
    def test_la_relecture_nomme_ce_qui_reste(self, texte, dit, agent, connecter):
        version = Modele.objects.create(code="m", titre="M", nature="convention_type").nouvelle_version(par=agent)
        BlocDeModele.objects.create(version_modele=version, nature="article", cle="a", titre="A", texte=texte)
        page = connecter(agent).get(version.get_absolute_url()).content.decode()
        assert dit in page.split('id="relecture"')[1].split("</section>")[0]

    def test_une_clause_que_la_loi_veut_se_verifie_sans_empecher_de_publier(self, agent, connecter):
        version = Modele.objects.create(code="m", titre="M", nature="convention_type").nouvelle_version(par=agent)
        article = BlocDeModele.objects.create(
            version_modele=version, nature="article", cle="a", titre="A", texte="Texte."
        )
        client = connecter(agent)
        dit = "Aucun bloc ne parle du « Contrat d’engagement républicain »"
        assert dit in page_lue(client.get(version.get_absolute_url())) and bloquants(version) == []
        article.texte = "Elle respecte le contrat d’engagement républicain."
        article.save()
        page = page_lue(client.get(version.get_absolute_url()))
        assert dit not in page and "« Compte rendu financier »" in page
        client.post(reverse("modele_publier", args=[version.pk]))
        version.refresh_from_db()
        assert version.etat == "publiee"

    def test_la_palette_montre_les_champs_et_l_apercu_les_resout(self, agent, connecter):
        version = Modele.objects.create(code="m", titre="M", nature="convention_type").nouvelle_version(par=agent)
        client = connecter(agent)
        assert 'data-renvoi="{representant}"' in client.get(reverse("bloc_nouveau", args=[version.pk])).content.decode()
        recu = client.post(
            reverse("bloc_apercu", args=[version.pk]), {"champ": "texte", "texte": "Par {representant}, {rien}"}
        ).content.decode()
        assert "Mme Jeanne EXEMPLE" in recu and "{rien} (renvoi sans valeur)" in recu

    def test_l_apercu_imprime_un_vrai_acte(self, agent, connecter, monkeypatch):
        monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())
        version = modele_publie()
        signataire()
        (acte,) = actes_de(rapport_de(ligne_retenue()))
        client = connecter(agent)
        assert f"?acte={acte.pk}" in client.get(version.get_absolute_url()).content.decode()
        recu = client.get(f"{reverse('modele_apercu', args=[version.pk])}?acte={acte.pk}")
        assert "20\u202f000,00\u00a0€" in recu.content.decode()
        assert client.get(f"{reverse('modele_apercu', args=[version.pk])}?acte=999").status_code == 404


class TestGeneration:
    def test_un_acte_par_structure_une_seule_fois(self, agent, connecter):
        modele_publie()
        signataire()
        structure = structure_signataire()
        rapport = rapport_de(
            ligne_retenue(structure=structure), ligne_retenue(structure=structure),
            ligne_retenue(structure=structure_signataire()),
        )  # fmt: skip
        client = connecter(agent)
        page = client.get(reverse("rapport_actes", args=[rapport.pk])).content.decode()
        assert page.count("À préparer") == 2
        for _ in range(2):
            executer_ici(lot.demander_generation(rapport, par=agent, jeton="double-clic"))
        assert Acte.objects.count() == 2 and sorted(a.fiches.count() for a in Acte.objects.all()) == [1, 2]

    def test_ce_qui_retient_un_acte_se_dit_et_les_autres_se_font(self, agent):
        modele_publie()
        signataire()
        rapport = rapport_de(
            ligne_retenue(), ligne_retenue(structure=structure_signataire(), nature_acte=""),
            ligne_retenue(structure=structure_signataire(), nature_acte="avenant"),
        )  # fmt: skip
        travail = executer_ici(lot.demander_generation(rapport, par=agent))
        phrases = list(travail.elements.values_list("est_fait", "phrase"))
        assert [fait for fait, _ in phrases] == [True, False, False]
        assert "nature de l’acte n’est pas choisie" in phrases[1][1] and "Aucun modèle publié" in phrases[2][1]

    def test_la_page_dit_ce_que_chaque_projet_manque_a_requetes_constantes(self, agent, connecter):
        modele_publie()
        signataire()
        client, lus = connecter(agent), []
        for combien in (1, 5):
            rapport = rapport_de(
                *[ligne_retenue(structure=structure_signataire(adresse="")) for _ in range(combien)],
                ligne_retenue(structure=structure_signataire(), nature_acte=""),
            )  # fmt: skip
            executer_ici(lot.demander_generation(rapport, par=agent))
            adresse = reverse("rapport_actes", args=[rapport.pk])
            client.get(adresse)
            with CaptureQueriesContext(connection) as requetes:
                page = client.get(adresse).content.decode()
            assert page.count("À compléter</span> Siège") == combien and "1\u00a0retenu" in page
            assert f"{combien} à compléter" in page
            lus.append(len(requetes))
        assert lus[0] == lus[1]

    def test_pendant_la_generation_la_page_se_relit_seule(self, agent, connecter):
        modele_publie()
        rapport = rapport_de(ligne_retenue())
        travail = lot.demander_generation(rapport, par=agent, jeton="a")
        client, adresse = connecter(agent), reverse("rapport_actes", args=[rapport.pk])
        page = client.get(adresse).content.decode()
        assert 'hx-trigger="every 2s"' in page and "Générer les actes" not in page
        executer_ici(travail)
        assert 'hx-trigger="every 2s"' not in client.get(adresse).content.decode()

    def test_l_archive_porte_actes_lettres_bordereaux_et_index(self, agent, monkeypatch):
        monkeypatch.setattr("dpid.documents.rendre_html", lambda html, **options: html.encode())
        modele_publie()
        modele_publie("notification", blocs=[("corps", "corps", "", "Vous recevez {montant}.", {})])
        signataire()
        rapport = rapport_de(ligne_retenue(), ligne_retenue(structure=structure_signataire()))
        actes_de(rapport)
        travail = executer_ici(envoi.demander_envoi(rapport, par=agent))
        archive = zipfile.ZipFile(io.BytesIO(bytes(travail.resultat)))
        noms = archive.namelist()
        assert sum(n.startswith("actes/") for n in noms) == 2 and sum(n.startswith("lettres/") for n in noms) == 2
        assert {"bordereaux/finances.pdf", "bordereaux/signataire-sabine-despierre.pdf", "index.csv"} <= set(noms)
        index = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";"))
        assert [r["montant"] for r in index] == ["20000,00", "20000,00"] and all(r["fichier"] in noms for r in index)
        assert "40\u202f000,00" in archive.read("bordereaux/finances.pdf").decode()


class TestRegistre:
    @pytest.mark.parametrize("combien", [1, 6])
    def test_au_plus_huit_requetes(self, combien, agent, connecter):
        for _ in range(combien):
            acte_signe(le=LE)
        client = connecter(agent)
        with CaptureQueriesContext(connection) as requetes:
            client.get(reverse("conventions"))
        assert len(requetes) <= 8

    def test_filtrer_et_exporter_ce_qui_est_a_l_ecran(self, agent, connecter):
        premier = acte_signe("12000.00", le=LE)
        acte_signe("8000.00", le=LE, raison_sociale="Zébulon")
        client = connecter(agent)
        page = client.get(reverse("conventions"), {"q": "zebulon"}).content.decode()
        filtree = client.get(reverse("conventions"), {"annee": "2024"}).content.decode()
        assert reverse("conventions_donnees_ouvertes", args=[2024]) in filtree
        assert "Zébulon" in page and premier.convention.numero not in page and "1\u00a0convention" in page
        recu = client.get(reverse("conventions_export", args=["csv"]), {"q": "zebulon"}).content.decode("utf-8-sig")
        (ligne,) = csv.DictReader(io.StringIO(recu), delimiter=";")
        assert (ligne["Structure"], ligne["Montant en cours"]) == ("Zébulon", "8000,00")

    def test_le_texte_consolide_se_telecharge(self, agent, connecter):
        convention = acte_signe(le=LE).convention
        client = connecter(agent)
        recu = json.loads(
            client.get(f"{reverse('convention_consolidee', args=[convention.pk, 'json'])}?au=2024-12-31").content
        )
        assert recu["montant"] == "20000.00" and recu["clauses"][0]["titre"] == "Objet"
        assert "convention initiale" in client.get(convention.get_absolute_url()).content.decode()

    def test_enregistrer_une_echeance(self, agent, connecter):
        convention = acte_signe(le=LE).convention
        echeance = convention.echeances.first()
        client = connecter(agent)
        for _ in range(2):
            client.post(reverse("echeance_constater", args=[convention.pk, echeance.pk]), {"le": "2025-03-01"})
        echeance.refresh_from_db()
        assert (echeance.faite_le, echeance.faite_par) == (date(2025, 3, 1), agent)


def test_reprendre_une_convention_signee(agent, connecter):
    structure = structure_signataire()
    saisie = {
        "structure": structure.raison_sociale, "numero": "2022-02942", "objet": "Référent", "signee_le": "2022-03-01",
        "montant": "40 000,00", "clauses": "Article 1 : Objet\nArticle 4 : Coût\nAnnexe 3 : Fiche action",
    }  # fmt: skip
    client = connecter(agent)
    page = client.post(reverse("convention_reprendre"), saisie, follow=True).content.decode()
    assert "voir la pièce signée" in page and "40\u202f000,00" in page
    encore = client.post(reverse("convention_reprendre"), saisie).content.decode()
    assert "déjà enregistrée" in encore


class TestActe:
    def test_le_geste_suivant_porte_sa_date_et_dit_ce_qu_il_engage(self, agent, connecter):
        modele_publie()
        signataire()
        ae = AutorisationFactory()
        rapport = rapport_de(ligne_retenue(ae=ae))
        (acte,) = actes_de(rapport)
        affecter(ae, "20000.00", le=rapport.seance.date)
        voter(rapport)
        acte = Acte.objects.get(pk=acte.pk)
        acte.remettre(par=agent, le=LE, edition=edition_sans_pdf(acte))
        acte.signer_structure(par=agent, le=LE)
        client = connecter(agent)
        page = client.get(acte.get_absolute_url()).content.decode()
        assert "20\u202f000,00\u00a0€</strong> seront engagés sur" in page and "Signé par le Département le" in page
        adresse = reverse("acte_verbe", args=[acte.pk, "signer"])
        refus = client.post(adresse, {"le": "2024-02-31"}, follow=True).content.decode()
        assert "donnez une date qui existe" in refus and Acte.objects.get(pk=acte.pk).signe_le is None
        client.post(adresse, {"le": "2024-08-01"})
        assert Acte.objects.get(pk=acte.pk).signe_le == date(2024, 8, 1)

    def test_ce_qui_retient_un_acte_ote_son_bouton_sauf_a_qui_passe_outre(self, agent, connecter):
        modele_publie()
        signataire()
        rapport = rapport_de(ligne_retenue())
        (acte,) = actes_de(rapport)
        adresse, chef = reverse("acte_verbe", args=[acte.pk, "remettre"]), AgentFactory(administration=True)
        assert f'action="{adresse}"' not in connecter(chef).get(acte.get_absolute_url()).content.decode()
        voter(rapport)
        Transmission.objects.update(publiee_le=None)
        assert f'action="{adresse}"' not in connecter(agent).get(acte.get_absolute_url()).content.decode()
        page = connecter(chef).get(acte.get_absolute_url()).content.decode()
        assert f'action="{adresse}"' in page and "Motif pour passer outre" in page

    def test_remis_il_montre_le_texte_fige(self, agent, connecter):
        acte = acte_signe(le=LE)
        structure = acte.convention.structure
        nom = structure.raison_sociale
        type(structure).objects.filter(pk=structure.pk).update(raison_sociale="Nouveau nom")
        page = connecter(agent).get(acte.get_absolute_url()).content.decode().split("Texte de l’acte")[1]
        assert nom in page and "Nouveau nom" not in page


class TestConvention:
    def test_sa_frise_dit_ce_qui_est_fait_attendu_en_retard(self):
        convention = acte_signe(le=LE).convention
        convention.echeances.filter(nature="compte_rendu").update(faite_le=date(2026, 2, 1), faite_par=AgentFactory())
        acte = convention.actes.select_related("convention", "rapport__deliberation__transmission").get()
        lues = frise([acte, acte], convention.echeances.all(), date(2025, 9, 15))
        assert [e.le for e in lues] == sorted(e.le for e in lues)
        titres = [e.titre for e in lues]
        assert len(titres) == len(set(titres)) and titres[1] == "Vote exécutoire" and titres[0].startswith("Vote, déli")
        dites = {e.titre: (e.est_faite, e.est_en_retard) for e in lues}
        assert dites["Convention notifiée"] == dites["Fin de la convention"] == (True, False)
        assert dites["Compte rendu financier"] == (True, False)
        assert dites[next(t for t in titres if t.startswith("Bilan"))] == (False, False)
        tard = frise([acte], convention.echeances.all(), date(2027, 1, 1))
        assert [e.titre for e in tard if e.est_en_retard] == [t for t in titres if t.startswith("Bilan")]

    def test_la_fin_passee_n_est_plus_attendue(self, agent, connecter):
        convention = acte_signe(le=LE).convention
        convention.echeances.exclude(nature="fin").update(faite_le=LE, faite_par=agent)
        page = connecter(agent).get(reverse("conventions")).content.decode()
        assert convention.numero in page and "dépassée</div>" not in page

    def test_un_montant_que_personne_n_a_saisi_n_est_pas_nul(self, agent, connecter):
        reprendre(par=agent, structure=structure_signataire(), objet="Référent", signee_le=LE, numero="2022-02942")
        client = connecter(agent)
        assert "0,00</td>" not in client.get(reverse("conventions")).content.decode()
        recu = client.get(reverse("conventions_export", args=["csv"])).content.decode("utf-8-sig")
        (ligne,) = csv.DictReader(io.StringIO(recu), delimiter=";")
        assert (ligne["Montant initial"], ligne["Montant en cours"]) == ("", "")
