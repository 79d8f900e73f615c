"""Practice and exams of one person: what comes next, feedback with the source, results; authorised call by call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from assist.access import Action, authorise
from assist.problems import NotFoundError
from assist.quiz.desk import Base, QuizDesk
from assist.quiz.marking import mark
from assist.quiz.memory import reviewed
from assist.quiz.model import LETTERS, Item, ItemKind, item_from
from assist.quiz.roleplay import Judge, Scene, draw, play, scenes
from kb.clock import Clock
from kb.errors import InputRefused, UsageError
from kb.mask import mask as masked
from kb.model import Principal
from kb.store import Answered, BankItem, Card, ItemState, Learner, Session
from kb.store.practice import PracticeBook

MODES = ("practice", "exam", "roleplay")
MAX_COUNT = 100
Told = Callable[[Session], None]
"""Hears of a session that is over, once."""
GRACE = timedelta(seconds=10)
"""An answer on its way when time runs out still counts."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to practise; `paper_id` gives the items of a paper, in an exam."""

    mode: str = "practice"
    count: int = 10
    topics: tuple[str, ...] = ()
    stage: str = ""
    minutes: int = 0
    seed: int = 0
    paper_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as it stands before the one who answers: `place` from 1, options in their order for this session."""

    place: int
    total: int
    kind: ItemKind | None
    stem: str
    options: tuple[str, ...]
    topic: str
    scene: Scene | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an answer gets at once; of an exam only `recorded` until it is over. `letters` name options as shown."""

    recorded: bool
    score: float = 0.0
    right: bool = False
    letters: str = ""
    missed: tuple[str, ...] = ()
    explanation: str = ""
    source: str = ""
    due: datetime | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A session that is over: the mean score in [0, 1] over all its items, and each line's own."""

    session: Session
    score: float
    answered: int
    lines: tuple[tuple[Shown, str, Feedback], ...]


