"""Everything the public site can do for a customer: answer from the copy, hear what help worked, call a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from assist.access import Action, authorise
from assist.answer import Assistant
from assist.check import clean, problem_of
from assist.compose import read_row
from assist.model import Answer, Channel, Mode, Outcome, Question, Reason
from assist.public.conversation import Conversation, Said, handoff_data, phone_of
from assist.public.outbox import Outbox
from assist.public.rules import URGENT, AccountMatter, Alarm, account_matter_of, alarm_of
from assist.public.service import Service
from assist.wording import say
from kb.clock import ZONE, Clock, today
from kb.errors import InputRefused
from kb.mask import mask
from kb.published import VISITOR, Copies, PublishedBase
from kb.rows import FaqRow

MAX_KEPT = 2_000
FREQUENT = 6
TOPICS = 8


@dataclass(frozen=True, slots=True)
class OpenCopy:
    """One published copy and the assistant over it."""

    base: PublishedBase
    assistant: Assistant


@dataclass(frozen=True, slots=True)
class Topic:
    """Something customers ask about, with questions the copy certainly answers."""

    name: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the page offers before the first question."""

    topics: tuple[Topic, ...] = ()
    frequent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer gets: `text` always, `answer` when one was looked for, the conversation as it goes on.

    `offer_person` says that a person should be offered now; `generated` that a model wrote the text.
    """

    conversation: Conversation
    text: str
    answer: Answer | None = None
    alarm: Alarm | None = None
    offer_person: bool = False

    @property
    def generated(self) -> bool:
        """True for text that must carry the label for generated content."""
        return self.answer is not None and self.answer.mode is Mode.GENERATED


class PublicDesk:
    """The service behind the customer's page and API; thread-safe. It has the copy and the outbox, and nothing else."""

    def __init__(self, copies: Copies[OpenCopy], outbox: Outbox, service: Service, clock: Clock) -> None:
        self._copies = copies
        self._outbox = outbox
        self._clock = clock
        self._welcome: tuple[tuple[str, date] | None, Welcome] = (None, Welcome())
        self.service = service

    def reply(self, conversation: Conversation, text: str) -> Reply:
        """Answers what a customer said; danger, distress and anger go to a person at once.

        Raises InputRefused for what is no question, with the reason in Chinese.
        """
        authorise(VISITOR, Action.ASK)
        problem = problem_of(text)
        if problem is not None:
            raise InputRefused(f"not a question: {problem[0]}", hint=problem[1])
        conversation = conversation if conversation.id else Conversation.new()
        asked = clean(text)
        alarm = alarm_of(asked)
        if alarm is not None:
            return self._alarmed(conversation, asked, alarm)
        matter = account_matter_of(asked)
        reply = self._account(conversation, matter) if matter else self._answered(conversation, asked)
        grown = conversation.grown(Said(asked, reply.text, reply.answer))
        return replace(reply, conversation=grown)

    def helped(self, conversation: Conversation, helpful: bool) -> None:
        """Keeps whether the last answer helped."""
        authorise(VISITOR, Action.GIVE_FEEDBACK)
        last = next((one for one in reversed(conversation.said) if one.answer is not None), None)
        if last is None or last.answer is None:
            return
        self._outbox.add(
            "feedback",
            {
                "verdict": "useful" if helpful else "wrong",
                "reason": "" if helpful else say("public.unhelpful_reason"),
                "session": conversation.id,
                "question": mask(last.text)[:MAX_KEPT],
                "answer": mask(last.reply)[:MAX_KEPT],
                "cited": [[one.source, one.quote[:600]] for one in last.answer.citations],
            },
        )

    def call_person(self, conversation: Conversation, reason: str, urgency: int = 0) -> Conversation:
        """Puts the customer into the agents' queue with transcript and summary; once a conversation."""
        authorise(VISITOR, Action.CALL_A_PERSON)
        if conversation.ticket:
            return conversation
        return self._called(conversation, reason, urgency, {}, "")

    def call_back(self, conversation: Conversation, phone: str, wanted_at: str) -> Conversation:
        """Asks for a call back to `phone`; raises InputRefused for what is no Chinese phone number."""
        authorise(VISITOR, Action.CALL_A_PERSON)
        number = phone_of(phone)
        if number is None:
            raise InputRefused("not a phone number", hint=say("public.phone_wrong"))
        conversation = conversation if conversation.id else Conversation.new()
        more = {"kind": "callback", "wanted_at": mask(clean(wanted_at))[:100]}
        return self._called(conversation, conversation.reason or "asked", 0, more, number)

    def welcome(self) -> Welcome:
        """Topics and frequent questions of the copy in use; empty while nothing is published."""
        with self._copies.borrow() as copy:
            if copy is None:
                return Welcome()
            known = (copy.base.manifest.name, today(self._clock))
            if self._welcome[0] != known:
                self._welcome = (known, welcome_of(copy.base))
            return self._welcome[1]

    def open_now(self) -> bool:
        """True within the hours of service."""
        return self.service.hours.open_at(self._clock.now())

    def next_opening(self) -> datetime | None:
        """When somebody answers again."""
        return self.service.hours.next_opening(self._clock.now())

    def warm_up(self) -> None:
        """Loads the model by asking for nobody."""
        if self.ready():
            self._ask(Conversation(), "您好，请问怎么办理业务", record=False)

    def ready(self) -> bool:
        """True once something is published."""
        with self._copies.borrow() as copy:
            return copy is not None

    def _alarmed(self, conversation: Conversation, asked: str, alarm: Alarm) -> Reply:
        """Says what the rule says; a person is called before anything else can go wrong."""
        grown = conversation.grown(Said(asked, alarm.say, alarm=alarm.name))
        if alarm.urgency >= URGENT and conversation.ticket:
            # Whoever is already in the queue and becomes more urgent must not stay in its place.
            grown = self._called(replace(grown, ticket=""), alarm.name, alarm.urgency, {"ticket": grown.ticket}, "")
        else:
            grown = self.call_person(grown, alarm.name, alarm.urgency)
        return Reply(grown, alarm.say, alarm=alarm, offer_person=True)

    def _account(self, conversation: Conversation, matter: AccountMatter) -> Reply:
        """Says that no account can be seen here, and the way to do it, from the knowledge where it knows it."""
        answer = self._ask(conversation, matter.ask, record=False) if matter.ask else None
        told = answer.text if answer is not None and answer.outcome is Outcome.ANSWERED else matter.way
        text = f"{say('public.account')}\n{told}"
        if answer is None or answer.outcome is not Outcome.ANSWERED:
            answer = Answer(Outcome.ANSWERED, text)
        return Reply(conversation, text, replace(answer, text=text), offer_person=True)

    def _answered(self, conversation: Conversation, asked: str) -> Reply:
        answer = self._ask(conversation, asked, record=True)
        refused = answer.outcome is Outcome.REFUSED
        return Reply(conversation, answer.text, answer, offer_person=refused)

    def _ask(self, conversation: Conversation, asked: str, *, record: bool) -> Answer:
        with self._copies.borrow() as copy:
            if copy is None:
                return Answer(Outcome.REFUSED, say("public.nothing_yet"), reason=Reason.NO_EVIDENCE)
            return copy.assistant.answer(
                Question(
                    asked,
                    VISITOR,
                    today(self._clock),
                    history=conversation.turns,
                    channel=Channel.CHAT,
                    session=conversation.id,
                    record=record,
                )
            )

    def _called(
        self, conversation: Conversation, reason: str, urgency: int, more: dict[str, str], contact: str
    ) -> Conversation:
        conversation = conversation if conversation.id else Conversation.new()
        ticket = more.get("ticket") or conversation.ticket or self._ticket(conversation)
        kind = more.get("kind") or ("person" if self.open_now() else "callback")
        told = {**more, "kind": kind, "ticket": ticket}
        self._outbox.add("handoff", handoff_data(conversation, reason, urgency, told), contact=contact)
        return conversation.called(ticket, reason, callback=bool(contact))

    def _ticket(self, conversation: Conversation) -> str:
        """What the customer says on the phone: month and day, and four characters that are hard to mishear."""
        day = self._clock.now().astimezone(ZONE)
        digits = int(hashlib.sha256(conversation.id.encode()).hexdigest(), 16)
        letters = "".join(_CLEAR[digits // len(_CLEAR) ** place % len(_CLEAR)] for place in range(4))
        return f"{day:%m%d}-{letters}"


_CLEAR = "23456789ACEFHKMNPRTWXY"


def welcome_of(base: PublishedBase) -> Welcome:
    """Topics by the products most asked about, and one frequent question of each, from entries in force today."""
    by_product: dict[str, list[str]] = {}
    for passage in base.entries():
        row = read_row(passage)
        if isinstance(row, FaqRow):
            for product in row.products or passage.products[:1]:
                by_product.setdefault(product, []).append(row.question)
    ranked = sorted(by_product.items(), key=lambda item: -len(item[1]))[:TOPICS]
    topics = tuple(Topic(name, tuple(dict.fromkeys(questions))[:5]) for name, questions in ranked)
    return Welcome(topics, _first_of_each(topics))


def _first_of_each(topics: Sequence[Topic]) -> tuple[str, ...]:
    firsts = dict.fromkeys(topic.questions[0] for topic in topics if topic.questions)
    return tuple(firsts)[:FREQUENT]
