// SPDX-License-Identifier: MIT
#include "broker/access_questions.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <systemd/sd-bus.h>

namespace latchkey::broker {

namespace {

constexpr char kServer[] = "org.freedesktop.Notifications";
constexpr char kServerPath[] = "/org/freedesktop/Notifications";
constexpr std::string_view kAllow = "allow";
constexpr std::string_view kDeny = "deny";
constexpr std::size_t kMaxNameShown = 100; // bytes of an app's name: a notification is small
constexpr std::chrono::seconds kAccuracy{1};
constexpr std::uint8_t kUrgent = 2; // stays until it is answered

// The text of a notification may hold markup.
std::string escaped(std::string_view text)
{
    std::string plain;
    for (char const character : text) {
        switch (character) {
        case '<':
            plain += "&lt;";
            break;
        case '>':
            plain += "&gt;";
            break;
        case '&':
            plain += "&amp;";
            break;
        default:
            plain += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
        }
    }
    return plain;
}

// Cut between two characters.
std::string_view shortened(std::string_view text)
{
    if (text.size() <= kMaxNameShown) return text;
    std::size_t end = kMaxNameShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

std::string sender_of(ipc::Message const& message)
{
    char const* const sender = sd_bus_message_get_sender(message.get());
    return sender == nullptr ? std::string() : sender;
}

} // namespace

struct AccessQuestions::Link {
    ipc::Bus bus;
    std::string server; // its unique name: anybody on the bus could send us a click
};

AccessQuestions::AccessQuestions(ipc::EventLoop& loop) : m_loop(loop)
{
    m_disconnect = loop.soon([this] {
                           if (m_questions.empty() && m_unanswered == 0) m_link.reset();
                       })
                       .value();
    m_disconnect.disarm();
}

AccessQuestions::~AccessQuestions()
{
    for (auto& [family, question] : m_questions) {
        question.waiting.clear();
    }
    end_all(Decision::None);
    if (m_link) m_link->bus.flush();
}

bool AccessQuestions::connect()
{
    if (m_link) return true;
    auto bus = ipc::Bus::session();
    if (!bus || !bus->attach(m_loop)) return false;
    m_link = std::make_unique<Link>(Link{std::move(*bus), {}});
    ipc::Bus& link = m_link->bus;
    bool const listening =
        link.on_signal(kServer, "ActionInvoked", [this](ipc::Message& signal) { clicked(signal); }) &&
        link.on_signal(kServer, "NotificationClosed", [this](ipc::Message& signal) { closed(signal); }) &&
        link.on_signal("org.freedesktop.DBus", "NameOwnerChanged", [this](ipc::Message& signal) {
            std::string const name = signal.read_string();
            std::string const before = signal.read_string();
            // A server that ends takes its notifications with it.
            if (!signal.failed() && name == kServer && before == m_link->server) end_all(Decision::None);
        });
    link.on_closed([this] {
        m_unanswered = 0;
        end_all(Decision::None);
        disconnect_soon();
    });
    if (!listening) m_link.reset();
    return listening;
}

void AccessQuestions::ask(std::string const& family, std::string_view app_name, Decided decided)
{
    if (auto const open = m_questions.find(family); open != m_questions.end()) {
        if (open->second.waiting.size() >= kMaxWaitingForOne) return decided(Decision::None);
        open->second.waiting.push_back(std::move(decided));
        return;
    }
    if (!m_has_bus || !connect()) return decided(Decision::Nobody);
    if (m_questions.size() >= kMaxOpenQuestions || m_times_asked[family] >= kMaxTimesAsked) {
        disconnect_soon();
        return decided(Decision::None);
    }
    ++m_times_asked[family];
    Question& question = m_questions[family];
    question.number = ++m_last_number;
    question.waiting.push_back(std::move(decided));
    auto patience = m_loop.at(m_loop.boot_time() + kQuestionPatience, kAccuracy,
                              [this, family] { end(std::string(family), Decision::None); });
    if (patience) question.patience = std::move(*patience);
    show(family, app_name);
}

void AccessQuestions::show(std::string const& family, std::string_view app_name)
{
    std::string const name(shortened(app_name.empty() ? std::string_view(family) : app_name));
    ipc::Message notify = m_link->bus.method_call(kServer, kServerPath, kServer, "Notify");
    notify.write("Latchkey")
        .write(std::uint32_t{0})
        .write("")
        .write(fmt::format("Let {} run in the background?", name)) // a title has no markup
        .write(fmt::format("{} asks to run small tasks while it is not open, within a limit of processor time.\n"
                           "latchkey allow and latchkey deny change the answer later: {}",
                           escaped(name), escaped(family)))
        .write(std::vector<std::string>{std::string(kAllow), "Allow", std::string(kDeny), "Do not allow"})
        .write(ipc::Dictionary{{"urgency", kUrgent}})
        .write(std::int32_t{0}); // does not expire
    std::uint64_t const number = m_questions.at(family).number;
    auto const sent = m_link->bus.call_later(
        notify, [this, number](ipc::Answer<ipc::Message> answer) { shown(number, std::move(answer)); });
    if (!sent) return end(family, Decision::Nobody);
    ++m_unanswered;
}

void AccessQuestions::shown(std::uint64_t number, ipc::Answer<ipc::Message> answer)
{
    if (m_unanswered > 0) --m_unanswered;
    disconnect_soon();
    std::uint32_t const notification = answer ? answer->read_uint32() : 0;
    auto const open = std::find_if(m_questions.begin(), m_questions.end(),
                                   [&](auto const& entry) { return entry.second.number == number; });
    if (open == m_questions.end()) return close(notification); // withdrawn meanwhile
    if (notification == 0) {
        --m_times_asked[open->first];
        return end(std::string(open->first), Decision::Nobody);
    }
    m_link->server = sender_of(*answer);
    open->second.notification = notification;
}

std::string const* AccessQuestions::family_of(std::uint32_t notification) const
{
    auto const open = std::find_if(m_questions.begin(), m_questions.end(),
                                   [&](auto const& entry) { return entry.second.notification == notification; });
    return open == m_questions.end() || notification == 0 ? nullptr : &open->first;
}

void AccessQuestions::clicked(ipc::Message& signal)
{
    std::uint32_t const notification = signal.read_uint32();
    std::string const button = signal.read_string();
    if (signal.failed() || sender_of(signal) != m_link->server) return;
    std::string const* const family = family_of(notification);
    if (family == nullptr || (button != kAllow && button != kDeny)) return;
    end(std::string(*family), button == kAllow ? Decision::Allowed : Decision::Denied);
}

void AccessQuestions::closed(ipc::Message& signal)
{
    std::uint32_t const notification = signal.read_uint32();
    if (signal.failed() || sender_of(signal) != m_link->server) return;
    if (std::string const* const family = family_of(notification)) end(std::string(*family), Decision::None);
}

void AccessQuestions::withdraw(std::string_view family)
{
    if (m_questions.contains(family)) end(std::string(family), Decision::None);
}

void AccessQuestions::close(std::uint32_t notification)
{
    if (!m_link || notification == 0) return;
    ipc::Message message = m_link->bus.method_call(kServer, kServerPath, kServer, "CloseNotification");
    message.write(notification);
    (void)m_link->bus.send(message); // a server that is gone has none to close
}

void AccessQuestions::end(std::string const& family, Decision decision)
{
    auto const open = m_questions.find(family);
    if (open == m_questions.end()) return;
    Question const question = std::move(open->second);
    m_questions.erase(open);
    close(question.notification);
    disconnect_soon();
    for (Decided const& decided : question.waiting) {
        decided(decision);
    }
}

void AccessQuestions::end_all(Decision decision)
{
    while (!m_questions.empty()) {
        end(std::string(m_questions.begin()->first), decision);
    }
}

void AccessQuestions::disconnect_soon()
{
    if (m_questions.empty()) m_disconnect.again();
}

} // namespace latchkey::broker
