// The Docker Engine's HTTP API, as far as jobs need it. No docker program: a socket and JSON.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/secret.h"
#include "http/client.h"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::docker {

inline constexpr std::chrono::seconds call_timeout{60};  // of one call; a busy engine takes seconds to make a container
inline constexpr std::chrono::seconds pull_header_timeout{180};  // the Engine asks the registry before it answers
inline constexpr std::chrono::seconds archive_timeout{600};      // of an upload into a container

struct EngineVersion {
  std::string engine;  // "20.10.24"
  std::string api;     // what the calls use, "1.41"
  int cpus = 1;
};

struct Labelled {
  std::vector<std::string> containers;
  std::vector<std::string> networks;
  std::vector<std::string> volumes;
  std::size_t size() const { return containers.size() + networks.size() + volumes.size(); }
};

// One engine. Every call has a deadline and may overlap with others; use from the executor given to make().
// Errors all have the code "agent" and a message that begins with what was tried; their kind tells: not_found and
// conflict (the Engine's 404 and 409), forbidden (no access to the socket), unavailable (not answering), internal (any
// other answer).
class Engine {
 public:
  // `socket` is unix:///path or unix:/path. Errors: invalid "agent".
  static Result<std::unique_ptr<Engine>> make(asio::any_io_executor executor, std::string socket);

  // Finds out the version of the API that both sides know; must succeed before any other call.
  Task<Result<EngineVersion>> connect();

  Task<Result<void>> ping();

  // Containers. Ids are the Engine's. A container's input and output are taken over by attach(), before start().
  Task<Result<std::string>> create_container(std::string name, boost::json::value config);
  Task<Result<void>> put_archive(std::string container, std::string path,
                                 std::string_view tar);  // `tar` outlives the call
  Task<Result<std::string>> get_archive(std::string container, std::string path);
  Task<Result<std::unique_ptr<http::ResponseStream>>> attach(std::string container);
  Task<Result<void>> start(std::string container);
  Task<Result<void>> kill(std::string container);
  Task<Result<boost::json::value>> inspect(std::string container);
  // Kills it, removes it with its anonymous volumes, and returns when it is gone; no error when it was gone already.
  Task<Result<void>> remove_container(std::string container);
  // Whether the kernel killed something of it for memory since `since` (of the Engine's clock, seconds).
  Task<Result<bool>> had_oom(std::string container, std::int64_t since);

  // No error when it is gone, or has other names: then it only loses this one. conflict: a container uses it.
  Task<Result<void>> remove_image(std::string image);
  // Images. The answer of pull() is a stream of JSON lines. `login` is an X-Registry-Auth of encode_login(), or empty.
  Task<Result<boost::json::value>> inspect_image(std::string image);
  // `patience` is for the header section, which comes when the registry has answered.
  Task<Result<std::unique_ptr<http::ResponseStream>>> pull(std::string name, std::string tag,
                                                           std::chrono::milliseconds patience, Secret login = {});
  // Whether its registry gives the image to whoever has this login; the error is the registry's.
  Task<Result<void>> ask_registry(std::string image, Secret login);

  // With the MTU of the Engine's default network: other networks do not get it from the Engine's settings.
  Task<Result<void>> create_network(std::string name, boost::json::object labels);
  Task<Result<void>> remove_network(std::string name);  // none of that name: no error
  Task<Result<void>> remove_volume(std::string name);   // likewise; volumes are made by the containers that mount them

  // Everything that has all of these labels, each "name=value".
  Task<Result<Labelled>> find(std::vector<std::string> labels);
  // The labels of each container, network and volume that has this one.
  Task<Result<std::vector<std::map<std::string, std::string>>>> labels_of_all(std::string label);

  const std::string& socket() const { return socket_; }

 private:
  struct Call {
    http::Method method = http::Method::get;
    std::string path;  // without the version
    std::string what;  // "create a container": follows "Docker could not …"
    std::string body = {};
    std::string_view body_view = {};
    std::string_view content_type = "application/json";
    std::chrono::milliseconds timeout = call_timeout;
    Secret login = {};  // for a registry
  };

  Engine(std::unique_ptr<http::Client> client, std::string socket)
      : client_(std::move(client)), socket_(std::move(socket)) {}

  http::ClientRequest request_of(Call& call) const;
  Task<Result<std::string>> send(Call call);
  Task<Result<boost::json::value>> send_json(Call call);
  Task<Result<void>> send_void(Call call);
  Task<Result<void>> remove_retrying(Call call);
  Task<Result<std::vector<std::string>>> list(std::string path, std::string_view member, std::string_view id_name);
  Task<Error> error_of_stream(http::ResponseStream& stream, const std::string& what);
  Error transport_error(const std::string& what, const Error& cause) const;

  std::unique_ptr<http::Client> client_;
  std::string socket_;
  std::string version_;  // "/v1.41"; empty before connect()
  std::string mtu_;      // of the default network; empty where there is none
};

// As the Engine wants it in a header. It is for the registry of the one image that the call is about.
Secret encode_login(const std::string& registry, const std::string& username, const std::string& password);

// A request of the kind `{"label":["a=b"]}`, percent-encoded for a query.
std::string encode_filters(const boost::json::value& filters);

}  // namespace open_cicd::docker
