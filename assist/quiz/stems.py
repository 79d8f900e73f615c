"""Stems in more natural words: what a model may reword, and what its wording must keep; generation calls it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assist.quiz.figures import canonical, quantities
from assist.quiz.model import BLANK, GAP, Draft, ItemKind
from assist.quiz.valid import fault
from kb.mask import mask
from kb.model import Passage
from kb.text import words

Rewrite = Callable[[Sequence[str]], Sequence[str]]
"""More natural wordings of stems, in order, from a language model; what is changed in substance is not taken."""

TAG = "模型改写"
LONGEST = 2.0
"""A wording longer than this many times the old one says more than it did."""
_QUOTED = re.compile(r"[“《「]([^”》」]+)[”》」]")
_AGAINST = re.compile(r"不|没|无|非|未|否|别|勿|除|错|误|反")
_ASKED = """
按 按照 根据 依据 依照 关于 规定 要求 里 中 空白 空白处 处 应 应该 应当 选 选择 填 填空 请 一下 问 请问 下列
下面 以下 哪 哪些 哪个 哪项 哪一项 哪一 哪种 哪一个 一项 一个 项 个 什么 多少 多久 几 谁 怎么 怎样 如何 是 为
的 有 有关 对 说法 选项 正确 符合 题 多选 单选 简要 说明 说说 说 简述 简答 要点 至少 答 答出 点 客户 遇到
情景 时 这 这一 该 其中 排列 排序 顺序 先后 步骤 步 分 规范 应答 一句 句 现行 答复 各项 中的 里面 内容 我们
公司 您 你 咱们 那么 呢 吗 写 写明 上 写的 一栏 栏 对应 分别 就 来 把 按先后 具体 在
"""
_ASKING = frozenset(_ASKED.split())
"""Words that only make a stem a question: they may come and go."""


def reworded(drafts: Sequence[Draft], passages: Mapping[int, Passage], rewrite: Rewrite) -> tuple[list[Draft], str]:
    """The drafts with proved new stems, and in one line what became of the others; "" when nothing could be asked.

    A wording that fails a check leaves the stem as the rules made it. Personal numbers never reach the model.
    """
    free = [(at, part) for at, draft in enumerate(drafts) if (part := _free(draft)) and mask(part) == part]
    given = list(rewrite([part for _, part in free])) if free else []
    if len(given) != len(free):
        given = [part for _, part in free]
    result, stems = list(drafts), {draft.stem for draft in drafts}
    same = refused = 0
    for (at, part), text in zip(free, given, strict=True):
        draft = drafts[at]
        if text.strip() == part:
            same += 1
            continue
        new = replace(draft, stem=text.strip() + draft.stem[len(part) :], tags=(*draft.tags, TAG))
        if kept(part, text) and new.stem not in stems and not fault(new, passages[draft.evidence.passage_id]):
            result[at] = new
            stems.add(new.stem)
        else:
            refused += 1
    told = (
        f"语言模型改写了 {len(free) - same - refused} 题的题干；{refused} 题改得不对，{same} 题没有改，用规则的题干。"
    )
    return result, told if free else ""


def kept(old: str, new: str) -> bool:
    """True when `new` asks what `old` asks.

    The same figures, names and blanks, each name before the same word, no other negation, and the same words in the
    same order but for those of asking.
    """
    text = new.strip()
    if not text or "\n" in text or len(text) > LONGEST * len(old) + 8 or any(char in text for char in "<>`"):
        return False
    if Counter(map(canonical, quantities(text))) != Counter(map(canonical, quantities(old))):
        return False
    if re.findall(r"\d+(?:\.\d+)?", text) != re.findall(r"\d+(?:\.\d+)?", old):
        return False
    if Counter(_named(old)) != Counter(_named(text)):
        return False
    if any(text.count(sign) != old.count(sign) for sign in (BLANK, GAP)):
        return False
    if Counter(_AGAINST.findall(text)) != Counter(_AGAINST.findall(old)):
        return False
    return _meant(old) == _meant(text)


def _meant(text: str) -> list[str]:
    """The words that say what is asked, names and figures left out: those are compared letter for letter."""
    bare = re.sub(r"\d+", " ", _QUOTED.sub("，", text))
    return [word for word in words(bare) if word not in _ASKING and word.isalnum()]


def _named(text: str) -> list[tuple[str, str]]:
    """Each name with the word that follows it, "" where a pause or another name does: what is asked of it."""
    found = []
    for match in _QUOTED.finditer(text):
        rest = re.split(r"[，。？：；“《「（]", text[match.end() :])[0]
        found.append((match[1], next(iter(_meant(rest)), "")))
    return found


def _free(draft: Draft) -> str:
    """The part of a stem that may be put in other words; a statement to judge and a sentence with a hole may not."""
    if draft.kind is ItemKind.TRUE_FALSE:
        return ""
    head = draft.stem.partition("\n")[0]
    return "" if BLANK in head or GAP in head else head
