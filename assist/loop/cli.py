"""The command line of the knowledge loop: what `gaps`, `release` and `health` take and print; assist.cli adds it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assist.loop import text
from assist.terminal import out, say
from kb.store.values import GapState

Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
Run = Callable[[argparse.Namespace, str, Mapping[str, Any]], Any]


def add_loop(add: Add, run: Run) -> None:
    """Adds the commands; `add` makes one with --home, `run` gives a command's value."""

    def gaps(options: argparse.Namespace) -> int:
        take = str(Path(options.take).absolute()) if options.take else None
        value = run(options, "gaps", {"id": options.id, "state": options.state, "take": take})
        if options.as_json:
            out(json.dumps(value, ensure_ascii=False))
        elif take:
            say(f"收入 {value['taken']} 个问题，归为 {value['gaps']} 条缺口。")
        elif options.id:
            out("\n".join(text.sheet(value)))
        else:
            out("\n".join(text.ledger(value)))
        return 0

    def release(options: argparse.Namespace) -> int:
        names = ("activate", "override", "back", "note")
        value = run(options, "release", {name: getattr(options, name) for name in names})
        out(json.dumps(value, ensure_ascii=False) if options.as_json else "\n".join(text.releases(value)))
        return 0

    def health(options: argparse.Namespace) -> int:
        value = run(options, "health", {"impact": options.impact, "clause": options.clause})
        out(json.dumps(value, ensure_ascii=False) if options.as_json else "\n".join(text.health(value)))
        return 0

    ledger = add("gaps", "知识缺口台账", gaps)
    ledger.add_argument("id", nargs="?", type=int, metavar="编号", help="只看这一条，连同问法与经过")
    ledger.add_argument("--state", choices=[state.value for state in GapState], help="只看这一状态")
    ledger.add_argument("--take", metavar="FILE.txt", help="收入一批旧问题，每行一个")

    released = add("release", "发布：历次发布与计划，放行一个计划，或回退", release)
    released.add_argument("--activate", type=int, metavar="计划", help="放行这个发布计划")
    released.add_argument("--override", metavar="理由", help="应答测试未过仍要放行的理由")
    released.add_argument("--back", type=int, metavar="发布", help="回退到这次发布")
    released.add_argument("--note", metavar="原因", help="回退的原因")

    examined = add("health", "知识体检：矛盾、重复、失效、投诉多；或某文档的影响面", health)
    examined.add_argument("--impact", metavar="来源", help="改动这份文档会影响哪些内容")
    examined.add_argument("--clause", metavar="条款", help="只看引用这一条的，如 第八条")
    for command in (ledger, released, examined):
        command.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")
