#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What it costs to compile a source that includes winrt/Windows.ApplicationModel.Background.h, beside what a full C++/WinRT
header set was measured to cost (g++ 12 -O0: 2.6 s and 500 MB).

    compile_background.py [BUILD]      BUILD: a build folder in which latchkey_headers is built (default build/dev)
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

FULL_SECONDS, FULL_MEGABYTES = 2.6, 500
RUNS = 5


def compile_once(compiler: str, flags: list[str], source: pathlib.Path) -> tuple[float, float]:
    """CPU seconds and peak megabytes of the compiler proper, its linker left out."""
    before = time.monotonic()
    child = subprocess.Popen([compiler, *flags, "-c", str(source), "-o", "/dev/null"])
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{compiler} failed after {time.monotonic() - before:.1f} s")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    build = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "build/dev"
    headers = build / "idl/include"
    if not (headers / "winrt/Windows.ApplicationModel.Background.h").exists():
        sys.exit(f"no headers in {headers}: cmake --build {build} --target latchkey_headers")
    flags = ["-std=c++20", "-O0", f"-I{root}/include", f"-I{headers}"]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "task.cpp"
        source.write_text("#include <winrt/Windows.ApplicationModel.Background.h>\n")
        for compiler in ("g++", "clang++-14"):
            try:
                runs = [compile_once(compiler, flags, source) for _ in range(RUNS)]
            except FileNotFoundError:
                print(f"{compiler}: not here")
                continue
            seconds, megabytes = min(run[0] for run in runs), max(run[1] for run in runs)
            print(f"{compiler}: {seconds:.2f} s CPU, {megabytes:.0f} MB; "
                  f"{seconds / FULL_SECONDS:.2f} of the time and {megabytes / FULL_MEGABYTES:.2f} of the memory "
                  f"that the full header set needs with g++")


main()
