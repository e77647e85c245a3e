#include "agents/withdrawals.h"

#include <gtest/gtest.h>

namespace open_cicd::agents {
namespace {

TEST(Withdrawals, OnlyOtherExecutorsAreAChange) {
  Withdrawals withdrawals;
  const AgentId agent = AgentId::make(), other = AgentId::make();
  EXPECT_FALSE(withdrawals.set(agent, {}));
  EXPECT_TRUE(withdrawals.set(agent, {{"docker", "stopped"}}));
  EXPECT_FALSE(withdrawals.set(agent, {{"docker", "stopped for 5 s"}}));
  EXPECT_EQ(withdrawals.of(agent), (Withdrawn{{"docker", "stopped for 5 s"}})) << "the newest reason is shown";
  EXPECT_TRUE(withdrawals.set(agent, {{"sandbox", "gone"}}));
  EXPECT_TRUE(withdrawals.of(other).empty());
  EXPECT_TRUE(withdrawals.set(agent, {}));
  EXPECT_TRUE(withdrawals.of(agent).empty());
}

}  // namespace
}  // namespace open_cicd::agents
