"""Dossier: the whole matrix state × verb, one journal row per act, nothing written by a refusal."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from dpid.erreurs import ActeFige, ActeRefuse
from dpid.models import Journal
from programmes.models import Dossier, Financement, LigneDossier, LigneTerritoire, Quantite
from tests import maquette

Etat = Dossier.Etat
pytestmark = [pytest.mark.django_db, pytest.mark.neutre]

# state → {verb: state reached}; every other pair is refused.
EN_COURS = {"demander_avis": Etat.AVIS, "proposer": Etat.PROPOSE, "refuser": Etat.REFUSE, "ajourner": Etat.AJOURNE}
FLECHES = {
    Etat.DEPOSE: {
        "declarer_complet": Etat.COMPLET, "declarer_incomplet": Etat.INCOMPLET,
        "declarer_irrecevable": Etat.IRRECEVABLE,
    },
    Etat.INCOMPLET: {"declarer_complet": Etat.COMPLET, "declarer_irrecevable": Etat.IRRECEVABLE},
    Etat.COMPLET: {
        "declarer_incomplet": Etat.INCOMPLET, "declarer_recevable": Etat.RECEVABLE,
        "declarer_irrecevable": Etat.IRRECEVABLE,
    },
    Etat.RECEVABLE: {"instruire": Etat.EN_INSTRUCTION, "declarer_irrecevable": Etat.IRRECEVABLE},
    Etat.IRRECEVABLE: {"reprendre": Etat.EN_INSTRUCTION},
    Etat.EN_INSTRUCTION: EN_COURS,
    Etat.AVIS: EN_COURS,
    Etat.PROPOSE: {
        "reprendre": Etat.EN_INSTRUCTION, "refuser": Etat.REFUSE, "ajourner": Etat.AJOURNE, "inscrire": Etat.INSCRIT,
    },
    # Taken up again through the rapport, which frees the credits that it holds.
    Etat.INSCRIT: {"retirer": Etat.PROPOSE},
    Etat.VOTE: {},
    Etat.AJOURNE: {"reprendre": Etat.EN_INSTRUCTION, "refuser": Etat.REFUSE},
    Etat.REFUSE: {"reprendre": Etat.EN_INSTRUCTION},
}  # fmt: skip
VERBES = [
    "declarer_complet", "declarer_incomplet", "declarer_recevable", "declarer_irrecevable", "instruire",
    "demander_avis", "proposer", "refuser", "ajourner", "reprendre", "inscrire", "retirer",
]  # fmt: skip


@pytest.fixture
def par(db):
    maquette.territoire("T4")  # asked for an avis
    return maquette.equipe().instruction


CHEMINS = {
    Etat.INCOMPLET: ["declarer_incomplet"],
    Etat.COMPLET: ["declarer_complet"],
    Etat.RECEVABLE: ["declarer_complet", "declarer_recevable"],
    Etat.IRRECEVABLE: ["declarer_irrecevable"],
    Etat.AVIS: ["demander_avis"],
    Etat.PROPOSE: ["proposer"],
    Etat.INSCRIT: ["proposer", "inscrire"],
    Etat.AJOURNE: ["ajourner"],
    Etat.REFUSE: ["refuser"],
}
DEPOTS = (Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET, Etat.RECEVABLE, Etat.IRRECEVABLE)


def agir(d, verbe, par, motif):
    """Run a verb; the deadline of the avis asked is then over, so that proposing is not held by them."""
    options = {"territoires": [maquette.territoire("T4")]} if verbe == "demander_avis" else {}
    getattr(d, verbe)(par=par, motif=motif, **options)
    if verbe == "demander_avis":
        d.avis.update(echeance_le="2024-01-31", etat="non_rendu")
    return d


def dossier(par, etat, montant="100.00") -> Dossier:
    """A dossier of one line brought to `etat` by its own verbs (the vote, which belongs to the rapport, by SQL)."""
    d = maquette.ligne(montant, ae=maquette.autorisation(9)).dossier
    if etat in DEPOTS:
        maquette.sql("UPDATE programmes_dossier SET etat = 'depose' WHERE id = %s", d.pk)
        d = Dossier.objects.get(pk=d.pk)
    for verbe in CHEMINS.get(etat, []):
        agir(d, verbe, par, "Pièce manquante")
    if etat == Etat.VOTE:
        maquette.sql("UPDATE programmes_dossier SET etat = 'vote', vote_le = '2024-06-17' WHERE id = %s", d.pk)
        d = Dossier.objects.get(pk=d.pk)
    return d


def test_la_table_couvre_tous_les_etats_et_tous_les_verbes():
    assert set(FLECHES) == set(Etat)
    declares = {n for n, v in vars(Dossier).items() if hasattr(v, "titre") and callable(v)}
    assert declares == set(VERBES)


@pytest.mark.parametrize("verbe", VERBES)
@pytest.mark.parametrize("etat", list(Etat))
def test_chaque_verbe_dans_chaque_etat(par, etat, verbe):
    d = dossier(par, etat)
    cible, avant, actes = FLECHES[etat].get(verbe), maquette.etat_de_la_base(), Journal.objects.count()
    if cible is None:
        with pytest.raises(ActeRefuse) as refus:
            agir(d, verbe, par, "Motif")
        assert "est impossible" in str(refus.value) and f"« {Etat(etat).label} »" in str(refus.value)
        assert maquette.etat_de_la_base() == avant
        return
    assert agir(d, verbe, par, "Motif") is d
    assert d.etat == Dossier.objects.get(pk=d.pk).etat == cible
    assert Journal.objects.count() == actes + 1
    acte = Journal.objects.de_l_objet(d).latest("pk")
    assert (acte.verbe, acte.de, acte.vers, acte.motif, acte.par) == (verbe, etat, cible, "Motif", par)
    assert d.history.count() == 1, "l’acte est au journal, pas dans l’historique des champs"


def test_une_instance_perimee_voit_l_etat_de_la_base(par):
    """Two tabs: the second one still shows « en instruction »."""
    d = dossier(par, Etat.EN_INSTRUCTION)
    autre = Dossier.objects.get(pk=d.pk)
    d.proposer(par=par)
    with pytest.raises(ActeRefuse, match="« Proposer » est impossible.*« Proposé »"):
        autre.proposer(par=par)
    assert Journal.objects.de_l_objet(d).filter(verbe="proposer").count() == 1


def test_un_refus_sans_motif_est_refuse_et_rien_n_est_ecrit(par):
    d = dossier(par, Etat.EN_INSTRUCTION)
    avant = maquette.etat_de_la_base()
    for verbe in (d.refuser, d.ajourner):
        with pytest.raises(ActeRefuse, match="porte un motif"):
            verbe(par=par, motif="")
    assert maquette.etat_de_la_base() == avant and Financement.objects.count() == 1


@pytest.mark.parametrize("verbe", ["refuser", "ajourner"])
def test_un_dossier_refuse_ou_ajourne_ne_tient_plus_rien(par, verbe):
    d = dossier(par, Etat.PROPOSE)
    getattr(d, verbe)(par=par, motif="Hors thématique")
    assert Dossier.objects.avec_totaux().get(pk=d.pk).retenu == 0
    d.reprendre(par=par)
    assert Dossier.objects.get(pk=d.pk).motif == ""


def test_proposer_demande_une_ligne(par):
    d = dossier(par, Etat.EN_INSTRUCTION)
    Financement.objects.all().delete()
    LigneTerritoire.objects.all().delete()
    LigneDossier.objects.all().delete()
    with pytest.raises(ActeRefuse, match="au moins une ligne"):
        d.proposer(par=par)


def test_l_etat_ne_s_affecte_pas(par):
    d = dossier(par, Etat.EN_INSTRUCTION)
    with pytest.raises(AttributeError):
        d.etat = Etat.VOTE
    d.refresh_from_db()
    d.full_clean()
    assert d.etat == Etat.EN_INSTRUCTION


@pytest.mark.parametrize(
    "ordre",
    [
        "etat = 'vote'",
        "vote_le = '2024-06-17'",
        "etat = 'refuse', motif = ''",
        "etat = 'ajourne', motif = ''",
    ],
)
def test_la_base_lie_l_etat_aux_dates_et_au_motif(par, ordre):
    d = dossier(par, Etat.EN_INSTRUCTION)
    with pytest.raises(IntegrityError), transaction.atomic():
        maquette.sql(f"UPDATE programmes_dossier SET {ordre} WHERE id = {d.pk}")  # noqa: S608


def test_un_dossier_vote_ne_se_modifie_ni_ne_se_supprime(par):
    d = dossier(par, Etat.VOTE)
    d.intitule = "Autre"
    portes = [
        d.save,
        lambda: Dossier.objects.filter(pk=d.pk).update(intitule="Autre"),
        lambda: Dossier.objects.bulk_update([d], ["intitule"]),
        lambda: Dossier.objects.filter(pk=d.pk).delete(),
        d.delete,
    ]
    for porte in portes:
        with pytest.raises(ActeFige, match="a été voté"), transaction.atomic():
            porte()


# --- Lines ----------------------------------------------------------------------------------------------------------


def test_arbitrer_ecrit_un_acte_et_le_financement(par):
    ae = maquette.autorisation(9)
    ligne = maquette.ligne("100.00", ae=ae)
    ligne.arbitrer(Decimal("80.50"), par=par)
    acte = Journal.objects.de_l_objet(ligne).get()
    assert (acte.verbe, acte.de, acte.vers) == ("arbitrer", "100.00", "80.50")
    assert LigneDossier.objects.avec_retenu().get().retenu == Decimal("80.50")


def test_arbitrer_a_zero_demande_un_motif_et_le_perd_quand_le_montant_revient(par):
    ligne = maquette.ligne("100.00", ae=maquette.autorisation(9))
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match="porte son motif"):
        ligne.arbitrer(Decimal(0), par=par)
    assert maquette.etat_de_la_base() == avant
    ligne.arbitrer(Decimal(0), par=par, motif_zero="ajourne")
    assert LigneDossier.objects.get().motif_zero == "ajourne"
    ligne.arbitrer(Decimal(1), par=par)
    assert LigneDossier.objects.get().motif_zero == ""


def test_arbitrer_refuse_un_negatif_et_plusieurs_financements(par):
    ligne = maquette.ligne("100.00", ae=maquette.autorisation(9))
    with pytest.raises(ActeRefuse, match="négatif"):
        ligne.arbitrer(Decimal("-1"), par=par)
    Financement.objects.create(ligne=ligne, autorisation=maquette.autorisation(8), montant=Decimal(1))
    with pytest.raises(ActeRefuse, match="plusieurs financements"):
        ligne.arbitrer(Decimal("5"), par=par)


def test_arbitrer_impute_par_defaut_sur_la_ligne_du_dispositif(par):
    ae = maquette.autorisation(9)
    repond = maquette.dispositif("9.1", ligne_par_defaut=ae.ligne)
    assert maquette.ligne(answering=repond).arbitrer(Decimal(5), par=par).autorisation == ae
    sans = maquette.ligne(answering=maquette.dispositif("9.2"), nom="Autre").arbitrer(Decimal(5), par=par)
    assert sans.est_a_imputer


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE programmes_financement SET montant = -1",
        "UPDATE programmes_lignedossier SET demande = -1",
        "UPDATE programmes_lignedossier SET propose = -1",
        "UPDATE programmes_lignedossier SET debut = '2024-02-01', fin = '2024-01-31'",
        "UPDATE programmes_lignedossier SET montant_imprime = 'nouveau_total'",
        "UPDATE programmes_quantite SET valeur = -1",
    ],
)
def test_la_base_refuse_une_ligne_impossible(par, ordre):
    ligne = maquette.ligne("100.00", ae=maquette.autorisation(9))
    Quantite.objects.create(ligne=ligne, valeur=1, unite="mesures")
    with pytest.raises(IntegrityError), transaction.atomic():
        maquette.sql(ordre)


def test_un_financement_ne_vient_pas_de_deux_endroits(par):
    from programmes.models import SourceFinancement

    source = SourceFinancement.objects.create(code="fsl", libelle="FSL")
    with pytest.raises(IntegrityError), transaction.atomic():
        maquette.ligne("1", ae=maquette.autorisation(9), source=source)


def test_totaux_sans_produit_de_jointures(par):
    """Two lines, two financings each: joined sums would count every amount twice."""
    ae = maquette.autorisation(9)
    une = maquette.ligne("100.00", ae=ae)
    autre = maquette.ligne("10.00", ae=ae, dossier=une.dossier)
    for ligne in (une, autre):
        Financement.objects.create(ligne=ligne, autorisation=ae, montant=Decimal("1.11"))
    d = Dossier.objects.avec_totaux().get()
    assert (d.retenu, d.demande, d.nb_lignes) == (Decimal("112.22"), Decimal("100000"), 2)
    assert d.propose == 0


@pytest.mark.parametrize("verbe", ["refuser", "ajourner"])
def test_un_dossier_refuse_ou_ajourne_ne_recoit_pas_d_argent(par, verbe):
    """Found by the random lives of test_etats: a refused dossier was given an amount again."""
    d = dossier(par, Etat.EN_INSTRUCTION)
    getattr(d, verbe)(par=par, motif="Motif")
    ligne = LigneDossier.objects.get()
    avant = maquette.etat_de_la_base()
    for porte in (
        lambda: ligne.arbitrer(Decimal(1), par=par),
        lambda: Financement.objects.create(ligne=ligne, autorisation=None, montant=Decimal(1)),
    ):
        with pytest.raises(ActeRefuse, match="reprenez son instruction"), transaction.atomic():
            porte()
    assert maquette.etat_de_la_base() == avant
    d.reprendre(par=par)
    assert LigneDossier.objects.get().arbitrer(Decimal(1), par=par).montant == 1
