"""What is said of a document and its text become one: order of precedence, clauses, days found in the text."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.compose import Composed, compose
from ingest.meta import ClauseMeta, Meta
from ingest.model import Block, BlockKind, RawDocument, Sheet
from kb.errors import InputRefused
from kb.model import INTERNAL, PUBLIC, Kind, Validity

DECEMBER = date(2026, 12, 1)


def document(*texts: str, front: dict[str, object] | None = None, title: str = "") -> RawDocument:
    blocks = tuple(
        Block(BlockKind.HEADING, text[2:], level=1) if text.startswith("# ") else Block(BlockKind.PARAGRAPH, text)
        for text in texts
    )
    return RawDocument(title=title, format="md", blocks=blocks, front_matter=front or {})


def put_together(raw: RawDocument, said: Meta | None = None, defaults: Meta | None = None) -> Composed:
    return compose(raw, source="库/发票.md", fingerprint="x", said=said or Meta(), defaults=defaults or Meta())


def test_front_matter_goes_before_the_entry_and_the_entry_before_the_defaults() -> None:
    raw = document("正文。", front={"title": "文首"}, title="文件")
    said, defaults = Meta(title="清单", department="财务部"), Meta(department="市场部", audience=PUBLIC)
    draft = put_together(raw, said, defaults).draft
    assert (draft.title, draft.department, draft.audience) == ("文首", "财务部", PUBLIC)


def test_what_nobody_says_is_policy_and_internal_and_named_by_heading_or_file() -> None:
    draft = put_together(document("# 发票说明", "正文。")).draft
    assert (draft.title, draft.kind, draft.audience, draft.validity) == ("发票说明", Kind.POLICY, INTERNAL, Validity())
    assert put_together(document("正文。")).draft.title == "发票"


def test_the_kind_of_a_sheet_is_known_by_its_columns() -> None:
    sheet = Sheet(name="问答", header=("问题", "答案", "失效日期"), rows=(("收费吗？", "免费。", "2026-12-31"),))
    raw = RawDocument(title="", format="xlsx", sheets=(sheet,))
    draft = put_together(raw, Meta(effective_from=DECEMBER)).draft
    assert draft.kind is Kind.FAQ
    assert draft.passages[0].validity == Validity(DECEMBER, date(2026, 12, 31))


def test_an_item_with_its_own_days_is_a_passage_of_its_own() -> None:
    raw = document(
        "# 一、账单", "（四）每月1日。", "# 五、发票", "（三）按年。", "（四）按月自动开票。", "（五）不补开。"
    )
    clause = ClauseMeta("五、/（四）", effective_from=DECEMBER, audience=PUBLIC)
    passages = {each.text: each for each in put_together(raw, Meta(clauses=(clause,))).draft.passages}
    assert list(passages) == ["（四）每月1日。", "（三）按年。", "（四）按月自动开票。", "（五）不补开。"]
    changed = passages["（四）按月自动开票。"]
    assert (changed.validity, changed.audience) == (Validity(DECEMBER, None), PUBLIC)
    assert changed.heading == ("五、发票", "（四）")
    assert {each.validity for text, each in passages.items() if each is not changed} == {None}


def test_a_day_the_text_gives_beyond_doubt_is_taken_and_pointed_out() -> None:
    composed = put_together(document("第一条 免费。", "第二条 本办法自2026年7月1日起施行。"))
    assert composed.draft.validity == Validity(date(2026, 7, 1), None)
    assert composed.warnings == ("生效日期 2026-07-01 取自正文，如不对请在清单里写明",)


@pytest.mark.parametrize(
    "texts",
    [
        ("本办法自2026年7月1日起施行。", "附件中本办法自2025年7月1日起施行。"),
        ("2025年1月1日第一次修订", "本办法自2020年7月1日起施行。"),
        ("客户自2026年7月1日起施行新套餐。",),
        ("本办法自2026年13月1日起施行。",),
    ],
)
def test_days_in_doubt_are_left_alone(texts: tuple[str, ...]) -> None:
    assert put_together(document(*texts)).draft.validity == Validity()


def test_a_stated_day_goes_before_the_text() -> None:
    composed = put_together(document("本办法自2026年7月1日起施行。"), Meta(effective_from=DECEMBER))
    assert composed.draft.validity.effective_from == DECEMBER
    assert composed.warnings == ()


def test_an_end_before_the_beginning_is_refused_wherever_they_come_from() -> None:
    raw = document("正文。", front={"effective_to": "2026-06-30"})
    with pytest.raises(InputRefused) as refused:
        put_together(raw, Meta(effective_from=DECEMBER))
    assert "早于生效日期" in refused.value.hint


def test_what_no_database_takes_is_left_out() -> None:
    draft = put_together(document("移机\ud83d收\0八十元。", title="移\udc00机")).draft
    assert (draft.title, draft.passages[0].text) == ("移机", "移机收八十元。")


def test_a_document_without_text_is_refused() -> None:
    with pytest.raises(InputRefused) as refused:
        put_together(document())
    assert "没有可用的文字" in refused.value.hint
