"""Rules on the texts: references that resolve, and nothing typed that the data know."""

from deliberations.controle.constats import Constat, Gravite, regle
from deliberations.redaction.renvois import manquants


@regle("renvois-sans-valeur", Gravite.BLOQUANT, "renvois n’ont pas de valeur")
def renvois_sans_valeur(examen):
    """A reference to nothing would be printed as it was typed: « {annexe:cllaj} »."""
    for texte in examen.textes:
        for nom in manquants(texte.texte, texte.valeurs):
            message = f"le renvoi {{{nom}}} n’a pas de valeur ({texte.nom})."
            yield Constat(texte.lieu, message, (texte.nom, nom))
