# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Functions of the scripts that try the packages, inside a guest or its root.

export DEBIAN_FRONTEND=noninteractive INITRD=No
number=0

# point NAME COMMAND...: a TAP point, which passes if the command succeeds
point() {
	local name=$1 not=''

	shift
	"$@" >/tmp/output 2>&1 || not='not '
	echo "${not}ok $((++number)) - $name"
	echo "# at $SECONDS s"
	[[ ! $not ]] || { echo "# $*"; tail -n 40 /tmp/output | sed 's/^/# /'; }
}

# not COMMAND...
not() {
	! "$@"
}

# says TEXT COMMAND...: whether the output of the command, whatever its status, has the text
says() {
	local text=$1

	shift
	{ "$@" 2>&1 || true; } | tee /dev/stderr | grep -F -- "$text" >/dev/null
}

apt() {
	apt-get -y -qq -o Dpkg::Use-Pty=0 "$@"
}

# list_files: names of all files, but for what daemons and tools keep for themselves
list_files() {
	find / -xdev \( -path /root -o -path /op25b -o -path /tmp -o -path /var/log \
		-o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd \
		-o -path /var/cache -o -path /var/tmp -o -path /var/backups \
		-o -path '/vmlinuz*' -o -name 'mok.*' \) -prune -o -print | sort
}
