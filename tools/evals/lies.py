"""Writes evals/written/lies.jsonl: what a lying model says of the sample documents, each with a question it answers.

Usage: python tools/evals/lies.py HOME OUT. Tables give figures of another row (kind "row") and of another column
("column"); prose gives figures found nowhere ("invented") and, within one clause, of another condition ("condition").
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from kb.clock import SystemClock
from kb.model import Kind, Passage
from kb.store import Catalogue, sqlite_url

FIGURE = re.compile(r"(\d+(?:\.\d+)?)(元|天|个月|小时|GB|分钟|次|张|个工作日|%|日|年|人|岁|周岁|台)")
DAYS = {"2025版": "2026-03-01", "2024版": "2026-02-01", "2027版": "2027-03-01"}


def day_of(source: str) -> str:
    """A day on which the document is in force."""
    return next((day for mark, day in DAYS.items() if mark in source), "2026-11-20")


def rows_of(passage: Passage) -> list[list[tuple[str, str]]]:
    """The table rows of a passage as (column, value) cells."""
    found = []
    for line in passage.text.splitlines():
        cells = [part.partition("：") for part in line.split("；")]
        if len(cells) >= 2 and all(mark and column for column, mark, _ in cells):
            found.append([(column, value) for column, _, value in cells])
    return found


def told(key: str, column: str, false: str, kind: str) -> dict[str, str]:
    """A question for a cell and the lie about it."""
    return {"question": f"{key}的{column}是多少", "lie": f"{key}的{column}是{false}。", "kind": kind}


def from_tables(passage: Passage) -> Iterator[dict[str, str]]:
    """Lies that put a figure of the table into another cell."""
    rows = [row for row in rows_of(passage) if row[0][0] not in ("情形", "积分")]
    for mine in rows:
        for theirs in rows:
            if mine is theirs or [c for c, _ in mine] != [c for c, _ in theirs]:
                continue
            for (column, true), (_, false) in zip(mine[1:], theirs[1:], strict=True):
                figures = FIGURE.findall(false)
                short = len(false) <= 24 and FIGURE.search(true)
                if short and figures and set(figures) - set(FIGURE.findall(true)):
                    yield told(mine[0][1], column, false, "row")
        for column, _ in mine[1:]:
            for other, false in mine[1:]:
                units = {unit for _, unit in FIGURE.findall(false)}
                true = dict(mine)[column]
                differs = set(FIGURE.findall(false)) != set(FIGURE.findall(true)) and len(false) <= 24
                if other != column and differs and units & {unit for _, unit in FIGURE.findall(true)}:
                    yield told(mine[0][1], column, false, "column")


def from_prose(passage: Passage) -> Iterator[dict[str, str]]:
    """Lies that change a figure of a clause, or swap two."""
    topic = re.sub(r"^第[一二三四五六七八九十百]+条\s*", "", passage.heading[-1]) if passage.heading else ""
    numbers = set(re.findall(r"\d+(?:\.\d+)?", passage.text))
    for sentence in re.split(r"[。\n]", passage.text):
        figures = list(FIGURE.finditer(sentence))
        if not figures or "：" in sentence or len(sentence) > 90:
            continue
        sentence = re.sub(r"^\s*(?:第[一二三四五六七八九十百]+条|[（(][一二三四五六七八九十]+[）)])\s*", "", sentence)
        figures = list(FIGURE.finditer(sentence))
        for match in figures:
            value = match[1]
            wrong = next(
                str(each)
                for each in (int(float(value)) * 2 + 1, int(float(value)) + 3, int(float(value)) + 7)
                if str(each) not in numbers
            )
            lie = sentence[: match.start()] + wrong + match[2] + sentence[match.end() :]
            yield {"question": f"{topic} {sentence[: match.start()][-14:]}多少", "lie": lie + "。", "kind": "invented"}
        same = [m for m in figures if m[2] == figures[0][2]]
        between = sentence[same[0].end() : same[1].start()] if len(same) == 2 else ""
        if len(same) == 2 and same[0][1] != same[1][1] and not re.fullmatch(r"[和、及与至-]?[前第后约]?", between):
            one, two = same
            lie = sentence[: one.start()] + two[0] + sentence[one.end() : two.start()] + one[0] + sentence[two.end() :]
            yield {"question": f"{topic} {sentence[:14]}多少", "lie": lie + "。", "kind": "condition"}


def main(home: Path, out: Path) -> None:
    """Writes the lies told of the policies in `home`."""
    catalogue = Catalogue.open(sqlite_url(home / "catalogue.db"), clock=SystemClock())
    chance = random.Random(7)
    found: list[dict[str, str]] = []
    release = catalogue.releases.active()
    assert release is not None
    ids = [int(each) for each in catalogue.releases.roster(release.id).ids]
    for passage in catalogue.documents.passages(ids).values():
        if passage.kind is Kind.POLICY:
            for lie in (*from_tables(passage), *from_prose(passage)):
                found.append({**lie, "source": passage.source, "as_of": day_of(passage.source)})
    catalogue.close()
    chosen: list[dict[str, str]] = []
    for kind, most in (("row", 140), ("column", 40), ("condition", 60), ("invented", 160)):
        of_kind = [each for each in found if each["kind"] == kind]
        chance.shuffle(of_kind)
        chosen += of_kind[:most]
        print(kind, len(of_kind))
    with out.open("w", encoding="utf-8") as file:
        for number, each in enumerate(chosen, start=1):
            file.write(json.dumps({"id": f"lie-{number:03}", **each}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
