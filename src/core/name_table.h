// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace latchkey::core {

// Texts kept once each and named by a small number: a hundred thousand registrations hold numbers instead of strings.
// Every acquire() must be matched by a release(); a text that nobody holds gives its space back for others of about its
// length. The views are valid while the text is held. The empty text is always number 0 and costs nothing.
class NameTable {
public:
    using Number = std::uint32_t;

    NameTable();
    ~NameTable();
    NameTable(NameTable&& other) noexcept : NameTable() { swap(other); }
    NameTable& operator=(NameTable&& other) noexcept
    {
        swap(other);
        return *this;
    }

    [[nodiscard]] Number acquire(std::string_view text);
    void release(Number number);
    std::string_view view(Number number) const;

    std::size_t size() const { return m_used; } // texts held, without the empty one
    void reserve(std::size_t texts, std::size_t bytes);
    void swap(NameTable& other) noexcept;

private:
    struct Entry {
        char* text = nullptr;
        std::uint32_t length = 0;
        std::uint32_t holders = 0;
    };
    static constexpr std::size_t kStep = 8;      // a text takes a multiple of this many bytes
    static constexpr std::size_t kLargest = 256; // longer ones are allocated on their own
    static constexpr std::size_t kBlock = 64 * 1024;

    static std::size_t room(std::size_t length) { return (length + kStep - 1) / kStep * kStep; }
    char* allocate(std::size_t length);
    void free(char* text, std::size_t length);
    static std::uint8_t mark_of(std::size_t hash) { return static_cast<std::uint8_t>(hash >> 56); }
    std::size_t slot_of(std::string_view text, std::size_t hash) const;
    void grow(std::size_t slots);

    std::vector<Entry> m_entries;
    std::vector<Number> m_free_numbers;
    std::vector<Number> m_slots;       // open addressing; 0: never used
    std::vector<std::uint8_t> m_marks; // of the slots: most other texts are told apart without a look at them
    std::size_t m_used = 0;
    std::vector<std::unique_ptr<char[]>> m_blocks;
    std::size_t m_block_left = 0;
    char* m_block_next = nullptr;
    std::array<std::vector<char*>, kLargest / kStep + 1> m_free_texts;
};

} // namespace latchkey::core
