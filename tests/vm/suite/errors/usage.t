# SPDX-License-Identifier: GPL-2.0
# The command line

$ op25bctl frobnicate
= 2
! op25bctl: unknown command 'frobnicate': see op25bctl --help
$ op25bctl ''
= 2
! op25bctl: unknown command '': see op25bctl --help
$ op25bctl --help frobnicate
= 2
! op25bctl: unknown command 'frobnicate': see op25bctl --help
$ op25bctl frobnicate --help
= 2
! op25bctl: unknown command 'frobnicate': see op25bctl --help
$ op25bctl --frobnicate
= 2
! op25bctl: unknown option '--frobnicate': see op25bctl --help
$ op25bctl -x show
= 2
! op25bctl: unknown option '-x': see op25bctl --help
$ op25bctl --color=sometimes show
= 2
! op25bctl: unknown value 'sometimes' of --color: expected auto, always or never
$ op25bctl --json=yes show
= 2
! op25bctl: unexpected value: --json takes none
$ op25bctl -n nowhere show
= 2
! op25bctl: network namespace 'nowhere': No such file or directory: see ip netns list
$ op25bctl show --netns
= 2
! op25bctl: missing value: expected --netns NAME
$ op25bctl list --all
= 2
! op25bctl: unknown option '--all': see op25bctl --help
$ op25bctl list dynamic -4
= 2
! op25bctl: unknown option '-4': see op25bctl --help
$ op25bctl -jh list
= 2
! op25bctl: unknown option '-jh': see op25bctl --help
$ op25bctl show all
= 2
! op25bctl: unexpected word 'all': expected op25bctl show
$ op25bctl list other
= 2
! op25bctl: unknown table or family 'other': expected dynamic, fixed, dialup, relay, ipv4 or ipv6
$ op25bctl list dynamic fixed
= 2
! op25bctl: unexpected word 'fixed': expected op25bctl list [TABLE] [FAMILY] [provider PROVIDER] [owner OWNER]
$ op25bctl list ipv4 ipv6
= 2
! op25bctl: unexpected word 'ipv6': expected op25bctl list [TABLE] [FAMILY] [provider PROVIDER] [owner OWNER]
$ op25bctl list dynamic ipv4 x
= 2
! op25bctl: unknown table or family 'x': expected dynamic, fixed, dialup, relay, ipv4 or ipv6
$ op25bctl list owner
= 2
! op25bctl: missing owner: expected owner OWNER
$ op25bctl stats owner
= 2
! op25bctl: missing owner: expected owner OWNER
$ op25bctl --owner "" show
= 2
! op25bctl: --owner is empty: expected 1 to 63 bytes
$ op25bctl -o "$(printf 'a\033')" show
= 2
! op25bctl: --owner contains a control character: remove it
$ op25bctl load --all --provider akari policy
= 2
! op25bctl: --all and --provider exclude each other
$ op25bctl load --all --confirm 5 policy
= 2
! op25bctl: --all and --confirm exclude each other: load each owner's entries
$ op25bctl -o feed:a load --all policy
= 2
! op25bctl: --owner and --all exclude each other
$ op25bctl -o feed:a load --provider akari policy
= 2
! op25bctl: --owner and --provider exclude each other
$ op25bctl -o feed:a save --all
= 2
! op25bctl: --owner and --all exclude each other
$ op25bctl load --provider 0123456789012345678901234567890123456789012345678901234 policy
= 2
! op25bctl: --provider has 55 bytes: expected 1 to 54 bytes
$ op25bctl load --confirm soon policy
= 2
! op25bctl: bad --confirm 'soon': expected 1 to 86400 seconds
$ op25bctl confirm it
= 2
! op25bctl: unexpected word 'it': expected op25bctl confirm
$ op25bctl add relay 192.0.2.25 owner feed:a
= 2
! op25bctl: option owner is for load --all only: remove it
$ op25bctl list provider
= 2
! op25bctl: missing provider: expected provider PROVIDER
$ op25bctl list provider a provider b
= 2
! op25bctl: duplicate option 'provider': give it once
$ op25bctl list provider ""
= 2
! op25bctl: provider is empty: expected 1 to 63 bytes
$ op25bctl stats provider
= 2
! op25bctl: missing provider: expected provider PROVIDER
$ op25bctl stats provider a reset
= 2
! op25bctl: reset sets all counters to zero: it takes no provider or owner
$ op25bctl stats provider 0123456789012345678901234567890123456789012345678901234567890123
= 2
! op25bctl: provider has 64 bytes: expected 1 to 63 bytes
$ op25bctl include akari from in
= 2
! op25bctl: unexpected word 'akari': expected provider PROVIDER
$ op25bctl include provider akari
= 2
! op25bctl: missing word: expected from FILE
$ op25bctl stats clear
= 2
! op25bctl: unexpected word 'clear': expected op25bctl stats [provider PROVIDER] [owner OWNER] [reset] [--all]
$ op25bctl stats reset all
= 2
! op25bctl: unexpected word 'all': expected op25bctl stats [provider PROVIDER] [owner OWNER] [reset] [--all]
$ op25bctl save policy
= 2
! op25bctl: unexpected word 'policy': expected op25bctl save [--all]
$ op25bctl -j save
= 2
! op25bctl: save prints no JSON: use show and list
$ op25bctl load
= 2
! op25bctl: missing file name: expected op25bctl load FILE
$ op25bctl load ''
= 2
! op25bctl: missing file name: expected op25bctl load FILE
$ op25bctl load policy policy
= 2
! op25bctl: unexpected word 'policy': expected op25bctl load FILE [--all] [--confirm SECONDS] [--guard PERCENT] [--provider PROVIDER] [--strict]
$ op25bctl batch
= 2
! op25bctl: missing file name: expected op25bctl batch FILE
$ op25bctl batch a b
= 2
! op25bctl: unexpected word 'b': expected op25bctl batch FILE
$ op25bctl check
= 2
! op25bctl: missing file name: expected op25bctl check FILE
$ op25bctl check a b
= 2
! op25bctl: unexpected word 'b': expected op25bctl check FILE [--all] [--provider PROVIDER] [--strict]
$ op25bctl check --all --provider akari policy
= 2
! op25bctl: --all and --provider exclude each other
$ op25bctl --owner feed:a check --all policy
= 2
! op25bctl: --owner and --all exclude each other
$ op25bctl diff
= 2
! op25bctl: missing file name: expected op25bctl diff FILE [FILE]
$ op25bctl diff ''
= 2
! op25bctl: missing file name: expected op25bctl diff FILE [FILE]
$ op25bctl diff a b c
= 2
! op25bctl: unexpected word 'c': expected op25bctl diff FILE [FILE] [--all] [--provider PROVIDER]
$ op25bctl diff missing
= 2
! op25bctl: missing: No such file or directory
$ op25bctl load --guard 101 policy
= 2
! op25bctl: bad --guard '101': expected 0 to 100

