#!/bin/sh
# The links to OpenBLAS that the alternatives system makes: libraries, headers, pkg-config.
set -eu

for folder in /usr/lib/*-linux-gnu*/openblas-pthread; do
    place=${folder%/*}
    for found in "$folder"/lib*.so "$folder"/lib*.so.*; do
        name=${found##*/}
        case $name in
        *-r0.*) continue ;; # the library itself, which the others link to
        esac
        [ -e "$place/$name" ] || ln -s "openblas-pthread/$name" "$place/$name"
    done
    for found in "$folder"/pkgconfig/*.pc; do
        [ -e "$found" ] || continue
        [ -e "$place/pkgconfig/${found##*/}" ] || ln -s "$found" "$place/pkgconfig/"
    done
done
for found in /usr/include/*-linux-gnu*/openblas-pthread/*.h; do
    place=${found%/*/*}
    [ -e "$place/${found##*/}" ] || ln -s "openblas-pthread/${found##*/}" "$place/"
done
ldconfig

cd "$(mktemp -d)"
printf '#include <cblas.h>\nint main(void) { return cblas_idamax(0, 0, 1) != 0; }\n' > t.c
gcc t.c -lopenblas -o t && ./t
rm -rf "$PWD"
