"""The rules of a fiche in plain French sentences, with their figures: the page and the PDF print the same ones."""

from dpid.erreurs import ActeRefuse
from dpid.montants import euros
from dpid.typographie import MOIS, accorder, composer, date_courte, enumerer, nombre
from programmes.appels.echeancier import echeances
from programmes.models.fiche import SessionDepot
from programmes.models.structure import Structure
from programmes.regles import bornes


def e(montant) -> str:
    return euros(montant, symbole=True)


def enonces(fiche) -> list[tuple[str, list[str]]]:
    """Groups of sentences, in the order in which a project holder meets them; an empty group is left out."""
    groupes = [
        ("Public et porteurs", [*_ages(fiche), *_porteurs(fiche)]),
        ("Dépôt", [*_contact(fiche), *(phrase_session(s) for s in fiche.sessions.all())]),
        ("Durée", list(_durees(fiche))),
        ("Financement", list(_financement(fiche))),
        ("Versements", _versements(fiche)),
        ("Suivi", [s.phrase for s in fiche.suivis.all()]),
        ("Bilan", [phrase_bilan(fiche)]),
    ]
    return [(titre, [composer(p) for p in phrases if p]) for titre, phrases in groupes if any(phrases)]


def _ages(fiche):
    bas, haut = fiche.age_min, fiche.age_max
    if bas is not None and haut is not None:
        yield f"Le public a de {bas} à {haut} ans révolus."
    elif haut is not None:
        yield f"Le public a {haut} ans révolus au plus."
    elif bas is not None:
        yield f"Le public a {bas} ans au moins."
    if fiche.age_min_etendu is not None:
        yield f"Sous conditions, l’action s’ouvre dès {fiche.age_min_etendu} ans."


def _porteurs(fiche):
    if fiche.types_eligibles:
        admis = ", ".join(str(Structure.Type(t).label) for t in fiche.types_eligibles)
        yield f"Types de structure admis : {admis}."
    agrements = [str(a) for a in fiche.agrements_exiges.all()]
    if agrements:
        yield f"Agréments exigés : {', '.join(agrements)}."
    territoires = [t.libelle for t in fiche.territoires.all()]
    yield f"Territoires : {', '.join(territoires)}." if territoires else "Tout le Département est couvert."


def _contact(fiche):
    if fiche.depot:
        yield f"Dépôt : {fiche.depot}."
    if fiche.est_contact_obligatoire:
        aupres = f" : {fiche.contact_prealable}" if fiche.contact_prealable else ""
        yield f"Un contact préalable est obligatoire{aupres}."


def phrase_session(session: SessionDepot) -> str:
    """« Session 1 : dépôt du … au … inclus (23 h 59) ; mise en œuvre entre le … et le …. »"""
    texte = f"Session {session.ordre} : dépôt du {date_courte(session.ouverture)} au {date_courte(session.cloture)} "
    texte += "inclus, jusqu’à 23 h 59, heure de Paris"
    if session.action_debut or session.action_fin:
        texte += f" ; mise en œuvre {bornes(session.action_debut, session.action_fin)}"
    if session.demarrage_debut or session.demarrage_fin:
        texte += f" ; démarrage {bornes(session.demarrage_debut, session.demarrage_fin)}"
    return f"{texte}."


def _durees(fiche):
    if fiche.duree_mois:
        yield f"L’action dure {fiche.duree_mois} mois."
    if fiche.duree_max_mois:
        yield f"L’action dure {fiche.duree_max_mois} mois au plus."
    if fiche.duree_max_annees:
        annees = accorder(fiche.duree_max_annees, "année")
        yield f"Une même action d’une même structure est soutenue {annees} au plus."


def phrase_cout(fiche) -> str:
    """« 160,00 € par unité (places) pour 12 mois, au prorata d’une autre durée. »; empty without a unit price."""
    prix = [f"{e(montant)} par unité ({unite})" for montant, unite in fiche.prix()]
    if not prix:
        return ""
    phrase = enumerer(prix)
    if fiche.cout_pour_mois == 1:
        return f"{phrase}, par mois."
    if fiche.cout_pour_mois:
        return f"{phrase} pour {fiche.cout_pour_mois} mois, au prorata d’une autre durée."
    return f"{phrase}, quelle que soit la durée."


def _financement(fiche):
    yield phrase_cout(fiche)
    if fiche.forfait is not None:
        yield f"Forfait de {e(fiche.forfait)} par structure."
    if fiche.taux_plafond is not None:
        plafond = nombre(fiche.taux_plafond)
        exemple = f"par exemple {e(fiche.taux_plafond * 100)} pour {e(10_000)} de charges"
        yield f"L’aide ne dépasse pas {plafond} % du budget prévisionnel, {exemple}."
    if fiche.taux_indirect_max is not None:
        taux = nombre(fiche.taux_indirect_max)
        yield f"Les charges indirectes sont admises jusqu’à {taux} % des autres dépenses de l’action."
    if fiche.enveloppe is not None:
        yield f"L’enveloppe du dispositif est de {e(fiche.enveloppe)} pour l’année."
    if not fiche.est_poste_finance:
        yield "Aucun poste n’est financé."


def _versements(fiche):
    try:
        return [x.phrase for x in echeances(fiche)]
    except ActeRefuse as refus:
        return [str(refus)]


def phrase_bilan(fiche) -> str:
    if fiche.bilan_delai_mois is not None:
        return f"Le bilan final est remis dans les {fiche.bilan_delai_mois} mois qui suivent la fin de la convention."
    if fiche.bilan_jour and fiche.bilan_mois:
        quantieme = "1er" if fiche.bilan_jour == 1 else fiche.bilan_jour
        return f"Le bilan final est remis le {quantieme} {MOIS[fiche.bilan_mois - 1]} de l’année suivante au plus tard."
    return "La fiche ne fixe pas de date pour le bilan final."
