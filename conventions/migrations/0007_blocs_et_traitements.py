"""A block carries the version that its form was opened on, and a repeated row; a dispositif may process no personal
data."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conventions", "0006_numeros_de_clause")]

    operations = [
        migrations.RemoveConstraint(model_name="blocdemodele", name="bloc_de_modele_cle_unique"),
        migrations.RenameField(model_name="blocdemodele", old_name="version", new_name="version_modele"),
        migrations.RenameField(model_name="historicalblocdemodele", old_name="version", new_name="version_modele"),
        migrations.AddConstraint(
            model_name="blocdemodele",
            constraint=models.UniqueConstraint(
                fields=["version_modele", "nature", "cle"],
                name="bloc_de_modele_cle_unique",
                violation_error_message="Un autre bloc de cette nature porte déjà cette clé.",
            ),
        ),
        migrations.AddField(
            model_name="blocdemodele",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
        ),
        migrations.AddField(
            model_name="blocdemodele",
            name="rangee",
            field=models.CharField(
                blank=True,
                help_text="Écrite une fois par opération, ligne, versement, part, agrément, avis. Vide : la forme habituelle.",
                max_length=300,
                verbose_name="rangée répétée",
            ),
        ),
        migrations.AddField(
            model_name="historicalblocdemodele",
            name="rangee",
            field=models.CharField(
                blank=True,
                help_text="Écrite une fois par opération, ligne, versement, part, agrément, avis. Vide : la forme habituelle.",
                max_length=300,
                verbose_name="rangée répétée",
            ),
        ),
        migrations.AddField(
            model_name="historicaltraitementdedonnees",
            name="sans_donnees",
            field=models.BooleanField(default=False, verbose_name="aucune donnée à caractère personnel n’est traitée"),
        ),
        migrations.AddField(
            model_name="traitementdedonnees",
            name="sans_donnees",
            field=models.BooleanField(default=False, verbose_name="aucune donnée à caractère personnel n’est traitée"),
        ),
        migrations.AlterField(
            model_name="blocdemodele",
            name="condition",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Toujours"),
                    ("droit_prive", "Si l’organisme est de droit privé"),
                    ("droit_public", "Si l’organisme est de droit public"),
                    ("association", "Si l’organisme est une association ou une fondation"),
                    ("plusieurs_operations", "S’il y a plusieurs opérations"),
                    ("une_operation", "S’il y a une seule opération"),
                    ("seuil", "Si le montant de l’année dépasse 23 000 €"),
                    ("hors_budget", "Si un fonds hors budget finance"),
                    ("donnees", "Si des données personnelles sont traitées"),
                    ("agrement", "Si la structure a un agrément en vigueur"),
                    ("sans_agrement", "Si la structure n’a pas d’agrément en vigueur"),
                    ("avis", "Si une instance a rendu un avis"),
                ],
                default="",
                max_length=25,
                verbose_name="imprimé",
            ),
        ),
        migrations.AlterField(
            model_name="blocdemodele",
            name="contenu",
            field=models.CharField(
                choices=[
                    ("texte", "Son texte seul"),
                    ("fiches", "Les fiches action, une annexe pour chacune"),
                    ("donnees", "Le traitement de données personnelles du dispositif"),
                    ("publicite", "Les logos à reproduire"),
                    ("operations", "La liste des opérations financées"),
                    ("lignes", "La liste des lignes financées, par territoire"),
                    ("parts", "La liste des parts quantitatives et qualitatives"),
                    ("versements", "L’échéancier des versements"),
                    ("modifications", "Les modifications propres à cet avenant, un article chacune"),
                    ("annexes", "La liste des annexes"),
                    ("agrements", "Les agréments en vigueur de la structure, un visa chacun"),
                    ("avis", "Les avis d’instances extérieures, un visa chacun"),
                ],
                default="texte",
                max_length=15,
                verbose_name="complété par",
            ),
        ),
        migrations.AlterField(
            model_name="blocdemodele",
            name="version_modele",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="blocs",
                to="conventions.versiondemodele",
                verbose_name="version du modèle",
            ),
        ),
        migrations.AlterField(
            model_name="historicalblocdemodele",
            name="condition",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Toujours"),
                    ("droit_prive", "Si l’organisme est de droit privé"),
                    ("droit_public", "Si l’organisme est de droit public"),
                    ("association", "Si l’organisme est une association ou une fondation"),
                    ("plusieurs_operations", "S’il y a plusieurs opérations"),
                    ("une_operation", "S’il y a une seule opération"),
                    ("seuil", "Si le montant de l’année dépasse 23 000 €"),
                    ("hors_budget", "Si un fonds hors budget finance"),
                    ("donnees", "Si des données personnelles sont traitées"),
                    ("agrement", "Si la structure a un agrément en vigueur"),
                    ("sans_agrement", "Si la structure n’a pas d’agrément en vigueur"),
                    ("avis", "Si une instance a rendu un avis"),
                ],
                default="",
                max_length=25,
                verbose_name="imprimé",
            ),
        ),
        migrations.AlterField(
            model_name="historicalblocdemodele",
            name="contenu",
            field=models.CharField(
                choices=[
                    ("texte", "Son texte seul"),
                    ("fiches", "Les fiches action, une annexe pour chacune"),
                    ("donnees", "Le traitement de données personnelles du dispositif"),
                    ("publicite", "Les logos à reproduire"),
                    ("operations", "La liste des opérations financées"),
                    ("lignes", "La liste des lignes financées, par territoire"),
                    ("parts", "La liste des parts quantitatives et qualitatives"),
                    ("versements", "L’échéancier des versements"),
                    ("modifications", "Les modifications propres à cet avenant, un article chacune"),
                    ("annexes", "La liste des annexes"),
                    ("agrements", "Les agréments en vigueur de la structure, un visa chacun"),
                    ("avis", "Les avis d’instances extérieures, un visa chacun"),
                ],
                default="texte",
                max_length=15,
                verbose_name="complété par",
            ),
        ),
        migrations.AlterField(
            model_name="historicalblocdemodele",
            name="version_modele",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="conventions.versiondemodele",
                verbose_name="version du modèle",
            ),
        ),
        migrations.AlterField(
            model_name="historicaltraitementdedonnees",
            name="donnees",
            field=models.TextField(blank=True, verbose_name="données traitées"),
        ),
        migrations.AlterField(
            model_name="historicaltraitementdedonnees",
            name="duree",
            field=models.CharField(blank=True, max_length=250, verbose_name="durée de conservation"),
        ),
        migrations.AlterField(
            model_name="historicaltraitementdedonnees",
            name="finalites",
            field=models.TextField(blank=True, verbose_name="finalités"),
        ),
        migrations.AlterField(
            model_name="historicaltraitementdedonnees",
            name="objet",
            field=models.TextField(blank=True, verbose_name="objet du traitement"),
        ),
        migrations.AlterField(
            model_name="historicaltraitementdedonnees",
            name="personnes",
            field=models.TextField(blank=True, verbose_name="personnes concernées"),
        ),
        migrations.AlterField(
            model_name="traitementdedonnees",
            name="donnees",
            field=models.TextField(blank=True, verbose_name="données traitées"),
        ),
        migrations.AlterField(
            model_name="traitementdedonnees",
            name="duree",
            field=models.CharField(blank=True, max_length=250, verbose_name="durée de conservation"),
        ),
        migrations.AlterField(
            model_name="traitementdedonnees",
            name="finalites",
            field=models.TextField(blank=True, verbose_name="finalités"),
        ),
        migrations.AlterField(
            model_name="traitementdedonnees",
            name="objet",
            field=models.TextField(blank=True, verbose_name="objet du traitement"),
        ),
        migrations.AlterField(
            model_name="traitementdedonnees",
            name="personnes",
            field=models.TextField(blank=True, verbose_name="personnes concernées"),
        ),
    ]
