"""Sign-in through an outside OpenID Connect provider (code flow with PKCE); the only module that knows Authlib.

OpenID Connect Core 1.0 §3.1; the identity token's signature, issuer, audience, nonce and times are all checked. An
administrator makes the account first: it is tied to the provider's subject when its login is first seen there.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from assist.people.reception import Reception
from assist.problems import UnauthorisedError
from kb.clock import Clock
from kb.errors import UsageError, ZhiyingError
from kb.store import Catalogue, Person

ALGORITHMS = ("RS256", "PS256", "ES256")
PATIENCE = 10.0
"""Seconds the provider has for each answer."""
BEGUN_LASTS = timedelta(minutes=10)
BEGUN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people are sent: `issuer` as the provider names itself."""

    issuer: str
    client: str
    secret: str
    name: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise UsageError("issuer is not https", hint="sign_in_issuer 必须是 https 网址。")


@dataclass(frozen=True, slots=True)
class _Begun:
    nonce: str
    verifier: str
    back: str
    ends: datetime


class Outside:
    """One provider's sign-ins, from leaving for it to coming back; thread-safe."""

    def __init__(self, provider: Provider, catalogue: Catalogue, reception: Reception, *, clock: Clock) -> None:
        self.provider = provider
        self._people = catalogue.people
        self._reception = reception
        self._clock = clock
        self._begun: OrderedDict[str, _Begun] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, back: str) -> tuple[str, str]:
        """Where to send the browser that shall return to `back`, and the state to leave with it as a cookie."""
        from authlib.integrations.httpx_client import OAuth2Client

        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with OAuth2Client(
            self.provider.client, scope="openid profile email", redirect_uri=back, code_challenge_method="S256"
        ) as client:
            endpoint = self._configuration()["authorization_endpoint"]
            url, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        with self._lock:
            self._begun[state] = _Begun(nonce, verifier, back, self._clock.now() + BEGUN_LASTS)
            while len(self._begun) > BEGUN_AT_ONCE:
                self._begun.popitem(last=False)
        return str(url), state

    def finish(self, state: str, code: str, cookie: str) -> str:
        """The secret of a session for who comes back; raises UnauthorisedError for anybody not wholly proved."""
        with self._lock:
            begun = self._begun.pop(state, None)
        if begun is None or begun.ends <= self._clock.now() or not hmac.compare_digest(state.encode(), cookie.encode()):
            raise self._refused("state")
        claims = self._claims(code, begun)
        person = self._person(claims)
        if person is None or not person.active:
            raise self._refused("no account", "您的统一账号还没有对应的员工账号，请联系管理员以同名登录名新建。")
        return self._reception.open_session(person, "outside")

    def _claims(self, code: str, begun: _Begun) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from authlib.integrations.httpx_client import OAuth2Client
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        found = self._configuration()
        try:
            with OAuth2Client(
                self.provider.client, self.provider.secret, redirect_uri=begun.back, timeout=PATIENCE, trust_env=False
            ) as client:
                token = client.fetch_token(
                    found["token_endpoint"], code=code, grant_type="authorization_code", code_verifier=begun.verifier
                )
            keys = KeySet.import_key_set(self._fetched(found["jwks_uri"]))
            claims = jwt.decode(token["id_token"], keys, algorithms=list(ALGORITHMS)).claims
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=60,
                iss={"essential": True, "value": self.provider.issuer},
                aud={"essential": True, "value": self.provider.client},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": begun.nonce},
            ).validate(claims)
        except (AuthlibBaseError, JoseError, httpx.HTTPError, KeyError, ValueError, TypeError) as error:
            raise self._refused("token") from error
        return dict(claims)

    def _person(self, claims: dict[str, Any]) -> Person | None:
        subject = f"{self.provider.issuer}|{claims['sub']}"
        known = self._people.by_subject(subject)
        if known is not None:
            return known
        login = str(claims.get("preferred_username") or "").strip().lower()
        person = self._people.by_login(login) if login else None
        if person is None or person.subject is not None or person.password or not person.active:
            return None
        return self._people.change(person.key, person.principal, subject=subject)

    def _configuration(self) -> dict[str, Any]:
        """The provider's endpoints; raises UnauthorisedError when it cannot be reached or names itself otherwise."""
        try:
            found: dict[str, Any] = self._fetched(
                f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            )
            right = found["issuer"] == self.provider.issuer and found["authorization_endpoint"]
        except (httpx.HTTPError, KeyError, ValueError, TypeError) as error:
            raise UnauthorisedError("provider unreachable", hint="统一账号服务暂时联系不上，请稍后再试。") from error
        if not right:
            raise UnauthorisedError("another issuer", hint="统一账号服务的设置不对，请联系管理员。")
        return found

    def _fetched(self, url: str) -> Any:
        with httpx.Client(timeout=PATIENCE, trust_env=False, follow_redirects=False) as client:
            answer = client.get(url)
            answer.raise_for_status()
            return answer.json()

    def _refused(self, why: str, hint: str = "统一账号登录没有完成，请重新登录。") -> ZhiyingError:
        self._people.refused(f"outside: {why}")
        return UnauthorisedError(why, hint=hint)
