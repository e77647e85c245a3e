// The images that an attempt used, as its agent reports them with the finish.
#include "api/both_databases.h"

namespace open_cicd {
namespace {

class ImagesOfAttempts : public BothDatabases {};
INSTANTIATE_ON_BOTH_DATABASES(ImagesOfAttempts);

TEST_P(ImagesOfAttempts, AreShownWithTheJob) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = plane().claim(agent, plane().submit(R"("retry":0)"));
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  const auto finish = [&](const std::string& images) {
    return plane().put_status(agent, lease, R"({"status":"succeeded","images":)" + images + "}");
  };
  const Reply wrong = finish(R"([{"image":"a","digest":"sha256:1","how":"stolen"}])");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.body.contains("images[0].how")) << wrong.body;
  EXPECT_EQ(finish(R"([{"image":"a","digest":")" + std::string(513, 'x') + R"(","how":"pulled"}])").status, 422);
  const std::string images = R"([{"image":"app:latest","digest":"sha256:1","how":"checked"}])";
  ASSERT_EQ(finish(images).status, 200);
  EXPECT_EQ(finish(images).status, 200) << "a repeated finish";
  const Reply shown = plane().get("/api/v1/jobs/" + lease.job);
  EXPECT_TRUE(shown.body.contains("\"images\":" + images)) << shown.body;
}

}  // namespace
}  // namespace open_cicd
