"""Runs the public site as a process of its own for measuring: its address, its memory, its end."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(r"客户页面\s+(http://\S+?)/help")


@dataclass(frozen=True, slots=True)
class PublicSite:
    """A public site that answers."""

    address: str
    pid: int

    def resident(self) -> int:
        """Kilobytes of memory the process holds of its own: resident, files mapped for reading left out."""
        told = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"RssAnon:\s+(\d+)", told)
        return int(found[1]) if found else 0

    def cpu_seconds(self) -> float:
        """Seconds of processor time the process has taken so far, which do not depend on who else is at work."""
        told = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(command: Sequence[str]) -> Iterator[PublicSite]:
    """Starts `command` on a free port and gives it once it told its address; raises RuntimeError when it never does."""
    with subprocess.Popen(  # noqa: S603 - the program itself
        [*command, "--port", "0"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        try:
            said: list[str] = []
            for line in process.stderr:
                said.append(line)
                found = _ADDRESS.search(line)
                if found:
                    threading.Thread(target=process.stderr.read, daemon=True).start()
                    yield PublicSite(found[1], process.pid)
                    return
            raise RuntimeError("the public site did not start:\n" + "".join(said))
        finally:
            process.terminate()
            process.wait(timeout=30)
