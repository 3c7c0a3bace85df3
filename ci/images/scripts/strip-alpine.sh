#!/bin/sh
# Leaves the packages that are named, and what they need, of an installed Alpine.
set -eu

remove=
for package in $(cat /etc/apk/world); do
    case " $* " in
    *" $package "*) ;;
    *) remove="$remove $package" ;;
    esac
done
# shellcheck disable=SC2086  # words are wanted
apk --no-network --quiet del $remove

# What the disk's maker added for its virtual machine.
rm -rf /home/* /lost+found /boot/* /lib/modules/* /lib/firmware/* /var/cache/apk/* /.dockerenv
rm -f /etc/resolv.conf.quicksand /etc/rc.conf /etc/passwd- /etc/group- /etc/shadow-
rm -rf /etc/init.d /etc/runlevels /etc/sudoers.d
sed -i '/quicksand/d;/^dhcpcd:/d' /etc/passwd /etc/group /etc/shadow
: > /etc/modules
: > /etc/hosts
: > /etc/resolv.conf
echo localhost > /etc/hostname

apk info
