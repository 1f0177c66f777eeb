// SPDX-License-Identifier: MIT
#include "latchkey/runtime.h"
#include "runtime/classes/application_data.h"
#include "runtime/classes/factories.h"

#include <filesystem>

#include <Storage/StorageFolder.g.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <winrt/Windows.Foundation.Collections.h>
#include <winrt/Windows.Foundation.h>
#include <winrt/Windows.Storage.FileProperties.h>
#include <winrt/Windows.System.h>

namespace winrt::Windows::Storage::implementation {

using namespace Windows::Foundation;
using Windows::Foundation::Collections::IVectorView;

// A folder by its path. What is in it is the file system's: standard C++ reads and writes it by Path.
struct StorageFolder : StorageFolderT<StorageFolder> {
    using Folder = Storage::StorageFolder;

    explicit StorageFolder(std::string path) : m_path(std::move(path)) {}

    hstring Name() const { return to_hstring(std::filesystem::path{m_path}.filename().string()); }
    hstring Path() const { return to_hstring(m_path); }
    FileAttributes Attributes() const
    {
        bool const writable = access(m_path.c_str(), W_OK) == 0;
        return writable ? FileAttributes::Directory : FileAttributes::Directory | FileAttributes::ReadOnly;
    }
    Windows::Foundation::DateTime DateCreated() const
    {
        struct statx made {};
        if (statx(AT_FDCWD, m_path.c_str(), 0, STATX_BTIME | STATX_MTIME, &made) != 0)
            throw hresult_error(LatchkeyErrorFromErrno(errno), to_hstring("look at " + m_path));
        // A file system that does not know when says when it was changed last.
        auto const& time = (made.stx_mask & STATX_BTIME) != 0 ? made.stx_btime : made.stx_mtime;
        auto const since_1970 = std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
        return clock::from_sys(
            std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>{since_1970});
    }
    static bool IsOfType(StorageItemTypes type)
    {
        return (static_cast<uint32_t>(type) & static_cast<uint32_t>(StorageItemTypes::Folder)) != 0;
    }
    bool IsEqual(IStorageItem const& item) const { return item && item.Path() == Path(); }

    static IAsyncOperation<StorageFile> CreateFileAsync(hstring const&) { absent(); }
    static IAsyncOperation<StorageFile> CreateFileAsync(hstring const&, CreationCollisionOption) { absent(); }
    static IAsyncOperation<Folder> CreateFolderAsync(hstring const&) { absent(); }
    static IAsyncOperation<Folder> CreateFolderAsync(hstring const&, CreationCollisionOption) { absent(); }
    static IAsyncOperation<StorageFile> GetFileAsync(hstring const&) { absent(); }
    static IAsyncOperation<Folder> GetFolderAsync(hstring const&) { absent(); }
    static IAsyncOperation<IStorageItem> GetItemAsync(hstring const&) { absent(); }
    static IAsyncOperation<IStorageItem> TryGetItemAsync(hstring const&) { absent(); }
    static IAsyncOperation<IVectorView<StorageFile>> GetFilesAsync() { absent(); }
    static IAsyncOperation<IVectorView<Folder>> GetFoldersAsync() { absent(); }
    static IAsyncOperation<IVectorView<IStorageItem>> GetItemsAsync() { absent(); }
    static IAsyncAction RenameAsync(hstring const&) { absent(); }
    static IAsyncAction RenameAsync(hstring const&, NameCollisionOption) { absent(); }
    static IAsyncAction DeleteAsync() { absent(); }
    static IAsyncAction DeleteAsync(StorageDeleteOption) { absent(); }
    static IAsyncOperation<FileProperties::BasicProperties> GetBasicPropertiesAsync() { absent(); }
    static IAsyncOperation<Folder> GetParentAsync() { absent(); }

    static IAsyncOperation<Folder> GetFolderFromPathAsync(hstring const path)
    {
        co_await resume_background();
        std::error_code failure;
        auto const found = std::filesystem::canonical(to_string(path), failure);
        if (!failure && !std::filesystem::is_directory(found, failure) && !failure)
            failure = std::make_error_code(std::errc::not_a_directory);
        if (failure)
            throw hresult_error(LatchkeyErrorFromErrno(failure.value()),
                                L"StorageFolder.GetFolderFromPathAsync: " + path + L" is no folder");
        co_return make<StorageFolder>(found.string());
    }
    static IAsyncOperation<Folder> GetFolderFromPathForUserAsync(Windows::System::User const&, hstring const&)
    {
        absent();
    }

private:
    [[noreturn]] static void absent()
    {
        throw hresult_not_implemented(L"StorageFolder: files are opened with the C++ library, by Path");
    }

    std::string const m_path;
};

} // namespace winrt::Windows::Storage::implementation

namespace winrt::Windows::Storage::factory_implementation {

struct StorageFolder : StorageFolderT<StorageFolder, implementation::StorageFolder> {};

} // namespace winrt::Windows::Storage::factory_implementation

LATCHKEY_FACTORY(storage_folder_factory, winrt::Windows::Storage::factory_implementation::StorageFolder)

winrt::Windows::Storage::StorageFolder latchkey::runtime::make_folder(std::string const& path)
{
    return winrt::make<winrt::Windows::Storage::implementation::StorageFolder>(path);
}
