// Lines, their index and the search in them, of logs that grow and of logs that have ended.
#include "base/text.h"
#include "logs/lines.h"
#include "logs/logs_fixture.h"

#include <random>

namespace open_cicd::logs {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;
using Groups = std::vector<Group>;

constexpr std::string_view red = "\x1b[31m", reset = "\x1b[0m";

class LogLines : public LogsFixture {
 protected:
  LogLines() { standing.steps = {{0, {}}, {1, {}}}; }

  void given(const std::string& text, int step = 0) {
    if (!logs) start();
    std::int64_t offset = cores.run(logs->size(job, 1, step));
    for (std::size_t at = 0; at < text.size();) {
      const std::string_view piece = std::string_view(text).substr(at, 1 << 20);
      ASSERT_TRUE(append(offset, piece, step).has_value());
      offset += std::ssize(piece);
      at += piece.size();
    }
  }
  void given_ended(const std::map<int, std::string>& texts) {
    for (const auto& [step, text] : texts) given(text, step);
    finish(texts);
    standing.closed = true;
  }
  LogIndex index() { return cores.run(logs->index(job, 1, standing)); }
  LinePage page(std::int64_t from = 1, std::int64_t count = page_lines_max, int step = 0) {
    return cores.run(logs->lines(job, 1, step, standing, from, count));
  }
  std::vector<std::string> lines(std::int64_t from = 1, std::int64_t count = page_lines_max, int step = 0) {
    return page(from, count, step).lines;
  }
  Result<SearchPage> search(SearchFor what, std::size_t max = 10'000, LinePlace from = {}) {
    return cores.run(logs->search(job, 1, standing, std::move(what), from, max, {.name = "me", .gone = gone}));
  }
  std::vector<std::int64_t> found(SearchFor what) {
    std::vector<std::int64_t> numbers;
    for (const LinePlace& place : search(std::move(what)).value().matches) numbers.push_back(place.line);
    return numbers;
  }
  // All lines, page by page.
  std::vector<std::string> all_lines(std::int64_t count, int step = 0) {
    std::vector<std::string> all;
    while (true) {
      LinePage next = page(std::ssize(all) + 1, count, step);
      if (next.lines.empty()) return all;
      all.insert(all.end(), next.lines.begin(), next.lines.end());
    }
  }

