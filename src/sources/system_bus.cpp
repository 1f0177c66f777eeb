// SPDX-License-Identifier: MIT
#include "sources/system_bus.h"

#include "ipc/bus.h"
#include "sources/file_watch.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <systemd/sd-bus.h>

namespace latchkey::sources {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMaxProperties = 512;
constexpr std::chrono::microseconds kAnswerTimeout = 5s;
constexpr std::chrono::seconds kFirstRetry = 1s; // after a bus that was there has gone; doubles
constexpr int kMaxRetries = 6;
constexpr char const* kPropertiesInterface = "org.freedesktop.DBus.Properties";

using Slot = std::unique_ptr<sd_bus_slot, ipc::SlotDeleter>;

// What stands at the reader's place, when it is of a kind that is kept; nothing is read otherwise.
std::optional<Property> read_basic(sd_bus_message* message, char type)
{
    union {
        int flag;
        std::uint8_t u8;
        std::int16_t i16;
        std::uint16_t u16;
        std::int32_t i32;
        std::uint32_t u32;
        std::int64_t i64;
        std::uint64_t u64;
        double real;
        char const* text;
    } value{};
    if (std::strchr("bynqiuxtdsog", type) == nullptr || sd_bus_message_read_basic(message, type, &value) <= 0) {
        return std::nullopt;
    }
    switch (type) {
    case 'b':
        return Property(value.flag != 0);
    case 'y':
        return Property(std::uint64_t{value.u8});
    case 'n':
        return Property(std::int64_t{value.i16});
    case 'q':
        return Property(std::uint64_t{value.u16});
    case 'i':
        return Property(std::int64_t{value.i32});
    case 'u':
        return Property(std::uint64_t{value.u32});
    case 'x':
        return Property(value.i64);
    case 't':
        return Property(value.u64);
    case 'd':
        return Property(static_cast<std::int64_t>(value.real));
    default:
        return Property(std::string(value.text));
    }
}

// A variant: its basic value, or the path of a structure (so); nullopt: something else, skipped. False: broken message.
bool read_variant(sd_bus_message* message, std::optional<Property>& property)
{
    char const* contents = nullptr;
    if (sd_bus_message_peek_type(message, nullptr, &contents) <= 0 || contents == nullptr) return false;
    bool const structure = std::strcmp(contents, "(so)") == 0;
    bool const basic = std::strlen(contents) == 1 && std::strchr("bynqiuxtdsog", *contents) != nullptr;
    if (!structure && !basic) return sd_bus_message_skip(message, "v") >= 0;
    if (sd_bus_message_enter_container(message, 'v', contents) <= 0) return false;
    if (structure) {
        char const* name = nullptr;
        char const* path = nullptr;
        if (sd_bus_message_read(message, "(so)", &name, &path) <= 0) return false;
        property = Property(std::string(path));
    } else {
        property = read_basic(message, *contents);
    }
    return sd_bus_message_exit_container(message) >= 0;
}

std::optional<Properties> read_properties(sd_bus_message* message)
{
    Properties properties;
    if (sd_bus_message_enter_container(message, 'a', "{sv}") <= 0) return std::nullopt;
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        char const* name = nullptr;
        std::optional<Property> property;
        if (sd_bus_message_read(message, "s", &name) <= 0 || !read_variant(message, property) ||
            sd_bus_message_exit_container(message) < 0) {
            return std::nullopt;
        }
        if (property && properties.size() < kMaxProperties) properties.insert_or_assign(name, std::move(*property));
    }
    return properties;
}

// The file whose coming means that there may be a bus; empty when the address is of another kind.
std::string path_of_bus()
{
    constexpr std::string_view kUnixPath = "unix:path=";
    char const* const set = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    std::string_view const address = set == nullptr ? "unix:path=/run/dbus/system_bus_socket" : set;
    if (!address.starts_with(kUnixPath)) return {};
    std::string_view const path = address.substr(kUnixPath.size());
    std::string_view const first = path.substr(0, path.find_first_of(",;"));
    return first.find('%') == std::string_view::npos ? std::string(first) : std::string();
}

} // namespace

std::string text_of(Properties const& properties, std::string_view name)
{
    auto const found = properties.find(name);
    auto const* text = found == properties.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text == nullptr ? std::string() : *text;
}

std::uint64_t number_of(Properties const& properties, std::string_view name, std::uint64_t otherwise)
{
    auto const found = properties.find(name);
    if (found == properties.end()) return otherwise;
    if (auto const* number = std::get_if<std::uint64_t>(&found->second)) return *number;
    if (auto const* number = std::get_if<std::int64_t>(&found->second)) return static_cast<std::uint64_t>(*number);
    return otherwise;
}

bool flag_of(Properties const& properties, std::string_view name, bool otherwise)
{
    auto const found = properties.find(name);
    auto const* flag = found == properties.end() ? nullptr : std::get_if<bool>(&found->second);
    return flag == nullptr ? otherwise : *flag;
}

