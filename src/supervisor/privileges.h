// Giving up root: a server that is started as root, for a port below 1024, runs as another user.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace laraman::supervisor {

struct Account {
  std::string user;
  std::string home;
  uid_t user_id = 0;
  gid_t group_id = 0;
};

// `group` empty: the user's own.
Result<Account> find_account(const std::string& user, const std::string& group);

// From now on this process, and all that it starts, is the account's, with the user's further groups, and cannot be
// root again; HOME, USER and LOGNAME are the user's. The signal at the end of its parent (PR_SET_PDEATHSIG) stays. Only
// root can do it, or a process of that account.
Result<void> become(const Account& account);

}  // namespace laraman::supervisor
