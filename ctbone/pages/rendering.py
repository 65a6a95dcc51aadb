"""From the records of a page to one HTML file that asks nothing of anywhere else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from ctbone.pages.content import Figure, Page
from ctbone.pages.vectors import inline

if TYPE_CHECKING:
    from jinja2 import Template


def render(page: Page, *, style: str = "", script: str | None = "") -> str:
    """Return the page as HTML; style, script and drawings are inside it.

    Without its script the page is whole; only the order of tables then stays as it is. The policy
    in its head lets a browser load nothing and run no other script, whatever the data hold.

    Args:
        page: What it says.
        style: CSS that follows that of every page.
        script: JavaScript that follows that of every page; what it has to know of the data it
            reads from the page. ``None`` for a page without any, that of every page included.
    """
    code = "" if script is None else f"{_text('page.js')}\n{script}".strip()
    return template("page.html").render(
        page=page,
        style=f"{_text('page.css')}\n{style}".strip(),
        script=code,
        allowed=_allowed(code),
        draw=_drawer(),
        address=quote,
    )


def _allowed(code: str) -> str:
    """Return what a policy says of scripts: the one of the page, by its digest, or none."""
    if not code:
        return "'none'"
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


@cache
def template(name: str) -> Template:
    """Return a template of this room; what it is given is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ctbone.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _drawer() -> Callable[[Figure], str]:
    """Return a function that inlines figures, each with ids of its own."""
    numbers = count(1)
    return lambda figure: inline(figure.svg, prefix=f"f{next(numbers)}-", alt=figure.alt)


@cache
def _text(name: str) -> str:
    return (files("ctbone.pages") / "templates" / name).read_text(encoding="utf-8").strip()