struct SystemBus::Connection : std::enable_shared_from_this<Connection> {
    explicit Connection(ipc::EventLoop& events) : loop(events) {}
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection() { close(); }

    void add(Watch::State& watch);
    void remove(Watch::State& watch);
    bool open();
    void close();
    void lost();
    void retry();
    void wait_for_bus();
    void bus_may_be_there();
    void bus_is_there();

    ipc::EventLoop& loop;
    sd_bus* bus = nullptr;
    Slot disconnected;
    std::vector<Watch::State*> watches;
    ipc::Source retrying;
    int retries = 0;
    FileWatch coming;  // while there is no bus
    bool gone = false; // the other side has closed; ours is let go at the next turn
    std::string problem;
};

struct SystemBus::Watch::State {
    std::shared_ptr<Connection> connection;
    ServiceObject object;
    std::function<void(Properties const*)> told; // of a watch of properties
    std::string member;                          // of a watch of a signal
    std::function<void()> arrived;
    std::vector<Slot> matches;
    Slot asking;
    bool ask_again = false;
    ipc::Source absent_soon;

    State() = default;
    State(State const&) = delete;
    State& operator=(State const&) = delete;
    ~State()
    {
        if (connection) connection->remove(*this);
    }

    void end()
    {
        matches.clear();
        asking.reset();
        ask_again = false;
    }

    void begin();
    void match(std::string const& rule, int (*callback)(sd_bus_message*, void*, sd_bus_error*));
    void ask();
    void tell(Properties const* properties) const
    {
        auto const call = told; // which may end this watch
        if (call) call(properties);
    }
    void tell_absent_soon()
    {
        if (auto soon = connection->loop.soon([this] { tell(nullptr); })) absent_soon = std::move(*soon);
    }
};

void SystemBus::Watch::State::match(std::string const& rule, int (*callback)(sd_bus_message*, void*, sd_bus_error*))
{
    sd_bus_slot* slot = nullptr;
    // The answer to AddMatch is not waited for; a bus that refuses would tell nothing, and says so to its own log.
    auto const installed = [](sd_bus_message*, void*, sd_bus_error*) { return 0; };
    if (sd_bus_add_match_async(connection->bus, &slot, rule.c_str(), callback, installed, this) >= 0) {
        matches.emplace_back(slot);
    }
}

void SystemBus::Watch::State::begin()
{
    if (arrived) {
        match(fmt::format("type='signal',sender='{}',path='{}',interface='{}',member='{}'", object.service, object.path,
                          object.interface, member),
              [](sd_bus_message*, void* data, sd_bus_error*) {
                  auto const call = static_cast<State*>(data)->arrived;
                  call();
                  return 0;
              });
        return;
    }
    match(fmt::format("type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                      "member='NameOwnerChanged',arg0='{}'",
                      object.service),
          [](sd_bus_message*, void* data, sd_bus_error*) {
              static_cast<State*>(data)->ask();
              return 0;
          });
    match(fmt::format("type='signal',sender='{}',path='{}',interface='{}',member='PropertiesChanged',arg0='{}'",
                      object.service, object.path, kPropertiesInterface, object.interface),
          [](sd_bus_message*, void* data, sd_bus_error*) {
              static_cast<State*>(data)->ask();
              return 0;
          });
    ask();
}

// All of them, whatever changed: what a signal carries is not always all that changed.
void SystemBus::Watch::State::ask()
{
    if (asking) {
        ask_again = true;
        return;
    }
    sd_bus_message* raw = nullptr;
    int result = sd_bus_message_new_method_call(connection->bus, &raw, object.service.c_str(), object.path.c_str(),
                                                kPropertiesInterface, "GetAll");
    ipc::Message const call(raw);
    if (result >= 0) result = sd_bus_message_append(raw, "s", object.interface.c_str());
    if (result >= 0) result = sd_bus_message_set_auto_start(raw, 0);
    auto const answered = [](sd_bus_message* answer, void* data, sd_bus_error*) {
        auto& watch = *static_cast<State*>(data);
        watch.asking.reset();
        if (std::exchange(watch.ask_again, false)) {
            watch.ask();
            return 0;
        }
        auto const properties =
            sd_bus_message_is_method_error(answer, nullptr) > 0 ? std::nullopt : read_properties(answer);
        watch.tell(properties ? &*properties : nullptr);
        return 0;
    };
    sd_bus_slot* slot = nullptr;
    if (result >= 0) {
        result = sd_bus_call_async(connection->bus, &slot, raw, answered, this,
                                   static_cast<std::uint64_t>(kAnswerTimeout.count()));
    }
    if (result < 0) {
        tell_absent_soon();
        return;
    }
    asking.reset(slot);
}

