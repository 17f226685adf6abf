// RETURN_IF_ERROR and ASSIGN_OR_RETURN: hand an error up to the caller, in a function that returns a Result.
#pragma once

#include <utility>

#include "base/result.h"

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration and a name cannot have parentheses.

// RETURN_IF_ERROR(socket.open());
#define RETURN_IF_ERROR(expression)                                                                 \
  do {                                                                                              \
    if (auto result_of_try = (expression); !result_of_try) return std::move(result_of_try.error()); \
  } while (false)

// ASSIGN_OR_RETURN(const UniqueFd fd, open_file(path)), or ASSIGN_OR_RETURN(fd_, …); a declaration has no comma.
#define ASSIGN_OR_RETURN(declaration, expression) \
  LARAMAN_ASSIGN_OR_RETURN(LARAMAN_TRY_NAME(result_of_try_, __LINE__), declaration, expression)
#define LARAMAN_ASSIGN_OR_RETURN(result, declaration, expression) \
  auto result = (expression);                                     \
  if (!result) return std::move(result.error());                  \
  declaration = std::move(*result)
#define LARAMAN_TRY_NAME(prefix, line) LARAMAN_TRY_NAME_2(prefix, line)
#define LARAMAN_TRY_NAME_2(prefix, line) prefix##line

// NOLINTEND(bugprone-macro-parentheses)
