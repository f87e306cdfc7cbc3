"""SIGKILL in the middle of a bulk act, of an import of the portal, of an adoption of a scenario, of a merge.

As `interruptions`, for the acts that come before the decision. `trace(n)` is (rien, tout or anything between) except
for a bulk act, whose dossiers are one transaction each: there, every dossier is done whole or not at all.
"""

import json
import os
from datetime import timedelta
from decimal import Decimal

from tests.banc import comptes, demarrer
from tests.banc.enfants import annoncer, chronometrer, enfant, interrompre, lire


class Lots:
    """Twelve dossiers refused at once: state, journal row, letter and result of each go together."""

    def __init__(self, essais):
        from tests.factories import AgentFactory, DossierFactory, LigneFactory

        self.par = AgentFactory(administration=True)
        self.selections = []
        for _ in range(essais + 1):
            dossiers = [DossierFactory() for _ in range(12)]
            for dossier in dossiers:
                LigneFactory(dossier=dossier, finance="à imputer")
            self.selections.append([d.pk for d in dossiers])

    def _demander(self, n):
        from django.http import QueryDict

        from programmes import lots

        acte = lots.ACTES["refuser"]
        form = lots.formulaire(acte, QueryDict("motif=Hors sujet"))
        assert form.is_valid()
        return lots.demander_lot(acte, self.selections[n], form, par=self.par, jeton=f"coupure-{n}", retour="")

    def agir(self, n):
        from programmes import lots

        def travail(dire):
            with annoncer(lots, "_noter", dire):
                self._demander(n)
            dire("oui")

        return travail

    def reessayer(self, n):
        from django.utils import timezone

        from dpid.models import Travail
        from dpid.tasks import relancer_abandonnes

        Travail.objects.filter(cle__endswith=f"coupure-{n}", etat="en_cours").update(
            battement_le=timezone.now() - timedelta(minutes=3)
        )
        relancer_abandonnes()
        self._demander(n)

    def trace(self, n) -> tuple:
        from dpid.models import Journal
        from dpid.models.travail import ElementTravail
        from programmes.models import Courrier, Dossier, Financement

        ids = self.selections[n]
        refuses = set(Dossier.objects.filter(pk__in=ids, etat="refuse").values_list("pk", flat=True))
        finances = Financement.objects.filter(ligne__dossier__in=ids).values_list("ligne__dossier", flat=True)
        dits = [
            sorted(Journal.objects.filter(objet="programmes.dossier", objet_id__in=ids, verbe="refuser")
                   .values_list("objet_id", flat=True)),
            sorted(Courrier.objects.filter(dossier__in=ids).values_list("dossier", flat=True)),
            sorted(ElementTravail.objects.filter(objet_id__in=ids, est_fait=True).values_list("objet_id", flat=True)),
            sorted(set(ids) - set(finances)),
        ]  # fmt: skip
        if any(d != sorted(refuses) for d in dits):
            return ("à moitié", len(refuses), [len(d) for d in dits])
        return self.tout if len(refuses) == len(ids) else self.rien

    rien, tout = ("en partie",), ("tous",)


class Depots:
    """One extract of twenty rows per trial, with its structures."""

    def __init__(self, essais):
        from programmes.depots.importation import application
        from programmes.depots.importation.plan import Choix
        from tests.banc.adversaires import extrait_de
        from tests.factories import AgentFactory
        from tests.programmes.extraits import appel_2024

        appel = appel_2024()["4.1"].thematique.appel
        self.par, self.extraits, self.noms = AgentFactory(administration=True), [], []
        for n in range(essais + 1):
            contenu, noms = extrait_de(f"C{n}", 20)
            extrait = application.deposer_fichier(appel, contenu, "extrait.csv", par=self.par)
            extrait.choix = Choix(creer_manquants=True).en_json()
            extrait.save()
            self.extraits.append(extrait)
            self.noms.append(noms)

    def agir(self, n):
        from programmes.depots.importation import application

        def travail(dire):
            with annoncer(application, "ecrire", dire):
                application.appliquer(self.extraits[n], par=self.par)
            dire("oui")

        return travail

    def reessayer(self, n):
        from dpid.erreurs import ActeRefuse
        from programmes.depots.importation import application

        try:
            application.appliquer(self.extraits[n], par=self.par)
        except ActeRefuse as refus:
            assert "déjà été importé" in str(refus), refus

    def trace(self, n) -> tuple:
        from dpid.models import Journal
        from programmes.models import DepotPortail, Dossier, ImportDepots, LigneDossier, Poste, Structure

        siens = {"reference_portail__startswith": f"C{n}-"}
        lies = {f"dossier__{k}": v for k, v in siens.items()}
        dossiers = list(Dossier.objects.filter(**siens).values_list("pk", flat=True))
        return (
            len(dossiers), LigneDossier.objects.filter(**lies).count(), DepotPortail.objects.filter(**lies).count(),
            Poste.objects.filter(**lies).count() // 5,
            Structure.objects.filter(raison_sociale__in=self.noms[n]).count(),
            Journal.objects.filter(objet="programmes.dossier", objet_id__in=dossiers, verbe="creer").count(),
            ImportDepots.objects.get(pk=self.extraits[n].pk).applique_le is not None,
        )  # fmt: skip

    rien, tout = (0, 0, 0, 0, 0, 0, False), (20, 20, 20, 20, 20, 20, True)


