// SPDX-License-Identifier: MIT
// winrt::implements: what an implementation derives from. It holds a vtable for each interface, the reference count and
// the link to weak references; produce<D, I> (generated) turns slots into calls of D's members.
//
//     struct Stringable : winrt::implements<Stringable, IStringable> {
//         winrt::hstring ToString() { return L"…"; }
//     };
//     IStringable object = winrt::make<Stringable>();
//
// Objects live on the heap and are made by make or make_self. They are agile: members may be called from any thread.
#pragma once

#include "winrt/base/array.h"
#include "winrt/base/weak.h"

namespace winrt {
namespace impl {
struct marker {};
} // namespace impl

/// Markers among the interfaces of implements. There is one apartment, so the agility markers only decide what
/// IAgileObject is answered; objects without a module lock do not keep their library in use; make gives the one object
/// of a class with static_lifetime, a factory whose state lasts, each time.
struct agile : impl::marker {};
struct non_agile : impl::marker {};
struct no_weak_ref : impl::marker {};
struct no_module_lock : impl::marker {};
struct static_lifetime : impl::marker {};
struct composable : impl::marker {};
struct composing : impl::marker {};

/// An interface that QueryInterface answers and GetIids does not list.
template <typename I>
struct cloaked : I {};

/// How many objects of this module live: true while it is in use.
struct module_lock {
    explicit operator bool() const noexcept { return load() != 0; }
    operator uint32_t() const noexcept { return load(); }
    uint32_t operator++() noexcept { return count().fetch_add(1, std::memory_order_relaxed) + 1; }
    uint32_t operator--() noexcept { return count().fetch_sub(1, std::memory_order_release) - 1; }

private:
    static uint32_t load() noexcept { return count().load(std::memory_order_acquire); }
    static std::atomic<uint32_t>& count() noexcept
    {
        static constinit std::atomic<uint32_t> count{0};
        return count;
    }
};

template <typename D, typename... I>
struct implements;

inline module_lock get_module_lock() noexcept
{
    return {};
}
} // namespace winrt

namespace winrt::impl {
template <typename I>
struct implemented {
    using type = default_interface_t<I>;
    static constexpr bool listed = true;
};
template <typename I>
struct implemented<cloaked<I>> {
    using type = I;
    static constexpr bool listed = false;
};
template <typename I>
using implemented_t = typename implemented<I>::type;

template <typename I>
inline constexpr bool is_marker_v = std::is_base_of_v<marker, I>;

// Holds the vtable of one interface of D. A member, not a base, so that D's functions and the slots' do not meet.
template <typename D, typename I>
struct producer {
    produce<D, I> vtable;

    operator I() const noexcept
    {
        auto const pointer = const_cast<produce<D, I>*>(&vtable);
        pointer->AddRef();
        return I{static_cast<abi_t<I>*>(pointer), take_ownership_from_abi};
    }
};
template <typename D, typename Marker>
struct marked {};

// The IInspectable of a composed object that counts and asks the object itself; all its other interfaces go to the
// object around it, which alone knows this one.
template <typename D>
struct inner_inspectable final : inspectable_abi {
    __attribute__((no_sanitize("vptr"))) D& shim() noexcept
    {
        return *static_cast<D*>(static_cast<marked<D, composable>*>(static_cast<void*>(this)));
    }

    int32_t WINRT_CALL QueryInterface(guid const& id, void** object) noexcept override
    {
        if (id != guid_v<Windows::Foundation::IUnknown> && id != guid_v<Windows::Foundation::IInspectable>) {
            return shim().own_query(id, object);
        }
        *object = this;
        AddRef();
        return error_ok;
    }
    uint32_t WINRT_CALL AddRef() noexcept override { return shim().own_add_ref(); }
    uint32_t WINRT_CALL Release() noexcept override { return shim().own_release(); }
    int32_t WINRT_CALL GetIids(uint32_t* count, guid** ids) noexcept override
    {
        return shim().implements_iids(count, ids);
    }
    int32_t WINRT_CALL GetRuntimeClassName(void** name) noexcept override
    try {
        *name = nullptr;
        *name = detach_abi(shim().GetRuntimeClassName());
        return error_ok;
    } catch (...) {
        return to_hresult();
    }
    int32_t WINRT_CALL GetTrustLevel(Windows::Foundation::TrustLevel* level) noexcept override
    {
        *level = shim().GetTrustLevel();
        return error_ok;
    }
};
// Others may extend the class: the object around this one (not counted; null when there is none).
template <typename D>
struct marked<D, composable> {
    inner_inspectable<D> inner_vtable;
    inspectable_abi* m_outer{};

