"""Demo data: reads `fixtures/` and goes through the same verbs as the pages. Loading twice changes nothing."""

import csv
import json
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from budget.models import AutorisationEngagement, Inscription, LigneBudgetaire, Volet
from budget.mouvements import Ecriture, N, enregistrer
from deliberations.models import Instance, OperationPresentee, Rapport, Seance, ThematiquePresentee
from deliberations.redaction.annexes import au_numero
from dpid.models import Agent, AliasTerritoire, Canton, Commune, Epci, Role, Service, Territoire
from dpid.textes import cle_texte
from programmes.models import (
    AliasStructure,
    AppelAProjets,
    Dispositif,
    Dossier,
    Financement,
    LigneDossier,
    LigneTerritoire,
    Quantite,
    Representant,
    SourceFinancement,
    Structure,
    Thematique,
)

FIXTURES = settings.BASE_DIR / "fixtures"
MOT_DE_PASSE = "Demonstration-62"


def lire_json(nom: str):
    return json.loads((FIXTURES / nom).read_text(encoding="utf-8"))


def lire_csv(nom: str):
    with (FIXTURES / nom).open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


def jour(texte):
    return date.fromisoformat(texte) if texte else None


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


def charger_budget(par):
    """Lines of 2022-2024, AE voted, outside affectations such that the disponible is the published one."""
    donnees = lire_json("budget.json")
    for ligne in donnees["lignes"]:
        predecesseur = LigneBudgetaire.objects.filter(code=ligne.pop("predecesseur")).first()
        LigneBudgetaire.objects.get_or_create(code=ligne["code"], defaults={**ligne, "predecesseur": predecesseur})
    lignes = {ligne.code: ligne for ligne in LigneBudgetaire.objects.all()}
    for v in donnees["volets"]:
        Volet.objects.get_or_create(ligne=lignes[v["ligne"]], libelle=v["libelle"])
    for r in donnees["recettes"]:
        Inscription.objects.get_or_create(
            ligne=lignes[r["ligne"]],
            exercice=r["exercice"],
            defaults={"montant": Decimal(r["montant"]), "source": r["source"]},
        )
    for a in donnees["autorisations"]:
        _charger_autorisation(a, lignes[a["ligne"]], par)


def _charger_autorisation(a, ligne, par):
    annee, ae = a["millesime"], Decimal(a["ae"])
    note = "" if "disponible" in a else "Disponible de l’année non publié : affectations antérieures non reprises."
    autorisation, _ = AutorisationEngagement.objects.get_or_create(
        ligne=ligne,
        millesime=annee,
        defaults={"exercice_fin": a.get("fin"), "libelle": a.get("libelle", ""), "note": note},
    )
    cle = f"demo-{ligne.code}-{annee}"
    enregistrer(
        [Ecriture(autorisation.pk, N.VOTE, ae)],
        par=par,
        piece=f"Budget {annee}",
        cle=f"{cle}-vote",
        le=date(annee, 1, 1),
    )
    if "disponible" in a:
        enregistrer(
            [Ecriture(autorisation.pk, N.HORS_APPLICATION, ae - Decimal(a["disponible"]))],
            par=par,
            piece=f"Reprise des affectations {annee} antérieures",
            motif="Différence entre l’AE et le disponible publiés au rapport.",
            cle=f"{cle}-reprise",
            le=jour(a["au"]),
        )


def charger_structures():
    for s in lire_json("structures.json"):
        alias, representants = s.pop("alias", []), s.pop("representants", [])
        structure, cree = Structure.objects.get_or_create(raison_sociale=s["raison_sociale"], defaults=s)
        for texte in alias if cree else []:
            AliasStructure.objects.create(structure=structure, texte=texte)
        for representant in representants if cree else []:
            Representant.objects.create(structure=structure, **representant)