class Retenues:
    """A scenario of ten lines adopted into a new rapport."""

    def __init__(self, essais):
        from deliberations.models import Instance, Scenario, Seance
        from programmes.models import AppelAProjets
        from tests import maquette

        gens, ae = maquette.equipe(), maquette.autorisation(1, "900000.00")
        self.par = gens.direction
        corps, _ = Instance.objects.get_or_create(code="CP", defaults={"libelle": "Commission permanente"})
        self.seance = Seance.objects.create(instance=corps, date=maquette.SEANCE_LE)
        self.lots = []
        for n in range(essais + 1):
            appel = AppelAProjets.objects.create(annee=2100 + n, titre="Essai")
            thematique = appel.thematiques.create(numero=1, titre="Thème")
            dispositif = thematique.dispositifs.create(
                reference="1.1", titre="D", libelle_court="D", ligne_par_defaut=ae.ligne
            )
            lignes = [maquette.ligne("10.00", ae=ae, nom=f"S{k}", answering=dispositif) for k in range(10)]
            montants = {ligne.pk: Decimal("20.00") for ligne in lignes}
            scenario = Scenario.ouvrir(appel=appel, nom="Un", par=self.par, montants=montants)
            self.lots.append((scenario, [ligne.pk for ligne in lignes]))

    def _retenir(self, n):
        from deliberations.models import Scenario

        scenario = Scenario.objects.get(pk=self.lots[n][0].pk)
        scenario.retenir(par=self.par, seance=self.seance, titre=f"Essai {n}")

    def agir(self, n):
        from deliberations.arbitrage import retenue

        def travail(dire):
            with annoncer(retenue, "_retenir_les_montants", dire):
                self._retenir(n)
            dire("oui")

        return travail

    def reessayer(self, n):
        from dpid.erreurs import ActeRefuse

        try:
            self._retenir(n)
        except ActeRefuse as refus:
            assert "Retenu" in str(refus), refus

    def trace(self, n) -> tuple:
        from deliberations.models import Proposition, Rapport, Scenario
        from dpid.models import Journal
        from programmes.models import Dossier, Financement

        scenario, lignes = self.lots[n]
        return (
            Scenario.objects.get(pk=scenario.pk).etat,
            Rapport.objects.filter(titre=f"Essai {n}").count(),
            Proposition.objects.filter(ligne__in=lignes, est_active=True).count(),
            Dossier.objects.filter(lignes__in=lignes, etat="inscrit").count(),
            Financement.objects.filter(ligne__in=lignes, montant=Decimal("20.00")).count(),
            Journal.objects.de_l_objet(scenario).filter(verbe="retenir").count(),
        )

    rien, tout = ("ouvert", 0, 0, 0, 0, 0), ("retenu", 1, 10, 10, 10, 1)


class Fusions:
    """A structure and its ten dossiers absorbed by another."""

    def __init__(self, essais):
        from tests.factories import AgentFactory, DispositifFactory, DossierFactory, StructureFactory

        self.par, dispositif = AgentFactory(instruction=True), DispositifFactory()
        self.paires = [(StructureFactory(), StructureFactory(sigle=f"SIGLE{n}")) for n in range(essais + 1)]
        for _, absorbee in self.paires:
            for _ in range(10):
                DossierFactory(structure=absorbee, dispositif=dispositif)

    def _fusionner(self, n):
        from programmes.structures import fusion

        fusion.fusionner(*self.paires[n], par=self.par)

    def agir(self, n):
        from programmes.structures import fusion

        def travail(dire):
            with annoncer(fusion, "_deplacer", dire):
                self._fusionner(n)
            dire("oui")

        return travail

    def reessayer(self, n):
        from dpid.erreurs import ActeRefuse

        try:
            self._fusionner(n)
        except ActeRefuse as refus:
            assert "déjà fusionnée" in str(refus), refus

    def trace(self, n) -> tuple:
        from dpid.models import Journal
        from programmes.models import AliasStructure, Dossier, Structure

        gardee, absorbee = self.paires[n]
        return (
            Dossier.objects.filter(structure=gardee).count(),
            Structure.objects.get(pk=absorbee.pk).fusionnee_dans_id == gardee.pk,
            AliasStructure.objects.filter(structure=gardee).count(),
            Journal.objects.filter(verbe__in=["fusionner", "absorber"], objet_id__in=[gardee.pk, absorbee.pk],
                                   objet="programmes.structure").count(),
        )  # fmt: skip

    rien, tout = (0, False, 0, 0), (10, True, 2, 2)


ACTES = {"lot": Lots, "depots": Depots, "retenir": Retenues, "fusion": Fusions}


def principal():
    p = demarrer()
    acte = ACTES[p["acte"]](p["essais"])
    duree = chronometrer(acte.agir(0))
    assert acte.trace(0) == acte.tout, acte.trace(0)
    bilan = {"interrompus": 0, "perdus": 0, "a_moitie": 0, "doubles": 0, "exemples": []}
    for n in range(1, p["essais"] + 1):
        dits = interrompre(acte.agir(n), duree)
        assert not any(d.startswith("erreur") for d in dits), dits
        trace, acquitte = acte.trace(n), "oui" in dits
        bilan["interrompus"] += not acquitte
        bilan["perdus"] += acquitte and trace != acte.tout
        if trace not in (acte.rien, acte.tout):
            bilan["a_moitie"] += 1
            bilan["exemples"].append(trace)
        for _ in range(2):  # the reply was lost again
            pid, lecture = enfant(lambda dire, n=n: acte.reessayer(n))
            os.waitpid(pid, 0)
            assert lire(lecture) == []
        if acte.trace(n) != acte.tout:
            bilan["doubles"] += 1
            bilan["exemples"].append(acte.trace(n))
    bilan["ecarts"] = comptes()
    print(json.dumps(bilan, default=str))


if __name__ == "__main__":
    principal()
