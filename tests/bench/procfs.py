"""What the kernel says about a set of processes: time on a processor, memory, children."""
import os


def children_of(pid):
    """`pid` and everything it started, still alive."""
    found = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        if not os.path.exists(f"/proc/{parent}/task"):
            continue
        found.append(parent)
        for task in os.listdir(f"/proc/{parent}/task"):
            waiting += [int(child) for child in _read(f"/proc/{parent}/task/{task}/children").split()]
    return found


def cpu_seconds(pids):
    """Seconds on a processor of all threads that live, user and system."""
    return sum(cpu_by_thread(pids).values())


def cpu_by_thread(pids):
    """{(name, tid): seconds}."""
    found = {}
    for pid in pids:
        for task in _tasks(pid):
            fields = _read(f"/proc/{pid}/task/{task}/schedstat").split()
            if fields:
                name = _read(f"/proc/{pid}/task/{task}/comm").strip()
                found[name, int(task)] = int(fields[0]) / 1e9
    return found


def pss_bytes(pids):
    """Proportional set size: shared pages count once over all processes. For one process its RSS, about."""
    return sum(_kib(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in pids) * 1024


def peak_rss_bytes(pids):
    """The most that the largest of the processes ever had resident, by the kernel's own account."""
    return max((_kib(f"/proc/{pid}/status", "VmHWM:") for pid in pids), default=0) * 1024


def anonymous_bytes():
    """Of all processes: memory that is no file's."""
    return _kib("/proc/meminfo", "AnonPages:") * 1024


def allowed_cpus():
    return sorted(os.sched_getaffinity(0))


def filesystem_of(directory):
    """Type of the file system, for example "ext4"."""
    best, kind = "", "?"
    path = os.path.realpath(directory)
    for line in _read("/proc/mounts").splitlines():
        fields = line.split()
        mount = fields[1]
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, fields[2]
    return kind


def _tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return []


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def _kib(path, name):
    for line in _read(path).splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0
