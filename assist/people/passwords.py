"""Passwords: which are good enough, and their argon2id hashes; the only module that knows argon2. Reception uses it."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from kb.errors import InputRefused

SHORTEST, LONGEST = 10, 128
AT_ONCE = 2
"""Hashes made at the same time: each takes 64 MiB."""

_COMMON = (
    "password",
    "passw0rd",
    "qwerty",
    "1q2w3e",
    "1qaz2wsx",
    "iloveyou",
    "admin123",
    "letmein",
    "welcome1",
    "woaini",
    "zhiying",
    "abc123",
    "a123456",
    "111111",
    "123456",
    "654321",
    "888888",
    "000000",
    "10086",
    "10010",
)


class Passwords:
    """Hashes and checks with the costs RFC 9106 recommends for little memory (3 passes, 64 MiB), or those given."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turn = threading.Semaphore(AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """The argon2id hash to keep; salted, so never twice the same."""
        with self._turn:
            return self._hasher.hash(_form(password))

    def match(self, password: str, kept: str) -> bool:
        """True when `password` is the one behind `kept`; takes as long for an account without a password."""
        try:
            with self._turn:
                right = self._hasher.verify(kept or self._nobody, _form(password))
        except (VerificationError, InvalidHashError):
            return False
        return right and bool(kept)

    def outdated(self, kept: str) -> bool:
        """True when `kept` was made with other costs than today's."""
        return self._hasher.check_needs_rehash(kept)


def require_good(password: str, *, login: str) -> None:
    """Returns quietly for a password that may be used; raises InputRefused with what is wrong with any other."""
    text = _form(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise _refused(f"密码须为 {SHORTEST} 到 {LONGEST} 个字符，可以用一句话。")
    if len(set(text)) < 5:
        raise _refused("密码里重复的字符太多，请换一个。")
    lowered = text.lower()
    if len(login) > 2 and login.lower() in lowered:
        raise _refused("密码里不能包含登录名。")
    left = lowered
    for common in _COMMON:
        left = left.replace(common, "")
    if len(left) < SHORTEST // 2:
        raise _refused("这个密码太常见，容易被猜到，请换一个。")


def _form(password: str) -> str:
    """One form for what different keyboards send as the same text."""
    return unicodedata.normalize("NFKC", password)


def _refused(hint: str) -> InputRefused:
    return InputRefused("the password is not good enough", hint=hint)
