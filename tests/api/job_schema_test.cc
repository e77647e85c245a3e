// The schema of a submitted job in the OpenAPI document is written by hand: it has the keys that the decoder reads.
#include "api/job_schema.h"

#include "pipelines/parse.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace open_cicd {
namespace {

std::set<std::string> properties_of(const boost::json::value& map) {
  std::set<std::string> keys;
  for (const auto& [key, schema] : map.at("properties").as_object()) keys.insert(std::string(key));
  return keys;
}

std::set<std::string> known(const std::vector<std::string_view>& keys) {
  return {keys.begin(), keys.end()};
}

TEST(JobSchema, HasTheKeysThatAreDecoded) {
  const boost::json::value job = api::job_schema();
  EXPECT_EQ(properties_of(job), known(pipelines::known_job_keys()));
  const auto& properties = job.at("properties");
  EXPECT_EQ(properties_of(properties.at("steps").at("anyOf").at(0)), known(pipelines::known_step_keys()));
  EXPECT_EQ(properties_of(properties.at("services").at("additionalProperties")),
            known(pipelines::known_service_keys()));
}

}  // namespace
}  // namespace open_cicd
