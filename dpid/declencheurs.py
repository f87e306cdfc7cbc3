"""Database triggers that make a table append-only, on both engines: the ORM guard explains, the trigger stops.

`TRUNCATE` is left alone on PostgreSQL: only an administrator of the database issues it (and the tests, to clean up).
"""

from django.db import migrations


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_{verbe.lower()}_refuse BEFORE {verbe} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, 'La table {table} ne se modifie pas : un correctif est une nouvelle ligne.'); END"
        for verbe in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'La table {table} ne se modifie pas : un correctif est une nouvelle ligne.' "
        "USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    ]


def poser(table: str, schema_editor) -> None:
    for ordre in (_sqlite if schema_editor.connection.vendor == "sqlite" else _postgresql)(table):
        schema_editor.execute(ordre)


def lever(table: str, schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verbe in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{verbe}_refuse")
    else:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_refuse ON {table}")
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_refuse()")


def ajout_seul(*tables: str) -> list:
    """Migration operations that protect `tables`, and free them when migrating back."""
    return [
        migrations.RunPython(
            lambda apps, editor, table=table: poser(table, editor),
            lambda apps, editor, table=table: lever(table, editor),
        )
        for table in tables
    ]
