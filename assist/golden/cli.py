"""The command line of golden cases: what `golden` takes and prints; assist.cli adds it."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assist.golden.check import ROLES
from assist.terminal import out, say
from kb.errors import UsageError

Add = Callable[[str, str, Callable[[argparse.Namespace], int]], argparse.ArgumentParser]
Run = Callable[[argparse.Namespace, str, Mapping[str, Any]], Any]
ACTIONS = ("list", "import", "export", "add", "retire", "restore")


def add_golden(add: Add, run: Run) -> None:
    """Adds the command; `run` gives its value on the home of its options."""
    told = add("golden", "金标用例：列出、导入、导出、新增、停用、恢复", lambda options: _golden(options, run))
    told.add_argument("action", choices=ACTIONS, metavar="动作", help="、".join(ACTIONS))
    told.add_argument("target", nargs="?", default="", metavar="对象", help="文件、要新增的问题，或用例的编号")
    told.add_argument("--text", default="", metavar="文字", help="列出时只看问题或编号里有它的")
    told.add_argument("--state", choices=["active", "retired", "all"], default="active", help="在用、停用或全部")
    told.add_argument("--count", type=int, default=50, help="最多列几个（默认 50）")
    told.add_argument("--replace", action="store_true", help="导入时编号相同而内容不同的，以文件为准")
    told.add_argument("--id", default="", dest="case_id", metavar="编号", help="新增时的编号，不写则自动给")
    for name, label in (("fact", "回答须含的事实"), ("forbid", "不得出现的文字"), ("tag", "标签")):
        told.add_argument(f"--{name}", action="append", default=[], metavar="文字", help=f"{label}，可重复")
    told.add_argument("--gold", action="append", default=[], metavar="来源｜原文", help="答案的出处，可重复")
    told.add_argument("--unanswerable", action="store_true", help="知识库里没有答案，应当拒答")
    told.add_argument("--role", choices=list(ROLES.values()), default="坐席", help="以谁的身份问")
    told.add_argument("--department", default="", metavar="部门")
    told.add_argument("--as-of", default="", metavar="日期", help="按哪一天问（不写为提问当天）")
    told.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")


def _golden(options: argparse.Namespace, run: Run) -> int:
    if options.action != "list" and not options.target:
        raise UsageError("no target", hint="请写明文件（import、export）、问题（add）或编号（retire、restore）。")
    value = run(options, "golden", _arguments(options))
    if options.action == "export":
        _keep(Path(options.target), value)
    if options.as_json:
        out(json.dumps(value, ensure_ascii=False))
    else:
        _print(options.action, value)
    return int(bool(value.get("refused")))


def _arguments(options: argparse.Namespace) -> Mapping[str, Any]:
    names = ("action", "text", "state", "count", "replace")
    arguments = {name: getattr(options, name) for name in names}
    if options.action == "import":
        arguments["path"] = str(Path(options.target).absolute())
    if options.action == "export":
        arguments["form"] = Path(options.target).suffix.removeprefix(".").lower()
    if options.action in ("retire", "restore"):
        arguments["id"] = options.target
    if options.action == "add":
        arguments["cells"] = {
            "编号": options.case_id,
            "问题": options.target,
            "应含事实": "\n".join(options.fact),
            "不得出现": "\n".join(options.forbid),
            "出处": "\n".join(options.gold),
            "无答案": "是" if options.unanswerable else "",
            "谁问": options.role,
            "部门": options.department,
            "哪天问": options.as_of,
            "标签": " ".join(options.tag),
        }
    return arguments


def _keep(path: Path, value: dict[str, Any]) -> None:
    data = base64.b64decode(value.pop("data"))
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(str(error), hint=f"写不了文件 {path}，请检查位置和权限。") from error
    value["file"] = str(path)


def _print(action: str, value: Mapping[str, Any]) -> None:
    if action == "list":
        out("　".join(f"{state} {number}" for state, number in value["counts"].items()))
        for case in value["cases"]:
            out(_line(case))
        if not value["cases"]:
            say("没有金标用例。从表格或用例文件导入：golden import 文件；或新增：golden add 问题 --fact 事实。")
    elif action == "import":
        out(f"新增 {value['added']}　变更 {value['changed']}　未变 {value['known']}　退回 {len(value['refused'])}")
        for one in value["refused"]:
            out(f"第 {one['row']} 行未收：{one['reason']}")
    elif action == "export":
        out(f"已写 {value['total']} 个用例：{value['file']}")
    else:
        out(_line(value))


def _line(case: Mapping[str, Any]) -> str:
    wanted = "应拒答" if case["unanswerable"] else "；".join(case["facts"]) or "有出处"
    return f"{case['id']}　{case['state_label']}　{case['question']}　→ {wanted}"
