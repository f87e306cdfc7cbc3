"""Writing the plan of an import: in bulk for what is new, through the usual verbs for what changes."""

from decimal import Decimal

from deliberations.importation.rapprochement import LignePrevue, Plan
from deliberations.models import Instance, OperationPresentee, Proposition, Rapport, Seance, ThematiquePresentee
from deliberations.redaction.annexes import au_numero
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.textes import cle_texte
from programmes.models import (
    AppelAProjets,
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    Structure,
    Thematique,
)

TITRE_APPEL = "Appel à projets des politiques d’inclusion durable"


def ecrire(plan: Plan, *, rapport, voulue, par) -> Rapport:
    """Apply the plan inside the caller's transaction; returns the rapport."""
    rapport = rapport or _ouvrir(voulue, par, plan)
    appel, _ = AppelAProjets.objects.get_or_create(
        annee=rapport.seance.exercice, defaults={"titre": f"{TITRE_APPEL} {rapport.seance.exercice}"}
    )
    _creer_presentation(plan, rapport, appel)
    _creer_structures(plan)
    _ajouter_lignes(plan, par)
    for ligne in plan.changements:
        _changer(ligne, par)
    for retrait in plan.retraits:
        rapport.retirer(retrait.proposition, par=par, motif="Absente du tableau importé.")
    if plan.ajouts or plan.retraits or plan.changements:
        rapport.annuler_visas(motif="Un tableau a été importé après le visa.", par=par)
        resume = f"{len(plan.ajouts)} ajouts, {len(plan.changements)} changements, {len(plan.retraits)} retraits"
        Journal.noter(rapport, "importer", "Importer la répartition", par=par, vers=resume)
    return rapport


def _ouvrir(voulue, par, plan) -> Rapport:
    try:
        instance = Instance.objects.get(code=voulue.instance)
    except Instance.DoesNotExist as erreur:
        raise ActeRefuse(f"L’instance « {voulue.instance} » n’existe pas : utilisez CP ou CD.") from erreur
    seance = Seance.objects.filter(instance=instance, date=voulue.date).first()
    if seance is None:
        seance = Seance(instance=instance, date=voulue.date)
        seance.full_clean()
        seance.save()
    return Rapport.ouvrir(
        seance=seance,
        titre=f"{TITRE_APPEL} {voulue.date.year}",
        par=par,
        numero=voulue.numero,
        # An annexe that lists its lines at 0 € prints them.
        imprime_lignes_zero=any(ligne.montant == 0 for ligne in plan.ajouts),
    )


def _creer_presentation(plan, rapport, appel):
    """Thématiques and dispositifs of the call, then how the rapport presents them."""
    numeros = set(appel.thematiques.values_list("numero", flat=True))
    for rang, t in enumerate(plan.thematiques, start=1):
        if t.thematique is None:
            libre = t.lue.numero if t.lue.numero and t.lue.numero not in numeros else max(numeros, default=0) + 1
            numeros.add(libre)
            t.thematique = Thematique.objects.create(appel=appel, numero=libre, titre=t.titre)
        if t.presentee is None:
            t.presentee, _ = ThematiquePresentee.objects.get_or_create(
                rapport=rapport,
                thematique=t.thematique,
                defaults={"numero": t.lue.numero or t.thematique.numero, "titre": t.titre, "ordre": rang},
            )
        for place, o in enumerate(t.operations, start=1):
            _creer_operation(t, o, place)


def _creer_operation(t, o, place):
    if o.dispositif is None:
        prises = set(t.thematique.dispositifs.values_list("reference", flat=True))
        reference = next(
            f"{t.thematique.numero}.R{n}" for n in range(1, 1000) if f"{t.thematique.numero}.R{n}" not in prises
        )
        o.dispositif = Dispositif.objects.create(
            thematique=t.thematique, reference=reference, titre=o.lue.libelle[:250], libelle_court=o.libelle_court
        )
    if o.presentee is None:
        o.presentee = OperationPresentee.objects.create(
            thematique=t.presentee,
            numero=str(place),
            titre=o.lue.libelle[:250],
            libelle_court=o.libelle_court,
            ordre=place,
        )
        o.presentee.dispositifs.add(o.dispositif)


def _creer_structures(plan):
    """Structures that the file names and the register lacks, marked « à compléter »."""
    creees: dict[str, Structure] = {}
    for ligne in plan.ajouts:
        if ligne.structure is None:
            cle = cle_texte(ligne.lue.structure)
            if cle not in creees:
                creees[cle] = Structure(
                    raison_sociale=ligne.lue.structure[:200],
                    siret=ligne.lue.siret.valeur if ligne.lue.siret else None,
                    type=Structure.Type.AUTRE,
                    est_a_completer=True,
                )
                creees[cle].save()
            ligne.structure = creees[cle]


