"""Which channels a script is approved for, by what its sheet says under 渠道; the Assistant leaves the others out."""

from __future__ import annotations

import re

from assist.model import Channel
from kb.rows import Row, ScriptRow
from kb.text import normalise

_SPOKEN = re.compile(r"语音|电话|通话|热线|呼入|外呼|voice|phone")
_TYPED = re.compile(r"在线|文字|聊天|会话|微信|公众号|短信|邮件|网页|网上|小程序|app|chat|online|sms|im\b")
_EVERYWHERE = re.compile(r"全部|所有|各渠道|通用|不限|all")


def serves(row: Row | None, channel: Channel) -> bool:
    """False for a script whose sheet names channels, and this is none of them.

    A name that is neither spoken nor typed (营业厅) excludes nothing; what is no script serves everywhere.
    """
    if not isinstance(row, ScriptRow):
        return True
    said = normalise(row.channel)
    spoken, typed = bool(_SPOKEN.search(said)), bool(_TYPED.search(said))
    if _EVERYWHERE.search(said) or spoken == typed:
        return True
    return spoken if channel is Channel.VOICE else typed
