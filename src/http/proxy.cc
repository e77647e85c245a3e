#include "http/proxy.h"

#include "base/base64.h"
#include "http/percent.h"

#include <algorithm>

namespace open_cicd::http {
namespace {

std::unexpected<Error> bad_proxy() {
  return fail(ErrorKind::invalid, "bad_proxy", "a proxy is http://host:port or http://user:password@host:port");
}

}  // namespace

Result<Proxy> parse_proxy(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return bad_proxy();
  const std::string_view authority = url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
  const std::size_t at = authority.rfind('@');
  Proxy proxy;
  std::string host(authority);
  if (at != std::string_view::npos) {
    const std::string_view userinfo = authority.substr(0, at);
    const std::size_t colon = std::min(userinfo.find(':'), userinfo.size());
    const auto user = percent_decode(userinfo.substr(0, colon), PlusIs::plus);
    const auto password = percent_decode(userinfo.substr(std::min(colon + 1, userinfo.size())), PlusIs::plus);
    if (!user || !password) return bad_proxy();
    proxy.authorization = "Basic " + base64(*user + ":" + *password);
    host = authority.substr(at + 1);
  }
  Result<ServerAddress> address = parse_server_address(std::string(scheme) + host);
  if (!address) return bad_proxy();
  proxy.address = std::move(*address);
  return proxy;
}

}  // namespace open_cicd::http
