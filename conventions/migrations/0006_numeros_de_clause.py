# Articles are numbered as the acts write them: 4, 4 bis, 4-1.

import re

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0005_regroupement"),
    ]

    operations = [
        migrations.AlterField(
            model_name="clauseinitiale",
            name="numero",
            field=models.CharField(
                max_length=20,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(1er|[1-9]\\d{0,2}([.-]\\d{1,2})*(\\s(bis|ter|quater|quinquies|sexies|septies|octies))?)$",
                        "Écrivez le numéro comme l’acte l’écrit : 4, 4 bis, 4-1.",
                        flags=re.RegexFlag["IGNORECASE"],
                    )
                ],
                verbose_name="numéro",
            ),
        ),
        migrations.AlterField(
            model_name="historicalmodification",
            name="numero",
            field=models.CharField(
                help_text="Comme la convention l’écrit : 4, 4 bis, 4-1.",
                max_length=20,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(1er|[1-9]\\d{0,2}([.-]\\d{1,2})*(\\s(bis|ter|quater|quinquies|sexies|septies|octies))?)$",
                        "Écrivez le numéro comme l’acte l’écrit : 4, 4 bis, 4-1.",
                        flags=re.RegexFlag["IGNORECASE"],
                    )
                ],
                verbose_name="numéro",
            ),
        ),
        migrations.AlterField(
            model_name="modification",
            name="numero",
            field=models.CharField(
                help_text="Comme la convention l’écrit : 4, 4 bis, 4-1.",
                max_length=20,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(1er|[1-9]\\d{0,2}([.-]\\d{1,2})*(\\s(bis|ter|quater|quinquies|sexies|septies|octies))?)$",
                        "Écrivez le numéro comme l’acte l’écrit : 4, 4 bis, 4-1.",
                        flags=re.RegexFlag["IGNORECASE"],
                    )
                ],
                verbose_name="numéro",
            ),
        ),
    ]
