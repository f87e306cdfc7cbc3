import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dpid", "0003_presence_et_vues"),
    ]

    operations = [
        migrations.AddField(
            model_name="vuedeliste",
            name="est_par_defaut",
            field=models.BooleanField(
                default=False,
                help_text="Appliquée quand vous ouvrez la liste sans rien demander.",
                verbose_name="par défaut",
            ),
        ),
        migrations.AddConstraint(
            model_name="vuedeliste",
            constraint=models.UniqueConstraint(
                condition=models.Q(("est_par_defaut", True)),
                fields=("agent", "liste"),
                name="vue_une_seule_par_defaut",
                violation_error_message="Une seule vue est celle par défaut.",
            ),
        ),
        migrations.CreateModel(
            name="ElementTravail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("objet_id", models.BigIntegerField(verbose_name="identifiant")),
                ("libelle", models.CharField(max_length=250, verbose_name="désignation")),
                ("est_fait", models.BooleanField(verbose_name="fait")),
                ("phrase", models.TextField(verbose_name="résultat")),
                (
                    "travail",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="elements",
                        to="dpid.travail",
                        verbose_name="travail",
                    ),
                ),
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
    ]
