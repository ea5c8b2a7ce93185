#!/bin/sh
# on_cgroup2.sh LINUX PROGRAM [ARGUMENT]: runs a test program where control groups are of version 2 alone.
#
# LINUX is User-mode Linux: a kernel that is a program, boots in seconds, and sees the files of this machine.
# It starts this script again as its first process. Exits with the code of PROGRAM.
set -eu

if [ $$ != 1 ]; then
    code=$(mktemp)
    trap 'rm -f "$code"' EXIT
    # From a pipe, since it would change the settings of a terminal.
    : | "$1" rootfstype=hostfs rootflags=/ rw mem=192M quiet con=null con0=null,fd:1 \
        "init=$(realpath "$0")" "program=$(realpath "$2")" "argument=${3-}" "code=$code" 2>&1 |
        grep -v -e '^SELinux:' -e '^mmapper_init' -e 'ubd device' || true
    result=$(cat "$code")
    if [ ! "$result" ]; then
        echo "SKIPPED: User-mode Linux does not boot on this machine"
        exit
    fi
    exit "$result"
fi
echo 1 >"$code"

# As systemd would have it: a group that is the program's own, with every controller and no process in it.
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +cpu +memory +pids >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/delegated
status=0
CELLOS_TEST_CGROUP_PARENT=/sys/fs/cgroup/delegated "$program" ${argument:+"$argument"} || status=$?
echo $status >"$code"
echo o >/proc/sysrq-trigger
exec sleep 60 # it would be a panic if this ended
