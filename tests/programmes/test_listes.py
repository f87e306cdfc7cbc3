"""The list of dossiers: filters, columns, order, totals, tags, exports, the way back, at a cost that no row changes."""

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertHTMLEqual

from dpid.models import VueDeListe
from programmes import listes, pages_de_liste
from programmes.colonnes import COLONNES
from programmes.instruction.completude import manquantes
from programmes.models import Dossier, Fiche, Piece, PieceExigee, Quantite, SessionDepot, TypePiece
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    StructureFactory,
    TerritoireFactory,
)
from tests.programmes.pages import compter, html

pytestmark = pytest.mark.django_db
TOUT = {"annee": ""}
TOUTES_LES_COLONNES = "&".join(f"col={c}" for c in COLONNES)


@pytest.fixture
def admin():
    return AgentFactory(administration=True)


def trouves(agent, requete="annee=") -> list[int]:
    return listes.composer(agent, QueryDict(requete)).identifiants()


# --- Cost


@pytest.mark.parametrize("colonnes", ["", TOUTES_LES_COLONNES])
def test_liste_constante_et_legere(admin, connecter, colonnes):
    client, ae = connecter(admin), AutorisationFactory(vote="1000000.00")
    dispositif = DispositifFactory(libelle_court="Accompagnement renforcé vers l’emploi", service=ServiceFactory())
    VueDeListe.objects.create(agent=admin, liste="dossiers", nom="Vue", parametres="annee=2024")
    couts, adresse = {}, f"{reverse('dossiers')}?annee=2024&{colonnes}"
    for cible in (1, 20, 100):
        for n in range(Dossier.objects.count(), cible):
            structure = StructureFactory(raison_sociale=f"Association intercommunale pour l’insertion {n}")
            LigneFactory(
                dossier__structure=structure, dossier__dispositif=dispositif, dossier__instructeur=admin, finance=ae
            )
        couts[cible] = compter(client, adresse)
    assert len(set(couts.values())) == 1, couts
    assert couts[100] <= 8, couts
    assert len(client.get(adresse).content) <= 100_000


def test_la_vue_par_defaut_ne_coute_qu_une_question(admin, connecter):
    client = connecter(admin)
    LigneFactory()
    VueDeListe.objects.create(
        agent=admin, liste="dossiers", nom="Par défaut", parametres="annee=2024", est_par_defaut=True
    )
    client.get(reverse("dossiers"))
    client.cookies.pop("filtres_dossiers")
    assert compter(client, reverse("dossiers")) <= 8


@pytest.mark.parametrize("role", ["instruction", "territoire"])
def test_liste_d_un_agent_a_portee_limitee(role, connecter):
    service, territoire = ServiceFactory(), TerritoireFactory()
    agent = AgentFactory(**{role: True}, services=[service], territoires=[territoire])
    LigneFactory(dossier__dispositif__service=service, territoires=[territoire])
    assert compter(connecter(agent), f"{reverse('dossiers')}?annee=2024") <= 8


# --- Rows


def test_ce_que_dit_un_rang(admin, connecter):
    dispositif = DispositifFactory(reference="1.1 bis", libelle_court="", titre="Logement & accès <droits>")
    lieux = [TerritoireFactory(libelle="Ternois"), TerritoireFactory(libelle="Artois")]
    ligne = LigneFactory(
        dossier__dispositif=dispositif, dossier__intitule="Atelier <b>", territoires=lieux, demande=Decimal("1234.50"),
        finance="à imputer", finance__montant="1000.05", dossier__structure__raison_sociale="A & <i>",
    )  # fmt: skip
    dossier = ligne.dossier
    page = html(connecter(admin).get(reverse("dossiers"), {"annee": "2024"}))
    rang = page[page.index("<tbody>") : page.index("</tbody>")].removeprefix("<tbody>").strip()
    assert rang == (
        f"<tr><td><input type=checkbox name=d value={dossier.pk} aria-labelledby=d{dossier.pk}>"
        f'<th scope=row class=colle id=d{dossier.pk}><a href="{dossier.get_absolute_url()}">A &amp; &lt;i&gt;</a>'
        "<br>Atelier &lt;b&gt;<td>1.1 bis Logement &amp; accès &lt;droits&gt;<td>Ternois, Artois"
        '<td><span class="etat etat-en_instruction">En instruction</span>'
        "<td class=montant>1\u202f234,50<td class=montant>800,00<td class=montant>1\u202f000,05"
    )


