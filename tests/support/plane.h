// A whole server on a port and folder of its own, on either database, and what a test says to it over a real socket.
#pragma once

#include "http/client.h"
#include "server/server.h"

#include <boost/json/value.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd {

struct Reply {
  int status = 0;
  boost::json::value json;  // null when the body is not JSON
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text(std::string_view member) const;  // of a JSON object; "" if absent
  std::string header(std::string_view name) const;  // "" if absent
};

// An agent as a few requests, and the job that it holds.
struct TestAgent {
  std::string id, token, boot_id;
};
struct TestLease {
  std::string job;
  int attempt = 1;
  std::string token;
};

class TestPlane {
 public:
  // `engine` is "sqlite" or "postgres". Times are a tenth of the protocol's; `settings` come on top.
  using SettingValues = std::map<std::string, std::string>;
  // On a database that is there before: the SQL of a dump, and two of its tokens.
  struct Before {
    std::string script, admin, registration;
  };
  explicit TestPlane(const std::string& engine, SettingValues settings = {}, std::optional<Before> before = {});
  ~TestPlane();

  const std::string& url() const { return url_; }
  const std::string& admin() const { return admin_; }
  const std::string& registration() const { return registration_; }
  const std::filesystem::path& data() const { return folder_; }
  void restart();                // graceful, on the same data and database
  std::string failed_restart();  // of one that must fail: the error's code; restart() comes next
  void reset_admin_token();      // as `open-cicd token reset` does beside the running server; admin() is the new one

  using Headers = std::vector<std::pair<std::string, std::string>>;
  Reply call(http::Method method, std::string target, const std::string& token, std::string body = {},
             Headers headers = {}, std::string_view content_type = "application/json");
  Reply get(std::string target) { return call(http::Method::get, std::move(target), admin_); }

  std::string submit(std::string extra = {});  // members of the job beside name, executor and steps; its id
  TestAgent register_agent(std::string_view labels = "{}");
  TestLease claim(const TestAgent& agent, const std::string& job);
  Reply claim_with(const TestAgent& agent, const std::string& job, const std::string& claim_id);
  Reply put_status(const TestAgent& agent, const TestLease& lease, std::string body);
  Reply append(const TestAgent& agent, const TestLease& lease, int step, std::int64_t offset, std::string bytes);
  std::string state_of(const std::string& job) { return get("/api/v1/jobs/" + job).text("state"); }
  // Waits for the state with a deadline of ten seconds; returns what the state is then.
  std::string wait_for_state(const std::string& job, std::string_view state);

 private:
  void open();
  void restore(const Before& before);
  std::filesystem::path folder_;
  std::string database_;
  SettingValues settings_;
  std::optional<Before> before_;  // until it is restored
  std::string url_, admin_, registration_;
  server::ServerConfig config_;
  std::unique_ptr<server::ControlPlane> plane_;
};

}  // namespace open_cicd
