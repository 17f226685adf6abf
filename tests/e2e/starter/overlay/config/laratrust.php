<?php

declare(strict_types=1);

// Laratrust's own configuration, with other table and model names, since the other permission package uses the default ones.
return array_replace_recursive(require base_path('vendor/santigarcor/laratrust/config/laratrust.php'), [
    'user_models' => ['users' => App\Models\TrustedUser::class],
    'models' => ['role' => App\Models\TrustRole::class, 'permission' => App\Models\TrustPermission::class],
    'tables' => [
        'roles' => 'trust_roles', 'permissions' => 'trust_permissions', 'role_user' => 'trust_role_user',
        'permission_user' => 'trust_permission_user', 'permission_role' => 'trust_permission_role',
    ],
    'panel' => ['register' => false],
]);
