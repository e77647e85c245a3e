#include "logs/store.h"

#include "logs/logs_fixture.h"

#include <algorithm>
#include <fstream>
#include <future>

namespace open_cicd::logs {
namespace {

class LogStore : public LogsFixture {};

TEST_F(LogStore, AppendAnswersTheLengthAndSkipsWhatItHas) {
  start();
  EXPECT_EQ(append(0, "hello\n").value(), 6);
  EXPECT_EQ(append(0, "hello\n").value(), 6);
  EXPECT_EQ(append(3, "lo\nworld\n").value(), 12);
  EXPECT_EQ(stored(), "hello\nworld\n");
  EXPECT_EQ(append(0, "").value(), 12);
}

TEST_F(LogStore, RefusesAGapDamageAConflictAndNonsense) {
  start();
  append(0, "hello\n").value();
  const auto gap = append(7, "x");
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().kind(), ErrorKind::range);
  EXPECT_EQ(gap.error().code(), "log_gap");
  EXPECT_EQ(gap.error().facts().at("next").as_int64(), 6);
  EXPECT_EQ(cores.run(logs->append(job, 1, 0, 6, "world", 1u)).error().code(), "crc");
  EXPECT_EQ(append(4, "X\n").error().code(), "log_conflict");
  EXPECT_EQ(append(-1, "x").error().kind(), ErrorKind::invalid);
  EXPECT_EQ(append(0, "x", -2).error().kind(), ErrorKind::invalid);
  EXPECT_EQ(append(0, std::string(settings.chunk_bytes_max + 1, 'x')).error().kind(), ErrorKind::too_large);
  EXPECT_EQ(stored(), "hello\n");
}

TEST_F(LogStore, R12_AllOrdersOfSixChunksEndByteExact) {
  settings.segment_bytes = 64;  // so that every order also crosses segments
  settings.small_bytes_max = 32;
  start();
  const std::string whole = lines_of(600);
  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
  int attempt = 0;
  do {
    ++attempt;
    std::vector<std::size_t> waiting(order);
    while (!waiting.empty()) {
      const std::size_t chunk = waiting.front();
      waiting.erase(waiting.begin());
      const std::size_t from = chunk * 100 - (chunk > 0 ? 13 : 0);  // overlaps the one before
      const std::string_view bytes = std::string_view(whole).substr(from, (chunk + 1) * 100 - from);
      std::string corrupt(bytes);
      corrupt[5] ^= 1;
      ASSERT_FALSE(cores.run(logs->append(job, attempt, 0, static_cast<std::int64_t>(from), corrupt, crc32c(bytes))));
      const auto next = append(static_cast<std::int64_t>(from), bytes, 0, attempt);
      if (next && chunk % 2 == 0) ASSERT_TRUE(append(static_cast<std::int64_t>(from), bytes, 0, attempt));  // doubled
      if (!next) {
        ASSERT_EQ(next.error().code(), "log_gap");
        waiting.push_back(chunk);
      }
    }
    ASSERT_EQ(stored(0, attempt), whole);
    if (attempt % 48 == 0) {  // a finish waits for the disk
      ASSERT_TRUE(verify(claim_of({{0, whole}}), attempt).next.empty());
      logs->close(job, attempt, true);
      ASSERT_EQ(stored(0, attempt), whole);
    }
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(attempt, 720);
}

TEST_F(LogStore, AShortLogNeverTouchesAFile) {
  start();
  append(0, "hello\n").value();
  append(0, "pulling\n", -1).value();
  const auto verdict = finish({{0, "hello\n"}, {-1, "pulling\n"}});
  ASSERT_EQ(verdict.steps.size(), 2u);
  EXPECT_EQ(verdict.steps[0].step, -1);
  EXPECT_TRUE(verdict.steps[1].small);
  EXPECT_EQ(files(), 0u);
  start();
  EXPECT_EQ(stored(), "hello\n");
  EXPECT_EQ(stored(-1), "pulling\n");
  EXPECT_EQ(cores.run(logs->size(job, 1)), 14);
}

TEST_F(LogStore, ALongLogIsReadFromAnyOffsetWhileItGrowsAndAfterwards) {
  settings.segment_bytes = 4096;
  settings.small_bytes_max = 1000;
  settings.cache_bytes_max = 10000;
  start();
  const std::string whole = lines_of(50'000);
  const auto read_everywhere = [&](std::size_t length) {
    for (std::size_t from = 0; from <= length; from += 777) {
      const auto bytes = cores.run(logs->read(job, 1, 0, static_cast<std::int64_t>(from), 5000));
      ASSERT_EQ(bytes.value(), whole.substr(from, std::min<std::size_t>(5000, length - from))) << from;
    }
  };
  for (std::size_t at = 0; at < whole.size(); at += 2500) {
    ASSERT_TRUE(append(static_cast<std::int64_t>(at), std::string_view(whole).substr(at, 2500)));
    if (at % 10'000 == 0) read_everywhere(at + 2500);
  }
  EXPECT_FALSE(finish({{0, whole}}).steps.at(0).small);
  read_everywhere(whole.size());
  start();
  read_everywhere(whole.size());
  EXPECT_EQ(cores.run(logs->read(job, 1, 0, 50'001, 1)).error().kind(), ErrorKind::range);
}

TEST_F(LogStore, AfterACrashTheLengthIsWhatTheFileHolds) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  start();
  const std::string whole = lines_of(3500);
  append(0, whole).value();
  crash_and_start();
  const auto next = cores.run(logs->next_offsets(job, 1));
  ASSERT_EQ(next.at(0), 3000);
}

TEST_F(LogStore, AfterACrashTheAgentRewindsAndATornTailIsOverwritten) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  start();
  const std::string whole = lines_of(3500);
  append(0, whole).value();
  cores.run(logs->stop());  // everything is in the file: 4 segments
  logs.reset();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(settings.directory)) {
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), entry.file_size() - 3);
  }
  start();
  const auto gap = append(3500, "more\n");
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().facts().at("next").as_int64(), 3000);
  EXPECT_EQ(append(2900, std::string_view(whole).substr(2900)).value(), 3500);
  const std::string longer = whole + lines_of(2000, 7);
  EXPECT_EQ(append(3500, std::string_view(longer).substr(3500)).value(), 5500);
  finish({{0, longer}});
  start();
  EXPECT_EQ(stored(), longer);
}

TEST_F(LogStore, AStopKeepsEvenShortLogs) {
  start();
  append(0, "short\n").value();
  cores.run(logs->stop());
  start();
  EXPECT_EQ(cores.run(logs->next_offsets(job, 1)).at(0), 6);
  EXPECT_EQ(append(6, "more\n").value(), 11);
  finish({{0, "short\nmore\n"}});
  EXPECT_EQ(stored(), "short\nmore\n");
}

TEST_F(LogStore, RefusesMoreThanTheJobsLimit) {
  settings.job_bytes_max = 10;
  start();
  append(0, "12345678").value();
  append(0, "ab", 1).value();
  const auto refused = append(8, "9");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::too_large);
  EXPECT_EQ(refused.error().code(), "log_limit");
  jobs::LogClaim claim = claim_of({{0, "12345678 and much more"}, {1, "ab"}});
  claim.truncated = true;
  const auto verdict = verify(claim);
  EXPECT_TRUE(verdict.next.empty());
  EXPECT_TRUE(verdict.truncated);
  EXPECT_TRUE(verdict.incomplete);
}

