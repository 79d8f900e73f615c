"""One process owns a home: the second is told by whom and since when, and a dead owner holds nothing."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import HomeBusy, HomeError
from kb.lock import HomeLock, serving
from tests.kb.catalogues import SetClock

ROOT = Path(__file__).parents[2]
OWNER = """
import os, sys, time
from pathlib import Path
from kb.lock import HomeLock
lock = HomeLock(Path(sys.argv[1])).acquire()
lock.announce("http://127.0.0.1:7860", "令牌")
print(os.getpid(), flush=True)
sys.stdin.read()
"""


def owner(home: Path) -> subprocess.Popen[str]:
    """Another process that has the home, ready when this returns; it ends when its standard input closes."""
    started = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(home)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert started.stdout is not None
    assert int(started.stdout.readline()) == started.pid
    return started


def end(process: subprocess.Popen[str], *, kill: bool = False) -> None:
    if kill:
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


def test_a_home_is_made_when_there_is_none_and_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "新" / "知识库"
    with HomeLock(home):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_owner_is_refused_by_number_and_time(tmp_path: Path, clock: SetClock) -> None:
    with HomeLock(tmp_path, clock=clock), pytest.raises(HomeBusy) as refused:
        HomeLock(tmp_path).acquire()
    assert f"进程号 {os.getpid()}，2026-11-21 10:00:00 起" in refused.value.hint
    assert str(os.getpid()) in refused.value.message
    assert refused.value.exit_status == 3


def test_a_refused_owner_does_not_disturb_the_first(tmp_path: Path) -> None:
    first = HomeLock(tmp_path).acquire()
    for _ in range(2):
        with pytest.raises(HomeBusy):
            HomeLock(tmp_path).acquire()
    first.release()
    HomeLock(tmp_path).acquire().release()


def test_owning_twice_and_giving_back_twice_is_harmless(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path)
    assert lock.acquire() is lock.acquire()
    lock.release()
    lock.release()


@pytest.mark.kill
@pytest.mark.parametrize("kill", [False, True])
def test_another_process_owns_it_until_it_ends_however_it_ends(tmp_path: Path, kill: bool) -> None:
    process = owner(tmp_path)
    with pytest.raises(HomeBusy) as refused:
        HomeLock(tmp_path).acquire()
    assert f"进程号 {process.pid}" in refused.value.hint
    end(process, kill=kill)
    HomeLock(tmp_path).acquire().release()


@pytest.mark.kill
def test_a_forked_child_does_not_keep_a_dead_owners_home(tmp_path: Path) -> None:
    program = """
import os, sys
from pathlib import Path
from kb.lock import HomeLock
lock = HomeLock(Path(sys.argv[1])).acquire()
if os.fork():
    os._exit(0)
print("child lives", flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "child lives\n"
    process.wait(timeout=60)
    HomeLock(tmp_path).acquire().release()
    process.communicate(timeout=60)


def test_the_owner_says_where_it_serves_until_it_stops(tmp_path: Path) -> None:
    assert serving(tmp_path) is None
    with HomeLock(tmp_path) as lock:
        lock.announce("http://127.0.0.1:7860", "令牌")
        found = serving(tmp_path)
        assert found is not None
        assert (found.address, found.token, found.pid) == ("http://127.0.0.1:7860", "令牌", os.getpid())
        assert stat.S_IMODE((tmp_path / "serving.json").stat().st_mode) == 0o600
        lock.withdraw()
        assert serving(tmp_path) is None
        lock.announce("http://127.0.0.1:7861", "令牌")
    assert not (tmp_path / "serving.json").exists()


@pytest.mark.kill
def test_what_a_killed_owner_announced_does_not_count(tmp_path: Path) -> None:
    process = owner(tmp_path)
    found = serving(tmp_path)
    assert found is not None
    assert found.pid == process.pid
    end(process, kill=True)
    assert (tmp_path / "serving.json").exists()
    assert serving(tmp_path) is None
    with HomeLock(tmp_path):
        assert not (tmp_path / "serving.json").exists()


@pytest.mark.parametrize("content", ["", "不是 JSON", "[]", json.dumps({"address": "http://127.0.0.1"})])
def test_a_damaged_announcement_counts_as_none(tmp_path: Path, content: str) -> None:
    with HomeLock(tmp_path):
        (tmp_path / "serving.json").write_text(content, encoding="utf-8")
        assert serving(tmp_path) is None


def test_only_the_owner_may_announce(tmp_path: Path) -> None:
    with pytest.raises(HomeError):
        HomeLock(tmp_path).announce("http://127.0.0.1:7860", "令牌")


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("我不是文件夹", encoding="utf-8")
    for home in (tmp_path / "文件", tmp_path / "文件" / "知识库", Path("/proc/知识库")):
        with pytest.raises(HomeError) as refused:
            HomeLock(home).acquire()
        assert "--home" in refused.value.hint


def test_a_stranger_who_has_a_dead_owners_number_is_not_taken_for_it(tmp_path: Path) -> None:
    with HomeLock(tmp_path) as lock:
        lock.announce("http://127.0.0.1:7860", "令牌")
        left = {name: (tmp_path / name).read_bytes() for name in ("lock", "serving.json")}
        assert serving(tmp_path) is not None
    for name, content in left.items():
        (tmp_path / name).write_bytes(content)
    assert serving(tmp_path) is None
