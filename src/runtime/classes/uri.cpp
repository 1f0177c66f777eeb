// SPDX-License-Identifier: MIT
#include "runtime/classes/factories.h"
#include "runtime/classes/uri_text.h"

#include <algorithm>

#include <Foundation/Uri.g.h>
#include <Foundation/WwwFormUrlDecoder.g.h>
#include <Foundation/WwwFormUrlDecoderEntry.g.h>
#include <winrt/Windows.Foundation.Collections.h>

namespace winrt::Windows::Foundation::implementation {

using namespace latchkey::runtime;

struct WwwFormUrlDecoderEntry : WwwFormUrlDecoderEntryT<WwwFormUrlDecoderEntry> {
    WwwFormUrlDecoderEntry(hstring const& name, hstring const& value) : m_name(name), m_value(value) {}
    hstring Name() const { return m_name; }
    hstring Value() const { return m_value; }

private:
    hstring m_name;
    hstring m_value;
};

struct WwwFormUrlDecoder : WwwFormUrlDecoderT<WwwFormUrlDecoder> {
    explicit WwwFormUrlDecoder(hstring const& query)
    {
        std::vector<IWwwFormUrlDecoderEntry> entries;
        std::string const text = to_string(query);
        std::string_view rest = text;
        if (rest.starts_with('?')) rest.remove_prefix(1);
        while (!rest.empty()) {
            std::string_view const pair = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            if (pair.empty()) continue;
            std::string_view const name = pair.substr(0, pair.find('='));
            std::string_view const value = pair.substr(std::min(pair.size(), name.size() + 1));
            entries.push_back(make<WwwFormUrlDecoderEntry>(to_hstring(unescape_component(name, true)),
                                                           to_hstring(unescape_component(value, true))));
        }
        m_entries = single_threaded_vector(std::move(entries)).GetView();
    }

    hstring GetFirstValueByName(hstring const& name) const
    {
        for (auto const& entry : m_entries) {
            if (entry.Name() == name) return entry.Value();
        }
        throw hresult_invalid_argument(L"the query has no \"" + name + L"\"");
    }
    IWwwFormUrlDecoderEntry GetAt(uint32_t index) const { return m_entries.GetAt(index); }
    uint32_t Size() const { return m_entries.Size(); }
    bool IndexOf(IWwwFormUrlDecoderEntry const& value, uint32_t& index) const
    {
        return m_entries.IndexOf(value, index);
    }
    uint32_t GetMany(uint32_t start, array_view<IWwwFormUrlDecoderEntry> items) const
    {
        return m_entries.GetMany(start, items);
    }
    Collections::IIterator<IWwwFormUrlDecoderEntry> First() const { return m_entries.First(); }

private:
    Collections::IVectorView<IWwwFormUrlDecoderEntry> m_entries;
};

struct Uri : UriT<Uri> {
    explicit Uri(hstring const& text) : m_raw(text), m_parts(parsed(text)) { finish(); }
    Uri(hstring const& base, hstring const& relative)
        : m_raw(relative), m_parts(resolve_uri(parsed(base), parsed(relative)))
    {
        finish();
    }

    hstring AbsoluteUri() const { return to_hstring(m_parts.str()); }
    hstring AbsoluteCanonicalUri() const { return AbsoluteUri(); }
    hstring DisplayUri() const { return to_hstring(m_parts.str(false)); }
    hstring DisplayIri() const { return to_hstring(unescape_component(m_parts.str(false))); }
    hstring RawUri() const { return m_raw; }
    hstring ToString() const { return DisplayUri(); }
    hstring SchemeName() const { return to_hstring(m_parts.scheme); }
    hstring UserName() const { return to_hstring(m_parts.user); }
    hstring Password() const { return to_hstring(m_parts.password); }
    hstring Host() const { return to_hstring(m_parts.host); }
    hstring Path() const { return to_hstring(m_parts.path); }
    hstring Query() const { return to_hstring(m_parts.query); }
    hstring Fragment() const { return to_hstring(m_parts.fragment); }
    bool Suspicious() const { return m_parts.suspicious; }
    int32_t Port() const { return m_parts.port.empty() ? default_port(m_parts.scheme) : std::stoi(m_parts.port); }

    // The last two labels of the host. Windows knows which suffixes are public; here there is no such list.
    hstring Domain() const
    {
        std::string const& host = m_parts.host;
        size_t const last = host.rfind('.');
        if (last == std::string::npos || last + 1 == host.size() ||
            !std::isalpha(static_cast<unsigned char>(host.back())))
            return {};
        size_t const before = last == 0 ? std::string::npos : host.rfind('.', last - 1);
        return to_hstring(before == std::string::npos ? host : host.substr(before + 1));
    }

    hstring Extension() const
    {
        std::string_view const name = std::string_view{m_parts.path}.substr(m_parts.path.rfind('/') + 1);
        size_t const dot = name.rfind('.');
        return dot == std::string_view::npos ? hstring{} : to_hstring(name.substr(dot));
    }

    Foundation::WwwFormUrlDecoder QueryParsed() const { return make<WwwFormUrlDecoder>(Query()); }
    bool Equals(Foundation::Uri const& other) const { return other && other.AbsoluteUri() == AbsoluteUri(); }
    Foundation::Uri CombineUri(hstring const& relative) const { return make<Uri>(AbsoluteUri(), relative); }

    static hstring EscapeComponent(hstring const& text) { return to_hstring(escape_component(to_string(text))); }
    static hstring UnescapeComponent(hstring const& text) { return to_hstring(unescape_component(to_string(text))); }

private:
    static constexpr uint32_t kMaxLength = 65'536;

    static UriText parsed(hstring const& text)
    {
        if (text.size() > kMaxLength) throw hresult_invalid_argument(L"a URI has at most 65,536 characters");
        if (auto uri = parse_uri(to_string(text))) return *std::move(uri);
        throw hresult_invalid_argument(L"\"" + text + L"\" is not a URI");
    }

    void finish()
    {
        if (m_parts.scheme.empty())
            throw hresult_invalid_argument(L"\"" + m_raw + L"\" is not an absolute URI: it has no scheme");
        canonicalize(m_parts);
    }

    hstring m_raw;
    UriText m_parts;
};

} // namespace winrt::Windows::Foundation::implementation

namespace winrt::Windows::Foundation::factory_implementation {

struct Uri : UriT<Uri, implementation::Uri> {};
struct WwwFormUrlDecoder : WwwFormUrlDecoderT<WwwFormUrlDecoder, implementation::WwwFormUrlDecoder> {};

} // namespace winrt::Windows::Foundation::factory_implementation

LATCHKEY_FACTORY(uri_factory, winrt::Windows::Foundation::factory_implementation::Uri)
LATCHKEY_FACTORY(www_form_url_decoder_factory, winrt::Windows::Foundation::factory_implementation::WwwFormUrlDecoder)
