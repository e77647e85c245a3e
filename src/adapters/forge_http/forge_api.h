// The port scm::Forge over a forge's API: the order of requests stands here once, what a forge calls things stands with
// the forge.
#pragma once

#include "adapters/forge_http/connection.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::forge_http {

// A webhook of the repository to our URL.
struct Hook {
  std::int64_t id = 0;
  bool as_wanted = true;  // as far as the forge shows it, which is all but the secret
  bool mendable = true;   // false: only another one in its place helps
};

// What a forge calls things.
class Words {
 public:
  virtual ~Words() = default;

  // Of a full name that was checked: "/repos/acme/tools".
  virtual std::string repository_path(std::string_view full_name) const = 0;
  virtual bool may_be_nested() const { return false; }  // groups stand in groups
  // All but clone_url, which is the same for all forges.
  virtual Result<scm::RemoteRepository> read_repository(const Connection&, const http::ClientResponse&) const = 0;

  virtual std::string_view page_size() const = 0;  // "per_page=100"
  virtual http::Method edits_with() const { return http::Method::patch; }
  virtual Result<std::vector<Hook>> read_hooks(const Connection&, const http::ClientResponse&,
                                               const scm::WantedWebhook&) const = 0;
  virtual std::string new_hook(const scm::WantedWebhook&) const = 0;
  virtual std::string edited_hook(const scm::WantedWebhook& wanted) const { return new_hook(wanted); }
  // What the forge says of the hook that it has made or changed: an error if it does not sign as we want.
  virtual Result<void> check_hook(const Connection&, const http::ClientResponse&, const scm::WantedWebhook&) const;

  virtual std::string status(const scm::CommitStatus&) const = 0;
  virtual bool is_unchanged(const http::ClientResponse&) const { return false; }  // a refusal that means: so it is
};

// `url` is access.url.
std::unique_ptr<scm::Forge> make_forge(std::unique_ptr<Connection> connection, std::unique_ptr<const Words> words,
                                       std::string url);

}  // namespace open_cicd::forge_http