TEST_F(LogStore, TheJobsLimitCountsWhatWasThereBeforeACrash) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  settings.job_bytes_max = 3000;
  start();
  append(0, lines_of(3000)).value();
  crash_and_start();
  ASSERT_EQ(cores.run(logs->next_offsets(job, 1)).at(0), 3000);
  const auto refused = append(3000, "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "log_limit");
}

TEST_F(LogStore, BytesThatAreSentAnewCountOnceForTheJobsLimit) {
  settings.job_bytes_max = 10;
  start();
  append(0, "hellO wrld").value();
  const auto claim = claim_of({{0, "hello wrld"}});
  ASSERT_EQ(verify(claim).next.at(0), 0);
  const auto again = append(0, "hello wrld");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, 10);
  EXPECT_FALSE(verify(claim).incomplete);
}

TEST_F(LogStore, LinesAreAppendedOncePerSequenceNumber) {
  start();
  EXPECT_EQ(cores.run(logs->append_lines(job, 1, 0, 0, {"one", "two"})).value(), 8);
  EXPECT_EQ(cores.run(logs->append_lines(job, 1, 0, 0, {"one", "two"})).value(), 8);
  EXPECT_EQ(cores.run(logs->append_lines(job, 1, 0, 1, {"three"})).value(), 14);
  EXPECT_EQ(stored(), "one\ntwo\nthree\n");
}

