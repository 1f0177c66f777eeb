// SPDX-License-Identifier: MIT
// Compiles IDL that a test writes down, against a small Windows.* of its own, and says what came out.
#pragma once

#include "midl/compiler.h"
#include "winmd/metadata.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace latchkey::test {

class TextFiles : public midl::FileProvider {
public:
    std::map<std::string, std::string> texts;

    tl::expected<std::string, std::string> read(std::filesystem::path const& path) override;
    bool is_file(std::filesystem::path const& path) override;
    std::string identity(std::filesystem::path const& path) override;
};

// Foundation, Collections and Background as far as the tests need them.
winmd::Metadata const& small_windows();

struct Compiled {
    midl::Compilation compilation;
    winmd::Metadata metadata; // of the result alone; empty after errors

    bool ok() const { return compilation.ok(); }
    std::string messages() const { return compilation.messages(false); }
    // By full name; fails the test when there is none.
    winmd::TypeDef type(std::string_view full_name) const;
};

// The text is "Contoso.idl" unless options name inputs of `files`; the component is called Contoso.
Compiled compile_files(TextFiles files, midl::CompileOptions options = {});
Compiled compile_text(std::string_view text, midl::CompileOptions options = {});
// Puts members into `namespace Contoso { … }`.
Compiled compile_in_contoso(std::string_view declarations, midl::CompileOptions options = {});

// A type as text, one line an entry; see metadata_test.cpp. Attributes that every type has (Version, Guid,
// MarshalingBehavior, Threading) are left out unless `all`.
std::string describe(winmd::TypeDef type, bool all = false);

// The one line of messages that has "error:" or "warning:"; all messages when there are more.
std::string only_message(Compiled const& compiled);

} // namespace latchkey::test
