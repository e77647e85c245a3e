// The secrets of a job: which steps get them, and what hides them.
#include "base/offload.h"
#include "runner/job_runner.h"
#include "runner/masking.h"

#include <fmt/format.h>

#include <utility>

namespace open_cicd::runner {
namespace {

using Names = std::optional<std::map<std::string, std::string>>;

// What is hidden, and how a person knows it.
struct Hidden {
  std::vector<std::string> names;
  std::vector<Secret> values;

  void add(std::string name, const std::string& value) {
    if (value.empty()) return;
    names.push_back(std::move(name));
    values.emplace_back(std::string(value));
  }
};

Hidden hidden_of(const ClaimedJob& job) {
  Hidden hidden;
  for (const auto& [name, value] : job.secrets) hidden.add(fmt::format("the secret {}", name), value);
  for (const protocol::RegistryLogin& login : job.registry_logins)
    hidden.add(fmt::format("the password of the registry {}", login.registry), login.password);
  if (job.checkout_via) hidden.add("the token of the checkout", job.checkout_via->token);
  return hidden;
}

using MadePatterns = std::unique_ptr<const masker::Patterns>;

struct MakePatterns {
  std::vector<Secret> values;

  Result<MadePatterns> operator()() const {
    Result<masker::Patterns> made = masker::Patterns::make(values);
    if (!made) return std::unexpected(made.error());
    return std::make_unique<const masker::Patterns>(std::move(*made));
  }
};

std::string_view reason_of(masker::NotMasked why) {
  switch (why) {
    case masker::NotMasked::too_short:
      return "it has less than 4 bytes";
    case masker::NotMasked::common_word:
      return "it is a word that stands in logs of every kind";
  }
  return "";
}

// A name of `names` that the server has given no value for.
const std::string* find_missing(const Names& names, const std::map<std::string, std::string>& values) {
  if (!names) return nullptr;
  for (const auto& [variable, name] : *names)
    if (!values.contains(name)) return &name;
  return nullptr;
}

}  // namespace

// The patterns take up to two seconds to make, so not on this thread.
Task<Result<void>> JobRunner::learn_secrets() {
  if (job_.secrets_error) co_return fail(ErrorKind::forbidden, "exit", *job_.secrets_error);
  const std::string* missing = find_missing(job_.spec.secrets, job_.secrets);
  for (const pipelines::Step& step : job_.spec.steps)
    if (missing == nullptr) missing = find_missing(step.secrets, job_.secrets);
  if (missing != nullptr)
    co_return fail(ErrorKind::not_found, "exit", fmt::format("There is no secret {} for this job.", *missing));
  Hidden hidden = hidden_of(job_);
  if (hidden.values.empty()) co_return Result<void>();
  MakePatterns make{std::move(hidden.values)};
  Result<MadePatterns> made =
      settings_.workers == nullptr ? make() : co_await offload(*settings_.workers, std::move(make));
  if (!made) co_return fail(made.error().kind(), "exit", made.error().message());
  for (const masker::Patterns::Left& left : (*made)->left()) {
    const std::string line =
        fmt::format("note: {} is not hidden in logs: {}\n", hidden.names[left.secret], reason_of(left.why));
    co_await output_.write(setup_step, line);
  }
  if (!(*made)->empty()) patterns_ = std::move(*made);
  co_return Result<void>();
}

void JobRunner::add_secrets(const Names& names, std::map<std::string, std::string>& env) const {
  if (!names) return;
  for (const auto& [variable, name] : *names) env[variable] = job_.secrets.at(name);
}

std::string JobRunner::hide(std::string_view text) const {
  return hide_secrets(patterns_.get(), text);
}

// Texts that were made of others by unescaping or leaving out may hold what no log did.
void JobRunner::hide_in_outcome() {
  if (!patterns_) return;
  outcome_.message = hide(outcome_.message);
  outcome_.summary = hide(outcome_.summary);
  for (auto& [name, value] : outcome_.outputs) value = hide(value);
  for (protocol::Annotation& annotation : outcome_.annotations) {
    annotation.message = hide(annotation.message);
    for (std::optional<std::string>* text : {&annotation.file, &annotation.title})
      if (*text) *text = hide(**text);
  }
}

// A line of ours, behind what was printed before.
Task<void> JobRunner::say(int step, std::string line) {
  line = hide(line) + '\n';
  co_await output_.write(step, line);
}

}  // namespace open_cicd::runner
