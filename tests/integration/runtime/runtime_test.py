#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The runtime's classes against the real broker: an app of an installed package registers tasks, finds them again in
its next process, keeps settings that two processes share, is refused what it may not have, and does not lose anything
when the broker is killed. The broker is started by whoever needs it first and ended by this test.

    runtime_test.py --latchkey PROGRAM --app PROGRAM --worker LIBRARY
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/support"))
import private_broker

MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name="{name}" Publisher="CN=Contoso" Version="1.0.0.0" />
  <Properties><DisplayName>Mail</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="app">
      <uap:VisualElements DisplayName="Mail" Description="Reads mail" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.Mail">
          <BackgroundTasks><Task Type="systemEvent" /><Task Type="timer" /><Task Type="general" /></BackgroundTasks>
        </Extension>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.Worker">
          <BackgroundTasks><Task Type="general" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
</Package>
"""
options = None
user = {}


class Session(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="latchkey-runtime-"))
        self.environment = {"PATH": os.environ["PATH"], "LATCHKEY_ROOT": str(self.root), "HOME": str(self.root)}
        for name in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        private_broker.give(self.root, user)
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.addCleanup(self.end_broker, signal.SIGTERM)
        self.app = self.install("Contoso.Mail")

    def install(self, name):
        folder = self.root / name
        folder.mkdir()
        (folder / "AppxManifest.xml").write_text(MANIFEST.format(name=name))
        shutil.copy(options.app, folder / "app")
        self.command(options.latchkey, "install", "--in-place", "--allow", folder)
        return folder / "app"

    def command(self, *words, status=0):
        done = subprocess.run([str(word) for word in words], env=self.environment, capture_output=True, text=True,
                              timeout=90, **user)
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}{done.stderr}{self.broker_log()}")
        return done.stdout.strip()

    def run_app(self, *words, status=0, app=None):
        return self.command(app or self.app, *words, status=status)

    def broker_log(self):
        log = self.root / "state/broker.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def end_broker(self, how):
        self.assertTrue(private_broker.end_broker(self.root, how), "the broker does not end")

    def test_registrations_are_there_in_the_next_process_and_after_a_killed_broker(self):
        first = self.run_app("register", "sync", "Tasks.Mail", "TimeZoneChange", "UserPresent")
        second = self.run_app("register", "sync", "Tasks.Mail", "TimeTrigger:15")
        self.assertNotEqual(first, second, "the same name twice makes two registrations")
        expected = sorted([f"{first} sync", f"{second} sync"])
        self.assertEqual(sorted(self.run_app("list").splitlines()), expected)
        self.end_broker(signal.SIGKILL)
        self.assertEqual(sorted(self.run_app("list").splitlines()), expected)
        self.run_app("unregister", "sync")
        self.assertEqual(self.run_app("list"), "")

    def test_grouped_tasks_are_found_in_their_group_only_and_triggers_are_made_again(self):
        self.run_app("register-in", "mail", "Mail", "grouped", "Tasks.Mail", "TimeZoneChange")
        for trigger in ("TimeZoneChange", "TimeTrigger:30", "MaintenanceTrigger:60", "ApplicationTrigger"):
            self.run_app("register", trigger.split(":")[0], "Tasks.Mail", trigger)
        self.assertEqual(self.run_app("groups"), "mail Mail: grouped")
        named = "Windows.ApplicationModel.Background."
        self.assertEqual(sorted(self.run_app("triggers").splitlines()),
                         [f"{name} {named}{kind}" for name, kind in (
                             ("ApplicationTrigger", "ApplicationTrigger"), ("MaintenanceTrigger", "MaintenanceTrigger"),
                             ("TimeTrigger", "TimeTrigger"), ("TimeZoneChange", "SystemTrigger"))])

    def test_a_package_sees_its_own_registrations_and_settings_only(self):
        other = self.install("Contoso.Other")
        self.run_app("register", "sync", "Tasks.Mail", "TimeZoneChange")
        self.run_app("insert", "key", "mine")
        self.assertEqual(self.run_app("list", app=other), "")
        self.assertEqual(self.run_app("lookup", "key", app=other), "")
        self.run_app("insert", "key", "other", app=other)
        self.assertEqual(self.run_app("lookup", "key"), "mine")

    def test_refusals_have_windows_hresult_and_say_what_is_wrong(self):
        def refused(*words, app=None):
            return self.run_app("register", *words, status=1, app=app)

        undeclared = refused("sync", "Tasks.Nobody", "TimeZoneChange")
        self.assertTrue(undeclared.startswith("0x80040154 BackgroundTaskBuilder.Register: "), undeclared)
        self.assertIn("AppxManifest.xml", undeclared)
        self.assertIn("Tasks.Nobody", undeclared)
        self.assertTrue(refused("sync", "Tasks.Mail", "TimeTrigger:1").startswith("0x80070057 "))
        self.assertTrue(refused("", "Tasks.Mail", "TimeZoneChange").startswith("0x80070057 "))
        self.assertTrue(refused("sync", "Tasks.Mail", "EmailStoreNotificationTrigger").startswith("0x80070032 "))
        self.assertTrue(refused("sync", "Tasks.Mail", "TimeZoneChange", *["UserPresent"] * 17)
                        .startswith("0x80070718 "))
        self.run_app("register", "ask", "Tasks.Mail", "ApplicationTrigger")
        self.assertTrue(refused("ask", "Tasks.Mail", "ApplicationTrigger").startswith("0x80070718 "))
        self.assertEqual(len(self.run_app("list").splitlines()), 1)

    def test_a_program_outside_of_packages_has_no_identity(self):
        outside = self.root / "outside"
        shutil.copy(options.app, outside)
        for words in (["register", "sync", "Tasks.Mail", "TimeZoneChange"], ["list"], ["lookup", "key"], ["request", "text"],
                      ["access"]):
            said = self.run_app(*words, status=1, app=outside)
            self.assertTrue(said.startswith("0x80070490 "), said)

    def test_two_processes_share_settings_and_a_killed_broker_loses_none(self):
        self.run_app("insert", "key", "value")
        self.assertEqual(self.run_app("lookup", "key"), "value")
        self.end_broker(signal.SIGKILL)
        self.assertEqual(self.run_app("lookup", "key"), "value")
        self.assertEqual(self.run_app("count", "number", "50"), "50")
        self.assertEqual(self.run_app("count", "number", "50"), "100")

    def test_an_app_goes_on_writing_settings_while_the_broker_is_killed_again_and_again(self):
        counting = subprocess.Popen([self.app, "count", "number", "400"], env=self.environment,
                                    stdout=subprocess.PIPE, text=True, **user)
        with counting:
            for _ in range(10):
                self.end_broker(signal.SIGKILL)
                self.run_app("list")
            self.assertEqual(counting.stdout.read().strip(), "400", self.broker_log())
        self.assertEqual(self.run_app("count", "number", "0"), "400")

    def test_a_signal_reaches_the_other_processes_of_the_package(self):
        for restart in (False, True):
            waiting = self.listen("await-signal")
            if restart:
                self.end_broker(signal.SIGKILL)
            self.run_app("signal")
            self.assertEqual(waiting.stdout.readline().strip(), "changed")
            self.assertEqual(waiting.wait(30), 0)

    def test_access_is_what_the_user_decided(self):
        allowed = self.run_app("access")
        self.assertNotIn(allowed, ("0", "3", "6", "7"))
        self.command(options.latchkey, "deny", "Contoso.Mail")
        self.assertIn(self.run_app("access"), ("3", "7"))

    def test_an_app_that_listens_is_told_by_the_next_broker_too(self):
        self.run_app("register", "sync", "Tasks.Mail", "TimeZoneChange")
        listening = self.listen("listen", "sync")
        self.end_broker(signal.SIGKILL)
        # There is no library that has the class: the activation fails, and the app is told why.
        self.command(options.latchkey, "fire", "--now", "sync")
        self.assertRegex(listening.stdout.readline(), "^{[-0-9a-f]+} failed 0x80", self.broker_log())
        self.assertEqual(listening.wait(timeout=30), 0)

    def completions(self):
        return [event for event in json.loads(self.command(options.latchkey, "log", "--json")) if event["event"] == 2]

    def fire_and_wait(self, name):
        done = len(self.completions())
        self.command(options.latchkey, "fire", "--now", name)
        for _ in range(500):
            if len(self.completions()) > done:
                return
        self.fail(f"{name} does not complete\n" + self.broker_log())

    def test_the_latest_completion_waits_for_the_app_to_attach_again_and_comes_once(self):
        self.run_app("register", "sync", "Tasks.Mail", "TimeZoneChange")
        self.fire_and_wait("sync")
        self.fire_and_wait("sync")
        self.end_broker(signal.SIGKILL)
        self.assertEqual(self.instances_told(), [self.completions()[1]["instance"]])
        self.fire_and_wait("sync")
        self.assertEqual(self.instances_told(), [self.completions()[2]["instance"]])

    def instances_told(self):
        return re.findall("{([-0-9a-f]+)} failed", self.run_app("listen", "sync"))

    def listen(self, *words):
        listening = subprocess.Popen([self.app, *words], env=self.environment, stdout=subprocess.PIPE, text=True,
                                     **user)
        self.addCleanup(listening.stdout.close)
        self.addCleanup(listening.wait)
        self.addCleanup(listening.kill)
        self.assertEqual(listening.stdout.readline().strip(), "attached")
        return listening

    def test_a_task_shares_settings_with_its_app_and_reports_to_it(self):
        shutil.copy(options.worker, self.app.parent / "Tasks.so")
        task = self.run_app("register", "work", "Tasks.Worker", "ApplicationTrigger")
        for run, text in enumerate(("Grüße", "again"), start=1):
            listening = self.listen("listen", "work")
            self.assertEqual(self.run_app("request", text), "0")
            said = listening.stdout.read().splitlines()
            self.assertEqual(listening.wait(60), 0, self.broker_log())
            self.assertRegex(said[-1], "completed work$")
            progress = [int(line.split()[1]) for line in said[:-1]]
            self.assertEqual(progress, sorted(progress))
            self.assertEqual(progress[-1], 100000, "the last value always arrives")
            self.assertLess(len(progress), 1000, "and few of those before it")
            self.assertEqual(self.run_app("lookup", task), f"work was told {text}")
            self.assertEqual(self.run_app("count", "runs", "0"), str(run))


def main():
    global options, user
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--latchkey", required=True)
    parser.add_argument("--app", required=True)
    parser.add_argument("--worker", required=True)
    options, rest = parser.parse_known_args()
    user = private_broker.as_user(options.latchkey, options.app)
    unittest.main(argv=[sys.argv[0], "-v", *rest])


if __name__ == "__main__":
    main()
