#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts the IDL and C++/WinRT listings out of the first seed document, compiles them, byte for byte as printed, and runs
the page in a package: it registers its task, the task runs in its host, and the page shows what its handler is told.

What the page leaves to the reader is supplied around them: the widget of its XAML page, the coroutine that its
deferral example awaits, and the functions that its statements stand in. Prints a skip (and ends with 77) when the
document is not there.

    listings.py --seeds DIR --midl PROGRAM --cppwinrt PROGRAM --winmd DIR --include DIR… --library FILE --latchkey PROGRAM
                --work DIR --compiler CXX…
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/support"))
import private_broker

DOCUMENT = "000-out-of-process-background-task.txt"
STEP = "// The code in the next step goes here."
SKIPPED = 77


def cut(text: str, begin: str, end: str, after: str = "", skip_begin: bool = False) -> str:
    """The text from begin up to end, looked for behind the place where after first stands."""
    start = text.index(begin, text.index(after) if after else 0)
    if skip_begin:
        start += len(begin)
    return text[start:text.index(end, start + 1)]


class Listings:
    def __init__(self, text: str):
        self.idl = cut(text, "// ExampleBackgroundTask.idl\n", "// ExampleBackgroundTask.h\n",
                       after="// First, add ExampleBackgroundTask.idl")
        self.header = cut(text, "// ExampleBackgroundTask.h\n", "// ExampleBackgroundTask.cpp\n", after=self.idl)
        self.source = cut(text, "// ExampleBackgroundTask.cpp\n", "// ExampleBackgroundTask.h\n", after=self.header)
        # The page shows parts of the class behind "...": the dots are not code.
        self.deferral_member = cut(text, "private:\n", "// ExampleBackgroundTask.cpp\n", after="private:\n    Windows::")
        self.deferral_run = cut(text, "Windows::Foundation::IAsyncAction ExampleBackgroundTask::Run(",
                                "void ExampleBackgroundTask::Run(IBackgroundTaskInstance^")
        self.enumerate = cut(text, "std::wstring exampleTaskName", "boolean taskRegistered")
        self.build = cut(text, "if (!taskRegistered)\n", "auto builder = ref new")
        self.condition = cut(text, "builder.AddCondition(Windows::", "builder->AddCondition")
        self.register = cut(text, "Windows::ApplicationModel::Background::BackgroundTaskRegistration task{",
                            "BackgroundTaskRegistration^ task")
        self.completion = cut(text, "void UpdateUI(winrt::hstring const& message)", "void MainPage::OnCompleted(")
        self.subscribe = cut(text, "task.Completed({ this,", "task->Completed +=")

    def registration(self) -> str:
        """The statements of the page's steps, each where the one before says that it goes."""
        assert STEP in self.enumerate and STEP in self.build and STEP in self.condition
        last = self.register + self.subscribe
        inner = self.build.replace(STEP, self.condition.replace(STEP, last))
        return self.enumerate.replace(STEP, inner)


PCH = """#pragma once
#include <string>
#include <unknwn.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.h>
#include <winrt/Windows.UI.Core.h>
using namespace winrt;
"""

DEFERRAL = """#include "pch.h"
#include "ExampleBackgroundTask.g.h"
namespace winrt::Tasks::implementation
{{
    struct ExampleBackgroundTask : ExampleBackgroundTaskT<ExampleBackgroundTask>
    {{
        ExampleBackgroundTask() = default;
        Windows::Foundation::IAsyncAction Run(
            Windows::ApplicationModel::Background::IBackgroundTaskInstance const& taskInstance);
        Windows::Foundation::IAsyncAction ExampleCoroutineAsync() {{ co_await resume_background(); }}
{member}
    }};
{run}
}}
namespace winrt::Tasks::factory_implementation
{{
    struct ExampleBackgroundTask : ExampleBackgroundTaskT<ExampleBackgroundTask, implementation::ExampleBackgroundTask>
    {{
    }};
}}
"""

