// SPDX-License-Identifier: MIT
#include "sources/zone_file.h"

#include <algorithm>

#include <fmt/format.h>

namespace latchkey::sources {

using namespace std::chrono;
using core::WallTime;

namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::int32_t kMaxOffset = 26 * 3600;                   // RFC 8536 wants -25 h to +26 h
constexpr std::int64_t kFarthest = std::int64_t{1} << 42;        // seconds; beyond this, WallTime would overflow
constexpr std::uint32_t kMaxTransitions = 8192, kMaxTypes = 256; // the counts come from the file

// Big-endian numbers out of bytes that may end anywhere.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : m_rest(bytes) {}
    bool skip(std::uint64_t count)
    {
        if (count > m_rest.size()) return false;
        m_rest.remove_prefix(count);
        return true;
    }
    template <class Number>
    bool read(Number& number)
    {
        if (m_rest.size() < sizeof(Number)) return false;
        std::uint64_t value = 0;
        for (std::size_t at = 0; at < sizeof(Number); ++at) {
            value = value << 8 | static_cast<unsigned char>(m_rest[at]);
        }
        number = static_cast<Number>(value);
        m_rest.remove_prefix(sizeof(Number));
        return true;
    }
    std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

struct Counts {
    std::uint32_t ut_indicators, wall_indicators, leap_seconds, transitions, types, characters;
};

bool read_header(Bytes& bytes, char& version, Counts& counts)
{
    auto const header = bytes.rest();
    if (header.size() < kHeaderBytes || header.substr(0, 4) != "TZif") return false;
    version = header[4];
    return bytes.skip(20) && bytes.read(counts.ut_indicators) && bytes.read(counts.wall_indicators) &&
           bytes.read(counts.leap_seconds) && bytes.read(counts.transitions) && bytes.read(counts.types) &&
           bytes.read(counts.characters);
}

std::uint64_t body_bytes(Counts const& counts, std::uint64_t time_bytes)
{
    return std::uint64_t{counts.transitions} * (time_bytes + 1) + std::uint64_t{counts.types} * 6 + counts.characters +
           std::uint64_t{counts.leap_seconds} * (time_bytes + 4) + counts.wall_indicators + counts.ut_indicators;
}

auto cut_short()
{
    return tl::unexpected(std::string("the time zone file ends in the middle"));
}

} // namespace

tl::expected<ZoneFile, std::string> ZoneFile::parse(std::string_view text)
{
    Bytes bytes(text);
    char version = 0;
    Counts counts{};
    if (!read_header(bytes, version, counts)) return tl::unexpected(std::string("it is not a time zone file (TZif)"));
    bool const wide = version >= '2';
    if (wide) { // the same again with 64-bit times
        if (!bytes.skip(body_bytes(counts, 4)) || !read_header(bytes, version, counts)) return cut_short();
    }
    if (counts.transitions > kMaxTransitions || counts.types > kMaxTypes || counts.types == 0) {
        return tl::unexpected(fmt::format("it lists {} changes of {} kinds; at most {} of 1 to {} are read",
                                          counts.transitions, counts.types, kMaxTransitions, kMaxTypes));
    }
    ZoneFile zone;
    zone.m_transitions.resize(counts.transitions);
    for (auto& transition : zone.m_transitions) {
        std::int32_t narrow = 0;
        if (!(wide ? bytes.read(transition.at) : bytes.read(narrow))) return cut_short();
        if (!wide) transition.at = narrow;
        transition.at = std::clamp(transition.at, -kFarthest, kFarthest);
    }
    std::vector<std::uint8_t> kinds(counts.transitions);
    for (auto& kind : kinds) {
        if (!bytes.read(kind)) return cut_short();
        if (kind >= counts.types)
            return tl::unexpected(fmt::format("a change names kind {} of {}", kind, counts.types));
    }
    std::vector<std::int32_t> offsets(counts.types);
    for (auto& offset : offsets) {
        if (!bytes.read(offset) || !bytes.skip(2)) return cut_short();
        if (offset < -kMaxOffset || offset > kMaxOffset) {
            return tl::unexpected(fmt::format("an offset of {} s is no time zone's", offset));
        }
    }
    zone.m_first = offsets[0];
    for (std::size_t at = 0; at < kinds.size(); ++at) {
        zone.m_transitions[at].offset = offsets[kinds[at]];
    }
    if (!std::is_sorted(zone.m_transitions.begin(), zone.m_transitions.end(),
                        [](auto const& a, auto const& b) { return a.at < b.at; })) {
        return tl::unexpected(std::string("its changes are not in order"));
    }
    Counts const behind{counts.ut_indicators, counts.wall_indicators, counts.leap_seconds, 0, 0, counts.characters};
    if (!bytes.skip(body_bytes(behind, wide ? 8 : 4))) return cut_short();
    auto footer = bytes.rest();
    if (wide && footer.size() >= 2 && footer.front() == '\n') {
        footer = footer.substr(1, footer.find('\n', 1) - 1);
        zone.m_rule = ZoneRule::parse(footer); // one that we cannot read leaves the last listed offset in force
    }
    return zone;
}

seconds ZoneFile::offset_at(WallTime time) const
{
    auto const at = floor<seconds>(time).time_since_epoch().count();
    auto const later = std::upper_bound(m_transitions.begin(), m_transitions.end(), at,
                                        [](std::int64_t when, Transition const& one) { return when < one.at; });
    if (later == m_transitions.end() && m_rule) return m_rule->offset_at(time);
    return seconds(later == m_transitions.begin() ? m_first : std::prev(later)->offset);
}

std::optional<WallTime> ZoneFile::next_change_after(WallTime time) const
{
    auto const now = offset_at(time);
    for (auto const& transition : m_transitions) {
        auto const at = WallTime(seconds(transition.at));
        if (at > time && offset_at(at) != now) return at;
    }
    if (!m_rule) return std::nullopt;
    auto const listed = m_transitions.empty() ? time : std::max(time, WallTime(seconds(m_transitions.back().at)));
    return m_rule->next_change_after(listed);
}

} // namespace latchkey::sources