    /// The whole object's answer: what the extending class made of it, else this class's.
    template <typename I>
    I overridable() const
    {
        Windows::Foundation::IInspectable const self = static_cast<D const&>(*this);
        return self.as<I>();
    }
};
// The class extends another: the object of that class inside this one.
template <typename D>
struct marked<D, composing> {
    template <typename I>
    I try_as() const noexcept
    {
        Windows::Foundation::IInspectable const self = static_cast<D const&>(*this);
        return self.try_as<I>();
    }
    /// The extended class's own answer, past what this class overrides.
    template <typename I>
    I inner_as() const
    {
        return m_inner.template as<I>();
    }

protected:
    template <typename Other, typename... I>
    friend struct winrt::implements;
    Windows::Foundation::IInspectable m_inner;
};
template <typename D, typename I, bool is_marker>
struct producer_select {
    using type = producer<D, implemented_t<I>>;
};
template <typename D, typename I>
struct producer_select<D, I, true> {
    using type = marked<D, I>;
};
template <typename D, typename I>
using producer_for = typename producer_select<D, I, is_marker_v<I>>::type;

template <typename... I>
struct first_interface {
    using type = Windows::Foundation::IInspectable;
};
template <typename First, typename... Rest>
struct first_interface<First, Rest...>
    : std::conditional_t<is_marker_v<First>, first_interface<Rest...>, implemented<First>> {};

// The slots of IUnknown, for an interface that has only those.
template <typename D, typename I>
struct produce_unknown : abi_t<I> {
    // While a class that extends another is made, its base's constructor hands it out before it is one.
    __attribute__((no_sanitize("vptr"))) D& shim() noexcept
    {
        // The vtable is the first member of the producer.
        return *static_cast<D*>(static_cast<producer<D, I>*>(static_cast<void*>(this)));
    }

    int32_t WINRT_CALL QueryInterface(guid const& id, void** object) noexcept final
    {
        return shim().implements_query(id, object);
    }
    uint32_t WINRT_CALL AddRef() noexcept final { return shim().implements_add_ref(); }
    uint32_t WINRT_CALL Release() noexcept final { return shim().implements_release(); }
};

// And those of IInspectable.
template <typename D, typename I>
struct produce_inspectable : produce_unknown<D, I> {
    int32_t WINRT_CALL GetIids(uint32_t* count, guid** ids) noexcept final
    {
        if constexpr (std::is_base_of_v<marked<D, composable>, D>) {
            if (this->shim().m_outer) return this->shim().m_outer->GetIids(count, ids);
        }
        return this->shim().implements_iids(count, ids);
    }
    int32_t WINRT_CALL GetRuntimeClassName(void** name) noexcept final
    try {
        if constexpr (std::is_base_of_v<marked<D, composable>, D>) {
            if (this->shim().m_outer) return this->shim().m_outer->GetRuntimeClassName(name);
        }
        *name = nullptr;
        *name = detach_abi(this->shim().GetRuntimeClassName());
        return 0;
    } catch (...) {
        return to_hresult();
    }
    int32_t WINRT_CALL GetTrustLevel(Windows::Foundation::TrustLevel* level) noexcept final
    {
        *level = this->shim().GetTrustLevel();
        return 0;
    }
};

template <typename D, typename I>
struct produce_base : std::conditional_t<std::is_base_of_v<inspectable_abi, abi_t<I>>, produce_inspectable<D, I>,
                                         produce_unknown<D, I>> {};

template <typename D>
struct produce<D, Windows::Foundation::IUnknown> : produce_base<D, Windows::Foundation::IUnknown> {};
template <typename D>
struct produce<D, Windows::Foundation::IInspectable> : produce_base<D, Windows::Foundation::IInspectable> {};

template <typename D, typename I>
D* implementation_of(void* interface_pointer) noexcept
{
    return &static_cast<produce<D, I>*>(static_cast<abi_t<I>*>(interface_pointer))->shim();
}

// Lets an implementation see that a call from outside begins and ends.
template <typename D>
struct abi_guard {
    explicit abi_guard(D& object) : m_object(object) { m_object.abi_enter(); }
    abi_guard(abi_guard const&) = delete;
    abi_guard& operator=(abi_guard const&) = delete;
    ~abi_guard() { m_object.abi_exit(); }

private:
    D& m_object;
};

// What does not depend on D: the count and the weak block.
class object_core : public weak_target {
public:
    bool try_add_ref() noexcept final
    {
        uint32_t count = m_references.load(std::memory_order_relaxed);
        while (count != 0) {
            if (m_references.compare_exchange_weak(count, count + 1, std::memory_order_acq_rel)) return true;
        }
        return false;
    }

