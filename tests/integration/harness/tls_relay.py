"""sipp over TLS, of which it knows nothing: it speaks TCP to a socat of its own, and its scenario says what others are to see.

    relay = taking("10.231.78.2:5090", both)                    # who connects there over TLS reaches a sipp at `inside("10.231.78.2:5090")`
    relay = reaching(server, 5180, "10.231.78.2:5080", ca)      # a sipp that connects to 127.0.0.1:5180 reaches the server from there
    scenario = outside(path, directory, "10.231.78.2:5090")     # for either
"""
import os
import subprocess

from harness.claims import until

LOOPBACK = "127.0.0.1"


class Relay:
    def __init__(self, listens, connects, host, port):
        self._process = subprocess.Popen(["socat", listens, connects], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: bound(host, port), 10, "socat does not listen", 0.02)

    def stop(self):
        """Nobody can connect any more; what is connected stays until sipp ends it."""
        self._process.kill()
        self._process.wait()


def taking(local, both):
    """`both`: a file with a certificate and its key."""
    host, port = local.rsplit(":", 1)
    return Relay(f"OPENSSL-LISTEN:{port},bind={host},cert={both},verify=0,fork,reuseaddr", f"TCP:{inside(local)}", host, int(port))


def reaching(server, near, local, ca):
    """One connection; `near`: the port at which sipp finds the server."""
    return Relay(f"TCP-LISTEN:{near},bind={LOOPBACK},reuseaddr", f"OPENSSL:{server},cafile={ca},bind={local}", LOOPBACK, near)


def inside(local):
    return f"{LOOPBACK}:{local.rsplit(':', 1)[1]}"


def outside(scenario, directory, local, transport="TLS"):
    """A copy of the scenario that says that address and transport in place of sipp's own."""
    path = os.path.join(directory, f"{transport}-{local.rsplit(':', 1)[1]}-{os.path.basename(scenario)}")
    with open(scenario, encoding="ascii") as original, open(path, "w", encoding="ascii") as copy:
        text = original.read().replace("[local_ip]:[local_port]", local).replace("[transport]", transport)
        copy.write(text)
    return path


def bound(host, port):
    """Whether somebody listens there, by the kernel's own tables: a probe would be a connection."""
    wanted = "".join(f"{int(octet):02X}" for octet in reversed(host.split("."))) + f":{port:04X}"
    for table, listens in (("udp", "07"), ("tcp", "0A")):
        with open(f"/proc/net/{table}", encoding="ascii") as file:
            if any((fields[1], fields[3]) == (wanted, listens) for fields in map(str.split, file)):
                return True
    return False
