// SPDX-License-Identifier: MIT
#include <winrt/Shapes.h>
#include <winrt/Tasks.h>
#include <winrt/Windows.ApplicationModel.Background.h>

#include <cstdio>

int main()
{
    try
    {
        winrt::Tasks::ExampleBackgroundTask task;
        std::printf("%d %d\n", task.Shape().Area(), winrt::Shapes::Square::Corners());
        task.Run(nullptr);
    }
    catch (winrt::hresult_not_implemented const&)
    {
        std::puts("not implemented");
        return 0;
    }
    catch (winrt::hresult_error const& error)
    {
        std::puts(winrt::to_string(error.message()).c_str());
    }
    return 1;
}
