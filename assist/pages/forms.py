"""Plain forms that need no script: their page, their fields, what was posted; sign-in and tokens are made of them."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse

LARGEST = 8_192
"""Bytes of a form: two passwords and an address fit."""
MOST_FIELDS = 80

STYLE = """
body{font:16px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif;
margin:0;background:#f4f6f9;color:#1c2733}
main{max-width:22rem;margin:10vh auto 2rem;padding:1.5rem;background:#fff;border:1px solid #d9e0e8;border-radius:12px}
h1{margin:0 0 .25rem;font-size:1.4rem;color:#0b5cad}p{margin:.25rem 0 1rem;color:#4a5868}
label{display:block;margin:.75rem 0 .25rem;font-size:.95rem}
input{box-sizing:border-box;width:100%;padding:.6rem .7rem;font:inherit;border:1px solid #8796a8;border-radius:8px}
button,.zy-outside{display:block;box-sizing:border-box;width:100%;margin-top:1.1rem;padding:.65rem;font:inherit;
text-align:center;color:#fff;background:#0b5cad;border:0;border-radius:8px;cursor:pointer;text-decoration:none}
.zy-outside{color:#0b5cad;background:#e8f0fa}
[role=alert]{margin:0 0 .5rem;padding:.6rem .8rem;color:#8a1f11;background:#fdecea;border-radius:8px}
table{width:100%;border-collapse:collapse;font-size:.9rem}
td,th{padding:.35rem .3rem;text-align:left;border-bottom:1px solid #e3e9ef;overflow-wrap:anywhere}
td button{margin:0;padding:.3rem .6rem;width:auto;white-space:nowrap}code{overflow-wrap:anywhere}
.zy-wide{max-width:44rem}.zy-scopes{columns:9rem;border:1px solid #d9e0e8;border-radius:8px;padding:.5rem .8rem}
.zy-scopes label{display:flex;gap:.4rem;margin:.15rem 0;break-inside:avoid}.zy-scopes input{width:auto}
[role=status]{margin:0 0 .5rem;padding:.6rem .8rem;color:#0f5c34;background:#e7f5ec;border-radius:8px}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid #f0a30a;outline-offset:1px}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#e6edf5}main{background:#18212b;border-color:#2e3b49}
p{color:#a9b7c6}h1{color:#7db8f5}input{background:#10161d;color:#e6edf5}}
"""
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


async def posted(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form with all their values; nothing of a body that is none."""
    body = await request.body()
    if len(body) > LARGEST:
        return {}
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return {}


async def fields(request: Request) -> dict[str, str]:
    """The fields of a posted form, the first value of each."""
    return {name: values[0] for name, values in (await posted(request)).items()}


def page(body: str, status: int = 200, *, wide: bool = False) -> HTMLResponse:
    """A whole page around `body`, with a policy that allows no script."""
    head = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>知应 · 账号</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style>'
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(f"{head}<main{' class=zy-wide' if wide else ''}>{body}</main></html>", status, headers=headers)


def title(name: str, text: str) -> str:
    """The heading of a form and the line below it."""
    return f"<h1>{escape(name)}</h1><p>{escape(text)}</p>"


def alert(problem: str) -> str:
    """What is wrong, "" for nothing."""
    return f'<div role="alert">{escape(problem)}</div>' if problem else ""


def field(label: str, name: str, kind: str, autocomplete: str, more: str = "") -> str:
    """A labelled input; `more` is put into its tag as it is."""
    return (
        f'<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{autocomplete}" maxlength="128" required {more}>'
    )
