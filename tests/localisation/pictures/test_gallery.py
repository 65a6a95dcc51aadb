"""One page leafs through the pictures of a run, and loses no study and no mark."""

import re
import shutil
import subprocess
from html import unescape

import pytest

from ctbone.errors import Reason
from ctbone.localisation import GalleryEntry, write_gallery

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs a browser")

ENTRIES = (
    GalleryEntry(study_uid="1.1", said="L1 140 HU"),
    GalleryEntry(study_uid="1.2", reason=Reason.METAL, said="</script><b>found</b> metal"),
    GalleryEntry(study_uid="1.3", said="L1 99 HU"),
    GalleryEntry(study_uid="1.4", reason=Reason.METAL, said="cement"),
)
UNDRAWN = GalleryEntry(study_uid="1.9", reason=Reason.TOO_FEW_SLICES, said="3 of 10 slices")

#: Tells after each step which picture is shown, where it stands in the list, and the marks.
STEPS = """<script>
const told = [], figures = [...document.querySelectorAll(".gallery figure")];
const tell = () => told.push([
  document.querySelector(".current img")?.alt.split(" ").at(-1) ?? "-",
  document.querySelector("output").textContent.split(";")[0].replaceAll(" ", "_"),
  figures.map((f) => (f.dataset.mark ?? "-")[0]).join(""),
].join("/"));
const press = (key) => { dispatchEvent(new KeyboardEvent("keydown", { key })); tell(); };
const choose = (value) => {
  const select = document.querySelector("select");
  select.value = value;
  select.dispatchEvent(new Event("change"));
  tell();
};
tell();
ACTS
const save = (text) => told.push(text.trim().replaceAll("\\n", ";"));
window.Blob = class { constructor(parts) { save(parts.join("")); } };
URL.createObjectURL = () => "#";
[...document.querySelectorAll(".bar button")].at(-1).click();
document.title = told.join(" ");
</script>"""


@pytest.fixture
def page(tmp_path):
    (tmp_path / "pictures").mkdir()
    for entry in ENTRIES:
        (tmp_path / "pictures" / f"{entry.study_uid}.png").write_bytes(b"")
    return write_gallery(tmp_path, [*ENTRIES, UNDRAWN])


def opened(page, text):
    """Return the document as a browser has it once its scripts have run."""
    page.write_text(text, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu"]
    options.append(f"--user-data-dir={page.parent.parent / 'user'}")
    done = subprocess.run(
        [BROWSER, *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout.decode()


def told(page, acts):
    text = page.read_text(encoding="utf-8")
    loose = re.sub("<meta http-equiv[^>]*>", "", text)
    found = opened(page, loose.replace("</body>", STEPS.replace("ACTS", acts) + "</body>"))
    page.write_text(text, encoding="utf-8")
    return unescape(re.search("<title>(.*?)</title>", found)[1]).split()


def test_every_study_stands_on_the_page(page):
    text = page.read_text(encoding="utf-8")
    assert page.parts[-2:] == ("pictures", "index.html")
    assert re.findall('loading="lazy" src="([^"]*)"', text) == [
        f"{entry.study_uid}.png" for entry in ENTRIES
    ]
    assert "too few slices" in text.split("Without a picture")[-1]
    assert text.count("1.9") == 1


def test_no_text_of_the_data_is_markup(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("</script>") == 1
    assert "&lt;b&gt;found" in text


def test_a_run_without_pictures_says_so(tmp_path):
    text = write_gallery(tmp_path, [UNDRAWN]).read_text(encoding="utf-8")
    assert "No study of this run has a picture." in text
    assert "3 of 10 slices" in text


@needs_browser
def test_the_script_runs_under_the_policy_of_its_page(page):
    found = opened(page, page.read_text(encoding="utf-8"))
    assert 'class="scripted single"' in found
    assert found.count('class="listed current"') == 1


@needs_browser
def test_keys_page_and_mark_and_marks_are_saved_kept_and_filtered(page):
    acts = 'press("ArrowRight"); press("a"); press("q"); press("End"); press("u");'
    first = told(page, acts)
    assert first == [
        "1.1/1_of_4/----",
        "1.2/2_of_4/----",
        "1.3/3_of_4/-a--",
        "1.4/4_of_4/-aq-",
        "1.4/4_of_4/-aq-",
        "1.4/4_of_4/-aq-",
        "study_uid,reason,mark;1.1,,;1.2,metal,accept;1.3,,query;1.4,metal,",
    ]
    # A filter shows some; what is marked leaves those that are not.
    acts = (
        'choose("reason:metal"); press("ArrowRight"); press("ArrowRight");'
        'choose("mark:"); press("Home"); press("a"); press("q"); choose("mark:query");'
    )
    found = told(page, acts)[:-1]
    assert found == [
        "1.1/1_of_4/-aq-", "1.2/1_of_2/-aq-", "1.4/2_of_2/-aq-", "1.4/2_of_2/-aq-",
        "1.4/2_of_2/-aq-", "1.1/1_of_2/-aq-", "1.4/1_of_1/aaq-", "-/none/aaqq", "1.3/1_of_2/aaqq",
    ]  # fmt: skip
