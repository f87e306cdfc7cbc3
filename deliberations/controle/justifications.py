"""Accepting findings that are to be justified: one motive for a group, kept with the print of its data."""

from django.db import transaction

from deliberations.controle.constats import Gravite, Groupe
from deliberations.controle.registre import controler, est_reservee
from deliberations.models import Justification, Rapport
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.models import Journal

LONGUEUR = Justification._meta.get_field("motif").max_length


@transaction.atomic
def justifier(rapport, *, regle: str, lieu: str, empreinte: str, motif: str, par) -> Justification:
    """Justify the findings of `regle` in `lieu`, as they were shown (`empreinte`); twice is once.

    Raises ActeRefuse, VersionPerimee when the data have changed since.
    """
    motif = " ".join((motif or "").split())
    if not motif:
        raise ActeRefuse("Une justification dit pourquoi : écrivez-la.")
    if len(motif) > LONGUEUR:
        raise ActeRefuse(f"La justification compte {len(motif)} caractères : {LONGUEUR} au plus.")
    Rapport.verrouiller(rapport.pk).refuser_si_vote()
    deja = Justification.objects.filter(rapport=rapport, regle=regle, lieu=lieu, empreinte=empreinte).first()
    if deja is not None:
        return deja
    groupe = controler(rapport, agent=par).trouver(regle, lieu)
    if groupe is None:
        raise ActeRefuse("Ce constat n’existe plus : il n’y a rien à justifier.")
    if groupe.gravite is not Gravite.A_JUSTIFIER:
        raise ActeRefuse(f"« {groupe} » ne se justifie pas : c’est un constat {groupe.gravite.value}.")
    if groupe.empreinte != empreinte:
        raise VersionPerimee("Les données ont changé depuis l’affichage : relisez le constat, puis justifiez-le.")
    return _ecrire(rapport, groupe, motif, par)


def _ecrire(rapport, groupe: Groupe, motif: str, par) -> Justification:
    creee = Justification.objects.create(
        rapport=rapport, regle=groupe.regle.cle, lieu=groupe.lieu.cle, empreinte=groupe.empreinte, motif=motif, par=par
    )
    _noter(rapport, "justifier", "Justifier un constat", creee, par=par, motif=f"{groupe} {motif}")
    return creee


@transaction.atomic
def reprendre(justification: Justification, *, par) -> None:
    """Take a justification back: its findings are open again. Raises ActeRefuse once voted."""
    rapport = justification.rapport
    Rapport.verrouiller(rapport.pk).refuser_si_vote()
    _noter(
        rapport, "reprendre_justification", "Reprendre une justification", justification, par=par,
        motif=justification.motif,
    )  # fmt: skip
    justification.delete()


def _noter(rapport, verbe, acte, justification, *, par, motif):
    """The history of a rapport is read by every role: it does not repeat what the secrétariat alone may see."""
    if est_reservee(justification.regle):
        Journal.noter(rapport, verbe, f"{acte} réservé", par=par)
        return
    donnees = {"regle": justification.regle, "lieu": justification.lieu, "empreinte": justification.empreinte}
    Journal.noter(rapport, verbe, acte, par=par, motif=motif, donnees=donnees)
