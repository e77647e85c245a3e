#include "logs/lines.h"

#include "base/text.h"
#include "logs/position.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

// Of one page: what a line shows may be little of what it has.
constexpr int spans_max = 64;
constexpr std::chrono::seconds search_retry_after{1};
constexpr std::int64_t clock_bytes = 64 * 1024;  // a search looks at the clock after so many
// How long it holds a thread of the pool: an expression may take its time with every byte.
constexpr std::chrono::milliseconds search_slice{20};

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

// What JSON makes of it: a control character is six bytes there.
std::size_t size_in_json(std::string_view text) {
  std::size_t size = text.size() + 3;  // quotes and a comma
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) size += 5;
    if (c == '"' || c == '\\') ++size;
  }
  return size;
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
  std::vector<std::int64_t> take_offsets() { return std::move(offsets_); }  // where the text of each line begins

 private:
  // Whoever reads the page line by line has `known_` in force. Where that is not so in the log, because a line began
  // before the page or something of it is not shown, the text says it.
  void add(const Line& line) {
    if (line.number < std::max(from_, next_) || is_full()) return;
    std::string text;
    if (line.before != known_) text = line.before.code();
    text += is_valid_utf8(line.text) ? std::string(line.text) : to_valid_utf8(line.text);
    const std::size_t size = size_in_json(text);
    if (!page_.lines.empty() && bytes_ + size > page_bytes_max) {
      bytes_ = page_bytes_max;
      return;
    }
    bytes_ += size;
    page_.lines.push_back(std::move(text));
    offsets_.push_back(line.text_at);
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
  std::vector<std::int64_t> offsets_;
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
    if (!lines.errors.empty()) lines.first_error = lines.errors.front();
    if (over)
      for (Group& group : lines.groups)
        if (group.last == 0) group.last = lines.lines;
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

Task<std::string> Lines::read_span(std::shared_ptr<const Source> source, AttemptId id, int step, StepIndex::Span span) {
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

Task<LinePage> Lines::read(AttemptId id, int step, AttemptStanding standing, std::int64_t from, std::int64_t count) {
  const auto source = co_await store_.source(id);
  const Sizes sizes = source->sizes();
  const bool over = is_over(standing, step, last_step(sizes, standing));
  const auto size = sizes.find(step);
  if (size == sizes.end()) co_return LinePage{.complete = over};
  const auto index = co_await store_.index(source, id, step, size->second);
  const std::int64_t total = index->look([&](const StepIndex& of_step) { return of_step.lines(over); });
  PageWriter page(from, count);
  for (int spans = 0; spans < spans_max && !page.is_full() && page.next() <= total; ++spans) {
    const std::int64_t asked = page.next();
    const StepIndex::Span span = index->look([&](const StepIndex& of_step) { return of_step.span_of(asked, over); });
    const std::string bytes = co_await read_span(source, id, step, span);
    co_await offload(store_.pool(), [&] {
      page.read(span, bytes);
      return 0;
    });
    if (page.next() == asked) break;  // the log was deleted meanwhile
  }
  LinePage result = page.take();
  result.total = total;
  result.complete = over;
  result.times = co_await store_.times(source, id, step, page.take_offsets());
  co_return result;
}

struct Lines::Search {
  const LineMatcher matcher;
  const std::size_t matches_max;
  const Stop& gone;
  const std::chrono::steady_clock::time_point deadline;
  SearchPage page = {};
  std::string plain = {};

  bool is_over() const { return std::chrono::steady_clock::now() >= deadline; }
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
      looked_at = line.end;
      if (search.is_over()) search.page.next = LinePlace{step, line.number + 1};
    }
    if (!search.matcher.found_in(without_escapes(line.text, search.plain))) return;
    ++search.page.total;
    if (search.page.matches.size() < search.matches_max) search.page.matches.push_back({step, line.number});
  };
  std::int64_t at = begin.begin;
  while (at < size->second && !search.page.next && !search.gone.requested()) {
    const std::int64_t passed = co_await store_.scan(source, id, step, at, [&](std::string_view bytes) {
      const auto until = std::chrono::steady_clock::now() + search_slice;
      std::string_view rest = bytes.substr(0, static_cast<std::size_t>(std::min(size->second - at, std::ssize(bytes))));
      const std::size_t room = rest.size();
      while (!rest.empty() && !search.page.next && std::chrono::steady_clock::now() < until) {
        const std::string_view piece = rest.substr(0, static_cast<std::size_t>(clock_bytes));
        reader.read(piece, sink);
        rest.remove_prefix(piece.size());
      }
      return static_cast<std::int64_t>(room - rest.size());
    });
    if (passed == 0) co_return true;  // the log was deleted meanwhile
    at += passed;
  }
  if (!search.page.next && over) reader.rest(sink);
  co_return !search.page.next;
}

Task<Result<SearchPage>> Lines::search(AttemptId id, AttemptStanding standing, SearchFor what, LinePlace from,
                                       std::size_t matches_max, Searcher searcher) {
  const LogSettings& settings = store_.settings();
  const auto place = searches_.take(std::move(searcher.name), settings.searches_max, settings.searches_per_viewer_max);
  if (!place)
    co_return std::unexpected(
        Error(ErrorKind::unavailable, "too_many_searches", "Too many logs are being searched: try again.")
            .with_retry_after(search_retry_after));
  auto matcher = co_await offload(store_.pool(), [what = std::move(what)] { return LineMatcher::make(what); });
  if (!matcher) co_return invalid_fields({{"q", std::move(matcher.error())}});
  Search search{.matcher = std::move(*matcher),
                .matches_max = matches_max,
                .gone = searcher.gone,
                .deadline = std::chrono::steady_clock::now() + settings.search_time_max};
  const auto source = co_await store_.source(id);
  const Sizes sizes = source->sizes();
  const int last = last_step(sizes, standing);
  for (auto step = sizes.lower_bound(from.step); step != sizes.end(); ++step) {
    const std::int64_t first = step->first == from.step ? from.line : 1;
    if (searcher.gone.requested()) break;
    if (search.is_over()) {
      search.page.next = LinePlace{step->first, first};
      break;
    }
    if (!co_await search_step(search, source, id, step->first, is_over(standing, step->first, last), first)) break;
  }
  co_return std::move(search.page);
}

}  // namespace open_cicd::logs
