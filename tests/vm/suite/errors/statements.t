# SPDX-License-Identifier: GPL-2.0
# Errors in a line of a file

$ op25bctl check policy
|   remove dynamic 198.51.100.0/24
| SET mode off
| set
| set speed 3
| set action
| set action accept
| set return true
| set reply-rate
| set reply-rate -1
| set reply-rate 010
| set reply-rate 1000 a second
| add   # a comment is not a table
| add dynamics 198.51.100.0/24
| add dynamic
| add dynamic 198.51.100/24
| add dynamic 198.51.100.0 /24
| add dynamic 198.51.100.0/
| add dynamic 198.51.100.0/33
| add dynamic 198.51.100.0/024
| add dynamic 198.51.100.0/255.255.255.0
| add dynamic 2001:db8::/129
| add dynamic 2001:db8:::/32
| add dynamic fe80::1%eth0
| add dynamic 0198.51.100.0
| add dynamic 198.51.100.1/24
| add dynamic 2001:db8::1/32
| add dynamic 128.0.0.0/0
| add dynamic from
| add dynamic from ""
| add dynamic from missing.list label a
| add dynamic 198.51.100.0/24 lable a
| add dynamic 198.51.100.0/24 label
| add dynamic 198.51.100.0/24 label ""
| add dynamic 198.51.100.0/24 label 1234567890123456789012345678901234567890123456789012345678901234
| add dynamic 198.51.100.0/24 label フレッツフレッツフレッツフレッツフレッツフレ
| add dynamic 198.51.100.0/24 label a label b
| add dynamic 198.51.100.0/24 timeout
| add dynamic 198.51.100.0/24 timeout 0
| add dynamic 198.51.100.0/24 timeout 2147484
| add dynamic 198.51.100.0/24 timeout 99999999999999999999
| add dynamic 198.51.100.0/24 timeout 5 timeout 5
| add dynamic 198.51.100.0/24 monitor monitor
| add fixed 198.51.100.0/24 label a monitor
| del dynamic 198.51.100.0/24 timeout 5
| flush
| flush everything
| flush dynamic 198.51.100.0/24
| add dynamic 198.51.100.0/24 label "a b
| add dynamic 198.51.100.0/24 label a"b
| add dynamic 198.51.100.0/24 label "a"b
| add dynamic 198.51.100.0/24 label "a\n"
| add dynamic 12345678901234567890123456789012345678901234567890123456789012345678901234567890
= 1
! op25bctl: policy:1:3: unknown statement 'remove': expected set, add, del, flush or include
! op25bctl: policy:2:1: unknown statement 'SET': expected set, add, del, flush or include
! op25bctl: policy:3:4: missing setting: expected mode, action, return or reply-rate
! op25bctl: policy:4:5: unknown setting 'speed': expected mode, action, return or reply-rate
! op25bctl: policy:5:11: missing action: expected drop, reset or unreachable
! op25bctl: policy:6:12: unknown action 'accept': expected drop, reset or unreachable
! op25bctl: policy:7:12: unknown return 'true': expected off or on
! op25bctl: policy:8:15: missing reply-rate: expected 0 to 1000000 a second
! op25bctl: policy:9:16: bad reply-rate '-1': expected 0 to 1000000 a second
! op25bctl: policy:10:16: bad reply-rate '010': expected 0 to 1000000 a second
! op25bctl: policy:11:21: unexpected word 'a': expected the end of the statement
! op25bctl: policy:12:4: missing table: expected dynamic, fixed, dialup or relay
! op25bctl: policy:13:5: unknown table 'dynamics': expected dynamic, fixed, dialup or relay
! op25bctl: policy:14:12: missing prefix: expected ADDRESS, ADDRESS/LENGTH or from FILE
! op25bctl: policy:15:13: bad prefix '198.51.100/24': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
! op25bctl: policy:16:26: unknown option '/24': expected label, provider, owner, timeout or monitor
! op25bctl: policy:17:13: bad prefix length in '198.51.100.0/': expected 0 to 32
! op25bctl: policy:18:13: bad prefix length in '198.51.100.0/33': expected 0 to 32
! op25bctl: policy:19:13: bad prefix length in '198.51.100.0/024': expected 0 to 32
! op25bctl: policy:20:13: bad prefix length in '198.51.100.0/255.255.255.0': expected 0 to 32
! op25bctl: policy:21:13: bad prefix length in '2001:db8::/129': expected 0 to 128
! op25bctl: policy:22:13: bad prefix '2001:db8:::/32': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
! op25bctl: policy:23:13: bad prefix 'fe80::1%eth0': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
! op25bctl: policy:24:13: bad prefix '0198.51.100.0': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6
! op25bctl: policy:25:13: 198.51.100.1/24 has bits set beyond the prefix length: did you mean 198.51.100.0/24?
! op25bctl: policy:26:13: 2001:db8::1/32 has bits set beyond the prefix length: did you mean 2001:db8::/32?
! op25bctl: policy:27:13: 128.0.0.0/0 has bits set beyond the prefix length: did you mean 0.0.0.0/0?
! op25bctl: policy:28:17: missing file name: expected from FILE
! op25bctl: policy:29:18: missing file name: expected from FILE
! op25bctl: policy:30:18: missing.list: No such file or directory
! op25bctl: policy:31:29: unknown option 'lable': expected label, provider, owner, timeout or monitor
! op25bctl: policy:32:34: missing label: expected 1 to 63 bytes
! op25bctl: policy:33:35: label is empty: expected 1 to 63 bytes
! op25bctl: policy:34:35: label has 64 bytes: expected 1 to 63 bytes
! op25bctl: policy:35:35: label has 66 bytes: expected 1 to 63 bytes
! op25bctl: policy:36:37: duplicate option 'label': give it once
! op25bctl: policy:37:36: missing timeout: expected 1 to 2147483 seconds
! op25bctl: policy:38:37: bad timeout '0': expected 1 to 2147483 seconds
! op25bctl: policy:39:37: bad timeout '2147484': expected 1 to 2147483 seconds
! op25bctl: policy:40:37: bad timeout '99999999999999999999': expected 1 to 2147483 seconds
! op25bctl: policy:41:39: duplicate option 'timeout': give it once
! op25bctl: policy:42:37: duplicate option 'monitor': give it once
! op25bctl: policy:43:35: option monitor is for table dynamic only: remove it
! op25bctl: policy:44:29: unexpected word 'timeout': expected the end of the statement
! op25bctl: policy:45:6: missing table: expected dynamic, fixed, dialup or relay
! op25bctl: policy:46:7: unknown table 'everything': expected dynamic, fixed, dialup or relay
! op25bctl: policy:47:15: unexpected word '198.51.100.0/24': expected the end of the statement
! op25bctl: policy:48:35: missing closing quote
! op25bctl: policy:49:36: quote inside a word: put the whole word in quotes and write the quote as \"
! op25bctl: policy:50:38: missing space after the closing quote
! op25bctl: policy:51:37: unknown escape: in quotes write \" for a quote and \\ for a backslash
! op25bctl: policy:52:13: bad prefix '1234567890123456789012345678901234567890123456789012345678901234567890123456...': expected ADDRESS or ADDRESS/LENGTH, IPv4 or IPv6

