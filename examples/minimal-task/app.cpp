// SPDX-License-Identifier: MIT
// The program of the app. The class is found by its name, in the library beside this program.
#include <winrt/Tasks.h>
#include <winrt/Windows.Foundation.h>

#include <cstdio>

int main()
{
    try
    {
        winrt::Tasks::ExampleBackgroundTask task;
        std::printf("%s is ready\n", winrt::to_string(winrt::get_class_name(task)).c_str());
        return 0;
    }
    catch (winrt::hresult_error const& error)
    {
        std::fprintf(stderr, "0x%08x: %s\n", static_cast<unsigned>(error.code().value), winrt::to_string(error.message()).c_str());
        return 1;
    }
}