def test_sans_droit_d_agir_aucune_case(connecter):
    LigneFactory()
    page = html(connecter(AgentFactory(consultation=True)).get(reverse("dossiers"), TOUT))
    assert "name=d " not in page and "Choisir un acte" not in page and "hors ligne" not in page


def test_listes_des_filtres(admin, connecter):
    """Options are escaped, and the one that the address asks for is selected: as Django’s own select."""
    dispositif = DispositifFactory(reference="1.1", libelle_court="CLLAJ & <autres>", service=ServiceFactory())
    fiche = Fiche.objects.create(dispositif=dispositif)
    SessionDepot.objects.create(fiche=fiche, ordre=2, ouverture=date(2024, 1, 1), cloture=date(2024, 2, 29))
    DossierFactory(instructeur=admin)
    page = connecter(admin).get(reverse("dossiers"), {"annee": "2024", "dispositif": dispositif.pk})
    assert f'<option value="{dispositif.pk}" selected>1.1 CLLAJ &amp; &lt;autres&gt;</option>' in html(page)
    assert "1.1, session 2 (jusqu’au 29/02/2024)" in html(page)
    assert f">{admin}</option>" in html(page)
    for nom in ("annee", "dispositif", "territoire", "origine", "service", "session", "instructeur", "type"):
        champ = page.context["liste"].filtre.form[nom]
        normal = forms.Select(attrs=champ.field.widget.attrs, choices=champ.field.widget.choices)
        assertHTMLEqual(str(champ), champ.as_widget(normal))


# --- Filters


def test_recherche_sans_accents_dans_la_structure_l_action_et_le_numero(admin):
    a = DossierFactory(structure__raison_sociale="Réussir Ensemble", intitule="Atelier")
    b = DossierFactory(structure__raison_sociale="Autre", intitule="Événement « Œuvrer à l’École »")
    c = DossierFactory(structure__raison_sociale="Ailleurs", intitule="", reference_portail="EP-77")
    assert trouves(admin, "annee=&structure=reussir") == [a.pk]
    assert trouves(admin, "annee=&structure=REUSSIR ensemblé") == [a.pk]
    assert trouves(admin, "annee=&structure=ecole evenement") == [b.pk]
    assert trouves(admin, "annee=&structure=oeuvrer") == [b.pk]
    assert trouves(admin, f"annee=&structure={c.pk}")[0] in (a.pk, b.pk, c.pk)
    assert c.pk in trouves(admin, f"annee=&structure={c.pk}")
    assert trouves(admin, "annee=&structure=EP-77") == [c.pk]
    assert trouves(admin, "annee=&structure=%25") == trouves(admin)  # no word: nothing to look for, and no wildcard
    assert trouves(admin, "annee=&structure=zzz") == []


def test_les_filtres_se_combinent(admin):
    service, lens = ServiceFactory(), TerritoireFactory()
    garde = LigneFactory(
        dossier__dispositif__service=service, dossier__instructeur=admin, territoires=[lens], demande=Decimal("500"),
    ).dossier  # fmt: skip
    LigneFactory(dossier__dispositif=garde.dispositif, territoires=[lens], demande=Decimal("500"))
    LigneFactory(dossier__instructeur=admin, demande=Decimal("500"))
    requete = f"annee=2024&service={service.pk}&instructeur=moi&territoire={lens.pk}&etat=en_instruction&etat=avis"
    assert trouves(admin, requete) == [garde.pk]
    assert trouves(admin, f"{requete}&montant_min=500,01") == []
    assert trouves(admin, f"{requete}&etat=vote&montant_max=1 000,00 €") == [garde.pk]


def test_filtres_de_l_instruction(admin):
    libre = DossierFactory()
    mien = DossierFactory(instructeur=admin)
    autre = DossierFactory(instructeur=AgentFactory(instruction=True))
    assert trouves(admin, "annee=&instructeur=aucun") == [libre.pk]
    assert trouves(admin, "annee=&instructeur=moi") == [mien.pk]
    assert trouves(admin, f"annee=&instructeur={autre.instructeur_id}") == [autre.pk]


def test_filtre_des_montants_et_sans_montant(admin):
    chiffre = LigneFactory(demande=Decimal("100"), propose=Decimal("90"), finance="à imputer",
                           finance__montant="80").dossier  # fmt: skip
    vide = LigneFactory(demande=Decimal("100"), propose=None).dossier
    assert trouves(admin, "annee=&sans_montant=on") == [vide.pk]
    assert trouves(admin, "annee=&montant_de=retenu&montant_min=80&montant_max=80") == [chiffre.pk]
    assert trouves(admin, "annee=&montant_de=propose&montant_max=0") == [vide.pk]
    assert trouves(admin, "annee=&montant_min=douze") == sorted([chiffre.pk, vide.pk])  # ignored, and said


