"""From the rapport to the délibération: attendance, blocks and déports as published, visas, avis, adoption."""

from django.db import transaction

from deliberations.demonstration.assemblee import saisir_assistance
from deliberations.demonstration.fichiers import jour, lire_json
from deliberations.models import AvisDeCommission, BlocDeVote, Commission, Deport, Elu
from dpid.models import Agent


def voter(rapport, nom: str):
    """Take over the act of the fixture `nom`: what was printed is recorded even where the law would ask for more."""
    if rapport.est_vote:
        return
    donnees = lire_json(nom)
    comptes = {a.username: a for a in Agent.objects.all()}
    for etape, compte in (("chef_service", "chef"), ("direction", "direction"), ("finances", "budget")):
        if rapport.etape_attendue() == etape:
            rapport.viser(par=comptes[compte], etape=etape)
    with transaction.atomic():
        recueillir_avis(rapport, donnees["avis"])
        saisir_assistance(rapport.seance, donnees["seance"]["presences"])
        _enregistrer_votes(rapport, donnees["votes"])
    rapport.adopter(
        par=comptes[Agent.SYSTEME], numero=donnees["votes"]["numero"], le=rapport.seance.date,
        reprise=donnees["votes"]["reprise"],
    )  # fmt: skip


def recueillir_avis(rapport, avis):
    commissions = {c.numero: c for c in Commission.objects.all()}
    for a in avis:
        AvisDeCommission.objects.get_or_create(
            rapport=rapport,
            commission=commissions[a["commission"]],
            defaults={"date": jour(a["date"]), "sens": a["sens"]},
        )


def _enregistrer_votes(rapport, votes):
    if rapport.blocs.exists():
        return
    elus = Elu.objects.in_bulk(field_name="code")
    for ordre, b in enumerate(votes["blocs"], start=1):
        bloc = BlocDeVote.objects.create(rapport=rapport, ordre=ordre, titre=b["titre"], imprime=b["imprime"])
        rapport.thematiques.filter(numero__in=b.get("thematiques", [])).update(bloc=bloc)
        for code in b["deports"]:
            Deport.objects.create(rapport=rapport, bloc=bloc, elu=elus[code])
    for code in votes["deports"]:
        Deport.objects.create(rapport=rapport, elu=elus[code])
