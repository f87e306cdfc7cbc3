from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import django_fsm
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import dpid.montants
import programmes.models.dossier
import programmes.models.fiche
import programmes.models.registre
import programmes.models.structure


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("budget", "0001_initial"),
        ("dpid", "0001_initial"),
        ("dpid", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceFinancement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("libelle", models.CharField(max_length=100, verbose_name="libellé")),
            ],
            options={
                "verbose_name": "source de financement",
                "verbose_name_plural": "sources de financement",
                "ordering": ["libelle"],
            },
        ),
        migrations.CreateModel(
            name="TypeAgrement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("libelle", models.CharField(max_length=200, verbose_name="libellé")),
                ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                ("code", models.SlugField(max_length=30, unique=True, verbose_name="code")),
            ],
            options={
                "verbose_name": "type d’agrément",
                "verbose_name_plural": "types d’agrément",
                "ordering": ["ordre", "libelle"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TypePiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("libelle", models.CharField(max_length=200, verbose_name="libellé")),
                ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                ("code", models.SlugField(max_length=30, unique=True, verbose_name="code")),
                (
                    "exigee_pour",
                    models.JSONField(
                        blank=True, default=list, help_text="Types de structure.", verbose_name="exigée des"
                    ),
                ),
                (
                    "est_du_dossier",
                    models.BooleanField(
                        default=False,
                        help_text="Sinon la pièce de la structure sert à tous ses dossiers.",
                        verbose_name="propre à chaque dossier",
                    ),
                ),
                (
                    "validite_mois",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="valable (mois)"),
                ),
                (
                    "est_confidentielle",
                    models.BooleanField(
                        default=False,
                        help_text="Lue par les seuls agents qui voient les comptes bancaires.",
                        verbose_name="coordonnées bancaires",
                    ),
                ),
            ],
            options={
                "verbose_name": "type de pièce",
                "verbose_name_plural": "types de pièce",
                "ordering": ["ordre", "libelle"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AppelAProjets",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "annee",
                    models.PositiveSmallIntegerField(
                        unique=True,
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="année",
                    ),
                ),
                ("titre", models.CharField(max_length=200, verbose_name="titre")),
                (
                    "debut",
                    models.DateField(
                        blank=True, help_text="Premier jour couvert par l’appel.", null=True, verbose_name="début"
                    ),
                ),
                ("fin", models.DateField(blank=True, null=True, verbose_name="fin")),
                (
                    "copie_de",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programmes.appelaprojets",
                        verbose_name="ouvert à partir de",
                    ),
                ),
            ],
            options={
                "verbose_name": "appel à projets",
                "verbose_name_plural": "appels à projets",
                "ordering": ["-annee"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debut__isnull", True),
                            ("fin__isnull", True),
                            ("fin__gte", models.F("debut")),
                            _connector="OR",
                        ),
                        name="appel_fin_apres_debut",
                        violation_error_message="L’appel se termine avant de commencer.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CadreStrategique",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("libelle", models.CharField(max_length=200, verbose_name="libellé")),
                ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="elements",
                        to="programmes.cadrestrategique",
                        verbose_name="cadre",
                    ),
                ),
                ("debut", models.DateField(blank=True, null=True, verbose_name="début")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="fin")),
            ],
            options={
                "verbose_name": "cadre stratégique",
                "verbose_name_plural": "cadres stratégiques",
                "ordering": ["ordre", "libelle"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HistoricalAppelAProjets",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "annee",
                    models.PositiveSmallIntegerField(
                        db_index=True,
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="année",
                    ),
                ),
                ("titre", models.CharField(max_length=200, verbose_name="titre")),
                (
                    "debut",
                    models.DateField(
                        blank=True, help_text="Premier jour couvert par l’appel.", null=True, verbose_name="début"
                    ),
                ),
                ("fin", models.DateField(blank=True, null=True, verbose_name="fin")),
                (
                    "copie_de",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.appelaprojets",
                        verbose_name="ouvert à partir de",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical appel à projets",
                "verbose_name_plural": "historical appels à projets",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalThematique",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("numero", models.PositiveSmallIntegerField(verbose_name="numéro")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "titre_axe",
                    models.CharField(
                        blank=True,
                        help_text="Tel que l’appel le publie, s’il diffère du titre voté.",
                        max_length=250,
                        verbose_name="titre de l’axe",
                    ),
                ),
                (
                    "appel",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.appelaprojets",
                        verbose_name="appel à projets",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical thématique",
                "verbose_name_plural": "historical thématiques",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="ImportDepots",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "appel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="programmes.appelaprojets",
                        verbose_name="appel à projets",
                    ),
                ),
                ("nom_fichier", models.CharField(max_length=150, verbose_name="fichier")),
                ("contenu", models.BinaryField(verbose_name="contenu")),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="SHA-256")),
                (
                    "correspondance",
                    models.JSONField(blank=True, default=list, verbose_name="correspondance des colonnes"),
                ),
                ("choix", models.JSONField(blank=True, default=dict, verbose_name="choix")),
                ("bilan", models.JSONField(blank=True, default=dict, editable=False, verbose_name="bilan")),
                (
                    "par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="importé par",
                    ),
                ),
                ("televerse_le", models.DateTimeField(auto_now_add=True, verbose_name="téléversé le")),
                (
                    "applique_le",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="appliqué le"),
                ),
            ],
            options={
                "verbose_name": "import de dépôts",
                "verbose_name_plural": "imports de dépôts",
                "ordering": ["-televerse_le", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Structure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("raison_sociale", models.CharField(max_length=200, verbose_name="raison sociale")),
                ("sigle", models.CharField(blank=True, max_length=40, verbose_name="sigle")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("association", "Association"),
                            ("ccas", "CCAS ou CIAS"),
                            ("epci", "EPCI"),
                            ("commune", "Commune"),
                            ("bailleur", "Bailleur"),
                            ("mission_locale", "Mission locale"),
                            ("plie", "PLIE"),
                            ("formation", "Organisme de formation"),
                            ("caf", "CAF"),
                            ("etablissement_public", "Établissement public"),
                            ("etat", "État"),
                            ("autre", "Autre"),
                        ],
                        default="association",
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "categorie_juridique",
                    models.CharField(
                        blank=True,
                        max_length=4,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\d{4}$", "La catégorie juridique compte 4 chiffres."
                            )
                        ],
                        verbose_name="catégorie juridique INSEE",
                    ),
                ),
                (
                    "siret",
                    models.CharField(
                        blank=True,
                        default=None,
                        max_length=14,
                        null=True,
                        unique=True,
                        validators=[programmes.models.structure.valider_siret],
                        verbose_name="SIRET",
                    ),
                ),
                (
                    "rna",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator("^W\\d[A-Z\\d]\\d{7}$", "Un RNA s’écrit W621000000.")
                        ],
                        verbose_name="RNA",
                    ),
                ),
                ("adresse", models.TextField(blank=True, verbose_name="adresse")),
                (
                    "commune",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.commune",
                        verbose_name="commune",
                    ),
                ),
                ("courriel", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                ("telephone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                (
                    "est_a_completer",
                    models.BooleanField(default=False, help_text="Créée par un import.", verbose_name="à compléter"),
                ),
                (
                    "fusionnee_dans",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absorbees",
                        to="programmes.structure",
                        verbose_name="fusionnée dans",
                    ),
                ),
                (
                    "cle",
                    models.CharField(db_index=True, editable=False, max_length=250, verbose_name="clé de recherche"),
                ),
            ],
            options={
                "verbose_name": "structure",
                "ordering": ["raison_sociale"],
            },
        ),
        migrations.CreateModel(
            name="Representant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("debut", models.DateField(blank=True, null=True, verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                (
                    "civilite",
                    models.CharField(
                        blank=True, choices=[("Mme", "Mme"), ("M.", "M.")], max_length=5, verbose_name="civilité"
                    ),
                ),
                ("prenom", models.CharField(max_length=80, verbose_name="prénom")),
                ("nom", models.CharField(max_length=80, verbose_name="nom")),
                (
                    "qualite",
                    models.CharField(
                        help_text="Présidente, maire, directeur général…", max_length=120, verbose_name="qualité"
                    ),
                ),
                (
                    "habilitation",
                    models.CharField(
                        blank=True,
                        help_text="Délibération, pouvoir ou statuts qui l’habilitent, avec leur date.",
                        max_length=250,
                        verbose_name="habilitation",
                    ),
                ),
            ],
            options={
                "verbose_name": "représentant",
                "ordering": [models.OrderBy(models.F("debut"), descending=True, nulls_last=True), "pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debut__isnull", True),
                            ("fin__isnull", True),
                            ("fin__gte", models.F("debut")),
                            _connector="OR",
                        ),
                        name="representant_dates_ordonnees",
                        violation_error_message="La date de fin précède la date de début.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalStructure",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("raison_sociale", models.CharField(max_length=200, verbose_name="raison sociale")),
                ("sigle", models.CharField(blank=True, max_length=40, verbose_name="sigle")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("association", "Association"),
                            ("ccas", "CCAS ou CIAS"),
                            ("epci", "EPCI"),
                            ("commune", "Commune"),
                            ("bailleur", "Bailleur"),
                            ("mission_locale", "Mission locale"),
                            ("plie", "PLIE"),
                            ("formation", "Organisme de formation"),
                            ("caf", "CAF"),
                            ("etablissement_public", "Établissement public"),
                            ("etat", "État"),
                            ("autre", "Autre"),
                        ],
                        default="association",
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "categorie_juridique",
                    models.CharField(
                        blank=True,
                        max_length=4,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\d{4}$", "La catégorie juridique compte 4 chiffres."
                            )
                        ],
                        verbose_name="catégorie juridique INSEE",
                    ),
                ),
                (
                    "siret",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        default=None,
                        max_length=14,
                        null=True,
                        validators=[programmes.models.structure.valider_siret],
                        verbose_name="SIRET",
                    ),
                ),
                (
                    "rna",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator("^W\\d[A-Z\\d]\\d{7}$", "Un RNA s’écrit W621000000.")
                        ],
                        verbose_name="RNA",
                    ),
                ),
                ("adresse", models.TextField(blank=True, verbose_name="adresse")),
                ("courriel", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                ("telephone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                (
                    "est_a_completer",
                    models.BooleanField(default=False, help_text="Créée par un import.", verbose_name="à compléter"),
                ),
                (
                    "commune",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="dpid.commune",
                        verbose_name="commune",
                    ),
                ),
                (
                    "fusionnee_dans",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.structure",
                        verbose_name="fusionnée dans",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical structure",
                "verbose_name_plural": "historical structures",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRepresentant",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("debut", models.DateField(blank=True, null=True, verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                (
                    "civilite",
                    models.CharField(
                        blank=True, choices=[("Mme", "Mme"), ("M.", "M.")], max_length=5, verbose_name="civilité"
                    ),
                ),
                ("prenom", models.CharField(max_length=80, verbose_name="prénom")),
                ("nom", models.CharField(max_length=80, verbose_name="nom")),
                (
                    "qualite",
                    models.CharField(
                        help_text="Présidente, maire, directeur général…", max_length=120, verbose_name="qualité"
                    ),
                ),
                (
                    "habilitation",
                    models.CharField(
                        blank=True,
                        help_text="Délibération, pouvoir ou statuts qui l’habilitent, avec leur date.",
                        max_length=250,
                        verbose_name="habilitation",
                    ),
                ),
                (
                    "structure",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical représentant",
                "verbose_name_plural": "historical représentants",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCompteBancaire",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("debut", models.DateField(blank=True, null=True, verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                ("titulaire", models.CharField(max_length=150, verbose_name="titulaire")),
                (
                    "iban",
                    models.CharField(
                        max_length=34, validators=[programmes.models.registre.valider_iban], verbose_name="IBAN"
                    ),
                ),
                (
                    "bic",
                    models.CharField(
                        blank=True,
                        max_length=11,
                        validators=[programmes.models.registre.valider_bic],
                        verbose_name="BIC",
                    ),
                ),
                ("domiciliation", models.CharField(blank=True, max_length=150, verbose_name="domiciliation")),
                (
                    "structure",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical compte bancaire",
                "verbose_name_plural": "historical comptes bancaires",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("nom", models.CharField(max_length=150, verbose_name="nom")),
                ("fonction", models.CharField(blank=True, max_length=120, verbose_name="fonction")),
                ("courriel", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                ("telephone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
            ],
            options={
                "verbose_name": "contact de la structure",
                "verbose_name_plural": "contacts de la structure",
                "ordering": ["nom"],
            },
        ),
        migrations.CreateModel(
            name="CompteBancaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("debut", models.DateField(blank=True, null=True, verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comptes",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("titulaire", models.CharField(max_length=150, verbose_name="titulaire")),
                (
                    "iban",
                    models.CharField(
                        max_length=34, validators=[programmes.models.registre.valider_iban], verbose_name="IBAN"
                    ),
                ),
                (
                    "bic",
                    models.CharField(
                        blank=True,
                        max_length=11,
                        validators=[programmes.models.registre.valider_bic],
                        verbose_name="BIC",
                    ),
                ),
                ("domiciliation", models.CharField(blank=True, max_length=150, verbose_name="domiciliation")),
            ],
            options={
                "verbose_name": "compte bancaire",
                "verbose_name_plural": "comptes bancaires",
                "ordering": [models.OrderBy(models.F("debut"), descending=True, nulls_last=True), "pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debut__isnull", True),
                            ("fin__isnull", True),
                            ("fin__gte", models.F("debut")),
                            _connector="OR",
                        ),
                        name="comptebancaire_dates_ordonnees",
                        violation_error_message="La date de fin précède la date de début.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AliasStructure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alias",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("texte", models.CharField(max_length=200, verbose_name="écriture")),
                ("cle", models.CharField(editable=False, max_length=200, unique=True, verbose_name="clé")),
            ],
            options={
                "verbose_name": "alias de structure",
                "verbose_name_plural": "alias de structures",
                "ordering": ["texte"],
            },
        ),
        migrations.CreateModel(
            name="Thematique",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "appel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="thematiques",
                        to="programmes.appelaprojets",
                        verbose_name="appel à projets",
                    ),
                ),
                ("numero", models.PositiveSmallIntegerField(verbose_name="numéro")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "titre_axe",
                    models.CharField(
                        blank=True,
                        help_text="Tel que l’appel le publie, s’il diffère du titre voté.",
                        max_length=250,
                        verbose_name="titre de l’axe",
                    ),
                ),
            ],
            options={
                "verbose_name": "thématique",
                "ordering": ["appel", "numero"],
                "constraints": [
                    models.UniqueConstraint(fields=("appel", "numero"), name="thematique_unique_par_appel")
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispositif",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "thematique",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispositifs",
                        to="programmes.thematique",
                        verbose_name="thématique",
                    ),
                ),
                ("reference", models.CharField(max_length=12, verbose_name="référence")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "libelle_court",
                    models.CharField(
                        blank=True,
                        help_text="Tel qu’il s’imprime dans les tableaux : CLLAJ.",
                        max_length=100,
                        verbose_name="libellé court",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="dpid.service",
                        verbose_name="service instructeur",
                    ),
                ),
                (
                    "service_local",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("slai", "SLAI (allocation insertion)"),
                            ("slisl", "SLISL (inclusion sociale et logement)"),
                        ],
                        max_length=5,
                        verbose_name="service local",
                    ),
                ),
                (
                    "ligne_par_defaut",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"sens": "depense"},
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispositifs",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne budgétaire par défaut",
                    ),
                ),
                (
                    "instance_externe",
                    models.CharField(
                        blank=True,
                        choices=[("fsl", "Comité technique FSL"), ("ccapex", "CCAPEX")],
                        help_text="Sans cet avis, le dossier ne peut pas être proposé.",
                        max_length=6,
                        verbose_name="avis d’instance exigé",
                    ),
                ),
                (
                    "delai_avis",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="En jours ouvrés.", verbose_name="délai des avis"
                    ),
                ),
                (
                    "avis_echu",
                    models.CharField(
                        choices=[("favorable", "Réputé favorable"), ("non_rendu", "Non rendu")],
                        default="non_rendu",
                        max_length=10,
                        verbose_name="avis non rendu à l’échéance",
                    ),
                ),
                (
                    "condition_suspensive",
                    models.CharField(
                        blank=True,
                        help_text="Le dossier se propose ; sa convention ne se signe qu’une fois la condition levée.",
                        max_length=200,
                        verbose_name="condition suspensive",
                    ),
                ),
                ("condition_levee_le", models.DateField(blank=True, null=True, verbose_name="condition levée le")),
                (
                    "precedent",
                    models.ForeignKey(
                        blank=True,
                        help_text="Relie les montants N-1, même quand tout est renuméroté.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suivants",
                        to="programmes.dispositif",
                        verbose_name="dispositif de l’année précédente",
                    ),
                ),
                (
                    "sources_par_defaut",
                    models.ManyToManyField(
                        blank=True,
                        related_name="+",
                        to="programmes.sourcefinancement",
                        verbose_name="sources hors budget habituelles",
                    ),
                ),
            ],
            options={
                "verbose_name": "dispositif",
                "ordering": ["thematique", "reference"],
                "constraints": [models.UniqueConstraint(fields=("thematique", "reference"), name="dispositif_unique")],
            },
        ),
        migrations.CreateModel(
            name="Fiche",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "dispositif",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fiche",
                        to="programmes.dispositif",
                        verbose_name="dispositif",
                    ),
                ),
                ("contexte", models.TextField(blank=True, verbose_name="contexte")),
                ("public", models.TextField(blank=True, verbose_name="public visé")),
                ("age_min", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge minimal")),
                (
                    "age_max",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Âge révolu, inclus.", null=True, verbose_name="âge maximal"
                    ),
                ),
                (
                    "age_min_etendu",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge minimal sous conditions"),
                ),
                ("objectifs", models.TextField(blank=True, verbose_name="objectifs")),
                ("phasage", models.TextField(blank=True, verbose_name="phasage")),
                ("modalites_accueil", models.TextField(blank=True, verbose_name="modalités d’accueil et de suivi")),
                ("profil_professionnel", models.TextField(blank=True, verbose_name="profil du professionnel")),
                ("resultats_attendus", models.TextField(blank=True, verbose_name="résultats attendus")),
                ("porteurs", models.TextField(blank=True, verbose_name="porteurs éligibles")),
                (
                    "types_eligibles",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[programmes.models.fiche.valider_types],
                        verbose_name="types de structure éligibles",
                    ),
                ),
                (
                    "est_contact_obligatoire",
                    models.BooleanField(default=False, verbose_name="contact préalable obligatoire"),
                ),
                ("contact_prealable", models.CharField(blank=True, max_length=250, verbose_name="contact préalable")),
                ("depot", models.CharField(blank=True, max_length=200, verbose_name="mode de dépôt")),
                (
                    "duree_mois",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="durée fixée (mois)"),
                ),
                (
                    "duree_max_mois",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="durée maximale (mois)"),
                ),
                (
                    "duree_max_annees",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Pour une même action d’une même structure.",
                        null=True,
                        verbose_name="années de soutien au plus",
                    ),
                ),
                ("cout_unitaire", dpid.montants.MontantField(blank=True, null=True, verbose_name="coût unitaire")),
                (
                    "unite",
                    models.CharField(
                        blank=True,
                        help_text="Telle que les quantités la portent : places.",
                        max_length=60,
                        verbose_name="unité",
                    ),
                ),
                (
                    "cout_pour_mois",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=12,
                        help_text="Une autre durée se paie au prorata. Vide : le coût ne dépend pas de la durée.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="coût donné pour (mois)",
                    ),
                ),
                ("forfait", dpid.montants.MontantField(blank=True, null=True, verbose_name="forfait par structure")),
                (
                    "taux_plafond",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="part maximale du budget prévisionnel (%)",
                    ),
                ),
                (
                    "taux_indirect_max",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="charges indirectes au plus (% des autres dépenses)",
                    ),
                ),
                ("enveloppe", dpid.montants.MontantField(blank=True, null=True, verbose_name="enveloppe annuelle")),
                ("est_poste_finance", models.BooleanField(default=True, verbose_name="postes finançables")),
                ("comites", models.TextField(blank=True, verbose_name="comités de suivi")),
                ("tableaux_de_bord", models.TextField(blank=True, verbose_name="tableaux de bord")),
                ("bilan", models.TextField(blank=True, verbose_name="bilan final")),
                (
                    "bilan_delai_mois",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Après la fin de la convention.",
                        null=True,
                        verbose_name="bilan dans les (mois)",
                    ),
                ),
                (
                    "bilan_jour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(31)],
                        verbose_name="bilan le (jour)",
                    ),
                ),
                (
                    "bilan_mois",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                        verbose_name="bilan le (mois de N+1)",
                    ),
                ),
                ("relue_le", models.DateField(blank=True, editable=False, null=True, verbose_name="relue le")),
                (
                    "cadres",
                    models.ManyToManyField(
                        blank=True,
                        related_name="fiches",
                        to="programmes.cadrestrategique",
                        verbose_name="cadres stratégiques",
                    ),
                ),
                (
                    "territoires",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Vide : tout le Département.",
                        related_name="+",
                        to="dpid.territoire",
                        verbose_name="territoires",
                    ),
                ),
                (
                    "agrements_exiges",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="programmes.typeagrement", verbose_name="agréments exigés"
                    ),
                ),
            ],
            options={
                "verbose_name": "fiche de dispositif",
                "verbose_name_plural": "fiches de dispositif",
                "ordering": ["dispositif"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("age_min__isnull", True),
                            ("age_max__isnull", True),
                            ("age_max__gte", models.F("age_min")),
                            _connector="OR",
                        ),
                        name="fiche_ages_ordonnes",
                        violation_error_message="L’âge maximal est inférieur à l’âge minimal.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cout_unitaire__isnull", True),
                            models.Q(
                                (
                                    "cout_unitaire__gte",
                                    models.Value(Decimal("0"), output_field=dpid.montants.MontantField()),
                                ),
                                models.Q(("unite", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="fiche_cout_a_unite",
                        violation_error_message="Un coût unitaire est positif et dit son unité.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bilan_jour__isnull", True), ("bilan_mois__isnull", True)),
                            models.Q(
                                ("bilan_delai_mois__isnull", True),
                                ("bilan_jour__isnull", False),
                                ("bilan_mois__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="fiche_une_regle_de_bilan",
                        violation_error_message="Le bilan est dû à une date fixe (jour et mois) ou dans un délai.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Critere",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="criteres",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                ("libelle", models.CharField(max_length=250, verbose_name="critère")),
                (
                    "note_max",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[django.core.validators.MinValueValidator(1)], verbose_name="note sur"
                    ),
                ),
                (
                    "est_obligatoire",
                    models.BooleanField(
                        default=False,
                        help_text="Le dossier ne se propose pas sans cette note.",
                        verbose_name="exigé pour proposer",
                    ),
                ),
            ],
            options={
                "verbose_name": "critère de sélection",
                "verbose_name_plural": "critères de sélection",
                "ordering": ["ordre", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CoutUnitaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="autres_couts",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="coût unitaire")),
                (
                    "unite",
                    models.CharField(
                        help_text="Telle que les quantités la portent.", max_length=60, verbose_name="unité"
                    ),
                ),
            ],
            options={
                "verbose_name": "autre coût unitaire",
                "verbose_name_plural": "autres coûts unitaires",
                "ordering": ["ordre", "pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="cout_unitaire_positif",
                        violation_error_message="Un coût unitaire est positif.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactDispositif",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                (
                    "territoire",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.territoire",
                        verbose_name="territoire",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.service",
                        verbose_name="service",
                    ),
                ),
                ("nom", models.CharField(blank=True, max_length=150, verbose_name="nom")),
                ("telephone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                ("courriel", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
            ],
            options={
                "verbose_name": "contact",
                "ordering": ["ordre", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HistoricalFiche",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("contexte", models.TextField(blank=True, verbose_name="contexte")),
                ("public", models.TextField(blank=True, verbose_name="public visé")),
                ("age_min", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge minimal")),
                (
                    "age_max",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Âge révolu, inclus.", null=True, verbose_name="âge maximal"
                    ),
                ),
                (
                    "age_min_etendu",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="âge minimal sous conditions"),
                ),
                ("objectifs", models.TextField(blank=True, verbose_name="objectifs")),
                ("phasage", models.TextField(blank=True, verbose_name="phasage")),
                ("modalites_accueil", models.TextField(blank=True, verbose_name="modalités d’accueil et de suivi")),
                ("profil_professionnel", models.TextField(blank=True, verbose_name="profil du professionnel")),
                ("resultats_attendus", models.TextField(blank=True, verbose_name="résultats attendus")),
                ("porteurs", models.TextField(blank=True, verbose_name="porteurs éligibles")),
                (
                    "types_eligibles",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[programmes.models.fiche.valider_types],
                        verbose_name="types de structure éligibles",
                    ),
                ),
                (
                    "est_contact_obligatoire",
                    models.BooleanField(default=False, verbose_name="contact préalable obligatoire"),
                ),
                ("contact_prealable", models.CharField(blank=True, max_length=250, verbose_name="contact préalable")),
                ("depot", models.CharField(blank=True, max_length=200, verbose_name="mode de dépôt")),
                (
                    "duree_mois",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="durée fixée (mois)"),
                ),
                (
                    "duree_max_mois",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="durée maximale (mois)"),
                ),
                (
                    "duree_max_annees",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Pour une même action d’une même structure.",
                        null=True,
                        verbose_name="années de soutien au plus",
                    ),
                ),
                ("cout_unitaire", dpid.montants.MontantField(blank=True, null=True, verbose_name="coût unitaire")),
                (
                    "unite",
                    models.CharField(
                        blank=True,
                        help_text="Telle que les quantités la portent : places.",
                        max_length=60,
                        verbose_name="unité",
                    ),
                ),
                (
                    "cout_pour_mois",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=12,
                        help_text="Une autre durée se paie au prorata. Vide : le coût ne dépend pas de la durée.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="coût donné pour (mois)",
                    ),
                ),
                ("forfait", dpid.montants.MontantField(blank=True, null=True, verbose_name="forfait par structure")),
                (
                    "taux_plafond",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="part maximale du budget prévisionnel (%)",
                    ),
                ),
                (
                    "taux_indirect_max",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="charges indirectes au plus (% des autres dépenses)",
                    ),
                ),
                ("enveloppe", dpid.montants.MontantField(blank=True, null=True, verbose_name="enveloppe annuelle")),
                ("est_poste_finance", models.BooleanField(default=True, verbose_name="postes finançables")),
                ("comites", models.TextField(blank=True, verbose_name="comités de suivi")),
                ("tableaux_de_bord", models.TextField(blank=True, verbose_name="tableaux de bord")),
                ("bilan", models.TextField(blank=True, verbose_name="bilan final")),
                (
                    "bilan_delai_mois",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Après la fin de la convention.",
                        null=True,
                        verbose_name="bilan dans les (mois)",
                    ),
                ),
                (
                    "bilan_jour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(31)],
                        verbose_name="bilan le (jour)",
                    ),
                ),
                (
                    "bilan_mois",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                        verbose_name="bilan le (mois de N+1)",
                    ),
                ),
                ("relue_le", models.DateField(blank=True, editable=False, null=True, verbose_name="relue le")),
                (
                    "dispositif",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.dispositif",
                        verbose_name="dispositif",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical fiche de dispositif",
                "verbose_name_plural": "historical fiches de dispositif",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Indicateur",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indicateurs",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[("quantitative", "Quantitative"), ("qualitative", "Qualitative")],
                        default="quantitative",
                        max_length=12,
                        verbose_name="part",
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("nombre", "Nombre"),
                            ("montant", "Montant"),
                            ("texte", "Texte"),
                            ("choix", "Répartition entre des choix"),
                        ],
                        default="nombre",
                        max_length=8,
                        verbose_name="type",
                    ),
                ),
                ("libelle", models.CharField(max_length=250, verbose_name="indicateur")),
                (
                    "choix",
                    models.CharField(
                        blank=True, help_text="Séparés par des points-virgules.", max_length=500, verbose_name="choix"
                    ),
                ),
            ],
            options={
                "verbose_name": "indicateur",
                "ordering": ["ordre", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ResultatAttendu",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cibles",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                (
                    "cible",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="cible",
                    ),
                ),
                ("unite", models.CharField(max_length=120, verbose_name="unité")),
            ],
            options={
                "verbose_name": "résultat attendu",
                "verbose_name_plural": "résultats attendus",
                "ordering": ["ordre", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SessionDepot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                ("ouverture", models.DateField(verbose_name="ouverture")),
                (
                    "cloture",
                    models.DateField(help_text="Jour inclus, jusqu’à 23 h 59, heure de Paris.", verbose_name="clôture"),
                ),
                ("action_debut", models.DateField(blank=True, null=True, verbose_name="mise en œuvre à partir du")),
                ("action_fin", models.DateField(blank=True, null=True, verbose_name="mise en œuvre jusqu’au")),
                ("demarrage_debut", models.DateField(blank=True, null=True, verbose_name="démarrage à partir du")),
                ("demarrage_fin", models.DateField(blank=True, null=True, verbose_name="démarrage au plus tard le")),
            ],
            options={
                "verbose_name": "session de dépôt",
                "verbose_name_plural": "sessions de dépôt",
                "ordering": ["ordre", "pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("cloture__gte", models.F("ouverture"))),
                        name="session_cloture_apres_ouverture",
                        violation_error_message="La session se clôt avant d’ouvrir.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("action_fin__isnull", True),
                            ("action_debut__isnull", True),
                            ("action_fin__gte", models.F("action_debut")),
                            _connector="OR",
                        ),
                        name="session_action_ordonnee",
                        violation_error_message="La mise en œuvre se termine avant de commencer.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dossier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "dispositif",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossiers",
                        to="programmes.dispositif",
                        verbose_name="dispositif",
                    ),
                ),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossiers",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("intitule", models.CharField(blank=True, max_length=250, verbose_name="intitulé de l’action")),
                (
                    "origine",
                    models.CharField(
                        choices=[
                            ("session", "Session de dépôt"),
                            ("avenant", "Demande d’avenant"),
                            ("initiative", "Initiative du Département"),
                            ("complement", "Élément complémentaire d’un appel antérieur"),
                            ("reprise", "Reprise d’un tableau"),
                        ],
                        default="session",
                        max_length=12,
                        verbose_name="origine",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossiers",
                        to="programmes.sessiondepot",
                        verbose_name="session",
                    ),
                ),
                (
                    "est_reporte",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="Déposé trop tard pour la précédente, et reporté à celle-ci par un acte motivé.",
                        verbose_name="reporté à cette session",
                    ),
                ),
                (
                    "canal",
                    models.CharField(
                        choices=[
                            ("portail", "Portail de dépôt"),
                            ("courrier", "Courrier"),
                            ("courriel", "Courriel"),
                            ("saisie", "Saisie par le service"),
                        ],
                        default="saisie",
                        max_length=10,
                        verbose_name="reçu par",
                    ),
                ),
                (
                    "depose_le",
                    models.DateTimeField(
                        blank=True,
                        help_text="Pour un envoi postal, le cachet de la poste fait foi.",
                        null=True,
                        verbose_name="déposé le",
                    ),
                ),
                (
                    "contact_le",
                    models.DateField(
                        blank=True,
                        help_text="Obligatoire quand la fiche le demande.",
                        null=True,
                        validators=[programmes.models.dossier.refuser_l_avenir],
                        verbose_name="contact préalable le",
                    ),
                ),
                ("contact_avec", models.CharField(blank=True, max_length=150, verbose_name="contact préalable avec")),
                (
                    "reference_portail",
                    models.CharField(
                        blank=True, default=None, max_length=40, null=True, unique=True, verbose_name="n° du portail"
                    ),
                ),
                (
                    "copie_de",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="programmes.dossier",
                        verbose_name="repris du dossier",
                    ),
                ),
                (
                    "instructeur",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossiers_instruits",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="instruit par",
                    ),
                ),
                (
                    "etat",
                    django_fsm.FSMField(
                        choices=[
                            ("depose", "Déposé"),
                            ("incomplet", "Incomplet"),
                            ("complet", "Complet"),
                            ("recevable", "Recevable"),
                            ("irrecevable", "Irrecevable"),
                            ("en_instruction", "En instruction"),
                            ("avis", "Avis demandés"),
                            ("propose", "Proposé"),
                            ("inscrit", "Inscrit à un rapport"),
                            ("vote", "Voté"),
                            ("ajourne", "Ajourné"),
                            ("refuse", "Refusé"),
                        ],
                        default="en_instruction",
                        max_length=50,
                        protected=True,
                        verbose_name="état",
                    ),
                ),
                (
                    "etat_le",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="dans cet état depuis le"
                    ),
                ),
                (
                    "motif",
                    models.TextField(
                        blank=True, help_text="Du refus, de l’ajournement, des pièces manquantes.", verbose_name="motif"
                    ),
                ),
                ("vote_le", models.DateField(blank=True, editable=False, null=True, verbose_name="voté le")),
                ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
            ],
            options={
                "verbose_name": "dossier",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["etat", "-id"], name="dossier_par_etat")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat", "vote"), ("vote_le__isnull", False)),
                            models.Q(models.Q(("etat", "vote"), _negated=True), ("vote_le__isnull", True)),
                            _connector="OR",
                        ),
                        name="dossier_vote_et_date",
                        violation_error_message="Un dossier voté porte la date du vote, et lui seul.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat__in", ["refuse", "ajourne", "irrecevable", "incomplet"]), _negated=True),
                            models.Q(("motif", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="dossier_refus_motive",
                        violation_error_message="Un refus, une irrecevabilité ou un ajournement porte un motif.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("session__isnull", True), ("origine", "session"), _connector="OR"),
                        name="dossier_session_selon_origine",
                        violation_error_message="Seul un dossier déposé à une session porte cette session.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contact_le__isnull", False), ("contact_avec", ""), _connector="OR"),
                        name="dossier_contact_a_sa_date",
                        violation_error_message="Un contact préalable porte sa date.",
                    ),
                ],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name="DepotPortail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dossier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="depot_portail",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                ("empreinte", models.CharField(max_length=40, verbose_name="empreinte")),
                ("valeurs", models.JSONField(default=dict, verbose_name="valeurs")),
            ],
            options={
                "verbose_name": "dépôt du portail",
                "verbose_name_plural": "dépôts du portail",
            },
        ),
        migrations.CreateModel(
            name="AvisInstance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="avis_instances",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "instance",
                    models.CharField(
                        choices=[("fsl", "Comité technique FSL"), ("ccapex", "CCAPEX")],
                        max_length=6,
                        verbose_name="instance",
                    ),
                ),
                ("rendu_le", models.DateField(verbose_name="rendu le")),
                (
                    "sens",
                    models.CharField(
                        choices=[("favorable", "Favorable"), ("reserve", "Réservé"), ("defavorable", "Défavorable")],
                        max_length=12,
                        verbose_name="verdict",
                    ),
                ),
                ("montant", dpid.montants.MontantField(blank=True, null=True, verbose_name="montant")),
                ("texte", models.TextField(blank=True, verbose_name="observations")),
            ],
            options={
                "verbose_name": "avis d’instance",
                "verbose_name_plural": "avis d’instances",
                "ordering": ["-rendu_le", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Avis",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="avis",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "territoire",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.territoire",
                        verbose_name="territoire",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.service",
                        verbose_name="service",
                    ),
                ),
                ("question", models.TextField(blank=True, verbose_name="question")),
                (
                    "demande_le",
                    models.DateField(
                        default=django.utils.timezone.localdate, editable=False, verbose_name="demandé le"
                    ),
                ),
                (
                    "demande_par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
                ("echeance_le", models.DateField(verbose_name="à rendre avant le")),
                (
                    "etat",
                    django_fsm.FSMField(
                        choices=[
                            ("demande", "Attendu"),
                            ("rendu", "Rendu"),
                            ("repute_favorable", "Réputé favorable"),
                            ("non_rendu", "Non rendu"),
                            ("sans_objet", "Sans objet"),
                        ],
                        default="demande",
                        max_length=50,
                        protected=True,
                        verbose_name="état",
                    ),
                ),
                (
                    "sens",
                    models.CharField(
                        blank=True,
                        choices=[("favorable", "Favorable"), ("reserve", "Réservé"), ("defavorable", "Défavorable")],
                        max_length=12,
                        verbose_name="sens",
                    ),
                ),
                ("texte", models.TextField(blank=True, verbose_name="avis")),
                ("montant", dpid.montants.MontantField(blank=True, null=True, verbose_name="montant suggéré")),
                (
                    "quantite",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="quantité suggérée",
                    ),
                ),
                ("rendu_le", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="rendu le")),
                (
                    "rendu_par",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="rendu par",
                    ),
                ),
                ("relance_le", models.DateField(blank=True, editable=False, null=True, verbose_name="relancé le")),
                ("nb_relances", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="relances")),
            ],
            options={
                "verbose_name": "avis",
                "verbose_name_plural": "avis",
                "ordering": ["dossier", "echeance_le", "pk"],
                "indexes": [models.Index(fields=["etat", "echeance_le"], name="avis_par_echeance")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("territoire__isnull", False), ("service__isnull", False), _connector="XOR"),
                        name="avis_un_destinataire",
                        violation_error_message="Un avis se demande à un territoire ou à un service.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat", "rendu"), _negated=True),
                            models.Q(
                                models.Q(("sens", ""), _negated=True),
                                ("rendu_le__isnull", False),
                                ("rendu_par__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="avis_rendu_dit_son_sens",
                        violation_error_message="Un avis rendu dit son sens, son auteur et sa date.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sens", ""), ("sens", "favorable"), models.Q(("texte", ""), _negated=True), _connector="OR"
                        ),
                        name="avis_reserve_motive",
                        violation_error_message="Un avis réservé ou défavorable se motive.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("etat", "demande"), ("territoire__isnull", False)),
                        fields=("dossier", "territoire"),
                        name="avis_un_seul_attendu_par_territoire",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("etat", "demande"), ("service__isnull", False)),
                        fields=("dossier", "service"),
                        name="avis_un_seul_attendu_par_service",
                    ),
                ],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalLigneDossier",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                ("description", models.TextField(blank=True, verbose_name="description de l’action")),
                ("debut", models.DateField(blank=True, null=True, verbose_name="début")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="fin")),
                ("demande", dpid.montants.MontantField(blank=True, null=True, verbose_name="montant demandé")),
                ("propose", dpid.montants.MontantField(blank=True, null=True, verbose_name="montant proposé")),
                (
                    "motif_zero",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refuse", "Refusé"),
                            ("ajourne", "Ajourné"),
                            ("finance_autrement", "Financé autrement"),
                        ],
                        max_length=20,
                        verbose_name="motif d’une ligne à 0 €",
                    ),
                ),
                (
                    "nature_acte",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("convention_type", "Convention type"),
                            ("convention_specifique", "Convention spécifique"),
                            ("avenant", "Avenant"),
                        ],
                        max_length=25,
                        verbose_name="nature de l’acte",
                    ),
                ),
                (
                    "acte_initial_numero",
                    models.CharField(blank=True, max_length=20, verbose_name="n° de la convention initiale"),
                ),
                ("acte_initial_le", models.DateField(blank=True, null=True, verbose_name="convention initiale du")),
                (
                    "numero_avenant",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="n° de l’avenant"),
                ),
                (
                    "ancien_montant",
                    dpid.montants.MontantField(
                        blank=True,
                        help_text="Montant de l’acte avant l’avenant.",
                        null=True,
                        verbose_name="ancien montant",
                    ),
                ),
                (
                    "montant_imprime",
                    models.CharField(
                        choices=[("complement", "Le complément"), ("nouveau_total", "Le nouveau total")],
                        default="complement",
                        max_length=15,
                        verbose_name="montant imprimé",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical ligne de dossier",
                "verbose_name_plural": "historical lignes de dossier",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalNoteCritere",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("note", models.PositiveSmallIntegerField(verbose_name="note")),
                ("motif", models.TextField(verbose_name="motif")),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "critere",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.critere",
                        verbose_name="critère",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical note de critère",
                "verbose_name_plural": "historical notes de critères",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="NoteCritere",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "critere",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="programmes.critere",
                        verbose_name="critère",
                    ),
                ),
                ("note", models.PositiveSmallIntegerField(verbose_name="note")),
                ("motif", models.TextField(verbose_name="motif")),
            ],
            options={
                "verbose_name": "note de critère",
                "verbose_name_plural": "notes de critères",
                "ordering": ["critere__ordre", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("dossier", "critere"), name="note_une_fois_par_critere"),
                    models.CheckConstraint(
                        condition=models.Q(("motif", ""), _negated=True),
                        name="note_motivee",
                        violation_error_message="Une note se motive.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Poste",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postes",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "sens",
                    models.CharField(
                        choices=[("charge", "Charge"), ("produit", "Produit")], max_length=7, verbose_name="sens"
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("directe", "Charge directe"),
                            ("personnel", "Charge de personnel"),
                            ("prestation", "Prestation"),
                            ("indirecte", "Charge indirecte"),
                            ("departement", "Département"),
                            ("public", "Autre financeur public"),
                            ("prive", "Financeur privé"),
                            ("propre", "Fonds propres"),
                        ],
                        max_length=11,
                        verbose_name="nature",
                    ),
                ),
                (
                    "libelle",
                    models.CharField(
                        help_text="Poste de dépense, ou nom du financeur.", max_length=150, verbose_name="libellé"
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="montant")),
                (
                    "est_acquis",
                    models.BooleanField(default=False, help_text="Le cofinanceur a confirmé.", verbose_name="acquis"),
                ),
            ],
            options={
                "verbose_name": "poste du budget prévisionnel",
                "verbose_name_plural": "budget prévisionnel",
                "ordering": ["sens", "ordre", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="poste_positif",
                        violation_error_message="Un poste du budget n’est pas négatif.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("nature__in", ["directe", "personnel", "prestation", "indirecte"]), ("sens", "charge")
                            ),
                            models.Q(("nature__in", ["departement", "public", "prive", "propre"]), ("sens", "produit")),
                            _connector="OR",
                        ),
                        name="poste_nature_selon_sens",
                        violation_error_message="Cette nature ne va pas avec ce sens.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Remarque",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remarques",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "champ",
                    models.CharField(
                        blank=True, help_text="Champ ou section du dossier.", max_length=60, verbose_name="porte sur"
                    ),
                ),
                ("texte", models.TextField(verbose_name="remarque")),
                (
                    "est_pour_structure",
                    models.BooleanField(
                        default=False,
                        help_text="Ouverte, elle est reprise mot pour mot dans le message « Il vous manque » : écrivez-la pour elle.",
                        verbose_name="à demander à la structure",
                    ),
                ),
                ("reponse", models.TextField(blank=True, verbose_name="réponse")),
                (
                    "etat",
                    django_fsm.FSMField(
                        choices=[("ouverte", "Ouverte"), ("repondue", "Répondue"), ("close", "Close")],
                        default="ouverte",
                        max_length=50,
                        protected=True,
                        verbose_name="état",
                    ),
                ),
                (
                    "par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="posée par",
                    ),
                ),
                ("le", models.DateTimeField(auto_now_add=True, verbose_name="posée le")),
                (
                    "repondue_par",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="répondue par",
                    ),
                ),
            ],
            options={
                "verbose_name": "remarque",
                "ordering": ["dossier", "le", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat", "repondue"), _negated=True),
                            models.Q(("reponse", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="remarque_repondue_a_reponse",
                        violation_error_message="Une remarque répondue porte sa réponse.",
                    )
                ],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDossier",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("intitule", models.CharField(blank=True, max_length=250, verbose_name="intitulé de l’action")),
                (
                    "origine",
                    models.CharField(
                        choices=[
                            ("session", "Session de dépôt"),
                            ("avenant", "Demande d’avenant"),
                            ("initiative", "Initiative du Département"),
                            ("complement", "Élément complémentaire d’un appel antérieur"),
                            ("reprise", "Reprise d’un tableau"),
                        ],
                        default="session",
                        max_length=12,
                        verbose_name="origine",
                    ),
                ),
                (
                    "est_reporte",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="Déposé trop tard pour la précédente, et reporté à celle-ci par un acte motivé.",
                        verbose_name="reporté à cette session",
                    ),
                ),
                (
                    "canal",
                    models.CharField(
                        choices=[
                            ("portail", "Portail de dépôt"),
                            ("courrier", "Courrier"),
                            ("courriel", "Courriel"),
                            ("saisie", "Saisie par le service"),
                        ],
                        default="saisie",
                        max_length=10,
                        verbose_name="reçu par",
                    ),
                ),
                (
                    "depose_le",
                    models.DateTimeField(
                        blank=True,
                        help_text="Pour un envoi postal, le cachet de la poste fait foi.",
                        null=True,
                        verbose_name="déposé le",
                    ),
                ),
                (
                    "contact_le",
                    models.DateField(
                        blank=True,
                        help_text="Obligatoire quand la fiche le demande.",
                        null=True,
                        validators=[programmes.models.dossier.refuser_l_avenir],
                        verbose_name="contact préalable le",
                    ),
                ),
                ("contact_avec", models.CharField(blank=True, max_length=150, verbose_name="contact préalable avec")),
                (
                    "reference_portail",
                    models.CharField(
                        blank=True, db_index=True, default=None, max_length=40, null=True, verbose_name="n° du portail"
                    ),
                ),
                (
                    "motif",
                    models.TextField(
                        blank=True, help_text="Du refus, de l’ajournement, des pièces manquantes.", verbose_name="motif"
                    ),
                ),
                ("cree_le", models.DateTimeField(blank=True, editable=False, verbose_name="créé le")),
                (
                    "dispositif",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.dispositif",
                        verbose_name="dispositif",
                    ),
                ),
                (
                    "structure",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.sessiondepot",
                        verbose_name="session",
                    ),
                ),
                (
                    "copie_de",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.dossier",
                        verbose_name="repris du dossier",
                    ),
                ),
                (
                    "instructeur",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="instruit par",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical dossier",
                "verbose_name_plural": "historical dossiers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Courrier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courriers",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courriers",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("incompletude", "Pièces manquantes"),
                            ("irrecevabilite", "Irrecevabilité"),
                            ("relance", "Relance"),
                            ("refus", "Refus"),
                            ("ajournement", "Ajournement"),
                            ("il_vous_manque", "Il vous manque"),
                            ("autre", "Autre"),
                        ],
                        max_length=15,
                        verbose_name="nature",
                    ),
                ),
                ("destinataire", models.CharField(blank=True, max_length=250, verbose_name="destinataire")),
                ("objet", models.CharField(max_length=250, verbose_name="objet")),
                ("corps", models.TextField(verbose_name="texte")),
                ("etabli_le", models.DateTimeField(auto_now_add=True, verbose_name="établi le")),
                (
                    "etabli_par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="établi par",
                    ),
                ),
                ("envoye_le", models.DateField(blank=True, null=True, verbose_name="envoyé le")),
            ],
            options={
                "verbose_name": "courrier",
                "ordering": ["-etabli_le", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalDispositif",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("reference", models.CharField(max_length=12, verbose_name="référence")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "libelle_court",
                    models.CharField(
                        blank=True,
                        help_text="Tel qu’il s’imprime dans les tableaux : CLLAJ.",
                        max_length=100,
                        verbose_name="libellé court",
                    ),
                ),
                (
                    "service_local",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("slai", "SLAI (allocation insertion)"),
                            ("slisl", "SLISL (inclusion sociale et logement)"),
                        ],
                        max_length=5,
                        verbose_name="service local",
                    ),
                ),
                (
                    "instance_externe",
                    models.CharField(
                        blank=True,
                        choices=[("fsl", "Comité technique FSL"), ("ccapex", "CCAPEX")],
                        help_text="Sans cet avis, le dossier ne peut pas être proposé.",
                        max_length=6,
                        verbose_name="avis d’instance exigé",
                    ),
                ),
                (
                    "delai_avis",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="En jours ouvrés.", verbose_name="délai des avis"
                    ),
                ),
                (
                    "avis_echu",
                    models.CharField(
                        choices=[("favorable", "Réputé favorable"), ("non_rendu", "Non rendu")],
                        default="non_rendu",
                        max_length=10,
                        verbose_name="avis non rendu à l’échéance",
                    ),
                ),
                (
                    "condition_suspensive",
                    models.CharField(
                        blank=True,
                        help_text="Le dossier se propose ; sa convention ne se signe qu’une fois la condition levée.",
                        max_length=200,
                        verbose_name="condition suspensive",
                    ),
                ),
                ("condition_levee_le", models.DateField(blank=True, null=True, verbose_name="condition levée le")),
                (
                    "thematique",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.thematique",
                        verbose_name="thématique",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="dpid.service",
                        verbose_name="service instructeur",
                    ),
                ),
                (
                    "ligne_par_defaut",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        limit_choices_to={"sens": "depense"},
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne budgétaire par défaut",
                    ),
                ),
                (
                    "precedent",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Relie les montants N-1, même quand tout est renuméroté.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.dispositif",
                        verbose_name="dispositif de l’année précédente",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical dispositif",
                "verbose_name_plural": "historical dispositifs",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalAgrement",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("debut", models.DateField(blank=True, null=True, verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                ("autorite", models.CharField(max_length=150, verbose_name="autorité")),
                ("numero", models.CharField(blank=True, max_length=60, verbose_name="numéro")),
                (
                    "structure",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.typeagrement",
                        verbose_name="type",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical agrément",
                "verbose_name_plural": "historical agréments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Agrement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                ("debut", models.DateField(blank=True, null=True, verbose_name="depuis le")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agrements",
                        to="programmes.typeagrement",
                        verbose_name="type",
                    ),
                ),
                ("autorite", models.CharField(max_length=150, verbose_name="autorité")),
                ("numero", models.CharField(blank=True, max_length=60, verbose_name="numéro")),
            ],
            options={
                "verbose_name": "agrément",
                "ordering": [models.OrderBy(models.F("debut"), descending=True, nulls_last=True), "pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debut__isnull", True),
                            ("fin__isnull", True),
                            ("fin__gte", models.F("debut")),
                            _connector="OR",
                        ),
                        name="agrement_dates_ordonnees",
                        violation_error_message="La date de fin précède la date de début.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PieceExigee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programmes.typepiece",
                        verbose_name="pièce",
                    ),
                ),
                (
                    "types_structure",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Vide : tous.",
                        validators=[programmes.models.fiche.valider_types],
                        verbose_name="types de structure",
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce exigée",
                "verbose_name_plural": "pièces exigées",
                "ordering": ["ordre", "pk"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("fiche", "type"), name="piece_exigee_une_fois")],
            },
        ),
        migrations.CreateModel(
            name="Piece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="programmes.typepiece",
                        verbose_name="type",
                    ),
                ),
                ("nom_fichier", models.CharField(max_length=150, verbose_name="fichier")),
                ("nature", models.CharField(editable=False, max_length=80, verbose_name="nature du fichier")),
                ("contenu", models.BinaryField(verbose_name="contenu")),
                ("taille", models.PositiveIntegerField(editable=False, verbose_name="taille (octets)")),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="SHA-256")),
                ("datee_le", models.DateField(blank=True, null=True, verbose_name="datée du")),
                ("valable_jusqu_au", models.DateField(blank=True, null=True, verbose_name="valable jusqu’au")),
                ("est_retiree", models.BooleanField(default=False, editable=False, verbose_name="retirée")),
                ("deposee_le", models.DateTimeField(auto_now_add=True, verbose_name="déposée le")),
                (
                    "deposee_par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="déposée par",
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce",
                "ordering": ["-deposee_le", "-pk"],
                "indexes": [models.Index(fields=["structure", "type"], name="piece_par_structure")],
            },
        ),
        migrations.CreateModel(
            name="VersementPrevu",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versements",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("avance", "Avance"),
                            ("acompte", "Acompte"),
                            ("intermediaire", "Versement intermédiaire"),
                            ("solde", "Solde"),
                            ("unique", "Versement unique"),
                        ],
                        max_length=14,
                        verbose_name="type",
                    ),
                ),
                (
                    "pourcentage",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Vide : non fixée par la fiche, ou le reste pour un solde.",
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="part (%)",
                    ),
                ),
                ("declencheur", models.CharField(blank=True, max_length=250, verbose_name="déclencheur")),
                ("condition", models.CharField(blank=True, max_length=300, verbose_name="condition")),
            ],
            options={
                "verbose_name": "versement prévu",
                "verbose_name_plural": "versements prévus",
                "ordering": ["ordre", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LigneDossier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lignes",
                        to="programmes.dossier",
                        verbose_name="dossier",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                ("description", models.TextField(blank=True, verbose_name="description de l’action")),
                ("debut", models.DateField(blank=True, null=True, verbose_name="début")),
                ("fin", models.DateField(blank=True, null=True, verbose_name="fin")),
                ("demande", dpid.montants.MontantField(blank=True, null=True, verbose_name="montant demandé")),
                ("propose", dpid.montants.MontantField(blank=True, null=True, verbose_name="montant proposé")),
                (
                    "motif_zero",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("refuse", "Refusé"),
                            ("ajourne", "Ajourné"),
                            ("finance_autrement", "Financé autrement"),
                        ],
                        max_length=20,
                        verbose_name="motif d’une ligne à 0 €",
                    ),
                ),
                (
                    "nature_acte",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("convention_type", "Convention type"),
                            ("convention_specifique", "Convention spécifique"),
                            ("avenant", "Avenant"),
                        ],
                        max_length=25,
                        verbose_name="nature de l’acte",
                    ),
                ),
                (
                    "acte_initial_numero",
                    models.CharField(blank=True, max_length=20, verbose_name="n° de la convention initiale"),
                ),
                ("acte_initial_le", models.DateField(blank=True, null=True, verbose_name="convention initiale du")),
                (
                    "numero_avenant",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="n° de l’avenant"),
                ),
                (
                    "ancien_montant",
                    dpid.montants.MontantField(
                        blank=True,
                        help_text="Montant de l’acte avant l’avenant.",
                        null=True,
                        verbose_name="ancien montant",
                    ),
                ),
                (
                    "montant_imprime",
                    models.CharField(
                        choices=[("complement", "Le complément"), ("nouveau_total", "Le nouveau total")],
                        default="complement",
                        max_length=15,
                        verbose_name="montant imprimé",
                    ),
                ),
                ("votee_le", models.DateField(blank=True, editable=False, null=True, verbose_name="votée le")),
                ("acte_vote", models.CharField(blank=True, editable=False, max_length=12, verbose_name="délibération")),
            ],
            options={
                "verbose_name": "ligne de dossier",
                "verbose_name_plural": "lignes de dossier",
                "ordering": ["dossier", "ordre", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debut__isnull", True),
                            ("fin__isnull", True),
                            ("fin__gte", models.F("debut")),
                            _connector="OR",
                        ),
                        name="ligne_fin_apres_debut",
                        violation_error_message="La période se termine avant de commencer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("demande__isnull", True),
                                ("demande__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField())),
                                _connector="OR",
                            ),
                            models.Q(
                                ("propose__isnull", True),
                                ("propose__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField())),
                                _connector="OR",
                            ),
                            models.Q(
                                ("ancien_montant__isnull", True),
                                (
                                    "ancien_montant__gte",
                                    models.Value(Decimal("0"), output_field=dpid.montants.MontantField()),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="ligne_montants_positifs",
                        violation_error_message="Un montant n’est pas négatif.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant_imprime", "complement"), ("ancien_montant__isnull", False), _connector="OR"
                        ),
                        name="ligne_nouveau_total_a_ancien",
                        violation_error_message="Imprimer le nouveau total demande l’ancien montant.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LigneTerritoire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="placements",
                        to="programmes.lignedossier",
                    ),
                ),
                (
                    "territoire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.territoire",
                        verbose_name="territoire",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
            ],
            options={
                "verbose_name": "territoire de la ligne",
                "verbose_name_plural": "territoires de la ligne",
                "ordering": ["ordre", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("ligne", "territoire"), name="ligne_territoire_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="Quantite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quantites",
                        to="programmes.lignedossier",
                        verbose_name="ligne",
                    ),
                ),
                ("valeur", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="quantité")),
                ("unite", models.CharField(max_length=60, verbose_name="unité")),
            ],
            options={
                "verbose_name": "quantité",
                "ordering": ["ligne", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valeur__gte", 0)),
                        name="quantite_positive",
                        violation_error_message="Une quantité n’est pas négative.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalFinancement",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("montant", dpid.montants.MontantField(verbose_name="montant")),
                (
                    "ligne",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.lignedossier",
                        verbose_name="ligne",
                    ),
                ),
                (
                    "autorisation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budget.autorisationengagement",
                        verbose_name="AE",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.sourcefinancement",
                        verbose_name="source hors budget",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical financement",
                "verbose_name_plural": "historical financements",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Financement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="financements",
                        to="programmes.lignedossier",
                        verbose_name="ligne",
                    ),
                ),
                (
                    "autorisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="financements",
                        to="budget.autorisationengagement",
                        verbose_name="AE",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="financements",
                        to="programmes.sourcefinancement",
                        verbose_name="source hors budget",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="montant")),
            ],
            options={
                "verbose_name": "financement",
                "ordering": ["ligne", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="financement_positif",
                        violation_error_message="Un financement n’est pas négatif.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("autorisation__isnull", True), ("source__isnull", True), _connector="OR"),
                        name="financement_ae_ou_source",
                        violation_error_message="Un financement vient d’une AE ou d’une source hors budget, pas des deux.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ventilation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "financement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ventilations",
                        to="programmes.financement",
                        verbose_name="financement",
                    ),
                ),
                (
                    "territoire",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.territoire",
                        verbose_name="territoire",
                    ),
                ),
                (
                    "volet",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="budget.volet",
                        verbose_name="volet",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="montant")),
            ],
            options={
                "verbose_name": "ventilation",
                "ordering": ["financement", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="ventilation_positive",
                        violation_error_message="Une ventilation n’est pas négative.",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="lignedossier",
            name="territoires",
            field=models.ManyToManyField(
                related_name="+", through="programmes.LigneTerritoire", to="dpid.territoire", verbose_name="territoires"
            ),
        ),
    ]
