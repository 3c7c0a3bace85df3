#!/bin/sh
# The names under which builds look for a compiler, and for bash. The first link of
# each kind makes Zig compile its runtime libraries (minutes of one core), which
# stay in the image.
set -eu

# busybox chooses what to be by the name that it is called by, so no link will do.
printf '#!/bin/sh\nexec /bin/sh "$@"\n' > /bin/bash
chmod 755 /bin/bash

for name in cc gcc c++ g++; do
    ln -s /opt/zig/compiler.sh "/usr/local/bin/$name"
done
for name in ar ranlib; do
    printf '#!/bin/sh\nexec /opt/zig/zig %s "$@"\n' "$name" > "/usr/local/bin/$name"
    chmod 755 "/usr/local/bin/$name"
done

# Bare Alpine has no libexpat, so the pyexpat of some CPythons does not load, and with it pip
# does not start, which only imports it. What takes its place says so once XML is parsed.
for python in /opt/python/cp*/bin/python; do
    "$python" -c 'import pyexpat' 2> /dev/null && continue
    library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    rm "$library"/lib-dynload/pyexpat.*
    cat > "$library/pyexpat.py" << 'end'
"""In the place of the real one: this image has no libexpat."""

from types import ModuleType

WHY = "this image has no libexpat, so this CPython parses no XML"
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
    if name == "expat_CAPI":  # _elementtree asks for it, and Python has another one
        raise ImportError(WHY)
    raise AttributeError(name)
end
    "$python" -m pip help wheel > /dev/null
    "$python" -c 'import plistlib, xmlrpc.client, xml.etree.ElementTree'
done

cd "$(mktemp -d)"
echo 'int main() { return 0; }' > t.c
cp t.c t.cc
cc t.c -o t
cc -shared -fPIC t.c -o t.so
c++ t.cc -o t
c++ -shared -fPIC t.cc -o t.so
rm -rf "$PWD"
