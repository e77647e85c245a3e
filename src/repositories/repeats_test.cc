#include "repositories/repeats.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace open_cicd::repositories {
namespace {

// A ref, those who tell of it, and what is made of that.
struct ToldRef {
  void push(std::optional<std::string> to) {
    pushes.push_back({.source = "webhook", .from = at, .to = to, .digest = fmt::format("body {}", pushes.size())});
    at = std::move(to);
  }
  // What comes twice under its name is told apart before, when it was kept.
  void webhook(std::size_t number) {
    const Move& move = pushes[number];
    if (std::ranges::none_of(kept, [&](const Move& one) { return one.digest == move.digest; })) tell(move);
  }
  void poll() {
    if (seen == at) return;
    tell({.source = "poll", .from = seen, .to = at, .digest = "of a poll"});
    seen = at;
  }
  void tell(Move move) {
    move.received_at = ++now;
    const auto repeat = repeat_of(move, kept);
    if (!repeat)
      kept.insert(kept.begin(), std::move(move));
    else if (repeat->verdict == Verdict::claims)
      kept[repeat->of].webhook = move.digest;
  }
  // How many runs there are of each commit.
  std::map<std::string, int> made() const {
    std::map<std::string, int> counts;
    for (const Move& move : kept) ++counts[move.to.value_or("gone")];
    return counts;
  }
  std::string story() const {
    std::string text;
    for (auto move = kept.rbegin(); move != kept.rend(); ++move)
      text += fmt::format("{} {}->{}, ", move->source, move->from.value_or("-"), move->to.value_or("-"));
    return text;
  }

  std::optional<std::string> at, seen;
  std::vector<Move> pushes, kept;
  std::int64_t now = 0;
};

class RepeatsTest : public testing::Test, protected ToldRef {
 protected:
  void begin_anew() { static_cast<ToldRef&>(*this) = {}; }
};

using Counts = std::map<std::string, int>;

TEST_F(RepeatsTest, TwoPollsAreFirstAndTheirWebhooksComeInTheWrongOrder) {
  push("A");
  poll();
  push("B");
  poll();
  webhook(1);
  webhook(0);
  webhook(1);
  webhook(0);
  EXPECT_EQ(made(), (Counts{{"A", 1}, {"B", 1}})) << story();
}

TEST_F(RepeatsTest, APollThatSawTwoPushesAsOneIsTheSecond) {
  for (const bool in_order : {true, false}) {
    begin_anew();
    push("A");
    push("B");
    poll();
    webhook(in_order ? 0 : 1);
    webhook(in_order ? 1 : 0);
    EXPECT_EQ(made(), (Counts{{"A", 1}, {"B", 1}})) << story();
  }
}

TEST_F(RepeatsTest, APollBehindWebhooksInTheWrongOrderAddsNothing) {
  push("A");
  push("B");
  webhook(1);
  webhook(0);
  poll();
  EXPECT_EQ(made(), (Counts{{"A", 1}, {"B", 1}})) << story();
}

TEST_F(RepeatsTest, ARealPushBackToWhatAPollSawIsNoRepeat) {
  push("A");
  push("B");
  poll();
  push("A");
  push("B");
  webhook(2);
  webhook(3);
  EXPECT_EQ(made(), (Counts{{"A", 1}, {"B", 2}})) << story();
}

TEST_F(RepeatsTest, ThePollAfterAPushBackWhoseWebhookWasLostIsNoRepeat) {
  push("A");
  webhook(0);
  push("B");
  webhook(1);
  poll();
  push("A");
  poll();
  push("B");
  poll();
  EXPECT_EQ(made(), (Counts{{"A", 2}, {"B", 2}})) << story();
}

TEST_F(RepeatsTest, AWebhookThatComesADayLateIsNotTakenForAPoll) {
  push("A");
  poll();
  now += 25LL * 3'600'000;
  webhook(0);
  EXPECT_EQ(made(), (Counts{{"A", 2}})) << story();
}

TEST_F(RepeatsTest, APollThatWasOvertakenLeavesItToTheNext) {
  const std::vector<Move> earlier{{.source = "webhook", .from = "0", .to = "A", .digest = "x", .received_at = 5}};
  const Move poll{.source = "poll", .from = "0", .to = "B", .digest = "y", .received_at = 6, .seen_at = 5};
  ASSERT_TRUE(repeat_of(poll, earlier));
  EXPECT_EQ(repeat_of(poll, earlier)->verdict, Verdict::unsettled);
}

TEST_F(RepeatsTest, EachPushOfANewCommitIsOneRunHoweverItIsTold) {
  for (unsigned seed = 0; seed < 4'000; ++seed) {
    begin_anew();
    std::mt19937 random(seed);
    std::vector<std::size_t> waiting;
    for (int step = 0; step < 12; ++step) switch (random() % 4) {
        case 0:
          push(fmt::format("c{}", pushes.size()));
          for (unsigned copies = 1 + random() % 2; copies > 0; --copies) waiting.push_back(pushes.size() - 1);
          break;
        case 1:
          poll();
          break;
        default:
          if (waiting.empty()) break;
          // Of three neighbours any may be first.
          const std::size_t chosen = random() % std::min<std::size_t>(3, waiting.size());
          webhook(waiting[chosen]);
          waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(chosen));
      }
    for (const std::size_t one : waiting) webhook(one);
    poll();
    for (const auto& [commit, count] : made()) ASSERT_EQ(count, 1) << "seed " << seed << ": " << story();
    ASSERT_EQ(made().size(), pushes.size()) << "seed " << seed << ": " << story();
  }
}

TEST_F(RepeatsTest, NoPushIsLostThoughCommitsComeBackAndWebhooksGetLost) {
  for (unsigned seed = 0; seed < 4'000; ++seed) {
    begin_anew();
    std::mt19937 random(seed);
    std::size_t next = 0;
    std::map<std::string, int> told;  // arrivals that a webhook told
    const auto deliver = [&] {
      if (next == pushes.size()) return;
      if (random() % 4 != 0) {
        webhook(next);
        ++told[*pushes[next].to];
      }
      ++next;
    };
    for (int step = 0; step < 14; ++step) switch (random() % 3) {
        case 0: {
          std::string to(1, static_cast<char>('A' + random() % 3));
          if (at != to) push(std::move(to));
          break;
        }
        case 1:
          poll();
          break;
        default:
          deliver();
      }
    while (next < pushes.size()) deliver();
    poll();
    const Counts counts = made();
    for (const auto& [commit, count] : told)
      ASSERT_GE(counts.contains(commit) ? counts.at(commit) : 0, 1) << "seed " << seed << ": " << story();
    if (at) ASSERT_TRUE(counts.contains(*at)) << "seed " << seed << ": " << story();
  }
}

}  // namespace
}  // namespace open_cicd::repositories