# an option directly after a word that takes a value is that value
$ op25bctl add dynamic 192.0.2.0/24 timeout -h
= 2
! op25bctl: bad timeout '-h': expected 1 to 2147483 seconds
$ op25bctl add dynamic 192.0.2.0/24 label -j timeout --version
= 2
! op25bctl: bad timeout '--version': expected 1 to 2147483 seconds
$ op25bctl add dynamic from --help
= 2
! op25bctl: --help: No such file or directory
$ op25bctl test 192.0.2.1 192.0.2.2 sport -j
= 2
! op25bctl: bad sport '-j': expected 0 to 65535
$ op25bctl test 192.0.2.1 192.0.2.2 sport 1 dport -V
= 2
! op25bctl: bad dport '-V': expected 0 to 65535
$ op25bctl set mode -h
= 2
! op25bctl: unknown mode '-h': expected off, monitor or enforce
$ op25bctl set reply-rate --json
= 2
! op25bctl: bad reply-rate '--json': expected 0 to 1000000 a second

# words in messages are escaped
$ op25bctl "$(printf 'a\302\2332J\177\377')"
= 2
! op25bctl: unknown command 'a\xc2\x9b2J\x7f\xff': see op25bctl --help
$ op25bctl "$(printf -- '-\302\233')"
= 2
! op25bctl: unknown option '-\xc2\x9b': see op25bctl --help
$ op25bctl list "$(printf '\302\233')"
= 2
! op25bctl: unknown table or family '\xc2\x9b': expected dynamic, fixed, dialup, relay, ipv4 or ipv6
$ op25bctl show "$(printf '\302\233')"
= 2
! op25bctl: unexpected word '\xc2\x9b': expected op25bctl show
$ op25bctl test 192.0.2.1 "$(printf '\302\233')"
= 2
! op25bctl: bad address '\xc2\x9b': expected an IPv4 or IPv6 address
$ op25bctl test 192.0.2.1 192.0.2.2 "$(printf '\302\233')"
= 2
! op25bctl: unknown option '\xc2\x9b': expected sport or dport
$ op25bctl set "$(printf '\302\233')"
= 2
! op25bctl: unknown setting '\xc2\x9b': expected mode, action, return or reply-rate

