// An event as PHP code gets it from next_job().
#pragma once

#include "laraman/business/event.h"
#include "php/engine.h"

namespace laraman::php {

void make_event_array(zval* array, const business::Event& event);

}  // namespace laraman::php
