"""Writing the plan of an import, in bulk: rows, their history and one journal row per dossier, batch after batch."""

from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.textes import cle_texte
from programmes.depots.importation.plan import DE_LA_LIGNE, DU_DOSSIER, DepotPrevu, Plan, empreinte, en_clair
from programmes.depots.importation.rapprochement import etat_initial
from programmes.models import DepotPortail, Dossier, LigneDossier, LigneTerritoire, Poste, Quantite, Structure

LOT = 2_000
INSERTION = 1_000


def ecrire(plan: Plan, *, par, motif="") -> None:
    """Inside the caller's transaction; `motif`: why late deposits are moved to another session."""
    _verrouiller_structures(plan)
    _creer_structures(plan, par)
    for genre, ecrire_lot in ((plan.nouveaux, _creer), (plan.modifies, _modifier)):
        for debut in range(0, len(genre), LOT):
            ecrire_lot(genre[debut : debut + LOT], plan, par, motif)


def _verrouiller_structures(plan: Plan) -> None:
    """Nobody merges a structure of the file between what was read and what is written. Raises ActeRefuse."""
    connues = sorted({d.structure.pk for d in plan.a_ecrire if d.structure.pk})
    for debut in range(0, len(connues), LOT):
        lot = Structure.objects.filter(pk__in=connues[debut : debut + LOT]).order_by("pk").select_for_update()
        if fusionnee := next((s for s in lot if s.fusionnee_dans_id), None):
            raise ActeRefuse(f"{fusionnee} vient d’être fusionnée : vérifiez de nouveau l’extrait.")


def _creer_structures(plan: Plan, par) -> None:
    """Those that the file names and the officer chose to create, marked « à compléter »."""
    prevues = {id(d.structure): d.structure for d in plan.a_ecrire if d.structure.existante is None}
    for p in prevues.values():
        p.existante = Structure(
            raison_sociale=p.nom, sigle=p.sigle, siret=p.siret or None, rna=p.rna,
            type=p.type or Structure.Type.AUTRE, est_a_completer=True, cle=cle_texte(f"{p.nom} {p.sigle}"),
        )  # fmt: skip
    creees = [p.existante for p in prevues.values()]
    Structure.objects.bulk_create(creees, batch_size=INSERTION)
    Structure.history.bulk_history_create(creees, batch_size=INSERTION, default_user=par)
    Journal.objects.bulk_create(
        [
            Journal.ligne(s, "creer", "Créer la structure par l’import des dépôts", par=par, vers="à compléter")
            for s in creees
        ],
        batch_size=INSERTION,
    )


def _creer(lot: list[DepotPrevu], plan, par, motif) -> None:
    dossiers = [
        Dossier(
            dispositif=d.dispositif, structure=d.structure.existante, intitule=d.lu.intitule, session=d.session,
            est_reporte=d.est_reporte, canal=Dossier.Canal.PORTAIL, depose_le=d.lu.depose_le, etat=etat_initial(),
            reference_portail=d.lu.reference,
        )
        for d in lot
    ]  # fmt: skip
    Dossier.objects.bulk_create(dossiers, batch_size=INSERTION)
    Dossier.history.bulk_history_create(dossiers, batch_size=INSERTION, default_user=par)
    lignes = [
        LigneDossier(
            dossier=dossier, description=d.lu.description, debut=d.lu.debut, fin=d.lu.fin, demande=d.lu.demande
        )
        for dossier, d in zip(dossiers, lot, strict=True)
    ]  # fmt: skip
    LigneDossier.objects.bulk_create(lignes, batch_size=INSERTION)
    LigneDossier.history.bulk_history_create(lignes, batch_size=INSERTION, default_user=par)
    triplets = list(zip(dossiers, lignes, lot, strict=True))
    _placer([(ligne, d) for _, ligne, d in triplets])
    _quantifier([(ligne, d) for _, ligne, d in triplets])
    _budgeter([(dossier, d) for dossier, _, d in triplets])
    _memoriser(triplets)
    actes = []
    for dossier, _, d in triplets:
        donnees = {"portail": d.lu.reference}
        actes.append(
            Journal.ligne(dossier, "creer", "Déposer par le portail", par=par, vers=dossier.etat, donnees=donnees)
        )
        if d.est_reporte:
            actes.append(Journal.ligne(
                dossier, "reporter", "Reporter à la session suivante", par=par, motif=motif,
                donnees={"session": str(d.session)},
            ))  # fmt: skip
    Journal.objects.bulk_create(actes, batch_size=INSERTION)


def _placer(paires) -> None:
    LigneTerritoire.objects.bulk_create(
        [
            LigneTerritoire(ligne=ligne, territoire=t, ordre=n)
            for ligne, d in paires
            for n, t in enumerate(d.territoires, start=1)
        ],
        batch_size=INSERTION,
    )


