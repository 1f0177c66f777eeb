#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generates headers from real Windows metadata and compiles sources against them. Ends with 77 when there is none.

    windows_headers.py --winmd DIR --cppwinrt PROGRAM --include DIR --work DIR --compiler CXX… --source FILE [NAMESPACE…]
"""
import argparse
import pathlib
import subprocess
import sys

SKIPPED = 77


def run(*words) -> str:
    """The command's complaint, empty when it succeeded."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}"


def main() -> int:
    arguments = argparse.ArgumentParser()
    for name in ("winmd", "cppwinrt", "include", "work", "source"):
        arguments.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments.add_argument("--compiler", action="append", required=True)
    arguments.add_argument("namespaces", nargs="*")
    given = arguments.parse_args()
    if not list(given.winmd.glob("*.winmd")):
        print(f"skipped: no Windows metadata in {given.winmd} (LATCHKEY_WINMD_DIR)")
        return SKIPPED
    headers = given.work / "include"
    trouble = run(given.cppwinrt, "--in", given.winmd, "--out", headers, "--skip-unresolved")
    if trouble:
        print(trouble)
        return 1
    flags = ("-std=c++20", "-Wall", "-Wextra", "-fsyntax-only", f"-I{given.include}", f"-I{headers}")
    sources = [given.source]
    for namespace in given.namespaces:
        sources.append(given.work / f"{namespace}.cpp")
        sources[-1].write_text(f"#include <winrt/{namespace}.h>\n")
    for compiler in given.compiler:
        for source in sources:
            trouble = run(compiler, *flags, source)
            if trouble:
                print("\n".join(trouble.splitlines()[:40]))
                return 1
            print(f"{compiler}: {source.name} compiles")
    return 0


sys.exit(main())
