"""Progress bars and lines for the person at a terminal, on standard error; the command line uses it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


def out(text: str) -> None:
    """A line of the result, on standard output."""
    print(text, flush=True)  # noqa: T201 - this is where results are printed


def say(text: str) -> None:
    """A line for the person, on standard error; standard output is for results."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is where people are spoken to


class Bars:
    """One bar a step, made when the step first tells of itself; without a terminal a line for every tenth of it."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._tenths: dict[str, int] = {}

    def show(self, event: Mapping[str, Any]) -> None:
        """Moves the bar of a progress event; a step without a known total is a line."""
        if event.get("event") != "progress":
            return
        label, done, total = str(event["label"]), int(event["done"]), int(event["total"])
        if not total:
            self._told(label)
            return
        if not self._console.is_terminal:
            self._tell_tenth(label, done, total)
            return
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=total)
        self._progress.update(self._tasks[label], completed=done, total=total)

    def _tell_tenth(self, label: str, done: int, total: int) -> None:
        tenth = 10 * done // total
        if tenth != self._tenths.get(label) and total > 1:
            self._tenths[label] = tenth
            say(f"{label} {done}/{total}")

    def _told(self, text: str) -> None:
        if self._console.is_terminal:
            self._progress.print(text, markup=False, highlight=False)
        else:
            say(text)

    def line(self, text: str) -> None:
        """A line of the result on standard output, above the bars."""
        if self._console.is_terminal and sys.stdout.isatty():
            self._progress.print(text, markup=False, highlight=False)
        else:
            out(text)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
