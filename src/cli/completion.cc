// Completion scripts from the tree of verbs: for each path of verbs, the words that may follow it.
#include "cli/app.h"
#include "cli/verb_tree.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::cli {
namespace {

struct Word {
  std::string text;
  std::string help;
  std::string values = {};  // of an option that takes one of a few: "yaml json"
};
struct Node {
  std::string path;  // "job run"; "" for the program
  std::vector<Word> verbs;
  std::vector<Word> options;
  std::string values;  // of its argument, as of an option
};

// CLI11 tells a choice in the option's type only: "TEXT:{yaml,json}".
std::string values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return "";
  std::string values = type.substr(open + 1, close - open - 1);
  std::ranges::replace(values, ',', ' ');
  return values;
}

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& nodes) {
  Node node{.path = path};
  for (const CLI::App* verb : verbs_of(app)) node.verbs.push_back({verb->get_name(), verb->get_description()});
  for (const CLI::Option* option : options_of(app)) {
    const std::string values = values_of(*option);
    for (const std::string& name : option->get_lnames())
      node.options.push_back({"--" + name, option->get_description(), values});
    for (const std::string& name : option->get_snames())
      node.options.push_back({"-" + name, option->get_description(), values});
    if (option->get_positional()) node.values = values;
  }
  nodes.push_back(std::move(node));
  for (const CLI::App* verb : verbs_of(app))
    collect(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), nodes);
}

std::string joined(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text += (text.empty() ? "" : " ") + word.text;
  return text;
}

std::string bash_script(const std::string& program, const std::vector<Node>& nodes) {
  std::string cases, paths, choices;
  for (const Node& node : nodes) {
    cases +=
        fmt::format("    '{}') verbs='{}'; options='{}' ;;\n", node.path, joined(node.verbs), joined(node.options));
    if (!node.path.empty()) paths += fmt::format("|'{}'", node.path);
    for (const Word& option : node.options)
      if (!option.values.empty())
        choices += fmt::format("  '{} {}') values='{}' ;;\n", node.path, option.text, option.values);
    if (!node.values.empty()) choices += fmt::format("  '{} '[!-]*) values='{}' ;;\n", node.path, node.values);
  }
  return fmt::format(R"sh(# bash completion: source <({0} completion bash)
_open_cicd() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path='' verbs='' options='' values='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case "${{path:+$path }}$word" in
    {2}) path="${{path:+$path }}$word" ;;
    esac
  done
  case $path in
{1}  esac
  case "$path ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{3}  esac
  if [[ -n $values && $current != -* ]]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $verbs ]]; then
    COMPREPLY=($(compgen -W "$verbs" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _open_cicd {0}
)sh",
                     program, cases, paths.substr(1), choices);
}

std::string fish_script(const std::string& program, const std::vector<Node>& nodes) {
  const auto quoted = [](std::string text) {
    for (std::size_t at = 0; (at = text.find_first_of("'\\", at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return "'" + text + "'";
  };
  std::string script = fmt::format("# fish completion: {0} completion fish | source\ncomplete -c {0} -f\n", program);
  for (const Node& node : nodes) {
    std::string condition = node.path.empty() ? "__fish_use_subcommand" : "";
    for (std::size_t at = 0; at < node.path.size();) {
      const std::size_t end = std::min(node.path.find(' ', at), node.path.size());
      condition += fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ",
                               node.path.substr(at, end - at));
      at = end + 1;
    }
    if (!node.path.empty() && !node.verbs.empty())
      condition += fmt::format("; and not __fish_seen_subcommand_from {}", joined(node.verbs));
    for (const Word& verb : node.verbs)
      script +=
          fmt::format("complete -c {} -n {} -a {} -d {}\n", program, quoted(condition), verb.text, quoted(verb.help));
    for (const Word& option : node.options) {
      const bool is_long = option.text.starts_with("--");
      const bool is_file = option.text == "--file" || option.text == "-f" || option.text == "--token-file";
      const std::string argument = is_file                 ? " -r -F"
                                   : option.values.empty() ? ""
                                                           : fmt::format(" -x -a {}", quoted(option.values));
      script += fmt::format("complete -c {} -n {} {} {} -d {}{}\n", program, quoted(condition), is_long ? "-l" : "-s",
                            option.text.substr(is_long ? 2 : 1), quoted(option.help), argument);
    }
    if (!node.values.empty())
      script += fmt::format("complete -c {} -n {} -a {}\n", program, quoted(condition), quoted(node.values));
  }
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& root, const std::string& shell) {
  std::vector<Node> nodes;
  collect(root, "", nodes);
  const std::string& program = root.get_name();
  if (shell == "fish") return fish_script(program, nodes);
  if (shell == "bash") return bash_script(program, nodes);
  // zsh reads bash's form.
  return fmt::format(
      "#compdef {0}\n# zsh completion: source <({0} completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n{1}",
      program, bash_script(program, nodes));
}

}  // namespace open_cicd::cli
