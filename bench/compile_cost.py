#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What compiling against the projection costs: processor time and peak memory of small sources, at -O0.

    compile_cost.py --include DIR… [--compiler CXX…] [--rounds N]

The limits are those of a task source with g++: half of the 2.6 s and 0.5 GB that a full C++/WinRT header set needs.
Processor time, not wall time: it hardly depends on what else the machine does. Ends with 1 over a limit.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

LIMIT_SECONDS = 1.3
LIMIT_MEGABYTES = 250

SOURCES = {
    "base.h alone": ["winrt/base.h"],
    "task": ["winrt/Windows.ApplicationModel.Background.h"],
    "task with coroutines, collections, settings": [
        "winrt/Windows.ApplicationModel.Background.h", "winrt/Windows.Foundation.h",
        "winrt/Windows.Foundation.Collections.h", "winrt/Windows.Storage.h"],
}


def cost(compiler, includes, source):
    """Processor seconds and peak megabytes of one compilation."""
    with tempfile.NamedTemporaryFile(suffix=".cost") as report:
        words = ["/usr/bin/time", "-o", report.name, "-f", "%U %S %M", compiler, "-std=c++20", "-O0", "-c",
                 str(source), "-o", os.devnull]
        for folder in includes:
            words += ["-isystem", str(folder)]
        if subprocess.run(words, check=False).returncode != 0:
            sys.exit(f"{compiler} does not compile {source}")
        user, system, kilobytes = pathlib.Path(report.name).read_text().split()
        return float(user) + float(system), int(kilobytes) / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--include", type=pathlib.Path, action="append", required=True)
    options.add_argument("--compiler", action="append")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()

    over = False
    with tempfile.TemporaryDirectory() as folder:
        for compiler in given.compiler or ["g++"]:
            for name, headers in SOURCES.items():
                source = pathlib.Path(folder) / "source.cpp"
                source.write_text("".join(f"#include <{header}>\n" for header in headers))
                runs = [cost(compiler, given.include, source) for _ in range(given.rounds)]
                seconds = min(run[0] for run in runs)
                megabytes = max(run[1] for run in runs)
                print(f"{compiler}: {name}: {seconds:.2f} s ({seconds / LIMIT_SECONDS:.2f} of the limit), "
                      f"{megabytes:.0f} MB ({megabytes / LIMIT_MEGABYTES:.2f} of the limit)")
                over = over or (compiler == "g++" and name == "task" and
                                (seconds > LIMIT_SECONDS or megabytes > LIMIT_MEGABYTES))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
