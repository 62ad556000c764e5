# SPDX-License-Identifier: GPL-2.0
# op25b: build, install, try and test. `make help` lists what there is.

RELEASE ?= bookworm
KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
DESTDIR ?=
MANUAL := op25bctl.8 op25b-reload.8 op25b.conf.5 op25b.4
ZSH := $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
POLICY ?= docs/examples/provider.op25b
# A git revision that bench and bench-quick measure too
BESIDE ?=

all: module tool ## build the module and the tool (default)

module: ## build op25b.ko for the kernel whose headers are in KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tool: ## build tools/op25bctl/op25bctl
	$(MAKE) -C tools/op25bctl

install: install-module install-tool ## install module, tool, service and manual, under DESTDIR

# There is no key to sign with, and Debian's headers lack what depmod is called for
install-module: module
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) \
		CONFIG_MODULE_SIG_ALL= modules_install
	$(if $(DESTDIR),,depmod -a $$(modinfo -F vermagic ./op25b.ko | cut -d' ' -f1))

# What an operator has in /etc stays
install-tool: tool
	install -D -t $(DESTDIR)$(PREFIX)/sbin tools/op25bctl/op25bctl tools/system/op25b-reload
	install -D -t $(DESTDIR)$(PREFIX)/lib/op25b tools/system/op25b-service
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|' tools/system/op25b.service.in \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/op25b.service
	[ -e $(DESTDIR)/etc/op25b/op25b.conf ] || \
		install -D -m 644 tools/system/op25b.conf $(DESTDIR)/etc/op25b/op25b.conf
	[ -e $(DESTDIR)/etc/default/op25b ] || \
		install -D -m 644 tools/system/op25b.default $(DESTDIR)/etc/default/op25b
	install -D -m 644 tools/completion/op25bctl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/op25bctl
	install -D -m 644 tools/completion/op25bctl.zsh $(DESTDIR)$(ZSH)/_op25bctl
	for page in $(MANUAL); do \
		install -D -m 644 docs/man/$$page \
			$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$page; \
	done

deb: ## build Debian packages into build/deb, in a chroot of their own
	tests/vm/deb $(RELEASE)

demo: ## show it: a provider's network in a VM, real mail blocked and passed
	tests/demo/run $(RELEASE)

check: ## run the tests, all in a chroot and a VM of their own
	tests/check $(RELEASE)

check-kernels: ## run the tests on the kernels of newer Debian releases
	tests/check-kernels

check-packages: ## build the packages, and try them in a VM
	tests/packages/check $(RELEASE)

check-debug: ## run the VM tests and a stress on a kernel that looks for bugs
	tests/check-debug $(RELEASE)

bench: ## measure it beside nftables and ipset; writes docs/benchmarks.md
	tests/bench/bench $(RELEASE) all $(BESIDE)

bench-beside: ## measure it beside its git revision BESIDE, in 15 minutes
	tests/bench/bench $(RELEASE) beside $(BESIDE)

bench-quick: ## count instructions a packet, in two minutes
	tests/bench/bench $(RELEASE) quick $(BESIDE)

bench-guard: ## … and compare them with tests/bench/baseline
	tests/bench/bench $(RELEASE) guard

bench-baseline: ## … and write them to tests/bench/baseline
	tests/bench/bench $(RELEASE) baseline

shell: ## open a shell in a VM with the module and POLICY=file loaded
	tests/vm/shell $(RELEASE) $(POLICY)

clean: ## remove what was built here; ~/.cache/op25b stays
	if [ -d $(KDIR) ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi
	$(MAKE) -C tools/op25bctl clean
	rm -rf build

help: ## list these
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | \
		expand -t 24
	@echo
	@echo '  KDIR=$(KDIR)'
	@echo '  DESTDIR= PREFIX=$(PREFIX) RELEASE=$(RELEASE)'
	@echo '  POLICY=$(POLICY) BESIDE=$(BESIDE)'

.PHONY: all module tool install install-module install-tool deb demo check \
	check-kernels check-packages check-debug bench bench-beside bench-quick \
	bench-guard bench-baseline shell clean help
