"""The one base error: what happened for the operator, and what to do, in Chinese, for the person in front of it."""

from __future__ import annotations


class ZhiyingError(Exception):
    """Anything this project refuses or cannot do.

    `message` is for the operator, `hint` (Chinese) says what to do, `code` is stable for programs. Both texts are safe
    to show: they hold no document text and no personal data.
    """

    code = "error"
    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or message


class HomeError(ZhiyingError):
    """The home cannot be used: missing, locked by another process, not writable, damaged, disk full."""

    code = "home"
    exit_status = 3


class HomeBusy(HomeError):
    """Another process owns the home."""

    code = "home_busy"


class UsageError(ZhiyingError):
    """The call itself was wrong."""

    code = "usage"
    exit_status = 2


class Conflict(UsageError):
    """Somebody else changed it since it was read; nothing was written."""

    code = "conflict"


class InputRefused(ZhiyingError):
    """A file or a question was refused; the rest goes on."""

    code = "input_refused"


class ModelUnavailable(ZhiyingError):
    """An embedding or language model cannot be loaded or reached."""

    code = "model_unavailable"
    exit_status = 3


class Forbidden(ZhiyingError):
    """The principal may not do this."""

    code = "forbidden"
