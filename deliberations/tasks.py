"""What the worker makes for the rapports: documents of more than a few hundred lines, and their adoption."""

import hashlib
import json
from datetime import date

from django.conf import settings
from django.urls import reverse

from deliberations import dossier_de_seance, envoi
from deliberations.dossier_de_seance import Edition, conservation
from deliberations.models import Deliberation, Rapport, Scenario, Seance
from dpid.models import Travail
from dpid.tasks import demander

# What is sent or voted is edited whole: the rapport, the act and the annexes each print every line.
DOCUMENTS_PAR_LIGNE = 3


def est_long(rapport) -> bool:
    """True when sending or adopting it would edit its documents for longer than a request should last."""
    return rapport.propositions.count() * DOCUMENTS_PAR_LIGNE > settings.DPID["lignes_en_tache_de_fond"]


def _empreinte(rapport, nature: str, edition=Edition.SIGNEE) -> str:
    """Short hash of what the document prints now."""
    cles = None if nature in dossier_de_seance.ASSEMBLAGES else (nature,)
    contextes = dossier_de_seance.contextes(rapport, edition, cles)
    return hashlib.sha256(json.dumps(contextes, sort_keys=True, default=str).encode()).hexdigest()[:16]


def demander_edition(rapport, nature: str, format: str, *, par, edition=Edition.SIGNEE):
    """A document too long for a request. The key carries its data: a changed rapport is edited again."""
    nom = dossier_de_seance.ASSEMBLAGES.get(nature, nature.capitalize())
    suite = f", {Edition(edition).label}" if edition != Edition.SIGNEE else ""
    return demander(
        "edition",
        f"{nom} du rapport {rapport} ({format.upper()}{suite})",
        {"rapport": rapport.pk, "nature": nature, "format": format, "edition": str(edition)},
        par=par,
        cle=f"edition-{rapport.pk}-{nature}-{format}-{edition}-{par.pk}-{_empreinte(rapport, nature, edition)}",
    )


def editer(travail):
    """Factory of the « edition » jobs."""
    p = travail.parametres
    rapports = Rapport.objects.visibles_par(travail.par).select_related("seance__instance", "service")
    return dossier_de_seance.editer(
        rapports.get(pk=p["rapport"]), p["nature"], p["format"], edition=p["edition"], avancer=travail.avancer
    )


def cle_du_dossier(deliberation_pk: int) -> str:
    return f"dossier-{deliberation_pk}"


def demander_dossier(deliberation, *, par):
    """The bundle of an adopted act, kept with it in its two editions: one job per délibération, whoever asks."""
    return demander(
        "dossier",
        f"Dossier de la délibération n°\u00a0{deliberation.numero}",
        {"deliberation": deliberation.pk, "adresse": reverse("deliberation", args=[deliberation.pk])},
        par=par,
        cle=cle_du_dossier(deliberation.pk),
    )


def travail_du_dossier(deliberation) -> Travail | None:
    """The job that makes the bundle of this act, whoever asked for it: how far it is, or why it failed."""
    return Travail.objects.filter(cle=cle_du_dossier(deliberation.pk)).defer("resultat").first()


def conserver(travail):
    """Factory of the « dossier » jobs. Taken up after a crash it finds the bundle kept, or keeps it: never twice."""
    actes = Deliberation.objects.select_related("rapport__seance__instance", "rapport__service")
    deliberation = actes.get(pk=travail.parametres["deliberation"])
    conservation.conserver(deliberation, par=travail.par, avancer=travail.avancer)
    return None, "Le dossier est conservé dans ses deux éditions."


def demander_dossiers_manquants() -> int:
    """Watch: the bundle of an adopted act is made without anybody asking; returns how many are asked for.

    A job that failed is not asked for again: its message says what to do.
    """
    natures = conservation.NATURES.values()
    actes = Deliberation.objects.a_transmettre().filter(documents__nature="deliberation")
    actes = {cle_du_dossier(a.pk): a for a in actes.exclude(documents__nature__in=natures).select_related("par")}
    deja = set(Travail.objects.filter(cle__in=actes).values_list("cle", flat=True)) if actes else set()
    for cle in actes.keys() - deja:
        demander_dossier(actes[cle], par=actes[cle].par)
    return len(actes.keys() - deja)


