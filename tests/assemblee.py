"""A small assembly for the tests: members with their mandates, a sheet of attendance, a rapport brought to its vote."""

from datetime import date

from deliberations.models import Elu, Groupe, Mandat, Presence, Rapport, RegleAssemblee

DEBUT = date(2021, 7, 1)
NOMS = (("Mme", "Anne", "ALLARD"), ("M.", "Bruno", "BERTIN"), ("Mme", "Chloé", "CARLIER"))


def elu(
    code, *, civilite="Mme", prenom="Anne", nom="ALLARD", instance, groupe="Groupe A", a_voix=True, ordre=0, **mandat
):
    """A member of `instance` with one mandate."""
    membre, cree = Elu.objects.get_or_create(code=code, defaults={"civilite": civilite, "ordre": ordre})
    if cree or not membre.mandats.filter(instance=instance).exists():
        siege = None
        if groupe:
            siege, _ = Groupe.objects.get_or_create(
                code=groupe.lower().replace(" ", "-"), defaults={"libelle": groupe, "ordre": ord(groupe[-1])}
            )
        Mandat.objects.create(
            elu=membre, instance=instance, prenom=prenom, nom=nom, groupe=siege, a_voix=a_voix,
            **{"debut": DEBUT, **mandat},
        )  # fmt: skip
    return membre


def assemblee(instance) -> list[Elu]:
    """Three voting members and the rule of the quorum."""
    RegleAssemblee.objects.get_or_create(instance=instance, debut=DEBUT, defaults={"source": "règle d’essai"})
    return [
        elu(f"membre-{rang}-{instance.code.lower()}", civilite=c, prenom=p, nom=n, instance=instance, ordre=rang)
        for rang, (c, p, n) in enumerate(NOMS, start=1)
    ]


def tenir(seance) -> None:
    """The sheet of the séance: everybody is there."""
    if not seance.presences.exists():
        for membre in assemblee(seance.instance):
            Presence.objects.create(seance=seance, elu=membre, etat=Presence.Etat.PRESENT)


def envoyer(rapport, *, par) -> None:
    """From « visé » to « envoyé aux élus », by its acts."""
    if rapport.etat == Rapport.Etat.VISE:
        rapport.envoyer_en_commission(par=par)
    if rapport.etat == Rapport.Etat.EN_COMMISSION:
        rapport.envoyer_aux_elus(par=par)


def mener_au_vote(rapport, *, par) -> None:
    """Sent to the members, attendance typed: the vote may be recorded."""
    tenir(rapport.seance)
    envoyer(rapport, par=par)
