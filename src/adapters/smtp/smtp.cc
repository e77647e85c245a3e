#include "adapters/smtp/smtp.h"

#include "base/one_line.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <curl/curl.h>
#include <memory>
#include <mutex>

namespace open_cicd::smtp {
namespace {

constexpr Milliseconds connect_time_max{10'000};

std::string_view authority_of(std::string_view url) {
  const std::size_t at = url.find("://");
  if (at == std::string_view::npos) return {};
  url.remove_prefix(at + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

bool is_this_machine(std::string_view url) {
  std::string_view host = authority_of(url);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  return host.starts_with("127.") || host.starts_with("[::1]") || host == "localhost" || host.starts_with("localhost:");
}

struct Sending {
  std::string_view left;
  const std::atomic<bool>* stopping;
};

std::size_t read_some(char* to, std::size_t size, std::size_t count, void* state) {
  auto& left = static_cast<Sending*>(state)->left;
  const std::size_t bytes = std::min(size * count, left.size());
  std::memcpy(to, left.data(), bytes);
  left.remove_prefix(bytes);
  return bytes;
}

int look_whether_to_stop(void* state, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<Sending*>(state)->stopping ? 1 : 0;
}

std::size_t forget(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

class SmtpChannel final : public notifications::Channel {
 public:
  SmtpChannel(SmtpSettings settings, WorkerPool& pool) : settings_(std::move(settings)), pool_(pool) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  }

  Task<Result<std::string>> send(notifications::Target target, Secret, notifications::Message message) override {
    std::string text = notifications::mail_message(
        {.from = settings_.from, .to = target.addresses, .id = message.id, .time_ms = message.time_ms}, message.letter);
    co_return co_await offload(pool_,
                               [this, to = target.addresses, text = std::move(text)] { return hand_over(to, text); });
  }
  void stop() override { stopping_ = true; }

 private:
  // Blocks.
  Result<std::string> hand_over(const std::vector<std::string>& to, std::string_view text) const {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_slist* list = nullptr;
    for (const std::string& address : to) list = curl_slist_append(list, fmt::format("<{}>", address).c_str());
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(list, curl_slist_free_all);
    std::array<char, CURL_ERROR_SIZE> why{};
    Sending sending{.left = text, .stopping = &stopping_};
    const std::string& url = settings_.url.reveal();
    const std::string from = fmt::format("<{}>", notifications::address_in(settings_.from));
    const bool has_user = authority_of(url).contains('@');
    const auto set = [&](auto option, auto value) { curl_easy_setopt(curl.get(), option, value); };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USE_SSL, static_cast<long>(has_user && !is_this_machine(url) ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time_max.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
    set(CURLOPT_MAIL_FROM, from.c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, read_some);
    set(CURLOPT_READDATA, static_cast<void*>(&sending));
    set(CURLOPT_WRITEFUNCTION, forget);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, look_whether_to_stop);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&sending));
    set(CURLOPT_ERRORBUFFER, why.data());
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) return fmt::format("{}: the mail server took it", status);
    std::string said = to_one_line(to_valid_utf8(why[0] != '\0' ? why.data() : curl_easy_strerror(code)));
    said.resize(utf8_complete_prefix(std::string_view(said).substr(0, notifications::limits::shown_bytes_max)));
    return fail(ErrorKind::unavailable, "not_sent",
                status > 0 ? fmt::format("The mail server does not take it ({}): {}", status, said)
                           : fmt::format("The mail server cannot be used: {}", said));
  }

  const SmtpSettings settings_;
  WorkerPool& pool_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace

std::string wrong_smtp_url(std::string_view url) {
  if (!(url.starts_with("smtp://") || url.starts_with("smtps://")) || authority_of(url).empty() ||
      !std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; }))
    return "must be smtp://[user:password@]host[:port] or smtps://…, with what is special in a password as %XX";
  return {};
}

std::unique_ptr<notifications::Channel> make_smtp_channel(SmtpSettings settings, WorkerPool& pool) {
  return std::make_unique<SmtpChannel>(std::move(settings), pool);
}

}  // namespace open_cicd::smtp