def test_un_montant_illisible_se_dit(admin, connecter):
    LigneFactory()
    page = html(connecter(admin).get(reverse("dossiers"), {"annee": "", "montant_min": "douze"}))
    assert "n’est pas un montant" in page and "Ce filtre est ignoré" in page


def _fournir(type_, de, **traits):
    piece = Piece(type=type_, structure=de.structure, nom_fichier="a.pdf", deposee_par=AgentFactory(), **traits)
    piece.poser(b"x")
    piece.save()


def test_filtre_des_pieces_manquantes(admin, connecter):
    """The SQL of the list says of each dossier what its page says, pièce by pièce."""
    association, commune = StructureFactory(type="association"), StructureFactory(type="commune")
    statuts = TypePiece.objects.create(code="s", libelle="Statuts", exigee_pour=["association", "bailleur"])
    budget = TypePiece.objects.create(code="b", libelle="Budget", est_du_dossier=True)
    fiche = Fiche.objects.create(dispositif=DispositifFactory())
    PieceExigee.objects.create(fiche=fiche, type=budget, types_structure=[])
    PieceExigee.objects.create(fiche=fiche, type=statuts, types_structure=["ccas", "association"])
    exigeant, libre = fiche.dispositif, DispositifFactory()
    dossiers = [DossierFactory(structure=s, dispositif=d) for s in (association, commune) for d in (exigeant, libre)]

    def comparer() -> set[int]:
        vus = set(trouves(admin, "annee=&pieces_manquantes=on"))
        assert vus == {d.pk for d in dossiers if manquantes(d)}
        return vus

    assert comparer() == {d.pk for d in dossiers[:3]}  # nothing is asked of a commune without a fiche
    _fournir(statuts, dossiers[0], valable_jusqu_au=timezone.localdate() - timedelta(days=1))
    assert len(comparer()) == 3  # out of date
    _fournir(statuts, dossiers[0], dossier=dossiers[1])
    assert len(comparer()) == 2  # given with one dossier: it serves no other
    _fournir(statuts, dossiers[0])
    _fournir(budget, dossiers[0])  # of no dossier: it answers for none
    assert comparer() == {dossiers[0].pk, dossiers[2].pk}
    _fournir(budget, dossiers[0], dossier=dossiers[0])
    _fournir(budget, dossiers[2], dossier=dossiers[2], est_retiree=True)
    assert comparer() == {dossiers[2].pk}
    adresse = reverse("admin:programmes_dossier_changelist")
    client = connecter(admin)
    assert client.get(f"{adresse}?pieces=manquantes").context["cl"].result_count == 1
    assert compter(client, f"{reverse('dossiers')}?annee=&pieces_manquantes=on") <= 8
    dossiers[2].refuser(par=admin, motif="Hors sujet")
    assert not trouves(admin, "annee=&pieces_manquantes=on")


def test_filtre_et_colonne_des_avis_en_retard(admin, connecter):
    hier = timezone.localdate() - timedelta(1)
    retard, attente = LigneFactory().dossier, LigneFactory().dossier
    for dossier in (retard, attente):
        dossier.demander_avis(par=admin, territoires=[TerritoireFactory()])
    retard.avis.update(echeance_le=hier)
    assert trouves(admin, "annee=&avis_en_retard=on") == [retard.pk]
    assert trouves(admin, "annee=&tri=-avis")[0] == retard.pk
    page = html(connecter(admin).get(f"{reverse('dossiers')}?annee=&col=avis&col=etat"))
    assert page.count("<td class=court>1\u00a0attendu") == 2 and page.count("1\u00a0attendu, 1 en retard") == 1


def test_filtre_session_origine_et_type(admin):
    dispositif = DispositifFactory()
    fiche = Fiche.objects.create(dispositif=dispositif)
    session = SessionDepot.objects.create(fiche=fiche, ordre=1, ouverture=date(2024, 1, 1), cloture=date(2024, 2, 1))
    un = DossierFactory(dispositif=dispositif, session=session)
    deux = DossierFactory(origine=Dossier.Origine.INITIATIVE, structure__type="ccas")
    assert trouves(admin, f"annee=&session={session.pk}") == [un.pk]
    assert trouves(admin, "annee=&origine=initiative") == [deux.pk]
    assert trouves(admin, "annee=&type=ccas") == [deux.pk]


