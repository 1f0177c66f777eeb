#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what identifies Windows Runtime types, and compares our types with Windows'.

    winmd_facts.py print FILE.winmd… [--only OURS.winmd]       facts of all types, or of those that OURS defines
    winmd_facts.py compare FACTS OURS.winmd [--left-out LIST]  OURS against facts committed as text
    winmd_facts.py compare-metadata FOLDER OURS.winmd [--left-out LIST]
                                                              OURS against real metadata; prints SKIPPED without it

tests/data/windows-types.txt is written, from the root of the source tree and where real metadata is at hand, by

    python3 tests/support/winmd_facts.py print ../shared/winmd/*.winmd --only build/dev/idl/Windows.winmd \\
        > tests/data/windows-types.txt

A type is one block: its kind, flags, IID, attributes and members. Members of interfaces stand in vtable order with
their slot; interfaces and members of classes in the order of their rows, each member with the interface that it belongs
to. Attributes are sorted: Windows' metadata has them in no order. Not among the facts: versions of factories,
partitions and deprecation, because they say when Windows got or gave up something; names of return values and
attributes of parameters, because MIDL cannot spell them; where an attribute type may be used; RemoteAsync on a class's
copy of a method, where Windows does not always repeat what the interface says.
"""
import argparse
import glob
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import winmd

METADATA = "Windows.Foundation.Metadata."
NOT_FACTS = {METADATA + name for name in (
    "PreviousContractVersion", "Version", "DualApiPartition", "Muse", "Platform", "Deprecated",
    "AttributeUsage", "AttributeName")}
# The rest of these attributes' arguments are versions.
NAMES_AN_INTERFACE = {METADATA + name for name in ("Activatable", "Static", "Composable")}
SPECIAL_NAME, STATIC = 0x0800, 0x0010
FIRST_SLOT = {"interface": 6, "delegate": 3}
DIFFERENCES_MAX = 40


def guid_text(arguments):
    first, second, third = arguments[:3]
    tail = "".join(f"{byte:02x}" for byte in arguments[3:])
    return f"{first:08x}-{second:04x}-{third:04x}-{tail[:4]}-{tail[4:]}"


def attribute_lines(kind):
    lines = []
    for name, arguments in kind.attributes:
        if name in NOT_FACTS or name == METADATA + "ApiContract":
            continue
        if name == METADATA + "Guid":
            lines.append("iid " + guid_text(arguments))
        elif name in NAMES_AN_INTERFACE:
            interface = arguments[0] if isinstance(arguments[0], str) and "Contract" not in arguments[0] else "default"
            lines.append(f"{name.removeprefix(METADATA).lower()} {interface}")
        else:
            text = ", ".join(map(str, arguments))
            lines.append(f"attribute {name}({text})")
    return sorted(lines)


def parameter_text(parameter):
    direction = "out " if parameter.flags & 2 else ""
    return f"{direction}{parameter.type} {parameter.name}"


def method_text(kind, method):
    """The method with what it is an accessor of, its unique name among overloads and its own attributes."""
    accessor = next((f" [{word} {member.name}]" for word, members in (("property", kind.properties), ("event", kind.events))
                     for member in members if method.name in member.accessors.values()), "")
    parameters = ", ".join(map(parameter_text, method.parameters))
    notes = ""
    for name, arguments in sorted(method.attributes, key=str):
        if name == METADATA + "Overload":
            # Windows names an overload also when the name says nothing new.
            notes += f" [overload {arguments[0]}]" if arguments[0] != method.name else ""
        elif name not in NOT_FACTS and not (name == METADATA + "RemoteAsync" and kind.kind == "runtimeclass"):
            notes += f" [{name.removeprefix(METADATA)}{arguments if arguments else ''}]"
    static = "static " if method.flags & STATIC else ""
    return f"{static}{method.result.type} {method.name}({parameters}){accessor}{notes}"


def shape(method):
    return method.name, [one.type for one in method.parameters]


def owner(kind, method, types):
    """The interface of a class's method: from its MethodImpl row, or, of a static one, from the static interfaces."""
    if method.implements:
        return method.implements.rpartition(".")[0]
    wanted = "Activatable" if method.name == ".ctor" else "Static"
    for name, arguments in kind.attributes:
        if name in (METADATA + wanted, METADATA + "Composable") and isinstance(arguments[0], str):
            interface = types.get(arguments[0])
            if interface and any(shape(method) == shape(one) or
                                 method.name == ".ctor" and shape(method)[1] == shape(one)[1]
                                 for one in interface.methods):
                return arguments[0]
    return "default" if method.name == ".ctor" and not method.parameters else ""


def member_lines(kind, types):
    if kind.kind == "enum":
        return [f"{field.name} = {field.value}" if field.value is not None else f"of {field.type}" for field in kind.fields]
    if kind.kind == "struct":
        return [f"{field.type} {field.name}" for field in kind.fields]
    if kind.kind == "attribute":
        return ([f"({', '.join(parameter_text(one) for one in method.parameters)})" for method in kind.methods] +
                [f"{field.type} {field.name}" for field in kind.fields])
    if kind.kind == "runtimeclass":
        return [f"member {method_text(kind, method)} of {owner(kind, method, types)}" for method in kind.methods]
    callable_methods = [method for method in kind.methods if method.name != ".ctor"]
    marked = [f"constructor's {parameter.name} is in" for method in kind.methods if method.name == ".ctor"
              for parameter in method.parameters if parameter.flags]
    return marked + [f"{slot} {method_text(kind, method)}"
                     for slot, method in enumerate(callable_methods, FIRST_SLOT.get(kind.kind, 0))]


def facts(kind, types):
    interfaces = [f"implements {name}{' [default]' if any(a == METADATA + 'Default' for a, _ in attributes) else ''}"
                  for name, attributes in kind.interfaces]
    generics = [f"generic {name}" for name in kind.generics]
    extends = [f"extends {kind.extends}"] if kind.kind == "runtimeclass" else []
    head = f"{kind.kind} {kind.name}"
    return [head] + ["    " + line for line in
                     [f"flags {kind.flags:#06x}"] + extends + generics + attribute_lines(kind) + interfaces +
                     member_lines(kind, types)]


def facts_of(types, only):
    return {name: facts(types[name], types) for name in sorted(only) if name in types and types[name].kind != "apicontract"}


def read_facts(path):
    blocks, current = {}, None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            current = blocks.setdefault(line.split(" ")[1], [])
        current.append(line)
    return blocks


def read_left_out(path):
    """Lines "TYPE INTERFACE: reason": whole interfaces (or static and factory interfaces) that our class does not have."""
    left_out = {}
    for line in open(path, encoding="utf-8") if path else ():
        if line.strip() and not line.startswith("#"):
            kind, interface = line.split(":")[0].split()
            left_out.setdefault(kind, set()).add(interface)
    return left_out


def without(block, interfaces):
    """The facts of a type as they are when it does not have these interfaces."""
    def belongs(line):
        words = line.split()
        return any(words[-1] == interface or words[:2] == ["implements", interface] or
                   words[0] in ("static", "activatable", "composable") and words[1] == interface
                   for interface in interfaces)
    return [line for line in block if not belongs(line)]


def compare(expected, ours, left_out):
    """The differences as lines; none means that every type of ours is Windows'."""
    differences = []
    for name in sorted(set(left_out) - set(ours)):
        differences.append(f"{name}: is in the list of what is left out, but not among our types")
    for name, block in ours.items():
        if name not in expected:
            differences.append(f"{name}: no such type in Windows")
            continue
        for interface in sorted(left_out.get(name, ())):
            if len(without(expected[name], [interface])) == len(expected[name]):
                differences.append(f"{name}: {interface} is left out, but Windows' type has no such interface")
        wanted = without(expected[name], left_out.get(name, ()))
        if wanted == block:
            continue
        missing, extra = [line for line in wanted if line not in block], [line for line in block if line not in wanted]
        differences += [f"{name}: missing {line.strip()}" for line in missing]
        differences += [f"{name}: not in Windows: {line.strip()}" for line in extra]
        if not missing and not extra:
            differences.append(f"{name}: same members in another order")
    return differences


def report(differences, count):
    for line in differences[:DIFFERENCES_MAX]:
        print(line)
    if len(differences) > DIFFERENCES_MAX:
        print(f"… and {len(differences) - DIFFERENCES_MAX} more")
    print(f"{count} types compared, {len(differences)} differences")
    return 1 if differences or count == 0 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["print", "compare", "compare-metadata"])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--only", help="print the types that this file defines")
    parser.add_argument("--left-out", help="list of interfaces that our classes leave out")
    options = parser.parse_args()
    if options.command == "print":
        types = winmd.load(options.files)
        only = winmd.load([options.only]) if options.only else types
        print("# What identifies Windows' types; tests/support/winmd_facts.py says how this file is made.")
        for block in facts_of(types, only).values():
            print("\n" + "\n".join(block))
        return 0
    reference, ours = options.files
    our_types = winmd.load([ours])
    our_facts = facts_of(our_types, our_types)
    left_out = read_left_out(options.left_out)
    if options.command == "compare":
        expected = read_facts(reference)
        differences = [f"{name}: among the facts, but not among our types" for name in sorted(set(expected) - set(our_facts))]
        return report(differences + compare(expected, our_facts, left_out), len(our_facts))
    paths = sorted(glob.glob(os.path.join(reference, "*.winmd")))
    if not paths:
        print(f"SKIPPED: no metadata in {reference} (set LATCHKEY_WINMD_DIR)")
        return 0
    real = winmd.load(paths)
    return report(compare(facts_of(real, our_facts), our_facts, left_out), len(our_facts))


if __name__ == "__main__":
    sys.exit(main())
