"""Items from offers: what is given, to whom, who may promise it, where, and what must be told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from assist.quiz.figures import quantities
from assist.quiz.makers.common import OPTIONS, alike, key_of, others, tidy, with_other
from assist.quiz.material import Material, evidence
from assist.quiz.model import Draft, ItemKind
from assist.quiz.passages import row_of
from kb.model import Passage
from kb.rows import OfferRow

TOO_ALIKE = 0.34


def from_offers(material: Material, random: Random) -> Iterator[Draft]:
    """Drafts over every offer in force."""
    found = [(passage, row) for passage in material.passages if isinstance(row := row_of(passage), OfferRow)]
    rows = [row for _, row in found]
    for passage, row in found:
        for name, label, text in (("content", "优惠内容", row.content), ("conditions", "适用条件", row.conditions)):
            yield from _figures(material, passage, row, name, label, text, random)
        yield from _aspects(passage, row, rows, random)
        yield from _disclosures(passage, row, rows, random)


def _figures(
    material: Material, passage: Passage, row: OfferRow, name: str, label: str, text: str, random: Random
) -> Iterator[Draft]:
    figures = [each for each in quantities(text) if each.compact not in row.name]
    if not figures or not 6 <= len(text) <= 60 or f"{label}：{text}" not in passage.text:
        return
    figure = random.choice(figures)
    if sum(each.compact == figure.compact for each in figures) > 1 or re.search(r"合计|分\d+个月", text):
        return
    wrong = others(material, passage, text, figure, random)
    if len(wrong) < OPTIONS - 1:
        return
    spoilt = tuple(tidy(with_other(text, figure, each)) for each in wrong)
    stem = f"优惠“{row.name}”的{label}是哪一项？"
    yield Draft(
        ItemKind.SINGLE, stem, (tidy(text),), spoilt, evidence(passage, f"{label}：{text}"),
        key_of(passage.source, row.code, name), f"{row.name}{label}{text}", explanation=passage.text,
    )  # fmt: skip


def _aspects(passage: Passage, row: OfferRow, rows: Sequence[OfferRow], random: Random) -> Iterator[Draft]:
    where = "；".join(row.channels)
    told = (
        ("谁", "权限级别", f"权限级别：{row.authority}", row.authority, "优惠“{}”的权限级别是哪一级？",
         [one.authority for one in rows]),
        ("何地", "适用渠道", f"适用渠道：{where}", where, "优惠“{}”的适用渠道是哪一组？",
         ["；".join(one.channels) for one in rows]),
    )  # fmt: skip
    for aspect, name, quote, value, asking, kin in told:
        if not value or quote not in passage.text:
            continue
        wrong = [each for each in dict.fromkeys(kin) if each and not _overlap(each, value)]
        random.shuffle(wrong)
        if len(wrong) >= 2:
            yield Draft(
                ItemKind.FIVE_W, asking.format(row.name), (value,), tuple(wrong[: OPTIONS - 1]),
                evidence(passage, quote), key_of(passage.source, row.code, name), f"{row.name}{quote}",
                explanation=passage.text, aspect=aspect,
            )  # fmt: skip


def _disclosures(passage: Passage, row: OfferRow, rows: Sequence[OfferRow], random: Random) -> Iterator[Draft]:
    own = [tidy(each) for each in row.disclosures if 4 <= len(each) <= 34 and each in passage.text]
    whole = " ".join((row.content, row.conditions, *row.disclosures, row.stacking, row.name))
    strange = sorted(
        {
            tidy(each)
            for one in rows
            if one.code != row.code
            for each in one.disclosures
            if 4 <= len(each) <= 34 and quantities(each) and alike(each, whole) < TOO_ALIKE
            and all(alike(each, mine) < TOO_ALIKE for mine in row.disclosures)
        }
    )  # fmt: skip
    if len(own) < 2 or len(strange) < 2:
        return
    right = random.sample(own, min(len(own), 3))
    wrong = random.sample(strange, OPTIONS - len(right))
    quote = next((line for line in passage.text.split("\n") if line.startswith("必告知")), passage.text)
    stem = f"办理优惠“{row.name}”时，下列哪些是清单规定的必告知内容？（多选）"
    yield Draft(
        ItemKind.MULTIPLE, stem, tuple(right), tuple(wrong), evidence(passage, quote),
        key_of(passage.source, row.code, "disclosures"), f"{row.name}必告知" + "；".join(right),
        explanation=quote, difficulty=3,
    )  # fmt: skip


def _overlap(one: str, other: str) -> bool:
    """True when one of two lists of channels or ranks lies within the other, so that it is not plainly wrong for it."""
    first, second = set(one.split("；")), set(other.split("；"))
    return "全渠道" in first | second or first <= second or second <= first