def demander_adoption(rapport, *, numero: str, le: date, par):
    """Adoption of a rapport whose documents are too long for a request; one job per rapport."""
    return demander(
        "adoption",
        f"Adoption du rapport {rapport} (délibération n°\u00a0{numero})",
        {"rapport": rapport.pk, "numero": numero, "le": le.isoformat()},
        par=par,
        cle=f"adoption-{rapport.pk}-{numero}-{_empreinte(rapport, 'repartition')}",
    )


def adopter(travail):
    """Factory of the « adoption » jobs. Taken up after a crash it finds the act done, or does it: never twice."""
    p = travail.parametres
    rapport = Rapport.objects.select_related("seance__instance", "service").get(pk=p["rapport"])
    if rapport.etat == Rapport.Etat.ADOPTE and rapport.deliberation.numero == p["numero"]:
        return None, f"Délibération n°\u00a0{p['numero']} enregistrée."
    rapport.adopter(par=travail.par, numero=p["numero"], le=date.fromisoformat(p["le"]), avancer=travail.avancer)
    return None, f"Délibération n°\u00a0{p['numero']} enregistrée."


def demander_envoi(rapport, a: str, *, par):
    """Sending of a rapport whose documents are too long for a request. The key carries its data: a rapport corrected
    after a refusal is sent again."""
    _, _, titre = envoi.ETAPES[a]
    return demander(
        "envoi",
        f"{titre} : rapport {rapport}",
        {"rapport": rapport.pk, "a": a, "rang": rapport.editions.count() + 1},
        par=par,
        cle=f"envoi-{rapport.pk}-{a}-{rapport.editions.count()}-{_empreinte(rapport, 'rapport')}",
    )


def envoyer(travail):
    """Factory of the « envoi » jobs. Taken up after a crash it finds the edition made, or makes it: never twice."""
    p = travail.parametres
    rapport = Rapport.objects.select_related("seance__instance", "service").get(pk=p["rapport"])
    _, verbe, _ = envoi.ETAPES[p["a"]]
    if not rapport.editions.filter(rang=p["rang"]).exists():
        getattr(rapport, verbe)(par=travail.par, avancer=travail.avancer)
    return None, f"Rapport {rapport} : {rapport.get_etat_display().lower()}."


def demander_retenue(scenario, choix: dict, *, par):
    """Adoption of a scenario whose lines are too many for a request; `choix`: what `RetenirForm` gives.

    The key carries the amounts confirmed: a double click is one job, a scenario changed since is another.
    """
    rapport, seance = choix["rapport"], choix["seance"]
    return demander(
        "retenue",
        f"Adoption du scénario « {scenario.nom} »",
        {**choix, "scenario": scenario.pk, "rapport": rapport and rapport.pk, "seance": seance and seance.pk},
        par=par,
        cle=f"retenue-{scenario.pk}-{choix['empreinte']}-{par.pk}",
    )


def retenir(travail):
    """Factory of the « retenue » jobs. Taken up after a crash it finds the act done, or does it: never twice."""
    choix = dict(travail.parametres)
    scenario = Scenario.objects.visibles_par(travail.par).get(pk=choix.pop("scenario"))
    if scenario.etat != Scenario.Etat.RETENU:
        if choix["rapport"]:
            choix["rapport"] = Rapport.objects.visibles_par(travail.par).get(pk=choix["rapport"])
        if choix["seance"]:
            choix["seance"] = Seance.objects.get(pk=choix["seance"])
        scenario.retenir(par=travail.par, **choix)
    return None, f"Le scénario « {scenario.nom} » est retenu : ses lignes sont au rapport {scenario.rapport}."
