#!/usr/bin/env python3
"""Rubbish over UDP and TCP, in a namespace without a way out: the server neither dies nor grows, and calls go on."""
# time-limit: 150
import os
import random
import socket
import time

from harness import claims, daemon, mutations, programs, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until

ROUNDS, RANDOM_A_ROUND, BURST = 4, 1500, 50
GROWTH_KIB, DISK_MIB, MILLISECONDS = 8 * 1024, 256, 6

sandbox.enter()
directory = sandbox.directory("hostile")
uac, uas = f"{sandbox.PHONE_ADDRESS}:5080", f"{sandbox.PHONE_ADDRESS}:5090"
server = daemon.Daemon(directory, [daemon.extension("1001"), daemon.trunk("from", uac),
                                   daemon.trunk("to", uas, prefix="service")])
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
target = (server.address, server.port)


def messages():
    """Everything of the corpus that may be a SIP message: torture, broken, fuzz seeds and crash inputs."""
    loaded = mutations.corpus("torture4475", "torture5118", "messages", "flows", "fuzz")
    agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5071", server.server)
    ours = [agent.build(method, "1001", f"seed-{method}", 1, body=sip.SDP.format(host=agent.host)).encode()
            for method in ("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER")]
    return loaded + ours


def datagrams(corpus):
    noise = [chance.randbytes(chance.randrange(0, 1500)) for _ in range(RANDOM_A_ROUND)]
    crooked = [mutations.mutated(chance, chance.choice(corpus)) for _ in range(RANDOM_A_ROUND)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((sandbox.PHONE_ADDRESS, 0))
        for number, data in enumerate(noise + crooked + [data[:60000] for data in corpus]):
            out.sendto(data, target)
            if number % BURST == 0:
                time.sleep(0.01)


def connections(corpus):
    """Messages one after the other in a stream, halves of them, lies about their length, and silence."""
    streams = [b"".join(chance.sample(corpus, min(20, len(corpus)))) for _ in range(20)]
    streams += [mutations.mutated(chance, data) for data in chance.sample(corpus, min(60, len(corpus)))]
    streams += [chance.randbytes(5000) for _ in range(20)]
    streams += [b"INVITE sip:x SIP/2.0\r\nContent-Length: 4294967296\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n" + b"a: b\r\n" * 50000,
                b"OPTIONS sip:x SIP/2.0\r\n" + b"x" * 300000, b"\r\n" * 20000, b"INVITE "]
    kept = []
    for data in streams:
        try:
            link = socket.create_connection(target, timeout=2)
            link.settimeout(0.2)
            kept.append(link)
            link.sendall(data)
        except OSError:  # the server has closed it, as it may
            continue
    for link in kept:
        link.close()


def costly():
    """Long runs of what makes a careless parser look again and again. No message may cost more than MILLISECONDS."""
    agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5072", server.server)
    before = server.cpu_seconds()
    time.sleep(2)
    idle = (server.cpu_seconds() - before) / 2  # a second: the calls of the load go on
    runs = ("sip:", "sip:a", ":", "<", "sip:a:b@", ";a=b", "<sip:a@b>,", '"\\"', "(", "%", " \r\n ")
    worst = max((min(cost(agent, run, idle) for _ in range(3)), run) for run in runs)
    expect(worst[0] < MILLISECONDS, f"{worst[0]:.1f} ms for a message full of {worst[1]!r}")
    return f"{worst[0]:.1f} ms for a message full of {worst[1]!r}"


def cost(agent, run, idle):
    """Milliseconds on a processor of a message full of `run`."""
    before, began, value = server.cpu_seconds(), time.monotonic(), (run * 8000)[:7900]
    headers = ("Subject", "Contact", "Route", "Via", "Accept", "Require", "To", "X")
    for number, header in enumerate(headers):
        agent.send(agent.build("OPTIONS", "1001", f"costly-{chance.random()}-{number}", 1,
                               headers=f"{header}: {value}\r\n" * 7).encode()[:60000])
    until(lambda: agent_is_served(agent), 10, "the server does not answer any more")
    return 1000 * (server.cpu_seconds() - before - idle * (time.monotonic() - began)) / len(headers)


def agent_is_served(agent):
    return agent.final(agent.build("OPTIONS", "", f"served-{chance.random()}", 1)).status


def disk_mib():
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(server.directory)
               for name in names) >> 20


def attack():
    corpus = messages()
    for data in corpus:
        expect(isinstance(data, bytes), "a message is not bytes")
    memory = []
    for _ in range(ROUNDS):
        datagrams(corpus)
        connections(corpus)
        expect(server.process.poll() is None, f"the server ended with {server.process.returncode}; see {server.log}")
        memory.append(server.memory())
        time.sleep(1)
    expect(server.healthy(), "the server does not answer /healthz")
    notes.update(memory=memory, messages=len(corpus))
    return f"{ROUNDS} rounds of {len(corpus)} messages, their mutations and noise; seed {seed}"


def memory_flat():
    memory = notes["memory"]
    growth = memory[-1] - memory[1]
    expect(growth < GROWTH_KIB, f"from {memory[1]} to {memory[-1]} KiB")
    return f"{memory[0] >> 10} MiB after the first round, {memory[-1] >> 10} MiB after the last"


def disk_flat():
    expect(disk_mib() < DISK_MIB, f"{disk_mib()} MiB in {server.directory}")
    return f"{disk_mib()} MiB"


def calls_went_on():
    load.finish(40)
    callee.stop()
    made, failed = load.total("SuccessfulCall"), load.total("FailedCall")
    expect(failed == 0, f"{failed} of {made + failed} calls failed: {' '.join(load.errors().split())[:300]}")
    expect(made > 20, f"only {made} calls were made; see {load.prefix}.out")
    return f"{made} calls"


def counted():
    kept = server.metrics().get('understudy_ingress_kept_total{reason="unparseable"}', 0)
    expect(kept > RANDOM_A_ROUND, f"only {kept:.0f} messages are counted as unparseable")
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-300:]}")
    return f"{kept:.0f} unparseable"


notes = {}
server.start()
callee = Caller(directory, "uas", ["-sn", "uas"], uas).start()
load = Caller(directory, "load", ["-sn", "uac", "-r", "10", "-d", "300", "-m", "1000000"], uac,
              remote=server.server).start()
if not programs.corpus("messages"):
    claims.skip("messages of other people's test suites", "the SIP corpus is not beside the clone")
if claim("rubbish over UDP and TCP does not bring the server down", attack):
    claim("no message costs much more than its length", costly)
    claim("its memory stays flat", memory_flat)
    claim("its disk does not fill up", disk_flat)
    claim("valid calls went on all the time", calls_went_on)
    claim("the rubbish is counted, and the journal replays bit for bit", counted)
claims.finish()
