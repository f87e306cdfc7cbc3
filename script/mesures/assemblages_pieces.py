"""Rapports whose bundle has the size of a real one: 150 lines, 30 opérations, 60 pages of texts, and so on in
proportion. They are rows of the database: the bundle is made from them by the application itself."""

from script.mesures.donnees import ANNEE, DESCRIPTIONS, PAR_THEMATIQUE, creer_programme, creer_rapport

PAR_OPERATION = 5
# Two pages of text for each opération, under its three headings.
PARAGRAPHES = {"descriptif": 6, "bilan": 5, "proposition": 5}


def creer(nombres: list[int]) -> dict[str, int]:
    """One rapport per number of lines: {number: id}."""
    thematiques = -(-max(nombres) // (PAR_OPERATION * PAR_THEMATIQUE))
    creer_programme(thematiques, annee=ANNEE + 1)
    return {str(nombre): _rapport(nombre, rang) for rang, nombre in enumerate(nombres)}


def _rapport(nombre: int, rang: int) -> int:
    """Its opérations told in one descriptive annexe per thématique."""
    from deliberations.models import AnnexePresentee, OperationPresentee, Rapport

    rapport = Rapport.objects.get(pk=creer_rapport(nombre, rang, annee=ANNEE + 1, par_operation=PAR_OPERATION))
    AnnexePresentee.objects.filter(rapport=rapport, nature="descriptive").delete()
    for ordre, thematique in enumerate(rapport.thematiques.order_by("ordre"), start=100):
        AnnexePresentee.objects.create(
            rapport=rapport, cle=f"d{ordre}", nature="descriptive", ordre=ordre, thematique=thematique
        )
    for operation in OperationPresentee.objects.filter(thematique__rapport=rapport):
        for champ, paragraphes in PARAGRAPHES.items():
            setattr(operation, champ, _texte(paragraphes))
        operation.save()
    return rapport.pk


def _texte(nombre: int) -> str:
    """Paragraphs as an officer types them, then a list."""
    paragraphes = [
        ". ".join(DESCRIPTIONS[(rang + suite) % len(DESCRIPTIONS)] for suite in range(5)) + "."
        for rang in range(nombre)
    ]
    return "\n\n".join([*paragraphes, "\n".join(f"- {texte[:90]}" for texte in DESCRIPTIONS[:4])])
