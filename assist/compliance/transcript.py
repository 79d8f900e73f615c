"""Reads a text as turns of a call, or as the agent's own draft when it names no speakers; the check calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assist.compliance.model import MAX_CHARS, Script, Speaker, Turn
from kb.errors import InputRefused

_SPEAKERS = {
    "坐席|座席|客服代表|客服|话务员|接线员|服务员|agent": Speaker.AGENT,
    "值班经理|经理|班长|主管|manager": Speaker.MANAGER,
    "客户|用户|顾客|来电人|机主|customer|user": Speaker.CUSTOMER,
}
_LABEL = re.compile(
    r"^[ \t]*[\[【(（]?(?:\d{1,2}:\d{2}(?::\d{2})?[\]】)）]?[ \t]*[\[【(（]?)?"
    rf"(?P<name>{'|'.join(_SPEAKERS)})(?:[A-Za-z0-9]{{1,8}}号?)?[\]】)）]?[ \t]*[:：][ \t]*",
    re.IGNORECASE | re.MULTILINE,
)


def read_script(text: str) -> Script:
    """`text` as turns; raises InputRefused for nothing, for no words and for more than MAX_CHARS characters."""
    if len(text) > MAX_CHARS:
        hint = f"内容有 {len(text)} 个字，超过 {MAX_CHARS} 字的上限，请分段检查。"
        raise InputRefused("the text is too long", hint=hint)
    if not any(character.isalnum() for character in text):
        raise InputRefused("the text has no words", hint="没有看到要检查的文字，请粘贴应答或通话转写后再检查。")
    labels = list(_LABEL.finditer(text))
    if not labels:
        return Script(text, (Turn(Speaker.AGENT, 0, len(text)),), labelled=False)
    ends = [label.start() for label in labels[1:]] + [len(text)]
    turns = [
        Turn(_speaker(label["name"]), label.end(), _trimmed(text, label.end(), end))
        for label, end in zip(labels, ends, strict=True)
    ]
    if text[: labels[0].start()].strip():
        turns.insert(0, Turn(Speaker.AGENT, 0, _trimmed(text, 0, labels[0].start())))
    return Script(text, tuple(turns), labelled=True)


def write_script(turns: Sequence[tuple[Speaker, str]]) -> str:
    """The text that `read_script` reads as these turns, a turn a line."""
    names = {Speaker.AGENT: "坐席", Speaker.MANAGER: "值班经理", Speaker.CUSTOMER: "客户"}
    return "\n".join(f"{names[speaker]}：{' '.join(said.split())}" for speaker, said in turns)


def _speaker(name: str) -> Speaker:
    return next(who for names, who in _SPEAKERS.items() if re.fullmatch(names, name, re.IGNORECASE))


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
