# SPDX-License-Identifier: GPL-2.0
"""Control groups (version 2) for tests."""

import contextlib
import os

from harness import wait_for

ROOT = "/sys/fs/cgroup"


class Cgroup:
    """A control group with settings such as memory_max="max"; close() removes it."""

    def __init__(self, name, **settings):
        self.path = f"{ROOT}/op25b_{name}_{os.getpid()}"
        self._write(f"{ROOT}/cgroup.subtree_control", "+memory")
        os.mkdir(self.path)
        self.set(**settings)

    @staticmethod
    def _write(path, text):
        with open(path, "w") as file:
            file.write(f"{text}\n")

    def set(self, **settings):
        """Change settings."""
        for name, value in settings.items():
            self._write(f"{self.path}/{name.replace('_', '.')}", value)

    def enter(self):
        """Move the calling process into it."""
        self._write(f"{self.path}/cgroup.procs", os.getpid())

    def stat(self, name):
        """A value of memory.stat."""
        with open(f"{self.path}/memory.stat") as file:
            return dict(map(str.split, file))[name]

    def close(self):
        """Kill its processes and remove it."""
        self._write(f"{self.path}/cgroup.kill", 1)

        def removed():
            with contextlib.suppress(OSError):
                os.rmdir(self.path)
            return not os.path.exists(self.path)

        wait_for("the control group is empty", removed)
