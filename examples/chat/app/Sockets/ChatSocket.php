<?php

declare(strict_types=1);

namespace App\Sockets;

use App\Models\Room;
use App\Models\User;
use Illuminate\Validation\Rule;
use Laraman\Connection;
use Laraman\Facades\Gateway;
use Laraman\Message;
use Laraman\SocketHandler;

/**
 * The socket of a page that shows a room.
 *
 *     page → here                              here → page
 *     hello {after}                            present {users}, history {messages, more}
 *     say {key, text}                          said {id, key, text, at, user}, or error
 *     typing                                   typing {user}, joined {user}, left {user}
 */
final class ChatSocket extends SocketHandler
{
    /** The channel of all pages, for events of other rooms. */
    public const EVERY_ROOM = 'rooms';

    /** Number of missed messages that a page gets in one answer. */
    private const PAGE = 100;

    public function open(Connection $connection, Room $room): void
    {
        $connection->join($room->channel(), self::EVERY_ROOM);
    }

    public function message(Connection $connection, Message $message, Room $room): void
    {
        $message->validate(['event' => ['required', Rule::in(['hello', 'say', 'typing'])]]);

        match ($message->event()) {
            'hello' => $this->hello($connection, $message, $room),
            'say' => $this->say($connection, $message, $room),
            'typing' => Gateway::channel($room->channel())->except($connection)->send('typing', $this->user($connection)->card()),
        };
    }

    public function close(Connection $connection, Room $room): void
    {
        $channel = Gateway::channel($room->channel());

        if (! in_array($connection->userId(), $channel->users(), true)) {
            $channel->send('left', $this->user($connection)->card());
        }
    }

    /**
     * The page asks once its socket is open and in the channel: it gets later messages from the channel, and earlier messages
     * in the answer, so no message is missed.
     */
    private function hello(Connection $connection, Message $message, Room $room): void
    {
        $after = $message->validate(['data.after' => ['required', 'integer', 'min:0']])['data']['after'];
        $channel = Gateway::channel($room->channel());
        $missed = $room->messages()->with('user')->where('id', '>', $after)->oldest('id')->limit(self::PAGE)->get();

        $connection->send('present', User::query()->whereKey($channel->users())->orderBy('name')->get()->map->card());
        $connection->send('history', ['messages' => $missed->map->card(), 'more' => $missed->count() === self::PAGE]);
        $channel->except($connection)->send('joined', $this->user($connection)->card());
    }

    private function say(Connection $connection, Message $message, Room $room): void
    {
        $data = $message->validate([
            'data.key' => ['required', 'string', 'max:40'],
            'data.text' => ['required', 'string', 'max:2000'],
        ], attributes: ['data.text' => 'message'])['data'];

        $stored = $room->messages()->createOrFirst(
            ['user_id' => $this->user($connection)->id, 'key' => $data['key']],
            ['text' => $data['text']],
        );
        $stored->setRelation('user', $this->user($connection));

        if ($stored->wasRecentlyCreated) {
            Gateway::channel($room->channel())->send('said', $stored->card());
            Gateway::channel(self::EVERY_ROOM)->send('active', ['room' => $room->slug]);
        } else {
            $connection->send('said', $stored->card());  // sent again after a reconnect
        }
    }

    private function user(Connection $connection): User
    {
        /** @var User */
        return $connection->user() ?? abort(403);
    }
}
