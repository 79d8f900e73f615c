"""Commands around a site rather than its knowledge: publish, check, backup, restore; cli.py adds them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from assist.operator import Emit
from assist.terminal import Bars, out


class Keeps(Protocol):
    """What these commands call; app.py is it."""

    def run(self, home: Path, name: str, arguments: Mapping[str, Any], emit: Emit) -> Any:
        """The value of a named command on a home, run here or in the process that serves it."""
        ...

    def restore(self, archive: Path, home: Path, emit: Emit) -> Mapping[str, Any]:
        """Makes an empty folder a home from an archive; what was restored."""
        ...


Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


class Upkeep:
    """One method a command."""

    def __init__(self, runner: Keeps) -> None:
        self._runner = runner

    def register(self, add_homely: Add) -> None:
        """Puts the commands on the menu."""
        _json(add_homely("publish", "发布对客副本：只有公开、已审批、今天有效的内容", self.publish))
        checked = add_homely("check", "核对目录库、索引、对客副本与审计链，能重建的就地修复", self.check)
        checked.add_argument("--no-repair", action="store_true", help="只看，不修")
        _json(checked)
        backed = add_homely("backup", "把知识库备份成一个文件，运行中也可以", self.backup)
        backed.add_argument("archive", type=Path, metavar="FILE.tar.gz")
        _json(backed)
        restored = add_homely("restore", "从备份恢复到一个空目录", self.restore)
        restored.add_argument("archive", type=Path, metavar="FILE.tar.gz")
        _json(restored)

    def publish(self, options: argparse.Namespace) -> int:
        """publish."""
        return self._printed(self._run(options, "publish", {}))

    def check(self, options: argparse.Namespace) -> int:
        """check: exit status 1 when something is wrong and could not be repaired."""
        value = self._run(options, "check", {"repair": not options.no_repair})
        self._printed(value)
        return int(not value["ok"])

    def backup(self, options: argparse.Namespace) -> int:
        """backup."""
        return self._printed(self._run(options, "backup", {"archive": str(options.archive.absolute())}))

    def restore(self, options: argparse.Namespace) -> int:
        """restore."""
        with Bars() as bars:
            value = self._runner.restore(options.archive, options.home, bars.show)
        return self._printed(value)

    def _run(self, options: argparse.Namespace, name: str, arguments: Mapping[str, Any]) -> Any:
        with Bars() as bars:
            return self._runner.run(options.home, name, arguments, bars.show)

    def _printed(self, value: Any) -> int:
        out(json.dumps(value, ensure_ascii=False, indent=1))
        return 0


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")
