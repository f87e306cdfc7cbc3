"""What comes from the external portal: the files imported, and what the portal last said of each dossier."""

from django.conf import settings
from django.db import models

from dpid.textes import cle_texte
from programmes.models.appel import AppelAProjets
from programmes.models.dossier import Dossier


class ImportDepotsQuerySet(models.QuerySet):
    def visibles_par(self, agent):
        """A file holds the dossiers of every service: only who imported it comes back to it before it is applied."""
        return self.filter(par=agent) if agent.has_perm("programmes.importer_depots") else self.none()

    def sans_contenu(self):
        """Never read the bytes for a list."""
        return self.defer("contenu")

    def entetes_connus(self) -> dict[str, str]:
        """{header key: field code} chosen for the headers of the last files applied, the latest choice winning."""
        connus: dict[str, str] = {}
        recents = self.filter(applique_le__isnull=False).order_by("-applique_le")[:20]
        for correspondance in recents.values_list("correspondance", flat=True):
            for titre, champ in correspondance:
                connus.setdefault(cle_texte(titre), champ)
        return connus


class ImportDepots(models.Model):
    """One extract of the portal, from its upload to its application; its bytes go once it is applied."""

    appel = models.ForeignKey(
        AppelAProjets, on_delete=models.PROTECT, related_name="imports", verbose_name="appel à projets"
    )
    nom_fichier = models.CharField("fichier", max_length=150)
    contenu = models.BinaryField("contenu", editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False)
    # [[header, field code]]: a list, for a JSON object forgets the order of the columns on PostgreSQL.
    correspondance = models.JSONField("correspondance des colonnes", default=list, blank=True)
    choix = models.JSONField("choix", default=dict, blank=True)
    bilan = models.JSONField("bilan", default=dict, blank=True, editable=False)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="importé par", editable=False
    )
    televerse_le = models.DateTimeField("téléversé le", auto_now_add=True)
    applique_le = models.DateTimeField("appliqué le", null=True, blank=True, editable=False)

    objects = ImportDepotsQuerySet.as_manager()

    class Meta:
        verbose_name = "import de dépôts"
        verbose_name_plural = "imports de dépôts"
        ordering = ["-televerse_le", "-pk"]

    def __str__(self):
        return f"extrait « {self.nom_fichier} »"


class DepotPortail(models.Model):
    """The last values that the portal gave for a dossier: what changed there and what an officer changed here are
    told apart by comparing both with them."""

    dossier = models.OneToOneField(
        Dossier, on_delete=models.CASCADE, related_name="depot_portail", verbose_name="dossier"
    )
    empreinte = models.CharField("empreinte", max_length=40)
    valeurs = models.JSONField("valeurs", default=dict)

    class Meta:
        verbose_name = "dépôt du portail"
        verbose_name_plural = "dépôts du portail"

    def __str__(self):
        return f"dépôt du {self.dossier}"
