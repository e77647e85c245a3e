#include "http/foreign.h"

#include "base/json.h"
#include "http/client_url.h"
#include "http/fields.h"
#include "http/status.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

#include <array>

namespace open_cicd::http {
namespace {

std::string_view media_type_of(const ClientResponse& response) {
  const auto header = response.header("Content-Type");
  return header ? trim(header->substr(0, header->find(';'))) : std::string_view();
}

bool is_type(const ClientResponse& response, std::string_view type) {
  return equals_ignoring_case(media_type_of(response), type);
}

// "404 Not Found and text/html"
std::string shown(const ClientResponse& response) {
  const std::string_view type = media_type_of(response);
  const std::string_view phrase = phrase_of(response.status);
  return fmt::format("{}{}{}", response.status, phrase == "Status" ? "" : fmt::format(" {}", phrase),
                     type.empty() ? std::string() : fmt::format(" and {:.60}", type));
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// The address that leads where the redirect points: without the request's own path, if it kept that.
std::string new_address(const Asked& asked, std::string_view location) {
  const auto base = boost::urls::parse_uri(asked.server);
  const auto to = boost::urls::parse_uri_reference(location);
  if (!base || !to) return {};
  boost::urls::url whole;
  if (!boost::urls::resolve(*base, *to, whole)) return {};
  whole.remove_query();
  whole.remove_fragment();
  whole.remove_userinfo();
  std::string address(whole.buffer());
  const std::string_view path = asked.target.substr(0, asked.target.find('?'));
  if (address.ends_with(path))
    address.resize(address.size() - path.size());
  else
    address = address.substr(0, address.find('/', address.find("://") + 3));
  return parse_server_address(address) ? address : std::string();
}

Error redirected(const Asked& asked, const ClientResponse& response) {
  const std::string_view location = response.header("Location").value_or("");
  const std::string address = new_address(asked, location);
  std::string what = fmt::format("{} answered with a redirect ({}) to {:.500}.", asked.server, response.status,
                                 location.empty() ? "nowhere" : location);
  if (address.empty() || address == asked.server)
    what += fmt::format(" An open-cicd server does not do that: is the address right ({})?", asked.options.address);
  else
    what += fmt::format(" The token was not sent there. If that is your server, use its address: --server {}", address);
  return Error(ErrorKind::unavailable, "redirected", std::move(what));
}

// Web servers say so in their own words when a plain request comes to their TLS port.
bool wants_tls(const ClientResponse& response) {
  return response.status == 400 && (response.body.contains("HTTPS port") || response.body.contains("HTTPS server") ||
                                    response.body.contains("SSL-enabled server port"));
}

Error speaks_tls(std::string_view server, const ServerOptions& options) {
  const std::string_view rest = server.starts_with("http://") ? server.substr(7) : server;
  return Error(
      ErrorKind::unavailable, "speaks_tls",
      fmt::format("{} speaks TLS, and was spoken to without it. Use https://{} ({}).", server, rest, options.address));
}

Error denied(const Asked& asked, const ClientResponse& response) {
  std::string what =
      fmt::format("Something in front of the server at {} refused the request: {}", asked.server, shown(response));
  if (const auto scheme = response.header("WWW-Authenticate")) what += fmt::format(", it asks for {:.100}", *scheme);
  return Error(ErrorKind::forbidden, "proxy_denied",
               what +
                   ". The open-cicd server never saw it: let that proxy pass requests to /api/ without a login of "
                   "its own, or use an address behind it.");
}

bool is_problem(const ClientResponse& response) {
  if (!is_type(response, "application/problem+json")) return false;
  const auto document = json::parse(response.body);
  return document && document->is_object() && document->get_object().contains("code");
}

}  // namespace

std::optional<Error> foreign_answer(const Asked& asked, const ClientResponse& response) {
  const int status = response.status;
  if (is_redirect(status)) return redirected(asked, response);
  if (status >= 200 && status <= 299) {
    const bool ours = status == 204 || (is_type(response, "application/json") && json::parse(response.body));
    if (ours) return std::nullopt;
  } else if (is_problem(response)) {
    return std::nullopt;
  }
  if (wants_tls(response)) return speaks_tls(asked.server, asked.options);
  if (status == 401 || status == 403 || status == 407) return denied(asked, response);
  if (status == 502 || status == 503 || status == 504)
    return Error(ErrorKind::unavailable, "proxy_unreachable",
                 fmt::format("A proxy answers at {}, but it cannot reach the open-cicd server behind it: {}. Is the "
                             "server running?",
                             asked.server, shown(response)));
  if (status == 413)
    return Error(
        ErrorKind::too_large, "proxy_too_large",
        fmt::format("A proxy in front of the server at {} takes no body of this size: raise its limit.", asked.server));
  return Error(
      ErrorKind::unavailable, "not_a_server",
      fmt::format("{} is no open-cicd server: it answered {} with {}. Is the address right ({}), with the path "
                  "that a proxy puts in front?",
                  asked.server, asked.target.substr(0, asked.target.find('?')), shown(response),
                  asked.options.address));
}

bool is_our_stream(const ClientResponse& head) {
  constexpr std::array<std::string_view, 2> ours{"text/event-stream", "text/plain"};
  return std::ranges::any_of(ours, [&](std::string_view type) { return is_type(head, type); });
}

Error explain_unreachable(std::string_view server, const ServerOptions& options, const Error& error) {
  // The client begins with the address, as the sentence does.
  std::string_view why = error.message();
  if (const std::string peer = fmt::format("{}: ", server); why.starts_with(peer)) why.remove_prefix(peer.size());
  if (error.code() == "speaks_tls") return speaks_tls(server, options);
  std::string hint = fmt::format("Is it running, and is the address right ({})?", options.address);
  if (error.code() == "tls_failed" && why.contains("wrong version number"))
    hint = fmt::format("It seems to speak plain HTTP: use http:// ({}).", options.address);
  else if (error.code() == "tls_failed" && why.contains("certificate verify failed"))
    hint = fmt::format(
        "Its certificate is not one that this machine trusts, or is for another name: for a certificate authority "
        "of your own, give its certificate with {}.",
        options.ca_file);
  else if (error.code() == "connection_lost" || error.code() == "bad_response")
    hint =
        fmt::format("Something is there, but it gave no HTTP answer: is it an open-cicd server ({})?", options.address);
  return Error(error.kind(), error.code(), fmt::format("The server at {} cannot be reached: {} {}", server, why, hint));
}

}  // namespace open_cicd::http
