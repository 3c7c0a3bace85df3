"""Root certificates of pip in images."""

import re
from pathlib import Path

import pytest

from npwheel.containers.local import install_tools
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
    install_tools.replace_certificates(packages)
    assert (packages / "pip/_vendor/certifi/cacert.pem").read_text() == "new"


@pytest.mark.parametrize("absent", ["certifi", "pip/_vendor/certifi"])
def test_replace_certificates_fails_when_a_file_is_absent(packages, absent):
    (packages / absent / "cacert.pem").unlink()
    with pytest.raises(ImageError):
        install_tools.replace_certificates(packages)


def test_frontend_lock_pins_certifi():
    lock = (ROOT / "ci/images/locks/frontend.txt").read_text()
    assert re.search(r"^certifi==\d", lock, re.MULTILINE)
