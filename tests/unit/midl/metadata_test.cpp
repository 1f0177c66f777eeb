// SPDX-License-Identifier: MIT
// Which IDL makes which metadata: the promises of docs/midl.md.
#include "compile_text.h"
#include "winmd/runtime_type.h"
#include "winmd/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::test {
namespace {

TEST(Class, OfTheFirstSeedGetsAnEmptyDefaultInterface)
{
    auto const compiled = compile_in_contoso(R"(
        [default_interface]
        runtimeclass ExampleBackgroundTask : Windows.ApplicationModel.Background.IBackgroundTask
        {
            ExampleBackgroundTask();
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.ExampleBackgroundTask"), true),
              "Contoso.ExampleBackgroundTask 4101 : System.Object\n"
              "[Activatable(1)] [Version(1)] [MarshalingBehavior(2)] [Threading(3)]\n"
              "implements Contoso.IExampleBackgroundTask [Default]\n"
              "implements Windows.ApplicationModel.Background.IBackgroundTask\n"
              "1886 void .ctor()\n"
              "01e6 void Run(Windows.ApplicationModel.Background.IBackgroundTaskInstance taskInstance) = "
              "Windows.ApplicationModel.Background.IBackgroundTask.Run\n");
    EXPECT_EQ(describe(compiled.type("Contoso.IExampleBackgroundTask")),
              "Contoso.IExampleBackgroundTask 40a0\n[ExclusiveTo(Contoso.ExampleBackgroundTask)]\n");
}

TEST(Class, SynthesizesAnInterfaceForEachKindOfMember)
{
    auto const compiled = compile_in_contoso(R"(
        runtimeclass Mail : Windows.Foundation.IClosable
        {
            Mail();
            Mail(String subject);
            String Subject;
            void Send(String to);
            event Windows.Foundation.TypedEventHandler<Mail, Object> Sent;
            static Mail Parse(String text);
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.IMail")),
              "Contoso.IMail 40a0\n[ExclusiveTo(Contoso.Mail)]\n"
              "0dc6 String get_Subject()\n"
              "0dc6 void put_Subject(String value)\n"
              "05c6 void Send(String to)\n"
              "0dc6 Windows.Foundation.EventRegistrationToken "
              "add_Sent(Windows.Foundation.TypedEventHandler`2<Contoso.Mail, Object> handler)\n"
              "0dc6 void remove_Sent(Windows.Foundation.EventRegistrationToken token)\n"
              "property String Subject get put\n"
              "event Windows.Foundation.TypedEventHandler`2<Contoso.Mail, Object> Sent add remove\n");
    EXPECT_EQ(
        describe(compiled.type("Contoso.IMailFactory")),
        "Contoso.IMailFactory 40a0\n[ExclusiveTo(Contoso.Mail)]\n05c6 Contoso.Mail CreateInstance(String subject)\n");
    EXPECT_EQ(describe(compiled.type("Contoso.IMailStatics")),
              "Contoso.IMailStatics 40a0\n[ExclusiveTo(Contoso.Mail)]\n05c6 Contoso.Mail Parse(String text)\n");
    EXPECT_EQ(
        describe(compiled.type("Contoso.Mail")),
        "Contoso.Mail 4101 : System.Object\n"
        "[Activatable(1)] [Activatable(Contoso.IMailFactory, 1)] [Static(Contoso.IMailStatics, 1)]\n"
        "implements Contoso.IMail [Default]\n"
        "implements Windows.Foundation.IClosable\n"
        "1886 void .ctor()\n"
        "1886 void .ctor(String subject)\n"
        "09e6 String get_Subject() = Contoso.IMail.get_Subject\n"
        "09e6 void put_Subject(String value) = Contoso.IMail.put_Subject\n"
        "01e6 void Send(String to) = Contoso.IMail.Send\n"
        "09e6 Windows.Foundation.EventRegistrationToken "
        "add_Sent(Windows.Foundation.TypedEventHandler`2<Contoso.Mail, Object> handler) = Contoso.IMail.add_Sent\n"
        "09e6 void remove_Sent(Windows.Foundation.EventRegistrationToken token) = Contoso.IMail.remove_Sent\n"
        "01e6 void Close() = Windows.Foundation.IClosable.Close\n"
        "0096 Contoso.Mail Parse(String text)\n"
        "property String Subject get put\n"
        "event Windows.Foundation.TypedEventHandler`2<Contoso.Mail, Object> Sent add remove\n");
}

TEST(Class, ThatIsUnsealedIsComposable)
{
    auto const compiled = compile_in_contoso(R"(
        unsealed runtimeclass Shape
        {
            Shape(Int32 sides);
            protected Shape();
            Int32 Sides { get; };
            protected void Invalidate();
            overridable void OnDraw();
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.Shape")),
              "Contoso.Shape 4001 : System.Object\n"
              "[Composable(Contoso.IShapeFactory, 2, 1)] [Composable(Contoso.IShapeFactory2, 1, 1)]\n"
              "implements Contoso.IShape [Default]\n"
              "implements Contoso.IShapeProtected [Protected]\n"
              "implements Contoso.IShapeOverrides [Overridable]\n"
              "1886 void .ctor(Int32 sides)\n"
              "1884 void .ctor()\n"
              "09e6 Int32 get_Sides() = Contoso.IShape.get_Sides\n"
              "01e4 void Invalidate() = Contoso.IShapeProtected.Invalidate\n"
              "01c4 void OnDraw() = Contoso.IShapeOverrides.OnDraw\n"
              "property Int32 Sides get\n");
    EXPECT_EQ(describe(compiled.type("Contoso.IShapeFactory")),
              "Contoso.IShapeFactory 40a0\n[ExclusiveTo(Contoso.Shape)]\n"
              "05c6 Contoso.Shape CreateInstance(Int32 sides, Object baseInterface, out Object innerInterface)\n");
}

TEST(Class, ThatIsStaticHasNoInstanceInterface)
{
    auto const compiled = compile_in_contoso(R"(
        static runtimeclass Clock { static Int64 Now { get; }; }
        runtimeclass AlsoStatic { static void Do(); })");
    EXPECT_EQ(describe(compiled.type("Contoso.Clock"), true), "Contoso.Clock 4181 : System.Object\n"
                                                              "[Static(Contoso.IClockStatics, 1)] [Version(1)]\n"
                                                              "0896 Int64 get_Now()\n"
                                                              "property static Int64 Now get\n");
    EXPECT_EQ(compiled.type("Contoso.AlsoStatic").flags(), 0x4181u);
}

TEST(Class, BlocksMakeInterfacesOfTheirOwn)
{
    auto const compiled = compile_in_contoso(R"(
        [contractversion(2)] apicontract MailContract {}
        [contract(MailContract, 1)]
        runtimeclass Mail
        {
            Mail();
            void Send();
            [contract(MailContract, 2)]
            {
                void Recall();
                static void Sweep();
                Mail(String subject);
            }
            [interface_name("IMailPriority", 11112222-3333-4444-5555-666677778888)]
            {
                Int32 Priority;
            }
            [contract(MailContract, 2)] void Undo();
        })");
    EXPECT_THAT(describe(compiled.type("Contoso.Mail")),
                testing::StartsWith("Contoso.Mail 4101 : System.Object\n"
                                    "[Activatable(65536, \"Contoso.MailContract\")] "
                                    "[Static(Contoso.IMailStatics, 131072, \"Contoso.MailContract\")] "
                                    "[Activatable(Contoso.IMailFactory, 131072, \"Contoso.MailContract\")] "
                                    "[ContractVersion(Contoso.MailContract, 65536)]\n"
                                    "implements Contoso.IMail [Default]\n"
                                    "implements Contoso.IMail2\n"
                                    "implements Contoso.IMailPriority\n"
                                    "implements Contoso.IMail3\n"
                                    "1886 void .ctor()\n"
                                    "1886 void .ctor(String subject)\n"
                                    "01e6 void Send() = Contoso.IMail.Send\n"
                                    "01e6 void Recall() = Contoso.IMail2.Recall\n"));
    EXPECT_EQ(to_string(winmd::guid(compiled.type("Contoso.IMailPriority")).value()),
              "11112222-3333-4444-5555-666677778888");
    EXPECT_EQ(winmd::api_version(compiled.type("Contoso.IMail2"))->version, 2u << 16);
    EXPECT_EQ(winmd::api_version(compiled.type("Contoso.IMail3"))->version, 2u << 16);
    EXPECT_EQ(describe(compiled.type("Contoso.MailContract")),
              "Contoso.MailContract 4109 : System.ValueType\n[ContractVersion(131072)] [ApiContract]\n");
}

TEST(Class, CanBeWrittenWithExplicitInterfaces)
{
    auto const compiled = compile_in_contoso(R"(
        [uuid(0351550e-3e64-4572-a93a-84075a37c917), exclusiveto(Builder)]
        interface IBuilder { String Name { set; get; }; }
        [uuid(0351550e-3e64-4572-a93a-84075a37c918), exclusiveto(Builder)]
        interface IBuilder2 requires Windows.Foundation.IClosable { void Reset(); }
        [uuid(0351550e-3e64-4572-a93a-84075a37c919), exclusiveto(Builder)]
        interface IBuilderFactory { Builder CreateNamed(String name); Builder CreateFrom(Builder other, Boolean deep); }
        [uuid(0351550e-3e64-4572-a93a-84075a37c91a), exclusiveto(Builder)]
        interface IBuilderStatics { Builder Default { get; }; }
        [activatable(3), activatable(IBuilderFactory, 4)] [static(IBuilderStatics)]
        [marshaling_behavior(standard)] [threading(mta)]
        runtimeclass Builder
        {
            interface IBuilder2;
            [default] interface IBuilder;
        })",
                                             {.is_sdk = true});
    EXPECT_EQ(
        describe(compiled.type("Contoso.Builder"), true),
        "Contoso.Builder 4101 : System.Object\n"
        "[Activatable(3)] [Activatable(Contoso.IBuilderFactory, 4)] [Static(Contoso.IBuilderStatics, 1)] [Version(1)] "
        "[MarshalingBehavior(3)] [Threading(2)]\n"
        "implements Contoso.IBuilder2\n"
        "implements Contoso.IBuilder [Default]\n"
        "implements Windows.Foundation.IClosable\n"
        "1886 void .ctor()\n"
        "1886 void .ctor(String name)\n"
        "1886 void .ctor(Contoso.Builder other, Boolean deep)\n"
        "01e6 void Reset() = Contoso.IBuilder2.Reset\n"
        "01e6 void Close() = Windows.Foundation.IClosable.Close\n"
        "09e6 void put_Name(String value) = Contoso.IBuilder.put_Name\n"
        "09e6 String get_Name() = Contoso.IBuilder.get_Name\n"
        "0896 Contoso.Builder get_Default()\n"
        "property String Name get put\n"
        "property static Contoso.Builder Default get\n");
}

TEST(Class, CopiesMembersOfGenericInterfacesWithTheirArguments)
{
    auto const compiled = compile_in_contoso(R"(
        runtimeclass Names : [default] Windows.Foundation.Collections.IVectorView<String> { Names(); })");
    EXPECT_EQ(describe(compiled.type("Contoso.Names")),
              "Contoso.Names 4101 : System.Object\n"
              "[Activatable(1)]\n"
              "implements Windows.Foundation.Collections.IVectorView`1<String> [Default]\n"
              "implements Windows.Foundation.Collections.IIterable`1<String>\n"
              "1886 void .ctor()\n"
              "01e6 String GetAt(UInt32 index) = Windows.Foundation.Collections.IVectorView`1<String>.GetAt\n"
              "01e6 UInt32 GetMany(UInt32 startIndex, fill String[] items) = "
              "Windows.Foundation.Collections.IVectorView`1<String>.GetMany\n"
              "01e6 Windows.Foundation.Collections.IIterator`1<String> First() = "
              "Windows.Foundation.Collections.IIterable`1<String>.First\n");
}

TEST(Class, HasTheCopiesOfRequiredInterfacesBehindWhatRequiresThem)
{
    auto const compiled = compile_in_contoso(R"(
        interface IDeep { void Deep(); }
        interface ILeft requires IDeep { void Left(); }
        interface IRight requires IDeep, ILeft { void Right(); }
        interface ITop requires IRight, ILeft { void Top(); }
        interface ILast { void Last(); }
        runtimeclass C : [default] ITop, IDeep, ILast { })");
    auto const text = describe(compiled.type("Contoso.C"));
    EXPECT_EQ(text.substr(text.find("implements")), "implements Contoso.ITop [Default]\n"
                                                    "implements Contoso.IDeep\n"
                                                    "implements Contoso.ILast\n"
                                                    "implements Contoso.IRight\n"
                                                    "implements Contoso.ILeft\n"
                                                    "01e6 void Top() = Contoso.ITop.Top\n"
                                                    "01e6 void Right() = Contoso.IRight.Right\n"
                                                    "01e6 void Deep() = Contoso.IDeep.Deep\n"
                                                    "01e6 void Left() = Contoso.ILeft.Left\n"
                                                    "01e6 void Last() = Contoso.ILast.Last\n");
}

TEST(Delegate, MayHaveAConstructorWithMarkedParameters)
{
    for (auto const* attribute : {"", "[in_constructor] "}) {
        auto const compiled = compile_in_contoso(std::string{attribute} + "delegate void Done(Int32 count);");
        auto const constructor = *compiled.type("Contoso.Done").methods().begin();
        for (auto const param : constructor.params())
            EXPECT_EQ(param.flags(), *attribute == 0 ? 0 : winmd::param_flags::kIn);
    }
}

TEST(Class, HidesTheSecondOfTwoMembersThatLookTheSame)
{
    auto const compiled = compile_in_contoso(R"(
        interface IDoor { void Close(); }
        runtimeclass Door : IDoor, Windows.Foundation.IClosable { Door(); })");
    EXPECT_NE(describe(compiled.type("Contoso.Door"))
                  .find("01e6 void Close() = Contoso.IDoor.Close\n"
                        "01e1 void Windows.Foundation.IClosable.Close() = Windows.Foundation.IClosable.Close\n"),
              std::string::npos)
        << describe(compiled.type("Contoso.Door"));
}

TEST(Class, CanDeriveFromAReferencedOne)
{
    auto const compiled =
        compile_in_contoso("[default_interface] runtimeclass Button : Windows.UI.Control { Button(); }");
    EXPECT_EQ(describe(compiled.type("Contoso.Button")), "Contoso.Button 4101 : Windows.UI.Control\n"
                                                         "[Activatable(1)]\n"
                                                         "implements Contoso.IButton [Default]\n"
                                                         "1886 void .ctor()\n");
}

TEST(Class, PartsAreOneClass)
{
    auto const compiled = compile_in_contoso(R"(
        partial runtimeclass Mail { Mail(); void Send(); }
        partial runtimeclass Mail : Windows.Foundation.IClosable { [uuid(11112222-3333-4444-5555-666677778888)] { void Recall(); } })");
    EXPECT_EQ(compiled.type("Contoso.Mail").interfaces().size(), 3u);
    EXPECT_EQ(to_string(winmd::guid(compiled.type("Contoso.IMail2")).value()), "11112222-3333-4444-5555-666677778888");
}

TEST(Class, AvoidsNamesThatAreTaken)
{
    auto const compiled = compile_in_contoso(R"(
        interface IMail { void Read(); }
        runtimeclass Mail : IMail { Mail(); void Send(); })");
    EXPECT_EQ(describe(compiled.type("Contoso.IMail2")),
              "Contoso.IMail2 40a0\n[ExclusiveTo(Contoso.Mail)]\n05c6 void Send()\n");
}

TEST(Class, MayMentionAnInterfaceThatIsSynthesized)
{
    auto const compiled = compile_in_contoso(R"(
        interface IArchive { void Add(IMail mail); }
        runtimeclass Mail { Mail(); void Send(); })");
    EXPECT_TRUE(compiled.ok()) << compiled.messages();
}

TEST(Interface, KeepsTheWrittenOrderOfAccessors)
{
    auto const compiled = compile_in_contoso(R"(
        interface IOrder
        {
            Int32 A { set; get; };
            Int32 B { get; set; };
            Int32 C { set; };
            void Middle();
            Int32 C { get; };
            [parameter_name("cancelHandler", "cookie")] event Windows.Foundation.EventHandler<String> Done;
            [parameter_name("succeeded")] Boolean D { set; get; };
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.IOrder")),
              "Contoso.IOrder 40a1\n"
              "0dc6 void put_A(Int32 value)\n"
              "0dc6 Int32 get_A()\n"
              "0dc6 Int32 get_B()\n"
              "0dc6 void put_B(Int32 value)\n"
              "0dc6 void put_C(Int32 value)\n"
              "05c6 void Middle()\n"
              "0dc6 Int32 get_C()\n"
              "0dc6 Windows.Foundation.EventRegistrationToken "
              "add_Done(Windows.Foundation.EventHandler`1<String> cancelHandler)\n"
              "0dc6 void remove_Done(Windows.Foundation.EventRegistrationToken cookie)\n"
              "0dc6 void put_D(Boolean succeeded)\n"
              "0dc6 Boolean get_D()\n"
              "property Int32 A get put\n"
              "property Int32 B get put\n"
              "property Int32 C get put\n"
              "property Boolean D get put\n"
              "event Windows.Foundation.EventHandler`1<String> Done add remove\n");
}

TEST(Interface, NamesOverloads)
{
    auto const compiled = compile_in_contoso(R"(
        interface IOverloads
        {
            void Add(String text);
            void Add(String text, Int32 count);
            [method_name("AddWithUnit")] void Add(String text, Int32 count, String unit);
            void Add();
            [method_name("OnlyOne")] void Single();
            [default_overload] void Put(Int32 x);
            void Put(String x);
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.IOverloads")),
              "Contoso.IOverloads 40a1\n"
              "05c6 void Add(String text) [Overload(\"Add\")]\n"
              "05c6 void Add(String text, Int32 count) [Overload(\"Add2\")]\n"
              "05c6 void Add(String text, Int32 count, String unit) [Overload(\"AddWithUnit\")]\n"
              "05c6 void Add() [Overload(\"Add3\")]\n"
              "05c6 void Single() [Overload(\"OnlyOne\")]\n"
              "05c6 void Put(Int32 x) [Overload(\"Put\")] [DefaultOverload]\n"
              "05c6 void Put(String x) [Overload(\"Put2\")]\n");
}

TEST(Interface, CanBeGeneric)
{
    auto const compiled = compile_in_contoso(R"(
        [uuid(02b51929-c1c4-4a7e-8940-0312b5c18500)]
        interface IPair<K, V> requires Windows.Foundation.Collections.IIterable<IPair<K, V>> { K Key { get; }; V Value; })",
                                             {.is_sdk = true});
    auto const type = compiled.type("Contoso.IPair`2");
    EXPECT_EQ(describe(type), "Contoso.IPair`2 40a1\n"
                              "implements Windows.Foundation.Collections.IIterable`1<Contoso.IPair`2<!0, !1>>\n"
                              "0dc6 !0 get_Key()\n"
                              "0dc6 !1 get_Value()\n"
                              "0dc6 void put_Value(!1 value)\n"
                              "property !0 Key get\n"
                              "property !1 Value get put\n");
    ASSERT_EQ(type.generic_params().size(), 2u);
    EXPECT_EQ(type.generic_params()[1].name(), "V");
}

TEST(Parameters, OfEveryShape)
{
    auto const compiled = compile_in_contoso(R"(
        interface IShapes
        {
            void Pass(Int32[] a);
            void Fill(ref Int32[] a);
            void Receive(out Int32[] a);
            Int32[] Give();
            void Out(out String a, out Guid b);
            void Struct(ref const Guid a, const Guid b, in Windows.Foundation.Point c);
            Windows.Foundation.TimeSpan Wait(Windows.Foundation.DateTime until);
            String[] Names;
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.IShapes")),
              "Contoso.IShapes 40a1\n"
              "05c6 void Pass(pass Int32[] a)\n"
              "05c6 void Fill(fill Int32[] a)\n"
              "05c6 void Receive(receive Int32[] a)\n"
              "05c6 Int32[] Give()\n"
              "05c6 void Out(out String a, out System.Guid b)\n"
              "05c6 void Struct(const System.Guid a, System.Guid b, Windows.Foundation.Point c)\n"
              "05c6 Windows.Foundation.TimeSpan Wait(Windows.Foundation.DateTime until)\n"
              "0dc6 String[] get_Names()\n"
              "0dc6 void put_Names(pass String[] value)\n"
              "property String[] Names get put\n");
}

TEST(Types, AreFoundOutwardAndInFoundation)
{
    auto const compiled = compile_text(R"(
        namespace Contoso.Data
        {
            struct Row { Int32 Id; }
            namespace Inner { interface IUse {
                Row A(); IVector<Row> B(); IReference<Int32> C(); Data.Row D(); TimeSpan E(); } }
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.Data.Inner.IUse")),
              "Contoso.Data.Inner.IUse 40a1\n"
              "05c6 Contoso.Data.Row A()\n"
              "05c6 Windows.Foundation.Collections.IVector`1<Contoso.Data.Row> B()\n"
              "05c6 Windows.Foundation.IReference`1<Int32> C()\n"
              "05c6 Contoso.Data.Row D()\n"
              "05c6 Windows.Foundation.TimeSpan E()\n");
}

TEST(Delegate, IsWritten)
{
    auto const compiled = compile_in_contoso(R"(
        [uuid(11112222-3333-4444-5555-666677778888)] delegate Boolean Filter(String text, out Int32 count);
        [uuid(11112222-3333-4444-5555-666677778889)] delegate void Changed<T>(T sender);)",
                                             {.is_sdk = true});
    EXPECT_EQ(describe(compiled.type("Contoso.Filter"), true),
              "Contoso.Filter 4101 : System.MulticastDelegate\n"
              "[Guid(286335522, 13107, 17476, 85, 85, 102, 102, 119, 119, 136, 136)] [Version(1)]\n"
              "1881 void .ctor(Object object, IntPtr method)\n"
              "09c6 Boolean Invoke(String text, out Int32 count)\n");
    EXPECT_EQ(describe(compiled.type("Contoso.Changed`1")), "Contoso.Changed`1 4101 : System.MulticastDelegate\n"
                                                            "1881 void .ctor(Object object, IntPtr method)\n"
                                                            "08c6 void Invoke(!0 sender)\n");
}

TEST(Enum, TakesExpressions)
{
    auto const compiled = compile_in_contoso(R"(
        enum Priority { Low = -1, Normal, High = 1 << 4 | 3, Highest = High + 1, Last = Priority.Highest * 2 };
        [flags] enum Rights { None = 0, Read = 0x1, Write = 2, All = Read | Write, Top = 0x80000000, Any = 0xffffffff }
        enum Other { A = Rights.All, B = (Priority.Low < 0) ? 7 : 8, })");
    EXPECT_EQ(describe(compiled.type("Contoso.Priority")), "Contoso.Priority 4101 : System.Enum\n"
                                                           "0601 Int32 value__\n"
                                                           "8056 Contoso.Priority Low = -1\n"
                                                           "8056 Contoso.Priority Normal = 0\n"
                                                           "8056 Contoso.Priority High = 19\n"
                                                           "8056 Contoso.Priority Highest = 20\n"
                                                           "8056 Contoso.Priority Last = 40\n");
    EXPECT_EQ(describe(compiled.type("Contoso.Rights")), "Contoso.Rights 4101 : System.Enum\n"
                                                         "[Flags]\n"
                                                         "0601 UInt32 value__\n"
                                                         "8056 Contoso.Rights None = 0u\n"
                                                         "8056 Contoso.Rights Read = 1u\n"
                                                         "8056 Contoso.Rights Write = 2u\n"
                                                         "8056 Contoso.Rights All = 3u\n"
                                                         "8056 Contoso.Rights Top = 2147483648u\n"
                                                         "8056 Contoso.Rights Any = 4294967295u\n");
    EXPECT_NE(describe(compiled.type("Contoso.Other")).find("B = 7"), std::string::npos);
}

TEST(Struct, IsWritten)
{
    auto const compiled =
        compile_in_contoso("struct Line { Single X, Y; String Name; Guid Id; IReference<Int32> Width; };");
    EXPECT_EQ(describe(compiled.type("Contoso.Line")), "Contoso.Line 4109 : System.ValueType\n"
                                                       "0006 Single X\n"
                                                       "0006 Single Y\n"
                                                       "0006 String Name\n"
                                                       "0006 System.Guid Id\n"
                                                       "0006 Windows.Foundation.IReference`1<Int32> Width\n");
}

TEST(Attributes, OfWindowsAreWritten)
{
    auto const compiled = compile_in_contoso(R"(
        [version(1.2)] [deprecated("gone", remove, 3)] [webhosthidden] [experimental] [allowforweb]
        interface IOld
        {
            [noexcept] void Safe();
            [deprecated("use Safe", deprecate, Windows.Foundation.UniversalApiContract, 2)] void Unsafe();
            Int32 P { [noexcept] get; set; };
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.IOld")),
              "Contoso.IOld 40a1\n"
              "[Deprecated(\"gone\", 1, 3)] [WebHostHidden] [Experimental] [AllowForWeb]\n"
              "05c6 void Safe() [NoException]\n"
              "05c6 void Unsafe() [Deprecated(\"use Safe\", 0, 131072, \"Windows.Foundation.UniversalApiContract\")]\n"
              "0dc6 Int32 get_P() [NoException]\n"
              "0dc6 void put_P(Int32 value)\n"
              "property Int32 P get put\n");
    EXPECT_EQ(winmd::api_version(compiled.type("Contoso.IOld"))->version, 0x10002u);
}

TEST(Attributes, OfYourOwnTakePositionalAndNamedArguments)
{
    auto const compiled = compile_in_contoso(R"(
        enum Level { Low, High = 5 }
        [attributeusage(target_runtimeclass, target_method)] [attributename("help")]
        attribute HelpAttribute
        {
            HelpAttribute(String url);
            HelpAttribute(String url, Level level);
            String Topic;
            Boolean IsOld;
        }
        [attributeusage(target_all)] [attributename("doc_string")] attribute DocStringAttribute { String Content; }
        [help("https://example.org", Topic = "mail", IsOld = true)]
        interface IHelped
        {
            [Contoso.Help("x", Level.High)] void A();
            [doc_string("two " "parts")] void B([help("p")] Int32 p);
        })");
    EXPECT_EQ(describe(compiled.type("Contoso.IHelped")),
              "Contoso.IHelped 40a1\n"
              "[Help(\"https://example.org\", Topic = \"mail\", IsOld = true)]\n"
              "05c6 void A() [Help(\"x\", 5)]\n"
              "05c6 void B(Int32 p) [DocString(Content = \"two parts\")]\n");
    EXPECT_EQ(describe(compiled.type("Contoso.HelpAttribute")), "Contoso.HelpAttribute 4101 : System.Attribute\n"
                                                                "[AttributeUsage(576)] [AttributeName(\"help\")]\n"
                                                                "0006 String Topic\n"
                                                                "0006 Boolean IsOld\n"
                                                                "1886 void .ctor(String url)\n"
                                                                "1886 void .ctor(String url, Contoso.Level level)\n");
}

TEST(Attributes, OfReferencesAreFoundByTheirIdlName)
{
    auto const compiled = compile_in_contoso("[contentproperty(\"Content\")] interface I { HRESULT F(); }");
    EXPECT_EQ(describe(compiled.type("Contoso.I")), "Contoso.I 40a1\n"
                                                    "[ContentProperty(Name = \"Content\")]\n"
                                                    "05c6 Windows.Foundation.HResult F()\n");
}

TEST(References, NameTheAssemblyOfTheFileThatDefinesTheType)
{
    auto const compiled = compile_in_contoso("interface IUse { Windows.Foundation.IClosable A(); }");
    std::vector<std::string> names;
    auto const& file = *compiled.metadata.files().front();
    for (auto const row : file.rows<winmd::AssemblyRef>())
        names.emplace_back(row.name());
    EXPECT_EQ(names, (std::vector<std::string>{"Windows"}));
    EXPECT_EQ(file.rows<winmd::Assembly>().front().name(), "Contoso");
    EXPECT_EQ(file.version(), "WindowsRuntime 1.4");
}

TEST(Output, IsTheSameForTheSameInput)
{
    auto const text = "runtimeclass A { A(); void F(IVector<String> x); } struct B { Int32 C; }";
    EXPECT_EQ(compile_in_contoso(text).compilation.file, compile_in_contoso(text).compilation.file);
}

TEST(Class, SecondMembersOfOneLookPassTheValidator)
{
    auto const compiled = compile_in_contoso(R"(
        interface I { void M(); Int32 P; event Windows.Foundation.EventHandler<I> E; }
        interface J { void M(); Int32 P; event Windows.Foundation.EventHandler<I> E; }
        runtimeclass A : I, J { A(); }
        runtimeclass B
        {
            Int32 P { get; };
            [interface_name("IMore")] { Int32 P { set; get; } }
        })");
    ASSERT_TRUE(compiled.ok()) << compiled.messages();
    auto const file = winmd::File::from_bytes(compiled.compilation.file, "Contoso.winmd");
    ASSERT_TRUE(file) << file.error().message();
    for (auto const& finding :
         winmd::validate(**file, {.references = nullptr, .publisher = {}, .file_name = "Contoso"}))
        ADD_FAILURE() << finding.message();
    // The setter joins the property whose name it has; the second getter has a property of its own.
    EXPECT_THAT(describe(compiled.type("Contoso.B")),
                testing::AllOf(testing::HasSubstr("property Int32 P get put\n"),
                               testing::HasSubstr("property Int32 Contoso.IMore.P get\n")));
}

} // namespace
} // namespace latchkey::test
