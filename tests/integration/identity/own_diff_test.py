#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""latchkey-winmd diff says of our metadata and Windows' what the independent reader says: no type of ours differs, but in
what is left out on purpose.

    own_diff_test.py latchkey-winmd FOLDER OURS.winmd LEFT-OUT-LIST
"""
import glob
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/support"))
import winmd_facts

def main():
    tool, folder, ours, left_out_list = sys.argv[1:]
    if not glob.glob(folder + "/*.winmd"):
        print(f"SKIPPED: no metadata in {folder} (set LATCHKEY_WINMD_DIR)")
        return 0
    done = subprocess.run([tool, "diff", "--json", ours, folder], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"latchkey-winmd diff ended with {done.returncode}\n{done.stderr}")
    told = json.loads(done.stdout)
    left_out = winmd_facts.read_left_out(left_out_list)
    # Where something is left out, Windows may have more, but nothing may be ours alone or stand elsewhere.
    problems = [f"{one['type']}: {one['what']}: {one.get('left')} / {one.get('right')}" for one in told["differences"]
                if one["type"] not in left_out or not one.get("right") or one["what"].startswith("order")]
    print("\n".join(problems + [f"{told['common']} types in both, {len(problems)} differ"]))
    return 1 if problems or told["common"] < 300 else 0


sys.exit(main())
