"""The page of a dossier and its acts: who may do what in every state, letters, notes, sections, the fiche in PDF."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pypdf
import pytest
from django.urls import reverse
from django.utils import timezone

from dpid.models import Journal, Role
from programmes.instruction import courriers
from programmes.instruction.sections import SECTIONS
from programmes.instruction.verbes import VERBES
from programmes.models import (
    Avis,
    AvisInstance,
    Courrier,
    CoutUnitaire,
    Critere,
    Dossier,
    Fiche,
    NoteCritere,
    Piece,
    Poste,
    TypeAgrement,
    TypePiece,
)
from tests import maquette
from tests.factories import (
    AgentFactory,
    AutorisationFactory,
    DispositifFactory,
    DossierFactory,
    LigneFactory,
    ServiceFactory,
    TerritoireFactory,
)
from tests.programmes.pages import compter, html
from tests.programmes.test_workflow import FLECHES
from tests.programmes.test_workflow import dossier as dossier_a

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Etat = Dossier.Etat


@pytest.fixture
def admin():
    return AgentFactory(administration=True)


@pytest.fixture
def instructeur():
    return AgentFactory(instruction=True)


def texte_du_pdf(contenu: bytes) -> str:
    brut = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(contenu)).pages)
    return " ".join(brut.replace("\u00a0", " ").replace("\u202f", " ").split())


# --- The whole matrix: state × verb × role, through the page

INSTRUISENT = {Role.INSTRUCTION, Role.ADMINISTRATION}
DECIDENT = INSTRUISENT | {Role.DIRECTION}
HABILITES = {nom: DECIDENT if v.permission == "programmes.decider" else INSTRUISENT for nom, v in VERBES.items()}


def saisie(verbe, lieu) -> dict:
    if verbe == "demander_avis":
        return {"territoires": [lieu.pk], "question": "Utile ?", "echeance_le": timezone.localdate() + timedelta(9)}
    return {"motif": "Motif de l’acte"}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("etat", list(Etat))
def test_chaque_role_dans_chaque_etat(etat, role, connecter):
    """Allowed by the state and by the role: done, one row in the journal. Else nothing is written."""
    maquette.territoire("T4")
    par = maquette.equipe().instruction
    d = dossier_a(par, etat)
    service = ServiceFactory()
    d.dispositif.service = service
    d.dispositif.save()
    lieu = d.lignes.get().territoires.get()
    agent = AgentFactory(roles=[role.value], services=[service], territoires=[lieu])
    client = connecter(agent)
    client.get(d.get_absolute_url())  # the sliding session
    avant = maquette.etat_de_la_base()
    for nom in VERBES:
        permis = role in HABILITES[nom]
        possible = nom in FLECHES[etat]
        adresse = reverse("dossier_acte", args=[d.pk, nom])
        if permis and possible:
            continue  # below: it changes the state
        reponse = client.post(adresse, saisie(nom, lieu))
        assert reponse.status_code == (302 if permis else 403), (nom, reponse.status_code)
    assert maquette.etat_de_la_base() == avant
    for nom in set(VERBES) & set(FLECHES[etat]):
        if role in HABILITES[nom]:
            _fait(client, d, nom, FLECHES[etat][nom], lieu, agent)


def _fait(client, d, nom, cible, lieu, agent):
    from django.db import transaction

    point = transaction.savepoint()
    debut = timezone.now()
    reponse = client.post(reverse("dossier_acte", args=[d.pk, nom]), saisie(nom, lieu))
    assert reponse.status_code == 302, (nom, html(reponse))
    apres = Dossier.objects.get(pk=d.pk)
    assert apres.etat == cible, nom
    (acte,) = Journal.objects.de_l_objet(d).filter(le__gte=debut)
    assert (acte.verbe, acte.par, acte.vers) == (nom, agent, cible)
    if acte.de != cible:
        assert apres.etat_le >= debut
    transaction.savepoint_rollback(point)


def test_la_matrice_couvre_les_verbes_des_pages():
    """Inscribing, withdrawing and voting belong to the rapport: every other verb of the model has its page."""
    declares = {n for n, v in vars(Dossier).items() if hasattr(v, "titre") and callable(v)}
    assert declares - set(VERBES) == {"inscrire", "retirer"}
    for nom, verbe in VERBES.items():
        assert set(verbe.depuis) == {e for e, fleches in FLECHES.items() if nom in fleches}, nom


@pytest.mark.parametrize("nom", [n for n, v in VERBES.items() if v.motif])
def test_un_acte_motive_demande_son_motif(nom, admin, connecter):
    d = dossier_a(maquette.equipe().instruction, VERBES[nom].depuis[0])
    page = html(connecter(admin).post(reverse("dossier_acte", args=[d.pk, nom]), {"motif": "  "}))
    assert "Rien n’est enregistré" in page
    assert Dossier.objects.get(pk=d.pk).etat == VERBES[nom].depuis[0]


def test_la_page_dit_la_consequence_en_chiffres(admin, connecter):
    ligne = LigneFactory(finance=AutorisationFactory(), finance__montant="1234.56")
    ligne.dossier.demander_avis(par=admin, territoires=[TerritoireFactory()])
    page = html(connecter(admin).get(reverse("dossier_acte", args=[ligne.dossier_id, "refuser"])))
    assert "1\u202f234,56\u00a0€ ne sont plus retenus" in page and "1\u00a0avis attendu devient sans objet" in page
    page = html(connecter(admin).get(reverse("dossier_acte", args=[ligne.dossier_id, "proposer"])))
    assert "pour 1\u202f234,56\u00a0€ retenus" in page and "1 attendu" in page


# --- What is missing, and its letter


@pytest.fixture
def incomplet(instructeur):
    """A deposited dossier of an association that gave its statuts and not its accounts."""
    dossier = DossierFactory(dispositif__service=ServiceFactory(), lignes=1)
    instructeur.services.set([dossier.dispositif.service])
    maquette.sql("UPDATE programmes_dossier SET etat = 'depose' WHERE id = %s", dossier.pk)
    genre = [dossier.structure.type]
    statuts = TypePiece.objects.create(code="statuts", libelle="Statuts", exigee_pour=genre)
    TypePiece.objects.create(code="comptes", libelle="Comptes annuels", exigee_pour=genre, ordre=2)
    piece = Piece(structure=dossier.structure, type=statuts, nom_fichier="statuts.pdf", deposee_par=instructeur)
    piece.nature = "application/pdf"
    piece.poser(b"%PDF-1.4")
    piece.save()
    return Dossier.objects.get(pk=dossier.pk)


def test_incomplet_prepare_la_lettre_des_pieces_manquantes(incomplet, instructeur, connecter):
    client, adresse = connecter(instructeur), reverse("dossier_acte", args=[incomplet.pk, "declarer_incomplet"])
    page = client.get(adresse)
    assert "- Comptes annuels : à fournir" in html(page) and "Statuts : fournie" not in html(page)
    motif = page.context["form"].initial["motif"]
    assert motif == "- Comptes annuels : à fournir"
    reponse = client.post(adresse, {"motif": motif})
    courrier = Courrier.objects.get(dossier=incomplet)
    assert reponse.url == reverse("courrier", args=[courrier.pk])
    assert courrier.nature == "incompletude" and "- Comptes annuels : à fournir" in courrier.corps
    assert Journal.objects.de_l_objet(courrier).get().verbe == "creer"
    assert Dossier.objects.get(pk=incomplet.pk).motif == motif


def test_complet_refuse_tant_qu_une_piece_manque(incomplet, instructeur, connecter):
    client, adresse = connecter(instructeur), reverse("dossier_acte", args=[incomplet.pk, "declarer_complet"])
    assert "Pièces manquantes (1 sur 2)" in html(client.get(adresse))
    assert "Comptes annuels : à fournir" in html(client.post(adresse))
    assert Dossier.objects.get(pk=incomplet.pk).etat == Etat.DEPOSE


def test_passer_outre_l_eligibilite_demande_pourquoi(incomplet, instructeur, connecter):
    maquette.sql("UPDATE programmes_dossier SET etat = 'complet' WHERE id = %s", incomplet.pk)
    Fiche.objects.create(dispositif=incomplet.dispositif, types_eligibles=["bailleur"])
    client, adresse = connecter(instructeur), reverse("dossier_acte", args=[incomplet.pk, "declarer_recevable"])
    assert "Porteur non éligible" in html(client.get(adresse))
    assert "Porteur non éligible" in html(client.post(adresse, {"motif": ""}))
    assert Dossier.objects.get(pk=incomplet.pk).etat == Etat.COMPLET
    client.post(adresse, {"motif": "Seul porteur du territoire"})
    assert Dossier.objects.get(pk=incomplet.pk).etat == Etat.RECEVABLE
    acte = Journal.objects.de_l_objet(incomplet).get(verbe="declarer_recevable")
    assert acte.motif == "Seul porteur du territoire"


@pytest.mark.parametrize(
    ("nature", "attendu"),
    [
        ("irrecevabilite", "tribunal administratif"),
        ("refus", "deux mois"),
        ("ajournement", "nouveau dossier"),
        ("incompletude", "date de dépôt"),
        ("relance", "irrecevable"),
        ("autre", "…"),
    ],
)
def test_textes_des_courriers(nature, attendu, instructeur):
    dossier = DossierFactory(intitule="Ateliers")
    texte = courriers.texte(dossier, nature, "Budget insincère")
    assert attendu in texte or nature == "autre"
    assert f"n°\u00a0{dossier.pk}" in texte and "«\u00a0Ateliers\u00a0»" in texte
    if nature in ("irrecevabilite", "refus", "ajournement"):
        assert "Budget insincère" in texte


def test_un_courrier_se_corrige_s_imprime_puis_part(admin, connecter):
    dossier = DossierFactory(structure__adresse="1 rue des Écoles\n62000 Arras")
    courrier = courriers.etablir(dossier, "refus", par=admin, motif="Hors critères")
    client, page = connecter(admin), reverse("courrier", args=[courrier.pk])
    champs = {"destinataire": "Mme la présidente", "objet": "Suite", "corps": "Madame,\n\n- un\n- deux", "version": "1"}
    assert client.post(page, champs).status_code == 302
    projet = client.get(reverse("courrier_pdf", args=[courrier.pk]))
    lu = texte_du_pdf(projet.content)
    assert projet["Content-Type"] == "application/pdf" and "Mme la présidente" in lu and "1 rue des Écoles" in lu
    envoi = reverse("courrier_envoyer", args=[courrier.pk])
    demain = (timezone.localdate() + timedelta(1)).isoformat()
    assert "part entre le jour" in html(client.post(envoi, {"le": demain}))
    assert client.post(envoi, {"le": timezone.localdate().isoformat()}).status_code == 302
    courrier.refresh_from_db()
    assert courrier.envoye_le == timezone.localdate() and courrier.objet == "Suite"
    assert [j.verbe for j in Journal.objects.de_l_objet(courrier)] == ["envoyer", "creer"]
    client.post(page, champs | {"objet": "Autre"})
    client.post(envoi, {"le": timezone.localdate().isoformat()})
    courrier.refresh_from_db()
    assert courrier.objet == "Suite" and Journal.objects.de_l_objet(courrier).count() == 2


def test_un_courrier_inacheve_ne_part_pas(admin):
    from dpid.erreurs import ActeRefuse

    courrier = courriers.etablir(DossierFactory(), "autre", par=admin)
    with pytest.raises(ActeRefuse, match="points de suspension"):
        courriers.envoyer(courrier, par=admin, le=timezone.localdate())
    courrier.refresh_from_db()
    assert courrier.envoye_le is None


def test_un_courrier_n_est_etabli_qu_une_fois(admin, connecter):
    dossier, client = DossierFactory(), connecter(admin)
    adresse = reverse("courrier_nouveau", args=[dossier.pk])
    un, deux = (client.post(adresse, {"nature": "relance", "jeton": "abc"}) for _ in range(2))
    assert un.url == deux.url and Courrier.objects.count() == 1


def test_courrier_d_un_dossier_qu_on_ne_voit_pas(admin, connecter):
    courrier = courriers.etablir(LigneFactory().dossier, "relance", par=admin)
    client = connecter(AgentFactory(territoire=True, territoires=[TerritoireFactory()]))
    for nom in ("courrier", "courrier_pdf", "courrier_envoyer"):
        assert client.get(reverse(nom, args=[courrier.pk])).status_code == 404
    lecteur = connecter(AgentFactory(consultation=True))
    assert lecteur.get(reverse("courrier", args=[courrier.pk])).status_code == 200
    assert lecteur.post(reverse("courrier", args=[courrier.pk]), {"objet": "x"}).status_code == 403
    assert lecteur.post(reverse("courrier_envoyer", args=[courrier.pk])).status_code == 403


# --- Notes


@pytest.fixture
def grille():
    dossier = LigneFactory(finance=AutorisationFactory()).dossier
    fiche = Fiche.objects.create(dispositif=dossier.dispositif)
    utile = Critere.objects.create(fiche=fiche, libelle="Utilité", note_max=5, est_obligatoire=True)
    autre = Critere.objects.create(fiche=fiche, libelle="Méthode", note_max=3, ordre=2)
    return dossier, utile, autre


def test_une_note_se_motive_et_reste_dans_son_echelle(grille, admin, connecter):
    dossier, utile, autre = grille
    client, adresse = connecter(admin), reverse("criteres", args=[dossier.pk])
    for champs, phrase in (
        ({f"note_{utile.pk}": "4"}, "Une note se motive"),
        ({f"motif_{utile.pk}": "Bien"}, "Donnez la note"),
        ({f"note_{utile.pk}": "6", f"motif_{utile.pk}": "Bien"}, "inférieure ou égale à 5"),
        ({f"note_{utile.pk}": "-1", f"motif_{utile.pk}": "Bien"}, "supérieure ou égale à 0"),
        ({f"note_{utile.pk}": "beaucoup", f"motif_{utile.pk}": "Bien"}, "nombre entier"),
    ):
        page = html(client.post(adresse, champs))
        assert phrase in page and not NoteCritere.objects.exists(), phrase
    assert client.post(adresse, {f"note_{utile.pk}": "0", f"motif_{utile.pk}": "Sans objet"}).status_code == 302
    assert NoteCritere.objects.get().note == 0
    assert Journal.objects.de_l_objet(dossier).get(verbe="noter").motif == "Utilité : 0/5"


def test_une_note_exigee_retient_la_proposition(grille, admin):
    from dpid.erreurs import ActeRefuse

    dossier, utile, _ = grille
    with pytest.raises(ActeRefuse, match="Notes exigées avant de proposer : Utilité"):
        dossier.proposer(par=admin)
    NoteCritere.objects.create(dossier=dossier, critere=utile, note=3, motif="Oui")
    dossier.proposer(par=admin)
    assert dossier.etat == Etat.PROPOSE


def test_deux_agents_notent_en_meme_temps(grille, admin, connecter):
    """A's note on one criterion and B's on another are both kept; on the same one, a choice is asked."""
    dossier, utile, autre = grille
    client, adresse = connecter(admin), reverse("criteres", args=[dossier.pk])
    ouvert = client.get(adresse).context["form"]["ouverte_sur"].value()
    NoteCritere.objects.create(dossier=dossier, critere=autre, note=2, motif="Vu par l’autre")
    champs = {"ouverte_sur": ouvert, f"note_{utile.pk}": "4", f"motif_{utile.pk}": "Vu par moi"}
    assert client.post(adresse, champs).status_code == 302
    assert dict(NoteCritere.objects.values_list("critere__libelle", "motif")) == {
        "Utilité": "Vu par moi", "Méthode": "Vu par l’autre",
    }  # fmt: skip
    conflit = client.post(adresse, champs | {f"note_{utile.pk}": "1", f"motif_{utile.pk}": "Revu"})
    page = html(conflit)
    assert conflit.status_code == 200 and "pendant votre saisie" in page and "Vu par moi" in page and "Revu" in page
    assert NoteCritere.objects.get(critere=utile).note == 4


# --- Verdict of an outside instance


def test_fsl_pas_de_proposition_sans_le_comite(admin, connecter):
    dossier = LigneFactory(dossier__dispositif__instance_externe="fsl").dossier
    client = connecter(admin)
    proposer = reverse("dossier_acte", args=[dossier.pk, "proposer"])
    assert "Comité technique FSL" in html(client.post(proposer, follow=True))
    adresse = reverse("avis_instance", args=[dossier.pk])
    champs = {"instance": "fsl", "rendu_le": "2024-05-02", "sens": "defavorable", "montant": "1 000", "jeton": "a"}
    client.post(adresse, champs)
    client.post(adresse, champs)
    assert AvisInstance.objects.count() == 1
    assert "est exigé" in html(client.post(proposer, follow=True))
    futur = (timezone.localdate() + timedelta(2)).isoformat()
    assert "dans le futur" in html(client.post(adresse, champs | {"rendu_le": futur, "jeton": "b"}))
    client.post(adresse, champs | {"sens": "favorable", "jeton": "c"})
    client.post(proposer)
    assert Dossier.objects.get(pk=dossier.pk).etat == Etat.PROPOSE
    assert AvisInstance.objects.latest("pk").montant == Decimal(1000)


# --- The page


def gros_dossier(n):
    """A dossier with everything that a page may show, `n` times."""
    service = ServiceFactory()
    dossier = DossierFactory(dispositif=DispositifFactory(service=service))
    fiche = Fiche.objects.create(
        dispositif=dossier.dispositif, cout_unitaire=Decimal(160), unite="mesures", taux_plafond=Decimal(50),
        enveloppe=Decimal(1000), duree_max_annees=1, est_poste_finance=False, types_eligibles=["bailleur"],
    )  # fmt: skip
    CoutUnitaire.objects.create(fiche=fiche, montant=Decimal(320), unite="mesures renforcées")
    remplir(dossier, fiche, n)
    return dossier


def remplir(dossier, fiche, n):
    ae, agent = AutorisationFactory(vote="1000000"), AgentFactory(instruction=True)
    for i in range(n):
        LigneFactory(dossier=dossier, finance=ae, quantite="10", debut=date(2024, 1, 1), fin=date(2024, 12, 31))
        Poste.objects.create(dossier=dossier, sens="charge", nature="personnel", libelle=f"P{i}", montant=Decimal(100))
        Critere.objects.create(fiche=fiche, libelle=f"Critère {i}")
        fiche.agrements_exiges.add(TypeAgrement.objects.create(code=f"ag{TypeAgrement.objects.count()}", libelle="A"))
        ensemble = TerritoireFactory()
        ensemble.inclus.add(TerritoireFactory(), TerritoireFactory())
        fiche.territoires.add(ensemble)
        Avis.objects.create(
            dossier=dossier, territoire=TerritoireFactory(), demande_par=agent, echeance_le=date(2024, 1, 1)
        )
        dossier.remarques.create(texte=f"Remarque {i}", par=agent)
        courriers.etablir(dossier, "relance", par=agent)
        code = f"piece-{TypePiece.objects.count()}"
        TypePiece.objects.create(code=code, libelle=f"Pièce {i}", exigee_pour=[dossier.structure.type])
        AvisInstance.objects.create(dossier=dossier, instance="fsl", rendu_le=date(2024, 1, 2), sens="favorable")


@pytest.mark.parametrize("nom", ["dossier", *SECTIONS])
def test_page_et_sections_au_meme_cout(nom, admin, connecter):
    client, couts = connecter(admin), {}
    dossier = gros_dossier(1)
    adresse = reverse(
        "dossier" if nom == "dossier" else "dossier_section", args=[dossier.pk, nom][: 1 + (nom != "dossier")]
    )
    couts[1] = compter(client, adresse)
    remplir(dossier, dossier.dispositif.fiche, 19)
    couts[20] = compter(client, adresse)
    assert couts[1] == couts[20] <= 15, couts


def test_sections_seules_ou_dans_la_page(admin, connecter):
    dossier, client = gros_dossier(1), connecter(admin)
    for nom, section in SECTIONS.items():
        adresse = reverse("dossier_section", args=[dossier.pk, nom])
        seule, dedans = html(client.get(adresse)), html(client.get(adresse, headers={"HX-Request": "true"}))
        assert seule.count("<h1") == 1 and section.titre in seule
        assert "<html" not in dedans and "<h1" not in dedans
        assert adresse in html(client.get(dossier.get_absolute_url())), "chaque section a son lien, même sans script"
    assert client.get(f"/dossiers/{dossier.pk}/section/inconnue/").status_code == 404
    assert client.post(reverse("dossier_section", args=[dossier.pk, "avis"])).status_code == 405


def test_les_sections_disent_la_regle_les_alertes_et_les_pieces(admin, connecter):
    dossier, client = gros_dossier(1), connecter(admin)
    lire = lambda nom: html(client.get(reverse("dossier_section", args=[dossier.pk, nom])))  # noqa: E731
    assert "160,00\u00a0€" in lire("reperes") and "Pièce 0 : à fournir" in lire("reperes")
    assert "Exclu par la fiche" in lire("alertes") and "Porteur non éligible" in lire("alertes")
    assert "diffèrent de 100,00\u00a0€" in lire("budget")
    assert "jours de retard" in lire("avis") and "Comité technique FSL" in lire("avis")
    assert "Remarque 0" in lire("remarques") and "Critère 0" in lire("criteres")
    assert "À envoyer" in lire("courriers") and "Établir un courrier" in lire("historique")


@pytest.mark.parametrize("nom", ["dossier", "dossier_section", "fiche_instruction", "criteres", "avis_instance"])
def test_un_dossier_d_ailleurs_est_inconnu(nom, connecter):
    dossier = LigneFactory().dossier
    client = connecter(AgentFactory(territoire=True, territoires=[TerritoireFactory()]))
    args = [dossier.pk, "avis"] if nom == "dossier_section" else [dossier.pk]
    assert client.get(reverse(nom, args=args)).status_code == 404


def test_ce_que_chacun_doit_faire(admin, connecter):
    ligne = LigneFactory()
    dossier, lieu = ligne.dossier, ligne.territoires.get()
    dossier.demander_avis(par=admin, territoires=[lieu], echeance_le=date(2099, 1, 4))
    agent = AgentFactory(territoire=True, territoires=[lieu])
    page = html(connecter(agent).get(dossier.get_absolute_url()))
    assert "Rendre l’avis demandé avant le 04/01/2099" in page
    dossier.avis.get().rendre(par=agent, sens="favorable")
    page = html(connecter(AgentFactory(roles=["instruction", "direction"])).get(dossier.get_absolute_url()))
    assert "Tous les avis sont rendus ou échus" in page


# --- The fiche in PDF


def test_la_fiche_d_instruction_coute_autant_quel_que_soit_le_dossier(admin, connecter):
    client, dossier = connecter(admin), gros_dossier(1)
    adresse = reverse("fiche_instruction", args=[dossier.pk])
    couts = [compter(client, adresse)]
    remplir(dossier, dossier.dispositif.fiche, 9)
    couts.append(compter(client, adresse))
    assert couts[0] == couts[1] <= 21, couts
    # Without a fiche, nothing of the fiche is asked.
    assert compter(client, reverse("fiche_instruction", args=[LigneFactory().dossier_id])) <= 15


def test_fiche_d_instruction(admin, connecter):
    dossier = gros_dossier(2)
    client, adresse = connecter(admin), reverse("fiche_instruction", args=[dossier.pk])
    reponse = client.get(adresse)
    assert reponse["Content-Type"] == "application/pdf" and "_projet_" in reponse["Content-Disposition"]
    lu = texte_du_pdf(reponse.content)
    for attendu in (
        "Fiche d’instruction", str(dossier.structure), "Lignes et montants", "2 000,00", "10 mesures à 160,00 €",
        "Budget prévisionnel", "Comité technique FSL", "Critère 1", "Pièce 1 : à fournir", "Remarque 1",
        "Porteur non éligible",
    ):  # fmt: skip
        assert attendu in lu, attendu
    maquette.sql("UPDATE programmes_dossier SET etat = 'propose' WHERE id = %s", dossier.pk)
    assert "_projet_" not in client.get(adresse)["Content-Disposition"]


def test_fiche_d_instruction_d_un_dossier_vide(admin, connecter):
    lu = texte_du_pdf(connecter(admin).get(reverse("fiche_instruction", args=[DossierFactory().pk])).content)
    assert "Aucun avis n’a été demandé" in lu


# --- Everything from the admin


def test_une_instruction_depuis_l_admin_seul(connecter, incomplet):
    """From the deposit to the proposition without a daily page; each act leaves one row."""
    service = incomplet.dispositif.service
    client = connecter(AgentFactory(administration=True, services=[service]))
    Fiche.objects.create(dispositif=incomplet.dispositif)
    critere = Critere.objects.create(fiche=incomplet.dispositif.fiche, libelle="Utilité", est_obligatoire=True)
    TypePiece.objects.filter(code="comptes").delete()

    def agir(nom, objet=incomplet, modele="dossier", **champs):
        adresse = reverse(f"admin:programmes_{modele}_acte", args=[objet.pk, nom])
        assert client.get(adresse).status_code == 200, nom
        reponse = client.post(adresse, champs)
        assert reponse.status_code == 302, (nom, html(reponse))

    agir("declarer_complet")
    agir("declarer_recevable")
    agir("instruire")
    agir("demander_avis", services=[service.pk], question="Utile ?")
    avis = Avis.objects.get()
    agir("relancer", avis, "avis")
    agir("rendre", avis, "avis", sens="reserve", texte="Prudence", montant="500")
    agir("noter", **{f"note_{critere.pk}": "4", f"motif_{critere.pk}": "Oui"})
    agir("saisir_instance", instance="ccapex", rendu_le="2024-05-02", sens="favorable")
    agir("remarquer", champ="lignes", texte="Vérifier le montant")
    remarque = incomplet.remarques.get()
    agir("repondre", remarque, "remarque", reponse="Vérifié")
    agir("clore", remarque, "remarque")
    agir("proposer")
    agir("ajourner", motif="Attendre le budget")
    assert Dossier.objects.get(pk=incomplet.pk).etat == Etat.AJOURNE
    courrier = Courrier.objects.get(nature="ajournement")
    agir("envoyer", courrier, "courrier", le=timezone.localdate().isoformat())
    actes = list(Journal.objects.filter(objet__startswith="programmes.").values_list("verbe", flat=True))
    assert len(actes) == 15 and actes.count("creer") == 3
    page = html(client.get(reverse("admin:programmes_dossier_change", args=[incomplet.pk])))
    assert "Prudence" in page and "Vérifier le montant" in page and "Ajournement de votre demande" in page
    for modele in ("avis", "remarque", "courrier"):
        assert client.get(reverse(f"admin:programmes_{modele}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:programmes_{modele}_add")).status_code == 403


def test_demander_des_avis_en_lot_a_chaque_territoire(connecter, admin):
    lignes = LigneFactory.create_batch(2)
    client, page = connecter(admin), reverse("admin:programmes_dossier_changelist")
    coches = {"action": "demander_avis", "_selected_action": [ligne.dossier_id for ligne in lignes], "confirmer": "1"}
    assert "2 sur 2" in html(client.post(page, coches | {"question": "Utile ?"}))
    for ligne in lignes:
        assert ligne.dossier.avis.get().territoire == ligne.territoires.get()
    assert "0 sur 2" in html(client.post(page, coches)), "personne d’autre à qui demander"
