# SPDX-License-Identifier: GPL-2.0
# import: the command line, and that an error leaves nothing to print; errors in the
# text itself are in tests/unit/test_import.c

$ op25bctl import
= 2
! op25bctl: missing format: expected ipset, nft or cidr

$ op25bctl import json dynamic
= 2
! op25bctl: unknown format 'json': expected ipset, nft or cidr

$ op25bctl import nft
= 2
! op25bctl: missing table: expected dynamic, fixed, dialup or relay

$ op25bctl import nft blocked
= 2
! op25bctl: unknown table 'blocked': expected dynamic, fixed, dialup or relay

$ op25bctl import cidr dynamic list more
= 2
! op25bctl: unexpected word 'more': expected op25bctl import {ipset | nft | cidr} TABLE [FILE]

$ op25bctl -j import cidr dynamic list
= 2
! op25bctl: import prints no JSON

$ op25bctl import cidr dynamic missing
= 2
! op25bctl: missing: No such file or directory

$ op25bctl import nft dynamic .
= 2
! op25bctl: .: Is a directory

$ strace -o /dev/null -P "$PWD/list" -e inject=read:error=EIO op25bctl import cidr dynamic list
@ list
| 192.0.2.0/24
= 2
! op25bctl: list: Input/output error

$ strace -o /dev/null -P "$PWD/list" -e inject=read:error=EIO op25bctl import nft dynamic list
@ list
| {}
= 2
! op25bctl: list: Input/output error

$ mount -t tmpfs -o ro none /tmp; op25bctl import cidr dynamic list; status=$?; umount /tmp; exit $status
@ list
| 192.0.2.0/24
= 2
! op25bctl: temporary file: Read-only file system

$ op25bctl import cidr dynamic list >/dev/full
@ list
| 192.0.2.0/24
= 2
! op25bctl: standard output: No space left on device

# all errors, and no statement before or after them
$ op25bctl import cidr dynamic list >out; status=$?; test ! -s out && exit $status
@ list
| 192.0.2.0/24
| 192.0.2.256
|  192.0.2.9 - 192.0.2.1
| 198.51.100.0/24
= 2
! op25bctl: list:2:1: bad prefix '192.0.2.256': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
! op25bctl: list:3:2: range from 192.0.2.9 to 192.0.2.1 ends before it begins: swap the addresses

# names from outside are escaped
$ printf 'create a\033 hash:mac\n' | op25bctl import ipset dynamic
= 2
! op25bctl: <stdin>:1:11: set type 'hash:mac' cannot be imported: expected hash:ip or hash:net

$ printf 'add a\033 192.0.2.1\n' | op25bctl import ipset dynamic
= 2
! op25bctl: <stdin>:1:5: set 'a\x1b' is not created in this file: add the line that creates it

$ op25bctl import nft dynamic nft.json
@ nft.json
| {"table": []}
= 2
! op25bctl: nft.json:1:1: no list "nftables": expected what nft -j prints

# what is left out changes no verdict: warnings
$ op25bctl import ipset dynamic ipset.save
@ ipset.save
| create a hash:net counters
| create b hash:net family inet6 counters
= 0
! op25bctl: warning: ipset.save:1:19: packet and byte counts are left out
! op25bctl: warning: ipset.save:2:8: set 'b' goes to table dynamic as well
! op25bctl: warning: ipset.save: no entries: nothing is imported

$ op25bctl import cidr dynamic list
@ list
| ; empty
= 0
! op25bctl: warning: list: no entries: nothing is imported