PAGE = """#include "pch.h"
#include <cstdio>
#include <memory>
#include <unistd.h>
#include <winrt/Latchkey.UI.Core.h>
namespace winrt::App
{{
    // What the page's XAML declares.
    struct TextBlock
    {{
        Windows::UI::Core::CoreDispatcher Dispatcher() const {{ return dispatcher; }}
        void Text(winrt::hstring const& text) const {{ *shown = text; }}
        Windows::UI::Core::CoreDispatcher dispatcher;
        std::shared_ptr<winrt::hstring> shown;
    }};

    struct MainPage
    {{
        TextBlock MyTextBlock() const {{ return {{ m_dispatcher, m_shown }}; }}
        Windows::UI::Core::CoreDispatcher m_dispatcher{{ Latchkey::UI::Core::RunLoop::GetForCurrentThread() }};
        std::shared_ptr<winrt::hstring> m_shown{{ std::make_shared<winrt::hstring>() }};

{completion}

        void Register()
        {{
{registration}
        }}
    }};
}}

"""

PAGE_MAIN = """
// The page runs in its package. The first time it registers its task; then it waits for the text that its handler shows.
// The second time ("again") the loop over AllTasks finds the registration, and no other is made.
int main(int count, char**)
{
    using namespace winrt::Windows::ApplicationModel::Background;
    alarm(60);
    winrt::App::MainPage page;
    page.UpdateUI(L"nothing yet");
    if (!page.m_shown->empty()) return 1;
    page.m_dispatcher.ProcessEvents(winrt::Windows::UI::Core::CoreProcessEventsOption::ProcessAllIfPresent);
    if (*page.m_shown != L"nothing yet") return 2;
    page.Register();
    auto const tasks = BackgroundTaskRegistration::AllTasks();
    if (tasks.Size() != 1) return 3;
    auto const task = tasks.First().Current().Value();
    if (task.Name() != L"ExampleBackgroundTask") return 4;
    if (count > 1) return 0;
    // "You'll previously have inserted this key into local settings."
    winrt::Windows::Storage::ApplicationData::Current().LocalSettings().Values().Insert(
        winrt::to_hstring(task.TaskId()), winrt::box_value(L"the task has completed"));
    std::puts("registered");
    std::fflush(stdout);
    while (*page.m_shown == L"nothing yet")
        page.m_dispatcher.ProcessEvents(winrt::Windows::UI::Core::CoreProcessEventsOption::ProcessOneAndAllPending);
    return *page.m_shown == L"the task has completed" ? 0 : 5;
}
"""


# What the page's designer writes for it.
MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10"
         xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10">
  <Identity Name="Contoso.Example" Publisher="CN=Contoso" Version="1.0.0.0" />
  <Properties><DisplayName>Example</DisplayName><PublisherDisplayName>Contoso</PublisherDisplayName></Properties>
  <Applications>
    <Application Id="App" Executable="MainPage">
      <uap:VisualElements DisplayName="Example" Description="The page's example" />
      <Extensions>
        <Extension Category="windows.backgroundTasks" EntryPoint="Tasks.ExampleBackgroundTask">
          <BackgroundTasks><Task Type="systemEvent" /></BackgroundTasks>
        </Extension>
      </Extensions>
    </Application>
  </Applications>
