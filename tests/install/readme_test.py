#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the sessions of README.md: each line "    $ COMMAND" in a shell, and compares what it prints with the lines
below it. /opt/latchkey stands for a fresh installation, build/ for a scratch folder. UPDATE_GOLDEN=1 rewrites the
printed lines."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

INDENT = "    "
PROMPT = INDENT + "$ "

parser = argparse.ArgumentParser()
for name in ("cmake", "build", "source"):
    parser.add_argument("--" + name, required=True)
given = parser.parse_args()
readme = pathlib.Path(given.source) / "README.md"


def sessions(lines):
    """Yields (first line, one behind the last line, command) of each command and its printed lines."""
    number = 0
    while number < len(lines):
        if not lines[number].startswith(PROMPT):
            number += 1
            continue
        end = number + 1
        while end < len(lines) and lines[end].startswith(INDENT) and not lines[end].startswith(PROMPT):
            end += 1
        yield number, end, lines[number][len(PROMPT):]
        number = end


lines = readme.read_text().splitlines()
rewritten, behind, wrong = [], 0, 0
with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder)
    prefix = scratch / "prefix"
    subprocess.run([given.cmake, "--install", given.build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    (scratch / "build").mkdir()
    (scratch / "examples").symlink_to(pathlib.Path(given.source).resolve() / "examples")
    for begin, end, command in sessions(lines):
        done = subprocess.run(["bash", "-c", command.replace("/opt/latchkey", str(prefix))], cwd=scratch, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        printed = done.stdout.replace(str(prefix), "/opt/latchkey").splitlines()
        expected = [line[len(INDENT):] for line in lines[begin + 1:end]]
        # What a build prints depends on the generator: shown without output, it only has to succeed.
        quiet = command.startswith("cmake ")
        if (quiet and done.returncode != 0) or (not quiet and printed != expected):
            wrong += 1
            print(f"README.md:{begin + 1}: $ {command}\nended with {done.returncode} and printed\n{done.stdout}")
        rewritten += lines[behind:begin + 1]
        rewritten += lines[begin + 1:end] if quiet else [INDENT + line for line in printed]
        behind = end
rewritten += lines[behind:]
if wrong and os.environ.get("UPDATE_GOLDEN"):
    readme.write_text("\n".join(rewritten) + "\n")
    print("README.md rewritten; review the difference")
sys.exit(1 if wrong else 0)
