# SPDX-License-Identifier: GPL-2.0
"""The installation commands of the README."""

import os

from harness import SLOW, TOP, equal, run, sh, test, unload_module

# Kbuild probes the compiler for a hundred options before it finds the module up to
# date: five minutes on a debug kernel. There the module is not checked again.
MAKE = "make" if SLOW == 1 else "make -o module"

# The tree is read-only, and its build depends on its path: use an overlay there
WRITABLE = f"""
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work
    modprobe overlay
    mount -t overlay -o lowerdir={TOP},upperdir=/mnt/upper,workdir=/mnt/work \\
        overlay {TOP}
    cd {TOP}
    export KDIR=/lib/modules/$(uname -r)/build
"""


def in_writable_tree(script):
    """Run a script at the top of a writable tree. If it takes longer than any build,
    it is killed with all its processes.
    """
    return run("unshare", "--mount", "--pid", "--fork", "--kill-child",
               "--mount-proc", "sh", "-ec", WRITABLE + script, timeout=550)


@test
def install():
    """after make install, modprobe and op25bctl work"""
    unload_module()
    try:
        done = in_writable_tree(f"{MAKE} install")
        equal("rror" in done.stdout + done.stderr, False, done.stdout + done.stderr)
        sh("modprobe op25b; cd /; op25bctl | grep -q '^mode  *enforce'")
    finally:
        sh("rm -rf /usr/local/sbin/* /usr/local/lib/op25b /usr/local/lib/systemd"
           " /usr/local/share/* /etc/op25b /etc/default/op25b"
           " /lib/modules/$(uname -r)/*/op25b.ko*; depmod -a")


@test
def install_elsewhere():
    """make install with DESTDIR writes nowhere else"""
    in_writable_tree(f"{MAKE} install DESTDIR=/tmp/destdir")
    # depmod's files exist if the kernel's build has a System.map
    files = [os.path.join(path, name)[len("/tmp/destdir"):]
             for path, _, names in os.walk("/tmp/destdir") for name in names
             if not name.startswith("modules.")]
    # newer kernels' modules are compressed
    equal(sorted(os.path.basename(file).removesuffix(".xz") for file in files),
          ["_op25bctl", "op25b", "op25b-reload", "op25b-reload.8", "op25b-service",
           "op25b.4", "op25b.conf", "op25b.conf.5", "op25b.ko", "op25b.service",
           "op25bctl", "op25bctl", "op25bctl.8"], "installed")
    sh("! grep -r @PREFIX@ /tmp/destdir")
    equal(os.path.exists("/usr/local/sbin/op25bctl"), False, "the tool outside")
    sh("rm -r /tmp/destdir")


@test
def help_of_make():
    """make help names each target"""
    said = run("make", "-C", TOP, "help").stdout
    for target in ("all", "module", "tool", "install", "deb", "demo", "check",
                   "check-kernels", "check-packages", "check-debug", "shell", "clean",
                   "help"):
        equal(f"make {target} " in said, True, target)
