"""One measurement of the pair each: its price in delay and processor, how a backup that was away is filled, how fast it replays."""
import os
import shutil
import signal
import time

import measure
import procfs
from pair_servers import await_
from measure import Incomplete, percentile

RELEASE, DISK = "understudy_release_latency_seconds", "understudy_commit_latency_seconds"
SENT = "understudy_replicated_bytes_total"
IN_SYNC, CONNECTED, BEGUN, TAKEN, PROVEN, RECOVERED = ("00-20090", "00-20080", "00-20104", "00-20105", "00-20106", "00-04510")
HELD_SECONDS = 3600
PROBE_SECONDS = 10
LONGEST_RESYNC = 180


def latency(bench, make_server, rate, seconds):
    """Calls at a rate through one server or a pair: figures as measure.at_rate, and what the pair adds."""
    with bench.session(make_server) as session:
        server = session.server
        pair = hasattr(server, "backup")
        buckets, facts = server.histogram(RELEASE), server.facts()
        backup = server.backup_cpu_seconds() if pair else 0
        figures = session.run(rate, seconds)
        spent = server.backup_cpu_seconds() - backup if pair else 0
        later, now = server.histogram(RELEASE), server.facts()
        count = now[RELEASE + "_count"] - facts[RELEASE + "_count"]
        done = max(figures["done"], 1)
        figures.update({
            "backup_cpu_per_10k": spent / done * 10000, "commits_a_second": count / seconds,
            "commit_mean_ms": (now[RELEASE + "_sum"] - facts[RELEASE + "_sum"]) / max(count, 1) * 1000,
            "commit_p50_ms": quantile(buckets, later, 0.5) * 1000, "commit_p99_ms": quantile(buckets, later, 0.99) * 1000,
            "disk_mean_ms": disk_mean_ms(facts, now),
            "bytes_per_call": (now.get(SENT, 0) - facts.get(SENT, 0)) / done,
            "in_sync": bool(not pair or server.is_ready())})
        if not figures["in_sync"]:
            raise Incomplete("the pair was not in sync at the end")
        return figures


def disk_mean_ms(before, after):
    count = after[DISK + "_count"] - before[DISK + "_count"]
    return (after[DISK + "_sum"] - before[DISK + "_sum"]) / max(count, 1) * 1000


def quantile(before, after, share):
    """Seconds, straight between the bounds of a bucket."""
    earlier = dict(before)
    counts = [(bound, count - earlier.get(bound, 0)) for bound, count in after]
    wanted = share * counts[-1][1] if counts else 0
    low, below = 0.0, 0
    for bound, count in counts:
        if count >= wanted and count > below:
            return low if bound == float("inf") else low + (bound - low) * (wanted - below) / (count - below)
        low, below = bound, count
    return float("nan")


def hold(session, calls, rate):
    """Sets so many calls up and keeps them. Incomplete unless the server has them all."""
    caller = session.call(rate, calls, HELD_SECONDS * 1000)
    before = session.server.held_calls()
    end = time.monotonic() + calls / rate * 3 + 60
    while session.server.held_calls() < before + calls:
        if time.monotonic() > end:
            raise Incomplete(f"{session.server.held_calls()} of {calls} calls are up, {caller.total('FailedCall')} failed")
        time.sleep(0.5)
    return caller


class Probe:
    """A few new calls a second, and how long each took to set up."""

    def __init__(self, session, rate, seconds):
        self.began = time.time()
        self.caller = session.load.call(session.port, session.server.probe_port, rate, rate * seconds, 300)
        self.seconds = seconds

    def finish(self):
        self.caller.wait(self.seconds + 30)
        self.caller.stop()
        return self

    def between(self, begin, end):
        """(p50, p99, how many) of those that began then, in milliseconds; about, for sipp has a clock of its own."""
        setups = self.caller.setups()
        first = min((when for when, _ in setups), default=0)
        times = sorted(took for when, took in setups if begin <= self.began + (when - first) / 1000 <= end)
        return percentile(times, 50), percentile(times, 99), len(times)


def first_event(node, event, after):
    found = node.events(event, after)
    return found[0] if found else (float("nan"), "")


def fill(session, probe_rate, prepare, probe_seconds=30):
    """How long a backup takes to be whole, and what it costs. `prepare` makes it come: starts it, or asks for a resync."""
    pair = session.server
    usual = Probe(session, probe_rate, PROBE_SECONDS).finish()
    probe = Probe(session, probe_rate, probe_seconds)
    time.sleep(1)
    facts, disk, cpu = pair.facts(), pair.histogram(DISK), procfs.cpu_seconds(pair.primary.pids())
    began = time.time()
    prepare()
    rise = await_ready(pair, began)
    ready, disk_later = time.time(), pair.histogram(DISK)
    await_(lambda: pair.primary.events(PROVEN, began) and pair.backup.events(PROVEN, began), 60, "the nodes do not compare their states")
    proven = pair.primary.events(PROVEN, began)[0]
    probe.finish()
    linked = first_event(pair.primary, CONNECTED, began)[0]
    return {
        "calls": pair.held_calls(), "probe_rate": probe_rate, "linked_after": linked - began, "ready_seconds": ready - linked,
        "in_sync_seconds": first_event(pair.primary, IN_SYNC, began)[0] - linked,
        "proven_seconds": proven[0] - linked, "proof": proven[1],
        "begun": first_event(pair.primary, BEGUN, began)[1], "taken": first_event(pair.backup, TAKEN, began)[1],
        "taken_seconds": first_event(pair.backup, TAKEN, began)[0] - linked,
        "recovered": last_line(pair.backup, RECOVERED, began), "bytes_tail": pair.facts()[SENT] - facts[SENT],
        "primary_cpu_seconds": procfs.cpu_seconds(pair.primary.pids()) - cpu,
        "primary_rss_mib": rss_mib(pair.primary), "backup_rss_mib": rss_mib(pair.backup), "memory_rise_mib": rise,
        "before": usual.between(0, time.time()), "during": probe.between(linked, ready), "after_": probe.between(ready, ready + 10),
        "disk_p50_ms": quantile(disk, disk_later, 0.5) * 1000, "disk_p99_ms": quantile(disk, disk_later, 0.99) * 1000,
        "failed_probes": probe.caller.total("FailedCall"), "repeated_probes": probe.caller.total("Retransmissions"),
        "slow_commits_ms": pair.slow_commits_ms(), "load_average": os.getloadavg()[0]}


