// The files of a sandbox's /etc that are its own: who its user is, and what its names are.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::sandbox {

// The machine's accounts but those of people, and the job's user as "ci".
std::string passwd_inside(std::string_view passwd, unsigned user, std::string_view home);
// Without the members, who are people.
std::string group_inside(std::string_view group, unsigned user);
// The machine's names, "localhost", and the sandbox's own name.
std::string hosts_inside(std::string_view hosts, std::string_view own_name);

}  // namespace open_cicd::sandbox
