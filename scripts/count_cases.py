"""Counts the cases of a `bazel test` run from its build event file.

Usage: count_cases.py EVENTS.json
Prints "passed<TAB>count", "skipped<TAB>count" and a line "failed<TAB>name<TAB>log" a failure. A case is one GoogleTest
case; a target that could not be built, crashed or timed out is one failed case beside those that it reported.
"""
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


class Tally:
    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failed = []

    def add_target(self, label, status, outputs):
        before = len(self.failed)
        log = outputs.get("test.log", "no log")
        if "test.xml" in outputs:
            self.add_xml(label, outputs["test.xml"], log)
        if status not in ("PASSED", "FLAKY") and len(self.failed) == before:
            self.failed.append((f"{label} {status}", log))

    def add_xml(self, label, path, log):
        for case in cases_of(path):
            name = f"{label} {case.get('classname', '')}.{case.get('name', '')}"
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.append((name, log))
            elif case.get("result") in ("skipped", "suppressed") or case.find("skipped") is not None:
                self.skipped += 1
            else:
                self.passed += 1


def cases_of(path):
    try:
        return ElementTree.parse(path).iter("testcase")
    except (OSError, ElementTree.ParseError):
        return []


def outputs_of(result):
    return {
        output["name"]: urllib.parse.unquote(output["uri"].removeprefix("file://"))
        for output in result.get("testActionOutput", [])
        if "uri" in output
    }


def count(events):
    """events: parsed lines in the order in which Bazel wrote them."""
    tally = Tally()
    results = {}
    tests = set()
    for event in events:
        identity = event.get("id", {})
        if "configured" in event and event["configured"].get("testSize"):
            tests.add(identity["targetConfigured"]["label"])
        if "testResult" in identity and "testResult" in event:
            where = identity["testResult"]
            # A later attempt replaces an earlier one; shards count each.
            results[where["label"], where.get("shard", 1)] = event["testResult"]
    for (label, _), result in sorted(results.items()):
        tally.add_target(label, result.get("status", "NO_STATUS"), outputs_of(result))
    for label in sorted(tests - {label for label, _ in results}):
        tally.failed.append((f"{label} was not run", "the build's output"))
    return tally


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        tally = count([json.loads(line) for line in file if line.strip()])
    print(f"passed\t{tally.passed}")
    print(f"skipped\t{tally.skipped}")
    for name, log in tally.failed:
        print(f"failed\t{name}\t{log}")


if __name__ == "__main__":
    main()