$ printf 'add dynamic 198.51.100.0/24 label a\377b' | op25bctl check -
= 1
! op25bctl: <stdin>:1:35: label is not valid UTF-8: convert it to UTF-8

$ printf 'add dynamic 198.51.100.0/24 label "a\tb"' | op25bctl check -
= 1
! op25bctl: <stdin>:1:35: label contains a control character: remove it

$ printf 'add dynamic 198.51.100.0/24 label "a\302\23331m"' | op25bctl check -
= 1
! op25bctl: <stdin>:1:35: label contains a control character: remove it

# words are truncated and escaped
$ printf 'a\033[31m\377' | op25bctl check -
= 1
! op25bctl: <stdin>:1:1: unknown statement 'a\x1b[31m\xff': expected set, add, del, flush or include

$ printf 'flush \302\2332J\303\251\177' | op25bctl check -
= 1
! op25bctl: <stdin>:1:7: unknown table '\xc2\x9b2Jé\x7f': expected dynamic, fixed, dialup or relay

# lines
$ printf 'set mode off\nset mode\0 off\n' | op25bctl check -
= 1
! op25bctl: <stdin>:2:9: zero byte in the line: is this a text file?

$ printf '#%16384s\n' x | op25bctl check -
= 1
! op25bctl: <stdin>:1:16385: line is longer than 16384 bytes: split it

$ printf 'set mode off\r\nset mode\r\n' | op25bctl check -
= 1
! op25bctl: <stdin>:2:9: missing mode: expected off, monitor or enforce
