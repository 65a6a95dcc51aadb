"""Pages as a real browser has them once their scripts have run and a person has pressed keys."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs a browser")

#: Scripts that act on a page; ``acting.js`` is what each of them is run in.
ACTS = Path(__file__).parent / "acts"


def opened(path, *options, user="user"):
    """Return the document as a browser has it once its scripts have run.

    Args:
        path: The page.
        options: Of the browser.
        user: Who opens it: what the browser keeps, it keeps for this one.
    """
    fixed = ["--headless", "--no-sandbox", "--disable-gpu"]
    fixed.append(f"--user-data-dir={path.parents[2] / user}")
    done = subprocess.run(
        [BROWSER, *fixed, *options, "--virtual-time-budget=4000", "--dump-dom", path.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode()


def told(path, acts, *options, user="user", store=None):
    """Return what a script tells that acts on a page; the page's own policy would not let it.

    Args:
        path: The page.
        acts: What the script does.
        options: Of the browser.
        user: Who opens it.
        store: What the browser has kept. A browser that ends at once may not have written it.
    """
    text = path.read_text(encoding="utf-8")
    loose = re.sub("<meta http-equiv[^>]*>", "", text)
    kept = json.dumps(store or {}).replace("<", "\\u003c")
    loose = loose.replace(
        "<body", f"<script>Object.assign(localStorage, {kept});</script><body", 1
    )
    acted = path.with_name(f"acted-{path.name}")
    script = (ACTS / "acting.js").read_text().replace("ACTS", acts)
    acted.write_text(loose.replace("</body>", f"<script>{script}</script></body>"))
    found = opened(acted, *options, user=user)
    acted.unlink()
    said = json.loads(unescape(re.search("<title>(.*?)</title>", found, re.DOTALL)[1]))
    assert "mistake" not in said, said["mistake"]
    return said
