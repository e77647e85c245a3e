#include "logs/stream_events.h"

#include "base/json.h"
#include "base/text.h"
#include "http/sse.h"
#include "jobs/state.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::logs {
namespace {

// What cannot stand for itself inside a JSON string.
constexpr auto is_special = [] {
  std::array<bool, 256> special{};
  for (std::size_t c = 0; c < 0x20; ++c) special[c] = true;
  special['"'] = special['\\'] = true;
  return special;
}();

void append_escaped(std::string& out, std::string_view text) {
  const auto plain_until = [](std::string_view s, std::size_t from) {
    while (from < s.size() && !is_special[static_cast<std::uint8_t>(s[from])]) ++from;
    return from;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = plain_until(text, at);
    out.append(text, at, end - at);
    at = end;
    if (at == text.size()) break;
    switch (const char c = text[at]) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    }
  }
}

boost::json::value or_null(const std::optional<int>& number) {
  return number ? boost::json::value(*number) : boost::json::value(nullptr);
}

std::string step_event(const jobs::StepSnapshot& step) {
  boost::json::object data{
      {"step", step.step}, {"name", step.name}, {"state", name_of(step.state)}, {"exit_code", or_null(step.exit_code)}};
  if (step.background) data["background"] = true;
  return http::encode_event("step", "", json::serialize(data));
}

boost::json::object status_data(const jobs::JobSnapshot& job) {
  return {{"state", job.state}, {"reason", job.reason}};
}

}  // namespace

std::string attempt_event(const jobs::JobSnapshot& job, Position first) {
  const boost::json::object data{{"attempt", first.attempt}, {"agent", job.agent}};
  return http::encode_event("attempt", first.str(), json::serialize(data));
}

std::string place_mark(const Place& place) {
  return fmt::format("id: {}\n\n", place.str());
}

std::string log_event(Position from, std::string_view raw) {
  const Position after{from.attempt, from.step, from.offset + static_cast<std::int64_t>(raw.size())};
  return log_event(from, raw, after.str());
}

std::string log_event(Position from, std::string_view raw, std::string_view id) {
  const bool ascii = std::ranges::all_of(raw, [](char c) { return static_cast<signed char>(c) >= 0; });
  const std::string repaired = ascii || is_valid_utf8(raw) ? std::string() : to_valid_utf8(raw);
  std::string out = fmt::format("id: {}\nevent: log\ndata: {{\"step\":{},\"offset\":{},\"size\":{},\"data\":\"", id,
                                from.step, from.offset, raw.size());
  const std::string_view text = repaired.empty() ? raw : std::string_view(repaired);
  out.reserve(out.size() + text.size() + text.size() / 32 + 64);
  append_escaped(out, text);
  out += "\"}\n\n";
  return out;
}

std::string state_events(const jobs::JobSnapshot* before, const jobs::JobSnapshot& now) {
  std::string out;
  if (before != nullptr && before->attempt != now.attempt) before = nullptr;
  for (const jobs::StepSnapshot& step : now.steps) {
    const bool known = before != nullptr && std::ranges::any_of(before->steps, [&](const jobs::StepSnapshot& other) {
                         return other.step == step.step && other.name == step.name && other.state == step.state &&
                                other.exit_code == step.exit_code;
                       });
    if (!known) out += step_event(step);
  }
  if (before == nullptr || before->state != now.state || before->reason != now.reason) {
    out += http::encode_event("status", "", json::serialize(status_data(now)));
  }
  return out;
}

std::string step_names(const jobs::JobSnapshot& job) {
  std::string out;
  for (jobs::StepSnapshot step : job.steps) {
    step.state = protocol::StepState::pending;
    step.exit_code.reset();
    out += step_event(step);
  }
  return out;
}

std::string step_ends(const jobs::JobSnapshot& job, int first, int last) {
  std::string out;
  for (const jobs::StepSnapshot& step : job.steps) {
    const bool ended = jobs::is_terminal(step.state);
    if (ended && step.step >= first && step.step < last) out += step_event(step);
  }
  return out;
}

std::string lagged_event(Position from, std::int64_t to) {
  const boost::json::object data{{"step", from.step}, {"from", from.offset}, {"to", to}};
  return http::encode_event("lagged", "", json::serialize(data));
}

std::string end_event(const jobs::JobSnapshot& job) {
  const boost::json::object data{{"state", job.state}, {"reason", job.reason}, {"exit_code", or_null(job.exit_code)}};
  return http::encode_event("end", "", json::serialize(data));
}

}  // namespace open_cicd::logs
