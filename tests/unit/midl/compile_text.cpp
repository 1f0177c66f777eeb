// SPDX-License-Identifier: MIT
#include "compile_text.h"

#include "winmd/runtime_type.h"
#include "winmd/validate.h"

#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace latchkey::test {

namespace {

constexpr std::string_view kSmallWindows = R"(
namespace Windows.Foundation
{
    struct EventRegistrationToken { Int64 Value; }
    struct TimeSpan { Int64 Duration; }
    struct DateTime { Int64 UniversalTime; }
    struct HResult { Int32 Value; }
    struct Point { Single X; Single Y; }
    [contractversion(4)] apicontract UniversalApiContract {}
    [uuid(30d5a829-7fa4-4026-83bb-d75bae4ea99e)] interface IClosable { void Close(); }
    [uuid(96369f54-8eb6-48f0-abce-c1b211e627c3)] interface IStringable { String ToString(); }
    [uuid(00000036-0000-0000-c000-000000000046)] interface IAsyncInfo { void Cancel(); void Close(); }
    [uuid(5a648006-843a-4da9-865b-9d26e5dfad7b)] interface IAsyncAction requires IAsyncInfo { void GetResults(); }
    [uuid(9fc2b0bb-e446-44e2-aa61-9cab8f636af2)]
    interface IAsyncOperation<TResult> requires IAsyncInfo { TResult GetResults(); }
    [uuid(61c17706-2d65-11e0-9ae8-d48564015472)] interface IReference<T> { T Value { get; }; }
    [uuid(9de1c525-6ae1-11e0-84e1-18a905bcc53f)] delegate void EventHandler<T>(Object sender, T args);
    [uuid(9de1c534-6ae1-11e0-84e1-18a905bcc53f)]
    delegate void TypedEventHandler<TSender, TResult>(TSender sender, TResult args);
}
namespace Windows.Foundation.Collections
{
    [uuid(6a79e863-4300-459a-9966-cbb660963ee1)] interface IIterator<T> { T Current { get; }; Boolean MoveNext(); }
    [uuid(faa585ea-6214-4217-afda-7f46de5869b3)] interface IIterable<T> { IIterator<T> First(); }
    [uuid(02b51929-c1c4-4a7e-8940-0312b5c18500)] interface IKeyValuePair<K, V> { K Key { get; }; V Value { get; }; }
    [uuid(bbe1fa4c-b0e3-4583-baef-1f1b2e483e56)] interface IVectorView<T> requires IIterable<T>
    {
        T GetAt(UInt32 index);
        UInt32 GetMany(UInt32 startIndex, ref T[] items);
    }
    [uuid(913337e9-11a1-4345-a3a2-4e7f956e222d)] interface IVector<T> requires IIterable<T>
    {
        T GetAt(UInt32 index);
        IVectorView<T> GetView();
        void Append(T value);
    }
    [uuid(3c2925fe-8519-45c1-aa79-197b6718c1c1)] interface IMap<K, V> requires IIterable<IKeyValuePair<K, V> >
    {
        V Lookup(K key);
    }
}
namespace Windows.ApplicationModel.Background
{
    [uuid(865bda7a-21d8-4573-8f32-928a1b0641f6)] interface IBackgroundTaskInstance { UInt32 Progress { set; get; }; }
    [uuid(7d13d534-fd12-43ce-8c22-ea1ff13c06df)]
    interface IBackgroundTask { void Run(IBackgroundTaskInstance taskInstance); }
}
namespace Windows.UI
{
    [attributeusage(target_all)] [attributename("contentproperty")] attribute ContentPropertyAttribute { String Name; }
    unsealed runtimeclass Control { Control(); void Focus(); }
    runtimeclass Pen { Pen(); void Draw(); }
}
)";

