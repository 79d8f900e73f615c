"""Sessions, tokens and one-time links, kept by the SHA-256 of their secret only; `assist.people` makes the secrets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from kb.errors import UsageError
from kb.model import Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.people import person_of
from kb.store.people_tables import links, people, sessions, tokens
from kb.store.people_values import Person, Session, Token


class Sessions:
    """Signed-in browsers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, person: Person, digest: str, expires_at: datetime, how: str) -> None:
        """Begins a session, ends the person's lock-out count and forgets sessions that are over."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            connection.execute(delete(sessions).where(sessions.c.expires_at <= at))
            row = {"digest": digest, "person": person.key, "opened_at": at, "seen_at": at, "expires_at": expires_at}
            connection.execute(insert(sessions).values(row))
            done = {"failed": 0, "locked_until": None, "signed_in_at": at}
            connection.execute(update(people).where(people.c.key == person.key).values(done))
            audit.record(connection, at, person.key, "session.open", person.key, {"how": how})

    def find(self, digest: str) -> Session | None:
        """The session of a secret with its account as it is now, None when unknown; may be over."""
        query = select(people, sessions.c.opened_at, sessions.c.seen_at, sessions.c.expires_at)
        joined = query.join(sessions, sessions.c.person == people.c.key).where(sessions.c.digest == digest)
        with self._database.read() as connection:
            row = connection.execute(joined).mappings().first()
        if row is None:
            return None
        return Session(person_of(row), row["opened_at"], row["seen_at"], row["expires_at"])

    def seen(self, digest: str) -> None:
        """Notes that the session is alive."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=at))

    def close(self, digest: str) -> None:
        """Signs a browser out; nothing happens for one that is not signed in."""
        with self._database.write() as connection:
            gone = connection.execute(delete(sessions).where(sessions.c.digest == digest).returning(sessions.c.person))
            person = gone.scalar()
            if person is not None:
                audit.record(connection, self._database.clock.now(), person, "session.close", person)

    def close_all(self, person: str, by: Principal) -> None:
        """Signs a person out everywhere."""
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.person == person))
            audit.record(connection, self._database.clock.now(), by.id, "session.close_all", person)


class Tokens:
    """What programs sign in with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, person: Person, name: str, digest: str, scope: frozenset[str], expires_at: datetime) -> Token:
        """Keeps a new token of `person`."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            row = {
                "person": person.key,
                "name": name,
                "digest": digest,
                "scope": sorted(scope),
                "created_at": at,
                "expires_at": expires_at,
            }
            new = connection.execute(insert(tokens).values(row).returning(tokens)).one()
            detail = {"scope": sorted(scope), "expires_at": expires_at.isoformat()}
            audit.record(connection, at, person.key, "token.add", str(new.id), detail)
            return _token(new)

    def find(self, digest: str) -> tuple[Token, Person] | None:
        """The token of a secret with its account as it is now, None when unknown; may be over or revoked."""
        with self._database.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.digest == digest)).first()
            if row is None:
                return None
            owner = connection.execute(select(people).where(people.c.key == row.person)).mappings().one()
        return _token(row), person_of(owner)

    def used(self, token_id: int) -> None:
        """Notes that a token was used now."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            connection.execute(update(tokens).where(tokens.c.id == token_id).values(used_at=at))

    def list(self, person: str) -> tuple[Token, ...]:
        """A person's tokens, the newest first."""
        query = select(tokens).where(tokens.c.person == person).order_by(tokens.c.id.desc())
        with self._database.read() as connection:
            return tuple(_token(row) for row in connection.execute(query))

    def revoke(self, token_id: int, by: Principal, *, owner: str | None = None) -> None:
        """Ends a token, of `owner` only when given; raises UsageError when there is none."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            chosen = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
            if owner is not None:
                chosen = chosen.where(tokens.c.person == owner)
            if not connection.execute(chosen.values(revoked_at=at)).rowcount:
                raise UsageError(f"no token {token_id}", hint="没有这个令牌，或它已经作废。")
            audit.record(connection, at, by.id, "token.revoke", str(token_id))


class Links:
    """One-time links by which a person sets a first or a new password."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, person: str, digest: str, expires_at: datetime, by: Principal) -> None:
        """Keeps a new link; the person's earlier ones no longer work."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            connection.execute(delete(links).where(links.c.person == person))
            row = {"digest": digest, "person": person, "created_at": at, "expires_at": expires_at}
            connection.execute(insert(links).values(row))
            audit.record(connection, at, by.id, "link.add", person)

    def open(self, digest: str) -> Person | None:
        """Whom an unused, unexpired link is for; None for any other."""
        at = self._database.clock.now()
        good = (links.c.digest == digest) & links.c.used_at.is_(None) & (links.c.expires_at > at)
        query = select(people).join(links, links.c.person == people.c.key).where(good, people.c.active)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else person_of(row)

    def use(self, digest: str) -> bool:
        """Uses a link up: True exactly once."""
        with self._database.write() as connection:
            at = self._database.clock.now()
            good = (links.c.digest == digest) & links.c.used_at.is_(None) & (links.c.expires_at > at)
            person = connection.execute(update(links).where(good).values(used_at=at).returning(links.c.person)).scalar()
            if person is not None:
                audit.record(connection, at, person, "link.use", person)
            return person is not None


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        person=row.person,
        name=row.name,
        scope=frozenset(row.scope),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
