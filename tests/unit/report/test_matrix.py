"""The matrix as text."""

from npwheel.report.matrix_report import matrix_text, rows


def test_rows_are_systems_and_pythons(result):
    assert [(row.system, row.python, len(row.cells)) for row in rows(result, "thing")] == [
        ("debian-11", "3.9", 5), ("alpine", "3.11", 5), ("alpine", "3.13", 5),
    ]  # fmt: skip


def test_every_cell_is_there_in_words(result):
    text = matrix_text(result)
    first = next(line for line in text.splitlines() if "debian-11" in line)
    assert "pass 1.19.3" in first
    assert "FAIL [2] 2.0.2" in first
    assert "not run [3] 2.0.2 + scipy 1.13.1" in first
    assert "nehalem" in text
    assert "Is it compatible?" in text
    assert text.endswith("5 pass, 1 fail, 11 not run")


def test_reasons_stand_below_once(result):
    text = matrix_text(result)
    assert text.count("no registry answers") == 1
    assert "[1] numpy's own matmul is wrong here" in text


def test_columns_line_up(result):
    lines = matrix_text(result).split("\n\n")[0].splitlines()[1:]
    starts = {line.index("not run") for line in lines if line.lstrip().startswith("alpine")}
    assert len(starts) == 1


def test_nothing_that_a_test_printed_steers_the_terminal(result):
    _, proof = result.cells[2]
    object.__setattr__(proof, "reason", "\x1b[2J\x07gone")
    text = matrix_text(result)
    assert "[2] �[2J�gone" in text
    assert text.replace("\n", "").isprintable()
