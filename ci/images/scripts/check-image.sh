#!/bin/sh
# Check that a build image has what cibuildwheel and projects need, by running it.
# Arguments: the languages whose compilers must work.
set -eu
cd "$(mktemp -d)"

for program in bash which uv auditwheel patchelf; do
    command -v "$program" > /dev/null || { echo "$program is not on PATH"; exit 1; }
done
bash -c true
uv --version
auditwheel --version
patchelf --version
/opt/python/cp39-cp39/bin/python -c 'import build, pip'

for python in /opt/python/cp*/bin/python; do
    "$python" -c 'import sys, zlib; print("runs", sys.version.split()[0], sys.executable)'
done

for language in "$@"; do
    case $language in
    c)
        echo 'int main(void) { return 0; }' > t.c
        cc t.c -o t_c && ./t_c
        ;;
    c++)
        echo '#include <vector>
              int main() { return std::vector<int>(1).at(0); }' > t.cc
        c++ t.cc -o t_cc && ./t_cc
        ;;
    fortran)
        printf '      program t\n      end\n' > t.f
        gfortran t.f -o t_f && ./t_f
        ;;
    esac
    echo "compiles $language"
done
rm -rf "$PWD"
