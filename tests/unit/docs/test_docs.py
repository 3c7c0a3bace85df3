"""The pages: links, commands and options exist; the tool that runs them notices what is wrong."""

import argparse
import importlib
import importlib.util
import re

import pytest
from docs_tool import ROOT, docs

from npwheel.cli import COMMANDS

WRITTEN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_reference_is_what_the_parsers_say():
    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == docs.reference()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.name)
def test_no_page_shows_a_command_or_option_that_does_not_exist(path):
    """Also where a page's commands are not run."""
    text = path.read_text("utf-8")
    blocks = re.findall(r"^```console[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ").split("  #")[0] for b in blocks for line in b.splitlines()]
    lines += re.findall(r"`(npwheel [^`]+)`", text)
    for line in lines:
        words = re.split(r"\s(?:\||[0-9]?>|&&|;)", " ".join(line.split()))[0].split()
        if words[:1] != ["npwheel"] or len(words) < 2 or not re.fullmatch(r"[a-z]+", words[1]):
            continue
        assert words[1] in COMMANDS, line
        parser = argparse.ArgumentParser()
        importlib.import_module(f"npwheel.cli.{words[1]}").add_arguments(parser)
        for word in words[2:]:
            if word.startswith("--"):
                assert word.split("=")[0] in parser._option_string_actions, line


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file) if file else path
        assert found.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}
            assert anchor in slugs, target


def test_the_tool_finds_wrong_outputs(tmp_path):
    """It can fail: a wrong output, a wrong exit code, and both mended or left to people."""
    text = "```console\n$ echo a\nb\n$ echo c\n...\n```\n\n```console exit=1\n$ true\n```\n"
    ran = list(docs.run(text, tmp_path))
    assert [done.as_shown for done in ran] == [False, True, False]
    assert docs.renewed(text, ran) == text.replace("a\nb\n", "a\na\n")


@pytest.mark.parametrize(
    ("shown", "found", "same"),
    [
        ("a\n", "a\n", True),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b d\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("a\n...\nd\n", "a\nb\n", False),
        ("", "", True),
        ("", "x\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_matching(shown, found, same):
    assert docs.matches(shown, found) == same


def test_state_is_carried_from_command_to_command(tmp_path):
    text = "```console\n$ mkdir x && cd x\n$ export A=1\n$ echo $A $(basename $PWD)\n1 x\n```\n"
    assert all(done.as_shown for done in docs.run(text, tmp_path))
