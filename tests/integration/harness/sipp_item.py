"""One item of SIP at a time between sipps that check it, over UDP, TCP or TLS.

    items = [Item("INFO is carried", "info"), Item("CANCEL of nothing gets 481", "cancel_nothing", uas=None)]
    bench = Bench(directory, items)
    server = daemon.Daemon(directory, bench.dns(), options=bench.options(), node=bench.node).start()
    bench.claim_all()

The words of the command line choose the items that have them all in their text. An item has two or three sides: `uac` calls
`uas`, and `third` is a phone that the two talk about. Each is a scenario of tests/integration/sipp, NAME_uac.xml and so on;
what is wrong fails there, for the checks are in the scenarios. In them {name} stands for a file of sipp/parts, or for one
of these:

    {me} {to} {uac} {uas} {third}    numbers of this side, of the one that it talks to, of each side; they are their ports, too
    {here} {server}                  host:port of this side and of the server, as they stand in Via and URIs
    {address} {service}              the hosts alone
    {via} {param}                    UDP, TCP or TLS; and ;transport=tcp or the like for a URI

and what the item says in `values`. Over TLS it speaks through tls_relay.
"""
import concurrent.futures
import os
import re
import sys
import time

from harness import daemon, sandbox, tls_relay
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.tls_relay import LOOPBACK, bound

SCENARIOS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "sipp")
TRANSPORTS = {"udp": "", "tcp": ";transport=tcp", "tls": ";transport=tls"}
SIDES = ("uas", "third", "uac")  # in the order of their start
FIRST_PORT, PORTS, AT_ONCE = 10000, 30, 16
TLS_PORT = 5061


class Item:
    """`seconds`: how long it may take. `dn`: more options of a side's DN, as {"uas": ", enforce-trusted: true"}; with
    "Trunk: " in front it is a Trunk. `arguments`: more of a side's for sipp. `calls`: how many a side makes or takes."""

    def __init__(self, text, name, uac="", uas="", third=None, seconds=20, dn=None, arguments=None, values=None):
        self.text, self.seconds, self.values = text, seconds, values or {}
        self.dn, self.arguments = dn or {}, arguments or {}
        wanted = {"uac": uac, "uas": uas, "third": third}
        self.scenarios = {side: wanted[side] or f"{name}_{side}" for side in SIDES if wanted[side] is not None}


class Side:
    """One sipp of an item over a transport, and what is between it and the server."""

    def __init__(self, bench, item, transport, name, port, values):
        self.item, self.name, self.port, self.transport = item, name, port, transport
        self.bench, self.values, self.relays, self.sipp = bench, values, [], None

    def start(self):
        host = LOOPBACK if self.transport == "tls" else sandbox.PHONE_ADDRESS
        scenario, text = os.path.join(self.bench.directory, f"{self.port}-{self.name}.xml"), ""
        with open(scenario, "w", encoding="ascii") as file:
            text = expanded(self.item.scenarios[self.name], self.values)
            file.write(text)
        remote = self._remote() if 0 <= text.find("<send") < text.find("<recv") else None
        if self.transport == "tls" and not remote:
            self.relays.append(tls_relay.taking(f"{sandbox.PHONE_ADDRESS}:{self.port}", self.bench.both))
        arguments = ["-sf", scenario, "-m", "1", "-timeout", str(self.item.seconds), "-timeout_error",
                     "-default_behaviors", "abortunexp", "-max_recv_loops", "1",
                     "-cid_str", f"{self.port}-%p-%u", "-trace_msg",
                     "-message_file", scenario + ".messages", *self.item.arguments.get(self.name, ())]
        self.sipp = Caller(self.bench.directory, f"{self.port}-{self.name}", arguments, f"{host}:{self.port}",
                           "u1" if self.transport == "udp" else "t1", remote).start()
        if not remote:
            until(lambda: bound(host, self.port), 10, f"sipp does not listen; see {self.sipp.prefix}.out", 0.02)

    def _remote(self):
        if self.transport != "tls":
            return f"{sandbox.ADDRESS}:{daemon_port(self.transport)}"
        near = self.port + PORTS // 2
        self.relays.append(tls_relay.reaching(f"{sandbox.ADDRESS}:{TLS_PORT}", near, f"{sandbox.PHONE_ADDRESS}:{self.port}", self.bench.ca))
        return f"{LOOPBACK}:{near}"

    def fault(self):
        """Empty if its scenario went through."""
        code = self.sipp.wait(self.item.seconds + 10)
        why = " ".join(self.sipp.errors().split())[:500]
        return f"{self.name} ended with {code}: {why or 'see ' + self.sipp.prefix + '.out'}" if code else ""

    def stop(self):
        if self.sipp:
            self.sipp.stop()
        for relay in self.relays:
            relay.stop()


