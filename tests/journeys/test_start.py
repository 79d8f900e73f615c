"""What a fresh machine lacks is named with the one command that brings it, before anything is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.program import ROOT


def prepare(python: Path, tmp_path: Path, locked: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    lock = tmp_path / "锁.lock"
    lock.write_text(locked, encoding="utf-8")
    return subprocess.run(
        ["sh", str(ROOT / ".ci" / "prepare"), str(tmp_path / "venv"), str(lock)],
        env={**os.environ, "PYTHON": str(python), **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def stand_in(folder: Path, refused: str) -> Path:
    """A Python that is this one, except that a command naming `refused` fails."""
    script = folder / "python3.11"
    script.write_text(f'#!/bin/sh\ncase "$*" in *{refused}*) exit 1;; esac\nexec {sys.executable} "$@"\n', "utf-8")
    script.chmod(0o755)
    return script


@pytest.mark.parametrize(
    ("refused", "brings"), [("version_info", "apt-get install -y python3.11 "), ("ensurepip", "python3.11-venv")]
)
def test_a_missing_part_is_named_with_the_command_that_brings_it(refused: str, brings: str, tmp_path: Path) -> None:
    done = prepare(stand_in(tmp_path, refused), tmp_path)
    assert done.returncode == 2
    assert brings in done.stdout
    assert not (tmp_path / "venv").exists()


def test_no_python_at_all_is_named(tmp_path: Path) -> None:
    done = prepare(tmp_path / "没有", tmp_path)
    assert done.returncode == 2
    assert "需要 Python 3.11" in done.stdout


def test_a_broken_environment_is_made_anew_even_without_a_home_folder_to_write(tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").write_text("坏了", encoding="utf-8")
    done = prepare(Path(sys.executable), tmp_path, HOME="/nonexistent")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "依赖已就绪" in done.stdout


def test_what_cannot_be_installed_is_told_with_what_to_do(tmp_path: Path) -> None:
    done = prepare(Path(sys.executable), tmp_path, f"nothing @ file://{tmp_path}/nothing.whl\n")
    assert done.returncode == 1
    assert "依赖没有装成" in done.stdout
