"""The numbering a Chinese line begins with (第三章, 第九条, 一、, （二）, 1.2, ①); `ingest.structure` goes by it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.numerals import numeral

PART, SUBPART, CHAPTER, SECTION = 100, 105, 110, 120
UNNUMBERED = 130
ARTICLE = 140
CN_COMMA, CN_PAREN, ARABIC, ARABIC_PAREN, CIRCLED = 150, 160, 170, 180, 190
BULLET = 195
"""Ranks from the outside in: a line of a lower rank encloses what follows with higher ones. Headings whose level the
file states have ranks 10 to 90 and enclose all of these. 1.1 ranks 172, 1.1.1 ranks 173."""

_N = r"[零〇一二三四五六七八九十百千两\d]+(?:\s+[零〇一二三四五六七八九十百千\d]+)*"
_HEAD_WORDS = {
    "编": PART,
    "編": PART,
    "篇": PART,
    "部分": PART,
    "分编": SUBPART,
    "章": CHAPTER,
    "节": SECTION,
    "節": SECTION,
}
_STRUCTURE = re.compile(rf"(第\s*({_N})\s*(分编|部分|[编編篇章节節]))(?=$|[\s　:：、【（(]|[一-鿿])")
_ARTICLE = re.compile(rf"(第\s*({_N})\s*[条條](?:之([一二三四五六七八九十]+))?)")
_REFERENCE = re.compile(
    r"规定|規定|约定|約定|所|的|之|、|和|及|至|到|或|第|中|与|與|以|，|,|。|；|;|款|项|項|目|）|\)|》|”|」|內|内|情形|列|同|修改"
)
_ANNEX = re.compile(
    rf"((?:附件|附录|附錄|附表|附则|附則)\s*({_N}|[A-Z](?![A-Za-z]))?)(?=$|[\s　:：.．、（(《【]|[一-鿿])"
)
_CN_COMMA = re.compile(r"(([一二三四五六七八九十百]+)\s*[、．.])")
_CN_PAREN = re.compile(r"([（(〔]\s*([一二三四五六七八九十百]+)\s*[）)〕][、．.]?)")
_DECIMAL = re.compile(r"((\d{1,3}(?:[.．]\d{1,3}){1,4})[.．、]?)(?![\d.．%％元万亿倍GMKgmk折块])")
_ARABIC = re.compile(r"((\d{1,3})\s*(?:[、．]|[.)）](?!\d)))")
_ARABIC_PAREN = re.compile(r"([（(]\s*(\d{1,3})\s*[）)][、．.]?)")
_CIRCLED = re.compile(r"([①-⑳㉑-㉟])")
_BULLET = re.compile(r"([•·●○■□◆◇▪▶➢※★☆\-–—*]\s+|[•●■◆▪➢※★])")


@dataclass(frozen=True, slots=True)
class Mark:
    """Numbering at the start of a line: its rank, number (None for bullets), words, and where the rest begins."""

    rank: int
    number: int | None
    label: str
    end: int


def mark_of(text: str) -> Mark | None:
    """The numbering `text` begins with, None when it begins with none."""
    return _structure(text) or article(text) or _annex(text) or _item(text)


def article(text: str) -> Mark | None:
    """A leading 第N条 (also 第十二条之一, 第 八 條) that opens an article rather than referring to one."""
    match = _ARTICLE.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if rest and not rest[0].isspace() and _REFERENCE.match(rest):
        return None
    return Mark(ARTICLE, _number(match[2]), re.sub(r"\s+", "", match[1]), match.end())


def clause_path(text: str) -> str:
    """A clause as people write it, as a path: 五（四） -> 五、/（四）, 第九条（二） -> 第九条/（二）; others stay."""
    parts = re.split(r"(?<=[一二三四五六七八九十条條])\s*(?=[（(][一二三四五六七八九十\d]+[）)])", text.strip())
    if re.fullmatch(r"[一二三四五六七八九十]+", parts[0]):
        parts[0] += "、"
    return "/".join(parts)


def _structure(text: str) -> Mark | None:
    match = _STRUCTURE.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if rest and not rest[0].isspace() and _REFERENCE.match(rest):
        return None
    return Mark(_HEAD_WORDS[match[3]], _number(match[2]), re.sub(r"\s+", "", match[1]), match.end())


def _annex(text: str) -> Mark | None:
    match = _ANNEX.match(text)
    if match is None:
        return None
    rank = CHAPTER if match[1][1] in "则則" else PART
    return Mark(rank, _number(match[2]) if match[2] else None, match[1].strip(), match.end())


def _item(text: str) -> Mark | None:
    for pattern, rank in ((_CN_COMMA, CN_COMMA), (_CN_PAREN, CN_PAREN), (_ARABIC_PAREN, ARABIC_PAREN)):
        if match := pattern.match(text):
            return Mark(rank, _number(match[2]), match[1], match.end())
    if match := _DECIMAL.match(text):
        parts = re.split(r"[.．]", match[2])
        return Mark(ARABIC + len(parts), int(parts[-1]), match[1], match.end())
    if match := _ARABIC.match(text):
        rank = ARABIC_PAREN if match[1][-1] in ")）" else ARABIC
        return Mark(rank, int(match[2]), match[1], match.end())
    if match := _CIRCLED.match(text):
        return Mark(CIRCLED, _circled(match[1]), match[1], match.end())
    if match := _BULLET.match(text):
        return Mark(BULLET, None, match[1].strip(), match.end())
    return None


def _circled(character: str) -> int:
    code = ord(character)
    return code - 0x2460 + 1 if code <= 0x2473 else code - 0x3251 + 21


def _number(run: str) -> int | None:
    run = re.sub(r"\s+", "", run)
    if run.isascii() and run.isdigit():
        return int(run)
    return None if any(c.isascii() for c in run) else numeral(run)
