#!/usr/bin/env python3
"""A DN with three contacts, sipp behind each, over UDP and TCP: all ring, the first that answers has the call, and the others
hear that it was answered elsewhere.
"""
# time-limit: 120
import os

from harness import claims, daemon, sandbox
from harness.caller import Caller
from harness.claims import claim, expect
from harness.sip import Agent
from harness.tcp_agent import TcpAgent

HARNESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness")
CALLS = 20
PHONES = (("first", "missed_callee", 20), ("second", "answering_callee", 30), ("third", "missed_callee", 40))

sandbox.enter()
directory = sandbox.directory("parallel_ringing")


def register(agent_class, local, server):
    agent = agent_class(local, server)
    answer = agent.register("1002")
    agent.close()
    expect(answer.status == 200, f"REGISTER from {local} got {answer.first}")


def calls(transport, mode, port, agent_class):
    caller = f"{sandbox.PHONE_ADDRESS}:{port + 50}"
    server = daemon.Daemon(directory, [daemon.extension("1002"), daemon.trunk("gw", f"sip:{caller};transport={transport}")],
                           name=f"sip-{transport}", port=port).start()
    phones = []
    for name, scenario, more in PHONES:
        local = f"{sandbox.PHONE_ADDRESS}:{port + more}"
        register(agent_class, local, server.server)
        phones.append(Caller(directory, f"{transport}-{name}", ["-sf", f"{HARNESS}/{scenario}.xml", "-m", str(CALLS)], local,
                             mode).start())
    uac = Caller(directory, f"{transport}-caller", ["-sn", "uac", "-s", "1002", "-r", "10", "-m", str(CALLS), "-d", "200"], caller,
                 mode, server.server)
    uac.run(40)
    made = uac.expect_clean(CALLS)
    for phone in phones:
        phone.wait(30)
        phone.expect_clean(CALLS)
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    return f"{made} calls, each at {len(PHONES)} phones"


claim("over UDP all three phones ring, one has the call, two hear that it was answered elsewhere",
      lambda: calls("udp", "u1", 5060, Agent))
claim("over TCP all three phones ring, one has the call, two hear that it was answered elsewhere",
      lambda: calls("tcp", "t1", 5160, TcpAgent))
claims.finish()