    virtual hstring GetRuntimeClassName() const = 0;

    /// The block that weak references to this object share.
    com_ptr<weak_reference_abi> get_weak_reference()
    {
        weak_block* block = m_weak.load(std::memory_order_acquire);
        if (!block) {
            auto const made = new weak_block(this);
            if (m_weak.compare_exchange_strong(block, made, std::memory_order_acq_rel)) {
                block = made;
            } else {
                made->Release();
            }
        }
        block->AddRef();
        return {static_cast<weak_reference_abi*>(block), take_ownership_from_abi};
    }

protected:
    object_core() noexcept = default;
    object_core(object_core const&) = delete;
    object_core& operator=(object_core const&) = delete;
    virtual ~object_core() noexcept
    {
        if (weak_block* const block = m_weak.load(std::memory_order_acquire)) {
            block->object_is_gone();
            block->Release();
        }
    }

    uint32_t add_reference() noexcept { return m_references.fetch_add(1, std::memory_order_relaxed) + 1; }
    uint32_t subtract_reference() noexcept
    {
        uint32_t const left = m_references.fetch_sub(1, std::memory_order_acq_rel) - 1;
        if (left == 0) {
            if (weak_block* const block = m_weak.load(std::memory_order_acquire)) block->object_is_gone();
            // While it dies, the object may be referred to without dying a second time.
            m_references.store(1, std::memory_order_relaxed);
        }
        return left;
    }

private:
    std::atomic<uint32_t> m_references{1};
    std::atomic<weak_block*> m_weak{nullptr};
};

template <typename D>
concept has_final_release = requires(std::unique_ptr<D> object)
{
    D::final_release(std::move(object));
};
} // namespace winrt::impl

namespace winrt {
template <typename D, typename... I>
struct implements : impl::producer_for<D, I>..., impl::object_core {
    using implements_type = implements;
    using default_interface = typename impl::first_interface<I...>::type;
    using abi_guard = impl::abi_guard<D>;
    using IInspectable = Windows::Foundation::IInspectable;

    operator IInspectable() const noexcept { return as_first<IInspectable>(); }

    /// A strong reference to this object, from within it.
    [[nodiscard]] com_ptr<D> get_strong() noexcept
    {
        add_reference();
        return {static_cast<D*>(this), take_ownership_from_abi};
    }
    [[nodiscard]] com_ptr<D const> get_strong() const noexcept
    {
        const_cast<implements*>(this)->add_reference();
        return com_ptr<D const>(const_cast<D*>(static_cast<D const*>(this)), take_ownership_from_abi);
    }
    /// A weak reference, which may outlive this object.
    [[nodiscard]] weak_ref<D> get_weak()
    {
        static_assert(!(std::is_same_v<I, no_weak_ref> || ...), "no_weak_ref: this class has no weak references");
        return {get_weak_reference(), static_cast<D*>(this)};
    }

    // The class named in metadata where there is one (generated bases override this), else the first interface.
    hstring GetRuntimeClassName() const override { return hstring(impl::name_of<default_interface>()); }
    Windows::Foundation::TrustLevel GetTrustLevel() const noexcept
    {
        return Windows::Foundation::TrustLevel::BaseTrust;
    }

    void abi_enter() const noexcept {}
    void abi_exit() const noexcept {}

