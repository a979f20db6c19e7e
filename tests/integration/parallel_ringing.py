#!/usr/bin/env python3
"""A DN with three contacts, sipp behind each, over UDP, TCP and TLS: all ring, the first that answers has the call, and the others
hear that it was answered elsewhere.
"""
# time-limit: 150
import os

from harness import claims, daemon, sandbox, tls_relay
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect
from harness.sip import Agent
from harness.tcp_agent import TcpAgent
from harness.tls_agent import tls_agent

HARNESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness")
CALLS = 20
PHONES = (("first", "missed_callee", 20), ("second", "answering_callee", 30), ("third", "missed_callee", 40))

sandbox.enter()
directory = sandbox.directory("parallel_ringing")
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)
both = pki.both("phone", sandbox.PHONE_ADDRESS)


def register(agent_class, local, server):
    agent = agent_class(local, server)
    answer = agent.register("1002")
    agent.close()
    expect(answer.status == 200, f"REGISTER from {local} got {answer.first}")


def phone(transport, name, scenario, local):
    path, listens = f"{HARNESS}/{scenario}.xml", local
    if transport == "tls":
        tls_relay.taking(local, both)
        path, listens = tls_relay.outside(path, directory, local), tls_relay.inside(local)
    return Caller(directory, f"{transport}-{name}", ["-sf", path, "-m", str(CALLS)], listens,
                  "u1" if transport == "udp" else "t1").start()


def caller(transport, local, server):
    speaks, remote = local, server
    if transport == "tls":
        speaks, near = tls_relay.inside(local), int(local.rsplit(":", 1)[1]) + 1
        tls_relay.reaching(server, near, local, pki.ca)
        remote = f"{tls_relay.LOOPBACK}:{near}"
    return Caller(directory, f"{transport}-caller", ["-sn", "uac", "-s", "1002", "-r", "10", "-m", str(CALLS), "-d", "200"], speaks,
                  "u1" if transport == "udp" else "t1", remote)


def calls(transport, port, agent_class):
    gateway, place = f"{sandbox.PHONE_ADDRESS}:{port + 50}", f"{sandbox.ADDRESS}:{port + (transport == 'tls')}"
    server = daemon.Daemon(directory, [daemon.extension("1002"), daemon.trunk("gw", f"sip:{gateway};transport={transport}")],
                           name=f"sip-{transport}", port=port, options=f"sip-tls-port: {port + 1}",
                           node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n").start()
    phones = []
    for name, scenario, more in PHONES:
        local = f"{sandbox.PHONE_ADDRESS}:{port + more}"
        register(agent_class, local, place)
        phones.append(phone(transport, name, scenario, local))
    uac = caller(transport, gateway, place)
    uac.run(40)
    made = uac.expect_clean(CALLS)
    for one in phones:
        one.wait(30)
        one.expect_clean(CALLS)
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    return f"{made} calls, each at {len(PHONES)} phones"


AGENTS = {"udp": Agent, "tcp": TcpAgent, "tls": tls_agent(*pki.certificate("agent", sandbox.PHONE_ADDRESS), pki.ca)}
for number, (way, kind) in enumerate(AGENTS.items()):
    claim(f"over {way.upper()} all three phones ring, one has the call, two hear that it was answered elsewhere",
          lambda way=way, kind=kind, number=number: calls(way, 5060 + 100 * number, kind))
claims.finish()
