"""Life of an act: every state × every verb, what holds a signature back, what it entails."""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal

import pytest

from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.lecture import lire_un
from conventions.models import Acte, Convention, Echeance, LigneDActe
from conventions.vie import echeances
from conventions.vie.echeances import SUIVIS, echoir_conventions
from deliberations.models import Signataire, Transmission
from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Document, Journal
from programmes.models import Fiche, Suivi
from tests.conventions.donnees import (
    acte_signe,
    acte_vote,
    actes_de,
    edition_sans_pdf,
    ligne_retenue,
    modele_publie,
    rapport_de,
    signataire,
    structure_signataire,
    voter,
)
from tests.factories import AgentFactory, AutorisationFactory

pytestmark = pytest.mark.django_db
Etat = Acte.Etat
LE = date(2024, 7, 2)
VERBES = ("remettre", "signer_structure", "signer", "notifier", "abandonner")
# What each state allows.
PERMIS = {
    Etat.PROJET: {"remettre", "abandonner"},
    Etat.A_SIGNER: {"signer_structure", "abandonner"},
    Etat.SIGNE_STRUCTURE: {"signer", "abandonner"},
    Etat.SIGNE: {"notifier"},
    Etat.NOTIFIE: set(),
    Etat.ABANDONNE: set(),
}
CHEMIN = ("remettre", "signer_structure", "signer", "notifier")


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def acte():
    return acte_vote()


def accomplir(acte, verbe, par, **options):
    if verbe == "remettre":
        options.setdefault("edition", edition_sans_pdf(acte))
    if verbe == "abandonner":
        return acte.abandonner(par=par, motif="Projet retiré par la structure")
    return getattr(acte, verbe)(par=par, le=options.pop("le", LE), **options)


def mener_a(acte, etat, par):
    if etat == Etat.ABANDONNE:
        accomplir(acte, "abandonner", par)
    for verbe in CHEMIN:
        if acte.etat == etat:
            return
        accomplir(acte, verbe, par)


@pytest.mark.parametrize("verbe", VERBES)
@pytest.mark.parametrize("etat", Etat)
def test_chaque_etat_permet_ses_verbes_et_refuse_les_autres(etat, verbe, acte, par):
    mener_a(acte, etat, par)
    avant = Journal.objects.count()
    if verbe in PERMIS[etat]:
        accomplir(acte, verbe, par)
        acte.refresh_from_db()
        assert acte.etat != etat
        assert Journal.objects.de_l_objet(acte).filter(verbe=verbe).count() == 1
    else:
        documents = Document.objects.count()
        with pytest.raises(ActeRefuse):
            accomplir(acte, verbe, par)
        assert (Journal.objects.count(), Document.objects.count()) == (avant, documents)


def test_la_signature_engage_dans_l_affecte(acte, par):
    ae = acte.fiches.get().lignes.get().ligne.financements.get().autorisation
    mener_a(acte, Etat.SIGNE, par)
    ae.refresh_from_db()
    assert (ae.affecte, ae.engage) == (Decimal("20000.00"), Decimal("20000.00"))


def test_un_montant_non_affecte_ne_s_engage_pas(par):
    modele_publie()
    signataire()
    rapport = rapport_de(ligne_retenue(ae=AutorisationFactory()))
    (acte,) = actes_de(rapport)
    voter(rapport)
    acte = Acte.objects.get(pk=acte.pk)
    mener_a(acte, Etat.SIGNE_STRUCTURE, par)
    with pytest.raises(ActeRefuse, match="affecté"):
        accomplir(acte, "signer", par)
    acte.refresh_from_db()
    assert acte.etat == Etat.SIGNE_STRUCTURE and acte.signe_le is None


