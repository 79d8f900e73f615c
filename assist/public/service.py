"""How a public site is set up: its name, hotline, hours of service and the sites that may embed it; app.py reads it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from kb.clock import ZONE
from kb.errors import UsageError

_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DAYS = re.compile(r"([1-7])(?:-([1-7]))?")
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?")
_CLOSED = "休息"
_LOOK_AHEAD = 30

Span = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Hours:
    """When people answer: one span a weekday (1 is Monday) and exceptions by date; None is closed. Chinese time."""

    weekly: Mapping[int, Span]
    exceptions: Mapping[date, Span | None]

    def open_at(self, moment: datetime) -> bool:
        """True when somebody answers at `moment` (aware); the end of a span is no longer open."""
        local = moment.astimezone(ZONE)
        span = self._span(local.date())
        return span is not None and span[0] <= local.time() < span[1]

    def next_opening(self, moment: datetime) -> datetime | None:
        """When somebody answers again after `moment`, in Chinese time; None when not within a month."""
        local = moment.astimezone(ZONE)
        for ahead in range(_LOOK_AHEAD):
            day = local.date() + timedelta(days=ahead)
            span = self._span(day)
            if span is not None:
                opening = datetime.combine(day, span[0], ZONE)
                if opening > local:
                    return opening
        return None

    def _span(self, day: date) -> Span | None:
        return self.exceptions[day] if day in self.exceptions else self.weekly.get(day.isoweekday())


@dataclass(frozen=True, slots=True)
class Service:
    """One public site: who it speaks for, when people are there, who may embed it, by which names it is reached."""

    name: str
    hotline: str
    hours: Hours
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def read_service(folder: Path) -> Service:
    """The shipped settings, with those of `settings.toml` in the public folder over them; raises UsageError."""
    shipped = yaml.safe_load(resources.files("assist.public").joinpath("data/service.yaml").read_text(encoding="utf-8"))
    path = folder / "settings.toml"
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        given = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"读不了或不是正确的 TOML：{error}") from error
    unknown = sorted(set(given) - set(shipped))
    if unknown:
        raise _wrong(path, f"没有这样的设置：{'、'.join(unknown)}。可用的有：{'、'.join(shipped)}")
    return _service({**shipped, **given}, path)


def _service(values: Mapping[str, Any], path: Path) -> Service:
    origins = tuple(_text(each, "origins", path).rstrip("/").lower() for each in values["origins"])
    for each in origins:
        if not _ORIGIN.fullmatch(each):
            raise _wrong(path, f"origins 里的“{each}”不是网站地址，要写成 https://www.example.cn 这样")
    return Service(
        name=_text(values["name"], "name", path),
        hotline=_text(values["hotline"], "hotline", path),
        hours=_hours(values, path),
        origins=origins,
        hosts=tuple(_text(each, "hosts", path).lower() for each in values["hosts"]),
    )


def _hours(values: Mapping[str, Any], path: Path) -> Hours:
    weekly: dict[int, Span] = {}
    for days, span in dict(values["hours"]).items():
        found, read = _DAYS.fullmatch(str(days)), _span(str(span))
        if not found or read is None:
            raise _wrong(path, f'hours 的“{days} = {span}”不对，要写成 "1-5" = "08:00-22:00" 这样')
        for day in range(int(found[1]), int(found[2] or found[1]) + 1):
            weekly[day] = read
    exceptions: dict[date, Span | None] = {}
    for day, span in dict(values["exceptions"]).items():
        read = None if span == _CLOSED else _span(str(span))
        try:
            exceptions[date.fromisoformat(str(day))] = read
        except ValueError as error:
            raise _wrong(path, f"exceptions 的日期“{day}”不对，要写成 2027-01-01 这样") from error
        if read is None and span != _CLOSED:
            raise _wrong(path, f"exceptions 的“{span}”不对，要写成 10:00-18:00 或“{_CLOSED}”")
    return Hours(weekly, exceptions)


def _span(text: str) -> Span | None:
    found = _SPAN.fullmatch(text.strip())
    if not found:
        return None
    try:
        start = time(int(found[1]), int(found[2]))
        end = time.max if found[3] == "24" and found[4] == "00" else time(int(found[3]), int(found[4]))
    except ValueError:
        return None
    return (start, end) if start < end else None


def _text(value: object, name: str, path: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(path, f"{name} 要写成文字")
    return value.strip()


def _wrong(path: Path, what: str) -> UsageError:
    return UsageError(f"{path}: {what}", hint=f"对客站点的设置有误（{path}）：{what}。")
