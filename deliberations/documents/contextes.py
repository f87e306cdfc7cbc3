"""Typed contexts of the documents of a rapport: everything that they print, and nothing else.

Pure data that survives JSON unchanged (amounts as strings with two decimals, ISO dates, no timestamp of now): the
adoption computes a context twice and compares, then freezes it. Texts are kept as they were typed, their references
resolved; French spacing is the renderer's work. Queries are constant whatever the number of lines.
"""

from django.conf import settings

from deliberations.assemblee import conducteur
from deliberations.documents import contexte_vote
from deliberations.documents.donnees import chiffres, valeurs_de
from deliberations.documents.lecture import Lecture
from deliberations.models import Mandat
from deliberations.redaction import figures
from deliberations.redaction.annexes import renvois
from deliberations.redaction.articles import decisions
from deliberations.redaction.projets import retenus
from deliberations.redaction.renvois import remplacer
from dpid.models import Canton, Epci, Territoire
from dpid.montants import ZERO, chaine
from dpid.typographie import date_courte

VERSION = 2


def construire(rapport, piece, *, numero=None, le=None, lecture=None, avec_modificatif=True) -> dict:
    """Context of a `Piece`. `numero` is the délibération's, None for a draft; `le` its date.

    `lecture`: shared by the pieces of a bundle, so that one reading of the database serves them all.
    `avec_modificatif`: a rapport that modifies another says what it changes; False when that is being worked out.
    """
    lecture = lecture or Lecture(rapport, adoptee=numero is not None)
    construit = {**_tete(lecture, piece, numero, le), **CORPS[piece.nature](lecture, piece)}
    if piece.nature == "rapport":
        construit["modificatif"] = _modificatif(lecture) if avec_modificatif else None
    return {**construit, "figures": figures.citees(construit, lecture.repartition)}


def _modificatif(lecture):
    from deliberations.editions import modificatif

    return modificatif(lecture)


def _tete(lecture, piece, numero, le) -> dict:
    rapport = lecture.rapport
    seance, service = rapport.seance, rapport.service
    return {
        "nature": piece.nature,
        "cle": piece.cle,
        "version": VERSION,
        "projet": numero is None,
        "numero": numero,
        "reference": rapport.reference,
        "date": (le or seance.date).isoformat(),
        "titre": rapport.titre,
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "annexe": piece.numero,
        "annexes": lecture.annexes,
        "seance": seance_imprimee(seance),
        "rapport": {
            "numero": rapport.numero,
            "provisoire": rapport.est_provisoire,
            "pole": service.pole if service else "",
            "direction": service.direction if service else "",
            "service": service.libelle if service else "",
        },
    }


def seance_imprimee(seance) -> dict:
    """Who chairs, who writes, who signs, under the names of that day."""
    mandats = Mandat.objects.au(seance.date).filter(instance=seance.instance_id).select_related("elu")
    noms = {m.elu_id: str(m) for m in mandats}
    presidents = [m for m in mandats if m.est_de_presidence]
    signataire = seance.signataire
    return {
        "date": seance.date.isoformat(),
        "instance": {"code": seance.instance.code, "libelle": seance.instance.libelle},
        "president": _en_toutes_lettres(noms.get(seance.president_id, "")),
        "secretaire": noms.get(seance.secretaire_id, ""),
        "president_du_conseil": f"{presidents[0].prenom} {presidents[0].nom}" if presidents else "",
        "signataire": str(signataire) if signataire else "",
        "qualite_signataire": signataire.qualite if signataire else "",
        "delegation_signataire": signataire.delegation if signataire else "",
    }


def _en_toutes_lettres(nom: str) -> str:
    """« M. Ludovic LOQUET » → « Monsieur Ludovic LOQUET »."""
    for abrege, entier in (("M.\u00a0", "Monsieur "), ("Mme\u00a0", "Madame ")):
        if nom.startswith(abrege):
            return entier + nom.removeprefix(abrege)
    return nom


def _repartition(lecture, piece) -> dict:
    presentee = lecture.rapport.thematiques.select_related("thematique__appel").first()
    return {"appel": str(presentee.thematique.appel) if presentee else "", **lecture.repartition}