def _ajouter_lignes(plan, par):
    """Dossiers of origin « reprise », one per structure and dispositif, with their lines, territoires, financings."""
    nouvelles = {id(ligne) for ligne in plan.ajouts}
    a_ecrire = [
        (o, rang, ligne)
        for t in plan.thematiques
        for o in t.operations
        for rang, ligne in enumerate(o.lignes, start=1)
        if id(ligne) in nouvelles
    ]
    dossiers: dict[tuple, Dossier] = {}
    for o, _, ligne in a_ecrire:
        cle = (o.dispositif.pk, ligne.structure.pk)
        if cle not in dossiers:
            dossiers[cle] = Dossier(
                dispositif=o.dispositif,
                structure=ligne.structure,
                intitule=ligne.lue.description.split("\n")[0][:250],
                origine=Dossier.Origine.REPRISE,
                etat=Dossier.Etat.INSCRIT,
            )
    Dossier.objects.bulk_create(dossiers.values())
    Journal.objects.bulk_create(
        Journal.ligne(d, "reprendre_tableau", "Reprendre d’un tableau", par=par, vers=d.etat) for d in dossiers.values()
    )
    rangs: dict[int, int] = {}
    lignes = []
    for o, _, prevue in a_ecrire:
        dossier = dossiers[(o.dispositif.pk, prevue.structure.pk)]
        rangs[dossier.pk] = rangs.get(dossier.pk, 0) + 1
        lignes.append(_ligne(dossier, rangs[dossier.pk], prevue))
    LigneDossier.objects.bulk_create(lignes)
    _completer_lignes(a_ecrire, lignes)


def _ligne(dossier, ordre, prevue: LignePrevue) -> LigneDossier:
    return LigneDossier(
        dossier=dossier,
        ordre=ordre,
        description=prevue.lue.description,
        propose=prevue.montant,
        nature_acte=prevue.acte.nature,
        acte_initial_numero=prevue.acte.numero,
        acte_initial_le=prevue.acte.initial_le,
        numero_avenant=prevue.acte.avenant,
    )


def _completer_lignes(a_ecrire, lignes):
    paires = [(o, rang, prevue, ligne) for (o, rang, prevue), ligne in zip(a_ecrire, lignes, strict=True)]
    LigneTerritoire.objects.bulk_create(
        LigneTerritoire(ligne=ligne, territoire=t, ordre=n)
        for _, _, prevue, ligne in paires
        for n, t in enumerate(prevue.territoires, start=1)
    )
    Quantite.objects.bulk_create(
        Quantite(ligne=ligne, valeur=valeur, unite=unite)
        for _, _, prevue, ligne in paires
        # A description that already tells its quantities keeps them as text: they would print twice.
        for valeur, unite in (() if prevue.lue.description else prevue.lue.quantites)
    )
    Financement.objects.bulk_create(
        Financement(ligne=ligne, autorisation=prevue.autorisation, montant=prevue.montant)
        for _, _, prevue, ligne in paires
    )
    annexes = _annexes(paires)
    Proposition.objects.bulk_create(
        Proposition(
            operation=o.presentee,
            ligne=ligne,
            ordre=rang,
            annexe=annexes.get(prevue.acte.annexe),
            formule_acte=prevue.acte.formule,
        )
        for o, rang, prevue, ligne in paires
    )


def _annexes(paires) -> dict:
    """{number written in the file: annexe}: the slots that its acts name, made up to the highest one."""
    numeros = sorted({prevue.acte.annexe for _, _, prevue, _ in paires if prevue.acte.annexe})
    if not numeros:
        return {}
    rapport = paires[0][0].presentee.le_rapport
    return {numero: au_numero(rapport, numero) for numero in numeros}


def _changer(prevue: LignePrevue, par):
    """One changed line, by the same acts as in the pages."""
    proposition = prevue.existante.proposition
    ligne = proposition.ligne
    if "description" in prevue.differences or "acte" in prevue.differences:
        _changer_textes(prevue, proposition, ligne)
    if "montant" in prevue.differences or "code" in prevue.differences:
        retenu = prevue.montant
        if ligne.montant_imprime == ligne.MontantImprime.NOUVEAU_TOTAL:
            retenu -= ligne.ancien_montant or Decimal(0)
        if retenu < 0:
            raise ActeRefuse(f"{ligne} : le nouveau total est inférieur à l’ancien montant.")
        autorisation = prevue.autorisation if "code" in prevue.differences else None
        motif = ligne.motif_zero or (LigneDossier.MotifZero.FINANCE_AUTREMENT if retenu == 0 else "")
        ligne.arbitrer(retenu, par=par, motif_zero=motif, autorisation=autorisation)


def _changer_textes(prevue, proposition, ligne):
    if "description" in prevue.differences:
        # The file gives the printed text: quantities that it repeats are not kept twice.
        ligne.description = prevue.lue.description
        ligne.quantites.all().delete()
    if "acte" in prevue.differences:
        ligne.nature_acte = prevue.acte.nature
        ligne.acte_initial_numero, ligne.acte_initial_le = prevue.acte.numero, prevue.acte.initial_le
        ligne.numero_avenant = prevue.acte.avenant
        numero = prevue.acte.annexe
        proposition.annexe = au_numero(proposition.le_rapport, numero) if numero else None
        proposition.formule_acte = prevue.acte.formule
        proposition.save()
    ligne.save()
