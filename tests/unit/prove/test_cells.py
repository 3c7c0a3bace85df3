"""Which cells the matrix has: none is missing, and what cannot run says why."""

import pytest
from thing_wheels import file, numpys

from npwheel.prove import matrix
from npwheel.prove.matrix import COLUMNS, IndexFiles
from npwheel.prove.questions import Question


def plan(systems, cpus, index, *wheels, cases=()):
    return matrix.plan(systems, cpus, cases, wheels, index)


def cell(found, system, column):
    (one,) = [c for c in found if (c.system, c.column) == (system, column)]
    return one


def test_every_system_has_every_column(systems, index, wheel):
    found = plan(systems, (), index, wheel())
    assert [(c.system, c.column) for c in found] == [
        (system.name, column) for system in systems for column in COLUMNS
    ]


def test_lowest_pinned_newest_and_scipy(systems, index, wheel):
    found = plan(systems, (), index, wheel(requires=["numpy>=1.19.3"]))
    assert cell(found, "old", "lowest").numpy == "1.19.3"
    assert cell(found, "old", "1.20.3").reason == ""
    assert cell(found, "old", "newest").numpy == "2.0.2"
    assert cell(found, "new", "lowest").numpy == "1.23.2"
    assert cell(found, "new", "newest").numpy == "2.4.6"
    beside = cell(found, "new", "with scipy")
    assert (beside.scipy, beside.where) == ("1.17.1", "new with scipy 1.17.1")


def test_cells_that_cannot_run_have_a_reason(systems, index, wheel):
    found = plan(systems, (), index, wheel())
    assert (
        cell(found, "new", "1.20.3").reason
        == "numpy 1.20.3 has no wheel for this Python and system"
    )
    assert cell(found, "old", "with scipy").reason == "no SciPy wheel for this Python and system"
    for column in COLUMNS:
        reason = cell(found, "alp", column).reason
        assert reason.startswith("no wheel that this Python and system take; there are cp39-abi3-")


def test_the_wheels_own_bound_narrows_numpy(systems, index, wheel):
    found = plan(systems, (), index, wheel(requires=["numpy>=1.21,<2.4"]))
    assert cell(found, "old", "1.20.3").reason == "the wheel asks for numpy<2.4,>=1.21"
    assert cell(found, "old", "lowest").numpy == "2.0.2"
    assert cell(found, "new", "newest").numpy == "2.1.3"


def test_a_bound_that_nothing_meets(systems, index, wheel):
    found = plan(systems, (), index, wheel(requires=["numpy>=9"]))
    assert cell(found, "old", "newest").reason == "no NumPy >=9 wheel for this Python and system"


def test_yanked_releases_and_other_libcs_do_not_count(systems, wheel):
    files = (
        *numpys(),
        file("numpy-2.9.0-cp39-cp39-manylinux_2_17_x86_64.whl", yanked=True),
        file("numpy-2.8.0-cp39-cp39-manylinux_2_35_x86_64.whl"),
        file("numpy-2.7.0-cp39-cp39-manylinux_2_17_x86_64.whl", requires_python=">=3.10"),
        file("numpy-3.0.0rc1-cp39-cp39-manylinux_2_17_x86_64.whl"),
    )
    found = plan(systems, (), IndexFiles(files, ()), wheel())
    assert cell(found, "old", "newest").numpy == "2.0.2"


def test_musl_wheels_go_to_musl(systems, index, wheel):
    glibc, musl = wheel(), wheel("thing-1.0-cp39-abi3-musllinux_1_2_x86_64.whl")
    found = plan(systems, (), index, glibc, musl)
    assert cell(found, "alp", "lowest").numpy == "1.25.0"
    assert cell(found, "alp", "lowest").wheel is musl
    assert cell(found, "old", "lowest").wheel is glibc


def test_each_project_has_its_own_matrix(systems, index, wheel):
    found = plan(
        systems, (), index, wheel(), wheel("other-2.0-cp39-abi3-manylinux_2_17_x86_64.whl")
    )
    assert len(found) == 2 * len(systems) * len(COLUMNS)
    assert {c.project for c in found} == {"thing", "other"}


def test_cpus_run_lowest_and_newest_in_their_system(systems, cpus, index, wheel):
    found = [c for c in plan(systems, cpus, index, wheel()) if c.cpu]
    assert [(c.where, c.numpy) for c in found if c.cpu == "nehalem"] == [
        ("new on nehalem", "1.23.2"),
        ("new on nehalem", "2.4.6"),
    ]
    (pi,) = [c for c in found if c.cpu == "pi4"]
    assert pi.reason.startswith("no wheel")


@pytest.mark.parametrize(
    ("numpy", "expected"), [("lowest", "1.23.2"), ("newest", "2.4.6"), ("2.1.3", "2.1.3")]
)
def test_cases_name_their_numpy(systems, index, wheel, numpy, expected):
    case = Question("question", "?", ("new",), numpy, "passes")
    found = cell(plan(systems, (), index, wheel(), cases=[case]), "new", "question")
    assert (found.numpy, found.where, found.reason) == (expected, "new", "")


def test_a_case_shares_a_cell_unless_it_asks_for_more(systems, index, wheel):
    plain = Question("plain", "?", ("new",), "newest", "passes")
    bare = Question("bare", "?", ("new",), "newest", "passes", absent=("/lib/x",))
    found = plan(systems, (), index, wheel(), cases=[plain, bare])
    assert cell(found, "new", "plain").key == cell(found, "new", "newest").key
    assert cell(found, "new", "bare").where == "new for bare"


def test_a_case_of_other_projects_or_pythons_has_no_cell(systems, index, wheel):
    cases = [
        Question("theirs", "?", ("new",), "newest", "passes", projects=("theirs",)),
        Question("later", "?", ("new",), "newest", "passes", pythons=("3.14",)),
    ]
    found = plan(systems, (), index, wheel(), cases=cases)
    assert not [c for c in found if c.column in ("theirs", "later")]


def test_the_next_numpy_is_a_column_where_it_is_asked_for(systems, wheel):
    rc = file("numpy-2.5.0rc1-cp311-cp311-manylinux_2_27_x86_64.whl")
    old = file("numpy-2.0.0rc1-cp39-cp39-manylinux_2_17_x86_64.whl")
    index = IndexFiles(numpys(), (), (*numpys(), rc, old))
    found = plan(systems, (), index, wheel())
    assert cell(found, "new", "next").numpy == "2.5.0rc1"
    assert cell(found, "new", "next").reason == ""
    assert cell(found, "new", "newest").numpy == "2.4.6"
    assert "newer than 2.0.2" in cell(found, "old", "next").reason  # 2.0.0rc1 is not
    bounded = plan(systems, (), index, wheel(requires=["numpy<2.5"]))
    assert "requires numpy<2.5" in cell(bounded, "new", "next").reason
    without = plan(systems, (), IndexFiles(numpys(), ()), wheel())
    assert not [c for c in without if c.column == "next"]
