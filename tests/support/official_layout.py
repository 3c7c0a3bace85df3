"""A local image in the layout of PyPA's images: entrypoint, environment, interpreters.

Its tools already are links in /usr/local/bin to an environment of their own, as pipx makes them.
"""

import io
import shutil
import subprocess
import tarfile

from npwheel.containers.engine import OCI_ARCH

# As in the images of pypa/manylinux; AUDITWHEEL_PLAT decides the tag of a repaired wheel.
ENVIRONMENT = {
    "AUDITWHEEL_ARCH": "{arch}",
    "AUDITWHEEL_PLAT": "manylinux_2_31_{arch}",
    "AUDITWHEEL_POLICY": "manylinux_2_31",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "LD_LIBRARY_PATH": "/usr/local/lib64:/usr/local/lib",
    "PKG_CONFIG_PATH": "/usr/local/lib/pkgconfig",
    "SSL_CERT_FILE": "/opt/_internal/certs.pem",
}
ENTRYPOINT = '#!/bin/bash\nset -eu\nexec "$@"\n'


def add_to(archive):
    """Append what the local image does not have."""

    def file(name, text, mode=0o755):
        info = tarfile.TarInfo(name)
        info.mode, info.size = mode, len(text)
        archive.addfile(info, io.BytesIO(text.encode()))

    def link(name, target):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        archive.addfile(info)

    file("usr/local/bin/manylinux-entrypoint", ENTRYPOINT)
    # Another implementation beside the CPythons, which nothing may take for one.
    pypy = "opt/python/pp311-pypy311_pp73/bin/python"
    file(pypy, "#!/bin/sh\necho this is PyPy >&2\nexit 1\n")
    link("opt/_internal/certs.pem", "/etc/ssl/certs/ca-certificates.crt")


def import_official(engine, root, reference, arch, folder):
    """Import a root filesystem, in that layout and with that environment."""
    tar = folder / "official.tar"
    shutil.copyfile(root, tar)
    with tarfile.open(tar, "a") as archive:
        add_to(archive)
    changes = [f"ENV {name}={value.format(arch=arch)}" for name, value in ENVIRONMENT.items()]
    changes.append('ENTRYPOINT ["manylinux-entrypoint"]')
    changes.append('CMD ["/bin/bash"]')
    place = (
        ["--arch", OCI_ARCH[arch]] if engine.name == "podman" else ["--platform", f"linux/{arch}"]
    )
    flags = [word for change in changes for word in ("--change", change)]
    command = [engine.name, "import", *place, *flags, str(tar), reference]
    subprocess.run(command, check=True, capture_output=True)
    tar.unlink()
