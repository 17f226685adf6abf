<?php

declare(strict_types=1);

return [

    // Whose channels chat.room.… are shown in the rooms: "127.0.0.1:6379".
    'chat_redis' => env('CHAT_REDIS'),

];
