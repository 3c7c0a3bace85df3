#!/bin/sh
# Debian's gcc passes --as-needed, which drops an unused libc from a module's NEEDED entries.
# The gcc of the official images does not, and auditwheel rejects a module without libc.
set -eu
cd "$(mktemp -d)"

specs=$(dirname "$(gcc -print-libgcc-file-name)")/specs
gcc -dumpspecs | sed 's/\(--hash-style=gnu\)[[:space:]]*--as-needed/\1/' > specs
mv specs "$specs"

# The environment of an isolated build has a random name. Compilers that PATH finds record it
# as /tmp/build-env, so that two builds are alike.
for name in cc gcc c++ g++ gfortran "$(gcc -dumpmachine)-gcc" "$(gcc -dumpmachine)-g++"; do
    cat > "/usr/local/bin/$name" << end
#!/bin/sh
for folder in /tmp/build-env-*; do
    set -- "\$@" "-ffile-prefix-map=\$folder=/tmp/build-env"
done
exec /usr/bin/$name "\$@"
end
    chmod 755 "/usr/local/bin/$name"
done
hash -r # gcc finds its parts beside the first of its name on PATH, unless called by its path

echo 'int f(int x) { return x; }' > t.c
cp t.c t.cc
for compiler in gcc g++; do
    suffix=c
    [ "$compiler" = gcc ] || suffix=cc
    "$compiler" -shared -fPIC "t.$suffix" -o t.so
    readelf -d t.so | grep -q 'NEEDED.*libc\.so\.6' || { echo "$compiler links no libc"; exit 1; }
done
mkdir /tmp/build-env-check
echo 'const char *g(void) { return __FILE__; }' > /tmp/build-env-check/t.h
gcc -shared -fPIC -g -include /tmp/build-env-check/t.h t.c -o t.so
grep -q /tmp/build-env/t.h t.so
! grep -q /tmp/build-env-check t.so || { echo "a random name is recorded"; exit 1; }
rm -rf /tmp/build-env-check "$PWD"
