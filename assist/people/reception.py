"""Lets people in and out: sign-in, lock-out, sessions, one-time links, tokens; pages, API and identity ask here."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from assist.access import ALLOWED, TOKEN_PREFIX, Action, Caller
from assist.people.passwords import Passwords, require_good
from assist.people.rate import Rate
from assist.problems import RateLimitedError, UnauthorisedError
from kb.clock import Clock
from kb.errors import InputRefused, UsageError
from kb.model import OPERATOR, Principal, Role
from kb.store import Catalogue, Person, Token

FIRST = "admin"
"""Login of the administrator that the first start makes."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@dataclass(frozen=True, slots=True)
class House:
    """The rules of the house: how often a password may be wrong, and how long things last."""

    tries: int = 5
    lock: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(hours=2)
    session: timedelta = timedelta(hours=12)
    link: timedelta = timedelta(hours=24)
    longest_token: timedelta = timedelta(days=366)
    sign_ins: int = 20
    """Sign-ins an address may try within five minutes."""


class Reception:
    """Everything about who is signed in; thread-safe. Secrets leave it once and are kept as SHA-256 only."""

    def __init__(
        self, catalogue: Catalogue, *, clock: Clock, passwords: Passwords | None = None, house: House | None = None
    ) -> None:
        self._people = catalogue.people
        self._sessions = catalogue.sessions
        self._tokens = catalogue.tokens
        self._links = catalogue.links
        self._clock = clock
        self._passwords = passwords or Passwords()
        self.house = house or House()
        self._rate = Rate(self.house.sign_ins, 300.0)
        self._in_use = False

    def in_use(self) -> bool:
        """True once an administrator can sign in; it never becomes false again."""
        self._in_use = self._in_use or self._people.in_use()
        return self._in_use

    def sign_in(self, login: str, password: str, address: str) -> tuple[str, Person]:
        """A new session's secret and whose it is.

        Raises UnauthorisedError, the same for every wrong pair; RateLimitedError for an address that tries too often.
        """
        self.admit(address)
        person = self._people.by_login(_login_form(login))
        right = self._passwords.match(password[:1000], person.password if person else "")
        if person is None or not person.active:
            self._people.refused("unknown" if person is None else "inactive", person.key if person else "")
            raise _wrong()
        if person.locked_until is not None and person.locked_until > self._clock.now():
            self._people.refused("locked", person.key)
            raise _wrong()
        if not right:
            self._people.failed(person.key, limit=self.house.tries, lock=self.house.lock)
            raise _wrong()
        if self._passwords.outdated(person.password):
            self._people.rehash(person.key, self._passwords.hashed(password))
        return self.open_session(person, "password"), person

    def admit(self, address: str) -> None:
        """Counts an attempt from `address`; raises RateLimitedError when there were too many."""
        wait = self._rate.take(address)
        if wait > 0:
            raise RateLimitedError("too many sign-ins", hint="登录尝试过于频繁，请过几分钟再试。")

    def open_session(self, person: Person, how: str) -> str:
        """The secret of a new session of somebody whose identity is certain; `how` goes on the trail."""
        secret = secrets.token_urlsafe(32)
        self._sessions.open(person, digest(secret), self._clock.now() + self.house.session, how)
        return secret

    def session(self, secret: str) -> Person | None:
        """Who is signed in with `secret`; None for one unknown, over, idle too long, or of an account put off."""
        found = self._sessions.find(digest(secret)) if secret else None
        now = self._clock.now()
        if found is None or not found.person.active:
            return None
        if now >= found.expires_at or now - found.seen_at >= self.house.idle:
            return None
        if now - found.seen_at > timedelta(minutes=1):
            self._sessions.seen(digest(secret))
        return found.person

    def sign_out(self, secret: str) -> None:
        """Ends a session; nothing happens when it is over already."""
        self._sessions.close(digest(secret))

    def change_password(self, person: Person, old: str, new: str) -> str:
        """Sets a new password, signs the person out everywhere and gives the secret of a new session.

        A wrong old password counts towards the lock-out and raises UnauthorisedError.
        """
        kept = self._people.get(person.key)
        locked = kept is None or (kept.locked_until is not None and kept.locked_until > self._clock.now())
        if kept is None or locked or not self._passwords.match(old[:1000], kept.password):
            if kept is not None and not locked:
                self._people.failed(kept.key, limit=self.house.tries, lock=self.house.lock)
            raise UnauthorisedError("wrong password", hint="原密码不对，或账号已暂时锁定。")
        require_good(new, login=kept.login)
        self._people.set_password(kept.key, self._passwords.hashed(new), kept.principal)
        return self.open_session(kept, "password change")

    def link(self, key: str, by: Principal) -> str:
        """The secret of a new one-time link by which the person sets a password; earlier ones no longer work."""
        person = self._people.get(key)
        if person is None or not person.active:
            raise UsageError(f"no active account {key}", hint="没有这个账号，或它已停用。")
        secret = secrets.token_urlsafe(32)
        self._links.add(person.key, digest(secret), self._clock.now() + self.house.link, by)
        return secret

    def link_person(self, secret: str) -> Person | None:
        """Whom a link is for; None when it is unknown, used or expired."""
        return self._links.open(digest(secret))

    def redeem(self, secret: str, password: str, address: str) -> tuple[str, Person]:
        """Sets the password of a link's person, once, and signs in; raises UnauthorisedError for a dead link."""
        self.admit(address)
        person = self.link_person(secret)
        if person is None:
            raise _dead()
        require_good(password, login=person.login)
        hashed = self._passwords.hashed(password)
        if not self._links.use(digest(secret)):
            raise _dead()
        self._people.set_password(person.key, hashed, person.principal)
        return self.open_session(person, "link"), person

    def first_link(self) -> str | None:
        """The one-time link secret of the administrator that an unused home is given; None once accounts are in use."""
        if self.in_use():
            return None
        person = self._people.by_login(FIRST) or self._people.add(FIRST, Role.ADMIN, OPERATOR, name="管理员")
        return self.link(person.key, OPERATOR)

    def add(self, login: str, role: Role, by: Principal, *, name: str = "", department: str = "") -> Person:
        """A new account; raises InputRefused for a login that is none, UsageError for one taken or a customer."""
        form = _login_form(login)
        if not _LOGIN.fullmatch(form):
            hint = "登录名须为 2 到 64 个小写字母、数字或 . _ @ -，以字母或数字开头。"
            raise InputRefused("not a login", hint=hint)
        if role is Role.CUSTOMER:
            raise UsageError("customers have no accounts", hint="客户没有员工账号，请选择其他角色。")
        return self._people.add(form, role, by, name=_line(name), department=_line(department))

    def new_token(self, person: Person, name: str, scope: Iterable[Action], lasts: timedelta) -> tuple[str, Token]:
        """A new token's secret and what is kept of it; its scope must be part of what the person may do."""
        wanted = frozenset(scope)
        if not wanted or Action.OWN_ACCOUNT in wanted or any(person.role not in ALLOWED[one] for one in wanted):
            raise UsageError("scope not allowed", hint="令牌的权限范围须是您自己有的权限，且不能为空。")
        if not timedelta(minutes=1) <= lasts <= self.house.longest_token:
            raise UsageError("token life", hint="令牌有效期须在 1 分钟到 366 天之间。")
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        names = frozenset(one.value for one in wanted)
        return secret, self._tokens.add(person, _line(name), digest(secret), names, self._clock.now() + lasts)

    def bearer(self, secret: str) -> Caller:
        """Who calls with a token; raises UnauthorisedError when it is unknown, over, revoked, or its owner put off."""
        found = self._tokens.find(digest(secret))
        if found is None:
            raise _no_token()
        token, person = found
        now = self._clock.now()
        if token.revoked_at is not None or now >= token.expires_at or not person.active:
            raise _no_token()
        if token.used_at is None or now - token.used_at > timedelta(minutes=1):
            self._tokens.used(token.id)
        known = frozenset(one for one in Action if one.value in token.scope)
        return Caller(person.key, person.role, person.department, scope=known)


def digest(secret: str) -> str:
    """What is kept of a secret: SHA-256, hexadecimal; the secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _login_form(login: str) -> str:
    return unicodedata.normalize("NFKC", login).strip().lower()[:64]


def _line(text: str) -> str:
    kept = "".join(char for char in unicodedata.normalize("NFC", text) if char.isprintable()).strip()
    if len(kept) > 64:
        raise InputRefused("too long", hint="姓名、部门、令牌名称最多 64 个字。")
    return kept


def _wrong() -> UnauthorisedError:
    return UnauthorisedError("wrong login or password", hint="登录名或密码不对；多次不对会暂时锁定账号。")


def _dead() -> UnauthorisedError:
    return UnauthorisedError("dead link", hint="这个一次性链接无效、已用过或已过期，请联系管理员重新发一个。")


def _no_token() -> UnauthorisedError:
    return UnauthorisedError("unknown token", hint="令牌无效、已作废或已过期。")