@transaction.atomic
def charger_rapport(nom: str, par) -> Rapport:
    """A whole rapport from its fixture: séance, call, dossiers, presentation. Returns it, loaded or already there."""
    donnees = lire_json(nom)
    s = donnees["seance"]
    instance = Instance.objects.get(code=s["instance"])
    seance, _ = Seance.objects.get_or_create(instance=instance, date=jour(s["date"]))
    r = donnees["rapport"]
    existant = Rapport.objects.filter(seance=seance, titre=r["titre"]).first()
    if existant:
        return existant
    r["service"] = Service.objects.get(code=r["service"])
    r.pop("annexe_repartition", None), r.pop("visas_juridiques", None), r.pop("avis_commissions", None)
    rapport = Rapport.ouvrir(seance=seance, par=par, **r)
    annee = donnees["appel"]["annee"]
    appel, _ = AppelAProjets.objects.get_or_create(annee=annee, defaults=donnees["appel"])
    for ordre, t in enumerate(donnees["thematiques"], start=1):
        thematique, _ = Thematique.objects.get_or_create(
            appel=appel, numero=t["numero"], defaults={"titre": t["titre"]}
        )
        presentee = ThematiquePresentee.objects.create(
            rapport=rapport, thematique=thematique, numero=t["numero"], titre=t["titre"], ordre=ordre, texte=t["texte"]
        )
        for rang, o in enumerate(t["operations"], start=1):
            _charger_operation(rapport, presentee, o, rang, par)
    for d in donnees.get("dossiers_hors_rapport", []):
        dispositif = Dispositif.objects.get(thematique__appel=appel, reference=d["dispositif"])
        ligne = _charger_ligne(dispositif, d, par)
        if d["etat"] == Dossier.Etat.PROPOSE:
            ligne.dossier.proposer(par=par)
    return rapport


def _charger_operation(rapport, presentee, o, rang, par):
    d = o["dispositif"]
    dispositif, _ = Dispositif.objects.get_or_create(
        thematique=presentee.thematique,
        reference=d["reference"],
        defaults={
            "titre": d["titre"],
            "libelle_court": o["libelle_court"],
            "service": Service.objects.get(code=d["service"]),
            "ligne_par_defaut": LigneBudgetaire.objects.filter(code=d.get("ligne")).first(),
        },
    )
    operation = OperationPresentee.objects.create(
        thematique=presentee,
        ordre=rang,
        **{k: o.get(k, "") for k in ("numero", "titre", "libelle_court", "descriptif", "bilan", "proposition")},
    )
    operation.dispositifs.add(dispositif)
    for donnees in o["lignes"]:
        ligne = _charger_ligne(dispositif, donnees, par)
        ligne.dossier.proposer(par=par)
        acte = donnees.get("acte", {})
        rapport.inscrire(
            ligne,
            operation,
            par=par,
            formule_acte=acte.get("formule", ""),
            annexe=au_numero(rapport, acte["annexe"]) if acte.get("annexe") else None,
        )


def _charger_ligne(dispositif, d, par) -> LigneDossier:
    structure = Structure.objects.get(raison_sociale=d["structure"])
    dossier = Dossier.objects.create(dispositif=dispositif, structure=structure, intitule=d["description"][:250])
    acte = d.get("acte", {})
    propose = d.get("montant") or d.get("propose")
    ligne = LigneDossier.objects.create(
        dossier=dossier,
        description=d["description"],
        debut=jour(d.get("debut")),
        fin=jour(d.get("fin")),
        demande=Decimal(d.get("demande") or propose),
        propose=Decimal(propose) if propose else None,
        nature_acte=acte.get("nature", ""),
        acte_initial_le=jour(acte.get("initial_le")),
        numero_avenant=acte.get("avenant"),
        ancien_montant=Decimal(d["ancien_montant"]) if "ancien_montant" in d else None,
    )
    codes = Territoire.objects.in_bulk(d["territoires"], field_name="code")
    for ordre, code in enumerate(d["territoires"], start=1):
        LigneTerritoire.objects.create(ligne=ligne, territoire=codes[code], ordre=ordre)
    for valeur, unite in d.get("quantites", []):
        Quantite.objects.create(ligne=ligne, valeur=Decimal(valeur), unite=unite)
    if d.get("source"):
        source = SourceFinancement.objects.get(code=d["source"])
        Financement.objects.create(ligne=ligne, source=source, montant=Decimal(d["montant"]))
    elif propose:
        ligne.arbitrer(Decimal(propose), par=par)
    return ligne


def viser_et_adopter(rapport, numero: str):
    """Give the visas with the demo accounts, then adopt with the secrétariat des assemblées."""
    if rapport.etat == Rapport.Etat.ADOPTE:
        return
    comptes = {a.username: a for a in Agent.objects.all()}
    for etape, compte in (("chef_service", "chef"), ("direction", "direction"), ("finances", "budget")):
        if rapport.etape_attendue() == etape:
            rapport.viser(par=comptes[compte], etape=etape)
    rapport.adopter(par=comptes["commande"], numero=numero, le=rapport.seance.date, reprise=True)
