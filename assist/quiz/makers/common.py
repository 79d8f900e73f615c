"""What all makers share: which sentences can be asked about, and a sentence with another figure in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from random import Random

from assist.quiz.figures import Quantity, canonical, near, quantities
from assist.quiz.material import Material
from assist.quiz.model import BLANK, FALSE, GAP, TRUE, Draft, Evidence, ItemKind
from assist.quiz.passages import clause
from kb.model import Passage

SHORTEST, LONGEST = 10, 96
OPTIONS = 4

_DANGLING = re.compile(
    r"^(?:其中?|该|此|上述|前款|前项|本条|但|并且?|而|且|同时|例|如|即|也|否则|因此|所以|按此|另|已达|未体现|不是。|是的。|[，、；）])"
    r"|^\d[\d.]*[×÷]|^\d+[.．、] ?(?!\d)"
)
_REFERRING = re.compile(r"见表|表\d|前款|前项|上述|本条|第[一二三四五六七八九十]+条|例如|例：|示例|施行|废止|＝|×")
_LEANING = re.compile(
    r"^(?:例|其|该|此|按此|已达|未体现|但|也|并|且|否则|不足|第[一二三四五六]步|[一二三四五六]，|\d+[×÷])|＝|……|前款|本条|下列|：$|第[一二三四五六七八九十]+条|表\d|(?:属于|除外|同上)$"
)
_FOREVER = re.compile(r"全天|每天|7×$")
"""Before 24小时 these words leave nothing to ask."""
_OPENED = re.compile(r"（$|\d(?:周岁|[天日月年元])?[至到-]$")
_TELLING = 8
_FEW = 2
_UNCLEAR = re.compile(r"[“\"]\d|……")


def askable(sentence: str, *, shortest: int = SHORTEST, longest: int = LONGEST) -> bool:
    """True for a sentence that can stand alone in a stem."""
    if not shortest <= len(sentence) <= longest or _DANGLING.search(sentence) or _REFERRING.search(sentence):
        return False
    return sentence.count("（") == sentence.count("）") and not _UNCLEAR.search(sentence)


def with_other(sentence: str, quantity: Quantity, other: str) -> str:
    """`sentence` with `other` where `quantity` stands."""
    return sentence[: quantity.start] + other + sentence[quantity.end :]


def others(
    material: Material, passage: Passage, sentence: str, quantity: Quantity, random: Random, *, wanted: int = 3
) -> list[str]:
    """Other amounts that the base shows to be wrong in this place: no passage in force says the sentence with them."""
    stated = {canonical(each) for each in quantities(sentence)}
    found = []
    for text in near(quantity, random, siblings=material.siblings(passage, quantity.unit), wanted=wanted + 4):
        there = quantities(text)
        if not there or canonical(there[0]) in stated:
            continue
        if not material.says(with_other(sentence, quantity, text)) and text not in found:
            found.append(text)
    return found[:wanted]


def questions_of_figures(
    material: Material,
    passage: Passage,
    sentence: str,
    lead: str,
    random: Random,
    *,
    proof: Evidence,
    fact: str,
    explanation: str = "",
    tags: Sequence[str] = (),
) -> Iterator[Draft]:
    """Choice, blank and judgement over one figure of a sentence; `lead` says where the sentence comes from."""
    for quantity in _worth_asking(sentence, random):
        wrong = others(material, passage, sentence, quantity, random)
        rest = with_other(sentence, quantity, "")
        if not wrong or quantity.compact in rest.replace(" ", ""):
            continue
        told = claim_of(passage, sentence, quantity)
        common = {"evidence": proof, "fact": fact, "claim": told, "explanation": explanation, "tags": tuple(tags)}
        if len(wrong) == OPTIONS - 1:
            stem = f"{lead}，空白处应选哪一项？\n{_blanked(sentence, quantity, BLANK)}"
            yield Draft(ItemKind.SINGLE, stem, (quantity.compact,), tuple(wrong), difficulty=2, **common)  # type: ignore[arg-type]
        stem = f"{lead}，请填空：\n{_blanked(sentence, quantity, GAP)}"
        if quantity.start > 0 and _introduced(sentence, quantity):
            yield Draft(ItemKind.FILL, stem, (), (), answers=(quantity.compact,), difficulty=2, **common)  # type: ignore[arg-type]
        yield from judgements(lead, sentence, with_other(sentence, quantity, wrong[0]), random, common)
        return


def _introduced(sentence: str, quantity: Quantity) -> bool:
    """True when something beside a blank says what is to be written: "月费____", not "19元/月，____，300分钟"."""
    before = re.split(r"[，；、：]", sentence[: quantity.start])[-1]
    after = re.split(r"[，；、。]", sentence[quantity.end :])[0]
    return len((before + after).strip()) >= _FEW


def claim_of(passage: Passage, sentence: str, quantity: Quantity) -> str:
    """The clause a figure stands in: what two items about it have in common, whichever document says it."""
    before = re.split(r"[，；。：]", sentence[: quantity.start])[-1]
    after = re.split(r"[，；。：]", sentence[quantity.end :])[0]
    told = tidy(f"{before}{quantity.compact}{after}")
    return told if len(told) >= _TELLING else f"{clause(passage)}{told}"


def judgements(lead: str, right: str, wrong: str, random: Random, common: dict[str, object]) -> Iterator[Draft]:
    """One statement to judge, true or false as drawn; a case of a list ("…的") states nothing alone."""
    if right.rstrip("。；，").endswith("的"):
        return
    true = random.random() < 0.5
    stem = f"判断对错：{lead}，{closed(_ended(right if true else wrong))}"
    options = ((TRUE,), (FALSE,)) if true else ((FALSE,), (TRUE,))
    yield Draft(ItemKind.TRUE_FALSE, stem, *options, **common)  # type: ignore[arg-type]


def _blanked(sentence: str, quantity: Quantity, mark: str) -> str:
    before, after = closed(sentence[: quantity.start]).rstrip(), closed(sentence[quantity.end :]).lstrip()
    return f"{before}{mark}{_ended(after)}"


def statements_of(
    material: Material,
    passage: Passage,
    parts: Sequence[str],
    lead: str,
    random: Random,
    *,
    proof: Evidence,
    fact: str,
    explanation: str = "",
) -> Iterator[Draft]:
    """Four statements out of `parts`, one or two of them with another figure: which are right?"""
    fitting = [
        part.strip()
        for part in parts
        if 6 <= len(part.strip()) <= 48 and not _LEANING.search(part.strip()) and part.count("（") == part.count("）")
    ]
    if len(fitting) < OPTIONS:
        return
    random.shuffle(fitting)
    right: list[str] = []
    wrong: list[str] = []
    falses = random.choice((1, 2))
    used = fitting[: OPTIONS + 1]
    for part in used:
        false = _falsified(material, passage, part, random) if len(wrong) < falses else ""
        (wrong if false else right).append(tidy(false or part))
    right = right[: OPTIONS - len(wrong)]
    if wrong and len(right) >= 2 and len(right) + len(wrong) == OPTIONS:
        stem = f"{lead}，下列说法中哪些是正确的？（多选）"
        yield Draft(
            ItemKind.MULTIPLE, stem, tuple(right), tuple(wrong), proof, fact, "；".join(used),
            explanation=explanation, difficulty=3,
        )  # fmt: skip


def _falsified(material: Material, passage: Passage, part: str, random: Random) -> str:
    told = quantities(part)
    figures = [
        each
        for each in told
        if each.unit != "时段"
        and sum(each.compact == one.compact for one in told) == 1
        and not _FOREVER.search(part[: each.start].rstrip())
    ]
    random.shuffle(figures)
    for figure in figures:
        for other in others(material, passage, part, figure, random, wanted=1):
            return with_other(part, figure, other)
    return ""


def key_of(*parts: str) -> str:
    """The name of a fact."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def inside(text: str) -> str:
    """`text` as it stands within quotation marks: its own become single ones."""
    return text.replace("“", "‘").replace("”", "’")


