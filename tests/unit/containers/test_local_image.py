"""A local image that the engine has: what is known of it."""

import subprocess
from types import SimpleNamespace

from npwheel.containers import images
from npwheel.containers.engine import Engine, with_variant
from npwheel.containers.local import Root, recipes


def test_local_image_has_its_packages_by_name(monkeypatch, tmp_path):
    recipe = recipes()["system_debian_11_x86_64"]
    (tmp_path / "packages.txt").write_text("python3-numpy 1:1.19.5-1 sha256:ab\n")
    root = Root(
        tar=tmp_path / "root.tar",
        key=recipe.key,
        release="bullseye",
        libc_version="2.31",
        pythons={"3.9": "/usr/bin/python3.9"},
        packages=tmp_path / "packages.txt",
        sha256="0" * 64,
    )
    monkeypatch.setattr(images.local, "make", lambda *_, **__: root)
    engine = SimpleNamespace(image_arch=lambda _: "amd64")
    found = images.ready(images.made_of(recipe), "x86_64", engine, None, print)
    assert found.packages == {"python3-numpy": "1:1.19.5-1"}
    assert found.newer == {}
    assert any(text.startswith("dpkg ") for text in found.deviations)


def test_podman_reports_variant_of_local_image_and_is_itself_otherwise(tmp_path, monkeypatch):
    real = tmp_path / "bin" / "podman"
    real.parent.mkdir()
    real.write_text('#!/bin/sh\necho real "$@"\n')
    real.chmod(0o755)
    monkeypatch.setenv("PATH", str(real.parent), prepend=":")
    engine = Engine("podman", "0", ("--ulimit", "nofile=9"))
    folder = with_variant(engine, "localhost/x:1", "armv7l", tmp_path / "first")

    def podman(*arguments):
        command = [folder / "podman", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    asked = "{{.Os}}/{{.Architecture}}/{{.Variant}}"
    shown = podman("image", "inspect", "localhost/x:1", "--format", asked)
    assert shown == "real image inspect localhost/x:1 --format {{.Os}}/{{.Architecture}}/v7"
    other = ("image", "inspect", "localhost/y:1", "--format", asked)
    assert podman(*other) == "real " + " ".join(other)
    assert podman("create", "a b") == "real create a b"
    flags = " ".join(engine.create_args())
    assert podman("run", "a b") == f"real run {flags} a b"


def test_no_podman_is_written_where_none_is_needed(tmp_path):
    assert with_variant(Engine("podman", "0"), "x", "x86_64", tmp_path / "a") is None
    assert with_variant(Engine("docker", "0"), "x", "armv7l", tmp_path / "b") is None
    assert list(tmp_path.iterdir()) == []


def test_builds_in_local_images_get_the_search_paths_of_official_ones():
    def image(kind):
        return images.ReadyImage("r", "d", kind, None, "", "")

    flags = images.build_flags(image("local"))
    assert {flag.split("=")[1] for flag in flags} == {"LD_LIBRARY_PATH", "PKG_CONFIG_PATH"}
    assert images.build_flags(image("official")) == ()
