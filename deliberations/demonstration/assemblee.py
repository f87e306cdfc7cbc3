"""The assembly of the published acts: groups (invented), members and their mandates, commissions, texts cited."""

from django.db import transaction

from deliberations.demonstration.fichiers import jour, lire_json
from deliberations.models import (
    Commission,
    Elu,
    Groupe,
    Instance,
    Mandat,
    Presence,
    RegleAssemblee,
    Seance,
    Signataire,
    TexteJuridique,
)

Etat = Presence.Etat
# A member without a voice is printed apart by the mandate, not by the attendance.
ETATS = {
    "present": Etat.PRESENT,
    "excuse": Etat.EXCUSE,
    "absent": Etat.ABSENT,
    "assistant": Etat.PRESENT,
    "excuse_sans_voix": Etat.EXCUSE,
}


@transaction.atomic
def charger_assemblee():
    donnees = lire_json("assemblee.json")
    for g in donnees["groupes"]:
        Groupe.objects.get_or_create(code=g["code"], defaults=g)
    for c in donnees["commissions"]:
        Commission.objects.get_or_create(numero=c["numero"], defaults=c)
    for r in donnees["regles"]:
        instance, depuis = Instance.objects.get(code=r.pop("instance")), jour(r.pop("depuis"))
        RegleAssemblee.objects.get_or_create(instance=instance, debut=depuis, defaults=r)
    for s in donnees["signataires"]:
        valeurs = {**s, "debut": jour(s["debut"]), "fin": jour(s["fin"])}
        Signataire.objects.get_or_create(code=s["code"], defaults=valeurs)
    for t in donnees["textes"]:
        vigueur = {cle: jour(t[cle]) for cle in ("en_vigueur_du", "en_vigueur_au")}
        TexteJuridique.objects.get_or_create(code=t["code"], defaults={**t, **vigueur})
    _charger_elus(donnees["elus"])


def _charger_elus(elus):
    groupes = {g.code: g for g in Groupe.objects.all()}
    instances = {i.code: i for i in Instance.objects.all()}
    for e in elus:
        elu, cree = Elu.objects.get_or_create(code=e["code"], defaults={"civilite": e["civilite"], "ordre": e["ordre"]})
        for m in e["mandats"] if cree else []:
            liens = {"instance": instances[m.pop("instance")], "groupe": groupes[m.pop("groupe")]}
            periode = {"debut": jour(m.pop("debut")), "fin": jour(m.pop("fin"))}
            mandat = Mandat(elu=elu, **liens, **periode, **m)
            mandat.full_clean()
            mandat.save()


def charger_seance(s: dict) -> Seance:
    """The meeting, who chairs it, who signs for it; its attendance is typed with the vote (`saisir_assistance`)."""
    elus = Elu.objects.in_bulk([s[c] for c in ("president", "secretaire") if c in s], field_name="code")
    seance, _ = Seance.objects.get_or_create(
        instance=Instance.objects.get(code=s["instance"]),
        date=jour(s["date"]),
        defaults={
            "president": elus.get(s.get("president")),
            "secretaire": elus.get(s.get("secretaire")),
            "signataire": Signataire.objects.filter(code=s.get("signataire")).first(),
        },
    )
    return seance


def saisir_assistance(seance, presences: dict):
    """The whole sheet at once. Who carries the voice of an excused member is not published."""
    if seance.presences.exists():
        return
    elus = Elu.objects.in_bulk([code for codes in presences.values() for code in codes], field_name="code")
    Presence.objects.bulk_create(
        Presence(seance=seance, elu=elus[code], etat=ETATS[liste])
        for liste, codes in presences.items()
        for code in codes
    )
