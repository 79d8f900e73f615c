"""A small knowledge base under the bundled weights, made once a session, and a site that serves a copy of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.program import Server, run, serving, write_documents


@pytest.fixture(scope="session", autouse=True)
def weights() -> Path:
    """Where unpacked weights are kept, also from one run of the tests to the next."""
    chosen = os.environ.get("ZHIYING_CACHE")
    folder = Path(chosen) if chosen else Path(tempfile.gettempdir()) / f"zhiying-tests-{os.getuid()}"
    os.environ["ZHIYING_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_documents(tmp_path_factory.mktemp("原稿"))


@pytest.fixture(scope="session")
def filled(documents: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with both documents, never to be changed: copy it."""
    home = tmp_path_factory.mktemp("库") / "家 ?#%"
    done = run("ingest", documents, "--home", home)
    assert done.status == 0, done.err
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    """A home with both documents, this test's own."""
    return Path(shutil.copytree(filled, tmp_path / "家"))


@pytest.fixture(scope="session")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A served home with both documents; tests that share it add nothing to what it answers."""
    home = shutil.copytree(filled, tmp_path_factory.mktemp("站") / "家")
    with serving(home) as server:
        yield server
