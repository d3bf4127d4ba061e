#!/bin/sh
# Gives the commands of one page a machine of its own: no port is in use, and changes of /etc, /var and /run are
# discarded. `machine.rs` calls this script in new namespaces for mounts, the network and processes:
#   unshare --mount --net --pid --fork --kill-child machine.sh FOLDER COMMAND…
set -eu
folder=$1
shift
mkdir "$folder"
mount -t tmpfs machine "$folder"
for name in etc var; do
    mkdir -p "$folder/$name/upper" "$folder/$name/work"
    mount -t overlay -o "lowerdir=/$name,upperdir=$folder/$name/upper,workdir=$folder/$name/work" machine "/$name"
done
mount -t tmpfs machine /run
mount -t proc proc /proc
ip link set lo up
exec "$@"
