// SPDX-License-Identifier: MIT
#include "packages/files/block_map.h"
#include "packages/files/file_bytes.h"
#include "packages/files/package_archive.h"
#include "packages/files/package_folder.h"
#include "packages/files/package_writer.h"
#include "packages/files/zip_names.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

namespace latchkey::packages {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::string_view kManifest =
    "<Package><Applications><Application Id=\"A\" Executable=\"a\"/></Applications></Package>";

class PackageFileTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string folder = (fs::temp_directory_path() / "latchkey-package-XXXXXX").string();
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        m_root = folder;
        fs::create_directory(m_root / "P");
    }
    void TearDown() override { fs::remove_all(m_root); }

    fs::path put(std::string const& name, std::string_view content)
    {
        fs::path const path = m_root / "P" / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    tl::expected<PackedPackage, PackageError> pack() { return pack_folder(m_root / "P", m_root / "P.appx"); }

    std::string bytes(fs::path const& path) { return read_file(path, std::uint64_t{1} << 30).value(); }

    // A zip whose block map is right for its entries, so that only what a test adds is wrong.
    struct Entry {
        std::string name;
        std::string content;
        std::uint32_t mode = 0;
    };
    std::string zip(std::vector<Entry> entries)
    {
        entries.push_back({"AppxManifest.xml", std::string(kManifest)});
        BlockMap map;
        for (Entry const& entry : entries) {
            BlockMapFile file;
            file.size = entry.content.size();
            for (std::size_t i = 0; i < entry.content.size(); i += kBlockBytes)
                file.hashes.push_back(base64(sha256(std::as_bytes(
                    std::span(entry.content).subspan(i, std::min(kBlockBytes, entry.content.size() - i))))));
            if (auto const path = path_from_zip(entry.name); path && !path->empty())
                map.emplace(*path, std::move(file));
        }
        entries.push_back({std::string(kBlockMapFileName), write_block_map(map)});
        return raw_zip(entries);
    }
    std::string raw_zip(std::vector<Entry> const& entries)
    {
        fs::path const path = m_root / "made.zip";
        zip_t* const zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
        for (Entry const& entry : entries) {
            auto const index = static_cast<zip_uint64_t>(
                zip_file_add(zip, entry.name.c_str(),
                             zip_source_buffer(zip, entry.content.data(), entry.content.size(), 0), ZIP_FL_ENC_UTF_8));
            if (entry.mode != 0) zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_UNIX, entry.mode << 16);
        }
        EXPECT_EQ(zip_close(zip), 0);
        return bytes(path);
    }

    std::string refusal(std::string const& package)
    {
        auto const archive = PackageArchive::open(std::as_bytes(std::span(package)));
        return archive ? "opened" : archive.error().message;
    }

    fs::path m_root;
};

TEST_F(PackageFileTest, PackingAndOpeningGivesTheFilesBack)
{
    put("AppxManifest.xml", kManifest);
    std::string const large(kBlockBytes * 2 + 1, 'x');
    put("Assets/Large File ü.bin", large);
    put("empty", "");
    ASSERT_EQ(::chmod(put("a", "#!/bin/sh\n").c_str(), 0755), 0);
    auto const packed = pack();
    ASSERT_TRUE(packed) << packed.error().message;
    std::string const file = bytes(m_root / "P.appx");
    auto const archive = PackageArchive::open(std::as_bytes(std::span(file)));
    ASSERT_TRUE(archive) << archive.error().message;
    EXPECT_EQ(archive->read("Assets/Large File ü.bin", large.size()), large);
    EXPECT_EQ(archive->read("empty", 0), "");
    EXPECT_FALSE(archive->read("Assets/Large File ü.bin", large.size() - 1));
    EXPECT_FALSE(archive->read("nothing", 1));
    ASSERT_EQ(archive->files().size(), 4u);
    EXPECT_EQ(archive->files()[0].path, "AppxManifest.xml");
    EXPECT_FALSE(archive->files()[0].executable);
    EXPECT_TRUE(archive->files()[2].executable);
}

