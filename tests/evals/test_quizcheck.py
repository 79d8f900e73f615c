"""The independent checker: it finds planted faults, and none in 500 items made from the samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assist.quiz.desk import QuizDesk
from assist.quiz.model import Item, ItemKind
from evals.quizcheck import at_least, check, check_made, chi_square, folded, within
from kb.knowledge import KnowledgeBase
from tests.assist.quizzes import SetClock, open_base, order
from tests.test_samples import imported


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    drafts, _ = imported()
    with open_base(tmp_path_factory.mktemp("samples") / "home", SetClock(), tuple(drafts.values())) as base:
        yield base


@pytest.fixture(scope="module")
def desk(samples: KnowledgeBase) -> QuizDesk:
    return QuizDesk(base=samples, clock=SetClock())


@pytest.fixture(scope="module")
def made(desk: QuizDesk) -> tuple[Item, ...]:
    return desk.preview(order(120, seed=3)).items


@pytest.mark.parametrize("seed", [1, 2])
def test_500_items_of_the_samples_have_no_fault(desk: QuizDesk, samples: KnowledgeBase, seed: int) -> None:
    report = check_made(desk, samples, order(500, seed=seed))
    assert report["n"] == 500
    assert report["findings"] == []
    assert report["ok"]
    assert set(report["by_kind"]) == {kind.value for kind in ItemKind}


def test_a_key_that_the_source_does_not_say_is_found(made: tuple[Item, ...], samples: KnowledgeBase) -> None:
    for kind in (ItemKind.SINGLE, ItemKind.SCENARIO, ItemKind.MULTIPLE, ItemKind.TRUE_FALSE):
        item = next(item for item in made if item.kind is kind)
        wrong = tuple(at for at in range(len(item.options)) if at not in item.key)[:1]
        report = check([replace(item, key=wrong)], samples.passages(order().audience, as_of=order().as_of))
        assert report["unsupported"] == 1, item.stem
    fill = next(item for item in made if item.kind is ItemKind.FILL)
    assert (
        check([replace(fill, answers=("7777元",))], samples.passages(order().audience, as_of=order().as_of))[
            "unsupported"
        ]
        == 1
    )
    steps = next(item for item in made if item.kind is ItemKind.ORDER)
    turned = replace(steps, key=(steps.key[1], steps.key[0], *steps.key[2:]))
    assert check([turned], samples.passages(order().audience, as_of=order().as_of))["unsupported"] == 1


def test_a_second_right_option_is_found(made: tuple[Item, ...], samples: KnowledgeBase) -> None:
    item = next(item for item in made if item.kind is ItemKind.MULTIPLE and len(item.key) == 3)
    report = check([replace(item, key=item.key[:2])], samples.passages(order().audience, as_of=order().as_of))
    assert report["two_right"] == 1
    hours = next(
        item
        for item in made
        if item.kind is ItemKind.SINGLE and any(option.endswith("小时") for option in item.options)
    )
    right = hours.right[0]
    at = next(at for at in range(len(hours.options)) if at not in hours.key)
    days = f"{int(right.removesuffix('小时')) // 24}天" if right.endswith("小时") else right
    same = tuple(days if place == at else option for place, option in enumerate(hours.options))
    assert (
        check([replace(hours, options=same)], samples.passages(order().audience, as_of=order().as_of))["two_right"] >= 1
    )


def test_the_same_item_twice_and_an_answer_in_the_stem_are_found(
    made: tuple[Item, ...], samples: KnowledgeBase
) -> None:
    item = next(item for item in made if item.kind is ItemKind.FILL)
    passages = samples.passages(order().audience, as_of=order().as_of)
    assert check([item, item], passages)["duplicates"] >= 1
    told = replace(item, stem=f"{item.stem}（提示：{item.answers[0]}）")
    assert check([told], passages)["gives_away"] == 1


def test_a_key_always_in_one_place_or_always_the_longest_is_no_chance() -> None:
    assert chi_square((25, 25, 25, 25)) == (0.0, 1.0)
    x, p = chi_square((40, 20, 20, 20))
    assert x == pytest.approx(12.0)
    assert p == pytest.approx(0.00738, abs=1e-5)
    assert at_least(0, 10, 0.25) == pytest.approx(1.0)
    assert at_least(2, 2, 0.25) == pytest.approx(0.0625)


def test_a_figure_is_not_found_inside_a_longer_one() -> None:
    assert within(folded("5个工作日"), folded("装机时限：5个工作日"))
    assert not within(folded("5个工作日"), folded("15个工作日内可退"))
    assert not within(folded("0.5元"), folded("10.5元"))
