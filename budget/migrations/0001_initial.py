from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import dpid.montants


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("dpid", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="LigneBudgetaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        max_length=10,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^C\\d{2}-\\d{3}[A-Z]\\d{2}$", "Un code opération s’écrit C02-446A05."
                            )
                        ],
                        verbose_name="code opération",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        max_length=6,
                        validators=[
                            django.core.validators.RegexValidator("^\\d{4,6}$", "La nature compte de 4 à 6 chiffres.")
                        ],
                        verbose_name="nature",
                    ),
                ),
                (
                    "fonction",
                    models.CharField(
                        max_length=6,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^9[03]\\d{1,4}$", "La fonction commence par 93 ou 90."
                            )
                        ],
                        verbose_name="fonction",
                    ),
                ),
                ("libelle", models.CharField(max_length=150, verbose_name="libellé")),
                (
                    "sens",
                    models.CharField(
                        choices=[("depense", "Dépense"), ("recette", "Recette")],
                        default="depense",
                        max_length=8,
                        verbose_name="sens",
                    ),
                ),
                (
                    "rang",
                    models.PositiveSmallIntegerField(
                        default=100, help_text="Ordre de la ligne dans les tableaux d’imputation.", verbose_name="rang"
                    ),
                ),
                (
                    "predecesseur",
                    models.ForeignKey(
                        blank=True,
                        help_text="Ligne que celle-ci remplace depuis un changement de nomenclature.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successeurs",
                        to="budget.lignebudgetaire",
                        verbose_name="prédécesseur",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne budgétaire",
                "verbose_name_plural": "lignes budgétaires",
                "ordering": ["rang", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("predecesseur", models.F("id")), _negated=True),
                        name="ligne_predecesseur_autre",
                        violation_error_message="Une ligne ne se succède pas à elle-même.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AutorisationEngagement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="autorisations",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne budgétaire",
                    ),
                ),
                (
                    "millesime",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="millésime",
                    ),
                ),
                (
                    "exercice_fin",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Pour une AE pluriannuelle.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="dernier exercice",
                    ),
                ),
                (
                    "libelle",
                    models.CharField(
                        blank=True,
                        help_text="S’il diffère de la ligne.",
                        max_length=150,
                        verbose_name="libellé de l’année",
                    ),
                ),
                ("vote", dpid.montants.MontantField(default=Decimal("0.00"), editable=False, verbose_name="AE votée")),
                (
                    "reserve",
                    dpid.montants.MontantField(default=Decimal("0.00"), editable=False, verbose_name="réservé"),
                ),
                (
                    "affecte",
                    dpid.montants.MontantField(default=Decimal("0.00"), editable=False, verbose_name="affecté"),
                ),
                (
                    "engage",
                    dpid.montants.MontantField(default=Decimal("0.00"), editable=False, verbose_name="dont engagé"),
                ),
                ("caduque_le", models.DateField(blank=True, null=True, verbose_name="caduque le")),
                ("note", models.TextField(blank=True, verbose_name="note")),
            ],
            options={
                "verbose_name": "autorisation d’engagement",
                "verbose_name_plural": "autorisations d’engagement",
                "ordering": ["-millesime", "ligne__rang"],
                "constraints": [
                    models.UniqueConstraint(fields=("ligne", "millesime"), name="ae_unique_par_millesime"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "vote__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("affecte"), "+", models.F("reserve")
                                ),
                            )
                        ),
                        name="ae_affecte_et_reserve_dans_vote",
                        violation_error_message="L’affecté et le réservé dépassent l’AE votée.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("affecte__gte", models.F("engage"))),
                        name="ae_engage_dans_affecte",
                        violation_error_message="L’engagé dépasse l’affecté.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reserve__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField())),
                            ("engage__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField())),
                        ),
                        name="ae_totaux_positifs",
                        violation_error_message="Un total d’AE n’est pas négatif.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("exercice_fin__isnull", True),
                            ("exercice_fin__gte", models.F("millesime")),
                            _connector="OR",
                        ),
                        name="ae_fin_apres_millesime",
                        violation_error_message="Le dernier exercice précède le millésime.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalAutorisationEngagement",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "millesime",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="millésime",
                    ),
                ),
                (
                    "exercice_fin",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Pour une AE pluriannuelle.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="dernier exercice",
                    ),
                ),
                (
                    "libelle",
                    models.CharField(
                        blank=True,
                        help_text="S’il diffère de la ligne.",
                        max_length=150,
                        verbose_name="libellé de l’année",
                    ),
                ),
                ("caduque_le", models.DateField(blank=True, null=True, verbose_name="caduque le")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "ligne",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne budgétaire",
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
                "verbose_name": "historical autorisation d’engagement",
                "verbose_name_plural": "historical autorisations d’engagement",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalInscription",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "exercice",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="exercice",
                    ),
                ),
                ("montant", dpid.montants.MontantField(default=Decimal("0.00"), verbose_name="montant inscrit")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
                (
                    "ligne",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        limit_choices_to={"sens": "recette"},
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne de recette",
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
                "verbose_name": "historical recette inscrite",
                "verbose_name_plural": "historical recettes inscrites",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalLigneBudgetaire",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        db_index=True,
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^C\\d{2}-\\d{3}[A-Z]\\d{2}$", "Un code opération s’écrit C02-446A05."
                            )
                        ],
                        verbose_name="code opération",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        max_length=6,
                        validators=[
                            django.core.validators.RegexValidator("^\\d{4,6}$", "La nature compte de 4 à 6 chiffres.")
                        ],
                        verbose_name="nature",
                    ),
                ),
                (
                    "fonction",
                    models.CharField(
                        max_length=6,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^9[03]\\d{1,4}$", "La fonction commence par 93 ou 90."
                            )
                        ],
                        verbose_name="fonction",
                    ),
                ),
                ("libelle", models.CharField(max_length=150, verbose_name="libellé")),
                (
                    "sens",
                    models.CharField(
                        choices=[("depense", "Dépense"), ("recette", "Recette")],
                        default="depense",
                        max_length=8,
                        verbose_name="sens",
                    ),
                ),
                (
                    "rang",
                    models.PositiveSmallIntegerField(
                        default=100, help_text="Ordre de la ligne dans les tableaux d’imputation.", verbose_name="rang"
                    ),
                ),
                (
                    "predecesseur",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Ligne que celle-ci remplace depuis un changement de nomenclature.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="budget.lignebudgetaire",
                        verbose_name="prédécesseur",
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
                "verbose_name": "historical ligne budgétaire",
                "verbose_name_plural": "historical lignes budgétaires",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Inscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ligne",
                    models.ForeignKey(
                        limit_choices_to={"sens": "recette"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inscriptions",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne de recette",
                    ),
                ),
                (
                    "exercice",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="exercice",
                    ),
                ),
                ("montant", dpid.montants.MontantField(default=Decimal("0.00"), verbose_name="montant inscrit")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
            ],
            options={
                "verbose_name": "recette inscrite",
                "verbose_name_plural": "recettes inscrites",
                "ordering": ["-exercice", "ligne"],
                "constraints": [
                    models.UniqueConstraint(fields=("ligne", "exercice"), name="recette_unique_par_exercice"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("montant__gte", models.Value(Decimal("0"), output_field=dpid.montants.MontantField()))
                        ),
                        name="recette_positive",
                        violation_error_message="Une recette inscrite n’est pas négative.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mouvement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "autorisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mouvements",
                        to="budget.autorisationengagement",
                        verbose_name="AE",
                    ),
                ),
                (
                    "compteur",
                    models.CharField(
                        choices=[
                            ("vote", "AE votée"),
                            ("reserve", "Réservé"),
                            ("affecte", "Affecté"),
                            ("engage", "Engagé"),
                        ],
                        max_length=8,
                        verbose_name="compteur",
                    ),
                ),
                (
                    "nature",
                    models.CharField(
                        choices=[
                            ("vote", "Vote de l’AE"),
                            ("reservation", "Réservation"),
                            ("levee", "Levée de réservation"),
                            ("affectation", "Affectation"),
                            ("hors_application", "Affectation hors application"),
                            ("desaffectation", "Désaffectation"),
                            ("engagement", "Engagement"),
                            ("degagement", "Dégagement"),
                        ],
                        max_length=17,
                        verbose_name="nature",
                    ),
                ),
                ("montant", dpid.montants.MontantField(verbose_name="montant")),
                ("date_effet", models.DateField(verbose_name="date d’effet")),
                ("enregistre_le", models.DateTimeField(auto_now_add=True, verbose_name="enregistré le")),
                ("piece", models.CharField(max_length=200, verbose_name="pièce")),
                ("motif", models.TextField(blank=True, verbose_name="motif")),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
                ("cle", models.CharField(editable=False, max_length=120, unique=True, verbose_name="clé")),
            ],
            options={
                "verbose_name": "mouvement",
                "ordering": ["-date_effet", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["autorisation", "compteur", "date_effet", "montant"], name="mouvement_situation"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Volet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ligne",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="volets",
                        to="budget.lignebudgetaire",
                        verbose_name="ligne budgétaire",
                    ),
                ),
                ("libelle", models.CharField(max_length=100, verbose_name="libellé")),
            ],
            options={
                "verbose_name": "volet",
                "ordering": ["ligne", "libelle"],
                "constraints": [models.UniqueConstraint(fields=("ligne", "libelle"), name="volet_unique_par_ligne")],
            },
        ),
        migrations.CreateModel(
            name="DisponibleConstate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "autorisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="constats",
                        to="budget.autorisationengagement",
                        verbose_name="AE",
                    ),
                ),
                ("le", models.DateField(verbose_name="constaté le")),
                ("montant", dpid.montants.MontantField(verbose_name="disponible constaté")),
                ("calcule", dpid.montants.MontantField(verbose_name="disponible calculé")),
                ("explication", models.TextField(blank=True, verbose_name="explication de l’écart")),
                (
                    "par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
                ("enregistre_le", models.DateTimeField(auto_now_add=True, verbose_name="enregistré le")),
            ],
            options={
                "verbose_name": "disponible constaté",
                "verbose_name_plural": "disponibles constatés",
                "ordering": ["-le", "-pk"],
            },
        ),
    ]
