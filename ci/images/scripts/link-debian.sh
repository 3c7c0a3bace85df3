#!/bin/sh
# Debian's gcc passes --as-needed, which drops an unused libc from a module's NEEDED entries.
# The gcc of the official images does not, and auditwheel rejects a module without libc.
set -eu
cd "$(mktemp -d)"

specs=$(dirname "$(gcc -print-libgcc-file-name)")/specs
gcc -dumpspecs | sed 's/\(--hash-style=gnu\)[[:space:]]*--as-needed/\1/' > specs
mv specs "$specs"

echo 'int f(int x) { return x; }' > t.c
cp t.c t.cc
for compiler in gcc g++; do
    suffix=c
    [ "$compiler" = gcc ] || suffix=cc
    "$compiler" -shared -fPIC "t.$suffix" -o t.so
    readelf -d t.so | grep -q 'NEEDED.*libc\.so\.6' || { echo "$compiler links no libc"; exit 1; }
done
rm -rf "$PWD"
