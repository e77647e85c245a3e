#include "support/plane.h"

#include "base/id.h"
#include "base/run_alone.h"
#include "server/database.h"
#include "support/postgres_fixture.h"

#include <boost/json/parse.hpp>

#include <chrono>
#include <fstream>
#include <thread>

namespace open_cicd {
namespace {

std::string read_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

Task<Result<http::ClientResponse>> exchange(std::string url, http::ClientRequest request) {
  const auto client = http::Client::make(co_await asio::this_coro::executor, url);
  if (!client) co_return std::unexpected(client.error());
  co_return co_await (*client)->send(std::move(request));
}

}  // namespace

std::string Reply::text(std::string_view member) const {
  const auto* object = json.if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains(member);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string Reply::header(std::string_view name) const {
  const http::ClientResponse response{.status = status, .headers = headers, .body = {}};
  return std::string(response.header(name).value_or(""));
}

TestPlane::TestPlane(const std::string& engine, SettingValues chosen, std::optional<Before> before)
    : settings_(std::move(chosen)), before_(std::move(before)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "open-cicd-test-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  if (engine == "postgres") database_ = PostgresFixture::instance().create_database();
  open();
}

TestPlane::~TestPlane() {
  if (plane_) plane_->stop();
  plane_.reset();
  std::filesystem::remove_all(folder_);
}

void TestPlane::open() {
  const auto declared = server::declared_settings();
  const auto defaults = Settings::load({declared.begin(), declared.end()}, {});
  SettingSources sources;
  sources.flags = {{"listen", "127.0.0.1:0"},
                   {"data", folder_.string()},
                   {"database", database_},
                   {"http.cores", "2"},
                   {"registrations_per_minute", "100000"}};
  for (const SettingDecl& setting : declared)  // a tenth of the protocol's times
    if (setting.name.starts_with("protocol."))
      sources.flags.emplace(setting.name, fmt::format("{}ms", defaults->duration(setting.name).count() / 10));
  sources.flags.insert_or_assign("protocol.watch_grace", "0ms");
  sources.flags.insert_or_assign("protocol.exclusive_hold", "3s");
  sources.flags.insert_or_assign("protocol.image_retry_pause", "60s");  // longer than any test
  for (const auto& [name, value] : settings_) sources.flags.insert_or_assign(name, value);
  const auto settings = Settings::load({declared.begin(), declared.end()}, sources);
  if (!settings) throw std::runtime_error(settings.error().message());
  server::apply_process_settings(*settings);
  set_log_level(LogLevel::error);
  auto config = server::make_config(*settings);
  config_ = std::move(config.value());
  if (before_) restore(*std::exchange(before_, std::nullopt));
  auto plane = server::ControlPlane::open(config_);
  if (!plane) throw std::runtime_error(plane.error().message());
  plane_ = std::move(*plane);
  plane_->start();
  url_ = plane_->url();
  admin_ = read_line(folder_ / "admin.token");
  registration_ = read_line(folder_ / "registration.token");
}

void TestPlane::restore(const Before& before) {
  static constexpr db::Query table{.name = "restored", .sql = "CREATE TABLE restored (at bigint)"};
  static constexpr db::Query mark{.name = "restored.mark", .sql = "INSERT INTO restored VALUES ($1)"};
  auto session = server::open_database(config_, nullptr);
  if (!session) throw std::runtime_error(session.error().message());
  run_alone((*session)->transact([](db::Transaction& tx) -> Task<void> { co_await tx.run(table, {}); }));
  run_alone((*session)->run_script(before.script, mark, {std::int64_t{1}}));
  for (const auto& [name, token] : {std::pair("admin", before.admin), std::pair("registration", before.registration)})
    std::ofstream(folder_ / fmt::format("{}.token", name)) << token << '\n';
}

void TestPlane::restart() {
  if (plane_) plane_->stop();
  plane_.reset();
  open();
}

std::string TestPlane::failed_restart() {
  plane_->stop();
  plane_.reset();
  const auto plane = server::ControlPlane::open(config_);
  return plane ? "" : plane.error().code();
}

void TestPlane::reset_admin_token() {
  const auto file = server::reset_token(config_, auth::TokenKind::admin);
  if (!file) throw std::runtime_error(file.error().message());
  admin_ = read_line(*file);
}

Reply TestPlane::call(http::Method method, std::string target, const std::string& token, std::string body,
                      Headers headers, std::string_view content_type) {
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
  http::ClientRequest request{
      .method = method, .target = std::move(target), .headers = std::move(headers), .body = std::move(body)};
  if (!request.body.empty()) request.content_type = content_type;
  const auto response = run_alone(exchange(url_, std::move(request)));
  if (!response) throw std::runtime_error("no answer: " + response.error().message());
  Reply reply{.status = response->status, .json = nullptr, .body = response->body, .headers = response->headers};
  boost::system::error_code ec;
  boost::json::value parsed = boost::json::parse(reply.body, ec);
  if (!ec) reply.json = std::move(parsed);
  return reply;
}

std::string TestPlane::submit(std::string extra) {
  const std::string body = R"({"name":"test","executor":"shell","steps":[{"run":"true"},{"run":"true"}])" +
                           (extra.empty() ? "" : "," + extra) + "}";
  const Reply reply = call(http::Method::post, "/api/v1/jobs", admin_, body);
  if (reply.status != 201) throw std::runtime_error("submit: " + reply.body);
  return reply.text("id");
}

TestAgent TestPlane::register_agent(std::string_view labels) {
  TestAgent agent{.id = {}, .token = {}, .boot_id = format_uuid(make_uuid_v4())};
  const Reply reply = call(
      http::Method::post, "/api/v1/agents/register", registration_,
      fmt::format(R"({{"name":"test agent","boot_id":"{}","labels":{},"version":"0.1.0","os":"linux","arch":"x86_64",)"
                  R"("executors":["shell"]}})",
                  agent.boot_id, labels));
  if (reply.status != 201) throw std::runtime_error("register: " + reply.body);
  agent.id = reply.text("agent_id");
  agent.token = reply.text("agent_token");
  return agent;
}

Reply TestPlane::claim_with(const TestAgent& agent, const std::string& job, const std::string& claim_id) {
  return call(http::Method::put, "/api/v1/jobs/" + job + "/status", agent.token,
              fmt::format(R"({{"status":"assigned","claim_id":"{}","boot_id":"{}"}})", claim_id, agent.boot_id));
}

TestLease TestPlane::claim(const TestAgent& agent, const std::string& job) {
  const Reply reply = claim_with(agent, job, format_uuid(make_uuid_v4()));
  if (reply.status != 200) throw std::runtime_error("claim: " + reply.body);
  return {
      .job = job, .attempt = static_cast<int>(reply.json.at("attempt").as_int64()), .token = reply.text("lease_token")};
}

Reply TestPlane::put_status(const TestAgent& agent, const TestLease& lease, std::string body) {
  return call(http::Method::put, "/api/v1/jobs/" + lease.job + "/status", agent.token, std::move(body),
              {{"X-Attempt", std::to_string(lease.attempt)}, {"X-Lease-Token", lease.token}});
}

Reply TestPlane::append(const TestAgent& agent, const TestLease& lease, int step, std::int64_t offset,
                        std::string bytes) {
  return call(http::Method::post, fmt::format("/api/v1/jobs/{}/logs?step={}&offset={}", lease.job, step, offset),
              agent.token, std::move(bytes),
              {{"X-Attempt", std::to_string(lease.attempt)}, {"X-Lease-Token", lease.token}},
              "application/octet-stream");
}

std::string TestPlane::wait_for_state(const std::string& job, std::string_view state) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string seen = state_of(job);
  for (; seen != state && std::chrono::steady_clock::now() < deadline; seen = state_of(job))
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return seen;
}

}  // namespace open_cicd
