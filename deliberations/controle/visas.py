"""Rules on what the délibération refers to: texts in force, délibérations that exist, avis of the commissions."""

import re

from django.utils import timezone

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import Moment, une_fois
from deliberations.models import Deliberation, TexteJuridique
from dpid.typographie import date_courte

Nature = TexteJuridique.Nature
CITEE = re.compile(r"délibération\s+(?:n°\s*)?(20\d{2}-\d{1,4})\b", re.IGNORECASE)
LOI_DE_FINANCES = re.compile(r"loi de finances[^.;]{0,40}?\b(20\d{2})\b(?!-)", re.IGNORECASE)


def _lieu(examen, cle="visas", libelle="Visas"):
    return examen.au_rapport(cle, libelle, "rapport")


@regle("aucun-texte-vise", Gravite.A_JUSTIFIER, "délibérations ne visent aucun texte")
def aucun_texte_vise(examen):
    if not examen.visas:
        yield Constat(_lieu(examen), "la délibération ne vise aucun texte.")


@regle("visa-hors-vigueur", Gravite.A_JUSTIFIER, "textes visés ne sont pas en vigueur à la date de la séance")
def visa_hors_vigueur(examen):
    for visa in examen.visas:
        texte = visa.texte
        if not texte.est_en_vigueur(examen.jour):
            bornes = " ".join(
                f"{mot} {date_courte(jour)}"
                for mot, jour in (("du", texte.en_vigueur_du), ("au", texte.en_vigueur_au))
                if jour
            )
            message = f"« {texte} » est en vigueur {bornes}, pas le {date_courte(examen.jour)}."
            yield Constat(_lieu(examen), message, (texte.pk, texte.en_vigueur_du, texte.en_vigueur_au))


@regle("visa-posterieur", Gravite.BLOQUANT, "délibérations visées sont postérieures à la séance")
def visa_posterieur(examen):
    """An act cannot refer to a délibération that does not exist yet: known here, or of a later year by its number."""
    visees = {v.texte.numero: v.texte for v in examen.visas if v.texte.numero}
    connues = dict(Deliberation.objects.filter(numero__in=visees).values_list("numero", "date"))
    for numero, texte in visees.items():
        jour = connues.get(numero)
        if jour and jour > examen.jour:
            yield Constat(_lieu(examen), f"la délibération n° {numero} est du {date_courte(jour)}.", (numero, jour))
        elif numero[:4].isdigit() and int(numero[:4]) > examen.jour.year:
            message = f"la délibération n° {numero} est d’une année postérieure à la séance."
            yield Constat(_lieu(examen), message, (numero, texte.pk))


@regle("visa-manquant", Gravite.A_JUSTIFIER, "délibérations citées ne sont pas visées")
def visa_manquant(examen):
    """Cited by a text, an act or an article, or replaced by this one."""
    visees = {v.texte.numero for v in examen.visas} | {n for v in examen.visas for n in CITEE.findall(v.texte.texte)}
    citees = {}
    for texte in examen.textes:
        for numero in CITEE.findall(texte.texte):
            citees.setdefault(numero, texte.lieu)
    for numero, annexe in enumerate(examen.annexes, start=1):
        for citee in CITEE.findall(annexe.objet):
            citees.setdefault(citee, examen.au_rapport(f"a{annexe.pk}", f"Annexe {numero}", "rapport"))
    for ligne in examen.lignes:
        for citee in CITEE.findall(ligne.proposition.formule_acte):
            citees.setdefault(citee, examen.aux_lignes(ligne.proposition.operation))
    if examen.rapport.remplace:
        citees.setdefault(examen.rapport.remplace.numero, _lieu(examen))
    for numero, lieu in citees.items():
        if numero not in visees:
            yield Constat(lieu, f"la délibération n° {numero} est citée sans être visée.", (numero,))


@regle("loi-de-finances", Gravite.A_JUSTIFIER, "lois de finances sont d’un autre exercice")
def loi_de_finances(examen):
    exercice = examen.rapport.seance.exercice
    passages = [(_lieu(examen), v.texte.texte) for v in examen.visas]
    passages += [(texte.lieu, texte.texte) for texte in examen.textes]
    for lieu, passage in passages:
        for annee in LOI_DE_FINANCES.findall(passage):
            if int(annee) != exercice:
                message = f"loi de finances de {annee}, pour un acte de l’exercice {exercice}."
                yield Constat(lieu, message, (annee, exercice))


@une_fois
def _avis(examen) -> list:
    return list(examen.rapport.avis_commissions.select_related("commission"))


@regle(
    "avis-de-commission-absent", Gravite.A_JUSTIFIER, "rapports n’ont l’avis d’aucune commission", moments=[Moment.VOTE]
)
def avis_de_commission_absent(examen):
    if not _avis(examen):
        lieu = _lieu(examen, "avis", "Avis des commissions")
        yield Constat(lieu, "aucune commission n’a donné son avis.")


@regle("avis-hors-dates", Gravite.A_JUSTIFIER, "avis de commission ne sont pas entre l’envoi et la séance")
def avis_hors_dates(examen):
    """Given after the rapport was sent to the commission, before the séance; an act taken over does not know when."""
    envoi = _envoye_le(examen.rapport) if _avis(examen) else None
    lieu = _lieu(examen, "avis", "Avis des commissions")
    for avis in _avis(examen):
        if avis.date > examen.jour:
            message = f"{avis.commission} : avis du {date_courte(avis.date)}, après la séance."
            yield Constat(lieu, message, (avis.pk, avis.date))
        elif envoi is None:
            message = f"{avis.commission} : avis du {date_courte(avis.date)}, rapport pas encore envoyé."
            yield Constat(lieu, message, (avis.pk, avis.date))
        elif avis.date < envoi <= examen.jour:
            message = f"{avis.commission} : avis du {date_courte(avis.date)}, rapport envoyé le {date_courte(envoi)}."
            yield Constat(lieu, message, (avis.pk, avis.date))


def _envoye_le(rapport):
    """Day of the first sending, None when it has not been sent."""
    le = rapport.editions.order_by("rang").values_list("le", flat=True).first()
    return timezone.localdate(le) if le else None
