// How long a job may last, in wall time. The worker keeps its job's deadline in its scoreboard slot, and the pool,
// which looks there, sends kTimeIsUp when it is over. Then the worker answers its client 504, tells the pool what PHP
// was doing, and ends: at the next place where PHP can be interrupted. If it gets to none, a second signal makes it
// tell what can be seen from the outside of PHP, and the pool kills it.
#pragma once

#include <csignal>

namespace laraman::php {

// Sent by the pool.
inline int time_is_up_signal() { return SIGRTMIN + 5; }

// Hooks the setting that set_time_limit() changes, and PHP's interrupts. Once, after module start-up.
void watch_time_limit();
// Installs the handler of the signal; in the worker, once.
void handle_time_is_up();

// The job begins; has gone on (bytes have come from its client or reached it), so it may last as long again; is over.
void start_clock();
void restart_clock();
void stop_clock();

// The time was up during the job that ends now: ends the process, as no client waits for the rest.
void leave_if_time_is_up();

}  // namespace laraman::php
