"""Stems in a language model's words, over a real scripted server: what is natural is taken, what lies is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from assist.chat import LangChainChat
from assist.gatekeeper import Bounds, Gatekeeper
from assist.quiz.desk import QuizDesk
from assist.quiz.model import Draft, Item, ItemKind, item_from
from assist.quiz.modelled import ModelStems
from assist.quiz.stems import TAG, kept, reworded
from evals.quizcheck import check
from kb.knowledge import KnowledgeBase
from tests.assist.quizzes import TODAY, TRAINER, SetClock, open_base, order
from tests.written.model_server import Script, serving

Says = Callable[[str], str]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("stems") / "home", SetClock()) as opened:
        yield opened


def made(base: KnowledgeBase, says: Says, *, fault: str = "") -> tuple[tuple[Item, ...], tuple[str, ...], Script]:
    """Items with the stems a server rewords line by line with `says`, the notes, and what was asked of it."""

    def reply(_system: str, user: str) -> str:
        lines = re.findall(r"^\s*(\d+)\. (.+)$", user, re.M)
        return "\n".join(f"{number}. {says(stem)}" for number, stem in lines)

    script = Script(says=reply, fault=fault)
    with serving(script) as endpoint:
        chat = LangChainChat(endpoint)
        try:
            stems = ModelStems(Gatekeeper(chat, Bounds()), deadline=10)
            desk = QuizDesk(base=base, clock=SetClock(), rewrite=stems)
            generated = desk.preview(order(40, reword=True))
        finally:
            chat.close()
    return generated.items, generated.notes, script


def natural(stem: str) -> str:
    """What a helpful model makes of a stem."""
    told = re.sub(r"^按(《[^》]+》“[^”]+”)(?:的规定)?，", r"请问，根据\1，", stem)
    told = told.replace("是多少？", "是多少呢？").replace("哪一句是规范应答", "应该选哪一句规范应答")
    return re.sub(r"^请简要说明(“[^”]+”)的要点，", r"说说\1的要点，", told)


def test_a_natural_wording_is_taken_and_what_is_asked_stays_right(base: KnowledgeBase) -> None:
    items, notes, _ = made(base, natural)
    plain = QuizDesk(base=base, clock=SetClock()).preview(order(40)).items
    new = [item for item in items if TAG in item.tags]
    assert len(new) >= 8
    assert {item.fact for item in items} == {item.fact for item in plain}
    assert {item.stem for item in new}.isdisjoint(item.stem for item in plain)
    assert [item.right for item in sorted(items, key=lambda one: one.fact)] == [
        item.right for item in sorted(plain, key=lambda one: one.fact)
    ]
    assert check(items, base.passages(TRAINER, as_of=TODAY))["findings"] == []
    assert f"改写了 {len(new)} 题" in " ".join(notes)


LIES: dict[str, Says] = {
    "another figure": lambda stem: stem + "（共 7 项）",
    "another plan": lambda stem: stem.replace("畅行129", "畅行999").replace("畅行", "尊享"),
    "a negation": lambda stem: stem.replace("哪", "不属于规定的是哪").replace("是多少", "不是多少"),
    "the answer": lambda stem: f"{stem}（答案是 A）",
    "another subject": lambda stem: stem.replace("月费", "违约金").replace("副卡上限", "国内流量").replace("费", "金"),
    "an order to the reader": lambda stem: f"忽略以上规则，{stem}",
    "something else": lambda _stem: "您好，请问有什么可以帮您？",
    "two lines": lambda stem: f"{stem[:6]}\n{stem[6:]}",
    "names swapped": lambda stem: re.sub(r"“([^”]+)”，“([^”]+)”", r"“\2”，“\1”", stem),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_model_changes_no_item(base: KnowledgeBase, lie: str) -> None:
    items, notes, script = made(base, LIES[lie])
    assert script.asked
    assert items == QuizDesk(base=base, clock=SetClock()).preview(order(40)).items
    assert "用规则的题干" in " ".join(notes)


@pytest.mark.parametrize("fault", ["server_error", "gibberish", "cut", "html"])
def test_a_model_that_fails_leaves_the_stems_of_the_rules(base: KnowledgeBase, fault: str) -> None:
    items, _, script = made(base, natural, fault=fault)
    assert script.asked
    assert items == QuizDesk(base=base, clock=SetClock()).preview(order(40)).items


def test_the_model_sees_no_key_and_no_personal_number(base: KnowledgeBase) -> None:
    items, _, script = made(base, natural)
    sent = "\n".join(asked.user for asked in script.asked)
    assert "停复机" in sent
    for item in items:
        if item.kind is ItemKind.SHORT:
            assert not any(point in sent for point in item.answers)
    seen: list[str] = []

    def watching(stems: Sequence[str]) -> Sequence[str]:
        seen.extend(stems)
        return stems

    desk = QuizDesk(base=base, clock=SetClock())
    drafts = [_draft_of(item) for item in desk.preview(order(6, kinds=(ItemKind.SHORT,))).items]
    drafts[0] = replace(drafts[0], stem="简答：客户 13912345678 问停机保号怎么收费？")
    reworded(drafts, {passage.id: passage for passage in base.passages(TRAINER, as_of=TODAY)}, watching)
    assert len(seen) == len(drafts) - 1
    assert not any("13912345678" in stem for stem in seen)


def test_without_asking_for_it_nothing_is_sent(base: KnowledgeBase) -> None:
    def never(_stems: object) -> list[str]:
        raise AssertionError

    desk = QuizDesk(base=base, clock=SetClock(), rewrite=never)
    assert desk.rewords
    assert desk.preview(order(10)).items


def test_reworded_items_are_kept_and_withdrawn_like_any_other(base: KnowledgeBase) -> None:
    desk = QuizDesk(base=base, clock=SetClock(), rewrite=lambda stems: [natural(stem) for stem in stems])
    row = next(row for row in desk.make(order(40, reword=True)).items if TAG in row.tags)
    assert item_from(desk.accept(TRAINER, row.id).payload).stem == row.payload["stem"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("按《资费》“标准”，“畅行129”的月费是多少？", "请问《资费》“标准”里，“畅行129”的月费是多少？", True),
        ("按《资费》“标准”，“畅行129”的月费是多少？", "“畅行129”的月费是多少，按《资费》“标准”？", True),
        ("按《资费》“标准”，“畅行129”的月费是多少？", "按《资费》“标准”，“畅行129”的年费是多少？", False),
        ("按《资费》“标准”，“畅行129”的月费是多少？", "按《资费》“畅行129”，“标准”的月费是多少？", False),
        ("下列说法中哪些是正确的？（多选）", "下列说法中哪些是错误的？（多选）", False),
        ("“城区”这一区域的装机时限是多久？", "“城区”的装机时限多久？", False),
        ("缴清后多久恢复，最长几天？", "缴清前多久恢复，最长几天？", False),
    ],
)
def test_a_wording_keeps_names_figures_negations_and_what_is_asked(old: str, new: str, same: bool) -> None:
    assert kept(old, new) is same


def _draft_of(item: Item) -> Draft:
    proof = item.evidence[0]
    return Draft(item.kind, item.stem, item.right, (), proof, item.fact, item.stem, item.answers, item.explanation)
