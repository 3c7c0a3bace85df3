#!/bin/sh
# Debian's gcc leaves out a library that nothing is taken of, libc too; the official images'
# does not. auditwheel refuses a module that names no libc.
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
