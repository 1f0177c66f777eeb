// SPDX-License-Identifier: MIT
#include "runtime/error_table.h"

#include "runtime/hresult.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <latchkey/runtime.h>

namespace latchkey::runtime {

namespace {

struct ErrorText {
    uint32_t code;
    std::string_view text;
};

constexpr std::array kErrors{
    ErrorText{0x00000000, "The operation succeeded"},
    ErrorText{0x00000001, "The operation succeeded, with the answer no"},
    ErrorText{0x8000000A, "The result is not available yet"},
    ErrorText{0x8000000B, "The index or range is out of bounds"},
    ErrorText{0x8000000C, "The collection changed while it was being read"},
    ErrorText{0x8000000D, "The state of the object does not allow this now"},
    ErrorText{0x8000000E, "A method was called at an unexpected time"},
    ErrorText{0x80000013, "The object has been closed"},
    ErrorText{0x80000017, "The string is not terminated with a null character"},
    ErrorText{0x80000018, "A delegate was assigned more than once"},
    ErrorText{0x80000019, "The asynchronous operation was not started properly"},
    ErrorText{0x8000001B, "The application is being suspended"},
    ErrorText{0x8000FFFF, "Something happened that was not expected"},
    ErrorText{0x80004001, "Not implemented"},
    ErrorText{0x80004002, "The object does not have this interface"},
    ErrorText{0x80004003, "A pointer is null or invalid"},
    ErrorText{0x80004004, "The operation was aborted"},
    ErrorText{0x80004005, "Unspecified failure"},
    ErrorText{0x80010106, "The thread's concurrency model is set already and differs"},
    ErrorText{0x80010108, "The object has disconnected from its clients"},
    ErrorText{0x8001010E, "The object belongs to another thread"},
    ErrorText{0x80020005, "The value has another type"},
    ErrorText{0x8002000A, "The value is out of the range of its type"},
    ErrorText{0x80040110, "The class cannot be aggregated"},
    ErrorText{0x80040111, "The library does not have the requested class"},
    ErrorText{0x80040154, "The class is not registered"},
    ErrorText{0x80040155, "The interface is not registered"},
    ErrorText{0x800401F0, "The thread has not been initialized for the Windows Runtime"},
    ErrorText{0x800401F3, "The class name is not valid"},
    ErrorText{0x800401F9, "The library does not have the expected entry point"},
    ErrorText{0x80080005, "The server of the class could not be started"},
    ErrorText{0x80080011, "The size is not valid"},
    ErrorText{0x80131515, "The operation is not supported"},
    ErrorText{0x80131534, "A static constructor failed"},
};

// Facility 7: the low half is a Win32 error code.
constexpr std::array kWin32Errors{
    ErrorText{1, "The function is not valid"},
    ErrorText{2, "The file does not exist"},
    ErrorText{3, "The path does not exist"},
    ErrorText{4, "Too many files are open"},
    ErrorText{5, "Access is denied"},
    ErrorText{6, "The handle is not valid"},
    ErrorText{8, "Not enough memory for this command"},
    ErrorText{11, "The format is not valid"},
    ErrorText{13, "The data is not valid"},
    ErrorText{14, "Not enough memory for this operation"},
    ErrorText{15, "The drive does not exist"},
    ErrorText{16, "The current folder cannot be removed"},
    ErrorText{18, "There are no more files"},
    ErrorText{19, "The medium is write-protected"},
    ErrorText{32, "Another process uses the file"},
    ErrorText{38, "The end of the file is reached"},
    ErrorText{39, "The disk is full"},
    ErrorText{50, "The request is not supported"},
    ErrorText{80, "The file exists already"},
    ErrorText{87, "An argument is not valid"},
    ErrorText{109, "The pipe has been closed by the other end"},
    ErrorText{112, "There is not enough room on the disk"},
    ErrorText{120, "The function is not supported on this system"},
    ErrorText{121, "The time for the operation has run out"},
    ErrorText{122, "The buffer is too small"},
    ErrorText{123, "The file name or path is not valid"},
    ErrorText{126, "The library, or one that it needs, does not exist"},
    ErrorText{127, "The library does not have the requested function"},
    ErrorText{145, "The folder is not empty"},
    ErrorText{161, "The path is not valid"},
    ErrorText{170, "The resource is in use"},
    ErrorText{183, "The file exists already"},
    ErrorText{193, "The file is not a library or program for this system"},
    ErrorText{203, "The environment variable does not exist"},
    ErrorText{206, "The file name is too long"},
    ErrorText{234, "There is more data"},
    ErrorText{258, "The wait timed out"},
    ErrorText{259, "There is no more data"},
    ErrorText{267, "The path does not name a folder"},
    ErrorText{298, "The semaphore was released too often"},
    ErrorText{487, "The address is not valid"},
    ErrorText{995, "The operation was ended because its thread ended or it was cancelled"},
    ErrorText{998, "The memory cannot be accessed"},
    ErrorText{1008, "There is no token"},
    ErrorText{1114, "The library's initialization failed"},
    ErrorText{1115, "The system is shutting down"},
    ErrorText{1117, "The device reported an input or output error"},
    ErrorText{1150, "The program needs a newer system"},
    ErrorText{1168, "The element was not found; for background tasks: the process has no package identity"},
    ErrorText{1223, "The user cancelled the operation"},
    ErrorText{1225, "The remote computer refused the connection"},
    ErrorText{1231, "The network cannot be reached"},
    ErrorText{1232, "The remote computer cannot be reached"},
    ErrorText{1236, "The connection was ended by the local computer"},
    ErrorText{1247, "The operation is in progress already"},
    ErrorText{1314, "The caller does not hold a required privilege"},
    ErrorText{1359, "An internal error occurred"},
    ErrorText{1392, "The file or folder is damaged"},
    ErrorText{1400, "The window does not exist"},
    ErrorText{1450, "There are not enough system resources"},
    ErrorText{1460, "The time for the operation has run out"},
    ErrorText{1722, "The server cannot be reached"},
    ErrorText{1816, "A limit of the system or of the package is reached"},
    ErrorText{5023, "The state does not allow the operation"},
};

template <typename Table>
std::string_view find(Table const& table, uint32_t code)
{
    auto const found = std::ranges::find(table, code, &ErrorText::code);
    return found == table.end() ? std::string_view{} : found->text;
}

constexpr uint32_t kWin32Base = 0x80070000;
constexpr uint32_t kErrnoBase = 0xA0EE0000;
constexpr uint32_t kHalf = 0xFFFF0000;

struct ErrnoToWin32 {
    int error;
    uint32_t win32;
};

// What code written for Windows compares with has Windows' number; every other errno keeps its own.
constexpr std::array kErrnoToWin32{
    ErrnoToWin32{EPERM, 5},           ErrnoToWin32{EACCES, 5},         ErrnoToWin32{ENOENT, 2},
    ErrnoToWin32{EBADF, 6},           ErrnoToWin32{ENOMEM, 14},        ErrnoToWin32{EEXIST, 183},
    ErrnoToWin32{EINVAL, 87},         ErrnoToWin32{EMFILE, 4},         ErrnoToWin32{ENFILE, 4},
    ErrnoToWin32{ENOSPC, 112},        ErrnoToWin32{EROFS, 19},         ErrnoToWin32{EPIPE, 109},
    ErrnoToWin32{ERANGE, 122},        ErrnoToWin32{ENAMETOOLONG, 206}, ErrnoToWin32{ENOTEMPTY, 145},
    ErrnoToWin32{ETIMEDOUT, 1460},    ErrnoToWin32{ECANCELED, 1223},   ErrnoToWin32{EBUSY, 170},
    ErrnoToWin32{ENOTDIR, 3},         ErrnoToWin32{ENOSYS, 120},       ErrnoToWin32{EOPNOTSUPP, 50},
    ErrnoToWin32{ECONNREFUSED, 1225}, ErrnoToWin32{ENETUNREACH, 1231}, ErrnoToWin32{EHOSTUNREACH, 1232},
};

std::string describe_errno(int error)
{
    // strerrordesc_np knows no language and keeps no state, and says null for what is no errno.
    char const* text = strerrordesc_np(error);
    return text ? text : std::string{};
}

} // namespace

std::string describe(int32_t error)
{
    auto const code = static_cast<uint32_t>(error);
    if ((code & kHalf) == kErrnoBase) return describe_errno(static_cast<int>(code & 0xFFFF));
    if ((code & kHalf) == kWin32Base) return std::string{find(kWin32Errors, code & 0xFFFF)};
    return std::string{find(kErrors, code)};
}

} // namespace latchkey::runtime

using namespace latchkey::runtime;

int32_t LatchkeyErrorFromErrno(int error) noexcept
{
    if (error <= 0) return 0;
    auto const known = std::ranges::find(kErrnoToWin32, error, &ErrnoToWin32::error);
    if (known != kErrnoToWin32.end()) return static_cast<int32_t>(kWin32Base | known->win32);
    return static_cast<int32_t>(kErrnoBase | (static_cast<uint32_t>(error) & 0xFFFF));
}
