"""Golden cases in and out of files: the published JSON Lines, and a sheet (XLSX, CSV) to fill in; the desk calls it."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from io import StringIO
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assist.golden.check import ROLES, SPEAKERS, checked
from assist.loop.xlsx import workbook
from kb.errors import InputRefused
from kb.model import Role
from kb.store import GoldenCase

MAX_BYTES = 10_000_000
MAX_ROWS = 5_000
TODAY = "今天"
COLUMNS = (
    *("编号", "问题", "应含事实", "不得出现", "出处", "无答案", "谁问", "部门", "哪天问", "之前的对话"),
    *("限定来源", "标签", "版本"),
)
"""Headings of the sheet; only 问题 must be there. Cells with several entries hold one a line."""

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0?0:00(?::00)?)?")
_YES = frozenset({"是", "有", "对", "y", "yes", "true", "1", "√", "✓"})
_NO = frozenset({"", "否", "无", "不", "n", "no", "false", "0", "×"})
_SPOKEN = {label: role for role, label in SPEAKERS.items()}
_NAMED = {label: role for role, label in ROLES.items()}

Read = tuple[int, GoldenCase | str]
"""A row's number as the person sees it, with its case or the reason why it is none."""


def read_cases(data: bytes) -> list[Read]:
    """The cases of a file, told by its content: a workbook, JSON Lines, or CSV in UTF-8, UTF-16 or GB18030.

    A bad row is given with its reason and harms no other. Raises InputRefused for a file that is none of these.
    """
    if len(data) > MAX_BYTES:
        raise InputRefused("too large", hint="文件超过 10 MB，请拆成几个再导入。")
    if data.startswith(b"PK"):
        from assist.quiz.exports.sheet import rows_of

        return _sheet(rows_of(data))
    text = _text(data)
    if text.lstrip().startswith("{"):
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        _bounded(len(lines))
        return _once([(number, _attempt(_line, line)) for number, line in lines])
    return _sheet(_table(text))


def as_lines(cases: Sequence[GoldenCase]) -> bytes:
    """The cases in the published format, UTF-8; members that say nothing are left out."""
    return "".join(json.dumps(_member(case), ensure_ascii=False) + "\n" for case in cases).encode()


def as_workbook(cases: Sequence[GoldenCase]) -> bytes:
    """The cases as a sheet that can be edited and brought back."""
    return workbook("金标用例", [COLUMNS, *map(_row, cases)])


def gold_lines(gold: Sequence[tuple[str, str]]) -> str:
    """Gold passages as they are written in a cell or a field, one a line."""
    return "\n".join(f"{source}｜{quote}" if quote else source for source, quote in gold)


def history_lines(history: Sequence[tuple[str, str]]) -> str:
    """Earlier turns as they are written in a cell or a field, one a line."""
    return "\n".join(f"{SPEAKERS[role]}：{text}" for role, text in history)


def written(cells: Mapping[str, str]) -> GoldenCase:
    """The case of a row or a form, by heading; raises InputRefused with what is wrong in it."""
    said = {name: str(cells.get(name) or "").strip() for name in COLUMNS}
    return checked(
        GoldenCase(
            question=said["问题"],
            case_id=said["编号"],
            history=tuple(map(_turn, _entries(said["之前的对话"]))),
            role=_role(said["谁问"]),
            department=said["部门"],
            as_of=_day(said["哪天问"]),
            facts=_entries(said["应含事实"]),
            forbid=_entries(said["不得出现"]),
            gold=tuple(map(_passage, _entries(said["出处"]))),
            scope=_entries(said["限定来源"]),
            unanswerable=_yes(said["无答案"]),
            tags=tuple(re.split(r"[\s、，,；;]+", said["标签"])) if said["标签"] else (),
            version=_version(said["版本"]),
        )
    )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Gold(_Strict):
    source: str
    quote: str


class _Turn(_Strict):
    role: str
    text: str


class _Line(_Strict):
    """One line of the published format; role and department say more than its audience."""

    id: str
    question: str
    history: list[_Turn] = []
    gold: list[_Gold] = []
    scope: list[str] = []
    facts: list[str] = []
    unanswerable: bool = False
    audience: str = ""
    role: Role | None = None
    department: str = ""
    as_of: date | None = None
    forbid: list[str] = []
    tags: list[str] = []


def _line(text: str) -> GoldenCase:
    try:
        given = _Line.model_validate(json.loads(text))
    except ValidationError as error:
        raise InputRefused("not a case", hint=_fault(error)) from error
    except (ValueError, RecursionError) as error:
        raise InputRefused("not JSON", hint="这一行不是完整的 JSON 对象，请对照用例格式修改。") from error
    if given.audience not in ("", "internal", "public"):
        raise InputRefused("audience", hint="audience 须是 internal 或 public。")
    if not given.id.strip():
        raise InputRefused("no id", hint="缺少 id。")
    return checked(
        GoldenCase(
            question=given.question,
            case_id=given.id,
            history=tuple((turn.role, turn.text) for turn in given.history),
            role=given.role or (Role.CUSTOMER if given.audience == "public" else Role.AGENT),
            department=given.department,
            as_of=given.as_of,
            facts=tuple(given.facts),
            forbid=tuple(given.forbid),
            gold=tuple((each.source, each.quote) for each in given.gold),
            scope=tuple(given.scope),
            unanswerable=given.unanswerable,
            tags=tuple(given.tags),
        )
    )


