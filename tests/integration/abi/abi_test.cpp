// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <winrt/AbiSample.h>
#include <winrt/Windows.ApplicationModel.Background.h>
#include <winrt/Windows.Foundation.h>

// A host on our headers, and on the other side a component in plain C, or one that another compiler made: the folder is
// LATCHKEY_ABI_COMPONENTS when that is set (CMakeLists.txt runs this twice).
namespace {

using namespace winrt;
using namespace winrt::Windows::ApplicationModel::Background;
using testing::ElementsAre;

void probe_components()
{
    char const* const other = std::getenv("LATCHKEY_ABI_COMPONENTS");
    ASSERT_EQ(LatchkeyAddProbeFolder(other ? other : LATCHKEY_ABI_COMPONENTS), 0);
}

struct Deferral : implements<Deferral, IBackgroundTaskDeferral> {
    explicit Deferral(int& completed) : m_completed(completed) {}
    void Complete() { ++m_completed; }

private:
    int& m_completed;
};

struct Instance : implements<Instance, IBackgroundTaskInstance> {
    guid InstanceId() const { return {0x2A, 0, 0, {}}; }
    BackgroundTaskRegistration Task() const { return nullptr; }
    uint32_t Progress() const { return progress; }
    void Progress(uint32_t value) { progress = value; }
    Windows::Foundation::IInspectable TriggerDetails() const { return nullptr; }
    event_token Canceled(BackgroundTaskCanceledEventHandler const& handler) { return canceled.add(handler); }
    void Canceled(event_token const& token) { canceled.remove(token); }
    uint32_t SuspendedCount() const { return 0; }
    BackgroundTaskDeferral GetDeferral()
    {
        ++deferrals;
        return make<Deferral>(completed).as<BackgroundTaskDeferral>();
    }

    event<BackgroundTaskCanceledEventHandler> canceled;
    uint32_t progress = 0;
    int deferrals = 0;
    int completed = 0;
};

TEST(PlainComponent, RunsAsABackgroundTaskInAHostOnOurHeaders)
{
    probe_components();
    auto const task = get_activation_factory(L"PlainTask.Task").ActivateInstance<IBackgroundTask>();
    EXPECT_EQ(get_class_name(task), L"PlainTask.Task");
    auto const instance = make_self<Instance>();
    task.Run(*instance);
    EXPECT_EQ(instance->progress, 0x2Au);
    EXPECT_EQ(instance->deferrals, 1);
    EXPECT_EQ(instance->completed, 1);
    // The C handler gets the instance and the reason.
    instance->canceled(*instance, BackgroundTaskCancellationReason::LoggingOff);
    EXPECT_EQ(instance->progress, 102u);
}

TEST(PlainComponent, FailsWithItsHresult)
{
    probe_components();
    auto const task = get_activation_factory(L"PlainTask.Task").ActivateInstance<IBackgroundTask>();
    EXPECT_THROW(task.Run(nullptr), hresult_invalid_argument);
    EXPECT_EQ(task.try_as<IBackgroundTrigger>(), nullptr);
    EXPECT_THROW(get_activation_factory(L"PlainTask.Missing"), hresult_class_not_registered);
}

struct Thing : implements<Thing, Windows::Foundation::IClosable> {
    void Close() { closed = true; }
    hstring GetRuntimeClassName() const { return L"Host.Thing"; }
    bool closed = false;
};

TEST(Component, TakesAndGivesEveryKindOfValue)
{
    probe_components();
    AbiSample::Thermometer thermometer;
    thermometer.Celsius(21.5);
    EXPECT_EQ(thermometer.Celsius(), 21.5);
    EXPECT_EQ(thermometer.Describe(L"now "), L"now 21");
    EXPECT_EQ(thermometer.Sum({1, 2, 3}), 6);
    EXPECT_EQ(thermometer.Shift({1, 2}, 0.5f), (Windows::Foundation::Point{1.5f, 1.5f}));
    EXPECT_TRUE(thermometer.IsNil(guid{}));
    EXPECT_FALSE(thermometer.IsNil(guid{1, 0, 0, {}}));
    EXPECT_THAT(thermometer.Bytes(4), ElementsAre(0, 1, 2, 3));
}

TEST(Component, CallsObjectsAndDelegatesOfTheHost)
{
    probe_components();
    AbiSample::Thermometer const thermometer;
    auto const thing = make_self<Thing>();
    EXPECT_EQ(thermometer.Visit(*thing), L"closed Host.Thing");
    EXPECT_TRUE(thing->closed);
    std::vector<int32_t> numbers;
    thermometer.CountTo(3, [&](int32_t number) { numbers.push_back(number); });
    EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
}

TEST(Component, CarriesFailuresAndTheirTextBothWays)
{
    probe_components();
    AbiSample::Thermometer const thermometer;
    try {
        thermometer.Fail(L"why not");
        FAIL() << "nothing was thrown";
    } catch (hresult_access_denied const& error) {
        EXPECT_EQ(error.message(), L"why not");
    }
    try {
        thermometer.CountTo(1, [](int32_t) { throw hresult_out_of_bounds(L"the handler's words"); });
        FAIL() << "nothing was thrown";
    } catch (hresult_out_of_bounds const& error) {
        EXPECT_EQ(error.message(), L"the handler's words");
    }
}

} // namespace
