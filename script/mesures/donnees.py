"""Data of the measurements: realistic labels, made in bulk, the same at every run (no randomness)."""

from datetime import date, timedelta
from decimal import Decimal

ANNEE = 2024
LOT = 2000
PAR_OPERATION, PAR_THEMATIQUE = 20, 10
DESCRIPTIONS = (
    "Accompagnement social lié au logement des ménages en difficulté",
    "Apurement des dettes de loyer pour maintenir les ménages dans leur logement, avec ou sans procédure d’expulsion",
    "Chantier école : rénovation du patrimoine bâti et accompagnement vers l’emploi durable",
    "Permanence d’accès aux droits",
    "Lever les freins à l’emploi : mobilité solidaire, garde d’enfants, santé",
    "Accompagnement renforcé des jeunes de 16 à 25 ans sortant de l’aide sociale à l’enfance, en lien avec les "
    "missions locales et les maisons du département solidarité du territoire",
    "Diagnostic social et financier",
    "Ateliers collectifs autour de la maîtrise de l’énergie et de l’appropriation du logement",
    "Intermédiation locative : captation et gestion de logements du parc privé",
    "Référent solidarité : suivi de bénéficiaires du RSA",
)
GENRES = ("CCAS de", "Association d’insertion de", "Maison des familles de", "Régie de quartier de")
TITRES = (
    "Accès et maintien dans le logement", "Insertion professionnelle", "Jeunesse", "Mobilité et levée des freins",
    "Lutte contre la pauvreté", "Accès aux droits", "Inclusion numérique", "Santé et lien social",
)  # fmt: skip
OPERATIONS = ("CLLAJ", "ASLL", "FSL", "Chantiers écoles", "Référent solidarité", "Mobilité", "Garantie jeunes", "IML")


def preparer_modele():
    """Migrations, reference data, accounts, 500 structures, 500 lines of budget, a call and its dispositifs."""
    from django.core.management import call_command
    from django.db import connections

    from deliberations.demonstration import charger_comptes, charger_referentiels

    call_command("migrate", verbosity=0)
    charger_referentiels()
    charger_comptes()
    creer_structures(500)
    creer_budget(500)
    creer_programme(15)
    connections.close_all()


def creer_structures(nombre: int):
    from stdnum import luhn

    from dpid.models import Commune
    from dpid.textes import cle_texte
    from programmes.models import Structure

    communes = list(Commune.objects.order_by("pk").values_list("nom", flat=True))
    structures = []
    for rang in range(nombre):
        siren = f"{20_000_000 + rang}"
        siren += luhn.calc_check_digit(siren)
        siret = f"{siren}0001"
        nom = f"{GENRES[rang % len(GENRES)]} {communes[rang % len(communes)]}"
        structures.append(Structure(raison_sociale=nom, cle=cle_texte(nom), siret=siret + luhn.calc_check_digit(siret)))
    Structure.objects.bulk_create(structures, batch_size=LOT)


def creer_budget(nombre: int):
    """`nombre` lines, one AE each, all voted in the ledger (one movement per AE)."""
    from budget.models import AutorisationEngagement, LigneBudgetaire, Mouvement
    from dpid.models import Agent

    lignes = LigneBudgetaire.objects.bulk_create(
        LigneBudgetaire(
            code=f"C02-{100 + r // 20:03}A{r % 20:02}", nature="6568", fonction=f"93{r % 90:02}",
            libelle=f"{OPERATIONS[r % len(OPERATIONS)]} — enveloppe {r + 1}", rang=r % 30_000,
        )
        for r in range(nombre)
    )  # fmt: skip
    vote = Decimal("20000000.00")
    aes = AutorisationEngagement.objects.bulk_create(
        AutorisationEngagement(ligne=ligne, millesime=ANNEE, vote=vote) for ligne in lignes
    )
    par = Agent.objects.get(username=Agent.SYSTEME)
    Mouvement.objects.bulk_create(
        Mouvement(
            autorisation=ae, compteur="vote", nature="vote", montant=vote, date_effet=date(ANNEE, 1, 1),
            piece=f"Budget {ANNEE}", par=par, cle=f"mesure-vote-{ae.pk}",
        )
        for ae in aes
    )  # fmt: skip


