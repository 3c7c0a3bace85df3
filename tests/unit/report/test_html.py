"""The page: complete, safe, self-contained; then as a real browser shows it."""

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from npwheel.report.html import html_report

from .conftest import HOSTILE, LONG

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Tree(HTMLParser):
    """Collects elements; fails on anything that is not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), "/".join(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs, _ in self.elements if name == tag]


@pytest.fixture
def page(result):
    return html_report(result, "2026-01-02 03:04 UTC")


def test_the_page_loads_nothing_and_runs_nothing(page):
    tree = Tree(page)
    assert not {name for name, _, _ in tree.elements} & {"script", "img", "link", "iframe", "base"}
    assert not [a for _, a, _ in tree.elements if {"src", "href", "srcset", "data"} & set(a)]
    assert not re.search(r"url\(|@import|https?:", page)
    policy = next(a["content"] for a in tree.all("meta") if "http-equiv" in a)
    assert "default-src 'none'" in policy


def test_what_wheels_and_tests_say_cannot_become_markup(page):
    tree = Tree(page)
    assert HOSTILE.replace("\x00", "�") in "".join(tree.text)
    assert "thing.libs/<b>.so" in "".join(tree.text)
    assert "\x00" not in page


def test_every_outcome_is_in_words_and_its_reason_beside_it(page, result):
    tree = Tree(page)
    text = "".join(tree.text)
    for word in ("pass", "fail", "not run", LONG, "no registry answers", "Yes, it is."):
        assert word in text
    shown = [a["data-outcome"] for _, a, where in tree.elements if "data-outcome" in a
             and where.endswith("td/div")]  # fmt: skip
    # One row of the matrix has a single reason for its four cells, twice.
    assert len(shown) == len(result.proofs()) - 2 * 3


def test_tables_are_tables_for_everyone(page):
    tree = Tree(page)
    tables = tree.all("table")
    assert len(tables) >= 5
    assert len(tree.all("caption")) == len(tables)
    heads = tree.all("th")
    assert {a["scope"] for a in heads} == {"col", "row"}
    assert all(a["role"] in ("columnheader", "rowheader") for a in heads)
    assert all(a["data-label"] and a["role"] == "cell" for a in tree.all("td"))
    assert tree.all("html")[0]["lang"] == "en"
    assert "width=device-width" in str(tree.all("meta"))
    levels = [int(name[1]) for name, _, _ in tree.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_each_wheel_says_what_it_is(page):
    text = "".join(Tree(page).text)
    for word in (
        "cp39-abi3-manylinux_2_17_x86_64", "numpy>=1.19.3", "1.19.3 to 1.20.3", "2.0.2", "0xd",
        "libopenblas.so 0.3.31", "local image localhost/x:1 (bullseye)", "thing/_core.abi3.so",
        "the image has no CPython 3.14t", "4.00×", "1.00×",
    ):  # fmt: skip
        assert word in text


def test_facts_of_another_shape_do_no_harm(result):
    for cell, proof in result.cells:
        if cell.column == "newest" and proof.facts:
            for speed in ("fast", [1], [{"n": "x"}], {"n": 1}, None):
                proof.facts["speed"] = speed
                assert "Not measured" in html_report(result, "now")


def test_benchmarks_are_shown_with_their_goals(result):
    claim = {"text": "n = 4", "value": 4.5, "unit": "x", "most": None, "least": 3, "met": True}
    missed = {**claim, "text": "wheel", "least": None, "most": 8, "met": False}
    bench = {"schema_version": 1, "matmul": {"claims": [claim, missed, {"text": "odd"}, 7]}}
    text = "".join(Tree(html_report(replace(result, benchmarks=bench), "now")).text)
    for word in ("4.50 x", "at least 3: met", "at most 8: not met"):
        assert word in text
    assert "odd" not in text


MEASURE = """<!DOCTYPE html><meta charset="utf-8"><body><iframe style="width:{width}px;height:900px;
border:0"></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument, root = page.documentElement;
  const say = (name, value) => document.body.setAttribute("data-" + name, value);
  const luminance = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {{
    const c = part / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }}).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = luminance(getComputedStyle(page.body).backgroundColor);
  const contrast = [...page.querySelectorAll(".pass,.fail,.idle,.why,small,p,td,th")].map((e) => {{
    const [a, b] = [luminance(getComputedStyle(e).color), ground].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }});
  const wide = [...page.querySelectorAll("main *")].filter(
    (e) => e.getBoundingClientRect().right > root.clientWidth + 1 && e.tagName !== "THEAD"
      && !e.closest("thead"));
  say("overflow", root.scrollWidth - root.clientWidth);
  say("wide", wide.map((e) => e.tagName).join(" "));
  say("contrast", Math.min(...contrast).toFixed(2));
  say("ground", getComputedStyle(page.body).backgroundColor);
  say("rows", getComputedStyle(page.querySelector(".matrix tbody tr")).display);
  say("label", getComputedStyle(page.querySelector(".matrix td"), "::before").content);
  say("font", getComputedStyle(page.body).fontSize);
  say("shown", page.body.innerText.length);
  document.body.setAttribute("data-done", "yes");
}};
frame.srcdoc = {page};
</script>"""


def measured(browser, folder, page, width, *flags):
    """What a browser makes of the page in a viewport of that width, in CSS pixels."""
    import json

    host = folder / f"host-{width}.html"
    literal = json.dumps(page).replace("</", "<\\/")
    host.write_text(MEASURE.format(width=width, page=literal), "utf-8")
    out = browser(*flags, "--virtual-time-budget=5000", "--dump-dom", host.as_uri()).stdout
    body = Tree(out).all("body")[0]
    assert body.get("data-done") == "yes", out[:2000]
    return {name.removeprefix("data-"): value for name, value in body.items()}


@pytest.mark.integration
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_in_a_browser_nothing_sticks_out(browser, tmp_path, page, width):
    found = measured(browser, tmp_path, page, width)
    assert (found["overflow"], found["wide"]) == ("0", "")
    assert float(found["contrast"]) >= 4.5
    assert int(found["shown"]) > 1000
    stacked = width < 736
    assert (found["rows"] == "block") == stacked
    assert ("lowest numpy" in found["label"]) == stacked
    assert found["font"] == "16px"


@pytest.mark.integration
def test_in_a_browser_dark_is_readable_too(browser, tmp_path, page):
    dark = measured(browser, tmp_path, page, 1280, "--blink-settings=preferredColorScheme=0")
    light = measured(browser, tmp_path, page, 1280, "--blink-settings=preferredColorScheme=1")
    assert dark["ground"] != light["ground"]
    assert float(dark["contrast"]) >= 4.5
    assert float(light["contrast"]) >= 4.5


@pytest.mark.integration
def test_in_a_browser_the_page_breaks_no_policy_of_its_own(browser, tmp_path, page):
    file = tmp_path / "report.html"
    file.write_text(page, "utf-8")
    done = browser("--enable-logging=stderr", "--v=0", "--dump-dom", file.as_uri())
    assert "Content Security Policy" not in done.stderr
    assert "CONSOLE" not in done.stderr
    assert "Where thing runs" in done.stdout
