#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real logind (elogind, which needs no systemd) on a bus of its own: what the sources make of sessions and presence.
Needs root for the daemon; the program under test runs as nobody, whose sessions are opened."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent.parent / "support")]
import daemons
import private_machine
from daemons import NOBODY, skip

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--program", required=True)
options.add_argument("--session", required=True)
options.add_argument("--daemons", type=pathlib.Path, required=True)
options.add_argument("--cmake", default="cmake")
options.add_argument("--build", help="where Latchkey was built")
options.add_argument("--cxx")
options.add_argument("test")
given = options.parse_args()


class Session:
    def __init__(self, rig):
        self.process = rig.start(given.session, str(NOBODY), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("session "):
            sys.exit(f"FAILED: no session: {line}")

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def start_logind(rig):
    daemon = given.daemons / "lib/elogind/elogind"
    if not daemon.exists():
        skip("elogind is not there; ./check --system unpacks it")
    for folder in ("/run", "/sys/fs/cgroup"):
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    os.makedirs("/run/systemd", exist_ok=True)
    log = open(rig.folder / "daemon.log", "w")
    return rig.start(str(daemon), env={**os.environ, "LD_LIBRARY_PATH": str(daemon.parent)}, stdout=log, stderr=log)


def TellsPresenceAndSessions(rig):
    start_logind(rig)
    rig.listen(given.program, "sessions")
    rig.expect("Session is false (logind)", "UserPresence is false (logind)")
    session = Session(rig)
    rig.expect("Session is true (logind)", "SessionConnected fired", "SessionStart fired", "UserPresence is true (logind)",
               "UserPresent fired")
    session.say("lock on")
    rig.expect("UserPresence is false (logind)", "UserAway fired")
    session.say("lock off")
    rig.expect("UserPresence is true (logind)", "UserPresent fired")
    session.say("idle on")
    rig.expect("UserPresence is false (logind)", "UserAway fired")
    session.say("idle off")
    rig.expect("UserPresence is true (logind)")
    session.end()
    rig.expect("Session is false (logind)", "SessionDisconnected fired", "UserPresence is false (logind)")


def IsUnknownAgainWhenItDies(rig):
    logind = start_logind(rig)
    rig.listen(given.program, "sessions")
    rig.expect("Session is false (logind)", "UserPresence is false (logind)")
    logind.kill()
    rig.expect("Session is unknown ()", "UserPresence is unknown ()")


def LetsTheFirstDocumentsTaskRunWhenTheUserIsPresent(rig):
    """The whole: the document's trigger and condition, an app that quits, a broker that asks a real logind."""
    start_logind(rig)
    prefix, work = rig.folder / "prefix", rig.folder / "agenda"
    private_machine.run(given.cmake, "--install", given.build, "--prefix", prefix)
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    private_machine.run(given.cmake, "-S", HERE.parent.parent.parent / "examples/agenda", "-B", work, *generator,
                        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={given.cxx}", "-DCMAKE_BUILD_TYPE=Debug",
                        "-DCMAKE_CXX_FLAGS_DEBUG=-O0")
    private_machine.run(given.cmake, "--build", work, "-j", "2")
    place = rig.folder / "machine"
    place.mkdir()
    machine = private_machine.Machine(place, prefix, os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
    why = lambda: json.loads(machine.latchkey("why", "ExampleBackgroundTask", "--json"))
    try:
        machine.latchkey("install", work / "Agenda.appx", "--allow")
        machine.latchkey("launch", "Latchkey.Agenda", "--condition", "UserPresent")
        machine.choose_zone("Asia/Tokyo")
        machine.until(lambda: why()["state"] == "latched", "the firing is latched: nobody is logged in")
        condition = why()["conditions"][0]
        if (condition["name"], condition["known"], condition["source"]) != ("UserPresent", True, "logind"):
            sys.exit(f"FAILED: {condition}")
        Session(rig)
        machine.until(lambda: why()["last_end_us"], "the task runs when the user is present")
        said = machine.latchkey("launch", "Latchkey.Agenda")
        if "completed: 5 of 5 appointments are now in JST" not in said:
            sys.exit(f"FAILED: {said}")
    finally:
        machine.kill()


def IsFoundAgainAfterTheBusWasRestarted(rig):
    logind = start_logind(rig)
    rig.listen(given.program, "sessions")
    rig.expect("Session is false (logind)")
    logind.kill()
    rig.bus.kill()
    rig.bus.wait()
    rig.expect("Session is unknown ()")
    rig.start_bus()
    rig.start(str(given.daemons / "lib/elogind/elogind"),
              env={**os.environ, "LD_LIBRARY_PATH": str(given.daemons / "lib/elogind")}, stderr=subprocess.DEVNULL)
    rig.expect("Session is false (logind)")


def IsNoticedWhenTheBusComesLater(rig):
    """Nobody looks for it: the folder of its socket is not there at first."""
    rig.bus.kill()
    rig.bus.wait()
    (rig.folder / "bus").unlink()
    later = rig.folder / "later/dbus"
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={later}/bus"
    rig.listen(given.program, "sessions")
    opened = pathlib.Path(f"/proc/{rig.processes[-1].pid}/fd")
    rig.wait_for(lambda: any(os.readlink(name) == "anon_inode:inotify" for name in opened.iterdir()), "it waits for a bus")
    later.mkdir(parents=True)
    rig.folder = later
    (later / "bus.conf").write_text(daemons.BUS.format(folder=later))
    rig.start_bus()
    start_logind(rig)
    rig.expect("Session is false (logind)")


daemons.run_test(given.test, globals())
