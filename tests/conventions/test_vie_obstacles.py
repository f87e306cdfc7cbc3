"""What holds an act back besides its text: who is in office that day, the day of the vote, its convention."""

from datetime import date

import pytest
from django.urls import reverse

from conventions.models import Acte, Convention, Modele, Modification, VersionDeModele
from conventions.redaction.ouverture import preparer_avenant
from conventions.vie.obstacles import obstacles
from deliberations.models import Deliberation, Signataire, Transmission
from dpid.erreurs import ActeRefuse
from programmes.models import Representant
from tests.conventions.donnees import (
    acte_signe,
    acte_vote,
    actes_de,
    affecter,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    signer,
    structure_signataire,
    voter,
)
from tests.factories import AgentFactory, AutorisationFactory, ServiceFactory

pytestmark = pytest.mark.django_db
Etat = Acte.Etat
LE = date(2024, 7, 2)
LIBRE = [
    ("article", "objet", "Objet", "Objet : {objet_acte}.", {}),
    ("article", "propres", "Modifications", "", {"contenu": "modifications"}),
]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def direction():
    return AgentFactory(direction=True)


@pytest.fixture
def acte():
    return acte_vote()


def lu(acte) -> Acte:
    return Acte.objects.get(pk=acte.pk)


def remettre(acte, par, le=LE, **options) -> Acte:
    lu(acte).remettre(par=par, le=le, edition=edition_sans_pdf(lu(acte), le), **options)
    return lu(acte)


def revenir_signe(acte, par, le=LE) -> Acte:
    remettre(acte, par, le).signer_structure(par=par, le=le)
    return lu(acte)


def avenant_libre(convention, par, **valeurs) -> Acte:
    """An avenant on one article, moving no money."""
    version = VersionDeModele.objects.filter(modele__nature=Modele.Nature.AVENANT).first()
    convention = Convention.objects.get(pk=convention.pk)
    version = version or modele_publie(Modele.Nature.AVENANT, blocs=LIBRE)
    avenant, _ = preparer_avenant(convention, par=par, version=version, objet="Prolongation")
    Modification.objects.create(acte=avenant, operation="completer", cible="article", numero=1, texte="Ajout.")
    for nom, valeur in valeurs.items():
        setattr(avenant, nom, valeur)
    avenant.save()
    return lu(avenant)


def changer_de_directrice(le):
    Signataire.objects.update(fin=date(2024, 6, 30))
    signataire(code="nouveau", prenom="Jean", nom="NOUVEAU", debut=le)


def changer_de_presidente(structure):
    Representant.objects.filter(structure=structure).update(fin=date(2024, 6, 30))
    Representant.objects.create(
        structure=structure, civilite="M.", prenom="Paul", nom="SUIVANT", qualite="Président", habilitation="l’AG",
        debut=date(2024, 7, 1),
    )  # fmt: skip


def nommes(acte) -> list[str]:
    return [p["representant"].replace("\u00a0", " ") for p in acte.document.contexte["parties"]]


