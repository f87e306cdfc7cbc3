"""Rapport: the whole matrix state × act, one journal row each, nothing written by a refusal."""

import pytest
from django.db import IntegrityError, transaction

from deliberations.models import Deliberation, Rapport, VisaRapport
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from tests import assemblee, maquette

Etat = Rapport.Etat
pytestmark = [pytest.mark.django_db, pytest.mark.neutre]

# state → {act: state reached}; every other pair is refused. « Visé » is reached by the last visa.
ACTES = {
    "viser": lambda m: m.rapport.viser(par=m.equipe.chef),
    "annuler_visas": lambda m: m.rapport.annuler_visas(motif="Motif", par=m.equipe.chef),
    "envoyer_en_commission": lambda m: m.rapport.envoyer_en_commission(par=m.equipe.assemblees),
    "envoyer_aux_elus": lambda m: m.rapport.envoyer_aux_elus(par=m.equipe.assemblees),
    "preparer_modificatif": lambda m: m.rapport.preparer_modificatif(par=m.equipe.assemblees, motif="Motif"),
    "adopter": lambda m: m.rapport.adopter(par=m.equipe.assemblees, numero="2024-100", le=m.rapport.seance.date),
    "rejeter": lambda m: m.rapport.rejeter(par=m.equipe.assemblees, motif="Motif", le=m.rapport.seance.date),
    "numeroter": lambda m: m.rapport.numeroter("65", par=m.equipe.assemblees),
    "inscrire": lambda m: inscrire(m),
    "retirer": lambda m: m.rapport.retirer(m.propositions[0], par=m.equipe.instruction, motif="Motif"),
}
FLECHES = {
    Etat.PREPARATION: {
        "viser": Etat.PREPARATION, "rejeter": Etat.REJETE, "numeroter": Etat.PREPARATION,
        "inscrire": Etat.PREPARATION, "retirer": Etat.PREPARATION,
    },
    Etat.VISE: {
        "annuler_visas": Etat.PREPARATION, "envoyer_en_commission": Etat.EN_COMMISSION, "rejeter": Etat.REJETE,
        "numeroter": Etat.VISE, "inscrire": Etat.PREPARATION, "retirer": Etat.PREPARATION,
    },
    Etat.EN_COMMISSION: {"envoyer_aux_elus": Etat.ENVOYE, "preparer_modificatif": Etat.PREPARATION},
    Etat.ENVOYE: {"adopter": Etat.ADOPTE, "rejeter": Etat.REJETE, "preparer_modificatif": Etat.PREPARATION},
    Etat.ADOPTE: {},
    Etat.REJETE: {},
}  # fmt: skip
SANS_EFFET = {(Etat.PREPARATION, "annuler_visas")}  # nothing to cancel: nothing refused, nothing written


def inscrire(m):
    return m.rapport.inscrire(m.nouvelle, m.operation, par=m.equipe.instruction)


@pytest.fixture
def monde(db, sans_pdf):
    return maquette.monde()


def amener(m, etat):
    m.nouvelle = maquette.ligne("10.00", ae=m.ae, nom="Nouvelle")
    m.nouvelle.dossier.proposer(par=m.equipe.instruction)
    assemblee.tenir(m.rapport.seance)
    if etat not in (Etat.PREPARATION, Etat.REJETE):
        m.viser()
    for verbe in {
        Etat.EN_COMMISSION: ["envoyer_en_commission"],
        Etat.ENVOYE: ["envoyer_en_commission", "envoyer_aux_elus"],
        Etat.ADOPTE: ["envoyer_en_commission", "envoyer_aux_elus", "adopter"],
    }.get(etat, []):
        ACTES[verbe](m)
    if etat == Etat.REJETE:
        ACTES["rejeter"](m)
    assert m.rapport.etat == etat


def actes_du_rapport(m):
    return Journal.objects.de_l_objet(m.rapport)


def test_la_table_couvre_tous_les_etats():
    assert set(FLECHES) == set(Etat)


