#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds docs/compatibility.md against our Windows.winmd.

    compatibility.py check DOCUMENT OURS.winmd --left-out LIST   a row for each type and member, none too many
    compatibility.py update DOCUMENT OURS.winmd                  adds missing rows (state absent), drops rows of nothing

A row is "| `Name` | state | note |" under the heading "## `Namespace`". Enums, structs and delegates have one row;
interfaces and classes one, and one for each member that is theirs: a class's own interfaces, statics and constructors,
not those of public interfaces, which have their own rows. state is one of STATES; differs and absent need a note, but
for a member whose type has one.
"""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import winmd
from winmd_facts import METADATA, SPECIAL_NAME, owner, read_left_out

STATES = ("done", "differs", "absent")
ROW = re.compile(r"^\| `([^`]+)` \| (\w+) \| (.*?) ?\|$")
HEADING = re.compile(r"^## `([\w.]+)`$")
WITHOUT_BEHAVIOUR = ("enum", "struct", "delegate")


def exclusive(name, types):
    return name == "default" or name in types and types[name].flags & 1 == 0


def member_names(kind, types):
    """Members in the order of their slots; property and event once."""
    accessors = {method: member.name for member in kind.properties + kind.events for method in member.accessors.values()}
    for method in kind.methods:
        if kind.kind == "runtimeclass" and not exclusive(owner(kind, method, types), types):
            continue
        if method.name == ".ctor":
            yield f"({', '.join(parameter.name for parameter in method.parameters)})"
        elif method.name in accessors and method.flags & SPECIAL_NAME:
            yield "." + accessors[method.name]
        else:
            yield f".{method.name}({', '.join(parameter.name for parameter in method.parameters)})"


def rows_of(types):
    """{namespace: [row name]}: what the document has to say something about."""
    rows = {}
    for name, kind in sorted(types.items()):
        if kind.kind in ("attribute", "apicontract") or not kind.flags & 1:
            continue
        namespace, _, short = name.rpartition(".")
        short = re.sub(r"`\d", "", short) + (f"<{', '.join(kind.generics)}>" if kind.generics else "")
        names = [short]
        if kind.kind not in WITHOUT_BEHAVIOUR:
            names += [short + member for member in dict.fromkeys(member_names(kind, types))]
        rows.setdefault(namespace, []).extend(names)
    return rows


def read_document(path):
    """(text before the tables, {namespace: {row: (state, note)}})"""
    preface, sections, current = [], {}, None
    for line in open(path, encoding="utf-8").read().splitlines():
        if heading := HEADING.match(line):
            current = sections.setdefault(heading[1], {})
        elif current is None:
            preface.append(line)
        elif row := ROW.match(line):
            current[row[1]] = (row[2], row[3])
    return preface, sections


def check(path, types, left_out):
    problems, (_, sections) = [], read_document(path)
    wanted = rows_of(types)
    for namespace, names in wanted.items():
        have = sections.get(namespace, {})
        problems += [f"{namespace}: no row for `{name}`" for name in names if name not in have]
        problems += [f"{namespace}: a row for `{name}`, which is not in Windows.winmd" for name in have if name not in names]
        for name, (state, note) in have.items():
            head = re.split(r"[.(]", name)[0]
            if state not in STATES:
                problems.append(f"{namespace}: `{name}`: state {state}; known are {', '.join(STATES)}")
            elif state != "done" and not note and not have.get(head, ("", ""))[1]:
                problems.append(f"{namespace}: `{name}`: {state} needs a note")
    problems += [f"section `{namespace}` is about nothing in Windows.winmd" for namespace in sections if namespace not in wanted]
    text = open(path, encoding="utf-8").read()
    problems += [f"{interface} is left out of {kind}, and the document does not say so"
                 for kind, interfaces in left_out.items() for interface in interfaces
                 if f"`{interface.rpartition('.')[2]}`" not in text]
    for line in problems:
        print(line)
    total = sum(map(len, wanted.values()))
    print(f"{total} rows wanted, {len(problems)} problems")
    return 1 if problems else 0


def update(path, types):
    preface, sections = read_document(path)
    lines = preface
    for namespace, names in rows_of(types).items():
        lines += [f"## `{namespace}`", "| type, member | state | note |", "|---|---|---|"]
        for name in names:
            kind = types.get(f"{namespace}.{name}")
            start = ("done", "") if kind and kind.kind in WITHOUT_BEHAVIOUR else ("absent", "")
            state, note = sections.get(namespace, {}).get(name, start)
            lines.append(f"| `{name}` | {state} | {note}{' ' if note else ''}|")
        lines.append("")
    open(path, "w", encoding="utf-8").write("\n".join(lines).rstrip("\n") + "\n")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["check", "update"])
    parser.add_argument("document")
    parser.add_argument("ours")
    parser.add_argument("--left-out")
    options = parser.parse_args()
    types = winmd.load([options.ours])
    if options.command == "update":
        return update(options.document, types)
    return check(options.document, types, read_left_out(options.left_out))


if __name__ == "__main__":
    sys.exit(main())
