// SPDX-License-Identifier: MIT
#include "taskhost/user.h"

#include <string>

#include <unistd.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.Streams.h>

namespace latchkey::taskhost {

namespace {

using namespace winrt::Windows::Foundation;
using namespace winrt::Windows::Foundation::Collections;
using namespace winrt::Windows::System;
using winrt::Windows::Storage::Streams::IRandomAccessStreamReference;

// What a task may know of its user without asking anybody. The rest would need an accounts service.
struct CurrentUser : winrt::implements<CurrentUser, IUser> {
    winrt::hstring GetRuntimeClassName() const override { return L"Windows.System.User"; }

    static winrt::hstring NonRoamableId() { return winrt::hstring(std::to_string(::getuid())); }
    static UserAuthenticationStatus AuthenticationStatus() { return UserAuthenticationStatus::LocallyAuthenticated; }
    static UserType Type() { return UserType::LocalUser; }

    static IAsyncOperation<IInspectable> GetPropertyAsync(winrt::hstring const&) { not_here(L"GetPropertyAsync"); }
    static IAsyncOperation<IPropertySet> GetPropertiesAsync(IVectorView<winrt::hstring> const&)
    {
        not_here(L"GetPropertiesAsync");
    }
    static IAsyncOperation<IRandomAccessStreamReference> GetPictureAsync(UserPictureSize)
    {
        not_here(L"GetPictureAsync");
    }

private:
    [[noreturn]] static void not_here(wchar_t const* member)
    {
        throw winrt::hresult_not_implemented(std::wstring(L"User.") + member +
                                             L": a task host does not ask an accounts service");
    }
};

} // namespace

User make_user()
{
    return winrt::make<CurrentUser>().as<User>();
}

} // namespace latchkey::taskhost
