"""Two officers do the same thing, or opposite things, at the same instant. Prints who won and what disagrees.

`ecart(…)` of each duel says what must never be: an avis twice, a dossier hung on an absorbed structure, a file
imported twice. An act ends by « oui » or by a French refusal; anything else is an error.
"""

import json
from collections import Counter
from decimal import Decimal

from tests.banc import comptes, demarrer
from tests.banc.simultane import TIRAGE, ensemble

LETTRES = str.maketrans("0123456789", "ghijklmnop")


def avis(n):
    """The same avis given by two officers of the territoire."""
    from dpid.models import Journal
    from programmes.models import Avis
    from tests.factories import AgentFactory, DossierFactory, TerritoireFactory

    lieu, chef = TerritoireFactory(), AgentFactory(instruction=True)
    un, deux = (AgentFactory(territoire=True, territoires=[lieu]) for _ in range(2))
    dossier = DossierFactory(lignes=1)
    dossier.demander_avis(par=chef, territoires=[lieu])
    pk = Avis.objects.get(dossier=dossier).pk

    def rendre(par, sens):
        return lambda: Avis.objects.get(pk=pk).rendre(par=par, sens=sens, texte=f"Avis {sens}")

    def ecart(dits):
        rendu = Avis.objects.get(pk=pk)
        actes = Journal.objects.de_l_objet(rendu).filter(verbe="rendre").count()
        return "" if actes == dits.count("oui") == 1 and rendu.texte == f"Avis {rendu.sens}" else f"{actes} actes"

    return rendre(un, "favorable"), rendre(deux, "reserve"), ecart


def fusions_croisees(n):
    """A absorbs B while B absorbs A."""
    from programmes.models import Structure
    from programmes.structures.fusion import fusionner
    from tests.factories import AgentFactory, DossierFactory, StructureFactory

    a, b, par = StructureFactory(), StructureFactory(), AgentFactory(instruction=True)
    dossiers = [DossierFactory(structure=s) for s in (a, b)]

    def ecart(dits):
        gardees = list(Structure.objects.filter(pk__in=[a.pk, b.pk]).actives())
        for dossier in dossiers:
            dossier.refresh_from_db()
        ou = {d.structure_id for d in dossiers}
        return "" if len(gardees) == 1 and ou == {gardees[0].pk} and dits.count("oui") == 1 else f"{gardees} {ou}"

    return lambda: fusionner(a, b, par=par), lambda: fusionner(b, a, par=par), ecart


def fusion_et_depot(n):
    """A dossier is deposited on the structure that is being absorbed."""
    from programmes.depots.depot import deposer
    from programmes.models import Dossier
    from programmes.structures.fusion import fusionner
    from tests.factories import AgentFactory, DispositifFactory, StructureFactory

    a, b = StructureFactory(), StructureFactory()
    un, deux = AgentFactory(instruction=True), AgentFactory(instruction=True)
    dispositif = DispositifFactory()

    def ecart(dits):
        perdus = Dossier.objects.filter(structure__in=[a, b], structure__fusionnee_dans__isnull=False).count()
        return f"{perdus} dossier sur la structure absorbée" if perdus else ""

    return (
        lambda: fusionner(a, b, par=un),
        lambda: deposer(par=deux, structure=b, dispositif=dispositif, intitule="Au même instant"),
        ecart,
    )


def extrait_de(prefixe, nombre) -> tuple[bytes, list[str]]:
    """(file, names of its structures): references begin by `prefixe`, no name resembles another."""
    from tests.programmes.extraits import en_csv

    noms = [f"{TIRAGE.getrandbits(96):024x}".translate(LETTRES) for _ in range(nombre)]
    lignes = [{"N° dossier": f"{prefixe}-{k}", "Structure": nom, "SIRET": ""} for k, nom in enumerate(noms)]
    return en_csv(*lignes), noms


def import_double(n):
    """The same extract, uploaded by two officers, applied at the same instant."""
    from programmes.depots.importation import application
    from programmes.depots.importation.plan import Choix
    from programmes.models import AppelAProjets, Dossier, Structure
    from tests.factories import AgentFactory
    from tests.programmes.extraits import appel_2024

    if n == 0:
        appel_2024()
    contenu, noms = extrait_de(f"D{n}", 20)
    appel = AppelAProjets.objects.get(annee=2024)

    def importer(par):
        extrait = application.deposer_fichier(appel, contenu, "extrait.csv", par=par)
        extrait.choix = Choix(creer_manquants=True).en_json()
        extrait.save()
        return lambda: application.appliquer(extrait, par=par)

    def ecart(dits):
        dossiers = Dossier.objects.filter(reference_portail__startswith=f"D{n}-").count()
        structures = Structure.objects.filter(raison_sociale__in=noms).count()
        return "" if (dossiers, structures) == (20, 20) else f"{dossiers} dossiers, {structures} structures"

    return importer(AgentFactory(administration=True)), importer(AgentFactory(administration=True)), ecart


