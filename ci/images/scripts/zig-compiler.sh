#!/bin/sh
# cc and c++ of the musllinux images: Zig with the behaviour of Alpine's gcc.
#
# - Linked files must need libc.musl-ARCH.so.1, as on any Alpine. By default Zig links its
#   own libc, and the result needs "libc.so", which does not exist on Alpine. So Alpine's
#   libc is linked last, even if it is unused, since auditwheel rejects a module without
#   libc.
# - Options that Zig's linker does not know and that change nothing are dropped: meson's
#   -Wl,--fatal-warnings.
# - Zig compiles its runtime libraries again for each combination of optimization, debug
#   information and processor given when linking. The image has one, stripped; options
#   that would need another are dropped when nothing is compiled.
set -eu
: "${ZIG_GLOBAL_CACHE_DIR:=/opt/zig/cache}" "${ZIG_LOCAL_CACHE_DIR:=/opt/zig/cache}"
export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR

case ${0##*/} in
*++*) mode=c++ ;;
*) mode=cc ;;
esac
for libc in /lib/libc.musl-*.so.1; do :; done
arch=${libc#/lib/libc.musl-}
arch=${arch%.so.1}

links=yes sources=no
for argument in "$@"; do
    case $argument in
    -c | -S | -E | -M | -MM | -r | -static | -fsyntax-only) links=no ;;
    -V | -dump* | -print-* | --print-* | --version | --help | -Wl,--version) links=no ;;
    *.c | *.cc | *.cpp | *.cxx | *.C | *.s | *.S | -) sources=yes ;;
    esac
done
[ "$*" != "" ] && [ "$*" != -v ] || links=no

set -- -target "$arch-linux-musl" -fno-sanitize=undefined "$@"
if [ $links = no ]; then
    # The environment of an isolated build has a random name.
    for folder in /tmp/build-env-*; do
        set -- "$@" "-ffile-prefix-map=$folder=/tmp/build-env"
    done
    exec /opt/zig/zig $mode "$@"
fi

left=$#
while [ "$left" -gt 0 ]; do
    argument=$1
    shift
    left=$((left - 1))
    case $argument in
    -Wl,--fatal-warnings) ;;
    -O* | -g | -g[0-9]* | -ggdb* | -s | -Wl,-s | -Wl,--strip-*) ;;
    -march=* | -mtune=* | -mcpu=* | -flto*) [ $sources = no ] || set -- "$@" "$argument" ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec /opt/zig/zig $mode "$@" -O2 -s -dynamic -Wl,--no-as-needed "$libc"
