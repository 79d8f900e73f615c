"""The refusals that several readers share, each with what to do in Chinese."""

from __future__ import annotations

from kb.errors import InputRefused


def empty() -> InputRefused:
    """The file holds no text."""
    return InputRefused("the file holds no text", hint="文件里没有可读的文字。请确认文件内容后重新提供。")


def damaged(kind: str) -> InputRefused:
    """The file is of a known format (`kind`, as people call it) but cannot be parsed."""
    return InputRefused(
        f"damaged {kind} file", hint=f"文件已损坏或不完整，无法按 {kind} 打开。请重新导出或重新下载后再试。"
    )


def encrypted(kind: str) -> InputRefused:
    """The file asks for a password."""
    return InputRefused(f"{kind} file with a password", hint="文件设有打开密码，无法读取。请去掉密码后另存再试。")


def too_much(what: str, limit: str) -> InputRefused:
    """The file goes beyond one of the limits; both arguments are Chinese, such as "页数" and "3000 页"."""
    return InputRefused(
        "the file goes beyond a limit", hint=f"文件{what}超过上限（{limit}）。请拆分成较小的文件后再试。"
    )


def bomb() -> InputRefused:
    """The container unfolds to suspiciously much, or its XML defines entities."""
    return InputRefused(
        "the container unfolds to too much or defines entities",
        hint="文件压缩比异常或含有危险的实体定义（疑似压缩炸弹），已拒绝打开。请用办公软件重新另存后再试。",
    )


def too_deep() -> InputRefused:
    """Elements within elements beyond all reason."""
    return InputRefused("nested too deeply", hint="文件结构嵌套过深，无法读取。请用办公软件重新另存后再试。")
