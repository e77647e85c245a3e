#include "http/client.h"

#include "base/no_proxy.h"
#include "http/client_exchange.h"
#include "http/proxy.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::http {
namespace {

constexpr std::size_t idle_connections_max = 4;
// A connection that was closed while it was idle shows it within a round trip of the next request.
constexpr std::chrono::milliseconds stale_shows_within{1000};

// The connections that wait for their next request. Shared with streams, which may outlive the client.
struct Pool {
  std::vector<std::shared_ptr<ClientConnection>> idle;

  std::shared_ptr<ClientConnection> take() {
    while (!idle.empty()) {
      std::shared_ptr<ClientConnection> connection = std::move(idle.back());
      idle.pop_back();
      if (connection->is_alive()) return connection;
    }
    return nullptr;
  }
  void give_back(std::shared_ptr<ClientConnection> connection) {
    if (idle.size() == idle_connections_max) return;
    connection->read_until(TimePoint::max());
    connection->write_until(TimePoint::max());
    idle.push_back(std::move(connection));
  }
};

TimePoint deadline_after(std::chrono::milliseconds timeout) {
  return timeout.count() == 0 ? TimePoint::max() : std::chrono::steady_clock::now() + timeout;
}

class PlainStream final : public ResponseStream {
 public:
  PlainStream(std::shared_ptr<ClientConnection> connection, ResponseHead head, ResponseBody body, bool upgraded,
              std::weak_ptr<Pool> pool)
      : connection_(std::move(connection)),
        head_(std::move(head)),
        body_(body),
        upgraded_(upgraded),
        pool_(std::move(pool)) {
    connection_->read_until(TimePoint::max());
    release_at_end();
  }

  const ClientResponse& head() const override { return head_.response; }

  Task<Result<std::string>> read(std::size_t max, std::chrono::milliseconds timeout) override {
    std::string out;
    if (body_.ended()) co_return out;
    connection_->read_until(deadline_after(timeout));
    Result<void> got = co_await body_.read_some(*connection_, out, max);
    if (!got) co_return std::unexpected(std::move(got.error()));
    connection_->read_until(TimePoint::max());
    release_at_end();
    co_return out;
  }

  Task<Result<void>> write(std::string_view bytes, std::chrono::milliseconds timeout) override {
    if (!upgraded_)
      co_return fail(ErrorKind::internal, "not_upgraded", "Only an upgraded connection can be written to.");
    connection_->write_until(deadline_after(timeout));
    const error_code lost = co_await connection_->write(bytes, {});
    if (lost) co_return connection_->failure("connection_lost", lost);
    connection_->write_until(TimePoint::max());
    co_return Result<void>();
  }

  Task<void> close_write() override {
    if (upgraded_) co_await connection_->half_close();
  }

 private:
  void release_at_end() {
    if (!body_.ended() || !head_.keep_alive || upgraded_) return;
    if (const auto pool = pool_.lock()) pool->give_back(std::exchange(connection_, nullptr));
  }

  std::shared_ptr<ClientConnection> connection_;
  ResponseHead head_;
  ResponseBody body_;
  bool upgraded_;
  std::weak_ptr<Pool> pool_;
};

class PlainClient final : public Client {
 public:
  PlainClient(asio::any_io_executor executor, ServerAddress address, std::optional<Proxy> proxy,
              ClientSettings settings, std::shared_ptr<asio::ssl::context> tls)
      : executor_(std::move(executor)),
        address_(std::move(address)),
        proxy_(std::move(proxy)),
        settings_(std::move(settings)),
        tls_(std::move(tls)) {}

  const std::string& base() const override { return address_.base; }

  Task<Result<ClientResponse>> send(ClientRequest request) override {
    Result<Answer> answer = co_await begin(request, false);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    ClientResponse& response = answer->head.response;
    ResponseBody body(answer->head, request.method);
    const bool reusable = answer->head.keep_alive && body.is_delimited();
    const std::size_t max = settings_.response_body_max;
    while (!body.ended()) {
      if (response.body.size() >= max) {
        co_return fail(ErrorKind::unavailable, "bad_response",
                       fmt::format("The answer of {} is over {} bytes.", base(), max));
      }
      Result<void> got = co_await body.read_some(*answer->connection, response.body, max);
      if (!got) co_return std::unexpected(std::move(got.error()));
    }
    if (reusable) pool_->give_back(std::move(answer->connection));
    co_return std::move(response);
  }

  Task<Result<std::unique_ptr<ResponseStream>>> open(ClientRequest request) override {
    Result<Answer> answer = co_await begin(request, false);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    const ResponseBody body(answer->head, request.method);
    if (!body.is_delimited()) answer->head.keep_alive = false;
    co_return std::make_unique<PlainStream>(std::move(answer->connection), std::move(answer->head), body, false, pool_);
  }

  Task<Result<std::unique_ptr<ResponseStream>>> upgrade(ClientRequest request) override {
    Result<Answer> answer = co_await begin(request, true);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    const int status = answer->head.response.status;
    const bool upgraded = status == 101 || status == 200;
    const ResponseBody body = upgraded ? ResponseBody::raw() : ResponseBody(answer->head, request.method);
    if (!body.is_delimited()) answer->head.keep_alive = false;
    co_return std::make_unique<PlainStream>(std::move(answer->connection), std::move(answer->head), body, upgraded,
                                            pool_);
  }

