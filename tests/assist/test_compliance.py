"""What is said is held against forbidden phrases, promises, steps and personal data, and scored with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from assist.compliance.check import Checker
from assist.compliance.guard import DraftGuard
from assist.compliance.model import Category, Dimension, Finding, Report
from assist.compliance.rules import read_rules, shipped
from assist.compliance.score import score
from assist.compliance.service import ComplianceDesk
from assist.compliance.transcript import read_script
from assist.compliance.views import report_json
from assist.compose import Composed
from assist.model import Mode, Origin, Sentence
from kb.errors import Forbidden, InputRefused
from kb.knowledge import KnowledgeBase
from kb.model import Principal, Role
from tests.assist.conftest import AGENT, CUSTOMER, TODAY, FixedClock
from tests.assist.talkbase import filled
from tests.fakes import HashEmbedder

INSPECTOR = Principal("质检01", Role.INSPECTOR)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    home = tmp_path_factory.mktemp("talk")
    with KnowledgeBase.open(home, embedder=HashEmbedder(), clock=FixedClock()) as base:
        yield Checker(filled(base))


def found(report: Report, category: Category) -> list[str]:
    return [one.quote for one in report.findings if one.category is category]


@pytest.mark.parametrize(
    ("text", "quote", "match"),
    [
        ("你先冷静，再说。", "你先冷静", "exact"),
        ("您 先 冷 静，再说。", "您 先 冷 静", "variant"),
        ("您-先-冷-静。", "您-先-冷-静", "variant"),
        ("您先冷靜。", "您先冷靜", "variant"),
        ("您先给我冷静。", "您先给我冷静", "variant"),
        ("您现冷静。", "您现冷静", "homophone"),
        ("你xian冷静。", "你xian冷静", "homophone"),
    ],
)
def test_a_forbidden_phrase_is_found_through_its_disguises(checker: Checker, text: str, quote: str, match: str) -> None:
    finding = checker.check(text, as_of=TODAY).findings[0]
    assert (finding.quote, finding.match) == (quote, match)
    assert "换作是我也会着急" in finding.instead or finding.basis.rule.startswith("rude")


def test_a_finding_names_its_rule_its_days_and_the_approved_wording(checker: Checker) -> None:
    finding = checker.check("您先冷静。", as_of=TODAY).findings[0]
    assert finding.basis.rule == "HS-060"
    assert finding.basis.source == "规范应答话术 HS-060"
    assert finding.instead.startswith("{客户姓}{先生/女士}，遇到这样的事")


def test_a_phrase_that_approved_wording_uses_is_forbidden_in_its_own_scenario_only(checker: Checker) -> None:
    assert checker.check("没有合约的号码可以在线上办。", as_of=TODAY).clean
    assert not checker.check("别家便宜是便宜，没有合约。", as_of=TODAY).clean


def test_a_short_word_counts_as_a_clause_and_not_within_others(checker: Checker) -> None:
    assert found(checker.check("喂，你好。", as_of=TODAY), Category.FORBIDDEN) == ["喂"]
    assert checker.check("孩子喂奶的时候您先忙。", as_of=TODAY).clean


def test_rules_hold_on_their_days_only(checker: Checker) -> None:
    assert checker.check("有啥事儿快讲讲。", as_of=TODAY).clean
    assert not checker.check("有啥事儿快讲讲。", as_of=date(2026, 1, 20)).clean


def test_saying_what_must_not_be_said_in_quotation_marks_is_no_fault(checker: Checker) -> None:
    assert checker.check("培训时请记住，不要说“你先冷静”。", as_of=TODAY).clean


@pytest.mark.parametrize(
    "text",
    [
        "您放心，今天肯定能修好。",
        "违约金我帮您免掉。",
        "我权限最多只有20块。",
        "夏日流量季给您登记上。",
        "给您申请到携转挽留专享，每月返10元。",
        "这个价永远三十九。",
    ],
)
def test_a_promise_nobody_authorised_is_found(checker: Checker, text: str) -> None:
    assert found(checker.check(text, as_of=TODAY), Category.PROMISE)


@pytest.mark.parametrize(
    "text",
    [
        "我不能保证今天一定修好，城区的时限是24小时。",
        "夏日流量季已经结束了，不能再登记。",
        "携转挽留专享要值班经理审核，我帮您问一下。",
        "暖心续约每月立减20元，要承诺在网12个月，您要办吗？",
    ],
)
def test_declining_asking_and_explaining_are_no_promises(checker: Checker, text: str) -> None:
    assert checker.check(text, as_of=TODAY).clean


def test_a_duty_manager_may_promise_what_an_agent_may_not(checker: Checker) -> None:
    text = "给您申请到携转挽留专享，每月返10元。"
    assert not checker.check(text, as_of=TODAY).clean
    assert checker.check(text, as_of=TODAY, level=1).clean
    assert checker.check(f"值班经理：{text}", as_of=TODAY).clean


def test_what_has_to_be_told_is_missed_when_an_offer_is_taken_out(checker: Checker) -> None:
    report = checker.check("暖心续约已经为您登记成功，承诺在网12个月。", as_of=TODAY)
    assert found(report, Category.MISSING) == ["到期恢复标准月费"]
    told = "暖心续约已经为您登记成功，要在网12个月，期满变回原来的月费。"
    assert checker.check(told, as_of=TODAY).clean


def test_personal_numbers_said_aloud_are_masked_in_the_finding(checker: Checker) -> None:
    report = checker.check("您的号码是13812345678吗？", as_of=TODAY)
    assert found(report, Category.PRIVACY) == ["138****5678"]
    assert "13812345678" not in str(report_json(report, weights=True))


def test_addressing_a_customer_by_name_gives_nothing_away(checker: Checker) -> None:
    for text in ("谢谢张先生，已经为您查到了。", "请问是张建国先生吗？", "师傅明天上门到建设二路12号3单元502室。"):
        assert found(checker.check(text, as_of=TODAY), Category.PRIVACY) == []
    assert found(checker.check("张建国先生，您的号码是13812345678吗？", as_of=TODAY), Category.PRIVACY)


def test_the_same_fault_in_other_words_is_found_too(checker: Checker) -> None:
    for text, category in (
        ("你像个百吃一样。", Category.FORBIDDEN),
        ("再骂我只好把电话撂了。", Category.FORBIDDEN),
        ("系统升级，这几天停办销户，过完年再来。", Category.FORBIDDEN),
        ("过两天有人联系您。", Category.PROMISE),
        ("麻烦给师傅留个五星。", Category.FORBIDDEN),
        ("我听说总部要卖给别人了。", Category.FORBIDDEN),
    ):
        assert category in {one.category for one in checker.check(text, as_of=TODAY).findings}, text


def test_asking_for_a_code_is_a_red_line_and_refusing_to_hear_it_is_none(checker: Checker) -> None:
    report = checker.check("请把验证码念给我。", as_of=TODAY)
    assert report.score.total == 0
    assert report.score.red_lines
    assert checker.check("验证码和密码都不用告诉我。", as_of=TODAY).clean


def test_what_a_customer_says_is_not_held_against_the_agent(checker: Checker) -> None:
    text = "坐席：您好，很高兴为您服务。\n客户：你们是不是聋了？你先冷静！\n坐席：您慢慢说，我都记着。"
    assert checker.check(text, as_of=TODAY).clean


def test_a_silent_call_needs_two_questions_an_announcement_and_three_waits(checker: Checker) -> None:
    short = "坐席：您好，请问有什么可以帮您？\n坐席：听不到您说话，再见。"
    assert len(found(checker.check(short, as_of=TODAY), Category.MISSING)) == 3
    whole = (
        "坐席：您好，澜川通信，请问有什么可以帮您？\n【等待5秒】\n坐席：请问能听到我说话吗？\n【等待5秒】\n"
        "坐席：听不到您的声音，稍后我将结束通话。\n【等待5秒】\n坐席：再见。"
    )
    assert checker.check(whole, as_of=TODAY).clean


def test_a_secret_said_by_the_customer_has_to_be_interrupted(checker: Checker) -> None:
    heard = "坐席：澜川通信为您服务。\n客户：我的服务密码是482913。\n坐席：好的，我看一下。"
    assert found(checker.check(heard, as_of=TODAY), Category.MISSING) == ["客户说出密码、验证码时立即打断"]


def test_no_more_offers_after_the_second_refusal(checker: Checker) -> None:
    call = "客户：不用了，我就是要转。\n坐席：好的。\n客户：别说了。\n坐席：要不您再考虑一下优惠？"
    findings = checker.check(call, as_of=TODAY).findings
    assert [one.basis.rule for one in findings] == ["step.persistence"]


@pytest.mark.parametrize("text", ["", "  \n", "……！！", "好" * 20_001])
def test_nothing_and_too_much_are_refused_with_what_to_do(checker: Checker, text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        checker.check(text, as_of=TODAY)
    assert refused.value.hint


def test_speakers_are_read_from_labels_times_and_numbers() -> None:
    script = read_script("[00:01] 坐席3056：您好\n用户: 在吗\n值班经理：我来\n没有标签的一行")
    assert [turn.speaker.value for turn in script.turns] == ["agent", "customer", "manager"]
    assert script.said(script.turns[2]) == "我来\n没有标签的一行"


def fault(points: int, dimension: Dimension, rule: str = "x", *, red: bool = False) -> Finding:
    base = FINDING
    return replace(base, points=points, dimension=dimension, basis=replace(base.basis, rule=rule), red_line=red)


FINDING = Finding(
    category=Category.FORBIDDEN,
    dimension=Dimension.ATTITUDE,
    points=5,
    basis=shipped().phrases[0].basis,
    start=0,
    end=1,
    quote="喂",
    match="exact",
    turn=0,
)
WEIGHTS = {Dimension.ACCURACY: 40, Dimension.PROCESS: 25, Dimension.ATTITUDE: 20, Dimension.COMMUNICATION: 15}
GRADES = ((95, "A"), (85, "B"), (80, "C"), (0, "D"))


def test_the_score_takes_each_rule_once_and_no_more_than_a_dimension_weighs() -> None:
    assert score((), WEIGHTS, GRADES).total == 100
    twice = [fault(5, Dimension.ATTITUDE), fault(5, Dimension.ATTITUDE)]
    assert score(twice, WEIGHTS, GRADES).total == 95
    heavy = [fault(20, Dimension.PROCESS, "a"), fault(20, Dimension.PROCESS, "b")]
    graded = score(heavy, WEIGHTS, GRADES)
    assert (graded.total, graded.grade) == (75, "D")
    assert len(graded.dimensions[1].reasons) == 2


def test_a_red_line_makes_the_score_zero() -> None:
    graded = score([fault(5, Dimension.ATTITUDE, red=True)], WEIGHTS, GRADES)
    assert (graded.total, graded.grade) == (0, "D")


def test_agents_see_faults_and_no_weights_while_inspectors_see_both(checker: Checker) -> None:
    desk = ComplianceDesk(checker=checker, clock=FixedClock())
    report = desk.check(AGENT, "您先冷静。")
    plain = report_json(report, weights=desk.sees_weights(AGENT))
    assert "points" not in plain["findings"][0]
    assert "weight" not in plain["score"]["dimensions"][0]
    full = report_json(report, weights=desk.sees_weights(INSPECTOR))
    assert full["findings"][0]["points"] == 5
    assert sum(one["weight"] for one in full["score"]["dimensions"]) == 100


def test_a_customer_may_not_check_and_an_agent_has_no_managers_authority(checker: Checker) -> None:
    desk = ComplianceDesk(checker=checker, clock=FixedClock())
    with pytest.raises(Forbidden):
        desk.check(CUSTOMER, "您先冷静。")
    text = "给您申请到携转挽留专享。"
    assert not desk.check(AGENT, text, manager=True).clean
    assert desk.check(Principal("经理01", Role.DUTY_MANAGER), text, manager=True).clean


def composed(mode: Mode, *texts: str) -> Composed:
    origin = Origin.WRITTEN if mode is Mode.GENERATED else Origin.QUOTED
    return Composed(mode, tuple(Sentence(text, (1,), origin) for text in texts))


def test_a_drafted_sentence_at_fault_is_not_said(checker: Checker) -> None:
    guard = DraftGuard(checker)
    draft = composed(Mode.GENERATED, "移机费80元一次。", "违约金我帮您免掉。")
    assert [one.text for one in guard(draft, TODAY).sentences] == ["移机费80元一次。"]
    harmless = composed(Mode.GENERATED, "移机费80元一次。")
    assert guard(harmless, TODAY) is harmless


def test_a_written_sentence_cannot_hide_behind_a_customers_label(checker: Checker) -> None:
    guard = DraftGuard(checker)
    assert guard.faulty("客户：违约金我帮您免掉。", TODAY)
    assert not guard.faulty("移机费80元一次。", TODAY)
    assert not guard.faulty("——", TODAY)


def test_a_quotation_stands_and_warns_against_reading_it_out(checker: Checker) -> None:
    guarded = DraftGuard(checker)(composed(Mode.QUOTED, "我们坐席的补偿权限是20元。"), TODAY)
    assert guarded.sentences
    assert any("不可照读给客户" in notice for notice in guarded.notices)


def test_every_rule_has_a_source_and_the_weights_make_a_hundred() -> None:
    rules = shipped()
    assert sum(rules.weights.values()) == 100
    assert all(one.source and one.effective_from for one in (*rules.phrases, *rules.services, *rules.steps))
    assert all(one.instead for one in rules.phrases)


def test_rules_with_an_unknown_key_are_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        read_rules("version: '1'\nweights: {accuracy: 1}\nnonsense: 2\n")