def tidy(text: str) -> str:
    """`text` without blanks beside Chinese characters and without a closing full stop, as an option reads."""
    return closed(text).rstrip("。；，")


def closed(text: str) -> str:
    """`text` without blanks beside Chinese characters and after figures, as a stem reads."""
    bare = re.sub(r"(?<=[\u4e00-\u9fff，。；：、（）])\s+|\s+(?=[\u4e00-\u9fff，。；：、（）])", "", text)
    return re.sub(r"(?<=\d)\s+(?=[\u4e00-\u9fffA-Z])", "", bare)


@lru_cache(maxsize=16_384)
def pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters, punctuation left out."""
    bare = re.sub(r"\W", "", text)
    return frozenset(bare[at : at + 2] for at in range(len(bare) - 1))


def echoed(asked: str, key: str, wrong: Sequence[str]) -> bool:
    """True when the key takes up words of what is asked and no wrong option does: it would be found by its words."""
    shared = pairs(asked) & pairs(key)
    return bool(shared) and not any(shared & pairs(each) for each in wrong)


def alike(one: str, other: str) -> float:
    """Dice likeness of two texts by pairs of characters, 0 to 1."""
    first, second = pairs(one), pairs(other)
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 0.0


def _worth_asking(sentence: str, random: Random) -> list[Quantity]:
    """Quantities to ask about, drawn, a lone 1 last; no hours, nothing that opens a bracket or ends a range."""
    found = [
        each
        for each in quantities(sentence)
        if each.unit != "时段"
        and not _FOREVER.search(sentence[: each.start].rstrip())
        and not _OPENED.search(sentence[: each.start].rstrip())
    ]
    random.shuffle(found)
    return sorted(found, key=lambda each: each.compact[:1] == "1" and not each.compact[1:2].isdigit())


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("。", "？", "！")) else sentence.rstrip("；，") + "。"
