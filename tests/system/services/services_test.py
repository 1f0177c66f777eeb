#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The installed units and activation files, met by a real systemd user manager and a real dbus-daemon. All of them are
nobody's, in namespaces of their own; root is needed to make those, and a cgroup for the manager."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "sources")]
import daemons
from daemons import NOBODY, skip

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--cmake", default="cmake")
options.add_argument("--build", required=True, help="where Latchkey was built")
options.add_argument("test")
given = options.parse_args()

SYSTEMD = pathlib.Path("/lib/systemd/systemd")
UNITS = "lib/systemd/user"
MANIFEST = """<Package><Identity Name="Contoso.Mail" Publisher="CN=Contoso" Version="1.0.0.0"/><Applications>
<Application Id="App" StartPage="a.html"><Extensions><Extension Category="windows.backgroundTasks" EntryPoint="Mail.Sync"
Executable="backgroundTaskHost.exe"><BackgroundTasks><Task Type="systemEvent"/></BackgroundTasks></Extension></Extensions>
</Application></Applications></Package>
"""


def check(so, what):
    if not so:
        sys.exit(f"FAILED: {what}")


def has_ended(pid):
    """Gone, or only waiting for a parent who looks."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


class Home:
    """A user with nothing but an installed Latchkey."""

    def __init__(self, rig):
        self.rig, self.prefix, self.place = rig, rig.folder / "prefix", rig.folder / "home"
        subprocess.run([given.cmake, "--install", given.build, "--prefix", str(self.prefix)], check=True,
                       stdout=subprocess.DEVNULL)
        for folder in (self.place, self.place / "run"):
            folder.mkdir(mode=0o700)
            os.chown(folder, NOBODY, NOBODY)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.place), "LANG": "C.UTF-8",
                            "XDG_RUNTIME_DIR": str(self.place / "run"), "SYSTEMD_UNIT_PATH": f"{self.prefix / UNITS}:",
                            "XDG_DATA_DIRS": f"{self.prefix}/share:/usr/share"}
        self.policy = self.place / ".config/latchkey/policy.toml"
        self.database = self.place / ".local/state/latchkey/broker.db"

    def words(self, *words):
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *map(str, words)]

    def run(self, *words, status=0, seconds=60, **more):
        done = subprocess.run(self.words(*words), env={**self.environment, **more}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=seconds, cwd="/")
        print(f"  {' '.join(str(word) for word in words[:6])} -> {done.returncode}", flush=True)
        if status is not None:
            check(done.returncode == status, f"{words} -> {done.returncode}: {done.stdout}")
        return done.stdout

    def latchkey(self, *words, **more):
        return self.run(self.prefix / "bin/latchkey", *words, **more)

    def systemctl(self, *words, **more):
        return self.run("systemctl", "--user", "--no-pager", *words, **more)

    def shown(self, unit, name):
        return self.systemctl("show", "--value", "-p", name, unit).strip()

    def manager(self):
        """Starts the user manager and waits until it answers."""
        if not SYSTEMD.exists() or not shutil.which("systemctl"):
            skip("needs systemd")
        # It wants to believe that the machine was booted with systemd, and a cgroup that is its own.
        daemons.run("mount -t tmpfs none /run/systemd") if os.path.isdir("/run/systemd") else os.mkdir("/run/systemd")
        os.makedirs("/run/systemd/system", exist_ok=True)
        self.group = self.cgroup()
        if self.group is None:
            skip("no cgroup can be made for the user manager here")
        join = f"echo $$ >{self.group}/cgroup.procs && exec \"$@\""
        self.log = self.rig.folder / "manager.log"
        with open(self.log, "w") as log:
            self.process = self.rig.start("sh", "-c", join, "sh", *self.words(
                SYSTEMD, "--user", "--unit=basic.target", "--log-target=console", "--log-level=info"),
                env=self.environment, stdout=log, stderr=log, cwd="/")
        self.wait(lambda: self.process.poll() is not None or
                  (self.place / "run/systemd/private").exists(), "the user manager answers")
        if self.process.poll() is not None:
            skip(f"the user manager does not run here: {self.log.read_text()[-500:]}")

    def cgroup(self):
        tree = "/sys/fs/cgroup"
        if subprocess.run(["mount", "-t", "cgroup2", "none", tree]).returncode:
            return None
        folder = pathlib.Path(tree) / f"latchkey-services-{os.getpid()}"
        try:
            folder.mkdir()
            for name in (folder, folder / "cgroup.procs", folder / "cgroup.subtree_control", folder / "cgroup.threads"):
                os.chown(name, NOBODY, NOBODY)
            return folder
        except OSError as error:
            print(f"  {error}")
            return None

    def wait(self, so, what):
        end = time.monotonic() + daemons.PATIENCE
        while not so():
            if time.monotonic() > end:
                if hasattr(self, "log"):
                    print(self.log.read_text()[-3000:])
                sys.exit(f"FAILED: {what}")
            time.sleep(0.05)

    def bus(self):
        if not pathlib.Path("/usr/lib/systemd/user/dbus.socket").exists():
            skip("needs dbus-user-session")
        self.systemctl("start", "dbus.socket")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.place}/run/bus"

    def call(self, member, *words, **more):
        return self.run("busctl", "--user", "call", "org.latchkey.Broker1", "/org/latchkey/Broker1", "org.latchkey.Broker1",
                        member, *words, **more)

    def register(self):
        """Installs a package and registers a task of it, by whatever broker there is."""
        folder = self.place / "mail"
        folder.mkdir()
        (folder / "AppxManifest.xml").write_text(MANIFEST)
        self.latchkey("install", folder, "--in-place", "--allow")
        family = json.loads(self.latchkey("packages", "--json"))[0]["package"]
        self.call("Register", "a{sv}", 4, "package", "s", family, "name", "s", "Sync", "entry-point", "s", "Mail.Sync",
                  "trigger", "s", "TimeZoneChange")
        check(self.names() == ["Sync"], "the task is registered")

    def names(self):
        return [task["name"] for task in json.loads(self.latchkey("list", "--json"))]

    def broker(self):
        """The process of the broker, asked of its lock."""
        return int((self.place / "run/latchkey/broker.lock").read_text())

    def main(self):
        return int(self.shown("latchkeyd.service", "MainPID"))

    def end(self):
        """Whatever of nobody's is left in this test's folder: brokers that clients started, apps of a bus."""
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if f"XDG_RUNTIME_DIR={self.place}/run".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                pass
        if getattr(self, "group", None):
            (self.group / "cgroup.kill").write_text("1")
            self.wait(lambda: "populated 0" in (self.group / "cgroup.events").read_text(), "the manager's processes ended")
            for folder, _, _ in os.walk(self.group, topdown=False):
                os.rmdir(folder)


def AreFoundGoodBySystemd(home):
    if not shutil.which("systemd-analyze"):
        skip("needs systemd-analyze")
    units = [home.prefix / UNITS / name for name in ("latchkeyd.service", "latchkeyd.socket")]
    said = home.run("systemd-analyze", "--user", "verify", "--man=no", *units, status=None)
    ours = [line for line in said.splitlines() if "latchkey" in line]
    check(not ours, f"systemd-analyze: {ours}")


def ASocketsFirstClientStartsTheBroker(home):
    home.manager()
    home.bus()
    home.systemctl("start", "latchkeyd.socket")
    check(home.shown("latchkeyd.service", "ActiveState") == "inactive", "nothing runs before anybody asks")
    check(home.names() == [], "a client is answered")
    check(home.shown("latchkeyd.service", "ActiveState") == "active", "the unit runs")
    check(home.shown("latchkeyd.service", "StatusText") == "Ready", "it told that it is ready")
    check(home.main() == home.broker(), "systemd's process is the broker")
    check(home.database.exists(), "the store is where it belongs")
    # Ready means that it answers: on the bus too, where its name is then.
    home.call("WhoAmI")


def AReloadReadsThePolicyAndAStopIsClean(home):
    home.manager()
    home.bus()
    home.systemctl("start", "latchkeyd.service")
    home.register()
    first = home.main()
    home.run("mkdir", "-p", home.policy.parent)
    home.run("sh", "-c", f"echo 'no such key' >{home.policy}")
    home.systemctl("reload", "latchkeyd.service")
    home.wait(lambda: "policy stays as it was" in home.shown("latchkeyd.service", "StatusText"), "a bad policy is refused")
    home.run("sh", "-c", f"echo 'profile = \"windows-10\"' >{home.policy}")
    home.systemctl("reload", "latchkeyd.service")
    home.wait(lambda: home.shown("latchkeyd.service", "StatusText") == "Ready", "a good one is read")
    check(home.main() == first and home.shown("latchkeyd.service", "ActiveState") == "active", "the same broker goes on")
    home.run("rm", home.policy)
    home.systemctl("stop", "latchkeyd.service")
    check(home.shown("latchkeyd.service", "Result") == "success", "it ended as it was told")
    check(home.shown("latchkeyd.service", "ExecMainStatus") == "0", "with status 0")
    check(has_ended(first), "it is gone")
    check(home.names() == ["Sync"], "the next one, started by its client, knows what was registered")
    check(home.main() not in (0, first), "it is systemd's again")


def AKilledBrokerIsStartedAgain(home):
    home.manager()
    home.bus()
    home.systemctl("start", "latchkeyd.service")
    home.register()
    first = home.main()
    os.kill(first, signal.SIGKILL)
    home.wait(lambda: home.main() not in (0, first) and home.shown("latchkeyd.service", "ActiveState") == "active",
              "systemd starts it again")
    check(home.shown("latchkeyd.service", "NRestarts") == "1", "once")
    check(home.names() == ["Sync"], "it knows what was registered")


def TheSocketTakesOverFromABrokerThatAClientStarted(home):
    check(home.names() == [], "a client starts a broker, because there is no systemd")
    first = home.broker()
    home.manager()
    home.bus()
    check(home.names() == [], "it goes on")
    home.systemctl("start", "latchkeyd.socket")
    check(home.names() == [], "a client of the new socket is answered")
    check(home.main() == home.broker() != first, "by systemd's broker")
    check(has_ended(first), "the first one has ended")
    home.register()
    check(home.shown("latchkeyd.service", "NRestarts") == "0", "nothing had to be tried twice")


def ABusStartsTheServiceThroughSystemd(home):
    home.manager()
    home.bus()
    said = home.call("WhoAmI")
    check('"trusted" b true' in said, said)
    check(home.main() == home.broker(), "the bus asked systemd for the unit")
    check(home.names() == [], "the socket serves as well")


def ABusWithoutSystemdStartsTheProgram(home):
    address = f"unix:path={home.place}/run/bus"
    home.environment["DBUS_SESSION_BUS_ADDRESS"] = address
    home.rig.start(*home.words("dbus-daemon", "--session", "--nofork", f"--address={address}"), env=home.environment, cwd="/")
    home.wait(lambda: (home.place / "run/bus").exists(), "the bus listens")
    check('"trusted" b true' in home.call("WhoAmI"), "the bus started the broker")
    check(home.broker() > 1, "it has the lock")
    home.register()


def in_a_home(test):
    def run(rig):
        home = Home(rig)
        try:
            test(home)
        finally:
            home.end()
    return run


tests = {name: in_a_home(test) for name, test in list(globals().items()) if name[0].isupper() and callable(test)}
daemons.run_test(given.test, tests)
