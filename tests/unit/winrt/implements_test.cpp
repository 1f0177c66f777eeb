// SPDX-License-Identifier: MIT
#include "winrt/Windows.Foundation.h"

#include <thread>

#include <gtest/gtest.h>

using namespace winrt;
using namespace winrt::Windows::Foundation;

namespace {
struct Door : implements<Door, IStringable, IClosable> {
    explicit Door(int* ended = nullptr) : m_ended(ended) {}
    ~Door()
    {
        if (m_ended) ++*m_ended;
    }
    hstring ToString() { return closed ? L"closed" : L"open"; }
    void Close() { closed = true; }

    IStringable self() { return *this; }
    bool closed = false;

private:
    int* m_ended;
};

struct Recycled : implements<Recycled, IStringable> {
    static inline int recycled = 0;
    hstring ToString() { return {}; }
    static void final_release(std::unique_ptr<Recycled> object) noexcept
    {
        ++recycled;
        EXPECT_NE(object, nullptr);
    }
};

struct Unagile : implements<Unagile, IStringable, non_agile, no_weak_ref> {
    hstring ToString() { return {}; }
};

struct Hidden : implements<Hidden, IStringable, cloaked<IClosable>> {
    hstring ToString() { return {}; }
    void Close() {}
};

// Refers to a class that is only declared yet, as headers of components do.
struct Later;
struct Keeper {
    com_ptr<Later> strong;
    weak_ref<Later> weak;
};
struct Later : implements<Later, IStringable> {
    hstring ToString() { return L"later"; }
};

// Has IClosable only for those who ask, as an object of its own.
struct Stretching : implements<Stretching, IStringable> {
    hstring ToString() { return L"stretching"; }
    int closed = 0;

private:
    struct TearOff : implements<TearOff, IClosable> {
        explicit TearOff(Stretching& of) : m_of(of.get_strong()) {}
        void Close() { ++m_of->closed; }

    private:
        com_ptr<Stretching> m_of;
    };
    int32_t query_interface_tearoff(guid const& id, void** result) const noexcept override
    {
        if (!is_guid_of<IClosable>(id)) return impl::error_no_interface;
        *result = detach_abi(make<TearOff>(const_cast<Stretching&>(*this)));
        return 0;
    }
};

struct Lasting : implements<Lasting, IStringable, static_lifetime> {
    Lasting() { ++made; }
    hstring ToString() { return L"lasting"; }
    static inline int made = 0;
};

bool answers(Windows::Foundation::IUnknown const& object, guid const& id)
{
    com_ptr<impl::unknown_abi> found;
    return object.as(id, found.put_void()) == 0;
}
} // namespace

TEST(Implements, AnswersForEachOfItsInterfaces)
{
    IStringable const door = make<Door>();
    EXPECT_EQ(door.ToString(), L"open");
    door.as<IClosable>().Close();
    EXPECT_EQ(door.ToString(), L"closed");
    EXPECT_EQ(door.try_as<IAsyncInfo>(), nullptr);
    EXPECT_THROW(door.as<IAsyncInfo>(), hresult_no_interface);
}

TEST(Implements, HasOneIdentityThroughAllInterfaces)
{
    IStringable const door = make<Door>();
    IClosable const same = door.as<IClosable>();
    EXPECT_NE(get_abi(door), get_abi(same));
    EXPECT_TRUE(door == same);
    EXPECT_FALSE(door == make<Door>());
    EXPECT_EQ(std::hash<IStringable>{}(door), std::hash<IClosable>{}(same));
}

TEST(Implements, DiesWithItsLastReference)
{
    int ended = 0;
    {
        IStringable door = make<Door>(&ended);
        IInspectable const other = door;
        door = nullptr;
        EXPECT_EQ(ended, 0);
    }
    EXPECT_EQ(ended, 1);
}

TEST(Implements, CountsItselfInTheModule)
{
    uint32_t const before = get_module_lock();
    {
        auto const door = make_self<Door>();
        EXPECT_EQ(get_module_lock(), before + 1);
    }
    EXPECT_EQ(get_module_lock(), before);
}

TEST(Implements, ListsItsInterfacesButTheCloakedOnes)
{
    auto const ids = get_interfaces(make<Door>());
    ASSERT_EQ(ids.size(), 2u);
    EXPECT_EQ(ids[0], guid_of<IStringable>());
    EXPECT_EQ(ids[1], guid_of<IClosable>());
    IStringable const hidden = make<Hidden>();
    EXPECT_EQ(get_interfaces(hidden).size(), 1u);
    EXPECT_TRUE(answers(hidden, guid_of<IClosable>()));
    EXPECT_EQ(get_class_name(hidden), L"Windows.Foundation.IStringable");
    EXPECT_EQ(get_trust_level(hidden), TrustLevel::BaseTrust);
}

TEST(Implements, IsAgileUnlessItSaysOtherwise)
{
    EXPECT_TRUE(answers(make<Door>(), impl::iid_agile_object));
    EXPECT_FALSE(answers(make<Unagile>(), impl::iid_agile_object));
    EXPECT_FALSE(answers(make<Unagile>(), impl::iid_weak_reference_source));
}

