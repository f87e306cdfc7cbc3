"""Acts around a dossier that are not its own verbs: an avis given, the notes, a verdict; one journal row each."""

from django.db import transaction
from django.utils import timezone

from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.gestes import deja_cree
from dpid.models import Agent, Journal
from programmes.instruction.verbes import INSTRUIT
from programmes.models import Avis, AvisInstance, Dossier, NoteCritere


def _refuser_si_decide(dossier) -> Dossier:
    """The dossier, locked. Raises ActeRefuse when it is inscribed or decided."""
    verrouille = Dossier.verrouiller(dossier.pk)
    if verrouille.etat not in INSTRUIT:
        raise ActeRefuse(f"Le {verrouille} est « {verrouille.get_etat_display()} » : son instruction est close.")
    return verrouille


@transaction.atomic
def noter(form, *, par) -> Dossier:
    """Write the grid of `NotesForm`. Raises VersionPerimee, ActeRefuse."""
    dossier = _refuser_si_decide(form.dossier)
    frais = type(form)(form.data, dossier=dossier)  # what is stored now, under the lock
    if frais.est_perimee():
        raise VersionPerimee("Les notes ont été modifiées pendant votre saisie.")
    changees = []
    for c in form.criteres:
        note, motif = form.cleaned_data[f"note_{c.pk}"], form.cleaned_data[f"motif_{c.pk}"]
        stockee = frais.stockees.get(c.pk)
        if note is None:
            if stockee:
                stockee.delete()
                changees.append(f"{c} : retirée")
        elif stockee is None or (stockee.note, stockee.motif) != (note, motif):
            stockee = stockee or NoteCritere(dossier=dossier, critere=c)
            stockee.note, stockee.motif = note, motif
            stockee.full_clean()
            stockee.save()
            changees.append(f"{c} : {note}/{c.note_max}")
    if changees:
        Journal.noter(dossier, "noter", "Noter les critères", par=par, motif=" ; ".join(changees))
    return dossier


@transaction.atomic
def saisir_instance(form, dossier, *, par, jeton: str = "") -> AvisInstance:
    """Verdict of an outside instance; `jeton` twice is the same verdict. Raises ActeRefuse."""
    deja = deja_cree(AvisInstance, par, jeton) if jeton else None
    if deja:
        return AvisInstance.objects.get(pk=deja)
    form.instance.dossier = _refuser_si_decide(dossier)
    avis = form.save()
    titre = f"Saisir l’avis de l’instance : {avis.get_instance_display()}"
    donnees = {"jeton": jeton, "dossier": dossier.pk}
    Journal.noter(avis, "creer", titre, par=par, vers=avis.sens, motif=avis.texte, donnees=donnees)
    return avis


def systeme() -> Agent:
    return Agent.objects.filter(username=Agent.SYSTEME).first() or Agent.creer_systeme()


def echoir_avis(*, jour=None, par=None) -> int:
    """Apply to the avis past their deadline the rule of their dispositif; returns how many. Run twice, it does nothing.

    Each in its own transaction: one refused (given in the same instant) does not hold back the others.
    """
    jour = jour or timezone.localdate()
    echus = list(Avis.objects.en_retard(jour).select_related("dossier__dispositif").order_by("pk"))
    par = par or (systeme() if echus else None)
    faits = 0
    for avis in echus:
        try:
            avis.echoir(par=par)
        except ActeRefuse:
            continue
        faits += 1
    return faits
