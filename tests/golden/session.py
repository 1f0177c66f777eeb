#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Replays a session with `latchkey` and compares it with what is written down.

A session is lines "$ latchkey …" or "$ cat FILE", each followed by what it prints (standard output, then standard
error) and, when it is not 0, "-> STATUS". It runs in a folder "Scratch" that is a copy of tests/data/manifests.
UPDATE_GOLDEN=1 writes what was seen.
"""
import difflib
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

program, golden, data = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
expected = golden.read_text()
seen = ""
with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder, "Scratch")
    shutil.copytree(data / "manifests", scratch)
    for line in expected.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line[2:])
        if words[0] == "latchkey":
            words[0] = program
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
        ran = subprocess.run(words, cwd=scratch, capture_output=True, text=True, timeout=50, env=environment)
        seen += line + "\n" + ran.stdout + ran.stderr
        if ran.returncode:
            seen += f"-> {ran.returncode}\n"
if seen != expected and os.environ.get("UPDATE_GOLDEN") == "1":
    golden.write_text(seen)
    sys.exit(0)
sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), seen.splitlines(True), "written", "seen"))
sys.exit(seen != expected)