def _quantifier(paires) -> None:
    Quantite.objects.bulk_create(
        [
            Quantite(ligne=ligne, valeur=d.lu.quantite, unite=d.lu.unite)
            for ligne, d in paires
            if d.lu.quantite is not None
        ],
        batch_size=INSERTION,
    )


def _budgeter(paires) -> None:
    Poste.objects.bulk_create(
        [
            Poste(dossier=dossier, ordre=n, sens=sens, nature=nature, libelle=libelle, montant=montant)
            for dossier, d in paires
            for n, (sens, nature, libelle, montant) in enumerate(d.lu.postes, start=1)
        ],
        batch_size=INSERTION,
    )


def _memoriser(triplets) -> None:
    """What the portal said last, conflicts included: it is not said again until the portal changes it."""
    DepotPortail.objects.bulk_create(
        [
            DepotPortail(dossier=dossier, empreinte=empreinte(d.lu), valeurs=d.valeurs())
            for dossier, _, d in triplets
        ],
        batch_size=INSERTION, update_conflicts=True, unique_fields=["dossier"], update_fields=["empreinte", "valeurs"],
    )  # fmt: skip


def _modifier(lot: list[DepotPrevu], plan, par, motif) -> None:
    par_champ: dict[str, list[DepotPrevu]] = {}
    for d in lot:
        for ecart in d.ecarts:
            if ecart.est_applique:
                par_champ.setdefault(ecart.champ, []).append(d)
    dossiers = _touches(par_champ, DU_DOSSIER)
    for d in dossiers:
        _changer_dossier(d)
    # Frozen rows were left out, and the rest locked, when the plan was made.
    champs = ("dispositif", "structure", "depose_le", "intitule", "session", "est_reporte", "version")
    _reecrire([d.dossier for d in dossiers], champs, par)
    lignes = [d for d in _touches(par_champ, DE_LA_LIGNE) if d.ligne is not None]
    for d in lignes:
        _changer_ligne(d)
    _reecrire([d.ligne for d in lignes], (*DE_LA_LIGNE, "version"), par)
    _remplacer_listes(par_champ)
    _memoriser([(d.dossier, d.ligne, d) for d in lot])
    Journal.objects.bulk_create([_acte(d, plan, par) for d in lot], batch_size=INSERTION)


def _touches(par_champ, champs) -> list[DepotPrevu]:
    return list({id(d): d for champ in champs for d in par_champ.get(champ, ())}.values())


def _changer_dossier(d: DepotPrevu) -> None:
    dossier, changes = d.dossier, {e.champ for e in d.ecarts if e.est_applique}
    if "dispositif" in changes:
        dossier.dispositif = d.dispositif
    if "structure" in changes:
        dossier.structure = d.structure.existante
    if "intitule" in changes:
        dossier.intitule = d.lu.intitule
    if "depose_le" in changes:
        dossier.depose_le = d.lu.depose_le
    dossier.session, dossier.est_reporte = d.session, d.est_reporte
    dossier.version += 1


def _changer_ligne(d: DepotPrevu) -> None:
    for ecart in d.ecarts:
        if ecart.est_applique and ecart.champ in DE_LA_LIGNE:
            setattr(d.ligne, ecart.champ, getattr(d.lu, ecart.champ))
    d.ligne.version += 1


def _reecrire(objets, champs, par) -> None:
    if objets:
        modele = type(objets[0])
        # History first: writing a batch sets the dates of creation of the objects in memory.
        modele.history.bulk_history_create(objets, batch_size=INSERTION, update=True, default_user=par)
        modele.objects.remplacer_par_lot(objets, champs, INSERTION)


def _remplacer_listes(par_champ) -> None:
    """Territoires, quantités and postes have no memory of their own: they are written again."""
    for champ, modele, creer in (
        ("territoires", LigneTerritoire, _placer), ("quantites", Quantite, _quantifier),
    ):  # fmt: skip
        paires = [(d.ligne, d) for d in par_champ.get(champ, ()) if d.ligne is not None]
        modele.objects.filter(ligne__in=[ligne.pk for ligne, _ in paires]).delete()
        creer(paires)
    budgets = [(d.dossier, d) for d in par_champ.get("postes", ())]
    Poste.objects.filter(dossier__in=[dossier.pk for dossier, _ in budgets]).delete()
    _budgeter(budgets)


def _acte(d: DepotPrevu, plan, par):
    """One row per dossier: what was taken from the portal, and what an officer's value prevented."""
    donnees = {
        genre: [
            f"{e.libelle} : {en_clair(e.champ, e.avant, plan.noms)} → {en_clair(e.champ, e.apres, plan.noms)}"
            for e in d.ecarts
            if e.est_applique is applique
        ]
        for genre, applique in (("repris", True), ("conserves", False))
    }
    titre = "Reprendre les changements du portail" if donnees["repris"] else "Garder la valeur saisie malgré le portail"
    return Journal.ligne(d.dossier, "actualiser", titre, par=par, donnees=donnees)