    int32_t WINRT_CALL QueryInterface(guid const& id, void** object) noexcept final
    {
        return implements_query(id, object);
    }
    uint32_t WINRT_CALL AddRef() noexcept final { return implements_add_ref(); }
    uint32_t WINRT_CALL Release() noexcept final { return implements_release(); }
    int32_t WINRT_CALL GetWeakReference(void** reference) noexcept final
    try {
        *reference = nullptr;
        *reference = get_weak_reference().detach();
        return 0;
    } catch (...) {
        return to_hresult();
    }

    // ---- Called by the vtables -----------------------------------------------------------------------------------

    uint32_t implements_add_ref() noexcept
    {
        if constexpr (is_composable) {
            if (this->m_outer) return this->m_outer->AddRef();
        }
        return add_reference();
    }
    uint32_t implements_release() noexcept
    {
        if constexpr (is_composable) {
            if (this->m_outer) return this->m_outer->Release();
        }
        return own_release();
    }
    int32_t implements_query(guid const& id, void** object) noexcept
    {
        if constexpr (is_composable) {
            if (this->m_outer) return this->m_outer->QueryInterface(id, object);
        }
        return own_query(id, object);
    }

    uint32_t own_add_ref() noexcept { return add_reference(); }

    uint32_t own_release() noexcept
    {
        uint32_t const left = subtract_reference();
        if (left != 0) return left;
        if constexpr (impl::has_final_release<D>) {
            D::final_release(std::unique_ptr<D>(static_cast<D*>(this)));
        } else {
            delete this;
        }
        return 0;
    }

    int32_t own_query(guid const& id, void** object) noexcept
    {
        void* found = nullptr;
        (void)(match<I>(id, found) || ...);
        if (!found) found = find_common(id);
        *object = found;
        if (!found) {
            if (int32_t const result = query_interface_tearoff(id, object); result != impl::error_no_interface) {
                return result;
            }
            *object = nullptr;
            return query_inner(id, object);
        }
        implements_add_ref();
        return 0;
    }

    int32_t implements_iids(uint32_t* count, guid** ids) noexcept
    {
        constexpr uint32_t listed = (uint32_t{!impl::is_marker_v<I> && impl::implemented<I>::listed} + ... + 0);
        *count = 0;
        *ids = static_cast<guid*>(CoTaskMemAlloc(sizeof(guid) * (listed + 1)));
        if (!*ids) return impl::error_bad_alloc;
        (list<I>(*count, *ids), ...);
        return 0;
    }

protected:
    /// What to answer for an interface that is not in the list: an object of its own, say, made when it is asked for.
    /// That object has one reference for the caller, and the IUnknown of this one.
    virtual int32_t query_interface_tearoff(guid const&, void**) const noexcept { return impl::error_no_interface; }

    implements() noexcept
    {
        if constexpr (!without_module_lock) ++get_module_lock();
    }
    ~implements() noexcept override
    {
        if constexpr (!without_module_lock) --get_module_lock();
    }

private:
    static constexpr bool without_module_lock = (std::is_same_v<I, no_module_lock> || ...);
    static constexpr bool without_weak_ref = (std::is_same_v<I, no_weak_ref> || ...);
    static constexpr bool without_agility = (std::is_same_v<I, non_agile> || ...);

    static constexpr bool is_composable = (std::is_same_v<I, composable> || ...);
    static constexpr bool is_composing = (std::is_same_v<I, composing> || ...);

    int32_t query_inner(guid const& id, void** object) noexcept
    {
        if constexpr (is_composing) {
            if (auto const inner = static_cast<impl::unknown_abi*>(get_abi(this->m_inner))) {
                return inner->QueryInterface(id, object);
            }
        }
        (void)id;
        (void)object;
        return impl::error_no_interface;
    }

    template <typename T>
    impl::abi_t<T>* vtable_of() const noexcept
    {
        return const_cast<impl::produce<D, T>*>(&static_cast<impl::producer<D, T> const*>(this)->vtable);
    }

    template <typename T>
    T as_first() const noexcept
    {
        impl::unknown_abi* const pointer = vtable_of<default_interface>();
        pointer->AddRef();
        return {pointer, take_ownership_from_abi};
    }

    template <typename T>
    bool match(guid const& id, void*& found) const noexcept
    {
        if constexpr (!impl::is_marker_v<T>) {
            using interface_type = impl::implemented_t<T>;
            if (id == impl::guid_v<interface_type>) {
                found = vtable_of<interface_type>();
                return true;
            }
        }
        return false;
    }

