#include "workflows/matrix.h"

#include "base/text.h"
#include "expressions/value.h"
#include "workflows/inputs.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::member_path;
using pipelines::Node;
using pipelines::Problems;
using LegValues = boost::json::object;

struct Axis {
  std::string name;
  std::vector<boost::json::value> values;
};

struct Entry {  // of include or exclude
  LegValues values;
  Field field;
};

// The values of the axes, or of all when there are none; cut when it is long.
std::string leg_label(const std::vector<std::string>& axes, const LegValues& leg) {
  std::string label;
  const auto add = [&](const boost::json::value& value) {
    if (!label.empty()) label += ", ";
    label += value.is_string() ? std::string(value.get_string())
                               : expressions::json_text(value, limits::leg_label_bytes_max);
  };
  if (axes.empty())
    for (const auto& member : leg) add(member.value());
  else
    for (const std::string& axis : axes) add(leg.at(axis));
  label = escape_for_line(label);
  if (label.size() <= limits::leg_label_bytes_max) return label;
  label.resize(limits::leg_label_bytes_max);
  label.resize(utf8_complete_prefix(label));
  return label + "…";
}

class MatrixReader {
 public:
  MatrixReader(const Field& field, Matrix& to, Problems& problems, Problems& warnings)
      : field_(field), to_(to), problems_(problems), warnings_(warnings) {}

  void read() {
    if (field_.node->kind != Node::Kind::map) {
      mistyped(field_, "a map of axes to lists of values", problems_);
      return;
    }
    const std::size_t before = problems_.size();
    for (const pipelines::Member& member : field_.node->members) read_member(member);
    check_excluded_names();
    if (problems_.size() > before) return;
    if (axes_.empty() && include_.empty()) {
      field_.fail(problems_, "must have at least one axis, such as \"os: [linux, windows]\", or an include");
      return;
    }
    if (!is_within_limit()) return;
    multiply();
    exclude();
    include();
    finish();
  }

 private:
  void read_member(const pipelines::Member& member) {
    const Field value{member.value.get(), member_path(field_.path, member.key)};
    if (member.key == "include") return read_entries(value, include_);
    if (member.key == "exclude") return read_entries(value, exclude_);
    if (member.key == "max_parallel") {
      int max = 1;
      if (read_integer(value, max, 1, limits::matrix_jobs_max, problems_)) to_.max_parallel = max;
      return;
    }
    if (member.key == "fail_fast") {
      read_boolean(value, to_.fail_fast, problems_);
      return;
    }
    if (auto wrong = check_plain_name(member.key))
      problems_.add(value.path, member.key_at, std::move(*wrong));
    else
      read_axis(member.key, value);
  }

  void read_axis(const std::string& name, const Field& field) {
    if (axes_.size() == limits::matrix_axes_max) {
      field.fail(problems_, fmt::format("is one too many: a matrix has at most {} axes", limits::matrix_axes_max));
      return;
    }
    Axis& axis = axes_.emplace_back(name);
    if (field.node->kind == Node::Kind::list && field.node->items.empty())
      field.fail(problems_, "must have at least one value");
    for (const Field& item : read_items(field, limits::matrix_values_max, problems_)) {
      const auto value = read_scalar(item);
      if (!value) continue;
      if (std::ranges::any_of(axis.values, [&](const auto& other) { return expressions::equal(other, *value); }))
        item.fail(problems_, "stands twice in its axis");
      axis.values.push_back(*value);
    }
  }

  std::optional<boost::json::value> read_scalar(const Field& field) {
    if (field.node->text.contains("${{")) {
      problems_.add(field.path, field.node->at, "must not hold ${{ }}",
                    "The values of a matrix are constants: the jobs of a plan do not depend on who starts it.");
      return std::nullopt;
    }
    auto value = scalar_value(*field.node);
    if (!value) mistyped(field, "a string, a number, true or false", problems_);
    return value;
  }

  void read_entries(const Field& field, std::vector<Entry>& to) {
    for (const Field& item : read_items(field, limits::matrix_entries_max, problems_)) {
      if (item.node->kind == Node::Kind::map && item.node->members.empty()) {
        item.fail(problems_, "must name at least one value");
        continue;
      }
      if (item.node->kind != Node::Kind::map) {
        mistyped(item, "a map of names to values", problems_);
        continue;
      }
      if (item.node->members.size() > limits::matrix_names_max) {
        item.fail(problems_, fmt::format("names {} values, and at most {} are allowed", item.node->members.size(),
                                         limits::matrix_names_max));
        continue;
      }
      Entry& entry = to.emplace_back(Entry{{}, item});
      for (const pipelines::Member& member : item.node->members) {
        const Field value{member.value.get(), member_path(item.path, member.key)};
        if (auto wrong = check_plain_name(member.key)) problems_.add(value.path, member.key_at, std::move(*wrong));
        if (auto scalar = read_scalar(value)) entry.values.emplace(member.key, std::move(*scalar));
      }
    }
  }