TEST(Implements, GivesItsOwnSelfBack)
{
    auto const self = make_self<Door>();
    IStringable const door = *self;
    EXPECT_EQ(get_self<Door>(door), self.get());
    EXPECT_EQ(get_self<Door>(door.as<IClosable>()), self.get());
    EXPECT_EQ(get_self<Door>(door.as<IInspectable>()), self.get());
    EXPECT_TRUE(self->self() == door);
    EXPECT_TRUE(door.as<Door>()->ToString() == L"open");
}

TEST(Implements, FillsWhatItIsAskedToFill)
{
    IStringable const door = make<Door>();
    IClosable closable;
    door.as(closable);
    EXPECT_TRUE(closable == door);
    com_ptr<Door> self;
    door.as(self);
    EXPECT_EQ(self.get(), get_self<Door>(door));
    IAsyncInfo other;
    EXPECT_FALSE(door.try_as(other));
    EXPECT_TRUE(self.try_as(closable));
    com_ptr<IClosable> raw;
    self.as(raw);
    door.as(raw);
    EXPECT_EQ(raw->Close(), 0);
    EXPECT_EQ(door.ToString(), L"closed");
}

TEST(Implements, LetsAClassDecideHowItEnds)
{
    Recycled::recycled = 0;
    (void)make<Recycled>();
    EXPECT_EQ(Recycled::recycled, 1);
}

TEST(WeakReference, GivesTheObjectWhileItLivesAndNothingAfter)
{
    weak_ref<IStringable> projected;
    weak_ref<Door> implementation;
    {
        auto const self = make_self<Door>();
        IStringable const door = *self;
        projected = door;
        implementation = self->get_weak();
        EXPECT_TRUE(projected.get() == door);
        EXPECT_EQ(implementation.get().get(), self.get());
    }
    EXPECT_EQ(projected.get(), nullptr);
    EXPECT_EQ(implementation.get(), nullptr);
}

TEST(WeakReference, DoesNotKeepTheObjectAlive)
{
    int ended = 0;
    IStringable door = make<Door>(&ended);
    auto const weak = make_weak(door);
    door = nullptr;
    EXPECT_EQ(ended, 1);
    EXPECT_FALSE(weak.get());
}

// A weak reference that resolved while the object was ending would give out a dead object.
TEST(WeakReference, NeverGivesADyingObjectToAnotherThread)
{
    for (int round = 0; round < 200; ++round) {
        int ended = 0;
        IStringable door = make<Door>(&ended);
        weak_ref<IStringable> const weak = door;
        std::thread other([&weak] {
            IStringable const resolved = weak.get();
            EXPECT_TRUE(!resolved || resolved.ToString() == L"open");
        });
        door = nullptr;
        other.join();
        EXPECT_EQ(ended, 1);
    }
}

TEST(WeakReference, AgileReferencesAreStrong)
{
    agile_ref const door = make_agile(IStringable(make<Door>()));
    EXPECT_EQ(door.get().ToString(), L"open");
}

TEST(ComPtr, CountsAndConverts)
{
    int ended = 0;
    {
        com_ptr<Door> first = make_self<Door>(&ended);
        com_ptr<Door> second = first;
        EXPECT_TRUE(first == second);
        first = nullptr;
        EXPECT_EQ(ended, 0);
        EXPECT_EQ(second.as<IStringable>().ToString(), L"open");
        EXPECT_EQ(second.try_as<IAsyncInfo>(), nullptr);
        com_ptr<Door> third = std::move(second);
        EXPECT_FALSE(second);
        swap(second, third);
        EXPECT_TRUE(second);
    }
    EXPECT_EQ(ended, 1);
}

TEST(Activation, AClassThatNobodyHasIsNamedInTheError)
{
    try {
        (void)get_activation_factory(L"Nobody.Has.This");
        FAIL() << "nothing was thrown";
    } catch (hresult_class_not_registered const& error) {
        EXPECT_NE(to_string(error.message()).find("Nobody.Has.This"), std::string::npos);
    }
    EXPECT_EQ(try_get_activation_factory(L"Nobody.Has.This"), nullptr);
}

TEST(Implements, AnswersForTearOffs)
{
    auto const object = make_self<Stretching>();
    IStringable const stringable = *object;
    stringable.as<IClosable>().Close();
    stringable.as<IClosable>().Close();
    EXPECT_EQ(object->closed, 2);
    EXPECT_FALSE(stringable.try_as<IAsyncInfo>());
    EXPECT_TRUE((is_guid_of<IClosable, IStringable>(guid_of<IStringable>())));
}

TEST(Implements, WithAStaticLifetimeThereIsOneObject)
{
    IStringable first = make<Lasting>();
    IStringable const second = make<Lasting>();
    EXPECT_EQ(first, second);
    EXPECT_EQ(make_self<Lasting>().get(), get_self<Lasting>(second));
    first = nullptr;
    EXPECT_EQ(second.ToString(), L"lasting");
    EXPECT_EQ(Lasting::made, 1);
}

TEST(Implements, MayBeOnlyDeclaredWhereItIsReferredTo)
{
    Keeper keeper{make_self<Later>(), nullptr};
    keeper.weak = keeper.strong;
    Keeper const copy = keeper;
    EXPECT_EQ(copy.weak.get(), keeper.strong);
    EXPECT_EQ(keeper.strong.as<IStringable>().ToString(), L"later");
}
