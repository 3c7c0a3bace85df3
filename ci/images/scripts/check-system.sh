#!/bin/sh
# Check that a user can make a virtual environment in this system with its uv or pip, and
# that the system contains no build tools.
set -eu
cd "$(mktemp -d)"

for program in cc gcc c++ g++ gfortran auditwheel patchelf; do
    if command -v "$program"; then
        echo "unexpected build tool in a system: $program"
        exit 1
    fi
done
for python in /opt/python/cp*/bin/python /usr/bin/python3; do
    if [ -x "$python" ]; then
        if command -v uv > /dev/null; then
            uv venv --quiet --no-config --python "$python" env
        else
            "$python" -m venv --without-pip env
            env/bin/python -m ensurepip --default-pip > log 2>&1 || { cat log; exit 1; }
            env/bin/python -m pip --version
        fi
        rm -rf env
    fi
done
rm -rf "$PWD"
