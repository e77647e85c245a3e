// The JSON Schema of a submitted job, for the OpenAPI document.
#pragma once

#include <boost/json/object.hpp>

namespace open_cicd::api {

boost::json::object job_schema();

}  // namespace open_cicd::api