 private:
  struct Answer {
    std::shared_ptr<ClientConnection> connection;
    ResponseHead head;
  };

  // Sends the request and reads the answer's head: on an idle connection if there is one, and once more on a new one
  // when that was closed before anything of an answer came.
  Task<Result<Answer>> begin(const ClientRequest& request, bool upgrade) {
    const TimePoint deadline = deadline_after(request.timeout);
    Result<std::string> head = encode_request_head(request, address_, upgrade);
    if (!head) co_return std::unexpected(head.error());
    if (proxy_ && !address_.tls && !proxy_->authorization.empty())
      head->insert(head->size() - 2, fmt::format("Proxy-Authorization: {}\r\n", proxy_->authorization));
    for (std::shared_ptr<ClientConnection> connection = pool_->take();; connection = nullptr) {
      const bool reused = connection != nullptr;
      if (!reused) {
        const TimePoint limit = std::min(deadline, std::chrono::steady_clock::now() + settings_.connect_timeout);
        auto connected =
            co_await ClientConnection::connect(executor_, address_, proxy_ ? &*proxy_ : nullptr, tls_, limit);
        if (!connected) co_return std::unexpected(std::move(connected.error()));
        connection = std::move(*connected);
      }
      const TimePoint sent_at = std::chrono::steady_clock::now();
      Result<ResponseHead> answer = co_await exchange(*connection, *head, request, deadline);
      if (answer) co_return Answer{std::move(connection), std::move(*answer)};
      const bool stale = reused && !connection->received_anything() && answer.error().code() == "connection_lost" &&
                         std::chrono::steady_clock::now() - sent_at < stale_shows_within;
      if (!stale) co_return std::unexpected(std::move(answer.error()));
    }
  }

  Task<Result<ResponseHead>> exchange(ClientConnection& connection, std::string_view head, const ClientRequest& request,
                                      TimePoint deadline) {
    connection.begin_exchange();
    connection.read_until(deadline);
    const std::string_view body = request.body_view.empty() ? std::string_view(request.body) : request.body_view;
    std::string head_with_ends;
    if (!request.ends_header.empty() && !address_.tls) {
      if (const SocketEnds ends = connection.ends(); !ends.client.empty()) {
        const std::size_t blank_line = head.size() - 2;
        head_with_ends =
            fmt::format("{}{}: {}\r\n\r\n", head.substr(0, blank_line), request.ends_header, format_ends(ends));
        head = head_with_ends;
      }
    }
    const error_code unsent = co_await connection.write(head, body);
    // A server that refuses a body answers and closes before it has read all of it: the answer counts, not the failed
    // write.
    Result<ResponseHead> answer = co_await read_response_head(connection, settings_.response_header_max);
    if (unsent && answer) answer->keep_alive = false;
    co_return answer;
  }

  asio::any_io_executor executor_;
  ServerAddress address_;
  std::optional<Proxy> proxy_;
  ClientSettings settings_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::shared_ptr<Pool> pool_ = std::make_shared<Pool>();
};

Result<std::shared_ptr<asio::ssl::context>> make_tls_context(const std::string& ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  error_code problem;
  if (ca_file.empty())
    context->set_default_verify_paths(problem);
  else
    context->load_verify_file(ca_file, problem);
  if (problem) {
    return fail(ErrorKind::invalid, "bad_ca_file",
                fmt::format("The certificates of {} cannot be read: {}.", ca_file.empty() ? "the system" : ca_file,
                            problem.message()));
  }
  return context;
}

// The proxy that requests to `address` take, if any. A proxy reads the requests of plain http: they name the server,
// and carry what the proxy wants to know.
Result<std::optional<Proxy>> choose_proxy(ServerAddress& address, const ProxySettings& settings) {
  if (settings.url.empty() || !address.unix_path.empty()) return std::nullopt;
  Result<Proxy> proxy = parse_proxy(settings.url);
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  if (needs_no_proxy(settings.exempt, address.host)) return std::nullopt;
  if (!address.tls) address.prefix = fmt::format("http://{}{}", address.host_header, address.prefix);
  return std::move(*proxy);
}

}  // namespace

Result<std::unique_ptr<Client>> make_client(asio::any_io_executor executor, std::string_view base,
                                            ClientSettings settings, const ProxySettings& behind) {
  Result<ServerAddress> address = parse_server_address(base);
  if (!address) return std::unexpected(std::move(address.error()));
  Result<std::optional<Proxy>> proxy = choose_proxy(*address, behind);
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  std::shared_ptr<asio::ssl::context> tls;
  if (address->tls) {
    auto made = make_tls_context(settings.ca_file);
    if (!made) return std::unexpected(std::move(made.error()));
    tls = std::move(*made);
  }
  return std::make_unique<PlainClient>(std::move(executor), std::move(*address), std::move(*proxy), std::move(settings),
                                       std::move(tls));
}

Result<std::unique_ptr<Client>> Client::make(asio::any_io_executor executor, std::string_view base,
                                             ClientSettings settings) {
  return make_client(std::move(executor), base, std::move(settings), {});
}

}  // namespace open_cicd::http
