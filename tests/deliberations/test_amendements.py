"""What the séance changes: lines withdrawn, amounts amended, blocks put aside; what follows, and what stays."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import ProtectedError
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from budget.models import Inscription, LigneBudgetaire, Mouvement
from budget.mouvements import N
from deliberations import documents, editions
from deliberations.assemblee import amendements
from deliberations.models import (
    AmendementDeSeance,
    BlocDeVote,
    Deliberation,
    Deport,
    Presence,
    Proposition,
    RecetteProposee,
    VoixDissidente,
)
from deliberations.verification import ecarts
from dpid.erreurs import ActeFige, ActeRefuse, CreditInsuffisant
from dpid.models import Document, Journal
from dpid.montants import repartir
from programmes.models import Dossier, Financement, LigneDossier, SourceFinancement, Ventilation
from tests import maquette
from tests.assemblee import mener_au_vote
from tests.banc import EPREUVES
from tests.deliberations.test_gel import portes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sans_pdf"), pytest.mark.neutre]


def preparer() -> maquette.Monde:
    """Thématique 4 on `ae` and `ae2` in a first block; thématique 1 (30,00 on `ae2`) and a recette in a second one."""
    m = maquette.monde()
    m.autre = maquette.operation(m.rapport, maquette.dispositif("1.1", numero=1), numero="2", libelle="FSL")
    m.seconde = maquette.presenter(
        m.rapport, m.autre, "30.00", ae=m.ae2, nom="Seconde", par=m.equipe.instruction,
        answering=maquette.dispositif("1.1", numero=1),
    )  # fmt: skip
    m.blocs = [BlocDeVote.objects.create(rapport=m.rapport, ordre=n, titre=f"Bloc {n}") for n in (1, 2)]
    for operation, bloc in ((m.operation, m.blocs[0]), (m.autre, m.blocs[1])):
        operation.thematique.bloc = bloc
        operation.thematique.save()
    ligne = LigneBudgetaire.objects.create(
        code="C02-428N01", sens="recette", nature="7478", fonction="428", libelle="Participation"
    )
    inscription = Inscription.objects.create(ligne=ligne, exercice=maquette.ANNEE, montant=D("500.00"))
    RecetteProposee.objects.create(rapport=m.rapport, inscription=inscription, montant=D("7.00"), bloc=m.blocs[1])
    return m


@pytest.fixture
def monde(db):
    return preparer()


@pytest.fixture
def envoye(monde):
    monde.mener_au_vote()
    return monde


def presente(m) -> dict:
    """What the members received: it never changes."""
    return editions.contextes(editions.derniere(m.rapport))


def montants(contexte) -> dict:
    """{structure: amount} of a répartition."""
    return {
        ligne["structure"]: D(ligne["nouveau"])
        for t in contexte["thematiques"] for o in t["operations"] for ligne in o["lignes"]
    }  # fmt: skip


def fige(m, nature) -> dict:
    return Document.objects.get(pk=Deliberation.objects.get().documents.get(nature=nature).document_id).contexte


def affectations() -> dict:
    return dict(Mouvement.objects.filter(nature=N.AFFECTATION).values_list("autorisation", "montant"))


def verifier_tout(m, attendus: dict):
    """Lines, totals, articles, imputations, soldes, affectations and accounts say `attendus` ({structure: euros})."""
    acte, total = Deliberation.objects.get(), sum(attendus.values())
    repartition, deliberation = fige(m, "repartition"), fige(m, "deliberation")
    assert montants(repartition) == attendus
    assert D(repartition["nouveau"]) == D(deliberation["nouveau"]) == total
    for t in repartition["thematiques"]:
        assert D(t["nouveau"]) == sum(D(o["nouveau"]) for o in t["operations"])
    articles = [D(a["montant"]) for a in deliberation["articles"] if "montant" in a]
    assert articles == [D(t["budget"]) for t in sorted(repartition["thematiques"], key=lambda t: t["bloc"])]
    votees = {i.autorisation_id: i for i in acte.imputations.all()}
    assert sum(i.proposition for i in votees.values()) == sum(articles) == D(repartition["budget"])
    assert [D(i["proposition"]) for i in deliberation["imputations"]] == [
        i.proposition for i in acte.imputations.order_by("ordre")
    ]
    assert affectations() == {pk: i.proposition for pk, i in votees.items()}
    for ae in (m.ae, m.ae2):
        ae.refresh_from_db()
        votee = votees[ae.pk].proposition if ae.pk in votees else 0
        assert (ae.affecte, ae.reserve) == (votee, 0)
        if votee:
            assert votees[ae.pk].solde == ae.disponible == votees[ae.pk].disponible - votee
    financees = {
        ligne.dossier.structure.raison_sociale: sum((f.montant for f in ligne.financements.all()), D(0))
        for ligne in LigneDossier.objects.filter(votee_le__isnull=False).select_related("dossier__structure")
    }
    assert financees == attendus
    assert not ecarts()
    call_command("verifier_comptes")


# --- A line withdrawn -----------------------------------------------------------------------------------------------


def test_une_ligne_retiree_sort_de_la_deliberation_et_du_rapport_vivant(envoye):
    avant = presente(envoye)
    amendements.retirer(envoye.propositions[1], par=envoye.equipe.assemblees, motif="Une pièce manque")
    envoye.adopter()
    verifier_tout(envoye, {"4AJ": 400, "ADEFI": 50, "Seconde": 30})
    assert Deliberation.objects.get().resultat == "partiel"
    retiree = envoye.lignes[1].dossier
    retiree.refresh_from_db()
    assert retiree.etat == Dossier.Etat.EN_INSTRUCTION
    assert not Proposition.objects.get(pk=envoye.propositions[1].pk).est_active
    reprise = Journal.objects.de_l_objet(retiree).filter(verbe="reprendre").get()
    assert reprise.motif == "Ligne retirée en séance : Une pièce manque"
    # The rapport sent, and the annexe as it was presented, stay as they were.
    assert presente(envoye) == avant and montants(avant["repartition"])["CAPSO"] == 200
    # The line may be presented again.
    retiree.proposer(par=envoye.equipe.instruction)
    suivant = maquette.rapport(envoye.equipe.instruction, numero="70")
    assert suivant.inscrire(envoye.lignes[1], maquette.operation(suivant), par=envoye.equipe.instruction).est_active


def test_retirer_une_de_deux_lignes_d_un_dossier_le_laisse_inscrit(monde):
    seconde = maquette.ligne("10.00", ae=monde.ae, dossier=monde.lignes[0].dossier)
    proposition = monde.rapport.inscrire(seconde, monde.operation, par=monde.equipe.instruction)
    monde.mener_au_vote()
    amendements.retirer(proposition, par=monde.equipe.assemblees, motif="Trop tôt")
    monde.adopter()
    dossier = Dossier.objects.get(pk=monde.lignes[0].dossier_id)
    assert dossier.etat == Dossier.Etat.INSCRIT
    assert Journal.objects.de_l_objet(dossier).filter(verbe="ecarter_ligne").get().motif.endswith("Trop tôt")
    assert LigneDossier.objects.get(pk=monde.lignes[0].pk).votee_le == maquette.SEANCE_LE
    assert LigneDossier.objects.get(pk=seconde.pk).votee_le is None
    call_command("verifier_comptes")


# --- An amount amended ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("montant", ["399.99", "0.01", "799.99"])
def test_un_montant_amende_baisse_ou_monte_partout(envoye, montant):
    avant = presente(envoye)
    amendements.amender(envoye.propositions[0], D(montant), par=envoye.equipe.assemblees, motif="Arbitrage")
    envoye.adopter()
    verifier_tout(envoye, {"4AJ": D(montant), "CAPSO": 200, "ADEFI": 50, "Seconde": 30})
    assert Deliberation.objects.get().resultat == "adopte"
    assert presente(envoye) == avant and montants(avant["repartition"])["4AJ"] == 400
    journal = Journal.objects.de_l_objet(envoye.lignes[0]).filter(verbe="amender").get()
    assert (journal.de, journal.vers, journal.motif) == ("400.00", montant, "Arbitrage")


def test_au_dela_du_disponible_le_vote_refuse_et_n_ecrit_rien(envoye):
    """1 000,00 voted, 200,00 for another line: one centime too many."""
    amendements.amender(envoye.propositions[0], D("800.01"), par=envoye.equipe.assemblees, motif="Trop")
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match="il manque 0,01"):
        envoye.adopter()
    assert maquette.etat_de_la_base() == avant
    amendements.amender(envoye.propositions[0], D("800.00"), par=envoye.equipe.assemblees, motif="Juste")
    envoye.adopter()
    verifier_tout(envoye, {"4AJ": 800, "CAPSO": 200, "ADEFI": 50, "Seconde": 30})


def test_plusieurs_financements_et_ventilations_gardent_leurs_proportions(monde):
    """400,00 on one AE, 100,01 on the other, 50,00 outside the budget; the first split over three territoires."""
    ligne, fsl = monde.lignes[0], SourceFinancement.objects.create(code="fsl", libelle="FSL")
    premier = ligne.financements.get()
    Financement.objects.create(ligne=ligne, autorisation=monde.ae2, montant=D("100.01"))
    Financement.objects.create(ligne=ligne, source=fsl, montant=D("50.00"))
    for lieu, part in (("ARTOIS", "133.34"), ("BOULONNAIS", "133.33"), ("CALAISIS", "133.33")):
        Ventilation.objects.create(financement=premier, territoire=maquette.territoire(lieu), montant=D(part))
    monde.mener_au_vote()
    amendements.amender(monde.propositions[0], D("333.33"), par=monde.equipe.assemblees, motif="Moins")
    monde.adopter()
    attendus = repartir(D("333.33"), [D("400.00"), D("100.01"), D("50.00")])
    assert list(ligne.financements.order_by("pk").values_list("montant", flat=True)) == attendus
    parts = list(Ventilation.objects.order_by("pk").values_list("montant", flat=True))
    assert sum(parts) == attendus[0] and max(parts) - min(parts) <= D("0.02")
    repartition = fige(monde, "repartition")
    assert D(repartition["budget"]) == attendus[0] + attendus[1] + 280 and D(repartition["nouveau"]) == D("613.33")
    assert affectations() == {monde.ae.pk: attendus[0] + 200, monde.ae2.pk: attendus[1] + 80}
    call_command("verifier_comptes")


def test_une_ligne_a_zero_recoit_un_montant(monde):
    monde.lignes[0].arbitrer(D(0), par=monde.equipe.instruction, motif_zero="ajourne")
    monde.mener_au_vote()
    amendements.amender(monde.propositions[0], D("12.00"), par=monde.equipe.assemblees, motif="Repêchée")
    monde.adopter()
    verifier_tout(monde, {"4AJ": 12, "CAPSO": 200, "ADEFI": 50, "Seconde": 30})
    assert LigneDossier.objects.get(pk=monde.lignes[0].pk).motif_zero == ""


def test_un_formulaire_ouvert_avant_le_vote_est_perime(envoye):
    avant = LigneDossier.objects.get(pk=envoye.lignes[0].pk).version
    amendements.amender(envoye.propositions[0], D("1.00"), par=envoye.equipe.assemblees, motif="Moins")
    envoye.adopter()
    assert LigneDossier.objects.get(pk=envoye.lignes[0].pk).version > avant


@settings(
    max_examples=200 if EPREUVES else 12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
@given(
    decisions=st.lists(
        st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(1, 60_000))), max_size=6
    ),
    ajourne=st.sampled_from([None, 0, 1]),
)  # fmt: skip
def test_quelles_que_soient_les_decisions_tout_suit(decisions, ajourne):
    """The last decision on a line holds; a block put aside takes its lines along; one line at least is adopted."""
    with transaction.atomic():
        m = preparer()
        m.mener_au_vote()
        avant = presente(m)
        toutes = [*m.propositions, m.seconde]
        attendus = {"4AJ": D(400), "CAPSO": D(200), "ADEFI": D(50), "Seconde": D(30)}
        for rang, centimes in decisions:
            nom = list({"4AJ": 0, "CAPSO": 1, "ADEFI": 2, "Seconde": 3})[rang]
            if centimes is None:
                amendements.retirer(toutes[rang], par=m.equipe.assemblees, motif="Retirée")
                attendus[nom] = None
            else:
                montant = D(centimes) / 100
                amendements.amender(toutes[rang], montant, par=m.equipe.assemblees, motif="Amendée")
                attendus[nom] = montant
        if ajourne is not None:
            amendements.decider(m.blocs[ajourne], "ajourne", par=m.equipe.assemblees, motif="À revoir")
            for nom in ("4AJ", "CAPSO", "ADEFI") if ajourne == 0 else ("Seconde",):
                attendus[nom] = None
        retenus = {nom: montant for nom, montant in attendus.items() if montant is not None}
        demande = {m.ae.pk: retenus.get("4AJ", 0) + retenus.get("CAPSO", 0)}
        demande[m.ae2.pk] = retenus.get("ADEFI", 0) + retenus.get("Seconde", 0)
        if demande[m.ae.pk] > 1000 or demande[m.ae2.pk] > 500:
            with pytest.raises(CreditInsuffisant):
                m.adopter()
        else:
            m.adopter()
            verifier_tout(m, retenus)
            assert presente(m) == avant
            assert Deliberation.objects.get().resultat == ("partiel" if len(retenus) < 4 else "adopte")
        transaction.set_rollback(True)


# --- A block put aside ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resultat", ["ajourne", "rejete", "retire"])
def test_un_bloc_ecarte_rend_ses_lignes_et_ses_credits(envoye, resultat):
    avant = presente(envoye)
    amendements.decider(envoye.blocs[1], resultat, par=envoye.equipe.assemblees, motif="Dossier à revoir")
    envoye.adopter()
    verifier_tout(envoye, {"4AJ": 400, "CAPSO": 200, "ADEFI": 50})
    acte = Deliberation.objects.get()
    assert acte.resultat == "partiel" and not acte.recettes.exists()
    dossier = Dossier.objects.get(pk=envoye.seconde.ligne.dossier_id)
    assert dossier.etat == Dossier.Etat.EN_INSTRUCTION
    motif = Journal.objects.de_l_objet(dossier).filter(verbe="reprendre").get().motif
    assert motif == f"Bloc « Bloc 2 » {envoye.blocs[1].Resultat(resultat).label.lower()} : Dossier à revoir"
    assert {a["bloc"] for a in fige(envoye, "deliberation")["articles"] if a["bloc"]} == {1}
    assert presente(envoye) == avant


def test_la_recette_d_un_bloc_adopte_est_votee(envoye):
    envoye.adopter()
    (votee,) = Deliberation.objects.get().recettes.all()
    assert (votee.code, votee.inscrit, votee.proposition) == ("C02-428N01", 500, 7)
    (article,) = [a for a in fige(envoye, "deliberation")["articles"] if a.get("recettes")]
    assert [r["proposition"] for r in article["recettes"]] == ["7.00"]


def test_tous_les_blocs_ecartes_le_rapport_se_rejette(envoye):
    for bloc in envoye.blocs:
        amendements.decider(bloc, "ajourne", par=envoye.equipe.assemblees, motif="À revoir")
    with pytest.raises(ActeRefuse, match="enregistrez le rejet"):
        envoye.adopter()


# --- Saying it, taking it back --------------------------------------------------------------------------------------


def test_dire_deux_fois_la_meme_chose_n_ecrit_rien_et_annuler_rend_le_propose(envoye):
    par = envoye.equipe.assemblees
    amendement = amendements.amender(envoye.propositions[0], D("10.00"), par=par, motif="Moins")
    avant = maquette.etat_de_la_base()
    assert amendements.amender(envoye.propositions[0], D("10.00"), par=par, motif="Moins") == amendement
    assert maquette.etat_de_la_base() == avant
    amendements.retirer(envoye.propositions[0], par=par, motif="Finalement")
    seul = AmendementDeSeance.objects.get()
    assert (seul.nature, seul.montant) == ("retrait", None)
    amendements.annuler(seul, par=par)
    envoye.adopter()
    verifier_tout(envoye, {"4AJ": 400, "CAPSO": 200, "ADEFI": 50, "Seconde": 30})
    verbes = Journal.objects.de_l_objet(envoye.rapport).filter(verbe__in=["montant_en_seance", "retrait_en_seance",
                                                                        "annuler_amendement"])  # fmt: skip
    assert verbes.count() == 3


@pytest.mark.parametrize("etat", ["preparation", "vise", "en_commission", "adopte", "rejete"])
def test_on_n_amende_qu_entre_l_envoi_aux_elus_et_le_vote(monde, etat):
    par = monde.equipe.assemblees
    if etat in ("vise", "en_commission"):
        monde.viser()
    if etat == "en_commission":
        monde.rapport.envoyer_en_commission(par=par)
    if etat == "adopte":
        monde.mener_au_vote()
        monde.adopter()
    if etat == "rejete":
        monde.rapport.rejeter(par=par, motif="Non", le=maquette.SEANCE_LE)
    avant = maquette.etat_de_la_base()
    for acte in (
        lambda: amendements.retirer(monde.propositions[0], par=par, motif="x"),
        lambda: amendements.amender(monde.propositions[0], D("1"), par=par, motif="x"),
        lambda: amendements.decider(monde.blocs[0], "rejete", par=par, motif="x"),
    ):
        with pytest.raises(ActeRefuse), transaction.atomic():
            acte()
    assert maquette.etat_de_la_base() == avant


def test_ce_qui_ne_se_dit_pas(envoye):
    par, proposition = envoye.equipe.assemblees, envoye.propositions[0]
    avant = maquette.etat_de_la_base()
    for acte, phrase in (
        (lambda: amendements.amender(proposition, D(0), par=par, motif="x"), "est positif"),
        (lambda: amendements.amender(proposition, D("-1"), par=par, motif="x"), "est positif"),
        (lambda: amendements.retirer(proposition, par=par, motif="  "), "motiv|vide"),
        (lambda: amendements.decider(envoye.blocs[0], "ajourne", par=par), "porte son motif"),
        (lambda: amendements.decider(envoye.blocs[0], "inconnu", par=par, motif="x"), "inconnu"),
    ):
        with pytest.raises(ActeRefuse, match=phrase), transaction.atomic():
            acte()
    assert maquette.etat_de_la_base() == avant


# --- Afterwards -----------------------------------------------------------------------------------------------------


def test_apres_le_vote_la_seance_ne_se_reecrit_pas(envoye):
    """Attendance, blocks, déports, voices, amendments: what the délibération printed."""
    presence = Presence.objects.order_by("elu__ordre").first()
    deport = Deport.objects.create(rapport=envoye.rapport, bloc=envoye.blocs[0], elu=presence.elu)
    autre = Presence.objects.order_by("elu__ordre").last().elu
    voix = VoixDissidente.objects.create(bloc=envoye.blocs[0], elu=autre, sens="abstention")
    amendement = amendements.amender(envoye.propositions[0], D("1.00"), par=envoye.equipe.assemblees, motif="Moins")
    seance = envoye.rapport.seance
    seance.president = autre
    seance.save()
    envoye.adopter()
    avant, ouvertes = maquette.etat_de_la_base(), []
    for objet, champ, valeur in (
        (presence, "etat", "absent"), (envoye.blocs[0], "titre", "Autre"), (deport, "elu_id", autre.pk),
        (voix, "sens", "contre"), (amendement, "motif", "Autre"), (seance, "president_id", presence.elu_id),
    ):  # fmt: skip
        for nom, porte in portes(objet, champ, valeur).items():
            try:
                with transaction.atomic():
                    porte()
                ouvertes.append(f"{type(objet).__name__}.{nom}")
            except ActeFige as refus:
                assert len(str(refus)) > 40
            except ProtectedError:
                assert objet is seance, "ce que d’autres lignes nomment ne s’efface pas"
    for ajout in (
        Presence(seance=seance, rapport=envoye.rapport, elu=autre, etat="absent"),
        BlocDeVote(rapport=envoye.rapport, ordre=3),
        Deport(rapport=envoye.rapport, elu=autre),
        VoixDissidente(bloc=envoye.blocs[1], elu=autre, sens="contre"),
        AmendementDeSeance(rapport=envoye.rapport, proposition=envoye.propositions[1], nature="retrait", motif="x"),
    ):
        for porte in (ajout.save, lambda o=ajout: type(o).objects.bulk_create([o])):
            with pytest.raises(ActeFige), transaction.atomic():
                porte()
    assert ouvertes == []
    assert maquette.etat_de_la_base() == avant


def test_le_signataire_oublie_peut_encore_etre_dit_la_date_non(envoye, connecter):
    """The séance goes on after its first vote: what was left empty may be filled for the next ones."""
    envoye.adopter()
    seance = envoye.rapport.seance
    seance.secretaire = Presence.objects.first().elu
    seance.save()
    seance.secretaire = None
    with pytest.raises(ActeFige, match="signataire ne changent plus"):
        seance.save()
    donnees = {"instance": seance.instance_id, "date": "2024-06-18", "secretaire": Presence.objects.first().elu_id}
    page = connecter(envoye.equipe.assemblees).post(
        reverse("seance_modifier", args=[seance.pk]), donnees, follow=True
    )  # fmt: skip
    assert "signataire ne changent plus" in page.content.decode()
    seance.refresh_from_db()
    assert seance.date == maquette.SEANCE_LE


def test_une_correction_dit_ce_qu_elle_remplace(envoye):
    envoye.adopter()
    premiere = Deliberation.objects.get()
    contexte = fige(envoye, "deliberation")
    correctif = maquette.rapport(envoye.equipe.instruction, numero="70", titre="Correction")
    correctif.remplace = premiere
    correctif.save()
    maquette.presenter(
        correctif, maquette.operation(correctif), "5.00", ae=envoye.ae, nom="X", par=envoye.equipe.instruction
    )
    for qui in ("chef", "direction", "budget"):
        correctif.viser(par=getattr(envoye.equipe, qui))
    mener_au_vote(correctif, par=envoye.equipe.assemblees)
    correctif.adopter(par=envoye.equipe.assemblees, numero="2024-101", le=maquette.SEANCE_LE)
    nouvelle = Deliberation.objects.get(numero="2024-101")
    assert nouvelle.remplace == premiere and list(premiere.remplacee_par.all()) == [nouvelle]
    ecrit = documents.contexte_actuel(correctif, "deliberation")
    assert ecrit["remplace"] == "délibération n°\u00a02024-100"
    assert documents.contexte_actuel(envoye.rapport, "deliberation") == contexte
    call_command("verifier_comptes")