@pytest.mark.parametrize("acte", ACTES)
@pytest.mark.parametrize("etat", list(Etat))
def test_chaque_acte_dans_chaque_etat(monde, etat, acte):
    amener(monde, etat)
    cible, avant = FLECHES[etat].get(acte), maquette.etat_de_la_base()
    journal = list(actes_du_rapport(monde).values_list("verbe", flat=True))
    if (etat, acte) in SANS_EFFET:
        ACTES[acte](monde)
        assert maquette.etat_de_la_base() == avant
        return
    if cible is None:
        with pytest.raises(ActeRefuse) as refus, transaction.atomic():
            ACTES[acte](monde)
        assert len(str(refus.value)) > 20
        assert maquette.etat_de_la_base() == avant
        return
    ACTES[acte](monde)
    assert Rapport.objects.get(pk=monde.rapport.pk).etat == cible
    nouveaux = list(actes_du_rapport(monde).values_list("verbe", flat=True))[: -len(journal) or None]
    # Presenting a line writes on its dossier; on the rapport, it writes the visas that it cancels.
    attendus = {"inscrire": [], "retirer": []}.get(acte, [acte])
    if etat == Etat.VISE and acte in ("inscrire", "retirer"):
        attendus = ["annuler_visas"]
    assert nouveaux == attendus


def test_l_etat_ne_s_affecte_pas(monde):
    with pytest.raises(AttributeError):
        monde.rapport.etat = Etat.ADOPTE
    monde.rapport.refresh_from_db()
    monde.rapport.full_clean()


def test_un_rapport_vide_ne_se_vise_pas(monde):
    for p in monde.propositions:
        monde.rapport.retirer(p, par=monde.equipe.instruction, motif="Vide")
    with pytest.raises(ActeRefuse, match="ni ligne ni recette"):
        monde.rapport.viser(par=monde.equipe.chef)


@pytest.mark.parametrize("envoye", [False, True], ids=["visé", "envoyé"])
def test_rejeter_demande_un_motif_et_rend_tout(monde, envoye):
    monde.viser()
    if envoye:
        monde.mener_au_vote()
    with pytest.raises(ActeRefuse, match="motif"):
        monde.rapport.rejeter(par=monde.equipe.assemblees, motif="", le=monde.rapport.seance.date)
    monde.rapport.rejeter(par=monde.equipe.assemblees, motif="Rejeté", le=monde.rapport.seance.date, numero="2024-9")
    for ae in (monde.ae, monde.ae2):
        ae.refresh_from_db()
        assert (ae.reserve, ae.affecte) == (0, 0)
    assert Deliberation.objects.get().resultat == "rejete"
    for ligne in monde.lignes:
        assert ligne.dossier.__class__.objects.get(pk=ligne.dossier_id).etat == "en_instruction"
        assert Journal.objects.de_l_objet(ligne.dossier).filter(motif="Rejeté", verbe="reprendre").count() == 1


def test_une_ligne_rejetee_peut_revenir_dans_un_autre_rapport(monde):
    ACTES["rejeter"](monde)
    ligne = monde.lignes[0]
    ligne.refresh_from_db()
    ligne.dossier.refresh_from_db()
    ligne.dossier.proposer(par=monde.equipe.instruction)
    suivant = maquette.rapport(monde.equipe.instruction, numero="70")
    assert suivant.inscrire(ligne, maquette.operation(suivant), par=monde.equipe.instruction).est_active


def test_une_ligne_est_dans_un_seul_rapport_vivant(monde):
    suivant = maquette.rapport(monde.equipe.instruction, numero="70")
    with pytest.raises(ActeRefuse, match="déjà inscrite"):
        suivant.inscrire(monde.lignes[0], maquette.operation(suivant), par=monde.equipe.instruction)
    with pytest.raises(IntegrityError), transaction.atomic():  # the database alone
        maquette.sql(
            "INSERT INTO deliberations_proposition (operation_id, ligne_id, ordre, formule_acte, est_active) "
            "SELECT operation_id, ligne_id, ordre, formule_acte, est_active FROM deliberations_proposition"
        )


def test_seul_un_dossier_propose_s_inscrit(monde):
    brute = maquette.ligne("1.00", ae=monde.ae, nom="Brute")
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match="Seul un dossier proposé"):
        monde.rapport.inscrire(brute, monde.operation, par=monde.equipe.instruction)
    assert maquette.etat_de_la_base() == avant


def test_la_base_lie_les_visas_a_leur_annulation(monde):
    monde.viser("chef_service")
    with pytest.raises(IntegrityError), transaction.atomic():
        maquette.sql("UPDATE deliberations_visarapport SET annule_le = '2024-06-01'")
    with pytest.raises(IntegrityError), transaction.atomic():
        VisaRapport.objects.create(rapport=monde.rapport, etape="chef_service", par=monde.equipe.chef)
