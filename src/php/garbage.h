// When PHP looks for garbage that reference counting does not find: between two jobs, when no client waits for it. PHP
// itself would do it in the midst of a job, as soon as enough might be garbage.
#pragma once

namespace laraman::php {

// Takes PHP's own collection over. Once, after module start-up.
void defer_garbage_collection();

// There is enough to collect.
bool has_garbage();
// Collects. Destructors may run: call within zend_try.
void collect_garbage();

}  // namespace laraman::php
