// Lines of a step's log that say something about the source: "::error file=a.c,line=3::no such name". The log itself is
// passed on as it was printed, to the byte.
#pragma once

#include "protocol/messages.h"
#include "runner/executor.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

inline constexpr std::size_t annotations_max = 100;                // of a job; what comes later is only in the log
inline constexpr std::size_t annotation_line_bytes_max = 8 << 10;  // a longer line is none
inline constexpr std::size_t annotation_message_chars_max = 1000;  // a longer one is cut

// Of one line without its line break; nothing for any other line. "::group::" and "::endgroup::" are for whoever shows
// the log.
std::optional<protocol::Annotation> parse_annotation(std::string_view line);

// Between a step and the sink of its log. One thread; `to` and `annotations` outlive it.
class AnnotationReader final : public OutputSink {
 public:
  AnnotationReader(OutputSink& to, std::vector<protocol::Annotation>& annotations)
      : to_(to), annotations_(annotations) {}

  Task<void> write(int step, std::string_view bytes) override;
  void end(int step);  // the last line may have no line break

 private:
  void take(std::string_view bytes);
  void end_line(int step);

  OutputSink& to_;
  std::vector<protocol::Annotation>& annotations_;
  std::string line_;       // the beginning of one that may become an annotation
  bool is_other_ = false;  // the rest of the line is of no interest
};

}  // namespace open_cicd::runner
