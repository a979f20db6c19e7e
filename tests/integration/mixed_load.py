#!/usr/bin/env python3
"""A pair at work while strangers and broken phones do what they can: torture messages, mutations of those and of real calls, floods,
wrong passwords, connections that say nothing or one octet at a time, messages that never end. Calls, registrations and
T-Library clients are served as if nothing were the matter; neither node ends, grows, or becomes another than its peer.

    tests/integration/mixed_load.py                  20 s of it
    tests/integration/mixed_load.py --minutes 10     then memory must be flat, too
"""
# time-limit: 200
import argparse
import json
import os
import random
import statistics
import subprocess
import threading
import time

from harness import claims, daemon, digest, sandbox, sip
from harness.attack import KINDS, VICTIMS, VICTIMS_PORT, Attack
from harness.certificates import Certificates
from harness.claims import Broken, claim, expect, note, until
from harness.cti_load import CtiLoad
from harness.desk import Desks
from harness.dialog import take, talk
from harness.load import Load
from harness.pair import TLIB_PORTS, Pair
from harness.patient import PatientCalls
from harness.tcp_agent import TcpAgent

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--minutes", type=float, default=1 / 3, help="how long the attack lasts (default: 20 seconds)")
SECONDS = 60 * parser.parse_args().minutes
QUIET = min(60, SECONDS)     # seconds of the same load before it
CALLS, TCP_CALLS, CTI_CALLS = 20, 3, 5  # a second
REGISTERED, ASKERS, TALKING = range(2001, 2041), range(4001, 4051), (5071, 5072)
FLAT_FROM, GROWTH_MIB = 240, 16  # shorter runs are over before tables have reached what they keep for 32 s and longer
PORTS = {"sip": 5060, "tls": 5061, "ws": 5062, "tlib": list(TLIB_PORTS.values())}

sandbox.enter()
SOURCES = {kind: f"10.231.78.{101 + index}" for index, kind in enumerate(sorted(KINDS))}
REGISTRANTS, DESKS = "10.231.78.3", "10.231.78.4:5070"
for address in [REGISTRANTS, DESKS.split(":", 1)[0], *SOURCES.values()]:
    subprocess.run(["ip", "address", "add", f"{address}/24", "dev", "phones"], check=True)
directory = sandbox.directory("mixed_load")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
cert, key = Certificates(directory).certificate("server", sandbox.ADDRESS)


def at(port):
    return f"{sandbox.PHONE_ADDRESS}:{port}"


def phone(number, contact):
    return f'      - {{number: "{number}", type: Extension, options: {{TServer: {{contact: "{contact}"}}}}}}'


DNS = [daemon.trunk("from", at(5080)), daemon.trunk("to", at(5090), "service"),
       daemon.trunk("from-tcp", f"sip:{at(5081)};transport=tcp"), daemon.trunk("to-tcp", f"sip:{at(5091)};transport=tcp", "stream")]
DNS += [daemon.extension(str(number), f", password: sesame-{number}, authenticate-requests: register") for number in REGISTERED]
DNS += [phone(number, f"{SOURCES['broken_phone']}:{VICTIMS_PORT}") for number in VICTIMS]
DNS += [phone(number, DESKS) for number in ASKERS] + [phone(number, at(number)) for number in TALKING]
LIMITS = ("  limits: {ban-after: 20, ban-time: 5s, max-answers-per-source: 200, max-tcp-connections: 2000, max-tcp-connections-per-host: 200}\n"
          f"  sip-tls-cert: {cert}\n  sip-tls-key: {key}\n")
pair = Pair(directory, DNS, options=f"no-answer-timeout: 10, sip-tls-port: {PORTS['tls']}, sip-ws-port: {PORTS['ws']}", tlib=True, node=LIMITS,
            streams={name: PORTS[name] for name in ("tls", "ws")})


class Registrations:
    """Each phone again and again, signed anew each time."""

    def __init__(self):
        self.agent = sip.Agent(f"{REGISTRANTS}:5070", pair.server)
        self.done, self.failures, self._goes_on = 0, [], True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def _run(self):
        while self._goes_on:
            for number in map(str, REGISTERED):
                try:
                    answer = digest.register(self.agent, number, f"sesame-{number}")
                    self.failures += [f"{number}: {answer.first}"] if answer.status != 200 else []
                except Broken as why:
                    self.failures.append(f"{number}: {why}")
                self.done += 1
                time.sleep(0.05)

    def finish(self):
        self._goes_on = False
        self._thread.join(20)


