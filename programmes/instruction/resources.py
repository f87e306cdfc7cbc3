"""Exports of the avis: read in a spreadsheet, never written from one (an avis is given by an act)."""

from dpid.echanges import Choix, Colonne, Echange, Entier, Jour, Montant
from programmes.models import Avis
from programmes.models.instruction import Sens


class AvisResource(Echange):
    titre = "Avis"
    dossier = Colonne("dossier_id", "Dossier", Entier(), readonly=True)
    structure = Colonne("dossier__structure__raison_sociale", "Structure", readonly=True)
    dispositif = Colonne("dossier__dispositif__reference", "Dispositif", readonly=True)
    destinataire = Colonne("destinataire", "Demandé à", readonly=True)
    demande_le = Colonne("demande_le", "Demandé le", Jour(), readonly=True)
    echeance_le = Colonne("echeance_le", "À rendre avant le", Jour(), readonly=True)
    etat = Colonne("etat", "État", Choix(Avis.Etat), readonly=True)
    sens = Colonne("sens", "Sens", Choix(Sens), readonly=True)
    montant = Colonne("montant", "Montant suggéré", Montant(), readonly=True)
    texte = Colonne("texte", "Avis", readonly=True)

    class Meta:
        model = Avis
        fields = (
            "dossier", "structure", "dispositif", "destinataire", "demande_le", "echeance_le", "etat", "sens",
            "montant", "texte",
        )  # fmt: skip