class Practice:
    """The service behind practice; thread-safe. Everybody sees their own sessions only."""

    def __init__(
        self, *, base: Base, desk: QuizDesk, clock: Clock, judge: Judge | None = None, told: Told | None = None
    ) -> None:
        self._base = base
        self._desk = desk
        self._clock = clock
        self._judge = judge
        self._told = told

    @property
    def _book(self) -> PracticeBook:
        return self._base.catalogue.practice

    def topics(self, person: Principal) -> dict[str, int]:
        """Topics with items to practise."""
        authorise(person, Action.PRACTISE)
        return self._base.catalogue.quiz.topics()

    def learner(self, person: Principal) -> Learner:
        """What is known of the one who practises."""
        authorise(person, Action.PRACTISE)
        known = self._book.learner(person.id)
        return replace(known, team=known.team or person.department)

    def due(self, person: Principal) -> int:
        """How many items are due for repetition now."""
        authorise(person, Action.PRACTISE)
        return len(self._book.cards(person.id, due_by=self._clock.now()))

    def start(self, person: Principal, wish: Wish) -> Session:
        """Opens a session; raises InputRefused when there is nothing to practise, UsageError for an odd wish."""
        authorise(person, Action.PRACTISE)
        if wish.mode not in MODES or not 1 <= wish.count <= MAX_COUNT or not 0 <= wish.minutes <= 600:
            raise UsageError(f"wish {wish}", hint=f"练习方式不对：题数 1 到 {MAX_COUNT}，时间 0 到 600 分钟。")
        seed = wish.seed or Random().randrange(1, 1_000_000)  # noqa: S311
        if wish.mode == "roleplay":
            chosen = [scene.id for scene in draw(self._scenes(person, wish.topics), wish.count, seed)]
        else:
            chosen = [row.id for row, _ in self._choose(person, wish, seed)]
        if not chosen:
            raise InputRefused(
                "nothing to practise", hint="所选范围里还没有可练的题：请换个主题或阶段，或请内训师出题并采用。"
            )
        title = "、".join(wish.topics) or wish.stage or "全部主题"
        return self._book.begin(Session(person.id, wish.mode, tuple(chosen), seed, wish.minutes, title[:80]))

    def show(self, person: Principal, session_id: int, place: int) -> Shown:
        """The item at a place (from 1) of one's own session."""
        session = self._mine(person, session_id)
        if session.mode == "roleplay":
            scene = self._scene(person, session, place)
            return Shown(place, len(session.items), None, scene.customer, (), scene.topic, scene)
        item = self._item(session, place)
        return Shown(place, len(session.items), item.kind, item.stem, item.options, item.topic)

    def left(self, person: Principal, session_id: int) -> timedelta | None:
        """The time left in a session, None without a limit."""
        session = self._mine(person, session_id)
        if not session.minutes or session.started_at is None:
            return None
        return session.started_at + timedelta(minutes=session.minutes) - self._clock.now()

    def now(self) -> datetime:
        """The present moment."""
        return self._clock.now()

    def answer(self, person: Principal, session_id: int, place: int, given: str) -> Feedback:
        """Marks an answer, keeps it (masked) and schedules the item anew.

        Each place is answered once. Raises InputRefused for an unfit answer, a second one, or one too late.
        """
        session = self._mine(person, session_id)
        self._admit(session, place)
        if session.mode == "roleplay":
            return self._played(person, session, place, given)
        item = self._item(session, place)
        got = mark(item, given)
        row = self._require(session.items[place - 1])
        state, due = self._scheduled(person, row, got.score)
        self._book.answer(self._line(person, session, row, item, got.score, given), Card(person.id, row.id, state, due))
        if session.mode == "exam":
            return Feedback(recorded=True)
        return _feedback(item, got.score, got.missed, due)

    def finish(self, person: Principal, session_id: int) -> Result:
        """Closes a session and tells how it went; may be asked again afterwards."""
        first = self._mine(person, session_id).finished_at is None
        session = self._book.finish(session_id)
        if first and self._told is not None:
            self._told(session)
        return self._result(session)

    def history(self, person: Principal) -> tuple[Session, ...]:
        """One's own sessions, the newest first."""
        authorise(person, Action.PRACTISE)
        return self._book.sessions(person.id)

    def _choose(self, person: Principal, wish: Wish, seed: int) -> list[tuple[BankItem, Item]]:
        bank = self._base.catalogue.quiz
        if wish.paper_id is not None:
            paper = bank.paper(wish.paper_id)
            if paper is None:
                raise UsageError(f"no paper {wish.paper_id}", hint="没有这份试卷，请核对编号。")
            rows = [row for row in bank.items([each for each, _ in paper.items]) if row.state is ItemState.ACCEPTED]
            return self._desk.usable(rows, person)
        rows = list(bank.list((ItemState.ACCEPTED,), topics=wish.topics, stage=wish.stage, limit=None))
        random = Random(seed)  # noqa: S311 - the seed makes the same exam again
        rows.sort(key=lambda row: row.id)
        random.shuffle(rows)
        if wish.mode == "practice":
            rows = self._by_need(person, rows)
        # Looked at in lots: what does not hold today is left out, and the next ones come in its place.
        good: list[tuple[BankItem, Item]] = []
        for at in range(0, len(rows), wish.count):
            good += self._desk.usable(rows[at : at + wish.count], person)
            if len(good) >= wish.count:
                break
        return good[: wish.count]

    def _by_need(self, person: Principal, rows: Sequence[BankItem]) -> list[BankItem]:
        """Due ones first, the most overdue ahead; then new ones, of weak topics first; then the rest by when due."""
        due = {card.item_id: card.due for card in self._book.cards(person.id)}
        weak = {tally.key: tally.mean for tally in self._book.tally("topic", person=person.id)}
        now = self._clock.now()

        def need(row: BankItem) -> tuple[int, float]:
            moment = due.get(row.id)
            if moment is None:
                return 1, weak.get(row.topic, 0.5)
            return (0 if moment <= now else 2), moment.timestamp()

        return sorted(rows, key=need)

    def _mine(self, person: Principal, session_id: int) -> Session:
        authorise(person, Action.PRACTISE)
        session = self._book.session(session_id)
        if session is None or session.person != person.id:
            raise NotFoundError(f"session {session_id} is not {person.id}'s", hint="没有这次练习，或不是您的练习。")
        return session

    def _admit(self, session: Session, place: int) -> None:
        if not 1 <= place <= len(session.items):
            raise UsageError(f"place {place}", hint=f"题号须在 1 到 {len(session.items)} 之间。")
        if session.finished_at is not None:
            raise InputRefused("the session is over", hint="这次练习已经结束，不能再作答。")
        late = session.minutes and session.started_at is not None
        if late and self._clock.now() > session.started_at + timedelta(minutes=session.minutes) + GRACE:  # type: ignore[operator]
            over = self._book.finish(session.id)
            if self._told is not None:
                self._told(over)
            raise InputRefused("time is up", hint="考试时间已到，已自动交卷；之前的作答都已保存。")
        done = {line.item_id for line in self._book.answers(session_id=session.id)}
        if session.items[place - 1] in done:
            raise InputRefused("answered already", hint="这道题已经作答，不能重复提交。")

    def _item(self, session: Session, place: int) -> Item:
        """The item at a place, its options in this session's order."""
        if not 1 <= place <= len(session.items):
            raise UsageError(f"place {place}", hint=f"题号须在 1 到 {len(session.items)} 之间。")
        row = self._require(session.items[place - 1])
        return shuffled(item_from(row.payload), session.seed)

    def _require(self, item_id: str) -> BankItem:
        row = self._base.catalogue.quiz.get(item_id)
        if row is None:
            raise UsageError(f"no item {item_id}", hint="题库里没有这道题。")
        return row

    def _scheduled(self, person: Principal, row: BankItem, score: float) -> tuple[dict[str, object], datetime]:
        card = self._book.card(person.id, row.id)
        return reviewed(card.state if card else None, score, self._clock.now())

    def _line(
        self, person: Principal, session: Session, row: BankItem, item: Item, score: float, given: str
    ) -> Answered:
        return Answered(
            person=person.id,
            item_id=row.id,
            score=score,
            given=masked(given.strip())[:500],
            session_id=session.id,
            topic=item.topic,
            stage=item.stage,
            competency=item.competency,
            team=self.learner(person).team,
        )

    def _scenes(self, person: Principal, topics: Sequence[str] = ()) -> list[Scene]:
        return scenes(self._desk.seen_by(person), topics)

    def _scene(self, person: Principal, session: Session, place: int) -> Scene:
        wanted = session.items[place - 1] if 1 <= place <= len(session.items) else ""
        found = next((scene for scene in self._scenes(person) if scene.id == wanted), None)
        if found is None:
            raise InputRefused("the scene is gone", hint="这个情景的话术已变更，请重新开始一轮。")
        return found

    def _played(self, person: Principal, session: Session, place: int, given: str) -> Feedback:
        scene = self._scene(person, session, place)
        played = play(scene, given, self._judge)
        self._book.answer(
            Answered(
                person=person.id,
                item_id=scene.id,
                score=played.score,
                given=masked(given.strip())[:500],
                session_id=session.id,
                topic=scene.topic,
                competency="核心行为",
                team=self.learner(person).team,
            )
        )
        banned = tuple(f"说了禁用语“{phrase}”" for phrase in played.said)
        return Feedback(
            recorded=True,
            score=played.score,
            right=played.score >= 1,
            missed=played.missed,
            explanation=scene.wording,
            source=f"《规范应答话术》{scene.title}",
            findings=(*banned, *played.findings),
        )

    def _result(self, session: Session) -> Result:
        given = {line.item_id: line for line in self._book.answers(session_id=session.id)}
        lines = []
        if session.mode != "roleplay":
            for place, each in enumerate(session.items, start=1):
                item = self._item(session, place)
                line = given.get(each)
                missed = mark(item, line.given).missed if line else item.right
                shown = Shown(place, len(session.items), item.kind, item.stem, item.options, item.topic)
                text = line.given if line else ""
                lines.append((shown, text, _feedback(item, line.score if line else 0.0, missed, None)))
        total = sum(line.score for line in given.values())
        return Result(session, round(total / max(len(session.items), 1), 4), len(given), tuple(lines))


