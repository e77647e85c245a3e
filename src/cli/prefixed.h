// A stream that writes whole lines to another one, each with a job's name in front: output of several jobs at once.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace open_cicd::cli {

// One thread. A line that gets no end is written when the stream is destroyed, or when it has `line_bytes_max`.
class PrefixedStream : private std::streambuf, public std::ostream {
 public:
  static constexpr std::size_t line_bytes_max = 64 * 1024;

  PrefixedStream(std::ostream& to, std::string prefix) : std::ostream(this), to_(to), prefix_(std::move(prefix)) {}
  ~PrefixedStream() override {
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
    to_.flush();
    return 0;
  }
  void put_one(char c) {
    if (c == '\n' || line_.size() == line_bytes_max) end_line();
    if (c != '\n') line_ += c;
  }
  void end_line() {
    line_ += '\n';
    to_ << prefix_ << line_;
    line_.clear();
  }

  std::ostream& to_;
  const std::string prefix_;
  std::string line_;
};

}  // namespace open_cicd::cli