class TestObstacles:
    def test_avant_le_vote_rien_ne_part_meme_avec_un_motif(self, par):
        modele_publie()
        signataire()
        (acte,) = actes_de(rapport_de(ligne_retenue()))
        for qui in (par, AgentFactory(direction=True)):
            with pytest.raises(ActeRefuse, match="pas encore voté"):
                acte.remettre(par=qui, motif="Urgence", le=LE, edition=edition_sans_pdf(acte))

    def test_pas_encore_executoire_la_direction_passe_outre_avec_un_motif(self, acte, par):
        Transmission.objects.update(publiee_le=None)
        acte = Acte.objects.get(pk=acte.pk)
        edition = edition_sans_pdf(acte)
        with pytest.raises(ActeRefuse, match="exécutoire"):
            acte.remettre(par=par, motif="Urgence", le=LE, edition=edition)
        direction = AgentFactory(direction=True)
        with pytest.raises(ActeRefuse, match="exécutoire"):
            acte.remettre(par=direction, le=LE, edition=edition)
        acte.remettre(par=direction, motif="Urgence", le=LE, edition=edition)
        assert Journal.objects.de_l_objet(acte).get(verbe="remettre").motif == "Urgence"

    def test_une_condition_suspensive_retient_l_acte(self, acte, par):
        dispositif = acte.fiches.get().dispositif
        dispositif.condition_suspensive = "convention État non signée"
        dispositif.save()
        acte = Acte.objects.get(pk=acte.pk)
        with pytest.raises(ActeRefuse, match="convention État non signée"):
            acte.remettre(par=par, le=LE, edition=edition_sans_pdf(acte))

    def test_un_champ_vide_se_nomme_et_rien_ne_l_excuse(self, acte, par):
        acte.convention.structure.representants.all().delete()
        acte = Acte.objects.get(pk=acte.pk)
        with pytest.raises(ActeRefuse, match="Représentant"):
            acte.remettre(par=AgentFactory(direction=True), motif="Urgence", le=LE, edition=edition_sans_pdf(acte))

    def test_sans_delegation_a_la_date_on_ne_signe_pas(self, acte, par):
        mener_a(acte, Etat.SIGNE_STRUCTURE, par)
        Signataire.objects.update(fin=date(2024, 6, 30))
        with pytest.raises(ActeRefuse, match="délégation"):
            accomplir(acte, "signer", par)

    @pytest.mark.parametrize(("portee", "signe"), [("tout", True), ("conventions", True), ("deliberations", False)])
    def test_la_portee_de_la_delegation_compte(self, portee, signe, acte, par):
        mener_a(acte, Etat.SIGNE_STRUCTURE, par)
        Signataire.objects.update(portee=portee)
        with nullcontext() if signe else pytest.raises(ActeRefuse, match="délégation"):
            accomplir(acte, "signer", par)

    def test_ce_qui_a_change_pendant_l_edition_ne_part_pas(self, acte, par):
        edition = edition_sans_pdf(acte)
        acte.convention.structure.representants.update(qualite="Trésorière")
        with pytest.raises(ActeRefuse, match="a changé pendant l’édition"):
            Acte.objects.get(pk=acte.pk).remettre(par=par, le=LE, edition=edition)
        assert not Document.objects.exists()

    @pytest.mark.parametrize(("verbe", "le", "dit"), [
        ("remettre", date(2024, 6, 1), "précède le vote"),
        ("remettre", date(2999, 1, 1), "futur"),
    ])  # fmt: skip
    def test_les_dates_se_suivent(self, verbe, le, dit, acte, par):
        with pytest.raises(ActeRefuse, match=dit):
            accomplir(acte, verbe, par, le=le)


def test_remis_le_texte_ne_change_plus(acte, par):
    mener_a(acte, Etat.A_SIGNER, par)
    fiche = acte.fiches.get()
    fiche.objectifs = "Autre"
    for ecrire in (fiche.save, fiche.delete, acte.versements.all().delete, acte.save):
        with pytest.raises(ActeFige):
            ecrire()
    with pytest.raises(ActeFige):
        acte.versements.update(montant=0)


