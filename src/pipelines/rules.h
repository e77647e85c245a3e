// What the strings of a job may be. Each rule returns nothing when `text` is fine, else what is wrong with it and what
// to write. The agent applies them again: it does not trust the server with its own machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::pipelines {

using Wrong = std::optional<std::string>;

Wrong check_name(std::string_view);        // shown to people: 1 to 200 characters, no control or bidirectional ones
Wrong check_plain_name(std::string_view);  // [A-Za-z_][A-Za-z0-9_-]*, as an expression can say it
Wrong check_script(std::string_view);      // no NUL, no ${{
Wrong check_word(std::string_view);        // an argument of a command: no NUL
Wrong check_env_name(std::string_view);    // [A-Za-z_][A-Za-z0-9_]*
Wrong check_env_value(std::string_view);   // at most 64 KiB, no NUL
Wrong check_label(std::string_view);       // "key" or "key=value"
Wrong check_image(std::string_view);  // [registry[:port]/]path[:tag][@digest], as the distribution specification has it
Wrong check_workdir(std::string_view);        // relative, and never above the workspace
Wrong check_checkout_path(std::string_view);  // likewise, and not within a repository's .git
Wrong check_secret_name(std::string_view);    // as a variable
Wrong check_user(std::string_view);           // of a container: a name or number, maybe with :group behind it
Wrong check_dns_label(std::string_view);      // a service's name (RFC 1123)
Wrong check_http_probe(std::string_view);     // ":8080/health"
// A remote that git may be given: https, http, ssh, git and file URLs, and user@host:path. Refuses what git would take
// for an option or run as a command ("-…", "ext::…").
Wrong check_git_url(std::string_view);
bool is_sha(std::string_view);          // 40 or 64 lower-case hex digits: the id of a commit
Wrong check_git_ref(std::string_view);  // git-check-ref-format(1), and no leading '-'

}  // namespace open_cicd::pipelines
