"""What is said when nothing answers, to staff and to customers; the Assistant calls it."""

from __future__ import annotations

from collections.abc import Sequence

from assist.compose import read_row
from assist.decide import Judged
from assist.model import Channel, Near
from assist.wording import label, say
from kb.rows import ScriptRow


def staff_refusal(gap: str | None, near: Sequence[Near], barred: Sequence[Judged], channel: Channel) -> str:
    """That nothing answers, what happens next, what comes nearest; `barred` would answer, but not on this channel."""
    step = say("refusal.staff_recorded", gap_id=gap) if gap else say("refusal.staff_unrecorded")
    parts = [say("refusal.staff", next_step=step)]
    scenes = [scene for one in barred if (scene := _scene(one))]
    if scenes:
        named = "、".join(dict.fromkeys(f"“{scene}”" for scene in scenes))
        here = label("channel", channel)
        parts.append(say("refusal.staff_other_channel", scenes=named, here=here))
    titles = "、".join(dict.fromkeys(f"《{one.title}》" for one in near))
    if titles:
        parts.append(say("refusal.staff_near", titles=titles))
    return "\n".join(parts)


def customer_refusal(gap: str | None) -> str:
    """That nothing answers, and the way to a person."""
    step = say("refusal.customer_recorded") if gap else say("refusal.customer_unrecorded")
    return say("refusal.customer", next_step=step)


def _scene(one: Judged) -> str:
    row = read_row(one.hit.passage)
    return (row.subscenario or row.scenario) if isinstance(row, ScriptRow) else ""
