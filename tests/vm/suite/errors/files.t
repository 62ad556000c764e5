# SPDX-License-Identifier: GPL-2.0
# Files that cannot be read, and output that cannot be written

$ op25bctl load missing
= 2
! op25bctl: missing: No such file or directory

$ op25bctl batch missing
= 2
! op25bctl: missing: No such file or directory

$ op25bctl check missing
= 2
! op25bctl: missing: No such file or directory

# file names are escaped: no control characters or line feeds reach the terminal
$ op25bctl load "$(printf 'a\033[31m\nb')"
= 2
! op25bctl: a\x1b[31m\x0ab: No such file or directory

$ op25bctl load "$(printf 'a\302\23331m\377')"
= 2
! op25bctl: a\xc2\x9b31m\xff: No such file or directory

$ printf 'set mode off\nbad\n' >"$(printf 'a\302\233\377')"; op25bctl load "$(printf 'a\302\233\377')"
= 2
! op25bctl: a\xc2\x9b\xff:2:1: unknown statement 'bad': expected set, add, del, flush or include

$ printf 'add dynamic from "a\302\233\377"\n' | op25bctl check -
= 1
! op25bctl: <stdin>:1:18: a\xc2\x9b\xff: No such file or directory

$ op25bctl load .
= 2
! op25bctl: .: Is a directory

$ op25bctl add dynamic from .
= 2
! op25bctl: .: Is a directory

$ chmod 0 policy; setpriv --reuid=65534 --clear-groups --bounding-set=-all --inh-caps=-all op25bctl check policy
| set mode off
= 2
! op25bctl: policy: Permission denied

$ strace -o /dev/null -P "$PWD/policy" -e inject=read:error=EIO op25bctl load policy
| set mode off
= 2
! op25bctl: policy: Input/output error

$ strace -o /dev/null -P "$PWD/bad.list" -e inject=read:error=EIO op25bctl load policy
| add dynamic from bad.list
@ bad.list
| 198.51.100.0/24
= 2
! op25bctl: bad.list: Input/output error

$ op25bctl load - <policy
| set mode off
| add dynamic from -
= 2
! op25bctl: <stdin>:2:18: <stdin>: already being read: use a regular file

$ op25bctl load sub/policy
@ sub/policy
| add dynamic 198.51.100.0/24
| add dynamic   from deep/bad.list
@ sub/deep/bad.list
| # comment
| 203.0.113.0/24
|  203.0.113.0/24 x
= 2
! op25bctl: sub/deep/bad.list:3:17: unexpected word 'x': expected one prefix per line

$ op25bctl load policy
| add dynamic from bad.list label a
@ bad.list
| 203.0.113.0/24
| 203.0.113.256
= 2
! op25bctl: bad.list:2:1: bad prefix '203.0.113.256': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6

$ op25bctl load policy
| add dynamic from list
| add fixed  from list timeout 50
@ list
| 203.0.113.0/24
= 2
! op25bctl: list:1:1: this prefix is in table dynamic already: delete it there first

$ op25bctl load policy
| del relay from list
@ list
| 203.0.113.0/24
= 2
! op25bctl: list:1:1: this prefix is not in table relay

$ op25bctl add dynamic from list
@ list
| 203.0.113.0/24
| 203.0.113.1/24
= 2
! op25bctl: list:2:1: 203.0.113.1/24 has bits set beyond the prefix length: did you mean 203.0.113.0/24?

$ op25bctl show >/dev/full
= 2
! op25bctl: standard output: No space left on device

$ op25bctl -j list >/dev/full
= 2
! op25bctl: standard output: No space left on device

$ op25bctl --help >/dev/full
= 2
! op25bctl: standard output: No space left on device

$ (ulimit -v 8192; op25bctl list)
= 2
! op25bctl: out of memory
