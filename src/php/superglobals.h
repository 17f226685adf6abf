// $_GET, $_POST, $_COOKIE, $_FILES, $_SERVER and $_REQUEST of a resident script: filled for a request by PHP's own code
// from what SG(request_info) and the FastCGI parameters say, and emptied after it, so that nothing of one user is left
// when the next job begins. All of it calls the engine (engine.h).
#pragma once

#include <span>

#include "php/engine.h"
#include "wire/fastcgi.h"

namespace laraman::php {

// Points SG(request_info) at the parameters of a request, which must stay in place until clear_request_info().
void set_request_info(std::span<const wire::fastcgi::Pair> params);
void clear_request_info();

// The value of a parameter; null if there is none. NUL-terminated.
const char* find_param(std::span<const wire::fastcgi::Pair> params, std::string_view name);

// Keeps $_SERVER as it is now as what every later $_SERVER starts from. Once, when booting has ended.
void keep_server_variables(zval* kept);

// After sapi_activate(), which reads a form's body.
void fill_superglobals();
// $_SERVER becomes `server_variables`, the others empty.
void clear_superglobals(zval* server_variables);

// Lets filter_input() see $_SERVER. Once per process, after module start-up.
void watch_filter_functions();

// The SAPI's callback: adds a request's parameters to `variables`, on top of `kept` if there is one.
void add_server_variables(zval* variables, zval* kept, std::span<const wire::fastcgi::Pair> params);

}  // namespace laraman::php
