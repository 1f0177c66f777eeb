// SPDX-License-Identifier: MIT
// A second opinion: Mono's disassembler prints the same tables, row for row, and reads what we write.
#include "unit/winmd/copy.h"
#include "unit/winmd/sample.h"
#include "unit/winmd/windows_metadata.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latchkey::winmd {
namespace {

struct Output {
    std::vector<std::string> lines;
    int status = -1;
};

// Paths here are our own and hold nothing that a shell would take apart.
Output run(std::string const& command)
{
    Output result;
    auto* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    if (!pipe) return result;
    std::string text;
    char buffer[65536];
    while (auto const size = std::fread(buffer, 1, sizeof buffer, pipe))
        text.append(buffer, size);
    auto const status = ::pclose(pipe);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);)
        result.lines.push_back(line);
    return result;
}

bool have_monodis()
{
    return run("command -v monodis").status == 0;
}

// Mono looks for NAME.dll where it wants NAME.winmd.
class Folder {
public:
    Folder() : m_path{std::filesystem::path{testing::TempDir()} / fmt::format("winmd-{}", ::getpid())}
    {
        std::filesystem::create_directories(m_path);
        for (auto const& path : test::windows_metadata_files())
            std::filesystem::create_symlink(std::filesystem::canonical(path), m_path / (path.stem().string() + ".dll"));
    }
    ~Folder() { std::filesystem::remove_all(m_path); }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    std::filesystem::path const& path() const { return m_path; }
    Output monodis(std::string const& option, std::filesystem::path const& file) const
    {
        return run(fmt::format("MONO_PATH='{}' monodis {} '{}'", m_path.string(), option, file.string()));
    }

private:
    std::filesystem::path m_path;
};

std::vector<std::string> rows_of(Folder const& folder, std::string const& option, std::filesystem::path const& file)
{
    auto lines = folder.monodis(option, file).lines;
    // "Typedef Table" and the like: rows begin with their number.
    std::erase_if(lines, [](std::string const& line) { return line.empty() || line[0] < '0' || line[0] > '9'; });
    return lines;
}

using Lines = std::vector<std::string>;

Lines type_defs(File const& file)
{
    Lines lines;
    for (auto const row : file.rows<TypeDef>()) {
        if (row.row() == 1) {
            lines.push_back("1: (null) (flist=1, mlist=1, flags=0x0, extends=0x0)");
            continue;
        }
        lines.push_back(fmt::format("{}: {} (flist={}, mlist={}, flags=0x{:x}, extends=0x{:x})", row.row(),
                                    to_string(row.full_name()), file.value(TableId::TypeDef, row.row(), 4),
                                    file.value(TableId::TypeDef, row.row(), 5), row.flags(), row.extends().encoded()));
    }
    return lines;
}

Lines params(File const& file)
{
    Lines lines;
    for (auto const row : file.rows<Param>())
        lines.push_back(fmt::format("{}: 0x{:04x} {} {}", row.row(), row.flags(), row.sequence(), row.name()));
    return lines;
}

Lines generic_params(File const& file)
{
    Lines lines;
    for (auto const row : file.rows<GenericParam>())
        lines.push_back(fmt::format("{}: {}, flags={}, owner={:x} {}", row.row(), row.number(), row.flags(),
                                    row.owner().encoded(), row.name()));
    return lines;
}

Lines property_maps(File const& file)
{
    Lines lines;
    for (auto const row : file.rows<PropertyMap>())
        lines.push_back(fmt::format("{}: {} ({}) {}", row.row(), to_string(row.parent().full_name()),
                                    row.parent().row(), file.value(TableId::PropertyMap, row.row(), 1)));
    return lines;
}

Lines method_semantics(File const& file)
{
    Lines lines;
    for (auto const row : file.rows<MethodSemantics>()) {
        auto const of_event = row.association().is<Event>();
        auto const* const what = row.semantics() == semantics::kGetter   ? "getter"
                                 : row.semantics() == semantics::kSetter ? "setter"
                                 : row.semantics() == semantics::kAddOn  ? "add-on"
                                                                         : "remove-on";
        lines.push_back(fmt::format("{}: [{}] {} method: {} {} {}", row.row(), row.association().encoded(), what,
                                    row.method().row() - 1, of_event ? "event" : "property", row.association().row()));
    }
    return lines;
}

