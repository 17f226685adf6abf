// Jobs as PHP code gets them from serve(): objects of Laraman\Native\RequestJob, EventJob and CallbackJob, whose
// properties cannot be changed. laravel/stubs/native-jobs.stub.php says what they are.
#pragma once

#include <string_view>

#include "laraman/business/event.h"
#include "php/engine.h"

namespace laraman::php {

// Once, at module start-up.
void register_job_classes();

// "open", "message" or "close".
std::string_view event_type(business::Event::Kind kind);

// Each makes an object in `job`. That of a request has the superglobals' own arrays.
void make_request_job(zval* job, bool is_handshake);
// `gateway`: the number that add_gateway() has given; 0: this server's own.
void make_event_job(zval* job, const business::Event& event, std::size_t gateway);
void make_callback_job(zval* job, zend_long number);

}  // namespace laraman::php