def last_line(node, event, after):
    found = node.events(event, after)
    return found[-1][1] if found else ""


def await_ready(pair, began):
    """Until both say so, after the resync. MiB by which the machine's anonymous memory rose meanwhile: children, too."""
    usual = most = procfs.anonymous_bytes()

    def ready():
        nonlocal most
        most = max(most, procfs.anonymous_bytes())
        return pair.primary.events(IN_SYNC, began) and pair.is_ready()

    await_(ready, LONGEST_RESYNC, "the pair is not in sync")
    return (most - usual) / 2**20


def rss_mib(node):
    return procfs.peak_rss_bytes(node.pids()) / 2**20


def go_away(pair):
    """The backup ends; returns when the primary serves alone."""
    pair.backup.stop()
    await_(lambda: pair.primary.status().get("unprotected") == 1, 20, "the primary does not go on alone")


def come_blank(pair):
    shutil.rmtree(os.path.join(pair.backup.directory, "journal"))
    pair.backup.begin()


def come_asking(pair):
    """Starts the backup so that it asks for the state, although the tail would do: the primary stands still meanwhile."""
    process = pair.primary.process
    process.send_signal(signal.SIGSTOP)
    try:
        pair.backup.begin()
        await_(lambda: pair.backup.control("resync")[0] == 0, 20, "the backup does not take a command", interval=0.05)
    finally:
        process.send_signal(signal.SIGCONT)


def resync(bench, make_server, calls, rate, missing, settle, probe_rate, say):
    """Rows of (what, figures): an absent backup, a blank one, one that has everything, one that lacks `missing` calls."""
    with bench.session(make_server) as session:
        pair = session.server
        go_away(pair)
        held = [hold(session, calls, rate)]
        say(f"{calls} calls are up")
        time.sleep(settle)
        yield "was away during all of them", fill(session, probe_rate, pair.backup.begin)
        go_away(pair)
        yield "blank", fill(session, probe_rate, lambda: come_blank(pair))
        yield "has everything, asked to fetch the state", fill(session, probe_rate, lambda: pair.backup.control("resync"))
        if missing:
            go_away(pair)
            session.caller, first = None, held[0]
            held.append(more_calls(session, missing, rate))
            yield f"lacks {missing} calls, asked to fetch the state", fill(session, probe_rate, lambda: come_asking(pair))
            held[1].stop()
            session.caller = first


def more_calls(session, calls, rate):
    """From another port than the other held calls."""
    before = session.server.held_calls()
    caller = session.load.call(session.port, session.server.more_port, rate, calls, HELD_SECONDS * 1000)
    await_(lambda: session.server.held_calls() >= before + calls, calls / rate * 3 + 60, "the calls are not up", interval=0.2)
    return caller


def paced(bench, make_server, calls, rate, settle, probe_rate):
    """The same of a backup that is blank, at the pace of ha-max-calls-sync-at-once."""
    with bench.session(make_server) as session:
        go_away(session.server)
        hold(session, calls, rate)
        time.sleep(settle)
        return fill(session, probe_rate, lambda: come_asking(session.server))


def replay(bench, make_server, calls, rate):
    """Entries a second of a backup that catches up by the log's tail, from its Hello until the pair is in sync."""
    with bench.session(make_server) as session:
        pair = session.server
        end = last_lsn(pair.backup)
        go_away(pair)
        hold(session, calls, rate)
        time.sleep(1)
        wanted, began = last_lsn(pair.primary), time.time()
        cpu = procfs.cpu_seconds(pair.primary.pids())
        pair.backup.begin()
        await_ready(pair, began)
        seconds = first_event(pair.primary, IN_SYNC, began)[0] - first_event(pair.primary, CONNECTED, began)[0]
        return {"entries": wanted - end, "seconds": seconds, "entries_a_second": (wanted - end) / seconds,
                "whole": bool(pair.primary.events(BEGUN, began)), "backup_cpu_seconds": pair.backup_cpu_seconds(),
                "primary_cpu_seconds": procfs.cpu_seconds(pair.primary.pids()) - cpu, "load_average": os.getloadavg()[0]}


def last_lsn(node):
    return node.status()["lsn"]
