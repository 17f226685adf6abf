// Which PHP the program embeds.
#pragma once

namespace laraman::php {

// "8.2.29": the version with whose headers the program was built.
const char* php_version();

}  // namespace laraman::php
