"""Supersession: what a newer document or clause replaces ends the day before the newer one begins."""

from __future__ import annotations

from datetime import date

import pytest

from kb.validity import NEVER, Clause, Superseding, clause_sources, endings, find_source, is_clause

JULY = date(2026, 7, 1)
END_OF_JUNE = date(2026, 6, 30).toordinal()


def replaced(*superseding: Superseding, sources: tuple[str, ...] = ("旧.md", "新.md")) -> dict[str, int]:
    return dict(endings(superseding, sources, {}).sources)


def test_the_old_document_ends_the_day_before_the_new_one_begins() -> None:
    assert replaced(Superseding("新.md", JULY, ("旧.md",))) == {"旧.md": END_OF_JUNE}


def test_a_successor_that_always_was_in_force_leaves_the_old_one_no_day() -> None:
    assert replaced(Superseding("新.md", None, ("旧.md",))) == {"旧.md": NEVER}


def test_the_earliest_of_several_successors_counts_and_all_are_named() -> None:
    sources = ("旧.md", "新.md", "更新.md")
    later = Superseding("更新.md", date(2026, 10, 1), ("旧.md",))
    found = endings([later, Superseding("新.md", JULY, ("旧.md",))], sources, {})
    assert found.sources == {"旧.md": END_OF_JUNE}
    assert found.by == {"旧.md": ("更新.md", "新.md")}


def test_a_chain_ends_each_document_when_its_own_successor_begins() -> None:
    chain = (Superseding("乙", date(2025, 1, 1), ("甲",)), Superseding("丙", JULY, ("乙",)))
    assert replaced(*chain, sources=("甲", "乙", "丙")) == {"甲": date(2024, 12, 31).toordinal(), "乙": END_OF_JUNE}


def test_a_document_does_not_end_itself() -> None:
    assert replaced(Superseding("新.md", JULY, ("新.md",))) == {}


def test_only_the_named_clause_ends() -> None:
    clauses = {"旧.md": [Clause(1, ("第一章 总则", "第一条")), Clause(2, ("第一章 总则", "第二条 违约金"))]}
    found = endings([Superseding("新.md", JULY, ("旧.md#第二条",), passage_id=9)], ("旧.md", "新.md"), clauses)
    assert (found.sources, found.passages, found.unresolved) == ({}, {2: END_OF_JUNE}, ())


def test_every_passage_of_a_long_clause_ends() -> None:
    clauses = {"旧.md": [Clause(1, ("第二条",)), Clause(2, ("第二条", "（一）")), Clause(3, ("第三条",))]}
    found = endings([Superseding("新.md", JULY, ("旧.md#第二条",))], ("旧.md", "新.md"), clauses)
    assert found.passages == {1: END_OF_JUNE, 2: END_OF_JUNE}


def test_a_clause_may_replace_another_of_its_own_document_but_not_itself() -> None:
    clauses = {"办法.md": [Clause(1, ("第二条",)), Clause(2, ("补充", "第二条"))]}
    found = endings([Superseding("办法.md", JULY, ("#第二条",), passage_id=2)], ("办法.md",), clauses)
    assert found.passages == {1: END_OF_JUNE}


def test_what_is_not_there_is_named_and_ends_nothing() -> None:
    targets = ("没有.md", "旧.md#第九条", "没有.md#第一条")
    clauses = {"旧.md": [Clause(1, ("第一条",))]}
    found = endings([Superseding("新.md", JULY, targets)], ("旧.md", "新.md"), clauses)
    assert (found.sources, found.passages, found.unresolved) == ({}, {}, targets)


def test_only_sources_with_named_clauses_need_their_headings_read() -> None:
    superseding = [Superseding("新.md", JULY, ("旧.md#第二条", "别的.md", "没有.md#第一条"))]
    assert clause_sources(superseding, ("旧.md", "别的.md", "新.md")) == {"旧.md"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("samples/资费/2025.md", "samples/资费/2025.md"),
        ("资费/2025.md", "samples/资费/2025.md"),
        ("2025.md", "samples/资费/2025.md"),
        ("025.md", None),
        ("说明.md", None),
        ("", None),
    ],
)
def test_a_source_may_be_named_by_the_end_of_its_path_when_only_one_fits(name: str, found: str | None) -> None:
    assert find_source(name, ("samples/资费/2025.md", "samples/资费/说明.md", "samples/话术/说明.md")) == found


@pytest.mark.parametrize(
    ("heading", "clause", "fits"),
    [
        (("第九条",), "第九条", True),
        (("第九条 退订办法",), "第九条", True),
        (("第三章 资费", "第九条"), "第九条", True),
        (("第三章 资费", "第九条"), "第三章/第九条", True),
        (("第二章 资费", "第九条"), "第三章/第九条", False),
        (("第 ９ 条",), "第9条", True),
        (("第九条之一",), "第九条", False),
        (("第九十条",), "第九条", False),
        (("3.10 其他",), "3.1", False),
        (("3.1 其他",), "3.1", True),
        ((), "第九条", False),
        (("第九条",), "", False),
    ],
)
def test_a_clause_is_recognised_by_the_start_of_its_heading(heading: tuple[str, ...], clause: str, fits: bool) -> None:
    assert is_clause(heading, clause) is fits
