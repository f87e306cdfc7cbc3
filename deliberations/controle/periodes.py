"""Rules on the periods: known, where they start and end beside the séance and the call, their price."""

from datetime import date

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.couts import cout_unitaire, groupes_par_unite, seule_quantite
from dpid.montants import arrondir
from dpid.typographie import date_courte
from programmes.models import Fiche
from programmes.regles import e, meme_unite, mois_entre

# Durations of an action, in months: what is paid as a year, what is paid as half of it.
ANNEE = range(11, 15)
COURTE = range(1, 10)


def _constat(examen, ligne, message, *donnees) -> Constat:
    lieu = examen.aux_lignes(ligne.proposition.operation)
    return Constat(lieu, f"{ligne.structure} : {message}", (ligne.proposition.pk, *donnees), examen.a_la_ligne(ligne))


def _ouverture(examen, ligne) -> date:
    """First day covered by the call; the 1st of January of its year when it does not say."""
    appel = examen.appels[ligne.proposition.operation.thematique_id]
    return appel.debut or date(appel.annee, 1, 1)


def _commencees(examen):
    return [ligne for ligne in examen.financees if (debut := _source(ligne).debut) and debut < examen.jour]


def _source(ligne):
    return ligne.proposition.ligne


@regle("periode-absente", Gravite.A_JUSTIFIER, "lignes n’ont pas de période")
def periode_absente(examen):
    for ligne in examen.financees:
        source = _source(ligne)
        manques = [nom for nom, jour in (("début", source.debut), ("fin", source.fin)) if jour is None]
        if manques:
            yield _constat(examen, ligne, f"{' et '.join(manques)} à préciser.", *manques)


@regle("debut-avant-seance", Gravite.INFORMATION, "lignes commencent avant la séance")
def debut_avant_seance(examen):
    """Very common: what comes before the vote is known, not refused."""
    for ligne in _commencees(examen):
        debut = _source(ligne).debut
        if debut >= _ouverture(examen, ligne):
            message = f"l’action commence le {date_courte(debut)}, avant la séance du {date_courte(examen.jour)}."
            yield _constat(examen, ligne, message, debut)


@regle("debut-avant-appel", Gravite.A_JUSTIFIER, "lignes commencent avant l’ouverture de l’appel")
def debut_avant_appel(examen):
    for ligne in _commencees(examen):
        debut, ouverture = _source(ligne).debut, _ouverture(examen, ligne)
        if debut < ouverture:
            message = f"l’action commence le {date_courte(debut)}, l’appel est ouvert le {date_courte(ouverture)}."
            yield _constat(examen, ligne, message, debut, ouverture)


@regle("fin-avant-seance", Gravite.A_JUSTIFIER, "lignes financent une action finie avant la séance")
def fin_avant_seance(examen):
    for ligne in examen.financees:
        fin = _source(ligne).fin
        if fin and fin < examen.jour:
            yield _constat(examen, ligne, f"l’action est finie depuis le {date_courte(fin)}.", fin)


@regle("prix-de-douze-mois", Gravite.A_JUSTIFIER, "lignes de quelques mois sont au prix de douze")
def prix_de_douze_mois(examen):
    """A short action at the unit cost that its fiche, or its neighbours in the opération, give for a year."""
    if not any(_mois(ligne) in COURTE for ligne in examen.financees):
        return
    fiches = _fiches(examen)
    for operation in examen.operations:
        for lignes in groupes_par_unite(operation):
            annuels = {arrondir(cout_unitaire(ligne)) for ligne in lignes if _mois(ligne) in ANNEE}
            for ligne in lignes:
                mois, cout = _mois(ligne), arrondir(cout_unitaire(ligne))
                if mois in COURTE and cout in annuels | _prix_annuels(fiches, ligne):
                    unite = seule_quantite(ligne).unite
                    message = f"{mois} mois à {e(cout)} par unité ({unite}), le prix de douze mois."
                    yield _constat(examen, ligne, message, mois, cout)


def _fiches(examen) -> dict[int, Fiche]:
    """{dispositif: its fiche}, of those that give a unit cost for a year."""
    dispositifs = {_source(ligne).dossier.dispositif_id for ligne in examen.financees}
    fiches = Fiche.objects.filter(dispositif__in=dispositifs, cout_unitaire__isnull=False, cout_pour_mois__in=ANNEE)
    return {fiche.dispositif_id: fiche for fiche in fiches.prefetch_related("autres_couts")}


def _prix_annuels(fiches, ligne) -> set:
    fiche = fiches.get(_source(ligne).dossier.dispositif_id)
    unite = seule_quantite(ligne).unite
    return {cout for cout, compte in fiche.prix() if meme_unite(compte, unite)} if fiche else set()


def _mois(ligne) -> int:
    source = _source(ligne)
    return mois_entre(source.debut, source.fin) if source.debut and source.fin else 0
