#!/usr/bin/env python3
"""The primary of a pair dies by SIGKILL again and again while all phones talk to it over TLS: their connections die with
it, they connect and register again, and no call is lost.

UNDERSTUDY_KILLS says how often the primary dies.
"""
# time-limit: 240
import os
import random
import shutil
import sys
import time

from harness import claims, daemon, sandbox
from harness.certificates import Certificates
from harness.claims import claim, expect
from harness.pair import Pair
from harness.tcp_phone import TcpPhone
from harness.tls_agent import tls_agent

KILLS = int(os.environ.get("UNDERSTUDY_KILLS", "0")) or 12
PAIRS, TLS_PORT = 6, 5061

sandbox.enter()
directory = sandbox.directory("pair_sip_tls")
if not shutil.which("openssl"):
    claims.skip("a pair over TLS", "openssl is not installed")
    claims.finish()
    sys.exit()
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)
agent = tls_agent(*pki.certificate("phone", sandbox.PHONE_ADDRESS), pki.ca)
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
NUMBERS = [str(1001 + number) for number in range(2 * PAIRS + 2)]
pair = Pair(directory, [daemon.extension(number) for number in NUMBERS], options=f"sip-tls-port: {TLS_PORT}",
            streams={"tls": TLS_PORT},
            node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-tls-ca: {pki.ca}\n  sip-tls-mutual: true\n")
server = f"{sandbox.ADDRESS}:{TLS_PORT}"
phones = [TcpPhone(number, f"{sandbox.PHONE_ADDRESS}:{5200 + index}", server, agent=agent)
          for index, number in enumerate(NUMBERS)]
ringer, rung = phones[-2:]
held, odd = [], []


def prepare():
    for node in pair.nodes:
        node.restart_after = lambda: chance.uniform(0, 0.5)
    pair.start()
    for phone in phones:
        phone.start()
    for caller, called in zip(phones[:2 * PAIRS:2], phones[1:2 * PAIRS:2]):
        ours = caller.dial(called.number)
        theirs = called.incoming()
        called.answer(theirs)
        held.append((caller, caller.wait(ours, "talking"), called, theirs))
    return f"{PAIRS} calls held; seed {seed}"


def die_often():
    for _ in range(KILLS):
        pair.wait_ready(60)
        time.sleep(chance.uniform(0, 0.3))
        die()
        pair.expect_no_crash()
    return f"{KILLS} deaths"


def die():
    """One death, with a call that rings, and requests inside calls that nobody has answered yet."""
    call = ringer.wait(ringer.dial(rung.number), "ringing")
    incoming = rung.incoming()
    connections = [phone.agent.connects for phone in phones]
    waiting = [(phone, phone.ask(call_held, "INFO")) for phone, call_held, _, _ in held]
    pair.primary().kill()
    for phone, before in zip(phones, connections):
        phone.wait_registered(before + 1)
    rung.answer(incoming)
    ringer.wait(call, "talking")
    expect(rung.request(incoming, "BYE") == 200, "BYE of the called")
    ringer.wait(call, "ended")
    for phone, asked in waiting:
        status = phone.outcome(asked)
        if status != 200:
            odd.append(status)
    for caller, ours, called, theirs in held:
        expect(caller.request(ours, "INFO") == 200, f"INFO of {caller.number}")
        expect(called.request(theirs, "INFO") == 200, f"INFO of {called.number}")


def held_calls():
    for caller, ours, called, theirs in held:
        expect(caller.request(ours, "BYE") == 200, f"BYE of {caller.number}")
        called.wait(theirs, "ended")
    return f"{len(held)} calls released with 200; {sum(phone.repeated for phone in phones)} requests repeated; odd {odd}"


def equal_journals():
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, phones have registered over mutual TLS and talk", prepare):
    claim("the primary dies often: requests get through both ways, and what rang can be answered", die_often)
    claim("every held call is released as if nothing had happened", held_calls)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
