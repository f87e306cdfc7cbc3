"""Rules on where the money comes from: AE that suffice, codes in force in the year of the séance."""

from budget.models import AutorisationEngagement
from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import une_fois
from deliberations.models import ImputationVotee, Rapport
from dpid.montants import ZERO
from programmes.regles import e


def _lieu(examen, code):
    return examen.au_rapport(f"code-{code}", f"Ligne {code}", "rapport")


@une_fois
def tableau(examen) -> list:
    """Rows of the table: as they were voted once they are, since the vote has consumed the disponible."""
    if examen.rapport.etat == Rapport.Etat.ADOPTE:
        return list(ImputationVotee.objects.filter(deliberation__rapport=examen.rapport))
    return examen.lecture.imputations


@regle("ae-depassee", Gravite.BLOQUANT, "AE sont dépassées")
def ae_depassee(examen):
    for ligne in tableau(examen):
        if ligne.solde < ZERO:
            message = (
                f"{e(ligne.proposition)} proposés pour {e(ligne.disponible)} disponibles : il manque {e(-ligne.solde)}."
            )
            yield Constat(_lieu(examen, ligne.code), message, (ligne.proposition, ligne.disponible))


@regle("ae-epuisee", Gravite.INFORMATION, "AE sont consommées en entier")
def ae_epuisee(examen):
    for ligne in tableau(examen):
        if ligne.solde == ZERO and ligne.proposition:
            message = f"les {e(ligne.disponible)} disponibles sont consommés en entier."
            yield Constat(_lieu(examen, ligne.code), message, (ligne.disponible,))


@regle("a-imputer", Gravite.BLOQUANT, "lignes restent à imputer")
def a_imputer(examen):
    for ligne in examen.lignes:
        if ligne.a_imputer:
            message = f"{ligne.structure} : {e(ligne.budget)} à imputer sur une ligne budgétaire."
            lieu = examen.aux_lignes(ligne.proposition.operation)
            yield Constat(lieu, message, (ligne.proposition.pk, ligne.budget), examen.a_la_ligne(ligne))


def _par_ae(examen) -> dict:
    """{AE: amount}, in the order of the lines."""
    trouvees = {}
    for ligne in examen.financees:
        for f in ligne.proposition.ligne.financements.all():
            if f.autorisation:
                trouvees.setdefault(f.autorisation_id, f.autorisation)
    return trouvees


@regle("ae-hors-exercice", Gravite.A_JUSTIFIER, "AE ne sont pas ouvertes pour l’exercice")
def ae_hors_exercice(examen):
    """An AE of another year, or caduque on the day of the séance."""
    exercice = examen.rapport.seance.exercice
    for ae in _par_ae(examen).values():
        if not ae.millesime <= exercice <= (ae.exercice_fin or ae.millesime):
            message = f"l’AE est de {ae.millesime}, la séance de l’exercice {exercice}."
            yield Constat(_lieu(examen, ae.ligne.code), message, (ae.millesime, ae.exercice_fin, exercice))
        elif ae.caduque_le and ae.caduque_le <= examen.jour:
            message = f"l’AE de {ae.millesime} est caduque depuis le {ae.caduque_le:%d/%m/%Y}."
            yield Constat(_lieu(examen, ae.ligne.code), message, (ae.millesime, ae.caduque_le))


@regle("code-remplace", Gravite.A_JUSTIFIER, "codes sont ceux d’une nomenclature remplacée")
def code_remplace(examen):
    """The line has a successor open in the year: the nomenclature has changed, the dossier kept the former code."""
    exercice = examen.rapport.seance.exercice
    employees = {ae.ligne_id: ae.ligne for ae in _par_ae(examen).values()}
    ouvertes = AutorisationEngagement.objects.de_l_exercice(exercice).filter(ligne__predecesseur__in=employees)
    for pk, code in ouvertes.order_by("ligne__code").values_list("ligne__predecesseur", "ligne__code").distinct():
        ancien = employees[pk].code
        message = f"ce code est remplacé par {code} pour l’exercice {exercice}."
        yield Constat(_lieu(examen, ancien), message, (ancien, code))