class Memory:
    """Resident MiB of both nodes, once a second."""

    def __init__(self):
        self.samples = {node.name: [] for node in pair.nodes}

    def watch(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for node in pair.nodes:
                self.samples[node.name].append(node.memory() / 1024)
            pair.expect_no_crash()
            time.sleep(1)

    def between(self, name, begin, end):
        """The median of a part of the time, 0 to 1."""
        samples = self.samples[name]
        return statistics.median(samples[int(begin * len(samples)):max(int(end * len(samples)), int(begin * len(samples)) + 1)])


registrations, memory, attacks, delays, up = Registrations(), Memory(), {}, {}, []
stream_calls = Load(pair.server, at(5081), at(5091), TCP_CALLS, to="stream", agent=TcpAgent)
desks = Desks(DESKS, pair.server)
clients = CtiLoad(directory, Pair.clients, (ASKERS[0], ASKERS[-1]), 10, 10, CTI_CALLS)


def begin():
    pair.start()
    desks.start()
    clients.start()
    registrations.start()
    stream_calls.start()
    up.extend(talk(sip.Agent(at(TALKING[0]), pair.server), str(TALKING[0]), sip.Agent(at(TALKING[1]), pair.server), str(TALKING[1])))
    return f"{CALLS} calls a second over UDP, {TCP_CALLS} over TCP, {CTI_CALLS} by T-Library clients; seed {seed}"


def measured(name, meanwhile):
    """Calls of sipp's while that goes on; how they were."""
    folder = os.path.join(directory, name)
    os.makedirs(folder)
    calls = PatientCalls(folder, pair.server, at(5080), at(5090), CALLS).start()
    meanwhile()
    made = calls.finish()
    delays[name] = sorted(calls.delays())
    expect(len(delays[name]) >= made * 0.99, f"{len(delays[name])} delays of {made} calls")
    return f"{made} calls, {calls.repeated()} repetitions"


def percentile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def attacked():
    for index, (kind, source) in enumerate(SOURCES.items()):
        attacks[kind] = Attack(kind, source, seed + index, SECONDS, PORTS).start()
    memory.watch(SECONDS)
    for kind in list(attacks):
        attacks[kind] = attacks[kind].finish()


def registered():
    registrations.finish()
    expect(not registrations.failures, f"{len(registrations.failures)} of {registrations.done} failed, first {registrations.failures[:3]}")
    return f"{registrations.done} registrations"


def over_tcp():
    failures = stream_calls.finish(60)
    expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
    return f"{stream_calls.caller.made} calls"


def by_clients():
    clients.finish()
    told = [clients.expect_outcomes(), clients.expect_calls(), clients.expect_streams(), clients.expect_sessions()]
    failures = desks.finish(40)
    expect(not failures, f"{len(failures)} phones have failed or are in a call still, first {failures[:3]}")
    return "; ".join(told)


def flat():
    for node in pair.nodes:
        early, late = memory.between(node.name, 0.2, 0.3), memory.between(node.name, 0.9, 1)
        note(f"{node.name}: {early:.0f} MiB early, {late:.0f} MiB late, {max(memory.samples[node.name]):.0f} MiB at most")
        if SECONDS >= FLAT_FROM:
            expect(late <= early + GROWTH_MIB, f"{node.name} grew from {early:.0f} to {late:.0f} MiB")


def nothing_ended():
    pair.expect_no_crash()
    expect([node.role() for node in pair.nodes] == ["primary", "backup"], "roles have changed")
    held = [name for node in pair.nodes for name in os.listdir(os.path.join(node.journal, "quarantine")) if name != "slot"]
    expect(not held, f"in quarantine: {held}")


def counted():
    """Every message that came is an entry, or counted by the reason why not."""
    primary = pair.primary()
    until(lambda: settled(primary) == settled(primary), 10, "messages still come in")
    metrics = primary.metrics()
    kept = {name.split('"')[1]: value for name, value in metrics.items() if name.startswith("understudy_ingress_kept_total")}
    stat = json.loads(primary.tool("journal-dump", "--stat", "--json", primary.journal)[1])
    entries = stat["kinds"]["sip-received"]["entries"]
    came, attacks_sent = metrics["understudy_sip_messages_total"], sum(attack["sent"] for attack in attacks.values())
    note(f"messages: {came:.0f} came, {attacks_sent} of them sent by the attack; {entries} became entries; kept back: "
         + ", ".join(f"{reason} {count:.0f}" for reason, count in sorted(kept.items()) if count))
    note("links of the attack: " + ", ".join(f"{kind} {attack['connections']}" for kind, attack in attacks.items() if attack["connections"]))
    left = came - entries - sum(kept.values())
    note(f"neither: {left:.0f} (keep-alives)")
    expect(0 <= left <= 0.001 * came, f"{left:.0f} of {came:.0f} messages are neither an entry nor kept back")
    for reason in ("unparseable", "refused", "challenged", "banned"):
        expect(kept.get(reason), f"nothing was counted as {reason}")


def settled(node):
    time.sleep(1)
    return node.metrics()["understudy_sip_messages_total"]


def states():
    """What both nodes say that they have."""
    return [{name: node.status().get(name) for name in ("calls", "registrations", "lsn")} for node in pair.nodes]


def as_before():
    """Nothing of the attack is left: the one call that was up before is, on both nodes."""
    until(lambda: [state["calls"] for state in states()] == [1, 1], 60, lambda: f"the nodes have {states()}")
    return f"{states()}"


def switchover():
    """Over to the node that has heard of all this from its peer only: the call from before is in its state."""
    code, text = pair.primary().ctl("switchover")
    expect(code == 0 and pair.primary().name == "sip-b", f"understudyctl switchover ended with {code}: {text}")
    ours, theirs = up
    ours.send("INFO")
    theirs.agree("INFO")
    take(ours.agent, 200)
    ours.ask("BYE", 200)
    theirs.agree("BYE")


def equal():
    """Entry by entry, and so are the states that they lead to."""
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair serves calls, registrations and clients", begin):
    claim("undisturbed, every call comes to its end", lambda: measured("quiet", lambda: time.sleep(QUIET)))
    claim("under attack, every call comes to its end", lambda: measured("attacked", attacked))
    for name, values in delays.items():
        note(f"from INVITE to 180, {name}: median {percentile(values, 0.5):.0f} ms, p99 {percentile(values, 0.99):.0f} ms, "
             f"max {values[-1]:.0f} ms of {len(values)}")
    claim("every registration was taken", registered)
    claim("every call over TCP came to its end", over_tcp)
    claim("T-Library clients' requests, events, calls and sessions are whole", by_clients)
    claim("no node ended, changed its role, or put anything in quarantine", nothing_ended)
    claim("neither node grows", flat)
    claim("every message is counted", counted)
    claim("no call of the attack is left, on either node", as_before)
    claim("a switchover takes over the call that has been up all the time", switchover)
    claim("both nodes have the same journal, and it leads to the same state", equal)
claims.finish()
