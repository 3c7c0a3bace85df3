#!/bin/sh
# Create the commands by which builds find a compiler and bash. The first link of each kind
# makes Zig compile its runtime libraries (minutes on one core); they stay in the image.
set -eu

# busybox chooses its applet by the name that it is called by, so a link does not work.
printf '#!/bin/sh\nexec /bin/sh "$@"\n' > /bin/bash
chmod 755 /bin/bash

for name in cc gcc c++ g++; do
    ln -s /opt/zig/compiler.sh "/usr/local/bin/$name"
done
for name in ar ranlib; do
    printf '#!/bin/sh\nexec /opt/zig/zig %s "$@"\n' "$name" > "/usr/local/bin/$name"
done
printf '#!/bin/sh\nexec /opt/zig/zig ld.lld "$@"\n' > /usr/local/bin/ld
chmod 755 /usr/local/bin/ar /usr/local/bin/ranlib /usr/local/bin/ld
ld -v

# Without libexpat the pyexpat of some CPythons does not load, so pip, which imports it, does
# not start. This replacement can be imported, and raises an error once XML is parsed.
for python in /opt/python/cp*/bin/python; do
    "$python" -c 'import pyexpat' 2> /dev/null && continue
    library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    rm "$library"/lib-dynload/pyexpat.*
    cat > "$library/pyexpat.py" << 'end'
"""Replacement of the real module: this image has no libexpat."""

from types import ModuleType

WHY = "this image has no libexpat, so this CPython cannot parse XML"
EXPAT_VERSION, native_encoding, features = "none", "UTF-8", []
errors, model = ModuleType("pyexpat.errors"), ModuleType("pyexpat.model")
XMLParserType = type(None)


class ExpatError(Exception):
    pass


error = ExpatError


def ParserCreate(*_args, **_keys):
    raise ImportError(WHY)


def ErrorString(_number):
    return WHY


def __getattr__(name):
    if name == "expat_CAPI":  # _elementtree reads it, and Python has its own ElementTree
        raise ImportError(WHY)
    raise AttributeError(name)
end
    "$python" -m pip help wheel > /dev/null
    "$python" -c 'import plistlib, xmlrpc.client, xml.etree.ElementTree'
done

make --version
pkg-config --version

cd "$(mktemp -d)"
echo 'int main() { return 0; }' > t.c
cp t.c t.cc
cc t.c -o t
cc -shared -fPIC t.c -o t.so
c++ t.cc -o t
c++ -shared -fPIC t.cc -o t.so
rm -rf "$PWD"
