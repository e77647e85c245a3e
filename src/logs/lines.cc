#include "logs/lines.h"

#include "base/text.h"
#include "logs/position.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

constexpr std::chrono::seconds search_retry_after{1};
constexpr std::int64_t clock_bytes = 64 * 1024;  // a search looks at the clock after so many

// The last step in the foreground that has bytes: those before it have ended, or are taken to have.
int last_step(const Sizes& sizes, const AttemptStanding& standing) {
  int last = -1;
  for (const auto& [step, size] : sizes) {
    const auto known = standing.steps.find(step);
    if (known == standing.steps.end() || !known->second.background) last = step;
  }
  return last;
}

bool is_over(const AttemptStanding& standing, int step, int last) {
  if (standing.closed) return true;
  const auto known = standing.steps.find(step);
  const StepStanding of_step = known == standing.steps.end() ? StepStanding() : known->second;
  return of_step.over || (!of_step.background && step < last);
}

// Makes the text of the lines of one page.
class PageWriter {
 public:
  PageWriter(std::int64_t from, std::int64_t count) : from_(from), end_(from + count) {}

  bool is_full() const { return next_ >= end_ || bytes_ >= page_bytes_max; }
  std::int64_t next() const { return next_; }
  void read(StepIndex::Span span, std::string_view bytes) {
    LineReader reader(span.number, span.begin, span.state);
    const auto sink = [this](const Line& line) { add(line); };
    reader.read(bytes, sink);
    if (span.is_long || span.ends_log) reader.rest(sink);
  }
  LinePage take() { return std::move(page_); }

 private:
  // Whoever reads the page line by line has `known_` in force. Where that is not so in the log, because a line began
  // before the page or something of it is not shown, the text says it.
  void add(const Line& line) {
    if (line.number < std::max(from_, next_) || is_full()) return;
    std::string text;
    if (line.before != known_) text = line.before.code();
    text += is_valid_utf8(line.text) ? std::string(line.text) : to_valid_utf8(line.text);
    if (!page_.lines.empty() && bytes_ + text.size() > page_bytes_max) {
      bytes_ = page_bytes_max;
      return;
    }
    bytes_ += text.size();
    page_.lines.push_back(std::move(text));
    known_ = line.after;
    if (line.cut) {
      page_.cut.push_back(line.number);
      SgrReader shown(line.before);
      shown.read(line.text);
      known_ = shown.state();
    }
    next_ = line.number + 1;
  }

  const std::int64_t from_, end_;
  std::int64_t next_ = from_;
  std::size_t bytes_ = 0;
  Sgr known_;
  LinePage page_;
};

}  // namespace

Task<LogIndex> Lines::index(AttemptId id, AttemptStanding standing) {
  const auto source = co_await store_.source(id);
  const Sizes sizes = source->sizes();
  const int last = last_step(sizes, standing);
  LogIndex result;
  Place place{.at = {id.attempt, last, 0}};
  std::size_t groups_left = page_marks_max, errors_left = page_marks_max;
  for (const auto& [step, size] : sizes) {
    const auto index = co_await store_.index(source, id, step, size);
    const bool over = is_over(standing, step, last);
    StepLines lines{.step = step};
    std::int64_t end = 0;
    index->look([&](const StepIndex& of_step) {
      end = lines.bytes = of_step.lines_end(over);
      lines.lines = of_step.lines(over);
      lines.groups = of_step.groups();
      lines.errors = of_step.errors(over);
      lines.errors_total = of_step.errors_total(over);
      return 0;
    });
    lines.groups.resize(std::min(lines.groups.size(), groups_left));
    lines.errors.resize(std::min(lines.errors.size(), errors_left));
    groups_left -= lines.groups.size();
    errors_left -= lines.errors.size();
    const auto known = standing.steps.find(step);
    if (step == last) place.at.offset = end;
    if (known != standing.steps.end() && known->second.background) place.beside[step] = end;
    result.steps.push_back(std::move(lines));
  }
  result.event_id = place.str();
  co_return result;
}

Task<std::string> Lines::read_span(std::shared_ptr<const Source> source, AttemptId id, int step,
                                   StepIndex::Span span) {
  // Of a long line no more is shown; one byte more tells that it is cut.
  const std::int64_t end =
      span.is_long ? std::min(span.end, span.begin + static_cast<std::int64_t>(line_bytes_max) + 1) : span.end;
  std::string bytes;
  while (span.begin + static_cast<std::int64_t>(bytes.size()) < end) {
    const std::int64_t at = span.begin + static_cast<std::int64_t>(bytes.size());
    const std::string piece = co_await store_.read(source, id, step, at, static_cast<std::size_t>(end - at));
    if (piece.empty()) break;
    bytes += piece;
  }
  co_return bytes;
}

