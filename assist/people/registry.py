"""Accounts as administrators and their owners manage them, each call authorised; API, page and commands call it."""

from __future__ import annotations

from typing import Any

from assist.access import Action, authorise
from assist.people.reception import Reception
from kb.errors import UsageError
from kb.model import Principal, Role
from kb.store import Catalogue, Person, Token


class Registry:
    """The accounts of one home. Raises Forbidden for a principal who may not, UsageError for an unknown account."""

    def __init__(self, catalogue: Catalogue, reception: Reception) -> None:
        self._people = catalogue.people
        self._tokens = catalogue.tokens
        self._sessions = catalogue.sessions
        self._reception = reception

    def own(self, principal: Principal) -> Person | None:
        """The principal's own account, None for the operator and without accounts."""
        authorise(principal, Action.OWN_ACCOUNT)
        return self._people.get(principal.id)

    def tokens(self, principal: Principal) -> tuple[Token, ...]:
        """The principal's own tokens, the newest first."""
        authorise(principal, Action.OWN_ACCOUNT)
        return self._tokens.list(principal.id)

    def revoke_token(self, principal: Principal, token_id: int) -> None:
        """Ends a token: one's own, anybody's for an administrator."""
        authorise(principal, Action.OWN_ACCOUNT)
        owner = None if principal.role is Role.ADMIN else principal.id
        self._tokens.revoke(token_id, principal, owner=owner)

    def people(self, principal: Principal) -> tuple[Person, ...]:
        """Every account by login."""
        authorise(principal, Action.MANAGE_PEOPLE)
        return self._people.list()

    def names(self, principal: Principal) -> dict[str, str]:
        """What to show for each key that stands in records."""
        authorise(principal, Action.READ_AUDIT)
        return self._people.names()

    def add(
        self, principal: Principal, login: str, role: Role, *, name: str = "", department: str = ""
    ) -> tuple[Person, str]:
        """A new account, and the one-time link secret by which its person sets a password."""
        authorise(principal, Action.MANAGE_PEOPLE)
        person = self._reception.add(login, role, principal, name=name, department=department)
        return person, self._reception.link(person.key, principal)

    def change(self, principal: Principal, key: str, **changes: Any) -> Person:
        """Changes name, role, department or whether the account is active."""
        authorise(principal, Action.MANAGE_PEOPLE)
        if changes.get("role") is Role.CUSTOMER:
            raise UsageError("customers have no accounts", hint="客户没有员工账号，请选择其他角色。")
        return self._people.change(key, principal, **changes)

    def link(self, principal: Principal, key: str) -> str:
        """A new one-time link secret for an account."""
        authorise(principal, Action.MANAGE_PEOPLE)
        return self._reception.link(key, principal)

    def unlock(self, principal: Principal, key: str) -> None:
        """Ends a lock-out."""
        authorise(principal, Action.MANAGE_PEOPLE)
        self._people.unlock(key, principal)

    def sign_out(self, principal: Principal, key: str) -> None:
        """Signs an account out everywhere."""
        authorise(principal, Action.MANAGE_PEOPLE)
        self._sessions.close_all(key, principal)
