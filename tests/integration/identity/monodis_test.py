#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mono's disassembler reads what we write: every file to its end, with all of its types."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/support"))
import winmd

if not shutil.which("monodis"):
    print("SKIPPED: monodis is not installed")
    sys.exit(0)
with tempfile.TemporaryDirectory() as folder:
    for path in sys.argv[1:]:
        # It looks for referenced assemblies under this name.
        shutil.copy(path, pathlib.Path(folder) / (pathlib.Path(path).stem + ".dll"))
    for path in sys.argv[1:]:
        done = subprocess.run(["monodis", path], capture_output=True, text=True, env={**os.environ, "MONO_PATH": folder})
        if done.returncode != 0:
            sys.exit(f"monodis {path} ended with {done.returncode}:\n{done.stderr}")
        types = winmd.load([path])
        printed = done.stdout.count("\n  .class ")
        if printed != len(types):
            sys.exit(f"{path}: {len(types)} types, monodis printed {printed}")
        print(f"{os.path.basename(path)}: {printed} types, {done.stdout.count(chr(10))} lines")
