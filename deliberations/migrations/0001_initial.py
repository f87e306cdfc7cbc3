from decimal import Decimal

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django_fsm
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import dpid.montants


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("budget", "0001_initial"),
        ("dpid", "0001_initial"),
        ("dpid", "__first__"),
        ("programmes", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Commission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numero", models.PositiveSmallIntegerField(unique=True, verbose_name="numéro")),
                ("libelle", models.CharField(max_length=150, verbose_name="libellé")),
            ],
            options={
                "verbose_name": "commission",
                "ordering": ["numero"],
            },
        ),
        migrations.CreateModel(
            name="Elu",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                (
                    "civilite",
                    models.CharField(
                        choices=[("Mme", "Madame"), ("M.", "Monsieur")], max_length=3, verbose_name="civilité"
                    ),
                ),
                (
                    "ordre",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Ordre dans lequel les actes citent les membres.",
                        verbose_name="ordre du tableau",
                    ),
                ),
            ],
            options={
                "verbose_name": "élu",
                "verbose_name_plural": "élus",
                "ordering": ["ordre", "code"],
            },
        ),
        migrations.CreateModel(
            name="Groupe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("libelle", models.CharField(max_length=200, verbose_name="libellé")),
                ("ordre", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
            ],
            options={
                "verbose_name": "groupe politique",
                "verbose_name_plural": "groupes politiques",
                "ordering": ["ordre", "libelle"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HistoricalMandat",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("debut", models.DateField(verbose_name="depuis le")),
                (
                    "fin",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                ("prenom", models.CharField(max_length=80, verbose_name="prénom")),
                (
                    "nom",
                    models.CharField(
                        help_text="Comme il s’imprime : MESSEANNE-GROBELNY.", max_length=80, verbose_name="nom"
                    ),
                ),
                ("a_voix", models.BooleanField(default=True, verbose_name="voix délibérative")),
                (
                    "qualite",
                    models.CharField(
                        blank=True,
                        help_text="Président du Conseil départemental…",
                        max_length=150,
                        verbose_name="qualité",
                    ),
                ),
                (
                    "elu",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="élu",
                    ),
                ),
                (
                    "groupe",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.groupe",
                        verbose_name="groupe politique",
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
                "verbose_name": "historical mandat",
                "verbose_name_plural": "historical mandats",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalTexteJuridique",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, verbose_name="code")),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("code", "Code"),
                            ("loi", "Loi"),
                            ("decret", "Décret"),
                            ("deliberation", "Délibération"),
                            ("reglement", "Règlement"),
                            ("autre", "Autre texte"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                (
                    "texte",
                    models.TextField(
                        help_text="Sans « Vu » : le code du travail, notamment son article…",
                        verbose_name="texte du visa",
                    ),
                ),
                ("numero", models.CharField(blank=True, max_length=12, verbose_name="numéro de délibération")),
                ("en_vigueur_du", models.DateField(blank=True, null=True, verbose_name="en vigueur depuis le")),
                (
                    "en_vigueur_au",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=250, verbose_name="source")),
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
                "verbose_name": "historical texte visé",
                "verbose_name_plural": "historical textes visés",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Instance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=5, unique=True, verbose_name="code")),
                ("libelle", models.CharField(max_length=150, verbose_name="libellé")),
            ],
            options={
                "verbose_name": "instance",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Interet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("debut", models.DateField(verbose_name="depuis le")),
                (
                    "fin",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                (
                    "elu",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interets",
                        to="deliberations.elu",
                        verbose_name="élu",
                    ),
                ),
                (
                    "structure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interets_d_elus",
                        to="programmes.structure",
                        verbose_name="structure",
                    ),
                ),
                (
                    "qualite",
                    models.CharField(
                        help_text="Présidente, administrateur, salarié d’un proche…",
                        max_length=150,
                        verbose_name="qualité",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="Déclaration, acte de désignation…", max_length=200, verbose_name="source"
                    ),
                ),
            ],
            options={
                "verbose_name": "intérêt déclaré",
                "verbose_name_plural": "intérêts déclarés",
                "ordering": ["elu", "structure"],
                "constraints": [models.UniqueConstraint(fields=("elu", "structure", "debut"), name="interet_unique")],
            },
        ),
        migrations.CreateModel(
            name="Mandat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("debut", models.DateField(verbose_name="depuis le")),
                (
                    "fin",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                (
                    "elu",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandats",
                        to="deliberations.elu",
                        verbose_name="élu",
                    ),
                ),
                (
                    "instance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandats",
                        to="deliberations.instance",
                        verbose_name="instance",
                    ),
                ),
                ("prenom", models.CharField(max_length=80, verbose_name="prénom")),
                (
                    "nom",
                    models.CharField(
                        help_text="Comme il s’imprime : MESSEANNE-GROBELNY.", max_length=80, verbose_name="nom"
                    ),
                ),
                (
                    "groupe",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mandats",
                        to="deliberations.groupe",
                        verbose_name="groupe politique",
                    ),
                ),
                ("a_voix", models.BooleanField(default=True, verbose_name="voix délibérative")),
                (
                    "qualite",
                    models.CharField(
                        blank=True,
                        help_text="Président du Conseil départemental…",
                        max_length=150,
                        verbose_name="qualité",
                    ),
                ),
            ],
            options={
                "verbose_name": "mandat",
                "ordering": ["elu__ordre", "elu__code", "-debut"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("fin__isnull", True), ("fin__gte", models.F("debut")), _connector="OR"),
                        name="mandat_finit_apres_son_debut",
                        violation_error_message="La fin du mandat précède son début.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RegleAssemblee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("debut", models.DateField(verbose_name="depuis le")),
                (
                    "fin",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                (
                    "instance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regles",
                        to="deliberations.instance",
                        verbose_name="instance",
                    ),
                ),
                (
                    "compte_representes",
                    models.BooleanField(default=True, verbose_name="les représentés comptent pour le quorum"),
                ),
                (
                    "delegations_max",
                    models.PositiveSmallIntegerField(default=1, verbose_name="délégations reçues par membre, au plus"),
                ),
                ("source", models.CharField(max_length=250, verbose_name="source")),
            ],
            options={
                "verbose_name": "règle de l’assemblée",
                "verbose_name_plural": "règles de l’assemblée",
                "ordering": ["instance", "-debut"],
                "constraints": [models.UniqueConstraint(fields=("instance", "debut"), name="regle_unique_par_date")],
            },
        ),
        migrations.CreateModel(
            name="Signataire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("debut", models.DateField(verbose_name="depuis le")),
                (
                    "fin",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                (
                    "civilite",
                    models.CharField(
                        choices=[("Mme", "Madame"), ("M.", "Monsieur")], max_length=3, verbose_name="civilité"
                    ),
                ),
                ("prenom", models.CharField(max_length=80, verbose_name="prénom")),
                ("nom", models.CharField(max_length=80, verbose_name="nom")),
                ("qualite", models.CharField(max_length=150, verbose_name="qualité")),
                (
                    "portee",
                    models.CharField(
                        choices=[
                            ("tout", "Délibérations et conventions"),
                            ("deliberations", "Délibérations"),
                            ("conventions", "Conventions"),
                        ],
                        default="tout",
                        max_length=15,
                        verbose_name="signe",
                    ),
                ),
                (
                    "delegation",
                    models.CharField(
                        blank=True,
                        help_text="Vide : le Président signe lui-même.",
                        max_length=250,
                        verbose_name="acte de délégation",
                    ),
                ),
            ],
            options={
                "verbose_name": "signataire",
                "ordering": ["nom", "-debut"],
            },
        ),
        migrations.CreateModel(
            name="HistoricalSeance",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("date", models.DateField(verbose_name="date")),
                (
                    "president",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Peut différer du Président qui signe.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="préside la séance",
                    ),
                ),
                (
                    "secretaire",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="secrétaire",
                    ),
                ),
                (
                    "signataire",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.signataire",
                        verbose_name="signataire",
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
                "verbose_name": "historical séance",
                "verbose_name_plural": "historical séances",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Seance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "instance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seances",
                        to="deliberations.instance",
                        verbose_name="instance",
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                (
                    "president",
                    models.ForeignKey(
                        blank=True,
                        help_text="Peut différer du Président qui signe.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="préside la séance",
                    ),
                ),
                (
                    "secretaire",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="secrétaire",
                    ),
                ),
                (
                    "signataire",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.signataire",
                        verbose_name="signataire",
                    ),
                ),
            ],
            options={
                "verbose_name": "séance",
                "ordering": ["-date"],
                "constraints": [models.UniqueConstraint(fields=("instance", "date"), name="seance_unique")],
            },
        ),
        migrations.CreateModel(
            name="TexteJuridique",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("code", "Code"),
                            ("loi", "Loi"),
                            ("decret", "Décret"),
                            ("deliberation", "Délibération"),
                            ("reglement", "Règlement"),
                            ("autre", "Autre texte"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                (
                    "texte",
                    models.TextField(
                        help_text="Sans « Vu » : le code du travail, notamment son article…",
                        verbose_name="texte du visa",
                    ),
                ),
                ("numero", models.CharField(blank=True, max_length=12, verbose_name="numéro de délibération")),
                ("en_vigueur_du", models.DateField(blank=True, null=True, verbose_name="en vigueur depuis le")),
                (
                    "en_vigueur_au",
                    models.DateField(
                        blank=True, help_text="Vide : toujours en vigueur.", null=True, verbose_name="jusqu’au"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=250, verbose_name="source")),
            ],
            options={
                "verbose_name": "texte visé",
                "verbose_name_plural": "textes visés",
                "ordering": ["nature", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("en_vigueur_au__isnull", True),
                            ("en_vigueur_du__isnull", True),
                            ("en_vigueur_au__gte", models.F("en_vigueur_du")),
                            _connector="OR",
                        ),
                        name="texte_finit_apres_son_debut",
                        violation_error_message="La fin de la vigueur précède son début.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BlocDeVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "titre",
                    models.CharField(
                        blank=True,
                        help_text="Affiché en séance, jamais imprimé.",
                        max_length=250,
                        verbose_name="intitulé",
                    ),
                ),
                (
                    "president",
                    models.ForeignKey(
                        blank=True,
                        help_text="Quand le président de séance se déporte.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="préside pour ce bloc",
                    ),
                ),
                (
                    "secretaire",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="secrétaire pour ce bloc",
                    ),
                ),
                (
                    "resultat",
                    models.CharField(
                        choices=[
                            ("adopte", "Adopté"),
                            ("rejete", "Rejeté"),
                            ("ajourne", "Ajourné"),
                            ("retire", "Retiré"),
                        ],
                        default="adopte",
                        max_length=8,
                        verbose_name="résultat",
                    ),
                ),
                (
                    "motif",
                    models.CharField(
                        blank=True,
                        help_text="Exigé quand le bloc n’est pas adopté.",
                        max_length=250,
                        verbose_name="motif",
                    ),
                ),
                (
                    "imprime",
                    models.JSONField(
                        blank=True,
                        editable=False,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        null=True,
                        verbose_name="figures imprimées par l’acte repris",
                    ),
                ),
            ],
            options={
                "verbose_name": "bloc de vote",
                "verbose_name_plural": "blocs de vote",
                "ordering": ["rapport", "ordre", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resultat", "adopte"), models.Q(("motif", ""), _negated=True), _connector="OR"
                        ),
                        name="bloc_non_adopte_motive",
                        violation_error_message="Un bloc qui n’est pas adopté porte son motif.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VoixDissidente",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "bloc",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dissidences",
                        to="deliberations.blocdevote",
                        verbose_name="bloc",
                    ),
                ),
                (
                    "elu",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.elu",
                        verbose_name="élu",
                    ),
                ),
                (
                    "sens",
                    models.CharField(
                        choices=[("contre", "Contre"), ("abstention", "Abstention")], max_length=10, verbose_name="sens"
                    ),
                ),
            ],
            options={
                "verbose_name": "voix contre ou abstention",
                "verbose_name_plural": "voix contre et abstentions",
                "ordering": ["bloc", "elu__ordre"],
                "constraints": [models.UniqueConstraint(fields=("bloc", "elu"), name="voix_unique_par_bloc")],
            },
        ),
        migrations.CreateModel(
            name="Deliberation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "numero",
                    models.CharField(
                        max_length=12,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^20\\d{2}-\\d{1,4}$", "Un numéro de délibération s’écrit 2023-604."
                            )
                        ],
                        verbose_name="numéro",
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "remplace",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="remplacee_par",
                        to="deliberations.deliberation",
                        verbose_name="remplace la délibération",
                    ),
                ),
                (
                    "resultat",
                    models.CharField(
                        choices=[("adopte", "Adoptée"), ("partiel", "Adoptée en partie"), ("rejete", "Rejetée")],
                        max_length=8,
                        verbose_name="résultat",
                    ),
                ),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="enregistrée par",
                    ),
                ),
                ("enregistree_le", models.DateTimeField(auto_now_add=True, verbose_name="enregistrée le")),
            ],
            options={
                "verbose_name": "délibération",
                "ordering": ["-date", "-numero"],
            },
        ),
        migrations.CreateModel(
            name="DocumentDeDeliberation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deliberation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="deliberations.deliberation",
                        verbose_name="délibération",
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.document",
                        verbose_name="document",
                    ),
                ),
                ("nature", models.CharField(max_length=40, verbose_name="nature")),
            ],
            options={
                "verbose_name": "document de délibération",
                "verbose_name_plural": "documents de délibération",
                "ordering": ["deliberation", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("deliberation", "nature"), name="document_unique_par_nature")
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalRapport",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "numero",
                    models.CharField(
                        help_text="Donné par le secrétariat des assemblées ; P1, P2… tant qu’il est provisoire.",
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]?\\d{1,5}$", "Un numéro de rapport s’écrit 64 (ou P1, provisoire)."
                            )
                        ],
                        verbose_name="numéro",
                    ),
                ),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                ("introduction", models.TextField(blank=True, verbose_name="introduction")),
                ("imprime_lignes_zero", models.BooleanField(default=False, verbose_name="imprimer les lignes à 0 €")),
                ("cree_le", models.DateTimeField(blank=True, editable=False, verbose_name="créé le")),
                (
                    "seance",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.seance",
                        verbose_name="séance",
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
                        verbose_name="service",
                    ),
                ),
                (
                    "remplace",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Une délibération adoptée se corrige par une nouvelle.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.deliberation",
                        verbose_name="remplace la délibération",
                    ),
                ),
                (
                    "cree_par",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="préparé par",
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
                "verbose_name": "historical rapport",
                "verbose_name_plural": "historical rapports",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="ImputationVotee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deliberation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imputations",
                        to="deliberations.deliberation",
                        verbose_name="délibération",
                    ),
                ),
                (
                    "autorisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imputations_votees",
                        to="budget.autorisationengagement",
                        verbose_name="AE",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(verbose_name="ordre")),
                ("code", models.CharField(max_length=10, verbose_name="code opération")),
                ("imputation", models.CharField(max_length=15, verbose_name="imputation")),
                ("libelle", models.CharField(max_length=150, verbose_name="libellé")),
                ("ae", dpid.montants.MontantField(verbose_name="AE")),
                ("disponible", dpid.montants.MontantField(verbose_name="disponible")),
                ("proposition", dpid.montants.MontantField(verbose_name="proposition")),
                ("solde", dpid.montants.MontantField(verbose_name="solde")),
            ],
            options={
                "verbose_name": "imputation votée",
                "verbose_name_plural": "imputations votées",
                "ordering": ["deliberation", "ordre"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "disponible",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("solde"), "+", models.F("proposition")
                                ),
                            )
                        ),
                        name="imputation_solde_exact",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rapport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "etat",
                    django_fsm.FSMField(
                        choices=[
                            ("preparation", "En préparation"),
                            ("vise", "Visé"),
                            ("en_commission", "Envoyé en commission"),
                            ("envoye", "Envoyé aux élus"),
                            ("adopte", "Adopté"),
                            ("rejete", "Rejeté"),
                        ],
                        default="preparation",
                        max_length=50,
                        protected=True,
                        verbose_name="état",
                    ),
                ),
                (
                    "seance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rapports",
                        to="deliberations.seance",
                        verbose_name="séance",
                    ),
                ),
                (
                    "numero",
                    models.CharField(
                        help_text="Donné par le secrétariat des assemblées ; P1, P2… tant qu’il est provisoire.",
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]?\\d{1,5}$", "Un numéro de rapport s’écrit 64 (ou P1, provisoire)."
                            )
                        ],
                        verbose_name="numéro",
                    ),
                ),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="dpid.service",
                        verbose_name="service",
                    ),
                ),
                ("introduction", models.TextField(blank=True, verbose_name="introduction")),
                (
                    "remplace",
                    models.ForeignKey(
                        blank=True,
                        help_text="Une délibération adoptée se corrige par une nouvelle.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rapports_correctifs",
                        to="deliberations.deliberation",
                        verbose_name="remplace la délibération",
                    ),
                ),
                ("imprime_lignes_zero", models.BooleanField(default=False, verbose_name="imprimer les lignes à 0 €")),
                (
                    "cree_par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="préparé par",
                    ),
                ),
                ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                (
                    "cantons",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Vide : tous.",
                        related_name="+",
                        to="dpid.canton",
                        verbose_name="cantons concernés",
                    ),
                ),
                (
                    "epci",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Vide : tous.",
                        related_name="+",
                        to="dpid.epci",
                        verbose_name="EPCI concernés",
                    ),
                ),
                (
                    "territoires",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Vide : tous.",
                        related_name="+",
                        to="dpid.territoire",
                        verbose_name="territoires concernés",
                    ),
                ),
            ],
            options={
                "verbose_name": "rapport",
                "ordering": ["-seance__date", "numero"],
                "constraints": [models.UniqueConstraint(fields=("seance", "numero"), name="rapport_numero_par_seance")],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name="Deport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deports",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deports",
                        to="deliberations.blocdevote",
                        verbose_name="bloc",
                    ),
                ),
                (
                    "elu",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deports",
                        to="deliberations.elu",
                        verbose_name="élu",
                    ),
                ),
            ],
            options={
                "verbose_name": "déport",
                "ordering": ["rapport", "bloc__ordre", "elu__ordre"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("bloc__isnull", False)),
                        fields=("bloc", "elu"),
                        name="deport_unique_du_bloc",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("bloc__isnull", True)),
                        fields=("rapport", "elu"),
                        name="deport_unique_du_rapport",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EditionDuRapport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                ("rang", models.PositiveSmallIntegerField(verbose_name="rang")),
                (
                    "destinataires",
                    models.CharField(
                        choices=[("commissions", "aux commissions"), ("elus", "aux élus")],
                        max_length=11,
                        verbose_name="envoyée",
                    ),
                ),
                ("motif", models.CharField(blank=True, max_length=250, verbose_name="motif du rapport modificatif")),
                (
                    "differences",
                    models.JSONField(blank=True, default=list, verbose_name="différences avec l’édition précédente"),
                ),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="envoyée par",
                    ),
                ),
                ("le", models.DateTimeField(auto_now_add=True, verbose_name="envoyée le")),
            ],
            options={
                "verbose_name": "édition du rapport",
                "verbose_name_plural": "éditions du rapport",
                "ordering": ["rapport", "rang"],
                "constraints": [models.UniqueConstraint(fields=("rapport", "rang"), name="edition_rang_unique")],
            },
        ),
        migrations.CreateModel(
            name="DocumentDEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="deliberations.editiondurapport",
                        verbose_name="édition",
                    ),
                ),
                (
                    "document",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dpid.document",
                        verbose_name="document",
                    ),
                ),
                ("nature", models.CharField(max_length=40, verbose_name="nature")),
            ],
            options={
                "verbose_name": "document d’édition",
                "verbose_name_plural": "documents d’édition",
                "ordering": ["edition", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "nature"), name="document_unique_par_edition_et_nature")
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalArticleRedige",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("cle", models.CharField(max_length=80, verbose_name="article")),
                ("texte", models.TextField(verbose_name="texte")),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.rapport",
                        verbose_name="rapport",
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
                "verbose_name": "historical article rédigé",
                "verbose_name_plural": "historical articles rédigés",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalAvisDeCommission",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("date", models.DateField(verbose_name="réunie le")),
                (
                    "sens",
                    models.CharField(
                        choices=[
                            ("favorable", "favorable"),
                            ("reserve", "favorable avec réserves"),
                            ("defavorable", "défavorable"),
                        ],
                        default="favorable",
                        max_length=12,
                        verbose_name="avis",
                    ),
                ),
                ("observations", models.CharField(blank=True, max_length=250, verbose_name="observations")),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "commission",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.commission",
                        verbose_name="commission",
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
                "verbose_name": "historical avis de commission",
                "verbose_name_plural": "historical avis des commissions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalThematiquePresentee",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("numero", models.PositiveSmallIntegerField(verbose_name="numéro")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                ("texte", models.TextField(blank=True, verbose_name="présentation")),
                (
                    "mot",
                    models.CharField(
                        choices=[("operation", "opération"), ("dispositif", "dispositif")],
                        default="operation",
                        max_length=10,
                        verbose_name="mot employé",
                    ),
                ),
                (
                    "compte",
                    models.CharField(
                        choices=[
                            ("operations", "les opérations présentées"),
                            ("references", "les références de dispositif"),
                        ],
                        default="operations",
                        help_text="Une opération peut couvrir plusieurs références de dispositif : 1.1 et 1.1 bis.",
                        max_length=10,
                        verbose_name="ce que l’on compte",
                    ),
                ),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "thematique",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="programmes.thematique",
                        verbose_name="thématique de l’appel",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Vide : le premier.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.blocdevote",
                        verbose_name="bloc de vote",
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
                "verbose_name": "historical thématique présentée",
                "verbose_name_plural": "historical thématiques présentées",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Justification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="justifications",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                ("regle", models.SlugField(max_length=40, verbose_name="règle")),
                ("lieu", models.CharField(blank=True, max_length=80, verbose_name="lieu")),
                ("empreinte", models.CharField(max_length=64, verbose_name="empreinte des données")),
                ("motif", models.CharField(max_length=400, verbose_name="justification")),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
                ("le", models.DateTimeField(auto_now_add=True, verbose_name="le")),
            ],
            options={
                "verbose_name": "justification",
                "ordering": ["rapport", "-le"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rapport", "regle", "lieu", "empreinte"), name="justification_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "seance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="presences",
                        to="deliberations.seance",
                        verbose_name="séance",
                    ),
                ),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="presences",
                        to="deliberations.rapport",
                        verbose_name="pour le seul rapport",
                    ),
                ),
                (
                    "elu",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="presences",
                        to="deliberations.elu",
                        verbose_name="élu",
                    ),
                ),
                (
                    "etat",
                    models.CharField(
                        choices=[
                            ("present", "Présent"),
                            ("excuse", "Excusé, a donné délégation"),
                            ("absent", "Absent, sans délégation"),
                        ],
                        max_length=8,
                        verbose_name="assistance",
                    ),
                ),
                (
                    "mandataire",
                    models.ForeignKey(
                        blank=True,
                        help_text="Inconnu pour un acte repris.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations_recues",
                        to="deliberations.elu",
                        verbose_name="délégation donnée à",
                    ),
                ),
            ],
            options={
                "verbose_name": "assistance",
                "verbose_name_plural": "feuille d’assistance",
                "ordering": ["seance", "elu__ordre"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("rapport__isnull", True)),
                        fields=("seance", "elu"),
                        name="assistance_unique_a_la_seance",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("rapport__isnull", False)),
                        fields=("rapport", "elu"),
                        name="assistance_unique_au_rapport",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mandataire__isnull", True), ("etat", "excuse"), _connector="OR"),
                        name="assistance_delegation_d_un_excuse",
                        violation_error_message="Seul un membre excusé donne délégation.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("mandataire__isnull", True),
                            models.Q(("mandataire", models.F("elu")), _negated=True),
                            _connector="OR",
                        ),
                        name="assistance_delegation_a_un_autre",
                        violation_error_message="Un membre ne se donne pas délégation à lui-même.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecetteVotee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deliberation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recettes",
                        to="deliberations.deliberation",
                        verbose_name="délibération",
                    ),
                ),
                (
                    "inscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recettes_votees",
                        to="budget.inscription",
                        verbose_name="recette inscrite",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(verbose_name="ordre")),
                ("section", models.CharField(max_length=20, verbose_name="section")),
                ("code", models.CharField(max_length=10, verbose_name="code opération")),
                ("imputation", models.CharField(max_length=15, verbose_name="imputation")),
                ("libelle", models.CharField(max_length=150, verbose_name="libellé")),
                ("inscrit", dpid.montants.MontantField(verbose_name="inscrit")),
                ("proposition", dpid.montants.MontantField(verbose_name="proposition d’inscription")),
            ],
            options={
                "verbose_name": "recette votée",
                "verbose_name_plural": "recettes votées",
                "ordering": ["deliberation", "ordre"],
            },
        ),
        migrations.CreateModel(
            name="Scenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "appel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scenarios",
                        to="programmes.appelaprojets",
                        verbose_name="appel à projets",
                    ),
                ),
                ("nom", models.CharField(max_length=80, verbose_name="nom")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "copie_de",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deliberations.scenario",
                        verbose_name="copié de",
                    ),
                ),
                (
                    "etat",
                    django_fsm.FSMField(
                        choices=[("ouvert", "Ouvert"), ("retenu", "Retenu"), ("ecarte", "Écarté")],
                        default="ouvert",
                        max_length=50,
                        protected=True,
                        verbose_name="état",
                    ),
                ),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scenarios",
                        to="deliberations.rapport",
                        verbose_name="retenu dans le rapport",
                    ),
                ),
                (
                    "cree_par",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="créé par",
                    ),
                ),
                ("cree_le", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
            ],
            options={
                "verbose_name": "scénario",
                "ordering": ["appel", "nom"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("appel", "nom"),
                        name="scenario_nom_unique",
                        violation_error_message="Un scénario de cet appel porte déjà ce nom.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("etat", "retenu"), ("rapport__isnull", False)),
                            models.Q(models.Q(("etat", "retenu"), _negated=True), ("rapport__isnull", True)),
                            _connector="OR",
                        ),
                        name="scenario_retenu_a_rapport",
                        violation_error_message="Un scénario retenu l’est dans un rapport, et lui seul.",
                    ),
                ],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name="MontantDeScenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scenario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="montants",
                        to="deliberations.scenario",
                        verbose_name="scénario",
                    ),
                ),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programmes.lignedossier",
                        verbose_name="ligne",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="montant")),
                (
                    "autorisation",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vide : celle de la ligne, ou la ligne budgétaire par défaut du dispositif.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="budget.autorisationengagement",
                        verbose_name="AE",
                    ),
                ),
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
                ("commentaire", models.CharField(blank=True, max_length=250, verbose_name="commentaire")),
            ],
            options={
                "verbose_name": "montant de scénario",
                "verbose_name_plural": "montants de scénario",
                "ordering": ["scenario", "ligne"],
                "constraints": [
                    models.UniqueConstraint(fields=("scenario", "ligne"), name="montant_de_scenario_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="montant_de_scenario_positif",
                        violation_error_message="Un montant de scénario n’est pas négatif.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThematiquePresentee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="thematiques",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "thematique",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="presentations",
                        to="programmes.thematique",
                        verbose_name="thématique de l’appel",
                    ),
                ),
                ("numero", models.PositiveSmallIntegerField(verbose_name="numéro")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                ("texte", models.TextField(blank=True, verbose_name="présentation")),
                (
                    "mot",
                    models.CharField(
                        choices=[("operation", "opération"), ("dispositif", "dispositif")],
                        default="operation",
                        max_length=10,
                        verbose_name="mot employé",
                    ),
                ),
                (
                    "compte",
                    models.CharField(
                        choices=[
                            ("operations", "les opérations présentées"),
                            ("references", "les références de dispositif"),
                        ],
                        default="operations",
                        help_text="Une opération peut couvrir plusieurs références de dispositif : 1.1 et 1.1 bis.",
                        max_length=10,
                        verbose_name="ce que l’on compte",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vide : le premier.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="thematiques",
                        to="deliberations.blocdevote",
                        verbose_name="bloc de vote",
                    ),
                ),
            ],
            options={
                "verbose_name": "thématique présentée",
                "verbose_name_plural": "thématiques présentées",
                "ordering": ["ordre", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("rapport", "thematique"), name="thematique_une_fois_par_rapport")
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalAnnexePresentee",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "cle",
                    models.CharField(
                        help_text="Écrite dans les textes : {annexe:repartition}.",
                        max_length=30,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9-]*$", "Une clé s’écrit en minuscules, chiffres et tirets."
                            )
                        ],
                        verbose_name="clé",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("descriptive", "Présentation des opérations"),
                            ("repartition", "Répartition financière"),
                            ("projet_acte", "Projet d’acte"),
                            ("modele", "Modèle d’acte à adopter"),
                            ("financiere", "Tableau financier"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                ("titre", models.CharField(blank=True, max_length=250, verbose_name="titre")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                ("texte", models.TextField(blank=True, verbose_name="texte d’introduction")),
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
                ("objet", models.CharField(blank=True, max_length=250, verbose_name="objet de l’acte")),
                (
                    "parties",
                    models.CharField(
                        blank=True,
                        help_text="Quand aucune ligne ne nomme l’autre partie : l’État et le Département du Nord.",
                        max_length=250,
                        verbose_name="signé avec",
                    ),
                ),
                (
                    "regroupement",
                    models.SlugField(
                        blank=True,
                        help_text="Les actes de même regroupement sont autorisés par un seul article.",
                        max_length=30,
                        verbose_name="regroupement",
                    ),
                ),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "thematique",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Vide : toutes.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.thematiquepresentee",
                        verbose_name="thématique",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Vide : celui de la thématique de ses lignes.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.blocdevote",
                        verbose_name="bloc de vote",
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
                "verbose_name": "historical annexe",
                "verbose_name_plural": "historical annexes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalOperationPresentee",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("numero", models.CharField(max_length=20, verbose_name="numéro")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "libelle_court",
                    models.CharField(
                        help_text="Imprimé dans l’annexe : CLLAJ.", max_length=100, verbose_name="libellé court"
                    ),
                ),
                ("descriptif", models.TextField(blank=True, verbose_name="descriptif")),
                ("bilan", models.TextField(blank=True, verbose_name="bilan de l’année précédente")),
                ("proposition", models.TextField(blank=True, verbose_name="proposition")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "thematique",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.thematiquepresentee",
                        verbose_name="thématique présentée",
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
                "verbose_name": "historical opération présentée",
                "verbose_name_plural": "historical opérations présentées",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="OperationPresentee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "thematique",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="operations",
                        to="deliberations.thematiquepresentee",
                        verbose_name="thématique présentée",
                    ),
                ),
                ("numero", models.CharField(max_length=20, verbose_name="numéro")),
                ("titre", models.CharField(max_length=250, verbose_name="titre")),
                (
                    "libelle_court",
                    models.CharField(
                        help_text="Imprimé dans l’annexe : CLLAJ.", max_length=100, verbose_name="libellé court"
                    ),
                ),
                ("descriptif", models.TextField(blank=True, verbose_name="descriptif")),
                ("bilan", models.TextField(blank=True, verbose_name="bilan de l’année précédente")),
                ("proposition", models.TextField(blank=True, verbose_name="proposition")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "dispositifs",
                    models.ManyToManyField(
                        blank=True, related_name="presentations", to="programmes.dispositif", verbose_name="dispositifs"
                    ),
                ),
            ],
            options={
                "verbose_name": "opération présentée",
                "verbose_name_plural": "opérations présentées",
                "ordering": ["ordre", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Transmission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deliberation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transmission",
                        to="deliberations.deliberation",
                        verbose_name="délibération",
                    ),
                ),
                ("transmise_le", models.DateField(blank=True, null=True, verbose_name="transmise le")),
                ("recue_le", models.DateField(blank=True, null=True, verbose_name="accusé de réception du")),
                ("publiee_le", models.DateField(blank=True, null=True, verbose_name="publiée le")),
            ],
            options={
                "verbose_name": "transmission",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recue_le__isnull", True),
                            models.Q(("recue_le__gte", models.F("transmise_le")), ("transmise_le__isnull", False)),
                            _connector="OR",
                        ),
                        name="transmission_recue_apres_envoi",
                        violation_error_message="L’accusé de réception suit la transmission.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VisaJuridique",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visas_juridiques",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "texte",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visas",
                        to="deliberations.textejuridique",
                        verbose_name="texte",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
            ],
            options={
                "verbose_name": "visa juridique",
                "verbose_name_plural": "visas juridiques",
                "ordering": ["ordre", "pk"],
                "constraints": [models.UniqueConstraint(fields=("rapport", "texte"), name="texte_vise_une_fois")],
            },
        ),
        migrations.CreateModel(
            name="VisaRapport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visas",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "etape",
                    models.CharField(
                        choices=[
                            ("chef_service", "Chef de service"),
                            ("direction", "Direction"),
                            ("finances", "Finances"),
                            ("assemblees", "Assemblées"),
                        ],
                        max_length=15,
                        verbose_name="étape",
                    ),
                ),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
                ("le", models.DateTimeField(auto_now_add=True, verbose_name="le")),
                ("commentaire", models.TextField(blank=True, verbose_name="commentaire")),
                ("annule_le", models.DateTimeField(blank=True, null=True, verbose_name="annulé le")),
                (
                    "motif_annulation",
                    models.CharField(blank=True, max_length=250, verbose_name="motif de l’annulation"),
                ),
            ],
            options={
                "verbose_name": "visa",
                "ordering": ["le", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("annule_le__isnull", True)),
                        fields=("rapport", "etape"),
                        name="visa_actif_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("annule_le__isnull", True),
                            models.Q(("motif_annulation", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="visa_annule_motive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArticleRedige",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                ("cle", models.CharField(max_length=80, verbose_name="article")),
                ("texte", models.TextField(verbose_name="texte")),
            ],
            options={
                "verbose_name": "article rédigé",
                "verbose_name_plural": "articles rédigés",
                "ordering": ["rapport", "cle"],
                "constraints": [models.UniqueConstraint(fields=("rapport", "cle"), name="article_redige_unique")],
            },
        ),
        migrations.CreateModel(
            name="AnnexePresentee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annexes",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "cle",
                    models.CharField(
                        help_text="Écrite dans les textes : {annexe:repartition}.",
                        max_length=30,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9-]*$", "Une clé s’écrit en minuscules, chiffres et tirets."
                            )
                        ],
                        verbose_name="clé",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("descriptive", "Présentation des opérations"),
                            ("repartition", "Répartition financière"),
                            ("projet_acte", "Projet d’acte"),
                            ("modele", "Modèle d’acte à adopter"),
                            ("financiere", "Tableau financier"),
                        ],
                        max_length=12,
                        verbose_name="nature",
                    ),
                ),
                ("titre", models.CharField(blank=True, max_length=250, verbose_name="titre")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "thematique",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vide : toutes.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annexes",
                        to="deliberations.thematiquepresentee",
                        verbose_name="thématique",
                    ),
                ),
                ("texte", models.TextField(blank=True, verbose_name="texte d’introduction")),
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
                ("objet", models.CharField(blank=True, max_length=250, verbose_name="objet de l’acte")),
                (
                    "parties",
                    models.CharField(
                        blank=True,
                        help_text="Quand aucune ligne ne nomme l’autre partie : l’État et le Département du Nord.",
                        max_length=250,
                        verbose_name="signé avec",
                    ),
                ),
                (
                    "regroupement",
                    models.SlugField(
                        blank=True,
                        help_text="Les actes de même regroupement sont autorisés par un seul article.",
                        max_length=30,
                        verbose_name="regroupement",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vide : celui de la thématique de ses lignes.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annexes",
                        to="deliberations.blocdevote",
                        verbose_name="bloc de vote",
                    ),
                ),
            ],
            options={
                "verbose_name": "annexe",
                "ordering": ["ordre", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rapport", "cle"),
                        name="annexe_cle_unique",
                        violation_error_message="Une annexe de ce rapport porte déjà cette clé.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("nature", "repartition")),
                        fields=("rapport",),
                        name="annexe_repartition_unique",
                        violation_error_message="Un rapport a une seule annexe de répartition.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalRecetteProposee",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "section",
                    models.CharField(
                        choices=[("fonctionnement", "Fonctionnement"), ("investissement", "Investissement")],
                        default="fonctionnement",
                        max_length=15,
                        verbose_name="section",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="proposition d’inscription")),
                ("objet", models.CharField(blank=True, max_length=250, verbose_name="objet")),
                (
                    "rapport",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "inscription",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budget.inscription",
                        verbose_name="recette inscrite",
                    ),
                ),
                (
                    "annexe",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.annexepresentee",
                        verbose_name="annexe de l’acte qui l’attribue",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Vide : le premier.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deliberations.blocdevote",
                        verbose_name="bloc de vote",
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
                "verbose_name": "historical recette proposée",
                "verbose_name_plural": "historical recettes proposées",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Proposition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="propositions",
                        to="deliberations.operationpresentee",
                        verbose_name="opération présentée",
                    ),
                ),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="propositions",
                        to="programmes.lignedossier",
                        verbose_name="ligne de dossier",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "annexe",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="propositions",
                        to="deliberations.annexepresentee",
                        verbose_name="annexe du projet d’acte",
                    ),
                ),
                (
                    "recette",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="budget.inscription",
                        verbose_name="compensée par la recette",
                    ),
                ),
                (
                    "formule_acte",
                    models.CharField(
                        blank=True,
                        help_text="Vide : libellé usuel. {annexe}, {numero}, {date} et {avenant} sont remplacés par leur valeur.",
                        max_length=200,
                        verbose_name="libellé imprimé de l’acte",
                    ),
                ),
                ("est_active", models.BooleanField(default=True, editable=False, verbose_name="active")),
            ],
            options={
                "verbose_name": "proposition",
                "ordering": ["ordre", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("est_active", True)),
                        fields=("ligne",),
                        name="ligne_dans_un_seul_rapport",
                        violation_error_message="Cette ligne est déjà inscrite à un rapport.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AmendementDeSeance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendements",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "proposition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendement",
                        to="deliberations.proposition",
                        verbose_name="proposition",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[("retrait", "Ligne retirée"), ("montant", "Montant amendé")],
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                (
                    "montant",
                    dpid.montants.MontantField(
                        blank=True,
                        help_text="Crédits nouveaux de la ligne, en euros.",
                        null=True,
                        verbose_name="crédits votés",
                    ),
                ),
                ("motif", models.CharField(max_length=250, verbose_name="motif")),
            ],
            options={
                "verbose_name": "amendement de séance",
                "verbose_name_plural": "amendements de séance",
                "ordering": ["rapport", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("montant__isnull", True), ("nature", "retrait")),
                            models.Q(
                                ("montant__gt", models.Value(Decimal("0"), output_field=dpid.montants.MontantField())),
                                ("nature", "montant"),
                            ),
                            _connector="OR",
                        ),
                        name="amendement_montant_selon_nature",
                        violation_error_message="Un montant amendé est positif ; une ligne retirée n’en porte pas.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("motif", ""), _negated=True),
                        name="amendement_motive",
                        violation_error_message="Un amendement est motivé.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecetteProposee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recettes",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "inscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recettes_proposees",
                        to="budget.inscription",
                        verbose_name="recette inscrite",
                    ),
                ),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "section",
                    models.CharField(
                        choices=[("fonctionnement", "Fonctionnement"), ("investissement", "Investissement")],
                        default="fonctionnement",
                        max_length=15,
                        verbose_name="section",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="proposition d’inscription")),
                ("objet", models.CharField(blank=True, max_length=250, verbose_name="objet")),
                (
                    "annexe",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recettes",
                        to="deliberations.annexepresentee",
                        verbose_name="annexe de l’acte qui l’attribue",
                    ),
                ),
                (
                    "bloc",
                    models.ForeignKey(
                        blank=True,
                        help_text="Vide : le premier.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recettes",
                        to="deliberations.blocdevote",
                        verbose_name="bloc de vote",
                    ),
                ),
            ],
            options={
                "verbose_name": "recette proposée",
                "verbose_name_plural": "recettes proposées",
                "ordering": ["ordre", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rapport", "inscription"),
                        name="recette_une_fois_par_rapport",
                        violation_error_message="Ce rapport propose déjà cette recette.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gt", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="recette_proposee_positive",
                        violation_error_message="Une recette proposée est positive.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AvisDeCommission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rapport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="avis_commissions",
                        to="deliberations.rapport",
                        verbose_name="rapport",
                    ),
                ),
                (
                    "commission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="avis",
                        to="deliberations.commission",
                        verbose_name="commission",
                    ),
                ),
                ("date", models.DateField(verbose_name="réunie le")),
                (
                    "sens",
                    models.CharField(
                        choices=[
                            ("favorable", "favorable"),
                            ("reserve", "favorable avec réserves"),
                            ("defavorable", "défavorable"),
                        ],
                        default="favorable",
                        max_length=12,
                        verbose_name="avis",
                    ),
                ),
                ("observations", models.CharField(blank=True, max_length=250, verbose_name="observations")),
            ],
            options={
                "verbose_name": "avis de commission",
                "verbose_name_plural": "avis des commissions",
                "ordering": ["commission__numero"],
                "constraints": [
                    models.UniqueConstraint(fields=("rapport", "commission"), name="avis_unique_par_commission")
                ],
            },
        ),
        migrations.AddField(
            model_name="blocdevote",
            name="rapport",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="blocs",
                to="deliberations.rapport",
                verbose_name="rapport",
            ),
        ),
        migrations.AddField(
            model_name="deliberation",
            name="rapport",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliberation",
                to="deliberations.rapport",
                verbose_name="rapport",
            ),
        ),
    ]
