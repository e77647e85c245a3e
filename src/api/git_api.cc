// The way of a job's checkout to its repository: git's own protocol over HTTP, for reading alone, with the job's token,
// which dies with the attempt. The forge's token stays here.
#include "api/routes.h"
#include "base/base64.h"
#include "http/client.h"
#include "http/proxy.h"
#include "repositories/repositories.h"

namespace open_cicd::api {

// What git sends; its bytes are handed on.
struct PackRequest {
  std::string_view bytes;
};

static Result<void> read_body(http::Request& request, PackRequest& to) {
  if (!has_media_type(request, "application/x-git-upload-pack-request"))
    return fail(ErrorKind::unsupported_media, "unsupported_media", "Only git reads here.");
  to.bytes = request.body;
  return {};
}

static void describe_body(SchemaBook&, bj::object& operation, std::type_identity<PackRequest>) {
  add_body(operation, "application/x-git-upload-pack-request", {{"type", "string"}, {"format", "binary"}});
}

struct PackAdvertisement {
  static constexpr std::string_view type = "application/x-git-upload-pack-advertisement";
  static void add(bj::object& operation) {
    add_answer(operation, 200, "what git may ask for", type, {{"type", "string"}, {"format", "binary"}});
  }
};
struct PackResult {
  static constexpr std::string_view type = "application/x-git-upload-pack-result";
  static void add(bj::object& operation) {
    add_answer(operation, 200, "what git asked for", type, {{"type", "string"}, {"format", "binary"}});
  }
};

namespace {

using namespace std::chrono_literals;

constexpr std::size_t pack_request_max = 16 << 20;
constexpr std::size_t piece_max = 256 << 10;
constexpr auto answer_max = 120s;   // until a forge begins to answer: it may have to count a large repository
constexpr auto silence_max = 600s;  // of a forge that packs

constexpr db::Query repository_of_job_query{
    .name = "jobs.repository",
    .sql = "SELECT r.repository_id FROM jobs j JOIN runs r ON r.id = j.run_id WHERE j.id = $1"};

// Of a job's token, before a body is read.
http::Gate job_gate(Services& s) {
  return [&s](const http::Request& request) -> Task<Result<std::shared_ptr<const http::Identity>>> {
    constexpr std::string_view bearer = "Bearer ";
    const auto header = request.header("Authorization").value_or("");
    const auto job = JobId::parse(request.captures.at(0));
    Result<void> proved = fail(ErrorKind::unauthenticated, "unauthenticated", "The job's own token is needed.");
    if (job && header.starts_with(bearer))
      proved = co_await s.jobs.prove_job_token(*job, std::string(header.substr(bearer.size())));
    if (!proved) co_return std::unexpected(std::move(proved.error()));
    co_return nullptr;
  };
}

Task<Result<repositories::Repository>> repository_of(Services& s, JobId job) {
  const db::Rows rows = co_await s.db.read(repository_of_job_query, {job.str()});
  const auto id = rows.empty() || rows.is_null(0, 0) ? std::nullopt : RepositoryId::parse(rows.text(0, 0));
  std::optional<repositories::Repository> found;
  if (id) found = co_await s.repositories.get(*id);
  if (!found || !found->is_http()) co_return not_found("repository of the job", job.str());
  co_return std::move(*found);
}

std::unexpected<Error> forge_away(std::string message) {
  return std::unexpected(Error(ErrorKind::unavailable, "forge_away", std::move(message)).with_retry_after(2s));
}

// Owns its connection; both live until the answer was read.
struct Upstream {
  std::unique_ptr<http::Client> client;
  std::unique_ptr<http::ResponseStream> stream;
};

Task<Result<std::shared_ptr<Upstream>>> ask(Services& s, const repositories::Repository& repository,
                                            http::ClientRequest request) {
  const git::Remote remote = co_await s.repositories.remote_of(repository);
  const git::GitSettings& settings = s.repositories.settings().git;
  auto client = http::make_client(co_await asio::this_coro::executor, remote.url, {.ca_file = settings.ca_file},
                                  {.url = settings.proxy.reveal(), .exempt = settings.no_proxy});
  if (!client) co_return std::unexpected(client.error());
  if (!remote.password.empty())
    request.headers.emplace_back("Authorization", "Basic " + base64(remote.user + ":" + remote.password.reveal()));
  request.headers.emplace_back("User-Agent", "git/2 open-cicd");
  request.timeout = answer_max;
  auto stream = co_await (*client)->open(std::move(request));
  if (!stream) co_return forge_away("The forge does not answer: " + stream.error().message());
  const int status = (*stream)->head().status;
  if (status >= 300 && status < 400)
    co_return forge_away("The forge redirects: the repository has another address now. Say `open-cicd repo sync`.");
  if (status != 200) co_return forge_away(fmt::format("The forge answers {} to git.", status));
  co_return std::make_shared<Upstream>(Upstream{.client = std::move(*client), .stream = std::move(*stream)});
}

http::Response hand_on(std::shared_ptr<Upstream> upstream, std::string_view type) {
  http::Response response{.content_type = type};
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.stream = [upstream = std::move(upstream)](http::BodyWriter& out) -> Task<void> {
    for (;;) {
      const Result<std::string> piece = co_await upstream->stream->read(piece_max, silence_max);
      if (!piece) throw std::runtime_error("the forge's answer ended early: " + piece.error().message());
      if (piece->empty()) co_return;
      if (const bool taken = co_await out.write(*piece); !taken) co_return;
    }
  };
  return response;
}

struct ListPack {
  Path<JobId> id;
  Query<std::string_view> service;
  Header<std::optional<std::string_view>> git_protocol;
};
BOOST_DESCRIBE_STRUCT(ListPack, (), (id, service, git_protocol))

void add_protocol(http::ClientRequest& request, const std::optional<std::string_view>& protocol) {
  if (protocol && protocol->size() < 64 && protocol->find_first_of("\r\n") == std::string_view::npos)
    request.headers.emplace_back("Git-Protocol", std::string(*protocol));
}

Task<Result<Raw<PackAdvertisement>>> list_pack(Services& s, Caller, ListPack request) {
  if (*request.service != "git-upload-pack")
    co_return fail(ErrorKind::forbidden, "read_only", "A job only reads its repository here.");
  const auto repository = co_await repository_of(s, *request.id);
  if (!repository) co_return std::unexpected(repository.error());
  http::ClientRequest upstream{.target = "/info/refs?service=git-upload-pack"};
  add_protocol(upstream, *request.git_protocol);
  auto answer = co_await ask(s, *repository, std::move(upstream));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return Raw<PackAdvertisement>{hand_on(std::move(*answer), PackAdvertisement::type)};
}

struct UploadPack {
  Path<JobId> id;
  Header<std::optional<std::string_view>> git_protocol;
  Body<PackRequest> body;
};
BOOST_DESCRIBE_STRUCT(UploadPack, (), (id, git_protocol, body))

Task<Result<Raw<PackResult>>> upload_pack(Services& s, Caller, UploadPack request) {
  const auto repository = co_await repository_of(s, *request.id);
  if (!repository) co_return std::unexpected(repository.error());
  http::ClientRequest upstream{.method = http::Method::post,
                               .target = "/git-upload-pack",
                               .body = std::string(request.body->bytes),
                               .content_type = "application/x-git-upload-pack-request"};
  add_protocol(upstream, *request.git_protocol);
  auto answer = co_await ask(s, *repository, std::move(upstream));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return Raw<PackResult>{hand_on(std::move(*answer), PackResult::type)};
}

}  // namespace

void add_git_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::get, "/api/v1/jobs/{id}/git/info/refs", auth::AccessRule::open(), list_pack,
            {.id = "listPack",
             .summary = "For git: what a running job's repository has, with the job's own token",
             .tag = "git",
             .refusals = {"unauthenticated", "read_only", "forge_away"}});
  rows.back().route.gate = job_gate(s);
  add_route(rows, s, http::Method::post, "/api/v1/jobs/{id}/git/git-upload-pack", auth::AccessRule::open(), upload_pack,
            {.id = "uploadPack",
             .summary = "For git: read from a running job's repository, with the job's own token",
             .tag = "git",
             .refusals = {"unauthenticated", "forge_away"},
             .body_max = pack_request_max});
  rows.back().route.gate = job_gate(s);
}

}  // namespace open_cicd::api