</Package>
"""


def run_in_package(given, page, component):
    """The page and its component as an installed package of a user, with a broker of their own."""
    user = private_broker.as_user(given.latchkey, page)
    with tempfile.TemporaryDirectory(prefix="latchkey-seed-") as root:
        folder = pathlib.Path(root, "Example")
        folder.mkdir()
        (folder / "AppxManifest.xml").write_text(MANIFEST)
        shutil.copy(page, folder / "MainPage")
        shutil.copy(component, folder / "Tasks.so")
        private_broker.give(root, user)
        environment = {**os.environ, "LATCHKEY_ROOT": root, "HOME": root}

        def command(*words):
            done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True,
                                  timeout=60, **user)
            if done.returncode != 0:
                log = pathlib.Path(root, "state/broker.log")
                sys.exit(f"{words} ended with {done.returncode}\n{done.stdout}{done.stderr}"
                         f"{log.read_text() if log.exists() else ''}")

        try:
            command(given.latchkey, "install", "--in-place", "--allow", folder)
            shown = subprocess.Popen([folder / "MainPage"], env=environment, stdout=subprocess.PIPE, text=True, **user)
            with shown:
                if shown.stdout.readline() != "registered\n":
                    sys.exit(f"the page does not register: {shown.wait()}")
                command(given.latchkey, "fire", "--now", "ExampleBackgroundTask")
                if shown.wait(60) != 0:
                    sys.exit(f"the page that waits for its task ended with {shown.returncode}")
            command(folder / "MainPage", "again")
        finally:
            private_broker.end_broker(root)


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=pathlib.Path, required=True)
    options.add_argument("--work", type=pathlib.Path, required=True)
    for tool in ("midl", "cppwinrt", "winmd", "library", "latchkey"):
        options.add_argument(f"--{tool}", type=pathlib.Path, required=True)
    options.add_argument("--include", type=pathlib.Path, action="append", required=True)
    options.add_argument("--compiler", action="append", required=True)
    options.add_argument("--sanitize", default="", help="sanitizers of the runtime library")
    given = options.parse_args()

    document = given.seeds / DOCUMENT
    if not document.is_file():
        print(f"skipped: {document} is not there (LATCHKEY_SEED_DIR names its folder)")
        return SKIPPED
    listings = Listings(document.read_text(encoding="utf-8"))

    shutil.rmtree(given.work, ignore_errors=True)
    given.work.mkdir(parents=True)
    work = given.work
    (work / "pch.h").write_text(PCH)
    (work / "ExampleBackgroundTask.idl").write_text(listings.idl)
    (work / "ExampleBackgroundTask.h").write_text(listings.header)
    (work / "ExampleBackgroundTask.cpp").write_text(listings.source)
    (work / "Deferral.cpp").write_text(DEFERRAL.format(member=listings.deferral_member, run=listings.deferral_run))
    (work / "MainPage.cpp").write_text(
        PAGE.format(completion=listings.completion, registration=listings.registration()) + PAGE_MAIN)

    run(given.midl, "-r", given.winmd, "-o", work / "Tasks.winmd", work / "ExampleBackgroundTask.idl")
    run(given.cppwinrt, "--in", work / "Tasks.winmd", "--ref", given.winmd, "--component", "--out", work / "generated")
    includes = [f"-I{folder}" for folder in [work, work / "generated", *given.include]]
    sanitize = [f"-fsanitize={given.sanitize}"] if given.sanitize else []
    defs = [] if given.sanitize else ["-Wl,-z,defs"]
    # A process has one sanitizer runtime, so the second compiler's turn is the build without.
    for compiler in given.compiler[:1] if given.sanitize else given.compiler:
        if shutil.which(compiler) is None:
            print(f"{compiler} is not installed: left out")
            continue
        name = pathlib.Path(compiler).name
        flags = [compiler, *sanitize, "-std=c++20", "-O0", "-fPIC", "-fvisibility=hidden", "-Wno-deprecated", *includes]
        for source in ("ExampleBackgroundTask.cpp", "Deferral.cpp", "MainPage.cpp"):
            run(*flags, "-c", work / source, "-o", work / f"{source}.{name}.o")
        run(*flags, "-include", work / "pch.h", "-c", work / "generated" / "module.g.cpp",
            "-o", work / f"module.{name}.o")
        component = work / f"Tasks.{name}.so"
        run(*flags, "-shared", *defs, "-o", component, work / f"ExampleBackgroundTask.cpp.{name}.o",
            work / f"module.{name}.o", given.library)
        symbols = run("nm", "-D", "--defined-only", component)
        for entry in ("DllGetActivationFactory", "DllCanUnloadNow"):
            if f" T {entry}\n" not in symbols:
                sys.exit(f"{component.name} does not export {entry}:\n{symbols}")
        run(*flags, "-shared", *defs, "-o", work / f"Deferral.{name}.so", work / f"Deferral.cpp.{name}.o",
            given.library)
        run(*flags, "-o", work / f"MainPage.{name}", work / f"MainPage.cpp.{name}.o", given.library,
            f"-Wl,-rpath,{given.library.parent}", "-pthread")
        run_in_package(given, work / f"MainPage.{name}", component)
        print(f"{name}: the listings compile, Tasks.so links with its entry points, the page registers it and is told that it ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
