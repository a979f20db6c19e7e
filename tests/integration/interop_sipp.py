#!/usr/bin/env python3
"""sipp's own callers through the server, from one Trunk to another, over UDP and TCP at 50 calls a second.

A retransmission is no failure, but it has a reason: each must fall together with a commit that was slow, by the
server's own log.
"""
# time-limit: 90
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
    for when, count in retransmissions:
        print(f"  {count} retransmissions in the second before {when:.1f}; slow commits: "
              f"{[f'{at:.1f} ({took:.0f} ms)' for at, took in slow]}")
        expect(stalls.explain(when, slow), f"{count} retransmissions at {when:.1f} without a slow commit; see {server.log}")
    return f"{sum(count for _, count in retransmissions)} retransmissions, {len(slow)} slow commits"


claim(f"sipp to sipp over UDP at {RATE} calls a second: none failed, nothing unexpected", lambda: calls("udp", 5060, "u1"))
claim(f"sipp to sipp over TCP at {RATE} calls a second: none failed, nothing unexpected", lambda: calls("tcp", 5160, "t1"))
claims.finish()