def creer_programme(thematiques: int, annee: int = ANNEE):
    """A call: thématiques of ten dispositifs each."""
    from budget.models import LigneBudgetaire
    from dpid.models import Service
    from programmes.models import AppelAProjets, Dispositif, Thematique

    appel = AppelAProjets.objects.create(annee=annee, titre=f"Appel à projets d’inclusion durable {annee}")
    groupes = Thematique.objects.bulk_create(
        Thematique(appel=appel, numero=n, titre=f"{TITRES[n % len(TITRES)]} — volet {n}")
        for n in range(1, thematiques + 1)
    )
    lignes, services = list(LigneBudgetaire.objects.order_by("pk")), list(Service.objects.all())
    Dispositif.objects.bulk_create(
        Dispositif(
            thematique=t, reference=f"{t.numero}.{n}", service=services[n % len(services)],
            titre=f"{OPERATIONS[n % len(OPERATIONS)]} : accompagnement des publics du territoire, action {n}",
            libelle_court=f"{OPERATIONS[n % len(OPERATIONS)]} {t.numero}.{n}",
            ligne_par_defaut=lignes[(t.numero * PAR_THEMATIQUE + n) % len(lignes)],
        )
        for t in groupes
        for n in range(1, PAR_THEMATIQUE + 1)
    )  # fmt: skip


