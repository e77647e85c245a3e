// What the members of the messages must be beside their types: the reader of requests and the OpenAPI document both
// come from these lists.
#pragma once

#include "base/json_rules.h"
#include "protocol/messages.h"

namespace open_cicd::protocol {

// The words of the protocol beside the states.
inline constexpr std::array<std::string_view, 4> causes{"exit", "timeout", "image_pull", "agent"};
inline constexpr std::array<std::string_view, 3> annotation_levels{"error", "warning", "notice"};
inline constexpr std::array<std::string_view, 4> image_ways{"pulled", "checked", "unchecked", "present"};

inline constexpr std::int64_t name_chars_max = 200, labels_max = 64, label_key_chars_max = 64,
                              label_value_chars_max = 128, executors_max = 8, word_chars_max = 64,
                              version_chars_max = 32, text_chars_max = 4096, steps_max = 200, leases_max = 16,
                              lines_max = 100'000, images_max = 250, image_chars_max = 512, leftovers_max = 100,
                              outputs_max = 100, annotations_max = 100, path_chars_max = 1024;
// A finish's message is counted in bytes beside: it stands in every list of jobs.
inline constexpr std::size_t message_bytes_max = text_chars_max;
inline constexpr std::size_t outputs_bytes_max = 64 << 10;  // of a finish, names and values together
inline constexpr std::size_t summary_bytes_max = 1 << 20;
inline constexpr std::size_t step_facts_bytes_max = 4096;  // of a step's reason, as JSON

}  // namespace open_cicd::protocol

namespace open_cicd::json {

template <>
struct RulesOf<protocol::RegisterRequest> {
  static constexpr std::array rules{
      Rule{.member = "name", .min = 1, .max = protocol::name_chars_max, .form = &line_form},
      Rule{.member = "boot_id", .form = &uuid_form},
      Rule{.member = "boot_seq", .min = 0},
      Rule{.member = "labels",
           .max = protocol::labels_max,
           .form = &line_form,
           .item_max = protocol::label_value_chars_max,
           .key_form = &word_form,
           .key_max = protocol::label_key_chars_max},
      Rule{.member = "version", .max = protocol::version_chars_max, .form = &version_form},
      Rule{.member = "os", .max = protocol::word_chars_max, .form = &word_form},
      Rule{.member = "arch", .max = protocol::word_chars_max, .form = &word_form},
      Rule{.member = "executors",
           .min = 1,
           .max = protocol::executors_max,
           .form = &word_form,
           .item_max = protocol::word_chars_max},
  };
};

template <>
struct RulesOf<protocol::StepReason> {
  static constexpr std::array rules{
      Rule{.member = "code", .min = 1, .max = protocol::word_chars_max, .form = &word_form}};
};

template <>
struct RulesOf<protocol::StepEndReport> {
  static constexpr std::array rules{Rule{.member = "state", .words = protocol::step_ends},
                                    Rule{.member = "duration_ms", .min = 0}};
};

template <>
struct RulesOf<protocol::LogSum> {
  static constexpr std::array rules{Rule{.member = "size", .min = 0}, Rule{.member = "crc32c", .form = &crc32c_form}};
};

template <>
struct RulesOf<protocol::ImageReport> {
  static constexpr std::array rules{
      Rule{.member = "image", .min = 1, .max = protocol::image_chars_max, .form = &line_form},
      Rule{.member = "digest", .min = 1, .max = protocol::image_chars_max, .form = &line_form},
      Rule{.member = "how", .words = protocol::image_ways}};
};

template <>
struct RulesOf<protocol::Annotation> {
  static constexpr std::array rules{
      Rule{.member = "level", .words = protocol::annotation_levels},
      Rule{.member = "message", .min = 1, .max = protocol::text_chars_max, .form = &text_form},
      Rule{.member = "file", .max = protocol::path_chars_max, .form = &text_form},
      Rule{.member = "line", .min = 1},
      Rule{.member = "column", .min = 1},
      Rule{.member = "title", .max = protocol::name_chars_max, .form = &text_form},
      Rule{.member = "step", .min = -1}};
};

template <>
struct RulesOf<protocol::NextClaim> {
  static constexpr std::array rules{Rule{.member = "claim_id", .form = &uuid_form},
                                    Rule{.member = "boot_id", .form = &uuid_form},
                                    Rule{.member = "boot_seq", .min = 0}};
};

template <>
struct RulesOf<protocol::StatusRequest> {
  static constexpr std::array rules{
      Rule{.member = "status", .words = protocol::job_state_names},
      Rule{.member = "claim_id", .form = &uuid_form},
      Rule{.member = "boot_id", .form = &uuid_form},
      Rule{.member = "boot_seq", .min = 0},
      Rule{.member = "attempt", .min = 1},
      Rule{.member = "step", .min = -1},
      Rule{.member = "step_state", .words = protocol::told_step_states},
      Rule{.member = "duration_ms", .min = 0},
      Rule{.member = "reason", .max = protocol::text_chars_max, .form = &text_form},
      Rule{.member = "cause", .words = protocol::causes},
      Rule{.member = "message", .max = protocol::text_chars_max, .form = &text_form},
      Rule{.member = "steps", .max = protocol::steps_max},
      Rule{.member = "logs", .key_form = &step_key_form},
      Rule{.member = "images", .max = protocol::images_max},
      Rule{.member = "outputs", .max = protocol::outputs_max},
      Rule{.member = "annotations", .max = protocol::annotations_max},
  };
  static constexpr std::array needs{
      Need{.member = "status", .word = "assigned", .needs = "claim_id"},
      Need{.member = "status", .word = "assigned", .needs = "boot_id"},
      Need{.member = "step", .word = {}, .needs = "step_state"},
  };
};

template <>
struct RulesOf<protocol::HeldLease> {
  static constexpr std::array rules{Rule{.member = "job_id", .form = &uuid_form}, Rule{.member = "attempt", .min = 1}};
};

template <>
struct RulesOf<protocol::HeartbeatRequest> {
  static constexpr std::array rules{Rule{.member = "boot_id", .form = &uuid_form}, Rule{.member = "boot_seq", .min = 0},
                                    Rule{.member = "seq", .min = 0},
                                    Rule{.member = "leases", .max = protocol::leases_max},
                                    Rule{.member = "withdrawn",
                                         .max = protocol::executors_max,
                                         .form = &line_form,
                                         .item_max = protocol::text_chars_max,
                                         .key_form = &word_form,
                                         .key_max = protocol::word_chars_max}};
};

// Labels that an agent found: what is no id there is no agent's of this server, and no reason to refuse the rest.
template <>
struct RulesOf<protocol::LeftAttempt> {
  static constexpr std::array rules{
      Rule{.member = "agent_id", .max = protocol::label_value_chars_max, .form = &line_form},
      Rule{.member = "boot_id", .max = protocol::label_value_chars_max, .form = &line_form},
      Rule{.member = "job_id", .max = protocol::label_value_chars_max, .form = &line_form},
      Rule{.member = "attempt", .min = 1}};
};

template <>
struct RulesOf<protocol::LeftoversRequest> {
  static constexpr std::array rules{Rule{.member = "attempts", .max = protocol::leftovers_max}};
};

template <>
struct RulesOf<protocol::LinesRequest> {
  static constexpr std::array rules{Rule{.member = "step", .min = -1, .max = 1'000'000},
                                    Rule{.member = "seq", .min = 0},
                                    Rule{.member = "lines", .max = protocol::lines_max}};
};

}  // namespace open_cicd::json
