"""A local image that the engine has: what is known of it."""

from types import SimpleNamespace

from npwheel.containers import images
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