def lots(n):
    """One officer proposes a selection that another one refuses."""
    from django.http import QueryDict

    from dpid.models import Journal
    from programmes import lots
    from programmes.models import Dossier, Financement
    from tests.factories import AgentFactory, DossierFactory, LigneFactory

    dossiers = [DossierFactory() for _ in range(6)]
    for dossier in dossiers:
        LigneFactory(dossier=dossier, finance="à imputer")
    ids = [d.pk for d in dossiers]

    def agir(nom, texte, selection):
        par = AgentFactory(administration=True)
        acte = lots.ACTES[nom]
        form = lots.formulaire(acte, QueryDict(texte))
        assert form.is_valid(), form.errors
        return lambda: lots.demander_lot(acte, selection, form, par=par, jeton=f"{nom}-{n}", retour="")

    def ecart(dits):
        etats = Counter(Dossier.objects.filter(pk__in=ids).values_list("etat", flat=True))
        refuses = Dossier.objects.filter(pk__in=ids, etat="refuse")
        argent = Financement.objects.filter(ligne__dossier__in=refuses).count()
        actes = Journal.objects.filter(objet="programmes.dossier", objet_id__in=ids, verbe="refuser").count()
        return "" if not argent and actes == etats["refuse"] == 6 else f"{etats}, {argent} financements, {actes} actes"

    return agir("proposer", "", ids), agir("refuser", "motif=Hors sujet", ids[::-1]), ecart


def hors_ligne(n):
    """The approval of an offline work against the same cell saved on the page."""
    from dpid.erreurs import VersionPerimee
    from programmes.aller_retour import reprise
    from programmes.aller_retour.champs import PAR_NOM
    from programmes.models import LigneDossier
    from tests.factories import AgentFactory, LigneFactory

    ligne, par = LigneFactory(), AgentFactory(administration=True)
    lue = reprise.Reprise("retour.xlsx")
    lue.ajouter(reprise.Ecart(ligne, PAR_NOM["propose"], "800.00", "800.00", "650.00"))
    depot = lue.signer(par)

    def page():
        from django.db import transaction

        with transaction.atomic():
            fraiche = LigneDossier.objects.select_for_update().get(pk=ligne.pk)
            if fraiche.version != ligne.version:
                raise VersionPerimee("Modifiée.")
            fraiche.propose = Decimal("700.00")
            fraiche.save()

    def ecart(dits):
        propose = LigneDossier.objects.get(pk=ligne.pk).propose
        voulu = Decimal("650.00") if dits[0] == "oui" else Decimal("700.00")
        return "" if dits.count("oui") == 1 and propose == voulu else f"{dits} : {propose}"

    return lambda: reprise.appliquer(depot, {"0"}, par=par), page, ecart


def ouverture(n):
    """Two officers open year N+1."""
    from programmes.appels.ouverture import ouvrir_suivant
    from programmes.models import AppelAProjets
    from tests.factories import AgentFactory, AppelFactory, DispositifFactory, ThematiqueFactory

    annee = 2030 + 2 * n
    appel = AppelFactory(annee=annee)
    DispositifFactory(thematique=ThematiqueFactory(appel=appel))
    un, deux = AgentFactory(instruction=True), AgentFactory(instruction=True)

    def ecart(dits):
        nombre = AppelAProjets.objects.filter(annee=annee + 1).count()
        return "" if nombre == 1 == dits.count("oui") else f"{nombre} appels {annee + 1}"

    return lambda: ouvrir_suivant(appel, par=un), lambda: ouvrir_suivant(appel, par=deux), ecart


def retenir(n):
    """A scenario adopted into a rapport while the rapport is being signed; then what it holds is what was signed."""
    from deliberations.models import Rapport, Scenario
    from tests import maquette

    monde = maquette.monde(numero=str(n + 1), n=3 * n + 1)
    ligne = maquette.ligne("100.00", ae=monde.ae, nom=f"Nouvelle {n}")
    gens = monde.equipe
    monde.viser("direction")
    scenario = Scenario.ouvrir(
        appel=ligne.dossier.dispositif.thematique.appel, nom=f"Scénario {n}", par=gens.direction,
        montants={ligne.pk: Decimal("150.00")},
    )  # fmt: skip
    rapport = Rapport.objects.get(pk=monde.rapport.pk)

    def ecart(dits):
        from programmes.models import LigneDossier

        frais = Rapport.objects.get(pk=rapport.pk)
        inscrites = set(frais.propositions.filter(est_active=True).values_list("ligne", flat=True))
        retenu = LigneDossier.objects.filter(pk=ligne.pk).avec_retenu().get().retenu
        est_retenu = Scenario.objects.get(pk=scenario.pk).etat == "retenu"
        juste = (ligne.pk in inscrites) == est_retenu and retenu == (Decimal("150.00") if est_retenu else 100)
        return "" if juste else f"{dits} {frais.etat} {inscrites} {retenu} {est_retenu}"

    return (
        lambda: monde.rapport.viser(par=gens.budget),
        lambda: scenario.retenir(par=gens.direction, rapport=rapport, motif_zero="refuse"),
        ecart,
    )


DUELS = {f.__name__: f for f in (
    avis, fusions_croisees, fusion_et_depot, import_double, lots, hors_ligne, ouverture, retenir,
)}  # fmt: skip


def principal():
    p = demarrer()
    issues, erreurs, desaccords = Counter(), [], []
    for n in range(p["essais"]):
        un, deux, ecart = DUELS[p["duel"]](n)
        actes = (deux, un) if n % 2 and p["duel"] in ("fusion_et_depot",) else (un, deux)
        dits = ensemble(*actes, pendant=False)
        issues[" / ".join(d if d in ("oui", "refus") else "erreur" for d in dits)] += 1
        erreurs += [d for d in dits if d not in ("oui", "refus")]
        if phrase := ecart(dits):
            desaccords.append(f"tour {n} : {phrase}")
    print(json.dumps({
        "issues": issues, "erreurs": erreurs[:5], "desaccords": desaccords[:5], "ecarts": comptes(),
    }))  # fmt: skip


if __name__ == "__main__":
    principal()
