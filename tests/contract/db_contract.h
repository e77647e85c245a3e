// What every adapter of db::Session must do. A test program includes this once and instantiates it with its engine:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, DbContract, testing::Values(&make_sqlite_database));
#pragma once

#include "contract/db_contract_fixture.h"
#include "contract/db_contract_migrations.h"
#include "contract/db_contract_owner.h"
#include "contract/db_contract_transactions.h"
#include "contract/db_contract_values.h"
