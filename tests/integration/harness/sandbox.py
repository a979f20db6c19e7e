"""Namespaces of the calling script's own: nothing it starts outlives it, no port of it meets anybody else's.

enter() starts the script again under unshare(1), as process 1 of new network, process and mount namespaces: when it
ends, however that happens, the kernel ends what it started and takes the interfaces away. The network is the loopback
and a veth pair with ADDRESS (some phones refuse a machine that has a loopback only).
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

ADDRESS = "10.231.78.1"
PHONE_ADDRESS = "10.231.78.2"
ENTERED = "UNDERSTUDY_SANDBOX"


def enter():
    """Returns inside the namespaces. Prints SKIP and ends with 77 where namespaces are not allowed."""
    if os.environ.get(ENTERED) != "1":
        unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        if os.geteuid() != 0:
            unshare[1:1] = ["--user", "--map-root-user"]
        if subprocess.run(unshare + ["true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            print("SKIP network namespaces are not allowed here (run as root)")
            sys.exit(77)
        os.execvpe(unshare[0], unshare + [sys.executable, *sys.argv], {**os.environ, ENTERED: "1"})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for command in (
        "ip link set lo up",
        "ip link add server type veth peer name phones",
        f"ip address add {ADDRESS}/24 dev server",
        f"ip address add {PHONE_ADDRESS}/24 dev phones",
        "ip link set server up",
        "ip link set phones up",
    ):
        subprocess.run(command.split(), check=True)


def directory(name=""):
    """A new directory for a test's files: below $UNDERSTUDY_TEST_OUT, where it is kept, or in /tmp."""
    base = os.environ.get("UNDERSTUDY_TEST_OUT")
    if not base:
        return tempfile.mkdtemp(prefix=f"understudy-{name}-")
    path = os.path.join(base, name) if name else base
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path
