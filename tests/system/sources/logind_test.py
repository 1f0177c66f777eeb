#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real logind (elogind, which needs no systemd) on a bus of its own: what the sources make of sessions and presence.
Needs root for the daemon; the program under test runs as nobody, whose sessions are opened."""
import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import daemons
from daemons import NOBODY, skip

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--program", required=True)
options.add_argument("--session", required=True)
options.add_argument("--daemons", type=pathlib.Path, required=True)
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
    rig.expect("Session is false (logind)")
    logind.kill()
    rig.expect("Session is unknown ()", "UserPresence is unknown ()")


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


daemons.run_test(given.test, globals())
