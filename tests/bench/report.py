"""Medians and tables for people."""
import math
import statistics

from measure import ACHIEVED_SHARE

OURS, THEIRS = "understudy", "kamailio"
FIGURES = ("done", "failed", "retransmitted", "cpu_per_10k", "setup_p50_ms", "setup_p99_ms", "peak_pss_mib", "cpu_share",
           "kib_per_call", "kib_per_call_later", "bytes_per_finished", "achieved", "sipp_share", "peak_rss_mib")
FLAT_PERCENT = 10  # what memory at rest may vary by


def median_of(rounds):
    """One dictionary of the medians of several."""
    result = dict(rounds[-1])
    for name in FIGURES:
        values = [row[name] for row in rounds if name in row and not math.isnan(row[name])]
        if values:
            result[name] = statistics.median(values)
    result["rounds"] = len(rounds)
    return result


def ratio(ours, theirs, name):
    if not ours or not theirs or not theirs.get(name):
        return "-"
    value = ours.get(name, math.nan) / theirs[name]
    return "-" if math.isnan(value) else f"{value:.2f}"


def number(value, digits):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:,.{digits}f}"


def load_table(title, results):
    """`results`: {server: medians}."""
    lines = [title, f"  {'':12}{'calls':>9}{'failed':>8}{'retrans':>9}{'CPU s/10k':>11}{'core':>7}{'p50 ms':>9}"
                    f"{'p99 ms':>9}{'peak MiB':>10}{'got /s':>9}{'sipp':>6}"]
    for name, row in results.items():
        lines.append(f"  {name:12}{number(row['done'], 0):>9}{number(row['failed'], 0):>8}"
                     f"{number(row['retransmitted'], 0):>9}{number(row['cpu_per_10k'], 2):>11}"
                     f"{number(row['cpu_share'] * 100, 0) + '%':>7}{number(row['setup_p50_ms'], 2):>9}"
                     f"{number(row['setup_p99_ms'], 2):>9}{number(row['peak_pss_mib'], 0):>10}"
                     f"{number(row['achieved'], 0):>9}{number(row['sipp_share'] * 100, 0) + '%':>6}"
                     f"{'  sipp-bound' if row['achieved'] < ACHIEVED_SHARE * row['rate'] else ''}")
    ours, theirs = results.get(OURS), results.get(THEIRS)
    if ours and theirs:
        lines.append(f"  {'ratio':12}{'':26}{ratio(ours, theirs, 'cpu_per_10k'):>11}{'':7}"
                     f"{ratio(ours, theirs, 'setup_p50_ms'):>9}{ratio(ours, theirs, 'setup_p99_ms'):>9}"
                     f"{ratio(ours, theirs, 'peak_pss_mib'):>10}")
    if ours and ours.get("threads"):
        threads = ", ".join(f"{name} {value:.2f}" for name, value in ours["threads"].items())
        lines.append(f"  our threads, CPU s/10k: {threads}")
    return "\n".join(lines)


def held_table(results):
    lines = ["Memory of held calls (proportional set size over the idle server's)",
             f"  {'':12}{'held':>9}{'failed':>8}{'idle MiB':>10}{'up MiB':>9}{'KiB/call':>10}{'40 s later':>12}"]
    for name, row in results.items():
        lines.append(f"  {name:12}{number(row['held'], 0):>9}{number(row['failed'], 0):>8}"
                     f"{number(row['idle_mib'], 1):>10}{number(row['up_mib'], 1):>9}{number(row['kib_per_call'], 2):>10}"
                     f"{number(row['kib_per_call_later'], 2):>12}")
    lines.append(f"  {'ratio':12}{'':36}{ratio(results.get(OURS), results.get(THEIRS), 'kib_per_call'):>10}"
                 f"{ratio(results.get(OURS), results.get(THEIRS), 'kib_per_call_later'):>12}")
    return "\n".join(lines)


def long_table(results):
    lines = []
    for name, row in results.items():
        lines.append(f"  {name:12} peak {number(row['peak_rss_mib'], 0)} MiB resident (VmHWM of "
                     f"its largest process; {number(row['peak_pss_mib'], 0)} MiB of its own) in {row['seconds']:.0f} s at {row['rate']}/s "
                     f"({row['failed']:.0f} failed, {row['retransmitted']:.0f} retransmitted)")
        if row.get("most_finished"):
            lines.append(f"  {'':12} {number(row['bytes_per_finished'], 0)} bytes per finished transaction "
                         f"(of up to {number(row['most_finished'], 0)})")
    return "\n".join(["Memory under load", *lines])


def plateau_table(results):
    lines = ["Memory at rest after each load, in one process"]
    for name, row in results.items():
        lines.append(f"  {name:12} {' '.join(f'{value:.1f}' for value in row['rest_mib'])} MiB "
                     f"(most less least: {row['spread_percent']:.1f} % of the middle; flat within {FLAT_PERCENT} %: "
                     f"{'met' if row['spread_percent'] <= FLAT_PERCENT else 'NOT met'})")
    return "\n".join(lines)
