#include "workflows/contexts.h"

#include <gtest/gtest.h>

namespace open_cicd::workflows {
namespace {

TEST(Contexts, AnEventIsReadBackFromItsValues) {
  for (const char* name : {"push", "pull_request", "tag"}) {
    Event event = claimed_event({.event = name, .changed = {{"a", "b"}}});
    event.base_sha = std::string(40, '1');
    if (event.change) event.change->labels = {"one", "two"};
    const boost::json::object values = values_of_event(event);
    const Event read = event_of_values(values);
    EXPECT_EQ(values_of_event(read), values) << name;
    EXPECT_EQ(read.change.has_value(), event.change.has_value());
    EXPECT_TRUE(read.own_trigger) << "nobody asks its filters again";
  }
}

TEST(Contexts, WhatAnEventDoesNotHaveIsAbsentAfterwards) {
  const Event read = event_of_values(values_of_event({.name = "schedule"}));
  EXPECT_FALSE(read.branch || read.tag || read.base_sha || read.changed || read.change || read.action);
}

}  // namespace
}  // namespace open_cicd::workflows
