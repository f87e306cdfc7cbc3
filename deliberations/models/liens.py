"""Tables of the many-to-many links of a rapport: frozen with what they say of it.

Django makes these tables by itself, open at any time. Declared here with the same name and the same columns
(`auto_created`: forms, admin and migrations treat them as its own), they take the guards of every part of a rapport.
"""

from django.db import models

from deliberations.models.presentation import OperationPresentee, PartieDeRapport
from deliberations.models.rapport import Rapport
from dpid.models import Canton, Epci, Territoire
from programmes.models import Dispositif


class LienDuRapport(PartieDeRapport):
    rapport = models.ForeignKey(Rapport, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class RapportTerritoire(LienDuRapport):
    territoire = models.ForeignKey(Territoire, on_delete=models.PROTECT, related_name="+")

    class Meta:
        auto_created = True
        db_table = "deliberations_rapport_territoires"
        verbose_name = "territoire du rapport"


class RapportCanton(LienDuRapport):
    canton = models.ForeignKey(Canton, on_delete=models.PROTECT, related_name="+")

    class Meta:
        auto_created = True
        db_table = "deliberations_rapport_cantons"
        verbose_name = "canton du rapport"


class RapportEpci(LienDuRapport):
    epci = models.ForeignKey(Epci, on_delete=models.PROTECT, related_name="+")

    class Meta:
        auto_created = True
        db_table = "deliberations_rapport_epci"
        verbose_name = "EPCI du rapport"


class OperationDispositif(PartieDeRapport):
    CHEMIN_RAPPORT = "operationpresentee__thematique__rapport"

    operationpresentee = models.ForeignKey(OperationPresentee, on_delete=models.CASCADE, related_name="+")
    dispositif = models.ForeignKey(Dispositif, on_delete=models.PROTECT, related_name="+")

    class Meta:
        auto_created = True
        db_table = "deliberations_operationpresentee_dispositifs"
        verbose_name = "dispositif de l’opération"

    @property
    def le_rapport(self):
        return self.operationpresentee.le_rapport
