// `matrix`: axes to legs. Its values are constants, so the legs are known when the file is read. Pure.
#pragma once

#include "pipelines/decode.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::workflows {

struct Matrix {
  std::vector<std::string> axes;  // in the order of the file
  std::vector<boost::json::object> legs;
  std::vector<std::string> labels;  // of each leg, no two the same: "postgres:16, linux"
  std::optional<std::int64_t> max_parallel;
  bool fail_fast = true;
};

// `warnings` gets what does nothing, such as an `exclude` that matches no combination.
void read_matrix(const pipelines::Field& field, Matrix& to, pipelines::Problems& problems,
                 pipelines::Problems& warnings);

}  // namespace open_cicd::workflows
