#!/usr/bin/env python3
"""House rules that a machine can check, over all tracked files. Prints PASS or FAIL a rule, and where it is broken.

What is already too long is listed in ratchet.txt with its length: it may shrink, never grow, and its line goes when the
code fits. Usage: style_check.py [FILE...]   (default: every tracked file)
"""
import os
import re
import subprocess
import sys

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 120
MAX_README_LINES = 60

PURE = r"^(base|sip|tlib|engine|replication)/(?!.*(_test|_bench|_fuzz)\.).*\.(cc|h)$"
ORDERED = r"^(?!base/lookup_index\.h$)(base|sip|tlib|engine|replication)/(?!.*(_test|_bench|_fuzz)\.).*\.(cc|h)$"
CODE = r"\.(cc|h)$"
# Tables in tests may be as wide as they must.
NOT_A_TEST = r"(?<!_test)\.(cc|h)$"
SOURCES = r"\.(cc|h|py|sh|bzl|capnp)$|(^|/)BUILD\.bazel$|^[^/]*\.sh$"
# Names of places on somebody's machine, in two parts so that this file does not break its own rule.
MACHINE_PATHS = "|".join("/" + name + "/" for name in ("wo" "rk", "fa" "rm", "ro" "ot"))

# (claim, files it is about, what a line must not contain)
LINE_RULES = (
    ("pure rooms include no socket, store, thread, clock or chance", PURE,
     r"#\s*include\s*[<\"](boost/|rocksdb/|openssl/ssl|thread>|mutex>|shared_mutex>|condition_variable>|atomic>|future>"
     r"|sys/|netinet/|arpa/|netdb|unistd|fcntl|poll\.h|random>|chrono>|ctime>|time\.h|fstream|filesystem|iostream"
     r"|absl/(synchronization|random|time)/)"),
    ("pure rooms read no clock and draw no chance", PURE,
     r"system_clock|steady_clock|absl::Now|\btime\(nullptr\)|std::random|\brand\(|\bgetenv\("),
    ("pure rooms have no floating point", PURE, r"\b(double|float)\b(?!.*//.*\b(double|float)\b)"),
    ("pure rooms iterate ordered containers only", ORDERED,
     r"std::unordered_|absl::(flat|node)_hash|#\s*include\s*[<\"](unordered_|absl/container/(flat|node)_hash)"),
    ("interfaces use absl::string_view", CODE, r"std::string_view|#\s*include <string_view>"),
    ("nobody opens a namespace for good", CODE, r"^\s*using namespace "),
    ("no left-over marks", CODE, r"TO" r"DO|FIX" r"ME|\bX" r"XX\b|[Nn]ot impl" r"emented|\bst" r"ub\b"),
    ("no path of somebody's machine", r"^(?!.*\.lock$)", MACHINE_PATHS),
    (f"lines have at most {MAX_COLUMNS} columns", NOT_A_TEST, r"^.{%d,}" % (MAX_COLUMNS + 1)),
)


def line_findings(path, lines):
    """Yields (claim, where) for each line that breaks a rule."""
    for claim, files, pattern in LINE_RULES:
        if not re.search(files, path):
            continue
        for number, line in enumerate(lines, 1):
            if re.search(pattern, strip_comment(line) if "floating" in claim else line):
                yield claim, f"{path}:{number}: {line.strip()}"


def strip_comment(line):
    return line.partition("//")[0]


def header_guard_findings(path, lines):
    guard = "UNDERSTUDY_" + re.sub(r"[/.]", "_", path).upper() + "_"
    if path.endswith(".h") and f"#ifndef {guard}" not in lines:
        yield "a header's guard is its path", f"{path}: expected {guard}"


def comment_findings(path, lines):
    if path.endswith(".h") and not any(line.startswith("//") for line in lines[:30]):
        yield "a header begins with what it is for", path


# What a compiler would not take for code: comments, literals, lines of the preprocessor.
NO_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"""
                     r"""|^[ \t]*\#(?:\\\n|[^\n])*""", re.S | re.M)
CONTAINER = re.compile(r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(namespace|struct|class|union|enum|extern)\b(?!.*\)\s*(const)?$)", re.S)


def blank(match):
    """As many lines as before, and nothing on them."""
    return "\n" * match.group(0).count("\n")


