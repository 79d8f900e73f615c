"""Has a language model word a draft from its gap; what it returns is a draft for people, never an answer. `app.py`.

Only masked text leaves the house. A model that fails costs nothing: the draft is then made by rule and says why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assist.chat import ChatFault, ChatModel, Fault
from assist.loop.documents import FIELDS, listed
from assist.prompts import fenced, prompt
from assist.wording import label
from kb.mask import mask
from kb.model import Passage
from kb.store import DraftKind

MOST_SIMILAR = 12
"""A model may add ways of asking until there are so many."""

_TEXT = 600
"""So many characters of each passage are shown to the model."""

_TAG = re.compile(r"^\s*[【\[]\s*([^】\]\n]{2,8})\s*[】\]][ \t]*[:：]?[ \t]*(.*)$", re.MULTILINE)
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)

_WRITTEN: Mapping[DraftKind, Mapping[str, str]] = {
    DraftKind.FAQ: {
        "similar": "别的说法，一行一条，最多五条",
        "answer": "答案",
        "basis": "所依据的资料名称和条款，没有就空着",
    },
    DraftKind.SCRIPT: {
        "triggers": "客户会怎么说，一行一条，最多五条",
        "wording": "坐席照着说的话，称呼用{客户姓}{先生/女士}",
        "forbidden": "不能说的话，一行一条，没有就空着",
    },
    DraftKind.POLICY: {"body": "正文，一行一条，每条以“第一条”“第二条”开头"},
}
"""The fields a model may word, and how; the question or scenario of the gap stays as it was asked."""

_MAIN = {DraftKind.FAQ: "answer", DraftKind.SCRIPT: "wording", DraftKind.POLICY: "body"}
_LISTS = frozenset({"similar", "triggers", "forbidden"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """Fields as the model worded them; with a `fault` there are none, and it says why for people."""

    fields: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ModelDrafts:
    """Words drafts with a chat model; `deadline` is in seconds."""

    chat: ChatModel
    deadline: float

    def __call__(self, kind: DraftKind, question: str, similar: Sequence[str], passages: Sequence[Passage]) -> Proposal:
        """Fields for a draft of `kind`, or why there are none; never raises for what the model does."""
        wording = prompt("propose")
        names = FIELDS[kind]
        messages = wording.fill(
            kind=kind.label,
            form="\n".join(f"【{names[name]}】{how}" for name, how in _WRITTEN[kind].items()),
            question=_sent(question),
            similar="\n".join(_sent(each) for each in similar[:20]) or "无",
            passages="\n".join(
                f"〔{n}〕《{_sent(each.title)}》{_sent(' '.join(each.heading))}：{_sent(each.text[:_TEXT])}"
                for n, each in enumerate(passages, start=1)
            )
            or "无",
        )
        until = time.monotonic() + self.deadline
        try:
            reply = "".join(
                self.chat.stream(messages, until=until, temperature=wording.temperature, max_tokens=wording.max_tokens)
            )
        except ChatFault as fault:
            return Proposal(fault=label("fault", fault.fault))
        fields = read(kind, reply)
        if not fields.get(_MAIN[kind]):
            return Proposal(fault=label("fault", Fault.NOT_A_REPLY))
        return Proposal(_kept(fields, question, similar, passages))


def read(kind: DraftKind, reply: str) -> dict[str, str]:
    """The fields of a reply written as 【name】 and its text; what belongs to no field of the kind is left out."""
    text = mask(_THINKING.sub("", reply))
    known = {label_: name for name, label_ in FIELDS[kind].items() if name in _WRITTEN[kind]}
    found: dict[str, str] = {}
    # A strange heading on a line of its own ends the field before it; 【等待5秒】 within a script does not.
    tags = [tag for tag in _TAG.finditer(text) if tag[1] in known or not (tag[2] or re.search(r"\d", tag[1]))]
    for at, tag in enumerate(tags):
        end = tags[at + 1].start() if at + 1 < len(tags) else len(text)
        if tag[1] in known:
            found.setdefault(known[tag[1]], f"{tag[2].strip()}\n{text[tag.end() : end].strip()}".strip())
    return found


def _kept(
    fields: Mapping[str, str], question: str, similar: Sequence[str], passages: Sequence[Passage]
) -> dict[str, str]:
    """The fields as the draft takes them: ways of asking join those asked, a basis must be one that was shown."""
    kept = {name: text for name, text in fields.items() if text}
    for name in _LISTS & set(kept):
        lines = listed("\n".join(line.lstrip("-•·*0123456789.、 ") for line in kept[name].splitlines()))
        kept[name] = "\n".join(each for each in lines if each not in ("无", "没有", "空"))
    asked = {"similar": list(similar), "triggers": [question, *similar]}
    for name in asked.keys() & kept.keys():
        ways = [each for each in listed("\n".join([*asked[name], kept[name]])) if name != "similar" or each != question]
        kept[name] = "\n".join(ways[: max(MOST_SIMILAR, len(asked[name]))])
    basis = kept.get("basis", "")
    if not any(each.title and each.title in basis for each in passages):
        kept.pop("basis", None)
    return kept


def _sent(text: str) -> str:
    return fenced(mask(text))
