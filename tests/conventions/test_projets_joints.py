"""Annexes « projet d’acte » and « modèle »: filled, renumbered, frozen with what the members receive."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conventions import documents, projets
from conventions.composition import composer
from conventions.generation import regroupement
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire_un
from conventions.modeles import presentation
from conventions.models import Acte, BlocDeModele, Modele, ModelePresente, Versement, VersionDeModele
from deliberations import comparaison, editions, envoi, plan
from deliberations import documents as pieces
from deliberations.assemblee.amendements import amender, retirer
from deliberations.controle import Moment, controler
from deliberations.models import AnnexePresentee, DocumentDeDeliberation, DocumentDEdition, Rapport
from dpid.erreurs import ActeFige
from programmes.models import Representant
from tests import pdf as lecture
from tests.conventions.donnees import (
    acte_signe,
    actes_de,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
    voter,
)
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]
Nature = AnnexePresentee.Nature


@pytest.fixture
def rapport():
    """Two acts, joined in annexe 2, and a model in annexe 3; annexe 1 is the répartition."""
    modele_publie()
    signataire()
    lignes = [ligne_retenue(montant) for montant in ("20000.00", "3000.00")]
    prepare = rapport_de(*lignes)
    for ordre, cle, nature in ((2, "acte", Nature.PROJET_ACTE), (3, "modele", Nature.MODELE)):
        AnnexePresentee.objects.create(rapport=prepare, cle=cle, nature=nature, ordre=ordre, titre=f"Pièce {cle}")
    prepare.propositions.update(annexe=prepare.annexes.get(cle="acte"))
    actes_de(prepare)
    return prepare


def contexte(rapport, cle="annexe-acte") -> dict:
    """What the piece prints, from the rapport as it is in the database."""
    return pieces.contexte_actuel(Rapport.objects.get(pk=rapport.pk), cle)


def texte(pdf: bytes) -> str:
    return " ".join(lecture.texte(pdf).split())


def mettre(rapport, etat: str) -> Rapport:
    """The rapport in this state, past its circuit."""
    Rapport._base_manager.filter(pk=rapport.pk).update(etat=etat)
    return Rapport.objects.get(pk=rapport.pk)


def envoyer(rapport) -> Rapport:
    """What a sending freezes, without its visas nor its check."""
    envoi.enregistrer(
        rapport, "elus", par=AgentFactory(assemblees=True), prepares=envoi.preparer(Rapport.objects.get(pk=rapport.pk))
    )
    return mettre(rapport, "envoye")


# --- Filled, numbered


def test_chaque_acte_de_ses_lignes_est_dans_l_annexe(rapport):
    projets = contexte(rapport)["projets"]
    assert [p["montant"] for p in projets] == ["20000.00", "3000.00"]
    acte = Acte.objects.get(pk=projets[0]["cle"])
    attendu = documents.contexte(lire_un(acte))
    assert projets[0]["donnees"] == {cle: v for cle, v in attendu.items() if cle != "manques"}
    assert not projets[0]["manques"] and projets[0]["lignes"] == [ligne.pk for ligne in lire_un(acte).lignes]


def test_la_page_imprime_les_articles_sans_code_ni_compte_de_pages(rapport):
    pdf, nom = pieces.editer(rapport, "annexe-acte", "pdf")
    lu = texte(pdf)
    assert "annexe-2_acte" in nom and lu.startswith("Annexe 2 : Pièce acte")
    assert lu.count("Il est convenu ce qui suit") == 2 and "La participation est de 20 000,00 € au plus" in lu
    assert "Ce document comprend" not in lu
    assert lecture.fautes_d_accessibilite(pdf) == []


def test_renumerotee_avec_les_autres(rapport):
    plan.deplacer(rapport.annexes.get(cle="acte"), plan.MONTER)
    assert contexte(rapport)["annexe"] == 1 and contexte(rapport, "repartition")["annexe"] == 2


def test_un_modele_s_imprime_avec_le_nom_de_ses_champs(rapport):
    version = VersionDeModele.objects.get()
    presentation.joindre(rapport.annexes.get(cle="modele"), version, par=AgentFactory(conventions=True))
    (projet,) = contexte(rapport, "annexe-modele")["projets"]
    clauses = {c["cle"]: c for c in projet["donnees"]["clauses"]}
    assert "La participation est de [Montant de l’acte] au plus." in clauses["cout"]["texte"]
    assert "annexe\u00a01" in clauses["cout"]["texte"]
    assert clauses["engagement"]["titre"].endswith("(si l’organisme est une association ou une fondation)")
    assert [r["texte"] for r in clauses["fiche-action"]["fiche"]["rubriques"]][:2] == ["[Durée]", "[Coût]"]
    assert "[Raison sociale]" in texte(pieces.editer(rapport, "annexe-modele", "pdf")[0])


# --- What is missing


def test_un_champ_vide_bloque_l_envoi_et_dit_ou_le_remplir(rapport):
    acte = Acte.objects.order_by("pk").first()
    structure = acte.convention.structure
    Representant.objects.filter(structure=structure).delete()
    releve = controler(rapport, moment=Moment.ENVOI)
    (groupe,) = [g for g in releve.bloquants if g.regle.cle == "projet-incomplet"]
    assert groupe.constats[0].lien == structure.get_absolute_url()
    assert "Représentant" in groupe.constats[0].message and groupe.lieu.libelle == "Annexe 2"
    # Nothing is printed with a hole: the annexe says what it waits for.
    projet = contexte(rapport)["projets"][0]
    assert projet["donnees"] == {} and "Représentant" in projet["manques"][0]
    assert "n’est pas complet" in texte(pieces.editer(rapport, "annexe-acte", "pdf")[0])


def test_un_acte_non_genere_est_a_justifier(rapport):
    Acte.objects.order_by("pk").last().abandonner(par=AgentFactory(conventions=True), motif="Repris.")
    (groupe,) = [g for g in controler(rapport, moment=Moment.ENVOI).ouverts if g.regle.cle == "projet-absent"]
    assert groupe.constats[0].lien == reverse("rapport_actes", args=[rapport.pk])


# --- Frozen


def test_envoye_le_projet_ne_change_plus(rapport):
    avant = contexte(rapport)["projets"]
    envoyer(rapport)
    acte = Acte.objects.order_by("pk").first()
    assert acte.est_fige and acte in Acte.objects.all().figes()
    with pytest.raises(ActeFige, match="rapport envoyé"):
        Versement.objects.filter(acte=acte).update(declencheur="plus tard")
    structure = acte.convention.structure
    structure.adresse = "2 rue Nouvelle 62000 Arras"
    structure.save()
    assert contexte(rapport)["projets"] == avant
    dit = documents.contexte(lire_un(acte))
    assert (
        dit["parties"][1]["adresse"].startswith("1 rue d’Exemple") and dit["clauses"] == avant[0]["donnees"]["clauses"]
    )


def test_envoye_seuls_la_date_et_les_signataires_suivent(rapport):
    avant = contexte(rapport)["projets"][0]["donnees"]
    envoyer(rapport)
    acte = Acte.objects.order_by("pk").first()
    Representant.objects.filter(structure=acte.convention.structure).update(nom="SUIVANTE", qualite="Trésorière")
    dit = documents.contexte(lire_un(acte))
    change = {cle for cle in avant if dit[cle] != avant[cle]}
    assert change == {"parties"} and dit["parties"][1]["representant"] == "Mme\u00a0Jeanne SUIVANTE"
    assert {c for c in dit["parties"][1] if dit["parties"][1][c] != avant["parties"][1][c]} == {
        "representant", "qualite", "fonction",
    }  # fmt: skip
    Representant.objects.filter(structure=acte.convention.structure).delete()
    assert [m.champ for m in composer(lire_un(acte)).manques] == [f"Représentant de {acte.convention.structure}"]


def test_rouvert_il_se_corrige_et_le_modificatif_nomme_la_difference(rapport):
    envoyer(rapport)
    ouvert = mettre(rapport, "preparation")
    acte = Acte.objects.order_by("pk").first()
    assert not acte.est_fige
    fiche = acte.fiches.get()
    fiche.objectifs = "Accéder à un logement durable"
    fiche.save()
    avant = editions.contextes(editions.derniere(ouvert))
    dites = comparaison.phrases(comparaison.comparer(avant, editions.contextes_actuels(ouvert)))
    assert [d for d in dites if str(acte).capitalize() in d and d.endswith("texte modifié")]


def test_la_seance_retire_ou_amende(rapport):
    """What is withdrawn leaves the annexe; what is amended is to be prepared again, at the amount adopted."""
    rapport = envoyer(rapport)
    premiere, seconde = rapport.propositions
    par = AgentFactory(assemblees=True)
    retirer(premiere, par=par, motif="Ajourné.")
    lu = contexte(rapport)
    assert [p["montant"] for p in lu["projets"]] == ["3000.00"] and lu["projets_changes"] == []
    amender(seconde, Decimal("2500.00"), par=par, motif="Arbitrage.")
    lu = contexte(rapport)
    assert lu["projets"] == [] and len(lu["projets_changes"]) == 1
    assert "sera établi au montant que la séance a retenu" in texte(pieces.editer(rapport, "annexe-acte", "pdf")[0])


def test_un_modele_joint_a_un_rapport_envoye_ne_change_plus(rapport):
    par = AgentFactory(conventions=True)
    brouillon = VersionDeModele.objects.get().modele.nouvelle_version(par=par)
    annexe = rapport.annexes.get(cle="modele")
    presentation.joindre(annexe, brouillon, par=par)
    envoyer(rapport)
    bloc = brouillon.blocs.first()
    bloc.texte = "Autre."
    with pytest.raises(ActeFige, match="jointe à un rapport envoyé"):
        bloc.save()
    with pytest.raises(ActeFige):
        BlocDeModele.objects.filter(pk=bloc.pk).update(texte="Autre.")
    with pytest.raises(ActeFige):
        presentation.joindre(annexe, VersionDeModele.objects.exclude(pk=brouillon.pk).get(), par=par)
    mettre(rapport, "rejete")
    bloc.save()


def test_la_version_adoptee_porte_sa_deliberation(rapport):
    par = AgentFactory(conventions=True)
    brouillon = VersionDeModele.objects.get().modele.nouvelle_version(par=par)
    presentation.joindre(rapport.annexes.get(cle="modele"), brouillon, par=par)
    deliberation = voter(rapport)
    mettre(rapport, "adopte")
    brouillon.publier(par=par)
    assert VersionDeModele.objects.get(pk=brouillon.pk).adoptee_par == deliberation


# --- Pages


def test_choisir_le_modele_sur_la_page_des_actes(rapport, connecter):
    client = connecter(AgentFactory(conventions=True))
    annexe, version = rapport.annexes.get(cle="modele"), VersionDeModele.objects.get()
    page = client.get(reverse("rapport_actes", args=[rapport.pk])).content.decode()
    assert "aucun modèle n’est joint" in page
    client.post(reverse("modele_presenter", args=[annexe.pk]), {"version": version.pk})
    client.post(reverse("modele_presenter", args=[annexe.pk]), {"version": version.pk})
    assert ModelePresente.objects.get(annexe=annexe).version == version
    assert client.post(reverse("modele_presenter", args=[annexe.pk]), {"version": "zéro"}).status_code == 302
    mettre(rapport, "envoye")
    reponse = client.post(reverse("modele_presenter", args=[annexe.pk]), {"version": version.pk}, follow=True)
    assert "ne se modifie plus" in reponse.content.decode()


def test_la_liste_des_annexes_dit_ce_que_chacune_joint(rapport, connecter):
    page = connecter(AgentFactory(instruction=True)).get(reverse("rapport_annexes", args=[rapport.pk])).content.decode()
    assert "2\u00a0textes joints" in page and "Rien n’est encore joint" in page


def test_autant_de_requetes_pour_un_acte_ou_pour_six():
    modele_publie()
    signataire()
    comptes = []
    for nombre in (1, 6):
        prepare = rapport_de(*[ligne_retenue("1000.00", structure=structure_signataire()) for _ in range(nombre)])
        AnnexePresentee.objects.create(rapport=prepare, cle="acte", nature=Nature.PROJET_ACTE, ordre=2)
        prepare.propositions.update(annexe=prepare.annexes.get(cle="acte"))
        actes_de(prepare)
        with CaptureQueriesContext(connection) as requetes:
            assert len(projets.lire(prepare)["acte"]) == nombre
        comptes.append(len(requetes))
    assert comptes[0] == comptes[1]


# --- Remade after the vote


def voter_puis_abandonner(rapport):
    """The délibération with its annexe, then its first project given up: `(rapport voted, the former act)`."""
    envoyer(rapport)
    deliberation = voter(rapport)
    for fige in DocumentDEdition.objects.filter(edition__rapport=rapport, nature="annexe-acte"):
        DocumentDeDeliberation.objects.create(deliberation=deliberation, document=fige.document, nature="annexe-acte")
    vote = mettre(rapport, "adopte")
    ancien = Acte.objects.order_by("pk").first()
    ancien.abandonner(par=AgentFactory(conventions=True), motif="Erreur.")
    return vote, ancien


def test_refait_apres_le_vote_il_garde_son_numero_et_dit_ce_qui_differe(rapport, connecter):
    numero = Acte.objects.order_by("pk").first().convention.numero
    vote, ancien = voter_puis_abandonner(rapport)
    prevu = prevoir(vote)[0]
    assert prevu.remplace == ancien
    nouveau, _ = preparer(prevu, vote, par=AgentFactory(conventions=True))
    nouveau = Acte.objects.get(pk=nouveau.pk)
    assert nouveau.convention.numero == numero and nouveau.convention_id != ancien.convention_id
    client = connecter(AgentFactory(conventions=True))
    assert "dit la même chose que lui" in client.get(nouveau.get_absolute_url()).content.decode()
    fiche = nouveau.fiches.get()
    fiche.objectifs = "Autres objectifs."
    fiche.save()
    page = client.get(nouveau.get_absolute_url())
    assert [str(d) for d in page.context["differences"]] == [
        f"Annexe 1, {fiche.intitule}, Objectifs\u00a0: texte modifié"
    ]
    lu = page.content.decode()
    assert "Autres objectifs." in lu and "Accéder à un logement" in lu
    # The other act, as it was voted, says nothing of the kind; nor does one that no annexe joined.
    autre = Acte.objects.exclude(pk__in=[ancien.pk, nouveau.pk]).get()
    assert "Par rapport au projet voté" not in client.get(autre.get_absolute_url()).content.decode()


def test_sans_annexe_le_numero_est_repris_aussi_et_une_seule_fois():
    modele_publie()
    signataire()
    structure = structure_signataire()
    prepare = rapport_de(ligne_retenue(structure=structure), ligne_retenue(structure=structure))
    (ancien,) = actes_de(prepare)
    numero = ancien.convention.numero
    voter(prepare)
    vote = mettre(prepare, "adopte")
    par = AgentFactory(conventions=True)
    Acte.objects.get(pk=ancien.pk).abandonner(par=par, motif="À séparer.")
    siennes = regroupement.operations(vote, structure)
    regroupement.regrouper(vote, structure, "separement", par=par, vu=regroupement.empreinte(siennes))
    un, deux = actes_de(vote)
    assert numero == un.convention.numero != deux.convention.numero
    assert Acte.objects.get(pk=ancien.pk).convention.numero is None


def test_avant_l_envoi_un_projet_refait_prend_un_nouveau_numero(rapport):
    ancien = Acte.objects.order_by("pk").first()
    ancien.abandonner(par=AgentFactory(conventions=True), motif="Repris.")
    assert prevoir(rapport)[0].remplace is None


def test_un_avenant_refait_garde_son_rang():
    modele_publie(Modele.Nature.AVENANT)
    structure = structure_signataire()
    initiale = acte_signe(le=date(2024, 7, 2), structure=structure).convention
    lignes = [
        ligne_retenue(structure=structure, nature_acte="avenant", acte_initial_numero=initiale.numero) for _ in range(2)
    ]
    rapports = [rapport_de(ligne) for ligne in lignes]
    (premier,), (second,) = (actes_de(r) for r in rapports)
    voter(rapports[0])
    vote = mettre(rapports[0], "adopte")
    Acte.objects.get(pk=premier.pk).abandonner(par=AgentFactory(conventions=True), motif="Erreur.")
    (refait,) = actes_de(vote)
    assert (premier.rang, second.rang, refait.rang) == (1, 2, 1)
