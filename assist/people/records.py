"""The audit trail and a person's records as those responsible use them: search, export, retention, erasure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from assist.access import Action, authorise
from assist.public.outbox import PLACE, redact
from kb.clock import ZONE, Clock
from kb.errors import InputRefused, UsageError
from kb.mask import find_personal
from kb.model import Principal
from kb.store import AuditEntry, AuditQuery, Catalogue

KEEP_DAYS = 183
"""Network logs are kept for six months at least (网络安全法 第二十一条)."""
SHORTEST = 2
"""A word to erase has so many characters at least: one alone would tear holes into everything."""
PAGE = 1_000
ENCODINGS = ("utf-8", "utf-16-le", "gb18030")


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: rows rewritten by table, and files of the home that still hold one of the words."""

    rows: dict[str, int]
    remaining: tuple[str, ...]


class Records:
    """Each method raises Forbidden for a principal who may not, and leaves its own entry on the trail."""

    def __init__(self, catalogue: Catalogue, *, clock: Clock, home: Path) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._home = home

    def search(self, principal: Principal, wanted: AuditQuery) -> tuple[AuditEntry, ...]:
        """Entries that fit, the newest first."""
        authorise(principal, Action.READ_AUDIT)
        return self._catalogue.audit.search(wanted)

    def broken_at(self, principal: Principal) -> int | None:
        """The number of the first entry that was tampered with, None when the chain holds."""
        authorise(principal, Action.READ_AUDIT)
        return self._catalogue.audit.broken_at()

    def export(self, principal: Principal, wanted: AuditQuery, form: str) -> Iterator[str]:
        """All entries that fit as lines, the newest first: "jsonl" with every field to prove the chain by, or "csv"."""
        authorise(principal, Action.EXPORT_AUDIT)
        if form not in {"jsonl", "csv"}:
            raise UsageError(f"no form {form!r}", hint="导出格式只能是 jsonl 或 csv。")
        self._catalogue.audit.append(principal, "audit.export", form, {"action": wanted.action})
        return self._lines(wanted, form)

    def cut(self, principal: Principal, days: int) -> int:
        """Removes entries older than `days`; how many went. Raises UsageError below the legal period."""
        authorise(principal, Action.PRUNE_AUDIT)
        if days < KEEP_DAYS:
            raise UsageError("too short", hint=f"审计记录至少保留 {KEEP_DAYS} 天（六个月），请给出更长的期限。")
        return self._catalogue.audit.cut(self._clock.now() - timedelta(days=days), principal)

    def erase(self, principal: Principal, words: tuple[str, ...], *, account: str = "") -> Erased:
        """Takes `words` (name, numbers, address) and their hidden forms out of every record, and ends an `account`.

        The words themselves are not written down. Raises InputRefused for words too short to be anybody's.
        """
        authorise(principal, Action.ERASE_PERSON)
        given = [word.strip() for word in words if word.strip()]
        if any(len(word) < SHORTEST for word in given):
            raise InputRefused("word too short", hint=f"要删除的姓名、号码等，每项至少 {SHORTEST} 个字。")
        if not given and not account:
            raise InputRefused("nothing to erase", hint="请给出要删除的姓名、号码或账号。")
        if account:
            before = self._catalogue.people.erase(account, principal)
            given += [before.name] if len(before.name) >= SHORTEST else []
        wanted = [form for word in given for form in _forms(word)]
        rows = self._catalogue.erasure.redact(wanted)
        if left := redact(self._home / PLACE, wanted):
            rows["outbox"] = left
        remaining = tuple(sorted(self._holding(wanted)))
        detail = {"words": len(given), "rows": sum(rows.values()), "remaining": len(remaining)}
        self._catalogue.audit.append(principal, "record.erase", account or "words", detail)
        return Erased(rows, remaining)

    def _lines(self, wanted: AuditQuery, form: str) -> Iterator[str]:
        if form == "csv":
            yield "\ufeff" + _csv(("序号", "时间", "人员", "动作", "对象", "详情", "校验"))
        below = wanted.below
        while batch := self._catalogue.audit.search(replace(wanted, below=below, limit=PAGE)):
            for entry in batch:
                yield _json_line(entry) if form == "jsonl" else _csv_line(entry)
            below = batch[-1].seq

    def _holding(self, words: list[str]) -> Iterator[str]:
        needles = [word.encode(encoding, "ignore") for word in words for encoding in ENCODINGS]
        for file in sorted(self._home.rglob("*")):
            if file.is_file() and not file.is_symlink() and _contains(file, [one for one in needles if len(one) > 2]):
                yield str(file.relative_to(self._home))


def entry_json(entry: AuditEntry) -> dict[str, object]:
    """An entry with every field its hash covers."""
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "principal": entry.principal,
        "action": entry.action,
        "object": entry.object,
        "detail": dict(entry.detail),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _json_line(entry: AuditEntry) -> str:
    return json.dumps(entry_json(entry), ensure_ascii=False) + "\n"


def _csv_line(entry: AuditEntry) -> str:
    at = entry.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    detail = json.dumps(dict(entry.detail), ensure_ascii=False)
    return _csv((str(entry.seq), at, entry.principal, entry.action, entry.object, detail, entry.hash))


def _csv(values: tuple[str, ...]) -> str:
    """One line of a table; a value that a spreadsheet would run as a formula is quoted as text."""
    line = io.StringIO()
    csv.writer(line).writerow([f"'{value}" if value[:1] in "=+-@\t\r" and value else value for value in values])
    return line.getvalue()


def _forms(word: str) -> set[str]:
    """A word as given, without separators, and as it was hidden on the way in."""
    bare = "".join(char for char in word if char not in " -")
    hidden = {span.masked for form in (word, bare) for span in find_personal(form) if len(span.masked) >= 8}
    return {form for form in {word, bare, *hidden} if len(form) >= SHORTEST}


def _contains(file: Path, needles: list[bytes]) -> bool:
    keep = max((len(one) for one in needles), default=1) - 1
    tail = b""
    try:
        with file.open("rb") as opened:
            while block := opened.read(1 << 20):
                if any(one in tail + block for one in needles):
                    return True
                tail = block[-keep:] if keep else b""
    except OSError:
        return False
    return False
