#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/compatibility.md tells the truth about the runtime: a class that it calls done or differs has a factory, one that
it calls absent has none, unless its note gives the error that its members answer.

    compatibility_runtime_test.py DOCUMENT OURS.winmd liblatchkey.so
"""
import ctypes
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/support"))
import compatibility
import winmd

CLASS_NOT_REGISTERED = 0x80040154
IACTIVATION_FACTORY = bytes.fromhex("3500000000000000c000000000000046")


class Runtime:
    def __init__(self, library):
        self.library = ctypes.CDLL(library)

    def factory_result(self, name):
        string, factory = ctypes.c_void_p(), ctypes.c_void_p()
        text = ctypes.create_unicode_buffer(name)
        self.library.WindowsCreateString(text, ctypes.c_uint32(len(name)), ctypes.byref(string))
        result = self.library.RoGetActivationFactory(string, IACTIVATION_FACTORY, ctypes.byref(factory))
        self.library.WindowsDeleteString(string)
        return result & 0xFFFFFFFF


def main():
    document, ours, library = sys.argv[1:]
    runtime, types = Runtime(library), winmd.load([ours])
    _, sections = compatibility.read_document(document)
    problems, asked = [], 0
    for name, kind in sorted(types.items()):
        named = {attribute.rpartition(".")[2] for attribute, _ in kind.attributes}
        if kind.kind != "runtimeclass" or not named & {"Activatable", "Static"}:
            continue
        namespace, _, short = name.rpartition(".")
        state, note = sections[namespace][short]
        result = runtime.factory_result(name)
        asked += 1
        if state != "absent" and result != 0:
            problems.append(f"{name} is called {state}, but RoGetActivationFactory answers {result:#x}")
        if state == "absent" and "`0x" not in note and result != CLASS_NOT_REGISTERED:
            problems.append(f"{name} is called absent, but RoGetActivationFactory answers {result:#x}")
    print("\n".join(problems + [f"{asked} classes asked for, {len(problems)} problems"]))
    return 1 if problems or not asked else 0


sys.exit(main())