TEST_F(PackageFileTest, PackingTwiceGivesTheSameBytes)
{
    put("AppxManifest.xml", kManifest);
    put("b/c", "text");
    ASSERT_TRUE(pack());
    std::string const first = bytes(m_root / "P.appx");
    fs::last_write_time(m_root / "P/b/c", fs::file_time_type::clock::now() + std::chrono::hours(24));
    ASSERT_TRUE(pack());
    EXPECT_EQ(bytes(m_root / "P.appx"), first);
}

TEST_F(PackageFileTest, PackingIntoTheFolderItselfLeavesThePackageOut)
{
    put("AppxManifest.xml", kManifest);
    fs::path const output = m_root / "P" / "P.appx";
    ASSERT_TRUE(pack_folder(m_root / "P", output));
    std::string const first = bytes(output);
    ASSERT_TRUE(pack_folder(m_root / "P", output));
    EXPECT_EQ(bytes(output), first);
}

TEST_F(PackageFileTest, PackingRefusesLinksAndNamesThatDifferInCase)
{
    put("AppxManifest.xml", kManifest);
    fs::create_symlink("/etc/passwd", m_root / "P/link");
    EXPECT_THAT(pack().error().message, HasSubstr("\"link\" is a symbolic link"));
    fs::remove(m_root / "P/link");
    put("readme", "");
    put("README", "");
    EXPECT_THAT(pack().error().message, HasSubstr("is there twice"));
    EXPECT_FALSE(fs::exists(m_root / "P.appx"));
    EXPECT_FALSE(fs::exists(m_root / "P.appx.partial"));
}

TEST_F(PackageFileTest, PackingNeedsAManifest)
{
    put("a", "");
    EXPECT_EQ(pack().error().hresult, kMissingFile);
}

// The zip as other programs see it: stored, no times, with the header sizes the block map promises.
TEST_F(PackageFileTest, HasTheLayoutThatItsBlockMapDescribes)
{
    put("AppxManifest.xml", kManifest);
    put("a b", "content");
    ASSERT_TRUE(pack());
    std::string const file = bytes(m_root / "P.appx");
    std::size_t const header = file.find("a%20b") - 30;
    EXPECT_EQ(file.substr(header, 4), "PK\x03\x04");
    auto const le16 = [&](std::size_t at) {
        return static_cast<unsigned char>(file[at]) | static_cast<unsigned char>(file[at + 1]) << 8;
    };
    EXPECT_EQ(le16(header + 8), 0) << "stored";
    EXPECT_EQ(le16(header + 12), 0x0021) << "1980-01-01";
    EXPECT_EQ(le16(header + 28), 0) << "no extra field";
    EXPECT_EQ(file.substr(header + 35, 7), "content");
    EXPECT_THAT(file, HasSubstr("<File Name=\"a b\" Size=\"7\" LfhSize=\"35\">"));
}

TEST_F(PackageFileTest, ADamagedByteIsFound)
{
    put("AppxManifest.xml", kManifest);
    put("data", "precious content");
    ASSERT_TRUE(pack());
    std::string file = bytes(m_root / "P.appx");
    file[file.find("precious")] = 'P';
    EXPECT_NE(refusal(file), "opened");
}

TEST_F(PackageFileTest, ABlockThatDoesNotMatchIsRefusedByNumber)
{
    std::string file = zip({{"data", std::string(kBlockBytes, 'a') + "tail"}});
    EXPECT_EQ(refusal(file), "opened");
    BlockMapFile wrong{kBlockBytes, {base64(Sha256{})}, 0};
    std::string const map = write_block_map({{"AppxManifest.xml", BlockMapFile{1, {"x"}, 0}}, {"data", wrong}});
    std::string const package =
        raw_zip({{"AppxManifest.xml", "x"}, {"data", std::string(kBlockBytes, 'a')}, {"AppxBlockMap.xml", map}});
    auto const archive = PackageArchive::open(std::as_bytes(std::span(package)));
    ASSERT_FALSE(archive);
    EXPECT_EQ(archive.error().hresult, kBlockHashInvalid);
    EXPECT_THAT(archive.error().message, HasSubstr("its block 0 does not have the hash"));
}