def _fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"不认识的键“{name[:40]}”，请对照用例格式修改。"
    if fault["type"] == "missing":
        return f"缺少“{name}”。"
    return f"“{name[:40]}”的值不对，请对照用例格式修改。" if name else "这一行不是 JSON 对象。"


def _member(case: GoldenCase) -> dict[str, Any]:
    usual = case.role in (Role.AGENT, Role.CUSTOMER)
    members: dict[str, Any] = {
        "id": case.case_id,
        "question": case.question,
        "history": [{"role": role, "text": text} for role, text in case.history],
        "gold": [{"source": source, "quote": quote} for source, quote in case.gold],
        "scope": list(case.scope),
        "facts": list(case.facts),
        "unanswerable": case.unanswerable,
        "audience": "public" if case.role is Role.CUSTOMER else "internal",
        "role": "" if usual else case.role.value,
        "department": case.department,
        "as_of": case.as_of.isoformat() if case.as_of else "",
        "forbid": list(case.forbid),
        "tags": list(case.tags),
    }
    return {name: value for name, value in members.items() if value}


def _row(case: GoldenCase) -> tuple[str, ...]:
    return (
        case.case_id,
        case.question,
        "\n".join(case.facts),
        "\n".join(case.forbid),
        gold_lines(case.gold),
        "是" if case.unanswerable else "",
        ROLES.get(case.role, ""),
        case.department,
        case.as_of.isoformat() if case.as_of else TODAY,
        history_lines(case.history),
        "\n".join(case.scope),
        " ".join(case.tags),
        str(case.version),
    )


def _sheet(rows: Sequence[Sequence[str]]) -> list[Read]:
    names = [str(name).strip() for name in rows[0]] if rows else []
    if "问题" not in names:
        raise InputRefused("no heading", hint=f"第一行缺少表头“问题”。表头为：{'、'.join(COLUMNS)}。")
    strange = [name for name in names if name and name not in COLUMNS]
    if strange:
        raise InputRefused("unknown heading", hint=f"不认识的表头“{strange[0][:40]}”。可用：{'、'.join(COLUMNS)}。")
    numbered = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    _bounded(len(numbered))
    read = [(number, _attempt(written, dict(zip(names, row, strict=False)))) for number, row in numbered]
    return _once(read)


def _attempt(reads: Callable[[Any], GoldenCase], given: Any) -> GoldenCase | str:
    try:
        return reads(given)
    except InputRefused as error:
        return error.hint


def _once(read: Sequence[Read]) -> list[Read]:
    """An id counts once: a later row of the same one is refused."""
    seen: dict[str, int] = {}
    found: list[Read] = []
    for number, case in read:
        if not isinstance(case, str) and case.case_id:
            first = seen.setdefault(case.case_id, number)
            if first != number:
                case = f"编号 {case.case_id} 与第 {first} 行相同。"
        found.append((number, case))
    return found


def _bounded(rows: int) -> None:
    if not rows:
        raise InputRefused("no cases", hint="文件里没有任何用例。")
    if rows > MAX_ROWS:
        raise InputRefused("too many rows", hint=f"一次最多导入 {MAX_ROWS} 行，请拆分。")


def _text(data: bytes) -> str:
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    marked = next((encoding for mark, encoding in marks if data.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\0" in text:
                break
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise InputRefused("unknown encoding", hint="文件编码无法识别：请存为 .xlsx，或 UTF-8、GB18030 的文本再导入。")


def _table(text: str) -> list[list[str]]:
    head = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count)
    try:
        return list(csv.reader(StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputRefused(f"not CSV: {error}", hint="读不了这个文件：请存为 .xlsx 或 CSV，第一行是表头。") from error


def _entries(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _passage(line: str) -> tuple[str, str]:
    source, *quote = re.split(r"[|｜]", line, maxsplit=1)
    return source.strip(), "".join(quote).strip()


def _turn(line: str) -> tuple[str, str]:
    speaker, mark, text = line.replace(":", "：", 1).partition("：")
    return _SPOKEN.get(speaker.strip(), speaker) if mark else "", text.strip()


def _role(text: str) -> Role:
    if text and text not in _NAMED:
        raise InputRefused(f"role {text[:20]!r}", hint=f"“谁问”须是：{'、'.join(_NAMED)}（现在是“{text[:20]}”）。")
    return _NAMED.get(text, Role.AGENT)


def _day(text: str) -> date | None:
    if text in ("", TODAY):
        return None
    found = _DAY.fullmatch(text)
    with suppress(ValueError):
        if found:
            return date(*map(int, found.groups()))
    hint = f"“哪天问”要写成 2026-12-01 这样的日期，或写“今天”（现在是“{text[:20]}”）。"
    raise InputRefused(f"not a day: {text[:20]!r}", hint=hint)


def _yes(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise InputRefused("yes or no", hint=f"“无答案”要写“是”或“否”（现在是“{text[:20]}”）。")


def _version(text: str) -> int:
    if text and not (text.isdecimal() and len(text) < 9):
        raise InputRefused("version", hint=f"“版本”是导出时的数字，请不要改（现在是“{text[:20]}”）。")
    return int(text or 0)
