"""Rules on what is written: presentation, texts, articles reworded, visas, annexes."""

from datetime import date

import pytest

from deliberations.controle.examen import Moment
from deliberations.models import (
    AnnexePresentee,
    ArticleRedige,
    AvisDeCommission,
    Deliberation,
    EditionDuRapport,
    TexteJuridique,
    ThematiquePresentee,
    VisaJuridique,
)
from deliberations.redaction.projets import Projet
from programmes.models import Dispositif
from tests import maquette
from tests.deliberations.controle_cas import (
    Cas,
    avec_un_cas,
    changer,
    envoyer_le,
    une_fois,
    verifier_le_constat,
    verifier_le_voisin,
)

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture(scope="module")
def s(django_db_setup, django_db_blocker):
    with une_fois(django_db_blocker) as situation:
        yield situation


# --- What the rapport presents


def numero(valeur):
    def numeroter(s):
        examen = s.examen()
        changer(examen.rapport, numero=valeur)
        examen.rapport.refresh_from_db()
        return examen

    return numeroter


def au_vote(situation):
    def lire(s):
        examen = situation(s)
        examen.moment = Moment.VOTE
        return examen

    return lire


def autre_thematique(avec_operation):
    def ajouter(s):
        dispositif = maquette.dispositif("2.1", numero=2)
        if avec_operation:
            maquette.operation(s.rapport, dispositif)
        else:
            ThematiquePresentee.objects.create(
                rapport=s.rapport, thematique=dispositif.thematique, numero=2, titre="Vide"
            )

    return ajouter


def operation_vide(s):
    s.operation_suivante()


def operation_remplie(s):
    s.presenter("10.00", s.operation_suivante())


def operation_numerotee(valeur):
    def ajouter(s):
        s.presenter("10.00", s.operation_suivante(valeur))

    return ajouter


def ecrit(texte):
    def ecrire(s):
        s.ecrire(texte)

    return ecrire


def operation_ecrite(**champs):
    def ecrire(s):
        changer(s.operation, **champs)

    return ecrire


def reconduite(bilan):
    def reconduire(s):
        dispositif = s.ligne(0).dossier.dispositif
        ancien = Dispositif.objects.create(thematique=dispositif.thematique, reference="4.9", titre="Ancien")
        changer(dispositif, precedent=ancien)
        changer(s.operation, bilan=bilan)

    return reconduire


PROVISOIRE = ["P1 est provisoire, le secrétariat des assemblées donne le numéro."]
PRESENTATION = [
    Cas("numero-provisoire", numero("P1"), PROVISOIRE, numero("65")),
    Cas("numero-provisoire-au-vote", au_vote(numero("P1")), PROVISOIRE, au_vote(numero("65")), moment=Moment.VOTE),
    Cas("thematique-vide", autre_thematique(False), ["elle n’a pas d’opération."], autre_thematique(True)),
    Cas("operation-vide", operation_vide, ["elle ne présente aucune ligne financée."], operation_remplie),
    Cas("numero-d-operation-double", operation_numerotee("1"), ["2 opérations portent le numéro 1."],
        operation_numerotee("1 bis")),
    Cas("introduction-absente", ecrit("  \n"), ["elle n’est pas écrite."], ecrit("Un mot.")),
    Cas("texte-absent", operation_ecrite(descriptif="", proposition=" "),
        ["opération 1 : descriptif et proposition à écrire."]),
    Cas("texte-absent", operation_ecrite(proposition=""), ["opération 1 : proposition à écrire."],
        operation_ecrite(bilan="")),
    Cas("bilan-absent", reconduite(""), ["opération 1 : bilan à écrire."], reconduite("Tenu.")),
]  # fmt: skip


# --- What agents type


def article(cle, texte):
    def rediger(s):
        ArticleRedige.objects.create(rapport=s.rapport, cle=cle, texte=texte)

    return rediger


def bilan(texte):
    return operation_ecrite(bilan=texte)


