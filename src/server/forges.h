// The forges that this program can speak with.
#pragma once

#include "repositories/forges.h"

namespace open_cicd::server {

repositories::Forges make_forges();

}  // namespace open_cicd::server
