"""Composes the retention script from approved pieces: scripts and offers as ingested, each line with its proof.

Nothing here decides what may be offered; it says what `eligibility.py` let through, in the words of the knowledge base.
A language model may reword lines that are not fixed, behind `reword.py`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from assist.model import Citation
from assist.retention.authority import level_of
from assist.retention.choose import choose, holds_back
from assist.retention.eligibility import Standing, Verdict, judge
from assist.retention.model import Draft, Line, Part, Request, settings
from assist.retention.offers import Offer, Sheet
from assist.retention.playbook import Playbook, Script
from kb.model import Passage

_WAIT = re.compile(r"[【\[]等待\d+秒[】\]]")
_ASIDE = re.compile(r"（[^（）]*）")
_STAGE = re.compile(r"^[（(](?:坐席|值班经理)[）)]\s*")


def compose(sheet: Sheet, book: Playbook, request: Request) -> Draft:
    """The whole draft for a request; takes milliseconds and asks nobody."""
    started = time.perf_counter()
    level = level_of(request.principal)
    verdicts = judge(sheet, request.facts, level=level, channel=request.channel, day=request.day)
    judged = time.perf_counter()
    introduced, more = choose(verdicts, book, request)
    writer = _Writer(sheet, book, request, [*introduced, *more])
    held_back = holds_back(book, request)
    others = [each for each in verdicts if each.standing is not Standing.ELIGIBLE]
    parts = writer.parts(introduced, more, others, held_back=held_back)
    spoken = writer.spoken([] if held_back else introduced)
    ended = time.perf_counter()
    stratum = book.stratum(request.facts)
    return Draft(
        request=request,
        parts=tuple(parts),
        spoken=tuple(spoken),
        offers=tuple(introduced),
        more=tuple(more),
        others=tuple(others),
        citations=writer.cites.all(),
        problems=tuple(problem.text for problem in request.facts.problems),
        sheet_problems=sheet.problems,
        held_back=held_back,
        segment=stratum.name if stratum else "",
        style=writer.style_name,
        timings_ms={"judge": (judged - started) * 1000, "compose": (ended - judged) * 1000},
    )


def disclosures(offer: Offer) -> str:
    """What must be told of an offer, letter for letter as the sheet has it."""
    return "；".join(offer.row.disclosures)


@dataclass
class _Cites:
    """Numbers passages in the order they are first quoted."""

    found: dict[int, Citation] = field(default_factory=dict)

    def of(self, passage: Passage | None) -> tuple[int, ...]:
        if passage is None:
            return ()
        if passage.id not in self.found:
            self.found[passage.id] = Citation(
                n=len(self.found) + 1,
                source=passage.source,
                title=passage.title,
                heading=passage.heading or passage.questions[:1],
                page=passage.page,
                quote=passage.text,
                effective_from=passage.validity.effective_from,
                effective_to=passage.validity.effective_to,
                kind=passage.kind,
                passage_id=passage.id,
            )
        return (self.found[passage.id].n,)

    def all(self) -> tuple[Citation, ...]:
        return tuple(self.found.values())


class _Writer:
    """Writes the sections of one draft."""

    def __init__(self, sheet: Sheet, book: Playbook, request: Request, eligible: Sequence[Verdict]) -> None:
        self._book = book
        self._request = request
        self._names = {each.row.name for each in sheet.offers}
        self._may = {each.offer.row.name for each in eligible}
        self.cites = _Cites()
        styles = settings()["styles"]
        self.style_name = request.style if request.style in styles else next(iter(styles))
        self._style: dict[str, str] = styles[self.style_name]
        self._say: dict[str, str] = settings()["wording"]

    def parts(
        self, introduced: Sequence[Verdict], more: Sequence[Verdict], others: Sequence[Verdict], *, held_back: bool
    ) -> Iterable[Part]:
        """The sections that have something to say, in the order policy wants them."""
        sections = (
            ("answer", "先答所问", self._answer()),
            ("empathy", "共情", self._empathy()),
            ("cause", "了解原因", self._cause(others)),
            ("solution", "先解决问题", self._solution()),
            ("offers", "优惠", self._offers(introduced, held_back=held_back)),
            ("more", "客户问起再介绍", self._more(introduced, more, held_back=held_back)),
            ("objections", "异议与回答", self._objections([] if held_back else introduced)),
            ("release", "客户坚持离开", self._release()),
            ("closing", "确认与结束", self._closing([] if held_back else introduced)),
            ("record", "要记录", self._record()),
        )
        return [Part(key, title, tuple(lines)) for key, title, lines in sections if lines]

    def spoken(self, introduced: Sequence[Verdict]) -> list[Line]:
        """The short version: sorry, why, what is offered with its disclosures and its end, and the asking."""
        lines = [*self._short_sorry(), self._short_question()]
        for each in introduced[:1]:
            row, cited = each.offer.row, self.cites.of(each.offer.passage)
            lines.append(Line(self._lead(each), citations=cited))
            lines.append(Line(f"{row.name}，{row.content}。{self._ends(each.offer)}", fixed=True, citations=cited))
            lines.append(self._told(each.offer))
        if introduced:
            lines.append(Line(self._style["close"]))
        return lines

    def _answer(self) -> list[Line]:
        return [line for _, script in self._asked()[:1] for line in self._steps(script, slice(0, 1))]

    def _asked(self) -> list[tuple[str, Script]]:
        """What the customer asked for and the script that answers it, in the order of the settings."""
        intents = self._request.facts.several("intent")
        topics = [(intent, topic) for intent, topic in settings()["answers"].items() if intent in intents]
        return [(intent, script) for intent, topic in topics if (script := self._book.script(topic))]

    def _release(self) -> list[Line]:
        """What must be told in full when the customer goes all the same, and the farewell; nothing is offered again."""
        leaving = [script for intent, script in self._asked() if intent in settings()["releases"]]
        lines = [line for script in leaving for line in (*self._steps(script, slice(-1, None)), *self._notes(script))]
        farewell = self._book.script(settings()["farewell"])
        return lines + (self._steps(farewell, slice(0, None)) if farewell else [])

    def _notes(self, script: Script) -> list[Line]:
        notes = script.row.notes
        return [Line(f"注意：{notes}", say=False, citations=self.cites.of(script.passage))] if notes else []

    def _empathy(self) -> list[Line]:
        script = self._reason_script()
        return (self._steps(script, slice(0, 1)) if script else []) or [Line(self._say["sorry"])]

    def _question(self) -> list[Line]:
        script = self._reason_script()
        return (self._steps(script, slice(1, 2)) if script else []) or [Line(self._say["question"])]

    def _short_sorry(self) -> list[Line]:
        """The first sentence of the empathy."""
        return [replace(line, text=re.split(r"(?<=[。！？])", line.text)[0]) for line in self._empathy()[:1]]

    def _short_question(self) -> Line:
        """The first whole question of the reason's script, without blanks for the agent to fill; else the plain one."""
        script = self._reason_script()
        for line in self._steps(script, slice(0, 2)) if script else []:
            for sentence in re.split(r"(?<=[。！？])", _ASIDE.sub("", line.text)):
                if sentence.endswith("？") and "……" not in sentence:
                    return replace(line, text=sentence)
        return Line(self._say["question"])

    def _cause(self, others: Sequence[Verdict]) -> list[Line]:
        asked = {inquiry.text: None for each in others if each.standing is Standing.ASK for inquiry in each.ask}
        return self._question() + [Line(text, say=False) for text in asked]

    def _solution(self) -> list[Line]:
        script, lines = self._reason_script(), []
        advice = self._book.advice.get(self._request.reason) if self._request.reason else None
        if advice is not None:
            lines.append(Line(f"首选方案：{advice.first}", say=False, citations=self.cites.of(advice.passage)))
        if script:
            lines += [*self._steps(script, slice(2, None)), *self._notes(script)]
        ways = [script for intent, script in self._asked() if intent in settings()["alternatives"]]
        return lines + [line for way in ways for line in self._steps(way, slice(1, -1))]

    def _offers(self, introduced: Sequence[Verdict], *, held_back: bool) -> list[Line]:
        if held_back:
            advice = self._book.advice[self._request.reason] if self._request.reason else None
            text = f"{advice.offers if advice else ''}：先解决问题，不主动介绍优惠。"
            return [Line(text, say=False, citations=self.cites.of(advice.passage if advice else None))]
        if not introduced:
            return [Line(self._say["no_offer"], say=False)]
        lines = [line for each in introduced for line in self._offer(each)]
        if self._book.rounds is not None:
            text = f"一通来电最多介绍{self._book.most_offers}项优惠；客户两次拒绝，立即停止挽留。"
            lines.append(Line(text, say=False, citations=self.cites.of(self._book.rounds)))
        return lines

    def _offer(self, verdict: Verdict) -> list[Line]:
        """One offer: what it is, what it needs, when it ends, what must be told, what must not be said."""
        offer = verdict.offer
        row, cited = offer.row, self.cites.of(offer.passage)
        lines = [
            Line(self._lead(verdict), citations=cited),
            Line(f"{row.name}：{row.content}。", fixed=True, citations=cited),
        ]
        if offer.needs:
            lines.append(Line(self._say["needs"].format(needs="、".join(offer.needs)), fixed=True, citations=cited))
        lines += [Line(self._ends(offer), fixed=True, citations=cited), self._told(offer)]
        lines += [Line(f"不能说：{text}", say=False, fixed=True, citations=cited) for text in row.forbidden_promises]
        return lines

    def _told(self, offer: Offer) -> Line:
        text = self._say["tell"].format(disclosures=disclosures(offer))
        return Line(text, fixed=True, citations=self.cites.of(offer.passage))

    def _ends(self, offer: Offer) -> str:
        return self._say["ends"].format(date=offer.validity.effective_to)

    def _lead(self, verdict: Verdict) -> str:
        value = verdict.offer.stacked.value
        total = self._style["sum"].format(value=f"{value:g}") if "sum" in self._style and value else ""
        return self._style["lead"] + total

    def _more(self, introduced: Sequence[Verdict], more: Sequence[Verdict], *, held_back: bool) -> list[Line]:
        kept = [*introduced, *more] if held_back else more
        lines: list[Line] = []
        for each in kept:
            row, cited = each.offer.row, self.cites.of(each.offer.passage)
            needs = f"办理需要：{'、'.join(each.offer.needs)}。" if each.offer.needs else ""
            text = f"{row.name}：{row.content}。{needs}{self._ends(each.offer)}"
            lines += [Line(text, fixed=True, citations=cited), self._told(each.offer)]
        return lines

    def _objections(self, introduced: Sequence[Verdict]) -> list[Line]:
        lines: list[Line] = []
        for each in introduced:
            cited = self.cites.of(each.offer.passage)
            if each.offer.needs:
                lines.append(Line(f"客户：{self._say['bound']}（{each.offer.row.name}）", say=False))
                lines.append(Line(f"{disclosures(each.offer)}。", fixed=True, citations=cited))
        for objection in settings()["objections"]:
            script = self._book.script(objection["script"])
            said = self._steps(script, slice(0, 2)) if script and script is not self._reason_script() else []
            if said:
                lines += [Line(f"客户：{objection['says']}", say=False), *said]
        return lines

    def _closing(self, introduced: Sequence[Verdict]) -> list[Line]:
        lines: list[Line] = []
        for each in introduced:
            row, cited = each.offer.row, self.cites.of(each.offer.passage)
            text = self._say["confirm"].format(name=row.name, content=row.content, disclosures=disclosures(each.offer))
            lines.append(Line(text, fixed=True, citations=cited))
        if introduced:
            lines += [Line(self._style["close"]), Line(self._say["consent"], say=False)]
        return lines

    def _record(self) -> list[Line]:
        items = self._book.record or tuple(settings()["record"])
        return [Line("、".join(items), say=False, citations=self.cites.of(self._book.recording))]

    def _reason_script(self) -> Script | None:
        reason = self._request.reason
        return self._book.script(settings()["reasons"][reason.value]["script"]) if reason else None

    def _steps(self, script: Script, which: slice) -> list[Line]:
        """Steps of an approved script, slots filled; a step that hints at what is not on offer is left out."""
        cited = self.cites.of(script.passage)
        steps = [self._filled(_STAGE.sub("", _WAIT.sub("", step))).strip() for step in script.steps[which]]
        return [Line(step, citations=cited) for step in steps if step and self._may_say(step)]

    def _may_say(self, text: str) -> bool:
        if any(name in text for name in self._names - self._may):
            return False
        return all(word not in text or any(word in name for name in self._may) for word in settings()["only_with"])

    def _filled(self, text: str) -> str:
        """Slots that are known; the others stay as they are, to be seen and filled by the agent."""
        values = dict(self._request.call)
        tenure = self._request.facts.number("tenure_months")
        if tenure is not None and tenure >= 12:
            values["年数"] = str(int(tenure // 12))
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value).replace(f"{{{{{name}}}}}", value)
        return text
