// Composes libyaml's events into Nodes by the YAML 1.2 core schema. libyaml only scans; aliases, merge keys, duplicates
// and budgets are decided here.
#include "base/text.h"
#include "pipelines/limits.h"
#include "pipelines/node.h"
#include "pipelines/scalar.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace open_cicd::pipelines {
namespace {

constexpr std::string_view code = "malformed_yaml";
constexpr std::string_view tag_prefix = "tag:yaml.org,2002:";

struct Failure {  // thrown inside this file only: one wrong place ends the composing
  Position at;
  std::string message;
};

Position position_of(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

// libyaml reports what its reader refuses by byte offset only.
Position position_of(std::string_view text, std::size_t offset) {
  Position at{1, 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n')
      at = {at.line + 1, 1};
    else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
      ++at.column;
  }
  return at;
}

std::string_view view(const yaml_char_t* chars) {
  return chars == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(chars));
}

// What a person can do about what libyaml says.
struct Advice {
  std::string_view problem, what_to_do;
};
constexpr auto advices = std::to_array<Advice>({
    {"mapping values are not allowed", "A key begins its line; a value with \": \" in it needs quotes."},
    {"could not find expected ':'", "A key needs \":\" and a space behind it; a text of several lines needs \"|\"."},
    {"found character that cannot start any token", "A value that begins with this character needs quotes."},
    {"did not find expected node content", "A value is missing, or one that begins with this character needs quotes."},
    {"did not find expected key", "Look at how far this line and the one before are indented."},
    {"did not find expected '-' indicator", "Look at how far this line and the one before are indented."},
    {"did not find expected ',' or", "Close the bracket, or put a value with \",\" or a bracket in it in quotes."},
    {"found unexpected end of stream", "A quote above is not closed."},
    {"found unknown escape character", "In double quotes \"\\\\\" is a backslash; single quotes take it as it is."},
    {"block sequence entries are not allowed", "A list begins on the line below its key."},
    {"did not find expected <document start>", "Only one value can stand at the top."},
});

std::string_view advice_on(std::string_view problem) {
  const auto found =
      std::ranges::find_if(advices, [&](const Advice& advice) { return problem.contains(advice.problem); });
  return found == advices.end() ? std::string_view() : found->what_to_do;
}

class Event {
 public:
  Event(yaml_event_t event, int file) : event_(event), file_(file) {}
  Event(Event&& other) noexcept : event_(other.event_), file_(other.file_) { other.event_ = {}; }
  Event(const Event&) = delete;
  Event& operator=(Event&&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  const yaml_event_t* operator->() const { return &event_; }
  Position at() const {
    Position at = position_of(event_.start_mark);
    at.file = file_;
    return at;
  }

 private:
  yaml_event_t event_;
  int file_;
};

class YamlComposer {
 public:
  YamlComposer(std::string_view text, int file) : text_(text), file_(file) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  YamlComposer(const YamlComposer&) = delete;
  ~YamlComposer() { yaml_parser_delete(&parser_); }

  NodePtr document() {
    next();  // stream start
    Event start = next();
    if (start->type == YAML_STREAM_END_EVENT) return std::make_shared<Node>();
    NodePtr root = compose(next(), 1);
    next();  // document end
    Event end = next();
    if (end->type != YAML_STREAM_END_EVENT)
      throw Failure{end.at(), "Only one document is taken: remove what follows \"---\"."};
    return root;
  }

 private:
  Event next() {
    yaml_event_t event;
    if (yaml_parser_parse(&parser_, &event) == 0) throw parser_failure();
    return Event(event, file_);
  }

