// SPDX-License-Identifier: MIT
// Coroutines that are asynchronous actions and operations of the Windows Runtime, and awaiting those.
//
//     IAsyncOperation<int32_t> Measure() { co_await 5s; co_return 7; }
//
// A coroutine starts at once on the caller's thread. Cancel() makes its next co_await throw hresult_canceled; with
// enable_propagation on its cancellation token, what it awaits at the moment is canceled too.
// Included by winrt/Windows.Foundation.h.
#pragma once

#include "winrt/Windows.Foundation.h"

namespace winrt::impl {
template <typename Async>
struct async_types;
template <>
struct async_types<Windows::Foundation::IAsyncAction> {
    using result = void;
    using progress = void;
    using completed_handler = Windows::Foundation::AsyncActionCompletedHandler;
};
template <typename P>
struct async_types<Windows::Foundation::IAsyncActionWithProgress<P>> {
    using result = void;
    using progress = P;
    using completed_handler = Windows::Foundation::AsyncActionWithProgressCompletedHandler<P>;
    using progress_handler = Windows::Foundation::AsyncActionProgressHandler<P>;
};
template <typename T>
struct async_types<Windows::Foundation::IAsyncOperation<T>> {
    using result = T;
    using progress = void;
    using completed_handler = Windows::Foundation::AsyncOperationCompletedHandler<T>;
};
template <typename T, typename P>
struct async_types<Windows::Foundation::IAsyncOperationWithProgress<T, P>> {
    using result = T;
    using progress = P;
    using completed_handler = Windows::Foundation::AsyncOperationWithProgressCompletedHandler<T, P>;
    using progress_handler = Windows::Foundation::AsyncOperationProgressHandler<T, P>;
};

using Windows::Foundation::AsyncStatus;

// ---- Waiting on a thread ----------------------------------------------------------------------------------------

struct completion_signal {
    slim_mutex lock;
    slim_condition_variable changed;
    bool done{};

    void set() noexcept
    {
        slim_lock_guard const guard(lock);
        done = true;
        changed.notify_all();
    }
    void wait()
    {
        slim_lock_guard const guard(lock);
        changed.wait(lock, [this] { return done; });
    }
    bool wait_for(Windows::Foundation::TimeSpan timeout)
    {
        slim_lock_guard const guard(lock);
        return changed.wait_for(lock, timeout, [this] { return done; });
    }
};

template <typename Async>
std::shared_ptr<completion_signal> signal_completion(Async const& async)
{
    auto signal = std::make_shared<completion_signal>();
    async.Completed([signal](auto const&, AsyncStatus) { signal->set(); });
    return signal;
}

template <typename D, typename I, typename Result>
Result waitable<D, I, Result>::get() const
{
    I const async = static_cast<D const&>(*this);
    if (async.Status() == AsyncStatus::Started) signal_completion(async)->wait();
    return async.GetResults();
}

template <typename D, typename I, typename Result>
AsyncStatus waitable<D, I, Result>::wait_for(Windows::Foundation::TimeSpan const& timeout) const
{
    I const async = static_cast<D const&>(*this);
    if (async.Status() == AsyncStatus::Started) signal_completion(async)->wait_for(timeout);
    return async.Status();
}

// ---- Awaiting ---------------------------------------------------------------------------------------------------

template <typename Async>
class async_awaiter : public cancellable_awaiter {
public:
    explicit async_awaiter(Async const& async) : m_async(async) {}

    bool await_ready() const { return m_async.Status() != AsyncStatus::Started; }

    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        m_async.Completed(completion(this));
        begin(handle, cancel, this);
        return m_suspension.suspend(handle);
    }

    auto await_resume()
    {
        revoke();
        if (m_abandoned) throw hresult_error(error_disconnected, L"what was awaited went away without completing");
        return m_async.GetResults();
    }

private:
    // The handler given to what is awaited. When it is let go uncalled, the coroutine goes on with a failure rather
    // than never.
    class completion {
    public:
        explicit completion(async_awaiter* awaiter) noexcept : m_awaiter(awaiter) {}
        completion(completion&& other) noexcept : m_awaiter(std::exchange(other.m_awaiter, nullptr)) {}
        ~completion()
        {
            if (m_awaiter) {
                m_awaiter->m_abandoned = true;
                m_awaiter->m_suspension.resume();
            }
        }

        template <typename Sender>
        void operator()(Sender const&, AsyncStatus)
        {
            if (auto const awaiter = std::exchange(m_awaiter, nullptr)) awaiter->m_suspension.resume();
        }

