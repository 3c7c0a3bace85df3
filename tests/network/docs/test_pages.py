"""The pages show what their commands print; those that need an engine are in tests/integration."""

import pytest
from docs_tool import docs, page


@pytest.mark.parametrize("name", [n for n in docs.PAGES if n != "tutorial"])
def test_a_page_shows_what_its_commands_print(name, tmp_path):
    ran = list(docs.run(page(name), tmp_path, engine=False))
    assert ran
    for done in ran:
        assert done.as_shown, f"{done.command.text}\n{done.exit_code}\n{done.output}{done.errors}"
