// The proxy between a client and its server.
#pragma once

#include "http/client.h"
#include "http/client_url.h"

#include <string>
#include <string_view>

namespace open_cicd::http {

struct Proxy {
  ServerAddress address;
  std::string authorization;  // of the header Proxy-Authorization; empty: none
};

// "http://[user:password@]host:port". Error: invalid "bad_proxy", which does not show the password.
Result<Proxy> parse_proxy(std::string_view url);

struct ProxySettings {
  std::string url;     // as parse_proxy() reads it; empty: none
  std::string exempt;  // what is reached without it, see needs_no_proxy()
};

// Client::make() for one behind a proxy: https goes through it by CONNECT, plain http is asked of it by the whole URL.
// Errors: invalid "bad_url", "bad_proxy".
Result<std::unique_ptr<Client>> make_client(asio::any_io_executor executor, std::string_view base,
                                            ClientSettings settings, const ProxySettings& proxy);

}  // namespace open_cicd::http
