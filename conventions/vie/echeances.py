"""Obligations de suivi made into dated échéances when the act is notified."""

from datetime import date

from django.db.models import Max, Q
from django.utils import timezone

from conventions import fiches
from conventions.models import Convention, Echeance
from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from dpid.models import Journal
from dpid.typographie import date_courte
from programmes.appels.echeancier import dates_de_suivi
from programmes.instruction.actes import systeme
from programmes.models import Suivi
from programmes.models.structure import SEUIL_CONVENTION

Nature = Echeance.Nature
SUIVIS = {
    Suivi.Type.COMITE: Nature.COMITE,
    Suivi.Type.TABLEAU: Nature.TABLEAU,
    Suivi.Type.BILAN: Nature.INTERMEDIAIRE,
}
# Data of conventions above 23 000 € a year are published within three months (décret 2017-779).
PUBLICATION = 3  # months
# Compte rendu financier: six months after the end of the exercice for which it was granted (loi 2000-321, art. 10).
COMPTE_RENDU = 6  # months


def calculer(acte, lu) -> list[Echeance]:
    """Unsaved échéances of an act, each with the rule that gives its date."""
    dues = [*(x for lue in lu.fiches for x in _de_la_fiche(lue)), *_des_versements(lu), *_de_la_loi(acte, lu)]
    if lu.fin:
        dues.append((Nature.FIN, "Fin de la convention", lu.fin, "période de l’acte"))
    return [
        Echeance(convention=acte.convention, acte=acte, nature=nature, libelle=libelle[:250], le=le, regle=regle)
        for nature, libelle, le, regle in dues
    ]


def _de_la_fiche(lue):
    jour = fiches.echeance_du_bilan(lue)
    if jour:
        regle = "date fixée par l’acte" if lue.fiche.bilan_le else "règle de la fiche du dispositif"
        yield Nature.BILAN, f"Bilan : {lue.fiche.intitule}", jour, regle
    for suivi in lue.regle.suivis.all() if lue.regle else ():
        jours = dates_de_suivi(suivi.rythme, lue.debut, lue.fin)
        for rang, jour in enumerate(jours, 1):
            libelle = f"{suivi.get_type_display()} {rang} sur {len(jours)} : {lue.fiche.intitule}"
            yield SUIVIS[suivi.type], libelle, jour, f"fiche du dispositif, {suivi.get_rythme_display()}"


def _des_versements(lu):
    for v in lu.versements:
        if v.prevu_le and not v.est_verse:
            yield Nature.VERSEMENT, f"{v.get_type_display()} {v.ordre}", v.prevu_le, "échéancier de l’acte"


def _de_la_loi(acte, lu):
    if not (lu.structure.est_de_droit_prive and lu.montant):
        return
    if lu.fin:
        le = ajouter_mois(date(lu.fin.year, 12, 31), COMPTE_RENDU)
        yield Nature.COMPTE_RENDU, "Compte rendu financier", le, "loi n° 2000-321, article 10"
    if lu.montant > SEUIL_CONVENTION and acte.signe_le:
        le = ajouter_mois(acte.signe_le, PUBLICATION)
        yield Nature.PUBLICATION, "Publication des données essentielles", le, "décret n° 2017-779"


def ouvrir(acte, lu) -> None:
    """Write them, once: an avenant does not ask again for the comité that the convention already asks that day."""
    demandees = acte.convention.echeances.filter(nature__in=SUIVIS.values()).exclude(acte=acte)
    deja = set(demandees.values_list("nature", "le"))
    dues = [e for e in calculer(acte, lu) if (e.nature, e.le) not in deja]
    Echeance.objects.bulk_create(dues, ignore_conflicts=True)


def echoir_conventions(*, jour=None) -> int:
    """Watch: conventions whose last period is over are « échues »; returns how many. Run twice, it does nothing.

    An avenant opens its own end: the last one counts.
    """
    jour = jour or timezone.localdate()
    fin = Max("echeances__le", filter=Q(echeances__nature=Nature.FIN))
    finies = Convention.objects.filter(etat=Convention.Etat.EN_COURS).annotate(fin_le=fin).filter(fin_le__lt=jour)
    finies = list(finies.order_by("pk"))
    for convention in finies:
        convention.echoir(par=systeme(), le=convention.fin_le, motif="Fin de la période de la convention.")
    return len(finies)


def constater(echeance: Echeance, *, par, le) -> Echeance:
    """What was due was received or done."""
    if echeance.faite_le:
        raise ActeRefuse(f"« {echeance.libelle} » est déjà enregistré le {date_courte(echeance.faite_le)}.")
    echeance.faite_le, echeance.faite_par = le, par
    echeance.save()
    Journal.noter(
        echeance.convention, "constater", "Enregistrer une échéance", par=par, motif=echeance.libelle,
        donnees={"le": le.isoformat()},
    )  # fmt: skip
    return echeance
