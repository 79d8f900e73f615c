"""Brings a database to the schema this program knows, with Alembic and without any ini file; the catalogue calls it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from kb.errors import HomeError
from kb.store.engine import Database

HEAD = "0011"
"""The newest migration; a database that stands here is opened without loading Alembic."""

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Runs what is missing in one transaction: a database is migrated whole or left as it was.

    Raises HomeError for a database that a newer program has written.
    """
    with database.read() as connection:
        if _revision(connection) == HEAD:
            return
    with database.write() as connection:
        _upgrade(connection, _revision(connection))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, revision: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise HomeError(
            f"the catalogue has schema {revision}, newer than this program's {HEAD}",
            hint="这个知识库由更新版本的程序写成，请升级程序后再打开；请勿用旧版程序改动它。",
        )
    command.upgrade(config, "head")
