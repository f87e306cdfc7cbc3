"""The fiche action of one opération, label by label, each with where its words come from.

A text typed for this act is printed as typed; without one, the fiche of the dispositif or the lines give it.
"""

from dataclasses import dataclass

from django.urls import reverse

from conventions.lecture import ActeLu, FicheLue
from conventions.models import FicheAction
from conventions.versements import phrases
from deliberations.redaction.renvois import cites
from dpid.montants import ZERO, euros, repartir
from dpid.typographie import date_longue, nombre
from programmes import regles
from programmes.appels import echeancier, enonces

REMEDE = "Écrivez ce texte sur la fiche action, ou dans la fiche du dispositif."
SANS_CHAMP = "Une fiche action ne prend pas de champ : écrivez la valeur."
SAISI, FICHE, CALCULE = "saisi pour cet acte", "fiche du dispositif", "données des lignes"


@dataclass(frozen=True)
class Vide:
    champ: str
    remede: str
    adresse: str


def composer(lu: ActeLu, lue: FicheLue) -> tuple[dict, list[Vide]]:
    """`({"titre", "rubriques": [{"libelle", "texte", "origine"}]}, empty labels)`."""
    rubriques, vides = [], []
    for nom, libelle in FicheAction.LIBELLES.items():
        saisi = getattr(lue.fiche, nom).strip()
        texte, origine = (saisi, SAISI) if saisi else HERITAGE[nom](lu, lue)
        if texte:
            rubriques.append({"cle": nom, "libelle": libelle, "texte": texte, "origine": origine})
        adresse = reverse("fiche_action", args=[lue.fiche.pk])
        if not texte:
            vides.append(Vide(libelle, REMEDE, adresse))
        # Nothing resolves it here: it would leave as it was typed.
        vides += [Vide(f"{libelle} {{{champ}}}", SANS_CHAMP, adresse) for champ in cites(texte)]
    if raison := _au_dela_du_vote(lu, lue):
        vides.append(Vide("Participation totale", raison, reverse("fiche_action", args=[lue.fiche.pk])))
    return {"titre": lue.fiche.intitule, "rubriques": rubriques}, vides


def _au_dela_du_vote(lu, lue) -> str:
    """Why the participation typed may not be printed: what was voted is the most that an act says. An avenant whose
    lines do not know what was granted before is the only one that may say it."""
    dite, votee = lue.fiche.participation, (lue.ancien_montant or ZERO) + lue.montant
    inconnu = lu.acte.est_avenant and all(ligne.ancien_montant is None for ligne in lue.lignes)
    if dite is None or dite <= votee or inconnu:
        return ""
    return (
        f"{e(dite)} dépassent les {e(votee)} accordés : laissez-la vide, ou présentez le complément à un nouveau vote."
    )


def heritages(lu: ActeLu, lue: FicheLue) -> dict[str, tuple[str, str]]:
    """{field: (text, where it comes from)}: what an empty text of the fiche prints."""
    return {nom: herite(lu, lue) for nom, herite in HERITAGE.items()}


def echeance_du_bilan(lue: FicheLue):
    """The day the bilan is due: that of the act, else by the rule of the fiche. None when nothing fixes it."""
    if lue.fiche.bilan_le:
        return lue.fiche.bilan_le
    return echeancier.echeance_du_bilan(lue.regle, lue.fin) if lue.regle else None


def parts(lue: FicheLue) -> list[tuple]:
    """`(share, euros)` of the shares of a fiche, to the cent: they always add up to the whole participation."""
    siennes = sorted(lue.fiche.parts.all(), key=lambda p: (p.ordre, p.pk))
    if not any(p.pourcentage for p in siennes):
        return []
    montants = repartir(lue.participation, [p.pourcentage for p in siennes])
    return list(zip(siennes, montants, strict=True))


def e(montant) -> str:
    return euros(montant, symbole=True)


def _duree(lu, lue):
    if lue.debut and lue.fin:
        return f"Du {date_longue(lue.debut)} au {date_longue(lue.fin)}", CALCULE
    return "", CALCULE


