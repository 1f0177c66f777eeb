// SPDX-License-Identifier: MIT
// The whole compiler: any text ends in messages or in metadata that our reader and validator accept.
#include "midl/compiler.h"
#include "winmd/validate.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace latchkey;

// Every name is the one text: includes and imports lead back to it.
class OneText : public midl::FileProvider {
public:
    explicit OneText(std::string text) : m_text{std::move(text)} {}
    tl::expected<std::string, std::string> read(std::filesystem::path const&) override { return m_text; }
    bool is_file(std::filesystem::path const& path) override { return path.filename() != "none"; }
    std::string identity(std::filesystem::path const& path) override { return path.string(); }

private:
    std::string m_text;
};

constexpr std::string_view kWindows = R"(
namespace Windows.Foundation
{
    struct EventRegistrationToken { Int64 Value; }
    struct TimeSpan { Int64 Duration; }
    [contractversion(4)] apicontract UniversalApiContract {}
    [uuid(30d5a829-7fa4-4026-83bb-d75bae4ea99e)] interface IClosable { void Close(); }
    [uuid(96369f54-8eb6-48f0-abce-c1b211e627c3)] interface IStringable { String ToString(); }
    [uuid(61c17706-2d65-11e0-9ae8-d48564015472)] interface IReference<T> { T Value { get; }; }
    [uuid(9de1c525-6ae1-11e0-84e1-18a905bcc53f)] delegate void EventHandler<T>(Object sender, T args);
}
namespace Windows.Foundation.Collections
{
    [uuid(faa585ea-6214-4217-afda-7f46de5869b3)] interface IIterable<T> { T First(); }
    [uuid(913337e9-11a1-4345-a3a2-4e7f956e222d)] interface IVector<T> requires IIterable<T>
    { T GetAt(UInt32 index); void Append(T value); }
}
namespace Windows.UI { unsealed runtimeclass Control { Control(); void Focus(); } }
)";

winmd::Metadata load_windows()
{
    OneText files{std::string{kWindows}};
    auto const compiled = midl::compile({.inputs = {"windows.idl"}, .name = "Windows", .is_sdk = true}, files, nullptr);
    winmd::Metadata metadata;
    metadata.add(std::move(*winmd::File::from_bytes(compiled.file, "Windows.winmd")));
    return metadata;
}

[[noreturn]] void fail(std::string const& text)
{
    std::fprintf(stderr, "%s\n", text.c_str());
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(uint8_t const* data, std::size_t size)
{
    static winmd::Metadata const windows = load_windows();
    if (size == 0 || size > 1u << 16) return 0;
    bool const has_references = (data[0] & 1) == 0;
    OneText files{std::string{reinterpret_cast<char const*>(data), size}};
    midl::CompileOptions options{.inputs = {"Contoso.idl"}, .name = "Contoso"};
    options.definitions = {"NAME=1"};
    auto const result = midl::compile(options, files, has_references ? &windows : nullptr);
    (void)result.messages(true);
    if (!result.ok()) return 0;
    auto const file = winmd::File::from_bytes(result.file, "Contoso.winmd");
    if (!file) fail(file.error().message());
    for (auto const& finding : winmd::validate(**file, {.references = has_references ? &windows : nullptr,
                                                       .publisher = winmd::Publisher::Component,
                                                       .file_name = "Contoso"}))
        if (finding.rule->severity == winmd::Severity::Error) fail(finding.message());
    return 0;
}
