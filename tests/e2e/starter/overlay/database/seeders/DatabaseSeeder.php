<?php

declare(strict_types=1);

namespace Database\Seeders;

use App\Models\TrustedUser;
use App\Models\TrustPermission;
use App\Models\TrustRole;
use App\Models\User;
use Illuminate\Database\Seeder;
use Laravel\Sanctum\PersonalAccessToken;
use Spatie\Permission\Models\Permission;
use Spatie\Permission\Models\Role;

final class DatabaseSeeder extends Seeder
{
    public function run(): void
    {
        Permission::create(['name' => 'edit articles']);
        Role::create(['name' => 'editor'])->givePermissionTo('edit articles');
        $publish = TrustPermission::query()->create(['name' => 'publish']);
        $writer = TrustRole::query()->create(['name' => 'writer']);
        $writer->permissions()->attach($publish);

        foreach (['ada' => ['write'], 'grace' => ['read']] as $name => $abilities) {
            $user = User::query()->create(['name' => $name, 'email' => "$name@example.test", 'password' => "secret of $name"]);
            PersonalAccessToken::query()->forceCreate([
                'tokenable_type' => User::class, 'tokenable_id' => $user->id, 'name' => "token of $name", 'token' => hash('sha256', "plain-$name"), 'abilities' => $abilities,
            ]);
        }

        User::query()->findOrFail(1)->assignRole('editor');
        TrustedUser::query()->findOrFail(2)->roles()->attach($writer, ['user_type' => TrustedUser::class]);
    }
}
