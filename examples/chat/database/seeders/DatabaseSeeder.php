<?php

declare(strict_types=1);

namespace Database\Seeders;

use App\Models\Room;
use App\Models\User;
use Illuminate\Database\Seeder;
use Illuminate\Support\Carbon;

/**
 * Two people, three rooms, and a few words to begin with.
 */
final class DatabaseSeeder extends Seeder
{
    public const PASSWORD = 'chat';

    public function run(): void
    {
        $ada = User::create(['name' => 'Ada', 'password' => self::PASSWORD]);
        $grace = User::create(['name' => 'Grace', 'password' => self::PASSWORD]);

        $lobby = Room::create(['slug' => 'lobby', 'name' => 'Lobby', 'topic' => 'Everyone lands here']);
        $laravel = Room::create(['slug' => 'laravel', 'name' => 'Laravel', 'topic' => 'Controllers that talk back']);
        Room::create(['slug' => 'random', 'name' => 'Random', 'topic' => 'Anything else']);

        $this->talk($lobby, [
            [$ada, 'Hello! Open this page in a second window, and you have somebody to talk to.'],
            [$grace, 'What you type goes over the socket to ChatSocket::message(), a plain Laravel class.'],
            [$ada, 'It is validated, stored with Eloquent, and published to everyone in the room.'],
            [$grace, 'And when the PHP code is reloaded, nobody is disconnected.'],
        ]);
        $this->talk($laravel, [
            [$grace, 'Gateway::channel("room.laravel")->send(\'said\', …) works from controllers, jobs and tinker alike.'],
        ]);
    }

    /** @param  list<array{User, string}>  $lines */
    private function talk(Room $room, array $lines): void
    {
        $at = Carbon::now()->subMinutes(10 + count($lines));

        foreach ($lines as $number => [$user, $text]) {
            $room->messages()->forceCreate([
                'user_id' => $user->id,
                'key' => "seed-$room->slug-$number",
                'text' => $text,
                'created_at' => $at->addMinute()->copy(),
            ]);
        }
    }
}
