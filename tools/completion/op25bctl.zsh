#compdef op25bctl
# SPDX-License-Identifier: GPL-2.0
# Completion of op25bctl for zsh: the tool itself says what may come next.

local -a candidates
candidates=("${(@f)$(op25bctl __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
if [[ ${candidates[1]} == :files ]]; then
	_files
else
	compadd -a candidates
fi
