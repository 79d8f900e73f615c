"""A clock that stands still until told, and documents for the catalogue's tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kb.model import DocumentDraft, Kind, PassageDraft, SectionDraft, Validity


@dataclass
class SetClock:
    """Says what it was set to."""

    moment: datetime = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


def since(day: str) -> Validity:
    return Validity(effective_from=date.fromisoformat(day))


def tariff(
    source: str = "资费/畅行套餐.md",
    *texts: str,
    fingerprint: str = "一版",
    headings: tuple[tuple[str, ...], ...] = (),
    **fields: Any,
) -> DocumentDraft:
    """A small policy: one passage for each text, under 第一条, 第二条 … unless headings are given."""
    texts = texts or ("畅行套餐月费199元，含国内流量60GB。", "套餐当月生效，次月可以变更。")
    paths = headings or tuple((f"第{'一二三四五六七八九'[at]}条",) for at in range(len(texts)))
    return DocumentDraft(
        source=source,
        title=fields.pop("title", "畅行套餐资费说明"),
        kind=fields.pop("kind", Kind.POLICY),
        fingerprint=fingerprint,
        sections=(SectionDraft(ordinal=0, heading=("资费",), text="\n".join(texts), page=1),),
        passages=tuple(
            PassageDraft(ordinal=at, text=text, heading=path, page=1, section=0)
            for at, (text, path) in enumerate(zip(texts, paths, strict=True))
        ),
        **fields,
    )