  AttemptStanding standing;
  Stop gone;
};

TEST_F(LogLines, AStepThatPrintsHasItsWholeLines) {
  given("one\ntwo\nthr");
  EXPECT_EQ(index().steps.at(0).lines, 2);
  EXPECT_EQ(index().steps.at(0).bytes, 8);
  EXPECT_EQ(index().event_id, "1.0.8");
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
  EXPECT_FALSE(page().complete);
  given("ee\nfour");
  EXPECT_EQ(lines(), (Texts{"one", "two", "three"}));
  EXPECT_EQ(lines(2, 1), (Texts{"two"}));
  EXPECT_TRUE(lines(4).empty());
}

TEST_F(LogLines, TheEndOfAStepThatIsOverIsALineAlsoWithoutABreak) {
  given("one\ntwo");
  standing.steps[0].over = true;
  EXPECT_EQ(lines(), (Texts{"one", "two"}));
  EXPECT_TRUE(page().complete);
  standing.steps[0].over = false;
  given("next\n", 1);
  EXPECT_EQ(lines(), (Texts{"one", "two"})) << "a later one prints, so it is over";
  EXPECT_EQ(index().event_id, "1.1.5");
  EXPECT_EQ(index().steps.at(0).bytes, 7);
}

TEST_F(LogLines, StepsInTheBackgroundAreToldBesideTheOthers) {
  standing.steps[0].background = true;
  given("server\nli", 0);
  given("test\n", 1);
  EXPECT_EQ(index().event_id, "1.1.5+0.7");
  EXPECT_EQ(index().steps.at(0).lines, 1) << "a later one that prints says nothing of it";
}

TEST_F(LogLines, AStreamGoesOnExactlyBehindTheIndex) {
  given("one\ntw");
  TestClient& client = watch(index().event_id);
  client.wait("the rest", [&] { return !client.text().empty(); });
  given("o\n");
  client.wait("the whole line", [&] { return client.text() == "two\n"; });
  end_job();
}

TEST_F(LogLines, ShortAndLongLogsThatHaveEndedHaveTheSameLinesAsBefore) {
  settings.segment_bytes = 64 * 1024;
  settings.index_file_bytes_min = 1024;
  const std::string small = "a\nb\n" + std::string(red) + "c";
  const std::string large = lines_of(3'000'000) + "\nlast";
  given(small, 0);
  given(large, 1);
  const std::vector<std::string> before = all_lines(1999, 1);
  finish({{0, small}, {1, large}});
  standing.closed = true;
  EXPECT_EQ(lines(), (Texts{"a", "b", std::string(red) + "c"}));
  const std::vector<std::string> after = all_lines(2000, 1);
  ASSERT_EQ(after.size(), before.size() + 1);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
  EXPECT_EQ(after.back(), "last");
  const LogIndex kept = index();
  crash_and_start();
  EXPECT_EQ(index().steps.at(1).lines, std::ssize(after)) << "from the file";
  EXPECT_EQ(index().steps.at(1).lines, kept.steps.at(1).lines);
  EXPECT_EQ(lines(std::ssize(after), 1, 1), std::vector<std::string>{"last"});
}

TEST_F(LogLines, AnIndexFileThatIsDamagedOrOfAnotherLogIsMadeAgain) {
  settings.index_file_bytes_min = 1024;
  const std::string text = lines_of(200'000) + "\n";
  given_ended({{0, text}});
  const std::int64_t expected = index().steps.at(0).lines;
  pool->join();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(settings.directory)) {
    if (entry.path().extension() != ".index") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(entry.file_size() / 2)).put('\x55');
  }
  crash_and_start();
  EXPECT_EQ(index().steps.at(0).lines, expected);
  EXPECT_EQ(std::ssize(all_lines(2000)), expected);
}

