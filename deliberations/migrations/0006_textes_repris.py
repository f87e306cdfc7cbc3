"""The texts that became rows are removed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("deliberations", "0005_reprise_des_textes")]
    operations = [
        migrations.RemoveField("rapport", "annexe_repartition"),
        migrations.RemoveField("rapport", "visas_texte"),
        migrations.RemoveField("rapport", "avis_texte"),
        migrations.RemoveField("historicalrapport", "annexe_repartition"),
        migrations.RemoveField("historicalrapport", "visas_texte"),
        migrations.RemoveField("historicalrapport", "avis_texte"),
        migrations.RemoveField("seance", "president_texte"),
        migrations.RemoveField("seance", "secretaire_texte"),
        migrations.RemoveField("seance", "signataire_texte"),
        migrations.RemoveField("seance", "qualite_signataire"),
        migrations.RemoveField("historicalseance", "president_texte"),
        migrations.RemoveField("historicalseance", "secretaire_texte"),
        migrations.RemoveField("historicalseance", "signataire_texte"),
        migrations.RemoveField("historicalseance", "qualite_signataire"),
        migrations.RemoveField("proposition", "annexe_acte"),
    ]
