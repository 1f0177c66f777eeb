#!/usr/bin/env python3
"""House rules that can be checked by reading the text: see CONTRIBUTING.md. Prints file:line: what is wrong."""
import pathlib
import re
import subprocess
import sys

LINE_MAX = 120
FILE_MAX = 800
SOURCE = (".cpp", ".h", ".c")

# What must not appear in code, and what to use in its place.
BANNED = [
    (r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\s*\(", "wait for the event with a deadline", ("src/", "tests/")),
    (r"\bstd::(?:cout|cerr)\b", "fmt::print", ("src/",)),
    (r"\b(?:TODO|FIXME|XXX|HACK)\b", "finish it or name the gap in docs/status.md", ("src/", "include/", "tests/", "idl/")),
    (r"\b(?:system|popen|gets|strcpy|sprintf)\s*\(", "posix_spawn, or a bounded function", ("src/",)),
    (r"\busing namespace std;", "qualified names", ("src/", "include/", "tests/")),
    (r"\bGTEST_FLAG_SET\b|\bDISABLED_", "a test that runs", ("tests/",)),
]
# The core is pure: no clock, I/O, thread, environment or randomness.
PURE = re.compile(r"#include <(?:thread|mutex|atomic|fstream|iostream|cstdio|random|filesystem|ctime|sys/|unistd|fcntl)|"
                  r"\b(?:getenv|system_clock::now|steady_clock::now)\b")
# The line breaks these rules on purpose; the reason stands behind it.
ALLOWED = "style: "

problems = []


def tracked() -> list[pathlib.Path]:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [path for path in map(pathlib.Path, listed.stdout.splitlines()) if path.is_file()]
    folders = ("src", "include", "tests", "bench", "idl", "docs", "cmake", "examples", "man")
    return [path for folder in folders for path in pathlib.Path(folder).rglob("*") if path.is_file()]


def complain(path, number, what):
    problems.append(f"{path}:{number}: {what}")


def check_source(path: pathlib.Path, lines: list[str]):
    name = str(path)
    if not lines or "SPDX-License-Identifier: MIT" not in "".join(lines[:2]):
        complain(path, 1, "the first line is not // SPDX-License-Identifier: MIT")
    if len(lines) > FILE_MAX:
        complain(path, len(lines), f"longer than {FILE_MAX} lines: is it still about one noun?")
    if path.suffix == ".h" and name.startswith("src/") and not any("#pragma once" in line for line in lines[:60]):
        complain(path, 1, "a header without #pragma once")
    for number, line in enumerate(lines, 1):
        if ALLOWED in line:
            continue
        if len(line) > LINE_MAX and "http" not in line and '"' not in line:
            complain(path, number, f"longer than {LINE_MAX} characters")
        for pattern, instead, folders in BANNED:
            if path.name == "main.cpp" and instead == "fmt::print":
                continue
            if name.startswith(folders) and re.search(pattern, line):
                complain(path, number, f"{line.strip()[:60]}: use {instead}")
        if name.startswith("src/core/") and PURE.search(line):
            complain(path, number, "the core reads no clock, file, thread, environment or randomness")


def check_text(path: pathlib.Path, lines: list[str]):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip() and path.suffix != ".txt":
            complain(path, number, "white space at the end of the line")
        if re.search(r"(?<![}\w])/(?:work|root|home/\w+)/", line) and path.parts[0] != "tests":
            complain(path, number, "a path of one machine")


def check_links(path: pathlib.Path, lines: list[str]):
    code = False
    for number, line in enumerate(lines, 1):
        code ^= line.startswith("```")
        for target in () if code else re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", re.sub(r"`[^`]*`", "", line)):
            if not (path.parent / target).exists():
                complain(path, number, f"links to {target}, which is not there")


def check_news(path: pathlib.Path, lines: list[str]):
    if path.name == "README.md":
        return
    if len(lines) < 4 or lines[0] != "---" or not re.match(r"kind: (added|changed|fixed|removed)$", lines[1]):
        complain(path, 1, "a news fragment begins with ---, kind: added|changed|fixed|removed, ---")


for path in tracked():
    name = str(path)
    if path.suffix not in SOURCE + (".py", ".md", ".cmake", ".idl", ".scd", ".txt", ".sh", ".sql", ".xml"):
        continue
    if "/data/" in name or "/golden/" in name or "/corpus/" in name:
        continue
    lines = path.read_text(errors="replace").splitlines()
    if path.suffix in SOURCE and name.startswith(("src/", "include/", "tests/", "bench/")):
        check_source(path, lines)
    if path.suffix == ".md":
        check_links(path, lines)
    if name.startswith("docs/news/") and path.suffix == ".md":
        check_news(path, lines)
    check_text(path, lines)

print("\n".join(problems))
sys.exit(1 if problems else 0)
