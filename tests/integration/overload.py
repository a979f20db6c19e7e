#!/usr/bin/env python3
"""A server that gets a twentieth of a core and far more calls than that is good for.

Each call is completed or refused by 503, those that were up are not hurt, and when the load is gone everything is taken
again. How many are completed is for tests/bench/overload.py to say: a machine that others use, too, is no measure.
"""
# time-limit: 180
import os

from harness import claims, daemon, sandbox
from harness.caller import Caller
from harness.cgroup import CpuQuota
from harness.claims import claim, expect, until

CORES, RATE, SECONDS, HELD = 0.05, 1200, 8, 20
HERE = os.path.dirname(os.path.realpath(__file__))
CALLER = os.path.join(HERE, "harness", "overload_caller.xml")
BUFFER = ["-buff_size", str(4 << 20)]  # what comes at once after a wait must not be lost in sipp
CALLEE = os.path.join(HERE, "harness", "overload_callee.xml")

quota = CpuQuota("understudy-overload")
reason = quota.why_not()
if reason:
    quota.end()
    claims.skip("overload", reason)
    claims.finish()
sandbox.enter()
quota.why_not()
directory = sandbox.directory("overload")
caller, held, callee = (f"{sandbox.PHONE_ADDRESS}:{port}" for port in (5080, 5081, 5090))
server = daemon.Daemon(directory, [daemon.trunk("from", caller), daemon.trunk("holds", held),
                                   daemon.trunk("to", callee, prefix="service"), daemon.extension("1001")],
                       wrapper=quota.wrapper()).start(30)
uas = Caller(directory, "uas", ["-sf", CALLEE, *BUFFER], callee).start()


def calls(name, local, rate, number, hold_ms):
    return Caller(directory, name, ["-sf", CALLER, "-s", "service", "-r", str(rate), "-m", str(number), "-d", str(hold_ms),
                                    "-l", "15000", *BUFFER, "-recv_timeout", "40000"],
                  local, remote=server.server)


def is_over():
    return server.metric("understudy_overloaded") == 0 and server.metric("understudy_overload_accepted_percent") == 100


def overload():
    kept = calls("held", held, 10, HELD, (SECONDS + 12) * 1000).start()
    until(lambda: server.metric("understudy_calls") == HELD, 20, "the calls to be held are not up")
    quota.limit(CORES)
    load = calls("load", caller, RATE, RATE * SECONDS, 500).start()
    load.wait(SECONDS + 90)
    made, refused = load.total("completed"), load.total("refused")
    expect(made + refused == RATE * SECONDS, f"{made} completed and {refused} refused of {RATE * SECONDS}: "
           f"{' '.join(load.errors().split())[:300]}")
    expect(refused > 0, "nothing was refused: this was no overload")
    expect(made > 0, "nothing was completed")
    quota.limit(1.0)
    kept.wait(60)
    expect(kept.total("completed") == HELD, f"{kept.total('completed')} of {HELD} calls that were up ended as they should: "
           f"{' '.join(kept.errors().split())[:300]}")
    return f"{made} completed, {refused} refused"


def told():
    log = server.log_text()
    begins, ends = log.count("overload: a part of what begins something is refused"), log.count("the overload is over")
    episodes = server.metric("understudy_overload_episodes_total")
    expect(begins == episodes >= 1, f"{episodes:.0f} episodes, {begins} lines of their beginning")
    expect(ends == episodes, f"{episodes:.0f} episodes, {ends} lines of their end")
    return f"{episodes:.0f} episodes"


def recovers():
    until(is_over, 60, "the overload does not end")
    until(lambda: "the overload is over" in server.log_text(), 5, "the log does not say that it is over")
    more = calls("after", caller, 20, 100, 200)
    more.run(60)
    expect(more.total("completed") == 100, f"{more.total('completed')} of 100 calls, {more.total('refused')} refused")


def leaves_nothing():
    until(lambda: server.metric("understudy_calls") == 0, 40, "calls are left over")


claim(f"at {RATE} calls a second on {CORES} of a core each is completed or refused by 503, and {HELD} that were up are not hurt",
      overload)
claim("it recovers by itself and takes every call again", recovers)
claim("the log tells of each episode once when it begins and once when it ends", told)
claim("no call is left over", leaves_nothing)
expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
uas.stop()
quota.end()
claims.finish()
