"""The text of an act as the members received it: what a rapport sent joined, what the vote adopted.

From then on the act says that text; only its dates and who signs it follow the data.
"""

from deliberations.models import DocumentDeDeliberation, DocumentDEdition

ANNEXES = "annexe-"
# What a party says of its signature.
SIGNATURES = ("representant", "qualite", "fonction", "habilitation", "president")


def textes_joints(actes) -> dict[int, dict]:
    """{id of the act: its context, frozen with its rapport}, of acts read with their rapport and its délibération.

    Two queries at most. An act whose amount the séance changed has none: it is prepared again.
    """
    rapports = {a.rapport for a in actes if a.rapport_id and not a.document_id and not a.rapport.est_ouvert}
    return {p["donnees"]["acte"]: p["donnees"] for p in _projets(rapports) if "acte" in p["donnees"]}


def projets_remplaces(lus) -> dict[int, dict]:
    """{id of the act: the context of the project that the members received and that this act replaces}.

    The former one was abandoned; they are told by their lines. Two queries at most, none when every act was received.
    """
    refaits = [lu for lu in lus if lu.acte.rapport_id and not lu.acte.rapport.est_ouvert and not lu.joint]
    projets = list(_projets({lu.acte.rapport for lu in refaits}))
    trouves = {}
    for lu in refaits:
        siennes = {ligne.pk for ligne in lu.lignes}
        # An act that was received too is not remade; one made without being joined replaces nothing.
        if any(p["cle"] == lu.acte.pk for p in projets):
            continue
        communes = [(len(siennes & set(p["lignes"])), p["donnees"]) for p in projets if "acte" in p["donnees"]]
        nombre, donnees = max(communes, key=lambda c: c[0], default=(0, None))
        if nombre:
            trouves[lu.acte.pk] = donnees
    return trouves


def _projets(rapports):
    """Each project of act that the members received with these rapports, the latest of an act last."""
    votes = {r.pk for r in rapports if r.est_vote}
    envoyes = {r.pk for r in rapports} - votes
    contextes = []
    if envoyes:
        editions = DocumentDEdition.objects.filter(edition__rapport__in=envoyes, nature__startswith=ANNEXES)
        contextes += editions.order_by("edition__rang").values_list("document__contexte__projets", flat=True)
    if votes:
        adoptes = DocumentDeDeliberation.objects.filter(deliberation__rapport__in=votes, nature__startswith=ANNEXES)
        contextes += adoptes.order_by("pk").values_list("document__contexte__projets", flat=True)
    return (p for projets in contextes for p in projets or ())


def suivre(joint: dict, vivant: dict) -> dict:
    """The context frozen with the rapport, with the dates and the signatories of the live one."""
    parties = [
        {**figee, **{champ: vive[champ] for champ in SIGNATURES}}
        for figee, vive in zip(joint["parties"], vivant["parties"], strict=True)
    ]
    return {**joint, "date": vivant["date"], "parties": parties, "manques": vivant["manques"]}
