#include "auth/browsers.h"

#include "http/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace open_cicd::auth {
namespace {

constexpr std::size_t value_max = 200;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// "https://CI.example.org:443" → "https", "ci.example.org"; the scheme is empty when it is neither http nor https.
struct Origin {
  std::string scheme, authority;
  bool operator==(const Origin&) const = default;
};
Origin parse_origin(std::string_view text) {
  const std::string all = lower(text);
  for (const auto& [prefix, port] : {std::pair("http://", ":80"), std::pair("https://", ":443")}) {
    if (!all.starts_with(prefix)) continue;
    const std::size_t begin = std::string_view(prefix).size();
    std::string authority = all.substr(begin, all.find('/', begin) - begin);
    if (authority.ends_with(port)) authority.resize(authority.size() - std::string_view(port).size());
    return {all.substr(0, begin - 3), std::move(authority)};
  }
  return {};
}

std::unexpected<Error> foreign_origin() {
  return fail(ErrorKind::forbidden, "foreign_origin",
              "Who is signed in by a cookie may ask from this server's own pages alone: the Origin is another one, or "
              "missing. Behind a proxy, --public-url has to be the address that people use. Programs send "
              "Authorization: Bearer TOKEN instead.");
}

}  // namespace

Browsers::Browsers(std::string_view public_url) : public_url_(public_url), path_("/") {
  const Origin own = parse_origin(public_url);
  if (own.scheme.empty()) return;
  origin_ = own.scheme + "://" + own.authority;
  public_https_ = own.scheme == "https";
  if (const std::size_t path = public_url.find('/', public_url.find("://") + 3); path != public_url.npos)
    path_ = public_url.substr(path);
}

bool Browsers::is_secure(const http::Request& request) const {
  return request.is_https || public_https_;
}

// One machine may have several servers, each on a port of its own, and a cookie is for all ports of a host. The prefix
// makes browsers take it from this very host and over https alone.
std::string Browsers::cookie_name(const http::Request& request) const {
  if (is_secure(request)) return path_ == "/" ? "__Host-open_cicd_session" : "open_cicd_session";
  const std::string_view host = request.header("Host").value_or("");
  const std::size_t colon = host.rfind(':');
  const std::string_view port = colon == host.npos ? std::string_view() : host.substr(colon + 1);
  const bool is_port =
      !port.empty() && port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return is_port ? fmt::format("open_cicd_session_{}", port) : "open_cicd_session";
}

std::optional<std::string> Browsers::session_of(const http::Request& request) const {
  const std::vector<std::string_view> headers = request.headers("Cookie");
  if (headers.empty()) return std::nullopt;
  const std::string name = cookie_name(request);
  for (std::string_view rest : headers)
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = http::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=' &&
          pair.size() - name.size() <= value_max)
        return std::string(pair.substr(name.size() + 1));
    }
  return std::nullopt;
}

std::string Browsers::attributes(const http::Request& request) const {
  return fmt::format("Path={}; HttpOnly; SameSite=Lax{}", path_, is_secure(request) ? "; Secure" : "");
}

std::string Browsers::set_cookie(const http::Request& request, std::string_view value, Milliseconds age) const {
  return fmt::format("{}={}; Max-Age={}; {}", cookie_name(request), value, age.count() / 1000, attributes(request));
}

std::string Browsers::remove_cookie(const http::Request& request) const {
  return fmt::format("{}=; Max-Age=0; {}", cookie_name(request), attributes(request));
}

bool Browsers::is_own(std::string_view text, const http::Request& request) const {
  const Origin origin = parse_origin(text);
  if (origin.scheme.empty() || origin.authority.empty()) return false;
  if (origin.scheme + "://" + origin.authority == origin_) return true;
  if (request.is_https && origin.scheme != "https") return false;
  const auto hosts = request.headers("Host");
  return hosts.size() == 1 && origin == parse_origin(fmt::format("{}://{}", origin.scheme, hosts.front()));
}

Result<void> Browsers::check_origin(const http::Request& request) const {
  const auto origins = request.headers("Origin");
  if (origins.size() > 1 || (origins.size() == 1 && !is_own(origins.front(), request))) return foreign_origin();
  if (origins.size() == 1 || request.method == http::Method::get || request.method == http::Method::head) return {};
  if (request.header("Sec-Fetch-Site").value_or("") != "same-origin") return foreign_origin();
  return {};
}

Result<void> Browsers::check_sign_in(const http::Request& request) const {
  const auto origins = request.headers("Origin");
  if (origins.size() > 1 || (origins.size() == 1 && !is_own(origins.front(), request))) return foreign_origin();
  const std::string_view site = request.header("Sec-Fetch-Site").value_or("same-origin");
  if (origins.empty() && site != "same-origin" && site != "none") return foreign_origin();
  return {};
}

}  // namespace open_cicd::auth
