#!/usr/bin/env python3
"""sipp's own callers through the server, from one Trunk to another, over UDP and TCP at 50 calls a second.

A retransmission is no failure, but it has a reason: each must end half a second in which the server's commits were slow,
by its own log, and no call repeats more than once in a second.
"""
# time-limit: 150
from harness import claims, daemon, sandbox, stalls
from harness.caller import Caller
from harness.claims import claim, expect

CALLS, RATE = 500, 50

sandbox.enter()
directory = sandbox.directory("sipp")


def calls(transport, port, mode):
    """CALLS of sipp's uac to sipp's uas through a server of their own."""
    caller, callee = f"{sandbox.PHONE_ADDRESS}:{port + 20}", f"{sandbox.PHONE_ADDRESS}:{port + 30}"
    suffix = f";transport={transport}"
    server = daemon.Daemon(directory, [daemon.trunk("from", f"sip:{caller}{suffix}"),
                                       daemon.trunk("to", f"sip:{callee}{suffix}", prefix="service")],
                           name=f"sip-{transport}", port=port).start()
    uas = Caller(directory, f"uas-{transport}", ["-sn", "uas"], callee, mode).start()
    uac = Caller(directory, f"uac-{transport}", ["-sn", "uac", "-r", str(RATE), "-m", str(CALLS), "-d", "200"], caller,
                 mode, server.server)
    uac.run(CALLS / RATE + 40)
    made = uac.expect_clean(CALLS)
    expect(uas.unexpected() == 0, f"the called side had {uas.unexpected()} unexpected: {uas.errors()[:300]}")
    uas.stop()
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    return f"{made} calls, {explained(server, uac.retransmissions() + uas.retransmissions())}"


def explained(server, retransmissions):
    slow = stalls.slow_commits(server.log)
    for when, count, calls_then in retransmissions:
        print(f"  {count} retransmissions of {calls_then} calls in the second before {when:.1f}; slow commits: "
              f"{[f'{end:.1f} ({1000 * (end - begin):.0f} ms)' for begin, end in slow]}")
        expect(stalls.explain(when, slow), f"{count} retransmissions at {when:.1f} without a stall of half a second; "
               f"see {server.log}")
        expect(count <= calls_then, f"{count} retransmissions of {calls_then} calls at {when:.1f}")
    return f"{sum(count for _, count, _ in retransmissions)} retransmissions, {len(slow)} slow commits"


claim(f"sipp to sipp over UDP at {RATE} calls a second: none failed, nothing unexpected", lambda: calls("udp", 5060, "u1"))
claim(f"sipp to sipp over TCP at {RATE} calls a second: none failed, nothing unexpected", lambda: calls("tcp", 5160, "t1"))
claims.finish()
