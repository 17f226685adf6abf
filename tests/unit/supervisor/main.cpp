#include <gtest/gtest.h>

#include "stand_in.h"

// The tests start this program again as a role.
int main(int argc, char** argv) {
  const int exit_code = laraman::supervisor::test::run_stand_in(argc, argv);
  if (exit_code >= 0) return exit_code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
