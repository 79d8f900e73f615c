"""What is learned: intervals by arithmetic a reader can check, and variants that are told apart when they differ."""

from __future__ import annotations

import random

import pytest

from assist.retention.bandit import EXPLOIT, EXPLORE, MINIMUM, pick
from assist.retention.report import Group, contest, difference, report, wilson
from kb.store import OutcomeCount, Result, Tally

STYLES = ("steady", "account")


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263.
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_the_interval_of_none_and_of_all_stays_within_bounds() -> None:
    assert wilson(0, 10)[0] == 0.0
    assert round(wilson(0, 10)[1], 4) == 0.2775
    assert wilson(10, 10)[1] == 1.0


def test_the_difference_of_two_shares_is_the_published_one() -> None:
    # Newcombe (1998), Statistics in Medicine 17:873, table II, method 10: 56/70 against 48/80.
    low, high = difference(Group("a", 56, 14, 0), Group("b", 48, 32, 0))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_too_few_outcomes_or_a_difference_within_chance_name_no_leader() -> None:
    assert contest([Group("a", 9, 1, 0)]).leader == ""
    assert "最少样本" in contest([Group("a", 9, 1, 0), Group("b", 1, 9, 0)], minimum=20).reason
    assert contest([Group("a", 52, 48, 0), Group("b", 48, 52, 0)]).leader == ""
    assert contest([Group("a", 70, 30, 0), Group("b", 40, 60, 0)]).leader == "a"


def test_more_variants_need_a_clearer_difference() -> None:
    two = [Group("a", 62, 38, 0), Group("b", 48, 52, 0)]
    assert contest(two).leader == "a"
    assert contest([*two, *(Group(name, 48, 52, 0) for name in "cdef")]).leader == ""


def test_every_variant_gets_its_minimum_before_outcomes_decide() -> None:
    chance = random.Random(1)
    tallies = {"steady": Tally(assigned=12, kept=9, lost=1), "account": Tally(assigned=9, kept=0, lost=9)}
    assert pick(STYLES, tallies, exploration=0.1, minimum=10, chance=chance) == ("account", MINIMUM)


def test_exploration_keeps_its_share_and_the_rest_goes_to_what_works() -> None:
    chance = random.Random(2)
    tallies = {"steady": Tally(300, 60, 240), "account": Tally(300, 180, 120)}
    chosen = [pick(STYLES, tallies, exploration=0.2, minimum=10, chance=chance) for _ in range(2_000)]
    explored = [style for style, how in chosen if how == EXPLORE]
    assert 320 <= len(explored) <= 480
    assert 0.4 <= explored.count("steady") / len(explored) <= 0.6
    assert {style for style, how in chosen if how == EXPLOIT} == {"account"}


def simulated(truth: tuple[float, float], seed: int, calls: int) -> dict[str, Tally]:
    """Tallies after so many calls whose true shares kept are `truth`."""
    chance = random.Random(seed)
    kept = dict(zip(STYLES, truth, strict=True))
    tallies = {style: Tally() for style in STYLES}
    for _ in range(calls):
        style, _how = pick(STYLES, tallies, exploration=0.2, minimum=50, chance=chance)
        before, won = tallies[style], chance.random() < kept[style]
        tallies[style] = Tally(before.assigned + 1, before.kept + won, before.lost + (not won))
    return tallies


@pytest.mark.parametrize(("truth", "better"), [((0.30, 0.50), "account"), ((0.45, 0.25), "steady")])
def test_simulated_outcomes_find_the_better_variant_and_give_it_most_calls(
    truth: tuple[float, float], better: str
) -> None:
    tallies = simulated(truth, 20261121, 1_000)
    found = report([], tallies, minimum=50)
    assert (found.contest.leader, found.randomised) == (better, True)
    assert tallies[better].assigned > 700
    assert min(tally.kept + tally.lost for tally in tallies.values()) >= 50


def test_equal_variants_are_rarely_called_different() -> None:
    # Nominal is 1 in 20, also though the assignment learns while it counts.
    leaders = [report([], simulated((0.35, 0.35), seed, 600), minimum=50).contest.leader for seed in range(60)]
    assert sum(map(bool, leaders)) <= 6


def test_the_report_counts_by_every_dimension_and_leaves_calls_back_out_of_the_share() -> None:
    counts = [
        OutcomeCount("steady", "rival", "丙类", "上午", Result.KEPT, 6),
        OutcomeCount("steady", "rival", "丙类", "晚间", Result.LOST, 4),
        OutcomeCount("account", "turmoil", "甲类", "上午", Result.CALL_BACK, 5),
    ]
    found = report(counts)
    assert [(each.value, each.kept, each.lost, each.call_back) for each in found.styles] == [
        ("steady", 6, 4, 0),
        ("account", 0, 0, 5),
    ]
    assert found.styles[0].share == 0.6
    assert found.styles[1].share is None
    assert {each.value for each in found.slots} == {"上午", "晚间"}
    assert found.total.settled == 10
