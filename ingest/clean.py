"""Takes the layout out of text: running heads and feet, broken lines, stray characters; used by the readers, pure."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_CJK = "\u2e80-\u2fff\u3000-\u303f\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’…—"
_WIDE = re.compile(f"[{_CJK}]")
_SPACE_BETWEEN_WIDE = re.compile(f"(?<=[{_CJK}])[ \t]+(?=[{_CJK}])")
_CLOSE = re.compile(f"[{_CJK}](?=[{_CJK}])")
_CLOSE_PAIRS = 2
_SPACED_OUT = re.compile(f"^[{_CJK}]( +[{_CJK}]){{1,7}}$")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_BULLETS = str.maketrans(
    {"\uf06c": "●", "\uf06e": "■", "\uf075": "◆", "\uf0a7": "▪", "\uf0b7": "•", "\uf0d8": "➢", "\uf0fc": "✓"}
)

ENDS_SENTENCE = re.compile(r"[。！？!?；;：:][”’」』）)】\]》]*$|\.[”’\"')]*$")
"""A line that ends like this may end its paragraph."""

_NUMERAL = "[一二三四五六七八九十百千零〇两○]"
STARTS_ITEM = re.compile(
    rf"""^(
      第\s*({_NUMERAL}+|\d+)\s*[编篇章节節條条款项項部分]
    | {_NUMERAL}{{1,3}}[、．.]
    | [（(]\s*({_NUMERAL}{{1,3}}|\d{{1,3}}|[a-zA-Z])\s*[)）]
    | \d{{1,3}}(\.\d{{1,3}}){{0,4}}\s*[、．]
    | \d{{1,3}}\.(?!\d)
    | \d{{1,2}}(\.\d{{1,2}}){{1,4}}(?=[\s\u4e00-\u9fff])
    | \d{{1,2}}[)）]
    | \d{{1,2}}\s+(?=[\u4e00-\u9fff])
    | [①-⑳㈠-㈩⒈-⒛❶-❿]
    | [●■◆▪•➢✓○□◇★☆※·►▶➤\uf000-\uf0ff]
    | [-*]\s
    | (附件|附录|附表|附錄|表|图|注|備註|备注)\s*({_NUMERAL}|\d){{0,2}}\s*[：:]
    | (问|答|Q|A)\s*\d{{0,3}}\s*[：:]
    )""",
    re.X,
)
"""A line that begins like this begins a paragraph: clauses, numbered items, bullets, notes, questions and answers."""


_REFERS = re.compile(r"[第、和至及或与與到依按照据據由在～~—(（,，\-]$")
_CLAUSE = re.compile(rf"^第\s*({_NUMERAL}+|\d+)\s*[编篇章节節條条款项項部分]")
_DECIMAL = re.compile(r"^\d{1,2}((\.\d{1,2})+|\s)")
_NUMBERED = re.compile(rf"^(第?{_NUMERAL}{{1,5}}[编篇章节節條条]?|第\d{{1,3}}[编篇章节節條条])\s+(?=\S)")


def begins_item(line: str, before: str) -> bool:
    """True when `line` begins an item rather than going on with the full line `before` it.

    "第十二条" at the start of a line after an unfinished sentence is a reference ("依照本法 / 第十二条"), and so is a
    number after a word that asks for one; other marks begin an item.
    """
    if not STARTS_ITEM.match(line):
        return False
    if ENDS_SENTENCE.search(before):
        return True
    return not (_CLAUSE.match(line) or _DECIMAL.match(line) or _REFERS.search(before))


def tidy(text: str) -> str:
    """One line of text without control, invisible or compatibility characters; runs of space become one."""
    text = _INVISIBLE.sub("", _CONTROL.sub("", text.translate(_BULLETS)))
    text = "".join(_plain(character) if "\u2e80" <= character <= "\u2fdf" else character for character in text)
    return _SPACES.sub(" ", text.replace("\n", " ")).strip()


def tidy_lines(text: str) -> str:
    """Like `tidy`, but keeps line breaks, at most one between two lines."""
    lines = (tidy(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def _plain(character: str) -> str:
    """The everyday character for a Kangxi or supplementary radical, as PDF fonts often name their glyphs."""
    return unicodedata.normalize("NFKC", character)


def close_up(text: str) -> str:
    """`text` without the spaces that layout puts between Chinese characters: "甲 方" becomes "甲方".

    The space after the number of a heading stays ("第一章 总 则" becomes "第一章 总则"), and so do one or two spaces in
    text that is set close otherwise: there they part words ("第一条 目的 为统一资费，制定本办法").
    """
    number = _NUMBERED.match(text)
    start = number.end() if number else 0
    spaces = len(_SPACE_BETWEEN_WIDE.findall(text, start))
    if 0 < spaces <= 2 and len(_CLOSE.findall(text, start)) > _CLOSE_PAIRS * spaces:
        return text
    return text[:start] + _SPACE_BETWEEN_WIDE.sub("", text[start:])


def is_spaced_out(text: str) -> bool:
    """True for a short line of single Chinese characters set apart, as in a heading "总 则"."""
    return bool(_SPACED_OUT.match(text))


def join(first: str, second: str) -> str:
    """Two pieces of one broken line as one: no space beside Chinese, a space between words, a broken word mended."""
    if not first or not second:
        return first + second
    if first[-1] == "-" and len(first) > 1 and first[-2].isascii() and first[-2].isalpha() and second[0].islower():
        return first[:-1] + second
    if first[-1] == " " or second[0] == " " or _WIDE.match(first[-1]) or _WIDE.match(second[0]):
        return first + second
    if first[-1].isdigit() and second[0].isdigit():
        return first + second
    return f"{first} {second}"


def rejoin(lines: Sequence[str]) -> list[str]:
    """Paragraphs out of the lines of a text file or a page; blank lines part paragraphs.

    When lines are hard-wrapped (most of them about equally long), a full line is joined to the next one unless that one
    begins a clause, an item or a question. Otherwise each line stands for itself.
    """
    width = wrapped_width(lines)
    paragraphs: list[str] = []
    open_width = False
    for line in lines:
        stripped = line.strip()
        if not stripped:
            open_width = False
            continue
        indented = len(line) - len(line.lstrip()) > 0 and bool(paragraphs) and line[:1] in " \t\u3000"
        if open_width and not begins_item(stripped, paragraphs[-1]) and not indented:
            paragraphs[-1] = join(paragraphs[-1], stripped)
        else:
            paragraphs.append(stripped)
        open_width = width > 0 and display_width(line.rstrip()) >= width
    return paragraphs


def wrapped_width(lines: Sequence[str]) -> float:
    """The width (see `display_width`) from which on a line counts as full, 0 when the lines are not hard-wrapped.

    Hard-wrapped text has a common greatest width: at least a third of its lines end within 4 columns of it, hardly any
    goes beyond it, and many of those break off inside a sentence.
    """
    widths = sorted(display_width(line.rstrip()) for line in lines if line.strip())
    if len(widths) < 4:
        return 0.0
    limit = widths[int(len(widths) * 0.98) - 1] if len(widths) >= 50 else widths[-1]
    if limit < 30 or widths[-1] > limit + 8 or limit > 200:
        return 0.0
    full = [width for width in widths if width >= limit - 4]
    broken = sum(not ENDS_SENTENCE.search(line.rstrip()) for line in lines if display_width(line.rstrip()) >= limit - 4)
    if len(full) < max(3, len(widths) * 0.3) or broken < len(full) * 0.5:
        return 0.0
    return limit - 4


def display_width(text: str) -> int:
    """Columns on a fixed-width screen: 2 for a wide character, 1 for others."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


