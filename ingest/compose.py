"""Puts a read file and what is said of it together into the document that goes to the base; `ingest.sync` calls it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

from ingest.fields import FieldError, check_period
from ingest.lines import storable
from ingest.meta import ClauseMeta, Meta, front_matter_meta
from ingest.model import Block, BlockKind, RawDocument
from ingest.rows import read_rows
from ingest.split import split
from kb.errors import InputRefused
from kb.model import INTERNAL, DocumentDraft, Kind, PassageDraft, SectionDraft, Term, Validity
from kb.validity import is_clause

_SELF = r"(?:本|该)?(?:办法|规定|规则|条例|法|解释|细则|标准|资费|通知|规范|协议|方案|政策|活动|制度|公告|套餐|意见)"
_DAY = r"(\d{4})年(\d{1,2})月(\d{1,2})日"
_BEGINS = re.compile(rf"{_SELF}自{_DAY}起(?:正式)?(?:施行|实施|执行|生效)")
_ENDS = re.compile(rf"(?:{_SELF}(?:的)?有效期(?:限)?[至到为：:]{{1,2}}|{_SELF}执行至){_DAY}(?:止|$|[。，；）)])")

_REVISED = re.compile(r"(第[一二三四五六七八九十]+次)?(修正|修订)[》〉]?$|修改.{0,40}决定|修正案")


@dataclass(frozen=True, slots=True)
class Composed:
    """A document ready to be put and Chinese sentences for its receipt row."""

    draft: DocumentDraft
    warnings: tuple[str, ...]


Resolve = Callable[[str], str]
"""Turns what a `supersedes` names into a source ("laws/a.md" or "laws/a.md#第九条")."""


def compose(
    raw: RawDocument, *, source: str, fingerprint: str, said: Meta, defaults: Meta, resolve: Resolve = str
) -> Composed:
    """The document of `raw`. What its columns say counts first, then its front matter, the manifest entry `said`, the
    manifest's `defaults`, what its text says beyond doubt, and last: policy, internal.

    Raises InputRefused when nothing findable is in it, or when what is said contradicts itself or names a clause that
    is not there.
    """
    front, warnings = front_matter_meta(raw.front_matter, report_unknown=raw.format == "md")
    stated = front.over(said).over(defaults)
    content = _content(raw, stated)
    guessed, guesses = _guess(raw, source, content.kind)
    meta = stated.over(guessed)
    validity = _validity(meta)
    passages = _with_clauses(_inherit_ends(content.passages, validity), meta, validity, resolve)
    if not passages and not content.terms:
        raise InputRefused("nothing to find in it", hint="文件里没有可用的文字。")
    draft = DocumentDraft(
        source=source,
        title=storable(meta.title or PurePosixPath(source).stem),
        kind=content.kind or meta.kind or Kind.POLICY,
        fingerprint=fingerprint,
        audience=meta.audience or INTERNAL,
        products=meta.products,
        department=meta.department or "",
        validity=validity,
        supersedes=tuple(resolve(name) for name in meta.supersedes),
        version_label=meta.version or "",
        sections=content.sections,
        passages=passages,
        terms=content.terms,
    )
    kept = guesses if validity != _validity(stated) else ()
    return Composed(draft, (*raw.warnings, *warnings, *content.warnings, *kept))


@dataclass(frozen=True, slots=True)
class _Content:
    kind: Kind | None
    sections: tuple[SectionDraft, ...] = ()
    passages: tuple[PassageDraft, ...] = ()
    terms: tuple[Term, ...] = ()
    warnings: tuple[str, ...] = ()


def _content(raw: RawDocument, stated: Meta) -> _Content:
    rows = read_rows(raw.sheets, kind=stated.kind, audience=stated.audience) if raw.sheets else None
    if rows is None:
        if stated.kind is Kind.TERMS:
            raise InputRefused("terms need a table", hint="术语表要用 XLSX 或 CSV，表头写：标准词、同义词。")
        title = stated.title or raw.title or _first_heading(raw.blocks)
        sections, passages = split(raw.blocks, title=title, clauses=[each.clause for each in stated.clauses])
        return _Content(stated.kind, sections, passages)
    sections, prose = split(rows.blocks)
    passages = rows.passages + tuple(replace(each, ordinal=len(rows.passages) + each.ordinal) for each in prose)
    return _Content(rows.kind or stated.kind, sections, passages, rows.terms, rows.warnings)


def _guess(raw: RawDocument, source: str, kind: Kind | None) -> tuple[Meta, tuple[str, ...]]:
    """Title, and days that the text gives once and for itself, with a warning that says so."""
    title = raw.title or _first_heading(raw.blocks) or PurePosixPath(source).stem
    revised = any(_REVISED.search(block.text) for block in raw.blocks[:40])
    if raw.sheets or revised or kind not in (None, Kind.POLICY):
        return Meta(title=title), ()
    first, last = _only_day(_BEGINS, raw.blocks), _only_day(_ENDS, raw.blocks)
    if first and last and last < first:
        return Meta(title=title), ()
    found = [f"{name} {day}" for name, day in (("生效日期", first), ("失效日期", last)) if day]
    warnings = (f"{'、'.join(found)} 取自正文，如不对请在清单里写明",) if found else ()
    return Meta(title=title, effective_from=first, effective_to=last), warnings


def _only_day(pattern: re.Pattern[str], blocks: Iterable[Block]) -> date | None:
    days: set[date] = set()
    for block in blocks:
        for match in pattern.finditer(re.sub(r"\s+", "", unicodedata.normalize("NFKC", block.text))):
            try:
                days.add(date(int(match[1]), int(match[2]), int(match[3])))
            except ValueError:
                return None
    return days.pop() if len(days) == 1 else None


def _first_heading(blocks: Sequence[Block]) -> str:
    for block in blocks[:3]:
        if block.kind is BlockKind.HEADING and block.level <= 1 and len(block.text) <= 80:
            return block.text
    return ""


def _validity(meta: Meta) -> Validity:
    try:
        check_period(meta.effective_from, meta.effective_to)
        if meta.supersedes and not meta.effective_from:
            raise FieldError("写了取代（supersedes），就要写生效日期（effective_from）")
    except FieldError as error:
        raise InputRefused(f"metadata: {error}", hint=f"{error}。") from error
    return Validity(meta.effective_from, meta.effective_to)


def _inherit_ends(passages: Sequence[PassageDraft], document: Validity) -> tuple[PassageDraft, ...]:
    """A row that gives one day only has the other from the document."""
    return tuple(
        replace(each, validity=_completed(each.validity, document)) if each.validity else each for each in passages
    )


def _completed(own: Validity, document: Validity) -> Validity:
    first = own.effective_from or document.effective_from
    last = own.effective_to or document.effective_to
    return own if first and last and last < first else Validity(first, last)


def _with_clauses(
    passages: tuple[PassageDraft, ...], meta: Meta, document: Validity, resolve: Resolve
) -> tuple[PassageDraft, ...]:
    for clause in meta.clauses:
        meant = {each.ordinal for each in passages if is_clause(each.heading, clause.clause)}
        if not meant:
            raise InputRefused(
                f"no such clause: {clause.clause}",
                hint=f"文件里没有“{clause.clause}”。请把清单里的 clause 改成文中的条款号（如“第九条”）或标题。",
            )
        passages = tuple(
            _of_clause(each, clause, document, resolve) if each.ordinal in meant else each for each in passages
        )
    return passages


def _of_clause(passage: PassageDraft, clause: ClauseMeta, document: Validity, resolve: Resolve) -> PassageDraft:
    own = Validity(clause.effective_from, clause.effective_to)
    return replace(
        passage,
        validity=_completed(own, document) if own != Validity() else passage.validity,
        audience=clause.audience or passage.audience,
        supersedes=passage.supersedes + tuple(resolve(name) for name in clause.supersedes),
    )
