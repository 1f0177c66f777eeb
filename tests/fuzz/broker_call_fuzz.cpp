// SPDX-License-Identifier: MIT
// Any bytes on the broker's socket, and calls of its methods with arguments of the right types and any values: the
// broker answers or disconnects, and serves the next one.
#include "broker/authorisation.h"
#include "broker/daemon.h"
#include "broker/random_guid.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>

#include <fuzzer/FuzzedDataProvider.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

using namespace latchkey;
using namespace latchkey::broker;

namespace {

constexpr int kMaxTurns = 200; // of the loop for one input
constexpr int kMaxDepth = 3;

std::string make_root()
{
    std::string pattern = std::filesystem::temp_directory_path() / "latchkey-fuzz-XXXXXX";
    return ::mkdtemp(pattern.data());
}

// One broker for all inputs, with nothing installed and no program that it could start.
struct World {
    World()
    {
        ::setenv("LATCHKEY_ROOT", root.c_str(), 1);
        ::unsetenv("DBUS_SESSION_BUS_ADDRESS");
        std::filesystem::create_directories(root + "/state");
        auto place = ipc::broker_place().value();
        path = place.socket;
        auto listener = ipc::Listener::open(path).value();
        Beginning beginning{.place = place,
                            .store =
                                store::Store::open(root + "/state/broker.db", {.new_installation = {1, 2}}, {}).value(),
                            .policy = core::policy_of(core::Profile::DeveloperPreview),
                            .packages = packages::InstalledPackages::open(root + "/state").value(),
                            .programs = {},
                            .packager = {},
                            .notices = {}};
        daemon.emplace(loop, std::move(beginning));
        if (!daemon->begin(std::move(listener))) std::abort();
        run();
    }
    ~World() { std::filesystem::remove_all(root); }

    void run()
    {
        for (int i = 0; i < kMaxTurns && loop.turn(std::chrono::microseconds(0)).value_or(false); ++i) {
        }
    }

    ipc::Fd connect() const
    {
        ipc::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
        return socket;
    }

    std::string root = make_root();
    std::string path;
    ipc::EventLoop loop = ipc::EventLoop::create().value();
    std::optional<Daemon> daemon;
};

ipc::Value any_value(FuzzedDataProvider& data, int depth);

ipc::Dictionary any_dictionary(FuzzedDataProvider& data, int depth)
{
    static constexpr std::array kKeys{"name", "entry-point", "trigger", "conditions", "package", "group",   "one-shot",
                                      "task", "limit",       "now",     "in-place",   "data",    "since_us"};
    ipc::Dictionary made;
    for (int i = data.ConsumeIntegralInRange(0, 6); i > 0; --i) {
        std::string const key = data.ConsumeBool()
                                    ? kKeys[data.ConsumeIntegralInRange<std::size_t>(0, kKeys.size() - 1)]
                                    : data.ConsumeRandomLengthString(40);
        made.set(key, any_value(data, depth + 1));
    }
    return made;
}

ipc::Value any_value(FuzzedDataProvider& data, int depth)
{
    switch (data.ConsumeIntegralInRange(0, depth < kMaxDepth ? 7 : 5)) {
    case 0:
        return data.ConsumeBool();
    case 1:
        return data.ConsumeIntegral<std::int32_t>();
    case 2:
        return data.ConsumeIntegral<std::uint64_t>();
    case 3:
        return std::vector<std::string>{data.ConsumeRandomLengthString(20), "UserPresent"};
    case 4:
        return data.ConsumeBytes<std::uint8_t>(data.ConsumeIntegralInRange<std::size_t>(0, 30));
    case 5:
        return data.ConsumeRandomLengthString(60);
    case 6:
        return any_dictionary(data, depth + 1);
    default:
        return std::vector<ipc::Value>{any_value(data, depth + 1)};
    }
}

void write_arguments(ipc::Message& message, char const* signature, FuzzedDataProvider& data)
{
    for (std::string_view left = signature; !left.empty();) {
        auto const take = [&](std::string_view type) {
            bool const is = left.starts_with(type);
            if (is) left.remove_prefix(type.size());
            return is;
        };
        if (take("a{sv}")) {
            message.write(any_dictionary(data, 0));
        } else if (take("as")) {
            message.write(std::vector<std::string>{data.ConsumeRandomLengthString(30)});
        } else if (take("ah")) {
            message.write_descriptors({});
        } else if (take("s")) {
            message.write(data.ConsumeRandomLengthString(100));
        } else if (take("b")) {
            message.write(data.ConsumeBool());
        } else if (take("i")) {
            message.write(data.ConsumeIntegral<std::int32_t>());
        } else if (take("u")) {
            message.write(data.ConsumeIntegral<std::uint32_t>());
        } else if (take("v")) {
            message.write_variant(any_value(data, 0));
        } else {
            std::abort(); // a method with an argument that is not fuzzed
        }
    }
}

// Several calls of known methods over one connection.
void call_methods(World& world, FuzzedDataProvider& data)
{
    auto bus = ipc::Bus::client(world.connect());
    if (!bus) return;
    static std::array const groups{registration_methods(), access_methods(), package_methods(), answer_methods(),
                                   settings_methods()};
    for (int i = data.ConsumeIntegralInRange(1, 4); i > 0; --i) {
        auto const group = groups[data.ConsumeIntegralInRange<std::size_t>(0, groups.size() - 1)];
        Method const& method = group[data.ConsumeIntegralInRange<std::size_t>(0, group.size() - 1)];
        ipc::Message message = bus->method_call("", kPath, kName, method.name);
        write_arguments(message, method.in, data);
        if (!message.failed()) (void)bus->send(message);
    }
    for (int i = 0; i < 20; ++i) {
        world.run();
        if (!bus->process(std::chrono::microseconds(0)).value_or(false)) break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size)
{
    static World world;
    if (size == 0) return 0;
    FuzzedDataProvider data(bytes + 1, size - 1);
    if (bytes[0] % 2 == 0) {
        call_methods(world, data);
        world.run();
        return 0;
    }
    ipc::Fd const socket = world.connect();
    std::string text("\0", 1);
    text += "AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
    if (bytes[0] % 4 == 1) text.clear();
    text += data.ConsumeRemainingBytesAsString();
    (void)!::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    ::shutdown(socket.get(), SHUT_WR);
    world.run();
    return 0;
}
