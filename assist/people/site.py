"""Puts the parts of accounts together for one served home and onto its application; app.py makes one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI

from assist.guard import LOOPBACK, Armour
from assist.identity import Identify, account_identity
from assist.people.api import people_router
from assist.people.keeping import Keeping
from assist.people.reception import Reception
from assist.people.records import Records
from assist.people.records_api import records_router
from assist.people.registry import Registry
from kb.clock import Clock
from kb.errors import UsageError
from kb.model import Principal
from kb.settings import Settings
from kb.store import Catalogue

if TYPE_CHECKING:
    from assist.pages.door import Door
    from assist.people.outside import Outside

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who may come in to one home, and by which names the site is reached."""

    catalogue: Catalogue
    reception: Reception
    registry: Registry
    records: Records
    identify: Identify
    settings: Settings
    clock: Clock
    keeping: Keeping

    @classmethod
    def of(cls, catalogue: Catalogue, *, home: Path, clock: Clock, token: str, settings: Settings) -> Accounts:
        """The accounts of a home whose operator holds `token`."""
        reception = Reception(catalogue, clock=clock)
        registry = Registry(catalogue, reception)
        records = Records(catalogue, clock=clock, home=home)
        keeping = Keeping(catalogue, clock=clock, days=settings.audit_days)
        identify = account_identity(token, reception)
        return cls(catalogue, reception, registry, records, identify, settings, clock, keeping)

    @property
    def secure(self) -> bool:
        """True when people reach the site by https, so that cookies must not travel otherwise."""
        return urlsplit(self.settings.site_url).scheme == "https"

    @property
    def armour(self) -> Armour:
        """The headers of every answer; without accounts any page of this machine may embed the agent's."""
        frames = listed(self.settings.frames)
        known = frames if frames or self.reception.in_use() else None
        return Armour(https=self.secure, frames=known, closed=self.reception.in_use)

    def hosts(self, listening: str) -> tuple[str, ...]:
        """Names the site may be called by; raises UsageError when it listens everywhere and is told none."""
        named = (urlsplit(self.settings.site_url).hostname or "", *listed(self.settings.hosts))
        if listening in {"0.0.0.0", "::"} and not any(named):  # noqa: S104
            hint = "监听所有地址时，请在 settings.toml 里用 site_url 写明同事访问的网址，例如 https://zhiying.corp。"
            raise UsageError("no site_url", hint=hint)
        return tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, listening, *named) if name))

    def whose(self, principal: Principal) -> str:
        """The name to show of somebody signed in."""
        person = self.catalogue.people.get(principal.id)
        return (person.name or person.login) if person else principal.id

    def names(self) -> dict[str, str]:
        """The name to show of everybody by id; empty without accounts, where an id is the name that was typed."""
        return self.catalogue.people.names() if self.reception.in_use() else {}

    def install(self, app: FastAPI, door: Door) -> None:
        """Adds the interface, the sign-in pages and the page of accounts, its events behind `door`."""
        from assist.pages.outside import outside_router
        from assist.pages.people import mount
        from assist.pages.people_handlers import PeopleDesk
        from assist.pages.signin import signin_router
        from assist.pages.tokens import tokens_router

        app.include_router(
            people_router(self.reception, self.registry, identify=self.identify, secure=self.secure), prefix=API
        )
        app.include_router(records_router(self.records, identify=self.identify), prefix=API)
        outside = self._outside()
        name = outside.provider.name if outside else ""
        app.include_router(signin_router(self.reception, secure=self.secure, outside=name))
        app.include_router(tokens_router(self.reception, self.registry, clock=self.clock))
        if outside is not None:
            site = self.settings.site_url
            app.include_router(outside_router(outside, self.reception, site=site, secure=self.secure))
        mount(app, PeopleDesk(self.registry, self.records), door=door)

    def _outside(self) -> Outside | None:
        told = self.settings
        if not told.sign_in_issuer:
            return None
        from assist.people.outside import Outside, Provider

        provider = Provider(told.sign_in_issuer, told.sign_in_client, told.sign_in_secret, told.sign_in_name)
        return Outside(provider, self.catalogue, self.reception, clock=self.clock)

    def invitation(self, address: str) -> str:
        """What a start without accounts prints: the one-time link of the first administrator; "" once there are."""
        secret = self.reception.first_link()
        if secret is None:
            return ""
        return (
            f"\n  启用账号  {address}/signin/link?t={secret}\n            （一次性，24 小时内有效；启用后人人须登录）"
        )


def listed(text: str) -> tuple[str, ...]:
    """The parts of a setting that is a comma-separated list."""
    return tuple(one.strip() for one in text.split(",") if one.strip())
