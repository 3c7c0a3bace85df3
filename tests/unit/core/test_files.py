"""Files appear whole or not at all."""

import os

import pytest

from npwheel.core import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "data.json"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.atomic(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["data.json"]


def test_a_link_is_replaced_and_its_target_kept(tmp_path):
    outside, inside = tmp_path / "precious.txt", tmp_path / "link.txt"
    outside.write_text("precious")
    inside.symlink_to(outside)
    files.write_text(inside, "new")
    assert outside.read_text() == "precious"
    assert not inside.is_symlink()
    assert inside.read_text() == "new"


def test_a_fifo_at_the_place_does_not_hang(tmp_path):
    place = tmp_path / "record.json"
    os.mkfifo(place)
    files.write_json(place, {"a": 1})
    assert place.read_text() == '{\n "a": 1\n}\n'
