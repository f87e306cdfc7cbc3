"""From what a file says to what it would change: new dossiers, fields changed at the portal, conflicts, refusals."""

import re
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch

from dpid.erreurs import ActeRefuse
from dpid.montants import chaine
from dpid.textes import cle_texte
from programmes.depots.depot import ETAT_INITIAL, HorsSession, placer, proposables, refuser_le_futur
from programmes.depots.importation.lecture import DepotLu, Releve
from programmes.depots.importation.plan import CHAMPS, Choix, DepotPrevu, Ecart, Plan, Tardif, empreinte
from programmes.depots.importation.registres import RegistreTerritoires
from programmes.depots.importation.structures import Structures
from programmes.models import (
    Dispositif,
    Dossier,
    LigneDossier,
    LigneTerritoire,
    Poste,
    Quantite,
    SessionDepot,
)

LOT = 2_000
REFERENCE = re.compile(r"(?:fiche |dispositif |n )?(\d+ \d+(?: (?:bis|ter|quater))?)\b.*")
# A dossier that is proposed, decided or dropped no longer follows the portal.
OUVERTS = (
    Dossier.Etat.DEPOSE, Dossier.Etat.INCOMPLET, Dossier.Etat.COMPLET, Dossier.Etat.RECEVABLE,
    Dossier.Etat.EN_INSTRUCTION, Dossier.Etat.AVIS,
)  # fmt: skip
LIGNES_CITEES = 3


