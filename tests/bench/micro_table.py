#!/usr/bin/env python3
"""Prints the results of google-benchmark's JSON files, with the goal next to each that has one. Usage: micro_table.py FILE..."""
import json
import os
import sys

# benchmark: (what it must reach, in its own unit, and whether that is a time at most or a rate at least)
GOALS = {
    "ParseInvite": ("time", 2000.0, "2 us"),
    "ParseInviteAndReadIt": ("time", 2000.0, "2 us"),
    "BM_Replay": ("rate", 300000.0, "300,000/s"),
    "BM_ReplayVerify": ("rate", 300000.0, "300,000/s"),
    "ReplayCalls": ("rate", 300000.0, "300,000/s"),
}
TO_NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def verdict(name, nanoseconds, rate):
    goal = GOALS.get(name.split("/")[0])
    if goal is None:
        return "", ""
    kind, wanted, text = goal
    met = nanoseconds <= wanted if kind == "time" else rate is not None and rate >= wanted
    return text, "met" if met else "NOT met"


def readable(nanoseconds):
    for unit in ("s", "ms", "us"):
        if nanoseconds >= TO_NANOSECONDS[unit]:
            return f"{nanoseconds / TO_NANOSECONDS[unit]:,.2f} {unit}"
    return f"{nanoseconds:,.0f} ns"


def rows(path):
    with open(path, encoding="utf-8") as file:
        for row in json.load(file)["benchmarks"]:
            if row.get("run_type") == "aggregate" or row.get("error_occurred"):
                continue
            nanoseconds = row["cpu_time"] * TO_NANOSECONDS[row["time_unit"]]
            yield row["name"], nanoseconds, row.get("items_per_second")


def main(paths):
    print(f"{'benchmark':58}{'CPU time':>14}{'items/s':>14}  {'goal':12}")
    for path in paths:
        print(os.path.basename(path).removesuffix(".json"))
        for name, nanoseconds, rate in rows(path):
            goal, met = verdict(name, nanoseconds, rate)
            print(f"  {name:56}{readable(nanoseconds):>14}{f'{rate:,.0f}' if rate else '':>14}  {goal:12}{met}")


if __name__ == "__main__":
    main(sys.argv[1:])
