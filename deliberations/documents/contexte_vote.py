"""Context of the délibération: assembly, visas, articles, blocks of vote with their figures, signature."""

from collections import defaultdict

from deliberations.assemblee import phrases
from deliberations.assemblee.chiffres import CATEGORIES, chiffrer
from deliberations.assemblee.composition import Assistance, au_rapport
from deliberations.models import Deport, Groupe, VoixDissidente
from deliberations.redaction.articles import articles
from dpid.typographie import date_courte

VIDE = Assistance(())


def deliberation(lecture, *, avec_votes: bool) -> dict:
    """`avec_votes`: the attendance and the figures are printed once they are known; a draft has none."""
    rapport = lecture.rapport
    assistance = au_rapport(rapport) if avec_votes else VIDE
    saisie = assistance.est_saisie
    ecrits = articles(lecture.contenu)
    return {
        "visas": visas(rapport),
        "assistance": phrases.rubriques(assistance) if saisie else [],
        "deports_du_rapport": _deports_du_rapport(rapport, assistance) if saisie else [],
        "articles": ecrits,
        "blocs": _blocs(lecture, assistance if saisie else VIDE, ecrits),
        "communs": [a["numero"] for a in ecrits if a["bloc"] is None],
        "imputations": [i.en_donnees() for i in lecture.imputations],
        "recettes": lecture.recettes,
        "remplace": str(rapport.remplace) if rapport.remplace else "",
    }


def visas(rapport) -> list[str]:
    """Texts of the library in their order, then the rapport and the avis of the commissions."""
    textes = [f"Vu {v.texte.texte}" for v in rapport.visas_juridiques.select_related("texte")]
    textes.append("Vu le rapport du Président du Conseil départemental, annexé à la présente délibération")
    textes += [
        f"Vu l’avis {a.get_sens_display()} rendu par la {a.commission} le {date_courte(a.date)}"
        for a in rapport.avis_commissions.select_related("commission")
    ]
    return [f"{texte.rstrip(' ;.')} ;" for texte in textes]


def _deports_du_rapport(rapport, assistance) -> list[str]:
    """Sentences of those who step aside of the whole rapport: absent, as a rule, or without a voice."""
    ids = set(Deport.objects.filter(rapport=rapport, bloc__isnull=True).values_list("elu_id", flat=True))
    return phrases.deports([m for m in assistance.membres if m.elu_id in ids], phrases.CE_RAPPORT)


def _blocs(lecture, assistance, ecrits) -> list[dict]:
    par_bloc = defaultdict(list)
    for article in ecrits:
        if article["bloc"] is not None:
            par_bloc[article["bloc"]].append(article["numero"])
    if not lecture.blocs:
        return [{"rang": 1, "articles": par_bloc[1], **_sans_vote()}]
    deports, dissidences = votes(lecture.rapport)
    ordre = dict(Groupe.objects.values_list("libelle", "ordre")) if assistance.membres else {}
    thematiques = defaultdict(list)
    for t in lecture.rapport.thematiques.all():
        thematiques[lecture.rangs.get(t.bloc_id, 1)].append(t.numero)
    resultat = []
    for rang, bloc in enumerate(lecture.blocs, start=1):
        vote = _sans_vote()
        if assistance.membres:
            vote = _vote(bloc, assistance, deports[bloc.pk], dissidences[bloc.pk], ordre)
        resultat.append(
            {"rang": rang, "articles": par_bloc[rang], "thematiques": thematiques[rang], **vote}
            | {"resultat": bloc.get_resultat_display(), "adopte": bloc.est_adopte, "motif": bloc.motif}
        )
    return resultat


def votes(rapport) -> tuple[dict, dict]:
    """({block id: ids of those who step aside}, {block id: {élu id: sens}}), two queries."""
    deports, dissidences = defaultdict(set), defaultdict(dict)
    for bloc, elu in Deport.objects.filter(rapport=rapport, bloc__isnull=False).values_list("bloc", "elu"):
        deports[bloc].add(elu)
    for bloc, elu, sens in VoixDissidente.objects.filter(bloc__rapport=rapport).values_list("bloc", "elu", "sens"):
        dissidences[bloc][elu] = sens
    return deports, dissidences


def _sans_vote() -> dict:
    return {
        "thematiques": [], "deports": "", "chiffres": None, "resultat": "", "adopte": True, "motif": "",
        "presidence": "", "secretariat": "",
    }  # fmt: skip


def _vote(bloc, assistance, deports, dissidences, ordre) -> dict:
    chiffres = chiffrer(assistance, deports, dissidences)
    membres = assistance.par_elu()
    return {
        **_sans_vote(),
        "deports": " ".join(
            phrases.deports([m for m in assistance.membres if m.elu_id in deports], phrases.CES_ARTICLES)
        ),
        "chiffres": {
            categorie: {
                "voix": getattr(chiffres, categorie).voix,
                "groupes": getattr(chiffres, categorie).groupes(ordre),
            }
            for categorie in CATEGORIES
        },
        "presidence": str(membres.get(bloc.president_id, "")),
        "secretariat": str(membres.get(bloc.secretaire_id, "")),
    }
