"""Territoires, cantons, EPCI, communes, services, instances, sources, accounts, structures."""

from deliberations.demonstration.fichiers import lire_csv, lire_json
from deliberations.models import Instance
from dpid.models import Agent, AliasTerritoire, Canton, Commune, Epci, Role, Service, Territoire
from dpid.textes import cle_texte
from programmes.models import AliasStructure, Representant, SourceFinancement, Structure

MOT_DE_PASSE = "Demonstration-62"


def charger_referentiels():
    """Territoires, cantons, EPCI, communes, services, instances, sources."""
    territoires = lire_json("territoires.json")
    for ordre, t in enumerate(territoires, start=1):
        objet, _ = Territoire.objects.get_or_create(
            code=t["code"],
            defaults={"libelle": t["libelle"], "type": t.get("type", "territoire"), "ordre": ordre},
        )
        for texte in [t["libelle"], *t.get("alias", [])]:
            AliasTerritoire.objects.get_or_create(cle=cle_texte(texte), defaults={"texte": texte, "territoire": objet})
    par_code = {t.code: t for t in Territoire.objects.all()}
    for t in territoires:
        par_code[t["code"]].inclus.set(par_code[c] for c in t.get("inclus", []))
        par_code[t["code"]].exclus.set(par_code[c] for c in t.get("exclus", []))
    if not Commune.objects.exists():
        _charger_communes(par_code)
    organisation = lire_json("organisation.json")
    for ordre, s in enumerate(organisation["services"], start=1):
        Service.objects.get_or_create(code=s["code"], defaults={**s, "ordre": ordre})
    for i in organisation["instances"]:
        Instance.objects.get_or_create(code=i["code"], defaults=i)
    for s in organisation["sources"]:
        SourceFinancement.objects.get_or_create(code=s["code"], defaults=s)


def _charger_communes(territoires):
    Canton.objects.bulk_create(Canton(**c) for c in lire_csv("cantons.csv"))
    for e in lire_csv("epci.csv"):
        epci = Epci.objects.create(siren=e["siren"], nom=e["nom"], nature=e["nature"])
        epci.territoires.set(territoires[c] for c in e["territoires"].split("|") if c)
    cantons = {c.code: c for c in Canton.objects.all()}
    epci = {e.siren: e for e in Epci.objects.all()}
    # Towns shared between several cantons (Arras, Boulogne, Calais, Hénin-Beaumont) carry none.
    Commune.objects.bulk_create(
        Commune(code=c["code"], nom=c["nom"], canton=cantons.get(c["canton"]), epci=epci.get(c["epci"]))
        for c in lire_csv("communes.csv")
    )


def charger_comptes() -> list[Agent]:
    """One account per role, and the system account of the commands, which cannot log in."""
    comptes = []
    for c in lire_json("organisation.json")["comptes"]:
        agent, cree = Agent.objects.get_or_create(
            username=c["username"],
            defaults={
                "first_name": c["prenom"],
                "last_name": c["nom"],
                "roles": c["roles"],
                "qualite": c["qualite"],
                "est_chef_de_service": c.get("chef", False),
                # Everybody who instructs may use the admin; its permissions are the same as the pages'.
                "is_staff": bool(
                    {Role.INSTRUCTION, Role.BUDGET, Role.ADMINISTRATION, Role.ASSEMBLEES} & set(c["roles"])
                ),
            },
        )
        if cree:
            connexion = c.get("connexion", True)
            agent.set_password(MOT_DE_PASSE) if connexion else agent.set_unusable_password()
            agent.save()
            agent.services.set(Service.objects.filter(code__in=c.get("services", [])))
            agent.territoires.set(Territoire.objects.filter(code__in=c.get("territoires", [])))
        comptes.append(agent)
    return [a for a in comptes if not a.est_systeme]


def charger_structures():
    for s in lire_json("structures.json"):
        alias, representants = s.pop("alias", []), s.pop("representants", [])
        structure, cree = Structure.objects.get_or_create(raison_sociale=s["raison_sociale"], defaults=s)
        for texte in alias if cree else []:
            AliasStructure.objects.create(structure=structure, texte=texte)
        for representant in representants if cree else []:
            Representant.objects.create(structure=structure, **representant)
