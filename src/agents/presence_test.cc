#include "agents/presence.h"

#include "support/fake_clock.h"

#include <gtest/gtest.h>

namespace open_cicd::agents {
namespace {

struct PresenceTest : testing::Test {
  AgentSettings settings;
  FakeClock clock;
  Presence presence{settings, clock};
  std::vector<AgentId> agents;

  void SetUp() override {
    for (int i = 0; i < 20; ++i) agents.push_back(AgentId::make());
    clock.advance(settings.watch_grace);
  }
  void given_watching(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      presence.heard(agents[i]);
      presence.watching(agents[i]);
    }
  }
};

TEST_F(PresenceTest, ABrokenWatchedPollIsADeadAgentAfterItsSilence) {
  given_watching(1);
  presence.watch_dropped(agents[0]);
  clock.advance(settings.watch_silence - Milliseconds(1));
  EXPECT_TRUE(presence.dead().empty());
  clock.advance(Milliseconds(1));
  EXPECT_EQ(presence.dead(), std::set{agents[0]});
  presence.heard(agents[0]);
  EXPECT_TRUE(presence.dead().empty()) << "heard again, it lives";
}

TEST_F(PresenceTest, WhoGoesAwayOrComesBackIsToldOnce) {
  EXPECT_TRUE(presence.take_moved().unheard) << "those that were not heard since the start";
  EXPECT_FALSE(presence.take_moved().unheard);
  given_watching(1);
  EXPECT_EQ(presence.take_moved().agents, std::vector{agents[0]}) << "it was as good as away";
  EXPECT_TRUE(presence.take_moved().agents.empty());
  presence.watch_dropped(agents[0]);
  clock.advance(settings.watch_silence);
  EXPECT_EQ(presence.take_moved().agents, std::vector{agents[0]});
  EXPECT_TRUE(presence.take_moved().agents.empty());
  presence.heard(agents[0]);
  EXPECT_EQ(presence.take_moved().agents, std::vector{agents[0]});
}

TEST_F(PresenceTest, AnAgentThatIsHeardAgainIsNotDead) {
  given_watching(1);
  presence.watch_dropped(agents[0]);
  clock.advance(Milliseconds(3000));
  presence.heard(agents[0]);
  clock.advance(settings.watch_silence);
  EXPECT_TRUE(presence.dead().empty());
}

TEST_F(PresenceTest, ManySilentTogetherAreTheNetworksFault) {
  given_watching(10);
  for (int i = 0; i < 3; ++i) presence.watch_dropped(agents[static_cast<std::size_t>(i)]);
  clock.advance(settings.watch_silence);
  EXPECT_TRUE(presence.dead().empty());
  clock.advance(settings.watch_mass_window);
  EXPECT_TRUE(presence.dead().empty()) << "only the lease's time to live decides for them";
}

TEST_F(PresenceTest, WhoCameBackFromTheNetworksFaultCanDieAlone) {
  given_watching(10);
  for (int i = 0; i < 3; ++i) presence.watch_dropped(agents[static_cast<std::size_t>(i)]);
  EXPECT_TRUE(presence.dead().empty());
  given_watching(10);
  clock.advance(settings.watch_mass_window);
  presence.watch_dropped(agents[0]);
  clock.advance(settings.watch_silence);
  EXPECT_EQ(presence.dead(), std::set{agents[0]});
}

TEST_F(PresenceTest, TwoOfTenAreNotMany) {
  given_watching(10);
  presence.watch_dropped(agents[0]);
  presence.watch_dropped(agents[1]);
  clock.advance(settings.watch_silence);
  EXPECT_EQ(presence.dead().size(), 2U);
}

TEST_F(PresenceTest, NobodyDiesSoonAfterAStartOrStall) {
  given_watching(1);
  presence.server_stalled();
  presence.watch_dropped(agents[0]);
  clock.advance(settings.watch_silence);
  EXPECT_TRUE(presence.dead().empty());
  clock.advance(settings.watch_grace);
  EXPECT_EQ(presence.dead().size(), 1U) << "still silent once the grace is over";
}

TEST_F(PresenceTest, OfflineIsNothingHeardForTheLeaseTtl) {
  presence.heard(agents[0]);
  clock.advance(settings.lease_ttl - Milliseconds(1));
  EXPECT_FALSE(presence.offline(agents[0]));
  clock.advance(Milliseconds(1));
  EXPECT_TRUE(presence.offline(agents[0]));
}

TEST_F(PresenceTest, AFreshServerTakesNobodyForOffline) {
  Presence fresh(settings, clock);
  EXPECT_FALSE(fresh.offline(agents[0]));
}

TEST_F(PresenceTest, WhoseConnectionEndedIsToldAsAwayLongBeforeItIsOffline) {
  given_watching(1);
  presence.watch_dropped(agents[0]);
  clock.advance(settings.watch_silence - Milliseconds(1));
  EXPECT_FALSE(presence.away(agents[0]));
  clock.advance(Milliseconds(1));
  EXPECT_TRUE(presence.away(agents[0]));
  EXPECT_FALSE(presence.offline(agents[0]));
  presence.heard(agents[0]);
  EXPECT_FALSE(presence.away(agents[0])) << "it came back";
  clock.advance(settings.lease_ttl);
  EXPECT_TRUE(presence.away(agents[0])) << "its connection may stand, but nothing came for too long";
}

TEST_F(PresenceTest, WhoDoesNotComeBackAfterARestartIsAwayAfterTheGrace) {
  Presence fresh(settings, clock);
  EXPECT_FALSE(fresh.away(agents[0]));
  clock.advance(settings.watch_grace);
  EXPECT_TRUE(fresh.away(agents[0]));
  fresh.heard(agents[0]);
  EXPECT_FALSE(fresh.away(agents[0]));
}

TEST_F(PresenceTest, ManySilentTogetherAreNotToldAsAway) {
  given_watching(10);
  for (int i = 0; i < 3; ++i) presence.watch_dropped(agents[static_cast<std::size_t>(i)]);
  EXPECT_TRUE(presence.dead().empty());
  clock.advance(settings.watch_silence);
  EXPECT_FALSE(presence.away(agents[0])) << "the network may be at fault";
  clock.advance(settings.lease_ttl);
  EXPECT_TRUE(presence.away(agents[0]));
}

TEST_F(PresenceTest, WallClockJumpsChangeNothing) {
  given_watching(1);
  clock.jump_wall(Milliseconds(3'600'000));
  EXPECT_FALSE(presence.offline(agents[0]));
  clock.jump_wall(Milliseconds(-7'200'000));
  EXPECT_FALSE(presence.offline(agents[0]));
}

}  // namespace
}  // namespace open_cicd::agents
