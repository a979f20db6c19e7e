#!/usr/bin/env python3
"""The primary of a pair dies by SIGKILL again and again while calls are set up to names that DNS must be asked for, and to numbers
whose three phones ring at once: no call fails, and nobody rings on.

Every other time DNS says nothing when the primary dies: calls wait for their names then, and the successor asks again.
UNDERSTUDY_KILLS says how often the primary dies.
"""
# time-limit: 200
import itertools
import os
import random
import time

from harness import claims, daemon, dns, sandbox
from harness.claims import claim, expect, until
from harness.load import Load
from harness.pair import Pair
from harness.ringing_load import NumbersCaller, RingingCalled

WANTED = int(os.environ.get("UNDERSTUDY_KILLS", "0"))
KILLS, LONGEST, FEWEST = (WANTED, 3600, WANTED) if WANTED else (45, 70, 15)  # deaths, at most so many seconds for them
DEATHS = [(True, False), (False, False), (True, True), (False, False), (True, False), (False, True)]  # whether DNS is silent; die()
RATE, TALK, TTL = 8, 1.0, 5
PHONES = sandbox.PHONE_ADDRESS
NAMED, SHARED, BEHIND = [str(2001 + index) for index in range(40)], [str(3001 + index) for index in range(4)], "9-ring"
PHONE_PORT, GATEWAY_PORTS, SHARED_PORTS = 5291, (5391, 5392), (5491, 5492, 5493)
CALLERS = {"to-names": f"{PHONES}:5181", "to-many": f"{PHONES}:5182"}
RECORDS = [dns.naptr("gw.example", 10, "SIP+D2U", "_sip._udp.gw.example"), dns.host("gateway.example", PHONES),
           *(dns.srv("_sip._udp.gw.example", "gateway.example", port, 10) for port in GATEWAY_PORTS),
           f"--address=/phones.example/{PHONES}"]

sandbox.enter()
directory = sandbox.directory("pair_locating")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
names = dns.Dns(directory, ttl=TTL)
pair = Pair(directory, [*(daemon.trunk(name, address) for name, address in CALLERS.items()), daemon.trunk("gw", "gw.example", BEHIND[0]),
                        *(daemon.extension(number, ", resolve-external-contact: true") for number in NAMED),
                        *(daemon.extension(number) for number in SHARED)],
            options="sip-enable-rfc3263: true", node=f'  dns-servers: "{names.server}"\n  dns-timeout: 2s\n')


def load(caller, numbers, called):
    """`called`: how many of all calls each port refuses."""
    parties = [RingingCalled(f"{PHONES}:{port}", pair.server, chance, refuses=refuses) for port, refuses in called.items()]
    return Load(pair.server, None, None, RATE, parties=(NumbersCaller(CALLERS[caller], pair.server, numbers, TALK, chance), *parties))


# every other call of to-names is for a phone whose name nobody has asked for in the last seconds
to_names = load("to-names", [number for name in NAMED for number in (name, BEHIND)], dict.fromkeys((PHONE_PORT, *GATEWAY_PORTS), 0))
to_many = load("to-many", SHARED, {SHARED_PORTS[0]: 0, SHARED_PORTS[1]: 0, SHARED_PORTS[2]: 0.5})
waited = []  # calls that began while DNS said nothing and the primary died


def register(party, number, host=None):
    agent = party.agent
    request = agent.build("REGISTER", number, f"register-{number}-{agent.port}", 1, number, headers="Expires: 3600\r\n")
    answer = agent.final(request.replace(f"Contact: <sip:{number}@{PHONES}", f"Contact: <sip:{number}@{host or PHONES}"))
    expect(answer.status == 200, f"REGISTER of {number} got {answer.first}")


def prepare():
    names.start(RECORDS)
    for node in pair.nodes:
        node.restart_after = lambda: chance.uniform(0, 0.5)
    pair.start()
    for number in NAMED:
        register(to_names.called, number, f"p{number}.phones.example")
    for number in SHARED:
        for party in to_many.parties[1:]:
            register(party, number)
    for one in (to_names, to_many):
        one.start()
    until(lambda: to_names.caller.made and to_many.caller.made, 20, "no call has been made")
    return f"{RATE} calls a second to names, {RATE} to three phones at once; seed {seed}"


def die(silent, again):
    """`again`: the successor, too, before its peer is back; then nobody serves until it is."""
    if silent:
        names.freeze()
        begun = len(to_names.caller.legs)
        time.sleep(chance.uniform(0.4, 0.8))
        waited.append(len(to_names.caller.legs) - begun)
    pair.primary().kill()
    if again:
        time.sleep(chance.uniform(0, 0.3))
        pair.primary().kill()
    pair.primary()
    if silent:
        names.thaw()


def die_often():
    end, deaths = time.monotonic() + LONGEST, 0
    for silent, again in itertools.islice(itertools.cycle(DEATHS), KILLS):
        if time.monotonic() > end:
            break
        pair.wait_ready(60)
        time.sleep(chance.uniform(0, 0.7))
        die(silent, again)
        deaths += 1
        pair.expect_no_crash()
        failures = to_names.failures() + to_many.failures()
        expect(not failures, f"{len(failures)} calls have failed, first {failures[:3]}")
    expect(deaths >= FEWEST, f"only {deaths} deaths in {LONGEST} s")
    expect(any(waited), "no call began while DNS said nothing")
    return f"{deaths} deaths; {sum(waited)} calls began while DNS said nothing, before {len(waited)} of them"


def all_end(one):
    failures = one.finish(60)
    expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
    taken = [len(party.legs) for party in one.parties[1:]]
    expect(all(taken) and one.caller.made and one.caller.cancelled, f"{taken} calls came")
    return f"{one.caller.made} made, {one.caller.cancelled} cancelled; {taken} rang; {one.repeated()} repetitions"


def nobody_left():
    pair.wait_ready(60)
    until(lambda: pair.primary().metric("understudy_calls") == 0, 10, "calls are left over")
    asked = [line for line in names.questions() if ".phones.example" in line]
    expect(len(asked) >= len(NAMED), f"DNS was asked for {len(asked)} phones")
    return f"DNS was asked {len(names.questions())} times, {len(asked)} times for phones"


def equal_journals():
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, and calls come, to names and to numbers with three phones", prepare):
    claim("the primary dies often, with and without an answer of DNS to come", die_often)
    claim("each call to a name is answered or cancelled, and every phone's ringing ends", lambda: all_end(to_names))
    claim("so is each call to three phones: one has it, and the others ring no longer", lambda: all_end(to_many))
    claim("no call is left over", nobody_left)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
