// SPDX-License-Identifier: MIT
// The component rules of docs/midl.md, one test each: what breaks the rule, and what keeps it.
#include "compile_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

#define EXPECT_ONE_MESSAGE(declarations, ...)                                                                          \
    EXPECT_THAT(only_message(compile_in_contoso(declarations)), AllOf(__VA_ARGS__))

#define EXPECT_COMPILES(declarations)                                                                                  \
    do {                                                                                                               \
        auto const compiled = compile_in_contoso(declarations);                                                        \
        EXPECT_TRUE(compiled.ok()) << compiled.messages();                                                             \
        EXPECT_EQ(compiled.messages(), "");                                                                            \
    } while (false)

TEST(Rule, SignaturesUseOnlyWindowsRuntimeTypes)
{
    EXPECT_ONE_MESSAGE("interface I { void F(Decimal x); }", HasSubstr("'Decimal' is not a Windows Runtime type"),
                       EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { System.Text.StringBuilder F(); }", EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int8 x); }", EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { int F(); }", EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { String* F(); }", EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { Int32? F(); }", EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { Missing F(); }", HasSubstr("unknown type 'Missing'"), EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("struct S { Windows.Foundation.Uri Where; }", EndsWith("[WME1033]"));
    EXPECT_COMPILES("interface I { void F(Windows.Foundation.IClosable x, Guid y, Object z); }");
}

TEST(Rule, FundamentalTypesTakeNoArguments)
{
    EXPECT_ONE_MESSAGE("interface I { void F(String<Int32> x); }", HasSubstr("'String' takes no type arguments"));
    EXPECT_ONE_MESSAGE("interface I { Guid<Int32> F(); }", HasSubstr("'Guid' takes no type arguments"));
}

TEST(Rule, SignaturesUseNoStaticClassAttributeOrContract)
{
    EXPECT_ONE_MESSAGE("static runtimeclass C { static void F(); } interface I { C G(); }", HasSubstr("static class"),
                       EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("runtimeclass C { static void F(); } interface I { C G(); }", HasSubstr("static class"),
                       EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("attribute AAttribute { String X; } interface I { AAttribute G(); }", HasSubstr("an attribute"),
                       EndsWith("[WME1033]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Windows.Foundation.UniversalApiContract x); }", HasSubstr("a contract"),
                       EndsWith("[WME1033]"));
}

TEST(Rule, CollectionsAreTheWindowsRuntimesOwn)
{
    EXPECT_ONE_MESSAGE("interface I { List<String> F(); }", EndsWith("[WME1038]"));
    EXPECT_ONE_MESSAGE("interface I { System.Collections.Generic.IDictionary<String, Object> F(); }",
                       EndsWith("[WME1038]"));
    EXPECT_ONE_MESSAGE("interface I { KeyValuePair<String, Object> F(); }", EndsWith("[WME1039]"));
    EXPECT_ONE_MESSAGE("interface I { Task F(); }", EndsWith("[WME1040]"));
    EXPECT_ONE_MESSAGE("interface I { System.Threading.Tasks.Task<Int32> F(); }", EndsWith("[WME1040]"));
    EXPECT_COMPILES(
        "interface I { IVector<String> A(); Windows.Foundation.IAsyncAction B(); IMap<String, Object> C(); }");
}

TEST(Rule, EventsAndTimeSpanWork)
{
    // The preview of the second seed could not have them.
    EXPECT_COMPILES(R"(
        runtimeclass C
        {
            C();
            event Windows.Foundation.EventHandler<Windows.Foundation.TimeSpan> Ticked;
            Windows.Foundation.TimeSpan Wait(Windows.Foundation.DateTime until);
        })");
}

TEST(Rule, EventsAreOfDelegates)
{
    EXPECT_ONE_MESSAGE("interface I { event String Done; }", HasSubstr("event 'Done' needs a delegate"));
    EXPECT_ONE_MESSAGE("interface I { event Windows.Foundation.IClosable Done; }",
                       HasSubstr("event 'Done' needs a delegate"));
}

TEST(Rule, ClassesAreNotGeneric)
{
    EXPECT_ONE_MESSAGE("runtimeclass C<T> { C(); void F(); }", HasSubstr("runtimeclass 'C' cannot be generic"));
    EXPECT_ONE_MESSAGE("struct S<T> { Int32 X; }", HasSubstr("struct 'S' cannot be generic"));
    EXPECT_ONE_MESSAGE("interface I { void F<T>(String x); }", HasSubstr("method 'F' cannot be generic"));
    EXPECT_THAT(only_message(compile_in_contoso("interface I<T> { T F(); }", {.is_sdk = true})),
                HasSubstr("generic interface 'I' has no IID"));
}

TEST(Rule, GenericTypesAreWindowsOwn)
{
    EXPECT_ONE_MESSAGE("[uuid(11112222-3333-4444-5555-666677778888)] interface I<T> { T F(); }",
                       HasSubstr("a component cannot define the generic interface 'I'"));
    EXPECT_ONE_MESSAGE("[uuid(11112222-3333-4444-5555-666677778888)] delegate void D<T>(T x);",
                       HasSubstr("a component cannot define the generic delegate 'D'"));
    EXPECT_COMPILES("interface I { IVector<IReference<Int32>> F(); event Windows.Foundation.EventHandler<I> E; }");
}

TEST(Rule, ClassesImplementOnlyWindowsRuntimeInterfaces)
{
    EXPECT_ONE_MESSAGE("runtimeclass C : System.IDisposable { C(); void F(); }", EndsWith("[WME1038]"));
    EXPECT_ONE_MESSAGE("runtimeclass C : System.IDisposable { C(); }", EndsWith("[WME1038]"));
    EXPECT_ONE_MESSAGE("runtimeclass C { C(); interface Missing; }", HasSubstr("unknown type 'Missing'"));
    EXPECT_ONE_MESSAGE("struct S { Int32 X; } runtimeclass C : S { C(); void F(); }",
                       HasSubstr("'Contoso.S' is not a Windows Runtime interface"));
    EXPECT_ONE_MESSAGE("runtimeclass C : String { C(); void F(); }",
                       HasSubstr("'String' is not a Windows Runtime interface"));
    EXPECT_ONE_MESSAGE("interface I requires Windows.UI.Pen { void F(); }",
                       HasSubstr("'Windows.UI.Pen' is not an interface"));
}

TEST(Rule, OfObjectsMethodsOnlyToStringIsDeclared)
{
    EXPECT_ONE_MESSAGE("runtimeclass C { Boolean Equals(Object other); }",
                       HasSubstr("'Equals' would override a method of Object"));
    EXPECT_ONE_MESSAGE("runtimeclass C { Int32 GetHashCode(); }",
                       HasSubstr("'GetHashCode' would override a method of Object"));
    EXPECT_ONE_MESSAGE("runtimeclass C { String GetType(); }",
                       HasSubstr("'GetType' would override a method of Object"));
    EXPECT_ONE_MESSAGE("runtimeclass C { void Finalize(); }",
                       HasSubstr("'Finalize' would override a method of Object"));
    EXPECT_COMPILES(
        "runtimeclass C { String ToString(); Boolean Equals(String other); Int32 GetHashCode(Int32 seed); }");
    EXPECT_COMPILES("runtimeclass C : Windows.Foundation.IStringable { C(); }");
    // Those of an interface become the class's own.
    EXPECT_ONE_MESSAGE("interface I { Boolean Equals(Object other); } runtimeclass C : I { C(); }",
                       HasSubstr("'Equals' of 'Contoso.I' would override a method of Object"));
}

TEST(Rule, FactoriesMakeTheirClass)
{
    EXPECT_ONE_MESSAGE("[exclusiveto(C)] interface IF { void Make(); } [activatable(IF)] runtimeclass C { void F(); }",
                       HasSubstr("'Make' of the factory 'Contoso.IF' returns void, not 'Contoso.C'"));
    EXPECT_ONE_MESSAGE("[exclusiveto(C)] interface IF { C Make(); } [composable(IF, public)] "
                       "unsealed runtimeclass C { void F(); }",
                       HasSubstr("'Make' of the factory 'Contoso.IF' cannot compose"));
    EXPECT_COMPILES("[exclusiveto(C)] interface IF { C Make(String x); C MakeTwo(String x, String y); } "
                    "[activatable(IF)] runtimeclass C { void F(); }");
}

TEST(Rule, ExclusiveInterfacesAreUsedByTheirClass)
{
    EXPECT_ONE_MESSAGE("[exclusiveto(C)] interface I { void G(); } runtimeclass C { void F(); }",
                       HasSubstr("'I' is exclusive to 'Contoso.C', which does not use it"));
    EXPECT_THAT(compile_in_contoso("[exclusiveto(B)] interface I { void G(); } runtimeclass B { interface I; } "
                                   "[static(I)] runtimeclass C { void F(); }")
                    .messages(),
                HasSubstr("interface 'Contoso.I' is exclusive to 'Contoso.B'"));
    EXPECT_COMPILES("[exclusiveto(C)] interface I { void G(); } [static(I)] runtimeclass C { void F(); }");
}

TEST(Rule, IidsAreDifferentAndNotZero)
{
    EXPECT_ONE_MESSAGE("[uuid(11112222-3333-4444-5555-666677778888)] interface I { void F(); } "
                       "[uuid(11112222-3333-4444-5555-666677778888)] delegate void D();",
                       HasSubstr("'Contoso.D' has the IID of 'Contoso.I'"));
    EXPECT_ONE_MESSAGE("[uuid(00000000-0000-0000-0000-000000000000)] interface I { void F(); }",
                       HasSubstr("the IID of 'Contoso.I' is zero"));
}

TEST(Rule, ProtectedConstructorsAreForUnsealedClasses)
{
    EXPECT_ONE_MESSAGE("runtimeclass C { protected C(); void F(); }",
                       HasSubstr("'C' has a protected constructor, but is sealed"));
    EXPECT_ONE_MESSAGE("runtimeclass C { C(); protected void F(); void G(); }",
                       HasSubstr("'F' is protected, but 'C' is sealed"));
    EXPECT_ONE_MESSAGE("runtimeclass C { C(); overridable void F(); void G(); }",
                       HasSubstr("'F' is overridable, but 'C' is sealed"));
    EXPECT_TRUE(compile_in_contoso("unsealed runtimeclass C { protected C(); void F(); }").ok());
}

TEST(Rule, UnsealedClassesAreNotForJavaScript)
{
    EXPECT_ONE_MESSAGE("unsealed runtimeclass C { C(); void F(); }",
                       HasSubstr("warning: 'C' cannot be used from JavaScript"), EndsWith("[WME1086, -Wunsealed]"));
}

TEST(Rule, ClassesDeriveOnlyFromComposableClasses)
{
    EXPECT_ONE_MESSAGE("runtimeclass C : Windows.UI.Pen { C(); void F(); }", HasSubstr("which is sealed"),
                       EndsWith("[WME1019]"));
    EXPECT_ONE_MESSAGE("runtimeclass B { B(); void F(); } runtimeclass C : B { C(); void G(); }",
                       EndsWith("[WME1019]"));
    EXPECT_COMPILES("runtimeclass C : Windows.UI.Control { C(); void F(); }");
}

TEST(Rule, StructsHoldOnlyValuesAndStrings)
{
    EXPECT_ONE_MESSAGE("struct S { Object X; }", HasSubstr("field 'X' of struct 'S' is an Object"),
                       EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { Int32[] X; }", HasSubstr("is an array"), EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { Windows.UI.Pen X; }", HasSubstr("is a runtime class"), EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { Windows.Foundation.IClosable X; }", HasSubstr("is an interface"),
                       EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { Windows.Foundation.EventHandler<String> X; }", HasSubstr("is a delegate"),
                       EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { void F(); }", HasSubstr("'F' is a method"), EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { Int32 X { get; }; }", HasSubstr("'X' is a property"), EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { static Int32 X; }", HasSubstr("'static' has no meaning"), EndsWith("[WME1060]"));
    EXPECT_ONE_MESSAGE("struct S { }", HasSubstr("has no fields"), EndsWith("[WME1060]"));
    EXPECT_COMPILES(
        "enum E { A } struct T { E X; } struct S { T A; String B; Char C; Windows.Foundation.TimeSpan D; }");
}

TEST(Rule, ClassesNeedAnInterface)
{
    EXPECT_ONE_MESSAGE("runtimeclass C { C(); }", HasSubstr("class 'C' has no interface"));
    EXPECT_ONE_MESSAGE("runtimeclass C { }", HasSubstr("class 'C' has no interface"));
    EXPECT_ONE_MESSAGE("runtimeclass C { C(); static void F(); }", HasSubstr("class 'C' has no interface"));
    EXPECT_ONE_MESSAGE("unsealed runtimeclass C { C(); overridable void F(); }",
                       HasSubstr("class 'C' has no default interface"));
    EXPECT_ONE_MESSAGE("unsealed runtimeclass C { protected void F(); }",
                       HasSubstr("class 'C' has no default interface"));
    EXPECT_ONE_MESSAGE("static runtimeclass C { }", HasSubstr("static class 'C' has no member"));
    EXPECT_COMPILES("[default_interface] runtimeclass C { C(); }");
    EXPECT_COMPILES("runtimeclass C : Windows.Foundation.IClosable { }");
    EXPECT_COMPILES("runtimeclass C { static void F(); }");
}

TEST(Rule, StaticClassesHaveOnlyStatics)
{
    EXPECT_ONE_MESSAGE("static runtimeclass C { static void F(); void G(); }",
                       HasSubstr("'G' of static class 'C' is not static"), HasSubstr(""));
}

TEST(Rule, OverloadsOfOneArityNeedOneDefault)
{
    EXPECT_ONE_MESSAGE("runtimeclass C { static void F(Int32 x); [version(2)] { static void F(String x); } }",
                       HasSubstr("none is the default"), EndsWith("[WME1085]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32 x); void F(String x); }", HasSubstr("none is the default"),
                       EndsWith("[WME1085]"));
    EXPECT_ONE_MESSAGE("interface I { [default_overload] void F(Int32 x); [default_overload] void F(String x); }",
                       EndsWith("[WME1059]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32 x); void F(Int32 y); }",
                       HasSubstr("'F' is declared twice with the same parameters"));
    EXPECT_ONE_MESSAGE("runtimeclass C { void F(Int32 x); [version(2)] { void F(String x); } }", EndsWith("[WME1085]"));
    EXPECT_COMPILES(
        "runtimeclass C { void F(Int32 x); [version(2)] { [default_overload] void F(String x); void F(); } }");
    EXPECT_COMPILES("interface I { void F(Int32 x); [default_overload] void F(String x); void F(Int32 x, Int32 y); }");
}

TEST(Rule, ConstructorsDifferByArity)
{
    EXPECT_ONE_MESSAGE("runtimeclass C { C(Int32 x); C(String x); void F(); }", EndsWith("[WME1099]"));
    EXPECT_ONE_MESSAGE("runtimeclass C { [default_overload] C(Int32 x); void F(); }",
                       HasSubstr("'default_overload' has no meaning on a constructor"), HasSubstr("error"));
}

TEST(Rule, PropertiesCanBeRead)
{
    EXPECT_ONE_MESSAGE("interface I { Int32 X { set; }; }", HasSubstr("property 'X' can be set but not read"));
    EXPECT_COMPILES("interface I { Int32 X { set; }; void F(); Int32 X { get; }; }");
}

TEST(Rule, NothingIsAnOperatorOrAnIndexer)
{
    EXPECT_ONE_MESSAGE("runtimeclass C { Int32 operator +(C other); void F(); }", EndsWith("[WME1087]"));
    EXPECT_ONE_MESSAGE("interface I { String this[Int32 index] { get; } }", HasSubstr("declares an indexer"));
}

TEST(Rule, ArraysAreSimple)
{
    EXPECT_ONE_MESSAGE("interface I { void F(Int32[,] x); }", EndsWith("[WME1035]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32[][] x); }", EndsWith("[WME1036]"));
    EXPECT_ONE_MESSAGE("interface I { void F(IVector<Int32[]> x); }", EndsWith("[WME1036]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32[5] x); }", HasSubstr("an array has no fixed size"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32 x[]); }", HasSubstr("brackets of an array go behind the type"));
    EXPECT_ONE_MESSAGE("interface I { void F(in out Int32[] x); }", EndsWith("[WME1101]"));
    EXPECT_ONE_MESSAGE("interface I { void F(out ref Int32[] x); }", EndsWith("[WME1101]"));
}

TEST(Rule, ParametersGoOneWay)
{
    EXPECT_ONE_MESSAGE("interface I { void F(ref Int32 x); }", HasSubstr("in both directions"), EndsWith("[WME1104]"));
    EXPECT_ONE_MESSAGE("interface I { void F(in out Int32 x); }", EndsWith("[WME1104]"));
    EXPECT_ONE_MESSAGE("interface I { void F([in, out] Int32 x); }", EndsWith("[WME1104]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32 x = 3); }", HasSubstr("cannot have a default value"));
    EXPECT_ONE_MESSAGE("interface I { void F(Int32 x, String x); }", HasSubstr("two parameters are called 'x'"));
    EXPECT_ONE_MESSAGE("interface I { void F(void x); }", HasSubstr("'void' is only the return type"));
}

TEST(Rule, AsyncInterfacesAreNotImplementedByClasses)
{
    EXPECT_ONE_MESSAGE("runtimeclass C : Windows.Foundation.IAsyncAction { C(); }",
                       EndsWith("[WME1084, -Wasync-interface]"));
}

TEST(Rule, StringableIsForClasses)
{
    EXPECT_ONE_MESSAGE("interface I { Windows.Foundation.IStringable F(); }", EndsWith("[-Wstringable]"));
    EXPECT_ONE_MESSAGE("interface I { void F(Windows.Foundation.IStringable x); }", EndsWith("[-Wstringable]"));
    EXPECT_ONE_MESSAGE("interface I requires Windows.Foundation.IStringable { void F(); }", EndsWith("[-Wstringable]"));
}

TEST(Rule, MembersOfAClassDifferAlsoAcrossItsInterfaces)
{
    auto const twice = HasSubstr("class 'C' has two members called 'X'");
    EXPECT_ONE_MESSAGE("runtimeclass C { void X(); static Int32 X(); }", twice);
    EXPECT_ONE_MESSAGE("runtimeclass C { Int32 X; static Int32 X { get; }; }", twice);
    EXPECT_ONE_MESSAGE("runtimeclass C { Int32 X; [version(2)] { String X; } }", twice);
    EXPECT_ONE_MESSAGE("delegate void D(); runtimeclass C { event D X; [version(2)] { event D X; } }", twice);
    EXPECT_ONE_MESSAGE("delegate void D(); runtimeclass C { static Int32 X { get; }; event D X; }", twice);
    EXPECT_TRUE(
        compile_in_contoso("runtimeclass C { Int32 X { get; }; [version(2)] { Int32 X { set; }; } }", {.is_sdk = true})
            .ok());
    EXPECT_COMPILES("runtimeclass C { void X(); static Int32 X(Int32 y); }");
}

TEST(Rule, NamesOfTheMethodsThatEveryObjectHasAreWarnedOf)
{
    EXPECT_ONE_MESSAGE("interface I { void Release(); }",
                       HasSubstr("warning: 'Release' is the name of a method that every object has"),
                       EndsWith("[-Wobject-name]"));
    EXPECT_ONE_MESSAGE("runtimeclass C { UInt32 AddRef(Int32 count); }", EndsWith("[-Wobject-name]"));
    EXPECT_ONE_MESSAGE("runtimeclass C { static Object QueryInterface(Guid id); }", EndsWith("[-Wobject-name]"));
    EXPECT_COMPILES("runtimeclass C { C(); Boolean Release; void Releases(); }");
}

TEST(Rule, NamespacesBeginWithTheComponentsName)
{
    auto const message = [](std::string_view text, std::string_view name) {
        return only_message(compile_text(text, {.name = std::string{name}}));
    };
    EXPECT_THAT(
        message("namespace Fabrikam { struct S { Int32 X; } }", "Contoso"),
        AllOf(HasSubstr("'S' is in namespace Fabrikam, but the component is called Contoso"), EndsWith("[WME1044]")));
    EXPECT_THAT(message("namespace ContosoMail { struct S { Int32 X; } }", "Contoso"), EndsWith("[WME1044]"));
    EXPECT_THAT(message("namespace Contoso { struct S { Int32 X; } }", "Contoso.Mail"), EndsWith("[WME1044]"));
    EXPECT_THAT(message("struct S { Int32 X; }", "Contoso"), EndsWith("[WME1042]"));
    EXPECT_EQ(message("namespace Contoso.Mail.Data { struct S { Int32 X; } }", "Contoso.Mail"), "");
}

TEST(Rule, NamespacesAreNotWindows)
{
    EXPECT_THAT(only_message(compile_text("namespace Windows.Mail { struct S { Int32 X; } }")),
                AllOf(HasSubstr("belongs to the system"), EndsWith("[WME1044]")));
    EXPECT_THAT(only_message(compile_text("namespace Contoso { struct S { Int32 X; } }", {.name = "Windows"})),
                EndsWith("[WME1044]"));
    EXPECT_TRUE(
        compile_text("namespace Windows.Mail { struct S { Int32 X; } }", {.name = "Windows", .is_sdk = true}).ok());
    EXPECT_TRUE(compile_text("namespace WindowsPhone { struct S { Int32 X; } }", {.name = "WindowsPhone"}).ok());
}

TEST(Rule, SomethingIsPublic)
{
    EXPECT_THAT(only_message(compile_text("namespace Contoso { }")), EndsWith("[WME1042]"));
    EXPECT_THAT(only_message(compile_in_contoso("[exclusiveto(Windows.UI.Pen)] interface I { void F(); }")),
                EndsWith("[WME1043]"));
}

TEST(Rule, NamesDifferByMoreThanCase)
{
    EXPECT_THAT(
        only_message(compile_text(
            "namespace Contoso.Mail { struct A { Int32 X; } } namespace Contoso.mail { struct B { Int32 X; } }")),
        EndsWith("[WME1067]"));
    EXPECT_ONE_MESSAGE("struct Mail { Int32 X; } struct MAIL { Int32 X; }", EndsWith("[WME1065]"));
    EXPECT_THAT(only_message(compile_text(
                    "namespace Contoso { struct Mail { Int32 X; } namespace Mail { struct B { Int32 X; } } }")),
                EndsWith("[WME1068]"));
}

TEST(Rule, NamesAreDeclaredOnce)
{
    EXPECT_ONE_MESSAGE("struct S { Int32 X; } enum S { A }", HasSubstr("'Contoso.S' is declared twice"));
    EXPECT_ONE_MESSAGE("struct S { Int32 X; String X; }", HasSubstr("field 'X' is declared twice"));
    EXPECT_ONE_MESSAGE("enum E { A, B, A }", HasSubstr("enumerator 'A' is declared twice"));
    EXPECT_ONE_MESSAGE("interface I { Int32 X; String X; }", HasSubstr("property 'X' has two types"));
    EXPECT_ONE_MESSAGE("interface I { Int32 X; Int32 X; }", HasSubstr("property 'X' is declared twice"));
    EXPECT_ONE_MESSAGE("interface I { Int32 X; void X(); }", HasSubstr("'X' is declared twice"));
    EXPECT_ONE_MESSAGE("interface I { Int32 X; Int32 get_X(); }",
                       HasSubstr("two members are called 'get_X' in the ABI"), HasSubstr("error"));
    EXPECT_ONE_MESSAGE("runtimeclass C { void C2(); Int32 C; }", HasSubstr("has the name of its class"));
}

TEST(Rule, NothingContainsOrRequiresItself)
{
    EXPECT_ONE_MESSAGE("struct A { B X; } struct B { A Y; }", HasSubstr("contains itself"));
    EXPECT_ONE_MESSAGE("interface A requires B { void F(); } interface B requires A { void G(); }",
                       HasSubstr("requires itself"));
    EXPECT_COMPILES("struct A { IReference<Int32> X; } interface B { IVector<B> G(); }");
}

TEST(Rule, ExclusiveInterfacesBelongToTheirClass)
{
    EXPECT_ONE_MESSAGE(
        "[exclusiveto(C)] interface I { void F(); } runtimeclass C : I { C(); } runtimeclass D : I { D(); }",
        HasSubstr("interface 'Contoso.I' is exclusive to 'Contoso.C'"));
}

TEST(Rule, EnumValuesFitTheirType)
{
    EXPECT_ONE_MESSAGE("enum E { A = 0x100000000 }", HasSubstr("does not fit Int32"));
    EXPECT_ONE_MESSAGE("[flags] enum E { A = -0x80000001 }", HasSubstr("does not fit UInt32"));
    EXPECT_ONE_MESSAGE("enum E { A = 1 / 0 }", HasSubstr("division by zero"));
    EXPECT_ONE_MESSAGE("enum E { A = B, B }", HasSubstr("'B' is not an enumerator known here"));
    EXPECT_ONE_MESSAGE("enum E { }", HasSubstr("has no values"));
    EXPECT_ONE_MESSAGE("enum E : UInt8 { A }", HasSubstr("cannot be of type UInt8"));
    EXPECT_ONE_MESSAGE("enum E : UInt32 { A }", HasSubstr("cannot be of type UInt32"));
    EXPECT_ONE_MESSAGE("[flags] enum E : Int32 { A = 1 }", HasSubstr("cannot be of type Int32"));
    EXPECT_COMPILES("[flags] enum E : UInt32 { A = 1 } enum F : Int32 { A = -1 }");
}

TEST(Rule, AttributesStandWhereTheyMeanSomething)
{
    EXPECT_ONE_MESSAGE("[flags] struct S { Int32 X; }", HasSubstr("'flags' has no meaning on a struct"));
    EXPECT_ONE_MESSAGE("[uuid(12)] interface I { void F(); }", HasSubstr("this is not a UUID"));
    EXPECT_ONE_MESSAGE("[uuid] interface I { void F(); }", HasSubstr("'uuid' takes 1 argument, not 0"));
    EXPECT_ONE_MESSAGE("[unkown(1)] interface I { void F(); }", HasSubstr("unknown attribute 'unkown'"));
    EXPECT_ONE_MESSAGE("[threading(apartment)] runtimeclass C { void F(); }",
                       HasSubstr("'apartment' is not a value of 'threading'"));
    EXPECT_ONE_MESSAGE("[contract(Windows.Foundation.Point, 1)] interface I { void F(); }",
                       HasSubstr("is not an apicontract"));
    EXPECT_ONE_MESSAGE("runtimeclass C : [default] Windows.Foundation.IClosable { [default] interface "
                       "Windows.Foundation.IStringable; C(); }",
                       HasSubstr("class 'C' has two default interfaces"));
}

} // namespace
} // namespace latchkey::test
