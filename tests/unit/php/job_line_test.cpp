#include "php/job_line.h"

#include <gtest/gtest.h>

namespace laraman::php {
namespace {

TEST(JobLine, SaysWhatAJobWasAndHowItWent) {
  EXPECT_EQ(format_job_line({"GET", "/rooms/7", 200, std::chrono::microseconds(3210), 1}, "12:00:01"),
            "12:00:01  GET      /rooms/7                           200     3.2 ms  worker 1");
  EXPECT_EQ(format_job_line({"message", "/chat/\x1b[2J", 0, std::chrono::seconds(12), 12}, "12:00:01"),
            "12:00:01  message  /chat/\\x1B[2J                        -     12.0 s  worker 12");
}

}  // namespace
}  // namespace laraman::php
