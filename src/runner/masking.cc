#include "runner/masking.h"

namespace open_cicd::runner {

std::string hide_secrets(const masker::Patterns* patterns, std::string_view text, Extent extent) {
  if (patterns == nullptr) return std::string(text);
  masker::Masker masker(*patterns);
  std::string hidden(masker.add(text));
  if (extent == Extent::whole) hidden += masker.flush();
  return hidden;
}

MaskedSink::MaskedSink(const masker::Patterns* patterns, OutputSink& to) : to_(to) {
  if (patterns != nullptr) masker_.emplace(*patterns);
}

Task<void> MaskedSink::write(int step, std::string_view bytes) {
  return masker_ ? write_masked(step, bytes) : to_.write(step, bytes);
}

Task<void> MaskedSink::write_masked(int step, std::string_view bytes) {
  const std::string_view shown = masker_->add(bytes);
  if (!shown.empty()) co_await to_.write(step, shown);
}

Task<void> MaskedSink::end(int step) {
  if (!masker_) co_return;
  const std::string_view rest = masker_->flush();
  if (!rest.empty()) co_await to_.write(step, rest);
}

}  // namespace open_cicd::runner
