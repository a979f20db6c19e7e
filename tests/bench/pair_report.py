"""The pair's figures for people."""
import re
import statistics

from report import number

ALONE = "alone"
COLUMNS = (("setup_p50_ms", "p50 ms", 2), ("setup_p99_ms", "p99 ms", 2), ("commit_mean_ms", "commit ms", 3),
           ("commit_p50_ms", "its p50", 3), ("commit_p99_ms", "its p99", 3), ("commits_a_second", "commits/s", 0),
           ("cpu_per_10k", "CPU s/10k", 2), ("backup_cpu_per_10k", "backup's", 2), ("bytes_per_call", "bytes/call", 0),
           ("failed", "failed", 0), ("retransmitted", "retrans", 0))


def latency_line(mode, figures):
    return (f"{mode}: set-up p50 {figures['setup_p50_ms']:.2f} ms, p99 {figures['setup_p99_ms']:.2f} ms, batch to commit "
            f"{figures['commit_mean_ms']:.3f} ms, CPU {figures['cpu_per_10k']:.2f} + {figures['backup_cpu_per_10k']:.2f} s/10k, "
            f"{figures['failed']} failed, {figures['retransmitted']} retransmitted")


def latency_table(title, rows):
    """`rows`: {mode: [figures of each round]}."""
    lines = [title, f"  {'':10}" + "".join(f"{name:>11}" for _, name, _ in COLUMNS)]
    middle = {mode: {key: statistics.median(row[key] for row in found) for key, _, _ in COLUMNS} for mode, found in rows.items()}
    for mode, row in middle.items():
        lines.append(f"  {mode:10}" + "".join(f"{number(row[key], digits):>11}" for key, _, digits in COLUMNS))
    for mode, row in middle.items():
        if mode == ALONE or ALONE not in middle:
            continue
        added = {key: row[key] - middle[ALONE][key] for key in ("setup_p50_ms", "commit_mean_ms", "commit_p50_ms")}
        lines.append(f"  {mode} adds {added['setup_p50_ms']:+.2f} ms to the set-up's p50; {added['commit_mean_ms']:+.3f} ms to a "
                     f"commit (mean), {added['commit_p50_ms']:+.3f} ms (p50)")
    return "\n".join(lines)


def fact(line, name):
    found = re.search(rf"\b{name}=(\S+)", line)
    return found.group(1) if found else "-"


def probes(row):
    p50, p99, count = row
    return f"p50 {p50:.1f}, p99 {p99:.1f} ms of {count}"


def fill_text(what, row):
    """A backup that is filled: what came how, and when."""
    way = (f"state: {fact(row['taken'], 'calls_sent')} calls sent, {fact(row['taken'], 'calls_known')} known, "
           f"{fact(row['taken'], 'bytes')} bytes of state, {fact(row['taken'], 'received')} over the link, there after "
           f"{row['taken_seconds']:.2f} s; then " if row["taken"] else "") + f"tail: {row['bytes_tail']:,.0f} bytes"
    proof = row["proof"].partition("what=")[2].strip('"')
    return "\n".join([
        f"  {what}: ready {row['ready_seconds']:.2f} s after the link came up ({row['linked_after']:.2f} s after the start)", f"    {way}",
        f"    in sync after {row['in_sync_seconds']:.2f} s; both states proven equal after {row['proven_seconds']:.2f} s: {proof}",
        f"    new calls at {row['probe_rate']}/s, set-up before: {probes(row['before'])}; meanwhile: {probes(row['during'])}; "
        f"10 s after: {probes(row['after_'])}; {row['failed_probes']} failed, {row['repeated_probes']} retransmitted; the primary's own commits meanwhile: "
        f"p50 {row['disk_p50_ms']:.1f}, p99 {row['disk_p99_ms']:.1f} ms",
        f"    memory: primary at most {row['primary_rss_mib']:.0f} MiB, backup {row['backup_rss_mib']:.0f} MiB; "
        f"the machine's rose by {row['memory_rise_mib']:.0f} MiB; the primary used {row['primary_cpu_seconds']:.2f} CPU s; "
        f"slow commits {row['slow_commits_ms']}; load average {row['load_average']:.1f}"])


def replay_text(mode, row):
    way = "by the whole state, so this says nothing: take fewer calls" if row["whole"] else "by the tail"
    return (f"{mode}: {row['entries']:,} entries in {row['seconds']:.2f} s {way}: {row['entries_a_second']:,.0f} entries/s; "
            f"the backup used {row['backup_cpu_seconds']:.2f} CPU s with its start, the primary {row['primary_cpu_seconds']:.2f}; "
            f"load average {row['load_average']:.1f}")
