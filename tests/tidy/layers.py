#!/usr/bin/env python3
"""Fails when a room under src/ includes one that its row in docs/architecture.md does not allow."""
import pathlib
import re
import sys

ROW = re.compile(r"^\| `src/(\w+)/` \| [^|]* \| ([^|]*) \|")
INCLUDE = re.compile(r'\s*#include "(\w+)/')

allowed = {}
for line in pathlib.Path("docs/architecture.md").read_text().splitlines():
    if row := ROW.match(line):
        allowed[row[1]] = set(re.findall(r"\w+", row[2])) | {row[1]}
if not allowed:
    sys.exit("docs/architecture.md has no table of rooms")

bad = 0
for path in sorted(pathlib.Path("src").rglob("*.[ch]*")):
    room = path.parts[1]
    if room not in allowed:
        print(f"{path}: {room}/ has no row in docs/architecture.md")
        bad += 1
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if (include := INCLUDE.match(line)) and include[1] in allowed and include[1] not in allowed[room]:
            print(f"{path}:{number}: {room}/ may not use {include[1]}/")
            bad += 1
sys.exit(1 if bad else 0)