DOUZE_MILLE = "50 % de 40 000,00 € font 20 000,00 €, le texte dit 12 000,00 € (introduction)."
TEXTES = [
    Cas("renvois-sans-valeur", ecrit("Selon l’{annexe:inconnue}."),
        ["le renvoi {annexe:inconnue} n’a pas de valeur (introduction)."], ecrit("Selon l’{annexe:repartition}.")),
    Cas("renvois-sans-valeur", operation_ecrite(descriptif="Pour {montants}."),
        ["le renvoi {montants} n’a pas de valeur (descriptif)."], operation_ecrite(descriptif="Pour {montant}.")),
    Cas("date-impossible", ecrit("Avant le 29/02/2025."), ["« 29/02/2025 » n’est pas une date (introduction)."],
        ecrit("Avant le 29/02/2024.")),
    Cas("date-impossible", ecrit("Le 31 avril 2024."), ["« 31 avril 2024 » n’est pas une date (introduction)."],
        ecrit("Le 30 avril 2024.")),
    Cas("champ-a-ecrire", ecrit("Le montant est à préciser."),
        ["passage à écrire (introduction) : « Le montant est à préciser. »."], ecrit("Le montant est précis.")),
    Cas("champ-a-ecrire", ecrit("Avec XXX structures."),
        ["passage à écrire (introduction) : « Avec XXX structures. »."], ecrit("Avec XV structures, etc…")),
    Cas("montant-saisi", ecrit("Il finance 650,00 €."),
        ["« 650,00 € » est le total du rapport (introduction) : écrivez un renvoi."], ecrit("Il finance 651,00 €.")),
    Cas("montant-saisi", operation_ecrite(proposition="Allouer 400 euros."),
        ["« 400 euros » est le montant de 4AJ (proposition) : écrivez un renvoi."], bilan("400 euros alloués.")),
    Cas("renvoi-saisi", ecrit("Voir l’annexe 2."), [
        "« annexe 2 » (introduction) : écrivez le renvoi {annexe:…}, qui suit l’ordre des annexes."
    ], ecrit("Voir l’annexe {annexe:repartition}.")),
    Cas("code-saisi", ecrit("Sur C02-100A01."), ["« C02-100A01 » (introduction) : le tableau d’imputation le dit."],
        ecrit("Sur le C02-100.")),
    Cas("code-saisi", ecrit("Sur C02-999 A99."),
        ["« C02-999 A99 » (introduction) : le rapport n’impute rien sur cette ligne."], ecrit("Sur C2-999A99.")),
    Cas("part-fausse", ecrit("Soit 50 % de 40 000 €, soit 12 000 €."), [DOUZE_MILLE],
        ecrit("Soit 50 % de 40 000 €, soit 20 000 €.")),
    Cas("part-fausse", ecrit("50 % des 40.000 euros : 12.000 euros."), [DOUZE_MILLE],
        ecrit("50 % des 40.000 euros. Puis 12.000 euros.")),
    Cas("article-sans-objet", article("financement-t999999", "x"),
        ["cet article n’est plus au projet : sa rédaction est ignorée."], article("imputations", "{depenses}.")),
    Cas("article-sans-figure", article("imputations", "La dépense est imputée."),
        ["la rédaction ne cite plus {depenses}."], article("imputations", "{depenses} ainsi :")),
]  # fmt: skip


# --- What the délibération refers to


def sans_visa(s):
    VisaJuridique.objects.all().delete()


def texte_vise(**champs):
    def modifier(s):
        changer(TexteJuridique.objects.get(), **champs)

    return modifier


def vise_une_deliberation_du(jour):
    def adopter(s):
        autre = maquette.rapport(s.instruction, numero="1", le=jour)
        Deliberation.objects.create(
            rapport=autre, numero="2024-200", date=jour, titre="x", resultat="adopte", par=s.instruction
        )
        changer(TexteJuridique.objects.get(), numero="2024-200")

    return adopter


def cite(vise):
    def citer(s):
        s.ecrire("Suite à la délibération n° 2022-375.")
        changer(TexteJuridique.objects.get(), numero="2022-375" if vise else "2022-376")

    return citer


def remplace(vise):
    def remplacer(s):
        autre = maquette.rapport(s.instruction, numero="1", le=date(2024, 5, 1))
        ancienne = Deliberation.objects.create(
            rapport=autre, numero="2024-90", date=date(2024, 5, 1), titre="x", resultat="adopte", par=s.instruction
        )
        changer(s.rapport, remplace=ancienne)
        changer(TexteJuridique.objects.get(), numero="2024-90" if vise else "")

    return remplacer


def sans_avis(s):
    AvisDeCommission.objects.all().delete()


def avis_du(jour, envoye=date(2024, 6, 3)):
    def dater(s):
        changer(AvisDeCommission.objects.get(), date=jour)
        if envoye is None:
            EditionDuRapport._base_manager.all().delete()
        else:
            envoyer_le(EditionDuRapport.objects.get(), envoye)

    return dater


