"""Rules on what is bought: quantities, unit costs, amounts given twice."""

from collections import defaultdict
from decimal import Decimal
from statistics import median

from deliberations.controle.constats import Constat, Gravite, regle
from dpid.typographie import accorder
from programmes.regles import e, meme_unite

# How many times dearer, or cheaper, than its neighbours a unit cost deserves an explanation.
ECART = 3


def seule_quantite(ligne):
    """The quantity that the amount buys; None when there is none, or several that nothing tells apart."""
    quantites = [q for q in ligne.proposition.ligne.quantites.all() if q.valeur]
    return quantites[0] if len(quantites) == 1 else None


def cout_unitaire(ligne) -> Decimal:
    """Euros by unit, not rounded."""
    return ligne.nouveau / seule_quantite(ligne).valeur


def groupes_par_unite(operation) -> list[list]:
    """Financed lines of an opération that count one same unit; units are never mixed."""
    groupes: list[list] = []
    for ligne in operation.lignes:
        if not ligne.nouveau or seule_quantite(ligne) is None:
            continue
        unite = seule_quantite(ligne).unite
        voisines = next((g for g in groupes if meme_unite(seule_quantite(g[0]).unite, unite)), None)
        if voisines is None:
            groupes.append([ligne])
        else:
            voisines.append(ligne)
    return groupes


@regle("cout-eloigne", Gravite.A_JUSTIFIER, "coûts unitaires sont éloignés de leurs voisins")
def cout_eloigne(examen):
    for operation in examen.operations:
        lieu = examen.aux_lignes(operation.operation)
        for lignes in groupes_par_unite(operation):
            couts = [cout_unitaire(ligne) for ligne in lignes]
            for rang, ligne in enumerate(lignes):
                autres = couts[:rang] + couts[rang + 1 :]
                if autres and _est_eloigne(couts[rang], median(autres)):
                    message = (
                        f"{ligne.structure} : {e(couts[rang])} par unité ({seule_quantite(ligne).unite}), "
                        f"{e(median(autres))} pour les autres lignes de l’opération."
                    )
                    donnees = (ligne.proposition.pk, ligne.nouveau, seule_quantite(ligne).valeur)
                    yield Constat(lieu, message, donnees, examen.a_la_ligne(ligne))


def _est_eloigne(cout: Decimal, repere: Decimal) -> bool:
    return cout > ECART * repere or cout * ECART < repere


@regle("quantite-absente", Gravite.A_JUSTIFIER, "lignes n’ont pas de quantité, d’autres de leur opération en ont")
def quantite_absente(examen):
    """Where the opération counts something; an opération that counts nothing (a fund, a network) is not concerned."""
    for operation in examen.operations:
        financees = [ligne for ligne in operation.lignes if ligne.nouveau]
        sans = [ligne for ligne in financees if not any(q.valeur for q in ligne.proposition.ligne.quantites.all())]
        if 0 < len(sans) < len(financees):
            for ligne in sans:
                message = f"{ligne.structure} : aucune quantité pour {e(ligne.nouveau)}."
                lieu = examen.aux_lignes(operation.operation)
                yield Constat(lieu, message, (ligne.proposition.pk, ligne.nouveau), examen.a_la_ligne(ligne))


@regle("montant-en-double", Gravite.A_JUSTIFIER, "montants sont donnés deux fois à une même structure")
def montant_en_double(examen):
    """Same structure, same amount, in two opérations: one request taken twice, or two that happen to cost the same."""
    par_structure = defaultdict(list)
    for ligne in examen.financees:
        par_structure[ligne.proposition.ligne.dossier.structure_id, ligne.nouveau].append(ligne)
    for (structure, montant), lignes in par_structure.items():
        operations = {ligne.proposition.operation_id: ligne.proposition.operation for ligne in lignes}
        if len(operations) > 1:
            lieux = " et ".join(examen.aux_lignes(o).libelle.lower() for o in operations.values())
            lieu = examen.au_rapport(f"s{structure}", lignes[0].structure, "rapport")
            message = f"{e(montant)} deux fois : {lieux}."
            yield Constat(lieu, message, (montant, *sorted(operations)), examen.a_la_ligne(lignes[-1]))


@regle("ligne-en-double", Gravite.A_JUSTIFIER, "lignes sont identiques")
def ligne_en_double(examen):
    """All that is printed is the same, in one opération."""
    for operation in examen.operations:
        vues = defaultdict(list)
        for ligne in operation.lignes:
            structure = ligne.proposition.ligne.dossier.structure_id
            vues[structure, ligne.nouveau, ligne.description, ligne.territoires].append(ligne)
        for lignes in vues.values():
            if len(lignes) > 1 and lignes[0].nouveau:
                message = f"{lignes[0].structure} : {len(lignes)} lignes identiques de {e(lignes[0].nouveau)}."
                donnees = tuple(ligne.proposition.pk for ligne in lignes)
                lieu = examen.aux_lignes(operation.operation)
                yield Constat(lieu, message, donnees, examen.a_la_ligne(lignes[-1]))


@regle("structure-repetee", Gravite.INFORMATION, "structures ont plusieurs lignes")
def structure_repetee(examen):
    """So that nobody writes « 15 structures » where there are fourteen."""
    for operation in examen.operations:
        lignes = defaultdict(list)
        for ligne in operation.lignes:
            if ligne.nouveau:
                lignes[ligne.proposition.ligne.dossier.structure_id].append(ligne)
        repetees = [groupe[0].structure for groupe in lignes.values() if len(groupe) > 1]
        if repetees:
            nombre = sum(len(groupe) for groupe in lignes.values())
            distinctes = accorder(len(lignes), "structure distincte", "structures distinctes")
            message = f"{accorder(nombre, 'ligne')} pour {distinctes} ({', '.join(repetees)})."
            yield Constat(examen.aux_lignes(operation.operation), message, (nombre, len(lignes)))
