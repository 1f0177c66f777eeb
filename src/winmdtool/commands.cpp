// SPDX-License-Identifier: MIT
#include "winmdtool/commands.h"

#include "winmd/validate.h"
#include "winmdtool/compare.h"
#include "winmdtool/text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace latchkey::winmdtool {

using namespace winmd;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxSuggestions = 5;

// Names in metadata need not be UTF-8; JSON must be.
void write_json(Json const& json, Streams streams)
{
    streams.out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int trouble(Streams streams, std::string const& message)
{
    streams.error << "latchkey-winmd: " << message << '\n';
    return kTrouble;
}

// Types whose names contain what was asked for, to help with a slip.
std::string suggestions(File const& file, std::string const& asked)
{
    auto const dot = asked.rfind('.');
    auto const last = dot == std::string::npos ? asked : asked.substr(dot + 1);
    std::vector<std::string> found;
    for (auto const type : file.rows<TypeDef>()) {
        if (last.empty() || type.name().find(last) == std::string_view::npos) continue;
        found.push_back(printable(to_string(type.full_name())));
        if (found.size() == kMaxSuggestions) break;
    }
    return found.empty() ? std::string{} : fmt::format("; did you mean {}?", fmt::join(found, ", "));
}

Json to_json(Finding const& finding)
{
    Json result{{"severity", to_string(finding.rule->severity)}, {"rule", finding.rule->id}};
    if (finding.table != TableId::None) {
        result["table"] = to_string(finding.table);
        result["row"] = finding.row;
    }
    result["name"] = finding.name;
    result["text"] = finding.text;
    return result;
}

struct Verdict {
    Json findings = Json::array();
    bool valid = true;
};

void add(Verdict& verdict, std::filesystem::path const& path, Finding const& finding, CheckOptions const& options,
         Streams streams)
{
    verdict.valid = verdict.valid && finding.rule->severity != Severity::Error;
    if (options.format == Format::Json)
        verdict.findings.push_back(to_json(finding));
    else
        streams.out << printable(path.string()) << ": " << printable(finding.message()) << '\n';
}

Verdict check_one(std::filesystem::path const& path, Metadata const* references, CheckOptions const& options,
                  Streams streams)
{
    Verdict verdict;
    auto const file = File::open(path);
    if (!file) {
        // A file that cannot be read as metadata breaks the first rule of all.
        Rule const readable{"file.readable", Severity::Error, "the file is sound ECMA-335 metadata"};
        auto const& error = file.error();
        add(verdict, path, {&readable, error.table, error.row, {}, error.what}, options, streams);
        return verdict;
    }
    ValidateOptions validation{.references = references, .publisher = {}, .file_name = path.stem().string()};
    if (options.as_component) validation.publisher = Publisher::Component;
    if (options.as_system) validation.publisher = Publisher::System;
    for (auto const& finding : validate(**file, validation))
        add(verdict, path, finding, options, streams);
    return verdict;
}

tl::expected<Metadata, ReadError> load_one(std::filesystem::path const& path)
{
    std::array const paths{path};
    return Metadata::load(paths);
}

} // namespace

int counts(Paths const& files, Format format, Streams streams)
{
    Json list = Json::array();
    int status = kYes;
    for (auto const& path : files) {
        auto const file = File::open(path);
        if (!file) {
            status = trouble(streams, printable(file.error().message()));
            continue;
        }
        auto const name = path.filename().string();
        auto const types = (*file)->row_count(TableId::TypeDef);
        auto const methods = (*file)->row_count(TableId::MethodDef);
        if (format == Format::Json)
            list.push_back({{"name", name}, {"types", types}, {"methods", methods}});
        else
            streams.out << printable(name) << ' ' << types << ' ' << methods << '\n';
    }
    if (format == Format::Json) write_json(list, streams);
    return status;
}

int dump(std::filesystem::path const& path, std::string const& wanted, Streams streams)
{
    auto const file = File::open(path);
    if (!file) return trouble(streams, printable(file.error().message()));
    bool found = false;
    for (auto const type : (*file)->rows<TypeDef>()) {
        if (type.name_space().empty() && type.name() == "<Module>") continue;
        if (!wanted.empty() && to_string(type.full_name()) != wanted) continue;
        if (found) streams.out << '\n';
        found = true;
        streams.out << describe(type);
    }
    if (!found && !wanted.empty())
        return trouble(streams, fmt::format("{} has no type {}{}", path.string(), wanted, suggestions(**file, wanted)));
    return kYes;
}

int check(Paths const& files, CheckOptions const& options, Streams streams)
{
    Metadata references;
    if (!options.references.empty()) {
        auto loaded = Metadata::load(options.references);
        if (!loaded) return trouble(streams, printable(loaded.error().message()));
        references = std::move(*loaded);
    }
    Json list = Json::array();
    int status = kYes;
    for (auto const& path : files) {
        std::error_code error;
        if (!std::filesystem::exists(path, error)) {
            status = trouble(streams, fmt::format("{}: no such file", printable(path.string())));
            continue;
        }
        auto verdict = check_one(path, options.references.empty() ? nullptr : &references, options, streams);
        if (!verdict.valid) status = std::max(status, kNo);
        list.push_back({{"file", path.string()}, {"valid", verdict.valid}, {"findings", std::move(verdict.findings)}});
    }
    if (options.format == Format::Json) write_json(list, streams);
    return status;
}

int diff(std::filesystem::path const& left_path, std::filesystem::path const& right_path, Format format,
         Streams streams)
{
    auto const left = load_one(left_path);
    if (!left) return trouble(streams, printable(left.error().message()));
    auto const right = load_one(right_path);
    if (!right) return trouble(streams, printable(right.error().message()));
    auto const found = compare(*left, *right);
    if (format == Format::Json) {
        Json list = Json::array();
        for (auto const& one : found.differences)
            list.push_back({{"type", one.type}, {"what", one.what}, {"left", one.left}, {"right", one.right}});
        write_json({{"common", found.common},
                    {"left_only", found.left_only},
                    {"right_only", found.right_only},
                    {"differences", std::move(list)}},
                   streams);
        return found.differences.empty() ? kYes : kNo;
    }
    for (auto const& one : found.differences) {
        streams.out << one.type << ": " << one.what << '\n';
        if (!one.left.empty()) streams.out << "  < " << one.left << '\n';
        if (!one.right.empty()) streams.out << "  > " << one.right << '\n';
    }
    streams.out << fmt::format("{} types in both, {} differences; {} only in {}, {} only in {}\n", found.common,
                               found.differences.size(), found.left_only, printable(left_path.string()),
                               found.right_only, printable(right_path.string()));
    return found.differences.empty() ? kYes : kNo;
}

} // namespace latchkey::winmdtool
