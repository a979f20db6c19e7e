"""A share of a processor: a control group with a quota, version 2 or 1, whose processes the kernel holds to it."""
import os

PERIOD_US = 100000
ROOTS = (("/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup"), ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu"))


class CpuQuota:
    """begin(), then start programs with wrapper() before them; end() when they are gone."""

    def __init__(self, name):
        self.root = next((root for mark, root in ROOTS if os.path.exists(mark)), None)
        self.path = self.root and os.path.join(self.root, f"{name}-{os.getpid()}")

    def why_not(self):
        """What keeps groups from being made here, or None. Makes the group."""
        if self.root is None:
            return "no control groups with a processor quota at /sys/fs/cgroup"
        try:
            if self._is_v2():
                with open(os.path.join(self.root, "cgroup.subtree_control"), "w", encoding="ascii") as file:
                    file.write("+cpu")
            os.makedirs(self.path, exist_ok=True)
            self.limit(1.0)
        except OSError as error:
            return f"control groups cannot be written here ({error}): run as root"
        return None

    def _is_v2(self):
        return self.root == ROOTS[0][1]

    def limit(self, cores):
        """The processes of the group get so much of a core together."""
        quota = int(cores * PERIOD_US)
        name, text = ("cpu.max", f"{quota} {PERIOD_US}") if self._is_v2() else ("cpu.cfs_quota_us", str(quota))
        with open(os.path.join(self.path, name), "w", encoding="ascii") as file:
            file.write(text)

    def wrapper(self):
        """How a command begins that runs in the group."""
        return ["sh", "-c", f'echo $$ > {self.path}/cgroup.procs; exec "$@"', "sh"]

    def end(self):
        try:
            os.rmdir(self.path)
        except OSError:
            pass
