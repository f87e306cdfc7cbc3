"""What the vote of a rapport still needs: read by its page, by the page of the adoption and by the adoption itself."""

from dataclasses import dataclass

from django.urls import reverse

from deliberations.assemblee.vote import Carte, FeuilleDeVote
from dpid.typographie import accorder


@dataclass(frozen=True)
class Alerte:
    """What a vote lacks (`est_bloquante`: it cannot be adopted so) or must explain. `lien`: where it is mended."""

    regle: str
    est_bloquante: bool
    message: str
    lieu: str
    lien: str

    def __str__(self):
        return f"{self.lieu} : {self.message}"


def alertes(vote: FeuilleDeVote) -> list[Alerte]:
    """In the order in which they are mended: attendance, quorum, chair, then each block."""
    seance = vote.rapport.seance
    feuille = reverse("seance_assistance", args=[seance.pk])
    trouvees = []
    if not vote.assistance.est_saisie:
        reste = len(vote.assistance.a_saisir)
        combien = f"{accorder(reste, 'membre')} à saisir" if reste else "aucun membre ne siège à cette date"
        trouvees.append(Alerte("assistance", True, f"l’assistance n’est pas saisie ({combien}).", "Séance", feuille))
    elif not vote.quorum.est_atteint:
        trouvees.append(Alerte("quorum", True, _sans_quorum(vote.quorum), "Séance", feuille))
    for elu, message in (
        (seance.president_id, "qui préside la séance n’est pas saisi."),
        (seance.secretaire_id, "le secrétaire de séance n’est pas saisi."),
    ):
        if elu is None:
            trouvees.append(Alerte("bureau", False, message, "Séance", feuille))
    if all(not carte.bloc.est_adopte for carte in vote.cartes):
        message = "aucun bloc de vote n’est adopté : enregistrez le rejet du rapport."
        trouvees.append(Alerte("resultat", True, message, "Rapport", _lien(vote)))
    if vote.assistance.est_saisie:
        trouvees += [alerte for carte in vote.cartes for alerte in du_bloc(vote, carte)]
    return trouvees


def _sans_quorum(quorum) -> str:
    formes = (
        ("présent ou représenté", "présents ou représentés") if quorum.compte_representes else ("présent", "présents")
    )
    qui = formes[quorum.comptes > 1]
    return (
        f"le quorum n’est pas atteint : {accorder(quorum.comptes, 'membre')} {qui} pour {quorum.seuil} exigés "
        f"({quorum.source})."
    )


def bloquantes(vote: FeuilleDeVote) -> list[Alerte]:
    return [c for c in alertes(vote) if c.est_bloquante]


def du_bloc(vote: FeuilleDeVote, carte: Carte) -> list[Alerte]:
    """Findings of one block, once the attendance is known."""
    return [Alerte(regle, bloque, message, str(carte.bloc), _lien(vote)) for regle, bloque, message in _fautes(carte)]


def _lien(vote) -> str:
    return reverse("rapport_vote", args=[vote.rapport.pk])


def _fautes(carte: Carte):
    if carte.refus:
        yield "voix", True, carte.refus
        return
    if carte.empeche(carte.president):
        pourquoi = "se déporte" if carte.president.elu_id in carte.ids_deportes else "n’est pas présent(e)"
        yield (
            "presidence", True,
            f"{carte.president}, qui préside, {pourquoi} : désignez qui préside pour ce bloc.",
        )  # fmt: skip
    if carte.empeche(carte.secretaire):
        pourquoi = "se déporte" if carte.secretaire.elu_id in carte.ids_deportes else "n’est pas présent(e)"
        yield "secretariat", False, f"{carte.secretaire}, secrétaire, {pourquoi} sans être remplacé(e)."
    chiffres = carte.chiffres
    if chiffres.sans_porteur:
        noms = ", ".join(str(m) for m in chiffres.sans_porteur)
        yield (
            "delegation", True,
            f"le mandataire de {noms} se déporte ou n’est pas là : dites qui porte sa voix, ou qu’il n’en donne pas.",
        )  # fmt: skip
    pour, contre = chiffres.pour.voix, chiffres.contre.voix
    if carte.bloc.est_adopte and pour < contre:
        yield "majorite", True, f"{contre} voix contre et {pour} pour, il ne peut pas être adopté."
    elif carte.bloc.est_adopte and pour == contre:
        message = f"partage des voix ({pour} pour, {contre} contre) : la voix du président est prépondérante."
        yield "majorite", False, message
    elif carte.bloc.resultat == carte.bloc.Resultat.REJETE and pour > contre:
        yield "majorite", False, f"rejeté avec {pour} voix pour et {contre} contre : vérifiez les voix."
    for libelle, imprime, calcule in carte.ecart_imprime:
        yield "reprise", False, f"{libelle.lower()} : l’acte publié imprime {imprime}, le calcul donne {calcule}."