    private:
        async_awaiter* m_awaiter;
    };

    // On another thread, for canceling may complete it at once and so resume the coroutine.
    static void cancel(void* context)
    {
        auto const async = new Async(static_cast<async_awaiter*>(context)->m_async);
        auto const run = [](void* argument) {
            std::unique_ptr<Async> const canceled(static_cast<Async*>(argument));
            try {
                canceled->Cancel();
            } catch (...) {
                // It ended in the meantime, or cannot be canceled: its end is awaited in any case.
            }
        };
        if (LatchkeySubmit(run, async) < 0) delete async;
    }

    Async m_async;
    suspension m_suspension;
    bool m_abandoned{};
};

// ---- Being one --------------------------------------------------------------------------------------------------

/// What co_await get_cancellation_token() gives: callable, true once Cancel was called.
template <typename Promise>
class cancellation_token {
public:
    explicit cancellation_token(Promise* promise) noexcept : m_promise(promise) {}

    bool operator()() const noexcept { return m_promise->Status() == AsyncStatus::Canceled; }
    /// Calls the function when Cancel is called, or now when it was already. One at a time.
    void callback(winrt::delegate<>&& function) const { m_promise->cancellation_callback(std::move(function)); }
    bool enable_propagation(bool value = true) const noexcept { return m_promise->enable_propagation(value); }
    /// Cancellation is not reported to a debugger here.
    bool originate_on_cancel(bool = true) const noexcept { return false; }

    // It is its own awaiter, so that the promise's await_transform can give it.
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    cancellation_token await_resume() const noexcept { return *this; }

private:
    Promise* m_promise;
};

/// What co_await get_progress_token() gives: callable with a progress value.
template <typename Promise, typename Progress>
class progress_token {
public:
    explicit progress_token(Promise* promise) noexcept : m_promise(promise) {}

    void operator()(Progress const& value) const { m_promise->report_progress(value); }
    /// A result that can be read while the operation is under way.
    template <typename Result>
    void set_result(Result&& value) const
    {
        m_promise->set_result(std::forward<Result>(value));
    }

    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    progress_token await_resume() const noexcept { return *this; }

private:
    Promise* m_promise;
};

template <typename D, typename Async>
class async_promise : public implements<D, Async, Windows::Foundation::IAsyncInfo>, public cancellable_promise {
public:
    using completed_handler = typename async_types<Async>::completed_handler;

    // ---- IAsyncInfo ----
    uint32_t Id() const noexcept { return 1; }
    AsyncStatus Status() const noexcept { return m_status.load(std::memory_order_acquire); }
    hresult ErrorCode() const noexcept
    {
        if (!m_finished.load(std::memory_order_acquire) || !m_exception) return error_ok;
        try {
            std::rethrow_exception(m_exception);
        } catch (...) {
            return to_hresult();
        }
    }
    void Cancel()
    {
        winrt::delegate<> callback;
        {
            slim_lock_guard const guard(m_lock);
            AsyncStatus expected = AsyncStatus::Started;
            if (!m_status.compare_exchange_strong(expected, AsyncStatus::Canceled)) return;
            callback = std::move(m_cancellation_callback);
        }
        if (callback) callback();
        propagate_cancellation();
    }
    void Close() const
    {
        if (Status() == AsyncStatus::Started) {
            throw hresult_illegal_state_change(L"an operation under way cannot be closed; cancel it");
        }
    }

    // ---- Async ----
    void Completed(completed_handler const& handler)
    {
        {
            slim_lock_guard const guard(m_lock);
            if (m_completed_assigned) throw hresult_illegal_delegate_assignment(L"Completed can be set once");
            m_completed_assigned = true;
            if (!m_finished.load(std::memory_order_relaxed)) {
                m_completed = handler;
                return;
            }
        }
        if (handler) handler(*this, Status());
    }
    completed_handler Completed() const
    {
        slim_lock_guard const guard(m_lock);
        return m_completed;
    }

    // ---- The coroutine's side ----
    Async get_return_object() { return *this; }
    std::suspend_never initial_suspend() const noexcept { return {}; }

