"""Measuring commands that bring a home of their own: floors, fits, comparisons, probes, load; assist.cli adds them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from assist.operator import Emit
from assist.reading import keep_figures, read_reports, require_writable
from assist.talkcli import figures_of
from assist.terminal import Bars, out, say

Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


class Proves(Protocol):
    """What these commands call; `evals.proofs` is it."""

    def floors(self, cases: Path, samples: Path, emit: Emit) -> tuple[Mapping[str, Any], list[str]]:
        """Evaluates `cases` over `samples` in a throw-away home: the report, and a line for each floor broken."""
        ...

    def conduct(self, cases: Path, samples: Path, emit: Emit) -> tuple[Mapping[str, Any], list[str]]:
        """Evaluates compliance and leaving cases over `samples`: the report, and a line for each floor broken."""
        ...

    def calibrate(self, cases: Path, training: Path | None, samples: Path, emit: Emit) -> Mapping[str, Any]:
        """Fits the decision on one half of `cases` and on `training`, stores it, reports on the other half."""
        ...

    def bench(self, corpus: Path, sizes: Sequence[int], emit: Emit) -> Iterator[str]:
        """Lines of the benchmark over the documents of `corpus`."""
        ...

    def compare(self, reports: Sequence[Mapping[str, Any]]) -> str:
        """Evaluation reports side by side, as a table."""
        ...

    def probe(self, samples: Path, count: int, emit: Emit) -> Mapping[str, Any]:
        """Plants canaries beside `samples`, serves the public site over them and asks it `count` times."""
        ...

    def load(self, samples: Path, sessions: int, seconds: int, emit: Emit) -> Mapping[str, Any]:
        """Serves the public site over `samples` to many customers at once; the figures."""
        ...


class Proving:
    """One method a command."""

    def __init__(self, proofs: Proves) -> None:
        self._proofs = proofs

    def register(self, add: Add) -> None:
        """Puts the commands on the menu."""
        for name, help_text, run in (
            ("floors", "在临时知识库上评测，低于下限即失败", self.floors),
            ("calibrate", "用用例重新拟合置信度与应答阈值", self.calibrate),
            ("eval-compliance", "评测合规检查与离网倾向，低于下限即失败", self.conduct),
        ):
            checked = add(name, help_text, run)
            checked.add_argument("cases", type=Path, metavar="CASES", help="用例文件，或其所在文件夹")
            _add_samples(checked, "用例所问的文档")
            if name != "calibrate":
                _add_report(checked)
            else:
                checked.add_argument("--training", type=Path, metavar="CASES", help="只用于拟合的用例")

        compared = add("compare", "几份评测报告并排成一张表", self.compare)
        compared.add_argument("reports", nargs="+", type=Path, metavar="OUT.json", help="eval --json 写下的报告")

        benched = add("bench", "性能：入库、检索、启动、内存，都以同一次运行中的比值表示", self.bench)
        benched.add_argument("corpus", type=Path, metavar="DIR", help="真实文档所在文件夹，宜有 2,000 段以上")
        benched.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="检索测试的段落数")
        probed = add("probe", "在临时知识库里埋入标记，从客户一侧探测有无泄露", self.probe)
        probed.add_argument("--count", type=int, default=2_000, help="至少探测多少次（默认 2000）")
        loaded = add("load", "多位客户同时使用对客站点时的快慢、差错与内存", self.load)
        loaded.add_argument("--sessions", type=int, default=50, help="同时多少位客户（默认 50）")
        loaded.add_argument("--seconds", type=int, default=300, help="持续多少秒（默认 300）")
        for command in (probed, loaded):
            _add_samples(command, "服务哪些文档")
            _add_report(command)

    def floors(self, options: argparse.Namespace) -> int:
        """floors: exit status 1 when a figure is below its floor."""
        require_writable(options.report)
        with Bars() as bars:
            report, broken = self._proofs.floors(options.cases, options.samples, bars.show)
        keep_figures(report, options.report)
        return _told(broken)

    def conduct(self, options: argparse.Namespace) -> int:
        """eval-compliance: exit status 1 when a figure is below its floor."""
        require_writable(options.report)
        with Bars() as bars:
            report, broken = self._proofs.conduct(options.cases, options.samples, bars.show)
        _write(report, options.report)
        out(json.dumps(figures_of(report), ensure_ascii=False, indent=1))
        return _told(broken)

    def calibrate(self, options: argparse.Namespace) -> int:
        """calibrate."""
        with Bars() as bars:
            report = self._proofs.calibrate(options.cases, options.training, options.samples, bars.show)
        out(json.dumps(report, ensure_ascii=False, indent=1))
        return 0

    def compare(self, options: argparse.Namespace) -> int:
        """compare."""
        out(self._proofs.compare(read_reports(options.reports)))
        return 0

    def bench(self, options: argparse.Namespace) -> int:
        """bench."""
        with Bars() as bars:
            for line in self._proofs.bench(options.corpus, options.sizes, bars.show):
                bars.line(line)
        return 0

    def probe(self, options: argparse.Namespace) -> int:
        """probe: exit status 1 when a canary was seen."""
        with Bars() as bars:
            value = self._proofs.probe(options.samples, options.count, bars.show)
        return _shown(value, options.report)

    def load(self, options: argparse.Namespace) -> int:
        """load: exit status 1 when it was too slow, failed or grew."""
        with Bars() as bars:
            value = self._proofs.load(options.samples, options.sessions, options.seconds, bars.show)
        return _shown(value, options.report)


def _shown(value: Mapping[str, Any], report: Path | None) -> int:
    _write(value, report)
    out(json.dumps(value, ensure_ascii=False, indent=1))
    return int(not value["ok"])


def _told(broken: Sequence[str]) -> int:
    for line in broken:
        say(f"未达标　{line}")
    return int(bool(broken))


def _write(value: Mapping[str, Any], report: Path | None) -> None:
    if report is not None:
        report.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        say(f"报告写到 {report}")


def _add_samples(command: argparse.ArgumentParser, help_text: str) -> None:
    command.add_argument("--samples", type=Path, default=Path("samples"), metavar="DIR", help=help_text)


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", type=Path, dest="report", metavar="OUT.json", help="完整报告写到哪里")
