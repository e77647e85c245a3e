#include "pipelines/rules.h"

#include "base/take_until.h"
#include "base/text.h"
#include "pipelines/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::pipelines {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_lower(static_cast<char>(c | 0x20));
}
bool is_alnum(char c) {
  return is_letter(c) || is_digit(c);
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

template <class Predicate>
bool all(std::string_view text, Predicate is_fine) {
  return std::ranges::all_of(text, is_fine);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, is_control);
}

// Control characters of Unicode and those that reorder text, besides ASCII's.
bool has_hidden(std::string_view text) {
  const auto escapes =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '\\' || c == '"'; }));
  return escape_for_line(text).size() != text.size() + escapes;
}

std::size_t count_chars(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Wrong too_long(std::size_t max, std::string_view unit) {
  return fmt::format("must be at most {} {} long", max, unit);
}

constexpr std::string_view no_expressions = "must not hold ${{ }}: write the value itself";
bool has_expression(std::string_view text) {
  return text.contains("${{");
}

bool is_dns_label(std::string_view text) {
  return !text.empty() && text.size() <= limits::dns_label_bytes_max && text.front() != '-' && text.back() != '-' &&
         all(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && all(text, is_digit) && text.front() != '0' &&
         (text.size() < 5 || text <= "65535");
}

// [a-z0-9]+ with single '.', one or two '_' or any number of '-' between.
bool is_image_component(std::string_view text) {
  if (text.empty()) return false;
  std::size_t i = 0;
  while (true) {
    const std::size_t word = i;
    while (i < text.size() && (is_lower(text[i]) || is_digit(text[i]))) ++i;
    if (i == word) return false;
    if (i == text.size()) return true;
    const std::size_t from = i;
    const char separator = text[i];
    while (i < text.size() && text[i] == separator) ++i;
    const std::size_t run = i - from;
    if (!((separator == '.' && run == 1) || (separator == '_' && run <= 2) || separator == '-')) return false;
  }
}

// Labels of letters, digits and inner '-', with single '.' between.
bool is_registry(std::string_view text) {
  std::string_view host = take_until(text, ':');
  if (host.empty() || host.back() == '.') return false;
  while (!host.empty()) {
    const std::string_view label = take_until(host, '.');
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    if (!all(label, [](char c) { return is_alnum(c) || c == '-'; })) return false;
  }
  return true;
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-' &&
         all(text, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  const std::string_view algorithm = take_until(text, ':');
  return is_image_component(algorithm) && text.size() >= 32 &&
         all(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_image(std::string_view text) {
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!is_digest(text.substr(at + 1))) return false;
    text = text.substr(0, at);
  }
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view first = text.substr(0, slash);
    if (first == "localhost" || first.find_first_of(".:") != std::string_view::npos) {
      const auto colon = first.find(':');
      if (!is_registry(first) || (colon != std::string_view::npos && !is_port(first.substr(colon + 1)))) return false;
      text = text.substr(slash + 1);
    }
  }
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    if (!is_tag(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  do {
    const auto end = text.find('/');
    if (!is_image_component(text.substr(0, end))) return false;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (end != std::string_view::npos && text.empty()) return false;
  } while (!text.empty());
  return true;
}

// user@host, both optional parts checked so that neither is an option of ssh.
bool is_git_host(std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (at == 0 || authority.front() == '-') return false;
    authority = authority.substr(at + 1);
  }
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view rest = authority.substr(end + 1);
    return all(authority.substr(1, end - 1), [](char c) { return is_alnum(c) || c == ':' || c == '.'; }) &&
           (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const auto colon = authority.find(':');
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return false;
  const std::string_view host = authority.substr(0, colon);
  return !host.empty() && host.front() != '-' &&
         all(host, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

}  // namespace

Wrong check_name(std::string_view text) {
  if (text.empty()) return "must not be empty";
  if (count_chars(text) > limits::name_chars_max) return too_long(limits::name_chars_max, "characters");
  if (has_hidden(text)) return "must not hold control characters";
  if (has_expression(text)) return std::string(no_expressions);
  return std::nullopt;
}

Wrong check_plain_name(std::string_view text) {
  const auto is_inner = [](char c) { return is_alnum(c) || c == '_' || c == '-'; };
  if (text.size() > limits::plain_name_bytes_max) return too_long(limits::plain_name_bytes_max, "bytes");
  if (text.empty() || is_digit(text.front()) || text.front() == '-' || !all(text, is_inner))
    return "is not a name: use letters, digits, _ and -, and start with a letter";
  return std::nullopt;
}

Wrong check_script(std::string_view text) {
  if (text.contains('\0')) return "must not hold a NUL character";
  if (has_expression(text))
    return "must not hold ${{ }}: put the value under \"env\" and write \"$NAME\" in the script, so that a value can "
           "never "
           "become a command";
  return std::nullopt;
}

Wrong check_word(std::string_view text) {
  if (text.contains('\0')) return "must not hold a NUL character";
  if (text.size() > limits::value_bytes_max) return too_long(limits::value_bytes_max, "bytes");
  if (has_expression(text)) return std::string(no_expressions);
  return std::nullopt;
}

Wrong check_env_name(std::string_view text) {
  if (text.size() > limits::env_name_bytes_max) return too_long(limits::env_name_bytes_max, "bytes");
  if (text.empty() || is_digit(text.front()) || !all(text, [](char c) { return is_alnum(c) || c == '_'; }))
    return "is not a name for a variable: use letters, digits and _, and start with no digit";
  return std::nullopt;
}

Wrong check_env_value(std::string_view text) {
  return check_word(text);
}

Wrong check_label(std::string_view text) {
  std::string_view value = text;
  const std::string_view key = take_until(value, '=');
  const auto is_label_char = [](char c) { return is_alnum(c) || std::string_view("._-/:").contains(c); };
  if (key.empty() || !is_alnum(key.front()) || !all(key, is_label_char) || !all(value, is_label_char))
    return "must be a label, \"key\" or \"key=value\", of letters, digits and . _ - / :";
  if (key.size() > limits::label_bytes_max || value.size() > limits::label_bytes_max)
    return too_long(limits::label_bytes_max, "bytes (key and value, each)");
  return std::nullopt;
}

Wrong check_image(std::string_view text) {
  if (text.empty()) return "must not be empty";
  if (text.size() > limits::image_bytes_max) return too_long(limits::image_bytes_max, "bytes");
  if (has_expression(text)) return std::string(no_expressions);
  if (!is_image(text))
    return "is not an image reference: write one such as \"debian:12\" or \"ghcr.io/owner/name:tag\"";
  return std::nullopt;
}

Wrong check_workdir(std::string_view text) {
  if (text.size() > limits::path_bytes_max) return too_long(limits::path_bytes_max, "bytes");
  if (has_control(text) || has_hidden(text)) return "must not hold control characters";
  if (has_expression(text)) return std::string(no_expressions);
  if (text.starts_with('/')) return "must be relative to the workspace, without a leading \"/\"";
  while (!text.empty())
    if (take_until(text, '/') == "..") return "must not leave the workspace: remove \"..\"";
  return std::nullopt;
}

Wrong check_checkout_path(std::string_view text) {
  if (auto wrong = check_workdir(text)) return wrong;
  while (!text.empty()) {
    const std::string_view part = take_until(text, '/');
    const bool is_git = part.size() == 4 && part.front() == '.' &&
                        std::ranges::equal(part.substr(1), std::string_view("git"),
                                           [](char a, char b) { return static_cast<char>(a | 0x20) == b; });
    if (is_git) return "must not name a folder .git: that is git's own";
    if (part.starts_with('-')) return "must not hold a folder whose name begins with a dash";
  }
  return std::nullopt;
}

Wrong check_secret_name(std::string_view text) {
  return check_env_name(text);
}

Wrong check_user(std::string_view text) {
  constexpr std::size_t name_bytes_max = 64, digits_max = 9;
  const auto is_one = [](std::string_view name) {
    const bool is_number = !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    return !name.empty() && name.size() <= (is_number ? digits_max : name_bytes_max) && name.front() != '-' &&
           std::ranges::all_of(name, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                    c == '-' || c == '.';
           });
  };
  const std::size_t colon = text.find(':');
  if (is_one(text.substr(0, colon)) && (colon == std::string_view::npos || is_one(text.substr(colon + 1))))
    return std::nullopt;
  return "is not a user of a container: use a name or a number, as \"app\" or \"1000:1000\"";
}

Wrong check_dns_label(std::string_view text) {
  if (!is_dns_label(text) || text == "localhost")
    return "is not a host name for a service: use 1 to 63 lower-case letters, digits and - (neither first nor last)";
  return std::nullopt;
}

Wrong check_http_probe(std::string_view text) {
  const std::string_view rest = text.starts_with(':') ? text.substr(1) : std::string_view();
  const auto slash = rest.find('/');
  const bool visible = all(text, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible || text.size() > limits::url_bytes_max || slash == std::string_view::npos ||
      !is_port(rest.substr(0, slash)))
    return "must be a port and a path such as \":8080/health\"";
  return std::nullopt;
}

Wrong check_git_url(std::string_view text) {
  constexpr std::string_view wanted =
      "must be a git remote such as \"https://example.com/owner/name.git\", \"ssh://…\", \"git://…\", \"file:///…\" or "
      "\"git@host:path\"";
  if (text.size() > limits::url_bytes_max) return too_long(limits::url_bytes_max, "bytes");
  if (has_expression(text)) return std::string(no_expressions);
  if (text.empty() || text.front() == '-' || text.contains(' ') || has_hidden(text) || text.contains('\\'))
    return std::string(wanted);
  if (const auto scheme_end = text.find("://"); scheme_end != std::string_view::npos) {
    constexpr auto schemes = std::to_array<std::string_view>({"https", "http", "ssh", "git", "file"});
    const std::string_view scheme = text.substr(0, scheme_end);
    std::string_view rest = text.substr(scheme_end + 3);
    if (std::ranges::find(schemes, scheme) == schemes.end()) return std::string(wanted);
    if (scheme == "file") return rest.starts_with('/') && rest.size() > 1 ? Wrong() : std::string(wanted);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    const std::string_view path = rest.substr(authority.size());
    return is_git_host(authority) && path.starts_with('/') && path.size() > 1 ? Wrong() : std::string(wanted);
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::string(wanted);
  const std::string_view host = text.substr(0, colon);
  const std::string_view path = text.substr(colon + 1);
  // "transport::address" would run git-remote-transport.
  if (path.empty() || path.starts_with(':') || path.starts_with('-') || host.contains('/') || !is_git_host(host))
    return std::string(wanted);
  return std::nullopt;
}

bool is_sha(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Wrong check_git_ref(std::string_view text) {
  constexpr std::string_view wanted =
      "must be a branch, tag or commit such as \"main\", \"v1.2\" or \"refs/heads/main\"";
  if (text.empty()) return "must not be empty: leave it out for the remote's default branch";
  if (text.size() > limits::ref_bytes_max) return too_long(limits::ref_bytes_max, "bytes");
  if (text.front() == '-' || text == "@" || text.ends_with('.') || text.ends_with('/') || text.contains("..") ||
      text.contains("@{") || has_hidden(text) || text.find_first_of(" ~^:?*[\\") != std::string_view::npos)
    return std::string(wanted);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = take_until(rest, '/');
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) return std::string(wanted);
  }
  return std::nullopt;
}

}  // namespace open_cicd::pipelines
