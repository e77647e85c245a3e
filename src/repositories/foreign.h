// Templates of other repositories: `uses: owner/name/path/file.yml@ref`.
#pragma once

#include "repositories/repositories.h"
#include "workflows/workflow.h"

namespace open_cicd::repositories {

// For plans of `base`. Another repository is read when it is public or grants its templates to this one. What is
// returned blocks on git and on the database, and belongs on the pool of git.
workflows::ReadForeign read_foreign_for(Repositories& repositories, const Repository& base);

}  // namespace open_cicd::repositories
