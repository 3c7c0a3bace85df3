#!/bin/sh
# enter.sh ROOT COMMAND...: run a command in a root filesystem with /dev and /proc. Start it
# on the host in its own namespaces; the mounts end with them.
set -eu
root=$1
shift
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" "$@"
