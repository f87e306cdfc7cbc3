"""The gestures of the secrétariat on the sheet of a vote: what was typed, made one verb and one sentence.

A geste is `(rapport, bloc or None, data, *, par) -> what was done, as a sentence` (empty when nothing changed). It
raises ActeRefuse with what to correct.
"""

from django.db import transaction

from deliberations.assemblee import amendements, blocs, deports, enjeux, saisie, voix
from deliberations.assemblee import vote as feuille_de_vote
from deliberations.assemblee.composition import au_rapport
from deliberations.assemblee.forms import (
    AmendementForm,
    AmenderForm,
    FiguresForm,
    MembreForm,
    PresidenceForm,
    ResultatForm,
)
from deliberations.models import BlocDeVote, Deport, Proposition
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.montants import chaine, euros
from dpid.textes import cle_numerique, cle_texte
from dpid.typographie import accorder


def _lire(form):
    """The form once valid. Raises ActeRefuse with every error."""
    if not form.is_valid():
        raise ActeRefuse(" ".join(erreur for erreurs in form.errors.values() for erreur in erreurs))
    return form


def _elu(donnees, cle: str) -> int:
    """Id of a member designated by a button."""
    elu = cle_numerique(donnees.get(cle, ""))
    if elu is None:
        raise ActeRefuse("Désignez un membre.")
    return elu


def _requis(bloc) -> BlocDeVote:
    if bloc is None:
        raise ActeRefuse("Désignez un bloc de vote.")
    return bloc


def _le_bloc(rapport, bloc) -> BlocDeVote:
    """The block of the card; the one that was only implied is born with the first thing said of it."""
    if bloc is not None:
        return bloc
    ne = blocs.premier(deports.verrouiller_le_vote(rapport))
    ne.rapport = rapport
    return ne


def amender_assistance(rapport, bloc, donnees, *, par) -> str:
    if donnees.get("revenir"):
        elu = _elu(donnees, "revenir")
        return saisie.amender(rapport, elu, saisie.Saisi(None), vu=donnees.get("vu", ""), par=par)
    form = _lire(AmenderForm(donnees, assistance=au_rapport(rapport)))
    membre = form.cleaned_data["qui"]
    vu = form.cleaned_data["vu"] if "vu" in donnees else membre.etat or ""
    return saisie.amender(rapport, membre.elu_id, form.saisi, vu=vu, par=par)


def deporter(rapport, bloc, donnees, *, par) -> str:
    """`retirer`: id of who takes part again; `elu`: id proposed by the register; else the name typed."""
    if donnees.get("retirer"):
        fait = deports.annuler(rapport, _elu(donnees, "retirer"), bloc, par=par)
        return "Le déport est annulé." if fait else ""
    if donnees.get("elu"):
        elu = _elu(donnees, "elu")
    else:
        elu = _lire(MembreForm(donnees, assistance=au_rapport(rapport))).cleaned_data["qui"].elu_id
    return deports.deporter(rapport, elu, bloc, par=par)


def retenir_les_proposes(rapport, bloc, donnees, *, par) -> str:
    """Every déport that the register of interests proposes, in one act."""
    feuille = feuille_de_vote.lire(rapport)
    structures = enjeux.lire(rapport, [carte.bloc for carte in feuille.cartes]).structures
    existants = {b.pk: b for b in rapport.blocs.all()}
    phrases = []
    for proposee in deports.proposes(rapport, feuille, structures, agent=par):
        for pk, _ in proposee.blocs or ((None, ""),):
            phrases.append(deports.deporter(rapport, proposee.membre.elu_id, existants.get(pk), par=par))
    return " ".join(filter(None, phrases))


def exprimer(rapport, bloc, donnees, *, par) -> str:
    """`qui`: a member, or the name of a group; `sens`: contre or abstention; `retirer`: id of who votes « pour »."""
    bloc = _le_bloc(rapport, bloc)
    if donnees.get("retirer"):
        return "La voix est retirée." if voix.retirer(bloc, _elu(donnees, "retirer"), par=par) else ""
    sens = donnees.get("sens", "")
    if sens not in voix.Sens.values:
        raise ActeRefuse("Une voix est « contre » ou « abstention ».")
    assistance, texte = au_rapport(rapport), donnees.get("qui", "")
    groupes = {cle_texte(m.groupe): m.groupe for m in assistance.votants if m.groupe}
    groupe = groupes.get(cle_texte(texte))
    if groupe:
        se_deportent = set(Deport.objects.filter(bloc=bloc).values_list("elu", flat=True))
        elus = voix.du_groupe(assistance, groupe, se_deportent)
    else:
        elus = [_lire(MembreForm(donnees, assistance=assistance)).cleaned_data["qui"].elu_id]
    changees = voix.exprimer(bloc, elus, sens, par=par)
    libelle = voix.Sens(sens).label.lower()
    return f"{accorder(changees, 'voix', 'voix')} « {libelle} » : {groupe or texte}." if changees else ""