_PAGE_NUMBER = re.compile(
    rf"^\W*(第\s*)?(\d{{1,4}}|[ivxlc]{{1,6}}|{_NUMERAL}{{1,4}})\s*[页頁]?\W*"
    r"((共|/|of|之|，|,)\s*(第\s*)?\d{1,4}\s*[页頁]?)?\W*$",
    re.I,
)
_PAGE_WORD = re.compile(r"^\W*(page|p\.|页码|頁碼|頁次|頁)\W*\d{1,4}(\W*(of|/)\W*\d{1,4})?\W*$", re.I)
_DIGITS = re.compile(r"\d{1,9}")
_NUMBERS_IN_A_HEAD = 3


def is_page_number(text: str) -> bool:
    """True for a line that holds nothing but a page number: "12", "- 12 -", "第 3 页 共 10 页", "Page 3 of 10"."""
    return bool(text) and bool(_PAGE_NUMBER.match(text) or _PAGE_WORD.match(text))


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of a page with the height of its upper edge and of its letters, in points.

    `margin` says that it stands in the outermost tenth of the page; a `fixed` line is never dropped.
    """

    text: str
    top: float
    size: float
    margin: bool = False
    fixed: bool = False


def running_lines(pages: Sequence[Sequence[PlacedLine]], *, depth: int = 4) -> list[set[int]]:
    """For each page the positions of its running heads and feet among its lines (given from top to bottom).

    A line among the first or last `depth` of its page is one when the same line stands at the same height and in the
    same size on other pages: on half of them, or on some and at least three (sections, odd and even pages); where there
    are fewer than four pages, it must also stand in the margin. Numbers in it may rise with the pages. So a title on
    the cover stays although the running head repeats it. A bare page number at an end always is one.
    """
    dropped: list[set[int]] = [set() for _ in pages]
    for ends in (_tops(pages, depth), _bottoms(pages, depth)):
        places = {(number, line): _places(pages[number][line], number) for page in ends for number, line in page}
        seen = Counter(place for found in places.values() for place in found)
        for (number, line), found in places.items():
            if not pages[number][line].fixed and _repeats(pages[number][line], found, seen, len(pages)):
                dropped[number].add(line)
    return [_only_at_the_ends(drop, len(page), depth) for drop, page in zip(dropped, pages, strict=True)]


Place = tuple[str, int, int]


def _tops(pages: Sequence[Sequence[PlacedLine]], depth: int) -> list[list[tuple[int, int]]]:
    return [[(number, line) for line in range(min(depth, len(page)))] for number, page in enumerate(pages)]


def _bottoms(pages: Sequence[Sequence[PlacedLine]], depth: int) -> list[list[tuple[int, int]]]:
    return [
        [(number, line) for line in range(max(0, len(page) - depth), len(page))] for number, page in enumerate(pages)
    ]


def _places(line: PlacedLine, page: int) -> set[Place]:
    """What may stay the same of a line from page to page: its words, and each number or its lead over the page's."""
    text = re.sub(r"\s", "", line.text)
    numbers = [int(number) for number in _DIGITS.findall(text)][:_NUMBERS_IN_A_HEAD]
    choices = itertools.product(*((f"{number}", f"+{number - page}") for number in numbers))
    words = _DIGITS.sub("#", text)
    return {(words + " ".join(choice), round(line.top / 12), round(line.size / 2)) for choice in choices}


def _repeats(line: PlacedLine, places: set[Place], seen: Counter[Place], pages: int) -> bool:
    if is_page_number(line.text):
        return True
    if pages < 4 and not line.margin:
        return False
    near = [(up, larger) for up in (-1, 0, 1) for larger in (-1, 0, 1)]
    count = max(sum(seen[text, row + up, size + larger] for up, larger in near) for text, row, size in places)
    if len(re.sub(r"[\s\d\W]", "", line.text)) < 2 and not _DIGITS.search(line.text):
        return count >= 3 and count >= pages * 0.5
    return count >= 2 and (count >= pages * 0.5 or (count >= 3 and count >= pages * 0.15) or count >= 8)


def _only_at_the_ends(drop: set[int], length: int, depth: int) -> set[int]:
    """Of the positions in `drop` those that reach an end of the page, at most one body line between."""
    kept: set[int] = set()
    for order in (range(min(depth, length)), range(length - 1, max(-1, length - 1 - depth), -1)):
        gap = 0
        for line in order:
            if line in drop:
                kept.add(line)
            else:
                gap += 1
            if gap > 1:
                break
    return kept
