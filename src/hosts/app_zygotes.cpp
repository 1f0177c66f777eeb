// SPDX-License-Identifier: MIT
#include "hosts/app_zygotes.h"

#include <algorithm>

#include <sys/stat.h>

namespace latchkey::hosts {

namespace {

// What the place is now: a container keeps what was there when it was entered.
void append_state(std::string& key, char const* path, bool follow)
{
    struct stat status {};
    if ((follow ? ::stat(path, &status) : ::lstat(path, &status)) != 0) status = {};
    auto const add = [&](auto value) { key.append(reinterpret_cast<char const*>(&value), sizeof value); };
    add(status.st_dev);
    add(status.st_ino);
    // A folder changes with what is in it, which is seen inside too.
    bool const changes = !S_ISDIR(status.st_mode);
    add(changes ? status.st_mtim.tv_sec : 0);
    add(changes ? status.st_mtim.tv_nsec : 0);
}

std::string key_of(container::Plan const& plan, std::string const& bytes)
{
    std::string key = bytes;
    append_state(key, plan.package.c_str(), true);
    append_state(key, plan.data.c_str(), true);
    append_state(key, "/etc/localtime", false);
    if (plan.network != container::Network::None) {
        append_state(key, "/etc/resolv.conf", true);
        append_state(key, "/etc/hosts", true);
    }
    return key;
}

} // namespace

AppZygotes::AppZygotes(ipc::EventLoop& loop, std::string program, Zygote::Family family)
    : m_loop(loop), m_first(loop, std::move(program), std::move(family))
{}

AppZygotes::Place AppZygotes::find(std::string_view app)
{
    return std::ranges::find(m_apps, app, &App::name);
}

ipc::Io<void> AppZygotes::request(std::string const& app, container::Plan const& plan,
                                  HostDescriptors const& descriptors, Zygote::Made made)
{
    std::string const bytes = container::to_bytes(plan);
    std::string key = key_of(plan, bytes);
    Place place = find(app);
    // One that still has to answer is kept, whatever has changed: hosts are waiting for it.
    if (place != m_apps.end() && place->key != key && !place->zygote->is_asked()) place = m_apps.erase(place);
    place = find(app);
    if (place == m_apps.end()) {
        m_apps.push_front({app, std::move(key), {}, std::make_unique<Zygote>(m_first, bytes)});
        auto const last = std::prev(m_apps.end());
        if (m_apps.size() > kMaxAppZygotes && !last->zygote->is_asked()) m_apps.erase(last);
    } else {
        m_apps.splice(m_apps.begin(), m_apps, place);
    }
    App& used = m_apps.front();
    used.used = m_loop.boot_time();
    if (!m_resting) {
        auto timer = m_loop.at(used.used + kAppZygoteRests, std::chrono::seconds(30), [this] { rest(); });
        if (timer) m_resting = std::move(*timer);
    }
    return used.zygote->request(descriptors, std::move(made));
}

void AppZygotes::rest()
{
    auto const now = m_loop.boot_time();
    std::erase_if(m_apps, [&](App const& app) { return app.used + kAppZygoteRests <= now && !app.zygote->is_asked(); });
    m_resting = {};
    if (m_apps.empty()) return;
    auto timer = m_loop.at(m_apps.back().used + kAppZygoteRests, std::chrono::seconds(30), [this] { rest(); });
    if (timer) m_resting = std::move(*timer);
}

void AppZygotes::drop(std::string_view app)
{
    if (Place const place = find(app); place != m_apps.end()) m_apps.erase(place);
}

bool AppZygotes::owns(pid_t pid) const
{
    return m_first.owns(pid) || std::ranges::any_of(m_apps, [&](App const& app) { return app.zygote->owns(pid); });
}

bool AppZygotes::is_asked() const
{
    return m_first.is_asked() || std::ranges::any_of(m_apps, [](App const& app) { return app.zygote->is_asked(); });
}

std::string_view AppZygotes::app_of(pid_t first) const
{
    for (App const& app : m_apps) {
        if (app.zygote->own_pids() && app.zygote->own_pids()->first() == first) return app.name;
    }
    return {};
}

} // namespace latchkey::hosts