// Of longer lines only the number and a name are compared; the rest is Mono's way to write types.
struct NameTable {
    char const* option;
    Lines names;
};

std::vector<NameTable> name_tables(File const& file)
{
    NameTable methods{"--method", {}};
    for (auto const row : file.rows<MethodDef>())
        methods.names.push_back(row.is_constructor() ? "'.ctor'" : std::string{row.name()});
    NameTable properties{"--property", {}};
    for (auto const row : file.rows<Property>())
        properties.names.emplace_back(row.name());
    NameTable events{"--event", {}};
    for (auto const row : file.rows<Event>())
        events.names.emplace_back(row.name());
    NameTable interfaces{"--interface", {}};
    for (auto const row : file.rows<InterfaceImpl>())
        interfaces.names.push_back(to_string(row.class_().full_name()));
    NameTable owners{"--customattr", {}};
    NameTable attributes{"--customattr", {}};
    for (auto const row : file.rows<CustomAttribute>()) {
        owners.names.push_back(fmt::format(": {}: ", row.parent().row()));
        attributes.names.push_back(to_string(row.type_name()) + "::'.ctor'");
    }
    return {methods, properties, events, interfaces, owners, attributes};
}

TEST(Reader, AgreesWithMonodisRowForRow)
{
    if (!have_monodis()) GTEST_SKIP() << "monodis is not installed (apt install mono-utils)";
    LATCHKEY_WINDOWS_METADATA_OR_SKIP(files);
    Folder const folder;
    for (auto const& path : files) {
        SCOPED_TRACE(path.filename());
        auto const file = File::open(path);
        ASSERT_TRUE(file) << file.error().message();
        EXPECT_EQ(rows_of(folder, "--typedef", path), type_defs(**file));
        EXPECT_EQ(rows_of(folder, "--param", path), params(**file));
        EXPECT_EQ(rows_of(folder, "--genericpar", path), generic_params(**file));
        EXPECT_EQ(rows_of(folder, "--propertymap", path), property_maps(**file));
        EXPECT_EQ(rows_of(folder, "--methodsem", path), method_semantics(**file));
        for (auto const& table : name_tables(**file)) {
            auto const theirs = rows_of(folder, table.option, path);
            std::size_t compared = 0;
            ASSERT_EQ(theirs.size(), table.names.size()) << table.option;
            for (std::size_t i = 0; i < theirs.size(); ++i) {
                ASSERT_TRUE(theirs[i].starts_with(std::to_string(i + 1) + ":")) << theirs[i];
                // Mono needs every file that a signature mentions; not all of Windows may be here.
                if (theirs[i].find("failed to parse due to Could not load") != std::string::npos) continue;
                ++compared;
                ASSERT_NE(theirs[i].find(table.names[i]), std::string::npos)
                    << table.option << " row " << i + 1 << ": " << theirs[i] << " and " << table.names[i];
            }
            EXPECT_GE(compared, theirs.size() / 2) << table.option;
        }
    }
}

void write(std::filesystem::path const& path, std::vector<uint8_t> const& bytes)
{
    std::ofstream file{path, std::ios::binary};
    file.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(file) << path;
}

TEST(Builder, WritesWhatMonodisDisassembles)
{
    if (!have_monodis()) GTEST_SKIP() << "monodis is not installed (apt install mono-utils)";
    LATCHKEY_WINDOWS_METADATA_OR_SKIP(files);
    Folder const folder;
    auto const sample = folder.path() / "Tasks.winmd";
    write(sample, test::Sample{}.write());
    auto const text = folder.monodis("", sample);
    EXPECT_EQ(text.status, 0);
    EXPECT_GT(text.lines.size(), 100u);

    auto const original = test::windows_metadata_folder() / "Windows.Foundation.winmd";
    auto const file = File::open(original);
    if (!file) GTEST_SKIP() << file.error().message();
    auto const copy = folder.path() / "Windows.Foundation.winmd";
    write(copy, test::Copy{**file}.write());
    auto const ours = folder.monodis("", copy);
    EXPECT_EQ(ours.status, 0);
    EXPECT_EQ(ours.lines, folder.monodis("", original).lines);
}

} // namespace
} // namespace latchkey::winmd