def shuffled(item: Item, seed: int) -> Item:
    """The item with its options in an order of their own for a session; judgements stay as they are."""
    if item.kind is ItemKind.TRUE_FALSE or not item.options:
        return item
    order = list(range(len(item.options)))
    Random(f"{seed}:{item.id}").shuffle(order)  # noqa: S311 - the seed makes the same exam again
    if item.kind is ItemKind.ORDER and tuple(order.index(at) for at in item.key) == tuple(range(len(order))):
        order = order[1:] + order[:1]
    key = tuple(order.index(at) for at in item.key)
    return replace(
        item,
        options=tuple(item.options[at] for at in order),
        key=key if item.kind is ItemKind.ORDER else tuple(sorted(key)),
    )


def _feedback(item: Item, score: float, missed: tuple[str, ...], due: datetime | None) -> Feedback:
    proof = next((one for one in item.evidence if one.role == "key"), None)
    where = f"《{proof.title}》{' › '.join(proof.heading)}" if proof else ""
    letters = "".join(LETTERS[at] for at in item.key) if item.options and item.kind is not ItemKind.TRUE_FALSE else ""
    return Feedback(
        recorded=True,
        score=score,
        right=score >= 1,
        letters=letters or item.letters,
        missed=missed,
        explanation=item.explanation,
        source=where,
        due=due,
    )