def _imputations(lecture, piece) -> dict:
    lignes = lecture.imputations
    return {
        "imputations": [ligne.en_donnees() for ligne in lignes],
        "total": chaine(sum((ligne.proposition for ligne in lignes), ZERO)),
        "recettes": lecture.recettes,
    }


def _deliberation(lecture, piece) -> dict:
    donnees = contexte_vote.deliberation(lecture, avec_votes=lecture.adoptee)
    return {**donnees, **_totaux(lecture.repartition)}


def _rapport(lecture, piece) -> dict:
    rapport, repartition = lecture.rapport, lecture.repartition
    decrites = _thematiques_decrites(lecture)
    imputations = _imputations(lecture, piece)
    return {
        **_portee(rapport),
        "introduction": remplacer(rapport.introduction, valeurs_du_rapport(lecture)),
        "cadres": cadres(rapport),
        "thematiques": [
            _presentation(t, lecture, decrites) for t in rapport.thematiques.prefetch_related("operations")
        ],
        "decisions": decisions(lecture.contenu),
        "imputations": imputations["imputations"],
        "recettes": lecture.recettes,
        "avis": [
            f"{a.commission}, réunie le {date_courte(a.date)} : avis {a.get_sens_display()}"
            + (f" ({a.observations})" if a.observations else "")
            for a in rapport.avis_commissions.select_related("commission")
        ],
        "remplace": str(rapport.remplace) if rapport.remplace else "",
        **_totaux(repartition),
    }


def valeurs_du_rapport(lecture) -> dict:
    """References of the texts of the whole rapport."""
    groupe = {
        **lecture.repartition,
        "operations": [o for t in lecture.repartition["thematiques"] for o in t["operations"]],
    }
    return {**valeurs_de(groupe), **renvois(lecture.annexes)}


def _thematiques_decrites(lecture) -> set:
    """Ids of the thématiques that a descriptive annexe presents (None: all of them)."""
    return {a["thematique"] for a in lecture.annexes if a["nature"] == "descriptive"}


def _presentation(thematique, lecture, decrites) -> dict:
    """A thématique of the rapport with its texts; the figures come from the répartition, never from the texts.

    What a descriptive annexe already tells of its opérations is not repeated here.
    """
    groupe = next((g for g in lecture.repartition["thematiques"] if g["cle"] == thematique.pk), None)
    calculees = {o["cle"]: o for o in groupe["operations"]} if groupe else {}
    annexes_ = [
        a["numero"] for a in lecture.annexes if a["nature"] == "descriptive" and a["thematique"] == thematique.pk
    ]
    valeurs = {**valeurs_de(groupe, thematique.mot), **renvois(lecture.annexes)}
    detaille = not (decrites & {None, thematique.pk})
    return {
        "cle": thematique.pk,
        "numero": thematique.numero,
        "titre": thematique.titre,
        "mot": thematique.mot,
        "texte": remplacer(thematique.texte, valeurs),
        "annexe": annexes_[0] if annexes_ else None,
        **chiffres(groupe),
        "operations": [
            operation(o, calculees.get(o.pk), lecture.annexes, detaille=detaille) for o in thematique.operations.all()
        ],
    }


def operation(presentee, calculee, annexes, *, detaille=True) -> dict:
    """An opération with its texts, their references resolved against its own figures."""
    valeurs = {**valeurs_de(calculee), **renvois(annexes)}
    return {
        "cle": presentee.pk,
        "numero": presentee.numero,
        "titre": presentee.titre,
        "libelle_court": presentee.libelle_court,
        **{
            champ: remplacer(getattr(presentee, champ), valeurs) if detaille else ""
            for champ in ("descriptif", "bilan", "proposition")
        },
        "detaille": detaille,
        "nombre_structures": calculee["nombre_structures"] if calculee else 0,
        "quantites": calculee["quantites"] if calculee else "",
        "periode": calculee["periode"] if calculee else "",
        "compensations": calculee["compensations"] if calculee else [],
        **chiffres(calculee),
    }


def cadres(rapport) -> list[dict]:
    """`[{cadre, elements}]`: the strategic frames that the dispositifs presented serve, in force at the séance."""
    from deliberations.redaction.cadres import servis

    return servis(rapport)


