"""Keeping the golden cases of a base: list, write, retire, bring in and out; API, page, command and gate use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assist.access import Action, authorise
from assist.golden.check import checked
from assist.golden.judge import mark_of, question_of, right, spread, trialled
from assist.golden.sheets import as_lines, as_workbook, read_cases
from assist.loop.gate import Ask, Trialled
from assist.model import Outcome
from kb.clock import Clock, today
from kb.errors import InputRefused, UsageError
from kb.model import Principal, Role
from kb.store import AskedQuestion, Catalogue, GapState, GoldenCase, GoldenState

FORMS: dict[str, Callable[[Sequence[GoldenCase]], bytes]] = {"xlsx": as_workbook, "jsonl": as_lines}
"""How cases are written to a file, by the name of the form, which is also the file's ending."""

STATES: dict[str, GoldenState | None] = {"active": GoldenState.ACTIVE, "retired": GoldenState.RETIRED, "all": None}
"""Which cases are meant, as API and command name it."""

_EVERY = 100_000
_CITED = 5
_RECENT = 20


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file: how many cases are new, changed, and as they were; `refused` are (row, reason)."""

    added: int
    changed: int
    known: int
    refused: tuple[tuple[int, str], ...]


class GoldenDesk:
    """The golden cases of one home, authorised. `ask` answers without leaving a trace."""

    def __init__(self, catalogue: Catalogue, clock: Clock, ask: Ask) -> None:
        self._book = catalogue.golden
        self._catalogue = catalogue
        self._clock = clock
        self._ask = ask

    def page(
        self,
        principal: Principal,
        state: GoldenState | None = GoldenState.ACTIVE,
        *,
        text: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[tuple[GoldenCase, ...], int]:
        """Some of the cases, the latest changed first, and how many there are; `text` is a part of question or id."""
        authorise(principal, Action.READ_REPORTS)
        found = self._book.list(state, text=text, limit=limit, offset=offset)
        return found, self._book.total(state, text=text)

    def counts(self, principal: Principal) -> dict[GoldenState, int]:
        """How many cases stand in each state."""
        authorise(principal, Action.READ_REPORTS)
        return {state: self._book.total(state) for state in GoldenState}

    def get(self, principal: Principal, number: int) -> GoldenCase | None:
        """A case by number, None when unknown."""
        authorise(principal, Action.READ_REPORTS)
        return self._book.get(number)

    def find(self, principal: Principal, case_id: str) -> GoldenCase:
        """A case by what people call it; raises UsageError when unknown."""
        authorise(principal, Action.READ_REPORTS)
        found = self._book.find(case_id)
        if found is None:
            raise UsageError(f"no golden case {case_id!r}", hint=f"没有编号为 {case_id[:40]} 的金标用例。")
        return found

    def add(self, principal: Principal, case: GoldenCase) -> GoldenCase:
        """Keeps a new case; raises InputRefused for one that cannot be kept, UsageError for one that is there."""
        authorise(principal, Action.KEEP_GOLDEN)
        return self._book.add(checked(case), principal)

    def save(self, principal: Principal, case: GoldenCase) -> GoldenCase:
        """Writes a case over the version that was read; raises Conflict when somebody else was first."""
        authorise(principal, Action.KEEP_GOLDEN)
        return self._book.save(checked(case), principal)

    def retire(self, principal: Principal, number: int, version: int = 0) -> GoldenCase:
        """The gate asks a case no longer; it stays with its history."""
        authorise(principal, Action.KEEP_GOLDEN)
        return self._book.step(number, GoldenState.RETIRED, principal, version)

    def restore(self, principal: Principal, number: int, version: int = 0) -> GoldenCase:
        """The gate asks a retired case again."""
        authorise(principal, Action.KEEP_GOLDEN)
        return self._book.step(number, GoldenState.ACTIVE, principal, version)

    def take_in(self, principal: Principal, data: bytes, *, replace: bool = False) -> TakenIn:
        """The cases of a file (see `sheets.read_cases`); bad rows are named, the others kept."""
        authorise(principal, Action.KEEP_GOLDEN)
        read = read_cases(data)
        good = [(number, case) for number, case in read if not isinstance(case, str)]
        refused = [(number, case) for number, case in read if isinstance(case, str)]
        puts = self._book.take_in([case for _, case in good], principal, replace=replace)
        tally = {name: sum(1 for put in puts if put.outcome == name) for name in ("added", "changed", "known")}
        refused += [(number, put.reason) for (number, _), put in zip(good, puts, strict=True) if put.reason]
        return TakenIn(**tally, refused=tuple(sorted(refused)))

    def export(self, principal: Principal, form: str, state: GoldenState | None = GoldenState.ACTIVE) -> bytes:
        """The cases as a file of a form; raises UsageError for a form there is none of."""
        authorise(principal, Action.READ_REPORTS)
        if form not in FORMS:
            raise UsageError(f"no form {form!r}", hint=f"没有“{form[:20]}”这种格式，可用：{'、'.join(FORMS)}。")
        return FORMS[form](sorted(self._book.list(state, limit=_EVERY), key=lambda case: case.number))

    def of_gap(self, principal: Principal, gap_id: int) -> GoldenCase:
        """A case to be completed of a gap's question, with what answers it now as its gold; nothing is kept yet."""
        authorise(principal, Action.KEEP_GOLDEN)
        gap = self._catalogue.gaps.get(gap_id)
        if gap is None:
            raise UsageError(f"no gap {gap_id}", hint=f"没有 {gap_id} 号缺口，请刷新后重试。")
        asked = self._catalogue.gaps.questions(gap_id)
        who = asked[0].principal if asked else principal
        note = f"缺口{gap_id}" if gap.state is GapState.VERIFIED else ""
        return self._proposed(gap.question, who, (note,) if note else ())

    def of_question(self, principal: Principal, question_id: int) -> GoldenCase:
        """A case to be completed of a question that was asked, with what answers it now; nothing is kept yet."""
        authorise(principal, Action.KEEP_GOLDEN)
        line = self._catalogue.questions.get(question_id)
        if line is None:
            raise UsageError(f"no question {question_id}", hint="这条提问记录不存在，请刷新后重试。")
        return self._proposed(line.text, line.principal, ())

    def answered(self, principal: Principal) -> list[AskedQuestion]:
        """The latest questions that were answered, each wording once, without those that are golden cases already."""
        authorise(principal, Action.KEEP_GOLDEN)
        known = {case.question for case in self._book.active()}
        latest = self._catalogue.questions.recent(_RECENT * 5, outcome=Outcome.ANSWERED.value)
        return list({one.text: one for one in reversed(latest) if one.text not in known}.values())[::-1][:_RECENT]

    def holds(self, principal: Principal, case: GoldenCase) -> bool:
        """True when what answers now is right by a case: one that is wrong already cannot be broken by a release."""
        authorise(principal, Action.READ_REPORTS)
        asked = question_of(case, today(self._clock))
        return right(case, asked, self._ask(asked))

    def trials(self) -> list[Trialled]:
        """What the gate asks: at most `judge.GOLDEN` of the cases in use, evenly spread."""
        day = today(self._clock)
        return [trialled(case, day) for case in spread(self._book.active())]

    def mark(self) -> str:
        """Names the cases in use in their versions: a run of the gate counts for these alone."""
        return mark_of(self._book.active())

    def _proposed(self, text: str, who: Principal, tags: tuple[str, ...]) -> GoldenCase:
        role = Role.AGENT if who.role is Role.ADMIN else who.role
        case = GoldenCase(question=text, role=role, department=who.department, tags=tags)
        if not text.strip():
            raise InputRefused("no question", hint="这条记录没有问题文字。")
        answer = self._ask(question_of(case, today(self._clock)))
        if answer.outcome is not Outcome.ANSWERED:
            return case
        cited = tuple(dict.fromkeys((one.source, one.quote) for one in answer.citations))
        return replace(case, gold=cited[:_CITED])
