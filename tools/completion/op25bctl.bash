# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of op25bctl for bash: the tool itself says what may come next.

_op25bctl()
{
	local word=${COMP_WORDS[COMP_CWORD]} candidate candidates

	mapfile -t candidates < <(op25bctl __complete \
		"${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
	COMPREPLY=()
	if [[ ${candidates[0]-} == :files ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	for candidate in "${candidates[@]}"; do
		[[ $candidate == "$word"* ]] && COMPREPLY+=("$(printf %q "$candidate")")
	done
}

complete -F _op25bctl op25bctl