class Bench:
    def __init__(self, directory, items):
        self.directory, self.items = directory, [item for item in items if all(word in item.text for word in sys.argv[1:])]
        certificates = Certificates(directory)
        self.ca = certificates.ca
        cert, key = certificates.certificate("server", sandbox.ADDRESS)
        self.node = f"  sip-tls-cert: {cert}\n  sip-tls-key: {key}\n"
        self.both = certificates.both("phone", sandbox.PHONE_ADDRESS)

    @staticmethod
    def options():
        return f"sip-tls-port: {TLS_PORT}"

    def dns(self):
        """The dial plan that its items need."""
        return [self._dn(item, side, port, param) for index, item in enumerate(self.items)
                for at, param in enumerate(TRANSPORTS.values()) for side, port in ports(index, at).items()]

    @staticmethod
    def _dn(item, side, port, param):
        options, contact = item.dn.get(side, ""), f"sip:{port}@{sandbox.PHONE_ADDRESS}:{port}{param}"
        if options.startswith("Trunk: "):
            return daemon.trunk(f"trunk-{port}", contact, str(port), options[len("Trunk: "):])
        where = "" if "contact:" in options else f', contact: "{contact}"'
        return f'      - {{number: "{port}", type: Extension, options: {{TServer: {{{(where + options)[2:]}}}}}}}'

    def claim_all(self):
        """Some of them at a time, and a claim each."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            slowest_first = sorted(enumerate(self.items), key=lambda row: -row[1].seconds)
            running = {(index, transport): pool.submit(self._run, item, index, transport)
                       for index, item in slowest_first for transport in TRANSPORTS}
            for index, item in enumerate(self.items):
                for transport in TRANSPORTS:
                    claim(f"{transport}: {item.text}", running[index, transport].result)

    def _run(self, item, index, transport):
        at, param = list(TRANSPORTS).index(transport), TRANSPORTS[transport]
        numbers = ports(index, at)
        sides, began = [], time.monotonic()
        for name in (side for side in SIDES if side in item.scenarios):
            values = {"me": numbers[name], "to": numbers["uac" if name == "uas" else "uas"], **numbers,
                      "here": f"{sandbox.PHONE_ADDRESS}:{numbers[name]}", "address": sandbox.PHONE_ADDRESS,
                      "service": sandbox.ADDRESS, "server": f"{sandbox.ADDRESS}:{daemon_port(transport)}",
                      "via": transport.upper(), "param": param, **item.values}
            sides.append(Side(self, item, transport, name, numbers[name], values))
        try:
            for side in sides:
                side.start()
            faults = [fault for fault in (side.fault() for side in reversed(sides)) if fault]
            expect(not faults, f"{'; '.join(faults)}; see {self.directory}/{numbers['uac']}-*")
            return f"by itself {time.monotonic() - began:.1f} s"
        finally:
            for side in sides:
                side.stop()


def daemon_port(transport):
    return TLS_PORT if transport == "tls" else 5060


def ports(index, at):
    first = FIRST_PORT + PORTS * index + 4 * at
    return {"uac": first, "uas": first + 1, "third": first + 2}


def expanded(name, values):
    """The text of a scenario with its parts and values."""
    with open(os.path.join(SCENARIOS, f"{name}.xml"), encoding="ascii") as file:
        return filled(file.read(), values)


def filled(text, values):
    def put(match):
        word = match.group(1)
        if word in values:
            return filled(str(values[word]), values)
        with open(os.path.join(SCENARIOS, "parts", f"{word}.xml"), encoding="ascii") as file:
            return filled(file.read().removesuffix("\n"), values)
    return re.sub(r"\{([a-z_]+)\}", put, text)