def test_filtre_territoire_comprend_les_regroupements(admin):
    lens, artois = TerritoireFactory(libelle="Lens"), TerritoireFactory(libelle="Artois")
    groupe = TerritoireFactory(libelle="Lens-Hénin", inclus=[lens])
    dedans = LigneFactory(territoires=[groupe]).dossier
    LigneFactory(territoires=[artois])
    assert trouves(admin, f"annee=&territoire={lens.pk}") == [dedans.pk]


@pytest.mark.parametrize(
    "requete",
    [
        "annee=abcd", "annee=99999999999999999999", "etat=rien", "thematique=-1", "dispositif=x", "territoire=0",
        "instructeur=0", "session='", "tri=-rien", "tri=--etat", "tri=territoires", "tri=motif", "col=rien", "page=0",
        "page=-3", "page=x", "structure=%00", "structure=" + "a" * 3000, "montant_min=1e99", "montant_de=etat",
        "annee=&etat=vote&etat=vote", "col=" + "&col=".join(COLONNES), "montant_max=99999999999999999999",
    ],
)  # fmt: skip
def test_une_adresse_abimee_ne_casse_rien(requete, admin, connecter):
    LigneFactory()
    assert connecter(admin).get(f"{reverse('dossiers')}?{requete}").status_code == 200


# --- Tags, totals, order


def test_etiquettes_une_par_valeur(admin, connecter):
    LigneFactory()
    requete = "annee=2024&etat=en_instruction&etat=avis&instructeur=aucun&montant_min=1000&sans_montant=on&tri=-demande"
    liste = connecter(admin).get(f"{reverse('dossiers')}?{requete}").context["liste"]
    tags = {e["texte"]: QueryDict(e["requete"]) for e in liste.etiquettes()}
    assert set(tags) == {
        "Année : 2024", "État : En instruction", "État : Avis demandés", "Instructeur : Sans instructeur",
        "D’au moins : 1\u202f000,00\u00a0€", "Sans montant proposé",
    }  # fmt: skip
    assert tags["État : Avis demandés"].getlist("etat") == ["en_instruction"]
    assert tags["Sans montant proposé"]["sans_montant"] == "" and tags["Sans montant proposé"]["tri"] == "-demande"
    assert tags["Année : 2024"]["annee"] == ""
    effacee = QueryDict(liste.sans_filtre())
    assert effacee.dict() == {"annee": "", "tri": "-demande"}


def test_totaux_de_ce_qui_est_filtre(admin, connecter):
    LigneFactory.create_batch(2, demande=Decimal("1000.50"), finance="à imputer", finance__montant="300.25")
    ailleurs = DispositifFactory(thematique__appel__annee=2023)
    LigneFactory(dossier__dispositif=ailleurs)
    page = html(connecter(admin).get(reverse("dossiers"), {"annee": "2024"}))
    assert "2\u00a0dossiers" in page and "Sélectionner les 2\u00a0dossiers filtrés" in page
    assert "2\u202f001,00\u00a0€" in page and "600,50\u00a0€" in page


@pytest.mark.parametrize("cle", [c.cle for c in COLONNES.values() if c.tri])
def test_chaque_colonne_triable_trie(cle, admin, connecter):
    LigneFactory.create_batch(2, finance="à imputer")
    page = html(connecter(admin).get(f"{reverse('dossiers')}?annee=&col={cle}&tri=-{cle}"))
    assert page.count('aria-sort="descending"') == 1
    assert f"tri={cle}" in page


def test_tri_par_montant(admin):
    petit = LigneFactory(demande=Decimal("10.00")).dossier
    grand = LigneFactory(demande=Decimal("9000.00")).dossier
    assert trouves(admin, "annee=&tri=-demande") == [grand.pk, petit.pk]


# --- Columns and exports


def test_colonnes_choisies(admin, connecter):
    dossier = LigneFactory(dossier__instructeur=admin, dossier__structure__siret=None).dossier
    reponse = connecter(admin).get(f"{reverse('dossiers')}?annee=2024&col=instructeur&col=annee&tri=-annee")
    titres = [c["titre"] for c in reponse.context["liste"].en_tetes()]
    assert titres == ["Structure", "Année", "Instructeur"]
    page = html(reponse)
    assert f"<td>{admin}" in page and "class=montant" not in page
    # The form of the filters carries the choice along.
    formulaire = page[page.index('<form class="filtres"') :]
    assert '<input type="hidden" name="col" value="instructeur.annee">' in formulaire[: formulaire.index("</form>")]
    assert dossier.get_absolute_url() in page