  Failure parser_failure() const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    const std::string problem = parser_.problem == nullptr ? "not YAML" : parser_.problem;
    if (parser_.error == YAML_READER_ERROR)
      return {position_of(text_, parser_.problem_offset), fmt::format("This is not YAML text: {}.", problem)};
    const std::size_t offset = parser_.problem_mark.index;
    // Marks count characters; for the hint a byte look-up is right whenever the text before is ASCII.
    const bool tab = offset < text_.size() && text_[offset] == '\t';
    const std::string_view advice = tab ? "Indent with spaces, not with tabs." : advice_on(problem);
    return {position_of(parser_.problem_mark),
            fmt::format("This is not YAML: {}.{}{}", problem, advice.empty() ? "" : " ", advice)};
  }

  NodePtr compose(const Event& event, int depth) {
    const Position at = event.at();
    const bool collects = event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    if (collects && depth > limits::depth_max)
      throw Failure{at, fmt::format("Nested deeper than {} levels.", limits::depth_max)};
    switch (event->type) {
      case YAML_ALIAS_EVENT:
        return alias(event, depth);
      case YAML_SCALAR_EVENT:
        spend(1, event->data.scalar.length, at);
        return remember(event->data.scalar.anchor, scalar(event));
      case YAML_SEQUENCE_START_EVENT:
        spend(1, 0, at);
        return sequence(event, depth);
      case YAML_MAPPING_START_EVENT:
        spend(1, 0, at);
        return mapping(event, depth);
      default:
        throw Failure{at, "This is not YAML."};
    }
  }

  NodePtr alias(const Event& event, int depth) {
    const std::string name(view(event->data.alias.anchor));
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) throw Failure{event.at(), fmt::format("There is no anchor &{} above.", name)};
    if (!found->second) throw Failure{event.at(), fmt::format("The alias *{} is inside its own anchor.", name)};
    if (depth + found->second->depth - 1 > limits::depth_max)
      throw Failure{event.at(), fmt::format("Nested deeper than {} levels.", limits::depth_max)};
    spend(found->second->nodes, found->second->bytes, event.at());
    return found->second;
  }

  static std::shared_ptr<Node> scalar(const Event& event) {
    const auto& data = event->data.scalar;
    auto node = std::make_shared<Node>();
    node->at = event.at();
    node->text.assign(reinterpret_cast<const char*>(data.value), data.length);
    node->bytes = data.length;
    const std::string_view tag = view(data.tag);
    const bool plain = data.style == YAML_PLAIN_SCALAR_STYLE;
    if (tag.empty() && plain)
      resolve_core_scalar(*node);
    else if (tag.empty() || tag == "!")
      node->kind = Node::Kind::string;
    else if (!tag.starts_with(tag_prefix) || !resolve_tagged_scalar(*node, tag.substr(tag_prefix.size())))
      throw bad_tag(node->at, tag);
    return node;
  }

  NodePtr sequence(const Event& event, int depth) {
    const auto& data = event->data.sequence_start;
    auto node = collection(event, view(data.tag), "seq", Node::Kind::list);
    begin_anchor(data.anchor);
    while (true) {
      const Event item = next();
      if (item->type == YAML_SEQUENCE_END_EVENT) break;
      node->items.push_back(compose(item, depth + 1));
      include(*node, *node->items.back());
    }
    return remember(data.anchor, std::move(node));
  }

  NodePtr mapping(const Event& event, int depth) {
    const auto& data = event->data.mapping_start;
    auto node = collection(event, view(data.tag), "map", Node::Kind::map);
    begin_anchor(data.anchor);
    std::unordered_set<std::string> keys;
    std::vector<NodePtr> merged;
    while (true) {
      const Event key = next();
      if (key->type == YAML_MAPPING_END_EVENT) break;
      const NodePtr name = compose(key, depth + 1);
      if (!name->is_scalar()) throw Failure{key.at(), "A key must be a string, not a list or a map."};
      if (name->text.empty()) throw Failure{key.at(), "A key must not be empty."};
      const bool merges =
          key->type == YAML_SCALAR_EVENT && name->text == "<<" && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      if (!keys.insert(name->text).second)
        throw Failure{key.at(),
                      fmt::format("The key \"{:.100}\" stands twice in one map.", escape_for_line(name->text))};
      NodePtr value = compose(next(), depth + 1);
      include(*node, *name);
      include(*node, *value);
      if (merges)
        merged.push_back(std::move(value));
      else
        node->members.push_back({name->text, key.at(), std::move(value)});
    }
    for (const NodePtr& source : merged) merge(*node, *source, keys);
    return remember(data.anchor, std::move(node));
  }