    void* find_common(guid const& id) noexcept
    {
        if (id == impl::guid_v<Windows::Foundation::IUnknown>) return identity();
        if constexpr (std::is_base_of_v<impl::inspectable_abi, impl::abi_t<default_interface>>) {
            if (id == impl::guid_v<Windows::Foundation::IInspectable>) return identity();
        }
        if constexpr (!without_agility) {
            if (id == impl::iid_agile_object) return identity();
        }
        if constexpr (!without_weak_ref) {
            if (id == impl::iid_weak_reference_source) return static_cast<impl::weak_reference_source_abi*>(this);
        }
        return nullptr;
    }

    // The object's IUnknown, and its IInspectable: the first interface.
    impl::unknown_abi* identity() const noexcept { return vtable_of<default_interface>(); }

    template <typename T>
    static void list(uint32_t& count, guid* ids) noexcept
    {
        if constexpr (!impl::is_marker_v<T> && impl::implemented<T>::listed) {
            ids[count++] = impl::guid_v<impl::implemented_t<T>>;
        }
    }
};

namespace impl {
template <typename D, typename... Args>
D* new_implementation(Args&&... args)
{
    if constexpr (std::is_base_of_v<marked<D, static_lifetime>, D>) {
        static_assert(sizeof...(args) == 0, "the one object of a class with static_lifetime is made without arguments");
        // Never let go: others of this module may use it until the process ends.
        static D& only = *new D;
        only.own_add_ref();
        return &only;
    } else {
        return new D(std::forward<Args>(args)...);
    }
}
} // namespace impl

/// Makes an object and gives the implementation.
template <typename D, typename... Args>
com_ptr<D> make_self(Args&&... args)
{
    static_assert(impl::implementation_type<D>, "make_self makes classes that derive from winrt::implements");
    return {impl::new_implementation<D>(std::forward<Args>(args)...), take_ownership_from_abi};
}

/// Makes an object and gives its class (when it has one in metadata) or first interface.
template <typename D, typename... Args>
auto make(Args&&... args)
{
    static_assert(impl::implementation_type<D>, "make makes classes that derive from winrt::implements");
    D* const object = impl::new_implementation<D>(std::forward<Args>(args)...);
    using interface_type = typename D::default_interface;
    impl::abi_t<interface_type>* const pointer = &static_cast<impl::producer<D, interface_type>*>(object)->vtable;
    if constexpr (requires { typename D::class_type; }) {
        return typename D::class_type{pointer, take_ownership_from_abi};
    } else {
        return interface_type{pointer, take_ownership_from_abi};
    }
}

namespace impl {
// What the factory of a composable class makes: alone without outer, else as the inside of outer.
template <typename T>
struct composable_factory {
    template <typename Class, typename... Args>
    static Class CreateInstance(Windows::Foundation::IInspectable const& outer,
                                Windows::Foundation::IInspectable& inner, Args&&... args)
    {
        if (!outer) {
            inner = nullptr;
            return make<T>(std::forward<Args>(args)...);
        }
        T* const object = new T(std::forward<Args>(args)...);
        inner = {&object->inner_vtable, take_ownership_from_abi};
        object->m_outer = static_cast<inspectable_abi*>(get_abi(outer));
        using interface_type = typename T::default_interface;
        abi_t<interface_type>* const pointer = &static_cast<producer<T, interface_type>*>(object)->vtable;
        pointer->AddRef();
        return {pointer, take_ownership_from_abi};
    }
};
} // namespace impl

/// The implementation behind a reference to an object that D made. D must be the object's class.
template <typename D, typename I>
D* get_self(I const& from) noexcept
{
    using interface_type = impl::default_interface_t<I>;
    if constexpr (std::is_base_of_v<impl::producer<D, interface_type>, D>) {
        return impl::implementation_of<D, interface_type>(get_abi(from));
    } else {
        // Another interface of the object, which from keeps alive.
        com_ptr<D> const self = impl::query_try_as<D>(get_abi(from));
        return self.get();
    }
}
template <typename D, typename I>
D* get_self(com_ptr<I> const& from) noexcept
{
    return static_cast<D*>(from.get());
}
} // namespace winrt
