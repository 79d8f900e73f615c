"""Finds steps and disclosures that are missing from a call; the check runs it over the whole script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from assist.compliance.folding import fold_plain, sentences
from assist.compliance.model import Basis, Category, Dimension, Finding, Script, Speaker, Turn
from assist.compliance.offers import closing_turn
from assist.compliance.rules import Patterns, Rules, Service, Step, any_of

_OURS = (Speaker.AGENT, Speaker.MANAGER)
_NAMED = re.compile(r"(?:我|机主|本人|免贵)(?:的?名字)?(?:是?姓|叫)(?P<name>[一-鿿]{1,4})")
_NOT_NAMES = re.compile(r"^(什么|啥|名|也|不|你|我|他|她|经理|投诉)")
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文")


def find_missing(script: Script, rules: Rules, as_of: date) -> Iterator[Finding]:
    """What ought to have been said or done and was not."""
    ours = "\n".join(fold_plain(script.said(turn)).text for turn in script.turns if turn.speaker in _OURS)
    theirs = "\n".join(fold_plain(script.said(turn)).text for turn in script.turns if turn.speaker is Speaker.CUSTOMER)
    for step in rules.steps:
        if step.holds(as_of) and _applies(step, script, ours, theirs):
            yield from _step(step, script, ours)
    closed = closing_turn(script, rules.closing)
    if closed is not None:
        for service in rules.services:
            if service.holds(as_of) and _taken_out(service, script, rules):
                yield from _service(service, script, ours, closed)
    if script.labelled:
        yield from _uninterrupted(script, rules, as_of)
        yield from _unnamed(script, rules, as_of)
        yield from _persistent(script, rules, as_of)


def _applies(step: Step, script: Script, ours: str, theirs: str) -> bool:
    if (step.transcript and not script.labelled) or len(script.turns) < step.turns:
        return False
    if step.opening and script.turns[0].speaker not in _OURS:
        return False
    said = {"agent": ours, "customer": theirs}
    if not all(any_of(patterns, said[speaker]) for speaker, patterns in step.when.items()):
        return False
    if step.only and not any_of(step.only, ours):
        return False
    return not any_of(step.unless, f"{ours}\n{theirs}")


def _step(step: Step, script: Script, ours: str) -> Iterator[Finding]:
    heard = fold_plain(script.said(script.turns[0])).text if step.opening else ours
    whole = fold_plain(script.text).text
    for need in step.need:
        # Waiting and other stage directions may stand between the turns.
        found = _count(need.any, heard) if step.opening or need.times == 1 else _count(need.any, whole)
        if found < need.times:
            basis = Basis(
                f"{step.id}.{need.id}",
                f"{step.title}：{need.title}",
                step.source,
                step.effective_from,
                step.effective_to,
            )
            points = step.points if need.points is None else need.points
            yield _missing(
                basis, need.dimension or step.dimension, points, script.turns[-1], len(script.turns) - 1, need.title
            )


def _taken_out(service: Service, script: Script, rules: Rules) -> bool:
    """True when the agent says of this very service that it is being taken out."""
    for turn in script.turns:
        if turn.speaker not in _OURS:
            continue
        spoken = fold_plain(script.said(turn)).text
        if not any_of(service.about, spoken):
            continue
        for piece in sentences(script.text, turn.start, turn.end):
            plain = fold_plain(script.text, piece.start, piece.end).text
            if any_of(rules.closing.patterns, plain) and not any_of(rules.closing.unless, plain):
                return True
    return False


def _service(service: Service, script: Script, ours: str, index: int) -> Iterator[Finding]:
    for need in service.need:
        if not any_of(need.any, ours):
            basis = Basis(
                service.id,
                f"{service.title}必告知：{need.title}",
                service.source,
                service.effective_from,
                service.effective_to,
            )
            yield _missing(basis, Dimension.ACCURACY, 10, script.turns[index], index, need.title)


def _uninterrupted(script: Script, rules: Rules, as_of: date) -> Iterator[Finding]:
    rule = rules.interrupt
    for index, (turn, reply) in enumerate(pairwise(script.turns), start=1):
        secret = turn.speaker is Speaker.CUSTOMER and any_of(rule.said, fold_plain(script.said(turn)).text)
        answered = reply.speaker in _OURS
        if secret and answered and rule.holds(as_of) and not any_of(rule.reply, fold_plain(script.said(reply)).text):
            yield _missing(rule.basis, rule.dimension, rule.points, reply, index, rule.title)
            return


def _unnamed(script: Script, rules: Rules, as_of: date) -> Iterator[Finding]:
    """A surname the customer gave that no later turn of two or more uses."""
    rule = rules.surname
    for index, turn in enumerate(script.turns):
        found = _NAMED.search(fold_plain(script.said(turn)).text) if turn.speaker is Speaker.CUSTOMER else None
        if found is None or _NOT_NAMES.match(found["name"]):
            continue
        surname = next((one for one in _COMPOUND if found["name"].startswith(one)), found["name"][0])
        later = [one for one in script.turns[index + 1 :] if one.speaker in _OURS]
        spoken = "".join(fold_plain(script.said(one)).text for one in later)
        if (
            rule.holds(as_of)
            and len(later) > 1
            and not re.search(f"{surname}[一-鿿]{{0,2}}(先生|女士|阿姨|叔叔|小姐)", spoken)
        ):
            yield _missing(
                rule.basis, rule.dimension, rule.points, later[-1], script.turns.index(later[-1]), rule.title
            )
        return


def _persistent(script: Script, rules: Rules, as_of: date) -> Iterator[Finding]:
    """An offer made after the customer has refused twice."""
    rule, refused = rules.persistence, 0
    for index, turn in enumerate(script.turns):
        said = fold_plain(script.said(turn)).text
        if turn.speaker is Speaker.CUSTOMER:
            refused += any_of(rule.refusals, said) is not None
        elif refused >= 2 and any_of(rule.pitches, said) and not any_of(rule.unless, said) and rule.holds(as_of):
            yield Finding(
                category=Category.FORBIDDEN,
                dimension=rule.dimension,
                points=rule.points,
                basis=rule.basis,
                start=turn.start,
                end=turn.end,
                quote=script.said(turn),
                match="pattern",
                turn=index,
                instead="尊重您的决定，办理步骤我再说一遍：……；您的意见我已经原样记录。",
            )
            return


def _count(patterns: Patterns, text: str) -> int:
    """How many places of `text` the patterns match, overlapping ones once."""
    spans = sorted(found.span() for pattern in patterns for found in pattern.finditer(text))
    count, end = 0, -1
    for first, last in spans:
        if first >= end:
            count, end = count + 1, last
    return count


def _missing(basis: Basis, dimension: Dimension, points: int, turn: Turn, index: int, title: str) -> Finding:
    return Finding(
        category=Category.MISSING,
        dimension=dimension,
        points=points,
        basis=basis,
        start=turn.end,
        end=turn.end,
        quote=title,
        match="absence",
        turn=index,
        instead=title,
    )
