"""Rules on the structures financed: who they are, who signs for them, what their financing waits for."""

import re

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import une_fois
from dpid.typographie import date_courte
from programmes.models import AvisInstance, Dispositif, Representant
from programmes.models.instruction import Sens
from programmes.structures.doublons import rapprocher

POINTILLES = re.compile(r"…|\.{3,}|_{3,}|\bX{2,}\b")
FSL = Dispositif.InstanceExterne.FSL


def _constat(examen, structure, message, *donnees) -> Constat:
    lieu = examen.au_rapport("structures", "Structures financées", "rapport")
    return Constat(lieu, f"{structure} : {message}", (structure.pk, *donnees), structure.get_absolute_url())


@regle("siret-absent", Gravite.A_JUSTIFIER, "structures n’ont pas de SIRET")
def siret_absent(examen):
    for structure in examen.structures.values():
        if not structure.siret:
            yield _constat(examen, structure, "pas de SIRET.")


@une_fois
def _representants(examen) -> dict[int, list]:
    """{structure: who may sign for it on the day of the séance}."""
    trouves = {pk: [] for pk in examen.structures}
    for representant in Representant.objects.filter(structure__in=trouves).au(examen.jour):
        trouves[representant.structure_id].append(representant)
    return trouves


def _signataires(examen) -> dict[int, object]:
    """Structures with which an act is to be signed."""
    sources = (ligne.proposition.ligne for ligne in examen.lignes)
    return {s.dossier.structure_id: s.dossier.structure for s in sources if s.nature_acte}


@regle("representant-absent", Gravite.A_JUSTIFIER, "structures n’ont pas de représentant à la date de la séance")
def representant_absent(examen):
    representants = _representants(examen)
    for pk, structure in _signataires(examen).items():
        if not representants[pk]:
            yield _constat(examen, structure, f"personne ne la représente au {date_courte(examen.jour)}.", examen.jour)


@regle("habilitation-incomplete", Gravite.A_JUSTIFIER, "habilitations sont à compléter")
def habilitation_incomplete(examen):
    """The act would be printed with dots where the deliberation of the structure should be."""
    representants = _representants(examen)
    for pk, structure in _signataires(examen).items():
        for representant in representants[pk]:
            if not representant.habilitation.strip() or POINTILLES.search(representant.habilitation):
                message = f"l’habilitation de {representant} est à compléter."
                yield _constat(examen, structure, message, representant.pk, representant.habilitation)


@regle("structure-fusionnee", Gravite.A_JUSTIFIER, "structures ont été fusionnées dans une autre")
def structure_fusionnee(examen):
    for structure in examen.structures.values():
        if structure.fusionnee_dans_id:
            yield _constat(examen, structure, "elle a été fusionnée dans une autre.", structure.fusionnee_dans_id)


@regle("doublon-de-structure", Gravite.A_JUSTIFIER, "paires de structures semblent n’en faire qu’une")
def doublon_de_structure(examen):
    """Two names of the rapport that may be one structure: its amounts would be counted apart."""
    for paire in rapprocher(list(examen.structures.values())):
        message = f"peut-être la même que {paire.autre} ({', '.join(paire.raisons)})."
        yield _constat(examen, paire.une, message, paire.autre.pk)


def _par_dispositif(examen):
    """(opération, dispositif, its financed lines), in order."""
    for operation in examen.operations:
        groupes: dict[int, list] = {}
        for ligne in operation.lignes:
            if ligne.nouveau:
                groupes.setdefault(ligne.proposition.ligne.dossier.dispositif_id, []).append(ligne)
        for lignes in groupes.values():
            yield operation.operation, lignes[0].proposition.ligne.dossier.dispositif, lignes


@regle("condition-non-levee", Gravite.INFORMATION, "dispositifs attendent la levée d’une condition")
def condition_non_levee(examen):
    for operation, dispositif, _ in _par_dispositif(examen):
        if dispositif.est_suspendu:
            message = f"{dispositif.reference} : {dispositif.condition_suspensive} (non levée, la convention attendra)."
            yield Constat(examen.aux_lignes(operation), message, (dispositif.pk, dispositif.condition_suspensive))


@regle("avis-d-instance-absent", Gravite.A_JUSTIFIER, "dossiers n’ont pas l’avis de leur instance")
def avis_d_instance_absent(examen):
    """The comité technique of the FSL engages the fund; a dispositif may also ask for another instance."""
    attendus = {}
    for operation, dispositif, lignes in _par_dispositif(examen):
        for ligne in lignes:
            instance = dispositif.instance_externe or (FSL if _est_du_fsl(ligne) else "")
            if instance:
                attendus[ligne.proposition.ligne.dossier_id, instance] = (operation, ligne)
    dossiers = {dossier for dossier, _ in attendus}
    rendus = set(
        AvisInstance.objects.filter(dossier__in=dossiers)
        .exclude(sens=Sens.DEFAVORABLE)
        .values_list("dossier", "instance")
    )
    for cle, (operation, ligne) in attendus.items():
        if cle not in rendus:
            instance = Dispositif.InstanceExterne(cle[1]).label
            message = f"{ligne.structure} : pas d’avis favorable ou réservé ({instance})."
            yield Constat(examen.aux_lignes(operation), message, cle, examen.a_la_ligne(ligne))


def _est_du_fsl(ligne) -> bool:
    sources = (f.source for f in ligne.proposition.ligne.financements.all())
    return any(source is not None and source.code == FSL for source in sources)
