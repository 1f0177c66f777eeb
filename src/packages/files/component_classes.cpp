// SPDX-License-Identifier: MIT
#include "packages/files/component_classes.h"

#include "winmd/attribute.h"
#include "winmd/file.h"
#include "winmd/runtime_type.h"
#include "winmd/tables.h"

#include <fmt/format.h>

namespace latchkey::packages {

namespace {

// Windows.Foundation.Metadata.ThreadingModel
constexpr std::int64_t kSta = 1;
constexpr std::int64_t kMta = 2;

ThreadingModel threading_of(winmd::TypeDef type)
{
    auto const attribute = winmd::find_attribute(type, winmd::kMetadataNamespace, "ThreadingAttribute");
    if (!attribute) return ThreadingModel::Both;
    auto const arguments = winmd::decode(attribute);
    if (!arguments || arguments->fixed.empty()) return ThreadingModel::Both;
    auto const value = arguments->fixed.front().integer();
    return value == kSta ? ThreadingModel::Sta : value == kMta ? ThreadingModel::Mta : ThreadingModel::Both;
}

} // namespace

tl::expected<std::vector<ActivatableClass>, std::string> component_classes(std::filesystem::path const& winmd,
                                                                           std::string_view library)
{
    auto const file = winmd::File::open(winmd);
    if (!file) return tl::unexpected(file.error().message());
    std::vector<ActivatableClass> classes;
    for (winmd::TypeDef const type : (*file)->rows<winmd::TypeDef>()) {
        winmd::Category const category = winmd::category(type);
        bool const is_class = category == winmd::Category::Class || category == winmd::Category::StaticClass;
        if (!is_class || !type.is_windows_runtime() || !type.is_public() || winmd::factories(type).empty()) continue;
        if (classes.size() >= kMaxActivatableClasses)
            return tl::unexpected(
                fmt::format("{}: more than {} activatable classes", winmd.string(), kMaxActivatableClasses));
        classes.push_back(
            {fmt::format("{}.{}", type.name_space(), type.name()), std::string(library), threading_of(type)});
    }
    return classes;
}

} // namespace latchkey::packages
