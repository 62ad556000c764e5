# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # variables that the others use
# Functions of the scripts in this directory; each sources this file first. Exit
# status 125 is a failure of the harness itself, as opposed to the command that it
# was asked to run.

set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tree=${vm%/tests/vm}
cache=${OP25B_CACHE:-${HOME:-/root}/.cache/op25b}

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 125
}

step() {
	say "$(printf '%4d s  %s' $SECONDS "$*")"
}

# show_tests: print a line for each test of a TAP stream
show_tests() {
	sed -u -n 's/^ok [0-9]* - /  /p; s/^not ok [0-9]* - /  FAILED /p' >&2
}

remove() {
	rm -rf --one-file-system -- "$1"
}

# need COMMAND PACKAGE ...: install each package whose command is missing
need() {
	local missing=() log

	while (($#)); do
		command -v "$1" >/dev/null || missing+=("$2")
		shift 2
	done
	((${#missing[@]})) || return 0
	((UID == 0)) || die "not installed: ${missing[*]} (as root, this installs them)"

	say "installing ${missing[*]} on this machine"
	log=$(host_install "${missing[@]}" 2>&1) && return
	apt-get -qq update >&2 || die "apt-get update failed"
	log=$(host_install "${missing[@]}" 2>&1) || die "$log"
}

host_install() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 install "$@"
}

# release NAME[+FLAVOUR]: set `release` to the whole argument, `flavour` (may be empty),
# and `suites` and `extra` from the line of NAME in the file `releases`
release() {
	local name

	release=$1 flavour=
	[[ $1 != *+* ]] || flavour=${1#*+}
	[[ ! $flavour || -e $vm/kernels/$flavour.config ]] ||
		die "no kernel '$flavour' in ${vm#"$tree/"}/kernels"
	while read -r name suites extra; do
		[[ $name == "${1%%+*}" ]] && return
	done <"$vm/releases"
	die "no release '${1%%+*}' in ${vm#"$tree/"}/releases"
}

# in_root ROOT [DIR:PLACE...] -- COMMAND...: run a command in a root that is read-only
# except for new, empty /tmp and /run; each DIR is bind-mounted, writable, at PLACE
in_root() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount sh -ec '
		root=$1
		shift
		mount --bind "$root" "$root"
		while [ "$1" != -- ]; do
			mount --bind "${1%:*}" "$root${1##*:}"
			shift
		done
		shift
		mount -o remount,bind,ro "$root"
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmp "$root/tmp"
		mount -t tmpfs run "$root/run"
		exec chroot "$root" env -i HOME=/tmp LANG=C.UTF-8 TERM="${TERM:-dumb}" \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' sh "$@"
}

# sync_tree: update build/RELEASE from the project's files. Files that differ are
# copied, so that they are newer than their build products; build products stay; files
# that the tree no longer has are removed.
sync_tree() {
	local dest=$tree/build/$release file

	mkdir -p "$dest/log"
	exec {sync_lock}>"$dest/.sync.lock"
	flock "$sync_lock"

	tree_files >"$dest/.sync.new"
	if [[ -e $dest/.sync ]]; then
		comm -z -23 "$dest/.sync" "$dest/.sync.new" |
			(cd "$dest" && xargs -0r rm -f --)
	fi
	while IFS= read -r -d '' file; do
		cmp -s "$tree/$file" "$dest/$file" &&
			[[ -x $tree/$file || ! -x $dest/$file ]] && continue
		mkdir -p "$dest/$(dirname "$file")"
		cp --remove-destination --no-dereference --preserve=mode \
			"$tree/$file" "$dest/$file"
	done <"$dest/.sync.new"
	mv "$dest/.sync.new" "$dest/.sync"

	exec {sync_lock}>&-
}

# tree_files: the names of the project's files, sorted, NUL-terminated: tracked and
# untracked files that git does not ignore, or all files where there is no .git
tree_files() (
	git=(git -C "$tree" -c safe.directory='*')
	cd "$tree"
	if [[ -e .git ]]; then
		"${git[@]}" ls-files -z -co --exclude-standard -- ':!/build'
	else
		find . \( -path ./build -o -name .git \) -prune -o \
			! -type d -printf '%P\0'
	fi | while IFS= read -r -d '' file; do
		[[ -e $file || -L $file ]] && printf '%s\0' "$file"
	done | LC_ALL=C sort -zu
)