  // Counted before anything is made: 100 × 100 × 100 costs nothing.
  bool is_within_limit() {
    std::size_t product = 1;
    for (const Axis& axis : axes_) {
      product *= axis.values.size();
      if (product > limits::matrix_jobs_max) break;
    }
    if (product <= limits::matrix_jobs_max) return true;
    std::vector<std::size_t> sizes;
    for (const Axis& axis : axes_) sizes.push_back(axis.values.size());
    field_.fail(problems_, fmt::format("makes {} jobs, and at most {} are allowed", fmt::join(sizes, " × "),
                                       limits::matrix_jobs_max));
    return false;
  }

  void multiply() {
    if (axes_.empty()) return;
    legs_.emplace_back();
    for (const Axis& axis : axes_) {
      std::vector<LegValues> wider;
      for (const LegValues& leg : legs_)
        for (const auto& value : axis.values) wider.emplace_back(leg).emplace(axis.name, value);
      legs_ = std::move(wider);
    }
  }

  static bool agrees(const LegValues& leg, const LegValues& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& member) {
      const auto* value = leg.if_contains(member.key());
      return value != nullptr && expressions::equal(*value, member.value());
    });
  }

  bool is_axis(std::string_view name) const {
    return std::ranges::any_of(axes_, [&](const Axis& axis) { return axis.name == name; });
  }

  std::vector<std::string_view> axis_names() const {
    std::vector<std::string_view> names;
    for (const Axis& axis : axes_) names.push_back(axis.name);
    return names;
  }

  void check_excluded_names() {
    for (const Entry& entry : exclude_)
      for (const auto& member : entry.values)
        if (!is_axis(member.key()))
          problems_.add(member_path(entry.field.path, member.key()), entry.field.node->at,
                        "is not an axis of this matrix", pipelines::closest_hint(member.key(), axis_names()));
  }

  void exclude() {
    for (const Entry& entry : exclude_) {
      if (std::erase_if(legs_, [&](const LegValues& leg) { return agrees(leg, entry.values); }) == 0)
        warnings_.add(entry.field.path, entry.field.node->at, "leaves out nothing: no combination has these values");
    }
  }

  // Combinations are looked at as the axes made them: an entry never changes what another one matches.
  void include() {
    const std::size_t made = legs_.size();
    const std::vector<LegValues> by_axes = legs_;
    for (const Entry& entry : include_) {
      LegValues own;
      for (const auto& member : entry.values)
        if (is_axis(member.key())) own.insert(member);
      bool matched = false;
      for (std::size_t i = 0; i < made; ++i) {
        if (!agrees(by_axes[i], own)) continue;
        matched = true;
        for (const auto& member : entry.values) legs_[i].insert_or_assign(member.key(), member.value());
      }
      if (matched) continue;
      if (own.size() == axes_.size())
        legs_.push_back(entry.values);
      else
        entry.field.fail(problems_, fmt::format("matches no combination: to add one, give all of {}",
                                                fmt::join(axis_names(), ", ")));
    }
  }

  void finish() {
    if (legs_.size() > limits::matrix_jobs_max)
      field_.fail(problems_,
                  fmt::format("makes {} jobs, and at most {} are allowed", legs_.size(), limits::matrix_jobs_max));
    else if (legs_.empty())
      field_.fail(problems_, "has no combination left: each is excluded");
    for (const Axis& axis : axes_) to_.axes.push_back(axis.name);
    for (const LegValues& leg : legs_) {
      const std::string label = leg_label(to_.axes, leg);
      std::string own = label;
      for (std::size_t n = to_.labels.size() + 1; std::ranges::count(to_.labels, own) > 0; ++n)
        own = fmt::format("{} #{}", label, n);
      to_.labels.push_back(std::move(own));
    }
    to_.legs = std::move(legs_);
  }

  const Field& field_;
  Matrix& to_;
  Problems& problems_;
  Problems& warnings_;
  std::vector<Axis> axes_;
  std::vector<Entry> include_, exclude_;
  std::vector<LegValues> legs_;
};

}  // namespace

void read_matrix(const Field& field, Matrix& to, Problems& problems, Problems& warnings) {
  MatrixReader(field, to, problems, warnings).read();
}

}  // namespace open_cicd::workflows
