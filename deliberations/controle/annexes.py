"""Rules on the annexes: each says something, is cited, and is of the nature of the acts that refer to it."""

from deliberations.controle.actes import Nature, constat
from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.controle.examen import Moment
from deliberations.models import AnnexePresentee, Rapport
from deliberations.redaction import projets
from deliberations.redaction.renvois import cites
from dpid.typographie import sans_majuscule

NatureAnnexe = AnnexePresentee.Nature
# An act of these natures is written for its structure: its project is joined.
JOINTS = (Nature.AVENANT, Nature.CONVENTION_SPECIFIQUE)


def _lieu(examen, numero, annexe):
    return examen.au_rapport(f"a{annexe.pk}", f"Annexe {numero}", "rapport")


@regle("acte-sans-annexe", Gravite.A_JUSTIFIER, "actes n’ont pas leur projet en annexe")
def acte_sans_annexe(examen):
    for ligne in examen.financees:
        source = ligne.proposition.ligne
        if source.nature_acte in JOINTS and ligne.proposition.annexe_id is None:
            message = f"{source.get_nature_acte_display().lower()} sans projet joint en annexe."
            yield constat(examen, ligne, message, source.nature_acte)


@regle("annexe-d-autre-nature", Gravite.A_JUSTIFIER, "actes renvoient à une annexe d’une autre nature")
def annexe_d_autre_nature(examen):
    numerotees = {annexe.pk: (numero, annexe) for numero, annexe in enumerate(examen.annexes, start=1)}
    for ligne in examen.lignes:
        numero, annexe = numerotees.get(ligne.proposition.annexe_id, (0, None))
        nature = ligne.proposition.ligne.nature_acte
        if annexe is not None and nature and nature not in _natures(annexe):
            message = (
                f"{Nature(nature).label.lower()}, mais l’annexe {numero} est "
                f"« {annexe.get_nature_acte_display() or annexe.get_nature_display()} »."
            )
            yield constat(examen, ligne, message, nature, annexe.nature, annexe.nature_acte)


def _natures(annexe) -> tuple:
    """Natures of act that an annexe is the project of; none when it is not an act."""
    if annexe.nature == NatureAnnexe.MODELE:
        return (annexe.nature_acte or Nature.CONVENTION_TYPE,)
    if annexe.nature == NatureAnnexe.PROJET_ACTE:
        return (annexe.nature_acte,) if annexe.nature_acte else tuple(Nature)
    return ()


@regle("modele-absent", Gravite.A_JUSTIFIER, "conventions type n’ont pas de modèle en vigueur")
def modele_absent(examen):
    """A model adopted with this rapport, or by an earlier délibération."""
    lignes = [ligne for ligne in examen.financees if ligne.proposition.ligne.nature_acte == Nature.CONVENTION_TYPE]
    joints = {annexe.pk for annexe in examen.annexes if annexe.nature == NatureAnnexe.MODELE}
    sans = [ligne for ligne in lignes if ligne.proposition.annexe_id is None] if not joints else []
    if not sans or _modele_adopte(examen.jour):
        return
    lieu = examen.au_rapport("modele", "Convention type", "rapport")
    for ligne in sans:
        message = f"{ligne.structure} : aucun modèle adopté ni joint."
        yield Constat(lieu, message, (ligne.proposition.pk,), examen.a_la_ligne(ligne))


def _modele_adopte(jour) -> bool:
    adoptes = AnnexePresentee.objects.filter(nature=NatureAnnexe.MODELE, rapport__etat=Rapport.Etat.ADOPTE)
    return adoptes.filter(rapport__seance__date__lte=jour).exists()


@regle("annexe-vide", Gravite.A_JUSTIFIER, "annexes n’ont pas de contenu")
def annexe_vide(examen):
    """What would be printed under its title: lines, opérations, an act with somebody, or a text of its own."""
    liees = {ligne.proposition.annexe_id for ligne in examen.lignes}
    presentees = {t.thematique.pk for t in examen.lecture.calcul.thematiques}
    for numero, annexe in enumerate(examen.annexes, start=1):
        remplie = {
            NatureAnnexe.DESCRIPTIVE: annexe.thematique_id in presentees if annexe.thematique_id else bool(presentees),
            NatureAnnexe.REPARTITION: bool(presentees),
            NatureAnnexe.FINANCIERE: bool(presentees),
            NatureAnnexe.PROJET_ACTE: annexe.pk in liees or bool(annexe.parties),
            NatureAnnexe.MODELE: annexe.cle in examen.lecture.projets,
        }
        if not (annexe.texte.strip() or remplie[annexe.nature]):
            message = f"« {annexe.intitule} » n’a pas de contenu."
            yield Constat(_lieu(examen, numero, annexe), message, (annexe.nature,))


@regle("projet-incomplet", Gravite.BLOQUANT, "champs des projets d’acte sont à remplir", moments=[Moment.ENVOI])
def projet_incomplet(examen):
    """A field without value is never printed: the page that fills it is named."""
    for numero, annexe in enumerate(examen.annexes, start=1):
        for projet in examen.lecture.projets_lus.get(annexe.cle, ()):
            for manque, adresse in projet.manques:
                message = f"{projet.titre}, {sans_majuscule(manque)}"
                yield Constat(_lieu(examen, numero, annexe), message, (projet.cle, manque), adresse)


@regle("projet-absent", Gravite.A_JUSTIFIER, "actes attendent leur projet", moments=[Moment.ENVOI])
def projet_absent(examen):
    """The annexe is their slot, the project is still to be generated."""
    ecrits = examen.lecture.projets_lus
    for numero, annexe in enumerate(examen.annexes, start=1):
        if annexe.nature != NatureAnnexe.PROJET_ACTE:
            continue
        joints = {pk for projet in ecrits.get(annexe.cle, ()) for pk in projet.lignes}
        for ligne in examen.financees:
            if ligne.proposition.annexe_id == annexe.pk and ligne.proposition.ligne_id not in joints:
                message = f"{ligne.structure} : le projet d’acte de l’annexe {numero} n’est pas généré."
                adresse = projets.adresse(examen.rapport)
                yield Constat(_lieu(examen, numero, annexe), message, (ligne.proposition.pk,), adresse)


@regle("annexe-jamais-citee", Gravite.A_JUSTIFIER, "annexes ne sont citées nulle part")
def annexe_jamais_citee(examen):
    """By no text, no generated article, no line; a presentation of one thématique is cited by that thématique."""
    citees = {nom for texte in examen.textes for nom in cites(texte.texte)}
    liees = {ligne.proposition.annexe_id for ligne in examen.lignes}
    for numero, annexe in enumerate(examen.annexes, start=1):
        est_citee = (
            f"annexe:{annexe.cle}" in citees
            or annexe.pk in liees
            or annexe.nature in (NatureAnnexe.REPARTITION, NatureAnnexe.MODELE)
            or bool(annexe.parties or annexe.recettes_liees)
            or (annexe.nature == NatureAnnexe.DESCRIPTIVE and annexe.thematique_id is not None)
        )
        if not est_citee:
            message = f"« {annexe.intitule} » n’est citée nulle part : écrivez {{annexe:{annexe.cle}}}."
            yield Constat(_lieu(examen, numero, annexe), message, (annexe.cle,))
