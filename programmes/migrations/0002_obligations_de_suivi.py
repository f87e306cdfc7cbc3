import django.db.models.deletion
from django.db import migrations, models


def reprendre(apps, schema_editor):
    """The two texts of a fiche become its first obligations, without a rhythm: nothing typed is lost."""
    Suivi = apps.get_model("programmes", "Suivi")
    for fiche in apps.get_model("programmes", "Fiche").objects.exclude(comites="", tableaux_de_bord=""):
        for ordre, (genre, texte) in enumerate((("comite", fiche.comites), ("tableau", fiche.tableaux_de_bord)), 1):
            if texte:
                Suivi.objects.create(fiche=fiche, ordre=ordre, type=genre, precision=texte)


def rendre(apps, schema_editor):
    """Back to texts: the rhythm is said in front."""
    for fiche in apps.get_model("programmes", "Fiche").objects.all():
        for nom, genre in (("comites", "comite"), ("tableaux_de_bord", "tableau")):
            siens = fiche.suivis.filter(type=genre).order_by("ordre", "pk")
            setattr(fiche, nom, "\n".join(f"{s.get_rythme_display() or ''} {s.precision}".strip() for s in siens))
        fiche.save(update_fields=["comites", "tableaux_de_bord"])


class Migration(migrations.Migration):
    dependencies = [("programmes", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Suivi",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordre", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("comite", "Comité de suivi"),
                            ("tableau", "Tableau de bord"),
                            ("bilan", "Bilan intermédiaire"),
                        ],
                        max_length=8,
                        verbose_name="type",
                    ),
                ),
                (
                    "rythme",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (1, "chaque mois"),
                            (2, "tous les deux mois"),
                            (3, "chaque trimestre"),
                            (6, "chaque semestre"),
                            (12, "chaque année"),
                        ],
                        help_text="Vide : sans rythme fixe.",
                        null=True,
                        verbose_name="rythme",
                    ),
                ),
                (
                    "precision",
                    models.TextField(
                        blank=True, help_text="Avec qui, sur quoi, remis quand.", verbose_name="précision"
                    ),
                ),
                (
                    "fiche",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suivis",
                        to="programmes.fiche",
                        verbose_name="fiche",
                    ),
                ),
            ],
            options={
                "verbose_name": "obligation de suivi",
                "verbose_name_plural": "obligations de suivi",
                "ordering": ["ordre", "pk"],
                "abstract": False,
            },
        ),
        migrations.RunPython(reprendre, rendre),
        migrations.RemoveField(model_name="fiche", name="comites"),
        migrations.RemoveField(model_name="fiche", name="tableaux_de_bord"),
        migrations.RemoveField(model_name="historicalfiche", name="comites"),
        migrations.RemoveField(model_name="historicalfiche", name="tableaux_de_bord"),
    ]
