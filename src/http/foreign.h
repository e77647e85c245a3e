// Answers that no open-cicd server gives: something else stands at that address, or in front of the server. Each gets
// an error that says what it is and what to do, in the same words by the command line (docs/reference/cli.md has its
// exit codes) and by the agent.
#pragma once

#include "base/error.h"
#include "http/client.h"

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::http {

// How this program is told where its server is.
struct ServerOptions {
  std::string_view address;  // "--server, OPEN_CICD_SERVER"
  std::string_view ca_file;  // "--ca-file or OPEN_CICD_CA_FILE"
};

// What was asked: the server's address as it was given, and the path of the request.
struct Asked {
  std::string_view server;
  std::string_view target;
  ServerOptions options;
};

// Nothing when the answer is one of ours. Errors: unavailable "redirected", "not_a_server", "proxy_unreachable",
// "speaks_tls"; forbidden "proxy_denied"; too_large "proxy_too_large".
std::optional<Error> foreign_answer(const Asked& asked, const ClientResponse& response);

// Of a 2xx answer to open(): its body is a stream, so the media type has to tell.
bool is_our_stream(const ClientResponse& head);

// Why there was no answer at all, with what to do about it.
Error explain_unreachable(std::string_view server, const ServerOptions& options, const Error& error);

}  // namespace open_cicd::http
