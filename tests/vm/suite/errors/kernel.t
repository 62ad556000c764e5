# SPDX-License-Identifier: GPL-2.0
# Refusals by the kernel, with its messages

$ op25bctl load policy
| add dynamic 198.51.100.0/24 label a
| add fixed 198.51.100.0/25
|   add   dialup   198.51.100.0/24 timeout 5
= 2
! op25bctl: policy:3:18: this prefix is in table dynamic already: delete it there first

$ op25bctl load policy
| add fixed 2001:db8::/32
| add dynamic 2001:db8::/32 monitor
= 2
! op25bctl: policy:2:13: this prefix is in table fixed already: delete it there first

$ op25bctl load policy
| add dialup 203.0.113.7
| add fixed 203.0.113.7
= 2
! op25bctl: policy:2:11: this prefix is in table dialup already: delete it there first

$ op25bctl load policy
| del dynamic 198.51.100.0/24
= 2
! op25bctl: policy:1:13: this prefix is not in table dynamic

$ op25bctl load policy
| add dynamic 198.51.100.0/24
| del fixed 198.51.100.0/24
= 2
! op25bctl: policy:2:11: this prefix is not in table fixed

$ op25bctl load policy
| add fixed 198.51.100.0/24
| del dialup 198.51.100.0/24
= 2
! op25bctl: policy:2:12: this prefix is not in table dialup

$ op25bctl batch policy
| flush relay
| del relay 192.0.2.25
= 2
! op25bctl: policy:2:11: this prefix is not in table relay

$ op25bctl load policy; op25bctl add dialup 198.51.100.0/24; op25bctl del dynamic 198.51.100.0/24
| add fixed 198.51.100.0/24
= 2
! op25bctl: this prefix is in table fixed already: delete it there first
! op25bctl: this prefix is not in table dynamic

$ printf 'add dynamic 10.%d.0.0/16\n' 1 2 3 >many; echo 2 >/sys/module/op25b/parameters/max_prefixes; op25bctl load many; s=$?; echo 4194304 >/sys/module/op25b/parameters/max_prefixes; exit $s
= 2
! op25bctl: many:3:13: too many prefixes: see the module parameter max_prefixes

$ awk 'BEGIN { for (i = 0; i < 65536; i++) printf "add dynamic 10.%d.%d.0/24 label l%d\n", i / 256, i % 256, i }' >many; op25bctl load many
= 2
! op25bctl: many:65535:35: too many combinations of names: 65535 in this namespace

$ setpriv --bounding-set=-net_admin --inh-caps=-net_admin op25bctl show
= 2
! op25bctl: permission denied: run as root, or with CAP_NET_ADMIN

$ setpriv --reuid=65534 --clear-groups --bounding-set=-all --inh-caps=-all op25bctl load policy
| set mode off
= 2
! op25bctl: permission denied: run as root, or with CAP_NET_ADMIN

# an error number without a message
$ strace -o /dev/null -e inject=sendto:error=EOPNOTSUPP:when=2 op25bctl show
= 2
! op25bctl: the loaded module lacks this request: load the version of op25bctl
$ strace -o /dev/null -e inject=sendto:error=ENOENT:when=2 op25bctl list
= 2
! op25bctl: the module was unloaded: run modprobe op25b
$ strace -o /dev/null -e inject=sendto:error=ENOMEM:when=2 op25bctl list
= 2
! op25bctl: the kernel is out of memory
$ strace -o /dev/null -e inject=sendto:error=ENOBUFS:when=2 op25bctl stats
= 2
! op25bctl: the kernel is out of memory for netlink messages: try again
$ strace -o /dev/null -e inject=sendto:error=EMSGSIZE:when=2 op25bctl stats reset
= 2
! op25bctl: the request exceeds the socket's send buffer: raise net.core.wmem_max
$ strace -o /dev/null -e inject=sendto:error=EBUSY:when=2 op25bctl batch policy
| set mode off
= 2
! op25bctl: too many transactions or requests at once: try again
$ strace -o /dev/null -e inject=sendto:error=ESTALE:when=2 op25bctl set mode off
= 2
! op25bctl: the policy has changed in between: try again
$ strace -o /dev/null -e inject=sendto:error=EIO:when=3 op25bctl load policy
| set mode off
= 2
! op25bctl: the kernel refused the request: Input/output error
$ strace -o /dev/null -e inject=recvmsg,recvfrom:error=ENOBUFS:when=3 op25bctl show
= 2
! op25bctl: the kernel is out of memory for netlink messages: try again
$ strace -o /dev/null -e inject=socket:error=EAFNOSUPPORT op25bctl show
= 2
! op25bctl: the kernel refused the request: Address family not supported by protocol
$ strace -o /dev/null -e inject=sendto:error=ESTALE:when=2+ op25bctl batch policy
| set mode off
= 2
! op25bctl: others kept changing the policy, nothing was applied: try again
