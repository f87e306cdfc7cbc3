"""What the tests of the deposits share: a call with its windows, and extracts of the portal made by hand."""

import csv
import io
from datetime import date
from decimal import Decimal

from django.conf import settings

from dpid.models import AliasTerritoire
from dpid.textes import cle_texte
from programmes.models import Fiche, SessionDepot, Structure
from tests.factories import AppelFactory, DispositifFactory, StructureFactory, TerritoireFactory, ThematiqueFactory

FICHIER = settings.BASE_DIR / "fixtures" / "extrait_portail_2024.csv"
TERRITOIRES = (
    "Arrageois", "Artois", "Audomarois", "Boulonnais", "Calaisis", "Hénin-Carvin", "Lens-Liévin", "Montreuillois",
    "Ternois", "Lens-Hénin", "Département",
)  # fmt: skip
SESSIONS = {
    "4.1": [("2023-12-14", "2024-09-30")],
    "4.2": [("2023-12-14", "2024-01-31"), ("2024-04-01", "2024-05-31")],
    "4.3": [("2023-12-14", "2024-01-31")],
    "4.4": [("2023-12-14", "2024-01-31")],
}
ELIGIBLES = {"4.2": [Structure.Type.FORMATION], "4.3": [Structure.Type.BAILLEUR], "4.4": [Structure.Type.BAILLEUR]}
TITRES = [
    "N° dossier", "Date de dépôt", "Dispositif", "Structure", "SIRET", "Territoires", "Montant demandé", "Intitulé",
    "Début", "Fin", "Nombre de places", "Charges de personnel", "Charges directes", "Cofinanceurs publics",
]  # fmt: skip
LIGNE = {
    "N° dossier": "P-1", "Date de dépôt": "10/01/2024 09:30", "Dispositif": "4.1", "Structure": "AUDASSE",
    "SIRET": "48054398200023", "Territoires": "Artois", "Montant demandé": "5 000,00", "Intitulé": "Ateliers",
    "Début": "01/03/2024", "Fin": "31/08/2024", "Nombre de places": "12", "Charges de personnel": "6 000",
    "Charges directes": "4 000,00", "Cofinanceurs publics": "CAF : 3 000,00 ; Commune : 2 000",
}  # fmt: skip


def appel_2024(service=None) -> dict:
    """{reference: dispositif} of thématique 4, each with its fiche and its windows; the territoires exist."""
    theme = ThematiqueFactory(appel=AppelFactory(annee=2024), numero=4)
    dispositifs = {}
    for reference, fenetres in SESSIONS.items():
        d = DispositifFactory(thematique=theme, reference=reference, titre=f"Dispositif {reference}", service=service)
        fiche = Fiche.objects.create(dispositif=d, types_eligibles=ELIGIBLES.get(reference, []))
        for n, (ouverture, cloture) in enumerate(fenetres, 1):
            SessionDepot.objects.create(
                fiche=fiche, ordre=n, ouverture=date.fromisoformat(ouverture), cloture=date.fromisoformat(cloture)
            )
        dispositifs[reference] = d
    for rang, libelle in enumerate(TERRITOIRES, 1):
        t = TerritoireFactory(code=f"Z{rang}", libelle=libelle, ordre=rang)
        AliasTerritoire.objects.create(territoire=t, texte=libelle, cle=cle_texte(libelle))
    return dispositifs


def audasse(**options):
    return StructureFactory(**{"raison_sociale": "AUDASSE", "siret": "48054398200023", **options})


def en_csv(*lignes, titres=TITRES, encodage="utf-8-sig") -> bytes:
    """Rows as a portal exports them; each is `LIGNE` with what changes."""
    tampon = io.StringIO()
    plume = csv.writer(tampon, delimiter=";")
    plume.writerow(titres)
    for rang, ligne in enumerate(lignes or [{}], 1):
        valeurs = LIGNE | {"N° dossier": f"P-{rang}"} | ligne
        plume.writerow([valeurs.get(t, "") for t in titres])
    return tampon.getvalue().encode(encodage)


def euros(texte) -> Decimal:
    return Decimal(texte)
