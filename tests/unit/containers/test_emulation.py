"""Whether programs of another architecture run, what they need, and registration."""

from pathlib import Path

import pytest

from npwheel.containers import emulation
from npwheel.core.errors import EngineError

FOREIGN = {"x86_64": "aarch64", "aarch64": "x86_64"}


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> str:
    """The other architecture, which this machine emulates and cannot run by itself."""
    return FOREIGN[emulation.machine()]


def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arch: str, flags: str) -> Path:
    """A binfmt_misc of our own that holds the entry of an architecture."""
    data = {**emulation.table(), "directory": str(tmp_path)}
    monkeypatch.setattr(emulation, "table", lambda: data)
    file = tmp_path / data[arch]["name"]
    file.write_text(f"enabled\ninterpreter /usr/bin/qemu\nflags: {flags}\noffset 0\n")
    return file


def runs(monkeypatch: pytest.MonkeyPatch, arch: str) -> None:
    """Make `arch` seem foreign and its programs run: this machine's, under another name."""
    monkeypatch.setattr(emulation, "machine", lambda: FOREIGN[arch])


def test_native_programs_run() -> None:
    status = emulation.status(emulation.machine())
    assert status.works
    assert status.native
    assert emulation.needs(emulation.machine()) == ()
    assert emulation.environment(emulation.machine()) == {}


def test_an_unknown_architecture_does_not_run() -> None:
    status = emulation.status("vax")
    assert not status.works
    assert status.reason
    assert emulation.environment("vax") == {}
    with pytest.raises(EngineError, match="vax"):
        emulation.register("vax")


def test_every_emulated_run_names_a_cpu(foreign: str) -> None:
    cpu = emulation.environment(foreign)["QEMU_CPU"]
    assert cpu == {"aarch64": "neoverse-n1", "x86_64": "max"}[foreign]
    assert emulation.needs(foreign) == ((f"qemu-{foreign}-static", "qemu-user-static"),)


@pytest.mark.parametrize(("flags", "works"), [("OCF", True), ("POCF", True), ("OC", False)])
def test_an_emulator_that_containers_do_not_find_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, works: bool
) -> None:
    arch = emulation.machine()
    runs(monkeypatch, arch)
    entry(tmp_path, monkeypatch, arch, flags)
    status = emulation.status(arch)
    assert status.works is works
    assert not status.native
    assert ("flag F" in status.reason) is not works


def test_registration_does_nothing_where_programs_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arch = emulation.machine()
    runs(monkeypatch, arch)
    file = entry(tmp_path, monkeypatch, arch, "OCF")
    before = file.read_text()
    emulation.register(arch)
    assert file.read_text() == before
    assert not (tmp_path / "register").exists()


def test_registration_replaces_an_entry_that_containers_do_not_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arch = emulation.machine()
    runs(monkeypatch, arch)
    file = entry(tmp_path, monkeypatch, arch, "OC")
    (tmp_path / "register").touch()
    monkeypatch.setattr(emulation.shutil, "which", lambda _: "/usr/bin/the-emulator")
    found = iter([emulation.status(arch), emulation.Status(arch, False, True)])
    monkeypatch.setattr(emulation, "status", lambda _: next(found))
    emulation.register(arch)
    assert file.read_text() == "-1"
    line = (tmp_path / "register").read_text()
    assert line.endswith(":/usr/bin/the-emulator:OCF")
    assert line.startswith(f":qemu-{arch}:M::\\x7fELF")


def test_registration_without_the_emulator_names_its_package(
    monkeypatch: pytest.MonkeyPatch, foreign: str
) -> None:
    stopped = emulation.Status(foreign, False, False, "Exec format error")
    monkeypatch.setattr(emulation, "status", lambda _: stopped)
    monkeypatch.setattr(emulation.shutil, "which", lambda _: None)
    with pytest.raises(EngineError, match="is not installed") as caught:
        emulation.register(foreign)
    assert "qemu-user-static" in caught.value.next


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_the_magic_is_the_header_of_such_programs(arch: str) -> None:
    def raw(text: str) -> bytes:
        return text.encode("ascii").decode("unicode_escape").encode("latin-1")

    magic, mask = raw(emulation.table()[arch]["magic"]), raw(emulation.table()[arch]["mask"])
    assert len(magic) == len(mask) == 20

    def matches(other: str) -> bool:
        from npwheel.core import paths

        head = (paths.ci() / "engine" / f"exit0-{other}").read_bytes()[:20]
        return all(h & k == m & k for h, m, k in zip(head, magic, mask, strict=True))

    assert matches(arch)
    assert not matches(FOREIGN[arch])
