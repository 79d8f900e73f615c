"""From a question to passages: both indexes, several shelves, what is visible, scopes and terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kb.lexical import LexicalEntry, TantivyLexical
from kb.model import Term
from kb.passages import embedding_texts, vector_id
from kb.retrieve import Retriever, Scope
from tests.fakes import ExactVectors, HashEmbedder

EMBEDDER = HashEmbedder()


@dataclass
class Side:
    """One shelf, filled by hand."""

    vectors: ExactVectors
    lexical: TantivyLexical

    def put(self, *entries: LexicalEntry) -> None:
        for entry in entries:
            texts = embedding_texts(
                title=entry.title, heading=entry.heading, text=entry.text, questions=entry.questions
            )
            ids = [vector_id(entry.id, slot) for slot in range(len(texts))]
            self.vectors.add(ids, EMBEDDER.passages(texts))
        self.lexical.add(entries)
        self.lexical.commit()


def entry(number: int, text: str, *questions: str, source: str = "资费.md", title: str = "资费") -> LexicalEntry:
    return LexicalEntry(number, source, title, (), text, questions)


def everything(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.ones(len(ids), np.bool_)


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Side]:
    side = Side(ExactVectors(), TantivyLexical(tmp_path / "public"))
    yield side
    side.lexical.close()


@pytest.fixture
def internal(tmp_path: Path) -> Iterator[Side]:
    side = Side(ExactVectors(), TantivyLexical(tmp_path / "internal"))
    yield side
    side.lexical.close()


def found(retriever: Retriever, question: str, *sides: Side, k: int = 3) -> list[int]:
    result = retriever.search(question, shelves=sides, k=k, visible=everything)
    return [each.passage_id for each in result.ranked]


def test_the_plan_that_is_named_comes_first_however_it_is_said(public: Side) -> None:
    public.put(entry(1, "畅行129套餐月费129元，含国内流量60GB。"), entry(2, "畅行199套餐月费199元，含国内流量100GB。"))
    retriever = Retriever(EMBEDDER)
    assert found(retriever, "一百九十九那个套餐有多少流量", public)[0] == 2
    assert found(retriever, "幺二九套餐有多少流量", public)[0] == 1


def test_traditional_questions_find_simplified_text(public: Side) -> None:
    public.put(entry(1, "国际漫游开通条件：入网满三个月。"), entry(2, "宽带移机费用每次八十元。"))
    assert found(Retriever(EMBEDDER), "國際漫遊開通條件", public)[0] == 1


def test_shelves_are_merged_into_one_order(public: Side, internal: Side) -> None:
    public.put(entry(1, "宽带移机费用每次八十元。"), entry(3, "账单日为每月一日。"))
    internal.put(entry(2, "携号转网挽留话术与授权额度。"), entry(4, "补卡工本费十元。"))
    assert found(Retriever(EMBEDDER), "携号转网挽留话术", public, internal)[0] == 2
    assert found(Retriever(EMBEDDER), "宽带移机费用", public, internal)[0] == 1


def test_a_shelf_that_is_not_asked_is_not_found(public: Side, internal: Side) -> None:
    public.put(entry(1, "宽带移机费用每次八十元。"))
    internal.put(entry(2, "携号转网挽留话术与授权额度。"))
    assert 2 not in found(Retriever(EMBEDDER), "携号转网挽留话术", public)


def test_looks_further_until_enough_is_visible(public: Side) -> None:
    public.put(*(entry(i, f"畅行套餐资费旧版第{i}号说明，流量与通话。") for i in range(1, 900)))
    visible = {5, 450, 899}

    def only_three(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.isin(ids, list(visible))

    result = Retriever(EMBEDDER).search("畅行套餐资费", shelves=[public], k=3, visible=only_three)
    assert {each.passage_id for each in result.ranked} == visible


def test_a_similar_question_finds_its_answer_by_its_best_slot(public: Side) -> None:
    public.put(entry(1, "登录客户端办理。", "密码忘了怎么重置", "服务密码找回"), entry(2, "服务时间为九点至十八点。"))
    result = Retriever(EMBEDDER).search("服务密码找回", shelves=[public], k=2, visible=everything)
    assert result.ranked[0].passage_id == 1
    assert result.ranked[0].features["slot"] == 2


def test_terms_lead_from_what_is_said_to_what_is_written(public: Side) -> None:
    public.put(entry(1, "携号转网须入网满120天。"), entry(2, "办理过户双方须到场。"), entry(3, "销户后号码冻结。"))
    retriever = Retriever(EMBEDDER, terms=[Term("携号转网", ("转台", "换运营商"))])
    result = retriever.search("我要转台", shelves=[public], k=1, visible=everything)
    assert result.ranked[0].passage_id == 1
    assert [term.standard for term in result.terms] == ["携号转网"]


def test_only_the_scope_answers(public: Side) -> None:
    public.put(
        entry(1, "身故保险金按保额给付。", source="甲.pdf"),
        entry(2, "身故保险金按保费返还。", source="乙.pdf"),
        entry(3, "犹豫期为十五天。", source="乙.pdf"),
    )

    def vectors_of(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        every = public.vectors.ids()
        kept = every[np.isin(every // 64, ids)]
        return kept, np.stack([public.vectors._rows[int(i)] for i in kept])

    scope = Scope(np.array([2, 3]), ("乙.pdf",), vectors_of)
    result = Retriever(EMBEDDER).search("身故保险金怎么给付", shelves=[public], k=5, visible=everything, scope=scope)
    assert [each.passage_id for each in result.ranked] == [2, 3]


def test_a_reranker_has_the_last_word(public: Side) -> None:
    class Backwards:
        def scores(self, question: str, passages: list[str]) -> NDArray[np.float32]:
            return np.array([-len(text) for text in passages], np.float32)

    public.put(entry(1, "宽带移机费用每次八十元，同一小区四十元。"), entry(2, "宽带。"))
    texts = {1: "宽带移机费用每次八十元，同一小区四十元。", 2: "宽带。"}
    retriever = Retriever(EMBEDDER, reranker=Backwards(), texts_of=lambda ids: {i: texts[i] for i in ids})  # type: ignore[arg-type]
    assert found(retriever, "宽带移机费用", public) == [2, 1]


def test_nothing_asked_or_nothing_there_finds_nothing(public: Side) -> None:
    retriever = Retriever(EMBEDDER)
    assert found(retriever, "   ", public) == []
    assert found(retriever, "宽带", public) == []


def test_the_same_question_gives_the_same_order_and_says_where_time_went(public: Side) -> None:
    public.put(*(entry(i, "宽带移机费用每次八十元。") for i in (5, 3, 9)))
    retriever = Retriever(EMBEDDER)
    assert found(retriever, "宽带移机费用", public) == [3, 5, 9]
    timings = retriever.search("宽带", shelves=[public], k=1, visible=everything).timings_ms
    assert set(timings) == {"encode", "dense", "lexical", "rank"}


def test_an_entry_with_questions_keeps_its_words_beside_another_shelf(public: Side, internal: Side) -> None:
    public.put(entry(1, "移机费每次八十元。", "搬家移宽带多少钱"))
    internal.put(entry(2, "补偿须值班经理批准。"))
    result = Retriever(EMBEDDER).search("移机费多少", shelves=(public, internal), k=1, visible=everything)
    assert result.ranked[0].passage_id == 1
    assert result.ranked[0].features["bm25_words"] > 0
