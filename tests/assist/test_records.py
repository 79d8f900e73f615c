"""The audit trail searched, exported and cut, and a person's records erased to the last byte of the home."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from assist.people.keeping import KEEPER, Keeping
from assist.people.records import ENCODINGS, Records
from assist.public.outbox import PLACE, Outbox, entries
from kb.errors import Forbidden, InputRefused, UsageError
from kb.model import OPERATOR, Principal, Role
from kb.settings import read_settings
from kb.store import AskedQuestion, AuditQuery, Catalogue, Feedback, Verdict, sqlite_url
from kb.store.audit import digest
from tests.assist.people import enrol, reception
from tests.kb.catalogues import SetClock

AGENT = Principal("u-1", Role.AGENT)
NAME, PHONE = "端木青岚", "13912345678"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def catalogue(tmp_path: Path, clock: SetClock) -> Iterator[Catalogue]:
    with Catalogue.open(sqlite_url(tmp_path / "catalogue.db"), clock=clock) as opened:
        yield opened


@pytest.fixture
def records(catalogue: Catalogue, clock: SetClock, tmp_path: Path) -> Records:
    return Records(catalogue, clock=clock, home=tmp_path)


def asked(catalogue: Catalogue, text: str) -> int:
    line = AskedQuestion(
        text, AGENT, "answered", "quoted", 0.9, "业务咨询", 12.0, "voice", date(2026, 11, 21), seen=(3, 5)
    )
    return catalogue.questions.add(line).id


def test_who_asked_and_saw_what_is_on_the_trail(catalogue: Catalogue) -> None:
    number = asked(catalogue, "移机费多少")
    entry = catalogue.audit.entries(action="question.ask")[-1]
    assert (entry.principal, entry.object, dict(entry.detail)["seen"]) == ("u-1", str(number), [3, 5])
    assert "移机费" not in str(entry)


def test_finds_entries_by_person_action_object_and_time(
    records: Records, catalogue: Catalogue, clock: SetClock
) -> None:
    catalogue.audit.append(AGENT, "document.put", "资费/100%_版.md")
    clock.forward(days=2)
    catalogue.audit.append(OPERATOR, "document.retire", "资费/旧.md")
    catalogue.audit.append(OPERATOR, "release.start", "7")

    def found(**wanted: object) -> list[str]:
        return [one.object for one in records.search(OPERATOR, AuditQuery(**wanted))]  # type: ignore[arg-type]

    assert found() == ["7", "资费/旧.md", "资费/100%_版.md"]
    assert found(principal="u-1") == ["资费/100%_版.md"]
    assert found(action="document.") == ["资费/旧.md", "资费/100%_版.md"]
    assert found(object="100%_") == ["资费/100%_版.md"]
    assert found(object="%") == ["资费/100%_版.md"]
    assert found(since=datetime(2026, 11, 22, tzinfo=UTC)) == ["7", "资费/旧.md"]
    assert found(until=datetime(2026, 11, 22, tzinfo=UTC)) == ["资费/100%_版.md"]
    assert found(below=3) == ["资费/旧.md", "资费/100%_版.md"]
    assert found(limit=1) == ["7"]


def test_an_export_proves_itself_and_is_on_the_trail(records: Records, catalogue: Catalogue) -> None:
    for number in range(5):
        catalogue.audit.append(AGENT, "演示", f"=HYPERLINK({number})")
    lines = [json.loads(line) for line in records.export(OPERATOR, AuditQuery(), "jsonl")]
    assert len(lines) == 6
    assert lines[0]["action"] == "audit.export"
    for newer, older in pairwise(lines):
        assert newer["previous"] == older["hash"]
    kept = {entry.seq: entry for entry in catalogue.audit.entries(limit=100)}
    assert all(digest(kept[line["seq"]]) == line["hash"] for line in lines)
    table = list(csv.reader(io.StringIO("".join(records.export(OPERATOR, AuditQuery(action="演示"), "csv")))))
    assert len(table) == 6
    assert all(row[4].startswith("'=") for row in table[1:])


def test_a_retention_period_cuts_the_oldest_and_the_chain_still_holds(
    records: Records, catalogue: Catalogue, clock: SetClock, tmp_path: Path
) -> None:
    for number in range(4):
        catalogue.audit.append(AGENT, "演示", str(number))
    clock.forward(days=200)
    catalogue.audit.append(AGENT, "演示", "新")
    with pytest.raises(UsageError) as refused:
        records.cut(OPERATOR, 30)
    assert "183" in refused.value.hint
    assert records.cut(OPERATOR, 190) == 4
    assert [entry.seq for entry in catalogue.audit.entries()] == [5, 6]
    assert catalogue.audit.broken_at() is None
    assert catalogue.check() == []
    raw = sqlite3.connect(tmp_path / "catalogue.db")
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("DELETE FROM audit")
    raw.execute("INSERT INTO audit_cuts VALUES (5, 'x', '2026-11-21')")
    raw.execute("DELETE FROM audit WHERE seq = 5")
    raw.commit()
    raw.close()
    assert catalogue.audit.broken_at() == 5


def test_a_cut_of_everything_goes_on_from_where_it_was(records: Records, catalogue: Catalogue, clock: SetClock) -> None:
    catalogue.audit.append(AGENT, "演示", "旧")
    clock.forward(days=400)
    assert records.cut(OPERATOR, 365) == 1
    assert [entry.action for entry in catalogue.audit.entries()] == ["audit.cut"]
    assert catalogue.audit.broken_at() is None
    assert records.cut(OPERATOR, 365) == 0


def test_after_erasure_no_byte_of_the_person_is_left(records: Records, catalogue: Catalogue, tmp_path: Path) -> None:
    hidden = "139****5678"
    number = asked(catalogue, f"我叫{NAME}，{hidden}移机")
    for at in range(60):
        asked(catalogue, f"第{at}次，{NAME}又问{hidden}" + "长" * 300)
    catalogue.feedback.add(Feedback(Verdict.WRONG, AGENT, question=NAME, reason=f"{PHONE}说不对", question_id=number))
    before = (tmp_path / "catalogue.db").read_bytes()
    assert NAME.encode() in before

    done = records.erase(OPERATOR, (NAME, "139-1234-5678"))

    assert done.rows == {"questions": 61, "feedback": 1}
    assert done.remaining == ()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for word in (NAME, PHONE, hidden):
                assert not any(word.encode(encoding) in content for encoding in ENCODINGS), file
    kept = catalogue.questions.get(number)
    assert kept is not None
    assert kept.text == "我叫〔已删除〕，〔已删除〕移机"
    assert catalogue.check() == []
    last = catalogue.audit.head()
    assert last is not None
    assert (last.action, dict(last.detail)["rows"]) == ("record.erase", 62)


def test_what_customers_left_and_nobody_drained_yet_is_erased_as_well(
    records: Records, clock: SetClock, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / PLACE, clock=clock)
    outbox.add("gap", {"question": f"{NAME}的“副卡”怎么收费", "as_of": "2026-11-21"})
    outbox.add("feedback", {"reason": "不满意", "cited": [["资费", f"{NAME}说"]]})
    outbox.add("gap", {"question": "移机费多少"})
    with next((tmp_path / PLACE).glob("*.jsonl")).open("ab") as file:
        file.write(b"not a line\n")
    size = next((tmp_path / PLACE).glob("*.jsonl")).stat().st_size

    done = records.erase(OPERATOR, (NAME,))

    assert done.rows == {"outbox": 2}
    assert done.remaining == ()
    left = list(entries(tmp_path / PLACE, {}))
    assert [None if one.data is None else one.data.get("question") for one in left] == [
        "************的“副卡”怎么收费",
        None,
        "移机费多少",
        None,
    ]
    assert left[-1].end == size


def test_the_retention_period_is_kept_by_the_clock_and_the_chain_goes_on(catalogue: Catalogue, clock: SetClock) -> None:
    keeping = Keeping(catalogue, clock=clock, days=190)
    for number in range(5):
        catalogue.audit.append(AGENT, "演示", str(number))
        clock.forward(days=1)
    assert keeping.tick() == 0
    clock.forward(days=187)
    assert keeping.tick() == 2
    assert keeping.tick() == 0
    clock.forward(hours=23)
    catalogue.audit.append(AGENT, "演示", "新")
    clock.forward(hours=1)
    assert keeping.tick() == 1
    assert catalogue.audit.broken_at() is None
    assert catalogue.check() == []
    kept = catalogue.audit.entries()
    assert [one.object for one in kept if one.action == "演示"] == ["3", "4", "新"]
    assert {one.principal for one in kept if one.action == "audit.cut"} == {KEEPER.id}


def test_a_period_below_the_legal_one_cannot_be_set(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("audit_days = 182", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_settings(tmp_path, {})
    assert "183" in refused.value.hint
    assert read_settings(tmp_path, {"ZHIYING_AUDIT_DAYS": "200"}).audit_days == 200


def test_copies_that_still_hold_the_person_are_named(records: Records, catalogue: Catalogue, tmp_path: Path) -> None:
    asked(catalogue, f"{NAME}问")
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "旧.jsonl").write_text(json.dumps({"text": NAME}, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "windows.csv").write_bytes(NAME.encode("gb18030"))
    assert records.erase(OPERATOR, (NAME,)).remaining == ("backup/旧.jsonl", "windows.csv")


def test_erasing_an_account_leaves_only_its_key(
    records: Records, catalogue: Catalogue, clock: SetClock, tmp_path: Path
) -> None:
    front = reception(catalogue, clock)
    secret, person = enrol(front, "duanmu.qinglan", Role.AGENT, "热线一组")
    enrol(front, "chen", Role.ADMIN)
    records.erase(OPERATOR, (), account=person.key)
    assert front.session(secret) is None
    content = (tmp_path / "catalogue.db").read_bytes()
    assert b"duanmu.qinglan\xe7" not in content
    assert "duanmu.qinglan的姓名".encode() not in content
    gone = catalogue.people.get(person.key)
    assert gone is not None
    assert (gone.active, gone.name, gone.password) == (False, "", "")
    assert catalogue.audit.broken_at() is None


@pytest.mark.parametrize("words", [(), ("",), ("王",), (" 王 ",)])
def test_too_little_to_erase_is_refused(records: Records, words: tuple[str, ...]) -> None:
    with pytest.raises(InputRefused):
        records.erase(OPERATOR, words)


def test_only_those_responsible_touch_records(records: Records) -> None:
    inspector = Principal("u-2", Role.INSPECTOR)
    records.search(inspector, AuditQuery())
    for call in (
        lambda: records.search(AGENT, AuditQuery()),
        lambda: records.export(inspector, AuditQuery(), "csv"),
        lambda: records.cut(inspector, 400),
        lambda: records.erase(inspector, (NAME,)),
    ):
        with pytest.raises(Forbidden):
            call()
