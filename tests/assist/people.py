"""Accounts with cheap hashes over a catalogue of their own, and a clock that moves when told."""

from __future__ import annotations

from argon2 import PasswordHasher

from assist.people.passwords import Passwords
from assist.people.reception import House, Reception
from kb.clock import Clock
from kb.model import OPERATOR, Role
from kb.store import Catalogue, Person

GOOD = "蓝色的雨伞靠在门边 7"


def cheap() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def reception(catalogue: Catalogue, clock: Clock, house: House | None = None) -> Reception:
    return Reception(catalogue, clock=clock, passwords=cheap(), house=house or House(sign_ins=10_000))


def enrol(desk: Reception, login: str, role: Role, department: str = "") -> tuple[str, Person]:
    """A new person with GOOD as password: the secret of a session, and who it is."""
    person = desk.add(login, role, OPERATOR, name=f"{login}的姓名", department=department)
    return desk.redeem(desk.link(person.key, OPERATOR), GOOD, "127.0.0.1")
