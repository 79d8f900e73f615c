"""What the catalogue records beside knowledge: feedback, questions asked, settings and the audit trail."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.model import OPERATOR, Principal, Role
from kb.store import AskedQuestion, Catalogue, Feedback, Verdict
from tests.kb.catalogues import SetClock

AGENT = Principal("1024", Role.AGENT, "热线一组")
DAY = date(2026, 11, 21)


def question(text: str = "携号转网怎么办", **fields: object) -> AskedQuestion:
    values: dict[str, object] = {
        "text": text, "principal": AGENT, "outcome": "answered", "mode": "quoted", "confidence": 0.82,
        "business_type": "业务咨询", "latency_ms": 83.5, "channel": "voice", "as_of": DAY,
    }  # fmt: skip
    return AskedQuestion(**values | fields)  # type: ignore[arg-type]


def test_a_question_is_logged_as_it_was_asked(catalogue: Catalogue, clock: SetClock) -> None:
    logged = catalogue.questions.add(question())
    assert logged == question(id=logged.id, asked_at=clock.now())
    assert catalogue.questions.get(logged.id) == logged
    assert catalogue.questions.get(logged.id + 1) is None


def test_the_latest_questions_come_first(catalogue: Catalogue, clock: SetClock) -> None:
    for text, outcome in (("甲", "answered"), ("乙", "refused"), ("丙", "answered")):
        last = catalogue.questions.add(question(text, outcome=outcome))
        clock.forward(minutes=10)
    assert [each.text for each in catalogue.questions.recent()] == ["丙", "乙", "甲"]
    assert [each.text for each in catalogue.questions.recent(1, outcome="refused")] == ["乙"]
    assert [each.text for each in catalogue.questions.recent(before=last.id, limit=1)] == ["乙"]
    recently = clock.now() - timedelta(minutes=15)
    assert [each.text for each in catalogue.questions.recent(since=recently)] == ["丙"]


def test_a_corrected_business_type_is_what_counts(catalogue: Catalogue, clock: SetClock) -> None:
    start = clock.now()
    catalogue.questions.add(question())
    wrong = catalogue.questions.add(question("我要投诉", outcome="refused"))
    corrected = catalogue.questions.correct_type(wrong.id, "投诉与建议", AGENT)
    assert (corrected.business_type, corrected.corrected_type) == ("业务咨询", "投诉与建议")
    clock.forward(seconds=1)
    assert catalogue.questions.counts(start, clock.now()) == {
        ("业务咨询", "answered"): 1, ("投诉与建议", "refused"): 1,
    }  # fmt: skip
    assert catalogue.questions.counts(clock.now(), clock.now() + timedelta(days=1)) == {}
    with pytest.raises(UsageError):
        catalogue.questions.correct_type(999, "业务受理", AGENT)


def test_a_question_of_an_unknown_gap_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError):
        catalogue.questions.add(question(gap_id=77))
    assert catalogue.questions.recent() == ()


def test_moments_are_kept_in_utc_whatever_zone_they_come_in(catalogue: Catalogue) -> None:
    china = datetime(2026, 11, 21, 10, 30, tzinfo=timezone(timedelta(hours=8)))
    logged = catalogue.questions.add(question(asked_at=china))
    assert logged.asked_at == china
    assert logged.asked_at is not None
    assert logged.asked_at.tzinfo is UTC


def test_feedback_is_kept_with_the_answer_it_is_about(catalogue: Catalogue, clock: SetClock) -> None:
    logged = catalogue.questions.add(question())
    given = Feedback(
        Verdict.OUTDATED, Principal("1024", Role.AGENT), "携号转网怎么办", "先查询资格。", "上月已改",
        question_id=logged.id, passage_ids=(3, 9),
    )  # fmt: skip
    kept = catalogue.feedback.add(given)
    assert (kept.verdict, kept.reason, kept.passage_ids, kept.question_id) == (
        Verdict.OUTDATED, "上月已改", (3, 9), logged.id,
    )  # fmt: skip
    assert (kept.at, kept.principal) == (clock.now(), Principal("1024", Role.AGENT))
    catalogue.feedback.add(Feedback(Verdict.USEFUL, AGENT))
    assert [each.verdict for each in catalogue.feedback.list()] == [Verdict.USEFUL, Verdict.OUTDATED]
    assert catalogue.feedback.list(verdict=Verdict.OUTDATED) == (kept,)
    assert catalogue.feedback.list(since=clock.now() + timedelta(seconds=1)) == ()
    assert catalogue.feedback.counts() == {Verdict.USEFUL: 1, Verdict.WRONG: 0, Verdict.OUTDATED: 1}


def test_feedback_on_a_question_that_was_never_asked_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError) as refused:
        catalogue.feedback.add(Feedback(Verdict.WRONG, AGENT, question_id=5))
    assert "刷新" in refused.value.hint
    assert catalogue.feedback.list() == ()


def test_settings_keep_any_json_until_they_are_forgotten(catalogue: Catalogue) -> None:
    assert catalogue.settings.get("模型", "bundled") == "bundled"
    catalogue.settings.set("模型", {"名称": "BAAI/bge-small-zh-v1.5", "维度": 512})
    catalogue.settings.set("代", 3)
    catalogue.settings.set("代", 4)
    assert catalogue.settings.all() == {"模型": {"名称": "BAAI/bge-small-zh-v1.5", "维度": 512}, "代": 4}
    catalogue.settings.set("代", None)
    assert catalogue.settings.get("代") is None


def test_the_audit_trail_is_a_chain_from_its_first_entry(catalogue: Catalogue, clock: SetClock) -> None:
    assert catalogue.audit.head() is None
    first = catalogue.audit.append(OPERATOR, "home.open", "演示", {"版本": "0.1.0"})
    clock.forward(microseconds=7)
    second = catalogue.audit.append(AGENT, "answer.copy", "问题 5")
    assert (first.seq, second.seq, second.previous) == (1, 2, first.hash)
    assert catalogue.audit.entries() == (first, second)
    assert catalogue.audit.entries(after=1) == (second,)
    assert catalogue.audit.entries(action="home.open") == (first,)
    assert catalogue.audit.head() == second
    assert catalogue.audit.broken_at() is None
    assert catalogue.check() == []


def test_the_database_itself_refuses_to_change_the_audit_trail(catalogue: Catalogue, url: str, tmp_path: Path) -> None:
    catalogue.audit.append(OPERATOR, "home.open", "演示")
    for change in ("UPDATE audit SET principal = '别人'", "DELETE FROM audit"):
        with pytest.raises(UsageError), catalogue._database.write() as connection:
            connection.exec_driver_sql(change)
    assert catalogue.audit.broken_at() is None


def test_a_trail_changed_behind_the_database_is_noticed(url: str, tmp_path: Path, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        for number in range(3):
            catalogue.audit.append(OPERATOR, "home.open", f"演示{number}")
    raw = sqlite3.connect(tmp_path / "catalogue.db")
    raw.execute("DROP TRIGGER audit_no_update")
    raw.execute("UPDATE audit SET object = '改过' WHERE seq = 2")
    raw.commit()
    raw.close()
    with Catalogue.open(url, clock=clock) as catalogue:
        assert catalogue.audit.broken_at() == 2
        assert catalogue.check() == ["the audit trail was changed at entry 2"]