@pytest.mark.parametrize("format", ["xlsx", "ods", "csv"])
def test_chaque_colonne_s_exporte(format, admin, connecter):
    ligne = LigneFactory(dossier__depose_le=timezone.now(), dossier__dispositif__service=ServiceFactory())
    Quantite.objects.create(ligne=ligne, valeur=1, unite="place")
    adresse = f"{reverse('dossiers_export', args=[format])}?annee=&{TOUTES_LES_COLONNES}"
    assert connecter(admin).get(adresse).status_code == 200


def test_export_exactement_l_ecran(admin, connecter):
    garde = LigneFactory(dossier__structure__raison_sociale="=Garde", finance="à imputer", finance__montant="12.34")
    LigneFactory(dossier__structure__raison_sociale="Garde aussi", finance="à imputer", finance__montant="99.00")
    LigneFactory(dossier__structure__raison_sociale="Ecarte")
    client, requete = connecter(admin), "annee=&structure=garde&col=retenu&col=etat&tri=-retenu"
    csv = client.get(f"{reverse('dossiers_export', args=['csv'])}?{requete}").content.decode("utf-8-sig").splitlines()
    assert csv[0] == "Dossier;Structure;Action;État;Retenu"
    assert [ligne.rpartition(";")[2] for ligne in csv[1:]] == ["99,00", "12,34"]
    assert csv[2].split(";")[:2] == [str(garde.dossier_id), "'=Garde"]
    classeur = client.get(f"{reverse('dossiers_export', args=['xlsx'])}?{requete}").content
    valeurs = [c for ligne in openpyxl.load_workbook(io.BytesIO(classeur)).active.values for c in ligne]
    assert 12.34 in valeurs and garde.dossier_id in valeurs and "Ecarte" not in valeurs
    assert client.get(reverse("dossiers_export", args=["exe"]), TOUT).status_code == 404


def test_l_export_ne_montre_que_ce_qui_est_visible(connecter):
    LigneFactory(dossier__structure__raison_sociale="Invisible")
    client = connecter(AgentFactory(territoire=True, territoires=[TerritoireFactory()]))
    csv = client.get(reverse("dossiers_export", args=["csv"]), TOUT).content.decode("utf-8-sig")
    assert "Invisible" not in csv


# --- Coming back


def test_filtres_page_et_colonnes_se_retrouvent(admin, connecter):
    cherche = LigneFactory(dossier__structure__raison_sociale="Réussir Ensemble").dossier
    autre = LigneFactory(dossier__structure__raison_sociale="Autre").dossier
    client = connecter(admin)
    page = html(client.get(reverse("dossiers"), {"annee": "", "structure": "reussir", "col": "annee"}))
    assert cherche.get_absolute_url() in page and autre.get_absolute_url() not in page
    assert "Structure, action ou n° : reussir" in page and "Tout effacer" in page
    retour = client.get(reverse("dossiers"))
    assert autre.get_absolute_url() not in html(retour)
    assert [c["titre"] for c in retour.context["liste"].en_tetes()] == ["Structure", "Année"]
    assert autre.get_absolute_url() in html(client.get(reverse("dossiers"), TOUT))


def test_la_page_se_retrouve(admin, connecter, monkeypatch):
    monkeypatch.setattr(pages_de_liste, "PAR_PAGE", 2)
    DossierFactory.create_batch(5)
    client = connecter(admin)
    assert client.get(reverse("dossiers"), {"annee": "", "page": "3"}).context["page"].number == 3
    assert client.get(reverse("dossiers")).context["page"].number == 3


def test_l_exercice_courant_puis_la_vue_par_defaut(admin, connecter):
    DispositifFactory(thematique__appel__annee=2023)
    ligne = LigneFactory()
    client = connecter(admin)
    session = client.session
    session["exercice"] = 2023
    session.save()
    assert ligne.dossier.get_absolute_url() not in html(client.get(reverse("dossiers")))
    client.cookies.pop("filtres_dossiers")
    VueDeListe.objects.create(agent=admin, liste="dossiers", nom="V", parametres="annee=2024", est_par_defaut=True)
    assert ligne.dossier.get_absolute_url() in html(client.get(reverse("dossiers")))


def test_le_cookie_ne_deborde_pas(admin, connecter):
    client = connecter(admin)
    client.get(f"{reverse('dossiers')}?annee=&structure={'é' * 1500}")
    assert "filtres_dossiers" not in client.cookies


def test_liste_vide(admin, connecter):
    page = html(connecter(admin).get(reverse("dossiers"), TOUT))
    assert "Aucun dossier ne répond" in page and not re.search(r"\son\w+=", page)
