#!/bin/sh
# Remove all packages of an installed Alpine except the named ones and their dependencies.
set -eu

remove=
for package in $(cat /etc/apk/world); do
    case " $* " in
    *" $package "*) ;;
    *) remove="$remove $package" ;;
    esac
done
# shellcheck disable=SC2086  # split into words on purpose
apk --no-network --quiet del $remove

# Files that were added to the disk image for its virtual machine.
rm -rf /home/* /lost+found /boot/* /lib/modules/* /lib/firmware/* /var/cache/apk/* /.dockerenv
rm -f /etc/resolv.conf.quicksand /etc/rc.conf /etc/passwd- /etc/group- /etc/shadow-
rm -rf /etc/init.d /etc/runlevels /etc/sudoers.d
sed -i '/quicksand/d;/^dhcpcd:/d' /etc/passwd /etc/group /etc/shadow
: > /etc/modules
: > /etc/hosts
: > /etc/resolv.conf
echo localhost > /etc/hostname

apk info
