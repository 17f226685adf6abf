// What the two halves of NetBus (commands, queries) share.
#pragma once

#include <string>

#include "laraman/business/net_bus.h"
#include "netsvr.pb.h"
#include "wire/netsvr_command.h"

namespace laraman::business {

inline void add_strings(google::protobuf::RepeatedPtrField<std::string>& to, const Strings& from) {
  to.Reserve(static_cast<int>(from.size()));
  for (const std::string& string : from) *to.Add() = string;
}

}  // namespace laraman::business
