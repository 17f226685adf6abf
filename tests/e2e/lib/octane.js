// laravel/octane in a copy of the probe. If it is not installed (some mirrors lack it), LARAMAN_OCTANE may name a folder
// with it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './app.js';

export const octane = [process.env.LARAMAN_OCTANE, join(root, 'examples/chat/vendor/laravel/octane')].find((folder) => folder && existsSync(join(folder, 'src/Worker.php')));

export function addOctane(app) {
  app.write('vendor/octane.php', `<?php spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Laravel\\\\Octane\\\\') && is_file($file = '${octane}/src/'.strtr(substr($class, 15), '\\\\', '/').'.php')) require $file;
  });`);
  app.edit('vendor/autoload.php', '<?php', "<?php require_once __DIR__.'/octane.php';");
  app.edit('bootstrap/providers.php', 'return [', 'return [\n    Laravel\\Octane\\OctaneServiceProvider::class,');
}
