#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/seed-coverage.md names tests that exist, and lines that are in docs/status.md."""
import pathlib
import re
import sys

PAGE = pathlib.Path("docs/seed-coverage.md")
GTEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.M)
CTEST = re.compile(r"add_test\(\s*NAME\s+\"?([^\s\"]+)")

tests = set()
for path in pathlib.Path("tests").rglob("*.cpp"):
    tests |= {".".join(name) for name in GTEST.findall(path.read_text())}
for path in pathlib.Path("tests").rglob("CMakeLists.txt"):
    for name in CTEST.findall(path.read_text()):
        # In a loop over names: each word of the file may be one.
        loop = re.match(r"(.*)\$\{\w+\}$", name)
        tests |= {loop[1] + word for word in re.findall(r"\b[A-Z]\w+", path.read_text())} if loop else {name}
later = set(re.findall(r"^- \*\*([^*]+)\*\*", pathlib.Path("docs/status.md").read_text(), re.M))

problems, rows = [], 0
for number, line in enumerate(PAGE.read_text().splitlines(), 1):
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) != 5 or cells[1] not in ("A", "B", "A B"):
        if line.startswith("|") and not line.startswith(("|---", "| | says")):
            problems.append(f"{PAGE}:{number}: not a row: | A or B | what it says | what shows it |")
        continue
    rows += 1
    named = re.findall(r"`([^`]+)`", cells[3])
    lines = [name.strip() for name in re.findall(r"later: ([^·`]+)", cells[3])]
    if not named and not lines:
        problems.append(f"{PAGE}:{number}: nothing shows it")
    problems += [f"{PAGE}:{number}: there is no test {name}" for name in named if name not in tests]
    problems += [f"{PAGE}:{number}: docs/status.md has no '- **{name}**'" for name in lines if name not in later]
if rows < 60:
    problems.append(f"{PAGE}: only {rows} rows were understood")
print("\n".join(problems))
sys.exit(1 if problems else 0)