AVIS = "2e commission « Solidarités » : avis du"
VISAS = [
    Cas("aucun-texte-vise", sans_visa, ["la délibération ne vise aucun texte."]),
    Cas("visa-hors-vigueur", texte_vise(en_vigueur_du=date(2020, 1, 1), en_vigueur_au=date(2024, 6, 16)),
        ["« le code des collectivités » est en vigueur du 01/01/2020 au 16/06/2024, pas le 17/06/2024."],
        texte_vise(en_vigueur_au=date(2024, 6, 17))),
    Cas("visa-hors-vigueur", texte_vise(en_vigueur_du=date(2024, 6, 18)),
        ["« le code des collectivités » est en vigueur du 18/06/2024, pas le 17/06/2024."],
        texte_vise(en_vigueur_du=date(2024, 6, 17))),
    Cas("visa-posterieur", texte_vise(numero="2025-1"),
        ["la délibération n° 2025-1 est d’une année postérieure à la séance."], texte_vise(numero="2024-999")),
    Cas("visa-posterieur", vise_une_deliberation_du(date(2024, 6, 18)),
        ["la délibération n° 2024-200 est du 18/06/2024."], vise_une_deliberation_du(date(2024, 6, 16))),
    Cas("visa-manquant", cite(False), ["la délibération n° 2022-375 est citée sans être visée."], cite(True)),
    Cas("visa-manquant", remplace(False), ["la délibération n° 2024-90 est citée sans être visée."], remplace(True)),
    Cas("loi-de-finances", texte_vise(texte="la loi de finances pour 2023"),
        ["loi de finances de 2023, pour un acte de l’exercice 2024."],
        texte_vise(texte="la loi de finances pour 2024")),
    Cas("avis-de-commission-absent", sans_avis, ["aucune commission n’a donné son avis."], moment=Moment.VOTE),
    Cas("avis-hors-dates", avis_du(date(2024, 6, 18)), [f"{AVIS} 18/06/2024, après la séance."],
        avis_du(date(2024, 6, 17))),
    Cas("avis-hors-dates", avis_du(date(2024, 6, 3), None), [f"{AVIS} 03/06/2024, rapport pas encore envoyé."]),
    Cas("avis-hors-dates", avis_du(date(2024, 6, 3), date(2024, 6, 4)),
        [f"{AVIS} 03/06/2024, rapport envoyé le 04/06/2024."], avis_du(date(2024, 6, 4), date(2024, 6, 4))),
]  # fmt: skip


# --- Annexes


def acte(nature, nature_de_l_annexe=None):
    """The first line leads to an act of this nature, with an annexe of another nature or of the same."""

    def joindre(s):
        changer(s.ligne(0), nature_acte=nature)
        if nature_de_l_annexe is not None:
            annexe = AnnexePresentee.objects.create(
                rapport=s.rapport, cle="acte", nature="projet_acte", nature_acte=nature_de_l_annexe, ordre=3
            )
            changer(s.propositions[0], annexe=annexe)

    return joindre


def sans_modele(s):
    AnnexePresentee.objects.filter(nature="modele").delete()


def modele(texte):
    def ecrire(s):
        AnnexePresentee.objects.filter(nature="modele").update(texte=texte)

    return ecrire


def tableau(cite):
    def ajouter(s):
        AnnexePresentee.objects.create(rapport=s.rapport, cle="tableau", nature="financiere", ordre=3)
        s.ecrire("Le détail est à l’{annexe:tableau}." if cite else "Le détail est joint.")

    return ajouter


def projet(*manques):
    """The first line is an avenant whose project is joined (None: not generated), with what it lacks."""

    def joindre(s):
        acte("avenant", "avenant")(s)
        examen = s.examen()
        ecrit = Projet(1, "Avenant n° 1 — 4AJ", {"acte": 1}, (s.ligne(0).pk,), manques=manques)
        examen.lecture.projets_lus = {} if manques == (None,) else {"acte": [ecrit]}
        return examen

    return joindre


VIDE = ("Parties : « Siège » est vide. Complétez la fiche de la structure.", "/structures/1/")
ANNEXES = [
    Cas("projet-incomplet", projet(VIDE),
        ["Avenant n° 1 — 4AJ, parties : « Siège » est vide. Complétez la fiche de la structure."], projet()),
    Cas("projet-absent", projet(None), ["4AJ : le projet d’acte de l’annexe 3 n’est pas généré."], projet()),
    Cas("acte-sans-annexe", acte("convention_specifique"),
        ["4AJ : convention spécifique sans projet joint en annexe."],
        acte("convention_specifique", "convention_specifique")),
    Cas("annexe-d-autre-nature", acte("avenant", "convention_specifique"),
        ["4AJ : avenant, mais l’annexe 3 est « Convention spécifique »."], acte("avenant", "avenant")),
    Cas("modele-absent", sans_modele, [f"{nom} : aucun modèle adopté ni joint." for nom in ("4AJ", "CAPSO", "ADEFI")]),
    Cas("annexe-vide", modele(" "), ["« Modèle d’acte à adopter » n’a pas de contenu."], modele("Article 1.")),
    Cas("annexe-jamais-citee", tableau(False),
        ["« Tableau financier » n’est citée nulle part : écrivez {annexe:tableau}."], tableau(True)),
]  # fmt: skip

CAS = [*PRESENTATION, *TEXTES, *VISAS, *ANNEXES]


@avec_un_cas(CAS)
def test_la_regle_trouve(s, cas):
    verifier_le_constat(s, cas)


@avec_un_cas(CAS)
def test_la_regle_se_tait_sur_la_situation_voisine(s, cas):
    verifier_le_voisin(s, cas)
