# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Functions of the scripts that run tests; each sources this file with a release as
# argument. The results of a run are kept in $tap, build/RELEASE/tap, emptied at the
# start.

. "$(dirname "${BASH_SOURCE[0]}")/vm/lib.sh"
release "$1"
out=$tree/build/$release
tap=$out/tap
rm -rf "$tap"
mkdir -p "$tap"

# build_all: build module, tool and test programs
build_all() {
	step "build, and a guest to build it in"
	"$vm/build" "$release" module tool >"$tap/build.log" 2> >(tee -a "$tap/build.log" >&2) ||
		{ tail -n 40 "$tap/build.log"; die "the build failed"; }
	"$vm/chroot" "$release" make -s -C tests/vm/netlink
}

# lane NAME COMMAND...: run a command, whose exit status 0 is one more TAP point
lane() {
	local name=$1 status=0

	shift
	"$@" || status=$?
	{
		echo 1..1
		((status == 0)) || echo -n 'not '
		echo "ok 1 - $name: exit status 0"
		((status == 0)) || echo "# it was $status"
	} >"$tap/$name-status.tap"
}

# reports NAME COMMAND...: run a lane that prints TAP
reports() {
	lane "$@" | tee "$tap/$1.tap" | show_tests
}

# in_guest NAME SECONDS COMMAND...: run a lane in a guest. Guests that run at the same time
# share the directory /out
in_guest() {
	mkdir -p "$out/out"
	reports "$1" "$vm/run" --memory "${memory:-1536}" --timeout "$2" --out "$out/out" \
		--log "$out/log/$1.log" "$release" "${@:3}"
}

# vm_tests SECONDS [PATTERN [FIRST SECOND]]: run the VM tests in two guests at once, each
# after a command. A guest that has ended a test takes the next one, so that both end at
# about the same time
vm_tests() {
	rm -rf "$out/out"
	{
		${3:-}
		in_guest vm-1 "$1" tests/vm/suite/run "${2:-}" /out
	} &
	{
		${4:-}
		in_guest vm-2 "$1" tests/vm/suite/run "${2:-}" /out
	} &
	wait
}

# result: count the results of all lanes; exit status 1 if anything failed
result() {
	step "done"
	"$vm/tap" "$tap"/*.tap
}
