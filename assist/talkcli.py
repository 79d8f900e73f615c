"""The commands on what is said: `compliance`, `leaving` and `scripts`; cli.py adds them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kb.errors import UsageError
from kb.model import Role

Run = Callable[[argparse.Namespace, str, Mapping[str, Any]], int]
Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]


def add_talk(add: Add, run: Run) -> None:
    """Adds the three commands with `add`; each calls `run` with its name and its arguments."""
    for name, help_text in (
        ("compliance", "检查一段应答或通话转写：禁用语、步骤与必告知、越权承诺、个人信息，四维评分"),
        ("leaving", "看客户的话里有没有离网倾向、是什么原因，给出挽留话术"),
    ):
        command = add(name, help_text, lambda options, name=name: run(options, name, _given(options)))  # type: ignore[misc]
        command.add_argument("text", nargs="?", default="", metavar="文字", help="要看的话；不写则用 --file 或标准输入")
        command.add_argument("--file", type=Path, metavar="FILE", help="UTF-8 的文本文件")
        _shared(command)
    found = add(
        "scripts", "话术：按情形检索，或按场景、渠道列出", lambda options: run(options, "scripts", _choice(options))
    )
    found.add_argument("situation", nargs="?", default="", metavar="情形", help="如 客户一直不说话；不写则全列")
    found.add_argument("--scenario", default="", metavar="场景")
    found.add_argument("--channel", default="", metavar="渠道")
    found.add_argument("--slot", action="append", default=[], metavar="名称=值", help="填第一条的槽位，可重复")
    _shared(found)


def talk_words(name: str, value: Mapping[str, Any]) -> str:
    """The value of one of the commands for people."""
    return {"compliance": _report_words, "leaving": _leaving_words, "scripts": _script_words}[name](value)


def figures_of(report: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The figures of an evaluation without its cases, with the share they had wrong counted."""
    return {
        part: {
            half: {name: value for name, value in figures.items() if name != "wrong"}
            for half, figures in halves.items()
        }
        for part, halves in report.items()
    }


def _shared(command: argparse.ArgumentParser) -> None:
    command.add_argument("--role", choices=[role.value for role in Role], default="agent", help="以谁的身份")
    command.add_argument("--as-of", metavar="日期", help="按哪一天有效的规定，如 2026-07-01（默认今天）")
    command.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")


def _given(options: argparse.Namespace) -> dict[str, Any]:
    return {"text": _text(options), "role": options.role, "as_of": options.as_of}


def _choice(options: argparse.Namespace) -> dict[str, Any]:
    names = ("situation", "scenario", "channel", "role", "as_of")
    return {name: getattr(options, name) for name in names} | {"slots": options.slot}


def _text(options: argparse.Namespace) -> str:
    """What was given on the line, in a file or on standard input."""
    try:
        if options.file is not None:
            return str(options.file.read_text(encoding="utf-8-sig"))
        return options.text or sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        hint = f"读不了 {options.file or '标准输入'}：须是 UTF-8 的文本文件。"
        raise UsageError(str(error), hint=hint) from error


def _report_words(report: Mapping[str, Any]) -> str:
    score = report["score"]
    head = [f"{score['total']} 分，{score['grade']} 级" + ("，没有发现问题" if report["clean"] else "")]
    head += [f"红线：{title}" for title in score["red_lines"]]
    head += [
        f"  {one['label']} {one['percent']}%" + ("：" + "；".join(one["reasons"]) if one["reasons"] else "")
        for one in score["dimensions"]
    ]
    for n, one in enumerate(report["findings"], start=1):
        head.append(f"{n}. [{one['label']}] {one['quote']} — {one['title']}（{one['source']}）")
        if one["instead"]:
            head.append(f"   可改说：{one['instead']}")
    return "\n".join(head)


def _leaving_words(found: Mapping[str, Any]) -> str:
    if not found["leaving"]:
        return f"没有离网倾向（{found['probability']:.2f}）"
    reason = found["reason_label"] or "原因未说"
    lines = [f"有离网倾向（{found['probability']:.2f}）：{reason}"]
    draft = found["draft"]
    if draft:
        lines += [f"挽留话术：{draft['title']}（{draft['source']}）", *(f"  {step}" for step in draft["steps"])]
    return "\n".join(lines)


def _script_words(found: Mapping[str, Any]) -> str:
    lines = [f"{one['code']}\t{one['scenario']} · {one['subscenario']}" for one in found["scripts"]]
    if found["filled"]:
        lines += ["", found["filled"]["text"]]
        if found["filled"]["open"]:
            lines.append("还没填：" + "、".join(found["filled"]["open"]))
    return "\n".join(lines) if lines else "没有找到合适的话术。"
