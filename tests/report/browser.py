"""Pages as a real browser has them once their scripts have run and a person has pressed keys."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs a browser")

#: What a test does with a page: keys go where the focus is, as those of a keyboard would.
ACTING = """<script>
const told = {}, written = [];
window.Blob = class { constructor(parts) { written.push(parts.join("")); } };
URL.createObjectURL = () => "#";
const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);
const press = (...keys) => {
  for (const key of keys) {
    const target = document.activeElement ?? document.body;
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    // A browser clicks what has the focus when Enter is pressed on it.
    if (target.dispatchEvent(event) && key === "Enter" && target.matches("a, button")) target.click();
  }
};
const type = (text) => {
  document.activeElement.value = text;
  document.activeElement.dispatchEvent(new Event("input", { bubbles: true }));
};
const choose = (label, value) => {
  const select = one(`select[aria-label="${label}"]`);
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
};
const listed = () => all(".listing tbody tr").filter((row) => !row.hidden).map((row) => row.cells[0].textContent);
const current = () => one("[aria-current] th").textContent;
const finish = () => { document.title = JSON.stringify(told); };
(async () => {
  try { ACTS } catch (mistake) { told.mistake = String(mistake.stack); }
  finish();
})();
</script>"""


def opened(path, *options):
    """Return the document as a browser has it once its scripts have run."""
    profile = path.parents[2] / "user"
    fixed = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    done = subprocess.run(
        [BROWSER, *fixed, *options, "--virtual-time-budget=4000", "--dump-dom", path.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode()


def told(path, acts, *options):
    """Return what a script tells that acts on a page; the page's own policy would not let it."""
    text = path.read_text(encoding="utf-8")
    loose = re.sub("<meta http-equiv[^>]*>", "", text)
    acted = path.with_name(f"acted-{path.name}")
    acted.write_text(loose.replace("</body>", ACTING.replace("ACTS", acts) + "</body>"))
    found = opened(acted, *options)
    acted.unlink()
    said = json.loads(unescape(re.search("<title>(.*?)</title>", found, re.DOTALL)[1]))
    assert "mistake" not in said, said["mistake"]
    return said