class TestPersonnes:
    def test_le_texte_remis_nomme_ceux_qui_sont_en_fonction_ce_jour_la(self, acte, par):
        changer_de_directrice(date(2024, 7, 1))
        changer_de_presidente(acte.convention.structure)
        signer(acte, le=date(2024, 7, 10))
        acte = lu(acte)
        assert acte.etat == Etat.NOTIFIE and nommes(acte) == ["Jean NOUVEAU", "M. Paul SUIVANT"]

    def test_la_page_et_le_projet_disent_qui_signerait_aujourd_hui(self, acte, par, connecter):
        changer_de_directrice(date(2024, 7, 1))
        page = connecter(par).get(acte.get_absolute_url()).content.decode()
        assert "Jean NOUVEAU" in page and "Sabine DESPIERRE" not in page

    def test_une_personne_choisie_qui_n_est_plus_en_fonction_laisse_sa_place(self, acte):
        """The act is frozen with the vote: nobody could choose another one."""
        Acte._base_manager.filter(pk=acte.pk).update(signataire=Signataire.objects.get())
        choisie = Representant.objects.get(structure=acte.convention.structure)
        acte.parties.model._base_manager.filter(acte=acte, structure__isnull=False).update(representant=choisie)
        changer_de_directrice(date(2024, 7, 1))
        changer_de_presidente(acte.convention.structure)
        assert nommes(remettre(acte, AgentFactory(conventions=True))) == ["Jean NOUVEAU", "M. Paul SUIVANT"]

    def test_la_structure_signe_par_celle_que_le_texte_nomme(self, acte, par, direction):
        acte = remettre(acte, par, date(2024, 6, 28))
        changer_de_presidente(acte.convention.structure)
        with pytest.raises(ActeRefuse, match="nomme Mme.Jeanne EXEMPLE.*abandonnez cet acte et préparez-en un autre"):
            lu(acte).signer_structure(par=par, le=LE)
        lu(acte).signer_structure(par=direction, le=LE, motif="Délibération rétroactive produite")
        assert lu(acte).etat == Etat.SIGNE_STRUCTURE

    def test_un_lot_numerise_ne_passe_pas_outre(self, acte, par):
        acte = remettre(acte, par, date(2024, 6, 28))
        changer_de_presidente(acte.convention.structure)
        with pytest.raises(ActeRefuse, match="ne représente pas"):
            acte.signer_structure(par=AgentFactory(administration=True), le=LE, motif="Lot numérisé", est_un_lot=True)

    def test_le_departement_signe_par_celle_que_le_texte_nomme(self, acte, par, direction):
        acte = revenir_signe(acte, par, date(2024, 6, 28))
        changer_de_directrice(date(2024, 7, 1))
        with pytest.raises(ActeRefuse, match=r"Sabine DESPIERRE, qui n’a pas de délégation le 02/07/2024 \(Jean NOUV"):
            lu(acte).signer(par=par, le=LE)
        lu(acte).signer(par=par, le=date(2024, 6, 30))
        assert lu(acte).etat == Etat.SIGNE

    def test_un_autre_signataire_de_plus_n_empeche_pas_la_premiere(self, acte, par):
        acte = revenir_signe(acte, par)
        signataire(code="autre", prenom="Jean", nom="NOUVEAU", debut=LE, portee="conventions")
        acte.signer(par=par, le=LE)
        assert lu(acte).etat == Etat.SIGNE


class TestVote:
    def test_rien_n_est_date_d_avant_l_executoire(self, acte, par, direction):
        Transmission.objects.update(recue_le=date(2024, 9, 1), publiee_le=date(2024, 9, 2))
        for qui in (par, direction):
            with pytest.raises(ActeRefuse, match="n’est exécutoire que depuis le 02/09/2024"):
                remettre(acte, qui)
        acte = revenir_signe(acte, par, date(2024, 9, 2))
        Transmission.objects.update(publiee_le=date(2024, 9, 10))
        with pytest.raises(ActeRefuse, match="que depuis le 10/09/2024"):
            acte.signer(par=par, le=date(2024, 9, 5))

    def test_notifier_est_retenu_comme_signer(self, acte, par, direction, connecter):
        acte = revenir_signe(acte, par)
        dispositif = acte.fiches.get().dispositif
        dispositif.condition_suspensive = "convention État non signée"
        dispositif.save()
        lu(acte).signer(par=direction, motif="Urgence", le=LE)
        with pytest.raises(ActeRefuse, match="convention État non signée"):
            lu(acte).notifier(par=par, le=LE)
        page = connecter(par).get(acte.get_absolute_url()).content.decode()
        assert "Ce qui retient" in page and ">Notifier<" not in page
        lu(acte).notifier(par=direction, motif="Urgence", le=LE)
        assert lu(acte).etat == Etat.NOTIFIE


