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
! op25bctl: warning: policy:1:13: there is no IPv4 relay: these subscribers reach no server on port 25
! op25bctl: warning: policy:2:13: there is no IPv6 relay: these subscribers reach no server on port 25

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

# what a valid policy says that is hardly intended
$ op25bctl check policy
| set mode monitor
| add fixed from empty.list
| include provider akari from empty.list
| add relay 192.0.2.25
| add relay 192.0.2.64/27
| add dynamic 192.0.2.0/24 label a
| add fixed 192.0.2.64/28
| add fixed 192.0.2.80/28
| add dynamic 192.0.2.128/25 label a
| add dynamic 192.0.2.192/26 label a monitor
| add dynamic 198.51.100.0/24
| add dynamic 198.51.100.0/24
| add dynamic 198.51.100.0/24 label b
| add dialup 0.0.0.0/0
| add fixed 10.0.0.0/7
| add fixed 10.0.0.0/8
| add fixed 11.0.0.0/8
| add fixed 127.0.0.1
| add fixed 169.254.7.0/24
| add fixed 224.0.0.5
| add relay ::ffff:192.0.2.0/120
| add fixed ::1
| add fixed fe80::/64
| add fixed ff02::/16
| add fixed 2000::/15
| add dynamic 2001:db8::/32
| add fixed 2001:db8::/48 timeout 60
| add fixed 2001:db8::/56
| add fixed 2001:db8::/64 timeout 30
@ empty.list
| # nothing today
= 0
! op25bctl: warning: policy:2:16: empty.list is empty
! op25bctl: warning: policy:3:29: empty.list is empty
! op25bctl: warning: policy:4:11: this relay is in the dynamic range of policy:6: its own deliveries would be blocked; add it to fixed
! op25bctl: warning: policy:9:13: this entry has no effect: the one of policy:6 holds it and has the same options
! op25bctl: warning: policy:13:13: this prefix replaces the same one of policy:12, which has other options
! op25bctl: warning: policy:14:12: this prefix holds every IPv4 address
! op25bctl: warning: policy:15:11: this prefix is shorter than /8: is all of it meant?
! op25bctl: warning: policy:15:11: this entry has no effect: more specific ones hold all of its addresses
! op25bctl: warning: policy:16:11: this entry has no effect: the one of policy:15 holds it and has the same options
! op25bctl: warning: policy:17:11: this entry has no effect: the one of policy:15 holds it and has the same options
! op25bctl: warning: policy:18:11: this is loopback space: no packet from there is forwarded
! op25bctl: warning: policy:19:11: this is link-local space: no packet from there is forwarded
! op25bctl: warning: policy:20:11: this is multicast space: TCP does not use it
! op25bctl: warning: policy:21:11: an IPv4-mapped prefix matches no packet: write it as an IPv4 prefix
! op25bctl: warning: policy:22:11: this is loopback space: no packet from there is forwarded
! op25bctl: warning: policy:23:11: this is link-local space: no packet from there is forwarded
! op25bctl: warning: policy:24:11: this is multicast space: TCP does not use it
! op25bctl: warning: policy:25:11: this prefix is shorter than /16: is all of it meant?
! op25bctl: warning: policy:29:11: this entry has no effect: the one of policy:28 holds it and has the same options

# of a kind, ten are printed
$ op25bctl check --strict policy
| add relay 192.0.2.25
| add dynamic 198.51.100.0/24
| add dynamic 198.51.100.0
| add dynamic 198.51.100.1
| add dynamic 198.51.100.2
| add dynamic 198.51.100.3
| add dynamic 198.51.100.4
| add dynamic 198.51.100.5
| add dynamic 198.51.100.6
| add dynamic 198.51.100.7
| add dynamic 198.51.100.8
| add dynamic 198.51.100.9
| add dynamic 198.51.100.10
| add dynamic 198.51.100.11
= 1
! op25bctl: warning: policy:3:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:4:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:5:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:6:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:7:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:8:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:9:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:10:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:11:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: policy:12:13: this entry has no effect: the one of policy:2 holds it and has the same options
! op25bctl: warning: 2 more warnings like these: op25bctl -j check prints all

# a provider's file is a part of the policy
$ op25bctl check --provider akari --strict akari
@ akari
| add dynamic 198.51.100.0/24
= 0
$ op25bctl check --provider akari akari
@ akari
| # nothing today
= 0
! op25bctl: warning: akari is empty