TEST_F(LogLines, AnIndexThatWasDroppedIsMadeAgainWhileTheLogGrows) {
  settings.index_bytes_max = 1;
  settings.segment_bytes = 64 * 1024;
  given(lines_of(300'000, 0) + "\n", 0);
  given(lines_of(300'000, 1) + "\n", 1);
  for (int i = 0; i < 3; ++i)
    for (const int step : {0, 1}) {
      given("more\n", step);
      EXPECT_EQ(lines(page(1, 1, step).total, 1, step), std::vector<std::string>{"more"});
    }
}

TEST_F(LogLines, ALogThatIsGivenUpAndSentAgainHasTheLinesThatCameLast) {
  given("wrong\nlines\n");
  EXPECT_EQ(lines(), (Texts{"wrong", "lines"}));
  ASSERT_FALSE(verify(claim_of({{0, "ok\n"}})).next.empty());
  EXPECT_TRUE(lines().empty());
  given("ok\n");
  EXPECT_EQ(lines(), (Texts{"ok"}));
}

TEST_F(LogLines, OfAProgressBarTheLastStateIsShown) {
  given(" 10 %\r 50 %\r100 %\r\nlone\rcarriage\r\r\nplain\r\n\r\n");
  EXPECT_EQ(lines(), (Texts{"100 %", "carriage", "plain", ""}));
}

TEST_F(LogLines, BytesThatAreNoTextAreReplacedAndNoCharacterIsSplit) {
  given(std::string("nul\0here\n", 9) + "\xff\xfe\n" + "caf\xc3\n" + "\xc3\xa9\n" + "\xed\xa0\x80\n");
  for (const std::string& line : lines()) EXPECT_TRUE(is_valid_utf8(line));
  EXPECT_EQ(lines(), (Texts{std::string("nul\0here", 8), "\ufffd\ufffd", "caf\ufffd", "é", "\ufffd\ufffd\ufffd"}));
}

TEST_F(LogLines, AnOverlongLineIsCutBetweenCharactersAndSaysSo) {
  std::string line;
  while (line.size() < line_bytes_max + 10) line += "äöü";  // 6 bytes: the limit falls inside a character
  given("before\n" + line + "\nafter\n");
  const LinePage all = page();
  ASSERT_EQ(all.lines.size(), 3u);
  EXPECT_TRUE(is_valid_utf8(all.lines[1]));
  EXPECT_FALSE(all.lines[1].ends_with("\ufffd"));
  EXPECT_LE(all.lines[1].size(), line_bytes_max);
  EXPECT_EQ(all.cut, (Numbers{2}));
  EXPECT_EQ(all.lines[2], "after");
  EXPECT_EQ(lines(3, 1), (Texts{"after"}));
}

TEST_F(LogLines, AHugeLineIsReadWithoutItsRest) {
  settings.segment_bytes = 256 * 1024;
  const std::string huge(8'000'000, 'x');
  given("first\n" + huge + "\r" + huge + "\nlast\n" + huge);
  standing.steps[0].over = true;
  EXPECT_EQ(page(1, 1).total, 4);
  EXPECT_EQ(lines(2, 1).at(0), std::string(line_bytes_max, 'x'));
  EXPECT_EQ(lines(3, 1).at(0), "last");
  EXPECT_EQ(lines(4, 1).at(0), std::string(line_bytes_max, 'x'));
  EXPECT_EQ(page(4, 1).cut, (Numbers{4}));
  EXPECT_EQ(found({.text = "last"}), (Numbers{3}));
}

TEST_F(LogLines, APageNeverHasMoreThanItsLimitAlsoOfControlCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::string(50'000, '\x01') + "\n";
  given(text);
  const LinePage first = page();
  EXPECT_LT(first.lines.size(), 5u);
  EXPECT_FALSE(first.lines.empty());
  EXPECT_EQ(all_lines(2000).size(), 100u);
}

TEST_F(LogLines, APageBeginsWithTheColoursThatAreInForce) {
  given(std::string(red) + "one\ntwo\n\x1b[1mthree" + std::string(reset) + "\nfour\n");
  EXPECT_EQ(lines(2, 1), (Texts{"\x1b[0;31mtwo"}));
  EXPECT_EQ(lines(3, 1), (Texts{"\x1b[0;31m\x1b[1mthree\x1b[0m"}));
  EXPECT_EQ(lines(4, 1), (Texts{"four"}));
  EXPECT_EQ(lines(1, 2), (Texts{"\x1b[31mone", "two"}));
}

TEST_F(LogLines, ColoursOfWhatIsNotShownStayInForce) {
  given("\x1b[32mgone\rshown\nnext\n");
  EXPECT_EQ(lines(), (Texts{"\x1b[0;32mshown", "next"}));
}

// What a terminal would show: each character with its colours.
struct Shown {
  std::string text;
  std::string style;
  bool operator==(const Shown&) const = default;
};
std::vector<Shown> draw(std::string_view line, SgrReader& reader) {
  std::vector<Shown> cells;
  for (const char c : line)
    if (reader.take(c)) cells.push_back({std::string(1, c), reader.state().code()});
  reader.end_line();
  return cells;
}

// What the log says, made in the simplest way.
std::vector<std::vector<Shown>> drawn_whole(const std::string& text) {
  std::vector<std::vector<Shown>> result;
  SgrReader reader;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    while (line.ends_with('\r')) line.pop_back();
    const std::size_t from = line.rfind('\r') == std::string::npos ? 0 : line.rfind('\r') + 1;
    reader.read(line.substr(0, from));
    result.push_back(draw(line.substr(from), reader));
    at = end + 1;
  }
  return result;
}

TEST_F(LogLines, AnyPageOfAnyLogIsDrawnAsTheWholeLogIs) {
  settings.segment_bytes = 16 * 1024;
  std::mt19937 random(7);
  const std::array<std::string, 14> parts{"\n",        "\n",         "\r",       "\x1b[31m",          "\x1b[1;4m", "\x1b[0m",
                                          "\x1b[",     "word ",      "x\x1b[mx", "\x1b[38;5;200mtext", "\x1b]0;t\a", "\x1b[48;2;1;2;3m",
                                          "long long", "\x1b[4:3mw"};
  std::string text;
  while (text.size() < 300'000) text += parts[random() % parts.size()];
  const auto expected = drawn_whole(text);
  start();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = 1 + random() % 5000;
    ASSERT_TRUE(append(static_cast<std::int64_t>(at), std::string_view(text).substr(at, size)).has_value());
    at += size;
    if (random() % 10 == 0) index();
  }
  standing.steps[0].over = true;
  ASSERT_EQ(page(1, 1).total, std::ssize(expected));
  for (int i = 0; i < 60; ++i) {
    const auto from = static_cast<std::int64_t>(random() % expected.size());
    SgrReader reader;
    std::int64_t number = from;
    for (const std::string& line : lines(from + 1, 1 + static_cast<std::int64_t>(random() % 50))) {
      ASSERT_TRUE(draw(line, reader) == expected[static_cast<std::size_t>(number)]) << "line " << number + 1;
      ++number;
    }
    EXPECT_GT(number, from);
  }
}

TEST_F(LogLines, EachLineHasTheTimeAtWhichItWasPrinted) {
  settings.segment_bytes = 64 * 1024;
  start();
  constexpr std::int64_t noon = 1'764'500'000'000;
  std::string whole;
  const auto print = [&](std::string text, std::int64_t at, int step) {
    const std::int64_t offset = step == 0 ? std::ssize(whole) : cores.run(logs->size(job, 1, step));
    ASSERT_TRUE(cores.run(logs->append(job, 1, step, offset, text, std::nullopt, {{offset, at}})).has_value());
    if (step == 0) whole += text;
  };
  for (int i = 0; i < 4000; ++i) print(fmt::format("{:050}\n", i), noon + 100 * i, 0);
  print("short\n", noon, 1);
  print("without", noon + 50, 1);
  const auto check = [&](const char* when) {
    for (const std::int64_t from : {1, 1200, 1285, 2500, 3999}) {
      const LinePage some = page(from, 100);
      ASSERT_EQ(some.times.size(), some.lines.size()) << when;
      for (std::int64_t i = 0; i < std::ssize(some.times); ++i)
        EXPECT_EQ(some.times[static_cast<std::size_t>(i)], noon + 100 * (from + i - 1)) << when << ", line " << from + i;
    }
    EXPECT_EQ(page(1, 1, 1).times.at(0), noon) << when;
  };
  check("while it grows");
  finish({{0, whole}, {1, "short\nwithout"}});
  standing.closed = true;
  check("when it has ended");
  EXPECT_EQ(page(2, 1, 1).times.at(0), noon + 50);
  crash_and_start();
  check("after a start");
  EXPECT_TRUE(stored() == whole) << "no mark stands in the log";
}

TEST_F(LogLines, LinesOfAnAgentThatTellsNoTimesHaveNone) {
  given_ended({{0, "one\ntwo\n"}});
  EXPECT_EQ(page().times, (std::vector<std::optional<std::int64_t>>(2)));
}

TEST_F(LogLines, GroupsAndErrorsAreInTheIndex) {
  given("::group::Compile\ncc a.c\na.c:3:1: \x1b[31merror:\x1b[0m no such name\n::endgroup::\n##[group]Open\nlate\n");
  LogIndex of_open = index();
  EXPECT_EQ(of_open.steps.at(0).groups, (Groups{Group{1, 4, "Compile"}, Group{5, 0, "Open"}}));
  EXPECT_EQ(of_open.steps.at(0).errors, (Numbers{3}));
  EXPECT_EQ(of_open.steps.at(0).errors_total, 1);
  EXPECT_EQ(of_open.steps.at(0).first_error, 3);
  standing.steps[0].over = true;
  EXPECT_EQ(index().steps.at(0).groups, (Groups{Group{1, 4, "Compile"}, Group{5, 6, "Open"}}));
}

TEST_F(LogLines, ErrorsAreCountedBeyondThoseThatAreNamed) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "error: again\n";
  given(text);
  EXPECT_EQ(index().steps.at(0).errors.size(), errors_max);
  EXPECT_EQ(index().steps.at(0).errors_total, 3000);
}

TEST_F(LogLines, ASearchFindsTextWordsAndExpressionsInWhatIsShown) {
  given("Alpha\nb\x1b[31met\x1b[0ma\ngamma beta\nunseen\rdelta\nALPHA beta\n");
  EXPECT_EQ(found({.text = "beta"}), (Numbers{2, 3, 5}));
  EXPECT_EQ(found({.text = "alpha"}), (Numbers{1, 5}));
  EXPECT_TRUE(found({.text = "alpha", .is_case = true}).empty());
  EXPECT_EQ(found({.text = "ALPHA", .is_case = true}), (Numbers{5}));
  EXPECT_EQ(found({.text = "^beta$", .regex = true}), (Numbers{2}));
  EXPECT_EQ(found({.text = "(gam|del)+.*a", .regex = true}), (Numbers{3, 4}));
  EXPECT_TRUE(found({.text = "unseen"}).empty());
  EXPECT_TRUE(found({.text = "a.a"}).empty()) << "it is no expression";
  EXPECT_TRUE(found({.text = "[31m"}).empty()) << "escape sequences are not shown";
}

TEST_F(LogLines, ASearchGoesThroughAllStepsAndCountsBeyondItsLimit) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += fmt::format("hit {}\nmiss\n", i);
  given_ended({{-1, "hit of setup\n"}, {0, many}, {1, "no\nhit"}});
  const SearchPage all = search({.text = "hit"}).value();
  EXPECT_EQ(all.total, 502);
  EXPECT_EQ(all.matches.front().step, -1);
  EXPECT_EQ(all.matches.back().step, 1);
  EXPECT_EQ(all.matches.back().line, 2);
  const SearchPage few = search({.text = "hit"}, 10).value();
  EXPECT_EQ(few.total, 502);
  EXPECT_EQ(few.matches.size(), 10u);
  EXPECT_FALSE(few.next.has_value());
}

TEST_F(LogLines, ASearchThatTakesLongSaysWhereToGoOn) {
  settings.search_time_max = std::chrono::milliseconds(0);
  settings.segment_bytes = 64 * 1024;
  const std::string text = lines_of(1'000'000) + "\n";
  given_ended({{0, text}, {1, "line of the end"}});
  std::int64_t total = 0, answers = 0;
  std::optional<LinePlace> from = LinePlace();
  std::set<std::pair<int, std::int64_t>> places;
  while (from && answers < 1000) {
    const SearchPage part = search({.text = "line of"}, 1'000'000, *from).value();
    total += part.total;
    for (const LinePlace& place : part.matches) EXPECT_TRUE(places.emplace(place.step, place.line).second);
    from = part.next;
    ++answers;
  }
  EXPECT_GT(answers, 3);
  EXPECT_EQ(total, std::ranges::count(text, '\n') + 1);
  EXPECT_EQ(std::ssize(places), total);
}

TEST_F(LogLines, AnExpressionThatIsNoneOrTooLargeIsRefused) {
  given("text\n");
  const auto wrong = search({.text = "(", .regex = true});
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().kind(), ErrorKind::invalid);
  EXPECT_EQ(wrong.error().fields().at(0).path, "q");
  EXPECT_FALSE(search({.text = "((a{100}){100}){100}", .regex = true}).has_value());
  EXPECT_FALSE(search({.text = "\\1", .regex = true}).has_value());
}

TEST_F(LogLines, OneViewerHasAFewSearchesAtATime) {
  settings.searches_per_viewer_max = 0;
  given("text\n");
  const auto refused = search({.text = "text"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), "too_many_searches");
  EXPECT_TRUE(refused.error().retry_after().has_value());
}

TEST_F(LogLines, ASearchForNobodyEnds) {
  given_ended({{0, lines_of(500'000)}});
  gone.request();
  EXPECT_EQ(search({.text = "line"}).value().total, 0);
}

}  // namespace
}  // namespace open_cicd::logs
