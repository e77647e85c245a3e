// What is made from the table of keys: the JSON Schema for editors, and the reference page. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace open_cicd::workflows {

// Draft 2020-12. It knows names, kinds and words; what one key alone cannot tell, lint says.
boost::json::object json_schema();
std::string_view schema_text();  // the same as text with a line break, made once; safe from any thread

std::string reference_page();  // docs/reference/pipeline.md

}  // namespace open_cicd::workflows