class Rapprochement:
    """One file against one call. With `verrou`, the dossiers that may change are locked until the end."""

    def __init__(self, appel, *, par, constats: Releve, choix: Choix, verrou=False):
        self.appel, self.par, self.constats, self.choix, self.verrou = appel, par, constats, choix, verrou
        self.structures, self.territoires = Structures(choix, constats), RegistreTerritoires()
        self._lire_dispositifs()
        self._lieux: dict[str, tuple] = {}
        self.plan = Plan()

    def _lire_dispositifs(self):
        sessions = Prefetch("fiche__sessions", SessionDepot.objects.order_by("ouverture", "pk"))
        dispositifs = list(
            Dispositif.objects.filter(thematique__appel=self.appel).select_related("fiche").prefetch_related(sessions)
        )
        self.permis = set(proposables(self.par).filter(thematique__appel=self.appel).values_list("pk", flat=True))
        self.par_cle: dict[str, list] = {}
        for d in dispositifs:
            for cle in {cle_texte(t) for t in (d.reference, d.titre, d.libelle_court, str(d))} - {""}:
                self.par_cle.setdefault(cle, []).append(d)
        self.sessions = {
            d.pk: list(d.fiche.sessions.all()) if hasattr(d, "fiche") else [] for d in dispositifs
        }  # fmt: skip
        self.noms = {("dispositif", d.pk): str(d) for d in dispositifs}

    def planifier(self, depots: list[DepotLu]) -> Plan:
        connus = self._connus([d.reference for d in depots])
        changes = []
        for lu in depots:
            connu = connus.get(lu.reference)
            if connu is not None and connu[1] == empreinte(lu):
                self.plan.inchanges += 1
            elif connu is not None:
                changes.append((lu, connu[0]))
            else:
                self._nouveau(lu)
        self._changes(changes)
        self.plan.refusees = self.constats.refusees
        self.plan.decisions = [d for d in self.structures.decisions.values()]
        self.plan.noms = self.noms | {("territoires", t.pk): t.libelle for t in self.territoires.par_code.values()}
        self.plan.noms |= {("structure", s.pk): s.raison_sociale for s in self.structures.registre.par_pk.values()}
        return self.plan

    def _connus(self, references: list[str]) -> dict[str, tuple[int, str]]:
        """{reference: (dossier id, print of what the portal last said)}"""
        connus = {}
        for debut in range(0, len(references), LOT):
            dossiers = Dossier.objects.filter(reference_portail__in=references[debut : debut + LOT]).order_by()
            lus = dossiers.values_list("reference_portail", "pk", "depot_portail__empreinte")
            connus |= {reference: (pk, trace or "") for reference, pk, trace in lus}
        return connus

    # --- A row that the portal sends for the first time ---------------------------------------------------------------

    def _nouveau(self, lu: DepotLu) -> None:
        prevu = self._resoudre(lu, est_nouveau=True)
        if prevu is not None:
            self._avertir(prevu)
            self.plan.nouveaux.append(prevu)

    def _resoudre(self, lu: DepotLu, est_nouveau=False) -> DepotPrevu | None:
        """Dispositif, window, structure and territoires of a row, all wrong ones said; None when one is."""
        dispositif, structure = self._dispositif(lu), self.structures.trouver(lu)
        session, reporte = self._placer(lu, dispositif) if est_nouveau and dispositif else (None, False)
        territoires, inconnus = self._territoires(lu.territoires)
        if inconnus or not territoires:
            proches = self.territoires.proches(inconnus)
            quoi = f"Est-ce {', '.join(proches)} ?" if proches else "Écrivez les territoires séparés par des virgules."
            self.constats.erreur(
                f"territoire inconnu : {' '.join(inconnus) or 'aucun'}",
                quoi,
                valeur=lu.territoires,
                **self.constats.situer(lu, "territoires"),
            )
        try:
            refuser_le_futur(lu.depose_le)
        except ActeRefuse as refus:
            situation = self.constats.situer(lu, "depose_le")
            self.constats.erreur(str(refus).rstrip("."), "Corrigez la date au portail.", **situation)
        if lu.ligne in self.constats.refusees or dispositif is None or structure is None:
            return None
        return DepotPrevu(lu, dispositif, structure, territoires, session, reporte)

    def _placer(self, lu: DepotLu, dispositif) -> tuple:
        """(session, has the deposit been moved to it); a late one is refused unless the officer moves it."""
        try:
            return placer(self.sessions[dispositif.pk], lu.depose_le), False
        except HorsSession as hors:
            tardif = Tardif(lu, str(hors), hors.suivante, bool(hors.suivante) and lu.reference in self.choix.reportes)
            self.plan.tardifs.append(tardif)
            if not tardif.est_reporte:
                suite = "Cochez « reporter » pour le déplacer." if hors.suivante else "Ce dossier est forclos."
                situation = self.constats.situer(lu, "depose_le")
                self.constats.erreur(str(hors), suite, valeur=lu.depose_le, **situation)
            return hors.suivante, True

    def _dispositif(self, lu: DepotLu):
        cle = cle_texte(lu.dispositif)
        trouves = self.par_cle.get(cle, [])
        if not trouves and (reference := REFERENCE.fullmatch(cle)):
            trouves = self.par_cle.get(reference[1], [])
        if len(trouves) == 1 and trouves[0].pk in self.permis:
            return trouves[0]
        if len(trouves) == 1:
            message, quoi = "ce dispositif relève d’un autre service", "Confiez ce fichier à un agent de ce service."
        else:
            message = (
                "plusieurs dispositifs répondent" if trouves else f"dispositif inconnu de l’appel {self.appel.annee}"
            )
            quoi = "Écrivez sa référence, par exemple 4.1."
        self.constats.erreur(message, quoi, valeur=lu.dispositif, **self.constats.situer(lu, "dispositif"))
        return None

    def _territoires(self, texte: str) -> tuple:
        if texte not in self._lieux:
            self._lieux[texte] = self.territoires.lire(texte)
        return self._lieux[texte]

    def _avertir(self, prevu: DepotPrevu) -> None:
        """What will have to be judged: said now, never a reason to lose the row."""
        lu, fiche = prevu.lu, getattr(prevu.dispositif, "fiche", None)
        genre = prevu.structure.existante.type if prevu.structure.existante else prevu.structure.type
        if fiche and fiche.types_eligibles and genre and genre not in fiche.types_eligibles:
            self.constats.avertir(
                f"porteur non éligible au dispositif {prevu.dispositif.reference}",
                "Le dossier est importé ; sa recevabilité se juge à l’instruction.",
                valeur=lu.structure,
                **self.constats.situer(lu, "structure"),
            )
        charges = sum((m for sens, _, _, m in lu.postes if sens == "charge"), Decimal(0))
        produits = sum((m for sens, _, _, m in lu.postes if sens == "produit"), Decimal(0))
        if lu.postes and charges != produits:
            self.constats.avertir(
                f"budget déséquilibré de {abs(charges - produits):.2f} €".replace(".", ","),
                "Le dossier est importé ; demandez un budget équilibré à la structure.",
                **self.constats.situer(lu),
            )

    # --- A row that the portal changed --------------------------------------------------------------------------------

    def _changes(self, changes: list[tuple[DepotLu, int]]) -> None:
        for debut in range(0, len(changes), LOT):
            lot = changes[debut : debut + LOT]
            if self.verrou:
                self._verrouiller([pk for _, pk in lot])
            actuels = Actuels(self.par, [pk for _, pk in lot])
            for lu, pk in lot:
                self._change(lu, actuels.dossiers.get(pk), actuels)

    @staticmethod
    def _verrouiller(ids: list[int]) -> None:
        """Dossiers, then their lines: nobody changes them between what is compared and what is written."""
        for requete in (Dossier.objects.filter(pk__in=ids), LigneDossier.objects.filter(dossier__in=ids)):
            list(requete.order_by("pk").select_for_update().values_list("pk"))

    def _change(self, lu: DepotLu, dossier, actuels) -> None:
        if dossier is None:
            self.constats.erreur(
                "ce dossier relève d’un autre service",
                "Confiez-lui ce fichier.",
                **self.constats.situer(lu, "reference"),
            )
            return
        if dossier.etat not in OUVERTS:
            self.plan.decides.append((lu, dossier))
            return
        prevu = self._resoudre(lu)
        if prevu is None:
            return
        prevu.dossier, prevu.ligne = dossier, actuels.lignes.get(dossier.pk)
        prevu.session, prevu.est_reporte = dossier.session, dossier.est_reporte
        portail = getattr(dossier, "depot_portail", None)
        base = portail.valeurs if portail else {}
        actuelles, voulues = actuels.valeurs(dossier), prevu.valeurs()
        for champ in CHAMPS:
            ecart = _ecart(champ, base, actuelles, voulues)
            if ecart is not None:
                ecart.est_ecrase = ecart.est_conflit and f"{lu.reference}|{champ}" in self.choix.ecrases
                prevu.ecarts.append(ecart)
        if self._replacer(prevu):
            self.plan.modifies.append(prevu)

    def _replacer(self, prevu: DepotPrevu) -> bool:
        """A new date of deposit or dispositif is judged again against the windows. False when it is refused."""
        if not any(e.champ in ("depose_le", "dispositif") and e.est_applique for e in prevu.ecarts):
            return True
        try:
            prevu.session, prevu.est_reporte = placer(self.sessions[prevu.dispositif.pk], prevu.lu.depose_le), False
        except HorsSession as hors:
            self.constats.erreur(
                str(hors),
                "La date changée au portail exclut ce dossier.",
                **self.constats.situer(prevu.lu, "depose_le"),
            )
            return False
        return True


