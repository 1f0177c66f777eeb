#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the sessions of README.md: each line "    $ COMMAND" in a shell, and compares what it prints with the lines
below it. /opt/latchkey stands for a fresh installation, build/ for a scratch folder; the broker is a private one and an
ordinary user's. Ids, times of day and what this machine says of a condition count as equal. UPDATE_GOLDEN=1 rewrites
the printed lines where they differ."""
import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

INDENT = "    "
PROMPT = INDENT + "$ "
NOBODY = 65534
GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

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


def alike(text):
    """Without what is another each time."""
    text = re.sub(GUID, "ID", text)
    text = re.sub(r"\b[0-9a-f]{8}\b", "SHORT-ID", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "TIME", text)
    return re.sub(r"(condition +\S+ +).*", r"\1STATE", text)


def end_broker(prefix):
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "exe").startswith(str(prefix)):
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            pass


lines = readme.read_text().splitlines()
rewritten, behind, wrong = [], 0, 0
with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder)
    prefix = scratch / "prefix"
    subprocess.run([given.cmake, "--install", given.build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    scratch.chmod(0o755)
    (scratch / "build").mkdir()
    shutil.copytree(pathlib.Path(given.source) / "examples", scratch / "examples")
    user = {}
    if os.geteuid() == 0:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for path in [scratch, *scratch.glob("build"), *scratch.glob("examples/**/*")]:
            os.chown(path, NOBODY, NOBODY)
    environment = {**os.environ, "LATCHKEY_ROOT": str(scratch / "root"), "HOME": str(scratch), "LC_ALL": "C.UTF-8"}
    environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    try:
        for begin, end, command in sessions(lines):
            done = subprocess.run(["bash", "-c", command.replace("/opt/latchkey", str(prefix))], cwd=scratch, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=environment, **user)
            printed = done.stdout.replace(str(prefix), "/opt/latchkey").splitlines()
            expected = [line[len(INDENT):] for line in lines[begin + 1:end]]
            # What a build prints depends on the generator: shown without output, it only has to succeed.
            quiet = command.startswith("cmake ")
            same = list(map(alike, printed)) == list(map(alike, expected))
            if same:
                printed = expected
            if (quiet and done.returncode != 0) or (not quiet and not same):
                wrong += 1
                print(f"README.md:{begin + 1}: $ {command}\nended with {done.returncode} and printed\n{done.stdout}")
            rewritten += lines[behind:begin + 1]
            rewritten += lines[begin + 1:end] if quiet else [INDENT + line for line in printed]
            behind = end
    finally:
        end_broker(prefix)
rewritten += lines[behind:]
if wrong and os.environ.get("UPDATE_GOLDEN"):
    readme.write_text("\n".join(rewritten) + "\n")
    print("README.md rewritten; review the difference")
sys.exit(1 if wrong else 0)
