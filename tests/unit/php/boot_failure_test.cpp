#include "php/boot_failure.h"

#include <gtest/gtest.h>

namespace laraman::php {
namespace {

TEST(BootFailure, IsTheFirstUsefulLine) {
  EXPECT_EQ(describe_boot_failure("\n  Uncaught Exception: no in a.php:3\nStack trace:\n#0 {main}\n  thrown in a.php"),
            "Uncaught Exception: no in a.php:3");
  EXPECT_EQ(describe_boot_failure(""), "");
  EXPECT_EQ(describe_boot_failure(" \n "), "");
}

TEST(BootFailure, SaysWhatToDoWhereThatIsKnown) {
  EXPECT_EQ(
      describe_boot_failure("Uncaught M: No application encryption key has been specified. in b.php:9\n#0"),
      "Uncaught M: No application encryption key has been specified. in b.php:9 (run `php artisan key:generate`)");
  EXPECT_EQ(describe_boot_failure("There is no /app/vendor/autoload.php: run composer install in [/app]."),
            "There is no /app/vendor/autoload.php: run composer install in [/app].")
      << "which says it itself";
}

}  // namespace
}  // namespace laraman::php
