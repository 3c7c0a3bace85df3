"""`npwheel cache`: sizes by kind, and removal of what was not used."""

import json
import os
import time

import pytest

from npwheel import cli
from npwheel.containers import cache_usage, engine

TAG = "a" * 16


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache with an old and a new entry of each kind, and an engine with two images."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("NPWHEEL_CACHE", str(folder))
    places = {
        "images/manylinux_x86_64-{}/root.tar": "image", "wheels/ab/{}/a.whl": "wheel",
        "logs/{}/x.log": "log", "certificates/{}.crt": "certificates",
    }  # fmt: skip
    for place, text in places.items():
        for name, days in ((TAG + "0", 0), ("b" * 17, 40)):
            file = folder / place.format(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text * 3000)
            for path in (file, file.parent) if file.name != f"{name}.crt" else (file,):
                os.utime(path, (0, time.time() - days * cache_usage.DAY))
    (folder / "images/.lock").write_text("")
    images = [
        {"RepoTags": [f"localhost/npwheel/manylinux-x86-64:{tag * 16}"], "Size": 7} for tag in "ab"
    ]
    (tmp_path / "images.json").write_text(json.dumps(images))
    podman = tmp_path / "podman"
    podman.write_text(
        f"#!/bin/sh\ncase $1 in\nimages) echo localhost/npwheel/manylinux-x86-64:{TAG};;\n"
        f"image) cat {tmp_path}/images.json;;\nrmi) echo $2 >> {tmp_path}/gone;;\nesac\n"
    )
    podman.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(engine, "data", lambda: {"order": ["podman"]})
    return folder


def test_what_is_kept_is_shown_by_kind(cache, capsys):
    assert cli.main(["cache", "--json"]) == 0
    left = json.loads(capsys.readouterr().out)["left"]
    assert {kind: count for kind, (count, _) in left.items()} == {
        "images": 2, "wheels": 2, "logs": 2, "certificates": 2, "images in podman": 2,
    }  # fmt: skip
    assert left["wheels"][1] >= 2 * 15000


def test_only_what_was_not_used_is_removed(cache, tmp_path, capsys):
    assert cli.main(["cache", "--older-than", "30", "--json"]) == 0
    removed = json.loads(capsys.readouterr().out)["removed"]
    assert {kind: count for kind, (count, _) in removed.items()} == {
        "images": 1, "wheels": 1, "logs": 1, "certificates": 1, "images in podman": 1,
    }  # fmt: skip
    names = {path.name for path in cache.rglob("*") if path.is_file()}
    assert names == {"root.tar", "a.whl", "x.log", f"{TAG}0.crt", ".lock"}
    assert (tmp_path / "gone").read_text() == f"localhost/npwheel/manylinux-x86-64:{'b' * 16}\n"


@pytest.mark.parametrize("days", ["-1", "nan", "inf"])
def test_days_that_are_none_are_refused(cache, days):
    assert cli.main(["cache", "--older-than", days]) == 2
    assert len([*cache.rglob("*.whl")]) == 2