def creer_dossiers(
    nombre: int, etat: str = "en_instruction", annee: int = ANNEE, par_operation: int = PAR_OPERATION
) -> list:
    """`nombre` dossiers of one line (territoires, quantities, financing). Returns the lines, in order."""
    from dpid.models import Territoire
    from programmes.models import Dispositif, Dossier, LigneDossier, LigneTerritoire, Quantite, Structure

    dispositifs = list(Dispositif.objects.filter(thematique__appel__annee=annee).order_by("pk"))
    structures = list(Structure.objects.order_by("pk"))
    territoires = list(Territoire.objects.filter(type="territoire"))
    dossiers = Dossier.objects.bulk_create(
        (
            Dossier(
                dispositif=dispositifs[(r // par_operation) % len(dispositifs)],
                structure=structures[(r * 7) % len(structures)],
                intitule=DESCRIPTIONS[r % len(DESCRIPTIONS)], etat=etat,
            )
            for r in range(nombre)
        ),
        batch_size=LOT,
    )  # fmt: skip
    lignes = LigneDossier.objects.bulk_create((_ligne(d, r) for r, d in enumerate(dossiers)), batch_size=LOT)
    LigneTerritoire.objects.bulk_create(
        (
            LigneTerritoire(ligne=ligne, territoire=territoires[(r + n) % len(territoires)], ordre=n + 1)
            for r, ligne in enumerate(lignes)
            for n in range(1 + (r % 5 == 0) + (r % 7 == 0))
        ),
        batch_size=LOT,
    )
    Quantite.objects.bulk_create(
        (Quantite(ligne=ligne, valeur=Decimal(r % 90), unite="places") for r, ligne in enumerate(lignes) if r % 4 == 0),
        batch_size=LOT,
    )
    _financer(lignes)
    return lignes


def _ligne(dossier, rang):
    from programmes.models import LigneDossier

    montant = Decimal(1000 + (rang * 137) % 60_000) + Decimal(rang % 100) / 100
    if rang % 3 == 0:
        acte = {
            "nature_acte": LigneDossier.NatureActe.AVENANT,
            "numero_avenant": 1 + rang % 4,
            "acte_initial_le": date(ANNEE - 1, 9, 1 + rang % 28),
        }
    else:
        acte = {"nature_acte": LigneDossier.NatureActe.CONVENTION_TYPE}
    return LigneDossier(
        dossier=dossier, description=DESCRIPTIONS[rang % len(DESCRIPTIONS)], demande=montant, propose=montant, **acte
    )


def _financer(lignes):
    """One AE per line; one line in twenty is paid by an outside source."""
    from django.db.models import QuerySet

    from budget.models import AutorisationEngagement
    from programmes.models import Financement, SourceFinancement

    aes = list(AutorisationEngagement.objects.order_by("pk"))
    source = SourceFinancement.objects.first()
    # The plain QuerySet: the app's own warns the guards of amounts, which have nothing to guard here.
    QuerySet(Financement).bulk_create(
        (
            Financement(
                ligne=ligne, montant=ligne.propose,
                source=source if r % 20 == 7 else None,
                autorisation=None if r % 20 == 7 else aes[(r // PAR_OPERATION) % len(aes)],
            )
            for r, ligne in enumerate(lignes)
        ),
        batch_size=LOT,
    )  # fmt: skip


def creer_rapports(nombres: list[int]) -> dict[str, int]:
    """One open rapport per number of lines: {number: id}."""
    return {str(n): creer_rapport(n, rang) for rang, n in enumerate(nombres)}


def creer_rapport(nombre: int, rang: int, annee: int = ANNEE, par_operation: int = PAR_OPERATION) -> int:
    from deliberations.models import Instance, Proposition, Rapport, Seance
    from dpid.models import Agent

    seance = Seance.objects.create(
        instance=Instance.objects.get(code="CP"),
        date=date(ANNEE, 3, 4) + timedelta(days=7 * rang),
    )
    rapport = Rapport.objects.create(
        seance=seance, numero=str(1 + rang), titre="Appel à projets des politiques d’inclusion durable",
        cree_par=Agent.objects.get(username="instruction"),
    )  # fmt: skip
    annexes = _creer_annexes(rapport)
    lignes = creer_dossiers(nombre, "inscrit", annee, par_operation) if nombre else []
    operations = _presenter(rapport, {ligne.dossier.dispositif for ligne in lignes})
    Proposition.objects.bulk_create(
        (
            Proposition(
                operation=operations[ligne.dossier.dispositif_id], ligne=ligne, ordre=n + 1, annexe=annexes[2 + n % 9]
            )
            for n, ligne in enumerate(lignes)
        ),
        batch_size=LOT,
    )
    return rapport.pk


def _creer_annexes(rapport) -> list:
    """A presentation, the répartition, nine projects of act."""
    from deliberations.models import AnnexePresentee

    natures = ["descriptive", "repartition", *["projet_acte"] * 9]
    return [
        AnnexePresentee.objects.create(rapport=rapport, cle=f"a{rang}", nature=nature, ordre=rang)
        for rang, nature in enumerate(natures, start=1)
    ]


def _presenter(rapport, dispositifs) -> dict:
    """{dispositif id: its opération in this rapport}"""
    from deliberations.models import OperationPresentee, ThematiquePresentee

    dispositifs = sorted(dispositifs, key=lambda d: d.pk)
    thematiques = ThematiquePresentee.objects.bulk_create(
        ThematiquePresentee(rapport=rapport, thematique=t, numero=t.numero, titre=t.titre, ordre=t.numero)
        for t in dict.fromkeys(d.thematique for d in dispositifs)
    )
    par_thematique = {t.thematique_id: t for t in thematiques}
    operations = OperationPresentee.objects.bulk_create(
        OperationPresentee(
            thematique=par_thematique[d.thematique_id], numero=d.reference, titre=d.titre,
            libelle_court=d.libelle_court, ordre=n,
        )
        for n, d in enumerate(dispositifs, start=1)
    )  # fmt: skip
    for operation, dispositif in zip(operations, dispositifs, strict=True):
        operation.dispositifs.add(dispositif)
    return {d.pk: o for d, o in zip(dispositifs, operations, strict=True)}


def creer_mouvements(nombre: int):
    """`nombre` movements spread over the AE and the year, and the totals of the AE that follow from them."""
    from budget.models import AutorisationEngagement, Mouvement
    from dpid.models import Agent

    par = Agent.objects.get(username=Agent.SYSTEME)
    aes = list(AutorisationEngagement.objects.order_by("pk"))
    natures = (("affecte", "affectation"), ("engage", "engagement"))

    def lignes():
        for r in range(nombre):
            # Affectations first, then engagements of half of each.
            compteur, nature = natures[r >= nombre // 2]
            montant = Decimal(100 - 50 * (r >= nombre // 2)) + Decimal(r % 7) / 100
            yield Mouvement(
                autorisation=aes[r % len(aes)], compteur=compteur, nature=nature, montant=montant,
                date_effet=date(ANNEE, 1, 2) + timedelta(days=r * 350 // nombre), piece=f"délibération n° {r}", par=par,
                cle=f"mesure-{r}:0",
            )  # fmt: skip

    Mouvement.objects.bulk_create(lignes(), batch_size=LOT)
    from budget.situation import soldes_au

    soldes = soldes_au(date(ANNEE, 12, 31))
    for ae in aes:
        for compteur, total in soldes[ae.pk].items():
            setattr(ae, compteur, total)
    AutorisationEngagement.objects.bulk_update(aes, AutorisationEngagement.COMPTEURS, batch_size=100)
    entretenir()


def entretenir():
    """What autovacuum does on a server: statistics, and on PostgreSQL the visibility map that index-only scans read."""
    from django.db import connection

    with connection.cursor() as curseur:
        curseur.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
