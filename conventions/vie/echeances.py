"""Obligations de suivi made into dated échéances when the act is notified."""

from datetime import date, timedelta

from django.utils import timezone

from conventions import fiches, periode
from conventions.models import Acte, Convention, Echeance
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
PUBLIER, DECRET = "Publication des données essentielles", "décret n° 2017-779"
# Compte rendu financier: six months after the end of the exercice for which it was granted (loi 2000-321, art. 10).
COMPTE_RENDU = 6  # months
# What is due may be done before a signature that comes late, not years before.
ANTERIORITE = timedelta(days=366)


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
    # What was signed in the year, all acts together.
    if acte.signe_le and lu.montant + lu.autres_signes > SEUIL_CONVENTION:
        yield Nature.PUBLICATION, PUBLIER, ajouter_mois(acte.signe_le, PUBLICATION), DECRET


def ouvrir(acte, lu) -> None:
    """Write them, once: an avenant does not ask again for the comité that the convention already asks that day.

    The end is that in force once the act is signed. Of an act born elsewhere, what was due before it is entered was
    followed elsewhere.
    """
    echeances = acte.convention.echeances
    demandees = echeances.filter(nature__in=SUIVIS.values()).exclude(acte=acte)
    deja = set(demandees.values_list("nature", "le"))
    fin = periode.fins([acte.convention_id]).get(acte.convention_id, lu.fin)
    if fin:
        echeances.filter(nature=Nature.FIN).exclude(le=fin).delete()
    if echeances.filter(nature=Nature.FIN).exists():
        deja.add((Nature.FIN, fin))
    dues = [e for e in calculer(acte, lu) if (e.nature, e.le) not in deja and (e.nature != Nature.FIN or e.le == fin)]
    if acte.version_modele_id is None:
        dues = [e for e in dues if e.nature == Nature.FIN or e.le >= timezone.localdate()]
    dues += [p for e in dues if e.nature == Nature.PUBLICATION for p in _avec_les_autres(acte, e.le)]
    Echeance.objects.bulk_create(dues, ignore_conflicts=True)


def _avec_les_autres(acte, le) -> list[Echeance]:
    """Acts of the same year that were under the threshold until this one: they are published with it."""
    autres = Acte.objects.filter(
        convention__structure=acte.convention.structure_id, etat=Acte.Etat.NOTIFIE, version_modele__isnull=False,
        signe_le__year=acte.signe_le.year,
    )  # fmt: skip
    autres = autres.exclude(pk=acte.pk).exclude(echeances__nature=Nature.PUBLICATION).avec_montant()
    return [
        Echeance(convention_id=a.convention_id, acte=a, nature=Nature.PUBLICATION, libelle=PUBLIER, le=le, regle=DECRET)
        for a in autres
        if a.montant
    ]


def echoir_conventions(*, jour=None) -> int:
    """Watch: conventions whose last period is over are « échues »; returns how many. Run twice, it does nothing.

    The end is that of the last signed act that states one: an avenant prolongs, or shortens.
    """
    jour = jour or timezone.localdate()
    finies = list(Convention.objects.filter(etat=Convention.Etat.EN_COURS, pk__in=_finies(jour)).order_by("pk"))
    fins = periode.fins(finies)
    for convention in finies:
        convention.echoir(par=systeme(), le=fins[convention.pk], motif="Fin de la période de la convention.")
    return len(finies)


def _finies(jour) -> list[int]:
    en_cours = Convention.objects.filter(etat=Convention.Etat.EN_COURS).order_by().values("pk")
    return [pk for pk, fin in periode.fins(en_cours).items() if fin < jour]


def rouvrir_si_prolongee(convention, *, par) -> None:
    """An avenant signed in time and notified after the end makes the convention run again."""
    fin = periode.fins([convention.pk]).get(convention.pk)
    if convention.etat == Convention.Etat.ECHUE and fin and fin > convention.terminee_le:
        convention.rouvrir(par=par, motif=f"Prolongée jusqu’au {date_courte(fin)}.")


def constater(echeance: Echeance, *, par, le) -> Echeance:
    """What was due was received or done."""
    if echeance.faite_le:
        raise ActeRefuse(f"« {echeance.libelle} » est déjà enregistré le {date_courte(echeance.faite_le)}.")
    if le > timezone.localdate():
        raise ActeRefuse(f"La date du {date_courte(le)} est dans le futur.")
    signe_le = echeance.acte.signe_le
    if signe_le and le < signe_le - ANTERIORITE:
        raise ActeRefuse(f"Le {date_courte(le)} précède de plus d’un an l’acte, signé le {date_courte(signe_le)}.")
    echeance.faite_le, echeance.faite_par = le, par
    echeance.save()
    Journal.noter(
        echeance.convention, "constater", "Enregistrer une échéance", par=par, motif=echeance.libelle,
        donnees={"le": le.isoformat()},
    )  # fmt: skip
    return echeance
