"""Migrations: none pending, forward and back on a filled database, the accounts unchanged."""

import io

import pytest
from django.core.management import call_command

from tests.banc import SUR_UNE_COPIE, base_isolee, lancer


@pytest.mark.django_db
def test_aucune_migration_en_attente():
    sortie = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=sortie)
    assert "No changes" in sortie.getvalue() or "Aucun" in sortie.getvalue() or "Pas de" in sortie.getvalue()


def test_chaque_table_d_ajout_seul_a_son_declencheur(db):
    """A table declared append-only in Python is protected in the database too, or listed here with its reason."""
    from django.apps import apps
    from django.db import connection

    from dpid.figeage import AjoutSeul

    # Frozen through the ORM; what they say is also in the frozen documents, which have a trigger.
    par_l_orm = {
        f"deliberations_{nom}"
        for nom in ("deliberation", "imputationvotee", "recettevotee", "documentdedeliberation", "editiondurapport",
                    "documentdedition")
    }  # fmt: skip
    tables = {m._meta.db_table for m in apps.get_models() if issubclass(m, AjoutSeul)} - par_l_orm
    requete = {
        "sqlite": "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal",
    }[connection.vendor]
    with connection.cursor() as curseur:
        curseur.execute(requete)
        assert {table for (table,) in curseur.fetchall()} == tables
    assert {"budget_mouvement", "dpid_journal", "dpid_document"} <= tables


@pytest.mark.lent
@SUR_UNE_COPIE
def test_migrations_dans_les_deux_sens_sur_une_base_remplie(tmp_path):
    """Each migration that holds no table (triggers…) is undone and done again; then everything back to zero."""
    with base_isolee(tmp_path) as adresse:
        bilan = lancer("migrations", adresse, delai=900)
    assert bilan["aller_retour"] and bilan["comptes_avant"] == bilan["comptes_apres"] and bilan["ecarts"] == []
    assert bilan["declencheurs_poses"] == {"avant": True, "sans": False, "apres": True}
    assert bilan["tables_a_zero"] == [], "zéro veut dire zéro : ni table ni fonction oubliée"
    assert bilan["tables_refaites"] > 30