Task<LinePage> Lines::read(AttemptId id, int step, bool over, std::int64_t from, std::int64_t count) {
  const auto source = co_await store_.source(id);
  const Sizes sizes = source->sizes();
  const auto size = sizes.find(step);
  if (size == sizes.end()) co_return LinePage();
  const auto index = co_await store_.index(source, id, step, size->second);
  const std::int64_t total = index->look([&](const StepIndex& of_step) { return of_step.lines(over); });
  PageWriter page(from, count);
  while (!page.is_full() && page.next() <= total) {
    const std::int64_t asked = page.next();
    const StepIndex::Span span =
        index->look([&](const StepIndex& of_step) { return of_step.span_of(asked, over); });
    const std::string bytes = co_await read_span(source, id, step, span);
    co_await offload(store_.pool(), [&] {
      page.read(span, bytes);
      return 0;
    });
    if (page.next() == asked) break;  // the log was deleted meanwhile
  }
  LinePage result = page.take();
  result.total = total;
  co_return result;
}

struct Lines::Search {
  const LineMatcher matcher;
  const std::size_t matches_max;
  std::int64_t bytes_left;
  const std::chrono::steady_clock::time_point deadline;
  SearchPage page = {};
  std::string plain = {};

  bool is_over() const { return bytes_left <= 0 || std::chrono::steady_clock::now() >= deadline; }
};

// False: it was enough, and the page says where to go on.
Task<bool> Lines::search_step(Search& search, std::shared_ptr<const Source> source, AttemptId id, int step, bool over,
                              std::int64_t from) {
  const Sizes sizes = source->sizes();
  const auto size = sizes.find(step);
  if (size == sizes.end()) co_return true;
  StepIndex::Span begin;
  if (from > 1) {
    const auto index = co_await store_.index(source, id, step, size->second);
    if (from > index->look([&](const StepIndex& of_step) { return of_step.lines(over); })) co_return true;
    begin = index->look([&](const StepIndex& of_step) { return of_step.span_of(from, over); });
    if (begin.is_long) from = begin.number;
  }
  LineReader reader(begin.number, begin.begin, begin.state);
  std::int64_t looked_at = begin.begin;  // when the clock was asked last
  const auto sink = [&](const Line& line) {
    if (search.page.next || line.number < from) return;
    if (line.end - looked_at >= clock_bytes) {
      search.bytes_left -= line.end - looked_at;
      looked_at = line.end;
      if (search.is_over()) search.page.next = LinePlace{step, line.number + 1};
    }
    if (!search.matcher.found_in(without_escapes(line.text, search.plain))) return;
    ++search.page.total;
    if (search.page.matches.size() < search.matches_max) search.page.matches.push_back({step, line.number});
  };
  std::int64_t at = begin.begin;
  while (at < size->second && !search.page.next) {
    const std::int64_t passed = co_await store_.scan(source, id, step, at, [&](std::string_view bytes) {
      const std::int64_t room = size->second - at;
      reader.read(bytes.substr(0, static_cast<std::size_t>(std::min<std::int64_t>(room, std::ssize(bytes)))), sink);
    });
    if (passed == 0) co_return true;  // the log was deleted meanwhile
    at += passed;
  }
  if (!search.page.next && over) reader.rest(sink);
  search.bytes_left -= at - looked_at;
  co_return !search.page.next;
}

Task<Result<SearchPage>> Lines::search(AttemptId id, AttemptStanding standing, SearchFor what, LinePlace from,
                                       std::size_t matches_max) {
  const LogSettings& settings = store_.settings();
  struct Counted {
    std::atomic<std::size_t>& count;
    const std::size_t before = count++;
    ~Counted() { --count; }
  } counted{searching_};
  if (counted.before >= settings.searches_max)
    co_return std::unexpected(
        Error(ErrorKind::unavailable, "too_many_searches", "Too many logs are being searched: try again.")
            .with_retry_after(search_retry_after));
  auto matcher = co_await offload(store_.pool(), [what = std::move(what)] { return LineMatcher::make(what); });
  if (!matcher) co_return invalid_fields({{"q", std::move(matcher.error())}});
  Search search{.matcher = std::move(*matcher),
                .matches_max = matches_max,
                .bytes_left = settings.search_bytes_max,
                .deadline = std::chrono::steady_clock::now() + settings.search_time_max};
  const auto source = co_await store_.source(id);
  const Sizes sizes = source->sizes();
  const int last = last_step(sizes, standing);
  for (auto step = sizes.lower_bound(from.step); step != sizes.end(); ++step) {
    const std::int64_t first = step->first == from.step ? from.line : 1;
    if (search.is_over()) {
      search.page.next = LinePlace{step->first, first};
      break;
    }
    if (!co_await search_step(search, source, id, step->first, is_over(standing, step->first, last), first)) break;
  }
  co_return std::move(search.page);
}

}  // namespace open_cicd::logs
