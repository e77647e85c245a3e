// The keys of a workflow file, once: the reader's key check, where an expression may stand, the JSON Schema and the
// reference page all come from this table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace open_cicd::workflows {

// What an expression in a value may speak of, and so when the value is known.
enum class Allowed : std::uint8_t {
  nothing,  // no expression
  plan,     // what is known when the plan is made: event, git, change, repository, inputs, matrix, env
  release,  // and needs, run
  agent,    // and steps
  files,    // plan, and hash() of files, which the agent computes
};

enum class Form : std::uint8_t {
  text,
  script,  // text that a shell reads: an expression in it is refused with a hint of its own
  boolean,
  whole,
  number,
  duration,
  size,
  choice,     // one of `words`
  condition,  // an expression, with or without ${{ }}
  object,     // `keys` and no others
  map,        // any name to `item`
  list,       // of `item`; one alone may stand without brackets
  either,     // one of `forms`, by the kind of value
  scalar,     // text, a number or a boolean
  nothing,    // a key without a value
};

struct Key;

struct Shape {
  Form form = Form::text;
  Allowed allowed = Allowed::nothing;
  std::span<const std::string_view> words = {};
  std::span<const Key> keys = {};
  const Shape* item = nullptr;
  std::span<const Shape> forms = {};
  double min = 0, max = 0;
  std::string_view names = {};  // of a map: what its keys must match, as a regular expression
};

enum class Use : std::uint8_t {
  anywhere,
  job_only,  // says what one job is: not in `defaults`
};

struct Key {
  std::string_view name;
  Shape shape;
  std::string_view fallback;  // what counts when it is absent, for people
  std::string_view meaning;   // for people, in Markdown
  bool required = false;
  bool available = true;  // false: read, checked and planned, but nothing can run it yet
  Use use = Use::anywhere;
};

// A map of the language with a name of its own, a section of the reference page.
struct Section {
  std::string_view title;
  std::string_view about;
  std::span<const Key> keys;
};
std::span<const Section> sections();

std::span<const Key> workflow_keys();
std::span<const Key> job_keys();
std::span<const Key> step_keys();
std::span<const Key> template_keys();
const Shape& workflow_shape();
const Shape& job_shape();
const Shape& step_shape();
const Shape& template_shape();

const Key* find_key(std::span<const Key> keys, std::string_view name);
const Key& key_of(std::span<const Key> keys, std::string_view name);  // throws std::logic_error when there is none
std::vector<std::string_view> names_of(std::span<const Key> keys);

// Of `either`: the form that a value of this kind of node is read as. The shape itself for all others.
struct NodeKinds {
  bool is_map = false, is_list = false;
};
const Shape& form_for(const Shape& shape, NodeKinds node);

// What a person reads: "string", "list of strings", "duration".
std::string_view name_of(Form form);

}  // namespace open_cicd::workflows
