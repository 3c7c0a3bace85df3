"""Root certificates of the pips in images."""

import re
from pathlib import Path

import pytest

from npwheel.containers.local import tools
from npwheel.core.errors import ImageError

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def packages(tmp_path):
    for name, text in {"certifi": "new", "pip/_vendor/certifi": "old"}.items():
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "cacert.pem").write_text(text)
    return tmp_path


def test_pip_gets_the_certificates_of_certifi(packages):
    tools.renew_roots(packages)
    assert (packages / "pip/_vendor/certifi/cacert.pem").read_text() == "new"


@pytest.mark.parametrize("absent", ["certifi", "pip/_vendor/certifi"])
def test_an_image_fails_when_certificates_cannot_be_renewed(packages, absent):
    (packages / absent / "cacert.pem").unlink()
    with pytest.raises(ImageError):
        tools.renew_roots(packages)


def test_the_lock_of_the_frontend_pins_certifi():
    lock = (ROOT / "ci/images/locks/frontend.txt").read_text()
    assert re.search(r"^certifi==\d", lock, re.MULTILINE)
