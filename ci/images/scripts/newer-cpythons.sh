#!/bin/sh
# Give the CPythons of a newer Debian their own loader and libraries. An old libpthread or
# libm of the image would not load with the newer libc, so they are loaded at the start. A
# CPython that does not run here is removed: its proofs are "not run", the others are made.
set -eu
[ -e /opt/newer/cpythons ] || exit 0

loader=$(echo /opt/newer/lib/ld-linux-*.so.*)
while read -r python; do
    if patchelf --set-interpreter "$loader" --force-rpath --set-rpath /opt/newer/lib \
        --add-needed libpthread.so.0 --add-needed libdl.so.2 --add-needed librt.so.1 \
        --add-needed libutil.so.1 --add-needed libm.so.6 "$python" &&
        "$python" -c 'import bz2, ctypes, hashlib, lzma, math, sqlite3, ssl, sysconfig, zlib'
    then
        continue
    fi
    echo "$python does not run in this image and is removed"
    rm -rf "${python%/bin/*}"
done < /opt/newer/cpythons
