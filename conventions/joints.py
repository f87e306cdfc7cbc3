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
    votes = {r.pk for r in rapports if r.est_vote}
    envoyes = {r.pk for r in rapports} - votes
    trouves = {}
    if envoyes:
        editions = DocumentDEdition.objects.filter(edition__rapport__in=envoyes, nature__startswith=ANNEXES)
        trouves |= _par_acte(editions.order_by("edition__rang"))
    if votes:
        adoptes = DocumentDeDeliberation.objects.filter(deliberation__rapport__in=votes, nature__startswith=ANNEXES)
        trouves |= _par_acte(adoptes.order_by("pk"))
    return trouves


def _par_acte(liens) -> dict[int, dict]:
    contextes = liens.values_list("document__contexte__projets", flat=True)
    lus = [p["donnees"] for projets in contextes for p in projets or ()]
    return {donnees["acte"]: donnees for donnees in lus if "acte" in donnees}


def suivre(joint: dict, vivant: dict) -> dict:
    """The context frozen with the rapport, with the dates and the signatories of the live one."""
    parties = [
        {**figee, **{champ: vive[champ] for champ in SIGNATURES}}
        for figee, vive in zip(joint["parties"], vivant["parties"], strict=True)
    ]
    return {**joint, "date": vivant["date"], "parties": parties, "manques": vivant["manques"]}
