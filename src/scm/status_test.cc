#include "scm/status.h"

#include "base/text.h"
#include "scm/limits.h"

#include <gtest/gtest.h>

#include <set>

namespace open_cicd::scm {
namespace {

TEST(Status, AContextNamesPipelineEventAndJob) {
  EXPECT_EQ(status_context({.pipeline = "build", .event = "push"}), "open-cicd/build/push");
  EXPECT_EQ(status_context({.pipeline = "build", .event = "pull_request", .job = "test (linux, 16)"}),
            "open-cicd/build/pull_request/test (linux, 16)");
  EXPECT_EQ(status_context({.pipeline = "build", .event = "push", .modified = true}), "open-cicd/modified/build/push");
}

TEST(Status, NothingElseHasTheSameContext) {
  const std::string long_name(300, 'x');
  const StatusOf all[] = {{.pipeline = "a", .event = "push", .job = "push/x"},
                          {.pipeline = "a/push", .event = "push", .job = "x"},
                          {.pipeline = "a%2fpush", .event = "push", .job = "x"},
                          {.pipeline = "modified", .event = "push", .job = "push"},
                          {.pipeline = "push", .event = "push", .modified = true},
                          {.pipeline = "%6dodified", .event = "push", .job = "push"},
                          {.pipeline = "a", .event = "push"},
                          {.pipeline = "a", .event = "push", .job = ""},
                          {.pipeline = "a", .event = "push", .job = long_name},
                          {.pipeline = "a", .event = "tag", .job = long_name},
                          {.pipeline = long_name, .event = "push"},
                          {.pipeline = long_name, .event = "tag"}};
  std::set<std::string> contexts;
  for (const StatusOf& one : all) EXPECT_TRUE(contexts.insert(status_context(one)).second) << status_context(one);
}

TEST(Status, ForgesTakeTheLength) {
  for (const std::size_t size : {200, 230, 231, 232, 233, 234, 235, 236, 237, 300, 5000}) {
    std::string job;
    while (job.size() < size) job += "ü";
    const std::string context = status_context({.pipeline = "build", .event = "push", .job = job});
    EXPECT_LE(context.size(), limits::context_bytes_max);
    EXPECT_TRUE(is_valid_utf8(context));
    const std::string description = status_description(job);
    EXPECT_LE(description.size(), limits::description_bytes_max);
    EXPECT_TRUE(is_valid_utf8(description) && description.ends_with("…"));
  }
  const std::string fits(limits::context_bytes_max - std::string_view("open-cicd/b/push/").size(), 'j');
  EXPECT_TRUE(status_context({.pipeline = "b", .event = "push", .job = fits}).ends_with("/" + fits));
  EXPECT_EQ(status_description("3 of 4 jobs\nfailed"), "3 of 4 jobs\\nfailed");
}

}  // namespace
}  // namespace open_cicd::scm
