"""Reports: questions, first-try answers, refusals, complaints and time to proof, by what one chooses; API and page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from assist.access import Action, authorise
from kb.clock import ZONE
from kb.errors import InputRefused
from kb.model import Principal
from kb.store import Catalogue

DIMENSIONS: Mapping[str, str] = {
    "business_type": "业务类型",
    "day": "日",
    "week": "周",
    "channel": "渠道",
    "department": "部门",
}
HEADER = ("提问", "首次答出", "拒答", "差评", "已验证缺口", "平均闭环小时")
_MAX_DAYS = 400


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One value of the dimension; `hours` is the mean from first asking to proof, None when nothing was closed."""

    name: str
    asked: int
    answered: int
    refused: int
    complaints: int
    closed: int
    hours: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """A table over [first, last], both days included."""

    dimension: str
    first: date
    last: date
    rows: tuple[ReportRow, ...]
    total: ReportRow


class ReportDesk:
    """Adds up the log, authorised."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def report(self, principal: Principal, dimension: str, first: date, last: date) -> Report:
        """The report by `dimension` (a key of DIMENSIONS); a question is answered at first try when nobody complained.

        Raises InputRefused for an unknown dimension or days the wrong way round.
        """
        authorise(principal, Action.READ_REPORTS)
        if dimension not in DIMENSIONS:
            raise InputRefused(f"no dimension {dimension!r}", hint=f"只能按{'、'.join(DIMENSIONS.values())}统计。")
        if last < first or (last - first).days > _MAX_DAYS:
            raise InputRefused("days", hint=f"起止日期不对：止不能早于起，最多 {_MAX_DAYS} 天。")
        since, until = _moment(first), _moment(last + timedelta(days=1))
        table: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, []])
        name = _NAMES[dimension]
        for asked in self._catalogue.figures.asked(since, until):
            for row in (table[name(asked)], table[""]):
                row[0] += 1
                row[1] += asked.outcome == "answered" and not asked.complaints
                row[2] += asked.outcome == "refused"
                row[3] += asked.complaints
        for closed in self._catalogue.figures.closed(since, until):
            for row in (table[name(closed)], table[""]):
                row[4].append(closed.hours)
        total = table.pop("", [0, 0, 0, 0, []])
        rows = tuple(_row(each, table[each]) for each in sorted(table))
        return Report(dimension, first, last, rows, _row("合计", total))


def cells(report: Report) -> list[list[Any]]:
    """The report as a sheet: header, rows, total."""
    rows = [[row.name, *_figures(row)] for row in (*report.rows, report.total)]
    return [[DIMENSIONS[report.dimension], *HEADER], *rows]


def _figures(row: ReportRow) -> list[Any]:
    hours = None if row.hours is None else round(row.hours, 1)
    return [row.asked, row.answered, row.refused, row.complaints, row.closed, hours]


def _row(name: str, values: list[Any]) -> ReportRow:
    asked, answered, refused, complaints, hours = values
    mean = sum(hours) / len(hours) if hours else None
    return ReportRow(name, asked, answered, refused, complaints, len(hours), mean)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZONE)


_NAMES: Mapping[str, Callable[[Any], str]] = {
    "business_type": lambda fact: fact.business_type or "未分类",
    "day": lambda fact: f"{fact.at.astimezone(ZONE):%Y-%m-%d}",
    "week": lambda fact: f"{fact.at.astimezone(ZONE):%G-W%V}",
    "channel": lambda fact: getattr(fact, "channel", "") or "未记录",
    "department": lambda fact: fact.department or "未记录",
}
