"""A rapport from its fixture: séance, call, dossiers, presentation, annexes, revenue; not yet voted."""

from decimal import Decimal

from django.db import transaction

from budget.models import Inscription, LigneBudgetaire
from deliberations.demonstration import lignes
from deliberations.demonstration.assemblee import charger_seance
from deliberations.demonstration.fichiers import lire_json
from deliberations.demonstration.lignes import LignePrevue
from deliberations.models import (
    AnnexePresentee,
    OperationPresentee,
    Rapport,
    RecetteProposee,
    TexteJuridique,
    ThematiquePresentee,
    VisaJuridique,
)
from dpid.models import Canton, Epci, Service, Territoire
from programmes.models import AppelAProjets, Dispositif, Dossier, SourceFinancement, Structure, Thematique


class Registre:
    """What the lines of a fixture name, read once: a rapport has up to a hundred and fifty of them."""

    def __init__(self):
        self.territoires = Territoire.objects.in_bulk(field_name="code")
        self.services = Service.objects.in_bulk(field_name="code")
        self.lignes = LigneBudgetaire.objects.in_bulk(field_name="code")
        self.sources = SourceFinancement.objects.in_bulk(field_name="code")
        self.structures = {s.raison_sociale: s for s in Structure.objects.all()}
        self.annexes: dict[str, AnnexePresentee] = {}


@transaction.atomic
def charger_rapport(nom: str, par) -> Rapport:
    """The rapport of a fixture. Returns it, loaded or already there."""
    donnees = lire_json(nom)
    seance = charger_seance(donnees["seance"])
    r = donnees["rapport"]
    existant = Rapport.objects.filter(seance=seance, titre=r["titre"]).first()
    if existant:
        return existant
    registre = Registre()
    rapport = _ouvrir(r, seance, par)
    presentees = _charger_thematiques(rapport, donnees, registre)
    _charger_annexes(rapport, donnees["annexes"], registre)
    _charger_recettes(rapport, donnees["recettes"], registre)
    prevues = [
        prevue
        for t in donnees["thematiques"]
        for rang, o in enumerate(t["operations"], start=1)
        for prevue in _charger_operation(rapport, presentees[t["numero"]], o, rang, registre)
    ]
    if donnees.get("origine") == Dossier.Origine.REPRISE:
        lignes.reprendre(prevues, donnees["appel"]["annee"], registre, par)
    else:
        for prevue in prevues:
            lignes.inscrire(rapport, prevue, registre, par)
    _charger_hors_rapport(donnees, registre, par)
    return rapport


def _charger_hors_rapport(donnees, registre, par):
    for d in donnees.get("dossiers_hors_rapport", []):
        annee, structure = donnees["appel"]["annee"], registre.structures[d["structure"]]
        dispositif = Dispositif.objects.get(thematique__appel__annee=annee, reference=d["dispositif"])
        ligne = lignes.saisir(dispositif, structure, d, registre, par)
        if d["etat"] == Dossier.Etat.PROPOSE:
            ligne.dossier.proposer(par=par)


def _ouvrir(r, seance, par) -> Rapport:
    valeurs = {cle: r[cle] for cle in ("numero", "titre", "introduction")}
    rapport = Rapport.ouvrir(seance=seance, par=par, service=Service.objects.get(code=r["service"]), **valeurs)
    rapport.territoires.set(Territoire.objects.filter(code__in=r["territoires"]))
    rapport.cantons.set(Canton.objects.filter(code__in=r["cantons"]))
    rapport.epci.set(Epci.objects.filter(siren__in=r["epci"]))
    textes = TexteJuridique.objects.in_bulk(r["textes_vises"], field_name="code")
    for ordre, code in enumerate(r["textes_vises"], start=1):
        VisaJuridique.objects.create(rapport=rapport, texte=textes[code], ordre=ordre)
    return rapport


def _charger_thematiques(rapport, donnees, registre) -> dict[int, ThematiquePresentee]:
    """{number: thématique presented}."""
    presentees = {}
    if donnees["thematiques"]:
        a = donnees["appel"]
        appel, _ = AppelAProjets.objects.get_or_create(annee=a["annee"], defaults=a)
    for ordre, t in enumerate(donnees["thematiques"], start=1):
        thematique, _ = Thematique.objects.get_or_create(
            appel=appel, numero=t["numero"], defaults={"titre": t["titre"]}
        )
        champs = {cle: t[cle] for cle in ("numero", "titre", "texte", "mot", "compte")}
        presentees[t["numero"]] = ThematiquePresentee.objects.create(
            rapport=rapport, thematique=thematique, ordre=ordre, **champs
        )
    return presentees


def _charger_annexes(rapport, annexes, registre):
    """In printed order; the annexe de répartition was born with the rapport."""
    thematiques = {t.numero: t for t in rapport.thematiques.all()}
    nees = {a.cle: a for a in rapport.annexes.all()}
    for ordre, a in enumerate(annexes, start=1):
        annexe = nees.pop(a["cle"], None) or AnnexePresentee(rapport=rapport, cle=a["cle"])
        annexe.nature, annexe.ordre, annexe.titre = a["nature"], ordre, a["titre"]
        annexe.thematique = thematiques.get(a.get("thematique"))
        annexe.nature_acte = a.get("acte", "")
        for champ in ("objet", "parties", "regroupement"):
            setattr(annexe, champ, a.get(champ, ""))
        annexe.full_clean()
        annexe.save()
        registre.annexes[annexe.cle] = annexe
    for annexe in nees.values():
        annexe.delete()


def _charger_recettes(rapport, recettes, registre):
    for ordre, r in enumerate(recettes, start=1):
        recette = RecetteProposee(
            rapport=rapport,
            inscription=_inscription(r["ligne"], rapport),
            ordre=ordre,
            section=r["section"],
            montant=Decimal(r["proposition"]),
            objet=r["objet"],
            annexe=registre.annexes[r["annexe"]],
        )
        recette.full_clean()
        recette.save()


def _inscription(code, rapport) -> Inscription:
    return Inscription.objects.get(ligne__code=code, exercice=rapport.seance.exercice)


def _charger_operation(rapport, presentee, o, rang, registre) -> list[LignePrevue]:
    """The opération presented; returns its lines, still to be written."""
    dispositifs = {d["reference"]: _dispositif(presentee, o, d, registre) for d in o["dispositifs"]}
    textes = {cle: o.get(cle, "") for cle in ("numero", "titre", "libelle_court", "descriptif", "bilan", "proposition")}
    operation = OperationPresentee.objects.create(thematique=presentee, ordre=rang, **textes)
    operation.dispositifs.set(dispositifs.values())
    recette = _inscription(o["compensation"], rapport) if "compensation" in o else None
    premier = next(iter(dispositifs))
    return [
        LignePrevue(
            operation=operation,
            ordre=ordre,
            dispositif=dispositifs[d.get("dispositif", premier)],
            structure=registre.structures[d["structure"]],
            donnees=d,
            annexe=registre.annexes[d["acte"]["annexe"]] if "annexe" in d["acte"] else None,
            recette=recette,
        )
        for ordre, d in enumerate(o["lignes"], start=1)
    ]


def _dispositif(presentee, o, d, registre) -> Dispositif:
    dispositif, _ = Dispositif.objects.get_or_create(
        thematique=presentee.thematique,
        reference=d["reference"],
        defaults={
            "titre": d["titre"],
            "libelle_court": o["libelle_court"],
            "service": registre.services[d["service"]],
            "ligne_par_defaut": registre.lignes.get(d.get("ligne")),
        },
    )
    return dispositif
