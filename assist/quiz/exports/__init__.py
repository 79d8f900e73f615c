"""Papers for other programs and for print: one adapter module a library; the API, pages and command call `export`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from assist.quiz.model import Item
from kb.errors import UsageError


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is exported: a title, items in order, the minutes allowed (0: no limit), and the day it was checked."""

    title: str
    items: tuple[Item, ...]
    minutes: int = 0
    checked_on: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """One way out: what people call it, the ending of its files, their media type, and the module that writes them."""

    label: str
    suffix: str
    media_type: str
    module: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS: Mapping[str, Format] = {
    "xlsx": Format("Excel 题库", ".xlsx", f"{_OFFICE}.spreadsheetml.sheet", "sheet"),
    "docx": Format("Word 试卷", ".docx", f"{_OFFICE}.wordprocessingml.document", "word"),
    "pdf": Format("PDF 试卷", ".pdf", "application/pdf", "pdf"),
    "gift": Format("Moodle GIFT", ".gift.txt", "text/plain; charset=utf-8", "gift"),
    "qti": Format("QTI 2.1", ".qti.zip", "application/zip", "qti"),
    "anki": Format("Anki", ".apkg", "application/octet-stream", "anki"),
    "json": Format("JSON", ".json", "application/json", "plain"),
}


def export(name: str, sheet: Sheet) -> bytes:
    """The file of a format; raises UsageError for a format there is none of, or a sheet without items."""
    if name not in FORMATS:
        raise UsageError(f"no format {name!r}", hint=f"没有“{name}”这种格式，可用：{'、'.join(FORMATS)}。")
    if not sheet.items:
        raise UsageError("nothing to export", hint="没有可导出的题目：请先采用一些题目，再组卷导出。")
    write: Callable[[Sheet], bytes] = import_module(f"assist.quiz.exports.{FORMATS[name].module}").write
    return write(sheet)


def grouped(items: Sequence[Item]) -> list[tuple[str, list[tuple[int, Item]]]]:
    """Items numbered from 1 and gathered by kind, in the order in which kinds first appear."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.kind.label, []).append(item)
    numbered, at = [], 0
    for label, same in groups.items():
        lines = [(at + place, item) for place, item in enumerate(same, start=1)]
        at += len(same)
        numbered.append((label, lines))
    return numbered


def source_line(item: Item) -> str:
    """Where the key stands, in one line."""
    proofs = [f"《{one.title}》{' › '.join(one.heading)}".rstrip() for one in item.evidence if one.role == "key"]
    return "；".join(proofs)


CHINESE_NUMBERS = "一二三四五六七八九十"