  // `<<`: keys of the map itself win; of several sources, the earlier one.
  static void merge(Node& into, const Node& source, std::unordered_set<std::string>& keys) {
    if (source.kind == Node::Kind::list) {
      for (const NodePtr& item : source.items) {
        if (item->kind != Node::Kind::map) throw Failure{item->at, "\"<<\" takes a map or a list of maps."};
        merge(into, *item, keys);
      }
      return;
    }
    if (source.kind != Node::Kind::map) throw Failure{source.at, "\"<<\" takes a map or a list of maps."};
    for (const Member& member : source.members)
      if (keys.insert(member.key).second) into.members.push_back(member);
  }

  static std::shared_ptr<Node> collection(const Event& event, std::string_view tag, std::string_view core,
                                          Node::Kind kind) {
    const bool plain = tag.empty() || tag == "!";
    if (!plain && !(tag.starts_with(tag_prefix) && tag.substr(tag_prefix.size()) == core))
      throw bad_tag(event.at(), tag);
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->at = event.at();
    node->depth = 1;
    return node;
  }

  void begin_anchor(const yaml_char_t* anchor) {
    if (anchor != nullptr) anchors_[std::string(view(anchor))] = nullptr;
  }

  NodePtr remember(const yaml_char_t* anchor, NodePtr node) {
    if (anchor != nullptr) anchors_[std::string(view(anchor))] = node;
    return node;
  }

  static void include(Node& parent, const Node& child) {
    parent.depth = std::max(parent.depth, child.depth + 1);
    parent.nodes += child.nodes;
    parent.bytes += child.bytes;
  }

  // Counts what the expanded document grows by, so that a bomb ends at its first alias too many.
  void spend(std::size_t nodes, std::size_t bytes, Position at) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > limits::nodes_max)
      throw Failure{at, fmt::format("More than {} values, aliases and merge keys expanded.", limits::nodes_max)};
    if (bytes_ > limits::expanded_bytes_max)
      throw Failure{at,
                    fmt::format("Larger than {} bytes, aliases and merge keys expanded.", limits::expanded_bytes_max)};
  }

  static Failure bad_tag(Position at, std::string_view tag) {
    return {at, fmt::format("The tag \"{:.100}\" is not supported: write the value without it.", escape_for_line(tag))};
  }

  std::string_view text_;
  int file_;
  yaml_parser_t parser_{};
  std::unordered_map<std::string, NodePtr> anchors_;  // null while the anchor's own node is being composed
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

// What is refused before libyaml sees it; nothing when the text may be read.
std::optional<Failure> unreadable(std::string_view text) {
  if (text.size() > limits::text_bytes_max)
    return Failure{{1, 1}, fmt::format("The file is larger than {} bytes.", limits::text_bytes_max)};
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ||
      (text.size() >= 2 && (text[0] == '\0' || text[1] == '\0')))
    return Failure{{1, 1}, "The file is UTF-16 or UTF-32: save it as UTF-8."};
  if (text.starts_with("\xef\xbb\xbf"))
    return Failure{{1, 1}, "The file starts with a byte order mark: save it as UTF-8 without one."};
  return std::nullopt;
}

}  // namespace

Result<NodePtr> compose_yaml(std::string_view text, int file) {
  if (const auto failure = unreadable(text)) return malformed(code, failure->at, failure->message);
  try {
    return YamlComposer(text, file).document();
  } catch (const Failure& failure) {
    return malformed(code, failure.at, failure.message);
  }
}

}  // namespace open_cicd::pipelines
