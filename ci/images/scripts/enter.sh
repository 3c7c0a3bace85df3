#!/bin/sh
# enter.sh ROOT COMMAND...: a command in a root filesystem with /dev and /proc. It is
# started on the host, in namespaces of its own, with which the mounts go.
set -eu
root=$1
shift
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" "$@"
