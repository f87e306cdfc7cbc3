"""What the rules read of a rapport: one reading of the database, shared, and the places that findings name."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cached_property, wraps

from django.db.models import Count
from django.urls import reverse

from deliberations.assemblee import vote
from deliberations.documents.contextes import valeurs_du_rapport
from deliberations.documents.donnees import valeurs_de
from deliberations.documents.lecture import Lecture
from deliberations.models import Rapport
from deliberations.redaction.annexes import renvois
from deliberations.redaction.articles import modeles

Etat = Rapport.Etat


class Moment(Enum):
    """What the check comes before: a sending (from the preparation on), or the vote (once sent to the members)."""

    ENVOI = "envoi"
    VOTE = "vote"


def moment_de(rapport) -> Moment:
    return Moment.VOTE if rapport.etat == Etat.ENVOYE or rapport.est_vote else Moment.ENVOI


@dataclass(frozen=True)
class Lieu:
    """Where a finding stands. `cle` is stable, a justification is kept with it; `lien`: where it is mended."""

    cle: str
    libelle: str
    lien: str


@dataclass(frozen=True)
class TexteDuRapport:
    """A text typed by an agent. `valeurs`: what its references are worth; `montants`: {euros: what they are}."""

    lieu: Lieu
    nom: str
    texte: str
    valeurs: dict
    montants: dict[Decimal, str]


def une_fois(lire):
    """Several rules read the same rows: `lire(examen)` asks the database once."""

    @wraps(lire)
    def lire_une_fois(examen):
        if lire not in examen.lus:
            examen.lus[lire] = lire(examen)
        return examen.lus[lire]

    return lire_une_fois


class Examen:
    """Everything is read once and kept; a rule that needs more asks the database by set, never line by line."""

    def __init__(self, rapport, *, moment: Moment, lecture: Lecture | None = None, feuille=None):
        self.rapport, self.moment = rapport, moment
        self.lecture = lecture or Lecture(rapport, adoptee=moment is Moment.VOTE)
        self.jour = rapport.seance.date
        self._feuille = feuille
        self.lus: dict = {}

    # --- Lines

    @cached_property
    def lignes(self) -> list:
        """Printed lines that lead to something: a refused line printed at 0 € does not."""
        return [ligne for ligne in self.lecture.calcul.lignes if not ligne.motif_zero]

    @cached_property
    def financees(self) -> list:
        return [ligne for ligne in self.lignes if ligne.nouveau]

    @cached_property
    def operations(self) -> list:
        """Computed opérations that finance something, with their lines."""
        toutes = [o for t in self.lecture.calcul.thematiques for o in t.operations]
        return [o for o in toutes if any(ligne.nouveau for ligne in o.lignes)]

    @cached_property
    def structures(self) -> dict[int, object]:
        """{id: structure} of what is financed."""
        return {s.pk: s for s in (ligne.proposition.ligne.dossier.structure for ligne in self.lignes)}

    # --- What the rapport says

    @cached_property
    def thematiques(self) -> list:
        thematiques = self.rapport.thematiques.select_related("thematique__appel")
        return list(thematiques.prefetch_related("operations"))

    @cached_property
    def appels(self) -> dict[int, object]:
        """{id of the thématique presented: its call}."""
        return {t.pk: t.thematique.appel for t in self.thematiques}

    @cached_property
    def blocs_des_thematiques(self) -> dict[int, int]:
        """{id of the thématique presented: rank of its block}; the first one when it names none."""
        return {t.pk: self.lecture.rangs.get(t.bloc_id, 1) for t in self.thematiques}

    @cached_property
    def annexes(self) -> list:
        """Rows in their order; their numbers are their ranks."""
        return list(self.rapport.annexes.annotate(recettes_liees=Count("recettes")).order_by("ordre", "pk"))

    @property
    def rediges(self) -> dict[str, str]:
        """{key of the article: wording}."""
        return self.presentee.contenu.rediges

    @cached_property
    def modeles(self) -> dict[str, object]:
        """{key: generated article}, before any rewording."""
        return {article.cle: article for article in modeles(self.presentee.contenu)}

    @cached_property
    def visas(self) -> list:
        return list(self.rapport.visas_juridiques.select_related("texte"))

    @cached_property
    def vote(self) -> vote.FeuilleDeVote:
        return self._feuille or vote.lire(self.rapport)

    @cached_property
    def presentee(self) -> Lecture:
        """What was presented: the texts of a rapport sent say it, whatever the séance withdraws."""
        change = (
            self.lecture.adoptee
            and not self.rapport.est_vote
            and (any(not bloc.est_adopte for bloc in self.lecture.blocs) or self.rapport.amendements.exists())
        )
        return Lecture(self.rapport, adoptee=False) if change else self.lecture

    @cached_property
    def textes(self) -> list[TexteDuRapport]:
        return list(_textes(self))

    # --- Places

    def au_rapport(self, cle: str, libelle: str, page: str = "rapport_modifier") -> Lieu:
        ouvert = {"rapport_modifier": self.rapport.est_ouvert, "rapport_numeroter": self.rapport.peut_etre_numerote}
        return Lieu(cle, libelle, reverse(page if ouvert.get(page, True) else "rapport", args=[self.rapport.pk]))

    def a_l_article(self, cle: str) -> Lieu:
        return self.au_rapport(f"article-{cle}"[:80], f"Article « {cle} »", "rapport")

    def a_la_seance(self, libelle="Séance", cle="seance") -> Lieu:
        """Who attends: the sheet of attendance."""
        return Lieu(cle, libelle, reverse("seance_assistance", args=[self.rapport.seance_id]))

    def aux_votes(self, libelle, cle) -> Lieu:
        """Déports, voices, chair and results: the sheet of the vote."""
        return Lieu(cle, libelle, reverse("rapport_vote", args=[self.rapport.pk]))

    def au_bloc(self, bloc) -> Lieu:
        """`bloc.pk` is None for a rapport voted in one block that nobody had to create."""
        return self.aux_votes(str(bloc), f"b{bloc.pk or 0}")

    def a_la_thematique(self, thematique) -> Lieu:
        return self._a_la_partie(f"t{thematique.pk}", f"Thématique {thematique.numero}", "thematique_modifier")

    def a_l_operation(self, operation, thematique=None) -> Lieu:
        """Its texts: the form of the opération."""
        libelle = self._operation(operation, thematique or operation.thematique)
        return self._a_la_partie(f"o{operation.pk}", libelle, "operation_modifier")

    def aux_lignes(self, operation) -> Lieu:
        """Its lines: the page of the rapport, on that opération."""
        page = reverse("rapport", args=[self.rapport.pk])
        lien = f"{page}?partie=o{operation.pk}#operation-{operation.pk}"
        return Lieu(f"o{operation.pk}", self._operation(operation, operation.thematique), lien)

    def a_la_ligne(self, ligne) -> str:
        """Address of a line, in the page of the rapport."""
        proposition = ligne.proposition
        page = reverse("rapport", args=[self.rapport.pk])
        return f"{page}?partie=o{proposition.operation_id}#proposition-{proposition.pk}"

    def _a_la_partie(self, cle, libelle, page) -> Lieu:
        if self.rapport.est_ouvert:
            return Lieu(cle, libelle, reverse(page, args=[int(cle[1:])]))
        return Lieu(cle, libelle, f"{reverse('rapport', args=[self.rapport.pk])}?partie={cle}")

    @staticmethod
    def _operation(operation, thematique) -> str:
        return f"Thématique {thematique.numero}, opération {operation.numero}"


CHAMPS = {"descriptif": "descriptif", "bilan": "bilan", "proposition": "proposition"}


def _textes(examen) -> Iterator[TexteDuRapport]:
    lecture = examen.presentee
    annexes = renvois(lecture.annexes)
    generales, connus = valeurs_du_rapport(lecture), _montants_du_rapport(lecture)
    lieu = examen.au_rapport("introduction", "Introduction")
    yield TexteDuRapport(lieu, "introduction", examen.rapport.introduction, generales, connus)
    groupes = {g["cle"]: g for g in lecture.repartition["thematiques"]}
    for t in examen.thematiques:
        groupe = groupes.get(t.pk)
        valeurs = {**valeurs_de(groupe, t.mot), **annexes}
        yield TexteDuRapport(examen.a_la_thematique(t), "présentation", t.texte, valeurs, _montants(groupe))
        calculees = {o["cle"]: o for o in groupe["operations"]} if groupe else {}
        for o in t.operations.all():
            calculee = calculees.get(o.pk)
            if calculee is None and examen.rapport.est_vote:
                continue  # its lines left in session: nothing of it was voted
            valeurs = {**valeurs_de(calculee), **annexes}
            for champ, nom in CHAMPS.items():
                yield TexteDuRapport(
                    examen.a_l_operation(o, t), nom, getattr(o, champ), valeurs, _montants(calculee)
                )  # fmt: skip
    for numero, annexe in enumerate(examen.annexes, start=1):
        lieu = examen.au_rapport(f"a{annexe.pk}", f"Annexe {numero}", "rapport")
        yield TexteDuRapport(lieu, "texte", annexe.texte, generales, connus)
    for cle, redaction in examen.rediges.items():
        if article := examen.modeles.get(cle):
            yield TexteDuRapport(examen.a_l_article(cle), "texte", redaction, article.valeurs, connus)


def _montants(groupe: dict | None) -> dict[Decimal, str]:
    """What the data know of a thématique or an opération (as data): {euros: what they are}."""
    if groupe is None:
        return {}
    parties = groupe.get("operations")
    if parties is None:
        connus = {ligne["nouveau"]: f"le montant de {ligne['structure']}" for ligne in groupe["lignes"]}
    else:
        connus = {o["nouveau"]: f"le total de l’opération {o['numero']}" for o in parties}
    connus |= {groupe["budget"]: "la part du budget départemental", groupe["nouveau"]: "le total"}
    return {Decimal(montant): nom for montant, nom in connus.items() if Decimal(montant)}


def _montants_du_rapport(lecture) -> dict[Decimal, str]:
    repartition = lecture.repartition
    connus = {g["nouveau"]: f"le total de la thématique {g['numero']}" for g in repartition["thematiques"]}
    connus |= {r["proposition"]: f"la recette {r['code']}" for r in lecture.recettes}
    connus |= {repartition["budget"]: "la part du budget départemental", repartition["nouveau"]: "le total du rapport"}
    return {Decimal(montant): nom for montant, nom in connus.items() if Decimal(montant)}
