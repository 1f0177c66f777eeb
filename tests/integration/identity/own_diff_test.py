#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""latchkey-winmd diff says of our metadata and Windows' what the independent reader says: no type of ours differs, but
in the order of a class's copies of methods, which has no meaning, and in what is left out on purpose.

    own_diff_test.py latchkey-winmd FOLDER OURS.winmd LEFT-OUT-LIST
"""
import collections
import glob
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/support"))
import winmd_facts

# Windows' own exception: the constructor of this delegate alone has flags on its parameters.
ALLOWED = {("Windows.Foundation.Collections.MapChangedEventHandler`2", "method .ctor")}


def is_interface(name):
    short = name.rpartition(".")[2]
    return short.startswith("I") and short[1].isupper()


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
    copies, problems = collections.defaultdict(lambda: ([], [])), []
    for one in told["differences"]:
        if one["type"] in left_out or (one["type"], one["what"]) in ALLOWED:
            continue
        if one["what"] == "order" and not is_interface(one["type"]):
            continue
        if one["what"].startswith("method "):
            copies[one["type"]][0].append(one.get("left", ""))
            copies[one["type"]][1].append(one.get("right", ""))
        else:
            problems.append(f"{one['type']}: {one['what']}: {one.get('left')} / {one.get('right')}")
    for name, (left, right) in copies.items():
        # Slots of an interface have an order; a class's copies have none.
        if is_interface(name) or sorted(left) != sorted(right):
            problems.append(f"{name}: its methods differ")
    print("\n".join(problems + [f"{told['common']} types in both, {len(problems)} differ"]))
    return 1 if problems or told["common"] < 300 else 0


sys.exit(main())
