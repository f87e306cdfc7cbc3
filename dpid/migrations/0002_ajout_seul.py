"""Append-only at the database level: the journal and the frozen documents."""

from django.db import migrations

from dpid.declencheurs import ajout_seul


class Migration(migrations.Migration):
    dependencies = [("dpid", "0001_initial")]
    operations = ajout_seul("dpid_journal", "dpid_document")
