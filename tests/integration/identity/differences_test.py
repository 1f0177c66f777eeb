#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The identity test can fail: each kind of mistake, made in the facts, is reported, and the unchanged facts are not."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/support"))
import winmd
import winmd_facts

B = "Windows.ApplicationModel.Background."
# (type, text in its facts, what it is changed to)
MISTAKES = [
    (B + "IBackgroundTask", "7d13d534", "7d13d535"),
    (B + "IBackgroundTask", "taskInstance", "instance"),
    (B + "IBackgroundTaskBuilder", "6 void put_TaskEntryPoint", "7 void put_TaskEntryPoint"),
    (B + "SystemTriggerType", "UserAway = 3", "UserAway = 4"),
    (B + "SystemTrigger", "flags 0x4101", "flags 0x4001"),
    (B + "SystemTrigger", "ISystemTriggerFactory", "ISystemTriggerFactory2"),
    (B + "SystemTrigger", "Threading(2)", "Threading(3)"),
    (B + "SystemTrigger", "[default]", ""),
    ("Windows.Foundation.Point", "Single X", "Double X"),
    ("Windows.Foundation.IReference`1", "implements Windows.Foundation.IPropertyValue", "implements Windows.Foundation.IClosable"),
    (B + "IApplicationTrigger", "RequestAsyncWithArguments", "RequestAsync2"),
    ("Windows.Foundation.Collections.MapChangedEventHandler`2", "constructor's method is in", ""),
]
# Classes whose interfaces, constructors, members or statics have an order that is easily lost.
ORDERED = [
    ("Windows.Storage.StorageFile", "    implements "),
    (B + "PushNotificationTrigger", "    member void .ctor"),
    ("Windows.Foundation.WwwFormUrlDecoder", "    member "),
    (B + "BackgroundExecutionManager", "    member static "),
]


def main():
    ours = winmd.load([sys.argv[1]])
    facts = winmd_facts.facts_of(ours, ours)
    if unwanted := winmd_facts.compare(facts, facts, {}):
        sys.exit(f"a file differs from itself: {unwanted}")
    for name, old, new in MISTAKES:
        changed = [line.replace(old, new) for line in facts[name]]
        if changed == facts[name]:
            sys.exit(f"{name} has no fact with {old!r}")
        found = winmd_facts.compare({**facts, name: changed}, facts, {})
        if not found or any(not line.startswith(name + ":") for line in found):
            sys.exit(f"{name}: {old!r} -> {new!r} was reported as {found}")
    for name, start in ORDERED:
        first, second = [index for index, line in enumerate(facts[name]) if line.startswith(start)][:2]
        changed = list(facts[name])
        changed[first], changed[second] = changed[second], changed[first]
        found = winmd_facts.compare({**facts, name: changed}, facts, {})
        if found != [f"{name}: same members in another order"]:
            sys.exit(f"{name}: another order was reported as {found}")
    missing = {name: block for name, block in facts.items() if name != B + "IBackgroundTask"}
    if not winmd_facts.compare(missing, facts, {}):
        sys.exit("a type that Windows does not have was not reported")
    print(f"{len(MISTAKES) + len(ORDERED) + 1} mistakes made, all found")


main()
