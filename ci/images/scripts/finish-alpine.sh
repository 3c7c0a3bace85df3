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

cd "$(mktemp -d)"
echo 'int main() { return 0; }' > t.c
cp t.c t.cc
cc t.c -o t
cc -shared -fPIC t.c -o t.so
c++ t.cc -o t
c++ -shared -fPIC t.cc -o t.so
rm -rf "$PWD"
