from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programmes", "0004_depots")]

    operations = [
        migrations.AddField(
            model_name="courrier",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
        ),
    ]
