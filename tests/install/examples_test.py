#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds every example against an installed copy of Latchkey, as its README says. Ends at the first thing that is not
as promised."""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

PACKAGES = {"agenda": ("Agenda", "agenda-app", ["systemEvent"]),
            "feed": ("FeedReader", "feed-app", ["timer"]),
            "minimal-task": ("MinimalTask", "minimal-app", ["systemEvent"]),
            "progress": ("Progress", "progress-app", ["general"])}

parser = argparse.ArgumentParser()
for name in ("cmake", "build", "source", "cxx"):
    parser.add_argument("--" + name, required=True)
given = parser.parse_args()


def run(*command) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


examples = pathlib.Path(given.source) / "examples"
folders = {path.parent.name for path in examples.glob("*/CMakeLists.txt")}
check(folders == set(PACKAGES), f"this test knows every example {sorted(folders)}")
with tempfile.TemporaryDirectory() as folder:
    scratch = pathlib.Path(folder)
    prefix = scratch / "prefix"
    run(given.cmake, "--install", given.build, "--prefix", prefix)
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    for name, (package, app, types) in PACKAGES.items():
        work = scratch / name
        run(given.cmake, "-S", examples / name, "-B", work, *generator, f"-DCMAKE_CXX_COMPILER={given.cxx}",
            "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -Wall -Wextra -Werror", f"-DCMAKE_PREFIX_PATH={prefix}")
        run(given.cmake, "--build", work, "-j", "2")
        check((work / package / app).exists() and (work / f"{package}.appx").exists(), f"{name} makes its package")
        answer = json.loads(run(prefix / "bin/latchkey", "manifest", "check", work / f"{package}.appx", "--json"))
        manifest = answer["manifests"][0]["manifest"]
        declared = [task["types"] for task in manifest["applications"][0]["tasks"]]
        check(declared == [types], f"{name} declares its task {declared}")
        check("warning" not in run(prefix / "bin/latchkey", "manifest", "check", work / package), f"{name}: no warnings")