TEST_F(LogStore, LinesOfWhichSomeFoundNoRoomComeAgainAndAreThereOnce) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  start();
  cores.run(logs->append_lines(job, 1, 0, 0, {"first"})).value();
  std::vector<std::string> lines;
  for (int i = 0; i < 100; ++i) lines.push_back(std::string(99, static_cast<char>('a' + i % 26)));
  std::string text = "first\n";
  for (const std::string& line : lines) text += line + "\n";
  const std::filesystem::path in_the_way = job_folder(settings.directory, job);
  std::filesystem::create_directories(in_the_way.parent_path());
  std::ofstream(in_the_way) << "no folder";
  for (int i = 0; i < 2; ++i) {
    const auto refused = cores.run(logs->append_lines(job, 1, 0, 1, lines));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), "log_store");
    EXPECT_GT(stored().size(), 6U) << "some of them are there";
  }
  std::filesystem::remove(in_the_way);
  EXPECT_EQ(cores.run(logs->append_lines(job, 1, 0, 1, lines)).value(), static_cast<std::int64_t>(text.size()));
  cores.run(logs->append_lines(job, 1, 0, 2, {"last"})).value();
  EXPECT_EQ(stored(), text + "last\n");
}

TEST_F(LogStore, WhatWasAdmittedBeforeTheEndAndComesAfterItChangesNothing) {
  start();
  append(0, "hello\n").value();
  finish({{0, "hello\n"}});
  EXPECT_EQ(append(6, "late\n").error().code(), "bad_transition");
  EXPECT_EQ(verify(claim_of({{0, "hello\n"}})).next, (std::map<int, std::int64_t>{{0, 0}}))
      << "a finish that came twice";
  EXPECT_EQ(stored(), "hello\n") << "readers get what the end has stored";
}

TEST_F(LogStore, AFinishAsksForWhatIsMissing) {
  start();
  append(0, "hello\n").value();
  const auto verdict = verify(claim_of({{0, "hello\nworld\n"}, {1, "x"}}));
  EXPECT_EQ(verdict.next, (std::map<int, std::int64_t>{{0, 6}, {1, 0}}));
  EXPECT_EQ(append(6, "world\n").value(), 12);  // nothing was frozen
}

TEST_F(LogStore, AWrongChecksumStartsTheStepAnewOnceAndThenIsIncomplete) {
  start();
  append(0, "hellO\n").value();
  append(0, "fine\n", 1).value();
  const auto claim = claim_of({{0, "hello\n"}, {1, "fine\n"}});
  EXPECT_EQ(verify(claim).next, (std::map<int, std::int64_t>{{0, 0}}));
  EXPECT_EQ(stored(), "");
  append(0, "hellO\n").value();
  const auto verdict = verify(claim);
  EXPECT_TRUE(verdict.next.empty());
  EXPECT_TRUE(verdict.incomplete);
  EXPECT_EQ(verdict.steps.size(), 2u);
}

TEST_F(LogStore, AWrongChecksumIsHealedBySendingAgain) {
  settings.segment_bytes = 100;
  settings.small_bytes_max = 10;
  start();
  std::string right = lines_of(550);
  std::string wrong = right;
  wrong[5] ^= 1;
  append(0, wrong).value();
  EXPECT_EQ(verify(claim_of({{0, right}})).next.at(0), 0);
  append(0, right).value();
  const auto verdict = finish({{0, right}});
  EXPECT_FALSE(verdict.incomplete);
  EXPECT_EQ(stored(), right);
}

TEST_F(LogStore, AnUnclaimedStepIsGivenUp) {
  start();
  append(0, "extra\n", 3).value();
  EXPECT_EQ(verify(claim_of({})).next.at(3), 0);
  EXPECT_TRUE(verify(claim_of({})).steps.empty());
}

TEST_F(LogStore, ALostAttemptKeepsWhatIsThere) {
  start();
  append(0, "half\n").value();
  jobs::LogClaim claim;
  claim.incomplete = true;
  const auto verdict = verify(claim);
  EXPECT_TRUE(verdict.incomplete);
  EXPECT_FALSE(verdict.unverified);
  commit(verdict);
  EXPECT_EQ(stored(), "half\n");
}

TEST_F(LogStore, AFinishWithoutSumsIsUnverified) {
  start();
  append(0, "hi\n").value();
  EXPECT_TRUE(verify({}).unverified);
}