def functions(lines):
    """Yields (name, length) of each function with a body, wherever it stands: in a namespace, in a class, with its
    signature on several lines. A lambda or a block counts to the function around it."""
    text = NO_CODE.sub(blank, "\n".join(lines))
    blocks = []              # for each open brace what it opens, and for a function also (header, its first line)
    header, first = "", 0    # what stands before the next brace, and the line on which it begins
    number = 1
    for position, char in enumerate(text):
        number += char == "\n"
        within = blocks[-1][0] if blocks else "container"
        if char == "{":
            blocks.append((kind_of(header) if within == "container" else "code", header, first))
            header = "" if blocks[-1][0] in ("container", "function") else header
        elif char == "}" and blocks:
            kind, header_before, first_before = blocks.pop()
            if kind == "function" and re.match(r"\s*[,{]", text[position + 1:position + 40]):
                header, first = header_before + " ", first_before  # a member's initializer: the body comes later
            elif kind == "function":
                yield re.sub(r"\s*\(.*", "", header_before, flags=re.S).split()[-1], number - first_before + 1
                header = ""
            elif within == "container":
                header = ""
        elif within == "container":
            first = number if not header.strip() else first
            header = "" if char == ";" else header + char


def kind_of(header):
    """Of what a brace opens, by the text before it."""
    head = re.sub(r"\b(public|private|protected):", "", header).strip()
    if CONTAINER.match(head):
        return "container"
    if head.count("(") > head.count(")") or re.search(r"(?<!operator)=\s*$", head):  # a default argument, a table
        return "code"
    return "function" if "(" in head else "code"


def lengths(path, lines):
    """Yields (claim, key in the ratchet, length, limit) of what has a length."""
    if re.search(SOURCES, path):
        yield f"files have at most {MAX_FILE_LINES} lines", path, len(lines), MAX_FILE_LINES
    if path == "README.md":
        yield f"the README has at most {MAX_README_LINES} lines", path, len(lines), MAX_README_LINES
    if re.search(CODE, path):
        for name, length in functions(lines):
            yield f"functions have at most {MAX_FUNCTION_LINES} lines", f"{path}:{name}", length, MAX_FUNCTION_LINES


def ratchet_findings(measured, ratchet):
    """measured: (claim, key, length, limit); ratchet: key to the length that is allowed for now."""
    for claim, key, length, limit in measured:
        allowed = ratchet.get(key, limit)
        if length > allowed:
            yield claim, f"{key}: {length} lines, at most {allowed}"
    # Functions may share a name: the longest counts.
    longest = {}
    for _, key, length, limit in measured:
        longest[key] = max(longest.get(key, 0), length)
    limits = {key: limit for _, key, _, limit in measured}
    for key, allowed in ratchet.items():
        if longest.get(key, 0) < allowed:
            kept = f"now {longest[key]}" if longest.get(key, 0) > limits.get(key, 0) else "no longer needed"
            yield "the ratchet is tight", f"{key}: {allowed} in ratchet.txt, {kept}"


CLAIMS = [claim for claim, _, _ in LINE_RULES] + [
    "a header's guard is its path",
    "a header begins with what it is for",
    f"files have at most {MAX_FILE_LINES} lines",
    f"functions have at most {MAX_FUNCTION_LINES} lines",
    f"the README has at most {MAX_README_LINES} lines",
    "the ratchet is tight",
]


def check(files, ratchet):
    """files: path to text. Returns claim to the places where it is broken."""
    found = {claim: [] for claim in CLAIMS}
    measured = []
    for path, text in sorted(files.items()):
        lines = text.splitlines()
        for rule in (line_findings, header_guard_findings, comment_findings):
            for claim, where in rule(path, lines):
                found[claim].append(where)
        measured += lengths(path, lines)
    for claim, where in ratchet_findings(measured, ratchet):
        found[claim].append(where)
    return found


def read_ratchet(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {key: int(length) for key, length in rows}


def read_text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return None


def main():
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
    texts = {path: read_text(path) for path in sys.argv[1:] or listed}
    ratchet = read_ratchet(os.path.join(os.path.dirname(__file__), "ratchet.txt"))
    if sys.argv[1:]:
        ratchet = {key: length for key, length in ratchet.items() if key.partition(":")[0] in texts}
    found = check({path: text for path, text in texts.items() if text is not None}, ratchet)
    for claim, places in found.items():
        print(f"FAIL {claim}: {len(places)}" if places else f"PASS {claim}")
        for place in places:
            print(f"    {place}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
