"""Hides personal details in Chinese text; called before a question or a remark is written, logged or counted.

Found after NFKC, with zero-width characters dropped: mobiles (also spaced, dashed, +86, full width, Chinese digits),
landlines, identity cards (18 digits by ISO 7064 mod 11-2, 15 by province and date), bank cards (Luhn), e-mail; number
plates, addresses, and names that are announced or addressed (`kb.mask_words`).
What is hidden keeps a form people recognise: 138****8000.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

from kb.mask_words import Span, addresses, names, plates

__all__ = ["Span", "find_personal", "id_check_digit", "luhn_holds", "mask"]

_CHINESE_DIGITS = dict(zip("零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0001234567891123456789", strict=True))
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_DASHES = frozenset("‐‑‒–—―−﹣－")

_PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91)
)
"""First two digits of an identity number (GB/T 2260; 83 and 91 are for residents from Taiwan and abroad)."""
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

_MOBILE_SHAPES = frozenset(
    {(11,), (3, 4, 4), (4, 4, 3), (4, 3, 4), (3, 8), (7, 4), (3, 3, 5), (5, 3, 3), (5, 6), (3, 4, 2, 2), (1,) * 11}
)
"""How people group a mobile number; a free grouping would swallow lists of tariffs such as "19.9 99 129 199"."""

_SPOKEN = "[零〇○一二三四五六七八九幺]"
_READ_OUT = re.compile(
    rf"(?<!{_SPOKEN})(?P<head>[一幺][三四五六七八九]{_SPOKEN})[,、 ]+"
    rf"(?P<middle>{_SPOKEN}{{4}})[,、 ]+(?P<tail>{_SPOKEN}{{4}})(?!{_SPOKEN})"
)
"""A mobile read out in groups; amounts are not said digit by digit, so a comma may stand between."""

_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ID_18 = re.compile(r"(?<!\d)\d{6}[ -]?(?:18|19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dXx](?![\dA-Za-z])")
_ID_15 = re.compile(r"(?<![\d.])\d{15}(?![\d.])")
_MOBILE = re.compile(r"(?<![\d*])(?:\+?(?:00)?86[ -]?|0)?(1[ .-]?[3-9](?:[ .-]?\d){9})(?!\d)")
_LANDLINE = re.compile(r"(?<![\d.*])\(?(0(?:10|2\d|[3-9]\d{2}))(?:\) ?|[ -])?([2-9]\d{2,3}[ -]?\d{4})(?![\d.])")
_LOCAL_LINE = re.compile(r"(?:电话|座机|固话|家里号码)(?:号码?)?[是为:： ]{0,2}(?<!\d)([2-9]\d{6,7})(?!\d)")
_CARD = re.compile(r"(?<![\d.*])\d{4,}(?:[ -]\d{4,})*(?:[ -]\d{1,3})?(?!\d)")
_GROUP = re.compile(r"\d+")
_NAMED_ID = re.compile(r"(?:身份证|证件)(?:号码?)?[是为:： ]{0,2}(\d{17}[\dXx]|\d{15})(?![\dA-Za-z])")
_NAMED_CARD = re.compile(r"(?:银行卡|储蓄卡|信用卡|卡号)(?:号码?)?[是为:： ]{0,2}(\d{13,19})(?!\d)")


def mask(text: str) -> str:
    """`text` with every personal detail hidden; everything else is left as it was, letter for letter."""
    parts: list[str] = []
    end = 0
    for span in find_personal(text):
        parts += (text[end : span.start], span.masked)
        end = span.end
    parts.append(text[end:])
    return "".join(parts)


def find_personal(text: str) -> tuple[Span, ...]:
    """Personal details of `text` in order, none overlapping."""
    spans: list[Span] = []
    for digits, finders in (({}, _FINDERS), (_CHINESE_DIGITS, _FINDERS), ({}, _WORD_FINDERS)):
        folded, origin = _fold(text, digits)
        for finder in finders:
            for found in finder(folded):
                start, end = origin[found.start], origin[found.end - 1] + 1
                if all(end <= other.start or start >= other.end for other in spans):
                    spans.append(Span(start, end, found.kind, found.masked))
    return tuple(sorted(spans))


def _fold(text: str, digits: dict[str, str]) -> tuple[str, list[int]]:
    """NFKC form with `digits` replaced and zero-width characters dropped, and where each character came from."""
    folded: list[str] = []
    origin: list[int] = []
    for position, char in enumerate(text):
        if char in _ZERO_WIDTH:
            continue
        plain = "-" if char in _DASHES else digits.get(char) or unicodedata.normalize("NFKC", char)
        folded.append(plain)
        origin += [position] * len(plain)
    return "".join(folded), origin


def _emails(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        name, _, domain = match.group().partition("@")
        yield Span(match.start(), match.end(), "email", f"{name[0]}***@{domain}")


def _identity_cards(text: str) -> Iterator[Span]:
    for match in _ID_18.finditer(text):
        number = re.sub(r"[ -]", "", match.group()).upper()
        if int(number[:2]) in _PROVINCES and _is_day(number[6:14]) and id_check_digit(number[:17]) == number[17]:
            yield Span(match.start(), match.end(), "id_card", _middle(number, 3, 4))
    for match in _ID_15.finditer(text):
        number = match.group()
        if int(number[:2]) in _PROVINCES and _is_day("19" + number[6:12]):
            yield Span(match.start(), match.end(), "id_card", _middle(number, 3, 3))


def _named_numbers(text: str) -> Iterator[Span]:
    """Numbers that fail their check, probably misread aloud, but that the words before them give away."""
    for pattern, kind in ((_NAMED_ID, "id_card"), (_NAMED_CARD, "bank_card"), (_LOCAL_LINE, "landline")):
        for match in pattern.finditer(text):
            yield Span(match.start(1), match.end(1), kind, _middle(match.group(1), 0 if kind == "landline" else 3, 4))


def _mobiles(text: str) -> Iterator[Span]:
    for match in _MOBILE.finditer(text):
        groups = re.split(r"[ .-]", match.group(1))
        separators = set(re.findall(r"[ .-]", match.group(1)))
        if tuple(map(len, groups)) in _MOBILE_SHAPES and len(separators) <= 1:
            number = "".join(groups)
            yield Span(match.start(), match.end(), "mobile", f"{number[:3]}****{number[-4:]}")


def _read_out(text: str) -> Iterator[Span]:
    for match in _READ_OUT.finditer(text):
        head, tail = (("".join(_CHINESE_DIGITS[char] for char in match.group(part))) for part in ("head", "tail"))
        yield Span(match.start(), match.end(), "mobile", f"{head}****{tail}")


def _bank_cards(text: str) -> Iterator[Span]:
    """The longest run of whole groups that checks, so that an amount said after the card does not hide it."""
    for match in _CARD.finditer(text):
        groups = [
            (match.start() + group.start(), match.start() + group.end()) for group in _GROUP.finditer(match.group())
        ]
        while groups:
            for taken in range(len(groups), 0, -1):
                start, end = groups[0][0], groups[taken - 1][1]
                number = re.sub(r"[ -]", "", text[start:end])
                if 13 <= len(number) <= 19 and _issuer_known(number) and luhn_holds(number):
                    yield Span(start, end, "bank_card", _middle(number, 4, 4))
                    groups = groups[taken:]
                    break
            else:
                groups = groups[1:]


def _landlines(text: str) -> Iterator[Span]:
    for match in _LANDLINE.finditer(text):
        yield Span(match.start(), match.end(), "landline", f"{match.group(1)}-****{match.group(2)[-4:]}")


_FINDERS: tuple[Callable[[str], Iterator[Span]], ...] = (
    _emails,
    _identity_cards,
    _bank_cards,
    _mobiles,
    _landlines,
    _named_numbers,
)
"""In order of trust: where two overlap, the earlier one wins."""
_WORD_FINDERS = (_read_out, plates, addresses, names)
"""After every number, and without reading Chinese digits as such: 张三 is a name."""


def id_check_digit(first_17: str) -> str:
    """Check character of an 18-digit identity number (GB 11643, ISO 7064 mod 11-2) from its first 17 digits."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _ID_WEIGHTS, strict=True)) % 11]


def luhn_holds(number: str) -> bool:
    """True when the digits of `number` pass the Luhn check of ISO/IEC 7812."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _issuer_known(number: str) -> bool:
    """True for first digits that banks issue; order numbers mostly begin with a year or a 1."""
    return number[0] in "345689" or "2221" <= number[:4] <= "2720"


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _middle(number: str, head: int, tail: int) -> str:
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]
