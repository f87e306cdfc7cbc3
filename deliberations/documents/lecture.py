"""One reading of a rapport for its documents: répartition, annexes, blocks, imputations, revenue, computed once."""

from functools import cached_property

from deliberations import imputations as table
from deliberations.documents.donnees import en_donnees
from deliberations.models import AnnexePresentee, DocumentDEdition
from deliberations.redaction import annexes as redaction_annexes
from deliberations.redaction import projets as redaction_projets
from deliberations.redaction.articles import Contenu
from deliberations.repartition import repartir_rapport
from dpid.montants import chaine

# Key of the piece that an annexe is, before its own.
PREFIXE = "annexe-"


class Lecture:
    """`adoptee`: what the séance retains (amendments and blocks applied), else what the rapport presents."""

    def __init__(self, rapport, *, adoptee: bool):
        self.rapport, self.adoptee = rapport, adoptee

    @cached_property
    def blocs(self) -> list:
        return list(self.rapport.blocs.select_related("president", "secretaire"))

    @cached_property
    def rangs(self) -> dict[int, int]:
        """{block id: rank}."""
        return {bloc.pk: rang for rang, bloc in enumerate(self.blocs, start=1)}

    @cached_property
    def blocs_des_thematiques(self) -> list[tuple]:
        """`(thématique id, block id)`, the oldest thématique first."""
        return list(self.rapport.thematiques.order_by("pk").values_list("pk", "bloc"))

    @cached_property
    def annexes(self) -> list[dict]:
        return redaction_annexes.en_donnees(self.rapport, self.rangs)

    @cached_property
    def projets(self) -> dict[str, list[dict]]:
        """{key of the annexe: its projects of act, as data}: as they stand, as they were sent once the rapport is."""
        if self.rapport.est_ouvert:
            return {cle: [p.en_donnees() for p in projets] for cle, projets in self.projets_lus.items()}
        envoyes = DocumentDEdition.objects.filter(edition__rapport=self.rapport, nature__startswith=PREFIXE)
        liens = envoyes.order_by("edition__rang").values_list("nature", "document__contexte__projets")
        return {nature.removeprefix(PREFIXE): projets or [] for nature, projets in liens}

    @cached_property
    def projets_lus(self) -> dict[str, list]:
        """The same as they stand, with the pages that complete them: what the coherence check reads."""
        joints = any(a["nature"] in AnnexePresentee.ACTES for a in self.annexes)
        return redaction_projets.lire(self.rapport) if joints else {}

    @cached_property
    def calcul(self):
        """What is printed: lines at 0 € only when the rapport says so."""
        return self.retenues if self.rapport.imprime_lignes_zero else self.retenues.sans_zeros()

    @cached_property
    def retenues(self):
        """The same with the lines at 0 €, printed or not: what the vote retains."""
        return repartir_rapport(self.rapport, adoptee=self.adoptee, avec_zeros=True)

    @cached_property
    def repartition(self) -> dict:
        return en_donnees(
            self.calcul,
            cles_annexes={a.pk: a.cle for a in self.rapport.annexes.all()},
            blocs={pk: self.rangs.get(bloc) for pk, bloc in self.blocs_des_thematiques},
        )

    @cached_property
    def imputations(self) -> list:
        """Rows of the imputation table. As presented they come from the database, zeros hidden from the annexe too."""
        return table.imputations(self.rapport, self.retenues.par_ae() if self.adoptee else None)

    @cached_property
    def recettes(self) -> list[dict]:
        recettes = self.rapport.recettes.select_related("inscription__ligne")
        return [
            {
                "cle": r.pk,
                "section": r.get_section_display(),
                "code": r.inscription.ligne.code,
                "imputation": r.inscription.ligne.imputation,
                "libelle": r.inscription.ligne.libelle,
                "inscrit": chaine(r.inscription.montant),
                "proposition": chaine(r.montant),
                "bloc": self.rangs.get(r.bloc_id),
            }
            for r in recettes
            if not self.adoptee or self._bloc_adopte(r.bloc_id)
        ]

    def _bloc_adopte(self, bloc_id) -> bool:
        rang = self.rangs.get(bloc_id, 1)
        return rang in self.adoptes

    @cached_property
    def adoptes(self) -> tuple[int, ...]:
        """Ranks of the blocks whose articles are decided."""
        if not self.adoptee or not self.blocs:
            return tuple(self.rangs.values()) or (1,)
        return tuple(rang for rang, bloc in enumerate(self.blocs, start=1) if bloc.est_adopte)

    @cached_property
    def contenu(self) -> Contenu:
        return Contenu(
            repartition=self.repartition,
            annexes=self.annexes,
            imputations=[i.en_donnees() for i in self.imputations],
            recettes=self.recettes,
            blocs=tuple(self.rangs.values()) or (1,),
            adoptes=self.adoptes,
            rediges=dict(self.rapport.articles.values_list("cle", "texte")),
            cles=self.cles_des_blocs,
        )

    @cached_property
    def cles_des_blocs(self) -> dict[int, str]:
        """{rank: key}: a block is named after the oldest of its thématiques, whatever its rank or what is withdrawn."""
        thematiques = {}
        for pk, bloc in self.blocs_des_thematiques:
            thematiques.setdefault(self.rangs.get(bloc, 1), f"t{pk}")
        return thematiques
