"""Has a model draft an answer and lets through what is proved, sentence by sentence; the Assistant calls it.

A sentence that rewrites an approved wording, or says otherwise than it, is replaced by the wording. A draft that fails
in part is redrafted once. Whatever then is missing stands as a quotation beside what was proved; a
model that fails, or proves nothing, leaves the quotation alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date

from assist.chat import ChatFault, ChatModel, Fault
from assist.compose import approved_wording, read_row
from assist.drafts import claims
from assist.evidence import Asked
from assist.model import Channel, Origin, Sentence, Turn
from assist.prompts import Manner, fenced, manners, prompt
from assist.proof.approved import contradicts, repeats
from assist.proof.figures import Figure, read_figures, same, spell_out
from assist.proof.names import mentions
from assist.proof.prove import Claim, Entails, Flaw, Prover, folded
from assist.proof.shown import Shown, read_shown, telling
from assist.quote import Piece, pieces
from assist.sense import Sense
from assist.terms import TermIndex
from assist.wording import label
from kb.mask import mask
from kb.model import Passage

LEAST_SECONDS = 2.0
"""A redraft is not begun with less time than this left."""
NOT_PROVED = "not_proved"
"""Why a quotation stands alone when the model answered and nothing of it was proved."""

_TOKEN = re.compile(r"\d+(?:\.\d+)?\s*(?:%|％|‰|折|个?小时|分钟|天|个月|年|周|[GgMm][Bb]?|元|块钱|块|角)?")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written: a standalone question and the passages that may be used, best first, clean ones only.

    `faulty` tells sentences that must not be said although they are proved.
    """

    question: str
    asked: Asked
    passages: tuple[Passage, ...]
    terms: TermIndex
    channel: Channel
    as_of: date
    until: float
    faulty: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it: sentences citing `passages` by their place in it (from 1), reasons for those left out.

    `failed` is "" when the model wrote at least one sentence; else the code of a fault, or NOT_PROVED.
    """

    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    left_out: tuple[str, ...]
    failed: str


class Writer:
    """Writes proved answers with a model; `deadline` is in seconds for all that one question asks of it."""

    def __init__(
        self, model: ChatModel, *, deadline: float, sense: Sense | None = None, entails: Entails | None = None
    ) -> None:
        self._model = model
        self.deadline = deadline
        self._sense = sense
        self._entails = entails

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._model.name

    def until(self) -> float:
        """The moment by which a question asked now is answered."""
        return time.monotonic() + self.deadline

    def follow(self, question: str, history: Sequence[Turn], *, until: float) -> str | None:
        """A follow-up as a question of its own; None when the model fails or adds what nobody said.

        At most a third of the time left goes into it. Personal data are masked before the model sees them.
        """
        question, told = mask(question), [(turn.role, mask(turn.text)) for turn in history]
        said = [f"{'客户' if role == 'user' else '坐席'}：{text[:200]}" for role, text in told[-6:]]
        reply = self._short("follow", until, history=fenced("　".join(said)), question=fenced(question))
        return None if reply is None else _standalone(reply, question, [text for _, text in told])

    def reword(self, question: str, *, until: float) -> str | None:
        """A spoken question in written words, to search by, never to show; None when the model fails or adds figures.

        At most a third of the time left goes into it. Personal data are masked before the model sees them.
        """
        question = mask(question)
        reply = self._short("reword", until, question=fenced(question))
        return None if reply is None else _one_line(reply, question)

    def _short(self, name: str, until: float, **values: str) -> str | None:
        """The reply to a prompt that asks for one line, within a third of the time left; None when the model fails."""
        wording = prompt(name)
        now = time.monotonic()
        try:
            return "".join(
                self._model.stream(
                    wording.fill(**values),
                    until=now + max(0.0, until - now) / 3,
                    temperature=wording.temperature,
                    max_tokens=wording.max_tokens,
                )
            )
        except ChatFault:
            return None

    def write(self, task: Task) -> Generator[Sentence, None, Written]:
        """The sentences as they are proved, then what came of the whole."""
        work = _Work(task, self._sense, self._entails)
        fault = yield from self._draft("draft", task, work)
        if fault is None and work.wants_redraft() and task.until - time.monotonic() > LEAST_SECONDS:
            fault = yield from self._draft("redraft", task, work, **work.so_far())
            # What was proved before stays proved; only the second try is lost.
            fault = None if work.sentences else fault
        if fault is not None:
            return Written((), (), tuple(work.flaws), fault.value)
        if not work.sentences:
            return Written((), (), tuple(work.flaws), NOT_PROVED)
        yield from work.complete()
        return Written(tuple(work.sentences), work.used(), tuple(work.flaws), "")

    def _draft(self, name: str, task: Task, work: _Work, **more: str) -> Generator[Sentence, None, Fault | None]:
        wording = prompt(name)
        manner = manners()[task.channel.value]
        filled = wording.fill(
            passages="\n".join(_passage(n, passage) for n, passage in enumerate(task.passages, start=1)),
            question=fenced(mask(task.question)),
            day=f"{task.as_of.year}年{task.as_of.month}月{task.as_of.day}日",
            manner=manner.instruction,
            **more,
        )
        reply = self._model.stream(
            filled, until=task.until, temperature=wording.temperature, max_tokens=wording.max_tokens
        )
        try:
            for claim in claims(reply):
                sentence = work.judge(claim, manner, again=name == "redraft")
                if sentence is not None:
                    yield sentence
        except ChatFault as fault:
            return fault.fault
        return None


@dataclass
class _Work:
    """An answer in the making."""

    task: Task
    sense: Sense | None
    entails: Entails | None
    sentences: list[Sentence] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    shown: tuple[Shown, ...] = ()
    approved: dict[int, str] = field(default_factory=dict)
    """The approved wordings among the passages by their place (from 1)."""

    def __post_init__(self) -> None:
        places = enumerate(self.task.passages, start=1)
        self.approved = {n: said for n, each in places if (said := approved_wording(each, read_row(each)))}
        self.shown = tuple(read_shown(passage, self.task.terms) for passage in self.task.passages)
        self.prover = Prover(self.task.question, self.shown, self.task.terms, sense=self.sense, entails=self.entails)

    def judge(self, claim: Claim, manner: Manner, *, again: bool) -> Sentence | None:
        """The sentence when it is proved and fits the channel; else its flaw is kept, the words are not."""
        flaw = self._flaw(claim, manner)
        if flaw is None and (place := self._rewrites(claim)):
            return self._approved(place, again=again)
        claim = self._on_prose(claim) if flaw is None else claim
        text = claim.text if flaw is not None else _as_shown(claim, self.shown)
        if flaw is None and text is None:
            flaw = Flaw.FIGURE
        if flaw is None and text is not None and self.task.faulty is not None and self.task.faulty(text):
            flaw = Flaw.FORBIDDEN
        if flaw is not None or text is None:
            if flaw is not None and not (again and flaw is Flaw.REPEATED):
                self.flaws.append(flaw.value)
            return None
        self.said.add(folded(claim.text))
        return self._add(text, claim.citations, Origin.WRITTEN)

    def _rewrites(self, claim: Claim) -> int:
        """The place of the approved wording that a proved sentence says otherwise or in other words, 0 for none."""
        for place in self.approved:
            shown = self.shown[place - 1]
            if contradicts(claim.text, self.task.question, shown, self.task.terms, self.sense):
                return place
        rewritten = [place for place in claim.citations if place in self.approved]
        if not rewritten or any(folded(claim.text) in folded(self.approved[place]) for place in rewritten):
            return 0
        alone = self._on_prose(claim)
        return rewritten[0] if alone == claim or self.prover.flaw(alone) is not None else 0

    def _on_prose(self, claim: Claim) -> Claim:
        """The claim citing prose alone where it cites any; what stands in an approved wording as it is may cite it."""
        if any(folded(claim.text) in folded(self.approved[n]) for n in claim.citations if n in self.approved):
            return claim
        prose = tuple(n for n in claim.citations if n not in self.approved)
        return Claim(claim.text, prose) if prose else claim

    def _approved(self, place: int, *, again: bool) -> Sentence | None:
        """The approved wording in place of a sentence, once; it stands whatever its length."""
        wording = self.approved[place]
        if folded(wording) in self.said:
            return None
        if not again or Flaw.REWORDED.value not in self.flaws:
            self.flaws.append(Flaw.REWORDED.value)
        self.said.add(folded(wording))
        return self._add(wording, (place,), Origin.APPROVED)

    def wants_redraft(self) -> bool:
        """True when something was held back and what is said does not answer the question yet."""
        real = set(self.flaws) - {Flaw.REPEATED.value, Flaw.TOO_LONG.value, Flaw.REWORDED.value}
        return (bool(real) and bool(self._missing())) or (not self.sentences)

    def so_far(self) -> dict[str, str]:
        """What the redraft is told: the sentences that stand, and why others do not."""
        said = "".join(sentence.text for sentence in self.sentences) or "无"
        faults = "；".join(label("flaw", flaw) for flaw in dict.fromkeys(self.flaws)) or "没有可用的句子"
        return {"said": fenced(said), "faults": faults}

    def complete(self) -> Generator[Sentence, None, None]:
        """Quotes what answers the question and is not said yet, figures and conditions above all."""
        manner = manners()[self.task.channel.value]
        room = max(1, manner.max_sentences - len(self.sentences))
        for place, piece in self._missing()[:room]:
            yield self._add(piece.text, (place + 1,), Origin.QUOTED)

    def used(self) -> tuple[Passage, ...]:
        """The passages cited, in the order of their new numbers."""
        return tuple(self.task.passages[n - 1] for n in self.order)

    def _add(self, text: str, citations: Sequence[int], origin: Origin) -> Sentence:
        for n in citations:
            if n not in self.order:
                self.order.append(n)
        numbers = tuple(sorted(self.order.index(n) + 1 for n in citations))
        sentence = Sentence(text + "".join(f"[{n}]" for n in numbers), numbers, origin)
        self.sentences.append(sentence)
        return sentence

    def _flaw(self, claim: Claim, manner: Manner) -> Flaw | None:
        if folded(claim.text) in self.said or self._repeats_approved(claim):
            return Flaw.REPEATED
        length = sum(len(sentence.text) for sentence in self.sentences)
        if len(self.sentences) >= manner.max_sentences or length + len(claim.text) > manner.max_chars:
            return Flaw.TOO_LONG
        return self.prover.flaw(claim)

    def _repeats_approved(self, claim: Claim) -> bool:
        given = [said for said in self.approved.values() if folded(said) in self.said]
        return any(repeats(claim.text, said) for said in given)

    def _missing(self) -> list[tuple[int, Piece]]:
        """The best pieces of the best passage that the sentences leave out a figure of."""
        found = pieces(self.task.passages[0], self.task.asked, self.task.terms)
        best = max((piece.score for piece in found), default=0.0)
        if best <= 0:
            return []
        said = spell_out("，".join(sentence.text for sentence in self.sentences))
        figures = read_figures(re.sub(r"\[\d+\]", "", said), _spans(said, self.task.terms))
        rows = sum(piece.row and piece.score == best for piece in found)
        wanted = [piece for piece in found if piece.score == best and not (piece.row and rows > 1)]
        return [(0, piece) for piece in wanted[:2] if not self._covers(piece, figures)]

    def _covers(self, piece: Piece, said: Sequence[Figure]) -> bool:
        text = spell_out(piece.text)
        wanted = _cells_asked(text, self.task.asked) if piece.row else [text]
        found = [figure for part in wanted for figure in read_figures(part, _spans(part, self.task.terms))]
        figures = [figure for figure in found if figure.kind != "ordinal"]
        return bool(said or not figures) and all(any(same(each, figure) for each in said) for figure in figures)


def _cells_asked(row: str, asked: Asked) -> list[str]:
    """The cells of a row whose column has the most words of the question; all but the key when none has any."""
    key, *cells = row.rstrip("。;").split(";")
    words = telling(asked.text)

    def matched(cell: str) -> int:
        return sum(len(word) for word in telling(cell.partition(":")[0]) if word in words or word in asked.text)

    best = max((matched(cell) for cell in cells), default=0)
    return [cell for cell in cells if matched(cell) == best] if best else cells or [key]


def _passage(n: int, passage: Passage) -> str:
    where = " ".join(passage.heading)
    return f"〔{n}〕《{fenced(passage.title)}》{fenced(where)}：{fenced(passage.text)}"


def _as_shown(claim: Claim, shown: Sequence[Shown]) -> str | None:
    """The sentence, its figures written as in what it cites (85% -> 8.5折); None when one does not stand there."""
    cited = [shown[n - 1] for n in claim.citations]
    digits = {digit for each in cited for digit in _DIGITS.findall(spell_out(each.passage.text))}
    raw = {digit for each in cited for digit in _DIGITS.findall(each.passage.text)}
    text = claim.text
    for token in dict.fromkeys(_TOKEN.findall(claim.text)):
        number = _DIGITS.findall(spell_out(token))
        if number and number[0] not in digits:
            said = read_figures(spell_out(token))
            forms = [
                fact.figure.text
                for each in cited
                for fact in each.facts
                if said and same(said[0], fact.figure) and set(_DIGITS.findall(fact.figure.text)) <= raw
            ]
            if not forms:
                return None
            text = text.replace(token, forms[0])
    return text


def _spans(text: str, terms: TermIndex) -> list[tuple[int, int]]:
    return [(mention.start, mention.end) for mention in mentions(terms, text)]


def _standalone(reply: str, question: str, history: Sequence[str]) -> str | None:
    """The one line of a rewriting, when every figure and word of it was said in the call."""
    said = " ".join((question, *history))
    line = _one_line(reply, said)
    if line is None:
        return None
    known = spell_out(said)
    new = [word for word in telling(spell_out(line)) if word not in known]
    return None if len(new) > 1 else line


def _one_line(reply: str, said: str) -> str | None:
    """The first line of a reply, when every figure of it was said."""
    line = next((each.strip() for each in reply.strip().splitlines() if each.strip()), "")
    line = re.sub(r"^(?:改写|问题)\s*[:：]\s*", "", line).strip("「」“”\"' ")
    added = set(_DIGITS.findall(spell_out(line))) - set(_DIGITS.findall(spell_out(said)))
    return None if added or not 2 <= len(line) <= 120 else line