def _cout(lu, lue):
    if not lue.participation:
        return "", CALCULE
    part = f", dont {e(lue.montant)} par le présent avenant" if lue.ancien_montant else ""
    return e(lue.participation) + part, CALCULE


def _public(lu, lue):
    return (lue.regle.public if lue.regle else ""), FICHE


def _objectifs(lu, lue):
    return (lue.regle.objectifs if lue.regle else ""), FICHE


def _deroulement(lu, lue):
    """What this act finances, then how the fiche says it is done; the fiche alone does not tell one project apart."""
    regle = lue.regle
    dit = "\n\n".join(filter(None, (regle.phasage, regle.modalites_accueil))) if regle else ""
    return "\n\n".join([*(_action(ligne) for ligne in lue.lignes), dit]) if dit else "", FICHE


def _action(ligne) -> str:
    quantites = ", ".join(str(q) for q in ligne.quantites.all())
    return f"{ligne.description} ({quantites})." if quantites else f"{ligne.description}."


def _territoire(lu, lue):
    return ", ".join(lue.territoires), CALCULE


def _profil(lu, lue):
    return (lue.regle.profil_professionnel if lue.regle else ""), FICHE


def _financement(lu, lue):
    """How the amount comes out of the rule, then its shares."""
    lignes = [] if lue.lignes or not lue.participation else [f"Participation de {e(lue.participation)}."]
    for ligne in lue.lignes:
        calcul = regles.calculer(ligne, lue.regle)
        retenu = sum(f.montant for f in ligne.financements.all())
        deja = ligne.ancien_montant or ZERO
        if calcul and calcul.montant == retenu:
            lignes.append(f"{calcul.phrase} S’y ajoutent {e(deja)} déjà accordés." if deja else calcul.phrase)
        elif calcul and deja and calcul.montant == retenu + deja:
            lignes.append(f"{calcul.phrase} Soit {_deja_et(deja, retenu)}.")
        elif deja:
            lignes.append(f"Participation de {e(deja + retenu)} : {_deja_et(deja, retenu)}.")
        else:
            ou = f" ({ligne.libelles_territoires()})" if len(lue.lignes) > 1 else ""
            lignes.append(f"Participation de {e(retenu)}{ou}.")
    for part, montant in parts(lue):
        suite = f" : {part.libelle}" if part.libelle else ""
        taux = f"{nombre(part.pourcentage)} %, soit {e(montant)} au plus"
        lignes.append(f"- {part.get_nature_display()} : {taux}{suite}")
    return "\n".join(lignes), CALCULE


def _deja_et(deja, retenu) -> str:
    return f"{e(deja)} déjà accordés et {e(retenu)} par le présent avenant"


def _versement(lu, lue):
    return "\n".join(f"- {phrase}" for phrase in phrases(lu, lue)), CALCULE


def _imputation(lu, lue):
    dites = {}
    for f in lue.financements:
        nom = (
            f"{f.autorisation.ligne.code}, {f.autorisation.intitule}"
            if f.autorisation_id
            else f.source and f.source.libelle
        )
        if nom:
            dites[nom] = dites.get(nom, 0) + f.montant
    return "\n".join(f"- {nom} : {e(montant)}" for nom, montant in dites.items()), CALCULE


def _bilan(lu, lue):
    """What is asked, by when, measured how."""
    jour, regle, lignes = echeance_du_bilan(lue), lue.regle, []
    if regle and regle.bilan:
        lignes.append(regle.bilan)
    if jour:
        lignes.append(f"Le bilan final est remis au plus tard le {date_longue(jour)}.")
    elif regle and (regle.bilan_delai_mois is not None or regle.bilan_jour):
        lignes.append(enonces.phrase_bilan(regle))
    if lignes and regle and (indicateurs := regle.indicateurs.all()):
        lignes += ["Indicateurs :", *(f"- {indicateur.libelle}" for indicateur in indicateurs)]
    return "\n".join(lignes), FICHE


HERITAGE = {
    "duree": _duree, "cout": _cout, "public": _public, "objectifs": _objectifs, "deroulement": _deroulement,
    "territoire": _territoire, "profil": _profil, "financement": _financement, "versement": _versement,
    "imputation": _imputation, "bilan": _bilan,
}  # fmt: skip
