"""Rules on the texts: references that resolve."""

from django.urls import reverse

from deliberations.controle.constats import Constat, Gravite
from deliberations.documents.contextes import valeurs_du_rapport
from deliberations.documents.donnees import valeurs_de
from deliberations.redaction.annexes import renvois
from deliberations.redaction.renvois import manquants

CHAMPS = {"descriptif": "descriptif", "bilan": "bilan", "proposition": "proposition"}


def renvois_sans_valeur(lecture):
    """A reference to nothing would be printed as it was typed: « {annexe:cllaj} »."""
    rapport = lecture.rapport
    for nom in manquants(rapport.introduction, valeurs_du_rapport(lecture)):
        yield _constat(nom, "Introduction", "introduction", reverse("rapport_modifier", args=[rapport.pk]))
    groupes = {g["cle"]: g for g in lecture.repartition["thematiques"]}
    for t in rapport.thematiques.prefetch_related("operations"):
        groupe = groupes.get(t.pk)
        valeurs = {**valeurs_de(groupe, t.mot), **renvois(lecture.annexes)}
        for nom in manquants(t.texte, valeurs):
            lien = reverse("thematique_modifier", args=[t.pk])
            yield _constat(nom, f"Thématique {t.numero}", f"t{t.pk}", lien)
        calculees = {o["cle"]: o for o in groupe["operations"]} if groupe else {}
        for o in t.operations.all():
            valeurs = {**valeurs_de(calculees.get(o.pk)), **renvois(lecture.annexes)}
            for champ, libelle in CHAMPS.items():
                for nom in manquants(getattr(o, champ), valeurs):
                    lieu = f"Thématique {t.numero}, opération {o.numero}, {libelle}"
                    yield _constat(nom, lieu, f"o{o.pk}", reverse("operation_modifier", args=[o.pk]))


def _constat(nom, lieu, cle, lien) -> Constat:
    return Constat(
        "renvois-sans-valeur", Gravite.BLOQUANT, f"le renvoi {{{nom}}} n’a pas de valeur.", lieu, cle, lien, (nom,)
    )
