#!/bin/sh
# Print the libc version of an image, and the version and path of each CPython that runs.
set -eu

for loader in /lib/ld-musl-*.so.1; do
    if [ -e "$loader" ]; then
        "$loader" 2>&1 | sed -n 's/^Version /libc /p'
    elif command -v ldd > /dev/null; then
        ldd --version | sed -n '1s/.* /libc /p'
    fi
done

for python in /opt/python/cp*/bin/python /usr/bin/python3.*; do
    case $python in
    *-config | *\**) continue ;;
    esac
    "$python" -c '
import sys, sysconfig
threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print("python %d.%d%s" % (*sys.version_info[:2], threads), sys.argv[1])' "$python"
done