std::string argument_text(winmd::AttributeArgument const& argument)
{
    if (auto const text = argument.string()) return fmt::format("\"{}\"", *text);
    if (auto const type = argument.type_name()) return std::string{*type};
    if (auto const number = argument.integer()) return std::to_string(*number);
    if (auto const* flag = std::get_if<bool>(&argument.value)) return *flag ? "true" : "false";
    if (auto const* real = std::get_if<double>(&argument.value)) return fmt::format("{}", *real);
    return "?";
}

std::string attribute_text(winmd::CustomAttribute attribute)
{
    std::string name{attribute.type_name().name};
    if (name.ends_with("Attribute")) name.resize(name.size() - 9);
    auto const values = winmd::decode(attribute);
    if (!values) return name + "(unreadable)";
    std::string text;
    for (auto const& fixed : values->fixed)
        text += (text.empty() ? "" : ", ") + argument_text(fixed);
    for (auto const& named : values->named)
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", named.name, argument_text(named.argument));
    return text.empty() ? name : fmt::format("{}({})", name, text);
}

std::string attributes_text(winmd::HasCustomAttribute parent, bool all)
{
    std::string text;
    for (auto const attribute : winmd::attributes_of(parent)) {
        auto const name = attribute.type_name().name;
        bool const is_usual = name == "VersionAttribute" || name == "GuidAttribute" ||
                              name == "MarshalingBehaviorAttribute" || name == "ThreadingAttribute";
        if (all || !is_usual) text += fmt::format(" [{}]", attribute_text(attribute));
    }
    return text;
}

std::string_view passing_text(winmd::Passing passing)
{
    switch (passing) {
    case winmd::Passing::In:
        return "";
    case winmd::Passing::Out:
        return "out ";
    case winmd::Passing::InArray:
        return "pass ";
    case winmd::Passing::FillArray:
        return "fill ";
    case winmd::Passing::ReceiveArray:
        return "receive ";
    }
    return "?";
}

std::string method_text(winmd::MethodDef method)
{
    auto const signature = method.signature();
    std::string text =
        fmt::format("{:04x} {} {}(", method.flags(),
                    signature.return_type.is_void() ? "void" : to_string(signature.return_type.type), method.name());
    bool first = true;
    for (auto const& parameter : winmd::parameters(method, signature)) {
        bool const is_const = parameter.signature->has_modifier("System.Runtime.CompilerServices", "IsConst");
        text += fmt::format("{}{}{}{} {}", first ? "" : ", ", passing_text(parameter.passing), is_const ? "const " : "",
                            to_string(parameter.signature->type), parameter.name);
        first = false;
    }
    return text + ')' + attributes_text(method, true);
}

std::string declaration_name(winmd::MethodDefOrRef declaration)
{
    if (declaration.is<winmd::MethodDef>()) {
        auto const method = declaration.as<winmd::MethodDef>();
        return fmt::format("{}.{}", to_string(method.parent().full_name()), method.name());
    }
    auto const member = declaration.as<winmd::MemberRef>();
    auto const parent = member.class_();
    auto const owner = parent.is<winmd::TypeSpec>() ? to_string(parent.as<winmd::TypeSpec>().signature())
                                                    : to_string(parent.as<winmd::TypeRef>().full_name());
    return fmt::format("{}.{}", owner, member.name());
}

} // namespace

tl::expected<std::string, std::string> TextFiles::read(std::filesystem::path const& path)
{
    auto const found = texts.find(path.lexically_normal().string());
    if (found == texts.end()) return tl::unexpected(std::string{"No such file or directory"});
    return found->second;
}

bool TextFiles::is_file(std::filesystem::path const& path)
{
    return texts.contains(path.lexically_normal().string());
}

std::string TextFiles::identity(std::filesystem::path const& path)
{
    return path.lexically_normal().string();
}

