// libpq, loaded when the first PostgreSQL database is opened. Thirty libraries come with it (TLS, Kerberos, LDAP): a
// server on SQLite and every command would pay for them with several milliseconds of each start and some MiB. Within
// this namespace its functions are pointers of the same names, so that calls read as everywhere else.
#pragma once

#include <libpq-fe.h>

namespace open_cicd::postgres {

#define OPEN_CICD_LIBPQ_FUNCTIONS(X) \
  X(PQclear)                         \
  X(PQcmdStatus)                     \
  X(PQcmdTuples)                     \
  X(PQconnectPoll)                   \
  X(PQconnectStartParams)            \
  X(PQconnectdb)                     \
  X(PQconsumeInput)                  \
  X(PQenterPipelineMode)             \
  X(PQerrorMessage)                  \
  X(PQexec)                          \
  X(PQexecParams)                    \
  X(PQfinish)                        \
  X(PQflush)                         \
  X(PQfname)                         \
  X(PQftype)                         \
  X(PQgetResult)                     \
  X(PQgetisnull)                     \
  X(PQgetlength)                     \
  X(PQgetvalue)                      \
  X(PQisBusy)                        \
  X(PQnfields)                       \
  X(PQntuples)                       \
  X(PQpipelineSync)                  \
  X(PQresultErrorField)              \
  X(PQresultErrorMessage)            \
  X(PQresultMemorySize)              \
  X(PQresultStatus)                  \
  X(PQsendPrepare)                   \
  X(PQsendQueryParams)               \
  X(PQsendQueryPrepared)             \
  X(PQsetNoticeProcessor)            \
  X(PQsetnonblocking)                \
  X(PQsocket)                        \
  X(PQstatus)

#define OPEN_CICD_LIBPQ_DECLARE(function) \
  extern decltype(&::function) function;  // NOLINT(bugprone-macro-parentheses): declares it
OPEN_CICD_LIBPQ_FUNCTIONS(OPEN_CICD_LIBPQ_DECLARE)
#undef OPEN_CICD_LIBPQ_DECLARE

// Called before any of them; a repeat costs nothing. Throws DatabaseError (not `unavailable`: it does not pass) that
// names the package to install.
void load_libpq(const char* file = "libpq.so.5");

}  // namespace open_cicd::postgres
