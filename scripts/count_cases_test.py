#!/usr/bin/env python3
"""count_cases.py counts what a run did, and never fewer failures."""
import os
import sys
import tempfile

from count_cases import count

XML = """<testsuites><testsuite>
<testcase name="Good" classname="T" result="completed"/>
<testcase name="Absent" classname="T" result="skipped"><skipped message="no corpus"/></testcase>
{}</testsuite></testsuites>"""
BAD = '<testcase name="Bad" classname="T" result="completed"><failure message="x"/></testcase>'


def result(label, status, xml_path):
    outputs = [{"name": "test.log", "uri": "file:///log"}]
    if xml_path:
        outputs.append({"name": "test.xml", "uri": "file://" + xml_path})
    return {"id": {"testResult": {"label": label}}, "testResult": {"status": status, "testActionOutput": outputs}}


def configured(label):
    return {"id": {"targetConfigured": {"label": label}}, "configured": {"testSize": "SMALL"}}


def main():
    with tempfile.TemporaryDirectory() as directory:
        clean, broken = os.path.join(directory, "clean.xml"), os.path.join(directory, "broken.xml")
        for path, extra in ((clean, ""), (broken, BAD)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(XML.format(extra))
        tally = count([
            configured("//a:clean"), configured("//a:broken"), configured("//a:crashed"), configured("//a:late"),
            configured("//a:unbuilt"),
            result("//a:clean", "PASSED", clean),
            result("//a:broken", "FAILED", broken),
            result("//a:crashed", "FAILED", None),
            result("//a:late", "TIMEOUT", clean),
        ])
    names = sorted(name for name, _ in tally.failed)
    expected = ["//a:broken T.Bad", "//a:crashed FAILED", "//a:late TIMEOUT", "//a:unbuilt was not run"]
    if (tally.passed, tally.skipped, names) != (3, 3, expected):
        print(f"FAIL cases are counted: {tally.passed} passed, {tally.skipped} skipped, {names}")
        return 1
    print("PASS failed, crashed, late and unbuilt tests count as failures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
