#!/bin/sh
# SPDX-License-Identifier: MIT
# A systemd user manager of a benchmark's own where systemd is not the first process: user_manager.sh FOLDER, as root,
# in a mount namespace of its own (unshare -m). Ends when its process is killed. It wants to believe that the machine
# was booted with systemd, a runtime folder, and a cgroup that is its own.
set -eu
folder=$1
mkdir -p "$folder/run" "$folder/home"
chmod 700 "$folder/run"
export XDG_RUNTIME_DIR="$folder/run" HOME="$folder/home"
unset XDG_CONFIG_HOME XDG_DATA_HOME DBUS_SESSION_BUS_ADDRESS
mount --make-rprivate /
mkdir -p /run/systemd
mount -t tmpfs none /run/systemd
mkdir -p /run/systemd/system
for tree in /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -e "$tree/cgroup.procs" ] && [ -e "$tree/cgroup.controllers" ] || continue
    mkdir -p "$tree/latchkey-due-bench-$$"
    echo $$ >"$tree/latchkey-due-bench-$$/cgroup.procs"
    break
done
exec /lib/systemd/systemd --user --unit=default.target --log-target=console --log-level=warning