def decider(rapport, bloc, donnees, *, par) -> str:
    form = _lire(ResultatForm(donnees)).cleaned_data
    bloc = _le_bloc(rapport, bloc)
    if form["resultat"] == bloc.resultat and form["motif"] in ("", bloc.motif):
        return ""
    if form["vu"] and form["vu"] != bloc.resultat:
        raise VersionPerimee(
            f"{bloc} est maintenant « {bloc.get_resultat_display()} » : quelqu’un l’a enregistré. Vérifiez-le."
        )
    bloc = amendements.decider(bloc, form["resultat"], par=par, motif=form["motif"])
    return f"{bloc} : {bloc.get_resultat_display().lower()}."


def presider(rapport, bloc, donnees, *, par) -> str:
    bloc = _le_bloc(rapport, bloc)
    form = _lire(PresidenceForm(donnees, assistance=au_rapport(rapport))).cleaned_data
    change = blocs.presider(
        bloc, president=form["president"], secretaire=form["secretaire"], vu=form["vu"], par=par
    )  # fmt: skip
    return f"{bloc} : la présidence est enregistrée." if change else ""


def reprendre(rapport, bloc, donnees, *, par) -> str:
    bloc = _le_bloc(rapport, bloc)
    if donnees.get("oublier"):
        return "Les figures imprimées sont oubliées." if blocs.reprendre_figures(bloc, None, par=par) else ""
    figures = _lire(FiguresForm(donnees)).cleaned_data
    change = blocs.reprendre_figures(bloc, figures, par=par)
    return f"{bloc} : les figures imprimées sont enregistrées." if change else ""


def un_bloc_par_thematique(rapport, bloc, donnees, *, par) -> str:
    return "Le vote est divisé : un bloc par thématique." if blocs.par_thematique(rapport, par=par) else ""


def un_seul_bloc(rapport, bloc, donnees, *, par) -> str:
    return "Tout se vote en un seul bloc." if blocs.en_un_seul(rapport, par=par) else ""


def ajouter_un_bloc(rapport, bloc, donnees, *, par) -> str:
    rang = cle_numerique(donnees.get("rang", "")) or 0
    fait = blocs.ajouter(rapport, rang, titre=donnees.get("titre", ""), par=par)
    return "Le bloc est ajouté : dites ce qu’il décide." if fait else ""


def supprimer_un_bloc(rapport, bloc, donnees, *, par) -> str:
    bloc = _requis(bloc)
    blocs.supprimer(bloc, par=par)
    return "Le bloc est supprimé."


# --- Lines


def amendement_vu(amendement) -> str:
    """What the page showed of the amendment of a line."""
    return f"{amendement.nature}:{chaine(amendement.montant) if amendement.montant else ''}" if amendement else ""


def _proposition(rapport, donnees) -> Proposition:
    lues = rapport.propositions.select_related(
        "ligne__dossier__structure", "operation__thematique__rapport", "amendement"
    )
    trouvee = lues.filter(pk=cle_numerique(donnees.get("ligne", ""))).first()
    if trouvee is None:
        raise ActeRefuse("Cette ligne n’est plus au rapport.")
    return trouvee


def amender_une_ligne(rapport, bloc, donnees, *, par) -> str:
    """`sens`: montant, retrait or retablir."""
    proposition = _proposition(rapport, donnees)
    actuel, sens = getattr(proposition, "amendement", None), donnees.get("sens", "")
    structure = proposition.ligne.dossier.structure
    if sens == "retablir":
        if actuel is None:
            return ""
        _refuser_si_perime(actuel, donnees)
        amendements.annuler(actuel, par=par)
        return f"{structure} : la ligne est votée comme le rapport la propose."
    form = _lire(AmendementForm(donnees)).cleaned_data
    voulu = f"{sens}:{chaine(form['montant']) if sens == 'montant' and form['montant'] else ''}"
    if actuel is None or amendement_vu(actuel) != voulu:
        _refuser_si_perime(actuel, donnees)
    if sens == "retrait":
        amendements.retirer(proposition, par=par, motif=form["motif"])
        return f"{structure} : la ligne est retirée, elle retournera à l’instruction."
    if sens != "montant" or form["montant"] is None:
        raise ActeRefuse("Écrivez le montant voté, en euros.")
    amendements.amender(proposition, form["montant"], par=par, motif=form["motif"])
    return f"{structure} : {euros(form['montant'], True)} au lieu de ce que le rapport propose."


def _refuser_si_perime(actuel, donnees):
    if donnees.get("vu", "") != amendement_vu(actuel):
        raise VersionPerimee("Cette ligne vient d’être amendée par quelqu’un d’autre : vérifiez-la, puis recommencez.")


GESTES = {
    "assistance": amender_assistance,
    "deport": deporter,
    "deports-proposes": retenir_les_proposes,
    "voix": exprimer,
    "resultat": decider,
    "presidence": presider,
    "figures": reprendre,
    "par-thematique": un_bloc_par_thematique,
    "un-seul-bloc": un_seul_bloc,
    "ajouter-bloc": ajouter_un_bloc,
    "supprimer-bloc": supprimer_un_bloc,
    "ligne": amender_une_ligne,
}


@transaction.atomic
def faire(acte: str, rapport, bloc, donnees, *, par) -> str:
    """The geste named `acte`, all or nothing. Raises KeyError when there is none of that name."""
    return GESTES[acte](rapport, bloc, donnees, par=par)