    struct final_awaiter {
        D* promise;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) const noexcept { promise->finish(); }
        void await_resume() const noexcept {}
    };
    final_awaiter final_suspend() noexcept { return {static_cast<D*>(this)}; }

    void unhandled_exception() noexcept { m_exception = std::current_exception(); }

    template <typename T>
    T&& await_transform(T&& value) const
    {
        throw_if_canceled();
        return static_cast<T&&>(value);
    }
    template <typename Rep, typename Period>
    timer_awaiter await_transform(std::chrono::duration<Rep, Period> duration) const
    {
        throw_if_canceled();
        return resume_after(std::chrono::duration_cast<Windows::Foundation::TimeSpan>(duration));
    }
    cancellation_token<D> await_transform(get_cancellation_token_t) noexcept
    {
        return cancellation_token<D>(static_cast<D*>(this));
    }
    auto await_transform(get_progress_token_t) noexcept
    {
        return progress_token<D, typename async_types<Async>::progress>(static_cast<D*>(this));
    }

    void cancellation_callback(winrt::delegate<>&& callback)
    {
        {
            slim_lock_guard const guard(m_lock);
            if (Status() != AsyncStatus::Canceled) {
                m_cancellation_callback = std::move(callback);
                return;
            }
        }
        callback();
    }

    // Runs when the coroutine's body is over: says so, and lets go of the reference that the running body was.
    void finish() noexcept
    {
        completed_handler handler;
        AsyncStatus status;
        {
            slim_lock_guard const guard(m_lock);
            status = final_status();
            // In this order: whoever sees the final status may ask for the result.
            m_finished.store(true, std::memory_order_release);
            m_status.store(status, std::memory_order_release);
            handler = std::move(m_completed);
            m_cancellation_callback = nullptr;
        }
        static_cast<D*>(this)->forget_progress();
        if (handler) {
            try {
                handler(*this, status);
            } catch (...) {
                // Whoever asked to be told is gone or has failed; the result stays readable.
            }
        }
        this->Release();
    }
    void forget_progress() noexcept {}

    // The object is the promise: it goes with the coroutine's frame.
    static void final_release(std::unique_ptr<D> promise) noexcept
    {
        std::coroutine_handle<D>::from_promise(*promise.release()).destroy();
    }

protected:
    void throw_if_canceled() const
    {
        if (Status() == AsyncStatus::Canceled) throw hresult_canceled();
    }

    // For GetResults: throws unless there is a result.
    void check_finished() const
    {
        AsyncStatus const status = Status();
        if (status == AsyncStatus::Canceled) throw hresult_canceled();
        if (status == AsyncStatus::Started || !m_finished.load(std::memory_order_acquire)) {
            throw hresult_illegal_method_call(L"the operation is still under way");
        }
        if (m_exception) std::rethrow_exception(m_exception);
    }

    mutable slim_mutex m_lock;

private:
    AsyncStatus final_status() noexcept
    {
        if (Status() == AsyncStatus::Canceled) {
            if (!m_exception) m_exception = std::make_exception_ptr(hresult_canceled());
            return AsyncStatus::Canceled;
        }
        if (!m_exception) return AsyncStatus::Completed;
        try {
            std::rethrow_exception(m_exception);
        } catch (hresult_canceled const&) {
            return AsyncStatus::Canceled;
        } catch (...) {
            return AsyncStatus::Error;
        }
    }

    std::atomic<AsyncStatus> m_status{AsyncStatus::Started};
    std::atomic<bool> m_finished{};
    bool m_completed_assigned{};
    completed_handler m_completed;
    winrt::delegate<> m_cancellation_callback;
    std::exception_ptr m_exception;
};

// Adds Progress to an action or operation.
template <typename D, typename Async>
class progress_promise : public async_promise<D, Async> {
public:
    using progress_handler = typename async_types<Async>::progress_handler;

    void Progress(progress_handler const& handler)
    {
        slim_lock_guard const guard(this->m_lock);
        m_progress = handler;
    }
    progress_handler Progress() const
    {
        slim_lock_guard const guard(this->m_lock);
        return m_progress;
    }
    void report_progress(typename async_types<Async>::progress const& value)
    {
        if (progress_handler const handler = Progress()) handler(*this, value);
    }
    void forget_progress() noexcept { Progress(nullptr); }

private:
    progress_handler m_progress;
};

template <typename Base>
class void_promise : public Base {
public:
    void return_void() const noexcept {}
    void GetResults() const { this->check_finished(); }
};

template <typename Base, typename T>
class value_promise : public Base {
public:
    void return_value(T&& value) { set_result(std::move(value)); }
    void return_value(T const& value) { set_result(value); }
    template <typename V>
    void set_result(V&& value)
    {
        slim_lock_guard const guard(this->m_lock);
        m_result = std::forward<V>(value);
    }
    T GetResults() const
    {
        // While progress is reported, a result set early may be read.
        if (this->Status() != AsyncStatus::Started) this->check_finished();
        slim_lock_guard const guard(this->m_lock);
        if (!m_result) throw hresult_illegal_method_call(L"the operation is still under way");
        return *m_result;
    }

private:
    std::optional<T> m_result;
};

