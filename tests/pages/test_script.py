"""The script of a page, in a browser where one is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape

import pytest

from ctbone.pages import Cell, Page, Paragraph, Section, Table, render

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

#: Clicks a head twice, then another, and tells what the first column then holds.
CLICKS = """<script>
const heads = document.querySelector("thead tr").cells, told = [];
for (const i of [1, 1, 0]) {
  heads[i].querySelector("button").click();
  const rows = [...document.querySelectorAll("tbody tr")];
  told.push(rows.map((r) => r.cells[0].textContent).join(""));
  told.push([...heads].map((h) => h.getAttribute("aria-sort") ?? "none").join("/"));
}
document.title = told.join(" ");
</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs a browser")


@pytest.fixture
def page():
    cells = (
        ("b", Cell("10", 10.0)),
        ("d", "not given"),
        ("a", Cell("9", 9.0)),
        ("c", Cell("< 1", 0.1)),
    )
    table = Table(title="t", columns=("name", "n"), rows=cells)
    blocks = (table, Paragraph("Words.", quotable=True))
    return render(Page(title="T", lead="", sections=(Section(title="S", blocks=blocks),)))


def after(text, folder):
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"]
    done = subprocess.run(
        [BROWSER, *options, "--dump-dom", path.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode()


def test_the_policy_lets_the_script_of_the_page_run_and_no_other(page, tmp_path):
    found = after(
        page.replace("</body>", "<script>document.title = 'ran'</script></body>"), tmp_path
    )
    assert found.count("<button") == 3
    assert "<title>T</title>" in found


def test_rows_sort_by_number_both_ways_and_gaps_come_last(page, tmp_path):
    loose = re.sub("<meta http-equiv[^>]*>", "", page).replace("</body>", CLICKS + "</body>")
    title = unescape(re.search("<title>(.*?)</title>", after(loose, tmp_path))[1])
    assert title.split() == [
        "cabd", "none/ascending", "bacd", "none/descending", "abcd", "ascending/none",
    ]  # fmt: skip