TEST_F(LogStore, AFrozenLogTakesNothingUntilTheFinishFailed) {
  start();
  append(0, "hello\n").value();
  verify(claim_of({{0, "hello\n"}}));
  EXPECT_EQ(append(6, "late\n").error().code(), "bad_transition");
  EXPECT_EQ(append(0, "late\n", 1).error().code(), "bad_transition");
  logs->close(job, 1, false);
  EXPECT_EQ(append(6, "late\n").value(), 11);
}

TEST_F(LogStore, TooManyUnsealedBytesAreSealedEarly) {
  settings.unsealed_bytes_max = 100'000;
  start();
  const std::string text = lines_of(30'000);
  for (int step = 0; step < 8; ++step) append(0, text, step).value();
  wait_until("files of logs that were sealed early", [&] { return files() > 2; });
  for (int step = 0; step < 8; ++step) EXPECT_EQ(stored(step), text);
}

TEST_F(LogStore, WhileAllLogsHoldTooMuchAnAppendWaitsUntilSomeIsSealed) {
  settings.unsealed_bytes_max = 100'000;
  start();
  std::promise<void> disk;
  const std::shared_future<void> works = disk.get_future().share();
  for (int thread = 0; thread < 2; ++thread) asio::post(*pool, [works] { works.wait(); });
  const std::string text = lines_of(60'000);
  append(0, text, 0).value();
  append(0, text, 1).value();
  std::future<std::int64_t> third = std::async(std::launch::async, [&] { return append(0, text, 2).value(); });
  const std::string taken = text.substr(0, 2 * 16 * 1024);  // a segment that would be compressed now, and a tail
  wait_until("as much of it as a full store takes", [&] { return stored(2) == taken; });
  disk.set_value();
  EXPECT_EQ(third.get(), 60'000);
  for (int step = 0; step < 3; ++step) EXPECT_EQ(stored(step), text);
}

TEST_F(LogStore, ADiskThatRefusesIsUnavailableAndLaterWorks) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  {
    std::ofstream(settings.directory) << "a file where the folder should be";
  }
  start();
  const std::string whole = lines_of(5000);
  const auto refused = append(0, whole);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(refused.error().code(), "log_store");
  std::filesystem::remove(settings.directory);
  EXPECT_EQ(append(0, whole).value(), 5000);
  finish({{0, whole}});
  EXPECT_EQ(stored(), whole);
}

TEST_F(LogStore, AppendsFromManyThreadsAndReadersAgree) {
  settings.segment_bytes = 4096;
  settings.small_bytes_max = 1000;
  start();
  const std::string whole = lines_of(300'000);
  std::vector<std::thread> threads;
  std::atomic<bool> done = false;
  for (std::size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t at = 0; at < whole.size(); at += 1500 + t * 700) {
        const std::string_view bytes = std::string_view(whole).substr(at, 1500 + t * 700);
        while (true) {
          const auto next = cores.run(logs->append(job, 1, 0, static_cast<std::int64_t>(at), bytes, crc32c(bytes)), t);
          if (next) break;
          ASSERT_EQ(next.error().code(), "log_gap");
        }
      }
    });
  }
  std::thread reader([&] {
    while (!done) {
      const std::string read = stored();
      ASSERT_EQ(read, whole.substr(0, read.size()));
    }
  });
  for (auto& thread : threads) thread.join();
  done = true;
  reader.join();
  finish({{0, whole}});
  EXPECT_EQ(stored(), whole);
}

TEST_F(LogStore, RawDownloadsSpanStepsAndRanges) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  start();
  const std::string a = "setup\n", b = lines_of(5000), c = "end\n";
  append(0, a, -1).value();
  append(0, b, 0).value();
  append(0, c, 2).value();
  const std::string all = a + b + c;
  const auto download = [&](std::optional<int> step, std::int64_t begin, std::int64_t end) {
    TestClient client(cores.at(0));
    cores.run(logs->stream_raw(job, 1, step, begin, end, client));
    return client.raw();
  };
  const auto check = [&] {
    EXPECT_EQ(download({}, 0, 5010), all);
    EXPECT_EQ(download({}, 3, 5008), all.substr(3, 5005));
    EXPECT_EQ(download(0, 0, 5000), b);
    EXPECT_EQ(download(0, 999, 1001), b.substr(999, 2));
    EXPECT_EQ(download(2, 1, 4), "nd\n");
    EXPECT_EQ(download({}, 5009, 99999), "\n");
  };
  check();
  finish({{-1, a}, {0, b}, {2, c}});
  check();
}

}  // namespace
}  // namespace open_cicd::logs
