# SPDX-License-Identifier: GPL-2.0
# export: errors of the command line and of files

$ op25bctl export
= 2
! op25bctl: missing format: expected nft, rbldnsd, bird or cidr

$ op25bctl export ipset
= 2
! op25bctl: unknown format 'ipset': expected nft, rbldnsd, bird or cidr

$ op25bctl export cidr
= 2
! op25bctl: missing table: expected dynamic, fixed, dialup or relay

$ op25bctl export cidr policy
= 2
! op25bctl: unknown table 'policy': expected dynamic, fixed, dialup or relay

$ op25bctl export nft policy policy
= 2
! op25bctl: unexpected word 'policy': expected op25bctl export {nft | rbldnsd | bird | cidr TABLE} [FILE] [--as N]

$ op25bctl -j export nft
= 2
! op25bctl: export prints no JSON: use list

$ op25bctl export --as 0 bird
= 2
! op25bctl: bad --as '0': expected 1 to 4294967295

$ op25bctl export nft missing
= 2
! op25bctl: missing: No such file or directory

# all errors, and no output
$ op25bctl export nft policy | cat
| add dynamic 198.51.100.0/33
| add fixed 198.51.100.0
| add dialup 198.51.100.0
= 0
! op25bctl: policy:1:13: bad prefix length in '198.51.100.0/33': expected 0 to 32
! op25bctl: policy:3:12: this prefix is in table fixed already: delete it there first
