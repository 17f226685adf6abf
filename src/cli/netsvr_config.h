// A netsvr.toml of netsvr 3 to 8, read as netsvr of that generation reads it: what its keys mean in settings of ours.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace laraman::cli {

struct NetsvrConfig {
  struct Value {
    std::vector<std::string> values;
    std::string place;  // "/etc/netsvr.toml:12: Customer.ListenAddress"
  };
  std::map<std::string, Value> settings;  // by name: "websocket-path"
  std::vector<std::string> warnings;      // what is not as it was there
};

// kInvalid with file and line where netsvr would refuse the file: a value of another type, a key that it needs.
Result<NetsvrConfig> read_netsvr_config(const std::string& path);

}  // namespace laraman::cli
