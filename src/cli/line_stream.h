// Streams that hand on whole lines, for output of several jobs at once.
#pragma once

#include <functional>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace open_cicd::cli {

// One thread. A line that gets no end is handed on when the stream is destroyed, or when it has `line_bytes_max`.
class LineStream : private std::streambuf, public std::ostream {
 public:
  static constexpr std::size_t line_bytes_max = 64 * 1024;

  // `take` gets each line without its end; `flush` is called where the stream is flushed.
  explicit LineStream(
      std::function<void(std::string_view)> take, std::function<void()> flush = [] {})
      : std::ostream(this), take_(std::move(take)), flush_(std::move(flush)) {}
  ~LineStream() override {
    if (!line_.empty()) end_line();
  }

 private:
  int_type overflow(int_type c) override {
    if (!traits_type::eq_int_type(c, traits_type::eof())) put_one(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    for (std::streamsize i = 0; i < size; ++i) put_one(text[i]);
    return size;
  }
  int sync() override {
    flush_();
    return 0;
  }
  void put_one(char c) {
    if (c == '\n' || line_.size() == line_bytes_max) end_line();
    if (c != '\n') line_ += c;
  }
  void end_line() {
    take_(line_);
    line_.clear();
  }

  const std::function<void(std::string_view)> take_;
  const std::function<void()> flush_;
  std::string line_;
};

// Writes each line to another stream with a job's name in front.
class PrefixedStream : public LineStream {
 public:
  PrefixedStream(std::ostream& to, std::string prefix)
      : LineStream([&to, prefix = std::move(prefix)](std::string_view line) { to << prefix << line << '\n'; },
                   [&to] { to.flush(); }) {}
};

}  // namespace open_cicd::cli
