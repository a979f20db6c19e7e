#!/usr/bin/env python3
"""The primary of a pair dies by SIGKILL again and again while all phones talk to it over TCP: their connections die with
it, they connect and register again, and no call is lost, whether it is established, rings, or has messages under way.

UNDERSTUDY_KILLS says how often the primary dies.
"""
# time-limit: 290
import itertools
import os
import random
import time

from harness import claims, daemon, sandbox
from harness.caller import Caller
from harness.claims import claim, expect
from harness.load import Load
from harness.pair import Pair
from harness.ringing_load import RingingLoad
from harness.tcp_agent import TcpAgent
from harness.tcp_phone import TcpPhone

WANTED = int(os.environ.get("UNDERSTUDY_KILLS", "0"))
KILLS, LONGEST, FEWEST = (WANTED, 3600, WANTED) if WANTED else (40, 190, 30)  # deaths, at most so many seconds for them
PAIRS, SIPP_HELD, RATE, RINGING_RATE = 8, 20, 10, 4

HARNESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness")

sandbox.enter()
directory = sandbox.directory("pair_tcp")
PHONES = sandbox.PHONE_ADDRESS
ADDRESSES = {name: f"{PHONES}:{port}" for name, port in (
    ("caller", 5180), ("called", 5190), ("ringing", 5181), ("rung", 5191), ("sipp", 5182))}


def tcp_trunk(name, address, prefix=""):
    return daemon.trunk(name, f"sip:{ADDRESSES[address]};transport=tcp", prefix)


NUMBERS = [str(1001 + number) for number in range(2 * PAIRS + 3)]
DNS = [daemon.extension(number) for number in NUMBERS] + [
    tcp_trunk("from", "caller"), tcp_trunk("to", "called", "service"), tcp_trunk("from-ringing", "ringing"),
    tcp_trunk("rings", "rung", "9"), tcp_trunk("from-sipp", "sipp")]
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
pair = Pair(directory, DNS)
OPERATOR = NUMBERS[-1]
phones = [TcpPhone(number, f"{PHONES}:{5200 + index}", pair.server) for index, number in enumerate(NUMBERS)]
ringer, rung, operator = phones[-3:]
load = Load(pair.server, ADDRESSES["caller"], ADDRESSES["called"], RATE, agent=TcpAgent)
ringing = RingingLoad(pair.server, ADDRESSES["ringing"], ADDRESSES["rung"], RINGING_RATE, "9-ring", seed, agent=TcpAgent)
sipp = Caller(directory, "sipp", [
    "-sf", os.path.join(HARNESS, "held_caller.xml"), "-s", OPERATOR, "-r", "10", "-m", str(SIPP_HELD), "-max_reconnect", "100000",
    "-reconnect_close", "false", "-reconnect_sleep", "50"], ADDRESSES["sipp"], transport="t1", remote=pair.server)
held, with_sipp, deaths, ended, odd = [], [], [], {"answered": 0, "refused": 0, "cancelled": 0}, []


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
    sipp.start()
    with_sipp.extend(operator.answered() for _ in range(SIPP_HELD))
    ringing.start()
    load.start()
    return f"{PAIRS} calls held, {SIPP_HELD} with sipp, {RATE} a second, {RINGING_RATE} more that ring; seed {seed}"


def die_often():
    end, ends = time.monotonic() + LONGEST, itertools.cycle(ended)
    while len(deaths) < KILLS and time.monotonic() < end:
        pair.wait_ready(60)
        time.sleep(chance.uniform(0, 0.5))
        die(next(ends))
        pair.expect_no_crash()
    expect(len(deaths) >= FEWEST, f"only {len(deaths)} deaths in {LONGEST} s")
    return f"{len(deaths)} deaths; calls that rang then: {ended}"


def die(end):
    """One death, with a call that rings, and requests inside calls that nobody has answered yet."""
    call = ringer.wait(ringer.dial(rung.number), "ringing")
    incoming = rung.incoming()
    connections = [phone.agent.connects for phone in phones]
    waiting = [(phone, phone.ask(call_held, "INFO")) for phone, call_held, _, _ in held]
    time.sleep(chance.choice((0, chance.uniform(0, 0.02))))
    deaths.append(pair.primary().kill())
    for phone, before in zip(phones, connections):
        phone.wait_registered(before + 1)
    end_ringing(end, call, incoming)
    for phone, key in waiting:
        status = phone.outcome(key)
        if status != 200:
            odd.append(status)
    for caller, ours, called, theirs in held:
        expect(caller.request(ours, "INFO") == 200, f"INFO of {caller.number} after death {len(deaths)}")
        expect(called.request(theirs, "INFO") == 200, f"INFO of {called.number} after death {len(deaths)}")
        expect((ours.state, theirs.state) == ("talking", "talking"), f"the call of {caller.number} is {ours.state}, {theirs.state}")


def end_ringing(end, call, incoming):
    if end == "cancelled":
        ringer.cancel(call)
    else:
        rung.answer(incoming, "200 OK" if end == "answered" else "486 Busy Here")
    ringer.wait(call, "talking" if end == "answered" else "ended")
    expect(call.status == {"answered": 200, "refused": 486, "cancelled": 487}[end], f"a {end} call got {call.status}")
    if end == "answered":
        expect(rung.request(incoming, "BYE") == 200, "BYE of the called")
        ringer.wait(call, "ended")
    else:
        rung.wait(incoming, "ended")
    ended[end] += 1


def load_calls(of):
    failures = of.finish(60)
    expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
    return f"{of.caller.made} made, {getattr(of.caller, 'cancelled', 0)} cancelled, {of.repeated()} repetitions"


def held_calls():
    for caller, ours, called, theirs in held:
        expect(caller.request(ours, "BYE") == 200, f"BYE of {caller.number}")
        called.wait(theirs, "ended")
    return f"{len(held)} calls released with 200; {sum(phone.repeated for phone in phones)} requests repeated; odd {odd}"


def sipp_calls():
    """sipp learns that its connection broke when it writes next; what it writes then is lost, and that call's end with it."""
    for call in with_sipp:
        expect(operator.request(call, "BYE") == 200, "BYE of a call with sipp")
    sipp.wait(20)
    made, failed = sipp.total("SuccessfulCall"), sipp.total("FailedCall")
    expect(made + failed == SIPP_HELD and failed <= 1, f"sipp: {made} calls, {failed} failed; see {sipp.prefix}.errors")
    return f"{made} calls, {failed} whose last answer sipp lost"


def equal_journals():
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, phones have registered over TCP and talk", prepare):
    claim("the primary dies often: requests get through both ways, and what rang can be answered, refused, cancelled", die_often)
    claim("every held call is released as if nothing had happened", held_calls)
    claim("so is every call with sipp", sipp_calls)
    claim("every call that rang for a while could be answered or cancelled", lambda: load_calls(ringing))
    claim("no other call failed", lambda: load_calls(load))
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
