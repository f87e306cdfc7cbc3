"""Append-only at the database level: the ledger."""

from django.db import migrations

from dpid.declencheurs import ajout_seul


class Migration(migrations.Migration):
    dependencies = [("budget", "0001_initial")]
    operations = ajout_seul("budget_mouvement")