TEST_F(PackageFileTest, DangerousNamesAreRefused)
{
    for (auto const* name : {"../evil", "/etc/evil", "a/../b", "%2e%2e/evil", "a%2f..%2f..%2fevil", "a\\b", "a%5Cb",
                             "C:/x", "a%00b", "a%zz", "a%2"})
        EXPECT_NE(refusal(zip({{name, "x"}})), "opened") << name;
    EXPECT_THAT(refusal(zip({{"a", "1"}, {"A", "2"}})), HasSubstr("is there twice"));
    EXPECT_THAT(refusal(zip({{"a%62", "1"}, {"ab", "2"}})), HasSubstr("is there twice"));
    EXPECT_THAT(refusal(zip({{"a", "1"}, {"a/b", "2"}})), HasSubstr("a file and a folder at once"));
}

TEST_F(PackageFileTest, LinksAndDevicesAreRefused)
{
    EXPECT_THAT(refusal(zip({{"link", "/etc/passwd", S_IFLNK | 0777}})), HasSubstr("not a plain file"));
    EXPECT_THAT(refusal(zip({{"tty", "", S_IFCHR | 0666}})), HasSubstr("not a plain file"));
}

TEST_F(PackageFileTest, AZipBombIsRefusedBeforeItUnpacks)
{
    std::string const zeros(kFreeUnpackedBytes + 1, '\0');
    EXPECT_THAT(refusal(zip({{"zeros", zeros}})), HasSubstr("times its own size"));
}

TEST_F(PackageFileTest, TheBlockMapAndThePackageListTheSameFiles)
{
    std::string const manifest_only = write_block_map({{"AppxManifest.xml", BlockMapFile{0, {}, 0}}});
    EXPECT_THAT(refusal(raw_zip({{"AppxManifest.xml", ""}, {"extra", ""}, {"AppxBlockMap.xml", manifest_only}})),
                HasSubstr("\"extra\" is in the package and not in the block map"));
    std::string const more =
        write_block_map({{"AppxManifest.xml", BlockMapFile{0, {}, 0}}, {"gone", BlockMapFile{0, {}, 0}}});
    EXPECT_THAT(refusal(raw_zip({{"AppxManifest.xml", ""}, {"AppxBlockMap.xml", more}})),
                HasSubstr("\"gone\" is in the block map and not in the package"));
    EXPECT_THAT(refusal(raw_zip({{"AppxManifest.xml", ""}})), HasSubstr("has no AppxBlockMap.xml"));
    EXPECT_THAT(refusal(raw_zip({{"x", ""}})), HasSubstr("has no AppxManifest.xml"));
    EXPECT_THAT(refusal("no zip at all"), HasSubstr("is not a package file"));
    EXPECT_THAT(refusal(""), HasSubstr("has no AppxManifest.xml"));
}

TEST(BlockMap, OfWrongShapeIsRefusedWithItsLine)
{
    auto const message = [](std::string const& xml) {
        auto const map = read_block_map(xml);
        return map ? "read" : map.error().message;
    };
    std::string const head = "<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\" "
                             "HashMethod=\"http://www.w3.org/2001/04/xmlenc#sha256\">\n";
    EXPECT_EQ(message(head + "</BlockMap>"), "read");
    EXPECT_THAT(message(head + "<File Name=\"a\" Size=\"1\"/></BlockMap>"),
                HasSubstr("AppxBlockMap.xml:2: \"a\" of 1 bytes has 0 blocks; right would be 1"));
    EXPECT_THAT(message(head + "<File Name=\"..\\a\" Size=\"0\"/></BlockMap>"), HasSubstr("has a part \"..\""));
    EXPECT_THAT(message(head + "<File Name=\"a\" Size=\"-1\"/></BlockMap>"), HasSubstr("has no Size"));
    EXPECT_THAT(message(head + "<File Name=\"a\" Size=\"0\"/><File Name=\"a\" Size=\"0\"/></BlockMap>"),
                HasSubstr("listed twice"));
    EXPECT_THAT(message("<BlockMap/>"), HasSubstr("a block map begins with"));
    EXPECT_THAT(message("<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\" HashMethod=\"md5\"/>"),
                HasSubstr("hash method"));
}

} // namespace
} // namespace latchkey::packages
