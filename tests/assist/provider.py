"""A real OpenID Connect provider on loopback that signs in whom it is told to; for the tests of outside sign-in."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "zhiying", "clients-own-secret"


@dataclass
class LocalProvider:
    """What it says of whom; tests bend `claims` to lie, and `key` to sign with another's."""

    issuer: str
    key: RSAKey
    known: RSAKey
    subject: str = "s-1"
    username: str = "li.na"
    now: float = field(default_factory=time.time)
    claims: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, asked: dict[str, str]) -> str:
        """The address it sends the browser back to."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def token(self, asked: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code, once, for the right client with the right verifier; None for anybody else."""
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self.codes.pop(asked.get("code", ""), None)
        hashed = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if begun is None or authorization != basic or begun["code_challenge"] != challenge:
            return None
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "preferred_username": self.username,
            "nonce": begun["nonce"],
            "iat": int(self.now),
            "exp": int(self.now) + 300,
        } | self.claims
        signed = jwt.encode({"alg": "RS256", "kid": self.known.kid}, claims, self.key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def provider(now: float) -> Iterator[LocalProvider]:
    """Runs one on any free port, its clock at `now` (seconds since 1970)."""
    key = RSAKey.generate_key(2048, auto_kid=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", one.authorize(_single(parts.query)))
                self.end_headers()
                return
            base = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            known = {"issuer": one.issuer, **{name: f"{one.issuer}/{path}" for name, path in base.items()}}
            self._say(200, {"keys": [one.known.as_dict(private=False)]} if parts.path == "/keys" else known)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = one.token(_single(body), self.headers.get("Authorization", ""))
            self._say(200 if found else 400, found or {"error": "invalid_grant"})

        def _say(self, status: int, value: object) -> None:
            text = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        one = LocalProvider(f"http://127.0.0.1:{server.server_address[1]}", key, key, now=now)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield one
        finally:
            server.shutdown()
            thread.join(10)


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
