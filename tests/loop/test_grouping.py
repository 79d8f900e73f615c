"""Questions in groups as they arrive: joined by meaning and sound, parted by figures, alike in every order."""

from __future__ import annotations

import numpy as np
import pytest

from assist.loop.cluster import Likeness, Settings, Weights, conflict, shipped
from assist.loop.grouping import Grouping, Merged, Moved, groups
from evals.loop.measure import orders, pairwise
from tests.fakes import HashEmbedder
from tests.loop.conftest import SETTINGS

ASKED = [
    "积分能不能转赠给家人",
    "积分可以转赠家人吗",
    "海底光缆维修费谁出",
    "请问积分转赠给家人可以吗",
    "海底光缆维修费由谁出",
]
INTENTS = ["积分", "积分", "光缆", "积分", "光缆"]


def likeness() -> Likeness:
    return Likeness(HashEmbedder(), SETTINGS)


@pytest.mark.parametrize("order", orders(len(ASKED)))
def test_rephrasings_are_one_group_in_whatever_order_they_arrive(order: list[int]) -> None:
    labels = groups(likeness(), [ASKED[at] for at in order])
    assert pairwise(labels, [INTENTS[at] for at in order])["f1"] == 1


def test_what_sounds_the_same_is_likelier_the_same_than_what_does_not() -> None:
    like = likeness()
    vectors = np.eye(3, 8, dtype=np.float32)  # meanings that say nothing
    sounds = like.sounds(["积份转赠", "积分转赠", "宽带移机"])
    shared = sounds @ sounds.T
    assert shared[0, 1] == shared[0, 0]
    assert shared[0, 1] > shared[0, 2]
    assert vectors.shape[0] == len(sounds)


@pytest.mark.parametrize(
    ("text", "other", "apart"),
    [
        ("畅行199能分期吗", "畅行299能分期吗", True),
        ("畅行199能分期吗", "套餐能分期吗", False),
        ("eSIM手表怎么开通", "手表想独立打电话要开什么", False),
    ],
)
def test_figures_part_questions_only_where_both_name_one(text: str, other: str, apart: bool) -> None:
    assert conflict(text, other) is apart


def test_a_wording_that_shows_two_groups_to_be_one_merges_them_and_the_older_stays() -> None:
    grouping = Grouping(Likeness(HashEmbedder(), Settings(Weights(-1, 4, 0, 0), ("a",))))
    first, second = (np.asarray(each, dtype=np.float32) for each in ([1, 0], [0.2, 0.98]))
    assert grouping.place("甲", first, 1) == (1, [])
    assert grouping.place("乙", second, 2) == (2, [])
    group, repairs = grouping.place("丙", np.asarray([0.8, 0.6], dtype=np.float32), 3)
    assert (group, repairs) == (1, [Merged(2, 1)])


def test_groups_somebody_works_on_take_questions_and_are_not_rearranged() -> None:
    grouping = Grouping(Likeness(HashEmbedder(), Settings(Weights(-1, 4, 0, 0), ("a",))))
    first, second = (np.asarray(each, dtype=np.float32) for each in ([1, 0], [0.2, 0.98]))
    grouping.place("甲", first, 1)
    grouping.place("乙", second, 2)
    grouping.fix([1, 2])
    assert grouping.place("丙", np.asarray([0.8, 0.6], dtype=np.float32), 3) == (1, [])


def test_where_a_wording_is_follows_its_repairs() -> None:
    assert Grouping.group_of("甲", 3, [Merged(3, 1), Moved("乙", 1, 5), Moved("甲", 1, 4)]) == 4


def test_the_shipped_settings_survive_the_way_through_their_file() -> None:
    assert Settings.parse(shipped().as_json()).as_json() == shipped().as_json()
