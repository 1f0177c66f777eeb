#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What compiling against the projection costs: processor time and peak memory of small sources, at -O0.

    compile_cost.py [--build FOLDER] [--compiler CXX…] [--rounds N]

FOLDER is a build folder in which latchkey_headers is built (default build/dev). Beside each figure stands its ratio to
what a full C++/WinRT header set was measured to cost with g++ 12: 2.6 s and 500 MB. Half of either is the limit of the
task source with g++; ends with 1 over it. Processor time, not wall time: it hardly depends on what else the machine
does.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

FULL_SECONDS = 2.6
FULL_MEGABYTES = 500
LIMIT = 0.5
ROOT = pathlib.Path(__file__).resolve().parent.parent

SOURCES = {
    "base.h alone": ["winrt/base.h"],
    "task": ["winrt/Windows.ApplicationModel.Background.h"],
    "task with coroutines, collections, settings": [
        "winrt/Windows.ApplicationModel.Background.h", "winrt/Windows.Foundation.h",
        "winrt/Windows.Foundation.Collections.h", "winrt/Windows.Storage.h"],
}


def cost(compiler, includes, source):
    """Processor seconds and peak megabytes of one compilation."""
    words = [compiler, "-std=c++20", "-O0", "-c", str(source), "-o", os.devnull]
    for folder in includes:
        words += ["-isystem", str(folder)]
    _, status, used = os.wait4(subprocess.Popen(words).pid, 0)
    if status != 0:
        sys.exit(f"{compiler} does not compile {source}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    options.add_argument("--compiler", action="append")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    headers = given.build / "idl/include"
    if not (headers / "winrt/Windows.ApplicationModel.Background.h").exists():
        sys.exit(f"no headers in {headers}: cmake --build {given.build} --target latchkey_headers")

    over = False
    with tempfile.TemporaryDirectory() as folder:
        for compiler in given.compiler or ["g++", "clang++-14"]:
            if not shutil.which(compiler):
                print(f"{compiler}: not here")
                continue
            for name, included in SOURCES.items():
                source = pathlib.Path(folder) / "source.cpp"
                source.write_text("".join(f"#include <{header}>\n" for header in included))
                runs = [cost(compiler, [ROOT / "include", headers], source) for _ in range(given.rounds)]
                seconds = min(run[0] for run in runs)
                megabytes = max(run[1] for run in runs)
                time, memory = seconds / FULL_SECONDS, megabytes / FULL_MEGABYTES
                print(f"{compiler}: {name}: {seconds:.2f} s ({time:.2f} of the full set's), "
                      f"{megabytes:.0f} MB ({memory:.2f} of the full set's)")
                over = over or (compiler == "g++" and name == "task" and max(time, memory) > LIMIT)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
