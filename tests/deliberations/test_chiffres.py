"""The figures of a vote: whatever the attendance, the déports and the dissent, they add up to the voting members."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliberations.assemblee import composition
from deliberations.assemblee.chiffres import CATEGORIES, chiffrer, verifier_figures
from deliberations.assemblee.composition import Assistance, Membre
from deliberations.documents.contexte_vote import votes
from deliberations.models import BlocDeVote, Deport, Mandat, Presence, RegleAssemblee, VoixDissidente
from dpid.erreurs import ActeRefuse
from tests import assemblee, maquette
from tests.banc import EPREUVES

GROUPES = ["Groupe A", "Groupe B", "Groupe C", ""]
ETATS = ["present", "excuse", "absent", None]

# On a busy machine a draw may take long; what it draws stays small.
VITE = settings(
    max_examples=2000 if EPREUVES else 100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip


def membre(n, etat="present", *, a_voix=True, groupe="Groupe A", mandataire=None) -> Membre:
    return Membre(
        elu_id=n, code=f"m{n}", civilite="Mme", prenom="Anne", nom=f"NOM{n}", groupe=groupe, a_voix=a_voix,
        etat=etat, mandataire_id=mandataire,
    )  # fmt: skip


# Who a member is: (attendance, voting right, group, who holds the delegation).
membres = st.tuples(
    st.sampled_from(ETATS), st.booleans(), st.sampled_from(GROUPES), st.none() | st.integers(0, 11)
)  # fmt: skip


@st.composite
def scrutins(draw):
    """An attendance, members who step aside, and the voices that somebody may really cast."""
    assistance = Assistance(
        tuple(
            membre(n, etat, a_voix=a_voix, groupe=groupe, mandataire=mandataire)
            for n, (etat, a_voix, groupe, mandataire) in enumerate(draw(st.lists(membres, max_size=12)))
        )
    )
    deports = draw(st.sets(st.integers(0, 12)))
    peuvent = [
        m.elu_id for m in assistance.votants if m.etat in ("present", "excuse") and m.elu_id not in deports
    ]  # fmt: skip
    voix = draw(st.lists(st.sampled_from([None, "contre", "abstention"]), max_size=12))
    dissidences = {elu: sens for elu, sens in zip(peuvent, voix, strict=False) if sens}
    return assistance, deports, dissidences


# --- Whatever happens


@VITE
@given(scrutins())
def test_les_quatre_figures_font_les_membres_a_voix(scrutin):
    assistance, deports, dissidences = scrutin
    lus = chiffrer(assistance, deports, dissidences)
    assert sum(lus.figures.values()) == lus.effectif == len(assistance.votants)
    verifier_figures(lus.figures, lus.effectif)
    comptes = [m.elu_id for categorie in CATEGORIES for m in getattr(lus, categorie).membres]
    assert sorted(comptes) == sorted(m.elu_id for m in assistance.votants), "chacun une fois, et une seule"


@VITE
@given(scrutins())
def test_chaque_membre_est_ou_la_seance_l_a_mis(scrutin):
    assistance, deports, dissidences = scrutin
    lus = chiffrer(assistance, deports, dissidences)
    presents = {m.elu_id for m in assistance.votants if m.etat in ("present", "excuse")}
    ids = {categorie: {m.elu_id for m in getattr(lus, categorie).membres} for categorie in CATEGORIES}
    assert ids["absents"] == {m.elu_id for m in assistance.votants} - presents
    assert ids["contre"] == {e for e, sens in dissidences.items() if sens == "contre"}
    assert ids["pour"] == presents - deports - set(dissidences)
    # Printed together, kept apart: the law does not mix who steps aside with who abstains.
    assert {m.elu_id for m in lus.deportes} == presents & deports
    assert {m.elu_id for m in lus.abstentions_reelles} == {e for e, s in dissidences.items() if s == "abstention"}
    assert ids["abstention"] == {m.elu_id for m in lus.deportes + lus.abstentions_reelles}
    assert lus.suffrages_exprimes == len(ids["pour"]) + len(ids["contre"])
    assert lus.est_adopte == (len(ids["pour"]) > len(ids["contre"]))


@VITE
@given(scrutins(), st.permutations(GROUPES))
def test_les_groupes_d_une_categorie_sont_ceux_qui_y_ont_une_voix(scrutin, ordre):
    rangs = {groupe: rang for rang, groupe in enumerate(ordre)}
    lus = chiffrer(*scrutin)
    for categorie in CATEGORIES:
        membres = getattr(lus, categorie).membres
        cites = getattr(lus, categorie).groupes(rangs)
        assert set(cites) == {m.groupe for m in membres if m.groupe}
        assert cites == sorted(set(cites), key=rangs.__getitem__), "chaque groupe une fois, dans l’ordre de l’assemblée"


@VITE
@given(scrutins())
def test_qui_se_deporte_ne_porte_la_voix_de_personne(scrutin):
    assistance, deports, dissidences = scrutin
    sans = chiffrer(assistance, deports, dissidences).sans_porteur
    porteurs = {m.elu_id for m in assistance.presents} - deports
    confiees = [m for m in assistance.excuses if m.mandataire_id]
    assert {m.elu_id for m in sans} == {m.elu_id for m in confiees if m.mandataire_id not in porteurs}


@given(st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 50)), st.integers(0, 60))
def test_un_total_faux_est_refuse(figures, effectif):
    total = sum(figures.values())
    if total == effectif:
        return verifier_figures(figures, effectif)
    with pytest.raises(ActeRefuse, match=f"font {total} voix pour {effectif} membres"):
        verifier_figures(figures, effectif)


# --- A voice given to somebody who has none


@pytest.mark.parametrize("sens", ["contre", "abstention"])
@pytest.mark.parametrize(
    ("qui", "phrase"),
    [
        (1, "NOM1 n’a pas voix délibérative"),
        (2, "NOM2 se déporte de ce bloc"),
        (3, "NOM3 est absent"),
        (4, "NOM4 est absent"),  # nobody typed it
        (99, "Cette personne n’a pas voix délibérative"),
    ],
)
def test_une_voix_qui_ne_peut_pas_etre_donnee_est_refusee(qui, phrase, sens):
    salle = Assistance((membre(0), membre(1, a_voix=False), membre(2), membre(3, "absent"), membre(4, None)))
    with pytest.raises(ActeRefuse, match=phrase) as refus:
        chiffrer(salle, {2}, {qui: sens})
    assert f"« {sens} »" in str(refus.value)


def test_un_excuse_vote_contre_par_son_mandataire():
    salle = Assistance((membre(0), membre(1, "excuse", mandataire=0), membre(2, "excuse")))
    assert chiffrer(salle, (), {1: "contre"}).figures == {"pour": 2, "contre": 1, "abstention": 0, "absents": 0}


@pytest.mark.parametrize(
    ("presents", "excuses", "absents", "deportes", "attendu"),
    [
        (20, 19, 5, 8, (31, 0, 8, 5)),
        (25, 11, 7, 18, (18, 0, 18, 7)),
        (39, 0, 5, 15, (24, 0, 15, 5)),
        (43, 0, 0, 0, (43, 0, 0, 0)),
    ],
)
def test_comme_les_actes_publies(presents, excuses, absents, deportes, attendu):
    etats = ["present"] * presents + ["excuse"] * excuses + ["absent"] * absents
    salle = Assistance(tuple(membre(n, etat) for n, etat in enumerate(etats)))
    assert tuple(chiffrer(salle, range(deportes)).figures.values()) == attendu


# --- Attendance: the sheet of the séance, amended for one rapport, read with the mandates of the day


@pytest.fixture
def monde(db, sans_pdf):
    return maquette.monde()


def figures(monde) -> tuple:
    bloc = BlocDeVote.objects.get(rapport=monde.rapport)
    deports, dissidences = votes(monde.rapport)
    lus = chiffrer(composition.au_rapport(monde.rapport), deports[bloc.pk], dissidences[bloc.pk])
    return tuple(lus.figures.values())


def test_l_assistance_d_un_rapport_remplace_celle_de_la_seance_pour_lui_seul(monde):
    anne, bruno, chloe = assemblee.assemblee(monde.rapport.seance.instance)
    assemblee.tenir(monde.rapport.seance)
    BlocDeVote.objects.create(rapport=monde.rapport)
    Presence.objects.create(seance=monde.rapport.seance, rapport=monde.rapport, elu=anne, etat="absent")
    Presence.objects.create(
        seance=monde.rapport.seance, rapport=monde.rapport, elu=bruno, etat="excuse", mandataire=chloe
    )
    assert figures(monde) == (2, 0, 0, 1)
    lue = composition.au_rapport(monde.rapport).par_elu()
    assert [lue[e.pk].pour_ce_rapport for e in (anne, bruno, chloe)] == [True, True, False]
    assert len(composition.de_la_seance(monde.rapport.seance).presents) == 3
    autre = maquette.rapport(monde.equipe.instruction, numero="65")
    assert len(composition.au_rapport(autre).presents) == 3


def test_le_mandat_du_jour_dit_le_nom_le_groupe_et_la_voix(monde):
    instance = monde.rapport.seance.instance
    assemblee.assemblee(instance)
    personne = assemblee.elu(
        "mariee", nom="AVANT", instance=instance, groupe="Groupe A", ordre=9, fin=date(2023, 12, 31)
    )
    Mandat.objects.create(
        elu=personne, instance=instance, prenom="Anne", nom="APRÈS", a_voix=False, debut=date(2024, 1, 1)
    )
    assemblee.elu("partie", nom="PARTIE", instance=instance, fin=date(2024, 6, 16))
    assemblee.elu("veille", nom="VEILLE", instance=instance, fin=monde.rapport.seance.date)
    lue = composition.au_rapport(monde.rapport)
    assert [m.nom for m in lue.membres] == ["VEILLE", "ALLARD", "BERTIN", "CARLIER", "APRÈS"]
    assert [m.nom for m in lue.votants] == ["VEILLE", "ALLARD", "BERTIN", "CARLIER"]
    ancienne = SimpleNamespace(
        pk=0, instance_id=instance.pk, date=date(2023, 6, 1), presences=Presence.objects.none()
    )  # fmt: skip
    assert "AVANT" in {m.nom for m in composition.de_la_seance(ancienne).votants}


def test_un_membre_sans_voix_peut_ne_pas_etre_saisi_les_autres_non(monde):
    seance = monde.rapport.seance
    assemblee.assemblee(seance.instance)
    assert not composition.au_rapport(monde.rapport).est_saisie
    assemblee.tenir(seance)
    assemblee.elu("sans-voix", nom="ZOLA", instance=seance.instance, a_voix=False)
    assert composition.au_rapport(monde.rapport).est_saisie
    assemblee.elu("nouvelle", nom="YVON", instance=seance.instance)
    lue = composition.au_rapport(monde.rapport)
    assert not lue.est_saisie and [m.nom for m in lue.non_saisis] == ["YVON", "ZOLA"]


@pytest.mark.parametrize(
    ("depuis", "compte_representes", "atteint"),
    [(date(2021, 7, 1), True, True), (date(2021, 7, 1), False, False), (date(2024, 6, 18), False, True)],
)
def test_le_quorum_suit_la_regle_en_vigueur_le_jour_meme(monde, depuis, compte_representes, atteint):
    """One present, one represented, one absent: two of three are needed."""
    seance = monde.rapport.seance
    assemblee.tenir(seance)
    for code, etat in (("membre-2-cp", "excuse"), ("membre-3-cp", "absent")):
        Presence.objects.filter(elu__code=code).update(etat=etat)
    RegleAssemblee.objects.update(debut=date(2020, 1, 1), fin=date(2021, 6, 30), compte_representes=True)
    RegleAssemblee.objects.create(
        instance=seance.instance, debut=depuis, compte_representes=compte_representes, source="la règle suivante"
    )
    lu = composition.quorum(composition.au_rapport(monde.rapport), seance)
    assert (lu.effectif, lu.seuil, lu.est_atteint) == (3, 2, atteint)
    assert lu.source == ("la règle suivante" if depuis <= seance.date else lu.source) and lu.source


# --- What the vote refuses


@pytest.fixture
def envoye(monde):
    monde.bloc = BlocDeVote.objects.create(rapport=monde.rapport)
    monde.mener_au_vote()
    monde.elus = [p.elu for p in Presence.objects.order_by("elu__ordre")]
    return monde


def refuse(monde, phrase):
    avant = maquette.etat_de_la_base()
    with pytest.raises(ActeRefuse, match=phrase):
        monde.adopter()
    assert maquette.etat_de_la_base() == avant


def test_le_president_qui_se_deporte_est_remplace(envoye):
    anne, bruno, _ = envoye.elus
    envoye.rapport.seance.president = anne
    envoye.rapport.seance.save()
    Deport.objects.create(rapport=envoye.rapport, bloc=envoye.bloc, elu=anne)
    refuse(envoye, "désignez qui préside")
    envoye.bloc.president = anne
    envoye.bloc.save()
    refuse(envoye, "désignez qui préside")
    envoye.bloc.president = bruno
    envoye.bloc.save()
    envoye.adopter()


def test_le_mandataire_qui_se_deporte_ne_porte_plus_la_voix(envoye):
    anne, bruno, chloe = envoye.elus
    Presence.objects.filter(elu=bruno).update(etat="excuse", mandataire=anne)
    Deport.objects.create(rapport=envoye.rapport, bloc=envoye.bloc, elu=anne)
    refuse(envoye, "le mandataire de M.\u00a0Bruno BERTIN se déporte")
    Presence.objects.filter(elu=bruno).update(mandataire=chloe)
    envoye.adopter()


def test_plus_de_contre_que_de_pour_n_est_pas_adopte(envoye):
    for elu in envoye.elus[:2]:
        VoixDissidente.objects.create(bloc=envoye.bloc, elu=elu, sens="contre")
    refuse(envoye, "2 voix contre et 1 pour")
    VoixDissidente.objects.filter(elu=envoye.elus[0]).delete()
    assert figures(envoye) == (2, 1, 0, 0)
    envoye.adopter()


def test_une_voix_impossible_refuse_le_vote(envoye):
    VoixDissidente.objects.create(bloc=envoye.bloc, elu=envoye.elus[0], sens="abstention")
    Deport.objects.create(rapport=envoye.rapport, bloc=envoye.bloc, elu=envoye.elus[0])
    refuse(envoye, "Anne ALLARD se déporte de ce bloc : pas de voix « abstention »")


def test_aucun_bloc_adopte_est_un_rejet(envoye):
    BlocDeVote.objects.update(resultat="ajourne", motif="Manque une pièce")
    refuse(envoye, "Aucun bloc de vote n’est adopté")
