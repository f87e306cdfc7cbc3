"""Texts of the acts, owned by officers: a model, its versions, their ordered blocks."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django_fsm import FSMField
from simple_history.models import HistoricalRecords

from deliberations.models import AnnexePresentee, Deliberation, Rapport
from deliberations.models.presentation import PartieDeRapport
from dpid.erreurs import ActeRefuse
from dpid.figeage import Figeable, FigeableQuerySet
from dpid.models.base import AvecVersion
from dpid.workflow import AvecEtat, acte
from programmes.models import Dispositif


class Operation(models.TextChoices):
    """What an avenant does to the text in force."""

    REMPLACER = "remplacer", "Remplacer"
    SUPPRIMER = "supprimer", "Supprimer"
    INSERER_APRES = "inserer_apres", "Insérer après"
    COMPLETER = "completer", "Compléter"


class Cible(models.TextChoices):
    ARTICLE = "article", "Article"
    ANNEXE = "annexe", "Annexe"


# What is inserted is called so on its clause and in the consolidated text.
NUMERO_DONNE = "De l’article ou de l’annexe inséré : 4, 4 bis. Vide : bis, ter…"


class Modele(models.Model):
    """A text that officers keep from year to year; what it says is in its versions."""

    class Nature(models.TextChoices):
        CONVENTION_TYPE = "convention_type", "Convention type"
        CONVENTION_SPECIFIQUE = "convention_specifique", "Convention spécifique"
        AVENANT = "avenant", "Avenant"
        NOTIFICATION = "notification", "Lettre de notification"
        REFUS = "refus", "Lettre de refus"

    # Those whose blocks are the articles of an act; the others are letters.
    ACTES = (Nature.CONVENTION_TYPE, Nature.CONVENTION_SPECIFIQUE, Nature.AVENANT)

    code = models.SlugField("code", max_length=40, unique=True)
    titre = models.CharField("titre", max_length=200)
    nature = models.CharField("nature", max_length=25, choices=Nature.choices)
    dispositifs = models.ManyToManyField(
        Dispositif, verbose_name="dispositifs", blank=True, related_name="modeles_d_acte",
        help_text="Vide : le modèle sert à tous. Un modèle propre à un dispositif passe avant.",
    )  # fmt: skip
    est_actif = models.BooleanField("proposé", default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = "modèle d’acte"
        verbose_name_plural = "modèles d’acte"
        ordering = ["nature", "titre"]

    def __str__(self):
        return self.titre

    def get_absolute_url(self):
        return reverse("modele", args=[self.pk])

    @property
    def est_un_acte(self) -> bool:
        return self.nature in self.ACTES

    @transaction.atomic
    def nouvelle_version(self, *, par) -> "VersionDeModele":
        """A draft copied from the latest version. Raises ActeRefuse while another draft is open."""
        Modele.objects.select_for_update().get(pk=self.pk)
        derniere = self.versions.order_by("-rang").first()
        if derniere and derniere.etat == VersionDeModele.Etat.BROUILLON:
            raise ActeRefuse(f"La version {derniere.rang} est encore en brouillon : publiez-la ou reprenez-la.")
        rang = derniere.rang + 1 if derniere else 1
        repris = {nom: getattr(derniere, nom) for nom in ("exemplaires", "designation", "note")} if derniere else {}
        version = VersionDeModele.objects.create(modele=self, rang=rang, cree_par=par, **repris)
        blocs = list(derniere.blocs.all()) if derniere else []
        for bloc in blocs:
            bloc.pk, bloc.version_modele, bloc.version, bloc._state.adding = None, version, 1, True
            bloc.save()
        return version


class VersionDeModele(AvecEtat, Figeable, AvecVersion):
    """Draft until published; published, it never changes: a change is the next version."""

    class Etat(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        PUBLIEE = "publiee", "Publiée"
        RETIREE = "retiree", "Retirée"

    modele = models.ForeignKey(Modele, on_delete=models.PROTECT, related_name="versions", verbose_name="modèle")
    rang = models.PositiveSmallIntegerField("version", default=1)
    etat = FSMField("état", choices=Etat.choices, default=Etat.BROUILLON, protected=True)
    adoptee_par = models.ForeignKey(
        Deliberation, on_delete=models.PROTECT, null=True, blank=True, related_name="modeles_adoptes",
        verbose_name="adoptée par la délibération",
    )  # fmt: skip
    exemplaires = models.PositiveSmallIntegerField("exemplaires originaux", default=2)
    designation = models.CharField(
        "structure désignée", max_length=80, default="l’organisme", help_text="« l’organisme », « la CAF »…"
    )
    note = models.TextField("note interne", blank=True, help_text="Jamais imprimée.")
    publiee_le = models.DateTimeField("publiée le", null=True, blank=True, editable=False)
    publiee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name="publiée par",
    )  # fmt: skip
    cree_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="créée par"
    )
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["etat", "version"])

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "version de modèle"
        verbose_name_plural = "versions de modèle"
        ordering = ["modele", "-rang"]
        constraints = [models.UniqueConstraint(fields=["modele", "rang"], name="version_de_modele_rang_unique")]

    def __str__(self):
        return f"{self.modele}, version {self.rang}"

    def get_absolute_url(self):
        return reverse("modele_version", args=[self.pk])

    @classmethod
    def filtre_fige(cls, chemin=""):
        """`chemin`: path to the version, for its blocks."""
        jointes = ModelePresente.objects.filter(version=models.OuterRef(f"{chemin}pk")).recus()
        return ~models.Q(**{f"{chemin}etat": cls.Etat.BROUILLON}) | models.Q(models.Exists(jointes))

    @property
    def est_fige(self):
        return self.etat != self.Etat.BROUILLON or self.presentations.recus().exists()

    @property
    def adoption(self) -> Deliberation | None:
        """The délibération that adopted it: typed or kept at its publication, else that of the rapport that joined
        it; None while nobody adopted it."""
        if self.adoptee_par_id:
            return self.adoptee_par
        jointe = self.presentations.filter(annexe__rapport__etat=Rapport.Etat.ADOPTE).order_by("-pk")
        jointe = jointe.select_related("annexe__rapport__deliberation").first()
        return jointe.annexe.rapport.deliberation if jointe else None

    def raison_du_gel(self):
        if self.etat == self.Etat.BROUILLON:
            return f"« {self} » est jointe à un rapport envoyé : elle ne se modifie plus."
        return f"« {self} » est publiée : elle ne se modifie plus. Ouvrez une nouvelle version du modèle."

    def _refuser_si_fige(self):
        if not getattr(self, "_acte_en_cours", False):
            super()._refuser_si_fige()

    @acte(etat, "Publier", source=[Etat.BROUILLON], cible=Etat.PUBLIEE)
    def publier(self, *, par, motif=""):
        """Put in use; the version in use until now is withdrawn. Raises ActeRefuse naming what the lint found."""
        from conventions.modeles.relecture import bloquants

        if fautes := bloquants(self):
            raise ActeRefuse(" ".join(fautes))
        for autre in type(self).objects.filter(modele=self.modele, etat=self.Etat.PUBLIEE):
            autre.retirer(par=par, motif=f"Remplacée par la version {self.rang}.")
        self.publiee_le, self.publiee_par = timezone.now(), par
        self.adoptee_par = self.adoption
        self._acte_en_cours = True

    @acte(etat, "Retirer", source=[Etat.PUBLIEE], cible=Etat.RETIREE)
    def retirer(self, *, par, motif=""):
        """No longer offered; the acts made from it keep their text."""
        self._acte_en_cours = True


class ModelePresenteQuerySet(FigeableQuerySet):
    def recus(self):
        """Those that the members hold, or have adopted."""
        return self.filter(annexe__rapport__etat__in=[*Rapport.ENVOYES, Rapport.Etat.ADOPTE])


class ModelePresente(PartieDeRapport):
    """The version that an annexe « modèle à adopter » joins to a rapport; frozen with it from its sending."""

    CHEMIN_RAPPORT = "annexe__rapport"

    annexe = models.OneToOneField(
        AnnexePresentee, on_delete=models.CASCADE, related_name="modele_presente", verbose_name="annexe"
    )
    version = models.ForeignKey(
        VersionDeModele, on_delete=models.PROTECT, related_name="presentations", verbose_name="version du modèle"
    )

    objects = ModelePresenteQuerySet.as_manager()

    class Meta:
        verbose_name = "modèle présenté"
        verbose_name_plural = "modèles présentés"

    def __str__(self):
        return f"{self.version} en annexe"

    @property
    def le_rapport(self):
        return self.annexe.rapport


class BlocDeModele(Figeable, AvecVersion):
    """One block of a version: a visa, the preamble, an article, an annexe, the body of a letter.

    Numbers are ranks among the blocks that the act keeps; texts name a block by its key: `{article:cout}`.
    """

    class Nature(models.TextChoices):
        VISA = "visa", "Visa"
        PREAMBULE = "preambule", "Préambule"
        ARTICLE = "article", "Article"
        ANNEXE = "annexe", "Annexe"
        CORPS = "corps", "Corps de la lettre"

    class Contenu(models.TextChoices):
        """What the application writes in the block, after its text."""

        TEXTE = "texte", "Son texte seul"
        FICHES = "fiches", "Les fiches action, une annexe pour chacune"
        DONNEES = "donnees", "Le traitement de données personnelles du dispositif"
        PUBLICITE = "publicite", "Les logos à reproduire"
        OPERATIONS = "operations", "La liste des opérations financées"
        LIGNES = "lignes", "La liste des lignes financées, par territoire"
        PARTS = "parts", "La liste des parts quantitatives et qualitatives"
        VERSEMENTS = "versements", "L’échéancier des versements"
        MODIFICATIONS = "modifications", "Les modifications propres à cet avenant, un article chacune"
        ANNEXES = "annexes", "La liste des annexes"
        AGREMENTS = "agrements", "Les agréments en vigueur de la structure, un visa chacun"
        AVIS = "avis", "Les avis d’instances extérieures, un visa chacun"

    class Condition(models.TextChoices):
        TOUJOURS = "", "Toujours"
        DROIT_PRIVE = "droit_prive", "Si l’organisme est de droit privé"
        DROIT_PUBLIC = "droit_public", "Si l’organisme est de droit public"
        ASSOCIATION = "association", "Si l’organisme est une association ou une fondation"
        PLUSIEURS_OPERATIONS = "plusieurs_operations", "S’il y a plusieurs opérations"
        UNE_OPERATION = "une_operation", "S’il y a une seule opération"
        SEUIL = "seuil", "Si le montant de l’année dépasse 23 000 €"
        HORS_BUDGET = "hors_budget", "Si un fonds hors budget finance"
        DONNEES = "donnees", "Si des données personnelles sont traitées"
        AGREMENT = "agrement", "Si la structure a un agrément en vigueur"
        SANS_AGREMENT = "sans_agrement", "Si la structure n’a pas d’agrément en vigueur"
        AVIS = "avis", "Si une instance a rendu un avis"

    version_modele = models.ForeignKey(
        VersionDeModele, on_delete=models.CASCADE, related_name="blocs", verbose_name="version du modèle"
    )
    ordre = models.PositiveSmallIntegerField("ordre", default=1)
    nature = models.CharField("nature", max_length=10, choices=Nature.choices)
    cle = models.CharField(
        "clé", max_length=30, help_text="Écrite dans les renvois : {article:cout}, {annexe:donnees}.",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", "Une clé s’écrit en minuscules, chiffres et tirets.")],
    )  # fmt: skip
    titre = models.CharField("titre", max_length=200, blank=True)
    texte = models.TextField("texte", blank=True)
    contenu = models.CharField("complété par", max_length=15, choices=Contenu.choices, default=Contenu.TEXTE)
    condition = models.CharField("imprimé", max_length=25, choices=Condition.choices, blank=True, default="")
    rangee = models.CharField(
        "rangée répétée", max_length=300, blank=True,
        help_text="Écrite une fois par opération, ligne, versement, part, agrément, avis. Vide : la forme habituelle.",
    )  # fmt: skip
    note = models.CharField("note interne", max_length=500, blank=True, help_text="Jamais imprimée.")
    # --- An article of an avenant that changes the text in force; its text is then the new text.
    operation = models.CharField("opération sur la convention", max_length=15, choices=Operation.choices, blank=True)
    cible = models.CharField("porte sur", max_length=10, choices=Cible.choices, blank=True)
    numero = models.PositiveSmallIntegerField("numéro", null=True, blank=True)
    alinea = models.PositiveSmallIntegerField("alinéa", null=True, blank=True)
    numero_donne = models.CharField("numéro donné", max_length=12, blank=True, help_text=NUMERO_DONNE)
    avec_fiche = models.BooleanField(
        "par la fiche action", default=False,
        help_text="L’annexe nouvelle est la fiche action de l’avenant.",
    )  # fmt: skip
    history = HistoricalRecords(excluded_fields=["version"])

    objects = FigeableQuerySet.as_manager()

    class Meta:
        verbose_name = "bloc de modèle"
        verbose_name_plural = "blocs de modèle"
        ordering = ["ordre", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version_modele", "nature", "cle"], name="bloc_de_modele_cle_unique",
                violation_error_message="Un autre bloc de cette nature porte déjà cette clé.",
            )
        ]  # fmt: skip

    def __str__(self):
        return self.titre or f"{self.get_nature_display()} « {self.cle} »"

    def clean(self):
        if self.nature in (self.Nature.ARTICLE, self.Nature.ANNEXE) and not self.titre:
            raise ValidationError({"titre": "Un article ou une annexe porte un titre."})
        if self.operation and not (self.cible and self.numero):
            raise ValidationError({"cible": "Dites l’article ou l’annexe que cette opération change."})
        if self.operation and self.nature != self.Nature.ARTICLE:
            raise ValidationError({"operation": "Seul un article change la convention."})

    @classmethod
    def filtre_fige(cls):
        return VersionDeModele.filtre_fige("version_modele__")

    @classmethod
    def refuser_ajouts(cls, objs):
        for version in {o.version_modele for o in objs}:
            VersionDeModele.verrouiller(version.pk)._refuser_si_fige()

    def decideur(self):
        return VersionDeModele.verrouiller(self.version_modele_id)


class TraitementDeDonnees(AvecVersion):
    """What the acts of a dispositif say of personal data (RGPD, art. 28): filled once, inherited by each act."""

    dispositif = models.OneToOneField(
        Dispositif, on_delete=models.CASCADE, related_name="traitement", verbose_name="dispositif"
    )
    sans_donnees = models.BooleanField("aucune donnée à caractère personnel n’est traitée", default=False)
    objet = models.TextField("objet du traitement", blank=True)
    finalites = models.TextField("finalités", blank=True)
    donnees = models.TextField("données traitées", blank=True)
    personnes = models.TextField("personnes concernées", blank=True)
    duree = models.CharField("durée de conservation", max_length=250, blank=True)
    sous_traitance = models.BooleanField("sous-traitance autorisée", default=False)
    sort = models.CharField(
        "sort des données à la fin", max_length=12, default="restitution",
        choices=[("restitution", "Restitution au Département"), ("destruction", "Destruction")],
    )  # fmt: skip
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = "traitement de données personnelles"
        verbose_name_plural = "traitements de données personnelles"

    def __str__(self):
        return f"Données personnelles : {self.dispositif}"

    # What an act prints of it, in the order of the annexe.
    EXIGES = ("objet", "finalites", "donnees", "personnes", "duree")

    @property
    def vides(self) -> list[str]:
        """Labels of what is not said and should be."""
        if self.sans_donnees:
            return []
        return [self._meta.get_field(nom).verbose_name for nom in self.EXIGES if not getattr(self, nom).strip()]

    def clean(self):
        if not self.sans_donnees:
            # Beside each field that is empty.
            vides = [nom for nom in self.EXIGES if not getattr(self, nom).strip()]
            if vides:
                raise ValidationError(dict.fromkeys(vides, "Dites-le, ou cochez qu’aucune donnée n’est traitée."))
