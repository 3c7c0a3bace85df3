"""How a system is had: pulled, made, or not at all and why."""

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest

from npwheel.containers.engine import Engine
from npwheel.containers.images import ReadyImage
from npwheel.core.errors import ImageError
from npwheel.prove import system_image

RECIPE = SimpleNamespace(
    name="old",
    key="k" * 64,
    libc_version="2.31",
    pythons=("3.9",),
    needs=(("tar", "tar"),),
    lacks=(),
)


@pytest.fixture
def machine(monkeypatch):
    """A machine with one recipe; `answers` is what a registry says, `made` what comes of it."""
    state = SimpleNamespace(answers=(False, "registry does not answer"), libc="2.31", python="3.9")
    monkeypatch.setattr(system_image.host_requirements, "ensure", lambda *a, **k: None)
    monkeypatch.setattr(system_image.local, "recipes", lambda: {"old": RECIPE})
    monkeypatch.setattr(system_image, "_answers", lambda host, reference: state.answers)
    monkeypatch.setattr(system_image.process, "output", lambda *a: (0, state.python + "\n", ""))

    def ready(image, arch, engine, log, say):
        if image.kind == "official":
            if not state.answers[0]:
                raise ImageError(f"cannot pull {image.reference}", why=state.answers[1])
            return ReadyImage(image.reference, "sha256:0", "official", None, "", "")
        return ReadyImage(image.reference, "sha256:0", "local", {"3.9": "/py"}, state.libc, "old 1")

    monkeypatch.setattr(system_image.images, "ready", ready)
    return state


def had(system, choice="auto"):
    return system_image.ready(
        system, choice, Engine("podman", "0"), StringIO(), print, install=False
    )


@pytest.fixture
def system(systems):
    return replace(
        systems[0], image="registry.invalid/old:1", executables={"3.9": "/usr/bin/python3"}
    )


def test_the_official_image_where_its_registry_answers(machine, system):
    machine.answers = (True, "https")
    found = had(system)
    assert (found.kind, found.reference) == ("official", "registry.invalid/old:1")
    assert found.runner == "/usr/bin/python3"
    assert had(system, "local").kind == "local"


def test_its_stand_in_where_it_does_not(machine, system):
    found = had(system)
    assert (found.kind, found.reference) == ("local", "localhost/npwheel/old:" + "k" * 16)
    assert found.pythons == {"3.9": "/py"}
    with pytest.raises(ImageError, match="cannot pull"):
        had(system, "official")


def test_a_system_with_only_an_image_reports_why_it_is_missing(machine, system):
    only = replace(system, recipe="")
    with pytest.raises(ImageError) as caught:
        had(only)
    assert "does not answer" in caught.value.why
    with pytest.raises(ImageError) as caught:
        had(only, "local")
    assert "--images local" in caught.value.why


def test_a_system_with_only_a_recipe_is_not_official(machine, systems):
    with pytest.raises(ImageError):
        had(systems[0], "official")
    with pytest.raises(ImageError, match="has no recipe pi"):
        had(systems[2])


def test_an_image_without_the_python_it_should_have(machine, system):
    machine.answers, machine.python = (True, "https"), "3.6"
    with pytest.raises(ImageError, match=r"has no CPython 3\.9 at /usr/bin/python3"):
        had(replace(system, recipe=""))


def test_a_system_made_of_an_older_release_is_not_that_system(machine, system):
    machine.libc = "2.28"
    with pytest.raises(ImageError, match="older") as caught:
        had(system)
    assert caught.value.why == "glibc expected 2.31, found 2.28"
    machine.libc = "2.100"
    assert had(system).kind == "local"
