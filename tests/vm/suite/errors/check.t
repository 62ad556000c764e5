# SPDX-License-Identifier: GPL-2.0
# check: all errors of a file, and warnings for a valid one

$ op25bctl check policy
| add dynamic 198.51.100.0/24
| add fixed 198.51.100.0/24
| set mode on
| add dynamic from list
| del relay 192.0.2.25
| add dynamic from missing.list
@ list
| 203.0.113.0
| 203.0.113.256
| 198.51.100.0/24
| 203.0.113.0 203.0.113.1
= 1
! op25bctl: policy:2:11: this prefix is in table dynamic already: delete it there first
! op25bctl: policy:3:10: unknown mode 'on': expected off, monitor or enforce
! op25bctl: list:2:1: bad prefix '203.0.113.256': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
! op25bctl: list:4:13: unexpected word '203.0.113.1': expected one prefix per line
! op25bctl: policy:5:11: this prefix is not in table relay
! op25bctl: policy:6:18: missing.list: No such file or directory

$ op25bctl check -
| add dynamic 198.51.100.0/24
= 0
! op25bctl: warning: <stdin>: table dynamic is empty: this policy blocks nothing

$ op25bctl check policy
| add fixed 198.51.100.0/24
| add relay 192.0.2.25
= 0
! op25bctl: warning: policy: table dynamic is empty: this policy blocks nothing

$ op25bctl check policy
| add dynamic 198.51.100.0/24
| add dynamic 2001:db8::/32
= 0
! op25bctl: warning: policy: table relay is empty: dynamic subscribers reach no server on port 25

$ op25bctl check policy
| set mode monitor
= 0

$ cp policy "$(printf 'a\302\233')"; op25bctl check "$(printf 'a\302\233')"
| set mode enforce
= 0
! op25bctl: warning: a\xc2\x9b: table dynamic is empty: this policy blocks nothing

# lists of other programs: JSON gets one error
$ op25bctl check policy
| add fixed from nft.json
| add fixed from all.json
| add fixed from blocklist
| add fixed from brackets
@ nft.json
|
|  {
|   "nftables": [
|   ]
| }
@ all.json
| ["192.0.2.0/24", "198.51.100.0/24"]
@ blocklist
| ; "Blocked" networks
| 192.0.2.0/24 ; SBL1
| 198.51.100.0/24
@ brackets
| [2001:db8::1]
= 1
! op25bctl: nft.json:2:2: JSON instead of a prefix: convert what nft -j prints with op25bctl import nft
! op25bctl: all.json:1:1: JSON instead of a prefix: convert what nft -j prints with op25bctl import nft
! op25bctl: blocklist:1:1: comments begin with #: convert the list with op25bctl import cidr
! op25bctl: blocklist:2:14: comments begin with #: convert the list with op25bctl import cidr
! op25bctl: brackets:1:1: bad prefix '[2001:db8::1]': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