class TestDeliberationRemplacee:
    @pytest.fixture
    def correction(self, acte) -> Deliberation:
        rapport = rapport_de()
        nouvelle = voter(rapport)
        Deliberation._base_manager.filter(pk=nouvelle.pk).update(remplace=acte.deliberation)
        return nouvelle

    def test_rien_ne_part_meme_avec_un_motif(self, acte, correction, direction):
        with pytest.raises(ActeRefuse, match=f"remplacée par la {correction} : rattachez-lui cet acte"):
            remettre(acte, direction, motif="Urgence")

    def test_rattache_a_la_nouvelle_il_part(self, acte, correction, par, connecter):
        client = connecter(par)
        assert "Rattacher à la nouvelle délibération" in client.get(acte.get_absolute_url()).content.decode()
        client.post(reverse("acte_verbe", args=[acte.pk, "rattacher"]))
        assert lu(acte).deliberation == correction and obstacles(lu(acte), le=LE) == []
        signer(lu(acte), le=LE)
        with pytest.raises(ActeRefuse):
            lu(acte).rattacher(par=par)

    def test_remis_il_s_abandonne(self, acte, par):
        acte = revenir_signe(acte, par)
        nouvelle = voter(rapport_de())
        Deliberation._base_manager.filter(pk=nouvelle.pk).update(remplace=acte.deliberation)
        with pytest.raises(ActeRefuse, match="abandonnez cet acte et préparez-en un autre"):
            lu(acte).signer(par=par, le=LE)
        lu(acte).abandonner(par=par, motif="Délibération corrigée")

    def test_sans_remplacante_on_ne_rattache_pas(self, acte, par):
        with pytest.raises(ActeRefuse, match="Aucune délibération adoptée ne remplace"):
            acte.rattacher(par=par)


class TestConvention:
    def test_rien_ne_se_signe_apres_la_resiliation(self, par, direction):
        convention = acte_signe(le=LE).convention
        projet = avenant_libre(convention, par)
        rendu = revenir_signe(avenant_libre(convention, par), par, date(2024, 7, 15))
        Convention.objects.get(pk=convention.pk).resilier(par=par, motif="Action abandonnée", le=date(2024, 8, 1))
        with pytest.raises(ActeRefuse, match="est résiliée depuis le 01/08/2024"):
            remettre(projet, direction, date(2024, 9, 1), motif="Urgence")
        with pytest.raises(ActeRefuse, match="est résiliée"):
            rendu.signer(par=direction, motif="Urgence", le=date(2024, 7, 20))
        rendu.abandonner(par=par, motif="Convention résiliée")

    def test_un_avenant_attend_la_notification_de_sa_convention(self, par, direction):
        modele_publie()
        signataire()
        structure, ae = structure_signataire(), AutorisationFactory()
        (initial,) = actes_de(rapport_de(ligne_retenue(structure=structure)))
        bloc = ("article", "cout", "Montant", "Montant : {montant}.",
                {"operation": "remplacer", "cible": "article", "numero": 1})  # fmt: skip
        modele_publie(Modele.Nature.AVENANT, blocs=[bloc])
        numero = initial.convention.numero
        rapport = rapport_de(
            ligne_retenue(structure=structure, ae=ae, nature_acte="avenant", acte_initial_numero=numero)
        )
        (avenant,) = actes_de(rapport)
        affecter(ae, "20000.00", le=rapport.seance.date)
        voter(rapport)
        with pytest.raises(ActeRefuse, match="son avenant attend"):
            remettre(avenant, direction, motif="Urgence")
        assert Convention.objects.get(pk=initial.convention_id).etat == Convention.Etat.PROJET


class TestAbandon:
    def test_ce_que_la_structure_a_signe_s_abandonne_par_qui_signe(self, acte, par, connecter):
        service, dispositif = ServiceFactory(), acte.fiches.get().dispositif
        dispositif.service = service
        dispositif.save()
        instruction = AgentFactory(instruction=True, services=[service])
        acte = revenir_signe(acte, par)
        with pytest.raises(ActeRefuse, match="La structure a signé"):
            acte.abandonner(par=instruction, motif="Erreur")
        client, adresse = connecter(instruction), reverse("acte_verbe", args=[acte.pk, "abandonner"])
        assert "Abandonner" not in client.get(acte.get_absolute_url()).content.decode()
        assert client.post(adresse, {"motif": "Erreur"}).status_code == 403
        connecter(par).post(adresse, {"motif": "Erreur"})
        assert lu(acte).etat == Etat.ABANDONNE

    def test_un_projet_s_abandonne_par_qui_le_prepare(self, acte):
        acte.abandonner(par=AgentFactory(instruction=True), motif="Retiré")
        assert acte.etat == Etat.ABANDONNE
