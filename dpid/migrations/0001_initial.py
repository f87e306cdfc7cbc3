import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import dpid.models.agent


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Canton",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=5, unique=True, verbose_name="code INSEE")),
                ("nom", models.CharField(max_length=100, verbose_name="nom")),
            ],
            options={
                "verbose_name": "canton",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("libelle", models.CharField(max_length=200, verbose_name="libellé")),
                ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                ("code", models.SlugField(max_length=30, unique=True, verbose_name="code")),
                ("pole", models.CharField(blank=True, max_length=200, verbose_name="pôle")),
                ("direction", models.CharField(blank=True, max_length=200, verbose_name="direction")),
            ],
            options={
                "verbose_name": "service",
                "ordering": ["ordre", "libelle"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Territoire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10, unique=True, verbose_name="code")),
                ("libelle", models.CharField(max_length=100, unique=True, verbose_name="libellé")),
                (
                    "type",
                    models.CharField(
                        choices=[("territoire", "Territoire"), ("regroupement", "Regroupement"), ("portee", "Portée")],
                        default="territoire",
                        max_length=12,
                        verbose_name="type",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                (
                    "exclus",
                    models.ManyToManyField(blank=True, related_name="+", to="dpid.territoire", verbose_name="exclus"),
                ),
                (
                    "inclus",
                    models.ManyToManyField(blank=True, related_name="+", to="dpid.territoire", verbose_name="inclus"),
                ),
            ],
            options={
                "verbose_name": "territoire",
                "ordering": ["ordre", "libelle"],
            },
        ),
        migrations.CreateModel(
            name="Epci",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("siren", models.CharField(max_length=9, unique=True, verbose_name="SIREN")),
                ("nom", models.CharField(max_length=150, verbose_name="nom")),
                ("nature", models.CharField(max_length=5, verbose_name="nature")),
                (
                    "territoires",
                    models.ManyToManyField(
                        blank=True, related_name="epci", to="dpid.territoire", verbose_name="territoires"
                    ),
                ),
            ],
            options={
                "verbose_name": "EPCI",
                "verbose_name_plural": "EPCI",
                "ordering": ["nom"],
            },
        ),
        migrations.CreateModel(
            name="Agent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "roles",
                    models.JSONField(
                        blank=True, default=list, validators=[dpid.models.agent.valider_roles], verbose_name="rôles"
                    ),
                ),
                ("est_chef_de_service", models.BooleanField(default=False, verbose_name="chef de service")),
                (
                    "qualite",
                    models.CharField(
                        blank=True,
                        help_text="Telle qu’elle s’affiche et s’imprime.",
                        max_length=150,
                        verbose_name="qualité",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "services",
                    models.ManyToManyField(
                        blank=True, related_name="agents", to="dpid.service", verbose_name="services"
                    ),
                ),
                (
                    "territoires",
                    models.ManyToManyField(
                        blank=True, related_name="agents", to="dpid.territoire", verbose_name="territoires"
                    ),
                ),
            ],
            options={
                "verbose_name": "agent",
                "ordering": ["last_name", "first_name", "username"],
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nature", models.CharField(max_length=40, verbose_name="nature")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                ("nom_fichier", models.CharField(max_length=150, verbose_name="nom de fichier")),
                (
                    "contexte",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="données"),
                ),
                ("pdf", models.BinaryField(verbose_name="PDF")),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="SHA-256")),
                ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="figé le")),
                (
                    "cree_par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="figé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "document figé",
                "verbose_name_plural": "documents figés",
                "ordering": ["-cree_le"],
            },
        ),
        migrations.CreateModel(
            name="Commune",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=5, unique=True, verbose_name="code INSEE")),
                ("nom", models.CharField(max_length=100, verbose_name="nom")),
                (
                    "canton",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="dpid.canton",
                        verbose_name="canton",
                    ),
                ),
                (
                    "epci",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="dpid.epci",
                        verbose_name="EPCI",
                    ),
                ),
            ],
            options={
                "verbose_name": "commune",
                "ordering": ["nom"],
            },
        ),
        migrations.CreateModel(
            name="AliasTerritoire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "territoire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alias",
                        to="dpid.territoire",
                        verbose_name="territoire",
                    ),
                ),
                ("texte", models.CharField(max_length=100, verbose_name="écriture")),
                ("cle", models.CharField(editable=False, max_length=100, unique=True, verbose_name="clé")),
            ],
            options={
                "verbose_name": "alias de territoire",
                "verbose_name_plural": "alias de territoires",
                "ordering": ["texte"],
            },
        ),
        migrations.CreateModel(
            name="Travail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cle", models.CharField(max_length=120, unique=True, verbose_name="clé")),
                ("nature", models.CharField(max_length=40, verbose_name="nature")),
                ("titre", models.CharField(max_length=200, verbose_name="titre")),
                ("parametres", models.JSONField(default=dict, verbose_name="paramètres")),
                (
                    "etat",
                    models.CharField(
                        choices=[
                            ("en_attente", "En attente"),
                            ("en_cours", "En cours"),
                            ("termine", "Terminé"),
                            ("echoue", "Échoué"),
                        ],
                        default="en_attente",
                        max_length=12,
                        verbose_name="état",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="total")),
                ("fait", models.PositiveIntegerField(default=0, verbose_name="fait")),
                ("message", models.TextField(blank=True, verbose_name="message")),
                ("nom_fichier", models.CharField(blank=True, max_length=150, verbose_name="nom de fichier")),
                ("resultat", models.BinaryField(null=True, verbose_name="résultat")),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="travaux",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="demandé par",
                    ),
                ),
                ("demande_le", models.DateTimeField(auto_now_add=True, verbose_name="demandé le")),
                ("battement_le", models.DateTimeField(blank=True, null=True, verbose_name="battement")),
                ("termine_le", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
            ],
            options={
                "verbose_name": "travail",
                "verbose_name_plural": "travaux",
                "ordering": ["-demande_le"],
            },
        ),
        migrations.CreateModel(
            name="Journal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("objet", models.CharField(max_length=60, verbose_name="objet")),
                ("objet_id", models.BigIntegerField(verbose_name="identifiant")),
                ("libelle", models.CharField(max_length=250, verbose_name="désignation")),
                ("verbe", models.CharField(max_length=40, verbose_name="verbe")),
                ("acte", models.CharField(max_length=120, verbose_name="acte")),
                ("de", models.CharField(blank=True, max_length=60, verbose_name="de")),
                ("vers", models.CharField(blank=True, max_length=60, verbose_name="vers")),
                ("motif", models.TextField(blank=True, verbose_name="motif")),
                ("donnees", models.JSONField(blank=True, default=dict, verbose_name="données")),
                (
                    "par",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
                ("le", models.DateTimeField(auto_now_add=True, verbose_name="le")),
            ],
            options={
                "verbose_name": "acte du journal",
                "verbose_name_plural": "journal des actes",
                "ordering": ["-le", "-pk"],
                "indexes": [models.Index(fields=["objet", "objet_id", "-le"], name="journal_par_objet")],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("objet", models.CharField(max_length=60)),
                ("objet_id", models.BigIntegerField()),
                ("vu_le", models.DateTimeField()),
                ("est_en_saisie", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "présence",
                "constraints": [models.UniqueConstraint(fields=("objet", "objet_id", "agent"), name="presence_unique")],
            },
        ),
        migrations.CreateModel(
            name="ElementTravail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "travail",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="elements",
                        to="dpid.travail",
                        verbose_name="travail",
                    ),
                ),
                ("objet_id", models.BigIntegerField(verbose_name="identifiant")),
                ("libelle", models.CharField(max_length=250, verbose_name="désignation")),
                ("est_fait", models.BooleanField(verbose_name="fait")),
                ("phrase", models.TextField(verbose_name="résultat")),
            ],
            options={
                "verbose_name": "élément d’un travail",
                "verbose_name_plural": "éléments d’un travail",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("travail", "objet_id"), name="element_unique_par_travail")
                ],
            },
        ),
        migrations.CreateModel(
            name="VueDeListe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vues",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                ("liste", models.CharField(max_length=30, verbose_name="liste")),
                ("nom", models.CharField(max_length=80, verbose_name="nom")),
                ("parametres", models.TextField(blank=True, max_length=2000, verbose_name="paramètres")),
                (
                    "est_partagee",
                    models.BooleanField(
                        default=False, help_text="Visible de tous les agents.", verbose_name="partagée"
                    ),
                ),
                (
                    "est_par_defaut",
                    models.BooleanField(
                        default=False,
                        help_text="Appliquée quand vous ouvrez la liste sans rien demander.",
                        verbose_name="par défaut",
                    ),
                ),
            ],
            options={
                "verbose_name": "vue enregistrée",
                "verbose_name_plural": "vues enregistrées",
                "ordering": ["nom"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agent", "liste", "nom"),
                        name="vue_unique_par_agent",
                        violation_error_message="Vous avez déjà une vue de ce nom.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("est_par_defaut", True)),
                        fields=("agent", "liste"),
                        name="vue_une_seule_par_defaut",
                        violation_error_message="Une seule vue est celle par défaut.",
                    ),
                ],
            },
        ),
    ]
