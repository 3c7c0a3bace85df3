"""The page: complete, safe, self-contained; then as a real browser shows it."""

import itertools
import re
from dataclasses import replace

from report_pages import HOSTILE, LONG, Tree

from npwheel.prove.proof import Proof
from npwheel.report.html_report import html_report


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


def test_every_outcome_is_in_words_with_its_reason(page, result):
    tree = Tree(page)
    text = "".join(tree.text)
    for word in ("pass", "fail", "not run", LONG, "no registry answers", "Yes, it is."):
        assert word in text
    shown = [a["data-outcome"] for _, a, where in tree.elements if "data-outcome" in a
             and where.endswith("td/div")]  # fmt: skip
    # One row of the matrix has a single reason for its five cells, twice.
    assert len(shown) == len(result.proofs()) - 2 * 4


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


def test_each_wheel_is_described(page):
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


def test_the_page_of_a_build_has_its_proofs_and_missing_targets(result, tmp_path):
    """Without systems: what `npwheel build` writes."""
    passed = Proof(
        "3.9", "1.19.3", "local image manylinux_x86_64", "pass", "", 2.0,
        modules=("thing", "thing._core"), test="passed", libc="glibc 2.31",
        interpreter={"version": "3.9.2", "source": "x"},
    ).as_json()  # fmt: skip
    idle = Proof("3.14t", "2.3.2", "local image manylinux_x86_64", "not run", HOSTILE).as_json()
    (entry,) = result.wheels
    entry = replace(entry, record={**entry.record, "target": "t", "proofs": [passed, idle]})
    missing = [{"project": "thing", "target": "musl", "reason": "no Rust", "exit_code": 13}]
    built = replace(result, systems=(), cpus=(), cells=(), answers=(), wheels=(entry,))
    tree = Tree(html_report(built, "now", missing))
    text = "".join(tree.text)
    for word in ("numpy 1.19.3", "3.9.2, glibc 2.31", "thing._core", "musl", "no Rust", "13"):
        assert word in text
    outcomes = [a["data-outcome"] for _, a, where in tree.elements if "data-outcome" in a]
    assert outcomes == ["pass", "fail", "not run", "pass", "not run"]
    assert "Systems used" not in text
