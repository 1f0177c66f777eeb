# SPDX-License-Identifier: MIT
"""A machine for tests of the whole: a network and an /etc of their own (namespaces), a private broker under a folder,
and an ordinary user. A test calls enter() first; what it does then happens inside."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

SKIPPED = 77
NOBODY = 65534
MARK = "LATCHKEY_PRIVATE_MACHINE"


def enter():
    """Runs this program again inside the namespaces, and ends with its result; returns when it is inside."""
    if os.environ.get(MARK):
        return
    if not shutil.which("ip"):
        print("skipped: needs ip (iproute2)")
        sys.exit(SKIPPED)
    own = ["unshare", "--net", "--mount"]
    if os.geteuid() != 0:
        own += ["--user", "--map-current-user", "--keep-caps"]
    tried = subprocess.run([*own, "sh", "-c", "mount --make-rprivate / && ip link set lo up"], capture_output=True, text=True)
    if tried.returncode:
        print(f"skipped: no network namespace can be made here: {tried.stderr.strip()}")
        sys.exit(SKIPPED)
    os.execvpe("unshare", [*own, sys.executable, *sys.argv], {**os.environ, MARK: "1"})


def run(*command, **options) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Machine:
    """place: a folder of this test alone. prefix: an installation of Latchkey that everybody may read."""

    def __init__(self, place: pathlib.Path, prefix: pathlib.Path, system_bus="unix:path=/nonexistent"):
        self.place, self.prefix, self.system_bus = place, prefix, system_bus
        self.root, self.home = place / "root", place / "home"
        for folder in (self.root, self.home):
            folder.mkdir()
            if os.geteuid() == 0:
                os.chown(folder, NOBODY, NOBODY)
        place.chmod(0o755)
        run("mount", "--make-rprivate", "/")
        etc = place / "etc"
        etc.mkdir()
        subprocess.run(["cp", "-a", "/etc/.", etc], stderr=subprocess.DEVNULL)  # what this user may read
        run("mount", "--bind", etc, "/etc")
        self.choose_zone("Europe/Warsaw")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "wall")
        run("ip", "address", "add", "192.0.2.1/24", "dev", "cable")

    def choose_zone(self, zone):
        new = self.place / "etc/localtime.new"
        new.symlink_to(f"/usr/share/zoneinfo/{zone}")
        new.rename(self.place / "etc/localtime")

    def plug_in(self):
        run("ip", "link", "set", "wall", "up")
        run("ip", "link", "set", "cable", "up")
        run("ip", "route", "add", "default", "via", "192.0.2.2", "dev", "cable")

    def pull_the_plug(self):
        run("ip", "link", "set", "wall", "down")

    def policy(self, text):
        (self.root / "config").mkdir(exist_ok=True)
        (self.root / "config/policy.toml").write_text(text)

    def as_user(self, *command):
        drop = ["setpriv", "--inh-caps=-all"]
        drop += [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 and not self.mapped() \
            else ["--ambient-caps=-all"]
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8", "LATCHKEY_ROOT": self.root,
                       "DBUS_SYSTEM_BUS_ADDRESS": self.system_bus}
        return [*drop, "env", "-i", *(f"{name}={value}" for name, value in environment.items()), *map(str, command)]

    @staticmethod
    def mapped():
        return pathlib.Path("/proc/self/uid_map").read_text().split()[2] != "4294967295"

    def latchkey(self, *words, check=True) -> str:
        done = subprocess.run(self.as_user(self.prefix / "bin/latchkey", *words), capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            sys.exit(f"latchkey {' '.join(map(str, words))}\nended with {done.returncode}\n{done.stdout}{done.stderr}\n{self.log()}")
        return done.stdout + done.stderr

    def log(self):
        path = self.root / "state/broker.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else "(no broker.log)"

    def until(self, so, what, seconds=30):
        end = time.monotonic() + seconds
        while not (answer := so()):
            if time.monotonic() > end:
                sys.exit(f"FAILED: not in {seconds} s: {what}\n{self.log()}")
            time.sleep(0.05)
        return answer

    def processes(self):
        """Ids and programs of everything that runs out of this test's folder."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                program = os.readlink(entry / "exe")
            except OSError:
                continue
            if program.startswith((str(self.place), str(self.prefix))):
                found[int(entry.name)] = pathlib.Path(program.removesuffix(" (deleted)")).name
        return found

    def broker(self):
        return next((pid for pid, name in self.processes().items() if name == "latchkeyd"), None)

    def kill(self):
        for pid in self.processes():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
