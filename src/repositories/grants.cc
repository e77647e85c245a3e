#include "repositories/grants.h"

#include "base/json.h"
#include "db/row.h"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace open_cicd::repositories {
namespace {

// One that masks nothing of a log would be worse than none: the agent's masker takes no more.
constexpr std::size_t secrets_bytes_max = 256 << 10;

constexpr db::Query trigger_query{
    .name = "runs.trigger",
    .sql =
        "SELECT r.repository_id, r.made_by, r.ref, r.trust, r.modified FROM jobs j LEFT JOIN runs r ON r.id = "
        "j.run_id WHERE j.id = $1"};

// The images of a spec, its services' too.
void collect_images(const boost::json::value& value, std::set<std::string>& images) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "image" && member.value().is_string() && !member.value().get_string().empty())
        images.emplace(member.value().get_string());
      if (member.key() == "steps" || member.key() == "services") collect_images(member.value(), images);
    }
  } else if (const auto* list = value.if_array()) {
    for (const auto& item : *list) collect_images(item, images);
  }
}

}  // namespace

struct Grants::Trigger {
  std::optional<RepositoryId> repository_id;
  std::optional<std::string> made_by, ref, trust;
  std::optional<bool> modified;
  BOOST_DESCRIBE_CLASS(Trigger, (), (repository_id, made_by, ref, trust, modified), (), ())

  std::string scope() const { return repository_id ? repository_id->str() : std::string(); }
  bool is_fork() const { return trust == "fork"; }
  bool is_of_own_ref() const { return trust == "trusted" && made_by != "pull_request"; }
  // Only a branch that was pushed, scheduled or asked for by hand is one; a change's has a name of its author's choice.
  std::optional<std::string> branch() const {
    constexpr std::string_view heads = "refs/heads/";
    const bool is_own = ref && trust == "trusted" && ref->starts_with(heads);
    return is_own ? std::optional(ref->substr(heads.size())) : std::nullopt;
  }
};

Task<std::optional<Grants::Trigger>> Grants::trigger_of(JobId job) {
  co_return db::read_first<Trigger>(co_await db_.read(trigger_query, {job.str()}));
}

// The ref of a change is no own one, whatever its branch is called.
Task<bool> Grants::holds_protected_ref(const Trigger& trigger) {
  if (!trigger.repository_id || !trigger.ref || !trigger.is_of_own_ref()) co_return false;
  const std::optional<Repository> repository = co_await repositories_.get(*trigger.repository_id);
  co_return repository&& std::ranges::count(repository->protected_refs, *trigger.ref) > 0;
}

Task<void> Grants::add_secrets(const Trigger& trigger, jobs::ClaimAnswer& claim) {
  const auto uses = json::read_own<std::vector<jobs::SecretUse>>(*claim.secret_uses);
  if (trigger.is_fork()) {
    claim.secrets_error = "A change from a fork gets no secrets, whoever approved it.";
    co_return;
  }
  const bool is_protected = co_await holds_protected_ref(trigger);
  std::map<std::string, std::vector<std::string>> by_image;
  for (const jobs::SecretUse& use : uses) by_image[use.image].push_back(use.name);
  std::size_t bytes = 0;
  for (const auto& [image, names] : by_image) {
    secrets::Use use{.scope = trigger.scope(), .event = trigger.made_by.value_or("api"), .branch = trigger.branch()};
    use.is_protected = is_protected;
    use.modified = trigger.modified.value_or(false);
    if (!image.empty()) use.image = image;
    auto opened = co_await vault_.open_for(names, std::move(use));
    if (!opened) {
      claim.secrets.clear();
      claim.secrets_error = opened.error().message();
      co_return;
    }
    for (const secrets::Opened& secret : *opened) {
      bytes += secret.value.reveal().size();
      claim.secrets[secret.name] = secret.value.reveal();
    }
  }
  if (bytes <= secrets_bytes_max) co_return;
  claim.secrets.clear();
  claim.secrets_error =
      fmt::format("The job's secrets have {} bytes together, and at most {} can be masked.", bytes, secrets_bytes_max);
}

Task<void> Grants::add_logins(const Trigger& trigger, jobs::ClaimAnswer& claim) {
  if (trigger.is_fork()) co_return;
  std::set<std::string> images, registries;
  collect_images(boost::json::parse(claim.spec.text), images);
  for (const std::string& image : images) registries.insert(registry_of_image(image));
  for (const std::string& registry : registries) {
    const Result<std::optional<RegistryLogin>> login = co_await logins_.find(trigger.scope(), registry);
    if (!login) {
      claim.secrets_error = login.error().message();
      co_return;
    }
    if (!*login) continue;
    if (!claim.registry_logins) claim.registry_logins.emplace();
    claim.registry_logins->push_back(
        {.registry = registry, .username = (*login)->username, .password = (*login)->password});
  }
}

Task<void> Grants::hand_out(JobId job, jobs::ClaimAnswer& claim) {
  const bool has_images = claim.spec.text.find("\"image\":\"") != std::string::npos &&
                          claim.spec.text.find("\"executor\":\"docker\"") != std::string::npos;
  if (!claim.secret_uses && !claim.repository && !has_images) co_return;
  const std::optional<Trigger> trigger = co_await trigger_of(job);
  if (!trigger) co_return;
  if (claim.secret_uses) co_await add_secrets(*trigger, claim);
  if (has_images) co_await add_logins(*trigger, claim);
  if (!claim.repository) co_return;
  const std::optional<Repository> repository = co_await repositories_.get(*claim.repository);
  if (repository && repository->has_token && repository->is_http())
    claim.checkout_via =
        protocol::CheckoutVia{.path = fmt::format("/api/v1/jobs/{}/git", job.str()), .token = claim.job_token};
}

}  // namespace open_cicd::repositories