$ op25bctl test
= 2
! op25bctl: missing address: expected op25bctl test SRC DST
$ op25bctl test 198.51.100.1
= 2
! op25bctl: missing address: expected op25bctl test SRC DST
$ op25bctl test 198.51.100 203.0.113.1
= 2
! op25bctl: bad address '198.51.100': expected an IPv4 or IPv6 address
$ op25bctl test 198.51.100.1 example.net
= 2
! op25bctl: bad address 'example.net': expected an IPv4 or IPv6 address
$ op25bctl test 198.51.100.0/24 203.0.113.1
= 2
! op25bctl: bad address '198.51.100.0/24': expected an IPv4 or IPv6 address
$ op25bctl test 198.51.100.1 2001:db8::1
= 2
! op25bctl: different address families: expected two IPv4 or two IPv6 addresses
$ op25bctl test 198.51.100.1 203.0.113.1 25
= 2
! op25bctl: unknown option '25': expected sport or dport
$ op25bctl test 198.51.100.1 203.0.113.1 sport
= 2
! op25bctl: missing sport: expected 0 to 65535
$ op25bctl test 198.51.100.1 203.0.113.1 dport 65536
= 2
! op25bctl: bad dport '65536': expected 0 to 65535
$ op25bctl test 198.51.100.1 203.0.113.1 dport smtp
= 2
! op25bctl: bad dport 'smtp': expected 0 to 65535
$ op25bctl test 198.51.100.1 203.0.113.1 dport -1
= 2
! op25bctl: bad dport '-1': expected 0 to 65535
$ op25bctl test 198.51.100.1 203.0.113.1 sport 1 sport 2
= 2
! op25bctl: duplicate option 'sport': give it once

# statements on the command line have no columns
$ op25bctl set
= 2
! op25bctl: missing setting: expected mode, action, return or reply-rate
$ op25bctl set colour red
= 2
! op25bctl: unknown setting 'colour': expected mode, action, return or reply-rate
$ op25bctl set mode
= 2
! op25bctl: missing mode: expected off, monitor or enforce
$ op25bctl set mode on
= 2
! op25bctl: unknown mode 'on': expected off, monitor or enforce
$ op25bctl set mode off now
= 2
! op25bctl: unexpected word 'now': expected the end of the statement
$ op25bctl set reply-rate
= 2
! op25bctl: missing reply-rate: expected 0 to 1000000 a second
$ op25bctl set reply-rate 1000001
= 2
! op25bctl: bad reply-rate '1000001': expected 0 to 1000000 a second
$ op25bctl add
= 2
! op25bctl: missing table: expected dynamic, fixed, dialup or relay
$ op25bctl add other
= 2
! op25bctl: unknown table 'other': expected dynamic, fixed, dialup or relay
$ op25bctl add dynamic
= 2
! op25bctl: missing prefix: expected ADDRESS, ADDRESS/LENGTH or from FILE
$ op25bctl add dynamic 198.51.100.0/33
= 2
! op25bctl: bad prefix length in '198.51.100.0/33': expected 0 to 32
$ op25bctl add dynamic 198.51.100.1/24
= 2
! op25bctl: 198.51.100.1/24 has bits set beyond the prefix length: did you mean 198.51.100.0/24?
$ op25bctl add dynamic from
= 2
! op25bctl: missing file name: expected from FILE
$ op25bctl add dynamic from missing.list
= 2
! op25bctl: missing.list: No such file or directory
$ op25bctl add dynamic 198.51.100.0/24 label
= 2
! op25bctl: missing label: expected 1 to 63 bytes
$ op25bctl add dynamic 198.51.100.0/24 label ''
= 2
! op25bctl: label is empty: expected 1 to 63 bytes
$ op25bctl add dynamic 198.51.100.0/24 timeout
= 2
! op25bctl: missing timeout: expected 1 to 2147483 seconds
$ op25bctl add dynamic 198.51.100.0/24 timeout 0
= 2
! op25bctl: bad timeout '0': expected 1 to 2147483 seconds
$ op25bctl add dynamic 198.51.100.0/24 timeout 1d
= 2
! op25bctl: bad timeout '1d': expected 1 to 2147483 seconds
$ op25bctl add relay 192.0.2.25 monitor
= 2
! op25bctl: option monitor is for table dynamic only: remove it
$ op25bctl del dynamic 198.51.100.0/24 label a
= 2
! op25bctl: unexpected word 'label': expected the end of the statement
$ op25bctl flush
= 2
! op25bctl: missing table: expected dynamic, fixed, dialup or relay
$ op25bctl flush all
= 2
! op25bctl: unknown table 'all': expected dynamic, fixed, dialup or relay
$ op25bctl flush dynamic fixed
= 2
! op25bctl: unexpected word 'fixed': expected the end of the statement
