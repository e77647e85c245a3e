// What a claim hands over besides the job: the secrets that it asks for and may have, a way to its repository, and the
// logins of its images' registries. Everything is decided from what really made the run, never from what somebody
// claimed.
#pragma once

#include "jobs/jobs.h"
#include "repositories/registry_logins.h"
#include "repositories/repositories.h"
#include "secrets/vault.h"

#include <string>

namespace open_cicd::repositories {

// Thread-safe.
class Grants {
 public:
  Grants(db::Session& db, Repositories& repositories, secrets::Vault& vault)
      : db_(db), repositories_(repositories), vault_(vault), logins_(vault) {}

  // After the commit of the claim, and the same again for a repeated one. What the job may not have is told in
  // `secrets_error`, with which its agent ends it.
  Task<void> hand_out(JobId job, jobs::ClaimAnswer& claim);

 private:
  struct Trigger;
  Task<std::optional<Trigger>> trigger_of(JobId job);
  Task<bool> holds_protected_ref(const Trigger& trigger);
  Task<void> add_secrets(const Trigger& trigger, jobs::ClaimAnswer& claim);
  Task<void> add_logins(const Trigger& trigger, jobs::ClaimAnswer& claim);

  db::Session& db_;
  Repositories& repositories_;
  secrets::Vault& vault_;
  RegistryLogins logins_;
};

}  // namespace open_cicd::repositories
