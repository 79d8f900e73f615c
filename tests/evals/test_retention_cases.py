"""The hand-made customers: floors under what is kept out, found and told, and a scorer that notices what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assist.retention.room import Retention, open_retention
from evals.retention.run import FOLDER, liar, read_customers, score
from kb.errors import UsageError
from kb.model import Role
from tests.retention_samples import MANAGER, NoonClock, open_samples

CASES = read_customers(FOLDER)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Retention, Retention]]:
    """Without a model, and with one that lies."""
    with open_samples(tmp_path_factory.mktemp("cases")) as base:
        yield open_retention(base, NoonClock()), open_retention(base, NoonClock(), liar)


def test_there_are_enough_cases_of_every_sort() -> None:
    assert len(CASES) >= 120
    assert len({case.id for case in CASES}) == len(CASES)
    tags = [tag for case in CASES for tag in case.tags]
    for tag in (
        "续约",
        "专属套餐",
        "地区",
        "等级",
        "权限",
        "诉求",
        "宽带",
        "渠道",
        "日期",
        "先问",
        "矛盾",
        "叠加",
        "粘贴",
    ):
        assert tags.count(tag) >= 4, tag
    assert {case.principal.role for case in CASES} >= {Role.AGENT, Role.DUTY_MANAGER, Role.MAINTAINER}
    assert len({code for case in CASES for code in case.eligible}) >= 25


@pytest.mark.parametrize("model", [0, 1], ids=["without a model", "with a lying model"])
def test_the_floors_hold(desks: tuple[Retention, Retention], model: int) -> None:
    found = score(CASES, desks[model].quiet.draft).report()
    assert found["kept_out"] == 1.0, found["wrong"]
    assert found["disclosed"] == 1.0, found["wrong"]
    assert found["found"] >= 0.98, found["wrong"]
    assert found["needs_right"] >= 0.98, found["wrong"]
    assert found["ask_right"] >= 0.98, found["wrong"]
    assert (found["n"], found["barred"] > 5_000) == (len(CASES), True)


def test_the_scorer_notices_an_authority_nobody_gave(desks: tuple[Retention, Retention]) -> None:
    agents = [case for case in CASES if case.principal.role is Role.AGENT]
    found = score(
        agents,
        lambda _principal, asked, day: desks[0].quiet.draft(MANAGER, asked, day),
    ).report()
    assert found["kept_out"] < 1.0
    assert any("不该给却在可办里" in line for line in found["wrong"])


def test_the_scorer_notices_an_expired_offer_and_one_not_found(desks: tuple[Retention, Retention]) -> None:
    found = score(
        CASES, lambda principal, asked, day: desks[0].quiet.draft(principal, asked, day - timedelta(days=30))
    ).report()
    assert found["kept_out"] < 1.0
    assert found["found"] < 0.98


def test_a_case_that_fails_to_run_stays_in_the_denominator() -> None:
    def broken(*_: object) -> None:
        raise OSError("坏了")

    found = score(CASES[:3], broken).report()  # type: ignore[arg-type]
    assert (found["n"], found["found"], found["kept_out"]) == (3, 0.0, 0.0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "a", "as_of": "2026-11-21"}', "缺少：eligible"),
        ('{"id": "a", "as_of": "2026-11-21", "eligible": [], "expect": 1}', "没有这些键：expect"),
        ('{"id": "a", "as_of": "十一月", "eligible": []}', "十一月"),
        ('{"id": "a", "as_of": "2026-11-21", "eligible": [], "needs": {"YH-005": "主管"}}', "没有这级权限：主管"),
    ],
)
def test_a_bad_case_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "cases.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_customers(tmp_path)
    assert said in refused.value.hint
