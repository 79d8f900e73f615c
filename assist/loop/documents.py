"""Turns a draft into the document a release puts, with the same wording as one read from a file; drafts and plans."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from kb.errors import InputRefused
from kb.model import MAX_PASSAGE_CHARS, Audience, DocumentDraft, Kind, PassageDraft, Validity
from kb.rows import ROW, FaqRow, Row, ScriptRow
from kb.store import Draft, DraftKind

_CLAUSE = re.compile(r"^(第[一二三四五六七八九十百零\d]+条)\s*(.*)$")
_SLOT = re.compile(r"[{｛]([^{}｛｝]{1,30})[}｝]")

FIELDS: Mapping[DraftKind, Mapping[str, str]] = {
    DraftKind.FAQ: {"question": "问题", "similar": "相似问题", "answer": "答案", "basis": "依据"},
    DraftKind.SCRIPT: {"scenario": "场景", "triggers": "触发问法", "wording": "规范应答", "forbidden": "禁用语"},
    DraftKind.POLICY: {"body": "正文"},
}
"""The fields of each kind of draft with their names for people; similar, triggers and forbidden hold one a line."""

_NEEDED = {
    DraftKind.FAQ: ("question", "answer"),
    DraftKind.SCRIPT: ("scenario", "wording"),
    DraftKind.POLICY: ("body",),
}
_KINDS = {DraftKind.FAQ: Kind.FAQ, DraftKind.SCRIPT: Kind.SCRIPT, DraftKind.POLICY: Kind.POLICY}


def document_of(draft: Draft) -> DocumentDraft:
    """The document of a draft; raises InputRefused, naming the field, for one that is not complete."""
    fields = {name: str(draft.fields.get(name, "")).strip() for name in FIELDS[draft.kind]}
    for name in _NEEDED[draft.kind]:
        if not fields[name]:
            raise InputRefused(f"no {name}", hint=f"请填写“{FIELDS[draft.kind][name]}”。")
    if draft.effective_from and draft.effective_to and draft.effective_to < draft.effective_from:
        raise InputRefused("ends before it begins", hint="失效日期早于生效日期，请改正。")
    try:
        audience = Audience.parse(draft.audience)
        passages = _MAKERS[draft.kind](fields, draft)
    except (ValueError, ValidationError) as error:
        raise InputRefused(f"not a draft: {error}", hint="可见范围或内容不合规定，请检查后再保存。") from error
    return DocumentDraft(
        source=draft.source,
        title=draft.title.strip() or fields[_NEEDED[draft.kind][0]][:40],
        kind=_KINDS[draft.kind],
        fingerprint=fingerprint(draft),
        audience=audience,
        department=draft.department,
        validity=Validity(draft.effective_from, draft.effective_to),
        supersedes=tuple(name for name in draft.supersedes if "#" not in name),
        version_label=f"第{draft.revision}稿",
        passages=passages,
    )


def fingerprint(draft: Draft) -> str:
    """Changes whenever anything that readers see changes."""
    seen = {
        "fields": dict(draft.fields),
        "title": draft.title,
        "audience": draft.audience,
        "from": str(draft.effective_from),
        "to": str(draft.effective_to),
        "supersedes": list(draft.supersedes),
        "department": draft.department,
    }
    return hashlib.sha256(json.dumps(seen, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def listed(text: str) -> tuple[str, ...]:
    """The lines of a field that holds one item a line."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _faq(fields: Mapping[str, str], draft: Draft) -> tuple[PassageDraft, ...]:
    similar = tuple(each for each in listed(fields["similar"]) if each != fields["question"])
    row = FaqRow(
        question=fields["question"],
        similar=similar,
        answer=fields["answer"],
        basis=fields["basis"],
        department=draft.department,
    )
    text = f"问：{row.question}\n答：{row.answer}"
    return (_passage(0, text, (), (row.question, *similar), row, draft),)


def _script(fields: Mapping[str, str], draft: Draft) -> tuple[PassageDraft, ...]:
    wording, scenario = fields["wording"], fields["scenario"]
    row = ScriptRow(
        scenario=scenario,
        triggers=listed(fields["triggers"]),
        wording=wording,
        slots=tuple(dict.fromkeys(_SLOT.findall(wording))),
        forbidden=listed(fields["forbidden"]),
        department=draft.department,
    )
    asked = tuple(dict.fromkeys([*row.triggers, scenario]))
    return (_passage(0, f"场景：{scenario}\n{wording}", (scenario,), asked, row, draft),)


def _policy(fields: Mapping[str, str], draft: Draft) -> tuple[PassageDraft, ...]:
    return tuple(
        _passage(at, text, heading, (), None, draft) for at, (heading, text) in enumerate(clauses(fields["body"]))
    )


def clauses(body: str) -> list[tuple[tuple[str, ...], str]]:
    """Heading path and text of each clause of a body: a line 第N条 begins one, else a paragraph is one."""
    found: list[tuple[tuple[str, ...], list[str]]] = []
    for line in (each.strip() for each in body.splitlines()):
        begins = _CLAUSE.match(line)
        if begins:
            heading, said = begins.groups()
            short = len(said) <= 20 and not said.endswith(("。", "；", "："))
            found.append(((f"{heading} {said}".strip(),) if short else (heading,), [] if short else [said]))
        elif line and found and found[-1][0]:
            found[-1][1].append(line)
        elif line:
            found.append(((), [line]))
    return [(heading, "\n".join(lines)) for heading, lines in found if any(lines)]


def _passage(
    at: int, text: str, heading: tuple[str, ...], questions: tuple[str, ...], row: Row | None, draft: Draft
) -> PassageDraft:
    if len(text) > MAX_PASSAGE_CHARS:
        raise InputRefused(
            f"{len(text)} characters",
            hint=f"一条内容最多 {MAX_PASSAGE_CHARS} 字（现有 {len(text)} 字），请精简，或分成几条。",
        )
    dumped: Mapping[str, Any] | None = None if row is None else ROW.dump_python(row, mode="json")
    replaced = tuple(name for name in draft.supersedes if "#" in name) if at == 0 else ()
    return PassageDraft(at, text, heading, questions=questions, row=dumped, supersedes=replaced)


_MAKERS = {DraftKind.FAQ: _faq, DraftKind.SCRIPT: _script, DraftKind.POLICY: _policy}
