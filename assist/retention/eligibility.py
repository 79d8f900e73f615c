"""Which offers this customer may be promised, by whom and on this day: rules alone decide, never a model.

In order: a faulty row, a day outside its dates, a fact that fails, the channel, a fact not known, authority. Only what
passes all of them is eligible; whatever is unknown is asked first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assist.retention.authority import Level
from assist.retention.facts import Facts
from assist.retention.fields import FIELDS
from assist.retention.offers import EVERYWHERE, Offer, Sheet
from assist.retention.stacking import excludes


class Standing(StrEnum):
    """What becomes of an offer for one customer."""

    ELIGIBLE = "eligible"
    NEEDS_AUTHORITY = "needs_authority"
    ASK = "ask"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Something to find out first: the fact's key, or "check" with the sheet's own words, and the question to put."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """An offer with its standing; `reasons` are Chinese and say why it is not eligible, or who has to decide."""

    offer: Offer
    standing: Standing
    reasons: tuple[str, ...] = ()
    ask: tuple[Inquiry, ...] = ()


def judge(sheet: Sheet, facts: Facts, *, level: Level, channel: str, day: date) -> tuple[Verdict, ...]:
    """A verdict on every offer of the sheet, by code."""
    return tuple(_judge(offer, sheet, facts, level, channel, day) for offer in sheet.offers)


def _judge(offer: Offer, sheet: Sheet, facts: Facts, level: Level, channel: str, day: date) -> Verdict:
    if offer.blocked:
        return Verdict(offer, Standing.NOT_ELIGIBLE, (f"优惠清单有问题：{offer.blocked}",))
    if when := _outside(offer, day):
        return Verdict(offer, Standing.NOT_ELIGIBLE, (when,))
    failed = _failed(offer, facts) + _held(offer, sheet, facts)
    if failed:
        return Verdict(offer, Standing.NOT_ELIGIBLE, tuple(failed))
    above = offer.level > level
    if not above and not _reaches(offer, channel):
        where = "、".join(offer.row.channels)
        return Verdict(offer, Standing.NOT_ELIGIBLE, (f"{channel}不受理这项优惠，办理渠道：{where}",))
    if unknown := _unknown(offer, facts):
        return Verdict(offer, Standing.ASK, tuple(_handed(offer, channel)) if above else (), unknown)
    if above:
        return Verdict(offer, Standing.NEEDS_AUTHORITY, tuple(_handed(offer, channel)))
    return Verdict(offer, Standing.ELIGIBLE)


def _outside(offer: Offer, day: date) -> str:
    first, last = offer.validity.effective_from, offer.validity.effective_to
    if last is not None and day > last:
        return f"活动已于{last}结束，不得补办"
    if first is not None and day < first:
        return f"活动{first}才开始，此前不得承诺"
    return ""


def _failed(offer: Offer, facts: Facts) -> list[str]:
    failed = [each.refusal(facts) for each in offer.conditions if each.holds(facts) is False]
    return failed + [f"“{check}”已确认不成立" for check in offer.checks if check in facts.denied]


def _held(offer: Offer, sheet: Sheet, facts: Facts) -> list[str]:
    """Offers the customer has already and with which this one may not stand."""
    if not facts.held:
        return []
    mine = [each for each in sheet.offers if facts.held & {each.code, each.row.name}]
    if any(each.code == offer.code for each in mine):
        return ["客户已在享受这项优惠"]
    return [f"不与在享的“{each.row.name}”（{each.code}）叠加" for each in mine if excludes(each.stacked, offer.stacked)]


def _unknown(offer: Offer, facts: Facts) -> tuple[Inquiry, ...]:
    asked: dict[str, Inquiry] = {}
    for each in offer.conditions:
        if each.holds(facts) is None:
            asked.setdefault(each.key, Inquiry(each.key, _question(each.key, offer)))
    for check in offer.checks:
        if check not in facts.confirmed:
            asked[check] = Inquiry("check", f"请核实：{check}？")
    for code in sorted(offer.stacked.stacking.after):
        if facts.held is None or code not in facts.held:
            asked[code] = Inquiry("held", f"请在系统核对：客户是否已办理{code}？")
    return tuple(asked.values())


def _question(key: str, offer: Offer) -> str:
    if key in {"intent", "product"}:
        wanted = "、".join(str(value) for each in offer.conditions if each.key == key for value in each.values)
        said = "提出" if key == "intent" else "要办"
        return f"客户是否自己{said}{wanted}（只听，不提示）？"
    return FIELDS[key].ask


def _reaches(offer: Offer, channel: str) -> bool:
    return EVERYWHERE in offer.row.channels or channel in offer.row.channels


def _handed(offer: Offer, channel: str) -> list[str]:
    """Who has to decide and where; some offers may not even be spoken of meanwhile."""
    reasons = [f"需要{offer.level.label}批准，批准前不得承诺"]
    if not _reaches(offer, channel):
        reasons.append(f"办理渠道：{'、'.join(offer.row.channels)}")
    reasons += [said for said in offer.row.forbidden_promises if "不得提及" in said]
    return reasons
