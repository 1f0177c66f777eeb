// SPDX-License-Identifier: MIT
// The sample component as a file, and a folder to generate into.
#pragma once

#include "projection/generator.h"
#include "support/sample_winmd.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

class Scratch {
public:
    Scratch()
    {
        std::string name = (std::filesystem::temp_directory_path() / "latchkey-projection-XXXXXX").string();
        m_folder = ::mkdtemp(name.data());
    }
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_folder, ignored);
    }
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;

    std::filesystem::path operator/(std::string const& name) const { return m_folder / name; }
    std::filesystem::path write(std::string const& name, std::vector<uint8_t> const& bytes) const
    {
        std::ofstream{m_folder / name, std::ios::binary}.write(reinterpret_cast<char const*>(bytes.data()),
                                                               static_cast<std::streamsize>(bytes.size()));
        return m_folder / name;
    }
    std::string read(std::string const& name) const
    {
        std::ostringstream text;
        text << std::ifstream{m_folder / name, std::ios::binary}.rdbuf();
        return text.str();
    }

private:
    std::filesystem::path m_folder;
};

inline latchkey::projection::GenerateOptions sample_options(Scratch const& scratch)
{
    latchkey::projection::GenerateOptions options;
    options.inputs = {scratch.write("Sample.winmd", sample::winmd())};
    options.output = scratch / "out";
    return options;
}