class Actuels:
    """The dossiers that an import may change, as they stand here: read in a few queries, as texts and ids."""

    def __init__(self, par, ids: list[int]):
        visibles = Dossier.objects.visibles_par(par).filter(pk__in=ids).order_by("pk")
        self.dossiers = {d.pk: d for d in visibles.select_related("structure", "depot_portail", "session")}
        lignes = LigneDossier.objects.filter(dossier__in=ids).order_by("-ordre", "-pk")
        self.lignes = {ligne.dossier_id: ligne for ligne in lignes}  # the first of each
        premieres = [ligne.pk for ligne in self.lignes.values()]
        self.postes, self.quantites, self.territoires = defaultdict(list), defaultdict(list), defaultdict(list)
        postes = Poste.objects.filter(dossier__in=ids).order_by("sens", "ordre", "pk")
        for pk, sens, nature, libelle, m in postes.values_list("dossier", "sens", "nature", "libelle", "montant"):
            self.postes[pk].append([sens, nature, libelle, chaine(m)])
        quantites = Quantite.objects.filter(ligne__in=premieres).order_by("pk")
        for pk, valeur, unite in quantites.values_list("ligne", "valeur", "unite"):
            self.quantites[pk].append([f"{valeur:.2f}", unite])
        placements = LigneTerritoire.objects.filter(ligne__in=premieres).order_by("ordre", "pk")
        for pk, territoire in placements.values_list("ligne", "territoire"):
            self.territoires[pk].append(territoire)

    def valeurs(self, dossier) -> dict:
        """The same values as `DepotPrevu.valeurs`; those of the line are absent when an officer removed it."""
        ligne = self.lignes.get(dossier.pk)
        valeurs = {
            "dispositif": dossier.dispositif_id, "structure": dossier.structure_id, "intitule": dossier.intitule,
            "depose_le": dossier.depose_le and dossier.depose_le.isoformat(), "postes": self.postes[dossier.pk],
        }  # fmt: skip
        if ligne is None:
            return valeurs
        return valeurs | {
            "description": ligne.description, "territoires": self.territoires[ligne.pk],
            "debut": ligne.debut and ligne.debut.isoformat(), "fin": ligne.fin and ligne.fin.isoformat(),
            "quantites": self.quantites[ligne.pk],
            "demande": None if ligne.demande is None else chaine(ligne.demande),
        }  # fmt: skip


def _ecart(champ: str, base: dict, actuelles: dict, voulues: dict) -> Ecart | None:
    """What the portal changed in a field since it last spoke; None when it did not, or says what is here already."""
    voulue, actuelle = voulues[champ], actuelles.get(champ)
    if champ == "depose_le":
        return _ecart_de_date(base.get(champ), actuelle, voulue)
    if champ in base and base[champ] == voulue or actuelle == voulue:
        return None
    return Ecart(champ, actuelle, voulue, est_conflit=champ not in base or actuelle != base[champ])


def _ecart_de_date(base, actuelle, voulue) -> Ecart | None:
    """Instants are compared as such: the same one may be written in two time zones."""
    lire = datetime.fromisoformat
    avant, ici, apres = base and lire(base), actuelle and lire(actuelle), lire(voulue)
    if avant == apres or ici == apres:
        return None
    return Ecart("depose_le", actuelle, voulue, est_conflit=avant is None or ici != avant)


def etat_initial() -> str:
    """First state of what the portal sends."""
    return ETAT_INITIAL[Dossier.Origine.SESSION]
