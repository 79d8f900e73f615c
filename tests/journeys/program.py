"""Runs app.py as its users do, in processes of its own, and waits for what they bring about; for the journeys."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
"""Seconds until a test gives up on something that should happen; on a busy machine starting takes long."""

_Found = TypeVar("_Found")

TARIFF = """---
title: 畅行套餐资费
audience: public
effective_from: 2026-01-01
---
# 畅行套餐资费
## 第一章 月费
第一条 畅行129套餐每月129元，含60GB国内流量、700分钟国内通话。
第二条 畅行199套餐每月199元，含100GB国内流量、1200分钟国内通话。
## 第二章 副卡
第三条 副卡每张每月10元，最多可办3张，副卡与主卡共享流量和通话。
"""
RETENTION = """---
title: 挽留权限说明
audience: internal
effective_from: 2026-01-01
---
# 挽留权限说明
第一条 坐席可赠送3个月视频会员，价值60元，须经值班经理同意。
"""
DAY = "2026-11-20"


def write_documents(folder: Path) -> Path:
    """A public tariff and an internal rule below `folder`, called 文档."""
    documents = folder / "文档"
    documents.mkdir(parents=True)
    (documents / "资费.md").write_text(TARIFF, encoding="utf-8")
    (documents / "挽留.md").write_text(RETENTION, encoding="utf-8")
    return documents


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON value and nothing else."""
        return json.loads(self.out)


def run(*arguments: object, **environment: str) -> Done:
    """One command, to its end."""
    done = subprocess.run(_command(arguments), env=_environment(environment), capture_output=True, text=True, cwd=ROOT)
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Server:
    """A home being served by a process of its own."""

    process: subprocess.Popen[str]
    home: Path
    address: str
    token: str

    def client(self, *, operator: bool = False) -> httpx.Client:
        """Speaks to it as an agent, or as the operator."""
        headers = {"Authorization": f"Bearer {self.token}"} if operator else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=PATIENCE, trust_env=False)

    def stop(self, how: int = signal.SIGTERM) -> Done:
        """Ends it by a signal."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE)
        return Done(self.process.returncode, out, err)


@contextmanager
def serving(home: Path, *arguments: object, **environment: str) -> Iterator[Server]:
    """Serves `home` until the end of the block, on any free port."""
    process = subprocess.Popen(
        _command(["serve", "--home", home, "--port", 0, *arguments]),
        env=_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        announced = until(lambda: _announced(home, process))
        yield Server(process, home, announced["address"], announced["token"])
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def until(look: Callable[[], _Found | None]) -> _Found:
    """What `look` finds as soon as it finds something; fails when that takes longer than PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def _announced(home: Path, process: subprocess.Popen[str]) -> dict[str, str] | None:
    if process.poll() is not None:
        raise AssertionError(process.communicate()[1])
    try:
        found: dict[str, Any] = json.loads((home / "serving.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found["pid"] == process.pid else None


def _command(arguments: Any) -> list[str]:
    return [sys.executable, str(ROOT / "app.py"), *map(str, arguments)]


def _environment(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "2", **more}
