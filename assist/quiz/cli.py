"""The command line of quizzes: what `quiz` and `quiz-check` take, and how values are printed; assist.cli adds it."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assist.quiz.model import LETTERS, ItemKind
from assist.terminal import out, say
from kb.errors import UsageError

Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
Run = Callable[[argparse.Namespace, str, Mapping[str, Any]], Any]
ACTIONS = ("make", "list", "accept", "reject", "import", "check", "export")


def add_quiz_commands(add: Add, run: Run) -> None:
    """Adds the commands; `run` runs a named one on the home of its options."""
    made = add("quiz", "题库：出题、列出、采用、退回、导入、核对、导出", lambda options: _quiz(options, run))
    made.add_argument("action", choices=ACTIONS, metavar="动作", help="、".join(ACTIONS))
    made.add_argument("ids", nargs="*", metavar="题号", help="采用或退回哪些题；导入时为文件")
    made.add_argument("--count", type=int, default=20, help="题数（默认 20）")
    made.add_argument("--topic", action="append", default=[], dest="topics", help="主题，可重复")
    made.add_argument("--source", action="append", default=[], dest="sources", help="来源，可重复")
    made.add_argument("--stage", default="", help="阶段，如 初见期")
    made.add_argument("--kind", action="append", default=[], dest="kinds", choices=[kind.value for kind in ItemKind])
    made.add_argument("--difficulty", type=int, default=0, choices=[0, 1, 2, 3])
    made.add_argument("--since-release", type=int, help="只出这个发布没有的内容：之后新增或改动的")
    made.add_argument("--until-release", type=int, help="与上一项比较的发布；不写为今天有效的全部内容")
    made.add_argument("--plain", action="store_false", dest="reword", help="不请语言模型改写题干")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--as-of", metavar="日期")
    made.add_argument("--preview", action="store_true", help="只看，不进题库")
    made.add_argument("--state", choices=["draft", "accepted", "rejected", "withdrawn"])
    made.add_argument("--reason", default="", help="退回的原因")
    made.add_argument("--format", default="xlsx", help="xlsx、docx、pdf、gift、qti、anki、json")
    made.add_argument("--title", default="试卷")
    made.add_argument("--minutes", type=int, default=0)
    made.add_argument("--out", type=Path, metavar="FILE", help="导出写到哪里")
    made.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")
    checked = add(
        "quiz-check", "独立核验：出一批题，逐题查答案依据、唯一正确、重复、位置和长度", lambda o: _check(o, run)
    )
    checked.add_argument("--count", type=int, default=500)
    checked.add_argument("--seed", type=int, default=1)
    checked.add_argument("--as-of", metavar="日期")
    checked.add_argument("--json", action="store_true", dest="as_json")


def _quiz(options: argparse.Namespace, run: Run) -> int:
    names = (
        "action", "ids", "count", "topics", "sources", "stage", "kinds", "difficulty", "since_release", "until_release",
        "reword", "seed", "as_of", "preview", "state", "reason", "format", "title", "minutes",
    )  # fmt: skip
    arguments = {name: getattr(options, name) for name in names}
    if options.action == "import":
        arguments["data"] = _file(options.ids)
    if options.action == "export" and options.out is None:
        raise UsageError("no --out", hint="导出要用 --out 写明文件名。")
    value = run(options, "quiz", arguments)
    if options.action == "export":
        options.out.write_bytes(base64.b64decode(value.pop("data")))
        value["file"] = str(options.out)
    if options.as_json:
        out(json.dumps(value, ensure_ascii=False))
    else:
        _print(options.action, value)
    if options.action == "make" and not value["items"]:
        return 1
    return int(bool(value.get("refused")) and options.action in ("accept", "import"))


def _file(paths: list[str]) -> str:
    if len(paths) != 1:
        raise UsageError("one file", hint="导入时写一个 .xlsx 文件名。")
    try:
        return base64.b64encode(Path(paths[0]).read_bytes()).decode()
    except OSError as error:
        raise UsageError(str(error), hint=f"读不了文件 {paths[0]}，请检查文件名和权限。") from error


def _print(action: str, value: Mapping[str, Any]) -> None:
    for item in value.get("items", ()) if action in ("make", "list") else ():
        out(f"[{item['id']}] {item['stem']}")
        for at, option in enumerate(item["options"]):
            out(f"   {'*' if at in item['key'] else ' '} {LETTERS[at]}. {option}")
        out(f"   答案：{'；'.join(item['answers']) or ''.join(LETTERS[at] for at in item['key'])}")
        out(f"   出处：《{item['evidence'][0]['title']}》" if item["evidence"] else "   出处：无")
    for note in (*value.get("notes", ()), *value.get("contradictions", ())):
        say(note)
    rest = {key: each for key, each in value.items() if key not in ("items", "notes", "contradictions")}
    out(json.dumps(rest, ensure_ascii=False, indent=1))


def _check(options: argparse.Namespace, run: Run) -> int:
    arguments = {"count": options.count, "seed": options.seed, "as_of": options.as_of}
    report = run(options, "quiz-check", arguments)
    out(json.dumps(report, ensure_ascii=False, indent=None if options.as_json else 1))
    return int(not report["ok"])
