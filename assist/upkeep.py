"""Commands around a site rather than its knowledge: publish, check, backup, restore, probes, load; cli.py adds them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from assist.operator import Emit
from assist.terminal import Bars, out, say


class Keeps(Protocol):
    """What these commands call; app.py is it."""

    def run(self, home: Path, name: str, arguments: Mapping[str, Any], emit: Emit) -> Any:
        """The value of a named command on a home, run here or in the process that serves it."""
        ...

    def restore(self, archive: Path, home: Path, emit: Emit) -> Mapping[str, Any]:
        """Makes an empty folder a home from an archive; what was restored."""
        ...

    def probe(self, samples: Path, count: int, emit: Emit) -> Mapping[str, Any]:
        """Plants canaries beside `samples`, serves the public site over them and asks it `count` times."""
        ...

    def load(self, samples: Path, sessions: int, seconds: int, emit: Emit) -> Mapping[str, Any]:
        """Serves the public site over `samples` to many customers at once; the figures."""
        ...

    def loop_bench(self, samples: Path, emit: Emit) -> Mapping[str, Any]:
        """Times the gate and a ledger of ten thousand gaps over `samples`; the figures."""
        ...


Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


class Upkeep:
    """One method a command."""

    def __init__(self, runner: Keeps) -> None:
        self._runner = runner

    def register(self, add: Add, add_homely: Add) -> None:
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
        probed = add("probe", "在临时知识库里埋入标记，从客户一侧探测有无泄露", self.probe)
        probed.add_argument("--count", type=int, default=2_000, help="至少探测多少次（默认 2000）")
        loaded = add("load", "多位客户同时使用对客站点时的快慢、差错与内存", self.load)
        loaded.add_argument("--sessions", type=int, default=50, help="同时多少位客户（默认 50）")
        loaded.add_argument("--seconds", type=int, default=300, help="持续多少秒（默认 300）")
        timed = add("loop-bench", "应答测试 300 例、一万条缺口的台账各要多久", self.loop_bench)
        for command in (probed, loaded, timed):
            command.add_argument("--samples", type=Path, default=Path("samples"), metavar="DIR")
            command.add_argument("--json", type=Path, dest="report", metavar="OUT.json", help="完整报告写到哪里")

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

    def probe(self, options: argparse.Namespace) -> int:
        """probe: exit status 1 when a canary was seen."""
        with Bars() as bars:
            value = self._runner.probe(options.samples, options.count, bars.show)
        _keep(value, options.report)
        return int(not value["ok"])

    def load(self, options: argparse.Namespace) -> int:
        """load: exit status 1 when it was too slow, failed or grew."""
        with Bars() as bars:
            value = self._runner.load(options.samples, options.sessions, options.seconds, bars.show)
        _keep(value, options.report)
        return int(not value["ok"])

    def loop_bench(self, options: argparse.Namespace) -> int:
        """loop-bench: exit status 1 when gate or ledger is slower than promised."""
        with Bars() as bars:
            value = self._runner.loop_bench(options.samples, bars.show)
        _keep(value, options.report)
        return int(not value["ok"])

    def _run(self, options: argparse.Namespace, name: str, arguments: Mapping[str, Any]) -> Any:
        with Bars() as bars:
            return self._runner.run(options.home, name, arguments, bars.show)

    def _printed(self, value: Any) -> int:
        out(json.dumps(value, ensure_ascii=False, indent=1))
        return 0


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")


def _keep(value: Mapping[str, Any], report: Path | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    if report is not None:
        report.write_text(text, encoding="utf-8")
        say(f"报告写到 {report}")
    out(text)
