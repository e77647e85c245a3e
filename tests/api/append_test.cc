// What the agent's log writes do to the job, over a real socket.
#include "api/both_databases.h"
#include "base/crypto.h"

#include <boost/json/serialize.hpp>

namespace open_cicd {
namespace {

class Append : public BothDatabases {
 protected:
  struct Running {
    TestAgent agent;
    TestLease lease;
  };
  Running given_running_job() {
    Running made{.agent = plane().register_agent(), .lease = {}};
    made.lease = plane().claim(made.agent, plane().submit(R"("retry":0)"));
    EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"running"})").status, 200);
    return made;
  }
  Reply append_with_crc(const Running& made, std::int64_t offset, std::string bytes, std::string_view crc) {
    return plane().call(http::Method::post,
                        fmt::format("/api/v1/jobs/{}/logs?step=0&offset={}&crc32c={}", made.lease.job, offset, crc),
                        made.agent.token, std::move(bytes),
                        {{"X-Attempt", std::to_string(made.lease.attempt)}, {"X-Lease-Token", made.lease.token}},
                        "application/octet-stream");
  }
  std::string log_of(const Running& made) {
    return plane().get("/api/v1/jobs/" + made.lease.job + "/logs?step=0").body;
  }
  std::string flags_of(const Running& made) {
    return boost::json::serialize(plane().get("/api/v1/jobs/" + made.lease.job).json.at("log_flags"));
  }
};

TEST_P(Append, AChunkWithAnotherChecksumIsRefusedAndChangesNothing) {
  const Running made = given_running_job();
  const std::string right = format_crc32c(crc32c("hello")), wrong = format_crc32c(crc32c("hellO"));
  const Reply damaged = append_with_crc(made, 0, "hello", wrong);
  EXPECT_EQ(damaged.status, 422);
  EXPECT_EQ(damaged.text("code"), "crc");
  EXPECT_EQ(append_with_crc(made, 0, "hello", "x").status, 422) << "it is no checksum";
  EXPECT_EQ(log_of(made), "");
  EXPECT_EQ(append_with_crc(made, 0, "hello", right).status, 202);
  EXPECT_EQ(append_with_crc(made, 5, "hello", wrong).status, 422);
  EXPECT_EQ(log_of(made), "hello");
}

TEST_P(Append, WhatItsFinishSaysOfTheLogIsSaidOfTheJob) {
  const std::string sums = fmt::format(R"("logs":{{"0":{{"size":5,"crc32c":"{}"}}}})", format_crc32c(crc32c("hello")));
  for (const auto& [said, shown] :
       {std::pair(R"("log_truncated":true)", R"(["log_truncated"])"),
        std::pair(R"("log_incomplete":true)", R"(["log_incomplete"])"),
        std::pair(R"("log_incomplete":true,"log_truncated":true)", R"(["log_incomplete","log_truncated"])"),
        std::pair(R"("log_truncated":false)", R"([])")}) {
    const Running made = given_running_job();
    ASSERT_EQ(plane().append(made.agent, made.lease, 0, 0, "hello").status, 202);
    const Reply done =
        plane().put_status(made.agent, made.lease, fmt::format(R"({{"status":"succeeded",{},{}}})", sums, said));
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(flags_of(made), shown) << said;
  }
}

INSTANTIATE_ON_BOTH_DATABASES(Append);

}  // namespace
}  // namespace open_cicd
