// SPDX-License-Identifier: MIT
// Fetches the feed whose address is in the settings ("feed") and keeps the titles of its newest items ("title 1" …).
// An unchanged feed is not sent again (ETag). What fails is thrown: the app gets it from the completion.
#include "pch.h"
#include "FetchTask.h"

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace winrt::Windows::ApplicationModel::Background;
using namespace winrt::Windows::Storage;

namespace
{
    constexpr size_t MaxFeedBytes = 1024 * 1024;
    constexpr size_t MaxTitles = 20;
    constexpr winrt::hresult CannotConnect{ static_cast<int32_t>(0x80072efd) };
    constexpr winrt::hresult NoAddress{ static_cast<int32_t>(0x80070057) };

    struct Transfer
    {
        IBackgroundTaskInstance instance;
        std::atomic<bool> const& cancelled;
        std::string body;
        std::string tag;
    };

    size_t TakeBody(char* data, size_t size, size_t count, void* given)
    {
        auto& transfer = *static_cast<Transfer*>(given);
        if (transfer.body.size() + size * count > MaxFeedBytes) return 0; // curl ends the transfer
        transfer.body.append(data, size * count);
        return size * count;
    }

    size_t TakeHeader(char* data, size_t size, size_t count, void* given)
    {
        std::string_view line{ data, size * count };
        constexpr std::string_view Name{ "etag:" };
        if (line.size() > Name.size() && curl_strnequal(line.data(), Name.data(), Name.size()))
        {
            line.remove_prefix(line.find_first_not_of(' ', Name.size()));
            static_cast<Transfer*>(given)->tag = line.substr(0, line.find_first_of("\r\n"));
        }
        return size * count;
    }

    // Called many times a second: progress costs a store to memory, so all of them may be told.
    int OnTransferred(void* given, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t)
    {
        auto const& transfer = *static_cast<Transfer*>(given);
        if (total > 0) transfer.instance.Progress(static_cast<uint32_t>(100 * now / total));
        return transfer.cancelled ? 1 : 0; // 1 ends the transfer
    }

    // The text of each <title> but the first, which is the feed's own.
    std::vector<std::string> Titles(std::string const& feed)
    {
        std::vector<std::string> titles;
        constexpr std::string_view Begin{ "<title>" }, End{ "</title>" };
        size_t at = feed.find(Begin);
        while (at != std::string::npos && titles.size() <= MaxTitles)
        {
            auto const from = at + Begin.size();
            auto const to = feed.find(End, from);
            if (to == std::string::npos) break;
            titles.push_back(feed.substr(from, to - from));
            at = feed.find(Begin, to);
        }
        if (!titles.empty()) titles.erase(titles.begin());
        return titles;
    }

    winrt::hstring Text(winrt::Windows::Foundation::Collections::IPropertySet const& values, winrt::hstring const& key)
    {
        return winrt::unbox_value_or<winrt::hstring>(values.TryLookup(key), L"");
    }
}

namespace winrt::Feed::implementation
{
    void FetchTask::Run(IBackgroundTaskInstance const& taskInstance)
    {
        taskInstance.Canceled([this](auto const&, auto const&) { m_cancelRequested = true; });
        auto values{ ApplicationData::Current().LocalSettings().Values() };
        auto const address{ to_string(Text(values, L"feed")) };
        if (address.empty()) throw hresult_error(NoAddress, L"no feed was chosen: start the app with an address");

        Transfer transfer{ taskInstance, m_cancelRequested, {}, {} };
        std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const curl(curl_easy_init(), &curl_easy_cleanup);
        auto const known{ "If-None-Match: " + to_string(Text(values, L"tag")) };
        std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> const headers(
            curl_slist_append(nullptr, known.c_str()), &curl_slist_free_all);
        char reason[CURL_ERROR_SIZE] = "";
        curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
        curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
        curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
        curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, TakeBody);
        curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
        curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, TakeHeader);
        curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &transfer);
        curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, OnTransferred);
        curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
        curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
        CURLcode const result = curl_easy_perform(curl.get());
        if (m_cancelRequested) return;
        if (result != CURLE_OK)
        {
            throw hresult_error(CannotConnect, to_hstring(address + ": " + (*reason ? reason : curl_easy_strerror(result))));
        }

        long status = 0;
        curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
        std::string message = "nothing new";
        if (status != 304)
        {
            auto const titles{ Titles(transfer.body) };
            for (size_t at = 0; at < titles.size(); ++at)
            {
                values.Insert(L"title " + to_hstring(static_cast<uint32_t>(at + 1)), box_value(to_hstring(titles[at])));
            }
            values.Insert(L"titles", box_value(static_cast<uint32_t>(titles.size())));
            values.Insert(L"tag", box_value(to_hstring(transfer.tag)));
            message = std::to_string(titles.size()) + " items, the newest: " + (titles.empty() ? "none" : titles.front());
        }
        values.Insert(to_hstring(taskInstance.Task().TaskId()), box_value(to_hstring(message)));
        taskInstance.Progress(100);
    }
}