struct action_promise final : void_promise<async_promise<action_promise, Windows::Foundation::IAsyncAction>> {};
template <typename P>
struct action_progress_promise final
    : void_promise<progress_promise<action_progress_promise<P>, Windows::Foundation::IAsyncActionWithProgress<P>>> {};
template <typename T>
struct operation_promise final
    : value_promise<async_promise<operation_promise<T>, Windows::Foundation::IAsyncOperation<T>>, T> {};
template <typename T, typename P>
struct operation_progress_promise final
    : value_promise<
          progress_promise<operation_progress_promise<T, P>, Windows::Foundation::IAsyncOperationWithProgress<T, P>>,
          T> {};
} // namespace winrt::impl

template <typename... Args>
struct std::coroutine_traits<winrt::Windows::Foundation::IAsyncAction, Args...> {
    using promise_type = winrt::impl::action_promise;
};
template <typename P, typename... Args>
struct std::coroutine_traits<winrt::Windows::Foundation::IAsyncActionWithProgress<P>, Args...> {
    using promise_type = winrt::impl::action_progress_promise<P>;
};
template <typename T, typename... Args>
struct std::coroutine_traits<winrt::Windows::Foundation::IAsyncOperation<T>, Args...> {
    using promise_type = winrt::impl::operation_promise<T>;
};
template <typename T, typename P, typename... Args>
struct std::coroutine_traits<winrt::Windows::Foundation::IAsyncOperationWithProgress<T, P>, Args...> {
    using promise_type = winrt::impl::operation_progress_promise<T, P>;
};

namespace winrt::Windows::Foundation {
inline impl::async_awaiter<IAsyncAction> operator co_await(IAsyncAction const& async)
{
    return impl::async_awaiter<IAsyncAction>(async);
}
template <typename P>
impl::async_awaiter<IAsyncActionWithProgress<P>> operator co_await(IAsyncActionWithProgress<P> const& async)
{
    return impl::async_awaiter<IAsyncActionWithProgress<P>>(async);
}
template <typename T>
impl::async_awaiter<IAsyncOperation<T>> operator co_await(IAsyncOperation<T> const& async)
{
    return impl::async_awaiter<IAsyncOperation<T>>(async);
}
template <typename T, typename P>
impl::async_awaiter<IAsyncOperationWithProgress<T, P>> operator co_await(IAsyncOperationWithProgress<T, P> const& async)
{
    return impl::async_awaiter<IAsyncOperationWithProgress<T, P>>(async);
}
} // namespace winrt::Windows::Foundation

namespace winrt {
/// Ends when all of them have; throws the first failure in the order of the arguments.
template <typename... Async>
Windows::Foundation::IAsyncAction when_all(Async... async)
{
    (void(co_await async), ...);
    co_return;
}

namespace impl {
template <typename Async>
struct first_completion {
    suspension ready;
    std::atomic<bool> decided{};
    Async winner{nullptr};

    void completed(Async const& async)
    {
        if (decided.exchange(true)) return;
        winner = async;
        ready.resume();
    }
};

// Holds nothing that has a destructor: g++ 12 destroys such temporaries of a co_await twice.
struct suspension_awaiter {
    explicit suspension_awaiter(suspension& awaited) noexcept : m_awaited(&awaited) {}

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) const { return m_awaited->suspend(handle); }
    void await_resume() const noexcept {}

private:
    suspension* m_awaited;
};
} // namespace impl

/// Ends as the first of them does, with its result or failure; the others go on.
template <typename Async, typename... Rest>
Async when_any(Async first, Rest... rest)
{
    static_assert((std::is_same_v<Async, Rest> && ...), "when_any takes asynchronous objects of one type");
    auto const shared = std::make_shared<impl::first_completion<Async>>();
    auto const watch = [&shared](Async const& async) {
        async.Completed([shared](Async const& sender, impl::AsyncStatus) { shared->completed(sender); });
    };
    watch(first);
    (watch(rest), ...);
    co_await impl::suspension_awaiter(shared->ready);
    if constexpr (std::is_void_v<typename impl::async_types<Async>::result>) {
        shared->winner.GetResults();
        co_return;
    } else {
        co_return shared->winner.GetResults();
    }
}
} // namespace winrt
