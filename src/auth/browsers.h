// What tells a browser that is signed in from others: its cookie, and the rule of which pages may use it.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::auth {

// Immutable; thread-safe.
class Browsers {
 public:
  // "https://ci.example.org/ci", or empty when it is not known.
  explicit Browsers(std::string_view public_url);

  const std::string& public_url() const { return public_url_; }

  // The value of the session's cookie.
  std::optional<std::string> session_of(const http::Request& request) const;
  // The header Set-Cookie that leaves it there, or removes it.
  std::string set_cookie(const http::Request& request, std::string_view value, Milliseconds age) const;
  std::string remove_cookie(const http::Request& request) const;

  // A browser sends the cookie for every page that asks, so each request with it has to come from a page of this
  // server: by its Origin, or else, as GET has none, by Sec-Fetch-Site when it changes anything. Error: forbidden
  // "foreign_origin".
  Result<void> check_origin(const http::Request& request) const;
  // The same where there is no cookie yet: programs send no Origin.
  Result<void> check_sign_in(const http::Request& request) const;

 private:
  bool is_own(std::string_view origin, const http::Request& request) const;
  bool is_secure(const http::Request& request) const;
  std::string cookie_name(const http::Request& request) const;
  std::string attributes(const http::Request& request) const;

  const std::string public_url_;
  std::string origin_;         // "https://ci.example.org"
  std::string path_;           // "/ci", or "/"
  bool public_https_ = false;  // the public URL is https
};

}  // namespace open_cicd::auth
