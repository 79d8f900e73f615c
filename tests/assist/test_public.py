"""The public site: what it says, when a person is called, what it leaves in the outbox, what the staff make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assist.model import Answer, Mode, Outcome
from assist.pages.customer_render import exported, talk
from assist.public.conversation import Conversation, Said, phone_of
from assist.public.desk import PublicDesk, Welcome
from assist.public.drain import Drain
from assist.public.publisher import Publisher
from assist.public.queue import HandoffDesk
from assist.public.rules import account_matter_of, alarm_of
from assist.public.service import read_service
from kb.errors import Forbidden, InputRefused, UsageError
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, Principal, Role
from kb.publish import publish
from kb.published import current_name
from kb.store import GapState, HandoffKind, HandoffState, Verdict
from tests.assist.conftest import AGENT, DOCUMENTS, FixedClock
from tests.assist.public_site import public_desk
from tests.fakes import HashEmbedder

DAY = date(2026, 11, 21)
PHONE = "13800138000"


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path / "home", embedder=HashEmbedder(), clock=FixedClock()) as opened:
        with opened.release(OPERATOR) as release:
            for draft in DOCUMENTS:
                release.put(draft)
        yield opened


@pytest.fixture
def root(staff: KnowledgeBase) -> Path:
    folder = staff.home.root / "public"
    publish(staff, folder, day=DAY, clock=FixedClock(), setting="hash")
    return folder


@pytest.fixture
def desk(root: Path) -> Iterator[PublicDesk]:
    with public_desk(root) as opened:
        yield opened


def drained(staff: KnowledgeBase, root: Path) -> Drain:
    return Drain(root / "outbox", staff, FixedClock())


def test_answers_from_the_copy_with_its_source_and_without_a_file_name(desk: PublicDesk) -> None:
    reply = desk.reply(Conversation(), "副卡怎么收费")
    assert "副卡10元/张/月" in reply.text
    assert reply.answer is not None
    assert reply.answer.citations[0].title == "常见问题"
    assert "样例" not in reply.answer.citations[0].source
    assert reply.conversation.turns[0].text == "副卡怎么收费"


def test_what_is_internal_is_as_unknown_as_what_nobody_wrote(
    desk: PublicDesk, staff: KnowledgeBase, root: Path
) -> None:
    reply = desk.reply(Conversation(), "坐席补偿单笔不超过多少元")
    assert reply.answer is not None
    assert reply.answer.outcome is Outcome.REFUSED
    assert "20元" not in reply.text
    assert reply.offer_person
    assert drained(staff, root).run().gaps == 1
    gap = staff.catalogue.gaps.list((GapState.NEW,))[0]
    assert gap.question == "坐席补偿单笔不超过多少元"
    assert drained(staff, root).run().gaps == 0


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("我家着火了网线也断了", "emergency"),
        ("有人触电了怎么办", "emergency"),
        ("我真的不想活了", "distress"),
        ("撑不下去了，活着没意思", "distress"),
        ("我要投诉你们", "angry"),
        ("你们就是骗子", "angry"),
        ("打了五遍电话都没解决", "angry"),
        ("转人工", "asked"),
        ("我要找真人客服", "asked"),
        ("转 人 工", "asked"),
    ],
)
def test_some_words_go_to_a_person_at_once(
    desk: PublicDesk, staff: KnowledgeBase, root: Path, said: str, name: str
) -> None:
    reply = desk.reply(Conversation(), said)
    assert reply.alarm is not None
    assert reply.alarm.name == name
    assert reply.answer is None
    assert reply.conversation.ticket
    assert drained(staff, root).run().handoffs == 1
    waiting = HandoffDesk(staff.catalogue).waiting(AGENT)
    assert (waiting[0].reason, waiting[0].urgency) == (name, reply.alarm.urgency)
    assert waiting[0].transcript[0] == ("user", said)


@pytest.mark.parametrize(
    "said",
    [
        "投诉电话是多少",
        "怎么防诈骗",
        "手机死机了怎么办",
        "人工服务时间是几点到几点",
        "路由器快崩溃了怎么重启",
        "怎么举报垃圾短信",
        "畅行129多少钱",
        "宽带坏了多久修好",
        "副卡怎么收费",
        "携号转网要什么条件",
        "停机保号多少钱",
        "垃圾短信怎么屏蔽",
    ],
)
def test_ordinary_questions_alarm_nobody(said: str) -> None:
    assert alarm_of(said) is None


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("我的话费还有多少", "balance"),
        ("查一下我的余额", "balance"),
        ("我这个月流量还剩多少", "usage"),
        ("为什么扣了我三十块", "bill"),
        ("我用的是什么套餐", "plan"),
        ("我的工单处理好了吗", "order"),
        ("帮我取消彩铃", "change"),
    ],
)
def test_questions_about_an_account_get_the_way_to_do_it(desk: PublicDesk, said: str, matter: str) -> None:
    found = account_matter_of(said)
    assert found is not None
    assert found.name == matter
    reply = desk.reply(Conversation(), said)
    assert "看不到您的账户" in reply.text
    assert reply.offer_person


def test_questions_about_rules_are_no_account_matter() -> None:
    for said in ("畅行129多少钱", "副卡怎么收费", "积分怎么兑换", "宽带移机要多少钱", "流量不清零是什么意思"):
        assert account_matter_of(said) is None


def test_a_hand_off_carries_summary_and_masked_transcript_and_its_number_goes_when_done(
    desk: PublicDesk, staff: KnowledgeBase, root: Path
) -> None:
    talked = desk.reply(Conversation(), f"副卡怎么收费，我的号码{PHONE}").conversation
    called = desk.call_back(talked, "138 0013 8000", "明天上午")
    assert called.callback
    line = next(iter((root / "outbox").glob("*.jsonl"))).read_text(encoding="utf-8")
    assert PHONE not in line
    assert drained(staff, root).run().handoffs == 1
    assert list((root / "outbox" / "contacts").iterdir()) == []
    queue = HandoffDesk(staff.catalogue)
    one = queue.waiting(AGENT)[0]
    assert (one.kind, one.ticket, one.wanted_at) == (HandoffKind.CALLBACK, called.ticket, "明天上午")
    assert one.contact == "接手后可见"
    assert PHONE not in json.dumps(one.transcript)
    assert "副卡怎么收费" in one.summary
    assert queue.take(AGENT, one.id).contact == PHONE
    with pytest.raises(UsageError):
        queue.take(Principal("坐席08", Role.AGENT), one.id)
    done = queue.finish(AGENT, one.id, f"已回电{PHONE}")
    assert (done.state, done.contact) == (HandoffState.DONE, "")
    assert PHONE not in done.note
    assert queue.waiting(AGENT) == ()


def test_only_those_who_work_with_customers_see_the_queue(staff: KnowledgeBase) -> None:
    queue = HandoffDesk(staff.catalogue)
    for role in (Role.CUSTOMER, Role.TRAINER, Role.INSPECTOR, Role.MAINTAINER):
        with pytest.raises(Forbidden):
            queue.waiting(Principal("某人", role))


def test_a_conversation_is_seen_by_who_took_it_their_department_and_those_who_lead(
    desk: PublicDesk, staff: KnowledgeBase, root: Path
) -> None:
    desk.call_person(desk.reply(Conversation(), "副卡怎么收费").conversation, "asked")
    drained(staff, root).run()
    queue = HandoffDesk(staff.catalogue)
    colleague, outsider = Principal("u-2", Role.AGENT, "热线一组"), Principal("u-3", Role.AGENT, "外包二组")
    manager = Principal("u-4", Role.DUTY_MANAGER, "值班室")
    one = queue.waiting(outsider)[0]
    taken = queue.take(AGENT, one.id)
    assert (taken.taken_by, taken.department) == (AGENT.id, "热线一组")
    assert [len(queue.waiting(who)) for who in (AGENT, colleague, outsider, manager)] == [1, 1, 0, 1]
    for who in (colleague, outsider):
        with pytest.raises(Forbidden):
            queue.finish(who, one.id, "")
    assert queue.finish(manager, one.id, "").state is HandoffState.DONE


def test_only_the_departments_that_are_named_look_after_customers(
    desk: PublicDesk, staff: KnowledgeBase, root: Path
) -> None:
    desk.call_person(desk.reply(Conversation(), "副卡怎么收费").conversation, "asked")
    drained(staff, root).run()
    queue = HandoffDesk(staff.catalogue, departments=("热线一组",))
    outsider = Principal("u-3", Role.AGENT, "外包二组")
    one = queue.waiting(AGENT)[0]
    for attempt in (
        lambda: queue.waiting(outsider),
        lambda: queue.take(outsider, one.id),
        lambda: queue.finish(outsider, one.id, ""),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert len(queue.waiting(Principal("u-4", Role.ADMIN))) == 1


def test_one_customer_is_one_entry_whose_urgency_only_rises(desk: PublicDesk, staff: KnowledgeBase, root: Path) -> None:
    asked = desk.reply(Conversation(), "转人工").conversation
    again = desk.reply(asked, "转人工").conversation
    worse = desk.reply(again, "我不想活了").conversation
    assert worse.ticket == asked.ticket
    later = desk.call_back(worse, PHONE, "")
    drained(staff, root).run()
    one = HandoffDesk(staff.catalogue).waiting(AGENT)
    assert [(each.urgency, each.reason, each.kind) for each in one] == [(2, "distress", HandoffKind.CALLBACK)]
    assert later.ticket == one[0].ticket


@pytest.mark.parametrize("given", ["12345", "1380013800", "手机", "", "+1 202 555 0101"])
def test_what_is_no_phone_number_is_refused(desk: PublicDesk, given: str) -> None:
    with pytest.raises(InputRefused):
        desk.call_back(Conversation(), given, "")


def test_phone_numbers_are_read_as_people_write_them() -> None:
    assert phone_of("+86 138-0013-8000") == PHONE
    assert phone_of("（010）12345678") == "010-12345678"


def test_whether_it_helped_reaches_the_staff_side_with_its_passages(
    desk: PublicDesk, staff: KnowledgeBase, root: Path
) -> None:
    talked = desk.reply(Conversation(), "副卡怎么收费").conversation
    desk.helped(talked, True)
    desk.helped(talked, False)
    assert drained(staff, root).run().feedback == 2
    verdicts = staff.catalogue.feedback.list()
    assert [one.verdict for one in verdicts] == [Verdict.WRONG, Verdict.USEFUL]
    passage = staff.catalogue.documents.passages(verdicts[0].passage_ids)
    assert any("副卡10元" in each.text for each in passage.values())


def test_lines_that_are_not_ours_are_skipped_and_the_next_ones_are_taken(
    desk: PublicDesk, staff: KnowledgeBase, root: Path
) -> None:
    desk.reply(Conversation(), "转人工")
    file = next(iter((root / "outbox").glob("*.jsonl")))
    with file.open("ab") as out:
        out.write(b'not json\n{"id":"1","at":"x","kind":"delete","data":{}}\n')
        out.write(b'{"id":"2","at":"x","kind":"handoff","data":{"kind":"person","urgency":99}}\n{"id":"3')
    desk.reply(Conversation(), "我要投诉你们")
    done = drained(staff, root).run()
    assert (done.handoffs, done.unreadable) == (2, 4)


def test_a_hand_off_read_twice_waits_once(desk: PublicDesk, staff: KnowledgeBase, root: Path) -> None:
    desk.reply(Conversation(), "转人工")
    drained(staff, root).run()
    staff.catalogue.settings.set("outbox", None)
    drained(staff, root).run()
    assert len(HandoffDesk(staff.catalogue).waiting(AGENT)) == 1


def test_topics_and_frequent_questions_come_from_what_is_in_force(desk: PublicDesk) -> None:
    welcome = desk.welcome()
    assert welcome.frequent == () or all("？" in each for each in welcome.frequent)
    shown = talk(Conversation(), Welcome(frequent=("副卡怎么收费？",)), "澜川通信")
    assert 'data-ask="副卡怎么收费？"' in shown


def test_the_publisher_publishes_when_the_release_changes_and_not_otherwise(staff: KnowledgeBase, root: Path) -> None:
    days: list[date] = []

    def note(day: date) -> None:
        days.append(day)
        publish(staff, root, day=day, clock=FixedClock(), setting="hash")

    active = staff.active()
    assert active is not None
    looking = Publisher(publish=note, release=lambda: active.id, drain=drained(staff, root), clock=FixedClock())
    looking.look()
    looking.look()
    assert days == [DAY]
    assert current_name(root)


def test_hours_and_exceptions_decide_who_answers(root: Path) -> None:
    root.joinpath("settings.toml").write_text(
        'origins = ["https://www.example.cn"]\n[hours]\n"1-5" = "08:00-20:00"\n[exceptions]\n"2026-11-23" = "休息"\n',
        encoding="utf-8",
    )
    service = read_service(root)
    friday, saturday = datetime(2026, 11, 20, 2, tzinfo=UTC), datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert service.hours.open_at(friday)
    assert not service.hours.open_at(saturday)
    opening = service.hours.next_opening(saturday)
    assert opening is not None
    assert opening.isoformat() == "2026-11-24T08:00:00+08:00"
    assert service.origins == ("https://www.example.cn",)


@pytest.mark.parametrize("written", ['origins = ["*"]', 'hours = {"8" = "1-2"}', 'color = "red"', "origins = 1 2"])
def test_wrong_settings_are_named(root: Path, written: str) -> None:
    root.joinpath("settings.toml").write_text(written, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_service(root)
    assert "设置有误" in refused.value.hint


def test_generated_text_carries_its_label_on_the_page_in_copies_and_exports() -> None:
    written = Answer(Outcome.ANSWERED, "每月10元。[1]", mode=Mode.GENERATED)
    quoted = Answer(Outcome.ANSWERED, "每月10元。[1]", mode=Mode.QUOTED)
    generated = Conversation("1", (Said("副卡", written.text, written),))
    plain = Conversation("1", (Said("副卡", quoted.text, quoted),))
    assert "AI 生成" in talk(generated, Welcome(), "澜川")
    assert "由 AI 生成" in exported(generated, "澜川")
    assert 'class="zc-ai"' not in talk(plain, Welcome(), "澜川")
    assert "以上内容由 AI 生成" not in exported(plain, "澜川")


def test_what_customers_write_is_shown_as_text() -> None:
    evil = '<img src=x onerror="alert(1)">'
    shown = talk(Conversation("1", (Said(evil, evil, Answer(Outcome.REFUSED, evil)),)), Welcome(), "澜川", notice=evil)
    assert "<img" not in shown
