#!/usr/bin/env python3
"""Each rule of style_check.py finds what it forbids, and leaves the rest alone."""
import sys

from style_check import check

GUARD = "#ifndef UNDERSTUDY_SIP_X_H_\n// What it is for.\n"

# (what is planted, path, text, ratchet, what the broken claim begins with; None: nothing is broken)
CASES = (
    ("a thread", "sip/x.cc", "#include <thread>\n", {}, "pure rooms include"),
    ("a clock", "engine/x.cc", "auto now = std::chrono::steady_clock::now();\n", {}, "pure rooms read"),
    ("a float", "engine/x.cc", "double x = 1;\n", {}, "pure rooms have"),
    ("a float in a comment", "engine/x.cc", "// not a double\n", {}, None),
    ("a hash map", "engine/x.cc", "absl::flat_hash_map<int, int> m;\n", {}, "pure rooms iterate"),
    ("the hash map that cannot be iterated", "base/lookup_index.h",
     "#ifndef UNDERSTUDY_BASE_LOOKUP_INDEX_H_\n// Why.\nabsl::flat_hash_map<int, int> m;\n", {}, None),
    ("a hash map in a test", "engine/x_test.cc", "absl::flat_hash_map<int, int> m;\n", {}, None),
    ("a clock in the daemon", "daemon/x.cc", "auto now = std::chrono::steady_clock::now();\n", {}, None),
    ("a std::string_view", "daemon/x.cc", "std::string" "_view x;\n", {}, "interfaces use"),
    ("an open namespace", "sip/x.cc", "using name" "space std;\n", {}, "nobody opens"),
    ("a mark", "sip/x.cc", "// TO" "DO: later\n", {}, "no left-over"),
    ("a machine path", "docs/x.md", "see /wo" "rk/main\n", {}, "no path"),
    ("a wide line", "sip/x.cc", "x" * 121 + "\n", {}, "lines have"),
    ("a strange guard", "sip/x.h", "#pragma once\n// Why.\n", {}, "a header's guard"),
    ("a silent header", "sip/x.h", "#ifndef UNDERSTUDY_SIP_X_H_\n", {}, "a header begins"),
    ("a long file", "sip/x.h", GUARD + "\n" * 600, {}, "files have"),
    ("a long file that was long before", "sip/x.h", GUARD + "\n" * 600, {"sip/x.h": 602}, None),
    ("a long file that has grown", "sip/x.h", GUARD + "\n" * 601, {"sip/x.h": 602}, "files have"),
    ("a long file that has shrunk", "sip/x.h", GUARD, {"sip/x.h": 602}, "the ratchet"),
    ("a long function", "sip/x.cc", "int F(int a) {\n" + "  a++;\n" * 69 + "}\n", {}, "functions have"),
    ("a long function with its signature on two lines", "sip/x.cc",
     "int F(int a,\n      int b = {}) {\n" + "  a++;\n" * 68 + "}\n", {}, "functions have"),
    ("a long method in a class", "sip/x.h",
     GUARD + "namespace a {\nclass X : public Y {\n public:\n  int F() const {\n" + "    a++;\n" * 70 + "  }\n};\n}\n", {},
     "functions have"),
    ("a long constructor", "sip/x.cc", "X::X(int a)\n    : a_{a}, b_(a) {\n" + "  a++;\n" * 70 + "}\n", {}, "functions have"),
    ("a long class of short methods", "sip/x.h",
     GUARD + "class X {\n" + "  int F(int a = 1) { return a; }\n" * 80 + "};\n", {}, None),
    ("a long table", "sip/x.cc", "constexpr int kTable[] = {\n" + "    F(1),\n" * 80 + "};\n", {}, None),
    ("a long README", "README.md", "a\n" * 61, {}, "the README has"),
    ("a long namespace", "sip/x.cc", "namespace a {\n" + "int a;\n" * 80 + "}\n", {}, None),
)


def main():
    good = True
    for what, path, text, ratchet, claim in CASES:
        broken = [name for name, places in check({path: text}, ratchet).items() if places]
        fits = broken == [] if claim is None else len(broken) == 1 and broken[0].startswith(claim)
        if not fits:
            print(f"FAIL {what} is {'fine' if claim is None else 'found'}: broken were {broken}")
            good = False
    if good:
        print(f"PASS the style rules find what they forbid ({len(CASES)} cases)")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
