"""The tutorial, run from its first line to its last."""

import pytest
from docs_tool import docs, page


@pytest.mark.usefixtures("engine")
def test_the_tutorial_works_from_the_first_line_to_the_last(tmp_path):
    for done in docs.run(page("tutorial"), tmp_path):
        assert done.as_shown, f"{done.command.text}\n{done.exit_code}\n{done.output}{done.errors}"
