// A6: every state × requested status × caller, over the API; the expectations are written by hand from the protocol.
#include "api/both_databases.h"

namespace open_cicd {
namespace {

class Matrix : public BothDatabases {
 protected:
  struct Case {
    std::string job;
    std::optional<TestLease> lease;
    TestAgent holder;
  };

  Case given_job_in(const std::string& state) {
    Case made{.job = {}, .lease = {}, .holder = plane().register_agent()};
    if (state == "blocked") {
      const std::string group = R"("concurrency":"g)" + std::to_string(++groups_) + "\"";
      plane().submit(group);
      made.job = plane().submit(group);
      return made;
    }
    made.job = plane().submit(R"("retry":0)");
    if (state == "queued") return made;
    made.lease = plane().claim(made.holder, made.job);
    if (state == "assigned") return made;
    say(made, R"({"status":"running"})");
    if (state == "running") return made;
    if (state == "cancelling" || state == "cancelled") {
      cancel(made.job);
      if (state == "cancelled") say(made, R"({"status":"cancelled"})");
      return made;
    }
    if (state == "lost")
      plane().call(http::Method::delete_, "/api/v1/agents/" + made.holder.id, plane().admin());
    else
      say(made, R"({"status":")" + state + R"("})");
    return made;
  }
  void say(const Case& made, std::string body) {
    const Reply reply = plane().put_status(made.holder, *made.lease, std::move(body));
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  void cancel(const std::string& job) {
    ASSERT_EQ(
        plane()
            .call(http::Method::put, "/api/v1/jobs/" + job + "/status", plane().admin(), R"({"status":"cancelled"})")
            .status,
        202);
  }
  static int groups_;
};
int Matrix::groups_ = 0;

const std::vector<std::string> all_states = {"blocked",   "queued", "assigned",  "running",   "cancelling",
                                             "succeeded", "failed", "cancelled", "timed_out", "lost"};
const std::vector<std::string> asked = {"running",   "queued", "succeeded", "failed",  "cancelled",
                                        "timed_out", "lost",   "skipped",   "blocked", "cancelling"};

bool is_end(const std::string& state) {
  return state == "succeeded" || state == "failed" || state == "cancelled" || state == "timed_out" || state == "lost";
}
bool is_finish(const std::string& status) {
  return status == "succeeded" || status == "failed" || status == "cancelled" || status == "timed_out";
}

int expected_for_user(const std::string& state, const std::string& status) {
  if (status != "cancelled") return 403;
  if (state == "blocked" || state == "queued" || state == "cancelled") return 200;
  return is_end(state) ? 409 : 202;
}

int expected_for_holder(const std::string& state, const std::string& status) {
  if (status == "running") return state == "assigned" || state == "running" ? 200 : 409;
  if (status == "queued") return state == "assigned" ? 200 : 409;
  if (!is_finish(status)) return 409;
  if (state == "cancelling") return 200;
  if (state == "running") return status == "cancelled" ? 409 : 200;
  return state == status ? 200 : 409;  // the same finish again gets the stored answer
}

TEST_P(Matrix, A6_UserMayOnlyCancel) {
  for (const std::string& state : all_states)
    for (const std::string& status : asked) {
      const Case made = given_job_in(state);
      const Reply reply = plane().call(http::Method::put, "/api/v1/jobs/" + made.job + "/status", plane().admin(),
                                       R"({"status":")" + status + "\"}");
      EXPECT_EQ(reply.status, expected_for_user(state, status))
          << state << " asked for " << status << ": " << reply.body;
    }
}

TEST_P(Matrix, A6_LeaseHolderMovesOnlyAsTheTableSays) {
  for (const std::string& state : all_states) {
    if (state == "blocked" || state == "queued" || state == "lost")
      continue;  // nobody holds them: see the stranger; lost: A9
    for (const std::string& status : asked) {
      const Case made = given_job_in(state);
      const Reply reply = plane().put_status(made.holder, *made.lease, R"({"status":")" + status + "\"}");
      EXPECT_EQ(reply.status, expected_for_holder(state, status))
          << state << " asked for " << status << ": " << reply.body;
      if (is_end(state)) EXPECT_EQ(plane().state_of(made.job), state) << "asked for " << status;
    }
  }
}

TEST_P(Matrix, A6_StrangerIsRefusedAndNothingChanges) {
  const TestAgent stranger = plane().register_agent();
  for (const std::string& state : all_states)
    for (const std::string& status : asked) {
      const Case made = given_job_in(state);
      const Reply before = plane().get("/api/v1/jobs/" + made.job);
      const TestLease guess{
          .job = made.job, .attempt = 1, .token = made.lease ? made.lease->token : std::string(64, 'a')};
      const Reply reply = plane().put_status(stranger, guess, R"({"status":")" + status + "\"}");
      EXPECT_EQ(reply.status, 403) << state << " asked for " << status << ": " << reply.body;
      EXPECT_EQ(reply.text("code"), "not_lease_holder");
      // Its version counts every change; how many agents could take it now is worked out anew for each answer.
      const Reply after = plane().get("/api/v1/jobs/" + made.job);
      for (const char* member : {"version", "state", "attempts", "steps"})
        EXPECT_EQ(after.json.at(member), before.json.at(member)) << state << " asked for " << status << ": " << member;
    }
}

TEST_P(Matrix, A6_ClaimTakesQueuedJobsOnly) {
  for (const std::string& state : all_states) {
    const Case made = given_job_in(state);
    const TestAgent other = plane().register_agent();
    const Reply reply = plane().claim_with(other, made.job, format_uuid(make_uuid_v4()));
    EXPECT_EQ(reply.status, state == "queued" ? 200 : 409) << state << ": " << reply.body;
    if (state != "queued") EXPECT_EQ(reply.text("code"), "not_queued") << state;
  }
}

INSTANTIATE_ON_BOTH_DATABASES(Matrix);

}  // namespace
}  // namespace open_cicd
