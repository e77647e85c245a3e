// A gauge that counts what is open.
#pragma once

#include <prometheus/gauge.h>

namespace open_cicd {

// One more in `gauge` for as long as this lives. The gauge outlives it.
class Counted {
 public:
  explicit Counted(prometheus::Gauge& gauge) : gauge_(gauge) { gauge_.Increment(); }
  ~Counted() { gauge_.Decrement(); }
  Counted(const Counted&) = delete;

 private:
  prometheus::Gauge& gauge_;
};

}  // namespace open_cicd
