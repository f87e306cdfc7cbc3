"""The grid: lines grouped by thématique and dispositif, their columns ready to print, in a page that stays light.

A row of the screen is plain texts made once in Python: hundreds of lines as model objects, then a filter per amount
in the template, cost more than everything else on the page.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse

from deliberations.arbitrage import details as autour
from deliberations.arbitrage.lecture import Lecture, Ligne
from deliberations.arbitrage.soldes import charges, soldes
from dpid.montants import ZERO, euros
from dpid.textes import cle_numerique, cle_texte
from dpid.typographie import nombre
from programmes.models import Dossier

# Above this number of lines, one dispositif at a time; above it in one dispositif, by pages.
LIGNES_D_UN_COUP = 600
REFERENCES = {
    "retenu": "Retenu aujourd’hui", "demande": "Demandé", "n1": "Voté N-1", "regle": "Règle de la fiche",
}  # fmt: skip
ETATS = dict(Dossier.Etat.choices)


def centimes(montant: Decimal | None) -> str:
    """Whole centimes, for the arithmetic of the page: exact, where a binary number would not be."""
    return "" if montant is None else str(int(montant * 100))


@dataclass
class Groupe:
    """A dispositif and its lines; totals (euros) over all that the agent sees of it, shown or not."""

    dispositif: object
    lignes: list[Ligne]
    rangees: list[dict] = field(default_factory=list)
    enveloppe: Decimal | None = None
    reste: Decimal | None = None
    n1: Decimal = ZERO
    demande: Decimal = ZERO
    retenu: Decimal = ZERO
    montant: Decimal = ZERO

    def __post_init__(self):
        for ligne in self.lignes:
            self.demande += ligne.demande or ZERO
            self.retenu += ligne.retenu
            self.montant += ligne.montant


@dataclass
class Bloc:
    """A thématique and its dispositifs."""

    thematique: object
    groupes: list[Groupe]

    def total(self, champ: str) -> Decimal:
        return sum((getattr(g, champ) for g in self.groupes), ZERO)

    demande = property(lambda self: self.total("demande"))
    retenu = property(lambda self: self.total("retenu"))
    montant = property(lambda self: self.total("montant"))
    n1 = property(lambda self: self.total("n1"))


class Grille:
    """`parametres`: thematique, dispositif, q, comparer, page. `refus`: {line: result of a refused cell}."""

    def __init__(self, lecture: Lecture, parametres: QueryDict, refus=None):
        self.lecture, self.scenario, self.parametres = lecture, lecture.scenario, parametres
        self.refus = refus or {}
        lecture.lire_n1()
        self.thematique = cle_numerique(parametres.get("thematique", ""))
        self.dispositif = cle_numerique(parametres.get("dispositif", ""))
        self.texte = parametres.get("q", "").strip()[:100]
        self.compare = lecture.compares[0] if lecture.compares else None
        demandee = parametres.get("comparer", "")
        self.reference = demandee if demandee in REFERENCES else "retenu"
        self._choisir()

    # --- What is shown

    def _choisir(self):
        """The groups that the filters keep, then the lines that one page may carry."""
        cherche = cle_texte(self.texte)
        tous = []
        for pk, dispositif in self.lecture.dispositifs.items():
            lignes = [ligne for ligne in self.lecture.de_dispositif(pk) if ligne.est_visible]
            if cherche:
                lignes = [li for li in lignes if cherche in cle_texte(f"{li.structure} {li.intitule}")]
            if lignes:
                tous.append(self._groupe(dispositif, lignes))
        self.offerts = tous
        if self.thematique:
            tous = [g for g in tous if g.dispositif.thematique_id == self.thematique]
        if self.dispositif:
            tous = [g for g in tous if g.dispositif.pk == self.dispositif]
        self.groupes = tous
        self.nombre = sum(len(g.lignes) for g in tous)
        self.est_trop_longue = self.nombre > LIGNES_D_UN_COUP and len(tous) > 1
        self.montres = tous[:1] if self.est_trop_longue else tous
        lignes = [ligne for g in self.montres for ligne in g.lignes]
        self.nb_pages = -(-len(lignes) // LIGNES_D_UN_COUP) or 1
        self.page = min(max(cle_numerique(self.parametres.get("page", "")) or 1, 1), self.nb_pages)
        self.lignes = lignes[(self.page - 1) * LIGNES_D_UN_COUP : self.page * LIGNES_D_UN_COUP]

    def _groupe(self, dispositif, lignes) -> Groupe:
        groupe = Groupe(dispositif, lignes, n1=sum(self.lecture.votes_n1.get(dispositif.pk, {}).values(), ZERO))
        fiche = getattr(dispositif, "fiche", None)
        if fiche is not None and fiche.enveloppe is not None:
            groupe.enveloppe = fiche.enveloppe
            groupe.reste = fiche.enveloppe - self.lecture.tenu(dispositif.pk)
        return groupe

    @cached_property
    def details(self):
        return autour.lire(self.lecture, self.lignes)

    @cached_property
    def soldes(self) -> list:
        """The AE of the lines that are shown, and those that the scenario exceeds."""
        montrees = {charge[0] for ligne in self.lignes for charge in self.lecture.charges(ligne)}
        tous = soldes(self.lecture, par_ae=self._charges)
        retenus = [s for s in tous if s.pk in montrees or s.est_depassee]
        self.autres_ae = sum(1 for s in tous if s.scenario) - sum(1 for s in retenus if s.scenario)
        return retenus

    @cached_property
    def a_imputer(self) -> Decimal:
        """Euros of the scenario that no AE nor outside source bears."""
        return self._charges.get(None, ZERO)

    @cached_property
    def _charges(self) -> dict:
        return charges(self.lecture)

    @cached_property
    def blocs(self) -> list[Bloc]:
        """What the template walks through: thématique → dispositif → rows of texts."""
        par_dispositif: dict[int, list[dict]] = {g.dispositif.pk: [] for g in self.montres}
        for ligne in self.lignes:
            par_dispositif[ligne.dispositif_id].append(self.rangee(ligne))
        blocs: list[Bloc] = []
        for groupe in self.montres:
            groupe.rangees = par_dispositif[groupe.dispositif.pk]
            if not groupe.rangees:
                continue
            if not blocs or blocs[-1].thematique.pk != groupe.dispositif.thematique_id:
                blocs.append(Bloc(groupe.dispositif.thematique, []))
            blocs[-1].groupes.append(groupe)
        return blocs

    def reference_de(self, ligne: Ligne) -> Decimal | None:
        """What the scenario is compared with on this line (euros)."""
        if self.compare is not None:
            return self.lecture.montant(ligne, self.compare.pk)
        if self.reference == "regle":
            regle = self.details.par_ligne[ligne.pk].regle
            return regle.montant if regle else None
        return getattr(ligne, self.reference)

    @property
    def libelle_reference(self) -> str:
        return f"scénario « {self.compare.nom} »" if self.compare else REFERENCES[self.reference].lower()

    @cached_property
    def _adresses(self) -> tuple[str, str]:
        # Once for the page: the resolver takes longer to find an address than the template to print a row.
        return reverse("dossier", args=[0]), reverse("scenario_ligne", args=[self.scenario.pk, 0])

    def rangee(self, ligne: Ligne) -> dict:
        detail, refus = self.details.par_ligne[ligne.pk], self.refus.get(ligne.pk)
        cout, mediane, part = detail.cout(ligne.montant), self.details.mediane(ligne), detail.part(ligne.montant)
        reference = self.reference_de(ligne)
        ae, source, _ = self.lecture.charges(ligne)[0]
        dossier, fiche = self._adresses
        return {
            "pk": ligne.pk,
            "dossier": dossier.replace("/0/", f"/{ligne.dossier_id}/"),
            "fiche": fiche.replace("/0/", f"/{ligne.pk}/"),
            "structure": ligne.structure,
            "intitule": ligne.intitule or detail.description[:120],
            "territoires": detail.territoires,
            "etat": ligne.etat,
            "libelle_etat": ETATS[ligne.etat],
            "demande": euros(ligne.demande),
            "n1": euros(ligne.n1),
            "regle": euros(detail.regle.montant) if detail.regle else "",
            "phrase": detail.regle.phrase if detail.regle else "",
            "retenu": euros(ligne.retenu),
            "est_arbitrable": ligne.est_arbitrable,
            "raison": "" if ligne.est_arbitrable else ligne.raison,
            "saisie": refus.texte if refus else euros(ligne.montant),
            "erreur": refus.erreur if refus else "",
            "montant": euros(ligne.montant),
            "centimes": centimes(ligne.montant),
            "est_ecrit": ligne.choix is not None,
            "motif": ligne.choix.motif_zero if ligne.choix else ligne.motif_zero,
            "commentaire": ligne.choix.commentaire if ligne.choix else "",
            "compare": euros(reference) if self.compare else "",
            "reference": centimes(reference),
            "ecart": euros(ligne.montant - reference) if reference is not None else "",
            "avis": detail.avis,
            "cout": euros(cout),
            "quantite": nombre(detail.quantite.valeur) if detail.quantite else "",
            "unite": detail.quantite.unite if detail.quantite else "",
            "centiemes": centimes(detail.quantite.valeur) if detail.quantite else "",
            "mediane": centimes(mediane),
            "signal": autour.ecart_aux_voisins(cout, mediane),
            "part": f"{nombre(part)}\u00a0%" if part is not None else "",
            "charges": centimes(detail.charges) if detail.charges else "",
            "ae": "" if source else (ae or ""),
            "source": source,
            "groupe": ligne.dispositif_id,
            "cle": "|".join(map(str, self.details.cle(ligne) or ())),
        }

    # --- Totals and addresses

    def total(self, champ: str) -> Decimal:
        return sum((getattr(g, champ) for g in self.groupes), ZERO)

    @cached_property
    def totaux(self) -> dict[str, Decimal]:
        return {champ: self.total(champ) for champ in ("demande", "n1", "retenu", "montant")}

    @property
    def lus(self) -> str:
        """What the cells show, for the form without JavaScript: « 12:2000000 13:0 »."""
        return " ".join(f"{ligne.pk}:{centimes(ligne.montant)}" for ligne in self.lignes if ligne.est_arbitrable)

    def requete(self, **changements) -> str:
        """The query string of this page with `changements`; an empty value takes the key out."""
        parametres = self.parametres.copy()
        parametres.pop("page", None)
        for cle, valeur in changements.items():
            parametres.pop(cle, None)
            if valeur not in ("", None):
                parametres[cle] = valeur
        return parametres.urlencode()

    @property
    def options(self) -> list[tuple]:
        """Dispositifs of the filter: (value, label, chosen)."""
        return [
            (str(d.pk), f"{d} ({len(g.lignes)})", d.pk == self.dispositif) for g in self.offerts for d in [g.dispositif]
        ]

    @property
    def thematiques(self) -> list:
        return list({g.dispositif.thematique_id: g.dispositif.thematique for g in self.offerts}.values())
