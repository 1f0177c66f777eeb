#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts the IDL and C++/WinRT listings out of the first seed document and compiles them, byte for byte as printed.

What the page leaves to the reader is supplied around them: the widget of its XAML page, the coroutine that its
deferral example awaits, and the functions that its statements stand in. Prints a skip (and ends with 77) when the
document is not there.

    listings.py --seeds DIR --midl PROGRAM --cppwinrt PROGRAM --winmd DIR --include DIR… --library FILE --work DIR
                --compiler CXX…
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

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
#include <memory>
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

// The page's statements run as far as they can without a broker: the text arrives through the dispatcher, and a program
// that cannot reach one is told so when it asks for its tasks.
int main()
{{
    winrt::App::MainPage page;
    page.UpdateUI(L"completed");
    if (!page.m_shown->empty()) return 1;
    page.m_dispatcher.ProcessEvents(winrt::Windows::UI::Core::CoreProcessEventsOption::ProcessAllIfPresent);
    if (*page.m_shown != L"completed") return 2;
    try
    {{
        page.Register();
        return 3;
    }}
    catch (winrt::hresult_error const& error)
    {{
        return error.code() == winrt::hresult(static_cast<std::int32_t>(0x800706BA)) ? 0 : 4;
    }}
}}
"""


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=pathlib.Path, required=True)
    options.add_argument("--work", type=pathlib.Path, required=True)
    for tool in ("midl", "cppwinrt", "winmd", "library"):
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
        PAGE.format(completion=listings.completion, registration=listings.registration()))

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
        # A root in which nobody can make a socket: there is no broker, and none can be started.
        run("env", "LATCHKEY_ROOT=/proc/latchkey", work / f"MainPage.{name}")
        print(f"{name}: the listings compile, Tasks.so links with its entry points, and the page runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
