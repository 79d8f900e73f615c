"""Typed source rows that a passage keeps, so that steps, slots and similar questions need no second reading."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = ""
    business_type: str = ""
    department: str = ""


class ScriptStep(BaseModel):
    """One step of a script: what to say, then how long to wait (seconds; None: no wait)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    wait_seconds: int | None = None


NOTES, PITFALLS = "注意事项", "易错提示"
"""What the text of a row calls that which the agent is told beside the wording: it ends with them."""

NOT_USED = "不用"
"""In place of a script's code: no opening, or no closing, goes with this script."""


class ScriptRow(_Row):
    """An approved response script (规范应答文本); `slots` are the names within braces in its wording, in order.

    `part` is set for the wording that opens or closes every call of its channel. `opens_with` and `closes_with` are the
    codes of scripts that must stand before and after this one, NOT_USED for none, "" for what the channel has.
    """

    type: Literal["script"] = "script"
    scenario: str
    subscenario: str = ""
    triggers: tuple[str, ...] = ()
    wording: str
    steps: tuple[ScriptStep, ...] = ()
    slots: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    notes: str = ""
    channel: str = ""
    version: str = ""
    part: Literal["", "opening", "closing"] = ""
    opens_with: str = ""
    closes_with: str = ""


class FaqRow(_Row):
    """One answer with its standard question and the similar ones (相似问题)."""

    type: Literal["faq"] = "faq"
    question: str
    similar: tuple[str, ...] = ()
    answer: str
    products: tuple[str, ...] = ()
    basis: str = ""


class PointRow(_Row):
    """A point of 应知应会: `stage` of the agent's career, `competency` it belongs to, `pitfalls` often got wrong."""

    type: Literal["learning"] = "learning"
    topic: str
    stage: str = ""
    competency: str = ""
    title: str
    content: str
    pitfalls: str = ""
    basis: str = ""


class OfferRow(_Row):
    """An offer (优惠): `rule` is the machine-readable condition, `authority` who may promise it."""

    type: Literal["offer"] = "offer"
    name: str
    content: str
    conditions: str = ""
    rule: str = ""
    authority: str = ""
    disclosures: tuple[str, ...] = ()
    forbidden_promises: tuple[str, ...] = ()
    stacking: str = ""
    channels: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


Row = Annotated[ScriptRow | FaqRow | PointRow | OfferRow, Field(discriminator="type")]

ROW: TypeAdapter[Row] = TypeAdapter(Row)
"""Validates and dumps rows: `ROW.validate_python(passage.row)`, `ROW.dump_python(row, mode="json")`."""
