"""The command line of retention: its options, and how a draft or a measurement is printed; `assist.cli` adds it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assist.terminal import out
from kb.errors import UsageError
from kb.model import Role

Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
Run = Callable[[argparse.Namespace, str, Mapping[str, Any]], Any]


def add_commands(add: Add, run: Run) -> None:
    """Adds `retention` and `retention-eval`; `add` makes a command with --home, `run` gives a command's value."""

    def draft(options: argparse.Namespace) -> int:
        names = ("text", "reason", "channel", "style", "role", "as_of")
        arguments = {"facts": _object(options.facts), **{name: getattr(options, name) for name in names}}
        value = run(options, "retention", arguments)
        for line in [json.dumps(value, ensure_ascii=False)] if options.as_json else lines(value):
            out(line)
        return 0

    def measure(options: argparse.Namespace) -> int:
        value = run(options, "retention-eval", {"cases": str(options.cases.absolute()) if options.cases else ""})
        out(json.dumps(value, ensure_ascii=False, indent=1))
        return int(any(value[name]["wrong"] for name in ("plain", "lying_model")))

    drafted = add("retention", "挽留话术：能承诺什么、不能承诺什么、怎么说", draft)
    drafted.add_argument("--facts", type=Path, metavar="FILE.json", help="客户信息（JSON 对象）")
    drafted.add_argument("--text", default="", help="粘贴的客户资料")
    drafted.add_argument("--reason", default="", help="离网原因（七种之一）")
    drafted.add_argument("--channel", default="", help="渠道，如 10070语音、在线客服")
    drafted.add_argument("--style", default="", help="话术版本")
    drafted.add_argument("--role", choices=[role.value for role in Role], default="agent", help="以谁的身份")
    drafted.add_argument("--as-of", metavar="日期", help="按哪一天（默认今天）")
    drafted.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")

    held = add("retention-eval", "挽留用例：不该给的挡住多少、该给的找到多少", measure)
    held.add_argument("cases", nargs="?", type=Path, metavar="CASES", help="用例文件夹（默认随程序的）")
    held.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象（总是如此）")


def _object(path: Path | None) -> Any:
    if path is None:
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        hint = f"客户信息文件 {path} 读不了：须是 UTF-8 的 JSON 对象。"
        raise UsageError(f"{path}: {error}", hint=hint) from error


def lines(draft: Mapping[str, Any]) -> list[str]:
    """A draft as plain text for a terminal: sections, then what may not be promised and why."""
    shown = [f"！{each}" for each in (*draft["problems"], *draft["remarks"], *draft["sheet_problems"])]
    for part in draft["parts"]:
        shown.append(f"【{part['title']}】")
        for line in part["lines"]:
            marks = "".join(f"[{n}]" for n in line["citations"])
            shown.append(f"  {'' if line['say'] else '（注）'}{line['text']}{marks}")
    names = {"needs_authority": "需上级", "ask": "需要先问", "not_eligible": "不符合"}
    shown.append("【不能当场承诺】")
    for each in draft["others"]:
        why = "；".join([*each["reasons"], *(ask["text"] for ask in each["ask"])])
        shown.append(f"  {each['code']} {each['name']}　{names[each['standing']]}：{why}")
    shown += [
        f"  [{each['n']}] {' › '.join([each['title'], *each['heading']])}（{each['source']}）"
        for each in draft["citations"]
    ]
    return shown