def _totaux(repartition: dict) -> dict:
    return {**chiffres(repartition), "sources": repartition["sources"]}


def _portee(rapport) -> dict:
    """Labels printed on the cover; empty lists mean « tous » (nothing chosen, or everything)."""
    references = (
        ("territoires", rapport.territoires, Territoire.objects.filter(type=Territoire.Type.TERRITOIRE), "libelle"),
        ("cantons", rapport.cantons, Canton.objects.all(), "nom"),
        ("epci", rapport.epci, Epci.objects.all(), "nom"),
    )
    portee = {}
    for cle, choisis, tous, champ in references:
        noms = list(choisis.values_list(champ, flat=True))
        reste = tous.exclude(pk__in=choisis.values("pk")).exists() if noms else False
        portee[cle] = noms if reste else []
    return portee


def _descriptive(lecture, piece) -> dict:
    """A descriptive annexe: the opérations of one thématique, or of all, with their texts and their lines."""
    annexe = piece.annexe
    thematiques = lecture.rapport.thematiques.prefetch_related("operations")
    if annexe.thematique_id:
        thematiques = thematiques.filter(pk=annexe.thematique_id)
    groupes = {g["cle"]: g for g in lecture.repartition["thematiques"]}
    return {
        "titre_annexe": annexe.intitule,
        "introduction": remplacer(annexe.texte, valeurs_du_rapport(lecture)),
        "thematiques": [_description(t, groupes.get(t.pk), lecture) for t in thematiques],
    }


def _description(thematique, groupe, lecture) -> dict:
    calculees = {o["cle"]: o for o in groupe["operations"]} if groupe else {}
    return {
        "numero": thematique.numero,
        "titre": thematique.titre,
        "mot": thematique.mot,
        **chiffres(groupe),
        "operations": [
            {
                **operation(o, calculees.get(o.pk), lecture.annexes),
                "lignes": [
                    ligne for ligne in (calculees[o.pk]["lignes"] if o.pk in calculees else [])
                    if ligne["nouveau"] != chaine(ZERO)
                ],
            }
            for o in thematique.operations.all()
            # An opération of which the séance retains nothing is not described by the annexe adopted.
            if o.pk in calculees or not lecture.adoptee
        ],
    }  # fmt: skip


def _acte(lecture, piece) -> dict:
    """The projects of act or the model, after whom they concern, for how much, on which initial act."""
    annexe = piece.annexe
    projets, changes = lecture.projets.get(annexe.cle, []), []
    if lecture.adoptee:
        nouveaux = {ligne.proposition.ligne_id: ligne.nouveau for ligne in lecture.retenues.lignes}
        projets, changes = retenus(projets, nouveaux)
    lignes = [
        {"operation": o["libelle_court"], **ligne}
        for t in lecture.repartition["thematiques"] for o in t["operations"] for ligne in o["lignes"]
        if ligne["acte"]["annexe"] == annexe.cle
    ]  # fmt: skip
    if piece.nature == "modele" and projets:
        lignes = []  # the model is the text of them all, the annexe de répartition lists them
    return {
        "titre_annexe": annexe.intitule,
        "introduction": remplacer(annexe.texte, valeurs_du_rapport(lecture)),
        "nature_acte": annexe.get_nature_acte_display() if annexe.nature_acte else "",
        "objet": annexe.objet,
        "parties": annexe.parties,
        "lignes": lignes,
        "projets": projets,
        "projets_changes": changes,
    }


def _financiere(lecture, piece) -> dict:
    """Financial table: each thématique and opération by source, with the imputations."""
    return {
        "titre_annexe": piece.annexe.intitule,
        "introduction": remplacer(piece.annexe.texte, valeurs_du_rapport(lecture)),
        **_imputations(lecture, piece),
        **lecture.repartition,
    }


CORPS = {
    "rapport": _rapport,
    "deliberation": _deliberation,
    "repartition": _repartition,
    "imputations": _imputations,
    "descriptive": _descriptive,
    "projet_acte": _acte,
    "modele": _acte,
    "financiere": _financiere,
    "conducteur": lambda lecture, piece: conducteur.corps([lecture]),
}
