#!/usr/bin/env python3
"""One journal, replayed by two fresh processes and by a program of the other compiler: the same effects, the same state."""
# time-limit: 1200
import json
import os
import subprocess
import time

from harness import claims, daemon, programs, sandbox, sip
from harness.claims import claim, expect
from harness.load import Load

CLANG = os.path.join(programs.ROOT, "bazel-clang-bin/tools/replay")
BUILT = "UNDERSTUDY_CLANG_BUILD"  # "0" once it is built, else the end of the build's output; not set: not tried


def build_with_clang():
    """Before entering the namespaces: Bazel's own server stays outside. A failure is a claim's, later."""
    started = time.monotonic()
    caller = os.environ.get("SUDO_USER")  # whose Bazel it is
    done = subprocess.run([*(["sudo", "-H", "-u", caller] if caller else []), "bazel", "build", "--config=clang",
                           "//tools:replay"], cwd=programs.ROOT, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    print(f"  built with clang in {time.monotonic() - started:.0f} s", flush=True)
    os.environ[BUILT] = "0" if done.returncode == 0 else done.stdout.decode(errors="replace")[-3000:]


if os.environ.get(sandbox.ENTERED) != "1" and not programs.find_missing("clang-14"):
    build_with_clang()
sandbox.enter()
directory = sandbox.directory("determinism")
uac, uas = f"{sandbox.PHONE_ADDRESS}:5080", f"{sandbox.PHONE_ADDRESS}:5090"
server = daemon.Daemon(directory, [daemon.extension("1001"), daemon.trunk("from", uac),
                                   daemon.trunk("to", uas, prefix="service")])
results = {}


def live():
    """Calls, registrations, refusals, a reload, two deaths and an end."""
    server.start()
    load = Load(server.server, uac, uas, 100).start()
    agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
    for expires in (60, 0, 3600):
        agent.register("1001", expires)
    for _ in range(2):
        time.sleep(1.5)
        server.kill()
        server.start()
    failures = load.finish(40)
    expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
    agent.final(agent.build("INVITE", "unknown", "refused", 1))
    server.reload()
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")


def replayed(name, program):
    """From the first entry, by a process of its own; every effect and state digest as recorded."""
    done = subprocess.run([program, server.journal, "--from", "start", "--verify", "--json", "--quiet"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    text = done.stdout.decode(errors="replace")
    expect(done.returncode == 0, f"replay ended with {done.returncode}: {text[-500:]}")
    result = json.loads(text.splitlines()[-1])
    speed = result.pop("entries_per_second")
    results[name] = result
    return f"{speed} entries a second"


def replayed_by_clang():
    """Never by what an older build left there."""
    expect(os.environ[BUILT] == "0", f"bazel build --config=clang //tools:replay failed: {os.environ[BUILT]}")
    return replayed("clang", CLANG)


def same():
    first = results["g++"]
    for name, result in results.items():
        expect(result == first, f"{name}: {result}, g++: {first}")
    expect(first["entries"] > 1000, f"only {first['entries']} entries")
    return f"{len(results)} replays of {first['entries']} entries: chain {first['effects_chain']}, state {first['state_digest']}"


if claim("a server lives, dies and lives on", live):
    claim("replayed and verified by the g++ build", lambda: replayed("g++", programs.built("tools/replay")))
    claim("replayed and verified by another process", lambda: replayed("g++ again", programs.built("tools/replay")))
    if BUILT in os.environ:
        claim("replayed and verified by the clang build", replayed_by_clang)
    else:
        claims.skip("replayed and verified by the clang build", "clang-14 is not installed")
    claim("all replays give the same effects chain and the same state", same)
claims.finish()