def test_le_vote_fige_ce_qui_lui_a_ete_presente_et_laisse_ce_qui_se_prepare_apres(par):
    modele_publie()
    signataire()
    rapport = rapport_de(ligne_retenue(), ligne_retenue(structure=structure_signataire()))
    presente, autre = prevoir(rapport)
    avant, _ = preparer(presente, rapport, par=par)
    voter(rapport)
    apres, _ = preparer(autre, rapport, par=par)
    fige, libre = (Acte.objects.get(pk=a.pk).fiches.get() for a in (avant, apres))
    fige.objectifs = libre.objectifs = "Autre"
    with pytest.raises(ActeFige, match="depuis le vote"):
        fige.save()
    with pytest.raises(ActeFige):
        type(fige).objects.filter(pk=fige.pk).update(objectifs="Autre")
    libre.save()
    assert Acte.objects.get(pk=apres.pk).fiches.get().objectifs == "Autre"


def test_la_veille_echoit_la_convention_le_lendemain_de_sa_fin(acte, par):
    mener_a(acte, Etat.NOTIFIE, par)
    for jour, etat in ((date(2025, 6, 30), Convention.Etat.EN_COURS), (date(2025, 7, 1), Convention.Etat.ECHUE)):
        echoir_conventions(jour=jour)
        acte.convention.refresh_from_db()
        assert acte.convention.etat == etat


def test_la_notification_ouvre_les_echeances_et_la_convention(acte, par):
    mener_a(acte, Etat.NOTIFIE, par)
    acte.convention.refresh_from_db()
    assert acte.convention.etat == Convention.Etat.EN_COURS
    attendues = {(e.nature, e.le) for e in acte.convention.echeances.all()}
    assert (Echeance.Nature.BILAN, date(2025, 9, 30)) in attendues
    assert (Echeance.Nature.COMPTE_RENDU, date(2026, 6, 30)) in attendues
    assert (Echeance.Nature.FIN, date(2025, 6, 30)) in attendues


def test_les_obligations_de_suivi_de_la_fiche_deviennent_des_echeances(acte, par):
    regle, _ = Fiche.objects.get_or_create(dispositif=acte.fiches.get().dispositif)
    regle.suivis.create(type=Suivi.Type.COMITE, rythme=6)
    regle.suivis.create(type=Suivi.Type.BILAN, rythme=12)
    regle.suivis.create(type=Suivi.Type.TABLEAU)
    mener_a(acte, Etat.NOTIFIE, par)
    suivies = acte.convention.echeances.filter(nature__in=SUIVIS.values())
    assert [(e.nature, e.le) for e in suivies.order_by("nature", "le")] == [
        (Echeance.Nature.COMITE, date(2024, 12, 31)),
        (Echeance.Nature.COMITE, date(2025, 6, 30)),
        (Echeance.Nature.INTERMEDIAIRE, date(2025, 6, 30)),
    ]
    # Opened again, by a replay or by an avenant of the same period, nothing is asked twice.
    echeances.ouvrir(acte, lire_un(acte))
    avenant = Acte.objects.create(convention=acte.convention, rang=1, version_modele=acte.version_modele)
    echeances.ouvrir(avenant, lire_un(acte))
    assert suivies.count() == 3


def test_abandonner_libere_les_lignes(acte, par):
    ligne = acte.fiches.get().lignes.get().ligne
    accomplir(acte, "abandonner", par)
    acte.convention.refresh_from_db()
    assert acte.convention.etat == Convention.Etat.ABANDONNEE
    assert not LigneDActe.objects.filter(ligne=ligne).exists()


def test_une_convention_se_resilie_une_fois(par):
    convention = acte_signe(le=LE).convention
    convention.refresh_from_db()
    convention.resilier(par=par, motif="Action abandonnée", le=date(2024, 10, 1))
    assert (convention.etat, convention.terminee_le) == (Convention.Etat.RESILIEE, date(2024, 10, 1))
    with pytest.raises(ActeRefuse):
        convention.denoncer(par=par, motif="Trop tard", le=date(2024, 10, 2))
