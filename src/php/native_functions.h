// The functions that the worker gives to PHP, namespace Laraman\Native (laravel/stubs/native.stub.php), and
// fastcgi_finish_request(), by which libraries know that they can end an answer early.
#pragma once

#include "php/engine.h"

namespace laraman::php {

extern const zend_function_entry* const kNativeFunctions;

}  // namespace laraman::php
