#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Code that compiles against our metadata compiles against Windows' as well: headers are generated from the real files,
and the sources are compiled with them.

    real_metadata_test.py latchkey-cppwinrt METADATA-FOLDER WORK COMPILER INCLUDE SOURCE…
"""
import glob
import pathlib
import shutil
import subprocess
import sys


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")


def main():
    generator, metadata, work, compiler, include, *sources = sys.argv[1:]
    if not glob.glob(metadata + "/*.winmd"):
        print(f"SKIPPED: no metadata in {metadata} (set LATCHKEY_WINMD_DIR)")
        return
    work = pathlib.Path(work)
    shutil.rmtree(work, ignore_errors=True)
    # A part of Windows' files is enough for tasks; types that only other files define are left out.
    run(generator, "--in", metadata, "--out", work, "--skip-unresolved")
    for source in sources:
        run(compiler, "-std=c++20", "-fsyntax-only", "-isystem", work, "-isystem", include, source)
        print(f"{pathlib.Path(source).name} compiles against Windows' metadata")


main()
