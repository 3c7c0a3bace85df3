#!/bin/sh
# Set up what the maintainer scripts of unpacked packages would have set up, as far as
# compilers, Python and cibuildwheel need it.
set -eu

cp -n /usr/share/base-passwd/passwd.master /etc/passwd
cp -n /usr/share/base-passwd/group.master /etc/group
mkdir -p -m 1777 /tmp /var/tmp
mkdir -p /root /run
: > /etc/resolv.conf
: > /etc/hosts

# Links that the alternatives system makes.
link() {
    if [ -e "/usr/bin/$1" ] && [ ! -e "/usr/bin/$2" ]; then
        ln -s "$1" "/usr/bin/$2"
    fi
}
link dash sh
link mawk awk
link gcc cc
link g++ c++
link gfortran f77
link gfortran f95
link which.debianutils which
ldconfig

# The bundle that ca-certificates generates; pip reads it even if it downloads nothing.
bundle=/etc/ssl/certs/ca-certificates.crt
if [ -d /usr/share/ca-certificates/mozilla ] && [ ! -e "$bundle" ]; then
    mkdir -p /etc/ssl/certs
    cat /usr/share/ca-certificates/mozilla/*.crt > "$bundle"
fi
