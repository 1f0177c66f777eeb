#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the listings of the porting guide and runs its task, as a reader would.

A listing is the fenced block behind a line "<!-- file: NAME -->". The component is compiled by each compiler that is
installed, and run by a host compiled by each, so that task and host also meet across compilers.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

LISTING = re.compile(r"<!-- file: (\S+) -->\n```\w*\n(.*?)^```$", re.S | re.M)
HERE = pathlib.Path(__file__).resolve().parent


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("document", "midl", "cppwinrt", "winmd", "library", "work"):
        options.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options.add_argument("--include", action="append", required=True)
    options.add_argument("--compiler", action="append", required=True)
    options.add_argument("--sanitize", default="", help="sanitizers of the runtime library")
    given = options.parse_args()

    work = given.work
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    listings = dict(LISTING.findall(given.document.read_text(encoding="utf-8")))
    if set(listings) < {"Tasks.idl", "pch.h", "CountingTask.h", "CountingTask.cpp", "App.cpp"}:
        sys.exit(f"the guide has only the listings {sorted(listings)}")
    for name, text in listings.items():
        (work / name).write_text(text, encoding="utf-8")

    run(given.midl, "-r", given.winmd, "-o", work / "Tasks.winmd", work / "Tasks.idl")
    run(given.cppwinrt, "--in", work / "Tasks.winmd", "--ref", given.winmd, "--component", "--out", work / "generated")
    compilers = {pathlib.Path(one).name: one for one in given.compiler if shutil.which(one)}
    if given.sanitize:  # one sanitizer runtime in a process
        compilers = dict(list(compilers.items())[:1])
    sanitize = [f"-fsanitize={given.sanitize}"] if given.sanitize else []
    for name, compiler in compilers.items():
        folder = work / name
        folder.mkdir()
        flags = [compiler, "-std=c++20", "-O0", "-fPIC", "-fvisibility=hidden", *sanitize,
                 *[f"-I{path}" for path in (work, work / "generated", *given.include)]]
        run(*flags, "-Wall", "-Wextra", "-Werror", "-c", work / "App.cpp", "-o", folder / "App.o")
        run(*flags, "-shared", "-include", work / "pch.h", work / "CountingTask.cpp", work / "generated/module.g.cpp",
            given.library, "-o", folder / "Tasks.so")
        run(*flags, HERE / "run_task.cpp", given.library, f"-Wl,-rpath,{given.library.parent}", "-pthread",
            "-o", folder / "run_task")
    for host in compilers:
        for component in compilers:
            print(f"host by {host}, task by {component}: {run(work / host / 'run_task', work / component).strip()}")


main()
