"""Rules on the acts that the lines lead to: what an avenant modifies, dates that follow one another."""

import re
from collections import defaultdict

from django.db.models import Q

from deliberations.actes import CHAMPS
from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import une_fois
from dpid.typographie import date_courte
from programmes.models import LigneDossier

Nature = LigneDossier.NatureActe
ANNEE_DU_NUMERO = re.compile(r"^(20\d{2})-")


def constat(examen, ligne, message, *donnees) -> Constat:
    lieu = examen.aux_lignes(ligne.proposition.operation)
    return Constat(lieu, f"{ligne.structure} : {message}", (ligne.proposition.pk, *donnees), examen.a_la_ligne(ligne))


def avenants(examen):
    """(line, its dossier line) of each avenant."""
    for ligne in examen.lignes:
        source = ligne.proposition.ligne
        if source.nature_acte == Nature.AVENANT:
            yield ligne, source


@regle("acte-absent", Gravite.A_JUSTIFIER, "lignes n’ont pas d’acte")
def acte_absent(examen):
    for ligne in examen.financees:
        if ligne.instrument is None:
            yield constat(examen, ligne, "aucun acte n’est choisi.")


@regle("formule-incomplete", Gravite.A_JUSTIFIER, "libellés d’actes ont un champ sans valeur")
def formule_incomplete(examen):
    """A wording that asks for what the line does not say would be printed with a hole."""
    for ligne in examen.lignes:
        source = ligne.proposition.ligne
        valeurs = {
            "annexe": ligne.proposition.annexe_id, "numero": source.acte_initial_numero,
            "date": source.acte_initial_le, "avenant": source.numero_avenant,
        }  # fmt: skip
        vides = [nom for nom in CHAMPS.findall(ligne.proposition.formule_acte) if not valeurs[nom]]
        if vides:
            message = f"le libellé de l’acte demande {', '.join(f'{{{nom}}}' for nom in vides)}, sans valeur."
            yield constat(examen, ligne, message, *vides)


@regle("acte-initial-absent", Gravite.A_JUSTIFIER, "avenants ne disent pas ce qu’ils modifient")
def acte_initial_absent(examen):
    for ligne, source in avenants(examen):
        manques = []
        if not source.acte_initial_numero:
            manques.append("le numéro")
        if source.acte_initial_le is None:
            manques.append("la date")
        if manques:
            yield constat(examen, ligne, f"{' et '.join(manques)} de la convention initiale à préciser.", *manques)


@regle("acte-initial-posterieur", Gravite.A_JUSTIFIER, "conventions initiales sont postérieures à la séance")
def acte_initial_posterieur(examen):
    for ligne, source in avenants(examen):
        if source.acte_initial_le and source.acte_initial_le > examen.jour:
            message = f"la convention initiale est du {date_courte(source.acte_initial_le)}, après la séance."
            yield constat(examen, ligne, message, source.acte_initial_le)


@regle("debut-avant-acte", Gravite.A_JUSTIFIER, "avenants s’appliquent avant la convention qu’ils modifient")
def debut_avant_acte(examen):
    for ligne, source in avenants(examen):
        if source.acte_initial_le and source.debut and source.debut < source.acte_initial_le:
            message = (
                f"l’action commence le {date_courte(source.debut)}, avant la convention initiale du "
                f"{date_courte(source.acte_initial_le)}."
            )
            yield constat(examen, ligne, message, source.debut, source.acte_initial_le)


@regle("annee-de-l-acte", Gravite.INFORMATION, "numéros de convention ne sont pas de l’année de leur date")
def annee_de_l_acte(examen):
    for ligne, source in avenants(examen):
        annee = ANNEE_DU_NUMERO.match(source.acte_initial_numero)
        if annee and source.acte_initial_le and int(annee[1]) != source.acte_initial_le.year:
            message = f"la convention {source.acte_initial_numero} est datée du {date_courte(source.acte_initial_le)}."
            yield constat(examen, ligne, message, source.acte_initial_numero, source.acte_initial_le)


def _acte_initial(source) -> tuple:
    """What names the initial act: its number, else the structure and the date; empty when nothing does."""
    if source.acte_initial_numero:
        return (source.acte_initial_numero,)
    return (source.dossier.structure_id, source.acte_initial_le) if source.acte_initial_le else ()


def _ailleurs(examen):
    """Avenants of the other rapports, in force, that may modify the same acts (one query)."""
    sources = [source for _, source in avenants(examen)]
    numeros = {s.acte_initial_numero for s in sources if s.acte_initial_numero}
    structures = {s.dossier.structure_id for s in sources if not s.acte_initial_numero and s.acte_initial_le}
    autres = LigneDossier.objects.filter(
        Q(acte_initial_numero__in=numeros) | Q(dossier__structure__in=structures), nature_acte=Nature.AVENANT
    )
    autres = autres.filter(Q(votee_le__isnull=False) | Q(propositions__est_active=True)).distinct()
    autres = autres.exclude(pk__in=[ligne.proposition.ligne_id for ligne in examen.lignes])
    return autres.select_related("dossier").order_by("pk") if numeros or structures else ()


@une_fois
def _connus(examen) -> dict[tuple, list[tuple]]:
    """{initial act: (dossier line, where)}, of this rapport and of the others."""
    connus = defaultdict(list)
    for ligne, source in avenants(examen):
        connus[_acte_initial(source)].append((source, examen.aux_lignes(ligne.proposition.operation).libelle.lower()))
    for autre in _ailleurs(examen):
        ou = f"la délibération n° {autre.acte_vote}" if autre.acte_vote else "un autre rapport"
        connus[_acte_initial(autre)].append((autre, ou))
    connus.pop((), None)
    return connus


@regle("acte-initial-divergent", Gravite.A_JUSTIFIER, "dates de convention initiale diffèrent d’un acte à l’autre")
def acte_initial_divergent(examen):
    connus = _connus(examen)
    for ligne, source in avenants(examen):
        if not (source.acte_initial_numero and source.acte_initial_le):
            continue
        autres = {(autre.acte_initial_le, ou) for autre, ou in connus[_acte_initial(source)] if autre.acte_initial_le}
        for jour, ou in sorted(autres):
            if jour != source.acte_initial_le:
                message = (
                    f"la convention {source.acte_initial_numero} est ici du {date_courte(source.acte_initial_le)}, "
                    f"du {date_courte(jour)} pour {ou}."
                )
                yield constat(examen, ligne, message, source.acte_initial_le, jour)


@regle("avenant-deja-pris", Gravite.A_JUSTIFIER, "numéros d’avenant sont déjà pris")
def avenant_deja_pris(examen):
    """One avenant may carry several lines of a structure in one rapport; not two rapports, nor two structures."""
    connus, ici = _connus(examen), {ligne.proposition.ligne_id for ligne in examen.lignes}
    for ligne, source in avenants(examen):
        if source.numero_avenant is None:
            continue
        for autre, ou in connus.get(_acte_initial(source), ()):
            meme_acte = autre.pk in ici and autre.dossier.structure_id == source.dossier.structure_id
            if autre.pk != source.pk and not meme_acte and autre.numero_avenant == source.numero_avenant:
                initial = source.acte_initial_numero or f"du {date_courte(source.acte_initial_le)}"
                message = f"l’avenant n° {source.numero_avenant} à la convention {initial} est déjà celui de {ou}."
                yield constat(examen, ligne, message, source.numero_avenant, autre.pk)