bool SystemBus::Connection::open()
{
    if (gone) close();
    if (bus != nullptr) return true;
    int result = sd_bus_open_system(&bus);
    if (result >= 0) result = sd_bus_attach_event(bus, loop.get(), 0);
    sd_bus_slot* slot = nullptr;
    auto const closed = [](sd_bus_message*, void* data, sd_bus_error*) {
        static_cast<Connection*>(data)->lost();
        return 0;
    };
    if (result >= 0) {
        result = sd_bus_match_signal_async(bus, &slot, nullptr, "/org/freedesktop/DBus/Local",
                                           "org.freedesktop.DBus.Local", "Disconnected", closed, nullptr, this);
    }
    disconnected.reset(slot);
    if (result < 0) {
        problem = fmt::format("no system bus: {}", std::strerror(-result));
        close();
        return false;
    }
    problem.clear();
    return true;
}

void SystemBus::Connection::close()
{
    for (auto* watch : watches)
        watch->end();
    disconnected.reset();
    gone = false;
    if (bus == nullptr) return;
    sd_bus_detach_event(bus);
    bus = sd_bus_close_unref(bus);
}

void SystemBus::Connection::lost()
{
    problem = "the system bus closed the connection";
    gone = true;
    // sd-bus still runs the callback that told us; the connection is let go at the next turn.
    retrying = loop.soon([this] {
                       close();
                       for (auto* watch : watches)
                           watch->tell_absent_soon();
                       retries = 0;
                       retry();
                   })
                   .value_or(ipc::Source());
}

// A bus that comes back is there before it listens, perhaps: after the name has come it is tried a few times. When it
// does not come, nothing is done until its name changes.
void SystemBus::Connection::retry()
{
    if (watches.empty()) return;
    if (retries >= kMaxRetries) return wait_for_bus();
    auto const delay = kFirstRetry * (1 << retries++);
    retrying = loop.at(loop.boot_time() + delay, 100ms, [this] { bus_may_be_there(); }).value_or(ipc::Source());
}

void SystemBus::Connection::bus_may_be_there()
{
    if (bus != nullptr || watches.empty()) return;
    if (!open()) return retry();
    bus_is_there();
}

void SystemBus::Connection::bus_is_there()
{
    coming = FileWatch();
    for (auto* watch : watches)
        watch->begin();
}

void SystemBus::Connection::wait_for_bus()
{
    if (coming || watches.empty()) return;
    coming = FileWatch::of(loop, path_of_bus(), [this] {
        // From the loop: this callback belongs to what is ended then.
        retries = 0;
        retrying = loop.soon([this] { bus_may_be_there(); }).value_or(ipc::Source());
    });
    // It may have come before it was waited for.
    retrying = loop.soon([this] {
                       if (!watches.empty() && bus == nullptr && open()) bus_is_there();
                   })
                   .value_or(ipc::Source());
}

void SystemBus::Connection::add(Watch::State& watch)
{
    watches.push_back(&watch);
    if (open()) {
        coming = FileWatch();
        watch.begin();
    } else {
        watch.tell_absent_soon();
        wait_for_bus();
    }
}

void SystemBus::Connection::remove(Watch::State& watch)
{
    std::erase(watches, &watch);
    watch.end();
    if (!watches.empty()) return;
    coming = FileWatch();
    if (bus == nullptr) return;
    // Perhaps from inside one of its callbacks.
    retrying = loop.soon([this] {
                       if (watches.empty()) close();
                   })
                   .value_or(ipc::Source());
}

SystemBus::Watch::Watch() = default;
SystemBus::Watch::Watch(std::unique_ptr<State> state) : m_state(std::move(state)) {}
SystemBus::Watch::Watch(Watch&&) noexcept = default;
SystemBus::Watch& SystemBus::Watch::operator=(Watch&&) noexcept = default;
SystemBus::Watch::~Watch() = default;

SystemBus::SystemBus(ipc::EventLoop& loop) : m_connection(std::make_shared<Connection>(loop)) {}
SystemBus::~SystemBus() = default;

SystemBus::Watch SystemBus::watch(ServiceObject object, std::function<void(Properties const*)> told)
{
    auto state = std::make_unique<Watch::State>();
    state->connection = m_connection;
    state->object = std::move(object);
    state->told = std::move(told);
    m_connection->add(*state);
    return Watch(std::move(state));
}

SystemBus::Watch SystemBus::on_signal(ServiceObject object, std::string member, std::function<void()> arrived)
{
    auto state = std::make_unique<Watch::State>();
    state->connection = m_connection;
    state->object = std::move(object);
    state->member = std::move(member);
    state->arrived = std::move(arrived);
    m_connection->add(*state);
    return Watch(std::move(state));
}

std::string SystemBus::problem() const
{
    return m_connection->problem;
}

} // namespace latchkey::sources