winmd::Metadata const& small_windows()
{
    static winmd::Metadata const result = [] {
        TextFiles files;
        files.texts["windows.idl"] = kSmallWindows;
        auto const compiled =
            midl::compile({.inputs = {"windows.idl"}, .name = "Windows", .is_sdk = true}, files, nullptr);
        EXPECT_TRUE(compiled.ok()) << compiled.messages(false);
        winmd::Metadata metadata;
        metadata.add(std::move(*winmd::File::from_bytes(compiled.file, "Windows.winmd")));
        return metadata;
    }();
    return result;
}

winmd::TypeDef Compiled::type(std::string_view full_name) const
{
    auto const found = metadata.find(full_name);
    EXPECT_TRUE(found) << "no type " << full_name << "\n" << messages();
    return found;
}

Compiled compile_files(TextFiles files, midl::CompileOptions options)
{
    if (options.inputs.empty()) options.inputs = {"Contoso.idl"};
    if (options.name.empty()) options.name = "Contoso";
    Compiled result{midl::compile(options, files, &small_windows()), {}};
    if (!result.ok()) return result;
    auto file = winmd::File::from_bytes(result.compilation.file, "Contoso.winmd");
    if (file)
        result.metadata.add(std::move(*file));
    else
        ADD_FAILURE() << file.error().message();
    return result;
}

Compiled compile_text(std::string_view text, midl::CompileOptions options)
{
    TextFiles files;
    files.texts["Contoso.idl"] = text;
    return compile_files(std::move(files), std::move(options));
}

Compiled compile_in_contoso(std::string_view declarations, midl::CompileOptions options)
{
    return compile_text(fmt::format("namespace Contoso\n{{\n{}\n}}\n", declarations), std::move(options));
}

std::string describe(winmd::TypeDef type, bool all)
{
    if (!type) return "none";
    auto text = fmt::format("{} {:04x}{}\n", to_string(type.full_name()), type.flags(),
                            type.extends() ? " : " + to_string(type.extends()) : std::string{});
    for (auto const attribute : type.attributes()) {
        auto const line = attributes_text(type, all);
        (void)attribute;
        if (!line.empty()) text += line.substr(1) + '\n';
        break;
    }
    for (auto const row : type.interfaces())
        text += fmt::format("implements {}{}\n", to_string(row.interface()), attributes_text(row, true));
    for (auto const field : type.fields()) {
        text += fmt::format("{:04x} {} {}", field.flags(), to_string(field.signature()), field.name());
        if (auto const constant = field.constant()) {
            auto const value = constant.value();
            if (auto const* number = std::get_if<int32_t>(&value)) text += fmt::format(" = {}", *number);
            if (auto const* number = std::get_if<uint32_t>(&value)) text += fmt::format(" = {}u", *number);
        }
        text += attributes_text(field, true) + '\n';
    }
    std::map<uint32_t, std::string> declarations;
    for (auto const impl : type.method_impls())
        declarations[impl.method_body().as<winmd::MethodDef>().row()] = declaration_name(impl.method_declaration());
    for (auto const method : type.methods()) {
        text += method_text(method);
        if (auto const found = declarations.find(method.row()); found != declarations.end())
            text += " = " + found->second;
        text += '\n';
    }
    for (auto const property : type.properties())
        text += fmt::format("property {}{} {}{}{}{}\n", property.signature().has_this ? "" : "static ",
                            to_string(property.signature().type.type), property.name(), property.getter() ? " get" : "",
                            property.setter() ? " put" : "", attributes_text(property, true));
    for (auto const event : type.events())
        text += fmt::format("event {} {}{}{}\n", to_string(event.type()), event.name(),
                            event.add_method() ? " add" : "", event.remove_method() ? " remove" : "");
    return text;
}

std::string only_message(Compiled const& compiled)
{
    auto const all = compiled.messages();
    std::istringstream lines{all};
    std::string found;
    for (std::string line; std::getline(lines, line);) {
        if (line.find(" error: ") == std::string::npos && line.find(" warning: ") == std::string::npos) continue;
        if (!found.empty()) return all;
        found = line;
    }
    return found;
}

} // namespace latchkey::test
