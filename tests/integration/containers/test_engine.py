"""A real engine: its containers, images and probes."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from npwheel.containers import engine as engines
from npwheel.core.targets import machine


def test_containers_of_a_run_are_found_and_removed(engine, tmp_path):
    tar = tmp_path / "exit0.tar"
    engines.exit0_tar(tar)
    reference = "localhost/npwheel-test:1"
    engine.import_tar(tar, reference, machine())
    subprocess.run(
        [engine.name, "create", *engine.create_args(machine()), reference, "/exit0"],
        check=True, capture_output=True,
    )  # fmt: skip

    def mine():
        listed = subprocess.run(
            [engine.name, "ps", "-aq", "--filter", f"label=npwheel.run={engine.label}"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return listed.stdout.split()

    assert len(mine()) == 1
    engine.remove_containers()
    assert mine() == []
    subprocess.run([engine.name, "rmi", "-f", reference], check=True, capture_output=True)


def test_image_arch(engine, tmp_path):
    tar = tmp_path / "exit0.tar"
    engines.exit0_tar(tar)
    engine.import_tar(tar, "localhost/npwheel-test:arm", "aarch64")
    assert engine.image_arch("localhost/npwheel-test:arm") == "arm64"
    assert engine.image_arch("localhost/npwheel-test:none") is None
    subprocess.run(
        [engine.name, "rmi", "-f", "localhost/npwheel-test:arm"], check=True, capture_output=True
    )


def test_probes_at_once_do_not_disturb_each_other(engine):
    """They import and remove an image each; equal layers would be shared, and pulled away."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: engines.find(engine.name), range(4)))
    assert {other.args for other in found} == {engine.args}
