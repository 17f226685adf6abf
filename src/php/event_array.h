// An event as PHP code gets it from next_job().
#pragma once

#include <string_view>

#include "laraman/business/event.h"
#include "php/engine.h"

namespace laraman::php {

// "open", "message" or "close".
std::string_view event_type(business::Event::Kind kind);

void make_event_array(zval* array, const business::Event& event);

}  // namespace laraman::php
