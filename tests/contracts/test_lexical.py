"""What a lexical index must do, on tantivy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import HomeError
from kb.lexical import FIELDS, LexicalEntry, LexicalHits, LexicalQuery, TantivyLexical
from kb.text import bigrams, words


def entry(number: int, text: str, *questions: str, source: str = "a.md", title: str = "宽带规则") -> LexicalEntry:
    return LexicalEntry(number, source, title, ("移机",), text, questions)


def query(question: str, **expansions: float) -> LexicalQuery:
    return LexicalQuery(tuple(words(question)), tuple(bigrams(question)), expansions)


def best(hits: LexicalHits, field: str = "words") -> int:
    return int(hits.ids[hits.scores[field].argmax()])


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TantivyLexical]:
    made = TantivyLexical(tmp_path / "lexical")
    made.add(
        [
            entry(1, "畅行199套餐月费199元。"),
            entry(2, "畅行129套餐月费129元。"),
            entry(3, "登录客户端办理。", "密码忘了怎么重置", source="b.md", title="密码"),
        ]
    )
    made.commit()
    yield made
    made.close()


def test_nothing_is_found_before_the_commit(tmp_path: Path) -> None:
    made = TantivyLexical(tmp_path / "l")
    made.add([entry(1, "流量")])
    assert len(made.ids()) == 0
    made.commit()
    assert made.ids().tolist() == [1]
    made.close()


def test_the_figure_asked_for_tells_plans_apart(index: TantivyLexical) -> None:
    assert best(index.search(query("一百九十九套餐"), 10)) == 1
    assert best(index.search(query("129套餐"), 10), "bigrams") == 2


def test_every_field_has_its_own_score(index: TantivyLexical) -> None:
    hits = index.search(query("移机"), 10)
    assert set(hits.scores) == set(FIELDS)
    assert (hits.scores["heading"] > 0).all()
    assert (hits.scores["words"] == 0).all()
    assert best(index.search(query("重置密码"), 10), "questions") == 3


def test_only_the_sources_given_are_searched(index: TantivyLexical) -> None:
    assert index.search(query("移机套餐密码"), 10, ["b.md"]).ids.tolist() == [3]


def test_passages_found_elsewhere_are_scored_too(index: TantivyLexical) -> None:
    hits = index.search(query("199"), 10, (), [3])
    assert hits.ids.tolist() == [1, 3]
    assert hits.scores["words"][1] == 0


def test_a_list_that_was_cut_is_completed_for_all_its_passages(index: TantivyLexical) -> None:
    hits = index.search(query("套餐月费199元"), 1, (), [2])
    assert hits.ids.tolist() == [1, 2]
    assert (hits.scores["words"] > 0).all()


def test_expansions_weigh_less_than_what_was_said(index: TantivyLexical) -> None:
    said = index.search(query("客户端"), 10).scores["words"].max()
    meant = index.search(query("软件", 客户端=0.5), 10).scores["words"].max()
    assert 0 < meant < said


def test_adding_again_replaces_and_removing_removes(index: TantivyLexical) -> None:
    index.add([entry(1, "改为流量不限。")])
    index.remove([2, 77])
    index.commit()
    assert index.ids().tolist() == [1, 3]
    assert best(index.search(query("流量"), 10)) == 1


def test_documents_that_cite_another_are_counted_once_each_and_never_itself(tmp_path: Path) -> None:
    made = TantivyLexical(tmp_path / "l")
    made.add(
        [
            entry(1, "移机按规则办理。", source="规则.md", title="宽带业务规则"),
            entry(2, "详见《宽带业务规则》。", source="一.md", title="答疑"),
            entry(3, "按《宽带业务规则》执行。", source="一.md", title="答疑"),
            entry(4, "依据《宽带业务规则》。", source="二.md", title="细则"),
            entry(5, "本《宽带业务规则》即日施行。", source="规则.md", title="宽带业务规则"),
        ]
    )
    made.commit()
    hits = made.search(query("移机"), 10)
    assert hits.citing[hits.ids.tolist().index(1)] == 2
    made.close()


def test_rare_words_weigh_more(index: TantivyLexical) -> None:
    rare, common, unknown = index.rarity(["199", "套餐", "量子"])
    assert common < rare < unknown


def test_everything_is_kept_when_opened_again(tmp_path: Path) -> None:
    first = TantivyLexical(tmp_path / "l")
    first.add([entry(1, "流量")])
    first.commit()
    first.add([entry(2, "不要了")])
    first.close()
    again = TantivyLexical(tmp_path / "l")
    assert again.ids().tolist() == [1]
    again.close()


def test_a_damaged_index_is_told_with_what_to_do(tmp_path: Path, index: TantivyLexical) -> None:
    index.close()
    (tmp_path / "lexical" / "meta.json").write_text("{broken")
    with pytest.raises(HomeError) as told:
        TantivyLexical(tmp_path / "lexical")
    assert "重建" in told.value.hint
